// SMTP TLS reports (RFC 8460 section 4.4): foreign JSON, read member by member.
import { toText } from '../message/bytes.ts';
import { bounded, countOf, domainText, ipText, MAX_COMMENT, mailDomain, secondsOf } from './text.ts';
import type { Refusal, ReportFault, TlsFailure, TlsPolicyResult, TlsReport } from './types.ts';

/** Bytes of JSON; it is parsed as a whole, and real reports have a few thousand. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;
const MAX_POLICIES = 100;
const MAX_FAILURES = 500;
const MAX_STRINGS = 50;
/** RFC 8460 section 5.1: the same form of name as for DMARC. */
const FILE_NAME = /^([^!/\\]{1,255})!([^!]{1,255})!(\d{6,12})!(\d{6,12})/;

export type TlsOutcome = { ok: true; report: TlsReport } | { ok: false; refusal: Refusal };
type Members = Record<string, unknown>;

/** Never throws. */
export function readTls(bytes: Uint8Array, name: string): TlsOutcome {
  if (bytes.length > MAX_JSON_BYTES) return refused('unpacked-too-large', name);
  let value: unknown;
  try {
    value = JSON.parse(toText(bytes).replace(/^\ufeff/, ''));
  } catch {
    return refused('broken-json', name);
  }
  const report = membersOf(value);
  const policies = listOf(report.policies).slice(0, MAX_POLICIES).map(policyOf);
  if (!('policies' in report)) return refused('not-a-report', name);
  const named = policies.filter(({ domain }) => mailDomain(domain) !== undefined);
  if (named.length === 0) return refused('member-missing', 'policies/policy/policy-domain');
  const faults: ReportFault[] = [];
  const period = periodOf(membersOf(report['date-range']), name, faults);
  if (period === undefined) return refused('member-missing', 'date-range');
  const reportId = textOf(report['report-id']);
  if (reportId === '') faults.push('no-report-id');
  const organization = textOf(report['organization-name']);
  if (organization === '') faults.push('no-organization');
  return {
    ok: true,
    report: { organization, contact: textOf(report['contact-info']), reportId, ...period, policies: named, faults },
  };
}

function periodOf(range: Members, name: string, faults: ReportFault[]): { begin: number; end: number } | undefined {
  const file = FILE_NAME.exec(name.replace(/^.*[/\\]/, ''));
  const begin = secondsOf(textOf(range['start-datetime']));
  const end = secondsOf(textOf(range['end-datetime']));
  if (begin === undefined || end === undefined) {
    const first = begin ?? (file === null ? end : Number(file[3]));
    if (first === undefined) return undefined;
    faults.push('no-period');
    return { begin: first, end: end ?? (file === null ? first : Number(file[4])) };
  }
  if (begin <= end) return { begin, end };
  faults.push('period-reversed');
  return { begin: end, end: begin };
}

function policyOf(value: unknown): TlsPolicyResult {
  const result = membersOf(value);
  const policy = membersOf(result.policy);
  const summary = membersOf(result.summary);
  return {
    type: bounded(textOf(policy['policy-type']), 60).toLowerCase(),
    domain: domainText(textOf(policy['policy-domain'])),
    strings: stringsOf(policy['policy-string']),
    // RFC 8460 section 4.4 shows a string, and most reporters write a list.
    mxHosts: stringsOf(policy['mx-host']),
    successful: countOf(summary['total-successful-session-count']) ?? 0,
    failed: countOf(summary['total-failure-session-count']) ?? 0,
    failures: listOf(result['failure-details']).slice(0, MAX_FAILURES).map(failureOf),
  };
}

function failureOf(value: unknown): TlsFailure {
  const failure = membersOf(value);
  return {
    type: bounded(textOf(failure['result-type']), 60).toLowerCase(),
    sendingIp: ipText(textOf(failure['sending-mta-ip'])).text,
    receivingHost: domainText(textOf(failure['receiving-mx-hostname'])),
    receivingIp: ipText(textOf(failure['receiving-ip'])).text,
    receivingHelo: bounded(textOf(failure['receiving-mx-helo'])),
    sessions: countOf(failure['failed-session-count']) ?? 0,
    information: bounded(textOf(failure['additional-information'] ?? failure['additional-info-uri']), MAX_COMMENT),
    reasonCode: bounded(textOf(failure['failure-reason-code']), MAX_COMMENT),
  };
}

function membersOf(value: unknown): Members {
  // An object has members by string keys, which TypeScript does not narrow to.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

/** A single value is a list of one. */
function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function stringsOf(value: unknown): string[] {
  return listOf(value)
    .slice(0, MAX_STRINGS)
    .map(textOf)
    .filter((text) => text !== '');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? bounded(value, MAX_COMMENT) : typeof value === 'number' ? String(value) : '';
}

function refused(reason: Refusal['reason'], detail: string): TlsOutcome {
  return { ok: false, refusal: { reason, detail } };
}
