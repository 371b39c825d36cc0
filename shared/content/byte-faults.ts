// What the bytes of a message break: long lines, bare CR or LF, NUL, 8-bit where none may be (RFC 5322 section 2, RFC 5321 section 4.5.3.1.6).
import { splitHead } from '../message/header.ts';

/** Bytes of a line without its ending that every server has to take (RFC 5322 section 2.1.1). */
export const MAX_LINE = 998;

const LF = 10;
const CR = 13;

export interface ByteFaults {
  /** Of the message, in bytes. */
  length: number;
  /** Of the longest line, without its ending. */
  longestLine: number;
  /** Lines over `MAX_LINE`. */
  longLines: number;
  /** Where the first of them is, from 1; 0 where there is none. */
  firstLongLine: number;
  /**
   * `lf`: no CRLF at all, so the mail was saved by a program that writes LF, and what was sent cannot be seen in it.
   * `crlf`: as mail is sent; bare LF among it are faults.
   */
  lineEnding: 'crlf' | 'lf';
  /** LF without CR before it in a mail that otherwise has CRLF. */
  bareLf: number;
  /** CR without LF behind it. */
  bareCr: number;
  nul: number;
  /** Bytes over 127 in the head: not allowed without SMTPUTF8 (RFC 6532). */
  eightBitHead: boolean;
  eightBitBody: boolean;
}

/** One pass over the bytes. Never throws. */
export function byteFaults(message: Uint8Array): ByteFaults {
  let crlf = 0;
  let lf = 0;
  let longest = 0;
  let longLines = 0;
  let firstLongLine = 0;
  let number = 0;
  for (let start = 0; start < message.length; ) {
    const found = message.indexOf(LF, start);
    const end = found === -1 ? message.length : found;
    const ended = found !== -1 && end > start && message[end - 1] === CR;
    if (ended) crlf++;
    else if (found !== -1) lf++;
    number++;
    const length = end - start - (ended ? 1 : 0);
    if (length > longest) longest = length;
    if (length > MAX_LINE && ++longLines === 1) firstLongLine = number;
    start = end + 1;
  }
  const headEnd = splitHead(message)?.headEnd ?? message.length;
  return {
    length: message.length,
    longestLine: longest,
    longLines,
    firstLongLine,
    lineEnding: crlf === 0 && lf > 0 ? 'lf' : 'crlf',
    bareLf: crlf === 0 ? 0 : lf,
    bareCr: count(message, CR) - crlf,
    nul: count(message, 0),
    eightBitHead: hasEightBit(message.subarray(0, headEnd)),
    eightBitBody: hasEightBit(message.subarray(headEnd)),
  };
}

function count(bytes: Uint8Array, wanted: number): number {
  let found = 0;
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) found++;
  return found;
}

/** Also for a part's body. */
export function hasEightBit(bytes: Uint8Array): boolean {
  // Four at a time where the memory allows it: large attachments are looked through too.
  let at = 0;
  for (; at < bytes.length && (bytes.byteOffset + at) % 4 !== 0; at++) if (bytes[at]! > 127) return true;
  if (at === bytes.length) return false;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, Math.floor((bytes.length - at) / 4));
  for (const word of words) if ((word & 0x80808080) !== 0) return true;
  for (at += words.length * 4; at < bytes.length; at++) if (bytes[at]! > 127) return true;
  return false;
}
