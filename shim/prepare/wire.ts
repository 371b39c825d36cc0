// A message as it is sent (RFC 5321 section 2.3.8): every line ends in CRLF, and nothing else changes.

import { decodeEncodedWords, encodeWords } from '../../shared/message/encoded-word.ts';
import { ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { Message } from '../types.ts';

/** Bytes converted at once: the message is never held twice. */
const CHUNK = 64 * 1024;
const CR = 13;
const LF = 10;
const CRLF = Buffer.from('\r\n');

/** The bytes to send, piece by piece, without dot-stuffing; the last line always ends. */
export function* wireChunks(message: Message): Generator<Buffer> {
  yield asBuffer(message.head);
  let last: number | undefined;
  for (const part of message.body) {
    const body = asBuffer(part);
    for (let at = 0; at < body.length; ) {
      const end = pieceEnd(body, at);
      yield* convert(body.subarray(at, end));
      at = end;
    }
    last = body[body.length - 1] ?? last;
  }
  if (last !== undefined && last !== LF && last !== CR) yield CRLF;
}

/** Bytes of a line without its end: Postfix's smtp_line_length_limit, and the limit of RFC 5322 section 2.1.1. */
export const LINE_LIMIT = 998;
const BREAK = Buffer.from('\r\n ');

/** The bytes with lines over 998 bytes broken by CRLF and a blank, as Postfix's smtp(8) breaks them. Lines end in CRLF. */
export function* brokenLines(chunks: Iterable<Buffer>): Generator<Buffer> {
  let column = 0;
  for (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; ) {
      const lf = chunk.indexOf(LF, at);
      const end = lf === -1 ? chunk.length : lf + 1;
      // A line end does not count towards the limit.
      const content = lf === -1 ? end - at : Math.max(0, end - at - 2);
      const room = LINE_LIMIT - column;
      if (content > room) {
        yield chunk.subarray(start, at + room);
        yield BREAK;
        start = at + room;
        at = start;
        column = 1;
        continue;
      }
      column = lf === -1 ? column + content : 0;
      at = end;
    }
    yield chunk.subarray(start);
  }
}

/**
 * The header with lines over 998 bytes folded: before a blank, which is the same header to readers and to a relaxed signature
 * (RFC 5322 section 2.2.3); without a blank, after a comma, where an address list may have one; otherwise anywhere, as Postfix
 * does. An encoded word too long for a line becomes several.
 */
export function foldedHead(head: Uint8Array): Buffer {
  const text = asBuffer(head).toString('latin1');
  if (!hasLongLine(text)) return asBuffer(head);
  return Buffer.from(text.split('\r\n').flatMap(foldedLine).join('\r\n'), 'latin1');
}

/** Encoded words that are split; RFC 2047 section 2 allows 75 characters. */
const LONG_WORD = /=\?[^?\s]{1,60}\?[bq]\?[^?\s]{900,100000}\?=/gi;

function foldedLine(line: string): string[] {
  if (line.length <= LINE_LIMIT) return [line];
  const text = line.replace(LONG_WORD, (word) => {
    const decoded = decodeEncodedWords(word);
    return decoded === word ? word : encodeWords(decoded);
  });
  const folded: string[] = [];
  // A line of blanks alone would end the header to some readers (RFC 5322 section 4.2).
  const lastFold = text.trimEnd().length;
  let from = 0;
  let lead = '';
  while (lead.length + text.length - from > LINE_LIMIT) {
    const part = lead + text.slice(from, from + LINE_LIMIT - lead.length + 1);
    const blank = Math.max(part.lastIndexOf(' '), part.lastIndexOf('\t'));
    const isFold = blank > 0 && part.slice(0, blank).trim() !== '' && from + blank - lead.length < lastFold;
    const at = isFold ? blank : breakOf(part);
    folded.push(part.slice(0, at));
    from += at - lead.length;
    lead = isFold ? '' : ' ';
  }
  return [...folded, lead + text.slice(from)];
}

/** The position at which a line without blanks is broken. */
function breakOf(line: string): number {
  const last = LINE_LIMIT - 1;
  const comma = Math.max(line.lastIndexOf(',', last), line.lastIndexOf(';', last), line.lastIndexOf('><', last - 1));
  if (comma > 0) return comma + 1;
  // Not within a character of UTF-8, which has at most three continuation bytes.
  let at = LINE_LIMIT;
  while (at > LINE_LIMIT - 3 && /[\x80-\xbf]/.test(line.charAt(at))) at--;
  return at;
}

