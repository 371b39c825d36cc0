// Users that have used up their share of the drop folder, published for their own programs, which then refuse a mail instead of leaving it.

import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'full';
/** Milliseconds between two reports of the daemon, and after which a report does not count any more. */
const SAID_EVERY = 30_000;
const BELIEVED = 2 * SAID_EVERY;

export class FullUsers {
  readonly #spool: string;
  /** Undefined: another daemon may have left something. */
  #shown: string | undefined;
  #saidAt = 0;

  constructor(spool: string) {
    this.#spool = spool;
  }

  /** When they are to be published again, in milliseconds since 1970; infinity if there are none. */
  get due(): number {
    return this.#shown ? this.#saidAt + SAID_EVERY : Number.POSITIVE_INFINITY;
  }

  /** Users who have their share: their own programs reject their mail for a while. */
  publish(uids: readonly number[], now: number): void {
    const shown = uids.map((uid) => `${uid}\n`).join('');
    if (shown === this.#shown && (shown === '' || Math.abs(now - this.#saidAt) < SAID_EVERY)) return;
    this.#shown = shown;
    this.#saidAt = now;
    try {
      if (shown === '') {
        rmSync(join(this.#spool, FILE), { force: true });
        return;
      }
      const temporary = join(this.#spool, 'tmp', FILE);
      writeFileSync(temporary, shown, { mode: 0o644 });
      // Whatever the daemon's umask is.
      chmodSync(temporary, 0o644);
      renameSync(temporary, join(this.#spool, FILE));
    } catch {
      // A full disk, most likely; what is not published is only found out later.
    }
  }
}

/** `now`: milliseconds since 1970. */
export function isFull(spool: string, uid: number, now: number): boolean {
  const file = join(spool, FILE);
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    // A daemon that ended reports nothing; a time in the future comes from a clock that was put back.
    if (stat === undefined || Math.abs(now - stat.mtimeMs) > BELIEVED) return false;
    return readFileSync(file, 'latin1').split('\n').includes(String(uid));
  } catch {
    return false;
  }
}
