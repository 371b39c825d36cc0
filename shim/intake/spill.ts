// The part of a large message that is not kept in memory, in a temporary file without a name.

import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ExitError } from '../exit.ts';
import { filePieces } from '../file-pieces.ts';
import { diagnostic } from '../messages/catalogue.ts';

/** A session of several messages must not collect open files: closes a file once it is no longer reachable. */
const forgotten = new FinalizationRegistry(closeSync);

export class SpillFile {
  readonly #descriptor: number;
  #length = 0;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    forgotten.register(this, descriptor);
  }

  /** Undefined if no directory for temporary files can be written. `name` must be new. */
  static open(
    name: string,
    folders: readonly string[] = [process.getBuiltinModule('node:os').tmpdir(), '/var/tmp'],
  ): SpillFile | undefined {
    for (const folder of folders) {
      try {
        const path = join(folder, name);
        const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
        const descriptor = openSync(path, flags, 0o600);
        // Without a name no other process can open it, and it is deleted however this program ends.
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

  /** False if the disk is full; the piece is then not part of the file. */
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

  /** All pieces; none but the last ends in CR. Can be iterated more than once. */
  [Symbol.iterator](): Iterator<Buffer> {
    const failed = () => new ExitError(diagnostic('message.temporary-file'));
    return filePieces(this.#descriptor, 0, this.#length, failed)[Symbol.iterator]();
  }
}
