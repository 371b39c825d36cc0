// From SPF outcomes to findings: the record of a domain, and the evaluation for one address.
import { correctedSpf, mergeSpf, readableText } from '../spf/correct.ts';
import { firstSpf } from '../spf/first.ts';
import type { SpfInspection } from '../spf/inspect.ts';
import { idleTerms, joinedTerm, mendedSpf } from '../spf/lint.ts';
import { parseSpfRecord } from '../spf/parse.ts';
import { isMeant, nowhereTerms, proposedSpf } from '../spf/propose.ts';
import { openTerm } from '../spf/reach.ts';
import type { Mechanism, SpfOutcome } from '../spf/types.ts';
import { type Finding, finding } from './catalog.ts';
import { SYNTAX_EN } from './spf.words.ts';

/** RFC 7208 section 3.4: with the name and the header this still fits 512 octets. */
const LARGE_RECORD = 450;
const SHOWN = 300;
const MAX_TERMS = 8;

/**
 * Findings of the record itself. All of them propose one and the same record, so that whichever is followed mends all.
 * @param ips the addresses that send the domain's mail, for a record that has to be made anew
 * @param mxHosts the domain's mail servers, for a record that has to be made anew
 * @param unauthorised of `ips` those that the record does not let send
 */
export function spfInspectionFindings(
  inspection: SpfInspection,
  ips: readonly string[] = [],
  mxHosts: readonly string[] = [],
  unauthorised: readonly string[] = [],
): Finding[] {
  const { domain, status, texts, root } = inspection;
  const record = proposedSpf(inspection, ips, unauthorised);
  if (status === 'unknown')
    return [finding('spf.unknown', { name: domain, detail: shown(root.detail ?? 'no answer') })];
  if (status === 'several') return [finding('spf.several', { domain, count: texts.length, record })];
  if (status === 'none') return [noRecord(inspection, ips, mxHosts)];
  if (status === 'invalid') return syntaxFindings(inspection, record);
  const { worstCase, exceeded, broken } = inspection;
  const text = texts[0]!;
  const open = openTerm(root);
  const { lookups, voidLookups, lookupLimit, voidLimit } = worstCase;
  const findings: Finding[] = [finding('spf.ok', { domain, text: shown(text), lookups, limit: lookupLimit })];
  for (const { domain: holder, term, status: problem, target } of broken.slice(0, MAX_TERMS)) {
    const mended = holder === domain ? record : '';
    findings.push(
      finding('spf.broken-include', {
        domain: holder,
        term: shown(term),
        target: shown(target),
        problem,
        record: mended,
      }),
    );
  }
  if (lookups > lookupLimit) {
    const term = shown(exceeded.lookups?.via ?? '');
    findings.push(finding('spf.lookups-worst-case', { domain, lookups, limit: lookupLimit, term }));
  }
  if (voidLookups > voidLimit) {
    const term = shown(exceeded.voids?.via ?? '');
    const mended = nowhereTerms(root, worstCase).length > 0 ? record : '';
    findings.push(finding('spf.void-lookups', { domain, voids: voidLookups, limit: voidLimit, term, record: mended }));
  }
  if (open !== undefined)
    findings.push(finding('spf.plus-all', { domain: open.domain, term: shown(open.term), name: domain, record }));
  findings.push(...recordFindings(domain, text, record));
  if (text.length > LARGE_RECORD) findings.push(finding('spf.large', { domain, octets: text.length }));
  const joined = joinedTerm(text, inspection.stringLengths);
  if (joined !== undefined) findings.push(finding('spf.joined-strings', { domain, joined: shown(joined), record }));
  if (inspection.unknown)
    findings.push(finding('spf.unknown', { name: domain, detail: 'a part of the record was not answered' }));
  return findings;
}

function noRecord(
  { domain, texts, misplaced }: SpfInspection,
  ips: readonly string[],
  mxHosts: readonly string[],
): Finding {
  if (texts[0] !== undefined) {
    const corrected = correctedSpf(texts[0]);
    return finding('spf.unrecognised', {
      domain,
      text: shown(texts[0]),
      record: corrected === undefined ? '' : mergeSpf(corrected, { ips }),
    });
  }
  if (misplaced !== undefined)
    return finding('spf.misplaced', { domain, wrong: misplaced.name, record: mergeSpf(misplaced.text, { ips }) });
  return finding('spf.none', { domain, record: firstSpf({ ips, mxHosts }) });
}

