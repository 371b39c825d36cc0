// Whether a relay lately left it open if it had a mail that was sent at once: then the next ones are sent with more care, or
// a relay that is slow to take a recipient would get each of them twice.

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Touched by the sender of the spool, read by whoever sends at once. */
const DOUBT = 'doubt';
/** Milliseconds. */
const MEMORY = 3_600_000;

/** Never throws: without it a mail may arrive twice, which the log says as well. */
export function noteDoubt(folder: string): void {
  try {
    writeFileSync(join(folder, DOUBT), '', { mode: 0o644 });
  } catch {
    // A full disk, most likely.
  }
}

/** `now`: milliseconds since 1970. */
export function isInDoubt(folder: string, now: number): boolean {
  try {
    // A time in the future is a clock that was put back.
    return Math.abs(now - statSync(join(folder, DOUBT)).mtimeMs) < MEMORY;
  } catch {
    return false;
  }
}
