// Pre-flight answers, kept on disk for their time to live: one small file each, readable only by this user.

import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CacheSurroundings {
  /** $XDG_CACHE_HOME. */
  cacheHome: string | undefined;
  home: string | undefined;
  euid: number;
}

/** Files kept; a shop has few senders, and many forged ones must not fill the disk. */
const MAX_FILES = 512;
const NAME = /^[0-9a-f]{64}\.json$/;

export class AnswerCache {
  readonly #folder: string | undefined;

  /** `directive` is a directory, `off`, or undefined for the cache directory of the user. */
  constructor(directive: string | undefined, surroundings: CacheSurroundings) {
    this.#folder = directive === 'off' ? undefined : openFolder(directive, surroundings);
  }

  /** The value stored for the key, until it expires. */
  read(key: unknown, now: Date): unknown {
    if (this.#folder === undefined) return undefined;
    try {
      const stored = JSON.parse(readFileSync(join(this.#folder, fileName(key)), 'utf8')) as {
        expires?: unknown;
        value?: unknown;
      };
      return typeof stored.expires === 'number' && stored.expires > now.getTime() ? stored.value : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps the value for `ttl` seconds; an error is ignored. `random` makes the temporary name. */
  write(key: unknown, value: unknown, ttl: number, now: Date, random: string): void {
    if (this.#folder === undefined || !(ttl > 0)) return;
    const temporary = join(this.#folder, `.${random}.tmp`);
    try {
      const text = JSON.stringify({ expires: now.getTime() + ttl * 1000, value });
      writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 });
      // Renamed, so that a reader never sees a part of an answer.
      renameSync(temporary, join(this.#folder, fileName(key)));
      this.prune();
    } catch {
      try {
        unlinkSync(temporary);
      } catch {}
    }
  }

  private prune(): void {
    const folder = this.#folder;
    if (folder === undefined) return;
    const names = readdirSync(folder).filter((name) => NAME.test(name));
    if (names.length <= MAX_FILES) return;
    const aged = names.map((name) => ({ name, mtime: statSync(join(folder, name)).mtimeMs }));
    aged.sort((a, b) => a.mtime - b.mtime);
    for (const { name } of aged.slice(0, names.length - MAX_FILES / 2)) {
      unlinkSync(join(folder, name));
    }
  }
}

function fileName(key: unknown): string {
  return `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}.json`;
}

function openFolder(directive: string | undefined, { cacheHome, home, euid }: CacheSurroundings): string | undefined {
  const wanted: string[] = [];
  if (directive !== undefined) wanted.push(directive);
  else {
    if (cacheHome !== undefined) wanted.push(join(cacheHome, 'mailshim'));
    // passwd has a home that does not exist for users without one, and root could create it.
    else if (home !== undefined && existsSync(home)) wanted.push(join(home, '.cache', 'mailshim'));
    // www-data may often not write to its home.
    wanted.push(join(tmpdir(), `mailshim-${euid}`));
  }
  return wanted.find((folder) => isPrivateFolder(folder, euid));
}

// In a shared /tmp another user may have made the directory, or a link with its name, to forge answers.
function isPrivateFolder(folder: string, euid: number): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stats = lstatSync(folder);
    return stats.isDirectory() && stats.uid === euid && (stats.mode & 0o077) === 0;
  } catch {
    return false;
  }
}
