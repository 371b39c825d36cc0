// A message in the form it has on the wire (RFC 5321 section 2.3.8): every line ends in CRLF, and nothing else changes.

import { EX, ExitError } from '../exit.ts';
import type { Message } from '../types.ts';

/** Bytes converted at once: the message is never held twice. */
const CHUNK = 256 * 1024;
const CR = 13;
const LF = 10;
const CRLF = Buffer.from('\r\n');

/** The bytes to send, piece by piece, without dot-stuffing; the last line always ends. */
export function* wireChunks(message: Message): Generator<Buffer> {
  yield asBuffer(message.head);
  const body = asBuffer(message.body);
  for (let at = 0; at < body.length; ) {
    const end = pieceEnd(body, at);
    yield* convert(body.subarray(at, end));
    at = end;
  }
  if (body.length > 0 && body[body.length - 1] !== LF && body[body.length - 1] !== CR) yield CRLF;
}

// Never between CR and LF, since "\r*\n" is one line end.
function pieceEnd(body: Buffer, at: number): number {
  let end = Math.min(at + CHUNK, body.length);
  while (end < body.length && body[end - 1] === CR) end++;
  return end;
}

function* convert(piece: Buffer): Generator<Buffer> {
  if (isWireReady(piece)) {
    yield piece;
    return;
  }
  const out = Buffer.allocUnsafe(piece.length * 2);
  let length = 0;
  for (let at = 0; at < piece.length; at++) {
    const byte = piece[at]!;
    if (byte !== CR && byte !== LF) {
      out[length++] = byte;
      continue;
    }
    // "\r\r\n" is what programs make of "\r\n" when they convert twice: one line end. A CR without LF is one too.
    let next = at;
    while (piece[next] === CR) next++;
    const lines = piece[next] === LF ? 1 : next - at;
    if (piece[next] === LF) at = next;
    else at = next - 1;
    for (let line = 0; line < lines; line++) {
      out[length++] = CR;
      out[length++] = LF;
    }
  }
  yield out.subarray(0, length);
}

function isWireReady(piece: Buffer): boolean {
  for (let at = 0; at < piece.length; at++) {
    const byte = piece[at];
    if (byte === LF) return false;
    if (byte === CR) {
      if (piece[at + 1] !== LF) return false;
      at++;
    }
  }
  return true;
}

/** Bytes on the wire without dot-stuffing: what MAIL FROM announces as SIZE (RFC 1870 section 3). */
export function wireSize(message: Message): number {
  let size = 0;
  for (const chunk of wireChunks(message)) size += chunk.length;
  return size;
}

/** Bytes with one LF for each line end: what msmtp calls mailsize. */
export function logSize(message: Message): number {
  let size = 0;
  for (const chunk of wireChunks(message)) {
    size += chunk.length;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) size--;
  }
  return size;
}

export function isEightBit(message: Message): boolean {
  return hasHighByte(message.head) || hasHighByte(message.body);
}

function hasHighByte(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! > 127) return true;
  return false;
}

/** @throws ExitError 65 for a NUL, which no transfer encoding of mail can carry (RFC 2045 section 2.8) */
export function refuseNul(message: Uint8Array): void {
  const at = message.indexOf(0);
  if (at === -1) return;
  throw new ExitError(EX.DATAERR, `the message contains a NUL byte at offset ${at}; encode binary data as base64`);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
