// From DMARC outcomes to findings: a domain's set-up, and one message (RFC 9989, RFC 9990).
import { type Correction, correction, firstRecord, reportAddress } from '../dmarc/correct.ts';
import type { ReportDestination } from '../dmarc/destinations.ts';
import { enforcementBelow, enforcementOf, NO_ENFORCEMENT } from '../dmarc/enforcement.ts';
import { type DmarcInspection, recordSubject } from '../dmarc/inspect.ts';
import { parseDmarc } from '../dmarc/parse.ts';
import type { DeadDestination } from '../dmarc/report-hosts.ts';
import type { DmarcOutcome, DmarcProblem, DmarcProblemId, DmarcRecord, WalkStep } from '../dmarc/types.ts';
import { freeMailboxProvider } from '../providers/lookup.ts';
import { isWithin } from '../text/domain.ts';
import { type Finding, finding } from './catalog.ts';

/** What is shown of a record or a part of it: enough to know it by. */
const SHOWN = 200;
/** Parts of a record that are named one by one. */
const MAX_PARTS = 8;

/** Findings of a domain's DMARC set-up. */
export function dmarcFindings(inspection: DmarcInspection): Finding[] {
  return [...dmarcRecordFindings(inspection), ...dmarcDestinationFindings(inspection, [])];
}

/** Those of the policy and its record. */
export function dmarcRecordFindings(inspection: DmarcInspection): Finding[] {
  const { discovery } = inspection;
  const findings = discovery.steps.flatMap((step): Finding[] =>
    step.status === 'unknown'
      ? [finding('dmarc.unknown', { name: `_dmarc.${step.domain}`, detail: shown(step.detail ?? '') })]
      : [],
  );
  if (discovery.status === 'none') findings.push(nothing(inspection));
  if (discovery.record === undefined || discovery.policyDomain === undefined) return findings;

  const { domain, record, policyDomain, source } = discovery;
  findings.push(...ignoredRecords(inspection, record, policyDomain));
  if (source === 'public-suffix') {
    const at = recordSubject(inspection).domain;
    findings.push(
      finding('dmarc.suffix-only', { domain, policyDomain, at, record: firstRecord(ownAddress(inspection)) }),
    );
    return findings;
  }
  // A record without a fault needs none, and making it costs as much as all else here.
  let made: Correction | undefined;
  const fixed = () => {
    made ??= shownParts(correction([record.text], enforcementOf(record), ownAddress(inspection)));
    return made;
  };
  return [
    ...findings,
    ...policyFindings(inspection, record, policyDomain, fixed),
    ...partFindings(record, policyDomain, fixed),
    ...(record.applied === null ? [] : addressFindings(inspection, record, policyDomain, fixed)),
    ...borderFindings(inspection),
  ];
}

/** Those of the domains that reports are to go to; `dead` are known to take no mail. */
export function dmarcDestinationFindings(inspection: DmarcInspection, dead: readonly DeadDestination[]): Finding[] {
  const { aggregateDestinations, failureDestinations } = inspection;
  const at = recordSubject(inspection).domain;
  const aggregate = new Set(aggregateDestinations.map(({ domain }) => domain));
  return [
    ...aggregateDestinations.map((destination) => ({ tag: 'rua', destination })),
    // One destination, one finding, however many tags name it.
    ...failureDestinations
      .filter(({ domain }) => !aggregate.has(domain))
      .map((destination) => ({ tag: 'ruf', destination })),
  ].flatMap(({ tag, destination }) => destinationFindings(tag, at, destination, dead));
}

/** Where reports could go that have no address yet; undefined where the domain is not known to take mail. */
function ownAddress(inspection: DmarcInspection): string | undefined {
  return inspection.takesReports === true ? reportAddress(recordSubject(inspection).domain) : undefined;
}

/** Records below the one that applies. Above it nothing is the owner's to correct. */
function ignoredRecords({ discovery }: DmarcInspection, record: DmarcRecord, policyDomain: string): Finding[] {
  const inForce = enforcementBelow(enforcementOf(record));
  const address = addressesWithin(record, discovery.organizationalDomain ?? policyDomain);
  return discovery.steps
    .filter((one) => depth(one.domain) > depth(policyDomain))
    .flatMap((step): Finding[] => {
      const problem = discarded(step);
      if (problem === undefined) return [];
      const corrected = shownParts(correction(step.texts ?? [], inForce, address));
      return [finding('dmarc.ignored-record', { domain: step.domain, problem, policyDomain, ...corrected })];
    });
}

