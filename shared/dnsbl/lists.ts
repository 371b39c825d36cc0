// The block lists, as data: their zones, and the meanings of their answers (RFC 5782).

/** The weight of a listing: 'refuses': most receivers reject for it; 'scores': filters add it to their score; 'informs': none. */
export type DnsblWeight = 'refuses' | 'scores' | 'informs';

export interface DnsblCode {
  /** "127.0.0.2", or a range of the last number: "127.0.0.4-7"; for a list with `bits` the address with that one bit set. */
  code: string;
  /** The operator's name for the part of the list. */
  part: string;
  weight: DnsblWeight;
  /** The part only means that the address should not send mail directly, not that it sent spam. */
  policy?: true;
}

export interface DnsblList {
  /** Stable: reports contain it. */
  id: string;
  name: string;
  kind: 'ip' | 'domain';
  /** An IP list with IPv6 addresses. */
  ipv6: boolean;
  zone: string;
  /** The zone below a customer's key, without the key. */
  keyedZone?: string;
  codes: readonly DnsblCode[];
  /** One answer has all parts, each a bit of its last number. */
  bits?: true;
  /** Answers that mean a refused query, in addition to 127.255.255.0/24, which means it on every list. */
  refusals: readonly string[];
  /** The page to look up and remove a listing; "%" is the listed address or domain. */
  removal: string;
}

const SPAMHAUS_DBL: DnsblList = {
  id: 'spamhaus-dbl',
  name: 'Spamhaus DBL',
  kind: 'domain',
  ipv6: false,
  zone: 'dbl.spamhaus.org',
  keyedZone: 'dbl.dq.spamhaus.net',
  codes: [
    { code: '127.0.1.2', part: 'spam', weight: 'refuses' },
    { code: '127.0.1.4', part: 'phishing', weight: 'refuses' },
    { code: '127.0.1.5', part: 'malware', weight: 'refuses' },
    { code: '127.0.1.6', part: 'botnet', weight: 'refuses' },
    { code: '127.0.1.102-106', part: 'abused', weight: 'scores' },
  ],
  // "IP queries prohibited".
  refusals: ['127.0.1.255'],
  removal: 'https://check.spamhaus.org/results/?query=%',
};

/**
 * The default: each costs a query for each address. Only lists that answer everyone with few queries, and with published
 * codes.
 */
export const DEFAULT_LISTS: readonly DnsblList[] = [
  {
    id: 'spamhaus-zen',
    name: 'Spamhaus ZEN',
    kind: 'ip',
    ipv6: true,
    zone: 'zen.spamhaus.org',
    keyedZone: 'zen.dq.spamhaus.net',
    codes: [
      { code: '127.0.0.2', part: 'SBL', weight: 'refuses' },
      { code: '127.0.0.3', part: 'CSS', weight: 'refuses' },
      { code: '127.0.0.4-7', part: 'XBL', weight: 'refuses' },
      { code: '127.0.0.9', part: 'DROP', weight: 'refuses' },
      { code: '127.0.0.10-11', part: 'PBL', weight: 'refuses', policy: true },
    ],
    refusals: [],
    removal: 'https://check.spamhaus.org/results/?query=%',
  },
  SPAMHAUS_DBL,
  {
    id: 'spamcop',
    name: 'SpamCop',
    kind: 'ip',
    ipv6: false,
    zone: 'bl.spamcop.net',
    codes: [{ code: '127.0.0.2', part: 'SCBL', weight: 'scores' }],
    refusals: [],
    removal: 'https://www.spamcop.net/w3m?action=checkblock&ip=%',
  },
  {
    id: 'psbl',
    name: 'PSBL',
    kind: 'ip',
    ipv6: false,
    zone: 'psbl.surriel.com',
    codes: [{ code: '127.0.0.2', part: 'PSBL', weight: 'scores' }],
    refusals: [],
    removal: 'https://psbl.org/listing?ip=%',
  },
];

/** For the domains of a mail's links: URIBL_* and DBL are among the heaviest rules of filters. */
export const LINK_LISTS: readonly DnsblList[] = [
  SPAMHAUS_DBL,
  {
    id: 'uribl',
    name: 'URIBL',
    kind: 'domain',
    ipv6: false,
    zone: 'multi.uribl.com',
    bits: true,
    codes: [
      { code: '127.0.0.2', part: 'black', weight: 'scores' },
      { code: '127.0.0.4', part: 'grey', weight: 'informs' },
      { code: '127.0.0.8', part: 'red', weight: 'informs' },
    ],
    // "Query refused", as for public resolvers and too many queries.
    refusals: ['127.0.0.1'],
    removal: 'https://admin.uribl.com/?section=lookup&query=%',
  },
  {
    id: 'surbl',
    name: 'SURBL',
    kind: 'domain',
    ipv6: false,
    zone: 'multi.surbl.org',
    bits: true,
    codes: [
      { code: '127.0.0.8', part: 'phishing', weight: 'scores' },
      { code: '127.0.0.16', part: 'malware', weight: 'scores' },
      { code: '127.0.0.64', part: 'spam', weight: 'scores' },
      { code: '127.0.0.128', part: 'cracked', weight: 'scores' },
    ],
    refusals: ['127.0.0.1'],
    removal: 'https://surbl.org/surbl-analysis?lookup=%',
  },
];

/** The meanings of an answer on a list; empty for an undocumented one. */
export function meaningsOf(list: DnsblList, answer: string): DnsblCode[] {
  const [, front, last] = /^(.*)\.(\d+)$/.exec(answer) ?? [];
  return list.codes.filter(({ code }) => {
    const [, prefix, from, to] = /^(.*)\.(\d+)(?:-(\d+))?$/.exec(code) ?? [];
    if (prefix !== front) return false;
    if (list.bits === true) return (Number(last) & Number(from)) !== 0;
    return Number(last) >= Number(from) && Number(last) <= Number(to ?? from);
  });
}
