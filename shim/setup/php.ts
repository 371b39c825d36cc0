// Which PHP runs here and by which program it sends: php.ini of each kind, and the pools of php-fpm.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PhpSetting {
  /** `cli`, `fpm`, `apache2`, `cgi`, or `pool NAME`. */
  kind: string;
  file: string;
  /** Line of the setting; undefined where the file has none, and what is built in holds. */
  line?: number;
  /** As written, quotes removed. */
  sendmailPath?: string;
}

/** Files as they are in Debian (/etc/php/8.2/fpm/php.ini, …/fpm/pool.d/*.conf) and elsewhere (/etc/php.ini, /usr/local/etc/php). */
export function phpSettings(elsewhere: string): PhpSetting[] {
  const root = elsewhere || '/';
  const settings: PhpSetting[] = [];
  for (const version of names(join(root, 'etc/php'))) {
    for (const kind of names(join(root, 'etc/php', version))) {
      const folder = join(root, 'etc/php', version, kind);
      const base = readSetting(`${kind}`, join(folder, 'php.ini'), SETTING);
      if (base !== undefined) settings.push(overridden(base, join(folder, 'conf.d'), '.ini', SETTING));
      for (const pool of names(join(folder, 'pool.d'))) {
        if (!pool.endsWith('.conf')) continue;
        const found = readSetting(`pool ${pool.replace(/\.conf$/, '')}`, join(folder, 'pool.d', pool), POOL_SETTING);
        // A pool that says nothing has what its php.ini says.
        if (found?.sendmailPath !== undefined) settings.push(found);
      }
    }
  }
  for (const file of ['etc/php.ini', 'usr/local/etc/php/php.ini', 'usr/local/lib/php.ini']) {
    const base = readSetting('php', join(root, file), SETTING);
    // The images of Docker have no php.ini, and read conf.d all the same.
    const folder = join(root, dirname(file), file === 'etc/php.ini' ? 'php.d' : 'conf.d');
    const found = overridden(base ?? { kind: 'php', file: folder }, folder, '.ini', SETTING);
    if (base !== undefined || found.sendmailPath !== undefined) settings.push(found);
  }
  return settings;
}

const SETTING = /^\s*sendmail_path\s*=\s*(.*?)\s*$/;
const POOL_SETTING = /^\s*php_(?:admin_)?value\[sendmail_path\]\s*=\s*(.*?)\s*$/;

function readSetting(kind: string, file: string, pattern: RegExp): PhpSetting | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const found: PhpSetting = { kind, file };
  // The last one holds.
  for (const [index, line] of text.split('\n').entries()) {
    const match = pattern.exec(line);
    if (match === null) continue;
    found.line = index + 1;
    found.sendmailPath = unquoted(match[1]!);
  }
  return found;
}

function overridden(base: PhpSetting, folder: string, ending: string, pattern: RegExp): PhpSetting {
  let last = base;
  for (const name of names(folder).sort()) {
    if (!name.endsWith(ending)) continue;
    const found = readSetting(base.kind, join(folder, name), pattern);
    if (found?.sendmailPath !== undefined) last = found;
  }
  return last;
}

function unquoted(text: string): string {
  const match = /^(["'])(.*?)\1\s*(?:;.*)?$/.exec(text);
  return match === null ? text.replace(/\s*;.*$/, '') : match[2]!;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

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
