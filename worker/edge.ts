// What the routes need from the platform: a clock, fetch, and the resolver with its cache for this isolate.
import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import type { CheckContext } from '../shared/check/types.ts';
import { type CachingResolver, cachingResolver } from '../shared/dns/cache.ts';
import { dohResolver } from '../shared/dns/doh.ts';
import { connectionError, untrustedFetch } from './access/connection.ts';
import { ProblemError } from './problem.ts';
import { type Bindings, readSettings, type Settings } from './settings.ts';
import { type EtagCache, etagCache } from './view/etag.ts';

export type App = Hono<{ Bindings: Bindings }>;

export interface Edge {
  /** Throws a ProblemError where the settings are wrong. */
  settings(bindings: Bindings): Settings;
  /** What a check needs, from the same settings. */
  checkContext(bindings: Bindings): CheckContext;
  /** The tags of the reports that were answered with these bindings. */
  tags(bindings: Bindings): EtagCache;
}

/** One per isolate: answers are shared between requests, promises are not. */
export function createEdge(): Edge {
  const caches = new Map<string, CachingResolver>();
  // The platform hands the same bindings to every request of an isolate.
  const read = new WeakMap<Bindings, Settings>();
  const tags = new WeakMap<Bindings, EtagCache>();
  const settingsOf = (bindings: Bindings): Settings => {
    const known = read.get(bindings);
    if (known !== undefined) return known;
    const settings = checkedSettings(bindings);
    read.set(bindings, settings);
    return settings;
  };
  return {
    settings: settingsOf,
    tags(bindings) {
      let held = tags.get(bindings);
      if (held === undefined) {
        held = etagCache(Date.now);
        tags.set(bindings, held);
      }
      return held;
    },
    checkContext(bindings) {
      const { dohUrl, dnsTimeoutMs, maxQueries, dnsblKey } = settingsOf(bindings);
      let resolver = caches.get(dohUrl);
      if (resolver === undefined) {
        const doh = dohResolver({ url: dohUrl, fetch: askedFetch, timeoutMs: dnsTimeoutMs });
        resolver = cachingResolver(doh, { now: Date.now });
        caches.set(dohUrl, resolver);
      }
      return {
        resolver,
        now: new Date(),
        clock: Date.now,
        fetch: untrustedFetch(bindings.CONNECTOR),
        ...(dnsblKey === undefined ? {} : { dnsblKey }),
        createHasher: () => createHash('sha256'),
        budget: { maxQueries, queryTimeoutMs: dnsTimeoutMs },
      };
    },
  };
}

/** The administrator chooses the resolver, so that its address needs no check. */
async function askedFetch(url: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw connectionError(error);
  }
}

function checkedSettings(bindings: Bindings): Settings {
  const read = readSettings(bindings);
  if (read.ok) return read.settings;
  throw new ProblemError({
    status: 500,
    title: 'The Worker is set up wrongly',
    detail: `${read.problems.join('; ')}. See [vars] in wrangler.toml.`,
  });
}
