// What of a large message memory should not hold: in a temporary file that has no name any more.

import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EX, ExitError } from '../exit.ts';

/** Bytes read back at once; each piece is garbage once it is sent. */
const PIECE = 128 * 1024;
/** Bytes read between two collections. */
const COLLECT_EVERY = 4 * 1024 * 1024;
const CR = 13;

/** A session of several messages must not gather files: closed once nobody can read it any more. */
const forgotten = new FinalizationRegistry(closeSync);

export class SpillFile {
  readonly #descriptor: number;
  #length = 0;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    forgotten.register(this, descriptor);
  }

  /** Undefined where no folder for temporary files can be written; memory has to do then. `name` must be new. */
  static open(name: string, folders: readonly string[] = [tmpdir(), '/var/tmp']): SpillFile | undefined {
    for (const folder of folders) {
      try {
        const path = join(folder, name);
        const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
        const descriptor = openSync(path, flags, 0o600);
        // Without a name nobody else can open it, and it is gone however this program ends.
        try {
          unlinkSync(path);
        } catch {
          closeSync(descriptor);
          continue;
        }
        return new SpillFile(descriptor);
      } catch {}
    }
    return undefined;
  }

  /** False where the disk is full; nothing of the piece counts then. */
  append(piece: Buffer): boolean {
    try {
      for (let at = 0; at < piece.length; ) {
        at += writeSync(this.#descriptor, piece, at, piece.length - at, this.#length + at);
      }
    } catch {
      return false;
    }
    this.#length += piece.length;
    return true;
  }

  /** All of it; no piece but the last ends in CR. May be gone through again. */
  *[Symbol.iterator](): Generator<Buffer> {
    let carried = 0;
    let dead = 0;
    for (let at = 0; at < this.#length; ) {
      // Pieces that are all CR grow until something else comes.
      const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE + 2 * carried, this.#length - at));
      this.#fill(buffer, at);
      let end = buffer.length;
      const isLast = at + end === this.#length;
      while (!isLast && end > 0 && buffer[end - 1] === CR) end--;
      if (end > 0) yield buffer.subarray(0, end);
      at += end;
      carried = end === 0 ? buffer.length : 0;
      dead += end;
      if (dead >= COLLECT_EVERY) {
        dead = 0;
        collect();
      }
    }
  }

  #fill(buffer: Buffer, position: number): void {
    for (let at = 0; at < buffer.length; ) {
      const count = readSync(this.#descriptor, buffer, at, buffer.length - at, position + at);
      if (count === 0) throw new ExitError(EX.IOERR, 'the temporary file of the message ends too soon');
      at += count;
    }
  }
}

/** V8 lets 64 MB of dead buffers pile up before it looks; a large mail would take more memory than it has bytes. */
function collect(): void {
  collector ??= exposeCollector();
  collector({ type: 'minor' });
}

let collector: ((options: { type: 'minor' }) => void) | undefined;

function exposeCollector(): NonNullable<typeof collector> {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as NonNullable<typeof collector>;
}
