// Reports in D1: each once, within a share for its reporter and its domain.
import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { AggregateRecord, BouncedRecipient } from '../../shared/reports/types.ts';
import { sumStatements } from './bounce-sums.ts';
import { DAY, dayOf } from './day.ts';
import { type Entry, messagesOf } from './entries.ts';

/** Milliseconds that reports are kept: half a year shows what a season changes. */
export const REPORTS_KEPT = 190 * DAY;
/**
 * Reports of one kind about one domain in a day, of one reporter and of all: the most diligent reporters send one an hour,
 * and a newsletter to an old list comes back a thousand times.
 */
export const MOST_REPORTS = { ofReporter: 100, ofDomain: 2000 };
export const MOST_BOUNCES = { ofReporter: 1000, ofDomain: 3000 };
/** Rows of one kind about one domain in a day; the free plan writes 100,000 for all. */
export const MAX_ROWS_OF_DOMAIN = 20_000;
/**
 * The part of both that is only for reporters who were here before the last day: the address is public, and who floods it
 * under new names does not shut out those that report every day.
 */
const KEPT_FOR_KNOWN = 4;
/** Pieces of one report, and rows that each is expected to have until it is read. */
const MAX_PIECES = 85;
const EXPECTED_ROWS = 230;
/** Domains at and above a name that are looked for; RFC 9989 section 4.10 walks no deeper. */
const MAX_LABELS = 8;
/** Characters of a stored detail. */
const MAX_DETAIL = 60_000;
/** Times that a piece is tried: one that ends the invocation each time would be tried for ever. */
const MAX_ATTEMPTS = 3;
/** Numbers of rows that one piece may take. */
const ROWS_OF_PIECE = 100_000;

/** Whether the domain's own record asks for reports at the address where this one arrived (RFC 9990 section 4). */
export type Requested = 'yes' | 'no' | 'unknown';
export type Kept = 'stored' | 'duplicate' | 'share-full';

/** The watched domain that one of the names is, or lies below; the first name that has one decides. */
export async function watchedDomain(
  db: D1Database,
  names: readonly string[],
): Promise<{ domain: string; about: string } | undefined> {
  const above = names.slice(0, 4).map((name) => ({ name, names: withParents(name) }));
  const asked = [...new Set(above.flatMap((entry) => entry.names))];
  if (asked.length === 0) return undefined;
  const { results } = await db
    .prepare(`SELECT domain FROM watches WHERE domain IN (${asked.map(() => '?').join(', ')})`)
    .bind(...asked)
    .all<{ domain: string }>();
  const watched = new Set(results.map(({ domain }) => domain));
  for (const { name, names: parents } of above) {
    const domain = parents.find((parent) => watched.has(parent));
    if (domain !== undefined) return { domain, about: name };
  }
  return undefined;
}

/** The name itself, then what lies above it, down to two labels. */
function withParents(name: string): string[] {
  const labels = name.split('.').slice(-MAX_LABELS);
  return [
    ...new Set([name, ...labels.map((_, at) => labels.slice(at).join('.')).filter((text) => text.includes('.'))]),
  ];
}

export interface Arrived {
  entry: Entry;
  domain: string;
  about: string;
  requested: Requested;
  /** Unique to this arrival. */
  intake: string;
  now: number;
}

/** Keeps a report with its rows: all of it or nothing. */
export async function keepReport(db: D1Database, arrived: Arrived): Promise<{ kept: Kept; id: string }> {
  const { entry, domain, about, requested, intake, now } = arrived;
  const id = await idOf(entry, domain);
  const rows = merged(entry.records);
  const later = entry.later.slice(0, MAX_PIECES);
  const since = now - DAY;
  const most = entry.kind === 'bounce' ? MOST_BOUNCES : MOST_REPORTS;
  const statements = [
    db
      .prepare(
        `INSERT OR IGNORE INTO reports
         WITH today AS (
           SELECT count(*) AS reports, coalesce(sum(reporter = ?5), 0) AS own, coalesce(sum(rows_kept), 0) AS kept
           FROM reports WHERE domain = ?2 AND kind = ?3 AND received_at > ?15
         ), share AS (
           SELECT CASE WHEN EXISTS
             (SELECT 1 FROM reports WHERE domain = ?2 AND reporter = ?5 AND received_at <= ?15)
             THEN 1.0 ELSE 1.0 - 1.0 / ${KEPT_FOR_KNOWN} END AS part
         )
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM today, share
         WHERE reports < ?16 * part AND own < ?17 AND kept + ?12 <= ?18 * part`,
      )
      .bind(
        ...[id, domain, entry.kind, about, entry.reporter, entry.reportId, entry.beginsAt, entry.endsAt, now],
        ...[
          requested,
          entry.messages,
          rows.length + entry.bounced.length + later.length * EXPECTED_ROWS,
          intake,
          detailOf(entry),
          since,
        ],
        ...[most.ofDomain, most.ofReporter, MAX_ROWS_OF_DOMAIN],
      ),
    // A second report with the same id brings no rows: they go with the arrival that made the report.
    ...sourceStatements(db, { id, domain, day: dayOf(entry.beginsAt ?? now), from: 0, intake }, rows),
    ...bounceStatements(db, { id, domain, intake, now, messageId: entry.messageId }, entry.bounced),
    ...sumStatements(db, { id, domain, intake, now }, entry),
    ...pieceStatements(db, { id, domain, intake }, later),
  ];
  const [inserted] = await db.batch(statements);
  if ((inserted?.meta.changes ?? 0) > 0) return { kept: 'stored', id };
  const known = await db.prepare('SELECT 1 FROM reports WHERE id = ?').bind(id).first();
  return { kept: known === null ? 'share-full' : 'duplicate', id };
}

