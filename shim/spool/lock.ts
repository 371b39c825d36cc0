// One sender per spool: a lock of flock(2), which the kernel lets go of however its holder ends.

import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { EX, ExitError } from '../exit.ts';

const LOCK = 'lock';

/**
 * Takes the lock, waiting at most `seconds`; undefined where another holds it. Node has no flock(2), but a lock belongs to
 * the open file, which flock(1) of util-linux gets from us: it stays ours when flock(1) has ended.
 * @throws ExitError 71 where flock(1) is missing
 */
export function lockSpool(folder: string, seconds: number): { release(): void } | undefined {
  const descriptor = openSync(join(folder, LOCK), constants.O_RDWR | constants.O_CREAT, 0o600);
  for (const program of ['/usr/bin/flock', '/bin/flock', 'flock']) {
    const wait = seconds === 0 ? ['-n'] : ['-w', String(seconds)];
    const { status, error } = spawnSync(program, ['-x', ...wait, '3'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
    });
    if (error !== undefined) continue;
    if (status === 0) return { release: () => closeSync(descriptor) };
    closeSync(descriptor);
    return undefined;
  }
  closeSync(descriptor);
  throw new ExitError(EX.OSERR, 'the program flock is missing, which keeps two senders apart; install util-linux');
}
