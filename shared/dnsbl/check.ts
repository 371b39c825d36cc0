// Whether addresses and domains are on block lists: listed, not listed, or unknown (RFC 5782).
import type { Answer, Resolver } from '../dns/types.ts';
import { parseDomain } from '../text/domain.ts';
import { type Ip, inNetwork, networkOf, parseIp, reverseName } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { DEFAULT_LISTS, type DnsblList, type DnsblWeight, meaningsOf } from './lists.ts';

/** Addresses and domains that are checked; each costs a query for each list. */
export const MAX_IPS = 3;
export const MAX_DOMAINS = 2;
/** Domains of a mail's links; real mail has two or three in addition to its own. */
export const MAX_LINK_DOMAINS = 5;

export interface DnsblInput {
  ip?: string | readonly string[] | undefined;
  domain?: string | readonly string[] | undefined;
}
export interface DnsblOptions {
  /** Default: `DEFAULT_LISTS`. */
  lists?: readonly DnsblList[];
  /** The customer's key at Spamhaus (DQS). It is only part of the queries, never of an outcome. */
  key?: string | undefined;
  /** Domains that are checked at most; default `MAX_DOMAINS`. */
  maxDomains?: number;
}

export interface DnsblListing {
  /** `id` and `name` of the list. */
  list: string;
  listName: string;
  /** The checked address or domain. */
  subject: string;
  kind: 'ip' | 'domain';
  status: 'listed' | 'not-listed' | 'unknown';
  /** The parts of the list with an entry, and their weights. */
  parts: { part: string; weight: DnsblWeight; policy: boolean }[];
  /** The list's answers, unchanged. */
  codes: string[];
  /**
   * Why it is unknown: the list does not answer this resolver, too many queries, an undocumented code, an answer that is not
   * from a list, an invalid key, no answer.
   */
  reason: 'resolver-refused' | 'limit' | 'refused' | 'bad-code' | 'not-a-list' | 'bad-key' | 'no-answer' | null;
  /** Where to request removal. */
  removal: string;
}

export interface DnsblOutcome {
  /** 'listed' on at least one; 'not-listed' on all; 'unknown': not listed, and not all answered, or no query was sent. */
  result: 'listed' | 'not-listed' | 'unknown';
  listings: DnsblListing[];
  /** What is wrong, by stable ids. */
  problems: { id: 'bad-address' | 'bad-domain' | 'reserved-address' | 'too-many'; detail: string }[];
  /** Queries without an answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds that the answers may be kept; 0 where one is missing. */
  ttl: number;
}

/** Queries the lists for addresses and domains; never throws. One round trip, a query for each pair. */
export async function checkDnsbl(
  input: DnsblInput,
  resolver: Resolver,
  { lists = DEFAULT_LISTS, key, maxDomains = MAX_DOMAINS }: DnsblOptions = {},
): Promise<DnsblOutcome> {
  const outcome: DnsblOutcome = { result: 'unknown', listings: [], problems: [], unknown: [], ttl: 0 };
  const ttls: number[] = [];
  const queries = [...addressesOf(input, outcome), ...domainsOf(input, outcome, maxDomains)].flatMap((subject) =>
    lists.filter((list) => suits(list, subject)).map((list) => ({ list, subject })),
  );
  outcome.listings = await Promise.all(
    queries.map(async ({ list, subject }) => {
      const listing = blank(list, subject.text);
      const zone = zoneOf(list, key);
      if (zone === undefined) return { ...listing, reason: 'bad-key' as const };
      const answer = await resolver.query(`${subject.name}.${zone}`, 'A');
      if (answer.kind !== 'error') ttls.push(answer.ttl);
      else if (answer.reason !== 'badname') {
        const detail = withoutKey(`${answer.reason}: ${answer.detail}`, key);
        outcome.unknown.push({ name: `${subject.text} ${list.zone}`, detail });
      }
      return { ...listing, ...listingOf(list, answer) };
    }),
  );
  const statuses = outcome.listings.map(({ status }) => status);
  if (statuses.includes('listed')) outcome.result = 'listed';
  else if (statuses.length > 0 && !statuses.includes('unknown')) outcome.result = 'not-listed';
  outcome.ttl = outcome.unknown.length > 0 || ttls.length === 0 ? 0 : Math.min(...ttls);
  return outcome;
}

/** A text without the key, for texts with query names. */
export function withoutKey(text: string, key: string | undefined): string {
  return key === undefined || key === '' ? text : text.replaceAll(key.toLowerCase(), 'KEY').replaceAll(key, 'KEY');
}

