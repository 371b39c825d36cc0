// One sender per spool: a lock of flock(2), which the kernel lets go of however its holder ends.

import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EX, ExitError } from '../exit.ts';

const LOCK = 'lock';
/**
 * Locked as well: the file may be removed while it is locked, and a second sender would lock a new one. This folder holds
 * mail, and unlike that of the spool no other user can open it, and so lock it.
 */
const FOLDER = 'queue';
/** Exit status of flock(1) where another holds the lock. */
const HELD = 1;
/** Times that what was locked may have been exchanged meanwhile. */
const ATTEMPTS = 5;

/**
 * Takes the lock, waiting at most `seconds`; undefined where another holds it. Node has no flock(2), but a lock belongs to
 * the open file, which flock(1) of util-linux gets from us: it stays ours when flock(1) has ended.
 * @throws ExitError 71 where flock(1) is missing
 */
export function lockSpool(folder: string, seconds: number): { release(): void } | undefined {
  for (let attempt = 1; ; attempt++) {
    const queue = openSync(join(folder, FOLDER), constants.O_RDONLY | constants.O_DIRECTORY);
    const file = openSync(join(folder, LOCK), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    const release = () => {
      closeSync(queue);
      closeSync(file);
    };
    let held: boolean;
    try {
      // Not every network file system locks a folder; there the file has to do.
      held = flock(file, seconds) !== 0 || flock(queue, seconds) === HELD;
    } catch (error) {
      release();
      throw error;
    }
    if (!held && (isAt(file, join(folder, LOCK)) || attempt === ATTEMPTS)) return { release };
    release();
    if (held) return undefined;
  }
}

/** Its exit status. */
function flock(descriptor: number, seconds: number): number {
  const wait = seconds === 0 ? ['-n'] : ['-w', String(seconds)];
  for (const program of ['/usr/bin/flock', '/bin/flock', 'flock']) {
    const { status, error } = spawnSync(program, ['-x', ...wait, '3'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
    });
    if (error === undefined) return status ?? HELD;
  }
  throw new ExitError(EX.OSERR, 'the program flock is missing, which keeps two senders apart; install util-linux');
}

function isAt(descriptor: number, path: string): boolean {
  const { dev, ino } = fstatSync(descriptor);
  const there = statSync(path, { throwIfNoEntry: false });
  return there?.ino === ino && there.dev === dev;
}
