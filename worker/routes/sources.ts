// GET /v1/sources/:domain: who sends in the domain's name, as receivers report it. A token is needed.
import type { Context } from 'hono';
import { registrableDomain } from '../../shared/dmarc/public-suffix.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { type Source, sourcesOf, unnamedAddresses } from '../../shared/reports/sources.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';
import { requireToken } from '../access/token.ts';
import type { App, Edge } from '../edge.ts';
import { storeOf } from '../monitor/store.ts';
import { findWatch } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import type { Sources } from '../openapi/types.ts';
import { ProblemError } from '../problem.ts';
import { readSources } from '../reports/sources.ts';
import { domainOf, queryOne, shown } from '../request.ts';

const DAY = 86_400_000;
const MAX_DAYS = 190;
const DEFAULT_DAYS = 30;
/** PTR questions of one answer, for the largest sources that nothing else names. */
const MAX_NAMED = 10;

export function sourcesRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/sources/:domain',
    described({
      summary: 'Who sends in the domain’s name, out of its DMARC reports',
      description: 'The domain has to be watched, and its reports have to arrive here (POST /v1/reports, or by mail).',
      tag: 'reports',
      token: true,
      parameters: [
        {
          name: 'days',
          in: 'query',
          description: `How many days back, 1 to ${MAX_DAYS}; ${DEFAULT_DAYS} where absent.`,
          schema: { type: 'string', pattern: '^\\d{1,3}$' },
          example: '30',
        },
      ],
      answers: { 200: json('The sources.', 'Sources'), 404: problem('The domain is not watched.') },
    }),
    async (context) => {
      await requireToken(context, edge.settings(context.env));
      const domain = domainOf('domain', context.req.param('domain'));
      const since = Math.floor(Date.now() / DAY) * DAY - (daysOf(context) - 1) * DAY;
      const db = await storeOf(context);
      if ((await findWatch(db, domain)) === undefined) throw notWatched(domain);
      const { rows, days } = await readSources(db, domain, since);
      const hosts = await hostsOf(unnamedAddresses(rows, domain, MAX_NAMED), edge.checkContext(context.env).resolver);
      const sum = (member: 'messages' | 'aligned') => days.reduce((total, one) => total + one[member], 0);
      const answer: Sources = {
        domain,
        since: dateOf(since),
        messages: sum('messages'),
        aligned: sum('aligned'),
        days: days.map(({ day, messages, aligned }) => ({ day: dateOf(day), messages, aligned })),
        sources: sourcesOf(rows, domain, (ip) => hosts.get(ip), networkOf).map(shownSource),
      };
      return context.json(answer, 200, { 'cache-control': 'no-store' });
    },
  );
}

const networkOf = (host: string) => registrableDomain(host) ?? host;

function shownSource({ firstDay, lastDay, ...source }: Source) {
  return { ...source, firstSeen: dateOf(firstDay), lastSeen: dateOf(lastDay) };
}

/** Names by PTR records; what has none, or is not answered, stays an address. */
async function hostsOf(addresses: readonly string[], resolver: Resolver): Promise<Map<string, string>> {
  const hosts = new Map<string, string>();
  await Promise.all(
    addresses.map(async (address) => {
      const ip = parseIp(address);
      if (ip === undefined) return;
      const answer = await resolver.query(reverseName(ip), 'PTR');
      const [host] = answer.kind === 'ok' ? answer.records : [];
      if (host !== undefined && /^[a-z0-9][a-z0-9.-]{0,252}$/i.test(host)) hosts.set(address, host.toLowerCase());
    }),
  );
  return hosts;
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function daysOf(context: Context): number {
  const asked = queryOne(context, 'days');
  if (asked === undefined) return DEFAULT_DAYS;
  const days = /^\d{1,3}$/.test(asked) ? Number(asked) : 0;
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw new ProblemError({
    status: 400,
    title: 'Not a number of days',
    detail: `days is a whole number from 1 to ${MAX_DAYS}, not “${shown(asked)}”.`,
    parameter: 'days',
  });
}

function notWatched(domain: string): ProblemError {
  return new ProblemError({
    status: 404,
    title: 'Not watched',
    detail: `${domain} is not watched. Add it: curl -X PUT …/v1/watch/${domain}.`,
    parameter: 'domain',
  });
}
