// GET /v1/next/:domain: whether the DMARC policy can be raised, which sources would lose mail, and the record. A token is needed.
import type { App, Edge } from '../edge.ts';
import { json } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import type { NextStep } from '../openapi/types.ts';
import { nextStep } from '../reports/next.ts';
import { languageOf } from '../view/report.ts';
import { NO_STORE, NOT_WATCHED, ownedDomain } from './owned.ts';

export function nextRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/next/:domain',
    described({
      summary: 'When a stricter DMARC policy is safe, and its record',
      description:
        'From the aggregate reports of the last 28 days: which sources would lose mail at `p=quarantine` and at `p=reject`. Too little data is `not-yet`. The record is shown only where the numbers allow it, and is tried on the zone first.',
      tag: 'reports',
      token: true,
      parameters: [languageParameter],
      answers: { 200: json('The next step.', 'NextStep'), ...NOT_WATCHED },
    }),
    async (context) => {
      const { db, domain, watch } = await ownedDomain(context, edge);
      const language = languageOf(context);
      const asked = { domain, settings: watch.settings, language, now: Date.now() };
      const step = await nextStep(db, asked, edge.checkContext(context.env));
      return context.json({ domain, ...step } satisfies NextStep, 200, NO_STORE);
    },
  );
}
