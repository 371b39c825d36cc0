// What the routes of test inboxes share: the database and domain of this Worker, a new inbox, the inbox of a path.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import { clientKey, OF_ONE_CLIENT } from '../access/limit.ts';
import { hasToken } from '../access/token.ts';
import type { Edge } from '../edge.ts';
import { ProblemError } from '../problem.ts';
import type { Bindings } from '../settings.ts';
import { CLIENT_INBOXES, type Inbox, type InboxKey, type Maker, newKey, OWN_NETWORK_INBOXES } from './inbox.ts';
import { createInbox, findInbox } from './store.ts';

export interface Place {
  db: D1Database;
  inboxDomain: string;
}

/** Bytes of the IPv6 prefix of one site. */
const SITE_BYTES = 6;

/** Whether this Worker has test inboxes at all. */
export function hasInboxes(context: Context<{ Bindings: Bindings }>, edge: Edge): boolean {
  return context.env.DB !== undefined && edge.settings(context.env).inboxDomain !== undefined;
}

/** Throws 501 where there is no database or no domain. */
export function placeOf(context: Context<{ Bindings: Bindings }>, edge: Edge): Place {
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

/** Makes an inbox; throws 429 where this client has its share, 503 where there are too many. */
export async function make(
  context: Context<{ Bindings: Bindings }>,
  edge: Edge,
  domain: string | null,
): Promise<{ key: InboxKey; expiresAt: number }> {
  const { db } = placeOf(context, edge);
  const key = newKey((length) => crypto.getRandomValues(new Uint8Array(length)));
  const made = await createInbox(db, key, domain, await makerOf(context, edge), Date.now());
  if (!('why' in made)) return { key, expiresAt: made.expiresAt };
  const { why, retryAfter } = made;
  const room = 'Holders of a token have room of their own.';
  throw new ProblemError(
    {
      status: why === 'share' ? 429 : 503,
      title: 'Too many test inboxes',
      detail: `${why === 'share' ? 'Your address has as many test inboxes as one client may have.' : 'There are as many test inboxes as this Worker keeps at one time.'} One of them expires in ${retryAfter} seconds. ${room}`,
    },
    { 'retry-after': String(retryAfter), 'cache-control': OF_ONE_CLIENT },
  );
}

async function makerOf(context: Context<{ Bindings: Bindings }>, edge: Edge): Promise<Maker> {
  if (await hasToken(context, edge.settings(context.env).apiTokens)) return 'holder';
  const client = clientKey(context.req.header('cf-connecting-ip'), SITE_BYTES);
  return client === undefined
    ? { client: 'own network', share: OWN_NETWORK_INBOXES }
    : { client, share: CLIENT_INBOXES };
}

/** The inbox of the path; throws 404. */
export async function inboxOf(
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
