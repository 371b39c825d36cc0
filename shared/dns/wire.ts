// DNS messages: a question to octets, octets to an Answer (RFC 1035 section 4; dns-packet is the codec).
import {
  AUTHENTIC_DATA,
  decode,
  encode,
  RECURSION_DESIRED,
  type Answer as Record,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { MAX_LABEL, MAX_NAME } from '../text/domain.ts';
import type { Answer, DnsErrorReason, RecordData, RecordType } from './types.ts';

/** What a question offers to take over UDP: fits an unfragmented IPv6 packet (RFC 9715 section 3.1). */
export const UDP_PAYLOAD_SIZE = 1232;
/** Seconds for a negative answer that brings no SOA record, which RFC 2308 section 5 says not to cache for long. */
export const NEGATIVE_TTL_WITHOUT_SOA = 60;
/** No TTL above a day is believed: a report is about today. */
export const MAX_TTL = 86_400;
/** Alias links followed within one answer; resolvers stop at about as many. */
export const MAX_ALIASES = 12;

export interface Question {
  /** 0 over HTTPS, so that equal questions are equal requests (RFC 8484 section 4.1); random over UDP. */
  id: number;
  name: string;
  type: RecordType;
}

/** Why a name cannot be asked for, undefined where it can (RFC 1035 section 2.3.4). */
export function badName(name: string): string | undefined {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  if (bare === '') return 'the name is empty';
  if (bare.length > MAX_NAME) return `the name has ${bare.length} octets, over ${MAX_NAME}`;
  for (const label of bare.split('.')) {
    if (label === '') return 'the name has an empty label';
    if (label.length > MAX_LABEL) return `a label has ${label.length} octets, over ${MAX_LABEL}`;
  }
  // The codec would send other characters as UTF-8, and two names that differ must never become one question.
  return /[^\x21-\x7e]/.test(bare) ? 'the name has a character outside ASCII' : undefined;
}

/** The question as a message; the AD bit asks a validating resolver for its verdict (RFC 6840 section 5.7). `name` must pass `badName`. */
export function encodeQuery(question: Question): Uint8Array {
  return encode({
    type: 'query',
    id: question.id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ name: question.name, type: question.type }],
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize: UDP_PAYLOAD_SIZE, flags: 0, options: [] } as never],
  });
}

/** True where the answer did not fit a datagram and is to be asked for over TCP. */
export function isTruncated(message: Uint8Array): boolean {
  return message.length > 3 && ((message[2]! << 8) & TRUNCATED_RESPONSE) !== 0;
}

/** True where the message answers this very question: id, name and type are the same. */
export function answersQuestion(message: Uint8Array, question: Question): boolean {
  return decodeResponse(message, question) !== undefined;
}

function decodeResponse(message: Uint8Array, question: Question): ReturnType<typeof decode> | undefined {
  if (!isWhole(message)) return undefined;
  try {
    const packet = decode(asBuffer(message));
    const asked = packet.questions?.[0];
    const same =
      packet.type === 'response' &&
      packet.id === question.id &&
      asked?.type === question.type &&
      fold(asked.name) === fold(question.name);
    return same ? packet : undefined;
  } catch {
    return undefined;
  }
}

// The codec reads past the end of a cut message as if the last record were shorter.
function isWhole(message: Uint8Array): boolean {
  if (message.length < 12) return false;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const afterName = (from: number): number => {
    let at = from;
    while (at < message.length && message[at] !== 0 && message[at]! < 0xc0) at += 1 + message[at]!;
    return at + (message[at]! >= 0xc0 ? 2 : 1);
  };
  let at = 12;
  for (let i = view.getUint16(4); i > 0 && at <= message.length; i--) at = afterName(at) + 4;
  for (let i = view.getUint16(6) + view.getUint16(8) + view.getUint16(10); i > 0; i--) {
    at = afterName(at);
    if (at + 10 > message.length) return false;
    at += 10 + view.getUint16(at + 8);
  }
  return at <= message.length;
}

