// Header fields of a message, with their original bytes (RFC 5322 sections 2.2 and 4.5).
import { type MessageSource, toBytes, toText } from './bytes.ts';

/** Limits the memory of a streamed message; Postfix accepts header sections of 100 KB, Gmail of 500 KB. */
export const MAX_HEADER_BYTES = 1024 * 1024;

const LF = 10;
const CR = 13;
const COLON = 58;

export interface HeaderField {
  /** As written, without the blanks that the obsolete syntax allows before the colon; '' where the line is not a header field. */
  name: string;
  /** The name in lower case. */
  key: string;
  /** The field's bytes with its folds, without the line ending at its end. */
  raw: Uint8Array;
  /** Offset of the value in `raw`: after the colon. */
  valueAt: number;
}

/** A message with its header read; `body` is complete for a message in memory, else the rest of the stream. */
export interface OpenMessage {
  fields: HeaderField[];
  body: Uint8Array | AsyncIterable<Uint8Array>;
  /** The header did not end within `MAX_HEADER_BYTES`; then `body` is empty. */
  tooLarge: boolean;
}

/** Where the header ends and the body starts: at the first empty line, ended by CRLF or LF. */
export function splitHeader(message: Uint8Array): { headerEnd: number; bodyAt: number } | undefined {
  for (let start = 0; ; ) {
    const end = message.indexOf(LF, start);
    if (end === -1) return undefined;
    if (end === start || (end === start + 1 && message[start] === CR)) return { headerEnd: start, bodyAt: end + 1 };
    start = end + 1;
  }
}

/** The header fields in order and the body. Never fails: a message without an empty line has only a header. */
export function parseMessage(message: Uint8Array | string): { fields: HeaderField[]; body: Uint8Array } {
  const bytes = toBytes(message);
  const split = splitHeader(bytes) ?? { headerEnd: bytes.length, bodyAt: bytes.length };
  return { fields: parseFields(bytes.subarray(0, split.headerEnd)), body: bytes.subarray(split.bodyAt) };
}

/** The fields of a header, in order; line endings may be CRLF, LF or mixed. */
export function parseFields(header: Uint8Array | string): HeaderField[] {
  const bytes = toBytes(header);
  const fields: HeaderField[] = [];
  for (let start = 0; start < bytes.length; ) {
    let next = bytes.length;
    for (let at = start; ; ) {
      const end = bytes.indexOf(LF, at);
      if (end === -1) break;
      at = end + 1;
      next = at;
      if (at >= bytes.length || !isBlank(bytes[at])) break;
      next = bytes.length;
    }
    let end = next;
    if (end > start && bytes[end - 1] === LF) end--;
    if (end > start && bytes[end - 1] === CR) end--;
    if (end > start) fields.push(parseField(bytes.subarray(start, end)));
    start = next;
  }
  return fields;
}

/** One field from its bytes without the final line ending. */
export function parseField(raw: Uint8Array): HeaderField {
  const colon = raw.indexOf(COLON);
  let nameEnd = Math.max(colon, 0);
  while (nameEnd > 0 && isBlank(raw[nameEnd - 1])) nameEnd--;
  let name = '';
  // An mbox "From " line has a colon too, in its time; a field name has no blanks (RFC 5322 section 3.6.8).
  if (nameEnd > 0 && raw.subarray(0, nameEnd).every((byte) => byte > 32 && byte < 127)) {
    name = toText(raw.subarray(0, nameEnd));
  }
  return { name, key: name.toLowerCase(), raw, valueAt: name === '' ? 0 : colon + 1 };
}

/** The value unfolded, without blanks around it; encoded words are not decoded. */
export function fieldText(field: HeaderField): string {
  const { raw } = field;
  let start = field.valueAt;
  let end = raw.length;
  while (start < end && isBlank(raw[start])) start++;
  while (end > start && isBlank(raw[end - 1])) end--;
  return toText(raw.subarray(start, end)).replace(/\r?\n/g, '').trim();
}

/** All fields of that name, top first; `name` in any case. */
export function fieldsNamed(fields: readonly HeaderField[], name: string): HeaderField[] {
  const key = name.toLowerCase();
  return fields.filter((field) => field.key === key);
}

/**
 * Reads the header from memory or from a stream, keeping only the header in memory.
 * Rejects only where reading the source rejects.
 */
export async function openMessage(source: MessageSource): Promise<OpenMessage> {
  if (typeof source === 'string' || source instanceof Uint8Array) {
    const { fields, body } = parseMessage(source);
    const tooLarge = fields.reduce((sum, field) => sum + field.raw.length, 0) > MAX_HEADER_BYTES;
    return tooLarge ? { fields: [], body: new Uint8Array(), tooLarge } : { fields, body, tooLarge };
  }
  const chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const reader = new HeaderReader();
  for (;;) {
    const next = await chunks.next();
    if (next.done) return { fields: parseFields(reader.bytes()), body: new Uint8Array(), tooLarge: false };
    const found = reader.read(next.value);
    if (found === 'too-large') {
      await chunks.return?.();
      return { fields: [], body: new Uint8Array(), tooLarge: true };
    }
    if (found === undefined) continue;
    return { fields: parseFields(reader.bytes()), body: remaining(found, chunks), tooLarge: false };
  }
}

/** Collects the header in a copy, so that the source may reuse its buffer; each byte is examined once. */
class HeaderReader {
  private buffer = new Uint8Array(4096);
  private used = 0;
  private lineStart = 0;

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }

  /** The start of the body in the chunk, if the header ends in it. */
  read(chunk: Uint8Array): Uint8Array | 'too-large' | undefined {
    for (let start = 0; start < chunk.length; ) {
      const found = chunk.indexOf(LF, start);
      const end = found === -1 ? chunk.length : found + 1;
      if (this.used + end - start > MAX_HEADER_BYTES) return 'too-large';
      this.add(chunk.subarray(start, end));
      start = end;
      if (found === -1) continue;
      const line = this.used - this.lineStart;
      if (line === 1 || (line === 2 && this.buffer[this.lineStart] === CR)) {
        this.used = this.lineStart;
        return chunk.subarray(end);
      }
      this.lineStart = this.used;
    }
    return undefined;
  }

  private add(bytes: Uint8Array): void {
    if (this.used + bytes.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.used + bytes.length));
      larger.set(this.buffer.subarray(0, this.used));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }
}

async function* remaining(
  first: Uint8Array,
  chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  if (first.length > 0) yield first;
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}
