// TLS reports (RFC 8460) of a domain, summed up by day and by what failed.
import type { D1Database } from '@cloudflare/workers-types';
import type { TlsPolicyResult } from '../../shared/reports/types.ts';

const DAY = 86_400_000;
/** Days of one answer. */
export const TLS_DAYS = 30;
/** Reports that one answer reads: ten reporters a day for a month. */
const MAX_READ = 300;
/** Failures that are named, the most frequent first. */
const MAX_FAILURES = 50;

export interface TlsDay {
  /** Milliseconds since 1970. */
  day: number;
  /** Sessions. */
  successful: number;
  failed: number;
}

export interface TlsFault {
  /** RFC 8460 section 4.3: `certificate-expired`, `starttls-not-supported`, … */
  type: string;
  /** The mail server that it was about, '' where the reporter does not say. */
  host: string;
  sessions: number;
}

export interface TlsSummary {
  days: TlsDay[];
  failures: TlsFault[];
}

/** One statement. Days are those in which the reports begin, the oldest first. */
export async function readTls(db: D1Database, domain: string, since: number): Promise<TlsSummary> {
  const { results } = await db
    .prepare(
      `SELECT coalesce(begins_at, received_at) AS at, detail FROM reports
       WHERE domain = ? AND kind = 'tls' AND received_at >= ? ORDER BY received_at DESC LIMIT ?`,
    )
    .bind(domain, since, MAX_READ)
    .all<{ at: number; detail: string }>();
  const days = new Map<number, TlsDay>();
  const failures = new Map<string, TlsFault>();
  for (const { at, detail } of results) {
    const day = Math.floor(at / DAY) * DAY;
    const sum = days.get(day) ?? { day, successful: 0, failed: 0 };
    days.set(day, sum);
    for (const policy of policiesOf(detail)) {
      sum.successful += policy.successful;
      sum.failed += policy.failed;
      for (const { type, receivingHost: host, sessions } of policy.failures) {
        const key = `${type} ${host}`;
        const fault = failures.get(key) ?? { type, host, sessions: 0 };
        failures.set(key, { ...fault, sessions: fault.sessions + sessions });
      }
    }
  }
  return {
    days: [...days.values()].sort((a, b) => a.day - b.day),
    failures: [...failures.values()].sort((a, b) => b.sessions - a.sessions).slice(0, MAX_FAILURES),
  };
}

/** As worker/reports/entries.ts keeps them; none where a long detail was cut off. */
function policiesOf(detail: string): TlsPolicyResult[] {
  const { policies = [] } = JSON.parse(detail) as { policies?: TlsPolicyResult[] };
  return policies;
}
