// The header section as raw fields (RFC 5322 section 2.2): split at line ends, never rewritten.

import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { joined, type Pieces } from './read.ts';

export interface Field {
  /** As written, without blanks before the colon. */
  readonly name: string;
  /** The whole field with its folded lines, CRLF after each. */
  readonly raw: Buffer;
}
export interface ParsedMessage {
  fields: Field[];
  /** From the first byte after the empty line, unchanged, in pieces. */
  body: Pieces;
  /** The whole message, unchanged. */
  source: Pieces;
  /** What was repaired in the header section, for the log. */
  notes: Diagnostic[];
}

/** A header section beyond it is a body that lost its empty line. */
const MAX_HEADER = 1024 * 1024;
/** Bytes of a line in which the line end is searched byte by byte. */
const NEAR = 80;
const CR = 13;
const LF = 10;
const COLON = 58;
/** Written before a line that is not a field, if fields follow it: every relay accepts it, and no reader shows it. */
const STRAY_NAME = 'X-Not-A-Header';
const STRAY = Buffer.from(`${STRAY_NAME}: `);
/**
 * Fields by which a header differs from a text with colons: those of RFC 5322 and MIME, of lists, and those that begin with
 * "X-". A text whose empty line is missing usually has none of them at the start of a line.
 */
const KNOWN =
  /^(?:b?cc|to|from|sender|reply-to|subject|date|message-id|in-reply-to|references|mime-version|return-path|received|dkim-signature|auto-submitted|errors-to|(?:content|list|resent|x)-.*)$/i;
/** If the first line is not a field, it may be the report of a program, which has such lines too: the address decides. */
const ADDRESSED = /^(?:b?cc|to|from)[ \t]*:.*@/i;

/**
 * Splits the message. The section ends at the empty line. Lines before it that are not fields stay in the header if a known
 * field follows them, as in msmtp, so that no Bcc after them is lost or shown; the first other line begins a body that lost
 * its empty line. A first line `From …` of an mbox is dropped.
 */
export function parseMessage(pieces: Pieces): ParsedMessage {
  const { bytes, rest } = leadOf(pieces);
  // Lines that end in CR alone, as on old Macs; if there is an LF, a CR is not a line end, or it could forge a header.
  if (!bytes.includes(LF)) for (let cr = bytes.indexOf(CR); cr !== -1; cr = bytes.indexOf(CR, cr)) bytes[cr] = LF;
  const start = /^>?From /.test(bytes.toString('latin1', 0, 6)) ? endOfLine(bytes, 0) : 0;
  const section = sectionOf(bytes, start);
  const { fields, strays } = fieldsOf(bytes, start, section);
  const notes = strays === 0 ? [] : [diagnostic('header.not-a-field', { count: strays })];
  return { fields, body: joined([bytes.subarray(section.body)], rest), source: pieces, notes };
}

/** All fields of a message, one after the other. */
class Source {
  readonly bytes: Buffer;
  /** Bytes that are filled. */
  length = 0;
  #ascii: string | false | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** As UTF-8. Slices of one string cost little; a new string for each of hundreds of thousands of fields costs much. */
  text(start: number, end: number): string {
    if (this.#ascii === undefined) {
      const text = this.bytes.toString('latin1', 0, this.length);
      this.#ascii = /[\x80-\xff]/.test(text) ? false : text;
    }
    return this.#ascii === false ? this.bytes.toString('utf8', start, end) : this.#ascii.slice(start, end);
  }
}

/** A field as a range of all fields, whose bytes and text are made only on demand: there may be hundreds of thousands. */
class Stretch implements Field {
  readonly name: string;
  readonly source: Source;
  readonly start: number;
  readonly end: number;

  constructor(name: string, source: Source, start: number, end: number) {
    this.name = name;
    this.source = source;
    this.start = start;
    this.end = end;
  }

  get raw(): Buffer {
    return this.source.bytes.subarray(this.start, this.end);
  }

  get text(): string {
    return this.source.text(this.start, this.end);
  }
}

interface Section {
  /** Where the fields end. */
  end: number;
  /** Where the body begins. */
  body: number;
  lines: number;
  /** At most so many of them are not fields. */
  strays: number;
}

function sectionOf(bytes: Buffer, start: number): Section {
  let firstStray: number | undefined;
  let hasField = false;
  let lines = 0;
  let strays = 0;
  let at = start;
  for (; at < bytes.length && at < MAX_HEADER; lines++) {
    const end = endOfLine(bytes, at);
    if (isEmptyLine(bytes, at, end)) return { end: firstStray ?? at, body: firstStray ?? end, lines, strays };
    if (!(isBlank(bytes[at]) && hasField)) {
      const length = nameLength(bytes, at, end);
      if (length === 0) {
        firstStray ??= at;
        strays++;
      } else if (firstStray !== undefined && isHeader(bytes.toString('latin1', at, end), length, firstStray > start))
        firstStray = undefined;
      hasField ||= length > 0;
    }
    at = end;
  }
  return { end: firstStray ?? at, body: firstStray ?? at, lines, strays };
}

