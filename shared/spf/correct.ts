// What a record was meant to be: corrects common mistakes, and adds new senders; pure (RFC 7208 section 12).
import { fromByteString, toText } from '../message/bytes.ts';
import { toAscii } from '../text/domain.ts';
import { parseIp, parseIpLiterally } from '../text/ip.ts';
import { isCut } from './cut.ts';
import { isSpfRecord, parseSpfRecord } from './parse.ts';

/** Quotes and backslashes, as panels and word processors add them, and invisible characters. */
const STRAY_CHARACTERS = /["'\\\u201c-\u201f\u00ab\u00bb\u00ad\u200b-\u200f\u2060\ufeff]/g;

/** True for a text that was meant as SPF, valid or not. */
export function looksLikeSpf(text: string): boolean {
  return /^\s*(?:v\s*[=:-]\s*spf|spf1\b|spf2\.0\/)/i.test(readableText(text).replace(STRAY_CHARACTERS, ''));
}

/** DNS answers are bytes, in which text of other scripts is UTF-8. Text with characters over 255 is returned unchanged. */
export function readableText(text: string): string {
  if (!/[^\x00-\x7f]/.test(text) || /[^\x00-\xff]/.test(text)) return text;
  return toText(fromByteString(text));
}

/**
 * The record that was meant, or undefined where that is not certain. Terms keep their order; terms after `all` and
 * duplicates are removed; a missing end becomes `~all`; a redirect next to `all`, which receivers would ignore, becomes an
 * include (RFC 7208 section 6.1).
 */
export function correctedSpf(text: string): string | undefined {
  if (isCut(text)) return undefined;
  const corrected = recordOf(meantWords(text));
  return isValid(corrected) ? corrected : undefined;
}

/** Like `correctedSpf`, but without the terms that stay invalid. */
function withoutInvalidTerms(text: string): string {
  return recordOf(meantWords(text).filter((word) => isValid(`v=spf1 ${word}`)));
}

/** A record of these terms, in order: mechanisms, the end, modifiers. Without `close` a record may stay without an end. */
export function recordOf(words: readonly string[], { close = true }: { close?: boolean } = {}): string {
  const seen = new Set<string>();
  const mechanisms: string[] = [];
  const modifiers: string[] = [];
  let all: string | undefined;
  for (const word of words) {
    const modifier = /^([a-z][a-z0-9\-_.]*)=/i.exec(word)?.[1]?.toLowerCase();
    // Of redirect and exp the first is kept, since two make the record invalid (RFC 7208 section 6).
    const key = modifier === 'redirect' || modifier === 'exp' ? modifier : word.toLowerCase().replace(/^\+/, '');
    if (seen.has(key)) continue;
    seen.add(key);
    if (/^[+\-~?]?all$/i.test(word)) all ??= word;
    else if (modifier !== undefined) modifiers.push(word);
    else if (all === undefined) mechanisms.push(word);
  }
  const redirect = modifiers.filter((modifier) => /^redirect=/i.test(modifier));
  const others = modifiers.filter((modifier) => !/^redirect=/i.test(modifier));
  if (all === undefined) {
    const end = redirect.length > 0 ? redirect : close ? ['~all'] : [];
    return ['v=spf1', ...mechanisms, ...end, ...others].join(' ');
  }
  const includes = redirect.map((word) => word.replace(/^redirect=/i, 'include:'));
  const known = new Set(mechanisms.map(canonicalTerm));
  const added = includes.filter((word) => !known.has(canonicalTerm(word)));
  return ['v=spf1', ...mechanisms, ...added, all, ...others].join(' ');
}

/** The terms that a text was meant to have, each corrected as far as possible. */
export function meantWords(text: string): string[] {
  // In a valid record commas and quotes are parts of names and macros.
  if (isValid(text)) return text.split(/ +/).slice(1).filter(notEmpty).flatMap(splitJoined).map(correctedTerm);
  const words = readableText(text)
    .replace(STRAY_CHARACTERS, '')
    .replace(/^\s*(?:v\s*[=:-]\s*)?spf(?:1|2\.0\/\S*)?[;,]?/i, '')
    .split(/[\s;,\u00a0]+/)
    .filter(notEmpty);
  return joinSplit(words).flatMap(splitJoined).map(correctedTerm);
}

const notEmpty = (word: string) => word !== '';

const NAME_ALONE = /^[+\-~?]?(?:ip4|ip6|include|a|mx|exists|ptr|redirect|exp)[:=]$/i;
/** What can follow a mechanism name and the blank after it. */
const VALUE_ALONE = /^(?!(?:all|a|mx|ptr)$)[a-z0-9_%:][^=]*$/i;

/** "include: a.example" and "~ all" are one term each, split by a blank. */
function joinSplit(words: readonly string[]): string[] {
  const out: string[] = [];
  for (const word of words) {
    const before = out.at(-1) ?? '';
    const value = NAME_ALONE.test(before) && VALUE_ALONE.test(word) && (isAddress(word) || !word.includes(':'));
    if (value || (/^[+\-~?]$/.test(before) && /^all$/i.test(word))) out[out.length - 1] = before + word;
    else out.push(word);
  }
  return out;
}

/** Where a mechanism begins at the end of the term before it: two strings were joined without a blank. */
const JOINED = /(?<=[a-z0-9)])(?=(?:include:|ip4:|ip6:|redirect=|[+\-~?]all$))/gi;

