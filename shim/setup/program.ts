// Where the program and its launcher are installed, the line for php.ini, and whether a launcher runs here.

import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Program } from '../environment.ts';
import { readFileOnce } from '../read-file.ts';

/** sendmail_path for mailshim; --lock keeps text of visitors out of the options. */
export function sendmailPathFor(program: string): string {
  return `${program} --lock -t -i`;
}

/** Paths of `mailshim install` and of the Debian package. */
export const PROGRAM_PLACES = ['/usr/local/bin/mailshim', '/usr/bin/mailshim'] as const;

/** The path of the program; where it is not installed, that of `mailshim install`. */
export function programPlace(root: string): string {
  return PROGRAM_PLACES.find((place) => existsSync(join(root, place))) ?? PROGRAM_PLACES[0];
}

/** Bytes; the executable of this program, of the same format, has a hundred times as many. */
const LARGEST = 1024 * 1024;
const FORMAT = '\x7fELF';
/** Offset of the processor in an ELF file, and the numbers of supported ones. */
const PROCESSOR_AT = 18;
const PROCESSORS: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
/** The beginning of each call that it writes. */
const MARK = 'mailshim-call 1\0';
/** Its exit code instead of running another launcher. */
const ANOTHER_LAUNCHER = 69;
/** Milliseconds. */
const PATIENCE = 10_000;
/** As Node names it. */
export const platform = `${process.platform}-${process.arch}`;

/** Relative to the program: installed, built in a checkout, of the npm packages, and of the Debian package. */
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
  // For a program in /tmp, other users may have written theirs.
  const trusted = [0, process.geteuid?.(), statSync(program).uid];
  for (const place of PLACES) {
    const file = join(dirname(program), place);
    const read = readLauncher(file);
    if (read !== undefined && trusted.includes(read.uid) && trusted.includes(read.linkUid ?? read.uid))
      return { file, content: read.content };
  }
  return undefined;
}

/** False also for a file that is missing or not readable. */
export function isLauncher(file: string): boolean {
  return readLauncher(file) !== undefined;
}

/** Undefined where it is not a launcher, or others may write it. */
function readLauncher(file: string): { content: Buffer; uid: number; linkUid?: number } | undefined {
  const read = readFileOnce(file, { encoding: 'latin1', maximum: LARGEST });
  if ('why' in read || !read.text.startsWith(FORMAT) || !read.text.includes(MARK)) return undefined;
  return (read.mode & 0o002) === 0 ? { ...read, content: Buffer.from(read.text, 'latin1') } : undefined;
}

export function isForThisProcessor({ content }: Launcher): boolean {
  return content.readUInt16LE(PROCESSOR_AT) === PROCESSORS[process.arch];
}

/** Why a launcher does not run on this platform; undefined where it does. It is started and exits. */
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
