// DNS messages: a question to bytes, bytes to an Answer (RFC 1035 section 4). It decodes only the types that the engine
// queries: a general codec takes four times as long, which is a tenth of a check.
import { MAX_LABEL, MAX_NAME } from '../text/domain.ts';
import type { Answer, ByteString, DnsErrorReason, RecordData, RecordType } from './types.ts';

/** The largest answer accepted over UDP: fits an unfragmented IPv6 packet (RFC 9715 section 3.1). */
export const UDP_PAYLOAD_SIZE = 1232;
/** Seconds for a negative answer without an SOA record, which must not be cached for long (RFC 2308 section 5). */
export const NEGATIVE_TTL_WITHOUT_SOA = 60;
/** TTLs above a day are reduced to a day: a report is about today. */
export const MAX_TTL = 86_400;
/** CNAME records followed within one answer; resolvers stop at about as many. */
export const MAX_ALIASES = 12;

export interface Question {
  /** 0 over HTTPS, so that equal queries are equal requests (RFC 8484 section 4.1); random over UDP. */
  id: number;
  name: string;
  type: RecordType;
}

/** Why a name cannot be queried, undefined where it can (RFC 1035 section 2.3.4). */
export function badName(name: string): string | undefined {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  if (bare === '') return 'the name is empty';
  if (bare.length > MAX_NAME) return `the name has ${bare.length} bytes, over ${MAX_NAME}`;
  for (const label of bare.split('.')) {
    if (label === '') return 'the name has an empty label';
    if (label.length > MAX_LABEL) return `a label has ${label.length} bytes, over ${MAX_LABEL}`;
  }
  // Other characters would be sent as their low byte, and different names must not become one question.
  return /[^\x21-\x7e]/.test(bare) ? 'the name has a character outside ASCII' : undefined;
}

/** Flags in the second 16 bits of a message (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6). */
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const AUTHENTIC_DATA = 0x0020;
const RCODE = 0x000f;
const RCODES: Partial<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
};
/** Bytes of the header. */
const HEADER = 12;
const CLASS_IN = 1;
const OPT = 41;
const SOA = 6;
/** RFC 1035 section 3.2.2, RFC 3596, RFC 6698 section 7.1, RFC 8659 section 7.1. */
const TYPES: Record<RecordType, number> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  TLSA: 52,
  CAA: 257,
};

/** The question as a message; the AD bit requests the validation result (RFC 6840 section 5.7). `name` must pass `badName`. */
export function encodeQuery({ id, name, type }: Question): Uint8Array {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  const message = new Uint8Array(HEADER + bare.length + 2 + 4 + 11);
  const view = new DataView(message.buffer);
  view.setUint16(0, id);
  view.setUint16(2, RECURSION_DESIRED | AUTHENTIC_DATA);
  view.setUint16(4, 1);
  view.setUint16(10, 1);
  let at = HEADER;
  for (const label of bare.split('.')) {
    message[at++] = label.length;
    for (let index = 0; index < label.length; index++) message[at++] = label.charCodeAt(index);
  }
  view.setUint16(at + 1, TYPES[type]);
  view.setUint16(at + 3, CLASS_IN);
  // RFC 6891 section 6.1.2: the root's name, the type, and instead of the class the payload size.
  view.setUint16(at + 6, OPT);
  view.setUint16(at + 8, UDP_PAYLOAD_SIZE);
  return message;
}

/** True where the answer did not fit a datagram and must be requested over TCP. */
export function isTruncated(message: Uint8Array): boolean {
  return message.length > 3 && (((message[2] ?? 0) << 8) & TRUNCATED) !== 0;
}

/** True where the message answers this question: id, name and type are the same. */
export function answersQuestion(message: Uint8Array, question: Question): boolean {
  return decodeResponse(message, question) !== undefined;
}

/** One record with the position of its data in the message. */
interface Entry {
  /** In lower case, without the dot at the end. */
  name: string;
  type: number;
  /** Seconds. */
  ttl: number;
  /** Of the data in the message. */
  start: number;
  end: number;
}
interface Decoded {
  /** The queried name, in the form of the entries' names. */
  name: string;
  message: Uint8Array;
  view: DataView;
  flags: number;
  answers: Entry[];
  authorities: Entry[];
}

/** Thrown while a message is decoded, and caught where decoding began. */
class Malformed extends Error {}

