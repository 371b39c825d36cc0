// Messages on their way to a receiver: queued in D1, tried again at growing distances, given up after two days.
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
  /** Including the one under way. */
  attempts: number;
  createdAt: number;
}

/** What came of an attempt: `gone` is a receiver that wants no more (HTTP 410, a refused address). */
export type Outcome = { result: 'delivered' | 'deferred' | 'gone'; reply: string };

/** Minutes from an attempt to the next; after the last the message is given up. In all some 50 hours. */
const BACKOFF_MINUTES = [1, 5, 15, 60, 180, 360, 720, 720, 1000] as const;
/** Milliseconds that a finished message can still be looked at. */
const FINISHED_KEPT = 30 * 86_400_000;
/** Of what a receiver says; enough to find the fault by. */
const MAX_REPLY = 200;

/** A watch as its row has it: settings, baseline, and when it was made. */
export type StoredWatch = readonly [settings: string, baseline: string | null, createdAt: number];

/**
 * Queues a message for its first attempt, unless it is there already, or its receiver is not one of the watch any more;
 * with `watch`, only where the watch is still as it was then.
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

/** The host of a webhook, or the one way that all mail goes: what fails for one message of it mostly fails for all. */
const LANE =
  "CASE channel WHEN 'webhook' THEN lower(substr(target, 9, instr(substr(target, 9) || '/', '/') - 1)) ELSE channel END";
/**
 * First attempts come before retries, and those to receivers that have answered so far before all others. The rest take
 * turns by their lanes: one that fails takes one place of each turn, and no more.
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
 * The messages whose turn it is, with their next attempts already set: a run that dies in between sends them again later,
 * under the same ids, so that one may arrive twice but is never lost.
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

/** Notes what came of attempts. */
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

/** Forgets what was delivered or given up long ago. */
export async function pruneDeliveries(db: D1Database, now: number): Promise<void> {
  await db
    .prepare("DELETE FROM deliveries WHERE state <> 'waiting' AND created_at < ?")
    .bind(now - FINISHED_KEPT)
    .run();
}

/** What is shown of a message to a token holder. */
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
