// The pre-flight: would mail from this sender through this relay be aligned (RFC 9989 section 4.4), and which sender would be?

import { type DkimKeyOutcome, inspectDkimKey } from '../dkim/inspect.ts';
import { keysEqual } from '../dkim/private-key.ts';
import { evaluateDmarc } from '../dmarc/evaluate.ts';
import type { DmarcOutcome } from '../dmarc/types.ts';
import { queryBudget } from '../dns/budget.ts';
import type { Resolver } from '../dns/types.ts';
import { type Finding, finding } from '../findings/catalog.ts';
import { checkHost } from '../spf/check-host.ts';
import { mergeSpf } from '../spf/correct.ts';
import { extendedSpf } from '../spf/propose.ts';
import type { SpfOutcome, SpfResult } from '../spf/types.ts';
import { parseIp } from '../text/ip.ts';
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
  const ips = await addressesOf(request, resolver);
  const [spf, keys] = await Promise.all([
    evaluateSpf(ips, request.envelopeFrom, request, resolver, context.now),
    Promise.all(
      (request.dkim ?? []).map((identity) =>
        inspectDkimKey(identity.domain, identity.selector, resolver, { misplaced: false }),
      ),
    ),
  ]);
  const judged = await judge(request.headerFrom, spf, request.dkim ?? [], keys, resolver);
  const suggestedSender = await suggestion(request, judged, ips, keys, resolver, context.now);
  const findings = findingsOf(judged, suggestedSender);
  const good = judged.verdict.startsWith('aligned');
  return {
    verdict: judged.verdict,
    reason: reasonOf(judged),
    findings,
    suggestedSender,
    ttl: Math.max(SHORTEST_TTL, Math.min(budget.ttl(), good ? LONGEST_TTL : LONGEST_BAD_TTL)),
    checkedAt: context.now.toISOString(),
  };
}

/** The addresses that receivers will see: those given, else those of the relay's name, of both IP versions. */
async function addressesOf(request: PreflightRequest, resolver: Resolver): Promise<string[]> {
  const given = (request.sendingIps ?? []).flatMap((text) => parseIp(text)?.text ?? []);
  if (given.length > 0) return given.slice(0, MAX_SENDING_IPS);
  if (request.relayHost === undefined) return [];
  const literal = parseIp(request.relayHost);
  if (literal !== undefined) return [literal.text];
  const answers = await Promise.all([
    resolver.query(request.relayHost, 'A'),
    resolver.query(request.relayHost, 'AAAA'),
  ]);
  return answers.flatMap((answer) => (answer.kind === 'ok' ? answer.records : [])).slice(0, MAX_SENDING_IPS);
}

async function evaluateSpf(
  ips: readonly string[],
  mailFrom: string,
  { helo, relayHost, sendingIps }: PreflightRequest,
  resolver: Resolver,
  now: Date,
): Promise<SpfJudgement | undefined> {
  const outcomes = await Promise.all(
    ips.map((ip) => checkHost({ ip, helo: helo ?? relayHost ?? 'unknown', mailFrom }, resolver, { now })),
  );
  // The worst address decides: which of them a connection leaves from cannot be known.
  const [worst, ...others] = outcomes.sort(
    (one, other) => GOODNESS.indexOf(one.result) - GOODNESS.indexOf(other.result),
  );
  // Of addresses that only stand under the relay's name, one may never send: many relays have an AAAA record and send over IPv4.
  const guessed = (sendingIps ?? []).length === 0;
  const mixed = guessed && others.some(({ result }) => result === 'pass') && worst?.result !== 'pass';
  return worst === undefined ? undefined : { ...worst, mixed, ips };
}

/** SPF of the address that does worst; `mixed` where another would pass and which one sends is not known. */
type SpfJudgement = SpfOutcome & { mixed: boolean; ips: readonly string[] };

const GOODNESS: readonly SpfResult[] = ['permerror', 'fail', 'softfail', 'none', 'neutral', 'temperror', 'pass'];

