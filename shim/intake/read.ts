// The message from standard input, to the limit.

import { readSync } from 'node:fs';
import { EX, ExitError } from '../exit.ts';

const FIRST_CHUNK = 64 * 1024;

/**
 * Reads descriptor 0 to its end.
 * Synchronously: there is nothing else to do meanwhile, and one growing buffer keeps memory at the message's own size
 * and a half at worst.
 * @throws ExitError 65 above `limit` bytes, 74 where reading fails
 */
export function readMessage(limit: number): Uint8Array {
  let buffer = Buffer.allocUnsafe(FIRST_CHUNK);
  let length = 0;
  for (;;) {
    if (length === buffer.length) {
      const grown = Buffer.allocUnsafe(Math.min(buffer.length * 2, limit + 1));
      buffer.copy(grown, 0, 0, length);
      buffer = grown;
    }
    const count = readSome(buffer, length);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
    if (length > limit) {
      throw new ExitError(EX.DATAERR, `the message is larger than ${limit} bytes (directive message_size_limit)`);
    }
  }
}

function readSome(buffer: Buffer, offset: number): number {
  for (;;) {
    try {
      return readSync(0, buffer, offset, buffer.length - offset, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A caller may leave the pipe non-blocking; wait a moment instead of spinning.
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (code === 'EOF') return 0;
      else throw new ExitError(EX.IOERR, `the message cannot be read from standard input (${code})`);
    }
  }
}

/** A person types a message and ends it by a lone dot; a program's dot is text, and none of it may be cut off. */
export function cutAtLoneDot(message: Uint8Array): Uint8Array {
  const text = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (text.subarray(0, 2).equals(Buffer.from('.\n'))) return text.subarray(0, 0);
  const at = text.indexOf('\n.\n');
  return at === -1 ? message : text.subarray(0, at + 1);
}
