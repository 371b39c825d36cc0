// GET /v1/sources/:domain: who sends in the domain's name, as receivers report it. A token is needed.
import * as z from 'zod/mini';
import { registrableDomain } from '../../shared/dmarc/public-suffix.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { SOURCE_CLASSES, type Source, sourcesOf, unnamedAddresses } from '../../shared/reports/sources.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { json } from '../openapi/answers.ts';
import { component, said } from '../openapi/component.ts';
import { described } from '../openapi/describe.ts';
import { count, date } from '../openapi/reports.ts';
import { dateOf } from '../reports/day.ts';
import { readSources } from '../reports/sources.ts';
import { daysParameter, NO_STORE, NOT_WATCHED, ownedDomain, sinceOf } from './owner.ts';

/** PTR questions of one answer, for the largest sources that nothing else names. */
const MAX_NAMED = 10;

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
      parameters: [daysParameter],
      answers: { 200: json('The sources.', sourcesSchema), ...NOT_WATCHED },
    }),
    async (context) => {
      const { db, domain } = await ownedDomain(context, edge);
      const since = sinceOf(context);
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
        NO_STORE,
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
