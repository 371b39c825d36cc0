// From the DNS records of hosts to findings: the sending address and the mail servers (RFC 8601 section 3, RFC 5321 section 5.1).
import { registrableDomain } from '../dmarc/public-suffix.ts';
import type { MxHost, MxOutcome } from '../mx/check.ts';
import { providerOfMx } from '../providers/lookup.ts';
import { proxyOf } from '../providers/proxies.ts';
import type { ReverseOutcome } from '../rdns/reverse.ts';
import { isWithin } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { type Finding, finding } from './catalog.ts';

/** Characters of a foreign text that are shown: enough to recognise it. */
const SHOWN = 200;
const MAX_SHOWN = 5;

/** Findings of a sending address; `domain` is the domain whose mail it sends, if it is known. */
export function reverseFindings(outcome: ReverseOutcome, { domain = '' }: { domain?: string } = {}): Finding[] {
  const { ip, reverseName, names, name, problems, result } = outcome;
  if (reverseName === '') return [];
  if (outcome.reserved) return [finding('ptr.reserved', { ip })];
  const findings: Finding[] = outcome.unknown
    .slice(0, MAX_SHOWN)
    .map((asked) => finding('ptr.unknown', { name: shown(asked.name), detail: shown(asked.detail) }));
  const has = (id: ReverseOutcome['problems'][number]['id']) => problems.find((problem) => problem.id === id);

  if (result === 'pass') findings.push(finding('ptr.confirmed', { ip, name: name! }));
  else if (has('no-ptr') !== undefined) findings.push(finding('ptr.none', wantedOf(outcome)));
  else if (result === 'fail') findings.push(unconfirmed(outcome, has('arpa-name')?.detail, has('bad-name')?.detail));

  const { wanted } = outcome;
  // If the PTR record already has the name, the finding itself proposes the address record.
  if (wanted?.leads === false && wanted.name !== names[0]?.name)
    findings.push(finding('ptr.name-needed', { ip, name: wanted.name }));
  const generic = has('generic-name');
  // A name below the domain was chosen by its owner, whatever it contains; and a name that is not confirmed is
  // replaced or gets its address in any case.
  const chosen = result === 'fail' || (result === 'pass' && domain !== '' && isOwn(name!, domain));
  if (generic !== undefined && !chosen) {
    const reason = names.find((one) => one.name === generic.detail)?.generic ?? 'customer';
    findings.push(finding('ptr.generic', { ip, name: generic.detail, reason }));
  }
  if (has('several-names') !== undefined) {
    findings.push(finding('ptr.several', { ip, names: names.slice(0, MAX_SHOWN).map((one) => shown(one.name)) }));
  }
  return [...findings, ...heloFindings(outcome, domain)];
}

function wantedOf({ ip, reverseName, wanted }: ReverseOutcome) {
  return { ip, reverseName, wanted: wanted?.name ?? '', publish: wanted?.leads === false };
}

function unconfirmed(outcome: ReverseOutcome, arpa?: string, bad?: string): Finding {
  const wanted = wantedOf(outcome);
  if (arpa !== undefined)
    return finding('ptr.arpa', { ...wanted, name: shown(arpa), intended: outcome.intended ?? '' });
  if (bad !== undefined) return finding('ptr.bad-name', { ...wanted, name: shown(bad) });
  const { name, addresses } = outcome.names[0]!;
  return finding('ptr.not-confirmed', { ...wanted, name, addresses: addresses.slice(0, MAX_SHOWN) });
}

function heloFindings({ ip, name, names, helo, problems, result, wanted }: ReverseOutcome, domain: string): Finding[] {
  if (helo === undefined) return [];
  const confirmed = result === 'pass' && name !== null ? name : '';
  const better = confirmed || (wanted?.name ?? '');
  // Even with an address, the name would differ from the PTR record if that has another name.
  const publish =
    domain !== '' &&
    isWithin(helo.name, domain) &&
    helo.addresses.length === 0 &&
    (helo.matchesPtr === true || names.length === 0);
  return problems.flatMap(({ id }): Finding[] => {
    if (id === 'helo-address') return [finding('helo.address', { helo: shown(helo.name), ip, name: better })];
    if (id === 'helo-not-qualified') return [finding('helo.not-qualified', { helo: shown(helo.name), name: better })];
    if (id === 'helo-no-address' || id === 'helo-other-address') {
      const addresses = helo.addresses.slice(0, MAX_SHOWN);
      return [finding('helo.wrong-address', { helo: helo.name, ip, addresses, name: confirmed, publish })];
    }
    if (id === 'helo-not-ptr') return [finding('helo.not-ptr', { helo: helo.name, name: shown(name ?? '') })];
    return [];
  });
}

/** Findings of the mail servers of a domain. None for a domain that does not exist: that is a finding of the whole check. */
export function mxFindings(outcome: MxOutcome): Finding[] {
  const { domain, hosts, result, canReceive, proposed: value } = outcome;
  if (outcome.exists === false) return [];
  if (outcome.problems.some(({ id }) => id === 'bad-domain')) return [];
  const findings: Finding[] = outcome.unknown
    .slice(0, MAX_SHOWN)
    .map(({ name, detail }) => finding('mx.unknown', { name: shown(name), detail: shown(detail) }));
  const real = hosts.filter(({ status }) => status !== 'verification');
  const names = hostsShown(real.length > 0 ? real : hosts);

  if (result === 'none' && canReceive === false) findings.push(finding('mx.none', { domain, value }));
  if (result === 'null') findings.push(finding('mx.null', { domain }));
  if (result === 'implicit' && canReceive === false) {
    findings.push(finding('mx.unreachable', { domain, hosts: names, at: 'own' }));
  }
  const webOnly = real.every((host) => webHostOf(host) !== '');
  if (result === 'mx' && canReceive && !webOnly) findings.push(finding('mx.hosts', { domain, hosts: names }));
  for (const { id, detail } of outcome.problems) {
    if (id === 'implicit') findings.push(finding('mx.implicit', { domain, value, operator: webHostOf(hosts[0]) }));
    if (id === 'null-mx-not-alone') findings.push(finding('mx.null-not-alone', { domain, hosts: names }));
    if (id === 'duplicate') findings.push(finding('mx.duplicate', { domain, host: shown(detail) }));
  }
  if (result === 'mx') findings.push(...exchangeFindings(outcome));
  for (const { name: at, text, type, value: record } of outcome.inTxt.slice(0, MAX_SHOWN)) {
    const proven = isProven(outcome, at, type, record) ? record : '';
    findings.push(finding('mx.in-txt', { domain, at, text: shown(text), type, value: proven }));
  }
  return findings;
}

