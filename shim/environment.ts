// What a run takes from the process around it: an argument everywhere, so that tests can stand elsewhere.

import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { isatty } from 'node:tty';

export interface Environment {
  /** Folder of the system's configuration files. */
  etc: string;
  home: string | undefined;
  configHome: string | undefined;
  cacheHome: string | undefined;
  euid: number;
  now: () => Date;
  /** Hex digits of `bytes` random bytes. */
  random: (bytes: number) => string;
  /** The message is typed on a terminal. */
  interactive: boolean;
}

export function processEnvironment(): Environment {
  const { HOME, XDG_CONFIG_HOME, XDG_CACHE_HOME } = process.env;
  return {
    etc: '/etc',
    home: HOME || passwdHome(),
    configHome: XDG_CONFIG_HOME || undefined,
    cacheHome: XDG_CACHE_HOME || undefined,
    euid: process.geteuid?.() ?? 0,
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
