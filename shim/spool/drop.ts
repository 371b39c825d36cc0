// The drop folder of a daemon (mode 3733): other users' mails are taken out of it, looked at with distrust, and copied.

import { lstatSync, opendirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { EX, ExitError } from '../exit.ts';
import { filePieces } from '../file-pieces.ts';
import { COMMITTED, ENTRY_ID, entryId, removed, syncFolder, writeWhole } from './commit.ts';
import { EntryError, encodeEntry, openEntry, type Submission } from './entry.ts';
import { findMail, type MailState } from './listing.ts';
import type { Spool } from './queue.ts';

/** Milliseconds after which a file that was never committed is a submitter's that ended. */
const ORPHAN_AGE = 3_600_000;
/** Mails taken at once, so that sending has its turn. */
const BATCH = 500;

export interface Collected {
  /** Each mail that was taken, with the user that dropped it. */
  taken: { id: string; uid: number }[];
  /** What was not taken, and why. */
  complaints: string[];
  /** More are there. */
  more: boolean;
}

/** Takes committed mails into the queue; each is safe there before it leaves the drop folder. */
export function collectDrop(spool: Spool, now: number, random: () => string): Collected {
  const folder = join(spool.folder, 'drop');
  const result: Collected = { taken: [], complaints: [], more: false };
  const copied: string[] = [];
  const directory = opendirSync(folder, { bufferSize: 256 });
  try {
    for (let found = directory.readSync(); found !== null; found = directory.readSync()) {
      if (copied.length >= BATCH) {
        result.more = true;
        break;
      }
      if (!ENTRY_ID.test(found.name)) continue;
      const file = join(folder, found.name);
      const state = inspect(file, now);
      if (state === 'orphan') removed(file);
      if (state !== 'whole') continue;
      try {
        const taken = copy(spool, file, found.name, random);
        if (taken !== undefined) result.taken.push(taken);
        copied.push(file);
      } catch (error) {
        result.complaints.push(refuse(spool, file, found.name, error, now, random));
      }
    }
  } finally {
    directory.closeSync();
  }
  if (copied.length > 0) {
    // One look at the disk for all: none is gone from the drop folder before all are safe in the queue.
    syncFolder(join(spool.folder, 'queue'));
    for (const file of copied) removed(file);
  }
  return result;
}

function inspect(file: string, now: number): 'whole' | 'unfinished' | 'orphan' {
  try {
    const stat = lstatSync(file);
    if (stat.isFile() && (stat.mode & COMMITTED) !== 0) return 'whole';
    return now - stat.mtimeMs > ORPHAN_AGE ? 'orphan' : 'unfinished';
  } catch {
    return 'unfinished';
  }
}

/**
 * Copied and not moved: the submitter may still have the file open, or linked somewhere. Undefined where a collector that
 * ended before it could remove the file has taken the mail already.
 */
function copy(spool: Spool, file: string, name: string, random: () => string): { id: string; uid: number } | undefined {
  const entry = openEntry(file);
  try {
    const { submission, uid } = entry;
    if (submission.file !== undefined || submission.overrides !== undefined) {
      throw new EntryError('corrupt', 'names settings of its own, which a daemon takes from nobody');
    }
    const known = findMail(spool, name);
    if (known !== undefined && isSame(spool, known, name, submission, uid)) return undefined;
    const id = known === undefined ? name : entryId(submission.acceptedAt, random());
    const pieces = filePieces(
      entry.descriptor,
      entry.start,
      entry.size,
      () => new EntryError('corrupt', 'ends too soon'),
    );
    const temporary = spool.path('tmp', id);
    removed(temporary);
    writeWhole(temporary, 0o600, encodeEntry({ ...submission, submittedBy: uid }, pieces));
    renameSync(temporary, spool.path('queue', id));
    return { id, uid };
  } finally {
    entry.close();
  }
}

function isSame(spool: Spool, state: MailState, name: string, { seed }: Submission, uid: number): boolean {
  try {
    const { submission, close } = openEntry(spool.path(state, name), { verify: false });
    close();
    return submission.seed === seed && submission.submittedBy === uid;
  } catch (error) {
    if (error instanceof EntryError) return false;
    throw error;
  }
}

function refuse(spool: Spool, file: string, name: string, error: unknown, now: number, random: () => string): string {
  if (!(error instanceof EntryError)) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof ExitError) throw error;
    // A full disk, most likely: the mail is as safe in the drop folder as it was.
    return `drop/${name} cannot be taken into the queue for now (${code})`;
  }
  if (error.kind !== 'corrupt') return `drop/${name} cannot be read (${error.message})`;
  // The submitter chose the name: it must not take the place of a mail that failed.
  const id = findMail(spool, name) === undefined ? name : entryId(now, random());
  try {
    renameSync(file, spool.path('failed', id));
  } catch {}
  return `drop/${name} ${error.message}; moved to failed/${id}`;
}

/** @throws ExitError 78 where the folder is missing, or so open that others could take mail out of it */
export function checkDrop(folder: string): void {
  const drop = join(folder, 'drop');
  let mode: number;
  try {
    mode = lstatSync(drop).mode & 0o7777;
  } catch {
    throw new ExitError(EX.CONFIG, `${drop} is missing; make it by: mkdir -m 3733 ${drop}`);
  }
  if ((mode & 0o044) !== 0 || (mode & 0o1000) === 0) {
    throw new ExitError(
      EX.CONFIG,
      `${drop} has mode ${mode.toString(8)}, so that others could read or remove mail; chmod 3733 ${drop}`,
    );
  }
}
