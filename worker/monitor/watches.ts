// The watched domains and what was found of them, in D1.
import type { D1Database } from '@cloudflare/workers-types';
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import { REPORT_TABLES } from '../reports/schema.ts';
import type { Baseline } from './change.ts';
import { queueStatement } from './deliveries.ts';
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
export const MAX_WATCHED = 500;
/** Milliseconds; a year and a month shows a season and the one before it. */
const HISTORY_KEPT = 400 * 86_400_000;

/** What was removed while it was checked stays forgotten. */
const IF_WATCHED = 'WHERE EXISTS (SELECT 1 FROM watches WHERE domain = ?1)';

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
    const { meta } = await db
      .prepare(
        `INSERT OR IGNORE INTO watches (domain, settings, baseline, created_at, next_check_at)
         SELECT ?1, ?2, NULL, ?3, ?3 WHERE (SELECT count(*) FROM watches) < ?4`,
      )
      .bind(domain, JSON.stringify(settings), now, MAX_WATCHED)
      .run();
    return meta.changes === 0 ? 'full' : 'added';
  }
  const asked = ({ ips, selectors, helo }: WatchSettings) => JSON.stringify([ips, selectors, helo]);
  // What changes because something else is asked is no change of the domain.
  const keeps = asked(old.settings) === asked(settings);
  await db.batch([
    db
      .prepare('UPDATE watches SET settings = ?2, baseline = ?3, next_check_at = ?4 WHERE domain = ?1')
      .bind(domain, JSON.stringify(settings), keeps ? JSON.stringify(old.baseline) : null, now),
    // Whoever is no longer to be told is not told what waits, either.
    db
      .prepare("DELETE FROM deliveries WHERE domain = ?1 AND state = 'waiting' AND target NOT IN (?2, ?3)")
      .bind(domain, settings.webhook ?? '', settings.mail ?? ''),
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

/** Keeps a check, what it is compared with from now on, and the messages about it: all of it or nothing. */
export async function recordCheck(
  db: D1Database,
  watch: Watch,
  {
    report,
    findings,
    baseline,
    events,
  }: { report: Report; findings: string[]; baseline: Baseline | null; events: Event[] },
): Promise<void> {
  const checkedAt = Date.parse(report.checkedAt);
  const { value, low, coverage, refused } = report.score;
  await db.batch([
    db
      .prepare(`INSERT OR REPLACE INTO history SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 ${IF_WATCHED}`)
      .bind(watch.domain, checkedAt, value, low, coverage, refused ? 1 : 0, JSON.stringify(findings)),
    db
      .prepare('UPDATE watches SET baseline = ? WHERE domain = ?')
      .bind(baseline === null ? null : JSON.stringify(baseline), watch.domain),
    db.prepare('DELETE FROM history WHERE domain = ? AND checked_at < ?').bind(watch.domain, checkedAt - HISTORY_KEPT),
    ...events.map((event) => queueStatement(db, event, checkedAt)),
  ]);
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
