// GET /v1/overview and /v1/reports/:domain: what the owner's pages show, for programs. A token is needed.
import { requireToken } from '../access/token.ts';
import type { App, Edge } from '../edge.ts';
import { OVERVIEW_DAYS, readOverview } from '../monitor/overview.ts';
import { storeOf } from '../monitor/store.ts';
import { json } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import type { ReceivedReports } from '../openapi/types.ts';
import { MAX_RECEIVED, readReceived } from '../reports/received.ts';
import { NO_STORE, NOT_WATCHED, ownedDomain } from './owned.ts';

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
        ...NOT_WATCHED,
      },
    }),
    async (context) => {
      const { db, domain } = await ownedDomain(context, edge);
      const answer: ReceivedReports = { domain, reports: await readReceived(db, domain, MAX_RECEIVED) };
      return context.json(answer, 200, NO_STORE);
    },
  );
}
