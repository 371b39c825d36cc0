// The name of a sending address: PTR, its forward confirmation, and the HELO name (RFC 8601 section 3, RFC 5321 section 4.1.4).
import type { Answer, Resolver } from '../dns/types.ts';
import { isWithin, sameName, toAscii } from '../text/domain.ts';
import { type Ip, parseIp, reverseName } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { type GenericReason, genericReason } from './generic-name.ts';

/** Names that are confirmed; the same limit as in RFC 7208 section 4.6.4. */
export const MAX_PTR_NAMES = 10;

/** The results of RFC 8601 section 2.7.3 for "iprev": permerror without a name. */
export type ReverseResult = 'pass' | 'fail' | 'temperror' | 'permerror';

export type ReverseProblemId =
  /** The input is not an IP address. */
  | 'bad-address'
  /** Private, loopback and so on: not a source address on the Internet. */
  | 'reserved-address'
  | 'no-ptr'
  /** No name has the address. */
  | 'not-confirmed'
  /** The name is below in-addr.arpa or ip6.arpa itself: a final dot is missing in the zone. */
  | 'arpa-name'
  /** Not a valid host name: blanks, underscores, one label. */
  | 'bad-name'
  | 'several-names'
  | 'too-many-names'
  | 'generic-name'
  /** An IP address, in brackets or not, instead of a name. */
  | 'helo-address'
  | 'helo-not-qualified'
  /** The name of the HELO has no address of this version. */
  | 'helo-no-address'
  /** It has others. */
  | 'helo-other-address'
  /** It resolves to the address, but the PTR record has another name. */
  | 'helo-not-ptr'
  | 'no-answer';

export interface ReverseProblem {
  id: ReverseProblemId;
  /** The name or the value at fault. */
  detail: string;
}

/** One name of the PTR record. */
export interface ReverseNameCheck {
  name: string;
  /** Whether the name resolves to the address; null without an answer, or beyond the limit. */
  confirmed: boolean | null;
  /** Its addresses of the same version. */
  addresses: string[];
  /** Why it looks assigned by a provider, or null. */
  generic: GenericReason | null;
}

export interface HeloCheck {
  /** As given, or as A-labels in lower case where it is a name. */
  name: string;
  qualified: boolean;
  /** Whether it resolves to the address; null without an answer, or where it is not a name. */
  resolves: boolean | null;
  addresses: string[];
  /** Whether the PTR record has it; null where the PTR record is not known. */
  matchesPtr: boolean | null;
}

/** The name that the PTR record should have. */
export interface WantedName {
  name: string;
  /** It already resolves to the address; otherwise its address record must be published first. */
  leads: boolean;
}

export interface ReverseOutcome {
  result: ReverseResult;
  /** In canonical form; the input where it is not an address. */
  ip: string;
  /** The name of the PTR record; '' where there is no address. */
  reverseName: string;
  reserved: boolean;
  names: ReverseNameCheck[];
  /** The first name that is confirmed, or else the first. */
  name: string | null;
  /** The intended name, where the PTR record has an arpa name. */
  intended: string | null;
  /** The addresses of that name, of the same version; null where there is none or no answer. */
  intendedAddresses: string[] | null;
  /** A name that resolves to the address; null where none is known, and where the PTR record is right. */
  wanted: WantedName | null;
  helo?: HeloCheck;
  /** What is wrong, by stable ids. */
  problems: ReverseProblem[];
  /** Queries without an answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds that the answers may be kept; 0 where one is missing. */
  ttl: number;
}

/**
 * Looks up the PTR record of an address and compares the HELO name with it; never throws. `ip` is IPv4 or IPv6 text; `helo`
 * is the server's EHLO name, if known. Two round trips, at most 1 + MAX_PTR_NAMES + 1 queries; one more of both where the
 * PTR record has an arpa name.
 */
