// Files of the drop folder that are not mails: a few are kept for the administrator to look at, and reported in few lines.

import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { removed } from './commit.ts';

const FOLDER = 'rejected';
/** Files kept, in all and of one user; a person looks at a few. */
const MAX_FILES = 1000;
const MAX_FILES_OF_USER = 100;
/** Bytes on the disk that they may take together; they stay their owners' and may grow, so they are counted anew. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Milliseconds for which they are kept. */
const KEPT = 7 * 86_400_000;
/** Bytes of a block, in which the system counts what a file takes. */
const BLOCK = 512;
/** Milliseconds between two lines about one user, and from the first file to the first line. */
const QUIET = 600_000;
const GATHER = 1000;

/** What became of a file: `left` where the system lets us do nothing about it. */
export type Fate = 'kept' | 'removed' | 'left';

export class Rejected {
  readonly #folder: string;
  #files = 0;
  #bytes = 0;
  readonly #ofUser = new Map<number, number>();

  constructor(spool: string, now: number) {
    this.#folder = join(spool, FOLDER);
    this.sweep(now);
  }

  /** Out of the drop folder, by renaming or removing: no byte is copied, whatever its size. */
  take(file: string | Buffer, stat: Stats, id: () => string): { fate: Fate; as?: string } {
    try {
      if (stat.isDirectory()) {
        rmdirSync(file);
        return { fate: 'removed' };
      }
      const bytes = stat.blocks * BLOCK;
      const kept = this.#ofUser.get(stat.uid) ?? 0;
      const worthIt = stat.isFile() && stat.size > 0 && stat.nlink === 1;
      if (worthIt && this.#files < MAX_FILES && kept < MAX_FILES_OF_USER && this.#bytes + bytes <= MAX_BYTES) {
        const name = `${id()}.${stat.uid}`;
        this.#move(file, join(this.#folder, name));
        this.#count(stat.uid, bytes);
        return { fate: 'kept', as: `${FOLDER}/${name}` };
      }
      unlinkSync(file);
      return { fate: 'removed' };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return { fate: 'left' };
    }
  }

  #move(from: string | Buffer, to: string): void {
    try {
      renameSync(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      renameSync(from, to);
    }
  }

  #count(uid: number, bytes: number): void {
    this.#files++;
    this.#bytes += bytes;
    this.#ofUser.set(uid, (this.#ofUser.get(uid) ?? 0) + 1);
  }

  /** Removes what is old, and what has grown beyond the bound. */
  sweep(now: number): void {
    this.#files = 0;
    this.#bytes = 0;
    this.#ofUser.clear();
    for (const name of namesIn(this.#folder)) {
      const file = join(this.#folder, name);
      const stat = lstatSync(file, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      const bytes = stat.blocks * BLOCK;
      const tooMuch = this.#files >= MAX_FILES || this.#bytes + bytes > MAX_BYTES;
      if (tooMuch || now - stat.ctimeMs > KEPT) removed(file);
      else this.#count(stat.uid, bytes);
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What one user has left in the drop folder that is no mail. */
interface Complaint {
  count: number;
  /** Name and reason of the first. */
  first: string;
  fates: Record<Fate, number>;
  /** Milliseconds since 1970: nothing is reported before. */
  due: number;
}

function nothingUntil(due: number): Complaint {
  return { count: 0, first: '', fates: { kept: 0, removed: 0, left: 0 }, due };
}

/** Many files reported at once: a log that a user can fill is another user's loss. */
export class Complaints {
  readonly #users = new Map<number, Complaint>();

  add(uid: number, what: string, fate: Fate, now: number): void {
    const complaint = this.#users.get(uid) ?? nothingUntil(now + GATHER);
    this.#users.set(uid, complaint);
    if (complaint.count === 0) complaint.first = what;
    complaint.count++;
    complaint.fates[fate]++;
  }

  /** When there is something to report, in milliseconds since 1970; infinity where there is nothing. */
  get due(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { count, due } of this.#users.values()) if (count > 0) first = Math.min(first, due);
    return first;
  }

  /** On those whose time has come, or on all. */
  lines(now: number, all: boolean): string[] {
    const notes: string[] = [];
    for (const [uid, { count, first, fates, due }] of this.#users) {
      if (!all && now < due && due - now <= QUIET) continue;
      if (count === 0) {
        this.#users.delete(uid);
        continue;
      }
      const became = Object.entries(fates).filter(([, number]) => number > 0);
      const text = became.map(([fate, number]) => `${number} ${fate}`).join(', ');
      notes.push(`drop: refused ${count} of uid ${uid} (${text}), the first: ${first}`);
      this.#users.set(uid, nothingUntil(now + QUIET));
    }
    return notes;
  }
}
