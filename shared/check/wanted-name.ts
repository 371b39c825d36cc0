// Which name a PTR record should hold: one that leads to the address, or can without taking another server's place (RFC 8601 section 3).
import { type Answer, isUnknown, type Resolver, recordsOf } from '../dns/types.ts';
import type { ReverseOutcome, WantedName } from '../rdns/reverse.ts';
import { isWithin, parseDomain } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';

/** MX hosts of the domain that may have the address; they are looked up by the check anyway. */
const MAX_MX_HOSTS = 3;
/** Labels for a host that only sends, where "mail" is taken. */
const OTHER_LABELS = ['relay', 'out'] as const;

/** The type of the address, and that of the other version. */
type AddressTypes = readonly ['A' | 'AAAA', 'A' | 'AAAA'];

/**
 * The outcome with the name that the PTR record of the address should hold, where it is missing or wrong; as it is
 * otherwise, without a question. `ips` are the addresses that are known to send the domain's mail. At most nine
 * questions, four of which the check of a domain does not ask by itself; what gets no answer proves no name.
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

/** A name of the domain that somebody has chosen for the host already: in PTR, with a final dot, or in HELO. */
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
  // An address more would send visitors of the web server to the relay.
  const [others, web] = await Promise.all([resolver.query(name, otherType), resolver.query(domain, otherType)]);
  if (isUnknown(others) || isUnknown(web)) return null;
  const ofWeb = addressesOf(web).filter((address) => !ips.includes(address));
  return addressesOf(others).some((address) => ofWeb.includes(address)) ? null : { name, leads: false };
}

/** "mail.shop.example.shop.example": a panel added the domain to a whole name. */
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
  const answers = await Promise.all(names.map((name) => resolver.query(name, type)));
  // A PTR record should not name an alias (RFC 1912 section 2.4).
  const name = names.find((_, index) => !isAlias(answers[index]!) && addressesOf(answers[index]!).includes(ip));
  return name === undefined ? null : { name, leads: true };
}

/** "mail", unless that name is another server's; then one that has the address, or that does not exist. */
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
  const answers = await Promise.all(names.map((name) => resolver.query(name, type)));
  const there = names.find((_, index) => !isAlias(answers[index]!) && addressesOf(answers[index]!).includes(ip));
  if (there !== undefined) return { name: there, leads: true };
  const free = names.find((_, index) => answers[index]!.kind === 'nxdomain' && !isAlias(answers[index]!));
  if (free !== undefined) return { name: free, leads: false };
  // Where all answer alike, a wildcard does, and a record of its own takes its place (RFC 4592 section 3.3.1).
  const seen = new Set([own, ...answers].map((answer) => addressesOf(answer).sort().join(' ')));
  return seen.size === 1 && !seen.has('') ? { name: names[0]!, leads: false } : null;
}

function isAlias(answer: Answer<string>): boolean {
  return answer.kind !== 'error' && answer.aliases.length > 0;
}

function addressesOf(answer: Answer<string>): string[] {
  return recordsOf(answer).map((text) => parseIp(text)?.text ?? text);
}
