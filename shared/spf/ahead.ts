// Fetching ahead: what a record will ask for is asked while earlier terms are still being evaluated, which changes only the time.

import type { Evaluation } from './evaluation.ts';
import { MAX_LOOKUPS } from './evaluation.ts';
import { matchesNetwork } from './mechanisms.ts';
import { plainName } from './name.ts';
import { readRecord } from './record.ts';
import type { Mechanism, Modifier, SpfRecord } from './types.ts';

/**
 * Asks for all that this record's terms will need, as far as it is plain without macros, and for what the records behind
 * its includes will need. At most ten terms are ever asked for: an evaluation that comes so far ends there
 * (RFC 7208 section 4.6.4), so no more than ten queries are wasted by a match before them.
 */
export function fetchAhead(evaluation: Evaluation, domain: string, record: SpfRecord): void {
  if (record.problems.length > 0) return;
  for (const term of record.terms) {
    if (term.kind === 'invalid') return;
    if (term.kind === 'mechanism') {
      if (term.name === 'all' || matchesNetwork(term, evaluation.client)) return;
      fetchTerm(evaluation, domain, term);
    }
  }
  for (const term of record.terms)
    if (term.kind === 'modifier' && term.name === 'redirect') fetchRecordAhead(evaluation, term);
}

function fetchTerm(evaluation: Evaluation, domain: string, term: Mechanism): void {
  if (term.name === 'include') {
    fetchRecordAhead(evaluation, term);
    return;
  }
  if (term.name !== 'a' && term.name !== 'mx' && term.name !== 'exists') return;
  const name = nameOf(term, domain);
  if (name === undefined || !mayFetch(evaluation)) return;
  void evaluation.askAhead(name, term.name === 'mx' ? 'MX' : term.name === 'exists' ? 'A' : evaluation.addressType);
}

function fetchRecordAhead(evaluation: Evaluation, term: Mechanism | Modifier): void {
  const name = nameOf(term, undefined);
  if (name === undefined || !mayFetch(evaluation)) return;
  void evaluation.askAhead(name, 'TXT').then((answer) => {
    const fetched = readRecord(answer);
    if (fetched.kind === 'record' && !evaluation.done) fetchAhead(evaluation, name, fetched.record);
  });
}

function nameOf(term: Mechanism | Modifier, current: string | undefined): string | undefined {
  const spec = term.kind === 'modifier' ? term.value : term.domain;
  return spec === undefined ? current : plainName(spec);
}

function mayFetch(evaluation: Evaluation): boolean {
  evaluation.fetchedAhead++;
  return !evaluation.done && evaluation.fetchedAhead <= MAX_LOOKUPS;
}
