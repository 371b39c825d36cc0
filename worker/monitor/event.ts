// The messages about a change: the body of the webhook, which the text of the mail is made from.
import type { Report } from '../../shared/check/types.ts';
import { definitionOf, textOf } from '../../shared/findings/catalog.ts';
import type { Change } from './change.ts';
import type { Event } from './deliveries.ts';
import type { Digest } from './digest.ts';
import type { Flow, FlowVerdict } from './flow.ts';
import type { Watch } from './watches.ts';

export interface EventBody {
  type: 'mail.worse' | 'mail.better' | 'mail.stuck' | 'mail.silent' | 'mail.flowing' | 'mail.test' | 'mail.digest';
  /** ISO 8601, UTC: when the change was seen. */
  timestamp: string;
  data: {
    domain: string;
    scoreBefore: number | null;
    score: number | null;
    /** 0 to 1: how much of the score could be checked. */
    coverage: number | null;
    /** What costs points now and did not before, with what to do. */
    appeared: {
      id: string;
      severity: string;
      points: number;
      title: string;
      detail: string;
      fix?: string;
      record?: { name: string; type: string; value: string };
    }[];
    /** Ids of the problems that are gone, with the address or name that each was about. */
    gone: string[];
    /** The queue as the shop's server reported it; in messages about that only. */
    queue: { waiting: number; failed: number; oldestAge: number | null } | null;
    /** What the week was like; in the week's mail only. */
    digest?: Digest;
    /** The page with the whole report. */
    report: string;
  };
}

export function eventBody({ domain, settings }: Watch, report: Report, change: Change): EventBody {
  return {
    type: change.kind === 'worse' ? 'mail.worse' : 'mail.better',
    timestamp: report.checkedAt,
    data: {
      domain,
      scoreBefore: change.scoreBefore,
      score: report.score.value,
      coverage: report.score.coverage,
      appeared: change.appeared.map((found) => {
        const { severity, points } = definitionOf(found);
        return { id: found.id, severity, points, ...textOf(found, settings.language) };
      }),
      gone: change.gone,
      queue: null,
      report: reportUrl(domain, settings),
    },
  };
}

export function flowBody(
  watch: Watch,
  { waiting, failed, oldestAge }: Flow,
  verdict: FlowVerdict,
  now: number,
): EventBody {
  return unscored(watch, `mail.${verdict}`, new Date(now), { waiting, failed, oldestAge });
}

/** The message that a token holder sends to see that it arrives. */
export function testBody(watch: Watch, now: Date): EventBody {
  return unscored(watch, 'mail.test', now, null);
}

/** The week's mail. */
export function digestBody(watch: Watch, digest: Digest, now: number): EventBody {
  const body = unscored(watch, 'mail.digest', new Date(now), null);
  return { ...body, data: { ...body.data, digest } };
}

function unscored(
  { domain, settings }: Watch,
  type: EventBody['type'],
  now: Date,
  queue: EventBody['data']['queue'],
): EventBody {
  const report = reportUrl(domain, settings);
  const data = { domain, scoreBefore: null, score: null, coverage: null, appeared: [], gone: [], queue, report };
  return { type, timestamp: now.toISOString(), data };
}

function reportUrl(domain: string, { origin, ips, selectors, language }: Watch['settings']): string {
  const query = new URLSearchParams();
  for (const ip of ips) query.append('ip', ip);
  for (const selector of selectors) query.append('selector', selector);
  query.set('lang', language);
  return `${origin}/report/${domain}?${query}`;
}

/** One message for each receiver of a watch. The same change seen twice has the same id; seen again later it has another. */
export async function eventsFor(
  watch: Watch,
  body: EventBody,
  occasion = `${body.type} ${body.timestamp}`,
): Promise<Event[]> {
  const { domain, settings } = watch;
  const text = JSON.stringify(body);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${domain} ${occasion}`)));
  const id = `msg_${[...hash.slice(0, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  const receivers = [
    { channel: 'webhook' as const, target: settings.webhook },
    { channel: 'mail' as const, target: settings.mail },
  ];
  return receivers.flatMap(({ channel, target }) =>
    target === null ? [] : [{ id, channel, domain, target, body: text }],
  );
}