export async function checkReverse(ip: string, helo: string | undefined, resolver: Resolver): Promise<ReverseOutcome> {
  const written = ip.trim();
  const address = parseIp(written.replace(/^\[(?:IPv6:)?(.*)\]$/i, '$1'));
  const outcome: ReverseOutcome = {
    result: 'permerror',
    ip: address?.text ?? written,
    reverseName: address === undefined ? '' : reverseName(address),
    reserved: address !== undefined && isUnreachable(address),
    names: [],
    name: null,
    intended: null,
    intendedAddresses: null,
    wanted: null,
    problems: [],
    unknown: [],
    ttl: 0,
  };
  if (address === undefined) {
    outcome.problems.push({ id: 'bad-address', detail: written.slice(0, 64) });
    return outcome;
  }
  if (outcome.reserved) {
    outcome.problems.push({ id: 'reserved-address', detail: address.text });
    return outcome;
  }

  const gathering: Gathering = { address, resolver, ttls: [], outcome };
  // The HELO name is queried at the same time as the PTR record.
  const pendingHelo = helo === undefined ? undefined : heloOf(helo, gathering);
  const answer = await resolver.query(outcome.reverseName, 'PTR');
  note(gathering, outcome.reverseName, answer);
  if (answer.kind === 'ok') await confirm(answer.records, gathering);
  outcome.result = resultOf(answer, outcome);
  if (answer.kind === 'nodata' || answer.kind === 'nxdomain') {
    outcome.problems.push({ id: 'no-ptr', detail: outcome.reverseName });
  }
  const [first] = outcome.names;
  if (outcome.result === 'fail' && first !== undefined) {
    outcome.problems.push({ id: 'not-confirmed', detail: first.name });
  }
  if (pendingHelo !== undefined) outcome.helo = compared(await pendingHelo, answer, outcome);
  if (outcome.intended !== null) outcome.intendedAddresses = await addressesOf(outcome.intended, gathering);
  outcome.wanted = wantedOf(outcome);
  for (const { name } of outcome.unknown) outcome.problems.push({ id: 'no-answer', detail: name });
  outcome.ttl = outcome.unknown.length > 0 || gathering.ttls.length === 0 ? 0 : Math.min(...gathering.ttls);
  return outcome;
}

interface Gathering {
  address: Ip;
  resolver: Resolver;
  ttls: number[];
  outcome: ReverseOutcome;
}

function note(gathering: Gathering, name: string, answer: Answer<unknown>): void {
  if (answer.kind !== 'error') gathering.ttls.push(answer.ttl);
  // A name that is not a valid query name certainly has no address.
  else if (answer.reason !== 'badname') {
    gathering.outcome.unknown.push({ name, detail: `${answer.reason}: ${answer.detail}` });
  }
}

/** The addresses of a name in the version of the checked address; null without an answer. */
async function addressesOf(name: string, gathering: Gathering): Promise<string[] | null> {
  const type = gathering.address.version === 4 ? 'A' : 'AAAA';
  const answer = await gathering.resolver.query(name, type);
  note(gathering, name, answer);
  if (answer.kind === 'error') return answer.reason === 'badname' ? [] : null;
  if (answer.kind !== 'ok') return [];
  return [...new Set(answer.records.map((text) => parseIp(text)?.text ?? text))];
}

/** RFC 8601 section 3: each name is looked up, and one with the address confirms it. */
async function confirm(targets: readonly string[], gathering: Gathering): Promise<void> {
  const { address, outcome } = gathering;
  const names = [...new Set(targets.map((target) => target.replace(/\.$/, '').toLowerCase()))].sort();
  if (names.length > 1) outcome.problems.push({ id: 'several-names', detail: String(names.length) });
  if (names.length > MAX_PTR_NAMES) outcome.problems.push({ id: 'too-many-names', detail: String(names.length) });
  outcome.names = await Promise.all(
    names.slice(0, MAX_PTR_NAMES).map(async (name): Promise<ReverseNameCheck> => {
      const valid = isHostName(name);
      if (!valid) return { name: name.slice(0, 253), confirmed: false, addresses: [], generic: null };
      const addresses = await addressesOf(name, gathering);
      const confirmed = addresses === null ? null : addresses.includes(address.text);
      return { name, confirmed, addresses: (addresses ?? []).slice(0, 10), generic: genericReason(name, address) };
    }),
  );
  outcome.name = (outcome.names.find(({ confirmed }) => confirmed) ?? outcome.names[0])?.name ?? null;
  for (const { name } of outcome.names) {
    if (isArpa(name)) {
      outcome.problems.push({ id: 'arpa-name', detail: name });
      outcome.intended ??= intendedName(name, outcome.reverseName);
    } else if (!isHostName(name)) {
      outcome.problems.push({ id: 'bad-name', detail: name });
    }
  }
  // One name chosen by the owner is enough.
  if (outcome.name !== null && outcome.names.every(({ generic, name }) => generic !== null && !isArpa(name))) {
    outcome.problems.push({ id: 'generic-name', detail: outcome.name });
  }
}