/** Whether a line is over the limit; the lines end in CRLF. */
export function hasLongLine(text: string): boolean {
  return text.split('\r\n').some((line) => line.length > LINE_LIMIT);
}

// Never between CR and LF, since "\r*\n" is one line end.
function pieceEnd(body: Buffer, at: number): number {
  let end = Math.min(at + CHUNK, body.length);
  while (end < body.length && body[end - 1] === CR) end++;
  return end;
}

function* convert(piece: Buffer): Generator<Buffer> {
  const { size, ready } = measurePiece(piece);
  if (ready) {
    yield piece;
    return;
  }
  const out = Buffer.allocUnsafeSlow(size);
  let length = 0;
  for (let at = 0; at < piece.length; at++) {
    // Within the loop's bound; an iterator would cost time for each byte of a large mail.
    const byte = piece[at]!;
    if (byte !== CR && byte !== LF) {
      out[length++] = byte;
      continue;
    }
    const run = lineEnds(piece, at);
    at = run.next - 1;
    for (let line = 0; line < run.lines; line++) {
      out[length++] = CR;
      out[length++] = LF;
    }
  }
  yield out;
}

// "\r\r\n" is one line end: programs that convert "\r\n" again write it. A CR without LF is a line end too.
function lineEnds(piece: Buffer, at: number): { lines: number; next: number } {
  let next = at;
  while (piece[next] === CR) next++;
  return piece[next] === LF ? { lines: 1, next: next + 1 } : { lines: next - at, next };
}

interface PieceMeasure {
  /** As sent, with the line ends. */
  size: number;
  lines: number;
  /** The piece needs no conversion. */
  ready: boolean;
  /** The bits of all bytes. */
  bits: number;
  /** Bytes of the longest line, including one that began in an earlier piece. */
  longest: number;
  /** Bytes since the last line end. */
  column: number;
}

function measurePiece(piece: Buffer, begun = 0): PieceMeasure {
  let size = 0;
  let lines = 0;
  let bits = 0;
  let ready = true;
  let longest = 0;
  // Start of the line, in bytes of the piece.
  let start = -begun;
  for (let at = 0; at < piece.length; at++) {
    // As above.
    const byte = piece[at]!;
    if (byte !== CR && byte !== LF) {
      size++;
      bits |= byte;
      continue;
    }
    const run = lineEnds(piece, at);
    if (run.lines !== 1 || run.next - at !== 2) ready = false;
    size += 2 * run.lines;
    lines += run.lines;
    if (at - start > longest) longest = at - start;
    start = run.next;
    at = run.next - 1;
  }
  const column = piece.length - start;
  return { size, lines, ready, bits, longest: Math.max(longest, column), column };
}

export interface Measure {
  /** Bytes as sent, without dot-stuffing: the SIZE of MAIL FROM (RFC 1870 section 3). */
  size: number;
  /** With one LF for each line end: msmtp's mailsize. */
  logSize: number;
  /** A byte is over 127 (RFC 6152). */
  eightBit: boolean;
  /** Bytes of the longest line without its end. */
  longest: number;
}

/** Without converting: that would allocate as many bytes as the message has. */
export function measure(message: Message): Measure {
  const head = measurePiece(asBuffer(message.head));
  let { size, lines, bits, longest } = head;
  let column = 0;
  let last: number | undefined;
  for (const part of message.body) {
    const piece = measurePiece(asBuffer(part), column);
    column = piece.column;
    longest = Math.max(longest, piece.longest);
    size += piece.size;
    lines += piece.lines;
    bits |= piece.bits;
    last = part[part.length - 1] ?? last;
  }
  if (last !== undefined && last !== LF && last !== CR) {
    size += 2;
    lines++;
  }
  return { size, logSize: size - lines, eightBit: bits > 127, longest };
}

/** @throws ExitError 65 for a NUL, which no transfer encoding of mail can carry (RFC 2045 section 2.8) */
export function refuseNul(pieces: Iterable<Uint8Array>): void {
  let before = 0;
  for (const piece of pieces) {
    const at = piece.indexOf(0);
    if (at !== -1) throw new ExitError(diagnostic('message.nul', { offset: before + at }));
    before += piece.length;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
