// Users who have their share of the drop folder, told to their own programs, which then refuse a mail instead of leaving it.

import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'full';
/** Milliseconds between two times that the daemon says so, and after which it is not believed any more. */
export const SAID_EVERY = 30_000;
const BELIEVED = 2 * SAID_EVERY;

/** Never throws: what is not told is only found out later. */
export function publishFull(spool: string, uids: readonly number[]): void {
  try {
    if (uids.length === 0) {
      rmSync(join(spool, FILE), { force: true });
      return;
    }
    const temporary = join(spool, 'tmp', FILE);
    writeFileSync(temporary, uids.map((uid) => `${uid}\n`).join(''), { mode: 0o644 });
    // Whatever the daemon's umask is.
    chmodSync(temporary, 0o644);
    renameSync(temporary, join(spool, FILE));
  } catch {
    // A full disk, most likely.
  }
}

/** `now`: milliseconds since 1970. */
export function isFull(spool: string, uid: number, now: number): boolean {
  const file = join(spool, FILE);
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    // A daemon that ended says nothing; a time in the future is a clock that was put back.
    if (stat === undefined || Math.abs(now - stat.mtimeMs) > BELIEVED) return false;
    return readFileSync(file, 'latin1').split('\n').includes(String(uid));
  } catch {
    return false;
  }
}
