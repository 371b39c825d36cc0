// Fetches a domain's SPF record: selects it among the TXT records (RFC 7208 sections 4.4 and 4.5).

import type { Answer, ByteString, DnsErrorReason, Resolver } from '../dns/types.ts';
import { isSpfRecord, parseSpfRecord } from './parse.ts';
import type { SpfRecord } from './types.ts';

export type FetchedRecord =
  | { kind: 'record'; record: SpfRecord; strings: readonly ByteString[]; ttl: number }
  /** `exists`: the name exists, with other records. */
  | { kind: 'none'; exists: boolean; ttl: number }
  | { kind: 'several'; texts: readonly ByteString[]; ttl: number }
  | { kind: 'error'; reason: DnsErrorReason; detail: string };

/** Joins the strings of each TXT record without blanks (RFC 7208 section 3.3) and keeps the SPF records among them. */
export function spfTexts(
  records: readonly (readonly ByteString[])[],
): { text: string; strings: readonly ByteString[] }[] {
  return records.map((strings) => ({ text: strings.join(''), strings })).filter(({ text }) => isSpfRecord(text));
}

/**
 * The parsed record of an answer, kept as long as the answer itself: one check reads the record of a domain for its
 * inspection, for every address, and for the proposed record.
 */
const read = new WeakMap<Answer<readonly ByteString[]>, FetchedRecord>();

export function readRecord(answer: Answer<readonly ByteString[]>): FetchedRecord {
  if (answer.kind === 'error') return answer;
  let record = read.get(answer);
  if (record === undefined) {
    record = recordOf(answer);
    read.set(answer, record);
  }
  return record;
}

function recordOf(answer: Exclude<Answer<readonly ByteString[]>, { kind: 'error' }>): FetchedRecord {
  switch (answer.kind) {
    case 'nxdomain':
    case 'nodata':
      return { kind: 'none', exists: answer.kind === 'nodata', ttl: answer.ttl };
    case 'ok': {
      const [first, ...others] = spfTexts(answer.records);
      const { ttl } = answer;
      if (first === undefined) return { kind: 'none', exists: true, ttl };
      // RFC 7208 section 4.5: "if there is more than one record, then check_host() produces permerror".
      if (others.length > 0) return { kind: 'several', texts: [first, ...others].map(({ text }) => text), ttl };
      return { kind: 'record', record: parseSpfRecord(first.text), strings: first.strings, ttl };
    }
  }
}

export async function fetchRecord(domain: string, resolver: Resolver): Promise<FetchedRecord> {
  return readRecord(await resolver.query(domain, 'TXT'));
}
