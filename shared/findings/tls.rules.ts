// From outcomes of transport security to findings (RFC 8461, RFC 8460, RFC 7672, RFC 8659).
import type { BimiOutcome } from '../bimi/record.ts';
import type { CaaOutcome } from '../tls/caa.ts';
import type { DaneOutcome } from '../tls/dane.ts';
import type { MtaStsOutcome } from '../tls/mta-sts.ts';
import type { TlsRptOutcome } from '../tls/tls-rpt.ts';
import { type Finding, finding } from './catalog.ts';

const SHOWN = 200;
const MAX_SHOWN = 5;
/** Mail hosts in the policy that is proposed. */
const MAX_PROPOSED = 10;
const SECONDS_OF_A_DAY = 86_400;

function unknowns(unknown: readonly { name: string; detail: string }[]): Finding[] {
  return unknown.map(({ name, detail }) => finding('tls.unknown', { name: shown(name), detail: shown(detail) }));
}

/** `mxHosts`: the servers that a first policy lists; `id`: the version of the proposed record, usually a date. */
export function mtaStsFindings(outcome: MtaStsOutcome, mxHosts: readonly string[], id: string): Finding[] {
  const { domain, problems, policy, record } = outcome;
  const findings = unknowns(outcome.unknown);
  if (problems.some((problem) => problem.id === 'bad-domain')) return findings;
  // A domain with a null MX accepts no mail that a policy could protect.
  const hosts = mxHosts.filter((host) => host !== '' && host !== '.');
  if (outcome.result === 'none' && hosts.length > 0) {
    const lines = [
      'version: STSv1',
      'mode: testing',
      ...hosts.slice(0, MAX_PROPOSED).map((host) => `mx: ${host}`),
      'max_age: 2592000',
    ];
    findings.push(finding('mta-sts.none', { domain, policy: lines.join('\n'), id }));
  }
  if (outcome.result === 'invalid') findings.push(invalid(domain, problems, record?.problem ?? null));
  if (outcome.result !== 'valid' || policy === undefined) return findings;
  const days = Math.floor((policy.maxAge ?? 0) / SECONDS_OF_A_DAY);
  findings.push(finding('mta-sts.valid', { domain, mode: policy.mode!, days }));
  if (policy.mode !== 'enforce') findings.push(finding('mta-sts.not-enforced', { domain, mode: policy.mode! }));
  const line = policy.problems.find((problem) => problem.id === 'syntax');
  if (line !== undefined) findings.push(finding('mta-sts.bad-line', { domain, line: shown(line.detail) }));
  const counts = { 'host-not-allowed': 0, 'unused-pattern': 0 };
  for (const { id: problem, detail } of problems) {
    if (problem === 'host-not-allowed' && counts[problem]++ < MAX_SHOWN) {
      const enforced = policy.mode === 'enforce';
      findings.push(finding('mta-sts.host-not-allowed', { domain, host: shown(detail), enforced }));
    }
    if (problem === 'unused-pattern' && counts[problem]++ < MAX_SHOWN) {
      findings.push(finding('mta-sts.unused-pattern', { domain, pattern: shown(detail) }));
    }
    if (problem === 'short-max-age') findings.push(finding('mta-sts.short', { domain, seconds: Number(detail) }));
  }
  return findings;
}

function invalid(domain: string, problems: MtaStsOutcome['problems'], fault: string | null): Finding {
  const first = problems[0];
  if (first === undefined || first.id === 'bad-record') {
    return finding('mta-sts.invalid', { domain, reason: fault ?? 'syntax', detail: '' });
  }
  if (first.id === 'several-records') return finding('mta-sts.invalid', { domain, reason: 'several', detail: '' });
  return finding('mta-sts.invalid', { domain, reason: first.id, detail: shown(first.detail) });
}

/** `mxHosts`: those of the domain, since the reports are about mail to it and a first address for them is there. */
export function tlsRptFindings(outcome: TlsRptOutcome, mxHosts: readonly string[]): Finding[] {
  const { domain, record, result, problems } = outcome;
  const findings = unknowns(outcome.unknown);
  if (problems.some(({ id }) => id === 'bad-domain')) return findings;
  const takesMail = mxHosts.some((host) => host !== '' && host !== '.');
  const first = takesMail ? `v=TLSRPTv1; rua=mailto:tls-reports@${domain}` : '';
  const corrected = outcome.corrected ?? (outcome.corrected === null ? first : '');
  if (result === 'none' && takesMail) findings.push(finding('tls-rpt.none', { domain, record: first }));
  if (result === 'valid') {
    findings.push(finding('tls-rpt.valid', { domain, addresses: record!.addresses.slice(0, MAX_SHOWN).map(shown) }));
    if (problems.some(({ id }) => id === 'several-fields')) {
      findings.push(finding('tls-rpt.several-rua', { domain, record: corrected }));
    }
  }
  if (result === 'invalid') {
    findings.push(finding('tls-rpt.invalid', { domain, found: shown(record!.text), record: corrected }));
  }
  return findings;
}

export function daneFindings(outcome: DaneOutcome): Finding[] {
  const findings = unknowns(outcome.unknown);
  const named = (...statuses: readonly string[]) =>
    outcome.hosts.filter(({ status }) => statuses.includes(status)).map(({ name }) => name);
  const usable = named('usable');
  const unsigned = named('unsigned');
  if (usable.length > 0) findings.push(finding('dane.usable', { hosts: usable }));
  if (outcome.result === 'mixed') {
    findings.push(finding('dane.mixed', { hosts: named('none', 'unsigned', 'unusable') }));
  } else if (unsigned.length > 0) {
    findings.push(finding('dane.unsigned', { hosts: unsigned }));
  }
  for (const { name, status, records } of outcome.hosts) {
    if (status !== 'unusable') continue;
    findings.push(finding('dane.unusable', { host: name, fault: records[0]?.fault ?? '' }));
  }
  return findings;
}

/** `signed` is null if the resolver did not answer. */
export function dnssecFindings(domain: string, signed: boolean | null): Finding[] {
  return signed === null ? [] : [finding('dns.dnssec', { domain, signed })];
}

export function caaFindings({ result, name, issuers, unknown }: CaaOutcome): Finding[] {
  const findings = unknowns(unknown);
  if (result === 'found' && name !== null) findings.push(finding('dns.caa', { name, issuers }));
  return findings;
}

/** No finding for a domain without a logo: few domains have one. */
export function bimiFindings({ domain, recordDomain: at = domain, result, record, unknown }: BimiOutcome): Finding[] {
  const findings = unknowns(unknown);
  if (result === 'valid' && record !== undefined) {
    const { location, authority } = record;
    findings.push(finding('bimi.valid', { domain, at, location: shown(location), certificate: authority !== '' }));
  }
  if (result === 'invalid' && record !== undefined) {
    findings.push(finding('bimi.invalid', { domain, at, found: shown(record.text) }));
  }
  return findings;
}

function shown(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
