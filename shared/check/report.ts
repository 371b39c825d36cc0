// Assembles a report: ordered findings, score, and the queries.
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

/** Names of transport security without an answer that are listed. */
const MAX_NAMES = 5;

/** Several sections query transport security: their missing answers are one finding, not one for each name. */
function withOneUnknown(findings: readonly Finding[]): Finding[] {
  const unknown = findings.flatMap((found) => (found.id === 'tls.unknown' ? [found.args] : []));
  if (unknown.length < 2) return [...findings];
  const list = (values: readonly string[], separator: string) => {
    const different = [...new Set(values)];
    return different.slice(0, MAX_NAMES).join(separator) + (different.length > MAX_NAMES ? ', …' : '');
  };
  const name = list(
    unknown.map((one) => one.name),
    ', ',
  );
  const detail = list(
    unknown.map((one) => one.detail),
    '; ',
  );
  const first = findings.findIndex(({ id }) => id === 'tls.unknown');
  return findings.flatMap((found, index) =>
    found.id !== 'tls.unknown' ? found : index === first ? finding('tls.unknown', { name, detail }) : [],
  );
}

/** Adds the queries that the budget did not send, and the TTL of all answers. */
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
  const combined = withOneUnknown(findings);
  const all =
    unasked === 0 ? combined : [...combined, finding('check.unasked', { count: unasked, sent: budget.sent() })];
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
