// The launcher, the small native program that callers start in place of this one: where it came with this program, and
// whether it runs here.

import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Program } from '../environment.ts';

/** Bytes that no launcher has; the executable of this program, of the same format, has more. */
const TOO_LARGE = 1024 * 1024;
const FORMAT = '\x7fELF';
/** Where a file of that format names its processor, and what ours are called there. */
const PROCESSOR_AT = 18;
const PROCESSORS: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
/** How each call begins that it writes. */
const MARK = 'mailshim-call 1\0';
/** The exit code by which it refuses to run another launcher. */
const ANOTHER_LAUNCHER = 69;
/** Milliseconds. */
const PATIENCE = 10_000;

/** As Node names it. */
export const machine = `${process.platform}-${process.arch}`;

/** Places beside the program's file: installed, built in a checkout, of the npm packages, and of the Debian package. */
const PLACES = [
  'launcher',
  `launcher-${machine}`,
  `../node_modules/mailshim-${machine}/bin/launcher`,
  `../../mailshim-${machine}/bin/launcher`,
  '../../bin/mailshim',
];

/** The one that came with this program; undefined where there is none for this machine. */
export function findLauncher({ script, runtime }: Program): string | undefined {
  const folder = dirname(realpathSync(script ?? runtime));
  return PLACES.map((place) => join(folder, place)).find(isLauncher);
}

/** False also for what is not there or cannot be read. */
export function isLauncher(file: string): boolean {
  try {
    const status = statSync(file);
    if (!status.isFile() || status.size > TOO_LARGE) return false;
    const bytes = readFileSync(file);
    return bytes.toString('latin1', 0, FORMAT.length) === FORMAT && bytes.includes(MARK);
  } catch {
    return false;
  }
}

/** Why a launcher does not run on this machine; undefined where it does. It is started and does nothing. */
export function whyNotRun(launcher: string): string | undefined {
  if (readFileSync(launcher).readUInt16LE(PROCESSOR_AT) !== PROCESSORS[process.arch])
    return 'it is for another processor';
  const { status, signal, error } = spawnSync(launcher, [], {
    argv0: 'mailshim',
    // As a launcher that was started by a launcher.
    env: { MAILSHIM_NAME: 'mailshim' },
    stdio: 'ignore',
    timeout: PATIENCE,
  });
  if (status === ANOTHER_LAUNCHER) return undefined;
  return (error as NodeJS.ErrnoException | undefined)?.code ?? signal ?? `exit code ${status}`;
}
