// What a record was meant to be: mends what people get wrong, and merges a new sender in; pure (RFC 7208 section 12).
import { parseIp } from '../text/ip.ts';
import { isSpfRecord, parseSpfRecord } from './parse.ts';
import type { SpfRecord } from './types.ts';

/** True for a text that somebody meant as SPF, be it one or not. */
export function looksLikeSpf(text: string): boolean {
  return /^[\s"'\\]*(?:v\s*[=:-]\s*spf|spf1\b|spf2\.0\/)/i.test(text);
}

const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^([+\-~?]?)ip(?:v4)?:(?=\d+\.)/i, '$1ip4:'],
  [/^([+\-~?]?)ipv?6?:(?=[0-9a-f]*:)/i, '$1ip6:'],
  [/^([+\-~?]?)(ip4|ip6|include|a|mx|exists|ptr)=/i, '$1$2:'],
  [/^([+\-~?]?)include;/i, '$1include:'],
  [/^redirect:/i, 'redirect='],
  [/^exp:/i, 'exp='],
  [/^all([+\-~?])$/i, '$1all'],
  [/^[\u2010-\u2015\u2212]all$/i, '-all'],
  [/^\u02dcall$/i, '~all'],
];
/** A mechanism glued to the end of the term before it, by strings that were joined without a blank. */
const GLUED = /(?<=[a-z0-9)])(?=(?:include:|ip4:|ip6:|redirect=|[+\-~?]all$))/gi;

/**
 * The record that was meant, or undefined where that cannot be told. Terms keep their order; what stands behind `all`
 * and what is written twice goes; a missing end becomes `~all`.
 */
export function correctedSpf(text: string): string | undefined {
  const body = text
    .replace(/["'\\]/g, '')
    .replace(/^\s*(?:v\s*[=:-]\s*)?spf(?:1|2\.0\/\S*)?[;,]?/i, '')
    .replace(/[;,]+/g, ' ');
  const seen = new Set<string>();
  const mechanisms: string[] = [];
  const modifiers: string[] = [];
  let all: string | undefined;
  for (const word of body.split(/\s+/).flatMap((part) => unglued(part))) {
    const term = mended(word);
    if (term === '' || seen.has(term.toLowerCase())) continue;
    seen.add(term.toLowerCase());
    if (/^[+\-~?]?all$/i.test(term)) all ??= term;
    else if (/^[a-z][a-z0-9\-_.]*=/i.test(term)) modifiers.push(term);
    else if (all === undefined) mechanisms.push(term);
  }
  const redirected = modifiers.some((modifier) => /^redirect=/i.test(modifier));
  const end = all ?? (redirected ? undefined : '~all');
  const corrected = [
    'v=spf1',
    ...mechanisms,
    ...(end === undefined ? [] : [end]),
    ...modifiers.filter((one) => end === undefined || !/^redirect=/i.test(one)),
  ].join(' ');
  return parseSpfRecord(corrected).problems.length === 0 ? corrected : undefined;
}

function unglued(word: string): string[] {
  // A macro or a domain may hold such letters; only what then reads as terms is taken apart.
  if (parseSpfRecord(`v=spf1 ${word}`).problems.length === 0 && !/\.[a-z]+(?:include:|ip4:|ip6:)/i.test(word))
    return [word];
  return word.split(GLUED);
}

function mended(word: string): string {
  if (parseIp(word.replace(/\/\d+$/, '')) !== undefined) return `${word.includes(':') ? 'ip6' : 'ip4'}:${word}`;
  for (const [pattern, replacement] of RENAMED) if (pattern.test(word)) return word.replace(pattern, replacement);
  return word;
}

export interface SpfAdditions {
  ips?: readonly string[];
  /** Terms as they are to stand: "mx", "include:_spf.relay.example". */
  terms?: readonly string[];
}

/**
 * The record that also lets the additions send: put in behind the last address of the record, before `all` and before
 * anything that asks DNS, since what needs no question should be tried first. Without a record a new one is made.
 */
export function mergeSpf(existing: string | undefined, { ips = [], terms = [] }: SpfAdditions): string {
  const base = existing === undefined ? undefined : isValid(existing) ? existing : correctedSpf(existing);
  const addresses = ips.flatMap((text) => {
    const ip = parseIp(text);
    return ip === undefined ? [] : [`ip${ip.version}:${ip.text}`];
  });
  if (base === undefined)
    return ['v=spf1', ...addresses, ...terms, addresses.length + terms.length > 0 ? '-all' : '~all'].join(' ');
  const words = base.split(/ +/).filter((word) => word !== '');
  const present = new Set(words.map((word) => word.toLowerCase().replace(/^\+/, '')));
  const fresh = (term: string) => !present.has(term.toLowerCase());
  const end = words.findIndex((word) => /^[+\-~?]?all$/i.test(word) || /^redirect=/i.test(word));
  const limit = end === -1 ? words.length : end;
  const lastAddress = words.slice(0, limit).findLastIndex((word) => /^\+?ip[46]:/i.test(word));
  const at = lastAddress === -1 ? 1 : lastAddress + 1;
  return [
    ...words.slice(0, at),
    ...addresses.filter(fresh),
    ...words.slice(at, limit),
    ...terms.filter(fresh),
    ...words.slice(limit),
  ].join(' ');
}

function isValid(text: string): boolean {
  return isSpfRecord(text) && parseSpfRecord(text).problems.length === 0;
}

/** Several records made one: the terms of all, ended by the strictest end among them. */
export function joinedSpf(texts: readonly string[]): string {
  const words = texts.flatMap((text) => (correctedSpf(text) ?? '').split(' ').slice(1)).filter((word) => word !== '');
  const ends = words
    .filter((word) => /^[+\-~?]?all$/i.test(word))
    .sort((one, other) => '-~?+'.indexOf(one[0]!) - '-~?+'.indexOf(other[0]!));
  const terms = new Set(words.filter((word) => !/^[+\-~?]?all$/i.test(word) && !/^redirect=/i.test(word)));
  return ['v=spf1', ...terms, ends[0] ?? '~all'].join(' ');
}

/** The terms of a record that are without effect or twice there. */
export function idleTerms(record: SpfRecord): { behindAll: string[]; duplicates: string[]; unknown: string[] } {
  const idle = { behindAll: [] as string[], duplicates: [] as string[], unknown: [] as string[] };
  const seen = new Set<string>();
  let ended = false;
  for (const term of record.terms) {
    if (term.kind === 'invalid') continue;
    if (term.kind === 'modifier') {
      if (term.name !== 'redirect' && term.name !== 'exp') idle.unknown.push(term.text);
      else if (
        term.name === 'redirect' &&
        record.terms.some((other) => other.kind === 'mechanism' && other.name === 'all')
      )
        idle.behindAll.push(term.text);
      continue;
    }
    const key = term.text.toLowerCase().replace(/^\+/, '');
    if (ended) idle.behindAll.push(term.text);
    else if (seen.has(key)) idle.duplicates.push(term.text);
    seen.add(key);
    if (term.name === 'all') ended = true;
  }
  return idle;
}