function resultOf(answer: Answer<unknown>, { names }: ReverseOutcome): ReverseResult {
  if (answer.kind === 'error') return answer.reason === 'badname' ? 'permerror' : 'temperror';
  if (answer.kind !== 'ok' || names.length === 0) return 'permerror';
  if (names.some(({ confirmed }) => confirmed === true)) return 'pass';
  return names.some(({ confirmed }) => confirmed === null) ? 'temperror' : 'fail';
}

/** Receivers expect PTR and HELO to be equal, so the HELO name comes first. */
function wantedOf({ result, ip, helo, intended, intendedAddresses }: ReverseOutcome): WantedName | null {
  if (result !== 'fail' && result !== 'permerror') return null;
  if (helo?.resolves === true) return { name: helo.name, leads: true };
  return intended !== null && intendedAddresses?.includes(ip) === true ? { name: intended, leads: true } : null;
}

const ARPA = ['in-addr.arpa', 'ip6.arpa'];
function isArpa(name: string): boolean {
  return ARPA.some((zone) => isWithin(name, zone));
}

/** "mail.shop.example.2.0.192.in-addr.arpa" was meant as "mail.shop.example"; null where the text before is not a host name. */
function intendedName(name: string, ofAddress: string): string | null {
  const labels = ofAddress.split('.');
  for (let cut = 1; cut < labels.length; cut++) {
    const zone = labels.slice(cut).join('.');
    if (!name.endsWith(`.${zone}`)) continue;
    const front = name.slice(0, -zone.length - 1);
    return isHostName(front) && /[a-z]{2}$/.test(front) ? front : null;
  }
  return null;
}

/** A valid name of a host on the Internet: letters, digits and hyphens, two labels or more (RFC 5321 section 2.3.5). */
function isHostName(name: string): boolean {
  const ascii = toAscii(name);
  return (
    ascii.ok &&
    ascii.name.includes('.') &&
    /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/.test(ascii.name)
  );
}

async function heloOf(written: string, gathering: Gathering): Promise<HeloCheck> {
  const { outcome, address } = gathering;
  const name = written.trim().replace(/\.$/, '');
  const literal = /^\[?(?:IPv6:)?([0-9a-f:.]+)\]?$/i.exec(name)?.[1];
  if (name.startsWith('[') || (literal !== undefined && parseIp(literal) !== undefined)) {
    outcome.problems.push({ id: 'helo-address', detail: name.slice(0, 64) });
    return { name: name.slice(0, 64), qualified: false, resolves: null, addresses: [], matchesPtr: null };
  }
  const ascii = toAscii(name);
  if (!ascii.ok || !isHostName(ascii.name) || /\.(?:local|localdomain|lan|internal|home|invalid)$/.test(ascii.name)) {
    outcome.problems.push({ id: 'helo-not-qualified', detail: name.slice(0, 64) });
    return { name: name.slice(0, 64), qualified: false, resolves: null, addresses: [], matchesPtr: null };
  }
  const addresses = await addressesOf(ascii.name, gathering);
  const resolves = addresses === null ? null : addresses.includes(address.text);
  return { name: ascii.name, qualified: true, resolves, addresses: (addresses ?? []).slice(0, 10), matchesPtr: null };
}

/** The HELO name compared with the PTR record. */
function compared(helo: HeloCheck, answer: Answer<unknown>, outcome: ReverseOutcome): HeloCheck {
  if (!helo.qualified) return helo;
  const matchesPtr = answer.kind === 'error' ? null : outcome.names.some(({ name }) => sameName(name, helo.name));
  if (helo.resolves === false) {
    const id = helo.addresses.length === 0 ? 'helo-no-address' : 'helo-other-address';
    outcome.problems.push({ id, detail: helo.name });
  } else if (matchesPtr === false && outcome.names.length > 0) {
    // Without a PTR record, that is the problem, not the HELO name.
    outcome.problems.push({ id: 'helo-not-ptr', detail: helo.name });
  }
  return { ...helo, matchesPtr };
}
