// From DMARC outcomes to findings: a domain's set-up, and one message (RFC 9989, RFC 9990).
import { correctedRecord, firstRecord } from '../dmarc/correct.ts';
import type { ReportDestination } from '../dmarc/destinations.ts';
import type { DmarcInspection } from '../dmarc/inspect.ts';
import { parseDmarc } from '../dmarc/parse.ts';
import type { DmarcOutcome, DmarcProblem, DmarcProblemId, DmarcRecord, WalkStep } from '../dmarc/types.ts';
import { type Finding, finding } from './catalog.ts';

/** What is shown of a record or a part of it: enough to know it by. */
const SHOWN = 200;
/** Parts of a record that are named one by one. */
const MAX_PARTS = 8;

/** Findings of a domain's DMARC set-up. */
export function dmarcFindings(inspection: DmarcInspection): Finding[] {
  const { discovery } = inspection;
  const findings = discovery.steps.flatMap((step): Finding[] =>
    step.status === 'unknown'
      ? [finding('dmarc.unknown', { name: `_dmarc.${step.domain}`, detail: shown(step.detail ?? '') })]
      : [],
  );
  if (discovery.status === 'none') findings.push(nothing(inspection));
  if (discovery.record === undefined || discovery.policyDomain === undefined) return findings;

  const { domain, record, policyDomain, source } = discovery;
  // Above the organizational domain nothing is the owner's to mend.
  for (const step of discovery.steps.filter((one) => depth(one.domain) > depth(policyDomain))) {
    const problem = discarded(step);
    if (problem === undefined) continue;
    const corrected = corrections(step);
    findings.push(finding('dmarc.ignored-record', { domain: step.domain, problem, policyDomain, record: corrected }));
  }
  if (source === 'public-suffix') {
    const at = discovery.organizationalDomain ?? domain;
    findings.push(finding('dmarc.suffix-only', { domain, policyDomain, at, record: firstRecord(at) }));
    return findings;
  }
  findings.push(...policyFindings(inspection, record, policyDomain), ...partFindings(record, policyDomain));
  if (record.applied !== null) findings.push(...reportFindings(inspection, record, policyDomain));
  return [...findings, ...borderFindings(inspection)];
}

/** No policy applies: why, with what to publish. */
function nothing({ discovery, misplaced, suffixList }: DmarcInspection): Finding {
  const { domain, steps } = discovery;
  const registrable = suffixList.registrableDomain ?? domain;
  if (misplaced !== undefined) {
    const record = correctedRecord(parseDmarc(misplaced.text), domain, { withReports: true });
    return finding('dmarc.misplaced', { domain, wrong: misplaced.name, record });
  }
  // The owner's names: from the domain to the registered one.
  for (const step of steps.filter((one) => depth(one.domain) >= depth(registrable))) {
    const problem = discarded(step);
    if (problem === undefined) continue;
    const record = corrections(step);
    if (problem === 'several') {
      return finding('dmarc.several', { domain: step.domain, count: step.texts?.length ?? 0, record });
    }
    return finding('dmarc.unusable', { domain: step.domain, problem, found: shown(step.texts?.[0] ?? ''), record });
  }
  return finding('dmarc.none', { domain, at: registrable, record: firstRecord(registrable) });
}

/** Why what stands at a name does not count; undefined where nothing stands there, or a record that counts. */
function discarded({ status, record }: WalkStep): string | undefined {
  if (status === 'several') return 'several';
  if (status !== 'invalid') return undefined;
  const fatal: readonly DmarcProblemId[] = ['version-case', 'version-not-first', 'not-dmarc', 'duplicate-tag'];
  return record?.problems.find(({ id }) => fatal.includes(id))?.id ?? 'not-dmarc';
}

function corrections(step: WalkStep): string {
  const text = step.record?.text ?? step.texts?.[0];
  return text === undefined ? '' : correctedRecord(parseDmarc(text), step.domain, { withReports: true });
}

function policyFindings({ discovery, policy }: DmarcInspection, record: DmarcRecord, at: string): Finding[] {
  const faulty = record.problems.find(({ id }) => id === 'bad-policy' || id === 'missing-policy');
  if (faulty !== undefined) {
    const mended = correctedRecord(record, at, { withReports: true });
    const args = { domain: at, tag: faulty.tag, value: shown(faulty.detail), record: mended };
    return [finding(record.applied === null ? 'dmarc.no-effect' : 'dmarc.read-as-none', args)];
  }
  if (record.applied === null || policy === undefined) return [];
  const inherited = discovery.source !== 'domain';
  const tag = !inherited ? 'p' : record.subdomainPolicy === undefined ? 'p' : 'sp';
  const published = inherited ? record.applied.subdomains : record.applied.domain;
  const findings: Finding[] = [
    finding('dmarc.policy', { domain: discovery.domain, policyDomain: at, tag, policy, text: shown(record.text) }),
  ];
  if (record.testing && published !== 'none')
    findings.push(finding('dmarc.testing', { domain: at, published, policy }));
  if (record.applied.domain === 'none') {
    const stricter = correctedRecord(record, at, { policy: 'quarantine', withReports: true });
    findings.push(finding('dmarc.monitoring', { domain: at, record: stricter }));
  } else if (record.subdomainPolicy === 'none') {
    const closed = correctedRecord(record, at, { subdomainPolicy: record.applied.domain });
    findings.push(finding('dmarc.subdomains-open', { domain: at, policy: record.applied.domain, record: closed }));
  }
  return findings;
}

