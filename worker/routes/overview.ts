// GET /v1/overview, /v1/reports/:domain and /v1/tls-reports/:domain: what the owner's pages show, for programs. A token is needed.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import { requireToken } from '../access/token.ts';
import type { App, Edge } from '../edge.ts';
import { OVERVIEW_DAYS, readOverview } from '../monitor/overview.ts';
import { storeOf } from '../monitor/store.ts';
import { findWatch } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import type { ReceivedReports, TlsSummary } from '../openapi/types.ts';
import { ProblemError } from '../problem.ts';
import { MAX_RECEIVED, readReceived } from '../reports/received.ts';
import { readTls, TLS_DAYS } from '../reports/tls.ts';
import { domainOf } from '../request.ts';
import type { Bindings } from '../settings.ts';

const NO_STORE = { 'cache-control': 'no-store' };
export function overviewRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/overview',
    described({
      summary: 'All watched domains at a glance, and what to do next',
      description: `Reports and bounces are those of the last ${OVERVIEW_DAYS} days.`,
      tag: 'watching',
      token: true,
      answers: { 200: json('The overview.', 'Overview') },
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
        200: json(`The newest ${MAX_RECEIVED}, newest first.`, 'ReceivedReports'),
        404: problem('The domain is not watched.'),
      },
    }),
    async (context) => {
      await requireToken(context, edge.settings(context.env));
      const { db, domain } = await watchedOf(context);
      const answer: ReceivedReports = { domain, reports: await readReceived(db, domain, MAX_RECEIVED) };
      return context.json(answer, 200, NO_STORE);
    },
  );
  app.get(
    '/v1/tls-reports/:domain',
    described({
      summary: 'The TLS reports of a watched domain: sessions by day, and what failed',
      description: `Of the last ${TLS_DAYS} days.`,
      tag: 'reports',
      token: true,
      answers: { 200: json('The summary.', 'TlsSummary'), 404: problem('The domain is not watched.') },
    }),
    async (context) => {
      await requireToken(context, edge.settings(context.env));
      const { db, domain } = await watchedOf(context);
      const { days, failures } = await readTls(db, domain, Date.now() - TLS_DAYS * 86_400_000);
      const dated = days.map(({ day, ...sessions }) => ({
        day: new Date(day).toISOString().slice(0, 10),
        ...sessions,
      }));
      const answer: TlsSummary = { domain, days: dated, failures };
      return context.json(answer, 200, NO_STORE);
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
