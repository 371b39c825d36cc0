// Settings of PHP in its files: php.ini and the directory of further files, with file and line of each value.

import { join } from 'node:path';
import { readFileOnce } from '../read-file.ts';
import { namesIn } from './glob.ts';

/** A value as written, without quotes, with file and line. */
export interface PhpValue {
  value: string;
  file: string;
  /** 0 where only PHP reports the value. */
  line: number;
}

/** Settings that mail() depends on. */
export const SETTINGS = [
  'sendmail_path',
  'mail.cr_lf_mode',
  'mail.mixed_lf_and_crlf',
  'disable_functions',
  'open_basedir',
] as const;
export type SettingName = (typeof SETTINGS)[number];
export type PhpValues = Partial<Record<SettingName, PhpValue>>;
const NAMES = SETTINGS.map((name) => name.replaceAll('.', '\\.')).join('|');
const SETTING = new RegExp(`^\\s*(${NAMES})\\s*=\\s*(.*?)\\s*$`);
/** `[PATH=/srv/shop]` and `[HOST=shop.example]` begin settings of one site; any other section is a heading. */
const SECTION = /^\s*\[([^\]]*)\]/;

export interface IniFile {
  values: PhpValues;
  /** By `PATH=…` or `HOST=…`. */
  sections: Map<string, PhpValues>;
}

/** Of several lines the last counts; undefined where the file cannot be read. */
export function readIni(file: string): IniFile | undefined {
  const read = readFileOnce(file);
  if ('why' in read) return undefined;
  const ini: IniFile = { values: {}, sections: new Map() };
  let values = ini.values;
  for (const [index, line] of read.text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const section = SECTION.exec(line)?.[1];
    if (section !== undefined) {
      const name = /^\s*(PATH|HOST)\s*=\s*(.*?)\s*$/i.exec(section);
      const key = name === null ? '' : `${name[1]!.toUpperCase()}=${unquoted(name[2]!)}`;
      values = key === '' ? ini.values : (ini.sections.get(key) ?? {});
      if (key !== '') ini.sections.set(key, values);
    }
    const match = SETTING.exec(line);
    if (match !== null) values[match[1] as SettingName] = { value: unquoted(match[2]!), file, line: index + 1 };
  }
  return ini;
}

/** php.ini, then the files of the directories in the order of names. */
export function readInis(file: string, scan: readonly string[]): IniFile | undefined {
  const files = [file, ...scan.flatMap((folder) => iniFiles(folder))];
  let all: IniFile | undefined;
  for (const each of files) {
    const ini = readIni(each);
    if (ini === undefined) continue;
    all ??= { values: {}, sections: new Map() };
    Object.assign(all.values, ini.values);
    for (const [name, values] of ini.sections) all.sections.set(name, { ...all.sections.get(name), ...values });
  }
  return all;
}

function iniFiles(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.ini'))
    .map((name) => join(folder, name));
}

/** Without straight quotes; a comment ends a value without quotes. */
export function unquoted(text: string): string {
  const match = /^(["'])(.*?)\1\s*(?:;.*)?$/.exec(text);
  return match === null ? text.replace(/\s*;.*$/, '') : match[2]!;
}
