// Whether the machine stopped while a sender was at work: what it delivered in the last seconds may then look undelivered.

import { existsSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeWhole } from './commit.ts';

/** There while a sender is at work; says during which run of the machine. */
const RUNNING = 'running';
/** In place of a run of the machine: an outage before it still leaves mails in doubt. */
const IN_DOUBT = 'outage';

/**
 * Notes that a sender begins, on disk, and tells whether the last one was ended together with the machine. `boot` names this
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

/** Notes that a sender ends in order: from here on the disk says what the folders say. */
export function endRun(folder: string, inDoubt: boolean): void {
  try {
    for (const name of ['queue', 'active', 'state', 'drop', 'taken'])
      if (existsSync(join(folder, name))) syncFolder(join(folder, name));
    if (inDoubt) write(folder, IN_DOUBT);
    else unlinkSync(join(folder, RUNNING));
  } catch {
    // What is left says that mails are in doubt, which they are.
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
