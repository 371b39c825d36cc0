// Converts text that relays may convert before it is signed, so that the signature stays valid (RFC 6376 section 5.3), and
// encodes lines that are longer than relays must accept (RFC 5322 section 2.1.1).

import type { Message } from '../types.ts';
import { Base64Lines, type Encoder, QuotedPrintable, SoftBreaks } from './encoders.ts';
import { type Entity, entities, fieldName, headFields, headValue } from './entities.ts';
import { brokenLines, foldedHead, hasLongLine, LINE_LIMIT, wireChunks } from './wire.ts';

/** Bytes encoded at once: the result has up to three times as many. */
const SLICE = 16 * 1024;
const LF = 10;
const CRLF = Buffer.from('\r\n');

interface Facts extends Entity {
  /** A byte of its content, or of an opaque entity within it, is over 127. */
  eightBit: boolean;
  /** Bytes of the longest line of its content. */
  longest: number;
  /** A line of its header is over the limit. */
  hasLongHead: boolean;
}

/** The changes to an entity. */
interface Plan {
  /** The new Content-Transfer-Encoding; absent if it does not change. */
  label?: 'quoted-printable' | '7bit';
  encoder?: () => Encoder;
  foldHead?: boolean;
}

/**
 * The message without lines over 998 bytes. Text with such a line becomes quoted-printable, encoded content gets line breaks
 * that its encoding allows, headers are folded, also those of parts and of attached messages. Other lines (`multipart/signed`,
 * reports, MIME that cannot be parsed) are broken as Postfix does. `sevenBit` converts 8-bit text too.
 */
export function fitted(message: Message, wanted: { sevenBit: boolean }): Message {
  const { head, body } = reencoded(message, wanted.sevenBit);
  return {
    head: foldedHead(head),
    body: { [Symbol.iterator]: () => brokenLines(wireChunks({ head: new Uint8Array(), body })) },
  };
}

/**
 * Text becomes quoted-printable, and no label is "8bit": a relay before one without 8BITMIME converts by label, as Postfix
 * does. The content of multipart/signed does not change, nor 8-bit text of a message without MIME, which no relay converts.
 */
function reencoded(message: Message, convertEightBit: boolean): Message {
  const head = Buffer.from(message.head.buffer, message.head.byteOffset, message.head.byteLength);
  const isMime = ['mime-version', 'content-type', 'content-transfer-encoding'].some(
    (name) => headValue(head, name) !== undefined,
  );
  const body = { [Symbol.iterator]: () => wireChunks({ head: new Uint8Array(), body: message.body }) };
  const plan = survey(head, body)?.map((facts) => planFor(facts, isMime && convertEightBit));
  if (plan === undefined || plan.every((each) => Object.keys(each).length === 0)) return message;
  const [own] = plan;
  const labelled = own?.label === undefined ? head : relabelled(head, own.label, true);
  return {
    head: isMime || own?.label === undefined ? labelled : withTextType(labelled, body),
    body: { [Symbol.iterator]: () => convert(head, body, plan) },
  };
}

function survey(head: Buffer, body: Iterable<Buffer>): Facts[] | undefined {
  const facts: Facts[] = [];
  let column = 0;
  for (const piece of entities(head, body)) {
    if (piece === undefined) return undefined;
    const { kind, entity, bytes } = piece;
    if (kind === 'head') {
      const hasLongHead = entity > 0 && hasLongLine(bytes.toString('latin1'));
      facts[entity] = { ...piece.is, eightBit: false, longest: 0, hasLongHead };
      column = 0;
      continue;
    }
    // Preambles have no transfer encoding.
    if (kind === 'frame') continue;
    const each = facts[entity];
    if (each === undefined) continue;
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
  for (let each = facts[entity]; each !== undefined; each = facts[each.parent]) each.eightBit = true;
}

function hasEightBit(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte > 127) return true;
  return false;
}

function planFor({ kind, encoding, eightBit, longest, hasLongHead }: Facts, convertEightBit: boolean): Plan {
  const fold = hasLongHead ? { foldHead: true } : {};
  const isLong = longest > LINE_LIMIT;
  if (kind === 'leaf' && ((eightBit && convertEightBit) || isLong))
    return { ...fold, label: 'quoted-printable', encoder: () => new QuotedPrintable() };
  if (isLong && encoding === 'base64') return { ...fold, encoder: () => new Base64Lines() };
  if (isLong && encoding === 'quoted-printable') return { ...fold, encoder: () => new SoftBreaks() };
  const isMislabelled = convertEightBit && (encoding === '8bit' || encoding === 'binary') && !eightBit;
  return isMislabelled ? { ...fold, label: '7bit' } : fold;
}

function* convert(head: Buffer, body: Iterable<Buffer>, plan: readonly Plan[]): Generator<Buffer> {
  let encoder: Encoder | undefined;
  for (const piece of entities(head, body)) {
    // `survey` has parsed the same message.
    if (piece === undefined) return;
    const { kind, entity, bytes } = piece;
    if (encoder !== undefined && kind !== 'content') {
      yield encoder.end();
      encoder = undefined;
    }
    if (kind === 'head') {
      const { label, encoder: made, foldHead } = plan[entity] ?? {};
      encoder = made?.();
      if (entity === 0) continue;
      const labelled = label === undefined ? bytes : relabelled(bytes, label, false);
      yield foldHead === true ? foldedHead(labelled) : labelled;
    } else if (encoder === undefined) yield bytes;
    else for (let at = 0; at < bytes.length; at += SLICE) yield encoder.encode(bytes.subarray(at, at + SLICE));
  }
  if (encoder !== undefined) yield encoder.end();
}

/** The header with this encoding; `isMessage` adds a missing MIME-Version, without which the encoding has no effect. */
function relabelled(head: Buffer, encoding: string, isMessage: boolean): Buffer {
  const field = `Content-Transfer-Encoding: ${encoding}\r\n`;
  const fields = headFields(head);
  const at = fields.findIndex((raw) => fieldName(raw) === 'content-transfer-encoding');
  const others = (list: string[]) => list.filter((raw) => fieldName(raw) !== 'content-transfer-encoding');
  const labelled = at === -1 ? [...fields, field] : [...fields.slice(0, at), field, ...others(fields.slice(at))];
  if (isMessage && headValue(head, 'mime-version') === undefined) labelled.push('MIME-Version: 1.0\r\n');
  return Buffer.concat([Buffer.from(labelled.join(''), 'latin1'), CRLF]);
}

/** A message without MIME is text; a reader needs its charset (RFC 1428 section 2 for an unknown one). */
function withTextType(head: Buffer, body: Iterable<Buffer>): Buffer {
  const field = Buffer.from(`Content-Type: text/plain; charset=${charsetOf(body)}\r\n`);
  return Buffer.concat([head.subarray(0, head.length - CRLF.length), field, CRLF]);
}

function charsetOf(body: Iterable<Buffer>): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isAscii = true;
  try {
    for (const chunk of body) {
      isAscii &&= !hasEightBit(chunk);
      decoder.decode(chunk, { stream: true });
    }
    decoder.decode();
  } catch {
    return 'unknown-8bit';
  }
  return isAscii ? 'us-ascii' : 'utf-8';
}
