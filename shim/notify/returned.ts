// The mail that a notice returns, whole or its header, labelled as what it is (RFC 6522 section 3, RFC 6533).

import { quotedPrintable } from './fields.ts';

/** Octets of a mail that goes back whole; Postfix's bounce_size_limit. Larger ones go back as their header. */
export const MAX_RETURNED = 50_000;
/** Octets of a header that goes back; Postfix's header_size_limit. */
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
 * The third part: the mail, or its header where that was asked for or the mail is too large. `international`: an
 * address of the notice has more than ASCII.
 */
export function returnedPart(
  original: { head: Uint8Array; body?: Iterable<Uint8Array> },
  ret: 'full' | 'headers',
  international: boolean,
): Returned {
  const head = headOctets(original.head);
  const ofHead = measure([head]);
  // RFC 6532 section 3.7: a header in UTF-8 beside addresses that need it; other 8-bit headers are merely broken.
  const global = international && ofHead.bits > 127 && isUtf8(head);
  const whole = ret === 'full' && original.body !== undefined ? small(head, original.body) : undefined;
  if (whole !== undefined) {
    const { longest, bits } = measure(whole);
    // RFC 2046 section 5.2.1: message/rfc822 is not encoded again, so the label tells what is in it.
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
  // RFC 6522 section 4: a broken header may be encoded; a text part always reaches the reader as it was.
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

/** Without the empty line at its end, cut after a line where it is longer than what goes back. */
function headOctets(head: Uint8Array): Uint8Array {
  let octets = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (octets.length > MAX_RETURNED_HEAD) {
    octets = octets.subarray(0, octets.lastIndexOf(LF, MAX_RETURNED_HEAD - 1) + 1 || MAX_RETURNED_HEAD);
  }
  let end = octets.length;
  while (end > 0 && (octets[end - 1] === LF || octets[end - 1] === CR)) end--;
  return Buffer.concat([octets.subarray(0, end), Buffer.from('\r\n')]);
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
    for (const octet of piece) {
      bits |= octet;
      column = octet === LF ? 0 : column + (octet === CR ? 0 : 1);
      if (column > longest) longest = column;
    }
  }
  return { longest, bits };
}

function isUtf8(octets: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(octets);
    return true;
  } catch {
    return false;
  }
}
