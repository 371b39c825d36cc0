// Answers kept for their TTL, over many checks.
// It does not join pending queries: a Worker may not wait for the I/O of another request. Within one check the budget does.
import { fold } from '../text/domain.ts';
import type { Answer, RecordData, RecordType, Resolver } from './types.ts';

export interface CacheOptions {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Answers kept at most; with more, the oldest tenth is evicted. Default 2000, about 1 MB. */
  maxEntries?: number;
}

export interface CachingResolver extends Resolver {
  /** The kept answer with its remaining TTL, undefined where there is none. */
  peek<T extends RecordType>(name: string, type: T): Answer<RecordData[T]> | undefined;
}

const DEFAULT_MAX_ENTRIES = 2000;
/** Part of the answers that is evicted at once. */
const EVICTED = 0.1;

/** Errors are not kept: the next query is sent again. */
export function cachingResolver(
  resolver: Resolver,
  { now, maxEntries = DEFAULT_MAX_ENTRIES }: CacheOptions,
): CachingResolver {
  const kept = new Map<string, { answer: Exclude<Answer<unknown>, { kind: 'error' }>; until: number }>();

  function peek(key: string): Answer<unknown> | undefined {
    const entry = kept.get(key);
    if (entry === undefined) return undefined;
    const left = Math.floor((entry.until - now()) / 1000);
    // A clock that was set back would keep an answer beyond its TTL.
    if (left <= 0 || left > entry.answer.ttl) {
      kept.delete(key);
      return undefined;
    }
    return { ...entry.answer, ttl: left };
  }

  async function ask(key: string, name: string, type: RecordType): Promise<Answer<unknown>> {
    const answer = await resolver.query(name, type);
    if (answer.kind !== 'error' && answer.ttl > 0) {
      kept.set(key, { answer, until: now() + answer.ttl * 1000 });
      if (kept.size > maxEntries) makeRoom();
    }
    return answer;
  }

  // Several at once: each iteration of a Map skips the places of deleted entries.
  function makeRoom() {
    const left = Math.floor(maxEntries * (1 - EVICTED));
    for (const oldest of kept.keys()) {
      if (kept.size <= left) break;
      kept.delete(oldest);
    }
  }

  // The type of the records is part of the key, which the casts below rely on.
  return {
    peek<T extends RecordType>(name: string, type: T) {
      return peek(keyOf(name, type)) as Answer<RecordData[T]> | undefined;
    },
    query<T extends RecordType>(name: string, type: T) {
      const key = keyOf(name, type);
      const known = peek(key);
      if (known !== undefined) return Promise.resolve(known as Answer<RecordData[T]>);
      return ask(key, name, type) as Promise<Answer<RecordData[T]>>;
    },
  };
}

/** One key for every spelling of a query. */
export function keyOf(name: string, type: RecordType): string {
  return `${type} ${fold(name)}`;
}
