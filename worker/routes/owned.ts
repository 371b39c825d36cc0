// What the routes on a watched domain's reports share: a token, the database, the watch, the days of the request.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import { requireToken } from '../access/token.ts';
import type { Edge } from '../edge.ts';
import { storeOf } from '../monitor/store.ts';
import { findWatch, type Watch } from '../monitor/watches.ts';
import { problem } from '../openapi/answers.ts';
import type { Parameter } from '../openapi/describe.ts';
import { ProblemError } from '../problem.ts';
import { DAY, dayOf } from '../reports/day.ts';
import { domainOf, queryOne, shown } from '../request.ts';
import type { Bindings } from '../settings.ts';

const MAX_DAYS = 190;
const DEFAULT_DAYS = 30;

export const daysParameter: Parameter = {
  name: 'days',
  in: 'query',
  description: `How many days back, 1 to ${MAX_DAYS}; default: ${DEFAULT_DAYS}.`,
  schema: { type: 'string', pattern: '^\\d{1,3}$' },
  example: '30',
};

export const NO_STORE = { 'cache-control': 'no-store' };
export const NOT_WATCHED = { 404: problem('The domain is not watched.') };

/** Throws the problem of a request without a token, or about a domain that is not watched. */
export async function ownedDomain(
  context: Context<{ Bindings: Bindings }>,
  edge: Edge,
): Promise<{ db: D1Database; domain: string; watch: Watch }> {
  await requireToken(context, edge.settings(context.env));
  const domain = domainOf('domain', context.req.param('domain') ?? '');
  const db = await storeOf(context);
  return { db, domain, watch: await watchOf(db, domain) };
}

/** Throws 404 where the domain is not watched. */
export async function watchOf(db: D1Database, domain: string): Promise<Watch> {
  const watch = await findWatch(db, domain);
  if (watch === undefined) throw notWatched(domain);
  return watch;
}

export function notWatched(domain: string): ProblemError {
  return new ProblemError({
    status: 404,
    title: 'Not watched',
    detail: `${domain} is not watched. Add it: curl -X PUT …/v1/watch/${domain}.`,
    parameter: 'domain',
  });
}

/** The start of the first day, in milliseconds since 1970. */
export function sinceOf(context: Context): number {
  const asked = queryOne(context, 'days');
  const days = asked === undefined ? DEFAULT_DAYS : /^\d{1,3}$/.test(asked) ? Number(asked) : 0;
  if (days >= 1 && days <= MAX_DAYS) return dayOf(Date.now()) - (days - 1) * DAY;
  throw new ProblemError({
    status: 400,
    title: 'Not a number of days',
    detail: `days is a whole number from 1 to ${MAX_DAYS}, not “${shown(asked ?? '')}”.`,
    parameter: 'days',
  });
}

/** The value of a parameter that is one of a few words. */
export function wordOf<W extends string>(context: Context, name: string, words: readonly [W, ...W[]]): W {
  const asked = queryOne(context, name);
  const word = words.find((each) => each === asked);
  if (word !== undefined || asked === undefined) return word ?? words[0];
  throw new ProblemError({
    status: 400,
    title: `Unknown ${name}`,
    detail: `${name} is one of ${words.join(', ')}, not “${shown(asked)}”.`,
    parameter: name,
  });
}
