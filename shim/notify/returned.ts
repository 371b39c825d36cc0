// The part of a report that returns the mail or its header, with the right type (RFC 6522 section 3, RFC 6533).

import { quotedPrintable } from './fields.ts';

/** Bytes of a mail that is returned whole (Postfix's bounce_size_limit); of a larger one only the header. */
export const MAX_RETURNED = 50_000;
/** Bytes of a returned header; Postfix's header_size_limit. */
export const MAX_RETURNED_HEAD = 102_400;
const LONGEST_LINE = 998;
const LF = 10;
const CR = 13;

export interface Returned {
  returned: 'full' | 'headers';
  /** MIME fields of the part, with the empty line. */
  head: string;
  pieces: Iterable<Uint8Array>;
  eightBit: boolean;
}

/**
 * The third part: the mail, or its header if that was asked for or the mail is too large. `international`: an address of the
 * report is beyond ASCII.
 */
export function returnedPart(
  original: { head: Uint8Array; body?: Iterable<Uint8Array> },
  ret: 'full' | 'headers',
  international: boolean,
): Returned {
  const head = headBytes(original.head);
  const ofHead = measure([head]);
  // RFC 6532 section 3.7: a header in UTF-8 with addresses that need it; other 8-bit headers are invalid.
  const global = international && ofHead.bits > 127 && isUtf8(head);
  const whole = ret === 'full' && original.body !== undefined ? small(head, original.body) : undefined;
  if (whole !== undefined) {
    const { longest, bits } = measure(whole);
    // RFC 2046 section 5.2.1: message/rfc822 is not encoded again, so that the label must be right.
    const encoding = longest > LONGEST_LINE ? 'binary' : bits > 127 ? '8bit' : '7bit';
    return {
      returned: 'full',
      head: partFields('Undelivered mail', `message/${global ? 'global' : 'rfc822'}`, encoding),
      pieces: whole,
      eightBit: encoding !== '7bit',
    };
  }
  const description = 'Header of the undelivered mail';
  if (global) {
    return {
      returned: 'headers',
      head: partFields(description, 'message/global-headers', '8bit'),
      pieces: [head],
      eightBit: true,
    };
  }
  // RFC 6522 section 4: an invalid header may be encoded.
  const plain = ofHead.bits < 128 && ofHead.longest <= LONGEST_LINE;
  return {
    returned: 'headers',
    head: partFields(description, 'text/rfc822-headers', plain ? '7bit' : 'quoted-printable'),
    pieces: [plain ? head : Buffer.from(quotedPrintable(head))],
    eightBit: false,
  };
}

function partFields(description: string, type: string, encoding: string): string {
  return `Content-Description: ${description}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
}

/** Without the final empty line; cut after a line if it is too long. */
function headBytes(head: Uint8Array): Uint8Array {
  let bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length > MAX_RETURNED_HEAD) {
    bytes = bytes.subarray(0, bytes.lastIndexOf(LF, MAX_RETURNED_HEAD - 1) + 1 || MAX_RETURNED_HEAD);
  }
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === LF || bytes[end - 1] === CR)) end--;
  return Buffer.concat([bytes.subarray(0, end), Buffer.from('\r\n')]);
}

function small(head: Uint8Array, body: Iterable<Uint8Array>): Uint8Array[] | undefined {
  const pieces: Uint8Array[] = [head, Buffer.from('\r\n')];
  let size = head.length + 2;
  for (const piece of body) {
    size += piece.length;
    if (size > MAX_RETURNED) return undefined;
    pieces.push(piece);
  }
  return pieces;
}

function measure(pieces: Iterable<Uint8Array>): { longest: number; bits: number } {
  let longest = 0;
  let column = 0;
  let bits = 0;
  for (const piece of pieces) {
    for (const byte of piece) {
      bits |= byte;
      column = byte === LF ? 0 : column + (byte === CR ? 0 : 1);
      if (column > longest) longest = column;
    }
  }
  return { longest, bits };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