/** What is older than reports are kept. */
export async function pruneReports(db: D1Database, now: number): Promise<void> {
  const before = now - REPORTS_KEPT;
  await db.batch([
    db
      .prepare('DELETE FROM report_sources WHERE report IN (SELECT id FROM reports WHERE received_at < ?)')
      .bind(before),
    db.prepare('DELETE FROM bounces WHERE report IN (SELECT id FROM reports WHERE received_at < ?)').bind(before),
    db.prepare('DELETE FROM report_pieces WHERE report IN (SELECT id FROM reports WHERE received_at < ?)').bind(before),
    db.prepare('DELETE FROM reports WHERE received_at < ?').bind(before),
    db.prepare('DELETE FROM bounce_days WHERE day < ?').bind(before),
    db.prepare('DELETE FROM bounced_addresses WHERE last_at < ?').bind(before),
  ]);
}

export interface Piece {
  report: string;
  number: number;
  domain: string;
  xml: string;
  day: number;
}

/** A piece that waits, its attempt counted before it is made. */
export async function claimPiece(db: D1Database): Promise<Piece | undefined> {
  const row = await db
    .prepare(
      `UPDATE report_pieces SET attempts = attempts + 1 WHERE (report, number) =
         (SELECT report, number FROM report_pieces WHERE attempts < ? ORDER BY attempts, report, number LIMIT 1)
       RETURNING report, number, domain, xml, (SELECT coalesce(begins_at, received_at) FROM reports WHERE id = report) AS begins_at`,
    )
    .bind(MAX_ATTEMPTS)
    .first<{ report: string; number: number; domain: string; xml: string; begins_at: number | null }>();
  if (row === null) return undefined;
  return { report: row.report, number: row.number, domain: row.domain, xml: row.xml, day: dayOf(row.begins_at ?? 0) };
}

/** Adds the piece's rows to its report and forgets the piece: all of it or nothing, once even where two runs read it. */
export async function keepPiece(db: D1Database, piece: Piece, records: readonly AggregateRecord[]): Promise<void> {
  const { report: id, number, domain, day } = piece;
  const rows = merged(records);
  const waiting = 'EXISTS (SELECT 1 FROM report_pieces WHERE report = ?1 AND number = ?2)';
  await db.batch([
    ...sourceStatements(db, { id, domain, day, from: number * ROWS_OF_PIECE, intake: undefined }, rows),
    db
      .prepare(`UPDATE reports SET messages = messages + ?3, rows_kept = rows_kept + ?4 WHERE id = ?1 AND ${waiting}`)
      .bind(id, number, messagesOf(records), rows.length - EXPECTED_ROWS),
    db
      .prepare('DELETE FROM report_pieces WHERE (report = ?1 AND number = ?2) OR attempts >= ?3')
      .bind(id, number, MAX_ATTEMPTS),
  ]);
}

interface RowsOf {
  id: string;
  domain: string;
  day: number;
  /** Number of the first row. */
  from: number;
  /** Only where the report came by this arrival; undefined for a piece of one that is kept. */
  intake: string | undefined;
}

type Row = readonly (string | number | null)[];
/** Rows of one statement: a bound text may have two million bytes. */
const ROWS_AT_ONCE = 2000;

