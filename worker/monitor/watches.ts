// The watched domains and what was found of them, in D1.
import type { D1Database } from '@cloudflare/workers-types';
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import { REPORT_TABLES } from '../reports/schema.ts';
import type { Baseline } from './change.ts';
import { queueStatement, type StoredWatch } from './deliveries.ts';
import { type DigestWish, digestStatement } from './digest-wish.ts';
import type { Event } from './event.ts';

/** What a token holder says of a domain. */
export interface WatchSettings {
  /** Addresses that send, canonical; those that SPF names where there are none. */
  ips: string[];
  selectors: string[];
  helo: string | null;
  /** Where a change is told: an https URL, and a mail address. */
  webhook: string | null;
  mail: string | null;
  language: Language;
  /** When the week's mail is sent; absent: where there is something to say. */
  digest?: DigestWish;
  /** Where this Worker was reached, for the link to the report. */
  origin: string;
}

export interface Watch {
  domain: string;
  settings: WatchSettings;
  baseline: Baseline | null;
  createdAt: number;
  nextCheckAt: number;
}

/** One check as it is kept. */
export interface HistoryEntry {
  checkedAt: string;
  score: number;
  low: number;
  coverage: number;
  /** A finding stands for which receivers refuse mail. */
  refused: boolean;
  /** Ids of the findings that cost points, dearest first. */
  findings: string[];
}

/** More would wait for days for their turn on the free plan. */
export const MAX_WATCHED = 1000;
/** Milliseconds; a year and a month shows a season and the one before it. */
const HISTORY_KEPT = 400 * 86_400_000;

/** The watch is still the one that was checked; its values are those of `stored`. */
const AS_CHECKED = 'settings = ?2 AND baseline IS ?3 AND created_at = ?4';
/** What is asked of a domain: a change of it makes the next check the start. */
const ASKED = ['ips', 'selectors', 'helo'] as const;

interface WatchRow {
  domain: string;
  settings: string;
  baseline: string | null;
  created_at: number;
  next_check_at: number;
}
const watchOf = (row: WatchRow): Watch => ({
  domain: row.domain,
  settings: JSON.parse(row.settings) as WatchSettings,
  baseline: row.baseline === null ? null : (JSON.parse(row.baseline) as Baseline),
  createdAt: row.created_at,
  nextCheckAt: row.next_check_at,
});

export async function listWatches(db: D1Database): Promise<Watch[]> {
  const { results } = await db.prepare('SELECT * FROM watches ORDER BY domain').all<WatchRow>();
  return results.map(watchOf);
}

export async function findWatch(db: D1Database, domain: string): Promise<Watch | undefined> {
  const row = await db.prepare('SELECT * FROM watches WHERE domain = ?').bind(domain).first<WatchRow>();
  return row === null ? undefined : watchOf(row);
}

/** Adds or changes a watch, to be checked at the next run; `full` where the list is. */
export async function putWatch(
  db: D1Database,
  domain: string,
  settings: WatchSettings,
  now: number,
): Promise<'added' | 'changed' | 'full'> {
  const old = await findWatch(db, domain);
  if (old === undefined) {
    const [added] = await db.batch([
      db
        .prepare(
          `INSERT OR IGNORE INTO watches (domain, settings, baseline, created_at, next_check_at)
         SELECT ?1, ?2, NULL, ?3, ?3 WHERE (SELECT count(*) FROM watches) < ?4`,
        )
        .bind(domain, JSON.stringify(settings), now, MAX_WATCHED),
      digestStatement(db, domain, settings, now),
    ]);
    return added!.meta.changes === 0 ? 'full' : 'added';
  }
  // What changes because something else is asked is no change of the domain. Compared by the database itself, where a
  // check may have put another baseline meanwhile.
  const keeps = ASKED.map((name) => `json_extract(settings, '$.${name}') IS json_extract(?2, '$.${name}')`).join(
    ' AND ',
  );
  await db.batch([
    db
      .prepare(
        `UPDATE watches SET settings = ?2, baseline = CASE WHEN ${keeps} THEN baseline END, next_check_at = ?3
         WHERE domain = ?1`,
      )
      .bind(domain, JSON.stringify(settings), now),
    // Whoever is no longer to be told is not told what waits, either.
    db
      .prepare("DELETE FROM deliveries WHERE domain = ?1 AND state = 'waiting' AND target NOT IN (?2, ?3)")
      .bind(domain, settings.webhook ?? '', settings.mail ?? ''),
    digestStatement(db, domain, settings, now),
  ]);
  return 'changed';
}

