// GET /v1/overview, /v1/reports/:domain and /v1/tls-reports/:domain: what the owner's pages show, for programs. A token is needed.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { requireToken } from '../access/token.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { OVERVIEW_DAYS, type Overview, readOverview } from '../monitor/overview.ts';
import { storeOf } from '../monitor/store.ts';
import { findWatch } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { component, type Fits, said } from '../openapi/component.ts';
import { described } from '../openapi/describe.ts';
import { timestamp } from '../openapi/schemas.ts';
import { ProblemError } from '../problem.ts';
import { MAX_RECEIVED, type ReceivedReport, readReceived } from '../reports/received.ts';
import { readTls, TLS_DAYS } from '../reports/tls.ts';
import { domainOf } from '../request.ts';
import type { Bindings } from '../settings.ts';

const NO_STORE = { 'cache-control': 'no-store' };
const count = z.int().check(z.gte(0));
const points = z.number().check(z.gte(0), z.lte(10));

const overviewSchema = component(
  'Overview',
  'All watched domains at a glance.',
  z.object({
    days: said('Days of reports that are summed up.', count),
    domains: said(
      'By name.',
      z.array(
        z.object({
          domain: z.string(),
          check: said(
            'The newest check; null before the first.',
            z.nullable(
              z.object({
                checkedAt: timestamp,
                score: points,
                low: points,
                refused: z.boolean(),
                findings: said('Ids of what costs points, most points first.', z.array(z.string())),
              }),
            ),
          ),
          mail: said(
            'The mail queue of the shop’s server; null where it never reported.',
            z.nullable(
              z.object({
                verdict: z.enum(['flowing', 'stuck', 'silent']),
                reportedAt: timestamp,
                waiting: count,
                failed: count,
              }),
            ),
          ),
          reports: z.object({
            messages: said('In aggregate reports.', count),
            aligned: said('Of them those that pass DMARC.', count),
            bounced: said('Recipients that bounced.', count),
          }),
        }),
      ),
    ),
    next: said(
      'What to do, the most urgent first.',
      z.array(
        z.object({
          domain: z.string(),
          kind: said(
            '`stuck`, `silent`: the mail queue; `refused`: a finding for which receivers reject mail; `findings`: others that cost points; `unaligned`: messages that DMARC does not pass; `bounced`: recipients that bounced.',
            z.enum(['refused', 'stuck', 'silent', 'findings', 'unaligned', 'bounced']),
          ),
          count: said('Points to gain, mails, messages, or recipients.', z.number().check(z.gte(0))),
        }),
      ),
    ),
  }),
);
export type OverviewFits = Fits<Overview, z.infer<typeof overviewSchema>>;

const receivedSchema = z.object({
  id: z.string(),
  kind: z.enum(['aggregate', 'tls', 'failure', 'feedback', 'bounce']),
  about: said('The domain that it is about: the watched one, or one below it.', z.string()),
  reporter: z.string(),
  reportId: z.string(),
  beginsAt: z.nullable(timestamp),
  endsAt: z.nullable(timestamp),
  receivedAt: timestamp,
  messages: said('Messages, sessions or recipients that it covers.', count),
  requested: said(
    'Whether the domain’s own record asks for reports at the address where it arrived.',
    z.enum(['yes', 'no', 'unknown']),
  ),
});
export type ReceivedFits = Fits<ReceivedReport, z.infer<typeof receivedSchema>>;

const tlsSchema = component(
  'TlsSummary',
  'The TLS reports (RFC 8460) of a domain, summed up.',
  z.object({
    domain: z.string(),
    days: said(
      'Days that have reports, the oldest first, with their sessions.',
      z.array(z.object({ day: z.string(), successful: count, failed: count })),
    ),
    failures: said(
      'By result type and mail server, the most frequent first.',
      z.array(z.object({ type: z.string(), host: z.string(), sessions: count })),
    ),
  }),
);

export function overviewRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/overview',
    described({
      summary: 'All watched domains at a glance, and what to do next',
      description: `Reports and bounces are those of the last ${OVERVIEW_DAYS} days.`,
      tag: 'watching',
      token: true,
      answers: { 200: json('The overview.', overviewSchema) },
    }),
    async (context) => {
      await requireToken(context, edge.settings(context.env));
      return context.json(await readOverview(await storeOf(context), Date.now()), 200, NO_STORE);
    },
  );
  app.get(
    '/v1/reports/:domain',
    described({
      summary: 'The reports and bounces that arrived about a watched domain',
      tag: 'reports',
      token: true,
      answers: {
        200: json(
          `The newest ${MAX_RECEIVED}, newest first.`,
          z.object({ domain: z.string(), reports: z.array(receivedSchema) }),
        ),
        404: problem('The domain is not watched.'),
      },
    }),
    async (context) => {
      await requireToken(context, edge.settings(context.env));
      const { db, domain } = await watchedOf(context);
      const reports = await readReceived(db, domain, MAX_RECEIVED);
      return context.json({ domain, reports }, 200, NO_STORE);
    },
  );
  app.get(
    '/v1/tls-reports/:domain',
    described({
      summary: 'The TLS reports of a watched domain: sessions by day, and what failed',
      description: `Of the last ${TLS_DAYS} days.`,
      tag: 'reports',
      token: true,
      answers: { 200: json('The summary.', tlsSchema), 404: problem('The domain is not watched.') },
    }),
    async (context) => {
      await requireToken(context, edge.settings(context.env));
      const { db, domain } = await watchedOf(context);
      const { days, failures } = await readTls(db, domain, Date.now() - TLS_DAYS * 86_400_000);
      const dated = days.map(({ day, ...sessions }) => ({
        day: new Date(day).toISOString().slice(0, 10),
        ...sessions,
      }));
      return context.json({ domain, days: dated, failures }, 200, NO_STORE);
    },
  );
}

async function watchedOf(context: Context<{ Bindings: Bindings }>): Promise<{ db: D1Database; domain: string }> {
  const domain = domainOf('domain', context.req.param('domain') ?? '');
  const db = await storeOf(context);
  if ((await findWatch(db, domain)) !== undefined) return { db, domain };
  throw new ProblemError({
    status: 404,
    title: 'Not watched',
    detail: `${domain} is not watched. Add it: curl -X PUT …/v1/watch/${domain}.`,
    parameter: 'domain',
  });
}
