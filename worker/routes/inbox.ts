// Test inboxes: POST /v1/inbox makes an address, GET /v1/inbox/:id says what came there.
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { MAX_MESSAGE_BYTES } from '../../shared/check/message.ts';
import type { Language } from '../../shared/findings/define.ts';
import { FORMATS } from '../../shared/report/formats.ts';
import { toldReport } from '../../shared/report/told.ts';
import { requireToken } from '../access/token.ts';
import type { App } from '../app.ts';
import { readBody } from '../body.ts';
import type { Edge } from '../edge.ts';
import { CLIENT_INBOXES, type Inbox, LOOK_AGAIN, MAX_MAILS } from '../inbox/inbox.ts';
import { inboxOf, make, placeOf } from '../inbox/place.ts';
import { receiveMail } from '../inbox/receive.ts';
import { inboxWords } from '../inbox/words.ts';
import { json, problem } from '../openapi/answers.ts';
import { component, said } from '../openapi/component.ts';
import { described, type Parameter } from '../openapi/describe.ts';
import { formatParameter, languageParameter } from '../openapi/parameters.ts';
import { ReportSchema, timestamp } from '../openapi/schemas.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, queryOne } from '../request.ts';
import type { Bindings } from '../settings.ts';
import { languageOf, reportResponse } from '../view/report.ts';

const text = z.string();
const count = z.int().check(z.gte(0));
const NewInboxSchema = component(
  'NewInbox',
  'A test inbox. Keep `id` to yourself: whoever has it can read the reports.',
  z.object({
    id: text,
    address: said('Where to send the mail.', text),
    page: said('The page for people.', text),
    reports: said('Where the reports are asked for.', text),
    expiresAt: timestamp,
    maxMails: said('Mails that it takes.', count),
    maxOctets: said('Octets of one mail.', count),
  }),
);
const InboxSchema = component(
  'Inbox',
  'What came to a test inbox.',
  z.object({
    address: text,
    page: text,
    state: z.enum(['waiting', 'arrived']),
    createdAt: timestamp,
    expiresAt: timestamp,
    refused: said('Why a mail came and was not taken.', z.nullable(z.enum(['too-large', 'full', 'other-domain']))),
    mails: said('Newest first.', z.array(z.object({ number: count, receivedAt: timestamp, report: ReportSchema }))),
    why: said('While nothing has come: what to look at.', z.array(z.object({ id: text, title: text, text }))),
  }),
);

const domainParameter: Parameter = {
  name: 'domain',
  in: 'query',
  description: 'The domain that the mail will be from: while nothing has come, the page leads to its report.',
  schema: z.string(),
  example: 'shop.example',
};
export const idParameter: Parameter = {
  name: 'id',
  in: 'path',
  description: 'As POST /v1/inbox gave it.',
  schema: z.string(),
};
const recipientParameter: Parameter = {
  name: 'recipient',
  in: 'query',
  description: 'The envelope recipient: the address of the test inbox.',
  schema: z.string(),
  required: true,
};
const envelopeParameter: Parameter = {
  name: 'sender',
  in: 'query',
  description: 'The envelope sender; empty or `<>` for the null sender.',
  schema: z.string(),
};
export const NOT_SET_UP = problem('The service has no database or no domain for test inboxes.');
export const FULL = problem('There are too many test inboxes at this time.');
export const GONE = problem('There is no such inbox, or its day is over.');