function isHeader(line: string, nameLength: number, hasHeader: boolean): boolean {
  return hasHeader ? KNOWN.test(line.slice(0, nameLength)) : ADDRESSED.test(line);
}

/** The fields of the section, in one copy; a line that is not a field becomes one. */
function fieldsOf(bytes: Buffer, start: number, section: Section): { fields: Field[]; strays: number } {
  // Each line may grow by its CR, and one that is not a field by a name.
  const out = Buffer.allocUnsafeSlow(section.end - start + section.lines * 2 + section.strays * STRAY.length);
  const text = bytes.toString('latin1', 0, section.end);
  const fields: Field[] = [];
  let length = 0;
  let strays = 0;
  let name = '';
  let from = 0;
  const source = new Source(out);
  const close = () => {
    if (name !== '') fields.push(new Stretch(name, source, from, length));
  };
  for (let at = start; at < section.end; ) {
    const end = endOfLine(bytes, at);
    if (name === '' || !isBlank(bytes[at])) {
      close();
      const named = nameLength(bytes, at, end);
      name = named === 0 ? STRAY_NAME : text.slice(at, at + named);
      from = length;
      if (named === 0) {
        strays++;
        length += STRAY.copy(out, length);
      }
    }
    length = copyLine(bytes, at, end, out, length);
    at = end;
  }
  close();
  source.length = length;
  return { fields, strays };
}

/**
 * Length of the field name at the start of the line; 0 if the line is not a field. RFC 5322 section 2.2, with the blanks
 * before the colon of section 4.5.8: "Bcc :" must be recognized.
 */
function nameLength(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! > 32 && bytes[at]! < 127 && bytes[at] !== COLON) at++;
  const length = at - start;
  while (at < end && isBlank(bytes[at])) at++;
  return bytes[at] === COLON && at < end ? length : 0;
}

/**
 * The line, ended by CRLF. All CRs before the LF are removed; one within the line becomes a blank, since as a line end it
 * would begin a forged header.
 */
function copyLine(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let stop = end;
  if (stop > start && bytes[stop - 1] === LF) stop--;
  while (stop > start && bytes[stop - 1] === CR) stop--;
  let length = at;
  // By index, for speed: a header may have hundreds of thousands of lines.
  for (let from = start; from < stop; from++) out[length++] = bytes[from] === CR ? 32 : bytes[from]!;
  out[length++] = CR;
  out[length++] = LF;
  return length;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}

function isEmptyLine(bytes: Buffer, at: number, end: number): boolean {
  for (let place = at; place < end; place++) if (bytes[place] !== CR && bytes[place] !== LF) return false;
  return true;
}

/** The pieces that a header section can fill, in one buffer, and those that follow. */
function leadOf(pieces: Pieces): { bytes: Buffer; rest: Pieces } {
  const lead: Buffer[] = [];
  let length = 0;
  for (const piece of pieces) {
    lead.push(piece);
    length += piece.length;
    if (length >= MAX_HEADER) break;
  }
  const [first = Buffer.alloc(0)] = lead;
  const bytes = lead.length < 2 ? first : Buffer.concat(lead);
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
  // There may be hundreds of thousands of short lines: a call into the runtime takes longer than a short loop.
  const near = Math.min(at + NEAR, bytes.length);
  for (let place = at; place < near; place++) if (bytes[place] === LF) return place + 1;
  const lf = bytes.indexOf(LF, near);
  return lf === -1 ? bytes.length : lf + 1;
}

/** `name` in lower case. The length alone excludes most fields of a large header. */
export function isNamed(field: Pick<Field, 'name'>, name: string): boolean {
  return field.name.length === name.length && field.name.toLowerCase() === name;
}

/** The fields with one of these names, in lower case. */
export function fieldsNamed<F extends Pick<Field, 'name'>>(fields: readonly F[], ...names: string[]): F[] {
  const lengths = new Set(names.map((name) => name.length));
  return fields.filter(({ name }) => lengths.has(name.length) && names.includes(name.toLowerCase()));
}

/** The field's value, unfolded, decoded as UTF-8. */
export function fieldValue(field: Field): string {
  const text = field instanceof Stretch ? field.text : field.raw.toString('utf8');
  const value = text.slice(text.indexOf(':') + 1).trim();
  return value.includes('\r\n') ? value.replaceAll('\r\n', '') : value;
}

/** The header section for the wire, with the empty line that ends it. */
export function joinFields(fields: readonly Readonly<Field>[]): Buffer {
  const parts: Buffer[] = [];
  let run: Stretch | undefined;
  let end = 0;
  const close = () => {
    if (run !== undefined) parts.push(run.source.bytes.subarray(run.start, end));
    run = undefined;
  };
  for (const field of fields) {
    if (!(field instanceof Stretch)) {
      close();
      parts.push(field.raw);
      continue;
    }
    if (run === undefined || run.source !== field.source || end !== field.start) {
      close();
      run = field;
    }
    end = field.end;
  }
  close();
  return Buffer.concat([...parts, CRLF]);
}