/** Octets of a response to an Answer; whatever is wrong with them is an `error` of reason `malformed`. */
export function decodeAnswer<T extends RecordType>(
  message: Uint8Array,
  question: Question & { type: T },
): Answer<RecordData[T]> {
  const packet = decodeResponse(message, question);
  if (packet === undefined) {
    return { kind: 'error', reason: 'malformed', detail: 'the response is broken or answers another question' };
  }
  const rcode = (packet as { rcode?: string }).rcode ?? 'SERVFAIL';
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') {
    const reason: DnsErrorReason = rcode === 'REFUSED' ? 'refused' : 'servfail';
    return { kind: 'error', reason, detail: `the name server answered ${rcode}` };
  }
  const answers = packet.answers ?? [];
  const { name, aliases, ttl: aliasTtl } = followAliases(fold(question.name), question.type, answers);
  const authenticated = (packet as { flag_ad?: boolean }).flag_ad === true;
  const records: RecordData[T][] = [];
  let ttl = aliasTtl;
  for (const answer of answers) {
    if (answer.type !== question.type || fold(answer.name) !== name) continue;
    const data = recordData(question.type, answer);
    if (data === undefined) continue;
    records.push(data);
    ttl = Math.min(ttl, secondsOf(answer));
  }
  if (rcode === 'NXDOMAIN')
    return { kind: 'nxdomain', ttl: negativeTtl(packet.authorities, ttl), aliases, authenticated };
  if (records.length > 0) return { kind: 'ok', records, ttl, aliases, authenticated };
  return { kind: 'nodata', ttl: negativeTtl(packet.authorities, ttl), aliases, authenticated };
}

function followAliases(start: string, type: RecordType, answers: readonly Record[]) {
  const aliases: string[] = [];
  let name = start;
  let ttl = MAX_TTL;
  while (type !== 'CNAME' && aliases.length < MAX_ALIASES) {
    const alias = answers.find((answer) => answer.type === 'CNAME' && fold(answer.name) === name);
    if (alias === undefined) break;
    name = fold((alias as { data: string }).data);
    ttl = Math.min(ttl, secondsOf(alias));
    aliases.push(name);
  }
  return { name, aliases, ttl };
}

// RFC 2308 section 5: the smaller of the SOA record's own TTL and its MINIMUM field.
function negativeTtl(authorities: readonly Record[] | undefined, aliasTtl: number): number {
  for (const authority of authorities ?? []) {
    if (authority.type !== 'SOA') continue;
    const minimum = (authority as { data: { minimum?: number } }).data.minimum ?? NEGATIVE_TTL_WITHOUT_SOA;
    return Math.min(secondsOf(authority), minimum, aliasTtl);
  }
  return Math.min(NEGATIVE_TTL_WITHOUT_SOA, aliasTtl);
}

function secondsOf(record: Record): number {
  const ttl = (record as { ttl?: number }).ttl ?? 0;
  // RFC 2181 section 8: a TTL with the top bit set counts as zero.
  return ttl > 0x7fff_ffff ? 0 : Math.min(ttl, MAX_TTL);
}

function recordData<T extends RecordType>(type: T, record: Record): RecordData[T] | undefined {
  const data = (record as { data: unknown }).data;
  switch (type) {
    case 'TXT': {
      const strings = (Array.isArray(data) ? data : [data]) as (Uint8Array | string)[];
      return strings.map(octetString) as unknown as RecordData[T];
    }
    case 'MX': {
      const mx = data as { preference?: number; exchange: string };
      return { preference: mx.preference ?? 0, exchange: fold(mx.exchange) } as RecordData[T];
    }
    case 'TLSA': {
      const tlsa = data as { usage: number; selector: number; matchingType: number; certificate: Uint8Array };
      const certificate = Array.from(tlsa.certificate, (byte) => byte.toString(16).padStart(2, '0')).join('');
      return {
        usage: tlsa.usage,
        selector: tlsa.selector,
        matchingType: tlsa.matchingType,
        certificate,
      } as RecordData[T];
    }
    case 'CAA': {
      const caa = data as { flags?: number; tag: string; value: string };
      return {
        critical: ((caa.flags ?? 0) & 128) !== 0,
        tag: caa.tag.toLowerCase(),
        value: caa.value,
      } as RecordData[T];
    }
    case 'A':
    case 'AAAA':
      return data as RecordData[T];
    default:
      return fold(data as string) as RecordData[T];
  }
}

/** One character per octet; see `OctetString`. */
function octetString(octets: Uint8Array | string): string {
  if (typeof octets === 'string') return octets;
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

function fold(name: string): string {
  return name === '.' ? '.' : name.replace(/\.$/, '').toLowerCase();
}

// dns-packet reads with Buffer's methods; Buffer is made by its own encode, so that no runtime's global is named here.
function asBuffer(message: Uint8Array): Parameters<typeof decode>[0] {
  const buffer = encode({});
  const Octets = buffer.constructor as unknown as {
    from(a: ArrayBufferLike, at: number, length: number): typeof buffer;
  };
  return Octets.from(message.buffer, message.byteOffset, message.byteLength);
}
