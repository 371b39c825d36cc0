// PUT, GET, DELETE /v1/watch/:domain: the domains that are checked again and again. A token is needed.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { isAddress, parseAddress } from '../../shared/message/address.ts';
import { MAX_IPS, MAX_SELECTORS } from '../../shared/text/typed.ts';
import { type TargetFault, targetFault } from '../access/public-fetch.ts';
import { requireToken } from '../access/token.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { jsonBody, wrongMember } from '../json-body.ts';
import { type DeliveryState, queueDelivery, readDeliveries } from '../monitor/deliveries.ts';
import { DIGEST_WISHES } from '../monitor/digest-wish.ts';
import { eventsFor, testBody } from '../monitor/event.ts';
import { storeOf } from '../monitor/store.ts';
import { findWatch, listWatches, MAX_WATCHED, putWatch, removeWatch, type Watch } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { component, type Fits, said } from '../openapi/component.ts';
import { described } from '../openapi/describe.ts';
import { timestamp } from '../openapi/schemas.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, hostOf, ipOf, selectorOf, shown } from '../request.ts';
import type { Bindings } from '../settings.ts';

/** An address may have 254 octets (RFC 5321 section 4.5.3.1.3); a URL of 2000 characters passes everywhere. */
const MAX_TEXT = 2000;
/** Of the problem where a body is not a watch. */
const TITLE = 'Not a watch';
/** Messages that are shown of one domain. */
const MAX_DELIVERIES = 20;

const text = z
  .string()
  .check(z.maxLength(MAX_TEXT), z.regex(/^[^\x00-\x1f\x7f]*$/, 'must not have control characters'));
const DIGEST =
  'The mail about each week: `changes` (the default) where there is something to say, `always`, or `off`. It goes to `mail`.';
const requestSchema = component(
  'WatchRequest',
  'What is checked of a domain, and who is told of a change.',
  z.strictObject({
    ips: z.optional(
      said(
        'Addresses that send; those that the SPF record names where absent.',
        z.array(text).check(z.maxLength(MAX_IPS)),
      ),
    ),
    selectors: z.optional(
      said('DKIM selectors; the usual ones are tried where absent.', z.array(text).check(z.maxLength(MAX_SELECTORS))),
    ),
    helo: z.optional(said('The EHLO name of the sending server.', text)),
    webhook: z.optional(
      said('An https URL that is called when something gets worse, and when it is mended (docs/watching.md).', text),
    ),
    mail: z.optional(said('An address that gets the same as a mail.', text)),
    language: z.optional(said('Of the messages.', z.enum(['en', 'ru']))),
    digest: z.optional(said(DIGEST, z.enum(DIGEST_WISHES))),
  }),
);

const deliverySchema = z.object({
  id: z.string(),
  channel: z.enum(['webhook', 'mail']),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.int(),
  lastReply: z.nullable(z.string()),
  createdAt: timestamp,
  nextAttemptAt: z.nullable(timestamp),
});
export type DeliveryFits = Fits<DeliveryState, z.infer<typeof deliverySchema>>;

const watchSchema = component(
  'Watch',
  'A watched domain.',
  z.object({
    domain: z.string(),
    ips: z.array(z.string()),
    selectors: z.array(z.string()),
    helo: z.nullable(z.string()),
    webhook: z.nullable(z.string()),
    mail: z.nullable(z.string()),
    language: z.enum(['en', 'ru']),
    digest: said(DIGEST, z.enum(DIGEST_WISHES)),
    createdAt: timestamp,
    nextCheckAt: timestamp,
    problems: said('What costs points, as last seen; null before the first check.', z.nullable(z.array(z.string()))),
  }),
);
const watchWithDeliveries = z.extend(watchSchema, {
  deliveries: said('The newest messages about it.', z.array(deliverySchema)),
});

const FAULTS: Record<TargetFault, string> = {
  'not-https': 'must begin with https://',
  'bad-url': 'must be a URL without a user name, a fragment, or a port other than 443 and 8443',
  'not-a-name': 'must have a domain name, not an address',
  'no-address': 'leads to a name that has no address in DNS',
  private: 'leads into a private network',
  'dns-trouble': 'could not be looked up in DNS; try again',
};

const NOT_WATCHED = { 404: problem('The domain is not watched.') };

