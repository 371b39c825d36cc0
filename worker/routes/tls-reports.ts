// GET /v1/tls-reports/:domain: how TLS to the domain's mail servers went, as senders report it. A token is needed.
import type { App, Edge } from '../edge.ts';
import { json } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import type { TlsReports } from '../openapi/types.ts';
import { dateOf } from '../reports/day.ts';
import { readTls } from '../reports/tls.ts';
import { languageOf } from '../view/report.ts';
import { daysParameter, NO_STORE, NOT_WATCHED, ownedDomain, sinceOf } from './owned.ts';

export function tlsReportsRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/tls-reports/:domain',
    described({
      summary: 'How TLS to the domain’s mail servers went, out of its TLS reports',
      description: 'Of mail that comes in (RFC 8460): sessions day by day, and what failed with what to do about it.',
      tag: 'reports',
      token: true,
      parameters: [daysParameter, languageParameter],
      answers: { 200: json('The sessions.', 'TlsReports'), ...NOT_WATCHED },
    }),
    async (context) => {
      const { db, domain } = await ownedDomain(context, edge);
      const since = sinceOf(context);
      const view = await readTls(db, domain, since, languageOf(context));
      const answer: TlsReports = { domain, since: dateOf(since), ...view };
      return context.json(answer, 200, NO_STORE);
    },
  );
}
