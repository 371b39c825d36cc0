// The settings as PHP reports them: php.ini by the command line, pools by FPM.

import { spawnSync } from 'node:child_process';
import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { type PhpValue, type PhpValues, SETTINGS } from './ini.ts';
import { type Pool, poolsInDump } from './pools.ts';
import type { Php } from './sites.ts';

/** Milliseconds and bytes: PHP prints one line within a tenth of a second; FPM prints thirty lines for each pool. */
const PATIENCE = 10_000;
const LONGEST = 16 * 1024 * 1024;
const QUESTION = `echo "\\n@", json_encode(array_map('ini_get', [${SETTINGS.map((name) => `'${name}'`).join(',')}]));`;

export interface Asked {
  php: Php;
  /** Error of FPM with these files. */
  broken?: string;
  /** Path of a PHP that did not answer. */
  silent?: string;
}

/** `php` as its programs report it; as the files have it where a program is missing, or not safe to run. */
export function askPhp(php: Php): Asked {
  const asked: Asked = { php };
  if (php.cli !== undefined && isSafe(php.cli)) {
    const said = askSettings(php.cli, php);
    if (said === undefined) asked.silent = php.cli;
    else asked.php = { ...asked.php, values: withSaid(php.values, said, php.ini) };
  }
  if (php.fpm !== undefined && php.pools.length > 0 && process.geteuid?.() === 0 && isSafe(php.fpm)) {
    const said = askPools(php.fpm, php);
    if ('broken' in said) asked.broken = said.broken;
    else asked.php = { ...asked.php, pools: merged(php.pools, said.pools) };
  }
  return asked;
}

/** Values by name; null where this PHP does not know the setting. */
function askSettings(program: string, { ini, scan }: Php): (string | null | false)[] | undefined {
  const ran = spawnSync(program, ['-c', ini, '-r', QUESTION], {
    encoding: 'utf8',
    timeout: PATIENCE,
    maxBuffer: LONGEST,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: '/usr/bin:/bin', PHP_INI_SCAN_DIR: scan.join(':') },
  });
  const line = /^@(\[.*\])$/m.exec(ran.stdout ?? '')?.[1];
  if (ran.error !== undefined || line === undefined) return undefined;
  const said: unknown = JSON.parse(line);
  return Array.isArray(said) && said.length === SETTINGS.length ? said : undefined;
}

/** Values of PHP override those of the files: PHP expands variables, and FPM makes relative paths absolute. */
function withSaid(values: PhpValues, said: readonly (string | null | false)[], ini: string): PhpValues {
  const all: PhpValues = {};
  for (const [index, name] of SETTINGS.entries()) {
    const own = values[name];
    const value = said[index];
    if (typeof value !== 'string' || (value === '' && own === undefined)) continue;
    // Built-in values.
    if (own === undefined && (name === 'mail.cr_lf_mode' || name === 'mail.mixed_lf_and_crlf')) continue;
    all[name] = valued(own, value, ini);
  }
  return all;
}

/** The value of PHP with file and line; a flag stays as it is written. */
function valued(own: PhpValue | undefined, value: string, file: string): PhpValue {
  if (own === undefined) return { value, file, line: 0 };
  const truth = (text: string) =>
    /^(?:on|yes|true)$/i.test(text) ? '1' : /^(?:off|no|false|none)$/i.test(text) ? '' : text;
  return truth(own.value) === truth(value) ? own : { ...own, value };
}

function askPools(program: string, { conf, ini }: Php): { pools: Pool[] } | { broken: string } {
  const ran = spawnSync(program, ['-tt', '-y', conf, '-c', ini], {
    encoding: 'utf8',
    timeout: PATIENCE,
    maxBuffer: LONGEST,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
  });
  if (ran.error !== undefined) return { broken: ran.error.message };
  if (ran.status !== 0) {
    const reasons = [...ran.stderr.matchAll(/(?:ERROR|ALERT): (.*)$/gm)].map(([, reason]) => reason!);
    return { broken: reasons[0] ?? `php-fpm -tt ended with ${ran.status}` };
  }
  return { pools: poolsInDump(ran.stderr, conf) };
}

/** Pools as FPM reports them, with file and line of each value. */
function merged(own: readonly Pool[], said: readonly Pool[]): Pool[] {
  return said.map((pool) => {
    const read = own.find(({ name }) => name === pool.name);
    if (read === undefined) return pool;
    const values = Object.fromEntries(
      SETTINGS.flatMap((name) => {
        const value = pool.values[name];
        if (value === undefined) return [];
        return [[name, valued(read.values[name], value.value, read.file)]];
      }),
    ) as PhpValues;
    return { ...read, ...pool, file: read.file, values };
  });
}

/** Only root can have written it: it is run as root. */
function isSafe(program: string): boolean {
  if (process.geteuid?.() !== 0) return true;
  try {
    let path = realpathSync(program);
    for (;;) {
      const { uid, mode } = lstatSync(path);
      if (uid !== 0 || (mode & 0o002) !== 0) return false;
      if (path === dirname(path)) return true;
      path = dirname(path);
    }
  } catch {
    return false;
  }
}
