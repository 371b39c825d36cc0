// Whether it was lately uncertain if a relay had accepted a mail that was sent directly: then the next ones are sent with more
// care, or a relay that is slow to accept a recipient would get each of them twice.

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Written by the sender of the spool, read by every process that sends directly. */
const FILE = 'doubt';
/** Milliseconds. */
const MEMORY = 3_600_000;

/** Never throws: without it a mail may arrive twice, which the log has as well. */
export function noteUncertain(folder: string): void {
  try {
    writeFileSync(join(folder, FILE), '', { mode: 0o644 });
  } catch {
    // A full disk, most likely.
  }
}

/** `now`: milliseconds since 1970. */
export function wasUncertain(folder: string, now: number): boolean {
  try {
    // A time in the future is a clock that was put back.
    return Math.abs(now - statSync(join(folder, FILE)).mtimeMs) < MEMORY;
  } catch {
    return false;
  }
}
