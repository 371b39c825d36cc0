// What a valid record holds that does nothing, or something else than its writer meant; pure (RFC 7208 sections 3.3, 5.1, 6).
import { providerOfSpfName } from '../providers/lookup.ts';
import { meantWords, recordOf } from './correct.ts';
import { staticText } from './macro.ts';
import { parseSpfRecord } from './parse.ts';
import type { SpfRecord, Term } from './types.ts';

export interface IdleTerms {
  /** Never come to: behind `all` (RFC 7208 section 5.1). */
  behindAll: string[];
  /** Written before. */
  duplicates: string[];
  /** Modifiers that are ignored, since nobody knows them (RFC 7208 section 6). */
  unknown: string[];
  /** Of those the ones that were meant as mechanisms: "include=a.example". */
  mistyped: string[];
  /** Of those behind `all` an include of a known provider, which was meant to let it send. */
  provider?: string;
  /** A redirect beside `all`, before it or behind it: it is not followed (RFC 7208 section 6.1). */
  redirect?: string;
}

/** Terms listed of one kind: enough for correcting, however many a hostile record holds. */
const MAX_LISTED = 8;

/** The terms of a record that have no effect, by why; of each kind the first eight. */
export function idleTerms(record: SpfRecord): IdleTerms {
  const idle: IdleTerms = { behindAll: [], duplicates: [], unknown: [], mistyped: [] };
  const list = (terms: string[], text: string) => {
    if (terms.length < MAX_LISTED && !terms.includes(text)) terms.push(text);
  };
  const hasAll = record.terms.some((term) => term.kind === 'mechanism' && term.name === 'all');
  const seen = new Set<string>();
  let ended = false;
  let allowsAll = false;
  for (const term of record.terms) {
    if (term.kind === 'invalid') continue;
    if (term.kind === 'modifier') {
      if (term.name === 'redirect' && hasAll) idle.redirect ??= term.text;
      else if (term.name !== 'redirect' && term.name !== 'exp')
        list(isMechanismName(term.name) ? idle.mistyped : idle.unknown, term.text);
      continue;
    }
    const key = keyOf(term);
    if (ended) {
      list(idle.behindAll, term.text);
      if (!seen.has(key) && !allowsAll && includesProvider(term)) idle.provider ??= term.text;
    } else if (seen.has(key)) list(idle.duplicates, term.text);
    seen.add(key);
    if (term.name === 'all' && !ended) [ended, allowsAll] = [true, term.qualifier === '+'];
  }
  return idle;
}

/** An include of a mailbox or mailing provider: whoever writes one sends through it. */
function includesProvider(term: Term): boolean {
  if (term.kind !== 'mechanism' || term.name !== 'include' || term.qualifier !== '+') return false;
  const target = term.domain === undefined ? undefined : staticText(term.domain);
  return target !== undefined && providerOfSpfName(target) !== undefined;
}

const keyOf = ({ text }: Term) => text.toLowerCase().replace(/^\+/, '');
const isMechanismName = (name: string) => /^(?:ip|ip4|ip6|ipv4|ipv6|include|a|mx|exists)$/.test(name);

export interface Mending {
  /** Terms to take out, as written; where `all` is among them, `~all` takes its place. */
  without?: ReadonlySet<string>;
  /** Terms to write in place of others. */
  instead?: ReadonlyMap<string, string>;
  /** Let an end that keeps nobody out become `~all`: a missing one, `?all`, and one that is taken out. */
  close?: boolean;
}

/**
 * The record without what has no effect: what is behind `all`, written twice or not known. What was mistyped is corrected,
 * a redirect beside `all` becomes the include that was meant, and a provider's include behind `all` comes in front of it. What it refuses stays as it is, but for `close`.
 */
export function mendedSpf(record: SpfRecord, { without, instead, close = false }: Mending = {}): string {
  const end = record.terms.findIndex((term) => term.kind === 'mechanism' && term.name === 'all');
  const words: string[] = [];
  for (const [index, term] of record.terms.entries()) {
    const { text } = term;
    if (end !== -1 && index > end && includesProvider(term) && without?.has(text) !== true) {
      words.splice(words.findIndex(isAll), 0, text);
      continue;
    }
    if (without?.has(text) || (close && /^\?all$/i.test(text))) {
      if (index === end) words.push('~all');
      continue;
    }
    if (term.kind === 'modifier') {
      const ignored = term.name !== 'redirect' && term.name !== 'exp' && !isMechanismName(term.name);
      // What a redirect beside `all` stands for comes to life, wherever it is; another term behind `all` must not.
      if (ignored || (end !== -1 && index > end && term.name !== 'exp' && term.name !== 'redirect')) continue;
    } else if (end !== -1 && index > end) continue;
    words.push(instead?.get(text) ?? text);
  }
  return recordOf(meantWords(['v=spf1', ...words].join(' ')), { close });
}

const isAll = (word: string) => /^[+\-~?]?all$/i.test(word);

/** Strings looked at: as many of full length as a DNS message holds. */
const MAX_STRINGS = 260;
/** An `all` without a sign could as well be the end of a name. */
const BEGINS_TERM = /^(?:include:|ip4:|ip6:|a:|mx:|exists:|redirect=|[+\-~?]all$)/i;

/**
 * Where two terms touch that a blank should part: at the border of two strings, since TXT strings are joined with nothing
 * between (RFC 7208 section 3.3). A border inside a name or an address is none, as a half of those is no term.
 */
function joints(text: string, lengths: readonly number[]): { from: number; at: number; to: number }[] {
  const found: { from: number; at: number; to: number }[] = [];
  let at = 0;
  const last = Math.min(lengths.length - 1, MAX_STRINGS);
  for (let index = 0; index < last; index++) {
    at += lengths[index]!;
    const from = Math.max(text.lastIndexOf(' ', at - 1) + 1, found.at(-1)?.at ?? 0);
    const blank = text.indexOf(' ', at);
    const to = blank === -1 ? text.length : blank;
    if (at <= from || at >= to || !BEGINS_TERM.test(text.slice(at, to))) continue;
    // The next border may be such a joint too.
    const next = Math.min(to, at + lengths[index + 1]!);
    if (isTerm(text.slice(from, at)) && (isTerm(text.slice(at, to)) || isTerm(text.slice(at, next))))
      found.push({ from, at, to });
  }
  return found;
}

const isTerm = (word: string) => parseSpfRecord(`v=spf1 ${word}`).problems.length === 0;

/**
 * The first two terms that are joined without a blank, as the join has them.
 * @param lengths of the record's strings, in bytes
 */
export function joinedTerm(text: string, lengths: readonly number[]): string | undefined {
  const [first] = joints(text, lengths);
  return first === undefined ? undefined : text.slice(first.from, first.to);
}

/** The text with a blank wherever two terms are joined without one. */
export function partedText(text: string, lengths: readonly number[]): string {
  const borders = [0, ...joints(text, lengths).map(({ at }) => at)];
  return borders.map((from, index) => text.slice(from, borders[index + 1])).join(' ');
}
