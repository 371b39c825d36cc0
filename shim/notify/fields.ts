// Header and status fields with values that cannot begin another field (RFC 5322 section 2.2.3), and quoted-printable.

import { joinedReply } from '../../shared/replies/joined.ts';
import { inline, linesOf } from '../text/printable.ts';

/** Bytes of a line (RFC 5322 section 2.1.1): SHOULD, and MUST. */
const LINE = 78;
const LONGEST_LINE = 998;
/** Bytes of one line of quoted-printable (RFC 2045 section 6.7 rule 5). */
const QUOTED_LINE = 76;
/** Characters of one value: a reply may have any length, and people read the report. */
export const MAX_VALUE = 2000;

/** All lines as one, printable. */
export function oneLine(text: string, longest = MAX_VALUE): string {
  // Split before trimming: one expression for both would take quadratic time.
  const line = linesOf(text)
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .join(' ');
  return inline(line, longest).trim();
}

/** The parts of "smtp; 550 …" (RFC 3464 section 2.3.6), with the text on one line; without a type it is a server's reply. */
export function diagnosticOf(text: string): { type: string; words: string } {
  const line = oneLine(joinedReply(text));
  const [, type = 'smtp', words = line] = /^([A-Za-z][A-Za-z0-9-]*)\s*;\s*(.*)$/.exec(line) ?? [];
  return { type: type.toLowerCase(), words };
}

/** One line in ASCII. */
export function asciiLine(text: string): string {
  return oneLine(text).replace(/[^\x20-\x7e]/gu, '?');
}

/** `Name: value`, with the value on one line, folded at blanks, with its line end. */
export function field(name: string, value: string): string {
  const [first = '', ...words] = oneLine(value)
    .split(/(?<=\S) (?=\S)/)
    .flatMap(shortened);
  let line = `${name}: ${first}`;
  let text = '';
  for (const word of words) {
    if (byteLength(line) + 1 + byteLength(word) > LINE) {
      text += `${line}\r\n`;
      line = ` ${word}`;
    } else line += ` ${word}`;
  }
  return `${text}${line}\r\n`;
}

/** Splits a word that is longer than a line, so that the report is valid whatever the server replies. */
function shortened(word: string): string[] {
  if (byteLength(word) <= LONGEST_LINE - LINE) return [word];
  const pieces: string[] = [];
  // A character has at most four bytes in UTF-8.
  const step = Math.floor((LONGEST_LINE - LINE) / 4);
  const characters = [...word];
  for (let at = 0; at < characters.length; at += step) pieces.push(characters.slice(at, at + step).join(''));
  return pieces;
}

/** "Tue, 24 Nov 2026 06:24:08 +0000" of milliseconds since the epoch, in UTC (RFC 5322 section 3.3). */
export function dateTime(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}

/** Text with LF or CRLF as quoted-printable with CRLF (RFC 2045 section 6.7), without a final line end. */
export function quotedPrintable(text: string | Uint8Array): string {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text);
  const lines = bytes.toString('latin1').split(/\r?\n/);
  return lines.map(quotedLine).join('\r\n');
}

function quotedLine(line: string): string {
  let text = '';
  let column = 0;
  for (let at = 0; at < line.length; at++) {
    const last = at === line.length - 1;
    const character = line.charAt(at);
    const blank = character === ' ' || character === '\t';
    // Relays may remove a blank at the end; old relays change "From " and "." at the start.
    const plain = blank ? !last : /[!-<>-~]/.test(character) && !(column === 0 && /[.F]/.test(character));
    const coded = plain ? character : `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
    if (column + coded.length > QUOTED_LINE - (last ? 0 : 1)) {
      text += '=\r\n';
      column = 0;
    }
    text += coded;
    column += coded.length;
  }
  return text;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
