// Encoded words in headers: decoded for display, encoded for display names (RFC 2047, RFC 2231 section 5).

import { fromBase64, fromByteString, joinBytes, toBase64, toBytes, toText } from './bytes.ts';
import { decodeCharset, isStateful } from './charset.ts';

/** Bytes of one encoded word (RFC 2047 section 2). */
const MAX_ENCODED_WORD = 75;
/**
 * An encoded word at `lastIndex`, also with the commas and blanks that RFC 2047 section 5 (3) forbids and programs write.
 * Sticky: set `lastIndex`.
 */
export const ENCODED_WORD = /=\?[^?\s]{1,60}\?[bq]\?(?:[^?\s]{0,1000}|[^?<>@\r\n]{0,1000})\?=/iy;
const WORD = /=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi;

/** Replaces every valid encoded word; the others are unchanged. */
export function decodeEncodedWords(text: string): string {
  if (!text.includes('=?')) return text;
  let result = '';
  let at = 0;
  let pending: { charset: string; bytes: Uint8Array[] } | undefined;
  const flush = () => {
    if (pending !== undefined) result += textOf(pending.charset, pending.bytes);
    pending = undefined;
  };
  for (const match of text.matchAll(WORD)) {
    const [whole, written = '', encoding = '', encoded = ''] = match;
    const bytes = decodeWord(encoding, encoded);
    if (bytes === undefined) continue;
    const between = text.slice(at, match.index);
    const charset = written.toLowerCase();
    // Blanks between two encoded words are not shown (RFC 2047 section 6.2); a character is often split between them.
    const last = /^[ \t\r\n]*$/.test(between) ? pending : undefined;
    if (last?.charset === charset) last.bytes.push(bytes);
    else {
      flush();
      if (last === undefined) result += between;
      pending = { charset, bytes: [bytes] };
    }
    at = match.index + whole.length;
  }
  flush();
  return result + text.slice(at);
}

function decodeWord(encoding: string, text: string): Uint8Array | undefined {
  if (encoding.toLowerCase() === 'b') return fromBase64(text);
  const plain = text.replace(/_/g, ' ').replace(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return /[^\x00-\xff]/.test(plain) ? undefined : fromByteString(plain);
}

function textOf(charset: string, parts: readonly Uint8Array[]): string {
  // RFC 2047 section 5: each word is decoded separately, and starts in ASCII. A UTF-8 character that is split between two
  // words is the sender's error, which every mail program accepts.
  const pieces = isStateful(charset) ? parts : [joinBytes(parts)];
  // An unknown character set: the bytes as UTF-8 or Latin-1.
  return pieces.map((piece) => decodeCharset(charset, piece) ?? toText(piece)).join('');
}

/** The text as encoded words in UTF-8, separated by blanks; each has whole characters (RFC 2047 section 5). */
export function encodeWords(text: string): string {
  const prefix = '=?UTF-8?B?';
  const room = Math.floor((MAX_ENCODED_WORD - prefix.length - 2) / 4) * 3;
  const words: string[] = [];
  let part = '';
  let length = 0;
  for (const character of text) {
    const size = toBytes(character).length;
    if (length + size > room) {
      words.push(part);
      part = '';
      length = 0;
    }
    part += character;
    length += size;
  }
  if (part !== '') words.push(part);
  return words.map((word) => `${prefix}${toBase64(toBytes(word))}?=`).join(' ');
}
