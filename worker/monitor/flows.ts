// The last reports of the shops' servers about their queues, in D1, and the messages about them.
import type { D1Database } from '@cloudflare/workers-types';
import { queueStatement } from './deliveries.ts';
import { eventsFor, flowBody } from './event.ts';
import { type Flow, type FlowVerdict, flowVerdict } from './flow.ts';
import type { Watch } from './watches.ts';

export async function putFlow(db: D1Database, domain: string, flow: Flow): Promise<void> {
  await db
    .prepare(
      `INSERT INTO flows VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL)
       ON CONFLICT (domain) DO UPDATE SET reported_at = ?2, waiting = ?3, failed = ?4, oldest_age = ?5,
         last_success = ?6, last_failure = ?7`,
    )
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

/**
 * Queues a message to the receivers of a watch when its mail gets stuck, its server silent, or its mail flows again; once
 * each. After the first report of a server, only where mail is stuck.
 */
export async function queueFlowMessages(db: D1Database, watch: Watch, now: number): Promise<void> {
  const { domain } = watch;
  const flow = await findFlow(db, domain);
  if (flow === undefined) return;
  const row = await db
    .prepare('SELECT told FROM flows WHERE domain = ?')
    .bind(domain)
    .first<{ told: FlowVerdict | null }>();
  const reported = row?.told ?? null;
  const verdict = flowVerdict(flow, now);
  if (verdict === reported) return;
  // Two runs that see the same at once get the same id, so that it is one message.
  const occasion = `flow ${verdict} ${flow.reportedAt}`;
  const events =
    reported === null && verdict !== 'stuck'
      ? []
      : await eventsFor(watch, flowBody(watch, flow, verdict, now), occasion);
  await db.batch([
    ...events.map((event) => queueStatement(db, event, now)),
    db.prepare('UPDATE flows SET told = ? WHERE domain = ?').bind(verdict, domain),
  ]);
}
