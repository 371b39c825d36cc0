// The week's mails in D1: whose turn it is, and what was said.
import type { D1Database } from '@cloudflare/workers-types';
import { WEEK } from '../reports/day.ts';
import { queueStatement } from './deliveries.ts';
import { digestOf, readDigest, type Said } from './digest.ts';
import { digestWish } from './digest-wish.ts';
import { digestBody, eventsFor } from './event.ts';
import { findWatch } from './watches.ts';

/** Queues the mail that has waited longest for its turn; the domain, or undefined where none is due. */
export async function queueDigest(db: D1Database, now: number): Promise<string | undefined> {
  // Moved on in the same step: two runs never take the same one.
  const due = await db
    .prepare(
      `UPDATE digests SET due_at = ?1 + ${WEEK} WHERE domain =
         (SELECT domain FROM digests WHERE due_at <= ?1 ORDER BY due_at LIMIT 1)
       RETURNING domain, said`,
    )
    .bind(now)
    .first<{ domain: string; said: string }>();
  if (due === null) return undefined;
  const { domain } = due;
  const watch = await findWatch(db, domain);
  if (watch === undefined) return domain;
  const { digest, said } = digestOf(await readDigest(db, domain, now), JSON.parse(due.said) as Said, now);
  if (digest.items.length === 0 && digestWish(watch.settings) !== 'always') return domain;
  const events = await eventsFor(watch, digestBody(watch, digest, now), `digest ${digest.since}`);
  await db.batch([
    ...events.filter(({ channel }) => channel === 'mail').map((event) => queueStatement(db, event, now)),
    db.prepare('UPDATE digests SET said = ? WHERE domain = ?').bind(JSON.stringify(said), domain),
  ]);
  return domain;
}
