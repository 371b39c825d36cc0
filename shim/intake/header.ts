// The header section as raw fields (RFC 5322 section 2.2): taken apart at line ends, never written anew.

import { joined, type Pieces } from './read.ts';

export interface Field {
  /** As written, without blanks before the colon. */
  name: string;
  /** The whole field with its folded lines, CRLF after each. */
  raw: Buffer;
}
export interface ParsedMessage {
  fields: Field[];
  /** From the first byte after the empty line, as it came, in pieces. */
  body: Pieces;
  /** All of it as it came. */
  source: Pieces;
}

/** Postfix's header_size_limit; a header section beyond it is a body that lost its empty line. */
const MAX_HEADER = 1024 * 1024;
const CR = 13;
const LF = 10;
/** RFC 5322 section 2.2, with the blanks before the colon of section 4.5.8: "Bcc :" must not slip by. */
const FIELD = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;

/**
 * Splits the message. The section ends at the empty line, or before the first line that is no field: what follows is
 * body, so that no line of a text can pass for a header. A first line `From …` of an mbox is dropped.
 */
export function parseMessage(pieces: Pieces): ParsedMessage {
  const { bytes, rest } = leadOf(pieces);
  // Lines that end in CR alone, as on old Macs; beside a single LF a CR is no line end, or it could forge a header.
  if (!bytes.includes(LF)) for (let cr = bytes.indexOf(CR); cr !== -1; cr = bytes.indexOf(CR, cr)) bytes[cr] = LF;
  const fields: Field[] = [];
  let at = /^>?From /.test(bytes.toString('latin1', 0, 6)) ? endOfLine(bytes, 0) : 0;
  while (at < bytes.length && at < MAX_HEADER) {
    const end = endOfLine(bytes, at);
    const line = contentOf(bytes, at, end);
    if (line.length === 0) return { fields, body: joined([bytes.subarray(end)], rest), source: pieces };
    const text = line.toString('latin1');
    const last = fields[fields.length - 1];
    if (/^[ \t]/.test(text) && last !== undefined) {
      last.raw = Buffer.concat([last.raw, line, CRLF]);
    } else {
      const match = FIELD.exec(text);
      if (match === null) break;
      fields.push({ name: match[1]!, raw: Buffer.concat([line, CRLF]) });
    }
    at = end;
  }
  return { fields, body: joined([bytes.subarray(at)], rest), source: pieces };
}

/** As many pieces as a header section can fill, in one, and those that follow. */
function leadOf(pieces: Pieces): { bytes: Buffer; rest: Pieces } {
  const lead: Buffer[] = [];
  let length = 0;
  for (const piece of pieces) {
    lead.push(piece);
    length += piece.length;
    if (length >= MAX_HEADER) break;
  }
  const bytes = lead.length === 1 ? lead[0]! : Buffer.concat(lead);
  return { bytes, rest: without(pieces, lead.length) };
}

function without(pieces: Pieces, count: number): Pieces {
  return {
    *[Symbol.iterator]() {
      let at = 0;
      for (const piece of pieces) if (at++ >= count) yield piece;
    },
  };
}

const CRLF = Buffer.from('\r\n');

function endOfLine(bytes: Buffer, at: number): number {
  const lf = bytes.indexOf(LF, at);
  return lf === -1 ? bytes.length : lf + 1;
}

// All CRs before the LF go; one within the line becomes a blank, since as a line end it would start a forged header.
function contentOf(bytes: Buffer, start: number, end: number): Buffer {
  let stop = end;
  if (stop > start && bytes[stop - 1] === LF) stop--;
  while (stop > start && bytes[stop - 1] === CR) stop--;
  const line = bytes.subarray(start, stop);
  if (!line.includes(CR)) return line;
  return Buffer.from(line.map((byte) => (byte === CR ? 32 : byte)));
}

export function isNamed(field: Field, name: string): boolean {
  return field.name.toLowerCase() === name;
}

/** The field's value, unfolded, as UTF-8 where it is that. */
export function fieldValue(field: Field): string {
  const text = field.raw.toString('utf8');
  return text
    .slice(text.indexOf(':') + 1)
    .replace(/\r\n/g, '')
    .trim();
}

/** The header section for the wire, with the empty line that ends it. */
export function joinFields(fields: readonly Field[]): Buffer {
  return Buffer.concat([...fields.map((field) => field.raw), CRLF]);
}