function syntaxFindings({ domain, texts, stringLengths }: SpfInspection, record: string): Finding[] {
  const text = texts[0] ?? '';
  const joined = joinedTerm(text, stringLengths);
  return [
    ...parseSpfRecord(text)
      .problems.slice(0, MAX_TERMS)
      .map(({ term, at, kind }) => finding('spf.syntax', { domain, term: shown(term), at, problem: kind, record })),
    ...(joined === undefined ? [] : [finding('spf.joined-strings', { domain, joined: shown(joined), record })]),
  ];
}

function recordFindings(domain: string, text: string, record: string): Finding[] {
  const findings: Finding[] = [];
  const parsed = parseSpfRecord(text);
  const mechanisms = parsed.terms.filter((term): term is Mechanism => term.kind === 'mechanism');
  const all = mechanisms.find(({ name }) => name === 'all');
  const redirects = parsed.terms.some((term) => term.kind === 'modifier' && term.name === 'redirect');
  if ((all === undefined && !redirects) || all?.qualifier === '?')
    findings.push(finding('spf.open-end', { domain, record }));
  const ptr = mechanisms.find(({ name }) => name === 'ptr');
  if (ptr !== undefined) findings.push(finding('spf.ptr', { domain, term: shown(ptr.text) }));
  const { behindAll, duplicates, unknown, mistyped } = idleTerms(parsed);
  const told = (terms: readonly string[]) => [...new Set(terms)].slice(0, MAX_TERMS).map(shown);
  const idle = told([...behindAll, ...duplicates, ...unknown]);
  if (idle.length > 0) findings.push(finding('spf.idle-terms', { domain, terms: idle, record }));
  if (mistyped.length > 0) findings.push(finding('spf.mistyped-terms', { domain, terms: told(mistyped), record }));
  return findings;
}

/**
 * Findings of the evaluation for one address. A domain without a record has that as its finding already.
 * @param ips the addresses that the record to publish has to let send
 * @param proposed that record, where the domain was inspected (`proposedSpf`): the inspection's findings have the same
 */
export function spfOutcomeFindings(
  outcome: SpfOutcome,
  ips: readonly string[] = [outcome.ip],
  proposed = '',
): Finding[] {
  const { result, domain, ip, match, problems } = outcome;
  const text = outcome.record?.text ?? null;
  const last = problems.at(-1);
  if (result === 'temperror') {
    const name = last?.name ?? last?.domain ?? domain;
    return [finding('spf.unknown', { name: shown(name), detail: last?.reason ?? 'no answer' })];
  }
  if (result === 'pass')
    return [finding('spf.pass', { domain, ip, term: shown(match?.term ?? ''), lookups: outcome.counts.lookups })];
  if (result === 'permerror') {
    // More PTR names than are looked at end nothing; what is noted behind the first other fault follows from it.
    const first = problems.find(({ kind }) => kind !== 'ptr-exceeded');
    // A fault of the domain's own record is told by its inspection.
    if (first === undefined || (first.domain === domain && (first.term === undefined || SYNTAX.has(first.kind))))
      return [];
    const { domain: holder, term = '', kind } = first;
    // A term that leads nowhere goes; in front of any other the addresses are found before it is come to.
    const without = new Set(
      holder === domain && (kind === 'no-record' || kind === 'bad-target') && isMeant(term) ? [term] : [],
    );
    const mended =
      proposed !== '' || text === null ? proposed : mergeSpf(mendedSpf(parseSpfRecord(text), without), { ips });
    return [
      finding('spf.permerror', { domain: holder, term: shown(term), ip, problem: kind, name: domain, record: mended }),
    ];
  }
  if (result === 'none') return [];
  const args = {
    domain,
    ip,
    term: shown(match?.term ?? ''),
    record: proposed !== '' || text === null ? proposed : mergeSpf(mendedSpf(parseSpfRecord(text)), { ips }),
  };
  return [finding(`spf.${result}`, args)];
}

const SYNTAX: ReadonlySet<string> = new Set(Object.keys(SYNTAX_EN));

/** Letters of any script stay, since a term that somebody typed in his own has to be found again; nothing else that could mislead. */
function shown(text: string): string {
  const clean = readableText(text).replace(/(?![\p{L}\p{N}])[^\x20-\x7e]|[\u{10000}-\u{10ffff}]/gu, '?');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}