/** The operator if all addresses of a host serve web sites, otherwise ''. */
function webHostOf(host: MxHost | undefined): string {
  const operators = (host?.addresses ?? []).map((text) => {
    const ip = parseIp(text);
    return ip === undefined ? undefined : proxyOf(ip);
  });
  return operators.length > 0 && !operators.includes(undefined) ? operators[0]! : '';
}

/** Whether the record alone gives the domain a mail server; with published MX records it would be an additional one. */
function isProven({ domain, result, proposed, hosts }: MxOutcome, at: string, type: string, value: string): boolean {
  if (type === 'MX') return at === domain && value === proposed;
  const ip = parseIp(value);
  if (ip === undefined || isUnreachable(ip)) return false;
  return at === domain ? result === 'none' : hosts.some(({ name }) => name === at);
}

/** Findings of the hosts in MX records: mistyped names have one cause, and so one finding. */
function exchangeFindings(outcome: MxOutcome): Finding[] {
  const { domain, hosts, canReceive } = outcome;
  const misnamed = misnamedOf(hosts);
  const others = hosts.filter((host) => !misnamed.includes(host));
  const findings: Finding[] = [];
  if (misnamed.length > 0) findings.push(misnamedFinding(outcome, misnamed));
  else if (canReceive === false) {
    const real = hosts.filter(({ status }) => status !== 'verification');
    const at = real.length === 0 ? 'verification' : real.some(({ name }) => isOwn(name, domain)) ? 'own' : 'foreign';
    findings.push(finding('mx.unreachable', { domain, hosts: hostsShown(real.length > 0 ? real : hosts), at }));
  }
  return [...findings, ...others.flatMap((host) => hostFindings(outcome, host))];
}

/** The name before that of the domain is the intended one if it has an address, or if it belongs to a known provider. */
function misnamedOf(hosts: readonly MxHost[]): MxHost[] {
  const named = hosts.filter(({ meant }) => meant !== undefined && meant.cause !== 'address');
  const sure = ({ meant }: MxHost) => meant!.reachable === true || providerOfMx(meant!.name) !== undefined;
  const alike = named.some((host) => host.meant!.cause === 'suffix' && sure(host));
  return named.filter(
    (host) => host.meant!.cause !== 'suffix' || sure(host) || (alike && host.meant!.reachable === null),
  );
}

function misnamedFinding({ domain, hosts, canReceive }: MxOutcome, misnamed: readonly MxHost[]): Finding {
  const values = misnamed.map(({ preference, meant }) => `${preference} ${meant!.name}.`);
  const [first] = misnamed;
  const listed = hosts.some(({ name }) => name === first!.meant!.name);
  return finding(canReceive === false ? 'mx.misnamed' : 'mx.misnamed-host', {
    domain,
    hosts: hostsShown(misnamed),
    values: values.slice(0, MAX_SHOWN),
    cause: first!.meant!.cause,
    value: misnamed.length === 1 && first!.meant!.reachable === true && !listed ? values[0]! : '',
  });
}

function hostFindings({ domain, hosts }: MxOutcome, mxHost: MxHost) {
  const { preference, name, status, aliases, addresses, meant } = mxHost;
  const host = shown(name);
  const target = aliases.at(-1);
  const own = isOwn(target ?? name, domain);
  const listed = (named: string) => hosts.some((other) => other.name === named);
  switch (status) {
    case 'ok': {
      const operator = webHostOf(mxHost);
      if (operator !== '') return [finding('mx.web-only', { domain, host, operator })];
      if (target === undefined) return [];
      const advice = listed(target) ? 'listed' : isOwn(name, domain) ? 'replace' : 'foreign';
      const value = advice === 'replace' ? `${preference} ${target}.` : '';
      return [finding('mx.alias', { domain, host, target, value, advice })];
    }
    case 'address-literal': {
      const value = meant === undefined || listed(meant.name) ? '' : `${preference} ${meant.name}.`;
      return [finding('mx.address', { domain, host, preference, value })];
    }
    case 'bad-name':
      return [finding('mx.bad-name', { domain, host })];
    case 'no-address':
      return [finding('mx.no-address', { domain, host, target: target ?? '', own })];
    case 'unreachable':
      return [finding('mx.private', { domain, host, addresses: addresses.slice(0, MAX_SHOWN), own })];
    case 'verification':
      return [finding('mx.verification', { domain, host, preference })];
    default:
      return [];
  }
}

function hostsShown(hosts: readonly MxHost[]): string[] {
  return hosts.slice(0, MAX_SHOWN).map(({ name, preference }) => shown(`${preference} ${name}`));
}

/** Whether a name belongs to the owner of the domain, by the public suffix list. */
function isOwn(name: string, domain: string): boolean {
  if (isWithin(name, domain)) return true;
  const owner = registrableDomain(domain);
  return owner !== null && registrableDomain(name) === owner;
}

function shown(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
