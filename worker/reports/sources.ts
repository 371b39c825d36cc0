// The rows of a domain's aggregate reports, summed up by D1.
import type { D1Database } from '@cloudflare/workers-types';
import type { SourceRow } from '../../shared/reports/sources.ts';
import type { Disposition, PolicyResult } from '../../shared/reports/types.ts';

/** Groups that are read: the largest. */
const MAX_GROUPS = 2000;

export interface DayCount {
  /** Milliseconds since 1970. */
  day: number;
  messages: number;
  aligned: number;
}

interface Group {
  source_ip: string;
  messages: number;
  disposition: Disposition | null;
  dkim: PolicyResult | null;
  spf: PolicyResult | null;
  envelope_from: string;
  dkim_results: string;
  spf_domain: string;
  spf_result: string;
  reasons: string;
  first_day: number;
  last_day: number;
}

/** One statement, out of an index. */
export async function readDays(db: D1Database, domain: string, since: number): Promise<DayCount[]> {
  return (await daysStatement(db, domain, since).all<DayCount>()).results;
}

function daysStatement(db: D1Database, domain: string, since: number) {
  return db
    .prepare(
      `SELECT day, sum(messages) AS messages,
         sum(CASE WHEN dkim = 'pass' OR spf = 'pass' THEN messages ELSE 0 END) AS aligned
       FROM report_sources INDEXED BY report_sources_days WHERE domain = ?1 AND day >= ?2 GROUP BY day ORDER BY day`,
    )
    .bind(domain, since);
}

/** Two statements, however many rows there are. */
export async function readSources(
  db: D1Database,
  domain: string,
  since: number,
): Promise<{ rows: SourceRow[]; days: DayCount[] }> {
  const [groups, days] = await db.batch([
    db
      .prepare(
        `SELECT source_ip, sum(messages) AS messages, disposition, dkim, spf, envelope_from, dkim_results, spf_domain,
           spf_result, reasons, min(day) AS first_day, max(day) AS last_day
         FROM report_sources WHERE domain = ?1 AND day >= ?2
         GROUP BY source_ip, disposition, dkim, spf, envelope_from, dkim_results, spf_domain, spf_result, reasons
         ORDER BY messages DESC LIMIT ?3`,
      )
      .bind(domain, since, MAX_GROUPS),
    daysStatement(db, domain, since),
  ]);
  return { rows: (groups!.results as unknown as Group[]).map(rowOf), days: days!.results as unknown as DayCount[] };
}

function rowOf(group: Group): SourceRow {
  return {
    sourceIp: group.source_ip,
    messages: group.messages,
    disposition: group.disposition,
    dkim: group.dkim,
    spf: group.spf,
    envelopeFrom: group.envelope_from,
    dkimResults: JSON.parse(group.dkim_results) as [string, string, string][],
    spfDomain: group.spf_domain,
    spfResult: group.spf_result,
    reasons: group.reasons === '' ? [] : (JSON.parse(group.reasons) as [string, string][]),
    firstDay: group.first_day,
    lastDay: group.last_day,
  };
}
