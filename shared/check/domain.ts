// The check of a domain: everything that decides whether its mail is accepted, gathered in parallel, most important first.
import { registrableDomain } from '../dmarc/public-suffix.ts';
import type { DmarcPolicy } from '../dmarc/types.ts';
import { type QueryBudget, queryBudget } from '../dns/budget.ts';
import type { Change } from '../dns/overlay.ts';
import type { Answer, RecordType, Resolver } from '../dns/types.ts';
import { type Finding, finding, inferred } from '../findings/catalog.ts';
import type { DnsRecord } from '../findings/define.ts';
import type { Withheld } from '../findings/status.ts';
import { proposedSpf } from '../spf/propose.ts';
import { fold } from '../text/domain.ts';
import { isFreeMailbox, withoutForeignZones } from './free-mailbox.ts';
import { type Evaluated, withoutSenders } from './parked.ts';
import { type ProofInput, prove, proveProposal, unansweredOf } from './prove.ts';
import { assemble } from './report.ts';
import type { DomainFacts, DomainRequest, Resolvers, Section, SectionRequest } from './section.ts';
import { publicIpsOf, resultForAll, sections } from './sections.ts';
import { assumedSenders, type Sender } from './senders.ts';
import type { CheckContext, Report } from './types.ts';

/**
 * Why a record that the domain's owner asked for must not be published, with receivers asked for at most `policy`; undefined where it is safe.
 * The domain is checked with and without it, as for every record that a report shows. Never throws.
 */
export async function objectionTo(
  proposal: { record: DnsRecord; policy?: DmarcPolicy },
  asked: DomainRequest,
  context: CheckContext,
): Promise<Withheld | undefined> {
  const budget = queryBudget(context.resolver, { ...context.budget, now: context.clock });
  const senders = await sendersOf(asked, budget.at(0));
  const request: SectionRequest = { ...asked, ips: senders.map(({ ip }) => ip), inferredIps: [] };
  const gathered = await gather(request, budget, context);
  const { findings } = evaluate(request, senders, gathered);
  const input = proofInput(findings, request, senders, gathered, budget, context);
  return proveProposal(proposal.record, proposal.policy === undefined ? input : { ...input, asked: proposal.policy });
}

/** Checks a domain, or the requested parts. Never throws; queries that were not sent count as unknown. */
export async function checkDomain(asked: DomainRequest, context: CheckContext): Promise<Report<DomainFacts>> {
  const budget = queryBudget(context.resolver, { ...context.budget, now: context.clock });
  const senders = await sendersOf(asked, budget.at(0));
  const request: SectionRequest = {
    ...asked,
    ips: senders.filter(({ origin }) => origin !== 'inferred').map(({ ip }) => ip),
    inferredIps: senders.filter(({ origin }) => origin === 'inferred').map(({ ip }) => ip),
  };
  const gathered = await gather(request, budget, context);
  const facts = factsOf(gathered);
  const exists = facts.dns?.exists ?? facts.mx?.exists ?? (await existsAtAll(request.domain, budget));
  const evaluated = evaluate(request, senders, gathered);
  const findings =
    exists === false
      ? [finding('check.no-such-domain', { domain: request.domain })]
      : await prove(proofInput(evaluated.findings, request, senders, gathered, budget, context));
  const subject = {
    domain: request.domain,
    ips: senders.map(({ ip }) => ip),
    helo: request.helo ?? null,
    selectors: [...(request.selectors ?? [])],
    senders,
  };
  return assemble({ subject, facts, findings, parts: evaluated.parts }, budget, context);
}

/** The given senders; only a check of the whole domain infers some. */
async function sendersOf({ domain, ips = [], parts }: DomainRequest, resolver: Resolver): Promise<Sender[]> {
  if (ips.length > 0) return ips.map((ip) => ({ ip, origin: 'given' }));
  return parts.includes('ptr') ? assumedSenders(domain, resolver) : [];
}

/** A section with the queries that its result depends on. */
interface Gathered {
  section: Section;
  run: (typeof sections)[number]['run'];
  asked: readonly Asked[];
}
interface Asked {
  name: string;
  type: RecordType;
  /** Absent where the section did not await it. */
  answer?: Answer<unknown>;
}

/** Sections that decide about delivery keep the budget's reserve until they are done. */
async function gather(request: SectionRequest, budget: QueryBudget, context: CheckContext): Promise<Gathered[]> {
  const running = sections
    .filter(({ part }) => request.parts.includes(part))
    .map(({ priority, run }) => ({ priority, result: gatherOne(request, run, budget, context) }));
  await Promise.all(running.filter(({ priority }) => priority === 0).map(({ result }) => result));
  budget.releaseReserve();
  return Promise.all(running.map(({ result }) => result));
}

async function gatherOne(
  request: SectionRequest,
  run: Gathered['run'],
  budget: Resolvers,
  context: CheckContext,
): Promise<Gathered> {
  const asked: Asked[] = [];
  const recording: Resolvers = {
    at: (priority) => {
      const resolver = budget.at(priority);
      return {
        query: (name, type) => {
          const one: Asked = { name, type };
          asked.push(one);
          const answer = resolver.query(name, type);
          void answer.then((settled) => {
            one.answer = settled;
          });
          return answer;
        },
      };
    },
  };
  return { section: await run(request, recording, context), run, asked };
}

/** Whether the query was for the name, directly or through an alias. */
function concerns({ name, answer }: Asked, folded: string): boolean {
  if (fold(name) === folded) return true;
  return answer !== undefined && answer.kind !== 'error' && answer.aliases.some((alias) => fold(alias) === folded);
}

