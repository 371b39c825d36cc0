// From SPF outcomes to findings: the record of a domain, and the evaluation for one address.
import { correctedSpf, joinedSpf, mergeSpf } from '../spf/correct.ts';
import type { SpfInspection } from '../spf/inspect.ts';
import { idleTerms, joinedTerm, tidiedSpf } from '../spf/lint.ts';
import { parseSpfRecord } from '../spf/parse.ts';
import { openTerm } from '../spf/reach.ts';
import type { Mechanism, SpfOutcome } from '../spf/types.ts';
import { type Finding, finding } from './catalog.ts';
import { SYNTAX_EN } from './spf.words.ts';

/** RFC 7208 section 3.4: with the name and the header this still fits 512 octets. */
const LARGE_RECORD = 450;
const SHOWN = 300;
const MAX_TERMS = 8;

/** Findings of the record itself. `ips` are the addresses that send, for the record to publish; `canReceive`: an `mx` term makes sense. */
export function spfInspectionFindings(
  inspection: SpfInspection,
  ips: readonly string[] = [],
  canReceive = false,
): Finding[] {
  const { domain, status, texts, root } = inspection;
  const additions = { ips, terms: ips.length === 0 && canReceive ? ['mx'] : [] };
  if (status === 'unknown')
    return [finding('spf.unknown', { name: domain, detail: shown(root.detail ?? 'no answer') })];
  if (status === 'several')
    return [finding('spf.several', { domain, count: texts.length, record: mergeSpf(joinedSpf(texts), { ips }) })];
  if (status === 'none') return [noRecord(inspection, additions)];
  if (status === 'invalid') return syntaxFindings(inspection, ips);
  const { worstCase, exceeded, broken } = inspection;
  const text = texts[0]!;
  const findings: Finding[] = [
    finding('spf.ok', { domain, text: shown(text), lookups: worstCase.lookups, limit: worstCase.lookupLimit }),
  ];
  for (const { domain: holder, term, status: problem, target } of broken.slice(0, MAX_TERMS)) {
    findings.push(finding('spf.broken-include', { domain: holder, term: shown(term), target, problem }));
  }
  const { lookups, voidLookups, lookupLimit, voidLimit } = worstCase;
  const named = (over: { via: string } | undefined) => shown(over?.via ?? '');
  if (lookups > lookupLimit)
    findings.push(
      finding('spf.lookups-worst-case', { domain, lookups, limit: lookupLimit, term: named(exceeded.lookups) }),
    );
  if (voidLookups > voidLimit)
    findings.push(
      finding('spf.void-lookups', { domain, voids: voidLookups, limit: voidLimit, term: named(exceeded.voids) }),
    );
  findings.push(...recordFindings(inspection, text, ips));
  if (text.length > LARGE_RECORD) findings.push(finding('spf.large', { domain, octets: text.length }));
  const joined = joinedTerm(text, inspection.stringLengths);
  if (joined !== undefined)
    findings.push(finding('spf.joined-strings', { domain, joined: shown(joined), record: correctedSpf(text) ?? '' }));
  if (inspection.unknown)
    findings.push(finding('spf.unknown', { name: domain, detail: 'a part of the record was not answered' }));
  return findings;
}

function noRecord({ domain, texts, misplaced }: SpfInspection, additions: Parameters<typeof mergeSpf>[1]): Finding {
  if (texts[0] !== undefined) {
    const corrected = correctedSpf(texts[0]);
    return finding('spf.unrecognised', {
      domain,
      text: shown(texts[0]),
      record: corrected === undefined ? '' : mergeSpf(corrected, { ips: additions.ips ?? [] }),
    });
  }
  if (misplaced !== undefined)
    return finding('spf.misplaced', {
      domain,
      wrong: misplaced.name,
      record: mergeSpf(misplaced.text, { ips: additions.ips ?? [] }),
    });
  // Without any address there is no record that is right for sure.
  const knows = (additions.ips?.length ?? 0) + (additions.terms?.length ?? 0) > 0;
  return finding('spf.none', { domain, record: knows ? mergeSpf(undefined, additions) : '' });
}

function syntaxFindings({ domain, texts }: SpfInspection, ips: readonly string[]): Finding[] {
  const text = texts[0] ?? '';
  const corrected = correctedSpf(text);
  const record = corrected === undefined ? '' : mergeSpf(corrected, { ips });
  return parseSpfRecord(text)
    .problems.slice(0, MAX_TERMS)
    .map(({ term, at, kind }) => finding('spf.syntax', { domain, term: shown(term), at, problem: kind, record }));
}

function recordFindings({ domain, root }: SpfInspection, text: string, ips: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  const parsed = parseSpfRecord(text);
  const mechanisms = parsed.terms.filter((term): term is Mechanism => term.kind === 'mechanism');
  const all = mechanisms.find(({ name }) => name === 'all');
  const withEnd = (end: string, without: ReadonlySet<string>) => {
    const words = text.split(/ +/).filter((word) => word !== '' && !without.has(word));
    return [...words.filter((word) => !/^[+\-~?]?all$/i.test(word)), end].join(' ');
  };
  const open = openTerm(root);
  if (open !== undefined)
    findings.push(
      finding('spf.plus-all', {
        domain: open.domain,
        term: shown(open.term),
        name: domain,
        record: mergeSpf(withEnd('~all', new Set(open.vias)), { ips }),
      }),
    );
  const redirects = parsed.terms.some((term) => term.kind === 'modifier' && term.name === 'redirect');
  if ((all === undefined && !redirects) || all?.qualifier === '?')
    findings.push(finding('spf.open-end', { domain, record: withEnd('~all', new Set()) }));
  const ptr = mechanisms.find(({ name }) => name === 'ptr');
  if (ptr !== undefined) findings.push(finding('spf.ptr', { domain, term: shown(ptr.text) }));
  const { behindAll, duplicates, unknown, mistyped } = idleTerms(parsed);
  const record = tidiedSpf(parsed);
  const idle = [...behindAll, ...duplicates, ...unknown].slice(0, MAX_TERMS).map(shown);
  if (idle.length > 0) findings.push(finding('spf.idle-terms', { domain, terms: idle, record }));
  if (mistyped.length > 0)
    findings.push(finding('spf.mistyped-terms', { domain, terms: mistyped.slice(0, MAX_TERMS).map(shown), record }));
  return findings;
}

/** Findings of the evaluation for one address. A domain without a record has that as its finding already. */
export function spfOutcomeFindings(outcome: SpfOutcome, ips: readonly string[] = [outcome.ip]): Finding[] {
  const { result, domain, ip, match, problems, record } = outcome;
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
    return [finding('spf.permerror', { domain: first.domain, term: shown(first.term ?? ''), ip, problem: first.kind })];
  }
  if (result === 'none') return [];
  const args = {
    domain,
    ip,
    term: shown(match?.term ?? ''),
    record: record?.text == null ? '' : mergeSpf(record.text, { ips }),
  };
  return [finding(`spf.${result}`, args)];
}

const SYNTAX: ReadonlySet<string> = new Set(Object.keys(SYNTAX_EN));

function shown(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, '?');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}
