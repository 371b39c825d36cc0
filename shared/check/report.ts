// Puts a report together: findings ordered, score, and what was asked.
import type { QueryBudget } from '../dns/budget.ts';
import { withoutKey } from '../dnsbl/check.ts';
import { type Finding, finding } from '../findings/catalog.ts';
import { ordered, type ScoredPart, score } from '../findings/score.ts';
import type { CheckContext, Report } from './types.ts';

export interface ReportParts<Facts> {
  subject: Report['subject'];
  facts: Facts;
  findings: readonly Finding[];
  parts: readonly ScoredPart[];
}

/** Adds what the budget kept from being asked, and the time to live of everything together. */
export function assemble<Facts>(
  { subject, facts, findings, parts }: ReportParts<Facts>,
  budget: QueryBudget,
  context: CheckContext,
): Report<Facts> {
  const trace = budget
    .trace()
    .map((query) => ({ ...query, name: withoutKey(query.name, context.dnsblKey) }))
    .sort((one, other) => one.startedAt - other.startedAt);
  const unasked = trace.filter(({ outcome }) => outcome === 'budget' || outcome === 'deadline').length;
  const all =
    unasked === 0 ? findings : [...findings, finding('check.unasked', { count: unasked, sent: budget.sent() })];
  return {
    format: 1,
    subject,
    checkedAt: context.now.toISOString(),
    ttl: budget.ttl(),
    score: score(all, parts),
    findings: ordered(all),
    facts,
    queries: { sent: budget.sent(), cached: trace.filter(({ cached }) => cached).length, unasked, trace },
  };
}
