// From what DNS says of hosts to findings: the sending address and the mail servers (RFC 8601 section 3, RFC 5321 section 5.1).
import type { MxHost, MxOutcome } from '../mx/check.ts';
import type { ReverseOutcome } from '../rdns/reverse.ts';
import { type Finding, finding } from './catalog.ts';

/** What is shown of a text that others wrote: enough to know it by. */
const SHOWN = 200;
const MAX_SHOWN = 5;

/** Findings of a sending address. `wanted` is the name that the PTR record should hold, where the sender has one. */
export function reverseFindings(outcome: ReverseOutcome, wanted?: string): Finding[] {
  const { ip, reverseName, names, problems } = outcome;
  if (reverseName === '') return [];
  if (outcome.reserved) return [finding('ptr.reserved', { ip })];
  const findings: Finding[] = outcome.unknown
    .slice(0, MAX_SHOWN)
    .map(({ name, detail }) => finding('ptr.unknown', { name: shown(name), detail: shown(detail) }));
  const usable = outcome.helo?.qualified === true ? outcome.helo.name : (wanted ?? '');
  const has = (id: ReverseOutcome['problems'][number]['id']) => problems.find((problem) => problem.id === id);

  if (outcome.result === 'pass') findings.push(finding('ptr.confirmed', { ip, name: outcome.name! }));
  else if (has('no-ptr') !== undefined) findings.push(finding('ptr.none', { ip, reverseName, wanted: usable }));
  else if (outcome.result === 'fail')
    findings.push(unconfirmed(outcome, has('arpa-name')?.detail, has('bad-name')?.detail));

  const generic = has('generic-name');
  if (generic !== undefined) {
    const reason = names.find(({ name }) => name === generic.detail)?.generic ?? 'customer';
    findings.push(finding('ptr.generic', { ip, name: generic.detail, reason }));
  }
  if (has('several-names') !== undefined) {
    findings.push(finding('ptr.several', { ip, names: names.slice(0, MAX_SHOWN).map(({ name }) => shown(name)) }));
  }
  return [...findings, ...heloFindings(outcome, wanted)];
}

function unconfirmed({ ip, reverseName, names, intended }: ReverseOutcome, arpa?: string, bad?: string): Finding {
  if (arpa !== undefined) return finding('ptr.arpa', { ip, reverseName, name: shown(arpa), intended: intended ?? '' });
  if (bad !== undefined) return finding('ptr.bad-name', { ip, name: shown(bad) });
  const { name, addresses } = names[0]!;
  return finding('ptr.not-confirmed', { ip, name, addresses: addresses.slice(0, MAX_SHOWN) });
}

function heloFindings({ ip, name, helo, problems, result }: ReverseOutcome, wanted = ''): Finding[] {
  if (helo === undefined) return [];
  const better = result === 'pass' && name !== null ? name : wanted;
  return problems.flatMap(({ id }): Finding[] => {
    if (id === 'helo-address') return [finding('helo.address', { helo: shown(helo.name), ip, name: better })];
    if (id === 'helo-not-qualified') return [finding('helo.not-qualified', { helo: shown(helo.name), name: better })];
    if (id === 'helo-no-address' || id === 'helo-other-address') {
      const addresses = helo.addresses.slice(0, MAX_SHOWN);
      return [finding('helo.wrong-address', { helo: helo.name, ip, addresses })];
    }
    if (id === 'helo-not-ptr') return [finding('helo.not-ptr', { helo: helo.name, name: shown(name ?? '') })];
    return [];
  });
}

/** Findings of where a domain's mail goes. Nothing for a domain that does not exist: that is a finding of the whole check. */
export function mxFindings(outcome: MxOutcome): Finding[] {
  const { domain, hosts, result } = outcome;
  if (outcome.exists === false) return [];
  if (outcome.problems.some(({ id }) => id === 'bad-domain')) return [];
  const findings: Finding[] = outcome.unknown
    .slice(0, MAX_SHOWN)
    .map(({ name, detail }) => finding('mx.unknown', { name: shown(name), detail: shown(detail) }));
  const names = hosts.slice(0, MAX_SHOWN).map(({ name, preference }) => shown(`${preference} ${name}`));
  const meant = outcome.inTxt.find(({ type, name }) => type === 'MX' && name === domain)?.value;
  const value = meant ?? `10 mail.${domain}.`;

  if (result === 'none' && outcome.canReceive === false) findings.push(finding('mx.none', { domain, value }));
  if (result === 'null') findings.push(finding('mx.null', { domain }));
  if (result === 'mx' || result === 'implicit') {
    if (outcome.canReceive === false) findings.push(finding('mx.unreachable', { domain, hosts: names }));
    else if (result === 'mx' && outcome.canReceive) findings.push(finding('mx.hosts', { domain, hosts: names }));
  }
  for (const { id, detail } of outcome.problems) {
    if (id === 'implicit') findings.push(finding('mx.implicit', { domain, value }));
    if (id === 'null-mx-not-alone') findings.push(finding('mx.null-not-alone', { domain, hosts: names }));
    if (id === 'duplicate') findings.push(finding('mx.duplicate', { domain, host: shown(detail) }));
  }
  if (result === 'mx') findings.push(...hosts.flatMap((host) => hostFindings(domain, host)));
  for (const { name: at, text, type, value: record } of outcome.inTxt.slice(0, MAX_SHOWN)) {
    findings.push(finding('mx.in-txt', { domain, at, text: shown(text), type, value: record }));
  }
  return findings;
}

function hostFindings(domain: string, { preference, name, status, aliases, addresses }: MxHost): Finding[] {
  const host = shown(name);
  const findings: Finding[] = [];
  const target = aliases.at(-1);
  if (target !== undefined) findings.push(finding('mx.alias', { domain, host, target, preference }));
  if (status === 'address-literal') findings.push(finding('mx.address', { domain, host, preference }));
  if (status === 'bad-name') findings.push(finding('mx.bad-name', { domain, host }));
  if (status === 'no-address') findings.push(finding('mx.no-address', { domain, host }));
  if (status === 'unreachable') {
    findings.push(finding('mx.private', { domain, host, addresses: addresses.slice(0, MAX_SHOWN) }));
  }
  return findings;
}

function shown(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
