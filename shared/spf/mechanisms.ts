// The mechanisms that compare the client with names and addresses: a, mx, ptr, exists, ip4, ip6 (RFC 7208 section 5).

import type { Answer, DnsErrorReason } from '../dns/types.ts';
import { isWithin, sameName } from '../text/domain.ts';
import { inNetwork, parseIp, reverseName } from '../text/ip.ts';
import { inNetwork4, readAddress4 } from './address.ts';
import { type Client, type ClientNames, type Evaluation, MAX_MX_NAMES, MAX_PTR_NAMES } from './evaluation.ts';
import { expandName, type MacroValues, staticText, usesLetter } from './macro.ts';
import { askableName, plainName } from './name.ts';
import type { MacroString, Mechanism, SpfProblem } from './types.ts';

/** The result of a term, or the error that ends the evaluation. */
export type Verdict = 'match' | 'no-match' | { error: 'temperror' | 'permerror'; problem?: SpfProblem };

/** MX hosts queried at once: most domains have fewer, and a match at the first few costs only these queries. */
const MX_HOSTS_AT_ONCE = 5;

/** `a` and `exists` (RFC 7208 sections 5.3 and 5.7): `exists` uses A records for clients of either IP version. */
export async function matchAddress(
  evaluation: Evaluation,
  domain: string,
  mechanism: Mechanism,
  target: string,
): Promise<Verdict> {
  const answer = await evaluation.ask(target, mechanism.name === 'exists' ? 'A' : evaluation.addressType);
  const early = emptyOrError(evaluation, domain, mechanism, target, answer);
  if (early !== undefined) return early;
  if (mechanism.name === 'exists') return 'match';
  return holdsClient(answer, evaluation.client, mechanism) ? 'match' : 'no-match';
}

/** `mx` (RFC 7208 section 5.4). */
export async function matchMx(
  evaluation: Evaluation,
  domain: string,
  mechanism: Mechanism,
  target: string,
): Promise<Verdict> {
  const answer = await evaluation.ask(target, 'MX');
  const early = emptyOrError(evaluation, domain, mechanism, target, answer);
  if (early !== undefined || answer.kind !== 'ok') return early ?? 'no-match';
  const hosts = [...answer.records].sort((a, b) => a.preference - b.preference).map(({ exchange }) => exchange);
  const found: { address: boolean; nothingAt?: string } = { address: false };
  for (let from = 0; from < hosts.length; from += MX_HOSTS_AT_ONCE) {
    // Queried together, evaluated in order: the result is the same as with one query after another.
    const batch = hosts
      .slice(from, Math.min(from + MX_HOSTS_AT_ONCE, MAX_MX_NAMES))
      .map((host) => askableName(host, { singleLabel: true }));
    for (const host of batch) if (host !== undefined) void evaluation.prefetch(host, evaluation.addressType);
    for (const host of batch) {
      // A null MX (RFC 7505) and names that are not valid query names have no address.
      if (host === undefined) continue;
      const addresses = await evaluation.ask(host, evaluation.addressType);
      if (addresses.kind === 'error' && addresses.reason !== 'badname') {
        return dnsError(domain, mechanism, host, addresses.reason);
      }
      if (holdsClient(addresses, evaluation.client, mechanism)) return 'match';
      if (addresses.kind === 'ok') found.address = true;
      else if (addresses.kind !== 'error') found.nothingAt ??= host;
    }
    // RFC 7208 section 4.6.4: querying more than 10 address records "MUST produce a permerror".
    if (from + MX_HOSTS_AT_ONCE >= MAX_MX_NAMES && hosts.length > MAX_MX_NAMES) {
      const problem: SpfProblem = { kind: 'mx-exceeded', domain, term: mechanism.text, at: mechanism.at, name: target };
      return { error: 'permerror', problem };
    }
  }
  // RFC 7208 section 4.6.4 counts terms: this one is a void lookup where none of its hosts has an address.
  if (found.address || found.nothingAt === undefined) return 'no-match';
  return evaluation.countVoid(domain, mechanism, found.nothingAt) ? 'no-match' : { error: 'permerror' };
}

/** `ptr` (RFC 7208 section 5.5): a DNS error is a mismatch, but queries that this check did not send leave the result unknown. */
export async function matchPtr(
  evaluation: Evaluation,
  domain: string,
  mechanism: Mechanism,
  target: string,
): Promise<Verdict> {
  const { names, nothingAt, omitted } = await clientNames(evaluation);
  if (evaluation.unknown) return { error: 'temperror' };
  if (nothingAt !== undefined)
    return evaluation.countVoid(domain, mechanism, nothingAt) ? 'no-match' : { error: 'permerror' };
  if (omitted) {
    const name = reverseName(evaluation.client.ip);
    evaluation.note({ kind: 'ptr-exceeded', domain, term: mechanism.text, at: mechanism.at, name });
  }
  return names.some((name) => isWithin(name, target)) ? 'match' : 'no-match';
}

