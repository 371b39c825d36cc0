// The answers to a DNS query, and the interface of every resolver (RFC 1035, RFC 2308).

/** One byte per character (code points 0–255), as sent; nothing is decoded. */
export type ByteString = string;

/** The record types that the engine queries, with the data of one record of each. Names are without the trailing dot. */
export interface RecordData {
  A: string;
  AAAA: string;
  CNAME: string;
  NS: string;
  PTR: string;
  MX: { preference: number; exchange: string };
  /** The character-strings of one TXT record, in order; the text is their concatenation. */
  TXT: readonly ByteString[];
  TLSA: { usage: number; selector: number; matchingType: number; certificate: string };
  CAA: { critical: boolean; tag: string; value: string };
}
export type RecordType = keyof RecordData;

export type DnsErrorReason =
  | 'timeout'
  | 'servfail'
  | 'refused'
  | 'network'
  | 'malformed'
  /** The name cannot be queried: a label over 63 bytes, a name over 253, an empty label (RFC 1035 section 2.3.4). */
  | 'badname'
  /** Not queried, since the check's limit of queries was reached. */
  | 'budget'
  /** Not queried, since the check's deadline had passed. */
  | 'deadline';

/** `ttl` in seconds: the smallest of the records and their aliases, for negative answers that of RFC 2308 section 5. */
interface Received {
  ttl: number;
  /** The targets of the CNAME records that were followed, in order; empty where there was none. */
  aliases: readonly string[];
  /** The AD bit: a validating resolver authenticated the answer (RFC 4035 section 3.2.3). */
  authenticated: boolean;
}
export type Answer<T> =
  | ({ kind: 'ok'; records: readonly T[] } & Received)
  | ({ kind: 'nodata' } & Received)
  | ({ kind: 'nxdomain' } & Received)
  | { kind: 'error'; reason: DnsErrorReason; detail: string };

/** Answers queries; never throws. `name` is ASCII (A-labels), with or without the trailing dot, in any case. */
export interface Resolver {
  query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>>;
}

/** True where the query got no answer, or was not sent. */
export function isUnknown<T>(answer: Answer<T>): answer is Extract<Answer<T>, { kind: 'error' }> {
  return answer.kind === 'error';
}

/** The records of an answer, none where it is negative or an error. */
export function recordsOf<T>(answer: Answer<T>): readonly T[] {
  return answer.kind === 'ok' ? answer.records : [];
}
