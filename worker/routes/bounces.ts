// GET /v1/bounces/:domain: what bounced and why; GET /v1/bounces/:domain/addresses: the addresses that do not exist. A token is needed.
import type { Context } from 'hono';
import type { App, Edge } from '../edge.ts';
import { json } from '../openapi/answers.ts';
import { described, TEXT } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import type { BouncedAddresses, Bounces } from '../openapi/types.ts';
import { ProblemError } from '../problem.ts';
import {
  bouncesView,
  type DeadAddress,
  MAX_RECENT,
  readBounceSums,
  readDeadAddresses,
  readRecent,
} from '../reports/bounces.ts';
import { dateOf } from '../reports/day.ts';
import { queryOne, shown } from '../request.ts';
import { languageOf } from '../view/report.ts';
import { daysParameter, NO_STORE, NOT_WATCHED, ownedDomain, sinceOf, wordOf } from './owned.ts';

const FORMS = ['json', 'csv', 'text'] as const;
const DEFAULT_PAGE = 1000;
/** Addresses of one answer: some 600 KB as JSON. */
export const MAX_PAGE = 5000;
/** Of an address, with room for what is not one (RFC 5321 section 4.5.3.1.3). */
const MAX_ADDRESS = 320;

export function bouncesRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/bounces/:domain',
    described({
      summary: 'What bounced, why, and what to do about it',
      description: `The domain has to be watched, and its bounces have to arrive here (POST /v1/reports, or by mail). The sums are of the days asked for; \`recent\` and \`complaints\` have the newest ${MAX_RECENT}, or all about one message.`,
      tag: 'reports',
      token: true,
      parameters: [
        daysParameter,
        languageParameter,
        {
          name: 'message_id',
          in: 'query',
          description: 'Message-ID of a message that was sent, with or without angle brackets: what became of it.',
          schema: { type: 'string', maxLength: 300 },
          example: 'order1042@shop.example',
        },
      ],
      answers: { 200: json('The bounces.', 'Bounces'), ...NOT_WATCHED },
    }),
    async (context) => {
      const { db, domain } = await ownedDomain(context, edge);
      const [since, language] = [sinceOf(context), languageOf(context)];
      const messageId = queryOne(context, 'message_id')?.replace(/^<|>$/g, '');
      const sums = await readBounceSums(db, domain, since);
      const newest = await readRecent(db, domain, messageId, language);
      const view = bouncesView(sums, language);
      const answer: Bounces = { domain, since: dateOf(since), ...view, ...newest };
      return context.json(answer, 200, NO_STORE);
    },
  );
  app.get(
    '/v1/bounces/:domain/addresses',
    described({
      summary: 'The addresses that do not exist, to be taken off lists',
      description:
        'Of bounces with a permanent failure. An address leaves the list when a later bounce shows that it exists, or after 190 days without another one. The header `link` names the next page.',
      tag: 'reports',
      token: true,
      parameters: [
        {
          name: 'format',
          in: 'query',
          description: '`csv` (RFC 4180) and `text`, one address a line, come as a file. Default: json.',
          schema: { type: 'string', enum: FORMS },
        },
        {
          name: 'limit',
          in: 'query',
          description: `Addresses of one page, 1 to ${MAX_PAGE}; default: ${DEFAULT_PAGE}.`,
          schema: { type: 'string', pattern: '^\\d{1,4}$' },
          example: '1000',
        },
        {
          name: 'after',
          in: 'query',
          description: 'Only addresses after this one in the order of names: `next` of the page before.',
          schema: { type: 'string', maxLength: MAX_ADDRESS },
          example: 'gone@customer.example',
        },
      ],
      answers: {
        200: {
          description: 'One page of them.',
          content: {
            'application/json': 'BouncedAddresses',
            'text/csv': TEXT,
            'text/plain': TEXT,
          },
        },
        ...NOT_WATCHED,
      },
    }),
    async (context) => {
      const form = wordOf(context, 'format', FORMS);
      const { db, domain } = await ownedDomain(context, edge);
      const limit = limitOf(context);
      const after = (queryOne(context, 'after') ?? '').toLowerCase().slice(0, MAX_ADDRESS);
      const { addresses, next } = await readDeadAddresses(db, domain, after, limit);
      const headers: Record<string, string> = {
        ...NO_STORE,
        ...(next === null ? {} : { link: `<${nextPage(context, next)}>; rel="next"` }),
      };
      if (form === 'json') return context.json({ domain, addresses, next } satisfies BouncedAddresses, 200, headers);
      return context.body(form === 'csv' ? csvOf(addresses) : textOf(addresses), 200, {
        ...headers,
        'content-type': form === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="bounced-${domain}.${form === 'csv' ? 'csv' : 'txt'}"`,
      });
    },
  );
}

/** RFC 4180; no address has a character that would have to be quoted, or that a spreadsheet computes (bounce-sums.ts). */
function csvOf(addresses: readonly DeadAddress[]): string {
  const rows = addresses.map(({ address, reason, status, bounces, firstSeen, lastSeen }) =>
    [address, reason, status, bounces, firstSeen, lastSeen].join(','),
  );
  return ['address,reason,status,bounces,first_seen,last_seen', ...rows, ''].join('\r\n');
}

function textOf(addresses: readonly DeadAddress[]): string {
  return addresses.map(({ address }) => `${address}\n`).join('');
}

function nextPage(context: Context, after: string): string {
  const url = new URL(context.req.url);
  url.searchParams.set('after', after);
  return `${url.pathname}${url.search}`;
}

function limitOf(context: Context): number {
  const asked = queryOne(context, 'limit') ?? String(DEFAULT_PAGE);
  const limit = /^\d{1,4}$/.test(asked) ? Number(asked) : 0;
  if (limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new ProblemError({
    status: 400,
    title: 'Not a number of addresses',
    detail: `limit is a whole number from 1 to ${MAX_PAGE}, not “${shown(asked)}”.`,
    parameter: 'limit',
  });
}
