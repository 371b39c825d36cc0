// The limits of one check: number of queries, how many at once, their order, the deadline; and a trace of all.
import { type CachingResolver, keyOf } from './cache.ts';
import type { Answer, DnsErrorReason, RecordData, RecordType, Resolver } from './types.ts';
import { MAX_TTL } from './wire.ts';

/** A free-plan Worker may make 50 subrequests; five are left for the policy file, the store and a cache. */
export const DEFAULT_MAX_QUERIES = 45;
/** A Worker may have six connections waiting for headers; a seventh would be queued by the platform while its time-out runs. */
export const DEFAULT_MAX_IN_FLIGHT = 6;
const DEFAULT_QUERY_TIMEOUT_MS = 3000;
const DEFAULT_DEADLINE_MS = 15_000;
/** Queries reserved for the important ones until those are done: most of a small budget, half of a large one. */
const MOST_RESERVED = 22;
const RESERVED_SHARE = 0.7;
/** Microtasks that run after an answer before the next query is chosen: time to send the queries that follow from it. */
const STEPS_BEFORE_CHOICE = 24;

/** 0: decides about delivery (SPF, DKIM, DMARC, PTR); 1: supports it (MX); 2: good practice. */
export type Priority = 0 | 1 | 2;

export interface BudgetOptions {
  maxQueries?: number;
  maxInFlight?: number;
  /** Milliseconds for one query, from when it is sent, not from when it was queued. */
  queryTimeoutMs?: number;
  /** Milliseconds from the start of the check, after which no query is sent. */
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
  /** The resolver for queries of one priority; equal queries are sent once, over all priorities. */
  at(priority: Priority): Resolver;
  /** Call when all important queries are sent: the others may then use the rest. */
  releaseReserve(): void;
  /** Every query so far, in the order sent. */
  trace(): readonly TracedQuery[];
  /** Number of queries sent so far. */
  sent(): number;
  /** Seconds that all answers so far may be kept: the smallest TTL; 0 where a query got no answer. */
  ttl(): number;
}

interface Pending {
  name: string;
  type: RecordType;
  priority: Priority;
  settle: (answer: Answer<unknown>) => void;
}

/** Wraps a resolver for one check. A query that is not sent gets an `error` of reason `budget` or `deadline`, which counts as unknown. */
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

  // The queries of one step, and those that follow from its answers, are sorted before the next one is sent.
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
      const [key, next] = mostImportant(waiting) ?? [];
      if (key === undefined || next === undefined) return;
      const elapsed = options.now() - start;
      if (elapsed >= deadlineMs) {
        waiting.delete(key);
        note(
          next,
          unasked('deadline', `not queried: the check's deadline of ${deadlineMs} ms has passed`),
          elapsed,
          0,
          false,
        );
        continue;
      }
      if (sent >= maxQueries) {
        waiting.delete(key);
        note(
          next,
          unasked('budget', `not queried: the check's limit of ${maxQueries} queries is reached`),
          elapsed,
          0,
          false,
        );
        continue;
      }
      // While the reserve lasts, other queries wait; the important ones were picked before.
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
        // The type of the records is part of the key.
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

function mostImportant(waiting: Map<string, Pending>): [string, Pending] | undefined {
  let best: [string, Pending] | undefined;
  for (const entry of waiting) if (best === undefined || entry[1].priority < best[1].priority) best = entry;
  return best;
}

function unasked(reason: DnsErrorReason, detail: string): Answer<never> {
  return { kind: 'error', reason, detail };
}

/** Ticks of the one timer per time-out: a query times out between its time-out and a quarter more. */
const TICKS = 4;

/** Waits for each answer at least `timeoutMs`, with one timer for all of a check: a timer for each query costs more than the rest of this file. */
function sharedTimeout(timeoutMs: number): (answer: Promise<Answer<unknown>>) => Promise<Answer<unknown>> {
  const waits = new Map<(answer: Answer<unknown>) => void, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tick() {
    timer = undefined;
    for (const [settle, ticks] of waits) {
      if (ticks > 0) waits.set(settle, ticks - 1);
      else {
        waits.delete(settle);
        settle(unasked('timeout', `no answer within ${timeoutMs} ms`));
      }
    }
    if (waits.size > 0) timer = setTimeout(tick, timeoutMs / TICKS);
  }

  return (answer) =>
    new Promise((settle) => {
      waits.set(settle, timer === undefined ? TICKS - 1 : TICKS);
      timer ??= setTimeout(tick, timeoutMs / TICKS);
      void answer.then((settled) => {
        waits.delete(settle);
        // A running timer would keep the program from exiting.
        if (waits.size === 0 && timer !== undefined) {
          clearTimeout(timer);
          timer = undefined;
        }
        settle(settled);
      });
    });
}
