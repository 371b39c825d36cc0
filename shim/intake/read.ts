// The message from standard input, to the limit.

import { readSync } from 'node:fs';
import { ExitError } from '../exit.ts';
import { errorCode } from '../file-error.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { SpillFile } from './spill.ts';

/** Most mails fit into the first piece; large ones take several, so that no piece is ever copied into a larger one. */
const FIRST_PIECE = 64 * 1024;
const PIECE = 1024 * 1024;
/** Bytes kept in memory, which a header section fits into; the rest goes to a temporary file. */
const HELD = 2 * 1024 * 1024;
const CR = 13;

/** Reads into the buffer from an offset; the count of bytes, 0 at the end. */
export type ReadSome = (buffer: Buffer, offset: number) => number;
/** Can be iterated more than once. */
export type Pieces = Iterable<Buffer>;

/**
 * Reads to the end; see `Collector` for the pieces. Synchronous, since nothing else is done meanwhile.
 * @throws ExitError 65 above `limit` bytes, 74 if reading fails
 */
export function readMessage(limit: number, readSome: ReadSome = readInput): Pieces {
  const collector = new Collector();
  for (;;) {
    if (collector.read(readSome) === 0) return collector.pieces();
    refuseLarge(collector.total, limit);
  }
}

/** @throws ExitError 65 */
export function refuseLarge(size: number, limit: number): void {
  if (size > limit) throw new ExitError(diagnostic('message.too-large', { most: limit }));
}

/** Makes pieces of the input. No piece but the last ends in CR, so that a line end is never cut in two. */
export class Collector {
  /** Bytes so far. */
  total = 0;
  readonly #store = new Store();
  #buffer = Buffer.allocUnsafe(FIRST_PIECE);
  #length = 0;

  /** The count of bytes, 0 at the end. */
  read(readSome: ReadSome): number {
    const count = readSome(this.#buffer, this.#length);
    this.advance(count);
    return count;
  }

  /** Copies. */
  write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(this.#buffer, this.#length, at);
      at += count;
      this.advance(count);
    }
  }

  /** All pieces; nothing may be added after this. */
  pieces(): Pieces {
    this.#store.add(this.#buffer.subarray(0, this.#length));
    return this.#store.pieces();
  }

  private advance(count: number): void {
    this.#length += count;
    this.total += count;
    if (this.#length < this.#buffer.length) return;
    let end = this.#length;
    while (end > 0 && this.#buffer[end - 1] === CR) end--;
    const carried = this.#buffer.subarray(end, this.#length);
    // A piece that is kept cannot be read into again.
    const kept = this.#store.add(this.#buffer.subarray(0, end));
    const next =
      kept || carried.length * 2 > PIECE ? Buffer.allocUnsafe(Math.max(PIECE, carried.length * 2)) : this.#buffer;
    carried.copy(next);
    this.#buffer = next;
    this.#length = carried.length;
  }
}

/** Keeps pieces in memory up to `HELD` bytes, then in a file while it can be written, then in memory again. */
class Store {
  readonly #first: Buffer[] = [];
  readonly #last: Buffer[] = [];
  #held = 0;
  #file: SpillFile | undefined;
  #full = false;

  /** True if the buffer itself was kept. */
  add(piece: Buffer): boolean {
    if (this.#held + piece.length <= HELD) {
      this.#held += piece.length;
      this.#first.push(piece);
      return true;
    }
    this.#held = HELD;
    if (!this.#full) {
      this.#file ??= SpillFile.open(
        `mailshim-${process.getBuiltinModule('node:crypto').randomBytes(16).toString('hex')}`,
      );
      if (this.#file?.append(piece)) return false;
      this.#full = true;
    }
    this.#last.push(piece);
    return true;
  }

  pieces(): Pieces {
    return joined(this.#first, this.#file ?? [], this.#last);
  }
}

/** One after the other. */
export function joined(...parts: readonly Pieces[]): Pieces {
  return {
    *[Symbol.iterator]() {
      for (const part of parts) yield* part;
    },
  };
}

/** Standard input. */
export function readInput(buffer: Buffer, offset: number): number {
  for (;;) {
    try {
      return readSync(0, buffer, offset, buffer.length - offset, null);
    } catch (error) {
      const code = errorCode(error);
      // A caller may leave the pipe non-blocking: waits a moment instead of looping.
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (code === 'EOF') return 0;
      else throw new ExitError(diagnostic('message.unreadable', { why: code ?? String(error) }));
    }
  }
}

/** For a message typed on a terminal, which a lone dot ends; the dot of a program is text. */
export function cutAtLoneDot(pieces: Pieces): Pieces {
  const text = Buffer.concat([...pieces]);
  if (text.subarray(0, 2).equals(Buffer.from('.\n'))) return [];
  const at = text.indexOf('\n.\n');
  return [at === -1 ? text : text.subarray(0, at + 1)];
}
