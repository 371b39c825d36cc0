// GET /v1/history/:domain: the past checks of a watched domain, the trend of its score, and whether its mail is delivered.
import type { Context } from 'hono';
import { hasToken } from '../access/token.ts';
import type { App, Edge } from '../edge.ts';
import { type Flow, type FlowVerdict, flowVerdict } from '../monitor/flow.ts';
import { findFlow } from '../monitor/flows.ts';
import { storeOf } from '../monitor/store.ts';
import { type Trend, trendOf } from '../monitor/trend.ts';
import { type HistoryEntry, readDays, readHistory } from '../monitor/watches.ts';
import { json, problem } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import type { History, MailState } from '../openapi/types.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, queryOne, shown } from '../request.ts';
import type { Bindings } from '../settings.ts';

/** Checks in one answer: a year, day by day, has 366. */
const MAX_ENTRIES = 1000;
const DEFAULT_ENTRIES = 100;
/** Seconds; domains are checked every hour. */
const MAX_AGE = 60;

export function historyRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/history/:domain',
    described({
      summary: 'The past checks of a watched domain, and its trend',
      tag: 'watching',
      parameters: [
        {
          name: 'limit',
          in: 'query',
          description: `How many checks at most, 1 to ${MAX_ENTRIES}; ${DEFAULT_ENTRIES} where absent.`,
          schema: { type: 'string', pattern: '^\\d{1,4}$' },
          example: '30',
        },
      ],
      answers: {
        200: json('The past.', 'History'),
        404: problem('The domain is not watched, or was not checked yet.'),
        501: problem('The service has no database.'),
      },
    }),
    async (context) => {
      const domain = domainOf('domain', context.req.param('domain'));
      const most = limitOf(context);
      const db = await storeOf(context);
      const [entries, flow] = await Promise.all([readHistory(db, domain, most), findFlow(db, domain)]);
      if (entries.length === 0 && flow === undefined) {
        throw new ProblemError({
          status: 404,
          title: 'No history',
          detail: `${domain} is not watched here, or was not checked yet. The owner of this Worker adds it by PUT /v1/watch/${domain}.`,
          parameter: 'domain',
        });
      }
      const known = await hasToken(context, edge.settings(context.env).apiTokens);
      const mail = flow === undefined ? null : mailState(flow, known);
      const answer: History = { domain, trend: trendOf(entries), mail, entries };
      return context.json(answer, 200, {
        'cache-control': known ? 'no-store' : `public, max-age=${MAX_AGE}`,
        vary: 'authorization',
      });
    },
  );
}

/** Anyone may see whether mail is delivered; how much is queued, only the owner. */
function mailState(flow: Flow, whole: boolean): MailState {
  const state = { verdict: flowVerdict(flow, Date.now()), reportedAt: new Date(flow.reportedAt).toISOString() };
  if (!whole) return state;
  const { waiting, failed, oldestAge } = flow;
  return {
    ...state,
    waiting,
    failed,
    oldestAge,
    lastSuccess: iso(flow.lastSuccess),
    lastFailure: iso(flow.lastFailure),
  };
}

const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());

function limitOf(context: Context): number {
  const asked = queryOne(context, 'limit');
  if (asked === undefined) return DEFAULT_ENTRIES;
  const limit = /^\d{1,4}$/.test(asked) ? Number(asked) : 0;
  if (limit >= 1 && limit <= MAX_ENTRIES) return limit;
  throw new ProblemError({
    status: 400,
    title: 'Not a limit',
    detail: `limit is a whole number from 1 to ${MAX_ENTRIES}, not “${shown(asked)}”.`,
    parameter: 'limit',
  });
}

export interface Past {
  /** Newest first. */
  entries: readonly HistoryEntry[];
  trend: Trend | null;
  /** Absent where the shop's server never reported. */
  flow?: { verdict: FlowVerdict; reportedAt: number };
}

/** Milliseconds that a page looks back: three months. */
export const PAST_SHOWN = 90 * 86_400_000;

/** The past of a domain, as A-labels; undefined where there is none. Never throws, since the page is complete without it. */
export async function pastOf(context: Context<{ Bindings: Bindings }>, domain: string): Promise<Past | undefined> {
  if (context.env.DB === undefined) return undefined;
  try {
    const db = await storeOf(context);
    const [entries, flow] = await Promise.all([readDays(db, domain, Date.now() - PAST_SHOWN), findFlow(db, domain)]);
    if (entries.length === 0 && flow === undefined) return undefined;
    const told = flow && { flow: { verdict: flowVerdict(flow, Date.now()), reportedAt: flow.reportedAt } };
    return { entries, trend: trendOf(entries), ...told };
  } catch (error) {
    console.error(error);
    return undefined;
  }
}
