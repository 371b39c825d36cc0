// PUT, GET, DELETE /v1/watch/:domain: the domains that are checked regularly. They need a token.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { isAddress, parseAddress } from '../../shared/message/address.ts';
import { MAX_IPS, MAX_SELECTORS } from '../../shared/text/typed.ts';
import { type TargetFault, targetFault } from '../access/public-fetch.ts';
import { requireToken } from '../access/token.ts';
import type { App, Edge } from '../edge.ts';
import { jsonBody, wrongMember } from '../json-body.ts';
import { queueDelivery, readDeliveries } from '../monitor/deliveries.ts';
import { DIGEST_WISHES } from '../monitor/digest-wish.ts';
import { eventsFor, testBody } from '../monitor/event.ts';
import { storeOf } from '../monitor/store.ts';
import { listWatches, MAX_WATCHED, putWatch, removeWatch, type Watch } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import type * as api from '../openapi/types.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, hostOf, ipOf, selectorOf, shown } from '../request.ts';
import type { Bindings } from '../settings.ts';
import { NO_STORE, NOT_WATCHED, notWatched, watchOf } from './owned.ts';

/** An address may have 254 bytes (RFC 5321 section 4.5.3.1.3); every server accepts a URL of 2000 characters. */
const MAX_TEXT = 2000;
/** Of the problem where a body is not a watch. */
const TITLE = 'Not a watch';
/** Messages about one domain in an answer. */
const MAX_DELIVERIES = 20;

const text = z
  .string()
  .check(z.maxLength(MAX_TEXT), z.regex(/^[^\x00-\x1f\x7f]*$/, 'must not have control characters'));
export const watchRequest = z
  .strictObject({
    ips: z.optional(
      z
        .array(text)
        .check(z.maxLength(MAX_IPS), z.describe('Addresses that send; default: those that the SPF record lets pass.')),
    ),
    selectors: z.optional(
      z.array(text).check(z.maxLength(MAX_SELECTORS), z.describe('DKIM selectors; default: the usual ones are tried.')),
    ),
    helo: z.optional(text.check(z.describe('The EHLO name of the sending server.'))),
    webhook: z.optional(
      text.check(
        z.describe('An https URL that is called when the result gets worse, and when it is fixed (docs/watching.md).'),
      ),
    ),
    mail: z.optional(text.check(z.describe('An address that gets the same as a mail.'))),
    language: z.optional(z.enum(['en', 'ru']).check(z.describe('Of the messages.'))),
    digest: z.optional(
      z
        .enum(DIGEST_WISHES)
        .check(
          z.describe(
            'The mail about each week: `changes` (the default) where there is something to report, `always`, or `off`. It goes to `mail`.',
          ),
        ),
    ),
  })
  .check(z.describe('What is checked of a domain, and where changes are reported.'));

const FAULTS: Record<TargetFault, string> = {
  'not-https': 'must begin with https://',
  'bad-url': 'must be a URL without a user name, a fragment, or a port other than 443 and 8443',
  'not-a-name': 'must have a domain name, not an address',
  'no-address': 'leads to a name that has no address in DNS',
  private: 'leads into a private network',
  'dns-trouble': 'could not be looked up in DNS; try again',
};

export function watchRoutes(app: App, edge: Edge): void {
  readRoutes(app, edge);
  changeRoutes(app, edge);
  testRoute(app, edge);
}

function readRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/watch',
    described({
      summary: 'List the watched domains',
      tag: 'watching',
      token: true,
      answers: { 200: json('All of them, by name.', 'WatchList') },
    }),
    async (context) => {
      const watches = await listWatches(await open(context, edge));
      return context.json({ watches: watches.map(shownWatch) } satisfies api.WatchList, 200, NO_STORE);
    },
  );
  app.get(
    '/v1/watch/:domain',
    described({
      summary: 'Show a watched domain and the messages about it',
      tag: 'watching',
      token: true,
      answers: { 200: json('The watch.', 'WatchWithDeliveries'), ...NOT_WATCHED },
    }),
    async (context) => {
      const db = await open(context, edge);
      const watch = await watchOf(db, domainIn(context));
      const deliveries = await readDeliveries(db, watch.domain, MAX_DELIVERIES);
      const answer: api.WatchWithDeliveries = { ...shownWatch(watch), deliveries };
      return context.json(answer, 200, NO_STORE);
    },
  );
}

function changeRoutes(app: App, edge: Edge): void {
  app.put(
    '/v1/watch/:domain',
    described({
      summary: 'Watch a domain, or change what is watched of it',
      description: 'The next run of cron makes the first check, which is the baseline and not a change.',
      tag: 'watching',
      token: true,
      body: { description: 'All members are optional.', content: { 'application/json': 'WatchRequest' } },
      answers: {
        200: json('The watch was changed.', 'Watch'),
        201: json('The domain is watched.', 'Watch'),
        403: problem('The list is full, or the service does not serve the domain.'),
        413: problem('The body is too large.'),
        415: problem('The body is not sent as JSON.'),
      },
    }),
    async (context) => {
      const db = await open(context, edge);
      const domain = domainIn(context);
      const settings = await settingsFrom(context, edge);
      const done = await putWatch(db, domain, settings, Date.now());
      if (done === 'full') {
        throw new ProblemError({
          status: 403,
          title: 'The list is full',
          detail: `This Worker watches ${MAX_WATCHED} domains at most. Remove one: curl -X DELETE …/v1/watch/DOMAIN.`,
        });
      }
      const watch = await watchOf(db, domain);
      return context.json(shownWatch(watch), done === 'added' ? 201 : 200, NO_STORE);
    },
  );
  app.delete(
    '/v1/watch/:domain',
    described({
      summary: 'Stop watching a domain, and delete its history',
      tag: 'watching',
      token: true,
      answers: { 204: { description: 'It is deleted.' }, ...NOT_WATCHED },
    }),
    async (context) => {
      const db = await open(context, edge);
      const domain = domainIn(context);
      if (!(await removeWatch(db, domain))) throw notWatched(domain);
      return context.body(null, 204, NO_STORE);
    },
  );
}

