// One run by cron: checks the domains that are due, then sends the messages that are due.
import type { D1Database } from '@cloudflare/workers-types';
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import type { CheckContext, Report } from '../../shared/check/types.ts';
import { definitionOf } from '../../shared/findings/catalog.ts';
import type { Diagnose } from '../access/connection.ts';
import { QUERIES_PER_TARGET } from '../access/public-fetch.ts';
import type { Settings } from '../settings.ts';
import { compare } from './change.ts';
import { claimDeliveries, type Delivery, type Outcome, pruneDeliveries, settleDeliveries } from './deliveries.ts';
import { queueDigest } from './digests.ts';
import { eventBody, eventsFor } from './event.ts';
import { queueFlowMessages } from './flows.ts';
import { sendByBinding, sendMail } from './mail.ts';
import { claimWatch, findWatch, recordCheck, type Watch } from './watches.ts';
import { callWebhook } from './webhook.ts';

export interface RunContext {
  /** With all tables. */
  db: D1Database;
  settings: Settings;
  check: CheckContext;
  diagnose: Diagnose;
  /** Milliseconds: the scheduled time of this run. */
  now: number;
}

/** Messages that a run sends for each domain that it may check: as many as a change makes, by webhook and by mail. */
const DELIVERIES_PER_CHECK = 2;
/** Subrequests that these messages may need, which reduce the queries of the check: the free plan has 50 for both. */
const RESERVED_FOR_DELIVERIES = DELIVERIES_PER_CHECK * (QUERIES_PER_TARGET + 1);
/** Messages at one time; Cloudflare lets a Worker have six connections open. */
const AT_ONCE = 6;
/** Milliseconds after which a run starts no more attempts; the next run continues. */
const SENDING_TIME = 120_000;

/** Returns the domains checked, the ids of the messages tried, and the domain whose digest was due. Throws only where D1 fails. */
export async function watchRun(
  context: RunContext,
): Promise<{ checked: string[]; tried: string[]; digest: string | undefined }> {
  const { db, settings, now } = context;
  const checked: string[] = [];
  for (let i = 0; i < settings.checksPerRun; i++) {
    const watch = await claimWatch(db, now, now + settings.watchIntervalMinutes * 60_000);
    if (watch === undefined) break;
    await checkWatch(watch, context);
    checked.push(watch.domain);
  }
  const digest = await queueDigest(db, now);
  const tried = await sendDue(context);
  await pruneDeliveries(db, now);
  return { checked, tried, digest };
}

/** Ids of the messages that were tried. */
async function sendDue(context: RunContext): Promise<string[]> {
  const { db, settings, check, now } = context;
  const tried: string[] = [];
  const most = DELIVERIES_PER_CHECK * settings.checksPerRun;
  const end = check.clock() + SENDING_TIME;
  while (tried.length < most && check.clock() < end) {
    // `now` stays the same, so that a retry that becomes due meanwhile is for the next run.
    const claimed = await claimDeliveries(db, now, Math.min(AT_ONCE, most - tried.length));
    if (claimed.length === 0) break;
    const outcomes = await Promise.all(
      claimed.map(async (delivery): Promise<[Delivery, Outcome]> => [delivery, await deliver(delivery, context)]),
    );
    await settleDeliveries(db, outcomes);
    tried.push(...claimed.map(({ id }) => id));
  }
  return tried;
}

async function checkWatch(watch: Watch, { db, check, now }: RunContext): Promise<void> {
  const { ips, selectors, helo } = watch.settings;
  const request = { domain: watch.domain, ips, selectors, ...(helo === null ? {} : { helo }), parts: DOMAIN_PARTS };
  const maxQueries = Math.max(1, (check.budget?.maxQueries ?? 0) - RESERVED_FOR_DELIVERIES);
  const report = await checkDomain(request, { ...check, now: new Date(now), budget: { ...check.budget, maxQueries } });
  const { baseline, change } = compare(watch.baseline, report);
  const events = change === null ? [] : await eventsFor(watch, eventBody(watch, report, change));
  const counts = await recordCheck(db, watch, { report, findings: costly(report), baseline, events });
  if (counts) await queueFlowMessages(db, watch, now);
}

/** Ids of the findings that cost points, each once, in the order of the report. */
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
    fetch: check.fetch ?? ((url, init) => fetch(url, init)),
    resolver: check.resolver,
    connectTo,
    secret,
    timestamp: Math.floor(check.clock() / 1000),
  });
}

const NO_MAIL: Outcome = {
  result: 'deferred',
  reply: 'not sent: MAIL_FROM is not set, or neither MAIL_RELAY nor SEND_EMAIL',
};

/** Through the binding where there is one, since the relay may be at fault; where that fails, through the relay. */
async function mail(delivery: Delivery, { db, settings, check, diagnose }: RunContext): Promise<Outcome> {
  if (settings.mail === undefined) return NO_MAIL;
  const { binding, relay, from } = settings.mail;
  const language = (await findWatch(db, delivery.domain))?.settings.language ?? 'en';
  const options = { from, language, now: check.now };
  const sent = binding === undefined ? undefined : await sendByBinding(delivery, { binding, ...options });
  if (sent?.result === 'delivered') return sent;
  if (relay === undefined) return sent ?? NO_MAIL;
  // Imported here, since everything else also runs where there are no sockets.
  const { connect } = await import('cloudflare:sockets');
  const relayed = await sendMail(delivery, { connect, diagnose, connectTo: settings.connectTo, relay, ...options });
  return sent === undefined || relayed.result === 'delivered'
    ? relayed
    : { result: relayed.result, reply: `${sent.reply}; relay: ${relayed.reply}` };
}