function decodeResponse(message: Uint8Array, question: Question): Decoded | undefined {
  if (message.length < HEADER) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const flags = view.getUint16(2);
  if (view.getUint16(0) !== question.id || (flags & RESPONSE) === 0 || view.getUint16(4) === 0) return undefined;
  try {
    const asked = readName(message, HEADER);
    if (asked.end + 4 > message.length) return undefined;
    if (asked.name !== escaped(question.name) || view.getUint16(asked.end) !== TYPES[question.type]) return undefined;
    let at = asked.end + 4;
    for (let more = view.getUint16(4) - 1; more > 0; more--) at = skipName(message, at) + 4;
    const section = (count: number): Entry[] => {
      const entries: Entry[] = [];
      for (let left = count; left > 0; left--) {
        const entry = readEntry(message, view, at, asked.name);
        entries.push(entry);
        at = entry.end;
      }
      return entries;
    };
    const answers = section(view.getUint16(6));
    const authorities = section(view.getUint16(8));
    // The additional section is not used, but must be complete: a truncated message may lack a record.
    section(view.getUint16(10));
    return { name: asked.name, message, view, flags, answers, authorities };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function readEntry(message: Uint8Array, view: DataView, from: number, asked: string): Entry {
  // Nearly all records are of the queried name, by a pointer to it.
  const isAsked = message[from] === 0xc0 && message[from + 1] === HEADER;
  const { name, end: at } = isAsked ? { name: asked, end: from + 2 } : readName(message, from);
  if (at + 10 > message.length) throw new Malformed();
  const ttl = view.getUint32(at + 4);
  const start = at + 10;
  const end = start + view.getUint16(at + 8);
  if (end > message.length) throw new Malformed();
  // RFC 2181 section 8: a TTL with the top bit set counts as zero.
  return { name, type: view.getUint16(at), ttl: ttl > 0x7fff_ffff ? 0 : Math.min(ttl, MAX_TTL), start, end };
}

function skipName(message: Uint8Array, from: number): number {
  for (let at = from; ; ) {
    const length = message[at];
    if (length === undefined) throw new Malformed();
    if (length === 0 || length >= 0xc0) return at + (length === 0 ? 1 : 2);
    at += 1 + length;
  }
}

/** A name in lower case without the dot at the end, "." for the root; `end` is the offset after it. Pointers only point backwards (RFC 1035 section 4.1.4). */
function readName(message: Uint8Array, from: number): { name: string; end: number } {
  let name = '';
  let end: number | undefined;
  let at = from;
  let limit = from;
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new Malformed();
    if (length === 0) return { name: name === '' ? '.' : name, end: end ?? at + 1 };
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (message[at + 1] ?? 0);
      end ??= at + 2;
      if (target >= limit || end > message.length) throw new Malformed();
      at = limit = target;
      continue;
    }
    if (length > MAX_LABEL || at + length >= message.length || name.length > MAX_NAME) throw new Malformed();
    if (name !== '') name += '.';
    // The label is within the message (checked above), and the table has every byte.
    for (let index = at + 1; index <= at + length; index++) name += CHARACTERS[message[index]!]!;
    at += length + 1;
  }
}

/** By byte. */
const CHARACTERS = Array.from({ length: 256 }, (_, byte) => characterOf(byte));

/** A byte of a label in lower case; dots and non-printable bytes as their number, so that different names never look the same (RFC 1035 section 5.1). */
function characterOf(byte: number): string {
  if (byte >= 0x41 && byte <= 0x5a) return String.fromCharCode(byte + 32);
  if (byte <= 0x20 || byte >= 0x7f || byte === 0x2e || byte === 0x5c) return `\\${String(byte).padStart(3, '0')}`;
  return String.fromCharCode(byte);
}

/** Bytes of a response to an Answer; any fault is an `error` of reason `malformed`. */
export function decodeAnswer<T extends RecordType>(
  message: Uint8Array,
  question: Question & { type: T },
): Answer<RecordData[T]> {
  const decoded = decodeResponse(message, question);
  if (decoded === undefined) return MALFORMED;
  try {
    return answerOf(decoded, question);
  } catch (error) {
    if (error instanceof Malformed) return MALFORMED;
    throw error;
  }
}

const MALFORMED: Answer<never> = {
  kind: 'error',
  reason: 'malformed',
  detail: 'the response is malformed or answers another question',
};

function answerOf<T extends RecordType>(decoded: Decoded, question: Question & { type: T }): Answer<RecordData[T]> {
  const { flags, answers } = decoded;
  const rcode = RCODES[flags & RCODE] ?? `RCODE ${flags & RCODE}`;
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') {
    const reason: DnsErrorReason = rcode === 'REFUSED' ? 'refused' : 'servfail';
    return { kind: 'error', reason, detail: `the name server answered ${rcode}` };
  }
  const { name, aliases, ttl: aliasTtl } = followAliases(question.type, decoded);
  const authenticated = (flags & AUTHENTIC_DATA) !== 0;
  const records: RecordData[T][] = [];
  let ttl = aliasTtl;
  for (const entry of answers) {
    if (entry.type !== TYPES[question.type] || entry.name !== name) continue;
    records.push(DECODERS[question.type](entry, decoded));
    ttl = Math.min(ttl, entry.ttl);
  }
  if (rcode === 'NXDOMAIN') return { kind: 'nxdomain', ttl: negativeTtl(decoded, ttl), aliases, authenticated };
  if (records.length > 0) return { kind: 'ok', records, ttl, aliases, authenticated };
  return { kind: 'nodata', ttl: negativeTtl(decoded, ttl), aliases, authenticated };
}

