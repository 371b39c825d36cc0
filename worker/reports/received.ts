// The reports that arrived about a domain, newest first.
import type { D1Database } from '@cloudflare/workers-types';
import type { EntryKind } from './entries.ts';
import type { Requested } from './store.ts';

/** A report as it is listed; times are ISO 8601, UTC. */
export interface ReceivedReport {
  id: string;
  kind: EntryKind;
  /** The domain that it is about: the watched one, or one below it. */
  about: string;
  reporter: string;
  reportId: string;
  beginsAt: string | null;
  endsAt: string | null;
  receivedAt: string;
  /** Messages, sessions or recipients that it covers. */
  messages: number;
  /** Whether the domain's own record asks for reports at the address where it arrived (RFC 9990 section 4). */
  requested: Requested;
}

/** Reports of one answer. */
export const MAX_RECEIVED = 100;

/** One statement, through the index of reports by domain and kind. */
export async function readReceived(db: D1Database, domain: string, most: number): Promise<ReceivedReport[]> {
  const { results } = await db
    .prepare(
      `SELECT id, kind, about, reporter, report_id, begins_at, ends_at, received_at, messages, requested
       FROM reports WHERE domain = ? ORDER BY received_at DESC LIMIT ?`,
    )
    .bind(domain, most)
    .all<{
      id: string;
      kind: EntryKind;
      about: string;
      reporter: string;
      report_id: string;
      begins_at: number | null;
      ends_at: number | null;
      received_at: number;
      messages: number;
      requested: Requested;
    }>();
  return results.map((row) => ({
    id: row.id,
    kind: row.kind,
    about: row.about,
    reporter: row.reporter,
    reportId: row.report_id,
    beginsAt: iso(row.begins_at),
    endsAt: iso(row.ends_at),
    receivedAt: new Date(row.received_at).toISOString(),
    messages: row.messages,
    requested: row.requested,
  }));
}

const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