/** The report addresses of a record that need no consent for another record of the same organization. */
function addressesWithin({ aggregateReports }: DmarcRecord, organization: string): string | undefined {
  const own = aggregateReports.filter(({ domain }) => domain !== '' && isWithin(domain, organization));
  return own.length === 0 ? undefined : own.map(({ uri }) => uri).join(',');
}

/** No policy applies: why, with what to publish. */
function nothing(inspection: DmarcInspection): Finding {
  const { discovery, misplaced } = inspection;
  const { domain } = discovery;
  const subject = recordSubject(inspection);
  const address = ownAddress(inspection);
  const step = discovery.steps.find((one) => one.domain === subject.domain);
  const problem = step && discarded(step);
  if (subject.texts.length === 0 || (misplaced === undefined && problem === undefined)) {
    return finding('dmarc.none', { domain, at: subject.domain, record: firstRecord(address) });
  }
  const corrected = shownParts(correction(subject.texts, NO_ENFORCEMENT, address));
  if (misplaced !== undefined) return finding('dmarc.misplaced', { domain, wrong: misplaced.name, ...corrected });
  if (problem === 'several') {
    return finding('dmarc.several', { domain: subject.domain, count: subject.texts.length, ...corrected });
  }
  const found = shown(subject.texts[0]!);
  return finding('dmarc.unusable', { domain: subject.domain, problem: problem!, found, ...corrected });
}

