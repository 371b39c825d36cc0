// What the shops' servers said last of their queues, in D1.
import type { D1Database } from '@cloudflare/workers-types';
import type { Flow } from './flow.ts';

export async function putFlow(db: D1Database, domain: string, flow: Flow): Promise<void> {
  await db
    .prepare('INSERT OR REPLACE INTO flows VALUES (?, ?, ?, ?, ?, ?, ?)')
    .bind(domain, flow.reportedAt, flow.waiting, flow.failed, flow.oldestAge, flow.lastSuccess, flow.lastFailure)
    .run();
}

export async function findFlow(db: D1Database, domain: string): Promise<Flow | undefined> {
  const row = await db.prepare('SELECT * FROM flows WHERE domain = ?').bind(domain).first<{
    reported_at: number;
    waiting: number;
    failed: number;
    oldest_age: number | null;
    last_success: number | null;
    last_failure: number | null;
  }>();
  if (row === null) return undefined;
  return {
    reportedAt: row.reported_at,
    waiting: row.waiting,
    failed: row.failed,
    oldestAge: row.oldest_age,
    lastSuccess: row.last_success,
    lastFailure: row.last_failure,
  };
}
