// The queue of messages to a watch's receivers, in D1: retried at growing intervals, failed after two days.
import type { D1Database } from '@cloudflare/workers-types';

/** A message for one receiver; equal ids are the same message. */
export interface Event {
  id: string;
  channel: 'webhook' | 'mail';
  domain: string;
  /** URL or mail address. */
  target: string;
  /** JSON, as `eventBody` makes it. */
  body: string;
}

export interface Delivery extends Event {
  /** Including the current one. */
  attempts: number;
  createdAt: number;
}

/** The result of an attempt; `gone` is a permanent failure (HTTP 410, a rejected address). */
export type Outcome = { result: 'delivered' | 'deferred' | 'gone'; reply: string };

/** Minutes from each attempt to the next; after the last the message failed. Some 50 hours in all. */
const BACKOFF_MINUTES = [1, 5, 15, 60, 180, 360, 720, 720, 1000] as const;
/** Milliseconds that a finished message is stored. */
const FINISHED_KEPT = 30 * 86_400_000;
/** Characters of a receiver's reply that are stored. */
const MAX_REPLY = 200;

/** A watch as its row has it: settings, baseline, time of creation. */
export type StoredWatch = readonly [settings: string, baseline: string | null, createdAt: number];

/**
 * Queues a message for its first attempt, unless it is queued already or the watch no longer has its receiver; with
 * `watch`, only where the watch has not changed since.
 */
export function queueStatement(
  db: D1Database,
  { id, channel, domain, target, body }: Event,
  now: number,
  watch?: StoredWatch,
) {
  const unchanged = watch === undefined ? '' : 'AND settings = ?7 AND baseline IS ?8 AND created_at = ?9';
  return db
    .prepare(
      `INSERT OR IGNORE INTO deliveries
         (id, channel, domain, target, body, state, attempts, last_reply, created_at, next_attempt_at)
       SELECT ?1, ?2, ?3, ?4, ?5, 'waiting', 0, NULL, ?6, ?6 WHERE EXISTS
         (SELECT 1 FROM watches WHERE domain = ?3 AND json_extract(settings, '$.' || ?2) = ?4 ${unchanged})`,
    )
    .bind(id, channel, domain, target, body, now, ...(watch ?? []));
}

export async function queueDelivery(db: D1Database, event: Event, now: number): Promise<void> {
  await queueStatement(db, event, now).run();
}

/** The host of a webhook, or `mail`: what fails for one message of a lane mostly fails for all. */
const LANE =
  "CASE channel WHEN 'webhook' THEN lower(substr(target, 9, instr(substr(target, 9) || '/', '/') - 1)) ELSE channel END";
/**
 * First attempts before retries, and lanes without a failure before all others. The rest alternate by lane, so that a
 * failing lane takes one place of each round.
 */
const NEXT = `
  SELECT id, channel FROM (
    SELECT id, channel, attempts, next_attempt_at, attempts > 0 OR failing AS later,
      row_number() OVER (PARTITION BY lane ORDER BY attempts > 0, next_attempt_at, id) AS place
    FROM (
      SELECT *, max(attempts) OVER (PARTITION BY lane) > 0 AS failing
      FROM (SELECT id, channel, attempts, next_attempt_at, ${LANE} AS lane FROM deliveries WHERE state = 'waiting')
    ) WHERE next_attempt_at <= ?1
  ) ORDER BY later, later * place, attempts > 0, next_attempt_at, id LIMIT ?2`;

/**
 * The messages that are due, with the times of their next attempts already set: after a crash a later run sends them
 * again under the same ids, so that a message may arrive twice but is never lost.
 */
export async function claimDeliveries(db: D1Database, now: number, most: number): Promise<Delivery[]> {
  const steps = BACKOFF_MINUTES.map((minutes, index) => `WHEN ${index} THEN ${minutes}`).join(' ');
  const { results } = await db
    .prepare(
      `UPDATE deliveries
         SET attempts = attempts + 1, next_attempt_at = ?1 + 60000 * (CASE attempts ${steps} ELSE 1000 END)
       WHERE (id, channel) IN (${NEXT})
       RETURNING *`,
    )
    .bind(now, most)
    .all<Event & { attempts: number; created_at: number }>();
  return results.map(({ id, channel, domain, target, body, attempts, created_at: createdAt }) => ({
    id,
    channel,
    domain,
    target,
    body,
    attempts,
    createdAt,
  }));
}

/** Stores the results of attempts. */
export async function settleDeliveries(db: D1Database, tried: readonly [Delivery, Outcome][]): Promise<void> {
  await db.batch(
    tried.map(([{ id, channel, attempts }, { result, reply }]) => {
      const givenUp = result === 'gone' || (result === 'deferred' && attempts > BACKOFF_MINUTES.length);
      const state = result === 'delivered' ? 'delivered' : givenUp ? 'failed' : 'waiting';
      return db
        .prepare('UPDATE deliveries SET state = ?3, last_reply = ?4 WHERE id = ?1 AND channel = ?2')
        .bind(id, channel, state, reply.slice(0, MAX_REPLY));
    }),
  );
}

/** Deletes messages that were delivered or failed long ago. */
export async function pruneDeliveries(db: D1Database, now: number): Promise<void> {
  await db
    .prepare("DELETE FROM deliveries WHERE state <> 'waiting' AND created_at < ?")
    .bind(now - FINISHED_KEPT)
    .run();
}

/** A message as the API shows it. */
export interface DeliveryState {
  id: string;
  channel: Event['channel'];
  state: 'waiting' | 'delivered' | 'failed';
  attempts: number;
  lastReply: string | null;
  /** @format date-time */
  createdAt: string;
  /**
   * Null once it is finished.
   * @format date-time
   */
  nextAttemptAt: string | null;
}

/** The newest messages about a domain, newest first. */
export async function readDeliveries(db: D1Database, domain: string, most: number): Promise<DeliveryState[]> {
  const { results } = await db
    .prepare('SELECT * FROM deliveries WHERE domain = ? ORDER BY created_at DESC, id, channel LIMIT ?')
    .bind(domain, most)
    .all<{
      id: string;
      channel: Event['channel'];
      state: DeliveryState['state'];
      attempts: number;
      last_reply: string | null;
      created_at: number;
      next_attempt_at: number;
    }>();
  return results.map((row) => ({
    id: row.id,
    channel: row.channel,
    state: row.state,
    attempts: row.attempts,
    lastReply: row.last_reply,
    createdAt: new Date(row.created_at).toISOString(),
    nextAttemptAt: row.state === 'waiting' ? new Date(row.next_attempt_at).toISOString() : null,
  }));
}
