// Whether the machine stopped while a sender was running: what it delivered in the last seconds may then look undelivered.

import { existsSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeWhole } from './commit.ts';

/** Exists while a sender is running; names the run of the machine. */
const RUNNING = 'running';
/** In place of a run of the machine: an outage before it leaves mails uncertain still. */
const OUTAGE = 'outage';

/**
 * Notes that a sender begins, on disk, and returns whether the last one was ended together with the machine. `boot` names this
 * run of the machine. That a sender was killed needs no note: what it had in hand is in `active`.
 */
export function beginRun(folder: string, boot: string): { outage: boolean } {
  const before = read(folder);
  try {
    if (before !== boot) write(folder, boot);
  } catch (error) {
    // A full disk, most likely: sending mail is what empties it.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  return { outage: before !== undefined && before !== boot };
}

/** Notes that a sender ends in order: from here on the disk has what the folders have. */
export function endRun(folder: string, areUncertain: boolean): void {
  try {
    for (const name of ['queue', 'active', 'state', 'drop', 'taken'])
      if (existsSync(join(folder, name))) syncFolder(join(folder, name));
    if (areUncertain) write(folder, OUTAGE);
    else unlinkSync(join(folder, RUNNING));
  } catch {
    // What is left marks mails as uncertain, which they are.
  }
}

function read(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, RUNNING), 'utf8');
  } catch {
    return undefined;
  }
}

function write(folder: string, text: string): void {
  const temporary = join(folder, 'tmp', RUNNING);
  rmSync(temporary, { force: true });
  writeWhole(temporary, 0o600, [Buffer.from(text)]);
  renameSync(temporary, join(folder, RUNNING));
  syncFolder(folder);
}
