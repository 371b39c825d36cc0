// Text that relays may have to convert is converted before it is signed, so that the signature lives (RFC 6376 section 5.3).

import type { Message } from '../types.ts';
import { type Entity, entities, fieldName, headFields, headValue, type Piece } from './entities.ts';
import { QuotedPrintable } from './quoted-printable.ts';
import { wireChunks } from './wire.ts';

/** RFC 5322 section 2.1.1; relays break longer lines. */
const LINE_LIMIT = 998;
/** Octets encoded at once: three times as many are on their way to the relay. */
const SLICE = 16 * 1024;
const LF = 10;
const CRLF = Buffer.from('\r\n');

interface Facts extends Entity {
  /** Some octet of its content, or of something opaque within, is over 127. */
  eightBit: boolean;
  /** Octets of the longest line. */
  longest: number;
}

/**
 * The message with its 8-bit text, and its text with lines over 998 octets, as quoted-printable, and with no label that
 * says "8bit" any more: a relay before one without 8BITMIME converts by label, as Postfix does. What is in
 * multipart/signed stays, and so does a message that is no MIME, since no relay converts it.
 */
export function sevenBit(message: Message): Message {
  const head = Buffer.from(message.head.buffer, message.head.byteOffset, message.head.byteLength);
  if (
    !['mime-version', 'content-type', 'content-transfer-encoding'].some((name) => headValue(head, name) !== undefined)
  )
    return message;
  const body = { [Symbol.iterator]: () => wireChunks({ head: new Uint8Array(), body: message.body }) };
  const facts = survey(head, body);
  const plan = facts?.map((each) => wantedEncoding(each));
  if (plan === undefined || plan.every((wanted) => wanted === undefined)) return message;
  const own = plan[0] === undefined ? head : relabelled(head, plan[0], true);
  return { head: own, body: { [Symbol.iterator]: () => convert(head, body, plan) } };
}

function survey(head: Buffer, body: Iterable<Buffer>): Facts[] | undefined {
  const facts: Facts[] = [];
  let column = 0;
  for (const piece of entities(head, body)) {
    if (piece === undefined) return undefined;
    const { kind, entity, bytes } = piece;
    if (kind === 'head') {
      facts[entity] = { ...piece.is, eightBit: false, longest: 0 };
      column = 0;
      continue;
    }
    // Headers and preambles have no transfer encoding that could be named; a relay converts the label all the same.
    if (kind === 'frame') continue;
    const each = facts[entity]!;
    if (!each.eightBit && hasEightBit(bytes)) {
      each.eightBit = true;
      if (each.kind === 'opaque') markUp(facts, each.parent);
    }
    for (let at = 0; at < bytes.length; ) {
      const lf = bytes.indexOf(LF, at);
      column += (lf === -1 ? bytes.length : lf - 1) - at;
      each.longest = Math.max(each.longest, column);
      if (lf !== -1) column = 0;
      at = lf === -1 ? bytes.length : lf + 1;
    }
  }
  return facts;
}

function markUp(facts: Facts[], entity: number): void {
  for (let at = entity; at >= 0; at = facts[at]!.parent) facts[at]!.eightBit = true;
}

function hasEightBit(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte > 127) return true;
  return false;
}

/** The Content-Transfer-Encoding it is to get, or undefined where it keeps what it has. */
function wantedEncoding({ kind, encoding, eightBit, longest }: Facts): string | undefined {
  if (kind === 'leaf' && (eightBit || longest > LINE_LIMIT)) return 'quoted-printable';
  return (encoding === '8bit' || encoding === 'binary') && !eightBit ? '7bit' : undefined;
}

function* convert(head: Buffer, body: Iterable<Buffer>, plan: readonly (string | undefined)[]): Generator<Buffer> {
  let encoder: QuotedPrintable | undefined;
  for (const piece of entities(head, body) as Iterable<Piece>) {
    const { kind, entity, bytes } = piece;
    if (encoder !== undefined && kind !== 'content') {
      yield encoder.end();
      encoder = undefined;
    }
    if (kind === 'head') {
      const wanted = plan[entity];
      if (wanted === 'quoted-printable') encoder = new QuotedPrintable();
      if (entity === 0) continue;
      yield wanted === undefined ? bytes : relabelled(bytes, wanted, false);
    } else if (encoder === undefined) yield bytes;
    else for (let at = 0; at < bytes.length; at += SLICE) yield encoder.encode(bytes.subarray(at, at + SLICE));
  }
  if (encoder !== undefined) yield encoder.end();
}

/** The head with this encoding in place of what it says; `isMessage` asks for a MIME-Version, without which no label counts. */
function relabelled(head: Buffer, encoding: string, isMessage: boolean): Buffer {
  const field = `Content-Transfer-Encoding: ${encoding}\r\n`;
  const fields = headFields(head);
  const at = fields.findIndex((raw) => fieldName(raw) === 'content-transfer-encoding');
  const others = (list: string[]) => list.filter((raw) => fieldName(raw) !== 'content-transfer-encoding');
  const labelled = at === -1 ? [...fields, field] : [...fields.slice(0, at), field, ...others(fields.slice(at))];
  if (isMessage && headValue(head, 'mime-version') === undefined) labelled.push('MIME-Version: 1.0\r\n');
  return Buffer.concat([Buffer.from(labelled.join(''), 'latin1'), CRLF]);
}
