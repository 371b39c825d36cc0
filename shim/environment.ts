// What a run takes from the process around it: an argument everywhere, so that tests can stand elsewhere.

import { randomBytes } from 'node:crypto';
import { homedir, hostname } from 'node:os';
import { isatty } from 'node:tty';

export interface Environment {
  /** Folder of the system's configuration files. */
  etc: string;
  home: string | undefined;
  configHome: string | undefined;
  cacheHome: string | undefined;
  euid: number;
  email: string | undefined;
  smtpServer: string | undefined;
  /** Name of this machine, for the greeting of -bs. */
  host: string;
  now: () => Date;
  /** Hex digits of `bytes` random bytes. */
  random: (bytes: number) => string;
  /** The message is typed on a terminal. */
  interactive: boolean;
}

export function processEnvironment(): Environment {
  const { HOME, XDG_CONFIG_HOME, XDG_CACHE_HOME, EMAIL, SMTPSERVER } = process.env;
  return {
    etc: '/etc',
    home: HOME || passwdHome(),
    configHome: XDG_CONFIG_HOME || undefined,
    cacheHome: XDG_CACHE_HOME || undefined,
    email: EMAIL,
    smtpServer: SMTPSERVER,
    euid: process.geteuid?.() ?? 0,
    host: hostname().replace(/[^A-Za-z0-9.-]/g, '') || 'localhost',
    now: () => new Date(),
    random: (bytes) => randomBytes(bytes).toString('hex'),
    interactive: isatty(0),
  };
}

// php-fpm starts programs with an empty environment; a uid without an entry in passwd has no home at all.
function passwdHome(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}
