// What a week's mail to the owner of a domain says: what changed in it, and what to do next. Pure but for what D1 is asked.
import type { D1Database } from '@cloudflare/workers-types';
import { nextPolicyOf } from '../../shared/dmarc/raise.ts';
import { type Policy, stepOf } from '../../shared/reports/next-step.ts';
import type { Source } from '../../shared/reports/sources.ts';
import type { BounceReason } from '../../shared/reports/types.ts';
import { type BounceSum, readBounceSums } from '../reports/bounces.ts';
import { DAY, dateOf, dayOf, WEEK } from '../reports/day.ts';
import { readStep } from '../reports/next.ts';
import type { DayCount } from '../reports/sources.ts';

/** Points of ten. */
const MIN_SCORE_CHANGE = 0.5;
/** Messages of a new source that fails; of a stranger, and as a share of all. */
const MIN_SOURCE = 5;
const MIN_STRANGER = 50;
const STRANGER_SHARE = 0.2;
/** Messages of a week from which its aligned share says something, and a loss that is no accident. */
const MIN_MESSAGES = 50;
const MIN_ALIGNED_LOSS = 0.05;
/** Bounces of a week that are worth a word, where they are twice those of the week before. */
const MIN_BOUNCES = 5;
/** Sources, and reasons of bounces, that one mail names. */
const MAX_NAMED = 5;

export type DigestItem =
  | { kind: 'score'; before: number; now: number }
  | { kind: 'source'; name: string; class: Source['class']; messages: number }
  /** Shares, 0 to 1. */
  | { kind: 'aligned'; before: number; now: number }
  | { kind: 'bounces'; before: number; now: number; reasons: { reason: BounceReason; messages: number }[] }
  | { kind: 'complaints'; now: number }
  | { kind: 'addresses'; now: number }
  | { kind: 'step'; policy: Policy; next: 'quarantine' | 'reject' }
  | { kind: 'silent' };

export interface Digest {
  /** The first and the last day of the week. */
  since: string;
  until: string;
  /** Null where no report arrived. */
  messages: { total: number; aligned: number } | null;
  failed: number;
  /** What changed or is to be done; empty where there is nothing to say. */
  items: DigestItem[];
}

/** What earlier mails said, so that it is not said each week. */
export interface Said {
  sources?: string[];
  next?: string;
}

export interface DigestFacts {
  /** Score of the newest check, and of the newest that is a week old. */
  score: { now: number | null; before: number | null };
  sources: readonly Source[];
  days: readonly DayCount[];
  bounces: readonly BounceSum[];
  newAddresses: number;
  step: { policy: Policy; next: 'quarantine' | 'reject' } | null;
}

/** Nine statements, whatever there is. */
export async function readDigest(db: D1Database, domain: string, now: number): Promise<DigestFacts> {
  const weekAgo = dayOf(now) - WEEK;
  const { sources, days, reporters, weakerUntil } = await readStep(db, domain, now);
  const bounces = await readBounceSums(db, domain, weekAgo - WEEK);
  const scoreAt = (before: number) =>
    db
      .prepare(
        'SELECT score AS value FROM history WHERE domain = ? AND checked_at <= ? ORDER BY checked_at DESC LIMIT 1',
      )
      .bind(domain, before);
  const [newest, old, addresses, report] = await db.batch<{ value: number | string | null }>([
    scoreAt(now),
    scoreAt(weekAgo),
    db
      .prepare('SELECT count(*) AS value FROM bounced_addresses WHERE domain = ? AND first_at >= ?')
      .bind(domain, weekAgo),
    db
      .prepare(
        `SELECT lower(json_extract(detail, '$.policy.p')) AS value FROM reports INDEXED BY reports_of
         WHERE domain = ? AND kind = 'aggregate' ORDER BY received_at DESC LIMIT 1`,
      )
      .bind(domain),
  ]);
  const found = (result: typeof newest) => result?.results[0]?.value ?? null;
  const policy = policyIn(found(report));
  const next = policy === null ? null : nextPolicyOf(policy);
  const ready =
    policy !== null &&
    next !== null &&
    stepOf({ sources, days, reporters, weakerUntil, policy, next, now }).verdict === 'ready';
  return {
    score: { now: numberIn(found(newest)), before: numberIn(found(old)) },
    ...{ sources, days, bounces },
    newAddresses: numberIn(found(addresses)) ?? 0,
    step: ready ? { policy, next } : null,
  };
}

