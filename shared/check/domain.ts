// The check of a domain: everything that decides whether its mail is accepted, gathered in parallel, most important first.
import { type QueryBudget, queryBudget } from '../dns/budget.ts';
import { type Finding, finding } from '../findings/catalog.ts';
import { mergeSpf } from '../spf/correct.ts';
import { proposedSpf } from '../spf/propose.ts';
import { withoutSenders } from './parked.ts';
import { assemble } from './report.ts';
import { type DomainFacts, type DomainRequest, type Section, sections } from './sections.ts';
import { assumedSenders } from './senders.ts';
import type { CheckContext, Report } from './types.ts';

/** Checks a domain, or the parts asked for. Never throws; what could not be asked counts as unknown. */
export async function checkDomain(asked: DomainRequest, context: CheckContext): Promise<Report<DomainFacts>> {
  const budget = queryBudget(context.resolver, { ...context.budget, now: context.clock });
  // Only the whole check guesses: who asks for one part has said what is to be checked.
  const assumed =
    (asked.ips ?? []).length === 0 && asked.parts.includes('ptr')
      ? await assumedSenders(asked.domain, budget.at(0))
      : [];
  const request = assumed.length === 0 ? asked : { ...asked, ips: assumed };
  const gathered = await gather(request, budget, context);
  const facts: DomainFacts = Object.assign({}, ...gathered.map((section) => section.facts));
  const exists = facts.dns?.exists ?? facts.mx?.exists ?? (await existsAtAll(request.domain, budget));
  const found =
    exists === false
      ? [finding('check.no-such-domain', { domain: request.domain })]
      : [
          ...gathered.flatMap((section) => section.findings).filter((one) => !isUseless(one, facts)),
          ...alignmentFindings(request, facts),
          ...assumption(request.domain, assumed),
        ];
  const judged = { findings: found, parts: gathered.flatMap((section) => section.parts) };
  const { findings, parts } = exists === false ? judged : withoutSenders(request, facts, judged);
  const subject = {
    domain: request.domain,
    ips: [...(request.ips ?? [])],
    helo: request.helo ?? null,
    selectors: [...(request.selectors ?? [])],
  };
  return assemble({ subject, facts, findings, parts }, budget, context);
}

/** Sections that decide about delivery hold the budget's reserve until they are done. */
async function gather(request: DomainRequest, budget: QueryBudget, context: CheckContext): Promise<Section[]> {
  const running = sections
    .filter(({ part }) => request.parts.includes(part))
    .map(({ priority, run }) => ({ priority, result: run(request, budget, context) }));
  await Promise.all(running.filter(({ priority }) => priority === 0).map(({ result }) => result));
  budget.releaseReserve();
  return Promise.all(running.map(({ result }) => result));
}

/** Encryption on the way to mail servers is no matter while none of them can be reached; the policy would name them. */
function isUseless({ id }: Finding, { mx }: DomainFacts): boolean {
  return mx?.canReceive === false && (id === 'mta-sts.none' || id === 'tls-rpt.none');
}

function assumption(domain: string, assumed: readonly string[]): Finding[] {
  return assumed.length === 0 ? [] : [finding('check.assumed-ip', { domain, ips: assumed })];
}

async function existsAtAll(domain: string, budget: QueryBudget): Promise<boolean | null> {
  const answer = await budget.at(1).query(domain, 'TXT');
  return answer.kind === 'error' ? null : answer.kind !== 'nxdomain' || answer.aliases.length > 0;
}

/**
 * Mail from the domain itself, through the addresses told: aligned where SPF passes or a usable key is published. Where
 * a key may be there under a name that was not guessed, nothing is said.
 */
function alignmentFindings({ domain, ips = [] }: DomainRequest, { spf, dkim }: DomainFacts): Finding[] {
  if (ips.length === 0 || spf === undefined || dkim === undefined) return [];
  const failing = spf.outcomes.find(({ result }) => result !== 'pass' && result !== 'temperror');
  const absent =
    dkim.discovery === undefined
      ? dkim.keys.every(({ status }) => status === 'none')
      : dkim.discovery.verdict === 'absent';
  if (failing === undefined || !absent) return [];
  const voices = dkim.keys.length === 0 ? ['absent'] : dkim.keys.map(({ selector }) => `missing ${selector} ${domain}`);
  const unauthorised = spf.outcomes.filter(({ result }) => result !== 'pass').map(({ ip }) => ip);
  // Without a record there is nothing to mend, and a new one is made.
  const record =
    spf.inspection.status === 'none' ? mergeSpf(undefined, { ips }) : proposedSpf(spf.inspection, ips, unauthorised);
  return [
    finding('alignment.none', { headerFrom: domain, spf: `${failing.result} ${failing.domain}`, record, dkim: voices }),
  ];
}