async function judge(
  headerFrom: string,
  spf: SpfJudgement | undefined,
  identities: readonly Identity[],
  keys: readonly DkimKeyOutcome[],
  resolver: Resolver,
): Promise<Judged> {
  const states = identities.map((identity, index) => keyState(identity, keys[index]!));
  const dmarc = await evaluateDmarc(
    {
      headerFrom,
      ...(spf === undefined ? {} : { spf: { domain: spf.domain, result: spf.result } }),
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

function spfVoice(spf: SpfJudgement | undefined, dmarc: DmarcOutcome): Voice {
  if (spf === undefined) return { aligned: null, said: 'none-known' };
  const alignment = dmarc.spf?.aligned ?? null;
  if (spf.result === 'pass' && alignment === false) return { aligned: false, said: `unaligned ${spf.domain}` };
  if (spf.mixed && alignment !== false) return { aligned: null, said: `${spf.result} ${spf.domain}` };
  // temperror is trouble on the way to the answer, not an answer.
  if (spf.result === 'temperror')
    return { aligned: alignment === false ? false : null, said: `temperror ${spf.domain}` };
  // Where the record is broken in a place of its own, adding the address does not mend it.
  const mendable = alignment === true && spf.result !== 'pass' && spf.result !== 'permerror';
  const text = spf.record?.text ?? null;
  const extended = text === null ? mergeSpf(undefined, { ips: spf.ips }) : extendedSpf(text, spf.ips);
  const record = mendable ? { record: extended } : {};
  return { aligned: spf.result === 'pass' ? alignment : false, said: `${spf.result} ${spf.domain}`, ...record };
}

type KeyState = 'ok' | 'missing' | 'unusable' | 'different' | 'unknown';
const RESULT_OF_STATE: Record<KeyState, string> = {
  ok: 'pass',
  missing: 'permerror',
  unusable: 'permerror',
  different: 'fail',
  unknown: 'temperror',
};

function keyState({ publicKey }: Identity, key: DkimKeyOutcome): KeyState {
  if (key.status === 'unknown') return 'unknown';
  if (key.status === 'none') return 'missing';
  if (key.status !== 'ok') return 'unusable';
  return publicKey === undefined || keysEqual(publicKey, key.facts?.publicKey ?? '') ? 'ok' : 'different';
}

function dkimVoice(state: KeyState, { selector, domain }: Identity, dmarc: DmarcOutcome, index: number): Voice {
  const alignment = dmarc.dkim[index]?.aligned ?? null;
  const aligned = alignment === false ? false : state === 'unknown' ? null : state === 'ok' ? alignment : false;
  return { aligned, said: `${state === 'ok' && alignment === false ? 'unaligned' : state} ${selector} ${domain}` };
}

/** The configured sender, else the envelope sender, where mail from it would be aligned; null for an aligned or unknown mail. */
async function suggestion(
  request: PreflightRequest,
  judged: Judged,
  ips: readonly string[],
  keys: readonly DkimKeyOutcome[],
  resolver: Resolver,
  now: Date,
): Promise<string | null> {
  if (judged.verdict !== 'misaligned') return null;
  for (const sender of new Set([request.sender ?? '', request.envelopeFrom])) {
    if (sender === '' || sender === request.headerFrom) continue;
    const spf = await evaluateSpf(ips, sender, request, resolver, now);
    const { verdict } = await judge(sender, spf, request.dkim ?? [], keys, resolver);
    if (verdict.startsWith('aligned')) return sender;
  }
  return null;
}

function findingsOf({ verdict, dmarc, spf, dkim }: Judged, suggestedSender: string | null): Finding[] {
  const headerFrom = dmarc.domain;
  const voices = { headerFrom, spf: spf.said, record: spf.record ?? '', dkim: dkim.map(({ said }) => said) };
  const findings: Finding[] = [];
  if (verdict === 'misaligned') findings.push(finding('alignment.none', voices));
  if (verdict === 'unknown') findings.push(finding('alignment.unknown', voices));
  if (verdict === 'aligned_by_spf_only') findings.push(finding('alignment.spf-only', { headerFrom }));
  if (verdict === 'aligned_by_dkim_only') findings.push(finding('alignment.dkim-only', { headerFrom }));
  if (suggestedSender !== null) findings.push(finding('alignment.sender', { sender: suggestedSender }));
  return findings;
}

function reasonOf({ verdict, dmarc, spf, dkim }: Judged): string {
  const signatures =
    dkim.length === 0 ? 'no DKIM identity is configured' : `DKIM: ${dkim.map(({ said }) => said).join(', ')}`;
  const policy = dmarc.policy === undefined ? 'no DMARC policy' : `DMARC policy ${dmarc.policy}`;
  return `From ${dmarc.domain} is ${verdict.replaceAll('_', ' ')} (SPF: ${spf.said}; ${signatures}; ${policy})`;
}
