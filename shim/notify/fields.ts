// Header and status fields that foreign text cannot break out of (RFC 5322 section 2.2.3), and quoted-printable.

import { joinedReply } from '../../shared/replies/joined.ts';
import { inline, linesOf } from '../text/printable.ts';

/** Octets of a line (RFC 5322 section 2.1.1: SHOULD), and those that no line may pass (MUST). */
const LINE = 78;
const LONGEST_LINE = 998;
/** Octets of one line of quoted-printable (RFC 2045 section 6.7 rule 5). */
const QUOTED_LINE = 76;
/** Characters of one value: a reply may be of any length, and a notice is to be read. */
export const MAX_VALUE = 2000;

/** The printable words of all lines on one. */
export function oneLine(text: string, longest = MAX_VALUE): string {
  // Split before trimming: one expression for both would take the square of a megabyte of blanks.
  const line = linesOf(text)
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .join(' ');
  return inline(line, longest).trim();
}

/** "smtp; 550 …" (RFC 3464 section 2.3.6) taken apart, the words on one line; without a type it is a server's reply. */
export function diagnosticOf(text: string): { type: string; words: string } {
  const line = oneLine(joinedReply(text));
  const match = /^([A-Za-z][A-Za-z0-9-]*)\s*;\s*(.*)$/.exec(line);
  return match === null ? { type: 'smtp', words: line } : { type: match[1]!.toLowerCase(), words: match[2]! };
}

/** One line in ASCII, for fields that take no other. */
export function asciiLine(text: string): string {
  return oneLine(text).replace(/[^\x20-\x7e]/gu, '?');
}

/** `Name: value`, folded at blanks, with its line end. The value is made one line first. */
export function field(name: string, value: string): string {
  const [first = '', ...words] = oneLine(value)
    .split(/(?<=\S) (?=\S)/)
    .flatMap(shortened);
  let line = `${name}: ${first}`;
  let text = '';
  for (const word of words) {
    if (octets(line) + 1 + octets(word) > LINE) {
      text += `${line}\r\n`;
      line = ` ${word}`;
    } else line += ` ${word}`;
  }
  return `${text}${line}\r\n`;
}

/** A word that fits on no line is cut: what is sent must be a message, whatever a server answers. */
function shortened(word: string): string[] {
  if (octets(word) <= LONGEST_LINE - LINE) return [word];
  const pieces: string[] = [];
  // A character has at most four octets in UTF-8.
  const step = Math.floor((LONGEST_LINE - LINE) / 4);
  const characters = [...word];
  for (let at = 0; at < characters.length; at += step) pieces.push(characters.slice(at, at + step).join(''));
  return pieces;
}

/** "Tue, 24 Nov 2026 06:24:08 +0000" of milliseconds since the epoch, in UTC (RFC 5322 section 3.3). */
export function dateTime(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}

/** Text or octets with LF or CRLF as quoted-printable with CRLF (RFC 2045 section 6.7); without a line end at the end. */
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
    const character = line[at]!;
    const blank = character === ' ' || character === '\t';
    // A blank at the end would be lost on the way; "From " and "." at the start are changed by old relays.
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

function octets(text: string): number {
  return Buffer.byteLength(text);
}
