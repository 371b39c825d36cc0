// TLS-RPT: where reports about failed TLS go (RFC 8460 section 3).
import { recordsAt } from '../dns/record-at.ts';
import type { Resolver } from '../dns/types.ts';

const MAX_SHOWN = 200;

export interface TlsRptRecord {
  valid: boolean;
  /** "mailto:" and "https:" addresses as written. */
  addresses: string[];
  problem: 'version' | 'syntax' | 'missing-rua' | 'bad-rua' | null;
}

export interface TlsRptOutcome {
  /** 'invalid' counts as none with those who report. */
  result: 'none' | 'valid' | 'invalid' | 'unknown';
  domain: string;
  record?: TlsRptRecord & { text: string };
  problems: { id: 'bad-domain' | 'several-records' | 'bad-record' | 'no-answer'; detail: string }[];
  unknown: { name: string; detail: string }[];
  /** Seconds; 0 where there is no answer. */
  ttl: number;
}

/** RFC 8460 section 3: records that do not begin with the version are discarded. */
export function isTlsRptRecord(text: string): boolean {
  return /^v=TLSRPTv1[ \t]*(?:;|$)/.test(text);
}

/** Reads the record at `_smtp._tls.`; never throws. */
export function parseTlsRpt(text: string): TlsRptRecord {
  const wrong = (problem: TlsRptRecord['problem']): TlsRptRecord => ({ valid: false, addresses: [], problem });
  if (!isTlsRptRecord(text)) return wrong('version');
  // Cutting runs of blanks off a text of 64 KB by pattern takes seconds.
  const fields = text
    .replace(/[ \t]{2,}/g, ' ')
    .split(';')
    .slice(1)
    .map((field) => field.replace(/^[ \t]+|[ \t]+$/g, ''));
  if (fields.at(-1) === '') fields.pop();
  if (fields.some((field) => !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[^;]+$/.test(field))) return wrong('syntax');
  const rua = fields.find((field) => field.startsWith('rua='))?.slice(4);
  if (rua === undefined) return wrong('missing-rua');
  const addresses = rua.split(',').map((uri) => uri.trim());
  if (!addresses.every((uri) => /^(?:mailto:[^\s@,;!]+@[^\s@,;!]+|https:\/\/[^\s,;!]+)$/i.test(uri)))
    return wrong('bad-rua');
  return { valid: true, addresses: addresses.slice(0, 10), problem: null };
}

/** Looks a domain's TLS-RPT record up; never throws. One question. */
export async function checkTlsRpt(domain: string, resolver: Resolver): Promise<TlsRptOutcome> {
  const { status, texts, ...lookup } = await recordsAt('_smtp._tls', domain, resolver);
  const outcome: TlsRptOutcome = { result: status === 'unknown' ? 'unknown' : 'none', ...lookup };
  const records = texts.filter(isTlsRptRecord);
  const meant = records[0] ?? texts.find((text) => /^\s*v\s*=\s*tls-?rpt/i.test(text));
  if (meant === undefined) return outcome;
  outcome.record = { ...parseTlsRpt(meant), text: meant.slice(0, MAX_SHOWN) };
  if (records.length > 1) outcome.problems.push({ id: 'several-records', detail: String(records.length) });
  if (!outcome.record.valid) outcome.problems.push({ id: 'bad-record', detail: outcome.record.problem! });
  outcome.result = records.length === 1 && outcome.record.valid ? 'valid' : 'invalid';
  return outcome;
}