function testRoute(app: App, edge: Edge): void {
  app.post(
    '/v1/watch/:domain/test',
    described({
      summary: 'Send a test message to the receivers of a watch',
      description:
        'It is sent as a real one: by the next run of cron that has room for it, signed, and retried until it arrives.',
      tag: 'watching',
      token: true,
      answers: {
        202: json('It is queued.', 'QueuedMessages'),
        400: problem('The watch has no receiver.'),
        ...NOT_WATCHED,
      },
    }),
    async (context) => {
      const db = await open(context, edge);
      const watch = await watchOf(db, domainIn(context));
      const now = new Date();
      const events = await eventsFor(watch, testBody(watch, now));
      if (events.length === 0) {
        throw new ProblemError({
          status: 400,
          title: 'No receiver',
          detail: 'The watch has no receiver. Give it one: PUT /v1/watch/:domain with "webhook" or "mail".',
        });
      }
      for (const event of events) await queueDelivery(db, event, now.getTime());
      const answer: api.QueuedMessages = { queued: events.map(({ id, channel }) => ({ id, channel })) };
      return context.json(answer, 202, NO_STORE);
    },
  );
}

/** Checks the token and opens the database, for every route here. */
async function open(context: Context<{ Bindings: Bindings }>, edge: Edge): Promise<D1Database> {
  await requireToken(context, edge.settings(context.env));
  return storeOf(context);
}

function domainIn(context: Context): string {
  return domainOf('domain', context.req.param('domain') ?? '');
}

function shownWatch({ domain, settings, baseline, createdAt, nextCheckAt }: Watch): api.Watch {
  const { origin: _, ...shown } = settings;
  return {
    domain,
    ...shown,
    digest: settings.digest ?? 'changes',
    createdAt: new Date(createdAt).toISOString(),
    nextCheckAt: new Date(nextCheckAt).toISOString(),
    problems: baseline?.problems ?? null,
  };
}

async function settingsFrom(context: Context<{ Bindings: Bindings }>, edge: Edge): Promise<Watch['settings']> {
  const {
    ips = [],
    selectors = [],
    helo,
    webhook,
    mail,
    language = 'en',
    digest = 'changes',
  } = await jsonBody(context, watchRequest, TITLE);
  if (webhook !== undefined) await allowWebhook(webhook, context, edge);
  const receiver = mail === undefined ? null : allowMail(mail, context, edge);
  return {
    ips: ips.map((ip) => ipOf('ips', ip).text),
    selectors: selectors.map((selector) => selectorOf('selectors', selector)),
    helo: helo === undefined ? null : hostOf('helo', helo),
    webhook: webhook ?? null,
    mail: receiver,
    language,
    digest,
    origin: new URL(context.req.url).origin,
  };
}

async function allowWebhook(url: string, context: Context<{ Bindings: Bindings }>, edge: Edge): Promise<void> {
  if (edge.settings(context.env).webhookSecret === undefined) {
    throw new ProblemError({
      status: 501,
      title: 'Not set up',
      detail:
        'Webhooks are signed, and the Worker has no secret to sign with. Set one: echo "whsec_$(openssl rand -base64 32)" | npx wrangler secret put WEBHOOK_SECRET.',
      parameter: 'webhook',
    });
  }
  const fault = await targetFault(url, edge.checkContext(context.env).resolver);
  if (fault !== undefined)
    throw wrongMember({ member: 'webhook', text: `${FAULTS[fault]}. It is “${shown(url)}”.` }, TITLE);
}

/** The address alone, in ASCII: not every relay supports SMTPUTF8 (RFC 6531). */
function allowMail(text: string, context: Context<{ Bindings: Bindings }>, edge: Edge): string {
  const mailbox = parseAddress(text);
  if (mailbox === undefined || !isAddress(mailbox) || !/^[\x21-\x7e]+$/.test(mailbox.address)) {
    throw wrongMember({ member: 'mail', text: `is not a mail address in ASCII. It is “${shown(text)}”.` }, TITLE);
  }
  if (edge.settings(context.env).mail !== undefined) return mailbox.address;
  throw new ProblemError({
    status: 501,
    title: 'Not set up',
    detail:
      'Mail needs a sender in MAIL_FROM, and a way: Cloudflare’s binding SEND_EMAIL ([[send_email]] in wrangler.toml), or your relay in the secret MAIL_RELAY (smtps://user:password@mail.shop.example).',
    parameter: 'mail',
  });
}
