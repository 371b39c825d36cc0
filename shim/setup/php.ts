// Which PHP runs here and by which program it sends: php.ini of each kind, and the pools of php-fpm.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defined } from '../defined.ts';

/** A value as written, quotes removed, and where. */
export interface PhpValue {
  value: string;
  file: string;
  line: number;
}

export interface PhpSetting {
  /** `cli`, `fpm`, `apache2`, `cgi`, or `pool NAME`. */
  kind: string;
  file: string;
  /** Line of the setting; undefined where the file has none, and what is built in holds. */
  line?: number;
  /** As written, quotes removed. */
  sendmailPath?: string;
  /** `mail.cr_lf_mode`, from PHP 8.5 on. */
  lineEndMode?: PhpValue;
  /** `mail.mixed_lf_and_crlf`, from PHP 8.2.4 on. */
  mixedLineEnds?: PhpValue;
}

/** Files as they are in Debian (/etc/php/8.2/fpm/php.ini, …/fpm/pool.d/*.conf) and elsewhere (/etc/php.ini, /usr/local/etc/php). */
export function phpSettings(elsewhere: string): PhpSetting[] {
  const root = elsewhere || '/';
  const settings: PhpSetting[] = [];
  for (const version of names(join(root, 'etc/php'))) {
    for (const kind of names(join(root, 'etc/php', version))) {
      const folder = join(root, 'etc/php', version, kind);
      const file = join(folder, 'php.ini');
      const values = readValues([file], SETTING);
      const base = { ...values, ...readFolder(join(folder, 'conf.d')) };
      if (values !== undefined) settings.push(settingOf(kind, file, base));
      for (const pool of names(join(folder, 'pool.d'))) {
        if (!pool.endsWith('.conf')) continue;
        const own = readValues([join(folder, 'pool.d', pool)], POOL_SETTING) ?? {};
        // A pool that says nothing has what its php.ini says.
        if (Object.keys(own).length > 0)
          settings.push(settingOf(`pool ${pool.replace(/\.conf$/, '')}`, file, { ...base, ...own }));
      }
    }
  }
  for (const name of ['etc/php.ini', 'usr/local/etc/php/php.ini', 'usr/local/lib/php.ini']) {
    const file = join(root, name);
    const values = readValues([file], SETTING);
    // The images of Docker have no php.ini, and read conf.d all the same.
    const folder = join(root, dirname(name), name === 'etc/php.ini' ? 'php.d' : 'conf.d');
    const added = readFolder(folder);
    if (values !== undefined || added.sendmail_path !== undefined)
      settings.push(settingOf('php', values === undefined ? folder : file, { ...values, ...added }));
  }
  return settings;
}

type Name = 'sendmail_path' | 'mail.cr_lf_mode' | 'mail.mixed_lf_and_crlf';
type Values = Partial<Record<Name, PhpValue>>;

const SETTING = /^\s*(sendmail_path|mail\.cr_lf_mode|mail\.mixed_lf_and_crlf)\s*=\s*(.*?)\s*$/;
const POOL_SETTING =
  /^\s*php_(?:admin_)?(?:value|flag)\[(sendmail_path|mail\.cr_lf_mode|mail\.mixed_lf_and_crlf)\]\s*=\s*(.*?)\s*$/;

function settingOf(kind: string, file: string, values: Values): PhpSetting {
  const { sendmail_path: path, 'mail.cr_lf_mode': mode, 'mail.mixed_lf_and_crlf': mixed } = values;
  return {
    kind,
    file: path?.file ?? file,
    ...defined({ line: path?.line, sendmailPath: path?.value, lineEndMode: mode, mixedLineEnds: mixed }),
  };
}

/** Of several files and lines the last holds; undefined where none of the files can be read. */
function readValues(files: readonly string[], pattern: RegExp): Values | undefined {
  let values: Values | undefined;
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue;
    }
    values ??= {};
    for (const [index, line] of text.split('\n').entries()) {
      const match = pattern.exec(line);
      if (match !== null) values[match[1] as Name] = { value: unquoted(match[2]!), file, line: index + 1 };
    }
  }
  return values;
}

function readFolder(folder: string): Values {
  const files = names(folder).filter((name) => name.endsWith('.ini'));
  return (
    readValues(
      files.sort().map((name) => join(folder, name)),
      SETTING,
    ) ?? {}
  );
}

const LINE_END_MODES = ['crlf', 'lf', 'mixed', 'os'] as const;
export type LineEndMode = (typeof LINE_END_MODES)[number];

export interface LineEnds {
  /** What PHP writes: `lf` in the message too, `mixed` only in its own header fields, `os` as `mixed` on Linux. */
  holds: LineEndMode;
  /** The setting that decides. */
  by: PhpValue & { name: string };
  /** A value that PHP does not know, so that `crlf` holds; or one beside it that says something else. */
  trouble?: 'unknown' | 'both';
}

/** How PHP ends the lines of a mail; undefined where the files say nothing of it, so that it is CRLF. */
export function lineEndsOf({ lineEndMode, mixedLineEnds }: PhpSetting): LineEnds | undefined {
  const mixed = mixedLineEnds !== undefined && /^(?:on|yes|true|[1-9]\d*)$/i.test(mixedLineEnds.value);
  const mode = lineEndMode?.value || 'crlf';
  const byMode = lineEndMode && { ...lineEndMode, name: 'mail.cr_lf_mode' };
  if (byMode !== undefined && !LINE_END_MODES.some((known) => known === mode))
    return { holds: mixed ? 'mixed' : 'crlf', by: byMode, trouble: 'unknown' };
  // PHP asks for the older setting only where the newer one is crlf (ext/standard/mail.c of 8.5).
  if (mixed && mode === 'crlf') {
    const by = { ...mixedLineEnds, name: 'mail.mixed_lf_and_crlf' };
    return { holds: 'mixed', by, ...(byMode === undefined ? {} : { trouble: 'both' }) };
  }
  if (byMode === undefined) return undefined;
  return { holds: mode as LineEndMode, by: byMode, ...(mixed && mode !== 'mixed' ? { trouble: 'both' } : {}) };
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