/** Why what stands at a name does not count; undefined where nothing stands there, or a record that counts. */
function discarded({ status, record }: WalkStep): string | undefined {
  if (status === 'several') return 'several';
  if (status !== 'invalid') return undefined;
  const text = record?.text ?? '';
  if (/^\s*["'“”\x80-\xff]/.test(text)) return 'quotes';
  if (/^\s*v\s*=\s*DMARC1\s*,/i.test(text)) return 'comma';
  if (/^\s*v\s*=\s*DMARC1\s+[a-z]/i.test(text)) return 'no-semicolon';
  const fatal: readonly DmarcProblemId[] = ['version-case', 'version-not-first', 'not-dmarc', 'duplicate-tag'];
  return record?.problems.find(({ id }) => fatal.includes(id))?.id ?? 'not-dmarc';
}

/** What a finding says of a correction. */
function shownParts({ record, unclear, dropped }: Correction): Correction {
  return { record, unclear: unclear.slice(0, MAX_PARTS).map(shown), dropped: dropped.slice(0, MAX_PARTS).map(shown) };
}

function policyFindings(
  { discovery, policy, suffixList }: DmarcInspection,
  record: DmarcRecord,
  at: string,
  fixed: () => Correction,
): Finding[] {
  const faulty = record.problems.find(({ id }) => id === 'bad-policy' || id === 'missing-policy');
  if (faulty !== undefined) {
    const args = { domain: at, tag: faulty.tag, value: shown(faulty.detail), ...fixed() };
    return [finding(record.applied === null ? 'dmarc.no-effect' : 'dmarc.read-as-none', args)];
  }
  if (record.applied === null || policy === undefined) return [];
  const inherited = discovery.source !== 'domain';
  const tag = !inherited ? 'p' : record.subdomainPolicy === undefined ? 'p' : 'sp';
  const published = inherited ? record.applied.subdomains : record.applied.domain;
  const { percentage } = record;
  const findings: Finding[] = [
    finding('dmarc.policy', { domain: discovery.domain, policyDomain: at, tag, policy, text: shown(record.text) }),
  ];
  if (record.testing && published !== 'none') {
    findings.push(finding('dmarc.testing', { domain: at, published, policy, percentage }));
  }
  if (record.applied.domain === 'none') findings.push(finding('dmarc.monitoring', { domain: at }));
  // RFC 9989 section 4.10.1: below a name without a record the organizational domain's holds, and none in between.
  const { organizationalDomain: organization } = discovery;
  const inBetween = organization !== null && at !== organization && at !== suffixList.registrableDomain;
  const idle = [
    ...(record.subdomainPolicy === undefined ? [] : [`sp=${record.subdomainPolicy}`]),
    ...(record.nonExistentPolicy === undefined ? [] : [`np=${record.nonExistentPolicy}`]),
  ];
  if (inBetween && idle.length > 0) {
    findings.push(finding('dmarc.sp-unused', { domain: at, tags: idle, organizationalDomain: organization }));
  } else if (
    organization !== null &&
    !inBetween &&
    record.applied.domain !== 'none' &&
    record.subdomainPolicy === 'none'
  ) {
    findings.push(finding('dmarc.subdomains-open', { domain: at, policy: record.applied.domain }));
  }
  return findings;
}

/** Parts of a record that do not count, or not with every receiver. */
function partFindings(record: DmarcRecord, at: string, fixed: () => Correction): Finding[] {
  const findings: Finding[] = [];
  const removed = record.problems.filter(({ id }) => id === 'removed-tag');
  if (removed.length > 0) {
    const tags = removed.slice(0, MAX_PARTS).map(({ tag, detail }) => shown(`${tag}=${detail}`));
    const counts = record.percentage < 100 && removed.some(({ tag }) => tag === 'pct') && enforces(record);
    const percentage = counts ? record.percentage : null;
    findings.push(finding('dmarc.removed-tags', { domain: at, tags, percentage, ...fixed() }));
  }
  const order = record.problems.find(({ id }) => id === 'policy-order');
  if (order !== undefined) {
    findings.push(finding('dmarc.policy-order', { domain: at, before: shown(order.detail), ...fixed() }));
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
    const { alignment } = parseDmarc(fixed().record);
    const strict = (['spf', 'dkim'] as const).some(
      (by) => alignment[by] === 'strict' && record.alignment[by] !== 'strict',
    );
    findings.push(finding('dmarc.untidy', { domain: at, what: what.slice(0, MAX_PARTS), strict, ...fixed() }));
  }
  return findings;
}

function enforces({ policy, subdomainPolicy = 'none' }: DmarcRecord): boolean {
  return (policy ?? 'none') !== 'none' || subdomainPolicy !== 'none';
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

function addressFindings(
  inspection: DmarcInspection,
  record: DmarcRecord,
  at: string,
  fixed: () => Correction,
): Finding[] {
  const findings: Finding[] = [];
  for (const tag of ['rua', 'ruf'] as const) {
    const uris = tag === 'rua' ? record.aggregateReports : record.failureReports;
    const named = (id: DmarcProblemId) =>
      record.problems
        .filter((one) => one.id === id && one.tag === tag)
        .slice(0, MAX_PARTS)
        .map(({ detail }) => `"${shown(detail)}"`);
    const [invalid, otherScheme] = [named('bad-report-uri'), named('report-scheme')];
    if (invalid.length > 0) {
      findings.push(finding('dmarc.rua-invalid', { domain: at, tag, found: invalid, ...fixed() }));
    } else if (tag === 'rua' && otherScheme.length > 0 && uris.every(({ domain }) => domain === '')) {
      const shownRecord = inspection.takesReports === true ? fixed().record : '';
      findings.push(finding('dmarc.rua-scheme', { domain: at, found: otherScheme, ...fixed(), record: shownRecord }));
    } else if (tag === 'rua' && uris.length === 0) {
      const own = inspection.takesReports === true;
      findings.push(
        own ? finding('dmarc.rua-none', { domain: at, ...fixed() }) : finding('dmarc.rua-elsewhere', { domain: at }),
      );
    }
  }
  return findings;
}

function destinationFindings(
  tag: string,
  policyDomain: string,
  { status, domain, address, name, detail }: ReportDestination,
  dead: readonly DeadDestination[],
): Finding[] {
  const common = { tag, policyDomain, destination: domain, address: shown(address) };
  const why = dead.find((one) => one.domain === domain)?.why;
  if (why !== undefined) return [finding('dmarc.rua-no-mail', { ...common, why })];
  if (status === 'unknown') return [finding('dmarc.unknown', { name, detail: shown(detail ?? '') })];
  if (status !== 'refused') return [];
  return [finding(freeMailboxProvider(domain) === undefined ? 'dmarc.rua-refused' : 'dmarc.rua-free-mailbox', common)];
}

function borderFindings({ discovery, suffixList }: DmarcInspection): Finding[] {
  const { domain, organizationalDomain, steps, record } = discovery;
  const { registrableDomain, differs } = suffixList;
  if (!differs || registrableDomain === null || organizationalDomain === null) return [];
  // A record at the registered domain draws the border there, unless one is there already or psd= draws another.
  const bare = steps.some((step) => step.domain === registrableDomain && step.status === 'none');
  const address = record && addressesWithin(record, registrableDomain);
  return [
    finding('dmarc.suffix-list', {
      domain,
      organizationalDomain,
      registrableDomain,
      record: bare ? firstRecord(address) : '',
    }),
  ];
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
