// All watched domains at a glance: the newest check, the mail queue, and a week of reports, in five statements.
import type { D1Database } from '@cloudflare/workers-types';
import { type Flow, type FlowVerdict, flowVerdict } from './flow.ts';

const DAY = 86_400_000;
/** Days of reports that are summed up. */
export const OVERVIEW_DAYS = 7;
/** Messages below which a share says nothing. */
const FEW = 20;
/** Parts of all messages that may be unaligned: forwarders and forgeries are never gone. */
const USUAL_UNALIGNED = 0.05;
const MOST_NEXT = 50;

export interface DomainOverview {
  domain: string;
  /** The newest check; null before the first. */
  check: {
    /** @format date-time */
    checkedAt: string;
    /** @fraction */
    score: number;
    /** @fraction */
    low: number;
    refused: boolean;
    /** Ids of what costs points, most points first. */
    findings: string[];
  } | null;
  /** Null where the shop's server never reported. */
  mail: {
    verdict: FlowVerdict;
    /** @format date-time */
    reportedAt: string;
    waiting: number;
    failed: number;
  } | null;
  /** Of the last days: messages in aggregate reports, those aligned, and addresses that bounced. */
  reports: { messages: number; aligned: number; bounced: number };
}

/** `refused`: a finding for which receivers reject mail; `unaligned`: receivers saw mail that DMARC does not pass. */
export type NextKind = 'refused' | 'stuck' | 'silent' | 'findings' | 'unaligned' | 'bounced';
export interface Next {
  domain: string;
  kind: NextKind;
  /**
   * Points to gain, mails that wait, messages that are not aligned, or addresses that bounced.
   * @fraction
   */
  count: number;
}

export interface Overview {
  /** Days of reports that are summed up. */
  days: number;
  /** By name. */
  domains: DomainOverview[];
  /** What to do, the most urgent first. */
  next: Next[];
}

interface CheckRow {
  domain: string;
  checked_at: number;
  score: number;
  low: number;
  refused: number;
  findings: string;
}
interface FlowRow {
  domain: string;
  reported_at: number;
  waiting: number;
  failed: number;
  oldest_age: number | null;
  last_success: number | null;
  last_failure: number | null;
}

/** Each statement goes through an index, domain by domain: what is read does not grow with the years that are kept. */
export async function readOverview(db: D1Database, now: number): Promise<Overview> {
  const since = now - OVERVIEW_DAYS * DAY;
  const [watches, checks, flows, sources, bounces] = await db.batch([
    db.prepare('SELECT domain FROM watches ORDER BY domain'),
    db.prepare(
      `SELECT h.* FROM watches AS w JOIN history AS h ON h.domain = w.domain
         AND h.checked_at = (SELECT max(checked_at) FROM history WHERE domain = w.domain)`,
    ),
    db.prepare('SELECT f.* FROM watches AS w JOIN flows AS f ON f.domain = w.domain'),
    db
      .prepare(
        `SELECT w.domain, sum(s.messages) AS messages,
           sum(CASE WHEN s.dkim = 'pass' OR s.spf = 'pass' THEN s.messages ELSE 0 END) AS aligned
         FROM watches AS w CROSS JOIN report_sources AS s ON s.domain = w.domain AND s.day >= ? GROUP BY w.domain`,
      )
      .bind(since),
    db
      .prepare(
        `SELECT w.domain, count(*) AS bounced FROM watches AS w
         CROSS JOIN bounces AS b ON b.domain = w.domain AND b.received_at >= ? WHERE b.action = 'failed' GROUP BY w.domain`,
      )
      .bind(since),
  ]);
  const byDomain = <R extends { domain: string }>(result: { results: unknown[] } | undefined) =>
    new Map(((result?.results ?? []) as R[]).map((row) => [row.domain, row]));
  const checkOf = byDomain<CheckRow>(checks);
  const flowOf = byDomain<FlowRow>(flows);
  const sumOf = byDomain<{ domain: string; messages: number; aligned: number }>(sources);
  const bouncedOf = byDomain<{ domain: string; bounced: number }>(bounces);
  const domains = ((watches?.results ?? []) as { domain: string }[]).map(({ domain }) => {
    const { messages = 0, aligned = 0 } = sumOf.get(domain) ?? {};
    const bounced = bouncedOf.get(domain)?.bounced ?? 0;
    return {
      domain,
      check: shownCheck(checkOf.get(domain)),
      mail: shownMail(flowOf.get(domain), now),
      reports: { messages, aligned, bounced },
    };
  });
  return { days: OVERVIEW_DAYS, domains, next: nextOf(domains) };
}

function shownCheck(row: CheckRow | undefined): DomainOverview['check'] {
  if (row === undefined) return null;
  const { checked_at, score, low, refused, findings } = row;
  return {
    checkedAt: new Date(checked_at).toISOString(),
    score,
    low,
    refused: refused === 1,
    findings: JSON.parse(findings) as string[],
  };
}

function shownMail(row: FlowRow | undefined, now: number): DomainOverview['mail'] {
  if (row === undefined) return null;
  const flow: Flow = {
    reportedAt: row.reported_at,
    waiting: row.waiting,
    failed: row.failed,
    oldestAge: row.oldest_age,
    lastSuccess: row.last_success,
    lastFailure: row.last_failure,
  };
  return {
    verdict: flowVerdict(flow, now),
    reportedAt: new Date(flow.reportedAt).toISOString(),
    waiting: flow.waiting,
    failed: flow.failed,
  };
}

/** In the order of urgency: mail that does not leave, mail that is rejected, then what costs points or waits in reports. */
const ORDER: readonly NextKind[] = ['stuck', 'refused', 'silent', 'unaligned', 'findings', 'bounced'];

/** What to do across all domains. */
export function nextOf(domains: readonly DomainOverview[]): Next[] {
  return domains
    .flatMap((one) => nextOfDomain(one))
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.count - a.count)
    .slice(0, MOST_NEXT);
}

function nextOfDomain({ domain, check, mail, reports: { messages, aligned, bounced } }: DomainOverview): Next[] {
  const unaligned = messages - aligned;
  const lost = check === null ? 0 : Math.round((10 - check.score) * 10) / 10;
  const costly = check !== null && check.findings.length > 0;
  return [
    ...(mail?.verdict === 'stuck' || mail?.verdict === 'silent'
      ? [{ domain, kind: mail.verdict, count: mail.waiting + mail.failed }]
      : []),
    ...(check?.refused ? [{ domain, kind: 'refused' as const, count: lost }] : []),
    ...(!check?.refused && costly ? [{ domain, kind: 'findings' as const, count: lost }] : []),
    ...(messages >= FEW && unaligned > messages * USUAL_UNALIGNED
      ? [{ domain, kind: 'unaligned' as const, count: unaligned }]
      : []),
    ...(bounced > 0 ? [{ domain, kind: 'bounced' as const, count: bounced }] : []),
  ];
}
