// The watched domains and their past checks, in D1.
import type { D1Database } from '@cloudflare/workers-types';
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import type { Score } from '../../shared/findings/score.ts';
import { REPORT_TABLES } from '../reports/schema.ts';
import type { Baseline } from './change.ts';
import { type Event, queueStatement, type StoredWatch } from './deliveries.ts';
import { type DigestWish, digestStatement } from './digest-wish.ts';

/** The settings of a watch, as PUT /v1/watch/:domain has them. */
export interface WatchSettings {
  /** Addresses that send, canonical; default: those that SPF names. */
  ips: string[];
  selectors: string[];
  helo: string | null;
  /** Receivers of changes: an https URL, and a mail address. */
  webhook: string | null;
  mail: string | null;
  language: Language;
  /** When the week's mail is sent; absent: where there is something to say. */
  digest?: DigestWish;
  /** Origin of this Worker in the request, for the link to the report. */
  origin: string;
}

export interface Watch {
  domain: string;
  settings: WatchSettings;
  baseline: Baseline | null;
  createdAt: number;
  nextCheckAt: number;
}

/** One past check. */
export interface HistoryEntry {
  /** @format date-time */
  checkedAt: string;
  score: Score['value'];
  low: Score['low'];
  coverage: Score['coverage'];
  /** Receivers reject mail for one of the findings. */
  refused: boolean;
  /** Ids of the findings that cost points, those with the most points first. */
  findings: string[];
}

/** On the free plan a check of more would be due for days. */
export const MAX_WATCHED = 1000;
/** Milliseconds; a year and a month shows a season and the same one a year before. */
const HISTORY_KEPT = 400 * 86_400_000;

/** The watch has not changed since it was checked; its values are those of `stored`. */
const AS_CHECKED = 'settings = ?2 AND baseline IS ?3 AND created_at = ?4';
/** Settings of the check: after a change of one, the next check makes a new baseline. */
const ASKED = ['ips', 'selectors', 'helo'] as const;

interface WatchRow {
  domain: string;
  settings: string;
  baseline: string | null;
  created_at: number;
  next_check_at: number;
}
/** The JSON is what `putWatch` and `recordCheck` wrote. */
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

/** Adds or changes a watch, due at the next run; `full` where there are `MAX_WATCHED`. */
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
  // A result that differs because the settings of the check did is not a change of the domain. The database compares,
  // since a check may have stored another baseline meanwhile.
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
    // Queued messages to removed receivers are not sent.
    db
      .prepare("DELETE FROM deliveries WHERE domain = ?1 AND state = 'waiting' AND target NOT IN (?2, ?3)")
      .bind(domain, settings.webhook ?? '', settings.mail ?? ''),
    digestStatement(db, domain, settings, now),
  ]);
  return 'changed';
}

/** Deletes a domain: its watch, history, queued messages, reported mail flow, reports and bounces. False where it was not watched. */
export async function removeWatch(db: D1Database, domain: string): Promise<boolean> {
  const [watches] = await db.batch(
    ['watches', 'history', 'deliveries', 'flows', ...REPORT_TABLES].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE domain = ?`).bind(domain),
    ),
  );
  return (watches?.meta.changes ?? 0) > 0;
}

/** The watch that is due, with its next check set in the same statement, so that two runs never get the same one. */
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
 * Stores a check, the new baseline, and the messages about it, in one transaction. False where the watch changed
 * meanwhile (settings or baseline) or was removed.
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
    // Last, since all others compare with the old baseline.
    db
      .prepare(`UPDATE watches SET baseline = ?5 WHERE domain = ?1 AND ${AS_CHECKED}`)
      .bind(watch.domain, ...stored(watch), baseline === null ? null : JSON.stringify(baseline)),
  ]);
  return (results.at(-1)?.meta.changes ?? 0) > 0;
}

function stored({ settings, baseline, createdAt }: Watch): StoredWatch {
  return [JSON.stringify(settings), baseline === null ? null : JSON.stringify(baseline), createdAt];
}

interface HistoryRow {
  checked_at: number;
  score: number;
  low: number;
  coverage: number;
  refused: number;
  findings: string;
}

/** The newest checks of a domain, newest first. */
export async function readHistory(db: D1Database, domain: string, most: number): Promise<HistoryEntry[]> {
  const { results } = await db
    .prepare('SELECT * FROM history WHERE domain = ? ORDER BY checked_at DESC LIMIT ?')
    .bind(domain, most)
    .all<HistoryRow>();
  return results.map(entryOf);
}

/** The last check of each day (UTC) since a time, newest first: what a drawing over months needs. */
export async function readDays(db: D1Database, domain: string, since: number): Promise<HistoryEntry[]> {
  const { results } = await db
    .prepare(
      `SELECT *, max(checked_at) FROM history WHERE domain = ? AND checked_at >= ?
       GROUP BY checked_at / 86400000 ORDER BY checked_at DESC`,
    )
    .bind(domain, since)
    .all<HistoryRow>();
  return results.map(entryOf);
}

function entryOf(row: HistoryRow): HistoryEntry {
  return {
    checkedAt: new Date(row.checked_at).toISOString(),
    score: row.score,
    low: row.low,
    coverage: row.coverage,
    refused: row.refused === 1,
    findings: JSON.parse(row.findings) as string[],
  };
}
