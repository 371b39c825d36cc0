// Whether a private spool's sender is running, by a FIFO; and how one is started.

import { closeSync, constants, fstatSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFileOnce } from '../read-file.ts';
import { removed } from './commit.ts';

/** Makes the program a sender: called as "sendmail" it has no command line for that. */
export const SENDER_VARIABLE = 'MAILSHIM_SENDER';
/** Held open for reading by a sender that is running. */
export const AWAKE = 'awake';
/** Written to have every mail tried now. */
export const FLUSH = 'flush';
/** The version of the sender that is running, or was the last. */
const VERSION = 'version';
/** Characters of a version; the file may be another's. */
const LONGEST = 64;
/** Made by the process that starts a sender; the sender removes it. */
const STARTING = 'starting';
/** Milliseconds in which a sender that was started must be running; after them it counts as ended. */
const START_TIME = 5000;

/** A sender is running: it sees what comes into the folder. */
export function isAwake(folder: string): boolean {
  try {
    // ENXIO: no process reads.
    const descriptor = openSync(join(folder, AWAKE), constants.O_WRONLY | constants.O_NONBLOCK);
    // A copy of a spool may hold a plain file in its place, which every user can open.
    const isPipe = fstatSync(descriptor).isFIFO();
    closeSync(descriptor);
    return isPipe;
  } catch {
    return false;
  }
}

/** True for the one of many callers that is to start the sender. */
export function claimStart(folder: string, now: number): boolean {
  const marker = join(folder, STARTING);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      closeSync(openSync(marker, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return true;
    }
    if (!isOld(marker, now)) return false;
    removed(marker);
  }
  return false;
}

/** Called by a sender once it reads the FIFO. */
export function started(folder: string): void {
  removed(join(folder, STARTING));
}

/** A sender works without it, too. */
export function writeVersion(folder: string, version: string): void {
  try {
    removed(join(folder, VERSION));
    writeFileSync(join(folder, VERSION), version, { flag: 'wx', mode: 0o644 });
  } catch {
    // The disk may be full.
  }
}

/** Undefined where it is not known. */
export function versionOfSender(folder: string): string | undefined {
  const read = readFileOnce(join(folder, VERSION));
  return 'why' in read ? undefined : read.text.trim().slice(0, LONGEST) || undefined;
}

/** Asks the sender that is running to try every mail now. */
export function requestFlush(folder: string): void {
  writeFileSync(join(folder, FLUSH), '', { mode: 0o600 });
}

/** Removes the request to try every mail now; false where there is none. */
export function takeFlush(folder: string): boolean {
  try {
    unlinkSync(join(folder, FLUSH));
    return true;
  } catch {
    return false;
  }
}

function isOld(marker: string, now: number): boolean {
  try {
    const age = now - statSync(marker).mtimeMs;
    // A time in the future is a clock that was put back.
    return age > START_TIME || age < -START_TIME;
  } catch {
    return true;
  }
}
