// The block lists, as data: where they are asked, and what each answer means (RFC 5782).

/** How much a listing counts: 'refuses' most receivers go by it, 'scores' filters add to their sum, 'informs' nothing. */
export type DnsblWeight = 'refuses' | 'scores' | 'informs';

export interface DnsblCode {
  /** "127.0.0.2", or a range of the last number: "127.0.0.4-7"; of a list with `bits` the address with that one bit set. */
  code: string;
  /** The name of the part of the list, as its operator calls it. */
  part: string;
  weight: DnsblWeight;
  /** The part says only that the address is not meant to send mail itself, not that it did harm. */
  policy?: true;
}

export interface DnsblList {
  /** Stable forever; reports hold it. */
  id: string;
  name: string;
  kind: 'ip' | 'domain';
  /** Of an IP list: also asked for IPv6 addresses. */
  ipv6: boolean;
  zone: string;
  /** The zone below a customer's key, without the key. */
  keyedZone?: string;
  codes: readonly DnsblCode[];
  /** One answer holds all parts, each a bit of its last number. */
  bits?: true;
  /** Answers by which the operator says that it will not tell: beside 127.255.255.0/24, which all are taken to mean so. */
  refusals: readonly string[];
  /** Where a listing is looked into and lifted; "%" stands for what is listed. */
  removal: string;
}

/**
 * Asked unless said otherwise: each costs a question for each address. Only lists that answer anybody who asks little,
 * and whose codes are published.
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
  {
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
  },
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

/** Asked about the domains that a mail links to: filters add them up, URIBL_* and DBL among their heaviest rules. */
export const LINK_LISTS: readonly DnsblList[] = [
  DEFAULT_LISTS.find(({ id }) => id === 'spamhaus-dbl')!,
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
    // "Query refused", as for public resolvers and too many questions.
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

/** What an answer means on a list; empty where the list does not say. */
export function meaningsOf(list: DnsblList, answer: string): DnsblCode[] {
  const [, front, last] = /^(.*)\.(\d+)$/.exec(answer) ?? [];
  return list.codes.filter(({ code }) => {
    const [, prefix, from, to] = /^(.*)\.(\d+)(?:-(\d+))?$/.exec(code)!;
    if (prefix !== front) return false;
    if (list.bits === true) return (Number(last) & Number(from)) !== 0;
    return Number(last) >= Number(from) && Number(last) <= Number(to ?? from);
  });
}
