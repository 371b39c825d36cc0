// Evaluates one record term by term, and the records that it includes (RFC 7208 sections 4.4 to 4.7, 5.2, 6.1).

import { cutText } from './cut.ts';
import { type Evaluation, MAX_LOOKUPS, MAX_TERM_TEXT } from './evaluation.ts';
import { usesLetter } from './macro.ts';
import { countVoidNames, matchAddress, matchMx, matchPtr, targetName, type Verdict } from './mechanisms.ts';
import { plainName } from './name.ts';
import { firstNetwork, otherTerms } from './networks.ts';
import { type FetchedRecord, readRecord } from './record.ts';
import type {
  MacroString,
  Mechanism,
  Modifier,
  Qualifier,
  SpfOutcome,
  SpfRecord,
  SpfRecordNode,
  SpfResult,
  SpfTermNode,
  Term,
} from './types.ts';

export interface Evaluated {
  result: SpfResult;
  match?: NonNullable<SpfOutcome['match']>;
  /** The `exp` modifier that explains a fail, with the domain whose record has it. */
  exp?: { domain: string; modifier: Modifier };
  node: SpfRecordNode;
}

const RESULT_OF: Record<Qualifier, SpfResult> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' };

/** Fetches the domain's record and evaluates it. `domain` is a valid query name; nesting ends at the limit of lookups. */
export async function evaluateDomain(evaluation: Evaluation, domain: string, ahead: boolean): Promise<Evaluated> {
  const fetched = await evaluation.record(domain);
  if (fetched.kind !== 'record') return unusable(evaluation, domain, fetched);
  const { record } = fetched;
  const node: SpfRecordNode = { domain, text: evaluation.shown(record.text), result: 'neutral', terms: [], omitted: 0 };
  // RFC 7208 section 4.6: a syntax error anywhere in the record is permerror before any term is evaluated.
  if (record.problems.length > 0) {
    for (const problem of record.problems) evaluation.note({ ...problem, domain });
    list(evaluation, node, record);
    for (const [index, term] of record.terms.entries()) {
      const listed = node.terms[index];
      if (listed === undefined) break;
      listed.result = hasProblem(record, term) ? 'permerror' : 'not-reached';
    }
    node.result = 'permerror';
    return { result: 'permerror', node };
  }
  if (ahead) prefetch(evaluation, domain, record);
  const evaluated = await evaluateRecord(evaluation, domain, record, node, ahead);
  node.result = evaluated.result;
  return evaluated;
}

function unusable(
  evaluation: Evaluation,
  domain: string,
  fetched: Exclude<FetchedRecord, { kind: 'record' }>,
): Evaluated {
  const node: SpfRecordNode = { domain, text: null, result: 'none', terms: [], omitted: 0 };
  if (fetched.kind === 'several') {
    evaluation.note({ kind: 'several-records', domain });
    node.result = 'permerror';
  } else if (fetched.kind === 'error' && fetched.reason !== 'badname') {
    // RFC 7208 section 4.4: a DNS error other than "no such name" is temperror.
    evaluation.note({ kind: 'dns-error', domain, name: domain, reason: fetched.reason });
    node.result = 'temperror';
  }
  return { result: node.result, node };
}

const hasProblem = (record: SpfRecord, term: Term) =>
  record.problems.some((problem) => problem.at >= term.at && problem.at <= term.at + term.text.length);

async function evaluateRecord(
  evaluation: Evaluation,
  domain: string,
  record: SpfRecord,
  node: SpfRecordNode,
  ahead: boolean,
): Promise<Evaluated> {
  list(evaluation, node, record);
  let redirect: { term: Modifier; node: SpfTermNode } | undefined;
  // Networks need no query and are compared together: providers have records with hundreds of them.
  const network = firstNetwork(record, evaluation.client);
  let compared = 0;
  for (const index of [...otherTerms(record).filter((place) => place < network), network]) {
    for (const passed of node.terms.slice(compared, index)) passed.result = 'no-match';
    compared = index + 1;
    const term = record.terms[index];
    if (term === undefined) break;
    const listed = node.terms[index];
    if (term.kind === 'modifier' && term.name === 'redirect') redirect = { term, node: listed ?? termNode(term) };
    if (term.kind !== 'mechanism') continue;
    const verdict =
      index === network || term.name === 'all'
        ? matched(listed)
        : await evaluateTerm(evaluation, domain, term, listed ?? termNode(term), ahead);
    if (verdict === 'no-match') continue;
    if (verdict !== 'match') return { result: verdict.error, node };
    const match = { domain, term: cutText(term.text, MAX_TERM_TEXT), at: term.at };
    const exp = modifierOf(record, 'exp');
    const result = RESULT_OF[term.qualifier];
    return { result, match, node, ...(exp === undefined ? {} : { exp: { domain, modifier: exp } }) };
  }
  // RFC 7208 section 6.1: redirect is ignored where the record has "all" anywhere; with "all" this line is not reached.
  if (redirect === undefined) return { result: 'neutral', node };
  return evaluateRedirect(evaluation, domain, redirect.term, redirect.node, node, ahead);
}

