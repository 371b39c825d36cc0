// The limits of one check: how many questions, how many at once, which first, until when; and a trace of all.
import { type CachingResolver, keyOf } from './cache.ts';
import type { Answer, DnsErrorReason, RecordData, RecordType, Resolver } from './types.ts';
import { MAX_TTL } from './wire.ts';

/** A free-plan Worker may make 50 subrequests; five are left for the policy file, the store and a cache. */
export const DEFAULT_MAX_QUERIES = 45;
/** A Worker has six connections waiting for headers; a seventh would queue inside the platform, with its clock running. */
export const DEFAULT_MAX_IN_FLIGHT = 6;
const DEFAULT_QUERY_TIMEOUT_MS = 3000;
const DEFAULT_DEADLINE_MS = 15_000;
/** Questions that lesser matters leave to the important ones until those are done: of a small budget most, of a large one half. */
const MOST_RESERVED = 22;
const RESERVED_SHARE = 0.7;
/** Steps that whoever waits for an answer may take before the next question is chosen: time to ask what follows from it. */
const STEPS_BEFORE_CHOICE = 24;

/** 0: decides about delivery (SPF, DKIM, DMARC, PTR); 1: supports it (MX); 2: good practice. */
export type Priority = 0 | 1 | 2;

export interface BudgetOptions {
  maxQueries?: number;
  maxInFlight?: number;
  /** Milliseconds for one question, from the moment it is sent, not from when it was queued. */
  queryTimeoutMs?: number;
  /** Milliseconds from the start of the check, after which nothing more is asked. */
  deadlineMs?: number;
  /** Milliseconds; only differences count. */
  now: () => number;
}

export interface TracedQuery {
  name: string;
  type: RecordType;
  /** The answer's kind, or the reason of its error. */
  outcome: 'ok' | 'nodata' | 'nxdomain' | DnsErrorReason;
  /**
   * Milliseconds from the start of the check.
   * @fraction
   */
  startedAt: number;
  /**
   * Milliseconds from being sent to being answered; 0 where it was never sent.
   * @fraction
   */
  took: number;
  /** Answered from the cache, without costing the budget. */
  cached: boolean;
}

export interface QueryBudget {
  /** The resolver for questions of one priority; equal questions are asked once, over all priorities. */
  at(priority: Priority): Resolver;
  /** Says that all important questions are known: the lesser ones may use what is left. */
  releaseReserve(): void;
  /** Every question so far, in the order sent. */
  trace(): readonly TracedQuery[];
  /** Questions sent so far. */
  sent(): number;
  /** Seconds for which everything answered so far holds: the smallest time to live; 0 where a question got no answer. */
  ttl(): number;
}

interface Pending {
  name: string;
  type: RecordType;
  priority: Priority;
  settle: (answer: Answer<unknown>) => void;
}

