// A mail brought to disk: only once this returns may it be reported as accepted.

import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { EX, ExitError } from '../exit.ts';
import { describeFileError } from '../file-error.ts';
import { EntryError, encodeEntry, type Submission } from './entry.ts';
import { distrustOf, type SpoolPlace } from './place.ts';
import { isFull } from './share.ts';

/** Folders of a spool; a daemon's has `drop`, too. */
export const FOLDERS = ['tmp', 'queue', 'active', 'hold', 'failed', 'state', 'taken'] as const;
export type Folder = (typeof FOLDERS)[number] | 'drop';

/** Set on a file of the drop folder once it is whole, as in Postfix's maildrop: its submitter cannot rename it. */
export const COMMITTED = 0o100;
/** Pieces are gathered to this many bytes, so that a small mail is written at once. */
const GATHERED = 256 * 1024;
/** A name that is taken is a chance of one in 2^41, or a user's mischief. */
const ATTEMPTS = 5;

/** Sorts by time of arrival; the random half makes it unguessable enough to be unique. */
export function entryId(now: number, random: string): string {
  const time = Math.max(0, Math.floor(now)).toString(36).padStart(8, '0').slice(-8);
  const rest = Number.parseInt(random.slice(0, 13), 16).toString(36).padStart(8, '0').slice(-8);
  return (time + rest).toUpperCase();
}

export const ENTRY_ID = /^[0-9A-Z]{16}$/;
/** A call that the launcher hands to the sender; it begins with an id. */
export const CALL_NAME = /^[0-9A-Z]{16}\.call$/;

/** The name of a call's file: in the drop folder, and in `taken` while the sender has it in hand. */
export function callName(id: string): string {
  return `${id}.call`;
}

/** Its name in `taken` where it could not be put into the queue, until the sender tries again. */
export function stuckName(id: string): string {
  return `${id}.stuck`;
}

export const TAKEN_NAME = /^[0-9A-Z]{16}\.(?:call|stuck)$/;

export interface Committed {
  id: string;
}

/**
 * Writes the mail and returns its id once it will outlive a loss of power.
 * @throws ExitError 73 or 74, saying which folder and why; nothing of the mail is left then
 */
export function commit(
  place: SpoolPlace,
  submission: Submission,
  message: Iterable<Uint8Array>,
  euid: number,
  random: () => string,
): Committed {
  try {
    return place.kind === 'drop'
      ? commitDrop(place.folder, submission, message, euid, random)
      : commitPrivate(place.folder, submission, message, euid, random);
  } catch (error) {
    throw notKept(error, place.folder);
  }
}

/** What the caller learns of it; a bug stays what it is. */
export function notKept(error: unknown, folder: string): unknown {
  if (error instanceof ExitError) return error;
  if (error instanceof EntryError)
    return new ExitError(EX.DATAERR, `the mail cannot be kept in the spool: ${error.message}`);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const cannotCreate = syscall === 'open' || syscall === 'mkdir';
  return new ExitError(
    cannotCreate ? EX.CANTCREAT : EX.IOERR,
    `the mail cannot be kept in the spool ${folder}: ${describeFileError(code)}${path === undefined ? '' : ` (${path})`}`,
  );
}

/** @throws ExitError 73 where the user has used up what it may have in the drop folder */
export function refuseFull(folder: string, uid: number, now: number): void {
  if (isFull(folder, uid, now))
    throw new ExitError(
      EX.CANTCREAT,
      `the mail cannot be kept in the spool ${folder}: uid ${uid} has its share of the drop folder (drop_files, drop_bytes); try again later`,
    );
}