/** Parts of a record that do not count, or only by the kindness of receivers. */
function partFindings(record: DmarcRecord, at: string): Finding[] {
  const findings: Finding[] = [];
  const mended = correctedRecord(record, at);
  if (record.removed.length > 0) {
    const tags = record.removed.slice(0, MAX_PARTS).map(shown);
    findings.push(finding('dmarc.removed-tags', { domain: at, tags, record: mended }));
  }
  const forgiven: readonly DmarcProblemId[] = [
    'leading-octets',
    'tag-syntax',
    'tag-case',
    'unknown-tag',
    'bad-value',
    'report-size',
  ];
  const what = record.problems.filter(({ id }) => forgiven.includes(id)).map(partShown);
  if (what.length > 0) {
    findings.push(finding('dmarc.untidy', { domain: at, what: what.slice(0, MAX_PARTS), record: mended }));
  }
  return findings;
}

function partShown({ id, tag, detail }: DmarcProblem): string {
  switch (id) {
    case 'tag-syntax':
      return tag === '' ? '";;"' : `"${shown(tag)}"`;
    case 'leading-octets':
      return '" v=DMARC1"';
    case 'tag-case':
    case 'report-size':
      return `"${shown(detail)}"`;
    default:
      return `"${shown(`${tag}=${detail}`)}"`;
  }
}

function reportFindings(inspection: DmarcInspection, record: DmarcRecord, at: string): Finding[] {
  const findings: Finding[] = [];
  const mended = correctedRecord(record, at, { withReports: true });
  for (const tag of ['rua', 'ruf'] as const) {
    const found = record.problems.filter((one) => one.id === 'bad-report-uri' && one.tag === tag);
    if (found.length > 0) {
      const parts = found.slice(0, MAX_PARTS).map(({ detail }) => `"${shown(detail)}"`);
      findings.push(finding('dmarc.rua-invalid', { domain: at, tag, found: parts, record: mended }));
    } else if (tag === 'rua' && record.aggregateReports.length === 0) {
      findings.push(finding('dmarc.rua-none', { domain: at, record: mended }));
    }
  }
  const { aggregateDestinations, failureDestinations } = inspection;
  const aggregate = new Set(aggregateDestinations.map(({ domain }) => domain));
  return [
    ...findings,
    ...aggregateDestinations.flatMap((one) => destinationFindings('rua', at, one)),
    // One destination, one finding, however many tags name it.
    ...failureDestinations
      .filter(({ domain }) => !aggregate.has(domain))
      .flatMap((one) => destinationFindings('ruf', at, one)),
  ];
}

function destinationFindings(tag: string, policyDomain: string, destination: ReportDestination): Finding[] {
  const { status, domain, address, name, detail } = destination;
  if (status === 'unknown') return [finding('dmarc.unknown', { name, detail: shown(detail ?? '') })];
  if (status !== 'refused') return [];
  return [finding('dmarc.rua-refused', { tag, policyDomain, destination: domain, address: shown(address) })];
}

function borderFindings({ discovery, suffixList }: DmarcInspection): Finding[] {
  const { domain, organizationalDomain, steps } = discovery;
  const { registrableDomain, differs } = suffixList;
  if (!differs || registrableDomain === null || organizationalDomain === null) return [];
  // A record at the registered domain draws the border there, unless one is there already or psd= draws another.
  const bare = steps.some((step) => step.domain === registrableDomain && step.status === 'none');
  const record = bare ? firstRecord(registrableDomain) : '';
  return [finding('dmarc.suffix-list', { domain, organizationalDomain, registrableDomain, record })];
}

/** Findings of one message; those of the alignment as a whole are the check's own. */
export function dmarcMessageFindings(outcome: DmarcOutcome): Finding[] {
  const { domain: headerFrom, result, spf, dkim } = outcome;
  const named = [
    ...(spf === undefined ? [] : [{ by: 'SPF', ...spf }]),
    ...dkim.map((one) => ({ by: 'DKIM', ...one })),
  ].filter((one) => one.result === 'pass');
  const findings: Finding[] = [];
  const aligned = named.filter((one) => one.aligned === true);
  if (result === 'pass') {
    const by = [...new Set(aligned.map((one) => `${one.by} ${one.domain}`))].slice(0, MAX_PARTS);
    findings.push(finding('dmarc.message-pass', { headerFrom, by }));
  }
  if (result === 'fail') findings.push(finding('dmarc.message-fail', { headerFrom, policy: outcome.policy ?? 'none' }));
  if (result === 'temperror') {
    const open = outcome.problems.find(({ id }) => id === 'no-answer');
    const name = open?.name ?? `_dmarc.${headerFrom}`;
    findings.push(finding('dmarc.unknown', { name, detail: shown(open?.detail ?? '') }));
  }
  if (result !== 'pass' && result !== 'fail') return findings;
  // Only where the two ways to draw the border lead to different results.
  const bySuffixList = named.filter((one) => one.alignedBySuffixList === true);
  const known = named.some((one) => one.alignedBySuffixList !== undefined);
  if (known && (result === 'pass') !== bySuffixList.length > 0) {
    const identifier = (result === 'pass' ? aligned : bySuffixList)[0]?.domain ?? '';
    findings.push(finding('dmarc.message-suffix-list', { headerFrom, identifier, passesNow: result === 'pass' }));
  }
  return findings;
}

function depth(domain: string): number {
  return domain.split('.').length;
}

function shown(text: string): string {
  const printable = text.slice(0, SHOWN + 1).replace(/[^\x20-\x7e]/g, '?');
  return printable.length > SHOWN ? `${printable.slice(0, SHOWN)}…` : printable;
}
