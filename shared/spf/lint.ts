// What a valid record holds that does nothing, or something else than its writer meant; pure (RFC 7208 sections 3.3, 5.1, 6).
import { correctedSpf } from './correct.ts';
import type { SpfRecord } from './types.ts';

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
  const words = record.text.split(' ').filter((word) => !unknown.has(word) && !without.has(word));
  // A missing end becomes ~all when the record is corrected.
  return correctedSpf(words.filter((word) => !/^\?all$/i.test(word)).join(' ')) ?? '';
}

/**
 * The term that reaches over the border of two strings and would be two with a blank there: TXT strings are joined with
 * nothing between (RFC 7208 section 3.3).
 * @param lengths of the record's strings, in octets
 */
export function joinedTerm(text: string, lengths: readonly number[]): string | undefined {
  let border = 0;
  for (const length of lengths.slice(0, -1)) {
    border += length;
    if (border === 0 || text[border - 1] === ' ' || text[border] === ' ') continue;
    const start = text.lastIndexOf(' ', border - 1) + 1;
    const end = text.indexOf(' ', border);
    const right = text.slice(border, end === -1 ? undefined : end);
    if (border > start && /^(?:include:|ip4:|ip6:|a:|mx:|exists:|redirect=|[+\-~?]?all$)/i.test(right))
      return text.slice(start, end === -1 ? undefined : end);
  }
  return undefined;
}