/** The client's names whose own addresses include it; of more than ten the first ten (RFC 7208 section 4.6.4). */
function clientNames(evaluation: Evaluation): Promise<ClientNames> {
  return evaluation.clientNames(async () => {
    const { ip } = evaluation.client;
    const reverse = reverseName(ip);
    const pointers = await evaluation.ask(reverse, 'PTR');
    if (pointers.kind === 'error') return { names: [], omitted: false };
    if (pointers.kind !== 'ok') return { names: [], omitted: false, nothingAt: reverse };
    const names = pointers.records
      .slice(0, MAX_PTR_NAMES)
      .flatMap((name) => askableName(name, { singleLabel: true }) ?? []);
    const answers = await Promise.all(names.map((name) => evaluation.ask(name, evaluation.addressType)));
    const isOwn = (answer: Answer<string>) =>
      answer.kind === 'ok' && answer.records.some((address) => parseIp(address)?.text === ip.text);
    const looked = names.map((name, index) => ({ name, answer: answers[index] }));
    const empty = looked.find(({ answer }) => answer?.kind === 'nodata' || answer?.kind === 'nxdomain');
    const nothing = !answers.some((answer) => answer.kind === 'ok');
    return {
      names: looked.filter(({ answer }) => answer !== undefined && isOwn(answer)).map(({ name }) => name),
      omitted: pointers.records.length > MAX_PTR_NAMES,
      ...(empty !== undefined && nothing ? { nothingAt: empty.name } : {}),
    };
  });
}

/** Counts a term whose only queries were those of its `p` macro, where all answers were empty (RFC 7208 section 4.6.4). */
export async function countVoidNames(evaluation: Evaluation, domain: string, term: Mechanism): Promise<Verdict> {
  if (term.domain === undefined || !usesLetter(term.domain, 'p')) return 'no-match';
  const { nothingAt } = await clientNames(evaluation);
  if (nothingAt === undefined || evaluation.countVoid(domain, term, nothingAt)) return 'no-match';
  return { error: 'permerror' };
}

/** Of the client's names: the domain itself, else one below it, else any, else "unknown" (RFC 7208 section 7.3). */
async function validatedName(evaluation: Evaluation, domain: string): Promise<string> {
  const { names } = await clientNames(evaluation);
  return (
    names.find((name) => sameName(name, domain)) ??
    names.find((name) => isWithin(name, domain)) ??
    names[0] ??
    'unknown'
  );
}

/** The values of the macros of a text; `p` costs queries, so it is looked up only where the text has it. */
export async function macroValues(evaluation: Evaluation, domain: string, text: MacroString): Promise<MacroValues> {
  const name = usesLetter(text, 'p') ? await validatedName(evaluation, domain) : 'unknown';
  return { ...evaluation.client, domain, validatedName: name };
}

/**
 * The target name of a term: the current domain where it names none; undefined where it is not a valid query name.
 * A macro may expand to a single label, which can be queried; only the domain of a record has two or more
 * (RFC 7208 sections 4.3 and 4.8).
 */
export function targetName(
  evaluation: Evaluation,
  domain: string,
  spec: MacroString | undefined,
  accepted: { singleLabel: boolean },
): string | undefined | Promise<string | undefined> {
  if (spec === undefined) return domain;
  return plainName(spec) ?? expandedName(evaluation, domain, spec, accepted);
}

async function expandedName(
  evaluation: Evaluation,
  domain: string,
  spec: MacroString,
  accepted: { singleLabel: boolean },
): Promise<string | undefined> {
  // RFC 8616 section 4: a term with the local part in it never matches where that is not ASCII.
  if (usesLetter(spec, 'sl') && /[^\x00-\x7f]/.test(evaluation.client.sender.localPart)) return undefined;
  if (staticText(spec) !== undefined) return undefined;
  return askableName(expandName(spec, await macroValues(evaluation, domain, spec)), accepted);
}

function emptyOrError<T>(
  evaluation: Evaluation,
  domain: string,
  mechanism: Mechanism,
  target: string,
  answer: Answer<T>,
): Verdict | undefined {
  switch (answer.kind) {
    case 'ok':
      return undefined;
    case 'error':
      // A name that is not a valid query name is treated like one that does not exist (RFC 7208 section 4.3).
      return answer.reason === 'badname' ? 'no-match' : dnsError(domain, mechanism, target, answer.reason);
    default:
      return evaluation.countVoid(domain, mechanism, target) ? 'no-match' : { error: 'permerror' };
  }
}

// RFC 7208 section 5: a DNS error while a mechanism is evaluated is temperror.
function dnsError(domain: string, { text, at }: Mechanism, name: string, reason: DnsErrorReason): Verdict {
  return { error: 'temperror', problem: { kind: 'dns-error', domain, term: text, at, name, reason } };
}

function holdsClient(answer: Answer<string>, { ip, address4 }: Client, { prefix4, prefix6 }: Mechanism): boolean {
  if (answer.kind !== 'ok') return false;
  return answer.records.some((record) => {
    const address = address4 === undefined ? undefined : readAddress4(record);
    if (address4 !== undefined && address !== undefined) return inNetwork4(address4, address, prefix4);
    const other = parseIp(record);
    return other !== undefined && inNetwork(ip, other, ip.version === 4 ? prefix4 : prefix6);
  });
}