/** Wraps a resolver for one check. What is not asked is an `error` of reason `budget` or `deadline`, so that it counts as unknown. */
export function queryBudget(resolver: Resolver | CachingResolver, options: BudgetOptions): QueryBudget {
  const maxQueries = options.maxQueries ?? DEFAULT_MAX_QUERIES;
  const maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  const timeoutMs = options.queryTimeoutMs ?? DEFAULT_QUERY_TIMEOUT_MS;
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const start = options.now();
  const answers = new Map<string, Promise<Answer<unknown>>>();
  const waiting = new Map<string, Pending>();
  const traced: TracedQuery[] = [];
  let reserved = Math.min(MOST_RESERVED, Math.floor(maxQueries * RESERVED_SHARE));
  let smallestTtl = MAX_TTL;
  let sent = 0;
  let inFlight = 0;
  let pumping = false;
  const inTime = sharedTimeout(timeoutMs);

  function note(query: Pending, answer: Answer<unknown>, startedAt: number, took: number, cached: boolean) {
    const outcome = answer.kind === 'error' ? answer.reason : answer.kind;
    smallestTtl = Math.min(smallestTtl, answer.kind === 'error' ? 0 : answer.ttl);
    traced.push({ name: query.name, type: query.type, outcome, startedAt, took, cached });
    query.settle(answer);
  }

  // What is asked in one step, or follows from the answers of one, is sorted before the next question is sent.
  function schedule() {
    if (pumping || waiting.size === 0) return;
    pumping = true;
    void choose();
  }

  // An await costs a tenth of what `queueMicrotask` does in workerd, and this is done for every answer.
  async function choose() {
    for (let step = 0; step < STEPS_BEFORE_CHOICE; step++) await undefined;
    pumping = false;
    pump();
  }

  function pump() {
    while (waiting.size > 0 && inFlight < maxInFlight) {
      const [key, next] = mostImportant(waiting);
      const elapsed = options.now() - start;
      if (elapsed >= deadlineMs) {
        waiting.delete(key);
        note(next, unasked('deadline', `not asked: the check's ${deadlineMs} ms were over`), elapsed, 0, false);
        continue;
      }
      if (sent >= maxQueries) {
        waiting.delete(key);
        note(next, unasked('budget', `not asked: the check's ${maxQueries} questions were used up`), elapsed, 0, false);
        continue;
      }
      // While the reserve is held, a lesser question waits; what is important was picked before it.
      if (next.priority > 0 && sent >= maxQueries - reserved) return;
      waiting.delete(key);
      void send(next);
    }
  }

  async function send(query: Pending) {
    sent++;
    inFlight++;
    const startedAt = options.now() - start;
    const answer = await inTime(resolver.query(query.name, query.type));
    inFlight--;
    note(query, answer, startedAt, options.now() - start - startedAt, false);
    schedule();
  }

  function ask(name: string, type: RecordType, priority: Priority): Promise<Answer<unknown>> {
    const key = keyOf(name, type);
    const asked = answers.get(key);
    if (asked !== undefined) {
      const queued = waiting.get(key);
      if (queued !== undefined && priority < queued.priority) {
        queued.priority = priority;
        schedule();
      }
      return asked;
    }
    const promise = new Promise<Answer<unknown>>((settle) => {
      const query = { name, type, priority, settle };
      const known = 'peek' in resolver ? resolver.peek(name, type) : undefined;
      if (known !== undefined) note(query, known, options.now() - start, 0, true);
      else {
        waiting.set(key, query);
        schedule();
      }
    });
    answers.set(key, promise);
    return promise;
  }

  return {
    at: (priority) => ({
      query: <T extends RecordType>(name: string, type: T) =>
        ask(name, type, priority) as Promise<Answer<RecordData[T]>>,
    }),
    releaseReserve() {
      reserved = 0;
      schedule();
    },
    trace: () => traced,
    sent: () => sent,
    ttl: () => smallestTtl,
  };
}

function mostImportant(waiting: Map<string, Pending>): [string, Pending] {
  let best: [string, Pending] | undefined;
  for (const entry of waiting) if (best === undefined || entry[1].priority < best[1].priority) best = entry;
  return best!;
}

function unasked(reason: DnsErrorReason, detail: string): Answer<never> {
  return { kind: 'error', reason, detail };
}

/** A question is given up between its time-out and a quarter more: so often the one timer looks. */
const LOOKS = 4;

/** Waits for each answer at least `timeoutMs`, with one timer for all of a check: a timer of each question's own costs more than the rest of this file. */
function sharedTimeout(timeoutMs: number): (answer: Promise<Answer<unknown>>) => Promise<Answer<unknown>> {
  const waits = new Map<(answer: Answer<unknown>) => void, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function look() {
    timer = undefined;
    for (const [settle, looks] of waits) {
      if (looks > 0) waits.set(settle, looks - 1);
      else {
        waits.delete(settle);
        settle(unasked('timeout', `no answer within ${timeoutMs} ms`));
      }
    }
    if (waits.size > 0) timer = setTimeout(look, timeoutMs / LOOKS);
  }

  return (answer) =>
    new Promise((settle) => {
      waits.set(settle, timer === undefined ? LOOKS - 1 : LOOKS);
      timer ??= setTimeout(look, timeoutMs / LOOKS);
      void answer.then((settled) => {
        waits.delete(settle);
        // Left running, it would keep a program from ending.
        if (waits.size === 0 && timer !== undefined) {
          clearTimeout(timer);
          timer = undefined;
        }
        settle(settled);
      });
    });
}
