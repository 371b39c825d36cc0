// The file of a call: not trusted, and owned by the process that renames or removes it first.

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { MAX_CALL_HEAD, MAX_CALL_MESSAGE } from '../spool/call.ts';
import { COMMITTED, callName, removed } from '../spool/commit.ts';
import type { Spool } from '../spool/queue.ts';

export interface CallFile {
  /** That wrote it, by the system alone. */
  uid: number;
  bytes: Buffer;
  stat: Stats;
}

/** Reads a file once; everything is about this copy. Undefined for what no launcher leaves, and where the system does not let us. */
export function readCall(file: string): CallFile | undefined {
  let descriptor: number | undefined;
  try {
    // Not through a link, and not waiting for a writer of a FIFO that was put there.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    const { uid, size } = stat;
    if (!stat.isFile() || stat.nlink > 1 || (stat.mode & COMMITTED) !== 0) return undefined;
    if (size === 0 || size > MAX_CALL_HEAD + MAX_CALL_MESSAGE) return undefined;
    const bytes = Buffer.allocUnsafe(size);
    for (let at = 0; at < size; ) {
      const count = readSync(descriptor, bytes, at, size - at, at);
      // It is being changed.
      if (count === 0) return undefined;
      at += count;
    }
    return { uid, bytes, stat };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whose a mail is: its launcher's until the file is taken, and the sender's from then on. */
export class Claim {
  readonly #spool: Spool;
  readonly #from: 'drop' | 'tmp';
  readonly #name: string;
  #isTaken: boolean;
  #read: Stats | undefined;

  constructor(spool: Spool, from: 'drop' | 'tmp', id: string, isTaken = false) {
    this.#spool = spool;
    this.#from = from;
    this.#name = callName(id);
    this.#isTaken = isTaken;
  }

  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** The file, as `readCall` has it. */
  read(): CallFile | undefined {
    const file = readCall(this.#spool.path(this.#isTaken ? 'taken' : this.#from, this.#name));
    this.#read = file?.stat;
    return file;
  }

  /** False where the launcher has withdrawn the mail, another file has its name by now, or the system does not let us. */
  take(): boolean {
    if (this.#isTaken) return true;
    try {
      // Its owner may have put a folder there, which is not ours to move: no reason to fail for others of the group.
      if (!this.#spool.move(this.#name, this.#from, 'taken')) return false;
      const taken = lstatSync(this.#spool.path('taken', this.#name), { throwIfNoEntry: false });
      this.#isTaken = taken?.ino === this.#read?.ino && taken?.dev === this.#read?.dev;
      if (!this.#isTaken) this.putBack();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
    return this.#isTaken;
  }

  /** What was renamed is not a call: the drop folder handles it. */
  putBack(): void {
    this.#spool.move(this.#name, 'taken', this.#from);
  }

  /** The mail that was taken is done with: safe, sent, or refused. */
  end(): void {
    removed(this.#spool.path('taken', this.#name));
  }
}