interface Subject {
  kind: 'ip' | 'domain';
  ip?: Ip;
  text: string;
  /** The query name before the zone. */
  name: string;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function addressesOf({ ip }: DnsblInput, { problems }: DnsblOutcome): Subject[] {
  const written = [...new Set(listOf(ip))];
  if (written.length > MAX_IPS) problems.push({ id: 'too-many', detail: String(written.length) });
  return written.slice(0, MAX_IPS).flatMap((text): Subject[] => {
    const address = parseIp(text.trim());
    if (address === undefined) {
      problems.push({ id: 'bad-address', detail: text.slice(0, 64) });
      return [];
    }
    // RFC 5782 section 5: every list has an entry for 127.0.0.2, as a test.
    if (isUnreachable(address) && address.text !== '127.0.0.2') {
      problems.push({ id: 'reserved-address', detail: address.text });
      return [];
    }
    // Sections 2.1 and 2.4: bytes or nibbles in reverse, without the zone of reverse lookups.
    const name = reverseName(address).replace(/\.(?:in-addr|ip6)\.arpa$/, '');
    return [{ kind: 'ip', ip: address, text: address.text, name }];
  });
}

function domainsOf({ domain }: DnsblInput, { problems }: DnsblOutcome, most: number): Subject[] {
  const written = [...new Set(listOf(domain))];
  if (written.length > most) problems.push({ id: 'too-many', detail: String(written.length) });
  return written.slice(0, most).flatMap((text): Subject[] => {
    const name = parseDomain(text);
    if (name.ok) return [{ kind: 'domain', text: name.name, name: name.name }];
    problems.push({ id: 'bad-domain', detail: name.problem });
    return [];
  });
}

function suits(list: DnsblList, { kind, ip }: Subject): boolean {
  return list.kind === kind && (ip === undefined || ip.version === 4 || list.ipv6);
}

/** Undefined where the key is invalid, so that it is not sent to another zone. */
function zoneOf(list: DnsblList, key: string | undefined): string | undefined {
  if (key === undefined || key === '' || list.keyedZone === undefined) return list.zone;
  return /^[a-z0-9]{1,63}$/i.test(key) ? `${key.toLowerCase()}.${list.keyedZone}` : undefined;
}

function blank(list: DnsblList, subject: string): DnsblListing {
  return {
    list: list.id,
    listName: list.name,
    subject,
    kind: list.kind,
    status: 'unknown',
    parts: [],
    codes: [],
    reason: null,
    removal: list.removal.replace('%', encodeURIComponent(subject)),
  };
}

const LOOPBACK = networkOf('127.0.0.0/8');
/** The range of Spamhaus, which others adopted: the list refuses the query. */
const REFUSALS = networkOf('127.255.255.0/24');

type Listed = Pick<DnsblListing, 'status' | 'parts' | 'codes' | 'reason'>;

function listingOf(list: DnsblList, answer: Answer<string>): Listed {
  const unknown = (reason: DnsblListing['reason'], codes: string[] = []): Listed => ({
    status: 'unknown',
    parts: [],
    codes,
    reason,
  });
  if (answer.kind === 'error') {
    // A name that is too long for the zone cannot be listed there.
    if (answer.reason === 'badname') return { status: 'not-listed', parts: [], codes: [], reason: null };
    return unknown(answer.reason === 'refused' ? 'refused' : 'no-answer');
  }
  if (answer.kind !== 'ok' || answer.records.length === 0) {
    return { status: 'not-listed', parts: [], codes: [], reason: null };
  }
  const codes = answer.records.slice(0, 10);
  for (const code of codes) {
    const ip = parseIp(code);
    // RFC 5782 section 2.3: answers are in 127.0.0.0/8; others come from a resolver that redirects, or a zone that was sold.
    if (ip === undefined || !inNetwork(ip, LOOPBACK.network, LOOPBACK.prefix)) return unknown('not-a-list', codes);
    if (inNetwork(ip, REFUSALS.network, REFUSALS.prefix))
      return unknown(ip.bytes[3] === 255 ? 'limit' : 'resolver-refused', codes);
    if (list.refusals.includes(code)) return unknown('resolver-refused', codes);
  }
  const parts = codes
    .flatMap((code) => meaningsOf(list, code))
    .map(({ part, weight, policy }) => ({ part, weight, policy: policy === true }));
  return parts.length === 0 ? unknown('bad-code', codes) : { status: 'listed', parts, codes, reason: null };
}