function factsOf(gathered: readonly Gathered[]): DomainFacts {
  return Object.assign({}, ...gathered.map(({ section }) => section.facts));
}

/** The findings of the sections and of their combination, with the parts of the score; pure. */
function evaluate(request: SectionRequest, senders: readonly Sender[], gathered: readonly Gathered[]): Evaluated {
  const own = gathered.flatMap(({ section }) => section.findings);
  const facts = factsOf(gathered);
  const all = [
    ...own.filter((found) => !isUseless(found, facts)),
    ...alignmentFindings(request, facts, firstRecordOf(own)),
    ...assumption(request.domain, senders),
  ];
  const findings = ofForeignMailbox(request.domain, facts, all).flatMap((found) => {
    const ip = request.inferredIps.find((one) => Object.values(found.args).flat().includes(one));
    if (ip === undefined) return found;
    // That finding only proposes a record, and none is proposed for an inferred address.
    return found.id === 'ptr.name-needed' ? [] : inferred(found, ip);
  });
  return withoutSenders(request, facts, { findings, parts: gathered.flatMap(({ section }) => section.parts) });
}

/** What a proof of records needs: only the sections that queried changed names run again. */
function proofInput(
  findings: readonly Finding[],
  request: SectionRequest,
  senders: readonly Sender[],
  gathered: readonly Gathered[],
  budget: QueryBudget,
  context: CheckContext,
): ProofInput {
  // The policy file is the same with any record in DNS.
  const { fetch: _, ...withoutFetch } = context;
  const recheck = async (resolver: Resolver, { name, type }: Change) => {
    // A CNAME record answers queries of every type (RFC 1034 section 3.6.2).
    const types: readonly RecordType[] = type === 'CNAME' ? ['TXT', 'A', 'AAAA', 'CNAME'] : [type];
    const changed = fold(name);
    const again = await Promise.all(
      gathered.map((one) =>
        one.asked.some((query) => types.includes(query.type) && concerns(query, changed))
          ? gatherOne(request, one.run, { at: () => resolver }, withoutFetch)
          : one,
      ),
    );
    return evaluate(request, senders, again).findings;
  };
  return {
    domain: request.domain,
    given: request.ips ?? [],
    findings,
    resolver: budget.at(2),
    now: context.now,
    unanswered: unansweredOf(budget),
    recheck,
  };
}

function assumption(domain: string, senders: readonly Sender[]): Finding[] {
  const assumed = senders.filter(({ origin }) => origin !== 'given');
  const [first] = assumed;
  if (first === undefined) return [];
  const origin = first.origin === 'published' ? 'published' : 'inferred';
  return [finding('check.assumed-ip', { domain, ips: assumed.map(({ ip }) => ip), origin })];
}

/** Transport security needs no finding while no mail server is reachable, since a policy must list them. */
function isUseless({ id }: Finding, { mx }: DomainFacts): boolean {
  return mx?.canReceive === false && (id === 'mta-sts.none' || id === 'tls-rpt.none');
}

async function existsAtAll(domain: string, budget: QueryBudget): Promise<boolean | null> {
  const answer = await budget.at(1).query(domain, 'TXT');
  return answer.kind === 'error' ? null : answer.kind !== 'nxdomain' || answer.aliases.length > 0;
}

/**
 * Mail from the domain itself, through its known senders: aligned where SPF passes for a domain of the same organization,
 * or a usable key is published. No finding where there may be a key with an unknown selector.
 */
function alignmentFindings(request: SectionRequest, { spf, dkim }: DomainFacts, first: string): Finding[] {
  const { domain } = request;
  const ips = publicIpsOf(request);
  if (spf === undefined || dkim === undefined) return [];
  const { inspection } = spf;
  const known = spf.outcomes.slice(0, ips.length);
  const failing = known.find(({ result }) => result !== 'pass' && result !== 'temperror');
  const result = failing?.result ?? resultForAll(inspection);
  const absent =
    dkim.discovery === undefined
      ? dkim.keys.every(({ status }) => status === 'none')
      : dkim.discovery.verdict === 'absent';
  const aligned = registrableDomain(inspection.domain) === registrableDomain(domain);
  if ((result === undefined && aligned) || !absent) return [];
  const keys = dkim.keys.length === 0 ? ['absent'] : dkim.keys.map(({ selector }) => `missing ${selector} ${domain}`);
  const unauthorised = known.filter((outcome) => outcome.result !== 'pass').map(({ ip }) => ip);
  const record = inspection.status === 'none' ? first : proposedSpf(inspection, ips, unauthorised);
  const spfSays = `${aligned ? result : 'unaligned'} ${inspection.domain}`;
  return [finding('alignment.none', { headerFrom: domain, spf: spfSays, record: aligned ? record : '', dkim: keys })];
}

/** The record that is proposed for a domain without one, so that all findings propose the same. */
function firstRecordOf(findings: readonly Finding[]): string {
  const none = findings.find((found) => found.id === 'spf.none');
  return none?.id === 'spf.none' ? none.args.record : '';
}

/** The user cannot change the zone of a mailbox provider: the problem is that his server sends from it. */
function ofForeignMailbox(domain: string, { spf }: DomainFacts, findings: readonly Finding[]): readonly Finding[] {
  const failing = findings.some(({ id }) => id === 'alignment.none' || id === 'spf.fail' || id === 'spf.softfail');
  if (!failing || !isFreeMailbox(domain)) return findings;
  return withoutForeignZones(findings, { headerFrom: domain, spfDomain: spf?.inspection.domain ?? '', aligned: false });
}
