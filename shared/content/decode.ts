// A part's body as text: decodes the transfer encoding, then the character set (RFC 2045 section 6, RFC 2046 section 4.1.2).

import { fromByteString, toByteString, toText } from '../message/bytes.ts';
import { decodeCharset, isKnownCharset } from '../message/charset.ts';
import { hasEightBit } from './byte-faults.ts';
import type { Part } from './structure.ts';

/** Text beyond this is not checked: Gmail shows only 102 KB of a mail. */
export const MAX_TEXT_BYTES = 512 * 1024;

export type DecodeProblemId =
  /** Invalid characters in base64, or a missing end. */
  | 'bad-base64'
  /** "=" in quoted-printable without two hexadecimal digits after it. */
  | 'bad-quoted-printable'
  /** Bytes over 127 in a part with the encoding 7bit. */
  | 'undeclared-8bit'
  /** Receivers do not know the character set. */
  | 'unknown-charset'
  /** The bytes are invalid in the character set. */
  | 'not-in-charset'
  /** Text beyond ASCII without a character set. */
  | 'no-charset';

export interface Decoded {
  text: string;
  /** Only the start was decoded. */
  truncated: boolean;
  problems: { id: DecodeProblemId; detail: string }[];
}

/** The text of a text part. Never throws. */
export function decodeText(part: Part): Decoded {
  const problems: Decoded['problems'] = [];
  const truncated = part.body.length > MAX_TEXT_BYTES;
  const body = part.body.subarray(0, MAX_TEXT_BYTES);
  const bytes = decodeTransfer(part.encoding, body, problems);
  const named = (part.parameters.get('charset') ?? '').slice(0, 60);
  const charset = named === '' ? 'us-ascii' : named.toLowerCase();
  if (part.encoding === '7bit' && hasEightBit(body)) problems.push({ id: 'undeclared-8bit', detail: part.path });
  if (charset === 'us-ascii' && hasEightBit(bytes)) {
    problems.push({ id: named === '' ? 'no-charset' : 'not-in-charset', detail: charset });
    return { text: toText(bytes), truncated, problems };
  }
  // A truncated text may end in the middle of a character.
  const text = decodeCharset(charset, bytes, { fatal: true, more: truncated });
  if (text !== undefined) return { text, truncated, problems };
  problems.push(
    isKnownCharset(charset) ? { id: 'not-in-charset', detail: charset } : { id: 'unknown-charset', detail: named },
  );
  return { text: toText(bytes), truncated, problems };
}

/** The bytes of a part before the transfer encoding, without invalid characters. Never throws. */
export function decodedBody(part: Part): Uint8Array {
  return decodeTransfer(part.encoding, part.body, []);
}

function decodeTransfer(encoding: string, body: Uint8Array, problems: Decoded['problems']): Uint8Array {
  if (encoding === 'base64') return decodeBase64(body, problems);
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(body, problems);
  return body;
}

function decodeBase64(body: Uint8Array, problems: Decoded['problems']): Uint8Array {
  const compact = toByteString(body).replace(/[ \t\r\n]+/g, '');
  const clean = compact.replace(/[^A-Za-z0-9+/=]/g, '');
  const end = clean.indexOf('=');
  const data = end === -1 ? clean : clean.slice(0, end);
  const cut = body.length >= MAX_TEXT_BYTES;
  if (clean.length !== compact.length || (!cut && (data.length % 4 === 1 || compact.length % 4 !== 0))) {
    problems.push({ id: 'bad-base64', detail: '' });
  }
  return fromByteString(atob(data.slice(0, data.length - (data.length % 4 === 1 ? 1 : 0))));
}

function decodeQuotedPrintable(body: Uint8Array, problems: Decoded['problems']): Uint8Array {
  const decoded = new Uint8Array(body.length);
  let length = 0;
  let faults = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0;
    if (byte !== 61) {
      decoded[length++] = byte;
      continue;
    }
    // A soft line break, with the blanks that relays add after it.
    let end = at + 1;
    while (body[end] === 32 || body[end] === 9) end++;
    if (body[end] === 13 && body[end + 1] === 10) end++;
    if (body[end] === 10 || end >= body.length) {
      at = end;
      continue;
    }
    const high = hexDigit(body[at + 1]);
    const low = hexDigit(body[at + 2]);
    if (high === -1 || low === -1) {
      faults++;
      decoded[length++] = byte;
      continue;
    }
    decoded[length++] = high * 16 + low;
    at += 2;
  }
  if (faults > 0) problems.push({ id: 'bad-quoted-printable', detail: String(faults) });
  return decoded.subarray(0, length);
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const upper = byte & ~32;
  return upper >= 65 && upper <= 70 ? upper - 55 : -1;
}
