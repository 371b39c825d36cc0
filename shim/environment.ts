// What a run takes from its process: passed as an argument everywhere, so that tests can give other values.

import { closeSync, existsSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Diagnostic } from './exit.ts';

/** The daemon's spool, which the Debian package and `mailshim init` make. */
const SYSTEM_SPOOL = '/var/spool/mailshim';

export interface Environment {
  /** Directory of the system's configuration files. */
  etc: string;
  home: string | undefined;
  configHome: string | undefined;
  cacheHome: string | undefined;
  /** $XDG_STATE_HOME. */
  stateHome: string | undefined;
  /** Directory of the daemon's spool. */
  systemSpool: string;
  euid: number;
  email: string | undefined;
  smtpServer: string | undefined;
  /** Name of this machine, for the greeting of -bs. */
  host: string;
  now: () => Date;
  /** Hex digits of `bytes` random bytes. */
  random: (bytes: number) => string;
  /** Of this program; undefined in tests. */
  version?: string;
  /** The command that runs this program; without it no sender is started. */
  program?: () => readonly string[];
  /** Standard input is a terminal. */
  interactive: boolean;
  /**
   * Writes lines to syslog; returns what to print on stderr if that failed. `facility`: the value of the directive. By
   * default a logger(1) is started for each mail.
   */
  syslog?: (facility: string, lines: readonly string[]) => Diagnostic[];
}

/** The part of an environment that decides which configuration and which spool are used. */
export type Places = Pick<
  Environment,
  'etc' | 'home' | 'configHome' | 'stateHome' | 'systemSpool' | 'email' | 'smtpServer'
>;

/** From the variables of a process of this user. */
export function placesOf(variables: Readonly<Record<string, string | undefined>>): Places {
  const { HOME, XDG_CONFIG_HOME, XDG_STATE_HOME, MAILSHIM_ETC, MAILSHIM_SPOOL, EMAIL, SMTPSERVER } = variables;
  return {
    etc: MAILSHIM_ETC || '/etc',
    home: HOME || passwdHome(),
    configHome: XDG_CONFIG_HOME || undefined,
    stateHome: XDG_STATE_HOME || undefined,
    systemSpool: MAILSHIM_SPOOL || SYSTEM_SPOOL,
    email: EMAIL,
    smtpServer: SMTPSERVER,
  };
}

export function processEnvironment(): Environment {
  return {
    ...placesOf(process.env),
    cacheHome: process.env.XDG_CACHE_HOME || undefined,
    euid: process.geteuid?.() ?? 0,
    // Few runs need it, and node:os is not loaded otherwise.
    get host() {
      return (
        process
          .getBuiltinModule('node:os')
          .hostname()
          .replace(/[^A-Za-z0-9.-]/g, '') || 'localhost'
      );
    },
    now: () => new Date(),
    random: randomHex,
    interactive: isTerminal(0),
  };
}

// Only a character device can be a terminal; for others node:tty, which loads the network, is not needed.
function isTerminal(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(descriptor);
  } catch {
    return false;
  }
}

// The same source as node:crypto, without the 6 ms that loading node:crypto takes.
function randomHex(bytes: number): string {
  let descriptor: number;
  try {
    descriptor = openSync('/dev/urandom', 'r');
  } catch {
    // A chroot may have no /dev.
    return process.getBuiltinModule('node:crypto').randomBytes(bytes).toString('hex');
  }
  try {
    const buffer = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; ) at += readSync(descriptor, buffer, at, bytes - at, null);
    return buffer.toString('hex');
  } finally {
    closeSync(descriptor);
  }
}

// php-fpm starts programs with an empty environment; a uid without an entry in passwd has no home. Not the HOME of this
// process, since the home may be that of a caller.
function passwdHome(): string | undefined {
  try {
    return process.getBuiltinModule('node:os').userInfo().homedir || undefined;
  } catch {
    return undefined;
  }
}

export interface Program {
  /** The file that Node reads; undefined in the executable, which contains the program. */
  script: string | undefined;
  /** Node, or the executable. */
  runtime: string;
}

/** Where packages and `mailshim install` put the program. */
const PROGRAM_FILES = ['/usr/lib/mailshim/mailshim', '/usr/local/lib/mailshim/mailshim'];

/** In the executable, argv[1] is the name that it was called by. */
export function ownProgram(): Program {
  if (!process.getBuiltinModule('node:sea').isSea()) return { script: process.argv[1], runtime: process.execPath };
  return { script: undefined, runtime: executableFile(process.execPath) };
}

/** `path`: where /proc is missing, as in a chroot, it is only the name that the executable was called by. */
function executableFile(path: string): string {
  if (isAbsolute(path)) return path;
  const isName = path === basename(path);
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
  const found = isName ? [...PROGRAM_FILES, ...folders.map((folder) => join(folder, path))] : [resolve(path)];
  return found.find((file) => existsSync(file)) ?? path;
}

/** The command that runs this program. */
export function ownCommand(): string[] {
  const { script, runtime } = ownProgram();
  return script === undefined ? [runtime] : [runtime, realPath(script)];
}

/** Unresolved if the file was removed meanwhile: the mail is stored by then. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
