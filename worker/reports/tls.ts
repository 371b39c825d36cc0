// TLS reports of a domain, summed up by D1: sessions day by day, and failures by kind and host.
import type { D1Database } from '@cloudflare/workers-types';
import type { Language } from '../../shared/findings/define.ts';
import { TLS_WORDS, type TlsFailureType, tlsFailureType } from '../../shared/reports/tls-words.ts';
import { dateOf } from './day.ts';

/** Kinds of failures, by host, that are answered. */
const MAX_FAILURES = 100;
/** Policies whose failures are read: the newest. */
const MAX_POLICIES = 2000;
/** The day that a report is about. */
const DAY_OF = 'coalesce(begins_at, received_at) / 86400000 * 86400000';

export interface TlsView {
  /** Sessions with TLS. */
  successful: number;
  /** Sessions in which TLS failed. */
  failed: number;
  /** Days that have reports, the oldest first, with their sessions. */
  days: {
    /** @format date */
    day: string;
    successful: number;
    failed: number;
  }[];
  /** By type and mail server, the most sessions first. */
  failures: {
    /** RFC 8460 section 4.3; `other` for a type that it does not have. */
    type: TlsFailureType;
    /** `sts`, `tlsa`, `no-policy-found`, or as the reporter has it. */
    policy: string;
    /** The mail server, '' where the reporter does not name it. */
    host: string;
    sessions: number;
    means: string;
    advice: string;
    /** Reporters that had this failure. */
    reporters: number;
    /** @format date */
    firstSeen: string;
    /** @format date */
    lastSeen: string;
    /** The reporter’s own text: untrusted. */
    reasonCode: string;
  }[];
}

/** Two statements. */
export async function readTls(db: D1Database, domain: string, since: number, language: Language): Promise<TlsView> {
  const reports = `reports INDEXED BY reports_of, json_each(reports.detail, '$.policies') AS policy`;
  const own = "reports.domain = ?1 AND reports.kind = 'tls' AND reports.received_at >= ?2";
  const member = (of: string, name: string) => `json_extract(${of}.value, '$.${name}')`;
  const [days, failures] = await db.batch([
    db
      .prepare(
        `SELECT ${DAY_OF} AS day, sum(${member('policy', 'successful')}) AS successful, sum(${member('policy', 'failed')}) AS failed
         FROM ${reports} WHERE ${own} GROUP BY 1 ORDER BY 1`,
      )
      .bind(domain, since),
    db
      .prepare(
        // A policy is read once, and not for each of its failures: a hostile report has thousands.
        `WITH policies AS MATERIALIZED (
           SELECT reporter, ${DAY_OF} AS day, ${member('policy', 'type')} AS type, json_extract(policy.value, '$.failures') AS failures
           FROM ${reports} WHERE ${own} ORDER BY reports.received_at DESC LIMIT ?4
         )
         SELECT ${member('failure', 'type')} AS type, policies.type AS policy, ${member('failure', 'receivingHost')} AS host,
           sum(${member('failure', 'sessions')}) AS sessions, count(DISTINCT reporter) AS reporters,
           min(day) AS first_day, max(day) AS last_day, max(${member('failure', 'reasonCode')}) AS reason_code
         FROM policies, json_each(policies.failures) AS failure
         GROUP BY 1, 2, 3 ORDER BY sessions DESC LIMIT ?3`,
      )
      .bind(domain, since, MAX_FAILURES, MAX_POLICIES),
  ]);
  const shownDays = (days!.results as { day: number; successful: number; failed: number }[]).map((row) => ({
    ...row,
    day: dateOf(row.day),
  }));
  const sum = (name: 'successful' | 'failed') => shownDays.reduce((total, row) => total + row[name], 0);
  return {
    successful: sum('successful'),
    failed: sum('failed'),
    days: shownDays,
    failures: (failures!.results as unknown as FailureRow[]).map((row) => shownFailure(row, language)),
  };
}

interface FailureRow {
  type: string;
  policy: string;
  host: string;
  sessions: number;
  reporters: number;
  first_day: number;
  last_day: number;
  reason_code: string;
}

function shownFailure(row: FailureRow, language: Language): TlsView['failures'][number] {
  const type = tlsFailureType(row.type);
  const { policy, host, sessions, reporters } = row;
  return {
    ...{ type, policy, host, sessions, ...TLS_WORDS[type][language], reporters },
    ...{ firstSeen: dateOf(row.first_day), lastSeen: dateOf(row.last_day), reasonCode: row.reason_code },
  };
}
