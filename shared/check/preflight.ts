// The pre-flight: whether mail from this sender through this relay would be aligned (RFC 9989 section 4.4), and from which sender it would.

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

/** Addresses of the relay that are checked; one relay has no more. */
export const MAX_SENDING_IPS = 4;
/** Seconds that a good answer is kept: at most an hour, and at least a minute, so that a burst of mail is checked once. */
export const LONGEST_TTL = 3600;
export const SHORTEST_TTL = 60;
/** Seconds that a bad answer is kept: shorter, since it may be fixed soon. */
export const LONGEST_BAD_TTL = 300;

type Identity = NonNullable<PreflightRequest['dkim']>[number];
/** The result of SPF or of one signature. */
interface MethodResult {
  /** Of SPF: the record with which every sending address would pass; absent where that would not align. */
  record?: string;
  aligned: boolean | null;
  /** The code of the finding's arguments, and the names after it: "fail", "shop.example". */
  code: string;
  names: readonly string[];
}
interface Evaluated {
  verdict: PreflightVerdict;
  dmarc: DmarcOutcome;
  spf: MethodResult;
  dkim: MethodResult[];
}

const argumentOf = ({ code, names }: MethodResult): string => [code, ...names].join(' ');

/** Answers a pre-flight request. Never throws; without an answer of DNS the verdict is `unknown`, never `misaligned`. */
export async function preflight(request: PreflightRequest, context: CheckContext): Promise<PreflightAnswer> {
  const budget = queryBudget(context.resolver, { ...context.budget, now: context.clock });
  const resolver = budget.at(0);
  const { now } = context;
  const route = await routeOf(request, resolver);
  const evaluateOver = async (over: Resolver) => {
    const [spf, keys] = await Promise.all([
      evaluateSpf(route, mailFromOf(request), request, over, now),
      Promise.all(
        (request.dkim ?? []).map(({ domain, selector }) =>
          inspectDkimKey(domain, selector, over, { misplaced: false }),
        ),
      ),
    ]);
    return {
      keys,
      evaluated: ownMailbox(await evaluate(request.headerFrom, spf, request.dkim ?? [], keys, over), route),
    };
  };
  const { evaluated, keys } = await evaluateOver(resolver);
  const suggestedSender = await suggestion(request, evaluated, route, keys, resolver, now);
  const findings = await prove({
    domain: evaluated.dmarc.domain,
    given: route.ips,
    findings: findingsOf(evaluated, suggestedSender),
    resolver,
    now,
    unanswered: unansweredOf(budget),
    recheck: async (over) => findingsOf((await evaluateOver(over)).evaluated, suggestedSender),
  });
  const good = evaluated.verdict.startsWith('aligned');
  return {
    verdict: evaluated.verdict,
    reason: reasonOf(evaluated),
    findings,
    suggestedSender,
    ttl: Math.max(SHORTEST_TTL, Math.min(budget.ttl(), good ? LONGEST_TTL : LONGEST_BAD_TTL)),
    checkedAt: now.toISOString(),
  };
}

/** The hosts that send the mail, as far as they are known. */
interface Route {
  /** Addresses that receivers see; none where they are unknown. */
  ips: string[];
  /** They are those of the relay's name, which may send from others. */
  inferred: boolean;
  /** The relay is this provider's: it chooses the addresses, and signs the mail itself. */
  provider?: Provider;
}

/**
 * The given addresses, else those of the relay's name. A provider's submission host and an internal address do not show
 * the address that receivers see.
 */
