// Terms of a valid record without effect, or with another effect than was meant; pure (RFC 7208 sections 3.3, 5.1, 6).
import { providerOfSpfName } from '../providers/lookup.ts';
import { meantWords, recordOf } from './correct.ts';
import { staticText } from './macro.ts';
import { parseSpfRecord } from './parse.ts';
import type { SpfRecord, Term } from './types.ts';

export interface IdleTerms {
  /** Never reached: after `all` (RFC 7208 section 5.1). */
  behindAll: string[];
  /** Repetitions of an earlier term. */
  duplicates: string[];
  /** Unknown modifiers, which are ignored (RFC 7208 section 6). */
  unknown: string[];
  /** Unknown modifiers that were meant as mechanisms: "include=a.example". */
  mistyped: string[];
  /** The first include of a known provider after `all`, which was meant to authorize it. */
  provider?: string;
  /** A redirect in a record with `all`: it is ignored (RFC 7208 section 6.1). */
  redirect?: string;
}

/** Terms listed of one kind: enough to correct a record; a hostile one could have any number. */
const MAX_LISTED = 8;

/** The terms of a record without effect, by reason; the first eight of each. */
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

/** An include of a mailbox or mailing provider. */
function includesProvider(term: Term): boolean {
  if (term.kind !== 'mechanism' || term.name !== 'include' || term.qualifier !== '+') return false;
  const target = term.domain === undefined ? undefined : staticText(term.domain);
  return target !== undefined && providerOfSpfName(target) !== undefined;
}

const keyOf = ({ text }: Term) => text.toLowerCase().replace(/^\+/, '');
const isMechanismName = (name: string) => /^(?:ip|ip4|ip6|ipv4|ipv6|include|a|mx|exists)$/.test(name);

export interface TermChanges {
  /** Terms to remove, as written; `all` among them is replaced by `~all`. */
  without?: ReadonlySet<string>;
  /** Terms to replace, with their replacements. */
  instead?: ReadonlyMap<string, string>;
  /** Replace an end that fails no sender by `~all`: a missing one, `?all`, and a removed one. */
  close?: boolean;
}

/**
 * The record without terms without effect: those after `all`, duplicates and unknown modifiers. Mistyped ones are
 * corrected, a redirect next to `all` becomes the include that was meant, and a provider's include after `all` moves before
 * it. Its fails stay the same, except with `close`.
 */
export function withoutIdleTerms(record: SpfRecord, { without, instead, close = false }: TermChanges = {}): string {
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
      // A redirect next to `all` becomes an include at any position; other terms after `all` must not take effect.
      if (ignored || (end !== -1 && index > end && term.name !== 'exp' && term.name !== 'redirect')) continue;
    } else if (end !== -1 && index > end) continue;
    words.push(instead?.get(text) ?? text);
  }
  return recordOf(meantWords(['v=spf1', ...words].join(' ')), { close });
}

const isAll = (word: string) => /^[+\-~?]?all$/i.test(word);

/** Strings examined: as many of full length as fit into a DNS message. */
const MAX_STRINGS = 260;
/** An `all` without a qualifier could also be the end of a name. */
const BEGINS_TERM = /^(?:include:|ip4:|ip6:|a:|mx:|exists:|redirect=|[+\-~?]all$)/i;

/**
 * Where the blank between two terms is missing: at the border of two strings, since TXT strings are joined without blanks
 * (RFC 7208 section 3.3). A border inside a name or an address does not count, since half of one is not a term.
 */
function missingBlanks(text: string, lengths: readonly number[]): { from: number; at: number; to: number }[] {
  const found: { from: number; at: number; to: number }[] = [];
  let at = 0;
  for (const [index, length] of lengths.slice(0, Math.min(lengths.length - 1, MAX_STRINGS)).entries()) {
    at += length;
    const from = Math.max(text.lastIndexOf(' ', at - 1) + 1, found.at(-1)?.at ?? 0);
    const blank = text.indexOf(' ', at);
    const to = blank === -1 ? text.length : blank;
    if (at <= from || at >= to || !BEGINS_TERM.test(text.slice(at, to))) continue;
    // A blank may be missing at the next border too.
    const next = Math.min(to, at + (lengths[index + 1] ?? 0));
    if (isTerm(text.slice(from, at)) && (isTerm(text.slice(at, to)) || isTerm(text.slice(at, next))))
      found.push({ from, at, to });
  }
  return found;
}

const isTerm = (word: string) => parseSpfRecord(`v=spf1 ${word}`).problems.length === 0;

/**
 * The first two terms that are joined without a blank, as one text.
 * @param lengths of the record's strings, in bytes
 */
export function joinedTerm(text: string, lengths: readonly number[]): string | undefined {
  const [first] = missingBlanks(text, lengths);
  return first === undefined ? undefined : text.slice(first.from, first.to);
}

/** The text with a blank wherever two terms are joined without one. */
export function withMissingBlanks(text: string, lengths: readonly number[]): string {
  const borders = [0, ...missingBlanks(text, lengths).map(({ at }) => at)];
  return borders.map((from, index) => text.slice(from, borders[index + 1])).join(' ');
}
