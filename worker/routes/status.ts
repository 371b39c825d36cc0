// POST /v1/status/:domain: what the shop's server says of its mail queue. A token is needed.
import * as z from 'zod/mini';
import { requireToken } from '../access/token.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { jsonBody } from '../json-body.ts';
import { flowVerdict } from '../monitor/flow.ts';
import { putFlow, tellFlow } from '../monitor/flows.ts';
import { storeOf } from '../monitor/store.ts';
import { findWatch } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { component, said } from '../openapi/component.ts';
import { described } from '../openapi/describe.ts';
import { domainOf } from '../request.ts';

/** Far more than a queue holds; what is above is a mistake. */
const MOST = 1_000_000_000;
const count = z.int(`must be a whole number from 0 to ${MOST}`).check(z.gte(0), z.lte(MOST));
const time = z
  .string()
  .check(z.refine((text) => text.length <= 40 && !Number.isNaN(Date.parse(text)), 'is not a time'));

const requestSchema = component(
  'MailFlow',
  'The state of a mail queue. Members that are not named here are passed over.',
  z.object({
    waiting: said('Mails that wait for their next attempt.', count),
    failed: said('Mails that were given up.', count),
    oldestAge: z.optional(said('Seconds that the oldest waiting mail has waited.', z.nullable(count))),
    lastSuccess: z.optional(said('ISO 8601: when the relay last took a mail.', z.nullable(time))),
    lastFailure: z.optional(said('ISO 8601: when an attempt last failed.', z.nullable(time))),
  }),
);

export function statusRoutes(app: App, edge: Edge): void {
  app.post(
    '/v1/status/:domain',
    described({
      summary: 'Tell how the mail queue of a shop’s server is',
      description: 'From then on the history says whether mail is flowing.',
      tag: 'watching',
      token: true,
      body: { description: 'The state of the queue.', content: { 'application/json': requestSchema } },
      answers: {
        200: json('It is kept.', z.object({ verdict: z.enum(['flowing', 'stuck', 'silent']) })),
        413: problem('The body is too large.'),
        415: problem('The body is not sent as JSON.'),
      },
    }),
    async (context) => {
      await requireToken(context, edge.settings(context.env));
      const db = await storeOf(context);
      const domain = domainOf('domain', context.req.param('domain'));
      const asked = await jsonBody(context, requestSchema, 'Not the state of a queue');
      const { waiting, failed, oldestAge, lastSuccess, lastFailure } = asked;
      const now = Date.now();
      const flow = {
        reportedAt: now,
        waiting,
        failed,
        oldestAge: oldestAge ?? null,
        lastSuccess: millisecondsOf(lastSuccess),
        lastFailure: millisecondsOf(lastFailure),
      };
      await putFlow(db, domain, flow);
      const watch = await findWatch(db, domain);
      if (watch !== undefined) await tellFlow(db, watch, now);
      return context.json({ verdict: flowVerdict(flow, now) }, 200, { 'cache-control': 'no-store' });
    },
  );
}

function millisecondsOf(text: string | null | undefined): number | null {
  return text == null ? null : Date.parse(text);
}
