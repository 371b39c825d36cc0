// Messages on their way to a receiver: queued in D1, tried again at growing distances, given up after two days.
import type { D1Database } from '@cloudflare/workers-types';
import type { Event } from './event.ts';

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

/** Queues a message for its first attempt, unless it is there already, or its domain is no longer watched. */
export function queueStatement(db: D1Database, { id, channel, domain, target, body }: Event, now: number) {
  return db
    .prepare(
      `INSERT OR IGNORE INTO deliveries
         (id, channel, domain, target, body, state, attempts, last_reply, created_at, next_attempt_at)
       SELECT ?1, ?2, ?3, ?4, ?5, 'waiting', 0, NULL, ?6, ?6 WHERE EXISTS (SELECT 1 FROM watches WHERE domain = ?3)`,
    )
    .bind(id, channel, domain, target, body, now);
}

export async function queueDelivery(db: D1Database, event: Event, now: number): Promise<void> {
  await queueStatement(db, event, now).run();
}

/**
 * The message that is due, with its next attempt already set: a run that dies in between sends it again later, under the
 * same id, so that it may arrive twice but is never lost.
 */
export async function claimDelivery(db: D1Database, now: number): Promise<Delivery | undefined> {
  const steps = BACKOFF_MINUTES.map((minutes, index) => `WHEN ${index} THEN ${minutes}`).join(' ');
  const row = await db
    .prepare(
      `UPDATE deliveries
         SET attempts = attempts + 1, next_attempt_at = ?1 + 60000 * (CASE attempts ${steps} ELSE 1000 END)
       WHERE (id, channel) =
         (SELECT id, channel FROM deliveries
          WHERE state = 'waiting' AND next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT 1)
       RETURNING *`,
    )
    .bind(now)
    .first<Event & { attempts: number; created_at: number }>();
  if (row === null) return undefined;
  const { id, channel, domain, target, body, attempts } = row;
  return { id, channel, domain, target, body, attempts, createdAt: row.created_at };
}

/** Notes what came of an attempt. */
export async function settleDelivery(db: D1Database, delivery: Delivery, { result, reply }: Outcome): Promise<void> {
  const givenUp = result === 'gone' || (result === 'deferred' && delivery.attempts > BACKOFF_MINUTES.length);
  const state = result === 'delivered' ? 'delivered' : givenUp ? 'failed' : 'waiting';
  await db
    .prepare('UPDATE deliveries SET state = ?3, last_reply = ?4 WHERE id = ?1 AND channel = ?2')
    .bind(delivery.id, delivery.channel, state, reply.slice(0, MAX_REPLY))
    .run();
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
  createdAt: string;
  /** Null once it is finished. */
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
