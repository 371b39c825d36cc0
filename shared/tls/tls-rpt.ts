// TLS-RPT: the addresses for reports about failed TLS (RFC 8460 section 3).
import { recordsAt } from '../dns/record-at.ts';
import type { Resolver } from '../dns/types.ts';
import { toAscii } from '../text/domain.ts';

const MAX_SHOWN = 200;
/** Addresses that are kept: few records name more than two. */
const MAX_ADDRESSES = 10;
/** Longer texts were not written by a person. */
const MAX_TEXT = 4096;

export interface TlsRptRecord {
  valid: boolean;
  /** "mailto:" and "https:" addresses as written, of all `rua` fields. */
  addresses: string[];
  /** Number of `rua` fields. RFC 8460 does not define which of several applies, and senders differ. */
  fields: number;
  problem: 'version' | 'syntax' | 'missing-rua' | 'bad-rua' | null;
}

export interface TlsRptOutcome {
  /** 'invalid' counts as none for reporters. */
  result: 'none' | 'valid' | 'invalid' | 'unknown';
  domain: string;
  record?: TlsRptRecord & { text: string };
  /** The correct record to replace the present ones; '' where an address is uncertain, null where there is none. */
  corrected?: string | null;
  /** What is wrong, by stable ids. */
  problems: { id: 'bad-domain' | 'several-records' | 'several-fields' | 'bad-record' | 'no-answer'; detail: string }[];
  /** Queries without an answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds; 0 where there is no answer. */
  ttl: number;
}

/** tlsrpt-ext-name "=" tlsrpt-ext-value: the value without "=", ";", blanks and control characters. */
const EXTENSION = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[\x21-\x3a\x3c\x3e-\x7e]+$/;
const RUA = /^rua=/;

/** RFC 8460 section 3: records that do not begin with the version are discarded. */
export function isTlsRptRecord(text: string): boolean {
  return /^v=TLSRPTv1[ \t]*(?:;|$)/.test(text);
}

/** Reads the record at `_smtp._tls.`; never throws. */
export function parseTlsRpt(text: string): TlsRptRecord {
  // Trimming runs of blanks in a text of 64 KB by pattern takes seconds.
  const fields = text
    .replace(/[ \t]{2,}/g, ' ')
    .split(';')
    .slice(1)
    .map((field) => field.replace(/^[ \t]+|[ \t]+$/g, ''));
  if (fields.at(-1) === '') fields.pop();
  const lists = fields.filter((field) => RUA.test(field)).map((field) => field.slice(4));
  const read = (problem: TlsRptRecord['problem'], addresses: string[] = []): TlsRptRecord => ({
    valid: problem === null,
    addresses: addresses.slice(0, MAX_ADDRESSES),
    fields: lists.length,
    problem,
  });
  if (!isTlsRptRecord(text)) return read('version');
  if (fields.some((field) => !RUA.test(field) && !EXTENSION.test(field))) return read('syntax');
  if (lists.length === 0) return read('missing-rua');
  const addresses = lists.flatMap((list) => list.split(',').map((uri) => uri.replace(/^[ \t]+|[ \t]+$/g, '')));
  return addresses.every(isReportUri) ? read(null, addresses) : read('bad-rua');
}

/** Section 3 defines "mailto:" and "https:"; ",", "!" and ";" are escaped in them. */
function isReportUri(uri: string): boolean {
  const [, mailbox, host] = /^(?:mailto:([\x21-\x7e]+)|https:\/\/([^/?#:]+)(?::\d+)?(?:[/?#].*)?)$/i.exec(uri) ?? [];
  if (!/^[\x21-\x7e]+$/.test(uri) || /[,!;"<>\\^`{|}]/.test(uri)) return false;
  if (host !== undefined) return toAscii(host).ok && host.includes('.');
  const [, domain] = /^[^@]+@([^@?]+)(?:\?.*)?$/.exec(mailbox ?? '') ?? [];
  return domain !== undefined && mailbox?.startsWith('//') !== true && toAscii(domain).ok && domain.includes('.');
}

/** One record with all addresses of the texts; '' where one is uncertain, null where there is none. */
export function correctedTlsRpt(texts: readonly string[]): string | null {
  const addresses: string[] = [];
  for (const text of texts) {
    if (text.length > MAX_TEXT) return '';
    const plain = text
      .replace(/["\\]/g, '')
      .replace(/\s+/g, ' ')
      .replace(/,(?: ?,)+/g, ',')
      .replace(/[ ,]{1,3}(?=rua ?[=:])/gi, ';')
      .replace(/(?:mailto) ?: ?/gi, 'mailto:');
    let inAddresses = false;
    for (const part of plain.split(';').map((one) => one.trim())) {
      const named = /^rua ?[=:] ?(.*)$/i.exec(part);
      inAddresses = named !== null || (inAddresses && !/^[a-z0-9_.-]+ ?=/i.test(part));
      if (!inAddresses) {
        // An address in another field may have been meant as one.
        if (/@|:\/\//.test(part)) return '';
        continue;
      }
      for (const written of (named?.[1] ?? part).split(/[, ]+/).filter((one) => one !== '')) {
        const uri = /^[^:/@]+@[^:/@]+$/.test(written) ? `mailto:${written}` : written;
        if (!isReportUri(uri)) return '';
        addresses.push(uri);
      }
    }
  }
  const all = [...new Set(addresses)];
  if (all.length === 0) return null;
  return all.length > MAX_ADDRESSES ? '' : `v=TLSRPTv1; rua=${all.join(',')}`;
}

/** Looks up a domain's TLS-RPT record; never throws. One query. */
export async function checkTlsRpt(domain: string, resolver: Resolver): Promise<TlsRptOutcome> {
  const { status, texts, ...lookup } = await recordsAt('_smtp._tls', domain, resolver);
  const outcome: TlsRptOutcome = { result: status === 'unknown' ? 'unknown' : 'none', ...lookup };
  const records = texts.filter(isTlsRptRecord);
  const meant = records.length > 0 ? records : texts.filter((text) => /^["'\s]*v\s*=\s*tls-?rpt/i.test(text));
  const [first] = meant;
  if (first === undefined) return outcome;
  const read = parseTlsRpt(first);
  outcome.record = { ...read, text: first.slice(0, MAX_SHOWN) };
  const { valid, problem, fields } = read;
  if (records.length > 1) outcome.problems.push({ id: 'several-records', detail: String(records.length) });
  if (problem !== null) outcome.problems.push({ id: 'bad-record', detail: problem });
  else if (fields > 1) outcome.problems.push({ id: 'several-fields', detail: String(fields) });
  outcome.result = records.length === 1 && valid ? 'valid' : 'invalid';
  if (outcome.problems.length > 0) outcome.corrected = correctedTlsRpt(meant);
  return outcome;
}
