// Faults in the bytes of a message: long lines, bare CR or LF, NUL, undeclared 8-bit (RFC 5322 section 2, RFC 5321 section 4.5.3.1.6).
import { splitHeader } from '../message/header.ts';

/** Bytes of a line without its ending that every server must accept (RFC 5322 section 2.1.1). */
export const MAX_LINE = 998;

const LF = 10;
const CR = 13;

export interface ByteFaults {
  /** Bytes of the message. This member and `eightBitHead` are part of a report's JSON and keep their names. */
  octets: number;
  /** Of the longest line, without its ending. */
  longestLine: number;
  /** Lines over `MAX_LINE`. */
  longLines: number;
  /** Number of the first of them, from 1; 0 where there is none. */
  firstLongLine: number;
  /**
   * `lf`: no CRLF, so the mail was saved by a program that writes LF, and the line endings that were sent are unknown.
   * `crlf`: as sent; a bare LF is a fault.
   */
  lineEnding: 'crlf' | 'lf';
  /** LF without CR before it in a mail that otherwise has CRLF. */
  bareLf: number;
  /** CR without LF after it. */
  bareCr: number;
  nul: number;
  /** Bytes over 127 in the header: not allowed without SMTPUTF8 (RFC 6532). */
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
  const headerEnd = splitHeader(message)?.headerEnd ?? message.length;
  return {
    octets: message.length,
    longestLine: longest,
    longLines,
    firstLongLine,
    lineEnding: crlf === 0 && lf > 0 ? 'lf' : 'crlf',
    bareLf: crlf === 0 ? 0 : lf,
    bareCr: count(message, CR) - crlf,
    nul: count(message, 0),
    eightBitHead: hasEightBit(message.subarray(0, headerEnd)),
    eightBitBody: hasEightBit(message.subarray(headerEnd)),
  };
}

function count(bytes: Uint8Array, wanted: number): number {
  let found = 0;
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) found++;
  return found;
}

/** Whether any byte is over 127. */
export function hasEightBit(bytes: Uint8Array): boolean {
  // Four at a time where they are aligned, since large attachments are searched too.
  const isHigh = (byte: number) => byte > 127;
  const start = -bytes.byteOffset & 3;
  if (bytes.length <= start) return bytes.some(isHigh);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + start, (bytes.length - start) >> 2);
  for (const word of words) if ((word & 0x80808080) !== 0) return true;
  return bytes.subarray(0, start).some(isHigh) || bytes.subarray(start + words.length * 4).some(isHigh);
}
