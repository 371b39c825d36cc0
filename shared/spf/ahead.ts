// Fetching ahead: what a record will ask for is asked while earlier terms are still being evaluated, which changes only the time.

import type { Evaluation } from './evaluation.ts';
import { MAX_LOOKUPS } from './evaluation.ts';
import { plainName } from './name.ts';
import { firstNetwork, otherTerms } from './networks.ts';
import { readRecord } from './record.ts';
import type { Mechanism, Modifier, SpfRecord } from './types.ts';

/**
 * Asks for all that this record's terms will need, as far as it is plain without macros, and for what the records behind
 * its includes will need. At most ten terms are ever asked for: an evaluation that comes so far ends there
 * (RFC 7208 section 4.6.4), so no more than ten queries are wasted by a match before them.
 */
export function fetchAhead(evaluation: Evaluation, domain: string, record: SpfRecord): void {
  if (record.problems.length > 0) return;
  const match = firstNetwork(record, evaluation.client);
  let redirect: Modifier | undefined;
  for (const place of otherTerms(record)) {
    const term = record.terms[place]!;
    if (term.kind === 'invalid') return;
    if (term.kind === 'modifier' && term.name === 'redirect') redirect = term;
    if (term.kind !== 'mechanism' || place > match) continue;
    if (term.name === 'all' || evaluation.fetchedAhead > MAX_LOOKUPS) return;
    fetchTerm(evaluation, domain, term);
  }
  if (redirect !== undefined && match === record.terms.length) fetchRecordAhead(evaluation, redirect);
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
