// What a record was meant to be: mends what people get wrong, and merges a new sender in; pure (RFC 7208 section 12).
import { fromByteString, toText } from '../message/bytes.ts';
import { toAscii } from '../text/domain.ts';
import { parseIp, parseIpLiterally } from '../text/ip.ts';
import { isCut } from './cut.ts';
import { isSpfRecord, parseSpfRecord } from './parse.ts';

/** Quotes and backslashes, as panels and word processors add them, and characters that nobody sees. */
const ADORNMENT = /["'\\\u201c-\u201f\u00ab\u00bb\u00ad\u200b-\u200f\u2060\ufeff]/g;

/** True for a text that somebody meant as SPF, be it one or not. */
export function looksLikeSpf(text: string): boolean {
  return /^\s*(?:v\s*[=:-]\s*spf|spf1\b|spf2\.0\/)/i.test(readableText(text).replace(ADORNMENT, ''));
}

/** DNS gives bytes: what somebody pasted or typed in another script is UTF-8 there. Text that is no bytes stays. */
export function readableText(text: string): string {
  if (!/[^\x00-\x7f]/.test(text) || /[^\x00-\xff]/.test(text)) return text;
  return toText(fromByteString(text));
}

/**
 * The record that was meant, or undefined where that cannot be told. Terms keep their order; what stands behind `all`
 * and what is written twice goes; a missing end becomes `~all`; a redirect beside `all`, which would not be followed,
 * becomes an include (RFC 7208 section 6.1).
 */
export function correctedSpf(text: string): string | undefined {
  if (isCut(text)) return undefined;
  const corrected = recordOf(meantWords(text));
  return isValid(corrected) ? corrected : undefined;
}

/** Like `correctedSpf`, but what cannot be understood is left out, so that the rest is not lost with it. */
function salvagedSpf(text: string): string {
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
    // Of redirect and exp the first is kept, since two make the record void (RFC 7208 section 6).
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

/** The terms that a text was meant to have, each as corrected as it can be. */
export function meantWords(text: string): string[] {
  // In a valid record commas and quotes are parts of names and macros.
  if (isValid(text)) return text.split(/ +/).slice(1).filter(notEmpty).flatMap(unglued).map(mended);
  const words = readableText(text)
    .replace(ADORNMENT, '')
    .replace(/^\s*(?:v\s*[=:-]\s*)?spf(?:1|2\.0\/\S*)?[;,]?/i, '')
    .split(/[\s;,\u00a0]+/)
    .filter(notEmpty);
  return rejoined(words).flatMap(unglued).map(mended);
}

const notEmpty = (word: string) => word !== '';

const NAME_ALONE = /^[+\-~?]?(?:ip4|ip6|include|a|mx|exists|ptr|redirect|exp)[:=]$/i;
/** What a name that was torn off by a blank can go on with. */
const VALUE_ALONE = /^(?!(?:all|a|mx|ptr)$)[a-z0-9_%:][^=]*$/i;

/** "include: a.example" and "~ all" are one term each, torn apart by a blank. */
function rejoined(words: readonly string[]): string[] {
  const out: string[] = [];
  for (const word of words) {
    const before = out.at(-1) ?? '';
    const value = NAME_ALONE.test(before) && VALUE_ALONE.test(word) && (isAddress(word) || !word.includes(':'));
    if (value || (/^[+\-~?]$/.test(before) && /^all$/i.test(word))) out[out.length - 1] = before + word;
    else out.push(word);
  }
  return out;
}

/** A mechanism glued to the end of the term before it, by strings that were joined without a blank. */
const GLUED = /(?<=[a-z0-9)])(?=(?:include:|ip4:|ip6:|redirect=|[+\-~?]all$))/gi;

function unglued(word: string): string[] {
  // Nearly every term: it is not parsed once more.
  if (word.search(GLUED) === -1) return [word];
  // A macro or a domain may hold such letters; only what then reads as terms is taken apart.
  if (isValid(`v=spf1 ${word}`) && !/\.[a-z]+(?:include:|ip4:|ip6:)/i.test(word)) return [word];
  return word.split(GLUED);
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
/** Mechanisms that people write an address behind; `ipv4` and the like are no mechanisms at all. */
const ADDRESSED = /^(?:ip|ip4|ip6|ipv4|ipv6|a|mx|include)$/i;

function mended(word: string): string {
  const { sign, name, value } = /^(?<sign>[+\-~?]?)(?:(?<name>[a-z0-9]+)[:=])?(?<value>.*)$/is.exec(word)!.groups!;
  const address = value === undefined ? undefined : parseIpLiterally(withoutPrefix(value));
  if (address !== undefined && (name === undefined || ADDRESSED.test(name)))
    return `${sign}ip${address.version}:${value}`;
  // "2001:db8::1" reads as a mechanism called 2001 until it is looked at as a whole.
  const bare = word.slice(sign!.length);
  if (isAddress(bare)) return `${sign}ip${bare.includes(':') ? 6 : 4}:${bare}`;
  // A host name behind ip4: can only have been meant as that host's addresses.
  if (name !== undefined && /^ip(?:v?[46])?$/i.test(name) && isValid(`v=spf1 a:${value}`)) return `${sign}a:${value}`;
  for (const [pattern, replacement] of RENAMED) {
    if (pattern.test(word)) return withPlainDomain(word.replace(pattern, replacement));
  }
  return withPlainDomain(word);
}

const WITH_DOMAIN =
  /^([+\-~?]?(?:include|a|mx|exists|ptr):|(?:redirect|exp)=)(?:https?:\/\/([^/%]+)(?:\/.*)?|([^/%]+)(\/.*)?)$/i;

/** The domain of a web or mail address, without a port, as A-labels (RFC 8616 section 4); a term with macros stays. */
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
  /** Addresses in text form; what is none is left out. */
  ips?: readonly string[];
  /** Terms as they are to stand: "mx", "include:_spf.relay.example". */
  terms?: readonly string[];
}

/**
 * The record that also lets the additions send. Addresses go in front of all that asks DNS, since what needs no question
 * should be tried first, and a term for the same address further back goes; terms go before `all`. Without a record a
 * new one is made, which refuses nothing: it is a guess.
 * @returns the text; '' where the existing one was cut for a report
 */
export function mergeSpf(existing: string | undefined, { ips = [], terms = [] }: SpfAdditions): string {
  const addresses = ips.flatMap((text) => {
    const ip = parseIp(text);
    return ip === undefined ? [] : [`ip${ip.version}:${ip.text}`];
  });
  if (existing === undefined) return ['v=spf1', ...addresses, ...terms, '~all'].join(' ');
  if (isCut(existing)) return '';
  const base = isValid(existing) ? existing : (correctedSpf(existing) ?? salvagedSpf(existing));
  const words = base.split(/ +/).filter(notEmpty);
  // Behind the addresses it begins with; behind anything else a lookup, its errors or a refusal would come first.
  const other = words.findIndex((word, index) => index > 0 && !/^\+?ip[46]:/i.test(word));
  const at = other === -1 ? words.length : other;
  const inFront = new Set(words.slice(0, at).map(canonicalTerm));
  const added = new Set(addresses.filter((address) => !inFront.has(canonicalTerm(address))));
  // The same address further back is named twice then, or refused in spite of its being allowed.
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

/** Equal for terms that mean the same: addresses in canonical form, a prefix for one address left out. */
function canonicalTerm(word: string): string {
  const term = word.toLowerCase().replace(/^\+/, '');
  const network = /^(ip[46]):([^/]*)(?:\/(?:32|128))?$/.exec(term);
  const ip = network === null ? undefined : parseIpLiterally(network[2]!);
  return ip === undefined ? term : `ip${ip.version}:${ip.text}`;
}

function isValid(text: string): boolean {
  return isSpfRecord(text) && parseSpfRecord(text).problems.length === 0;
}

/**
 * Several records made one: the terms of all, ended by the weakest end that one of them has, but at least by `~all` where
 * none lets everyone send. A redirect becomes an include, since it would not be followed beside `all` (RFC 7208 section 6.1).
 */
export function joinedSpf(texts: readonly string[]): string {
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return correctedSpf(only) ?? salvagedSpf(only);
  const parts = texts.map((text) => wordsOf(correctedSpf(text) ?? salvagedSpf(text)));
  const words = parts.flat().filter((word) => !isEnd(word));
  const ends = parts.map((part) => part.find(isEnd)?.toLowerCase() ?? '~all');
  const end = ends.some((one) => /^\+?all$/.test(one)) ? '+all' : ends.every((one) => one === '-all') ? '-all' : '~all';
  return recordOf([...words, end]);
}

const wordsOf = (text: string) => text.split(' ').slice(1);
const isEnd = (word: string) => /^[+\-~?]?all$/i.test(word);

/**
 * Whether the join of several records says no more and no less than they do: each can be read as it is, none refuses an
 * address that another allows, and none has an explanation that would be lost.
 */
export function joinsWell(texts: readonly string[]): boolean {
  const parts = texts.map((text) => correctedSpf(text));
  const words = parts.flatMap((part) => (part === undefined ? [] : wordsOf(part)));
  const refuses = words.some((word) => /^[-~?]/.test(word) && !isEnd(word));
  const explanations = new Set(words.filter((word) => /^exp=/i.test(word)).map((word) => word.toLowerCase()));
  return !parts.includes(undefined) && !refuses && explanations.size <= 1;
}
