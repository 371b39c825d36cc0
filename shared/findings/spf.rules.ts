// From SPF outcomes to findings: the record of a domain, and the evaluation for one address.

import { providerOfMx, providerOfSpfName } from '../providers/lookup.ts';
import { correctedSpf, mergeSpf, readableText } from '../spf/correct.ts';
import type { SpfInspection } from '../spf/inspect.ts';
import { extendedSpf, firstSpf, meantInclude, proposedSpf } from '../spf/propose.ts';
import type { SpfOutcome } from '../spf/types.ts';
import { isWithin } from '../text/domain.ts';
import { definitionOf, type Finding, finding } from './catalog.ts';
import { SYNTAX } from './spf.words.ts';

/** RFC 7208 section 3.4: with the name and the header this still fits 512 bytes. */
const LARGE_RECORD = 450;
const SHOWN = 300;
const MAX_TERMS = 8;
/** Quotation marks of zone files and of word processors, the latter as the bytes of UTF-8. */
const QUOTED = /["\\]|\xe2\x80[\x9c-\x9f]|[\u201c-\u201f]/;

/**
 * Findings of the record itself. All of them propose the same record, so following any of them solves all.
 * @param ips the addresses that send mail of the domain, for a record that has to be created
 * @param mxHosts the mail servers of the domain, for a record that has to be created
 * @param unauthorised the `ips` that the record does not authorize
 */
export function spfInspectionFindings(
  inspection: SpfInspection,
  ips: readonly string[] = [],
  mxHosts: readonly string[] = [],
  unauthorised: readonly string[] = [],
): Finding[] {
  const { domain, status, texts, root, worstCase } = inspection;
  const record = proposedSpf(inspection, ips, unauthorised);
  if (status === 'unknown')
    return [finding('spf.unknown', { name: domain, detail: shown(root.detail ?? 'no answer') })];
  if (status === 'several') return [severalFinding(inspection, record)];
  if (status === 'none') return [noRecord(inspection, ips, mxHosts)];
  if (status === 'invalid') return syntaxFindings(inspection, record);
  const { lookups, lookupLimit: limit } = worstCase;
  const findings = [
    ...brokenFindings(inspection, record),
    ...limitFindings(inspection, record),
    ...recordFindings(inspection, record),
    ...voidTermFindings(inspection, record),
    ...unnamedMailboxes(inspection, mxHosts, record),
  ];
  if (inspection.unknown)
    findings.push(finding('spf.unknown', { name: domain, detail: 'a part of the record was not answered' }));
  return withoutAllClear([finding('spf.ok', { domain, text: shown(texts[0]!), lookups, limit }), ...findings]);
}

/** The mailbox provider sends the mail written there, so a record that authorizes other servers should authorize it too. */
function unnamedMailboxes(
  { domain, targets, open, unknown }: SpfInspection,
  mxHosts: readonly string[],
  record: string,
): Finding[] {
  if (open !== undefined || unknown) return [];
  const named = new Set(targets.map(providerOfSpfName));
  const providers = new Set(mxHosts.map(providerOfMx));
  return [...providers].flatMap((provider) => {
    const include = provider?.kind === 'mailbox' ? provider.spf?.include : undefined;
    if (provider === undefined || include === undefined || named.has(provider)) return [];
    // The record that another finding proposes already authorizes it.
    if (record.split(' ').includes(`include:${include}`)) return [];
    return [finding('spf.mailboxes-unnamed', { domain, provider: provider.name, include })];
  });
}

/** Findings with which a record is not in order, although some of them have no points. */
const NOT_IN_ORDER: ReadonlySet<string> = new Set([
  'spf.lookups-worst-case',
  'spf.void-lookups',
  'spf.void-senders',
  'spf.void-strangers',
  'spf.mx-hosts',
  'spf.unknown',
]);

/**
 * The findings without `spf.ok` if SPF ends or may end in an error for some senders; and without the error for one
 * address if the finding of the include that causes it is present.
 */
export function withoutAllClear(findings: readonly Finding[]): Finding[] {
  const broken = findings.some(({ id }) => id === 'spf.broken-include');
  const wrong = findings.some((found) => {
    const { area, severity } = definitionOf(found);
    return NOT_IN_ORDER.has(found.id) || (area === 'spf' && severity === 'error' && found.id !== 'spf.fail');
  });
  return findings.filter(({ id }) => !(id === 'spf.ok' && wrong) && !(id === 'spf.permerror' && broken));
}

function severalFinding({ domain, count, meant }: SpfInspection, record: string): Finding {
  const { why = 'unclear', lookups = 0, dropped = [] } = meant ?? {};
  const without = dropped.map(shown);
  return finding('spf.several', { domain, count, record, why: record === '' ? why : '', lookups, without });
}

function brokenFindings({ domain, broken }: SpfInspection, record: string): Finding[] {
  return broken.slice(0, MAX_TERMS).map(({ domain: holder, term, status: problem, target }) =>
    finding('spf.broken-include', {
      domain: holder,
      term: shown(term),
      target: shown(target),
      problem,
      own: isWithin(holder, domain),
      instead: insteadOf(term, holder, record),
      record: holder === domain ? record : '',
    }),
  );
}

/** The include that replaces a broken one in the record, '' if there is none. */
function insteadOf(term: string, domain: string, record: string): string {
  const include = meantInclude(term, domain);
  return include !== undefined && record.split(' ').includes(include) ? include : '';
}

function limitFindings(inspection: SpfInspection, record: string): Finding[] {
  const { domain, worstCase, exceeded, dead, open } = inspection;
  const { lookups, lookupLimit, voidLimit: limit, ipv4, ipv6 } = worstCase;
  const findings: Finding[] = [];
  const add = (...more: Finding[]) => findings.push(...more);
  if (lookups > lookupLimit) {
    const term = shown(exceeded.lookups?.via ?? '');
    add(finding('spf.lookups-worst-case', { domain, lookups, limit: lookupLimit, term }));
  }
  if (exceeded.mx !== undefined)
    add(finding('spf.mx-hosts', { domain: exceeded.mx.domain, term: shown(exceeded.mx.term) }));
  const one = ipv4.exceeded === undefined ? ipv6 : ipv4;
  const version = ipv4.exceeded === undefined ? 6 : 4;
  const possible = ipv4.possible > ipv6.possible ? ipv4 : ipv6;
  const voids = worstCase.voidLookups;
  if (voids > limit) {
    const term = shown(exceeded.voids?.via ?? '');
    add(finding('spf.void-lookups', { domain, voids, limit, term, record: dead.length > 0 ? record : '' }));
  } else if (one.exceeded !== undefined) {
    const args = { domain, version, voids: one.certain, limit, term: shown(one.exceeded.via) };
    add(finding(one.hidesSenders ? 'spf.void-senders' : 'spf.void-strangers', args));
  } else if (possible.possiblyExceeded !== undefined) {
    const term = shown(possible.possiblyExceeded.via);
    add(finding('spf.void-strangers', { domain, version: 0, voids: possible.possible, limit, term }));
  } else if (Math.max(ipv4.questions, ipv6.questions) > limit)
    add(finding('spf.void-questions', { domain, voids: Math.max(ipv4.questions, ipv6.questions), limit }));
  if (open !== undefined)
    add(finding('spf.plus-all', { domain: open.domain, term: shown(open.term), name: domain, record }));
  return findings;
}

/** Void lookups, as long as they are within the limit. */
function voidTermFindings({ dead, worstCase }: SpfInspection, record: string): Finding[] {
  if (worstCase.voidLookups > worstCase.voidLimit) return [];
  const kept = new Set(record.split(' '));
  return dead
    .slice(0, MAX_TERMS)
    .map(({ domain, term, target, hasAddress }) =>
      finding('spf.dead-term', { domain, term: shown(term), target, hasAddress, record: kept.has(term) ? '' : record }),
    );
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
  if (misplaced !== undefined) {
    // At the wrong name it was not in force, so it must not reject mail yet.
    const record = mergeSpf(misplaced.text, { ips }).replace(/ -all(?= |$)/i, ' ~all');
    return finding('spf.misplaced', { domain, wrong: misplaced.name, record });
  }
  return finding('spf.none', { domain, record: firstSpf({ ips, mxHosts }) });
}

function syntaxFindings({ domain, own }: SpfInspection, record: string): Finding[] {
  const joined = own?.joined;
  // Quotation marks are one mistake, however many terms have them.
  const problems = (own?.problems ?? []).map((one) => (QUOTED.test(one.term) ? { ...one, kind: 'quoted' } : one));
  const comment = problems.findIndex(({ term }) => /^(?:#|\/\/)/.test(term));
  const separate = problems.filter(({ kind, at }, index) => {
    if (kind === 'quoted') return problems.findIndex((one) => one.kind === 'quoted') === index;
    if (comment !== -1 && index > comment) return false;
    // "include: _spf.mail.example": the space is the mistake, not the name after it.
    const before = problems[index - 1];
    return before === undefined || !/[:=]$/.test(before.term) || before.at + 1 !== at;
  });
  return [
    ...separate
      .slice(0, MAX_TERMS)
      .map(({ term, at, kind }) => finding('spf.syntax', { domain, term: shown(term), at, problem: kind, record })),
    ...(joined === undefined ? [] : [finding('spf.joined-strings', { domain, joined: shown(joined), record })]),
  ];
}

function recordFindings({ domain, own }: SpfInspection, record: string): Finding[] {
  if (own === undefined) return [];
  const findings: Finding[] = [];
  const { length, closed, ptr, joined } = own;
  const { redirect, provider, ...idle } = own.idle;
  const [behindAll, duplicates, unknown, mistyped] = [
    idle.behindAll.filter((term) => term !== provider).map(shown),
    idle.duplicates.map(shown),
    idle.unknown.map(shown),
    idle.mistyped.map(shown),
  ];
  if (redirect !== undefined) findings.push(finding('spf.redirect-ignored', { domain, term: shown(redirect), record }));
  if (provider !== undefined) findings.push(finding('spf.provider-ignored', { domain, term: shown(provider), record }));
  if (!closed) findings.push(finding('spf.open-end', { domain, record }));
  if (ptr !== undefined) findings.push(finding('spf.ptr', { domain, term: shown(ptr) }));
  const terms = [...new Set([...behindAll, ...duplicates, ...unknown])];
  if (terms.length > 0)
    findings.push(finding('spf.idle-terms', { domain, terms, behindAll, duplicates, unknown, record }));
  if (mistyped.length > 0) findings.push(finding('spf.mistyped-terms', { domain, terms: mistyped, record }));
  if (length > LARGE_RECORD) findings.push(finding('spf.large', { domain, octets: length }));
  if (joined !== undefined) findings.push(finding('spf.joined-strings', { domain, joined: shown(joined), record }));
  return findings;
}

/**
 * Findings of the evaluation for one address. A domain without a record already has a finding for that.
 * @param ips the addresses that the record to publish must authorize
 * @param proposed that record, if the domain was inspected (`proposedSpf`): the findings of the inspection have the same.
 * Without it the addresses are added to the published record
 */
export function spfOutcomeFindings(
  outcome: SpfOutcome,
  ips: readonly string[] = [outcome.ip],
  proposed?: string,
): Finding[] {
  const { result, domain, ip, match, problems } = outcome;
  const last = problems.at(-1);
  if (result === 'temperror') {
    const name = last?.name ?? last?.domain ?? domain;
    return [finding('spf.unknown', { name: shown(name), detail: last?.reason ?? 'no answer' })];
  }
  if (result === 'pass')
    return [finding('spf.pass', { domain, ip, term: shown(match?.term ?? ''), lookups: outcome.counts.lookups })];
  if (result === 'permerror') {
    // Too many PTR names do not end the check; problems after the first other one follow from it.
    const first = problems.find(({ kind }) => kind !== 'ptr-exceeded');
    // The inspection reports a fault of the domain's own record.
    if (first === undefined || (first.domain === domain && (first.term === undefined || SYNTAX_KINDS.has(first.kind))))
      return [];
    const { domain: holder, term = '', kind } = first;
    // An address at the front matches before the fault is reached, but the record still ends in an error for others.
    const record = proposed ?? '';
    return [finding('spf.permerror', { domain: holder, term: shown(term), ip, problem: kind, name: domain, record })];
  }
  if (result === 'none') return [];
  const record = proposed ?? extendedSpf(outcome.record?.text ?? null, ips);
  return [finding(`spf.${result}`, { domain, ip, term: shown(match?.term ?? ''), record })];
}

const SYNTAX_KINDS: ReadonlySet<string> = new Set(Object.keys(SYNTAX.en));

/** Letters of any script are kept, so that a user finds the term in the panel again; other characters that could mislead are not. */
function shown(text: string): string {
  const clean = readableText(text).replace(/(?![\p{L}\p{N}])[^\x20-\x7e]|[\u{10000}-\u{10ffff}]/gu, '?');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}
