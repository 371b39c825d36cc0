// The pre-flight: would mail from this sender through this relay be aligned (RFC 9989 section 4.4), and which sender would be?

import { type DkimKeyOutcome, inspectDkimKey, type KeyMatch, matchKey } from '../dkim/inspect.ts';
import { evaluateDmarc } from '../dmarc/evaluate.ts';
import type { DmarcOutcome } from '../dmarc/types.ts';
import { queryBudget } from '../dns/budget.ts';
import { type Resolver, recordsOf } from '../dns/types.ts';
import { type Finding, finding } from '../findings/catalog.ts';
import { domainOfAddress } from '../message/address.ts';
import { freeMailboxProvider, providerOfSpfName, providerOfSubmission } from '../providers/lookup.ts';
import type { Provider } from '../providers/types.ts';
import { checkHost } from '../spf/check-host.ts';
import { extendedSpf, firstSpf } from '../spf/propose.ts';
import { fetchRecord } from '../spf/record.ts';
import type { SpfOutcome, SpfRecordNode, SpfResult } from '../spf/types.ts';
import { type DomainResult, toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { prove, unansweredOf } from './prove.ts';
import { sampleOfRecord } from './prove-spf.ts';
import type { CheckContext, PreflightAnswer, PreflightRequest, PreflightVerdict } from './types.ts';

/** Addresses of the relay that are looked at; more are not one relay's. */
export const MAX_SENDING_IPS = 4;
/** A good answer is believed no longer than an hour, whatever DNS says, and at least a minute, so that a burst of mail asks once. */
export const LONGEST_TTL = 3600;
export const SHORTEST_TTL = 60;
/** A bad answer is asked for again soon: someone is about to mend it. */
export const LONGEST_BAD_TTL = 300;

type Identity = NonNullable<PreflightRequest['dkim']>[number];
interface Voice {
  /** Of SPF: the record that would let every sending address pass; '' where that would not align. */
  record?: string;
  aligned: boolean | null;
  /** As in the finding's arguments: "fail shop.example". */
  said: string;
}
interface Judged {
  verdict: PreflightVerdict;
  dmarc: DmarcOutcome;
  spf: Voice;
  dkim: Voice[];
}

/** Answers a pre-flight request. Never throws; what DNS did not answer makes the verdict `unknown`, never `misaligned`. */
export async function preflight(request: PreflightRequest, context: CheckContext): Promise<PreflightAnswer> {
  const budget = queryBudget(context.resolver, { ...context.budget, now: context.clock });
  const resolver = budget.at(0);
  const { now } = context;
  const way = await wayOf(request, resolver);
  const judgeOver = async (over: Resolver) => {
    const [spf, keys] = await Promise.all([
      evaluateSpf(way, mailFromOf(request), request, over, now),
      Promise.all(
        (request.dkim ?? []).map(({ domain, selector }) =>
          inspectDkimKey(domain, selector, over, { misplaced: false }),
        ),
      ),
    ]);
    const judged = await judge(request.headerFrom, spf, request.dkim ?? [], keys, over);
    return { keys, judged: isOwnMailbox(judged, way) ? ownMailbox(judged, way) : judged };
  };
  const { judged, keys } = await judgeOver(resolver);
  const suggestedSender = await suggestion(request, judged, way, keys, resolver, now);
  const findings = await prove({
    domain: judged.dmarc.domain,
    given: way.ips,
    findings: findingsOf(judged, suggestedSender),
    resolver,
    now,
    unanswered: unansweredOf(budget),
    recheck: async (over) => findingsOf((await judgeOver(over)).judged, suggestedSender),
  });
  const good = judged.verdict.startsWith('aligned');
  return {
    verdict: judged.verdict,
    reason: reasonOf(judged),
    findings,
    suggestedSender,
    ttl: Math.max(SHORTEST_TTL, Math.min(budget.ttl(), good ? LONGEST_TTL : LONGEST_BAD_TTL)),
    checkedAt: now.toISOString(),
  };
}

/** How the mail leaves, as far as it is known. */
interface Way {
  /** Addresses that receivers will see; none where that is not known. */
  ips: string[];
  /** They are those of the relay's name: the relay may send from others. */
  inferred: boolean;
  /** The relay is this provider's: it sends from addresses of its own choice, and signs by itself. */
  provider?: Provider;
}

/**
 * The addresses given, else those of the relay's name. A provider's submission host and an address that only this
 * machine's network reaches say nothing about the address that receivers see.
 */
async function wayOf({ sendingIps = [], relayHost }: PreflightRequest, resolver: Resolver): Promise<Way> {
  const given = publicOf(sendingIps);
  if (given.length > 0) return { ips: given, inferred: false };
  const unknown: Way = { ips: [], inferred: true };
  if (relayHost === undefined) return unknown;
  const provider = providerOfSubmission(relayHost);
  if (provider !== undefined) return { ...unknown, provider };
  if (parseIp(relayHost) !== undefined) return { ips: publicOf([relayHost]), inferred: true };
  const answers = await Promise.all([resolver.query(relayHost, 'A'), resolver.query(relayHost, 'AAAA')]);
  return { ips: publicOf(answers.flatMap((answer) => [...recordsOf(answer)])), inferred: true };
}

function publicOf(texts: readonly string[]): string[] {
  const ips = texts.flatMap((text) => parseIp(text) ?? []).filter((ip) => !isUnreachable(ip));
  return ips.map(({ text }) => text).slice(0, MAX_SENDING_IPS);
}

/** The envelope sender as receivers will see it. */
function mailFromOf({ envelopeFrom, returnPath }: PreflightRequest): string {
  if (returnPath === undefined) return envelopeFrom;
  return returnPath.includes('@') ? returnPath : `postmaster@${returnPath}`;
}

/** SPF as it will be, and how far that is known. */
type SpfJudgement = SpfOutcome & {
  /**
   * `known`: for every address that may send; `inferred`: for an address that is only assumed to send, so that nothing
   * but a pass counts; `provider`: for an address of the provider's.
   */
  basis: 'known' | 'inferred' | 'provider';
  ips: readonly string[];
  provider?: Provider;
  /** Where the domain has no record: the hosts that receive its mail, whose provider a first record has to name. */
  mxHosts?: readonly string[];
};

/** Why SPF cannot be evaluated: a null sender without a HELO name; no address is known. */
type Unevaluated = 'no-identity' | 'none-known';

async function evaluateSpf(
  way: Way,
  mailFrom: string,
  { helo, relayHost, returnPath }: PreflightRequest,
  resolver: Resolver,
  now: Date,
): Promise<SpfJudgement | Unevaluated> {
  // The null sender is judged by the HELO name (RFC 7208 section 2.4), and without it there is nothing to judge.
  if (mailFrom === '' && helo === undefined) return 'no-identity';
  const check = (ip: string) => checkHost({ ip, helo: helo ?? relayHost ?? 'unknown', mailFrom }, resolver, { now });
  const { ips, provider } = way;
  if (provider !== undefined) {
    const sample = await sampleOfProvider(provider, toAscii(domainOfAddress(mailFrom)), resolver);
    if (sample === undefined) return 'none-known';
    const outcome = await check(sample);
    // Where the provider puts an envelope sender of its own, the record of this domain is not asked for.
    const basis = provider.returnPath === undefined || returnPath !== undefined ? 'provider' : 'inferred';
    return { ...outcome, basis, ips: [], provider };
  }
  if (ips.length === 0) {
    const anywhere = await check(ANY_ADDRESS);
    return holdsForAll(anywhere) ? { ...anywhere, basis: 'known', ips } : 'none-known';
  }
  // The worst address decides: which of them a connection leaves from cannot be known.
  const outcomes = await Promise.all(ips.map(check));
  const [worst] = outcomes.sort((one, other) => GOODNESS.indexOf(one.result) - GOODNESS.indexOf(other.result));
  const basis = way.inferred && !holdsForAll(worst!) ? 'inferred' : 'known';
  return { ...worst!, basis, ips, mxHosts: worst!.result === 'none' ? await mxHostsOf(worst!.domain, resolver) : [] };
}

async function mxHostsOf(domain: string, resolver: Resolver): Promise<string[]> {
  const hosts = recordsOf(await resolver.query(domain, 'MX')).map(({ exchange }) => exchange);
  return hosts.filter((host) => host !== '.' && host !== '');
}

/** An address of documentation, which no honest record names (RFC 5737). */
const ANY_ADDRESS = '192.0.2.1';

/** No address came to a term that depends on it: no record, several, a syntax error (RFC 7208 sections 4.5 and 4.6). */
function holdsForAll({ result, record }: SpfOutcome): boolean {
  return result === 'none' || (result === 'permerror' && record !== null && dependsOnNothing(record));
}

function dependsOnNothing({ terms }: SpfRecordNode): boolean {
  return terms.every(
    (term) =>
      term.result !== 'match' &&
      term.result !== 'no-match' &&
      (term.record === undefined || dependsOnNothing(term.record)),
  );
}

/**
 * An address from which the provider sends: of its include, or of the one in the domain's record where it has several for
 * its customers; if the record has none, any other address serves as one. Undefined if that is not known.
 */
async function sampleOfProvider(
  provider: Provider,
  domain: DomainResult,
  resolver: Resolver,
): Promise<string | undefined> {
  const { spf } = provider;
  if (spf === undefined) return undefined;
  let include = spf.include;
  if (include === undefined && domain.ok) {
    const fetched = await fetchRecord(domain.name, resolver);
    if (fetched.kind === 'error') return undefined;
    const terms = fetched.kind === 'record' ? fetched.record.terms.map(({ text }) => text) : [];
    const names = terms.flatMap((text) => /^\+?(?:include:|redirect=)(.+)$/i.exec(text)?.[1] ?? []);
    include = names.find((name) => providerOfSpfName(name) === provider);
    if (include === undefined) return ANY_ADDRESS;
  }
  const found = include === undefined ? undefined : await sampleOfRecord(include, resolver);
  return typeof found === 'object' ? found.ip : undefined;
}

const GOODNESS: readonly SpfResult[] = ['permerror', 'fail', 'softfail', 'none', 'neutral', 'temperror', 'pass'];

async function judge(
  headerFrom: string,
  spf: SpfJudgement | Unevaluated,
  identities: readonly Identity[],
  keys: readonly DkimKeyOutcome[],
  resolver: Resolver,
): Promise<Judged> {
  const states = identities.map((identity, index) => matchKey(keys[index]!, identity.publicKey));
  const dmarc = await evaluateDmarc(
    {
      headerFrom,
      ...(typeof spf === 'string' ? {} : { spf: { domain: spf.domain, result: spf.result } }),
      dkim: identities.map(({ domain }, index) => ({ domain, result: RESULT_OF_STATE[states[index]!] })),
    },
    resolver,
  );
  const voices = {
    spf: spfVoice(spf, dmarc),
    dkim: states.map((state, index) => dkimVoice(state, identities[index]!, dmarc, index)),
  };
  const spfAligned = voices.spf.aligned;
  const dkimAligned = voices.dkim.some(({ aligned }) => aligned === true)
    ? true
    : voices.dkim.some(({ aligned }) => aligned === null)
      ? null
      : false;
  return { verdict: verdictOf(spfAligned, dkimAligned), dmarc, ...voices };
}

function verdictOf(spf: boolean | null, dkim: boolean | null): PreflightVerdict {
  if (spf === true && dkim === true) return 'aligned';
  if (spf === true) return 'aligned_by_spf_only';
  if (dkim === true) return 'aligned_by_dkim_only';
  return spf === null || dkim === null ? 'unknown' : 'misaligned';
}

function spfVoice(spf: SpfJudgement | Unevaluated, dmarc: DmarcOutcome): Voice {
  if (typeof spf === 'string') return { aligned: null, said: spf };
  const alignment = dmarc.spf?.aligned ?? null;
  const { result, domain, basis, provider, ip } = spf;
  if (provider !== undefined && basis === 'inferred') return { aligned: null, said: `provider ${provider.id}` };
  if (result === 'pass' && alignment === false) return { aligned: false, said: `unaligned ${domain}` };
  // temperror is trouble on the way to the answer, not an answer.
  if (result === 'temperror') return { aligned: alignment === false ? false : null, said: `temperror ${domain}` };
  if (result === 'pass') return { aligned: alignment, said: `pass ${domain}` };
  if (alignment === false) return { aligned: false, said: `${result} ${domain}` };
  // The signature that the provider makes may align all the same.
  if (provider !== undefined && result === 'permerror') return { aligned: null, said: `permerror ${domain}` };
  if (provider !== undefined) return { aligned: null, said: `unnamed ${domain} ${provider.id}` };
  if (basis === 'inferred') return { aligned: null, said: `${result} ${domain} ${ip}` };
  // Where the record is broken in a place of its own, adding the address does not correct it.
  const text = spf.record?.text ?? undefined;
  const record =
    alignment === true && result !== 'permerror' && spf.ips.length > 0
      ? {
          record:
            text === undefined ? firstSpf({ ips: spf.ips, mxHosts: spf.mxHosts ?? [] }) : extendedSpf(text, spf.ips),
        }
      : {};
  return { aligned: false, said: `${result} ${domain}`, ...record };
}

const RESULT_OF_STATE: Record<KeyMatch, string> = {
  ok: 'pass',
  missing: 'permerror',
  unusable: 'permerror',
  different: 'fail',
  unknown: 'temperror',
};

function dkimVoice(state: KeyMatch, { selector, domain }: Identity, dmarc: DmarcOutcome, index: number): Voice {
  const alignment = dmarc.dkim[index]?.aligned ?? null;
  const aligned = alignment === false ? false : state === 'unknown' ? null : state === 'ok' ? alignment : false;
  return { aligned, said: `${state === 'ok' && alignment === false ? 'unaligned' : state} ${selector} ${domain}` };
}

/** The configured sender, else the envelope sender, where mail from it would be aligned; null for an aligned or unknown mail. */
async function suggestion(
  request: PreflightRequest,
  judged: Judged,
  way: Way,
  keys: readonly DkimKeyOutcome[],
  resolver: Resolver,
  now: Date,
): Promise<string | null> {
  if (judged.verdict !== 'misaligned' && !isForeignMailbox(judged)) return null;
  for (const sender of new Set([request.sender ?? '', request.envelopeFrom])) {
    if (sender === '' || sender === request.headerFrom) continue;
    const spf = await evaluateSpf(way, sender, request, resolver, now);
    const { verdict } = await judge(sender, spf, request.dkim ?? [], keys, resolver);
    if (verdict.startsWith('aligned')) return sender;
  }
  return null;
}

/** From at a free mailbox, and nothing shows that its provider sends the mail. */
function isForeignMailbox({ verdict, dmarc, spf }: Judged): boolean {
  return (
    !verdict.startsWith('aligned') && !spf.said.startsWith('own ') && freeMailboxProvider(dmarc.domain) !== undefined
  );
}

/** From at a free mailbox whose own provider takes the mail. */
function isOwnMailbox({ verdict, dmarc }: Judged, { provider }: Way): boolean {
  return provider !== undefined && !verdict.startsWith('aligned') && freeMailboxProvider(dmarc.domain) === provider;
}

/** It sends from its own servers and signs by itself, so that nothing speaks against the mail, whatever is seen of it. */
function ownMailbox(judged: Judged, { provider }: Way): Judged {
  return { ...judged, verdict: 'unknown', spf: { aligned: null, said: `own ${provider!.id}` } };
}

function findingsOf(judged: Judged, suggestedSender: string | null): Finding[] {
  const { verdict, dmarc, spf, dkim } = judged;
  const headerFrom = dmarc.domain;
  const voices = { headerFrom, spf: spf.said, record: spf.record ?? '', dkim: dkim.map(({ said }) => said) };
  const findings: Finding[] = [];
  if (isForeignMailbox(judged)) findings.push(finding('alignment.free-mailbox', { headerFrom }));
  else if (verdict === 'misaligned') findings.push(finding('alignment.none', voices));
  else if (verdict === 'unknown') findings.push(finding('alignment.unknown', voices));
  if (verdict === 'aligned_by_spf_only') findings.push(finding('alignment.spf-only', { headerFrom }));
  if (verdict === 'aligned_by_dkim_only')
    findings.push(finding('alignment.dkim-only', { headerFrom, spf: besidesDkim(spf) }));
  if (suggestedSender !== null) findings.push(finding('alignment.sender', { sender: suggestedSender }));
  return findings;
}

/** What SPF says beside a signature that aligns, for `alignment.dkim-only`. */
function besidesDkim({ aligned, said }: Voice): string {
  if (aligned === null) return 'unknown';
  return said.startsWith('unaligned ') ? said : 'fails';
}

function reasonOf({ verdict, dmarc, spf, dkim }: Judged): string {
  const signatures =
    dkim.length === 0 ? 'no DKIM identity is configured' : `DKIM: ${dkim.map(({ said }) => said).join(', ')}`;
  const policy = dmarc.policy === undefined ? 'no DMARC policy' : `DMARC policy ${dmarc.policy}`;
  return `From ${dmarc.domain} is ${verdict.replaceAll('_', ' ')} (SPF: ${spf.said}; ${signatures}; ${policy})`;
}