function matched(node: SpfTermNode | undefined): 'match' {
  if (node !== undefined) node.result = 'match';
  return 'match';
}

function modifierOf(record: SpfRecord, name: string): Modifier | undefined {
  for (const place of otherTerms(record)) {
    const term = record.terms[place];
    if (term?.kind === 'modifier' && term.name === name) return term;
  }
  return undefined;
}

async function evaluateTerm(
  evaluation: Evaluation,
  domain: string,
  mechanism: Mechanism,
  node: SpfTermNode,
  ahead: boolean,
): Promise<Verdict> {
  const { lookups, voidLookups } = evaluation;
  const verdict = await verdictOf(evaluation, domain, mechanism, node, ahead);
  node.lookups = evaluation.lookups - lookups;
  node.voidLookups = evaluation.voidLookups - voidLookups;
  if (typeof verdict === 'string') node.result = verdict;
  else {
    if (verdict.problem !== undefined) evaluation.note(verdict.problem);
    node.result = verdict.error;
  }
  return verdict;
}

function verdictOf(
  evaluation: Evaluation,
  domain: string,
  mechanism: Mechanism,
  node: SpfTermNode,
  ahead: boolean,
): Verdict | Promise<Verdict> {
  if (!count(evaluation, domain, mechanism)) return { error: 'permerror' };
  const target = targetName(evaluation, domain, mechanism.domain, { singleLabel: mechanism.name !== 'include' });
  // Most names contain no macro and need no promise.
  if (typeof target === 'object') return target.then((name) => match(evaluation, domain, mechanism, name, node, ahead));
  return match(evaluation, domain, mechanism, target, node, ahead);
}

function match(
  evaluation: Evaluation,
  domain: string,
  mechanism: Mechanism,
  target: string | undefined,
  node: SpfTermNode,
  ahead: boolean,
): Verdict | Promise<Verdict> {
  // The name depends on PTR records that this check's own limits kept from being queried.
  if (evaluation.unknown) return { error: 'temperror' };
  if (target !== undefined) node.target = target;
  if (mechanism.name === 'include') return matchInclude(evaluation, domain, mechanism, node, ahead);
  // RFC 7208 section 4.8 leaves open what a name that is not a valid query name means; the openspf suite expects no match.
  if (target === undefined) return countVoidNames(evaluation, domain, mechanism);
  if (mechanism.name === 'mx') return matchMx(evaluation, domain, mechanism, target);
  if (mechanism.name === 'ptr') return matchPtr(evaluation, domain, mechanism, target);
  return matchAddress(evaluation, domain, mechanism, target);
}

/** RFC 7208 section 4.6.4: the PTR query of the `p` macro "is included in the overall limit" in addition to the term itself. */
function count(evaluation: Evaluation, domain: string, term: Mechanism | Modifier): boolean {
  const spec = term.kind === 'mechanism' ? term.domain : term.value;
  if (!evaluation.countLookup(domain, term)) return false;
  return spec === undefined || !usesLetter(spec, 'p') || evaluation.countLookup(domain, term);
}

/** RFC 7208 section 5.2: the table of the included record's results. */
async function matchInclude(
  evaluation: Evaluation,
  domain: string,
  mechanism: Mechanism,
  node: SpfTermNode,
  ahead: boolean,
): Promise<Verdict> {
  const { text: term, at } = mechanism;
  if (node.target === undefined) {
    const localPartIsNotAscii = /[^\x00-\x7f]/.test(evaluation.client.sender.localPart);
    if (localPartIsNotAscii && mechanism.domain !== undefined && usesLetter(mechanism.domain, 'sl')) return 'no-match';
    return { error: 'permerror', problem: { kind: 'bad-target', domain, term, at } };
  }
  const included = await evaluateDomain(evaluation, node.target, ahead);
  node.record = included.node;
  switch (included.result) {
    case 'pass':
      return 'match';
    case 'fail':
    case 'softfail':
    case 'neutral':
      return 'no-match';
    case 'temperror':
    case 'permerror':
      return { error: included.result };
    case 'none':
      return { error: 'permerror', problem: { kind: 'no-record', domain, term, at, name: node.target } };
  }
}

