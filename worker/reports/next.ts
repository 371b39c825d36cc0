// The next step of a domain's DMARC policy: what its reports say, and its record, proven or withheld.
import type { D1Database } from '@cloudflare/workers-types';
import { objectionTo } from '../../shared/check/domain.ts';
import type { CheckContext } from '../../shared/check/types.ts';
import { discoverPolicy } from '../../shared/dmarc/discover.ts';
import { registrableDomain } from '../../shared/dmarc/public-suffix.ts';
import { nextPolicy, raisedRecord } from '../../shared/dmarc/raise.ts';
import type { DmarcRecord } from '../../shared/dmarc/types.ts';
import type { DnsRecord, Language } from '../../shared/findings/define.ts';
import { type Withheld, withheldText } from '../../shared/findings/status.ts';
import {
  type Losing,
  type Policy,
  STEP_DAYS,
  type Step,
  type StepReason,
  stepOf,
} from '../../shared/reports/next-step.ts';
import { STEP_REASONS } from '../../shared/reports/next-step-words.ts';
import { sourcesOf } from '../../shared/reports/sources.ts';
import type { WatchSettings } from '../monitor/watches.ts';
import { DAY, dateOf, dayOf } from './day.ts';
import { readSources } from './sources.ts';

/** Questions of one walk (RFC 9989 section 4.10). */
const WALK_QUERIES = 8;

interface ShownLosing extends Omit<Losing, 'firstDay' | 'lastDay'> {
  /** @format date */
  firstSeen: string;
  /** @format date */
  lastSeen: string;
}

export interface StepView {
  /** @format date */
  since: string;
  /** The policy of the domain’s own record; null where it has none of its own. */
  policy: Policy | null;
  /**
   * `ready`: nothing in the reports is against the next policy. `not-yet`: something is, or too little is known. `done`: the
   * record has the strictest policy.
   */
  verdict: Step['verdict'];
  /** Why not yet. */
  reasons: { reason: StepReason; text: string }[];
  /** The numbers behind the verdict. */
  data: Step['data'];
  /** Each policy, and the sources that would lose mail: yours, and forwarders. */
  steps: { policy: 'quarantine' | 'reject'; inForce: boolean; effect: 'spam' | 'rejected'; losing: ShownLosing[] }[];
  /** Sources that nothing connects with the domain: check that none of them is yours. */
  strangers: ShownLosing[];
  /** The next policy; null if the record has the strictest one. */
  next: {
    policy: 'quarantine' | 'reject';
    /** Proven on the zone; null before the verdict is `ready`. */
    record: DnsRecord | null;
    /** Why the record is not shown although the verdict is `ready`. */
    withheld: (Withheld & { text: string }) | null;
  } | null;
}

/** What D1 knows: three statements. */
export async function readStep(db: D1Database, domain: string, now: number) {
  const since = dayOf(now) - (STEP_DAYS - 1) * DAY;
  const { rows, days } = await readSources(db, domain, since);
  const row = await db
    .prepare(
      `SELECT count(DISTINCT lower(reporter)) AS reporters,
         max(CASE WHEN lower(json_extract(detail, '$.policy.p')) IN ('quarantine', 'reject') THEN NULL ELSE ends_at END)
           AS weaker_until
       FROM reports INDEXED BY reports_of WHERE domain = ?1 AND kind = 'aggregate' AND received_at >= ?2`,
    )
    .bind(domain, since)
    .first<{ reporters: number; weaker_until: number | null }>();
  const networkOf = (host: string) => registrableDomain(host) ?? host;
  const sources = sourcesOf(rows, domain, () => undefined, networkOf);
  return { since, sources, days, reporters: row?.reporters ?? 0, weakerUntil: row?.weaker_until ?? null };
}

export async function nextStep(
  db: D1Database,
  { domain, settings, language, now }: { domain: string; settings: WatchSettings; language: Language; now: number },
  check: CheckContext,
): Promise<StepView> {
  const { since, ...known } = await readStep(db, domain, now);
  const own = await ownRecord(domain, check);
  const record = 'record' in own ? own.record : undefined;
  const policy = record === undefined ? null : (record.policy ?? 'none');
  const next = record === undefined ? null : nextPolicy(record);
  const step = stepOf({ ...known, policy, next, now });
  const reasons = 'reason' in own ? [own.reason, ...step.reasons.filter((one) => one !== 'no-record')] : step.reasons;
  const verdict = 'reason' in own ? 'not-yet' : step.verdict;
  return {
    since: dateOf(since),
    policy,
    verdict,
    reasons: reasons.map((reason) => ({ reason, text: STEP_REASONS[reason][language] })),
    data: step.data,
    steps: (['quarantine', 'reject'] as const).map((one) => ({
      policy: one,
      inForce: isInForce(one, record),
      effect: one === 'quarantine' ? 'spam' : 'rejected',
      losing: step.losing.map(shownLosing),
    })),
    strangers: step.strangers.map(shownLosing),
    next:
      record === undefined || next === null
        ? null
        : {
            policy: next,
            ...(verdict === 'ready'
              ? await provenRecord(record, next, { domain, settings, language }, check)
              : { record: null, withheld: null }),
          },
  };
}

function isInForce(policy: 'quarantine' | 'reject', record: DmarcRecord | undefined): boolean {
  if (record === undefined || record.testing || record.percentage < 100) return false;
  return record.policy === 'reject' || record.policy === policy;
}

function shownLosing({ firstDay, lastDay, ...rest }: Losing): ShownLosing {
  return { ...rest, firstSeen: dateOf(firstDay), lastSeen: dateOf(lastDay) };
}

/** The record of the domain itself: what applies from above is another domain's to change. */
async function ownRecord(
  domain: string,
  { resolver }: CheckContext,
): Promise<{ record: DmarcRecord } | { reason: StepReason }> {
  const found = await discoverPolicy(domain, resolver);
  if (found.status === 'unknown') return { reason: 'record-unknown' };
  if (found.status !== 'found' || found.record === undefined) return { reason: 'no-record' };
  return found.policyDomain === domain ? { record: found.record } : { reason: 'record-above' };
}

/** Tried like every record that a report shows: the domain is checked with it and without. */
async function provenRecord(
  { text }: DmarcRecord,
  policy: 'quarantine' | 'reject',
  { domain, settings, language }: { domain: string; settings: WatchSettings; language: Language },
  check: CheckContext,
): Promise<{ record: DnsRecord | null; withheld: (Withheld & { text: string }) | null }> {
  const record = { name: `_dmarc.${domain}`, type: 'TXT', value: raisedRecord(text, policy) };
  const { ips, selectors } = settings;
  // The walk to the record has asked for some already.
  const maxQueries = Math.max(1, (check.budget?.maxQueries ?? 0) - WALK_QUERIES);
  const bounded = { ...check, budget: { ...check.budget, maxQueries } };
  const withheld =
    record.value === ''
      ? ({ reason: 'invalid', what: record.name } as const)
      : await objectionTo({ record, policy }, { domain, ips, selectors, parts: ['spf', 'dkim', 'dmarc'] }, bounded);
  if (withheld === undefined) return { record, withheld: null };
  return { record: null, withheld: { ...withheld, text: withheldText(withheld, language) } };
}
