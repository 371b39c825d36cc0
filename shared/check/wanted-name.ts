// The name that a PTR record should have: one that resolves to the address, or can without replacing another server (RFC 8601 section 3).
import { type Answer, isUnknown, type Resolver, recordsOf } from '../dns/types.ts';
import type { ReverseOutcome, WantedName } from '../rdns/reverse.ts';
import { isWithin, parseDomain } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';

/** MX hosts of the domain that may have the address; the check looks them up in any case. */
const MAX_MX_HOSTS = 3;
/** Labels for a host that only sends, where "mail" is in use. */
const OTHER_LABELS = ['relay', 'out'] as const;

/** The type of the address, and that of the other version. */
type AddressTypes = readonly ['A' | 'AAAA', 'A' | 'AAAA'];

/**
 * The outcome with the name that the PTR record of the address should have, where it is missing or wrong; otherwise
 * unchanged, without a query. `ips` are the known sending addresses of the domain. At most nine queries, four of which the
 * check of a domain does not send itself; without an answer a name is not proposed.
 */
export async function withWantedName(
  domain: string,
  outcome: ReverseOutcome,
  resolver: Resolver,
  ips: readonly string[] = [],
): Promise<ReverseOutcome> {
  const ip = parseIp(outcome.ip);
  const wrong = outcome.result === 'fail' || outcome.result === 'permerror';
  if (ip === undefined || !wrong || outcome.reserved || outcome.wanted !== null) return outcome;
  const types: AddressTypes = ip.version === 4 ? ['A', 'AAAA'] : ['AAAA', 'A'];
  const wanted =
    (await ownNameWithoutAddress(domain, outcome, types, ips, resolver)) ??
    (await nameWithAddress(domain, ip.text, types[0], resolver)) ??
    (await freeName(domain, ip.text, types, ips, resolver));
  return { ...outcome, wanted };
}

/** A name of the domain that was already chosen for the host: in PTR, without its final dot in PTR, or in HELO. */
async function ownNameWithoutAddress(
  domain: string,
  { names, helo, intended, intendedAddresses }: ReverseOutcome,
  [, otherType]: AddressTypes,
  ips: readonly string[],
  resolver: Resolver,
): Promise<WantedName | null> {
  const chosen = [
    ...names
      .filter(({ confirmed, addresses }) => confirmed === false && addresses.length === 0)
      .map(({ name }) => name),
    ...(intended !== null && intendedAddresses?.length === 0 ? [intended] : []),
    ...(helo?.resolves === false && helo.addresses.length === 0 ? [helo.name] : []),
  ];
  const name = chosen.find((one) => isWithin(one, domain) && parseDomain(one).ok && !isDoubled(one, domain));
  if (name === undefined) return null;
  // Another address would direct visitors of the web server to the relay.
  const [others, web] = await Promise.all([resolver.query(name, otherType), resolver.query(domain, otherType)]);
  if (isUnknown(others) || isUnknown(web)) return null;
  const ofWeb = addressesOf(web).filter((address) => !ips.includes(address));
  return addressesOf(others).some((address) => ofWeb.includes(address)) ? null : { name, leads: false };
}

/** "mail.shop.example.shop.example": a panel appended the domain to a complete name. */
function isDoubled(name: string, domain: string): boolean {
  return name.endsWith(`.${domain}.${domain}`) || name === `${domain}.${domain}`;
}

async function nameWithAddress(
  domain: string,
  ip: string,
  type: 'A' | 'AAAA',
  resolver: Resolver,
): Promise<WantedName | null> {
  const exchanges = recordsOf(await resolver.query(domain, 'MX')).map(({ exchange }) => exchange);
  const hosts = exchanges.filter((exchange) => isWithin(exchange, domain)).slice(0, MAX_MX_HOSTS);
  const names = [...new Set([...hosts, `mail.${domain}`, domain])];
  const answers = await queryAll(names, type, resolver);
  // A PTR record should not name an alias (RFC 1912 section 2.4).
  const found = answers.find(({ answer }) => !isAlias(answer) && addressesOf(answer).includes(ip));
  return found === undefined ? null : { name: found.name, leads: true };
}

function queryAll(names: readonly string[], type: 'A' | 'AAAA', resolver: Resolver) {
  return Promise.all(names.map(async (name) => ({ name, answer: await resolver.query(name, type) })));
}

/** "mail", unless that name is another server's; then one with the address, or one that does not exist. */
async function freeName(
  domain: string,
  ip: string,
  [type, otherType]: AddressTypes,
  ips: readonly string[],
  resolver: Resolver,
): Promise<WantedName | null> {
  const usual = `mail.${domain}`;
  const [own, others] = await Promise.all([resolver.query(usual, type), resolver.query(usual, otherType)]);
  const known = !isUnknown(own) && !isUnknown(others) && !isAlias(own);
  if (known && addressesOf(own).length === 0 && addressesOf(others).every((address) => ips.includes(address)))
    return { name: usual, leads: false };
  const names = OTHER_LABELS.map((label) => `${label}.${domain}`);
  const answers = await queryAll(names, type, resolver);
  const present = answers.find(({ answer }) => !isAlias(answer) && addressesOf(answer).includes(ip));
  if (present !== undefined) return { name: present.name, leads: true };
  const free = answers.find(({ answer }) => answer.kind === 'nxdomain' && !isAlias(answer));
  if (free !== undefined) return { name: free.name, leads: false };
  // Equal answers are those of a wildcard, which an explicit record replaces (RFC 4592 section 3.3.1).
  const seen = new Set([own, ...answers.map(({ answer }) => answer)].map((one) => addressesOf(one).sort().join(' ')));
  const [first] = names;
  return first !== undefined && seen.size === 1 && !seen.has('') ? { name: first, leads: false } : null;
}

function isAlias(answer: Answer<string>): boolean {
  return answer.kind !== 'error' && answer.aliases.length > 0;
}

function addressesOf(answer: Answer<string>): string[] {
  return recordsOf(answer).map((text) => parseIp(text)?.text ?? text);
}
