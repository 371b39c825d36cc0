// POST /v1/status/:domain: the shop's server reports its mail queue. It needs a token.
import * as z from 'zod/mini';
import { requireToken } from '../access/token.ts';
import type { App, Edge } from '../edge.ts';
import { jsonBody } from '../json-body.ts';
import { flowVerdict } from '../monitor/flow.ts';
import { putFlow, queueFlowMessages } from '../monitor/flows.ts';
import { storeOf } from '../monitor/store.ts';
import { findWatch } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import type { MailVerdict } from '../openapi/types.ts';
import { domainOf } from '../request.ts';

/** Far more than a queue contains; more is a mistake. */
const MAX_COUNT = 1_000_000_000;
const count = z.int(`must be a whole number from 0 to ${MAX_COUNT}`).check(z.gte(0), z.lte(MAX_COUNT));
const time = z
  .string()
  .check(z.refine((text) => text.length <= 40 && !Number.isNaN(Date.parse(text)), 'is not a time'));

export const mailFlow = z
  .object({
    waiting: count.check(z.describe('Mails in the queue.')),
    failed: count.check(z.describe('Mails that failed permanently.')),
    oldestAge: z.optional(z.nullable(count).check(z.describe('Age of the oldest mail in the queue, in seconds.'))),
    lastSuccess: z.optional(z.nullable(time).check(z.describe('ISO 8601: when the relay last accepted a mail.'))),
    lastFailure: z.optional(z.nullable(time).check(z.describe('ISO 8601: when an attempt last failed.'))),
  })
  .check(z.describe('The state of a mail queue. Other members are ignored.'));

export function statusRoutes(app: App, edge: Edge): void {
  app.post(
    '/v1/status/:domain',
    described({
      summary: 'Report the mail queue of a shop’s server',
      description: 'After that the history has whether mail is delivered.',
      tag: 'watching',
      token: true,
      body: { description: 'The state of the queue.', content: { 'application/json': 'MailFlow' } },
      answers: {
        200: json('It is stored.', 'MailVerdict'),
        413: problem('The body is too large.'),
        415: problem('The body is not sent as JSON.'),
      },
    }),
    async (context) => {
      await requireToken(context, edge.settings(context.env));
      const db = await storeOf(context);
      const domain = domainOf('domain', context.req.param('domain'));
      const asked = await jsonBody(context, mailFlow, 'Not the state of a queue');
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
      if (watch !== undefined) await queueFlowMessages(db, watch, now);
      return context.json({ verdict: flowVerdict(flow, now) } satisfies MailVerdict, 200, {
        'cache-control': 'no-store',
      });
    },
  );
}

function millisecondsOf(text: string | null | undefined): number | null {
  return text == null ? null : Date.parse(text);
}
