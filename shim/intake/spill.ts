// What of a large message memory should not hold: in a temporary file that has no name any more.

import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { EX, ExitError } from '../exit.ts';
import { filePieces } from '../file-pieces.ts';

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
  static open(
    name: string,
    folders: readonly string[] = [process.getBuiltinModule('node:os').tmpdir(), '/var/tmp'],
  ): SpillFile | undefined {
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
  [Symbol.iterator](): Iterator<Buffer> {
    const failed = () => new ExitError(EX.IOERR, 'the temporary file of the message ends too soon');
    return filePieces(this.#descriptor, 0, this.#length, failed)[Symbol.iterator]();
  }
}