async function routeOf({ sendingIps = [], relayHost }: PreflightRequest, resolver: Resolver): Promise<Route> {
  const given = publicOf(sendingIps);
  if (given.length > 0) return { ips: given, inferred: false };
  const unknown: Route = { ips: [], inferred: true };
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

/** The envelope sender that receivers see. */
function mailFromOf({ envelopeFrom, returnPath }: PreflightRequest): string {
  if (returnPath === undefined) return envelopeFrom;
  return returnPath.includes('@') ? returnPath : `postmaster@${returnPath}`;
}

/** The expected result of SPF, and its basis. */
type ExpectedSpf = SpfOutcome & {
  /**
   * `known`: for every address that may send; `inferred`: for an address that is only assumed to send, so only a pass
   * counts; `provider`: for an address of the provider.
   */
  basis: 'known' | 'inferred' | 'provider';
  ips: readonly string[];
  provider?: Provider;
  /** For a domain without a record: its MX hosts, whose provider a first record must include. */
  mxHosts?: readonly string[];
};

/** Why SPF cannot be evaluated: a null sender without a HELO name; no known address. */
type Unevaluated = 'no-identity' | 'none-known';

async function evaluateSpf(
  route: Route,
  mailFrom: string,
  { helo, relayHost, returnPath }: PreflightRequest,
  resolver: Resolver,
  now: Date,
): Promise<ExpectedSpf | Unevaluated> {
  // For the null sender SPF evaluates the HELO name (RFC 7208 section 2.4).
  if (mailFrom === '' && helo === undefined) return 'no-identity';
  const check = (ip: string) => checkHost({ ip, helo: helo ?? relayHost ?? 'unknown', mailFrom }, resolver, { now });
  const { ips, provider } = route;
  if (provider !== undefined) {
    const sample = await sampleOfProvider(provider, toAscii(domainOfAddress(mailFrom)), resolver);
    if (sample === undefined) return 'none-known';
    const outcome = await check(sample);
    // Where the provider replaces the envelope sender, the record of this domain is not evaluated.
    const basis = provider.returnPath === undefined || returnPath !== undefined ? 'provider' : 'inferred';
    return { ...outcome, basis, ips: [], provider };
  }
  if (ips.length === 0) {
    const anywhere = await check(ANY_ADDRESS);
    return holdsForAll(anywhere) ? { ...anywhere, basis: 'known', ips } : 'none-known';
  }
  // The worst address decides: it is unknown which of them a connection uses.
  const outcomes = await Promise.all(ips.map(check));
  const [worst] = outcomes.sort((one, other) => WORST_FIRST.indexOf(one.result) - WORST_FIRST.indexOf(other.result));
  if (worst === undefined) return 'none-known';
  const basis = route.inferred && !holdsForAll(worst) ? 'inferred' : 'known';
  return { ...worst, basis, ips, mxHosts: worst.result === 'none' ? await mxHostsOf(worst.domain, resolver) : [] };
}

async function mxHostsOf(domain: string, resolver: Resolver): Promise<string[]> {
  const hosts = recordsOf(await resolver.query(domain, 'MX')).map(({ exchange }) => exchange);
  return hosts.filter((host) => host !== '.' && host !== '');
}

/** An address for documentation, which no honest record has (RFC 5737). */
const ANY_ADDRESS = '192.0.2.1';

/** No term that depends on the address was evaluated: no record, several, a syntax error (RFC 7208 sections 4.5 and 4.6). */
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
 * An address that the provider sends from: of its include, or of the one in the domain's record where it has several for
 * its customers; if the record has none, any other address. Undefined if it is unknown.
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

const WORST_FIRST: readonly SpfResult[] = ['permerror', 'fail', 'softfail', 'none', 'neutral', 'temperror', 'pass'];

async function evaluate(
  headerFrom: string,
  spf: ExpectedSpf | Unevaluated,
  identities: readonly Identity[],
  keys: readonly DkimKeyOutcome[],
  resolver: Resolver,
): Promise<Evaluated> {
  const states = identities.map((identity, index): { identity: Identity; match: KeyMatch } => {
    const key = keys[index];
    return { identity, match: key === undefined ? 'unknown' : matchKey(key, identity.publicKey) };
  });
  const dmarc = await evaluateDmarc(
    {
      headerFrom,
      ...(typeof spf === 'string' ? {} : { spf: { domain: spf.domain, result: spf.result } }),
      dkim: states.map(({ identity: { domain }, match }) => ({ domain, result: RESULT_OF_MATCH[match] })),
    },
    resolver,
  );
  const results = {
    spf: spfResult(spf, dmarc),
    dkim: states.map(({ identity, match }, index) => dkimResult(match, identity, dmarc, index)),
  };
  const dkimAligned = results.dkim.some(({ aligned }) => aligned === true)
    ? true
    : results.dkim.some(({ aligned }) => aligned === null)
      ? null
      : false;
  return { verdict: verdictOf(results.spf.aligned, dkimAligned), dmarc, ...results };
}

function verdictOf(spf: boolean | null, dkim: boolean | null): PreflightVerdict {
  if (spf === true && dkim === true) return 'aligned';
  if (spf === true) return 'aligned_by_spf_only';
  if (dkim === true) return 'aligned_by_dkim_only';
  return spf === null || dkim === null ? 'unknown' : 'misaligned';
}

function spfResult(spf: ExpectedSpf | Unevaluated, dmarc: DmarcOutcome): MethodResult {
  if (typeof spf === 'string') return { aligned: null, code: spf, names: [] };
  const alignment = dmarc.spf?.aligned ?? null;
  const { result, domain, basis, provider, ip } = spf;
  const as = (aligned: boolean | null, code: string, ...more: string[]) => ({
    aligned,
    code,
    names: [domain, ...more],
  });
  if (provider !== undefined && basis === 'inferred') return { aligned: null, code: 'provider', names: [provider.id] };
  if (result === 'pass') return as(alignment, alignment === false ? 'unaligned' : 'pass');
  // temperror means that there is no result.
  if (result === 'temperror') return as(alignment === false ? false : null, 'temperror');
  if (alignment === false) return as(false, result);
  // The provider's signature may still be aligned.
  if (provider !== undefined && result === 'permerror') return as(null, 'permerror');
  if (provider !== undefined) return as(null, 'unnamed', provider.id);
  if (basis === 'inferred') return as(null, result, ip);
  // Where the record has another error, adding the address does not correct it.
  const text = spf.record?.text ?? undefined;
  const record =
    alignment === true && result !== 'permerror' && spf.ips.length > 0
      ? {
          record:
            text === undefined ? firstSpf({ ips: spf.ips, mxHosts: spf.mxHosts ?? [] }) : extendedSpf(text, spf.ips),
        }
      : {};
  return { ...as(false, result), ...record };
}

const RESULT_OF_MATCH: Record<KeyMatch, string> = {
  ok: 'pass',
  missing: 'permerror',
  unusable: 'permerror',
  different: 'fail',
  unknown: 'temperror',
};

function dkimResult(match: KeyMatch, { selector, domain }: Identity, dmarc: DmarcOutcome, index: number): MethodResult {
  const alignment = dmarc.dkim[index]?.aligned ?? null;
  const aligned = alignment === false ? false : match === 'unknown' ? null : match === 'ok' ? alignment : false;
  const code = match === 'ok' && alignment === false ? 'unaligned' : match;
  return { aligned, code, names: [selector, domain] };
}

/** The configured sender, else the envelope sender, where mail from it would be aligned; null for an aligned or unknown mail. */
async function suggestion(
  request: PreflightRequest,
  evaluated: Evaluated,
  route: Route,
  keys: readonly DkimKeyOutcome[],
  resolver: Resolver,
  now: Date,
): Promise<string | null> {
  if (evaluated.verdict !== 'misaligned' && !isForeignMailbox(evaluated)) return null;
  for (const sender of new Set([request.sender ?? '', request.envelopeFrom])) {
    if (sender === '' || sender === request.headerFrom) continue;
    const spf = await evaluateSpf(route, sender, request, resolver, now);
    const { verdict } = await evaluate(sender, spf, request.dkim ?? [], keys, resolver);
    if (verdict.startsWith('aligned')) return sender;
  }
  return null;
}

/** From at a free mailbox, without a sign that its provider sends the mail. */
function isForeignMailbox({ verdict, dmarc, spf }: Evaluated): boolean {
  return !verdict.startsWith('aligned') && spf.code !== 'own' && freeMailboxProvider(dmarc.domain) !== undefined;
}

/** From at a free mailbox whose own provider is the relay: it sends from its own servers and signs, so the result is unknown. */
function ownMailbox(evaluated: Evaluated, { provider }: Route): Evaluated {
  const { verdict, dmarc } = evaluated;
  if (provider === undefined || verdict.startsWith('aligned') || freeMailboxProvider(dmarc.domain) !== provider)
    return evaluated;
  return { ...evaluated, verdict: 'unknown', spf: { aligned: null, code: 'own', names: [provider.id] } };
}

function findingsOf(evaluated: Evaluated, suggestedSender: string | null): Finding[] {
  const { verdict, dmarc, spf, dkim } = evaluated;
  const headerFrom = dmarc.domain;
  const results = { headerFrom, spf: argumentOf(spf), record: spf.record ?? '', dkim: dkim.map(argumentOf) };
  const findings: Finding[] = [];
  if (isForeignMailbox(evaluated)) findings.push(finding('alignment.free-mailbox', { headerFrom }));
  else if (verdict === 'misaligned') findings.push(finding('alignment.none', results));
  else if (verdict === 'unknown') findings.push(finding('alignment.unknown', results));
  if (verdict === 'aligned_by_spf_only') findings.push(finding('alignment.spf-only', { headerFrom }));
  if (verdict === 'aligned_by_dkim_only')
    findings.push(finding('alignment.dkim-only', { headerFrom, spf: besidesDkim(spf) }));
  if (suggestedSender !== null) findings.push(finding('alignment.sender', { sender: suggestedSender }));
  return findings;
}

/** The result of SPF in addition to an aligned signature, for `alignment.dkim-only`. */
function besidesDkim(spf: MethodResult): string {
  if (spf.aligned === null) return 'unknown';
  return spf.code === 'unaligned' ? argumentOf(spf) : 'fails';
}

function reasonOf({ verdict, dmarc, spf, dkim }: Evaluated): string {
  const signatures = dkim.length === 0 ? 'no DKIM identity is configured' : `DKIM: ${dkim.map(argumentOf).join(', ')}`;
  const policy = dmarc.policy === undefined ? 'no DMARC policy' : `DMARC policy ${dmarc.policy}`;
  return `From ${dmarc.domain} is ${verdict.replaceAll('_', ' ')} (SPF: ${argumentOf(spf)}; ${signatures}; ${policy})`;
}
