// GET /v1/sources/:domain: who sends in the domain's name, as receivers report it. A token is needed.
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { registrableDomain } from '../../shared/dmarc/public-suffix.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { SOURCE_CLASSES, type Source, sourcesOf, unnamedAddresses } from '../../shared/reports/sources.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';
import { requireToken } from '../access/token.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { storeOf } from '../monitor/store.ts';
import { findWatch } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { component, said } from '../openapi/component.ts';
import { described } from '../openapi/describe.ts';
import { ProblemError } from '../problem.ts';
import { readSources } from '../reports/sources.ts';
import { domainOf, queryOne, shown } from '../request.ts';

const DAY = 86_400_000;
const MAX_DAYS = 190;
const DEFAULT_DAYS = 30;
/** PTR questions of one answer, for the largest sources that nothing else names. */
const MAX_NAMED = 10;

const count = z.int().check(z.gte(0));
const date = said('A day, UTC.', z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/)));
const texts = z.array(z.string());
const sourcesSchema = component(
  'Sources',
  'Who sends in the name of a domain.',
  z.object({
    domain: z.string(),
    since: date,
    messages: said('All that receivers reported.', count),
    aligned: said('Of them those that pass DMARC.', count),
    days: said(
      'Days that have reports, the oldest first.',
      z.array(z.object({ day: date, messages: count, aligned: count })),
    ),
    sources: said(
      'By provider, else by host, else by address; the largest first.',
      z.array(
        z.object({
          name: z.string(),
          provider: said('Its id in the table of providers; null for others.', z.nullable(z.string())),
          class: said(
            '`yours-aligned`: it passes DMARC. `yours-unaligned`: a service that sends in the domain’s name with a domain of its own. `forwarder`: passes mail of the domain on. `stranger`: nothing connects it with the domain.',
            z.enum(SOURCE_CLASSES as [string, ...string[]]),
          ),
          messages: count,
          aligned: count,
          quarantined: count,
          rejected: count,
          firstSeen: date,
          lastSeen: date,
          addresses: z.array(z.object({ ip: z.string(), messages: count })),
          dkimDomains: said('Domains whose signatures pass.', texts),
          spfDomains: said('Domains for which SPF passes.', texts),
          comments: said('What receivers wrote beside it.', texts),
        }),
      ),
    ),
  }),
);

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
          schema: z.string().check(z.regex(/^\d{1,3}$/)),
          example: '30',
        },
      ],
      answers: { 200: json('The sources.', sourcesSchema), 404: problem('The domain is not watched.') },
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
      return context.json(
        {
          domain,
          since: dateOf(since),
          messages: sum('messages'),
          aligned: sum('aligned'),
          days: days.map(({ day, messages, aligned }) => ({ day: dateOf(day), messages, aligned })),
          sources: sourcesOf(rows, domain, (ip) => hosts.get(ip), networkOf).map(shownSource),
        },
        200,
        { 'cache-control': 'no-store' },
      );
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
