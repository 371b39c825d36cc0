// Test inboxes in D1 (SQLite): their addresses, and the mails with their reports for the day of the inbox.
import type { D1Database } from '@cloudflare/workers-types';
import {
  type Inbox,
  type InboxKey,
  type InboxMail,
  LIFETIME,
  MAX_INBOXES,
  MAX_MAILS,
  type Maker,
  type NoRoom,
  OPEN_INBOXES,
  type Refusal,
} from './inbox.ts';

const STATEMENTS = [
  `CREATE TABLE IF NOT EXISTS inboxes (
    id TEXT PRIMARY KEY,
    local TEXT NOT NULL UNIQUE,
    domain TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    mails INTEGER NOT NULL DEFAULT 0,
    refused TEXT
  ) WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS inboxes_expiry ON inboxes (expires_at)',
  `CREATE TABLE IF NOT EXISTS inbox_mails (
    inbox TEXT NOT NULL,
    number INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (inbox, number)
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS inbox_sources (
    inbox TEXT NOT NULL,
    number INTEGER NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (inbox, number)
  ) WITHOUT ROWID`,
  // Which client has which inbox; those of clients with a token are not here.
  `CREATE TABLE IF NOT EXISTS inbox_clients (
    client TEXT NOT NULL,
    inbox TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (client, inbox)
  ) WITHOUT ROWID`,
];

/** Databases of this isolate that have the tables. */
const complete = new WeakSet<D1Database>();

/** Creates missing tables; free after the first time in an isolate. */
async function withTables(db: D1Database): Promise<D1Database> {
  if (complete.has(db)) return db;
  await db.batch(STATEMENTS.map((statement) => db.prepare(statement)));
  complete.add(db);
  return db;
}

/** Creates an inbox and deletes expired ones; returns the time at which it expires, or why there is no room for it. */
export async function createInbox(
  database: D1Database,
  { id, local }: InboxKey,
  domain: string | null,
  maker: Maker,
  now: number,
): Promise<{ expiresAt: number } | NoRoom> {
  const db = await withTables(database);
  const expiresAt = now + LIFETIME;
  // A client with a token has no share that could be full.
  const { client, share } = maker === 'holder' ? { client: '', share: 1 } : maker;
  const open = maker === 'holder' ? MAX_INBOXES : OPEN_INBOXES;
  const results = await db.batch([
    db.prepare('DELETE FROM inbox_mails WHERE inbox IN (SELECT id FROM inboxes WHERE expires_at <= ?)').bind(now),
    db.prepare('DELETE FROM inbox_sources WHERE inbox IN (SELECT id FROM inboxes WHERE expires_at <= ?)').bind(now),
    db.prepare('DELETE FROM inboxes WHERE expires_at <= ?').bind(now),
    db.prepare('DELETE FROM inbox_clients WHERE inbox NOT IN (SELECT id FROM inboxes)'),
    // Counted and added in one statement, so that two at once do not both find room.
    db
      .prepare(
        `INSERT INTO inboxes (id, local, domain, created_at, expires_at) SELECT ?1, ?2, ?3, ?4, ?5
         WHERE (SELECT count(*) FROM inboxes) < ?6 AND (SELECT count(*) FROM inbox_clients) < ?7
           AND (SELECT count(*) FROM inbox_clients WHERE client = ?8) < ?9`,
      )
      .bind(id, local, domain, now, expiresAt, MAX_INBOXES, open, client, share),
    db
      .prepare("INSERT INTO inbox_clients SELECT ?1, id, expires_at FROM inboxes WHERE id = ?2 AND ?1 <> ''")
      .bind(client, id),
  ]);
  const inserted = results[4]?.meta.changes ?? 0;
  return inserted > 0 ? { expiresAt } : noRoom(db, maker, now);
}

async function noRoom(db: D1Database, maker: Maker, now: number): Promise<NoRoom> {
  const waits = (end: number) => Math.max(1, Math.ceil((end - now) / 1000));
  if (maker !== 'holder') {
    const row = await db
      .prepare('SELECT count(*) AS own, min(expires_at) AS first FROM inbox_clients WHERE client = ?')
      .bind(maker.client)
      .first<{ own: number; first: number }>();
    if (row !== null && row.own >= maker.share) return { why: 'share', retryAfter: waits(row.first) };
  }
  const row = await db
    .prepare(
      `SELECT CASE WHEN (SELECT count(*) FROM inboxes) >= ? THEN (SELECT min(expires_at) FROM inboxes)
         ELSE (SELECT min(expires_at) FROM inbox_clients) END AS first`,
    )
    .bind(MAX_INBOXES)
    .first<{ first: number | null }>();
  return { why: 'all', retryAfter: waits(row?.first ?? now) };
}

/** Counts one mail of an inbox; returns why there is no room for it. */
export async function claimPlace(
  database: D1Database,
  local: string,
  now: number,
): Promise<{ inbox: string; number: number } | 'unknown' | 'full'> {
  const db = await withTables(database);
  const taken = await db
    .prepare(
      'UPDATE inboxes SET mails = mails + 1 WHERE local = ? AND expires_at > ? AND mails < ? RETURNING id, mails',
    )
    .bind(local, now, MAX_MAILS)
    .first<{ id: string; mails: number }>();
  if (taken !== null) return { inbox: taken.id, number: taken.mails };
  return (await isOpen(db, local, now)) ? 'full' : 'unknown';
}

/** Whether the inbox exists and has not expired. */
export async function isOpen(database: D1Database, local: string, now: number): Promise<boolean> {
  const db = await withTables(database);
  const row = await db.prepare('SELECT 1 FROM inboxes WHERE local = ? AND expires_at > ?').bind(local, now).first();
  return row !== null;
}

export async function recordRefusal(database: D1Database, local: string, why: Refusal): Promise<void> {
  const db = await withTables(database);
  await db.prepare('UPDATE inboxes SET refused = ? WHERE local = ?').bind(why, local).run();
}

/** Keeps the report, as JSON, and the source of one mail. */
export async function addMail(
  database: D1Database,
  { inbox, number }: { inbox: string; number: number },
  { receivedAt, report, source }: { receivedAt: number; report: string; source: string },
): Promise<void> {
  const db = await withTables(database);
  await db.batch([
    db
      .prepare('INSERT INTO inbox_mails (inbox, number, received_at, report) VALUES (?, ?, ?, ?)')
      .bind(inbox, number, receivedAt, report),
    db.prepare('INSERT INTO inbox_sources VALUES (?, ?, ?)').bind(inbox, number, source),
  ]);
}

/** The source of one mail of an inbox; undefined where there is none. */
export async function findSource(database: D1Database, inbox: string, number: number): Promise<string | undefined> {
  const db = await withTables(database);
  const row = await db
    .prepare('SELECT source FROM inbox_sources WHERE inbox = ? AND number = ?')
    .bind(inbox, number)
    .first<{ source: string }>();
  return row?.source;
}

interface InboxRow {
  local: string;
  domain: string | null;
  created_at: number;
  expires_at: number;
  refused: Refusal | null;
}

/** The inbox with its mails, newest first; undefined where it does not exist or has expired. */
export async function findInbox(database: D1Database, id: string, now: number): Promise<Inbox | undefined> {
  const db = await withTables(database);
  const row = await db
    .prepare('SELECT local, domain, created_at, expires_at, refused FROM inboxes WHERE id = ? AND expires_at > ?')
    .bind(id, now)
    .first<InboxRow>();
  if (row === null) return undefined;
  const { results } = await db
    .prepare('SELECT number, received_at, report FROM inbox_mails WHERE inbox = ? ORDER BY number DESC')
    .bind(id)
    .all<{ number: number; received_at: number; report: string }>();
  return {
    id,
    local: row.local,
    domain: row.domain,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    refused: row.refused,
    mails: results.map(({ number, received_at, report }) => ({
      number,
      receivedAt: received_at,
      // As `addMail` stored it.
      report: JSON.parse(report) as InboxMail['report'],
    })),
  };
}