function splitJoined(word: string): string[] {
  // Nearly every term; it need not be parsed again.
  if (word.search(JOINED) === -1) return [word];
  // A macro or a domain may contain such letters; only an invalid term, or a name that ends in a mechanism, is split.
  if (isValid(`v=spf1 ${word}`) && !/\.[a-z]+(?:include:|ip4:|ip6:)/i.test(word)) return [word];
  return word.split(JOINED);
}

const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^([+\-~?]?)(ip4|ip6|include|a|mx|exists|ptr)=/i, '$1$2:'],
  [/^([+\-~?]?)(?:incl|includes?)[:=](?=.)/i, '$1include:'],
  [/^redirect:/i, 'redirect='],
  [/^exp:/i, 'exp='],
  [/^all([+\-~?])$/i, '$1all'],
  [/^[\u2010-\u2015\u2212]all$/i, '-all'],
  [/^\u02dcall$/i, '~all'],
];
/** Names that people write before an address; `ipv4` and the like are not mechanisms. */
const ADDRESSED = /^(?:ip|ip4|ip6|ipv4|ipv6|a|mx|include)$/i;

function correctedTerm(word: string): string {
  const [, sign = '', name, value = ''] = /^([+\-~?]?)(?:([a-z0-9]+)[:=])?(.*)$/is.exec(word) ?? [];
  const address = parseIpLiterally(withoutPrefix(value));
  if (address !== undefined && (name === undefined || ADDRESSED.test(name)))
    return `${sign}ip${address.version}:${value}`;
  // In "2001:db8::1", `name` is 2001.
  const bare = word.slice(sign.length);
  if (isAddress(bare)) return `${sign}ip${bare.includes(':') ? 6 : 4}:${bare}`;
  // A host name after ip4: can only have been meant as that host's addresses.
  if (name !== undefined && /^ip(?:v?[46])?$/i.test(name) && isValid(`v=spf1 a:${value}`)) return `${sign}a:${value}`;
  for (const [pattern, replacement] of RENAMED) {
    if (pattern.test(word)) return withPlainDomain(word.replace(pattern, replacement));
  }
  return withPlainDomain(word);
}

const WITH_DOMAIN =
  /^([+\-~?]?(?:include|a|mx|exists|ptr):|(?:redirect|exp)=)(?:https?:\/\/([^/%]+)(?:\/.*)?|([^/%]+)(\/.*)?)$/i;

/** The domain of a web or mail address, without a port, as A-labels (RFC 8616 section 4); a term with macros is unchanged. */
function withPlainDomain(word: string): string {
  const [, name, ofAddress, written, prefix = ''] = WITH_DOMAIN.exec(word) ?? [];
  const value = ofAddress ?? written;
  if (name === undefined || value === undefined) return word;
  const domain = value.replace(/^[^@]*@|:\d+$/g, '');
  const ascii = /[^\x00-\x7f]/.test(domain) ? toAscii(domain) : undefined;
  return `${name}${ascii?.ok ? ascii.name : domain}${prefix}`;
}

const withoutPrefix = (text: string) => text.replace(/\/\d{1,3}$/, '');
const isAddress = (text: string) => parseIp(withoutPrefix(text)) !== undefined;