export function inboxRoutes(app: App, edge: Edge): void {
  const create = described({
    summary: 'Make a test inbox: an address that scores the mails it gets',
    description: `It takes ${MAX_MAILS} mails within a day. The mails are not kept, the reports for that day. A client without a token may have ${CLIENT_INBOXES} at one time; the 429 beyond that, and the 503 where all are taken, say in Retry-After when the next one expires.`,
    tag: 'mail',
    parameters: [domainParameter],
    answers: {
      201: { ...json('The inbox.', NewInboxSchema), headers: { location: 'Its page.' } },
      501: NOT_SET_UP,
      503: FULL,
    },
  });
  app.post('/v1/inbox', create, async (context) => {
    const asked = queryOne(context, 'domain');
    const domain = asked === undefined ? null : domainOf('domain', asked);
    const { inboxDomain } = placeOf(context, edge);
    const { key, expiresAt } = await make(context, edge, domain);
    const { origin } = new URL(context.req.url);
    const page = `${origin}/inbox/${key.id}`;
    const answer: z.infer<typeof NewInboxSchema> = {
      id: key.id,
      address: `${key.local}@${inboxDomain}`,
      page,
      reports: `${origin}/v1/inbox/${key.id}`,
      expiresAt: new Date(expiresAt).toISOString(),
      maxMails: MAX_MAILS,
      maxOctets: MAX_MESSAGE_BYTES,
    };
    return context.json(answer, 201, { 'cache-control': 'no-store', location: page });
  });

  const deliver = described({
    summary: 'Hand over a mail that an own mail server took for a test inbox',
    description:
      'For a Worker on an own server, where no Email Routing hands over mail. The server’s name stands in INBOX_RECEIVED_BY, and its Received field on top of the mail.',
    tag: 'mail',
    token: true,
    parameters: [recipientParameter, envelopeParameter],
    body: { description: 'The mail as it came.', content: { 'message/rfc822': text } },
    answers: {
      204: { description: 'The mail was taken.' },
      415: problem('The body is no mail, or is in an unknown content-encoding.'),
      422: problem('The mail is refused for good; `detail` says why.'),
      501: NOT_SET_UP,
    },
  });
  app.post('/v1/inbox/mail', deliver, async (context) => {
    await requireToken(context, edge.settings(context.env));
    placeOf(context, edge);
    const mediaType = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (mediaType !== 'message/rfc822') {
      throw new ProblemError({
        status: 415,
        title: 'Not a mail',
        detail: 'Send the mail as it is: curl --data-binary @- -H "content-type: message/rfc822".',
        parameter: 'content-type',
      });
    }
    const octets = await readBody(context, MAX_MESSAGE_BYTES);
    const refusals: string[] = [];
    const mail = {
      from: queryOne(context, 'sender') ?? '',
      to: queryOne(context, 'recipient') ?? '',
      raw: octets === undefined ? null : [octets],
      rawSize: octets?.length ?? MAX_MESSAGE_BYTES + 1,
      setReject: (reason: string) => void refusals.push(reason),
    };
    await receiveMail(mail, context.env, edge);
    const [reason] = refusals;
    if (reason === undefined) return context.body(null, 204, { 'cache-control': 'no-store' });
    throw new ProblemError({ status: 422, title: 'Refused', detail: `${reason}.` });
  });

  const content = Object.fromEntries(
    Object.values(FORMATS).map(({ mediaType }) => [mediaType, mediaType === 'application/json' ? InboxSchema : text]),
  );
  const read = described({
    summary: 'Ask what came to a test inbox',
    description:
      'JSON holds the reports on all mails; the other formats the newest one alone. While nothing has come the status is 202, and the answer says what to look at.',
    tag: 'mail',
    parameters: [idParameter, formatParameter, languageParameter],
    answers: {
      200: { description: 'What came.', content },
      202: {
        description: 'Nothing has come yet.',
        content: { 'application/json': InboxSchema, 'text/plain': text },
        headers: { 'retry-after': 'Seconds until it is worth asking again.' },
      },
      404: GONE,
      501: NOT_SET_UP,
    },
  });
  app.get('/v1/inbox/:id', read, (context) => answerOf(context, edge));
}

async function answerOf(context: Context<{ Bindings: Bindings }>, edge: Edge): Promise<Response> {
  const { inbox, address } = await inboxOf(context, edge);
  const language = languageOf(context);
  const [newest] = inbox.mails;
  const asked = queryOne(context, 'format');
  const plain = asked === undefined && /^\s*text\/plain\b/.test(context.req.header('accept') ?? '');
  const headers = { 'cache-control': 'no-store', vary: 'accept, accept-language' };
  if (asked !== undefined || plain) {
    if (asked !== 'json' && newest !== undefined) return uncached(await reportResponse(context, newest.report));
    if (asked !== 'json') {
      return context.body(waitingText(inbox, address, language), 202, {
        ...headers,
        'content-type': 'text/plain; charset=utf-8',
        'content-language': language,
        'retry-after': String(LOOK_AGAIN),
      });
    }
  }
  const { origin } = new URL(context.req.url);
  const body = {
    address,
    page: `${origin}/inbox/${inbox.id}`,
    state: newest === undefined ? 'waiting' : 'arrived',
    createdAt: new Date(inbox.createdAt).toISOString(),
    expiresAt: new Date(inbox.expiresAt).toISOString(),
    refused: inbox.refused,
    mails: inbox.mails.map(({ number, receivedAt, report }) => ({
      number,
      receivedAt: new Date(receivedAt).toISOString(),
      report: toldReport(report, language),
    })),
    why: newest === undefined ? whyOf(inbox, language) : [],
  };
  const again: Record<string, string> = newest === undefined ? { 'retry-after': String(LOOK_AGAIN) } : {};
  return context.body(`${JSON.stringify(body, null, 2)}\n`, newest === undefined ? 202 : 200, {
    ...headers,
    ...again,
    'content-type': 'application/json; charset=utf-8',
    'content-language': language,
  });
}

function whyOf({ refused }: Inbox, language: Language): { id: string; title: string; text: string }[] {
  const { reasons, refused: told, refusedTitle: title } = inboxWords[language];
  return [...(refused === null ? [] : [{ id: refused, title, text: told[refused] }]), ...reasons];
}

function waitingText(inbox: Inbox, address: string, language: Language): string {
  const said = inboxWords[language];
  const reasons = whyOf(inbox, language).map(({ title, text: reason }) => `  - ${title}. ${reason}`);
  return `${address}: ${said.waiting}\n\n${said.why}\n\n${reasons.join('\n')}\n`;
}

function uncached(response: Response): Response {
  response.headers.set('cache-control', 'no-store');
  response.headers.delete('etag');
  return response;
}
