// What is kept of a watched domain, for the pages: nothing where there is no database, or where it does not answer.
import type { Context } from 'hono';
import { type FlowVerdict, flowVerdict } from '../monitor/flow.ts';
import { findFlow } from '../monitor/flows.ts';
import { storeOf } from '../monitor/store.ts';
import { type Trend, trendOf } from '../monitor/trend.ts';
import { type HistoryEntry, readDays } from '../monitor/watches.ts';
import type { Bindings } from '../settings.ts';

export interface Past {
  /** Newest first. */
  entries: readonly HistoryEntry[];
  trend: Trend | null;
  /** Absent where the shop's server never reported. */
  flow?: { verdict: FlowVerdict; reportedAt: number };
}

/** Milliseconds that a page looks back: three months. */
export const PAST_SHOWN = 90 * 86_400_000;

/** The past of a domain, as A-labels; undefined where nothing is kept of it. Never throws: a page does without. */
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
