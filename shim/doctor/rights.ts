// What a user may do with a file: asked of the system as that user where that can be, else read from owner and mode.

import { spawnSync } from 'node:child_process';
import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Person } from './person.ts';

export type Right = 'read' | 'write' | 'search';
const BITS: Record<Right, number> = { read: 4, write: 2, search: 1 };
/** Of test(1): by the rights of the user that runs it, lists of access, capabilities and read-only mounts included. */
const TESTS: Record<Right, string> = { read: '-r', write: '-w', search: '-x' };
/** Milliseconds; a file of a network that is away must not hold up all. */
const PATIENCE = 10_000;

/** The system's own rule: owner, else group, else the others. */
export function may(person: Person, right: Right, stat: Stats): boolean {
  if (person.uid === 0) return true;
  const isGroups = stat.gid === person.gid || person.groups?.includes(stat.gid) === true;
  const shift = stat.uid === person.uid ? 6 : isGroups ? 3 : 0;
  return ((stat.mode >> shift) & BITS[right]) !== 0;
}

/** Undefined where the file is not there; false also where a folder above it cannot be entered. */
export function mayReach(person: Person, right: Right, file: string): boolean | undefined {
  let stat: Stats;
  try {
    stat = statSync(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? false : undefined;
  }
  const asked = runAs(person, 'test', [TESTS[right], file]);
  if (asked?.status === 0) return true;
  if (asked?.status === 1) return false;
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (!may(person, 'search', statSync(folder))) return false;
  }
  return may(person, right, stat);
}

export interface RanAs {
  /** Null where it was ended by a signal. */
  status: number | null;
  stderr: string;
}

/** The command line that runs a program with the rights of that user; undefined where that cannot be. */
export function commandAs(
  { uid, gid, groups = [] }: Person,
  program: string,
  args: readonly string[],
): [string, readonly string[]] | undefined {
  const euid = process.geteuid?.();
  if (euid === uid) return [program, args];
  if (euid !== 0) return undefined;
  const rights = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
  return ['setpriv', ['--reuid', String(uid), '--regid', String(gid), ...rights, '--', program, ...args]];
}

/** With the rights of that user and an empty environment, as FPM starts programs; undefined where that cannot be. */
export function runAs(
  person: Person,
  program: string,
  args: readonly string[],
  input = '',
  patience = PATIENCE,
): RanAs | undefined {
  const command = commandAs(person, program, args);
  if (command === undefined) return undefined;
  const ran = spawnSync(command[0], command[1], {
    encoding: 'utf8',
    cwd: '/',
    timeout: patience,
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  if (ran.error !== undefined || (ran.status !== 0 && /^setpriv: /.test(ran.stderr))) return undefined;
  return { status: ran.status, stderr: ran.stderr };
}