export function watchRoutes(app: App, edge: Edge): void {
  /** What every route here begins with: a token, and a database. */
  const open = async (context: Context<{ Bindings: Bindings }>) => {
    await requireToken(context, edge.settings(context.env));
    return storeOf(context);
  };
  const domainIn = (context: Context) => domainOf('domain', context.req.param('domain') ?? '');

  app.get(
    '/v1/watch',
    described({
      summary: 'List the watched domains',
      tag: 'watching',
      token: true,
      answers: { 200: json('All of them, by name.', z.object({ watches: z.array(watchSchema) })) },
    }),
    async (context) => {
      const watches = await listWatches(await open(context));
      return context.json({ watches: watches.map(shownWatch) }, 200, NO_STORE);
    },
  );
  app.get(
    '/v1/watch/:domain',
    described({
      summary: 'Show a watched domain and the messages about it',
      tag: 'watching',
      token: true,
      answers: { 200: json('The watch.', watchWithDeliveries), ...NOT_WATCHED },
    }),
    async (context) => {
      const db = await open(context);
      const watch = await watchedOr404(db, domainIn(context));
      const deliveries = await readDeliveries(db, watch.domain, MAX_DELIVERIES);
      return context.json({ ...shownWatch(watch), deliveries }, 200, NO_STORE);
    },
  );
  app.put(
    '/v1/watch/:domain',
    described({
      summary: 'Watch a domain, or change what is watched of it',
      description: 'The first check is made by the next run of cron; what it finds is the start, not a change.',
      tag: 'watching',
      token: true,
      body: { description: 'All members are optional.', content: { 'application/json': requestSchema } },
      answers: {
        200: json('The watch was there, and is as told now.', watchSchema),
        201: json('The domain is watched from now on.', watchSchema),
        403: problem('The list is full, or the domain is not one of this service.'),
        413: problem('The body is too large.'),
        415: problem('The body is not sent as JSON.'),
      },
    }),
    async (context) => {
      const db = await open(context);
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
      const watch = await watchedOr404(db, domain);
      return context.json(shownWatch(watch), done === 'added' ? 201 : 200, NO_STORE);
    },
  );
  app.delete(
    '/v1/watch/:domain',
    described({
      summary: 'Stop watching a domain, and forget its history',
      tag: 'watching',
      token: true,
      answers: { 204: { description: 'It is forgotten.' }, ...NOT_WATCHED },
    }),
    async (context) => {
      const db = await open(context);
      const domain = domainIn(context);
      if (!(await removeWatch(db, domain))) throw notWatched(domain);
      return context.body(null, 204, NO_STORE);
    },
  );
  app.post(
    '/v1/watch/:domain/test',
    described({
      summary: 'Send a test message to the receivers of a watch',
      description:
        'It goes the way of a real one: by the next run of cron that has room for it, signed, and tried again until it arrives.',
      tag: 'watching',
      token: true,
      answers: {
        202: json('It is queued.', z.object({ queued: z.array(z.object({ id: z.string(), channel: z.string() })) })),
        400: problem('The watch has no receiver.'),
        ...NOT_WATCHED,
      },
    }),
    async (context) => {
      const db = await open(context);
      const watch = await watchedOr404(db, domainIn(context));
      const now = new Date();
      const events = await eventsFor(watch, testBody(watch, now));
      if (events.length === 0) {
        throw new ProblemError({
          status: 400,
          title: 'Nobody to tell',
          detail: 'The watch has no receiver. Give it one: PUT /v1/watch/:domain with "webhook" or "mail".',
        });
      }
      for (const event of events) await queueDelivery(db, event, now.getTime());
      return context.json({ queued: events.map(({ id, channel }) => ({ id, channel })) }, 202, NO_STORE);
    },
  );
}

const NO_STORE = { 'cache-control': 'no-store' };

function shownWatch({ domain, settings, baseline, createdAt, nextCheckAt }: Watch) {
  const { origin: _, ...told } = settings;
  return {
    domain,
    ...told,
    digest: settings.digest ?? 'changes',
    createdAt: new Date(createdAt).toISOString(),
    nextCheckAt: new Date(nextCheckAt).toISOString(),
    problems: baseline?.problems ?? null,
  };
}

async function watchedOr404(db: D1Database, domain: string): Promise<Watch> {
  const watch = await findWatch(db, domain);
  if (watch === undefined) throw notWatched(domain);
  return watch;
}

function notWatched(domain: string): ProblemError {
  return new ProblemError({
    status: 404,
    title: 'Not watched',
    detail: `${domain} is not watched. Add it: curl -X PUT …/v1/watch/${domain}.`,
    parameter: 'domain',
  });
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
  } = await jsonBody(context, requestSchema, TITLE);
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

/** The address alone, in ASCII: not every relay speaks SMTPUTF8 (RFC 6531). */
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
