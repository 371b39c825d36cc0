// The tables of watching, in D1 (SQLite). The Worker creates and migrates them itself.
import type { D1Database } from '@cloudflare/workers-types';
import { REPORTS_MIGRATION, SUMS_MIGRATION } from '../reports/schema.ts';

/** Each is applied once, in order; a released one is never edited. Times are milliseconds since 1970, UTC. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE IF NOT EXISTS watches (
      domain TEXT PRIMARY KEY,
      settings TEXT NOT NULL,
      baseline TEXT,
      created_at INTEGER NOT NULL,
      next_check_at INTEGER NOT NULL
    ) WITHOUT ROWID`,
    'CREATE INDEX IF NOT EXISTS watches_due ON watches (next_check_at)',
    `CREATE TABLE IF NOT EXISTS history (
      domain TEXT NOT NULL,
      checked_at INTEGER NOT NULL,
      score REAL NOT NULL,
      low REAL NOT NULL,
      coverage REAL NOT NULL,
      refused INTEGER NOT NULL,
      findings TEXT NOT NULL,
      PRIMARY KEY (domain, checked_at)
    ) WITHOUT ROWID`,
    `CREATE TABLE IF NOT EXISTS deliveries (
      id TEXT NOT NULL,
      channel TEXT NOT NULL,
      domain TEXT NOT NULL,
      target TEXT NOT NULL,
      body TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      last_reply TEXT,
      created_at INTEGER NOT NULL,
      next_attempt_at INTEGER NOT NULL,
      PRIMARY KEY (id, channel)
    ) WITHOUT ROWID`,
    'CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, next_attempt_at)',
    'CREATE INDEX IF NOT EXISTS deliveries_of ON deliveries (domain, created_at)',
    `CREATE TABLE IF NOT EXISTS flows (
      domain TEXT PRIMARY KEY,
      reported_at INTEGER NOT NULL,
      waiting INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      oldest_age INTEGER,
      last_success INTEGER,
      last_failure INTEGER,
      told TEXT
    ) WITHOUT ROWID`,
  ],
  REPORTS_MIGRATION,
  SUMS_MIGRATION,
];

/** Databases of this isolate that are migrated; a running migration is not shared between requests. */
const complete = new WeakSet<D1Database>();

/** Migrates the tables; free after the first time in an isolate. Two at once do no harm. */
export async function migrated(db: D1Database): Promise<D1Database> {
  if (complete.has(db)) return db;
  await db.prepare('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)').run();
  const row = await db.prepare('SELECT max(version) AS version FROM migrations').first<{ version: number | null }>();
  for (const [index, statements] of MIGRATIONS.entries()) {
    const version = index + 1;
    if (version <= (row?.version ?? 0)) continue;
    await db.batch([
      ...statements.map((statement) => db.prepare(statement)),
      db.prepare('INSERT OR IGNORE INTO migrations (version) VALUES (?)').bind(version),
    ]);
  }
  complete.add(db);
  return db;
}
