// GET /v1/sources/:domain: who sends in the domain's name, as receivers report it. A token is needed.
import { registrableDomain } from '../../shared/dmarc/public-suffix.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { type Source, sourcesOf, unnamedAddresses } from '../../shared/reports/sources.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';
import type { App, Edge } from '../edge.ts';
import { described, TEXT } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import type * as api from '../openapi/types.ts';
import { dateOf, dayOf } from '../reports/day.ts';
import { type Fix, fixesOf } from '../reports/fixes.ts';
import { readDays, readSources } from '../reports/sources.ts';
import { alignedPicture } from '../view/aligned.picture.ts';
import { languageOf } from '../view/report.ts';
import { daysParameter, NO_STORE, NOT_WATCHED, ownedDomain, sinceOf, wordOf } from './owned.ts';

/** PTR questions of one answer, for the largest sources that nothing else names. */
const MAX_NAMED = 10;
const FORMS = ['json', 'svg'] as const;

export function sourcesRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/sources/:domain',
    described({
      summary: 'Who sends in the domain’s name, out of its DMARC reports',
      description:
        'The domain has to be watched, and its reports have to arrive here (POST /v1/reports, or by mail). `format=svg` draws the messages of each day, and which of them are aligned.',
      tag: 'reports',
      token: true,
      parameters: [
        daysParameter,
        languageParameter,
        { name: 'format', in: 'query', description: 'Default: json.', schema: { type: 'string', enum: FORMS } },
      ],
      answers: {
        200: { description: 'The sources.', content: { 'application/json': 'Sources', 'image/svg+xml': TEXT } },
        ...NOT_WATCHED,
      },
    }),
    async (context) => {
      const form = wordOf(context, 'format', FORMS);
      const { db, domain, watch } = await ownedDomain(context, edge);
      const [since, language] = [sinceOf(context), languageOf(context)];
      if (form === 'svg') {
        const days = await readDays(db, domain, since);
        const picture = await alignedPicture(days, { since, until: dayOf(Date.now()) }, language);
        return context.body(String(picture), 200, {
          ...NO_STORE,
          'content-type': 'image/svg+xml; charset=utf-8',
          // Opened by itself the picture is a document; nothing in it may load or run.
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
        });
      }
      const { rows, days } = await readSources(db, domain, since);
      const check = edge.checkContext(context.env);
      const hosts = await hostsOf(unnamedAddresses(rows, domain, MAX_NAMED), check.resolver);
      const sources = sourcesOf(rows, domain, (ip) => hosts.get(ip), networkOf);
      const fixes = await fixesOf(sources, { domain, settings: watch.settings, language }, check);
      const sum = (member: 'messages' | 'aligned') => days.reduce((total, one) => total + one[member], 0);
      const answer: api.Sources = {
        domain,
        since: dateOf(since),
        messages: sum('messages'),
        aligned: sum('aligned'),
        days: days.map(({ day, messages, aligned }) => ({ day: dateOf(day), messages, aligned })),
        sources: sources.map((source, at) => shownSource(source, fixes[at] ?? null)),
      };
      return context.json(answer, 200, NO_STORE);
    },
  );
}

const networkOf = (host: string) => registrableDomain(host) ?? host;

function shownSource({ firstDay, lastDay, ...source }: Source, fix: Fix | null): api.Source {
  return { ...source, firstSeen: dateOf(firstDay), lastSeen: dateOf(lastDay), fix };
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