// write, fsync, rename, fsync of the folder: state is the folder, and a change is one rename.
function commitPrivate(
  folder: string,
  submission: Submission,
  message: Iterable<Uint8Array>,
  euid: number,
  random: () => string,
): Committed {
  prepareSpool(folder, euid);
  for (let attempt = 1; ; attempt++) {
    const id = entryId(submission.acceptedAt, random());
    const temporary = join(folder, 'tmp', id);
    try {
      writeWhole(temporary, 0o600, encodeEntry(submission, message));
      try {
        renameSync(temporary, join(folder, 'queue', id));
      } catch (error) {
        removed(temporary);
        throw error;
      }
    } catch (error) {
      // EEXIST: the name is taken. ENOENT: another process removed files of tmp while we wrote, or removed the folder.
      const { code } = error as NodeJS.ErrnoException;
      if ((code === 'EEXIST' || code === 'ENOENT') && attempt < ATTEMPTS) {
        if (code === 'ENOENT') prepareSpool(folder, euid);
        continue;
      }
      throw error;
    }
    try {
      syncFolder(join(folder, 'queue'));
    } catch (error) {
      // Where a sender has taken it by now it will be sent, and must not be reported as not accepted.
      if (!removed(join(folder, 'queue', id))) return { id };
      throw error;
    }
    return { id };
  }
}

// The submitter may write into the drop folder, and neither read nor sync it; a new file's own fsync brings its name to
// disk too (ext4, xfs, btrfs). Until the bit is set it is not a mail.
function commitDrop(
  folder: string,
  submission: Submission,
  message: Iterable<Uint8Array>,
  euid: number,
  random: () => string,
): Committed {
  refuseFull(folder, euid, submission.acceptedAt);
  for (let attempt = 1; ; attempt++) {
    const id = entryId(submission.acceptedAt, random());
    const file = join(folder, 'drop', id);
    let descriptor: number;
    try {
      descriptor = createFile(file, 0o640);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && attempt < ATTEMPTS) continue;
      throw error;
    }
    let whole = false;
    try {
      // The umask of the caller must not keep the daemon from reading.
      fchmodSync(descriptor, 0o640);
      for (const _ of writePieces(descriptor, encodeEntry(submission, message)));
      // Taken for an orphan by a daemon whose clock jumped? Once it is whole, a name that is gone means that it was taken in.
      if (fstatSync(descriptor).nlink === 0)
        throw Object.assign(new Error('removed'), { code: 'ENOENT', syscall: 'write' });
      fchmodSync(descriptor, 0o640 | COMMITTED);
      whole = true;
      fsyncSync(descriptor);
      return { id };
    } catch (error) {
      // Where the daemon has taken it by now it will be sent, and must not be reported as not accepted.
      if (!removed(file) && whole) return { id };
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && attempt < ATTEMPTS) continue;
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }
}

/** A file with exactly these pieces, on disk; its name is not yet safe. @throws the system's error */
export function writeWhole(file: string, mode: number, pieces: Iterable<Uint8Array>): void {
  const descriptor = createFile(file, mode);
  try {
    for (const _ of writePieces(descriptor, pieces));
    fsyncSync(descriptor);
  } catch (error) {
    removed(file);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** New, and not through a link. @throws the system's error */
export function createFile(file: string, mode: number): number {
  return openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode);
}

/** Writes all of them while it is gone through, and gives the bytes of each write. */
export function* writePieces(descriptor: number, pieces: Iterable<Uint8Array>): Generator<number> {
  let held: Uint8Array[] = [];
  let size = 0;
  const flush = (): number => {
    const piece = held.length === 1 ? held[0]! : Buffer.concat(held);
    for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at, piece.length - at);
    held = [];
    size = 0;
    return piece.length;
  };
  for (const piece of pieces) {
    // What is large already is not copied first.
    if (size + piece.length > GATHERED && held.length > 0) yield flush();
    held.push(piece);
    size += piece.length;
  }
  yield flush();
}

/** Makes the folders of a private spool where they are missing. @throws ExitError 73 for one that others could write */
export function prepareSpool(folder: string, euid: number): void {
  const last = join(folder, FOLDERS[FOLDERS.length - 1]!);
  if (!existsSync(last)) {
    makeFolder(folder);
    for (const name of FOLDERS) makeFolder(join(folder, name));
  }
  const distrust = distrustOf(folder, euid);
  if (distrust !== undefined) throw new ExitError(EX.CANTCREAT, `the spool ${folder} ${distrust}`);
}

// A mail is no safer than the name of the folder that holds it.
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  syncFolder(dirname(folder));
}

/** Brings the names in a folder to disk. */
export function syncFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    // The parent of a home may be closed to us; the folders within it are ours.
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return;
    throw error;
  }
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** True where the file was there and is gone now; never throws. */
export function removed(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}
