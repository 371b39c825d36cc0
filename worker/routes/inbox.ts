// Test inboxes: POST /v1/inbox makes an address, GET /v1/inbox/:id returns the reports on its mails.
import type { Context } from 'hono';
import { MAX_MESSAGE_BYTES } from '../../shared/check/message.ts';
import type { Language } from '../../shared/findings/define.ts';
import { FORMATS } from '../../shared/report/formats.ts';
import { renderedReport } from '../../shared/report/rendered.ts';
import { requireToken } from '../access/token.ts';
import { readBody } from '../body.ts';
import type { App, Edge } from '../edge.ts';
import { CLIENT_INBOXES, type Inbox, type InboxMail, LOOK_AGAIN, MAX_MAILS } from '../inbox/inbox.ts';
import { receiveMail } from '../inbox/receive.ts';
import { inboxOf, make, placeOf } from '../inbox/request.ts';
import { findSource } from '../inbox/store.ts';
import { inboxWords } from '../inbox/words.ts';
import { json, problem, textual } from '../openapi/answers.ts';
import { type Content, described, type Parameter, TEXT } from '../openapi/describe.ts';
import { formatParameter, languageParameter } from '../openapi/parameters.ts';
import type { NewInbox, Inbox as ReadInbox } from '../openapi/types.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, queryOne } from '../request.ts';
import type { Bindings } from '../settings.ts';
import { languageOf, reportResponse } from '../view/report.ts';

const domainParameter: Parameter = {
  name: 'domain',
  in: 'query',
  description: 'The From domain of the mail: until a mail has arrived, the page links to the report of the domain.',
  schema: TEXT,
  example: 'shop.example',
};
export const idParameter: Parameter = {
  name: 'id',
  in: 'path',
  description: '`id` of the answer of POST /v1/inbox.',
  schema: TEXT,
};
export const mailParameter: Parameter = {
  name: 'mail',
  in: 'query',
  description: 'The number of the mail, from 1; default: the newest.',
  schema: { type: 'string', pattern: '^\\d$' },
  example: '1',
};
const recipientParameter: Parameter = {
  name: 'recipient',
  in: 'query',
  description: 'The envelope recipient: the address of the test inbox.',
  schema: TEXT,
  required: true,
};
const envelopeParameter: Parameter = {
  name: 'sender',
  in: 'query',
  description: 'The envelope sender; empty or `<>` for the null sender.',
  schema: TEXT,
};
export const NOT_SET_UP = problem('The service has no database or no domain for test inboxes.');
export const FULL = problem('There are too many test inboxes at this time.');
export const GONE = problem('There is no such inbox, or its day is over.');

export function inboxRoutes(app: App, edge: Edge): void {
  createRoute(app, edge);
  deliverRoute(app, edge);
  readRoute(app, edge);
}

function createRoute(app: App, edge: Edge): void {
  const create = described({
    summary: 'Make a test inbox: an address that scores the mails it gets',
    description: `It accepts ${MAX_MAILS} mails within a day. Mails and reports are stored for that day. A client without a token may have ${CLIENT_INBOXES} at one time; the 429 beyond that, and the 503 where all are in use, have in Retry-After when the next one expires.`,
    tag: 'mail',
    parameters: [domainParameter],
    answers: {
      201: { ...json('The inbox.', 'NewInbox'), headers: { location: 'Its page.' } },
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
    const answer: NewInbox = {
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
}

function deliverRoute(app: App, edge: Edge): void {
  const deliver = described({
    summary: 'Hand over a mail that an own mail server accepted for a test inbox',
    description:
      'For a Worker on an own server, without Email Routing. INBOX_RECEIVED_BY is the name of the mail server, whose Received field is on top of the mail.',
    tag: 'mail',
    token: true,
    parameters: [recipientParameter, envelopeParameter],
    body: { description: 'The mail as received.', content: { 'message/rfc822': TEXT } },
    answers: {
      204: { description: 'The mail was accepted.' },
      415: problem('The body is not a mail, or is in an unknown content-encoding.'),
      422: problem('The mail is rejected permanently; `detail` has the reason.'),
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
}

function readRoute(app: App, edge: Edge): void {
  const content: Record<string, Content> = Object.fromEntries(
    Object.values(FORMATS).map(({ mediaType }) => [mediaType, mediaType === 'application/json' ? 'Inbox' : TEXT]),
  );
  const read = described({
    summary: 'Get the reports of a test inbox',
    description:
      'JSON has the reports on all mails, the other formats the newest one. Until a mail has arrived the status is 202, and the answer has what to look at.',
    tag: 'mail',
    parameters: [idParameter, formatParameter, languageParameter],
    answers: {
      200: { description: 'The reports.', content },
      202: {
        description: 'No mail has arrived yet.',
        content: { 'application/json': 'Inbox', 'text/plain': TEXT },
        headers: { 'retry-after': 'Seconds until the next request.' },
      },
      404: GONE,
      501: NOT_SET_UP,
    },
  });
  app.get('/v1/inbox/:id', read, (context) => answerOf(context, edge));

  app.get(
    '/v1/inbox/:id/source',
    described({
      summary: 'The source of a mail that came to a test inbox',
      description: 'As it arrived, up to 200,000 bytes.',
      tag: 'mail',
      parameters: [idParameter, mailParameter],
      answers: { 200: textual('The source.', 'text/plain'), 404: GONE, 501: NOT_SET_UP },
    }),
    async (context) => {
      const { inbox } = await inboxOf(context, edge);
      const mail = mailOf(context, inbox);
      const source =
        mail === undefined ? undefined : await findSource(placeOf(context, edge).db, inbox.id, mail.number);
      if (source !== undefined) return context.text(source, 200, { 'cache-control': 'no-store' });
      throw new ProblemError({
        status: 404,
        title: 'No such mail',
        detail: `The inbox has ${inbox.mails.length} mails.`,
        parameter: 'mail',
      });
    },
  );
}

/** The mail that is asked for; undefined where there is none of that number. */
export function mailOf(context: Context, { mails }: Inbox): InboxMail | undefined {
  const asked = queryOne(context, 'mail');
  return asked === undefined ? mails[0] : mails.find(({ number }) => String(number) === asked);
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
  const body: ReadInbox = {
    address,
    page: `${origin}/inbox/${inbox.id}`,
    state: newest === undefined ? 'waiting' : 'arrived',
    createdAt: new Date(inbox.createdAt).toISOString(),
    expiresAt: new Date(inbox.expiresAt).toISOString(),
    refused: inbox.refused,
    mails: inbox.mails.map(({ number, receivedAt, report }) => ({
      number,
      receivedAt: new Date(receivedAt).toISOString(),
      report: renderedReport(report, language),
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
  const words = inboxWords[language];
  const reasons = whyOf(inbox, language).map(({ title, text: reason }) => `  - ${title}. ${reason}`);
  return `${address}: ${words.waiting}\n\n${words.why}\n\n${reasons.join('\n')}\n`;
}

function uncached(response: Response): Response {
  response.headers.set('cache-control', 'no-store');
  response.headers.delete('etag');
  return response;
}