/** Forgets a domain: its watch, history, waiting messages, reported mail flow, reports and bounces. False where it was not watched. */
export async function removeWatch(db: D1Database, domain: string): Promise<boolean> {
  const [watches] = await db.batch(
    ['watches', 'history', 'deliveries', 'flows', ...REPORT_TABLES].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE domain = ?`).bind(domain),
    ),
  );
  return (watches?.meta.changes ?? 0) > 0;
}

/** The watch whose turn it is, moved on to its next turn in the same step: two runs never take the same one. */
export async function claimWatch(db: D1Database, now: number, nextCheckAt: number): Promise<Watch | undefined> {
  const row = await db
    .prepare(
      `UPDATE watches SET next_check_at = ?2 WHERE domain =
         (SELECT domain FROM watches WHERE next_check_at <= ?1 ORDER BY next_check_at LIMIT 1)
       RETURNING *`,
    )
    .bind(now, nextCheckAt)
    .first<WatchRow>();
  return row === null ? undefined : watchOf(row);
}

/**
 * Keeps a check, what it is compared with from now on, and the messages about it: all of it or nothing. False where the
 * watch is no longer the one that was checked: its settings, or what it is compared with, changed meanwhile, or it is gone.
 */
export async function recordCheck(
  db: D1Database,
  watch: Watch,
  {
    report,
    findings,
    baseline,
    events,
  }: { report: Report; findings: string[]; baseline: Baseline | null; events: Event[] },
): Promise<boolean> {
  const checkedAt = Date.parse(report.checkedAt);
  const { value, low, coverage, refused } = report.score;
  const unchanged = `WHERE EXISTS (SELECT 1 FROM watches WHERE domain = ?1 AND ${AS_CHECKED})`;
  const results = await db.batch([
    db
      .prepare(`INSERT OR REPLACE INTO history SELECT ?1, ?5, ?6, ?7, ?8, ?9, ?10 ${unchanged}`)
      .bind(watch.domain, ...stored(watch), checkedAt, value, low, coverage, refused ? 1 : 0, JSON.stringify(findings)),
    db.prepare('DELETE FROM history WHERE domain = ? AND checked_at < ?').bind(watch.domain, checkedAt - HISTORY_KEPT),
    ...events.map((event) => queueStatement(db, event, checkedAt, stored(watch))),
    // Last, since all before it compare with what was there.
    db
      .prepare(`UPDATE watches SET baseline = ?5 WHERE domain = ?1 AND ${AS_CHECKED}`)
      .bind(watch.domain, ...stored(watch), baseline === null ? null : JSON.stringify(baseline)),
  ]);
  return results.at(-1)!.meta.changes > 0;
}

function stored({ settings, baseline, createdAt }: Watch): StoredWatch {
  return [JSON.stringify(settings), baseline === null ? null : JSON.stringify(baseline), createdAt];
}

/** The newest checks of a domain, newest first. */
export async function readHistory(db: D1Database, domain: string, most: number): Promise<HistoryEntry[]> {
  const { results } = await db
    .prepare('SELECT * FROM history WHERE domain = ? ORDER BY checked_at DESC LIMIT ?')
    .bind(domain, most)
    .all<{ checked_at: number; score: number; low: number; coverage: number; refused: number; findings: string }>();
  return results.map((row) => ({
    checkedAt: new Date(row.checked_at).toISOString(),
    score: row.score,
    low: row.low,
    coverage: row.coverage,
    refused: row.refused === 1,
    findings: JSON.parse(row.findings) as string[],
  }));
}
