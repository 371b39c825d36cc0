// Whether the owner of a domain wants a mail about each week.
import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { WEEK } from '../reports/day.ts';

interface Receiver {
  mail: string | null;
  digest?: DigestWish;
}

/** `changes`: where there is something to say; `always`: each week. */
export type DigestWish = 'changes' | 'always' | 'off';
export const DIGEST_WISHES: readonly [DigestWish, ...DigestWish[]] = ['changes', 'always', 'off'];

export function digestWish({ mail, digest = 'changes' }: Receiver): DigestWish {
  return mail === null ? 'off' : digest;
}

/** With the watch: the first mail comes a week later. */
export function digestStatement(db: D1Database, domain: string, settings: Receiver, now: number): D1PreparedStatement {
  return digestWish(settings) === 'off'
    ? db.prepare('DELETE FROM digests WHERE domain = ?').bind(domain)
    : db
        .prepare(
          "INSERT OR IGNORE INTO digests SELECT ?1, ?2, '{}' WHERE EXISTS (SELECT 1 FROM watches WHERE domain = ?1)",
        )
        .bind(domain, now + WEEK);
}
