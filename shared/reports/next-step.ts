// Whether the domain's DMARC policy can be raised, from what its reports of the last weeks say. Too little data is never "ready".
import type { Source } from './sources.ts';

/** Days that are looked at: four weeks, so that what is sent once a month is mostly among them. */
export const STEP_DAYS = 28;
/** What has to be there before the numbers say anything: days with reports, the owner's messages, reporters. */
export const MIN_DAYS = 14;
export const MIN_MESSAGES = 100;
export const MIN_REPORTERS = 2;
/** Days from the newest report, above which nothing is known of today. */
const MAX_SILENCE = 4;
/** Days that the present policy has to be in force before a stricter one. */
const MIN_IN_FORCE = 14;
/** Share of the owner's messages that may fail: what forwarding breaks, and no service that was forgotten. */
const MAX_FAILING = 0.01;
/** Messages of one source that fails and is the owner's, from which it is no accident. */
const MIN_SOURCE = 5;
const DAY = 86_400_000;
/** Sources of each kind that are named. */
const MAX_NAMED = 20;

export type Policy = 'none' | 'quarantine' | 'reject';
export type StepReason =
  | 'no-record'
  | 'record-above'
  | 'record-unknown'
  | 'few-days'
  | 'few-messages'
  | 'few-reporters'
  | 'silent'
  | 'source-fails'
  | 'own-mail-fails'
  | 'policy-new';

/** A source that would lose mail; `messages` are those that fail. */
export interface Losing {
  name: string;
  provider: string | null;
  class: Source['class'];
  messages: number;
  firstDay: number;
  lastDay: number;
}

export interface StepInput {
  sources: readonly Source[];
  days: readonly { day: number }[];
  reporters: number;
  /** Milliseconds since 1970: the end of the last report that was of a weaker policy; null without one. */
  weakerUntil: number | null;
  /** What the domain's own record asks for today and next; null where it has none, or asks for everything. */
  policy: Policy | null;
  next: Exclude<Policy, 'none'> | null;
  now: number;
}

export interface Step {
  /** `done`: the record asks for everything. */
  verdict: 'not-yet' | 'ready' | 'done';
  reasons: StepReason[];
  data: { days: number; messages: number; ownMessages: number; ownFailing: number; reporters: number };
  /** The owner's sources, and forwarders, by what they would lose. */
  losing: Losing[];
  /** Sources that nothing connects with the domain: what the policy is for, unless one of them is the owner's after all. */
  strangers: Losing[];
}

/** Pure. */
export function stepOf(input: StepInput): Step {
  const { sources, days, reporters } = input;
  const own = sources.filter(({ class: kind }) => kind === 'yours-aligned' || kind === 'yours-unaligned');
  const sum = (list: readonly { messages: number }[]) => list.reduce((total, { messages }) => total + messages, 0);
  const losing = sources.filter(({ class: kind }) => kind !== 'stranger').flatMap(losingOf);
  const data = {
    days: days.length,
    messages: sum(sources),
    ownMessages: sum(own),
    ownFailing: sum(own.flatMap(losingOf)),
    reporters,
  };
  const reasons = input.next === null && input.policy === 'reject' ? [] : reasonsOf(input, data, own);
  return {
    verdict: reasons.length > 0 ? 'not-yet' : input.next === null ? 'done' : 'ready',
    reasons,
    data,
    losing: losing.sort(byMessages).slice(0, MAX_NAMED),
    strangers: sources
      .filter(({ class: kind }) => kind === 'stranger')
      .flatMap(losingOf)
      .sort(byMessages)
      .slice(0, MAX_NAMED),
  };
}

function reasonsOf(input: StepInput, data: Step['data'], own: readonly Source[]): StepReason[] {
  const { policy, next, weakerUntil, now } = input;
  const newest = Math.max(0, ...input.days.map(({ day }) => day));
  const share = data.ownMessages === 0 ? 0 : data.ownFailing / data.ownMessages;
  const fails = own.some(
    (source) => source.class === 'yours-unaligned' && (losingOf(source)[0]?.messages ?? 0) >= MIN_SOURCE,
  );
  const raisesInForce = policy === 'quarantine' && next === 'reject';
  const all: [StepReason, boolean][] = [
    ['no-record', policy === null],
    ['few-days', data.days < MIN_DAYS],
    ['silent', data.days > 0 && now - newest > MAX_SILENCE * DAY],
    ['few-messages', data.ownMessages < MIN_MESSAGES],
    ['few-reporters', data.reporters < MIN_REPORTERS],
    ['source-fails', fails],
    ['own-mail-fails', share > MAX_FAILING],
    ['policy-new', raisesInForce && weakerUntil !== null && now - weakerUntil < MIN_IN_FORCE * DAY],
  ];
  return all.filter(([, holds]) => holds).map(([reason]) => reason);
}

function losingOf(source: Source): Losing[] {
  const { name, provider, class: kind, firstDay, lastDay } = source;
  const messages = source.messages - source.aligned;
  return messages <= 0 ? [] : [{ name, provider, class: kind, messages, firstDay, lastDay }];
}

function byMessages(a: Losing, b: Losing): number {
  return b.messages - a.messages;
}
