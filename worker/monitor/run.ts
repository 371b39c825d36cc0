// One run by cron: checks the domains whose turn it is, then sends the messages that are due.
import type { D1Database } from '@cloudflare/workers-types';
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import type { CheckContext, Report } from '../../shared/check/types.ts';
import { definitionOf } from '../../shared/findings/catalog.ts';
import { QUESTIONS_PER_TARGET } from '../access/public-fetch.ts';
import type { Settings } from '../settings.ts';
import { compare } from './change.ts';
import { claimDelivery, type Delivery, type Outcome, pruneDeliveries, settleDelivery } from './deliveries.ts';
import { eventBody, eventsFor } from './event.ts';
import { tellFlow } from './flows.ts';
import { sendMail } from './mail.ts';
import { claimWatch, findWatch, recordCheck, type Watch } from './watches.ts';
import { callWebhook } from './webhook.ts';

export interface RunContext {
  /** With all tables. */
  db: D1Database;
  settings: Settings;
  check: CheckContext;
  /** Milliseconds: when cron meant this run to be. */
  now: number;
}

/** Messages of one run. */
const DELIVERIES = 2;
/** Subrequests that the messages may need, taken off the questions of the checks: the free plan has 50 for both. */
const RESERVED_FOR_DELIVERIES = DELIVERIES * (QUESTIONS_PER_TARGET + 1);

/** Returns the domains checked and the messages tried. A domain in trouble is the report's matter; D1's trouble throws. */
export async function watchRun(context: RunContext): Promise<{ checked: string[]; tried: string[] }> {
  const { db, settings, now } = context;
  const checked: string[] = [];
  for (let i = 0; i < settings.checksPerRun; i++) {
    const watch = await claimWatch(db, now, now + settings.watchIntervalMinutes * 60_000);
    if (watch === undefined) break;
    await checkWatch(watch, context);
    checked.push(watch.domain);
  }
  const tried: string[] = [];
  for (let i = 0; i < DELIVERIES; i++) {
    const delivery = await claimDelivery(db, now);
    if (delivery === undefined) break;
    await settleDelivery(db, delivery, await deliver(delivery, context));
    tried.push(delivery.id);
  }
  await pruneDeliveries(db, now);
  return { checked, tried };
}

async function checkWatch(watch: Watch, { db, check, now }: RunContext): Promise<void> {
  const { ips, selectors, helo } = watch.settings;
  const request = { domain: watch.domain, ips, selectors, ...(helo === null ? {} : { helo }), parts: DOMAIN_PARTS };
  const maxQueries = Math.max(1, (check.budget?.maxQueries ?? 0) - RESERVED_FOR_DELIVERIES);
  const report = await checkDomain(request, { ...check, now: new Date(now), budget: { ...check.budget, maxQueries } });
  const { baseline, change } = compare(watch.baseline, report);
  const events = change === null ? [] : await eventsFor(watch, eventBody(watch, report, change));
  await recordCheck(db, watch, { report, findings: costly(report), baseline, events });
  await tellFlow(db, watch, now);
}

/** Ids of what costs points, each once, dearest first as in the report. */
function costly({ findings }: Report): string[] {
  return [...new Set(findings.filter((found) => definitionOf(found).points > 0).map(({ id }) => id))];
}

function deliver(delivery: Delivery, context: RunContext): Promise<Outcome> {
  return delivery.channel === 'webhook' ? call(delivery, context) : mail(delivery, context);
}

async function call(delivery: Delivery, { settings, check }: RunContext): Promise<Outcome> {
  const { webhookSecret: secret, connectTo } = settings;
  if (secret === undefined) return { result: 'deferred', reply: 'not called: WEBHOOK_SECRET is not set' };
  return callWebhook(delivery, {
    fetch: (url, init) => fetch(url, init),
    resolver: check.resolver,
    connectTo,
    secret,
    timestamp: Math.floor(check.clock() / 1000),
  });
}

async function mail(delivery: Delivery, { db, settings, check }: RunContext): Promise<Outcome> {
  if (settings.mail === undefined) {
    return { result: 'deferred', reply: 'not sent: MAIL_RELAY and MAIL_FROM are not both set' };
  }
  // Only here: everything else also runs where there are no sockets.
  const { connect } = await import('cloudflare:sockets');
  return sendMail(delivery, {
    connect,
    connectTo: settings.connectTo,
    relay: settings.mail.relay,
    from: settings.mail.from,
    language: (await findWatch(db, delivery.domain))?.settings.language ?? 'en',
    now: check.now,
  });
}
