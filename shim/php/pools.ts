// Pools of php-fpm: user, socket, and settings of PHP.

import { dirname, join } from 'node:path';
import { readFileOnce } from '../read-file.ts';
import { glob } from './glob.ts';
import { type PhpValues, SETTINGS, type SettingName, unquoted } from './ini.ts';

export interface Pool {
  name: string;
  file: string;
  user?: string;
  group?: string;
  /** As written: a path, a port, or an address with one. */
  listen?: string;
  chroot?: string;
  /** `env[HOME]`. */
  home?: string;
  values: PhpValues;
}

/** `include` within `include`: more is a loop. */
const DEPTH = 4;
const SECTION = /^\s*\[([^\]]+)\]/;
const LINE = /^\s*([\w.]+)(?:\[([^\]]+)\])?\s*=\s*(.*?)\s*$/;

/** Pools of these files and of what they include. `root`: where paths in them begin. */
export function readPools(root: string, files: readonly string[]): Pool[] {
  const pools = new Map<string, Pool>();
  const seen = new Set<string>();
  for (const file of files) readInto(pools, root, file, seen, 0);
  return [...pools.values()];
}

function readInto(pools: Map<string, Pool>, root: string, file: string, seen: Set<string>, depth: number): void {
  if (seen.has(file) || depth > DEPTH) return;
  seen.add(file);
  const read = readFileOnce(file);
  if ('why' in read) return;
  let pool: Pool | undefined;
  for (const [index, line] of read.text.split('\n').entries()) {
    const section = SECTION.exec(line)?.[1]?.trim();
    if (section !== undefined) {
      pool = section === 'global' ? undefined : (pools.get(section) ?? { name: section, file, values: {} });
      if (pool !== undefined) pools.set(section, pool);
      continue;
    }
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, word = '', key, text = ''] = match;
    if (word === 'include') {
      const pattern = unquoted(text);
      const found = pattern.startsWith('/') ? glob(root, pattern) : glob(dirname(file), pattern);
      for (const { path } of found) readInto(pools, root, path, seen, depth + 1);
    } else if (pool !== undefined) takeLine(pool, word, key, text.replaceAll('$pool', pool.name), file, index + 1);
  }
}

function takeLine(pool: Pool, word: string, key: string | undefined, text: string, file: string, line: number): void {
  const value = unquoted(text);
  if (/^php_(?:admin_)?(?:value|flag)$/.test(word)) {
    if (SETTINGS.some((name) => name === key)) pool.values[key as SettingName] = { value, file, line };
  } else if (word === 'env' && key === 'HOME') pool.home = value;
  else if (word === 'user' || word === 'group' || word === 'listen' || word === 'chroot') {
    if (value !== '') pool[word] = value;
  }
}

/** Pools in the output of `php-fpm -tt`. */
export function poolsInDump(text: string, conf: string): Pool[] {
  const pools: Pool[] = [];
  for (const line of text.split('\n')) {
    const said = /NOTICE: (.*)$/.exec(line)?.[1];
    if (said === undefined) continue;
    const section = SECTION.exec(said)?.[1];
    if (section !== undefined) {
      if (section !== 'global') pools.push({ name: section, file: conf, values: {} });
      continue;
    }
    const match = LINE.exec(said);
    const pool = pools.at(-1);
    if (match === null || pool === undefined || match[3] === 'undefined') continue;
    takeLine(pool, match[1]!, match[2], match[3]!, conf, 0);
  }
  return pools;
}

/** Socket of a pool within `root`, or host and port; undefined where it names none. */
export function listenerOf(
  pool: Pick<Pool, 'listen'>,
  root: string,
): { path: string } | { host: string; port: number } | undefined {
  const { listen } = pool;
  if (listen === undefined) return undefined;
  if (listen.startsWith('/')) return { path: join(root || '/', listen) };
  const match = /^(?:(.*):)?(\d{1,5})$/.exec(listen);
  if (match === null) return undefined;
  const host = (match[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  // A pool that listens on all addresses is reached on the loopback address.
  return {
    host: host === '' || host === '0.0.0.0' || host === '::' || host === '*' ? '127.0.0.1' : host,
    port: Number(match[2]),
  };
}