/** Rows travel as one JSON text: a statement takes a hundred parameters, an invocation fifty statements. */
function sourceStatements(
  db: D1Database,
  { id, domain, day, from, intake }: RowsOf,
  rows: readonly Row[],
): D1PreparedStatement[] {
  const columns = Array.from({ length: 11 }, (_, at) => `json_extract(value, '$[${at}]')`).join(', ');
  const statements: D1PreparedStatement[] = [];
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    statements.push(
      db
        .prepare(
          `INSERT OR IGNORE INTO report_sources SELECT ?1, ?2 + key, ?3, ?4, ${columns} FROM json_each(?5)
           WHERE EXISTS (SELECT 1 FROM reports WHERE id = ?1 AND (?6 IS NULL OR intake = ?6))`,
        )
        .bind(id, from + at, domain, day, JSON.stringify(rows.slice(at, at + ROWS_AT_ONCE)), intake ?? null),
    );
  }
  return statements;
}

function bounceStatements(
  db: D1Database,
  {
    id,
    domain,
    intake,
    now,
    messageId,
  }: { id: string; domain: string; intake: string; now: number; messageId: string },
  bounced: readonly BouncedRecipient[],
): D1PreparedStatement[] {
  if (bounced.length === 0) return [];
  const rows = bounced.map(({ address, action, status, reason, diagnostic, remoteMta }) => [
    ...[address.toLowerCase(), action, status, reason, diagnostic, remoteMta],
  ]);
  const columns = Array.from({ length: 6 }, (_, at) => `json_extract(value, '$[${at}]')`).join(', ');
  return [
    db
      .prepare(
        `INSERT OR IGNORE INTO bounces SELECT ?1, key, ?2, ?3, ${columns}, ?4 FROM json_each(?5)
         WHERE EXISTS (SELECT 1 FROM reports WHERE id = ?1 AND intake = ?6)`,
      )
      .bind(id, domain, now, messageId, JSON.stringify(rows), intake),
  ];
}

/** Characters of pieces that travel in one statement. */
const PIECES_AT_ONCE = 600_000;

function pieceStatements(
  db: D1Database,
  { id, domain, intake }: { id: string; domain: string; intake: string },
  pieces: readonly string[],
): D1PreparedStatement[] {
  const statements: D1PreparedStatement[] = [];
  for (let at = 0; at < pieces.length; ) {
    const group: string[] = [];
    for (let length = 0; at < pieces.length && length < PIECES_AT_ONCE; at++) {
      group.push(pieces[at]!);
      length += pieces[at]!.length;
    }
    statements.push(
      db
        .prepare(
          `INSERT OR IGNORE INTO report_pieces SELECT ?1, ?2 + key, ?3, 0, value FROM json_each(?4)
           WHERE EXISTS (SELECT 1 FROM reports WHERE id = ?1 AND intake = ?5)`,
        )
        .bind(id, at - group.length + 1, domain, JSON.stringify(group), intake),
    );
  }
  return statements;
}

/** Rows that differ in nothing but their count are one. */
function merged(records: readonly AggregateRecord[]): Row[] {
  const rows = new Map<string, { row: Row; count: number }>();
  for (const record of records) {
    const { sourceIp, disposition, dkim, spf, headerFrom, envelopeFrom, dkimResults, spfResults, reasons, count } =
      record;
    const checked = spfResults.find(({ scope }) => scope !== 'helo') ?? spfResults[0];
    const row: Row = [
      ...[disposition, dkim, spf, headerFrom, envelopeFrom],
      JSON.stringify(dkimResults.slice(0, 4).map(({ domain, selector, result }) => [domain, selector, result])),
      ...[checked?.domain ?? '', checked?.result ?? ''],
      reasons.length === 0
        ? ''
        : JSON.stringify(reasons.slice(0, 4).map(({ type, comment }) => [type, comment.slice(0, 300)])),
    ];
    const key = JSON.stringify([sourceIp, row]);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { row: [sourceIp, ...row], count });
    else known.count += count;
  }
  return [...rows.values()].map(({ row: [sourceIp, ...rest], count }) => [sourceIp!, count, ...rest]);
}

function detailOf({ detail }: Entry): string {
  const text = JSON.stringify(detail);
  return text.length <= MAX_DETAIL ? text : '{}';
}

async function idOf(entry: Entry, domain: string): Promise<string> {
  const { kind, reporter, reportId, beginsAt, endsAt } = entry;
  // Without an id of its own, a report is the same where it says the same.
  const content = reportId === '' ? JSON.stringify([entry.detail, entry.records, entry.bounced]) : '';
  const text = JSON.stringify([kind, domain, entry.about, reporter.toLowerCase(), reportId, beginsAt, endsAt, content]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