function policyIn(value: unknown): Policy | null {
  return value === 'none' || value === 'quarantine' || value === 'reject' ? value : null;
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** Pure. `said`: with what this mail adds. */
export function digestOf(facts: DigestFacts, said: Said, now: number): { digest: Digest; said: Said } {
  const start = dayOf(now) - WEEK;
  const week = facts.days.filter(({ day }) => day >= start);
  const before = facts.days.filter(({ day }) => day >= start - WEEK && day < start);
  const sources = newSources(facts, said, start);
  const items: DigestItem[] = [
    ...scoreItem(facts.score),
    ...(week.length === 0 && before.length > 0 ? [{ kind: 'silent' as const }] : []),
    ...sources,
    ...alignedItem(sumOf(before), sumOf(week)),
    ...bounceItems(facts.bounces, start),
    ...(facts.newAddresses > 0 ? [{ kind: 'addresses' as const, now: facts.newAddresses }] : []),
    ...(facts.step !== null && said.next !== facts.step.next ? [{ kind: 'step' as const, ...facts.step }] : []),
  ];
  return {
    digest: {
      since: dateOf(start),
      until: dateOf(dayOf(now) - DAY),
      messages: week.length === 0 ? null : sumOf(week),
      failed: failedIn(facts.bounces, start, now),
      items,
    },
    said: {
      sources: [...new Set([...(said.sources ?? []), ...sources.map(({ name }) => name)])].slice(-100),
      ...(facts.step === null ? {} : { next: facts.step.next }),
    },
  };
}

function scoreItem({ now, before }: DigestFacts['score']): DigestItem[] {
  if (now === null || before === null || Math.abs(now - before) < MIN_SCORE_CHANGE) return [];
  return [{ kind: 'score', before, now }];
}

/** Sources of this week that fail and were not there before; nothing is new where there was nothing before. */
function newSources({ sources, days }: DigestFacts, { sources: known = [] }: Said, start: number) {
  if (!days.some(({ day }) => day < start)) return [];
  const all = days.filter(({ day }) => day >= start).reduce((sum, { messages }) => sum + messages, 0);
  return sources
    .filter(({ name, firstDay }) => firstDay >= start && !known.includes(name))
    .map((source) => ({
      ...{ kind: 'source' as const, name: source.name, class: source.class },
      messages: source.messages - source.aligned,
    }))
    .filter(({ class: kind, messages }) =>
      kind === 'yours-unaligned'
        ? messages >= MIN_SOURCE
        : kind === 'stranger' && messages >= Math.max(MIN_STRANGER, STRANGER_SHARE * all),
    )
    .slice(0, MAX_NAMED);
}

function sumOf(days: readonly DayCount[]): { total: number; aligned: number } {
  return days.reduce(
    (sum, { messages, aligned }) => ({ total: sum.total + messages, aligned: sum.aligned + aligned }),
    {
      total: 0,
      aligned: 0,
    },
  );
}

function alignedItem(before: ReturnType<typeof sumOf>, now: ReturnType<typeof sumOf>): DigestItem[] {
  if (before.total < MIN_MESSAGES || now.total < MIN_MESSAGES) return [];
  const shares = { before: before.aligned / before.total, now: now.aligned / now.total };
  return shares.before - shares.now < MIN_ALIGNED_LOSS ? [] : [{ kind: 'aligned', ...shares }];
}

function failedIn(bounces: readonly BounceSum[], from: number, to: number): number {
  return bounces
    .filter(({ action, day }) => action === 'failed' && day >= from && day < to)
    .reduce((sum, { messages }) => sum + messages, 0);
}

function bounceItems(bounces: readonly BounceSum[], start: number): DigestItem[] {
  const week = bounces.filter(({ day }) => day >= start);
  const now = failedIn(bounces, start, Number.POSITIVE_INFINITY);
  const before = failedIn(bounces, start - WEEK, start);
  const complaints = week
    .filter(({ action, reason }) => action === 'complained' && reason !== 'not-spam')
    .reduce((sum, { messages }) => sum + messages, 0);
  const reasons = new Map<string, number>();
  for (const { action, reason, messages } of week)
    if (action === 'failed') reasons.set(reason, (reasons.get(reason) ?? 0) + messages);
  const most = [...reasons]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_NAMED)
    .map(([reason, messages]) => ({ reason: reason as BounceReason, messages }));
  return [
    ...(now >= MIN_BOUNCES && now >= 2 * before ? [{ kind: 'bounces' as const, before, now, reasons: most }] : []),
    ...(complaints > 0 ? [{ kind: 'complaints' as const, now: complaints }] : []),
  ];
}
