// What the routes of test inboxes share: the database and domain of this Worker, a new inbox, the inbox of a path.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import type { Edge } from '../edge.ts';
import { ProblemError } from '../problem.ts';
import type { Bindings } from '../settings.ts';
import { type Inbox, type InboxKey, newKey } from './inbox.ts';
import { createInbox, findInbox } from './store.ts';

/** Seconds until it is worth trying again where there are too many. */
const HOUR = 3600;

export interface Place {
  db: D1Database;
  inboxDomain: string;
}

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

/** Makes an inbox; throws 503 where there are too many. */
export async function make({ db }: Place, domain: string | null): Promise<{ key: InboxKey; expiresAt: number }> {
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