function followAliases(type: RecordType, { name: asked, message, answers }: Decoded) {
  const aliases: string[] = [];
  let name = asked;
  let ttl = MAX_TTL;
  while (type !== 'CNAME' && aliases.length < MAX_ALIASES) {
    const alias = answers.find((entry) => entry.type === TYPES.CNAME && entry.name === name);
    if (alias === undefined) break;
    name = nameIn(message, alias);
    ttl = Math.min(ttl, alias.ttl);
    aliases.push(name);
  }
  return { name, aliases, ttl };
}

// RFC 2308 section 5: the smaller of the SOA record's own TTL and its MINIMUM field.
function negativeTtl({ message, view, authorities }: Decoded, aliasTtl: number): number {
  const soa = authorities.find(({ type }) => type === SOA);
  if (soa === undefined) return Math.min(NEGATIVE_TTL_WITHOUT_SOA, aliasTtl);
  // Two names and five numbers, of which the last is MINIMUM.
  const numbers = skipName(message, skipName(message, soa.start));
  if (numbers + 20 > soa.end) throw new Malformed();
  return Math.min(soa.ttl, view.getUint32(numbers + 16), aliasTtl);
}

/** The name in the data of an entry, from `offset` on. */
function nameIn(message: Uint8Array, { start, end }: Entry, offset = 0): string {
  const read = readName(message, start + offset);
  if (read.end > end) throw new Malformed();
  return read.name;
}

const decodeName = (entry: Entry, { message }: Decoded) => nameIn(message, entry);

const DECODERS: { [T in RecordType]: (entry: Entry, decoded: Decoded) => RecordData[T] } = {
  A({ start, end }, { message }) {
    if (end - start !== 4) throw new Malformed();
    return message.subarray(start, end).join('.');
  },
  AAAA({ start, end }, { view }) {
    if (end - start !== 16) throw new Malformed();
    return ip6Text(view, start);
  },
  CNAME: decodeName,
  NS: decodeName,
  PTR: decodeName,
  MX(entry, { message, view }) {
    if (entry.end - entry.start < 3) throw new Malformed();
    return { preference: view.getUint16(entry.start), exchange: nameIn(message, entry, 2) };
  },
  TXT: ({ start, end }, { message }) => charactersIn(message, start, end),
  TLSA({ start, end }, { message }) {
    const [usage, selector, matchingType, ...certificate] = message.subarray(start, end);
    if (usage === undefined || selector === undefined || matchingType === undefined) throw new Malformed();
    return { usage, selector, matchingType, certificate: certificate.map(hex).join('') };
  },
  CAA({ start, end }, { message }) {
    const [flags, length] = message.subarray(start, end);
    if (flags === undefined || length === undefined || start + 2 + length > end) throw new Malformed();
    return {
      critical: (flags & 128) !== 0,
      tag: byteString(message, start + 2, start + 2 + length).toLowerCase(),
      value: byteString(message, start + 2 + length, end),
    };
  },
};

/** The character-strings of a TXT record (RFC 1035 section 3.3.14). */
function charactersIn(message: Uint8Array, start: number, end: number): ByteString[] {
  const strings: ByteString[] = [];
  for (let at = start; at < end; ) {
    const next = at + 1 + (message[at] ?? 0);
    if (next > end) throw new Malformed();
    strings.push(byteString(message, at + 1, next));
    at = next;
  }
  return strings;
}

/** One character per byte; see `ByteString`. */
function byteString(message: Uint8Array, start: number, end: number): ByteString {
  return String.fromCharCode(...message.subarray(start, end));
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** RFC 5952 section 4: the first of the longest runs of zeros is omitted, a single zero is not. */
function ip6Text(view: DataView, start: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(start + 2 * index));
  let longest = { at: 0, length: 1 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > longest.length) longest = { at, length };
    at += length;
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (longest.length === 1) return text(0, 8);
  return `${text(0, longest.at)}::${text(longest.at + longest.length, 8)}`;
}

/** A name that passes `badName`, in the form of `readName`. */
function escaped(name: string): string {
  const folded = name.toLowerCase().replace(/\.$/, '');
  return folded.includes('\\') ? folded.replaceAll('\\', '\\092') : folded;
}
