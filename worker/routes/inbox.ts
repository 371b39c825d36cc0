// Test inboxes: POST /v1/inbox makes an address, GET /v1/inbox/:id and the page /inbox/:id say what came there.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { MAX_MESSAGE_OCTETS } from '../../shared/check/message.ts';
import type { Language } from '../../shared/findings/define.ts';
import { toldReport } from '../../shared/report/told.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { type Inbox, type InboxKey, MAX_MAILS, newKey } from '../inbox/inbox.ts';
import { createInbox, findInbox } from '../inbox/store.ts';
import { inboxWords } from '../inbox/words.ts';
import { json, problem, textual } from '../openapi/answers.ts';
import { component, said } from '../openapi/component.ts';
import { described, type Parameter } from '../openapi/describe.ts';
import { formatParameter, languageParameter } from '../openapi/parameters.ts';
import { ReportSchema, timestamp } from '../openapi/schemas.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, queryOne } from '../request.ts';
import type { Bindings } from '../settings.ts';
import { FORMATS } from '../view/formats.ts';
import { inboxPage, newInboxPage } from '../view/inbox.page.ts';
import type { Html } from '../view/page.shell.ts';
import { contentSecurityPolicy } from '../view/page.style.ts';
import { languageOf, reportResponse } from '../view/report.ts';

/** Seconds until a page, or a program, looks again. */
const LOOK_AGAIN = 5;
const HOUR = 3600;

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
const idParameter: Parameter = {
  name: 'id',
  in: 'path',
  description: 'As POST /v1/inbox gave it.',
  schema: z.string(),
};
const NOT_SET_UP = problem('The service has no database or no domain for test inboxes.');
const FULL = problem('There are too many test inboxes at this time.');
const GONE = problem('There is no such inbox, or its day is over.');

export function inboxRoutes(app: App, edge: Edge): void {
  const create = described({
    summary: 'Make a test inbox: an address that scores the mails it gets',
    description: `It takes ${MAX_MAILS} mails within a day. The mails are not kept, the reports for that day.`,
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
    const place = placeOf(context, edge);
    const { key, expiresAt } = await make(place, domain);
    const { origin } = new URL(context.req.url);
    const page = `${origin}/inbox/${key.id}`;
    const answer: z.infer<typeof NewInboxSchema> = {
      id: key.id,
      address: `${key.local}@${place.inboxDomain}`,
      page,
      reports: `${origin}/v1/inbox/${key.id}`,
      expiresAt: new Date(expiresAt).toISOString(),
      maxMails: MAX_MAILS,
      maxOctets: MAX_MESSAGE_OCTETS,
    };
    return context.json(answer, 201, { 'cache-control': 'no-store', location: page });
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

  const pages = { tag: 'pages', parameters: [languageParameter] } as const;
  const page = textual('The page.', 'text/html');
  app.get(
    '/inbox',
    described({ ...pages, summary: 'Test inboxes: the page with the button that makes one', answers: { 200: page } }),
    (context) =>
      pageResponse(context, newInboxPage(languageOf(context)), { 'cache-control': `public, max-age=${HOUR}` }),
  );
  app.post(
    '/inbox',
    described({
      ...pages,
      summary: 'Where that button leads: to the page of a new inbox',
      answers: { 303: { description: 'To the page.', headers: { location: 'Its path.' } }, 501: NOT_SET_UP, 503: FULL },
    }),
    async (context) => {
      const { key } = await make(placeOf(context, edge), null);
      return context.redirect(`/inbox/${key.id}?lang=${languageOf(context)}`, 303);
    },
  );
  app.get(
    '/inbox/:id',
    described({
      ...pages,
      parameters: [idParameter, languageParameter],
      summary: 'A test inbox as a page, which looks again by itself while nothing has come',
      answers: { 200: page, 404: GONE, 501: NOT_SET_UP },
    }),
    async (context) => {
      const { inbox, address } = await inboxOf(context, edge);
      const again: Record<string, string> = inbox.mails.length === 0 ? { refresh: String(LOOK_AGAIN) } : {};
      const headers = { 'cache-control': 'no-store', ...again };
      return pageResponse(context, inboxPage(inbox, address, languageOf(context)), headers);
    },
  );
}

interface Place {
  db: D1Database;
  inboxDomain: string;
}

function placeOf(context: Context<{ Bindings: Bindings }>, edge: Edge): Place {
  const { inboxDomain } = edge.settings(context.env);
  const { DB } = context.env;
  if (DB !== undefined && inboxDomain !== undefined) return { db: DB, inboxDomain };
  const database = 'a database: npx wrangler d1 create mailshim --binding DB --update-config';
  const domain = 'a domain whose mail Cloudflare’s Email Routing hands to this Worker, in INBOX_DOMAIN';
  const missing = [...(DB === undefined ? [database] : []), ...(inboxDomain === undefined ? [domain] : [])];
  throw new ProblemError({
    status: 501,
    title: 'Not set up',
    detail: `Test inboxes need ${missing.join(', and ')}. Without them, POST /v1/message scores a mail that you have as a file.`,
  });
}

async function make({ db }: Place, domain: string | null): Promise<{ key: InboxKey; expiresAt: number }> {
  const key = newKey((octets) => crypto.getRandomValues(new Uint8Array(octets)));
  const expiresAt = await createInbox(db, key, domain, Date.now());
  if (expiresAt !== undefined) return { key, expiresAt };
  throw new ProblemError(
    {
      status: 503,
      title: 'Too many test inboxes',
      detail: 'There are as many test inboxes as this Worker keeps at one time. Come again in an hour.',
    },
    { 'retry-after': String(HOUR) },
  );
}

async function inboxOf(
  context: Context<{ Bindings: Bindings }>,
  edge: Edge,
): Promise<{ inbox: Inbox; address: string }> {
  const { db, inboxDomain } = placeOf(context, edge);
  const id = context.req.param('id') ?? '';
  const inbox = /^[a-z2-7]{26}$/.test(id) ? await findInbox(db, id, Date.now()) : undefined;
  if (inbox !== undefined) return { inbox, address: `${inbox.local}@${inboxDomain}` };
  throw new ProblemError({
    status: 404,
    title: 'No such test inbox',
    detail: 'There is no such test inbox. Each is kept for one day; POST /v1/inbox makes a new one.',
  });
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

async function pageResponse(context: Context, content: Html, headers: Record<string, string>): Promise<Response> {
  return context.html(content, 200, {
    ...headers,
    'content-security-policy': await contentSecurityPolicy(),
    vary: 'accept, accept-language',
    'content-language': languageOf(context),
  });
}