/** RFC 7208 section 6.1: the target's result and explanation are those of the record; none becomes permerror. */
async function evaluateRedirect(
  evaluation: Evaluation,
  domain: string,
  redirect: Modifier,
  node: SpfTermNode,
  parent: SpfRecordNode,
  ahead: boolean,
): Promise<Evaluated> {
  const before = { lookups: evaluation.lookups, voidLookups: evaluation.voidLookups };
  const { text: term, at } = redirect;
  const ended = (result: 'temperror' | 'permerror'): Evaluated => {
    node.lookups = evaluation.lookups - before.lookups;
    node.result = result;
    return { result, node: parent };
  };
  if (!count(evaluation, domain, redirect)) return ended('permerror');
  const target = await targetName(evaluation, domain, redirect.value, { singleLabel: false });
  if (evaluation.unknown) return ended('temperror');
  if (target === undefined) {
    evaluation.note({ kind: 'bad-target', domain, term, at });
    return ended('permerror');
  }
  node.target = target;
  const evaluated = await evaluateDomain(evaluation, target, ahead);
  node.record = evaluated.node;
  node.lookups = evaluation.lookups - before.lookups;
  node.voidLookups = evaluation.voidLookups - before.voidLookups;
  if (evaluated.result === 'none') {
    evaluation.note({ kind: 'no-record', domain, term, at, name: target });
    return ended('permerror');
  }
  const { result } = evaluated;
  node.result = result === 'temperror' || result === 'permerror' ? result : 'match';
  return { ...evaluated, node: parent };
}

/** Adds the record's first terms to the tree, up to its limits; the others are only counted. */
function list(evaluation: Evaluation, node: SpfRecordNode, record: SpfRecord): void {
  const hasAll = otherTerms(record).some((place) => isAll(record.terms[place]));
  for (const term of record.terms) {
    if (!evaluation.lists(term)) break;
    const own = termNode(term);
    // Of the modifiers only a redirect without `all` is evaluated (RFC 7208 section 6.1).
    if (term.kind !== 'mechanism' && (term.kind === 'invalid' || term.name !== 'redirect' || hasAll))
      own.result = 'ignored';
    node.terms.push(own);
  }
  node.omitted = record.terms.length - node.terms.length;
}

const isAll = (term: Term | undefined) => term?.kind === 'mechanism' && term.name === 'all';

function termNode(term: Term): SpfTermNode {
  const node: SpfTermNode = {
    text: cutText(term.text, MAX_TERM_TEXT),
    at: term.at,
    name: term.kind === 'invalid' ? '' : term.name,
    result: 'not-reached',
    lookups: 0,
    voidLookups: 0,
  };
  if (term.kind === 'mechanism') node.qualifier = term.qualifier;
  return node;
}

/**
 * Sends the queries of this record's terms, where their names contain no macros, and of the records that it includes,
 * while earlier terms are still evaluated; this changes only the time. Prefetches at most ten terms: an evaluation that
 * gets that far ends there (RFC 7208 section 4.6.4), so a match before them wastes no more than ten queries.
 */
function prefetch(evaluation: Evaluation, domain: string, record: SpfRecord): void {
  if (record.problems.length > 0) return;
  const match = firstNetwork(record, evaluation.client);
  let redirect: Modifier | undefined;
  for (const place of otherTerms(record)) {
    const term = record.terms[place];
    if (term === undefined || term.kind === 'invalid') return;
    if (term.kind === 'modifier' && term.name === 'redirect') redirect = term;
    if (term.kind !== 'mechanism' || place > match) continue;
    if (term.name === 'all' || evaluation.prefetched > MAX_LOOKUPS) return;
    prefetchTerm(evaluation, domain, term);
  }
  if (redirect !== undefined && match === record.terms.length) prefetchRecord(evaluation, redirect.value);
}

function prefetchTerm(evaluation: Evaluation, domain: string, { name: mechanism, domain: spec }: Mechanism): void {
  if (mechanism === 'include') prefetchRecord(evaluation, spec);
  if (mechanism !== 'a' && mechanism !== 'mx' && mechanism !== 'exists') return;
  const name = spec === undefined ? domain : plainName(spec);
  if (name === undefined || !mayPrefetch(evaluation)) return;
  void evaluation.prefetch(name, mechanism === 'mx' ? 'MX' : mechanism === 'exists' ? 'A' : evaluation.addressType);
}

function prefetchRecord(evaluation: Evaluation, spec: MacroString | undefined): void {
  const name = spec && plainName(spec);
  if (name === undefined || !mayPrefetch(evaluation)) return;
  void evaluation.prefetch(name, 'TXT').then((answer) => {
    const fetched = readRecord(answer);
    if (fetched.kind === 'record' && !evaluation.done) prefetch(evaluation, name, fetched.record);
  });
}

function mayPrefetch(evaluation: Evaluation): boolean {
  evaluation.prefetched++;
  return !evaluation.done && evaluation.prefetched <= MAX_LOOKUPS;
}
