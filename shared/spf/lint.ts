// What a valid record holds that does nothing, or something else than its writer meant; pure (RFC 7208 sections 3.3, 5.1, 6).
import { correctedSpf } from './correct.ts';
import { parseSpfRecord } from './parse.ts';
import type { SpfRecord, Term } from './types.ts';

export interface IdleTerms {
  /** Never come to: behind `all`, or a redirect beside it (RFC 7208 sections 5.1 and 6.1). */
  behindAll: string[];
  /** Written before. */
  duplicates: string[];
  /** Modifiers that are ignored, since nobody knows them (RFC 7208 section 6). */
  unknown: string[];
  /** Of those the ones that were meant as mechanisms: "include=a.example". */
  mistyped: string[];
}

/** The terms of a record that have no effect. */
export function idleTerms(record: SpfRecord): IdleTerms {
  const idle: IdleTerms = { behindAll: [], duplicates: [], unknown: [], mistyped: [] };
  const hasAll = record.terms.some((term) => term.kind === 'mechanism' && term.name === 'all');
  const seen = new Set<string>();
  let ended = false;
  for (const term of record.terms) {
    if (term.kind === 'invalid') continue;
    if (term.kind === 'modifier') {
      if (term.name === 'redirect' && hasAll) idle.behindAll.push(term.text);
      else if (term.name !== 'redirect' && term.name !== 'exp')
        (isMechanismName(term.name) ? idle.mistyped : idle.unknown).push(term.text);
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

const isMechanismName = (name: string) => /^(?:ip|ip4|ip6|ipv4|ipv6|include|a|mx|exists)$/.test(name);

/**
 * The record as it should be: what was mistyped mended, what is idle left out, and an end that keeps others out.
 * @param without terms to take out, as written; where `all` is among them, `~all` takes its place
 */
export function mendedSpf(record: SpfRecord, without: ReadonlySet<string> = new Set()): string {
  const unknown = new Set(idleTerms(record).unknown);
  const words: string[] = [];
  for (const { text } of reachedTerms(record)) {
    // A missing end becomes ~all when the record is corrected.
    if (!unknown.has(text) && !without.has(text) && !/^\?all$/i.test(text)) words.push(text);
  }
  return correctedSpf(['v=spf1', ...words].join(' ')) ?? '';
}

/** All but what `all` keeps from being reached: if that is taken out, it must not come to life (RFC 7208 sections 5.1 and 6.1). */
function reachedTerms({ terms }: SpfRecord): Term[] {
  const end = terms.findIndex((term) => term.kind === 'mechanism' && term.name === 'all');
  if (end === -1) return [...terms];
  return terms
    .filter((term, index) => index <= end || (term.kind === 'modifier' && term.name === 'exp'))
    .filter((term) => term.kind !== 'modifier' || term.name !== 'redirect');
}

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
 * @param lengths of the record's strings, in octets
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