export interface SpfAdditions {
  /** Addresses in text form; other text is left out. */
  ips?: readonly string[];
  /** Terms as they are to be written: "mx", "include:_spf.relay.example". */
  terms?: readonly string[];
}

/**
 * The record that also authorizes the additions. Addresses go before all terms that query DNS, since they need no query,
 * and a later term for the same address is removed; terms go before `all`. Without a record a new one is made that ends
 * in `~all`, since it is a guess.
 * @returns the text; '' where the existing one was shortened for a report
 */
export function mergeSpf(existing: string | undefined, { ips = [], terms = [] }: SpfAdditions): string {
  const addresses = ips.flatMap((text) => {
    const ip = parseIp(text);
    return ip === undefined ? [] : [`ip${ip.version}:${ip.text}`];
  });
  if (existing === undefined) return ['v=spf1', ...addresses, ...terms, '~all'].join(' ');
  if (isCut(existing)) return '';
  const base = isValid(existing) ? existing : (correctedSpf(existing) ?? withoutInvalidTerms(existing));
  const words = base.split(/ +/).filter(notEmpty);
  // After the addresses it begins with; after any other term a lookup, its errors or a fail would come first.
  const other = words.findIndex((word, index) => index > 0 && !/^\+?ip[46]:/i.test(word));
  const at = other === -1 ? words.length : other;
  const inFront = new Set(words.slice(0, at).map(canonicalTerm));
  const added = new Set(addresses.filter((address) => !inFront.has(canonicalTerm(address))));
  // A later term for the same address is a duplicate, or one that never matches.
  const rest = words.slice(at).filter((word) => !added.has(canonicalTerm(word.replace(/^[-~?]/, ''))));
  const present = new Set(rest.map(canonicalTerm));
  const end = rest.findIndex((word) => /^[+\-~?]?all$/i.test(word) || /^redirect=/i.test(word));
  const limit = end === -1 ? rest.length : end;
  return [
    ...words.slice(0, at),
    ...added,
    ...rest.slice(0, limit),
    ...new Set(terms.filter((term) => !present.has(canonicalTerm(term)))),
    ...rest.slice(limit),
  ].join(' ');
}

/** Equal for terms with the same meaning: addresses in canonical form, without the prefix length of one address. */
function canonicalTerm(word: string): string {
  const term = word.toLowerCase().replace(/^\+/, '');
  const [, address] = /^ip[46]:([^/]*)(?:\/(?:32|128))?$/.exec(term) ?? [];
  const ip = address === undefined ? undefined : parseIpLiterally(address);
  return ip === undefined ? term : `ip${ip.version}:${ip.text}`;
}

function isValid(text: string): boolean {
  return isSpfRecord(text) && parseSpfRecord(text).problems.length === 0;
}

/**
 * Several records as one: the terms of all, with the weakest `all` of them, but at least `~all` where none has `+all`. A
 * redirect becomes an include, since receivers ignore it next to `all` (RFC 7208 section 6.1).
 */
export function joinedSpf(texts: readonly string[]): string {
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return correctedSpf(only) ?? withoutInvalidTerms(only);
  const parts = texts.map((text) => wordsOf(correctedSpf(text) ?? withoutInvalidTerms(text)));
  const words = parts.flat().filter((word) => !isEnd(word));
  const ends = parts.map((part) => part.find(isEnd)?.toLowerCase() ?? '~all');
  const end = ends.some((one) => /^\+?all$/.test(one)) ? '+all' : ends.every((one) => one === '-all') ? '-all' : '~all';
  return recordOf([...words, end]);
}

const wordsOf = (text: string) => text.split(' ').slice(1);
const isEnd = (word: string) => /^[+\-~?]?all$/i.test(word);

/**
 * Whether the joined record means the same as the records: each can be corrected, none fails an address that another
 * allows, and no explanation is lost.
 */
export function joinsWell(texts: readonly string[]): boolean {
  const parts = texts.map((text) => correctedSpf(text));
  const words = parts.flatMap((part) => (part === undefined ? [] : wordsOf(part)));
  const refuses = words.some((word) => /^[-~?]/.test(word) && !isEnd(word));
  const explanations = new Set(words.filter((word) => /^exp=/i.test(word)).map((word) => word.toLowerCase()));
  return !parts.includes(undefined) && !refuses && explanations.size <= 1;
}
