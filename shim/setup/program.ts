// Where the program and its launcher are installed, the line for php.ini, and whether a launcher runs here.

import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Program } from '../environment.ts';
import { readFileOnce } from '../read-file.ts';

/** The setting that sends through mailshim with nothing from visitors getting in. */
export function sendmailPathFor(program: string): string {
  return `${program} --lock -t -i`;
}

/** Where `mailshim install` and the Debian package put the program. */
export const PROGRAM_PLACES = ['/usr/local/bin/mailshim', '/usr/bin/mailshim'] as const;

/** Where it is; where it is nowhere yet, where `mailshim install` will put it. */
export function programPlace(root: string): string {
  return PROGRAM_PLACES.find((place) => existsSync(join(root, place))) ?? PROGRAM_PLACES[0];
}

/** Bytes; the executable of this program, of the same format, has a hundred times as many. */
const LARGEST = 1024 * 1024;
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
export const platform = `${process.platform}-${process.arch}`;

/** Places beside the program's file: installed, built in a checkout, of the npm packages, and of the Debian package. */
const PLACES = [
  'launcher',
  `launcher-${platform}`,
  `../node_modules/mailshim-${platform}/bin/launcher`,
  `../../mailshim-${platform}/bin/launcher`,
  '../../bin/mailshim',
];

export interface Launcher {
  file: string;
  content: Buffer;
}

/** The one that came with this program; undefined where there is no launcher for this platform. */
export function findLauncher({ script, runtime }: Program): Launcher | undefined {
  const program = realpathSync(script ?? runtime);
  // Beside a program in /tmp, others may have put theirs.
  const trusted = [0, process.geteuid?.(), statSync(program).uid];
  for (const place of PLACES) {
    const file = join(dirname(program), place);
    const read = readLauncher(file);
    if (read !== undefined && trusted.includes(read.uid) && trusted.includes(read.linkUid ?? read.uid))
      return { file, content: read.content };
  }
  return undefined;
}

/** False also for what is not there or cannot be read. */
export function isLauncher(file: string): boolean {
  return readLauncher(file) !== undefined;
}

/** Undefined where it is no launcher, or others may write it. */
function readLauncher(file: string): { content: Buffer; uid: number; linkUid?: number } | undefined {
  const read = readFileOnce(file, { encoding: 'latin1', maximum: LARGEST });
  if ('why' in read || !read.text.startsWith(FORMAT) || !read.text.includes(MARK)) return undefined;
  return (read.mode & 0o002) === 0 ? { ...read, content: Buffer.from(read.text, 'latin1') } : undefined;
}

export function isForThisProcessor({ content }: Launcher): boolean {
  return content.readUInt16LE(PROCESSOR_AT) === PROCESSORS[process.arch];
}

/** Why a launcher does not run on this platform; undefined where it does. It is started and does nothing. */
export function whyNotRun(launcher: string): string | undefined {
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
