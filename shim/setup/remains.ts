// What is left when the program goes: mail in the spools, and settings of PHP that name the program.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PhpSetting } from '../php/sites.ts';
import { phpSettings } from '../php/sites.ts';

export interface SpoolRemains {
  folder: string;
  /** Mails that are still to be sent; those in the drop folder are among them. */
  waiting: number;
  failed: number;
}

export interface SettingRemains {
  kind: string;
  /** File, and line where it is known. */
  where: string;
  program: string;
}

const WAITING = ['queue', 'active', 'hold', 'taken', 'drop'] as const;
/** A mail, or a call that the launcher left. */
const MAIL = /^[0-9A-Z]{16}(?:\.call)?$/;
const SPOOLS = 'var/spool';
const OF_USER = '.local/state/mailshim/spool';

/** Spools with mail in them, below `root`: the daemon's, those of users, and the ones that the configuration names. */
export function spoolsWithMail(root: string, systemSpool: string): SpoolRemains[] {
  const at = (path: string) => join(root || '/', path);
  const named = ['etc/mailshimrc', 'etc/msmtprc'].flatMap((file) =>
    [...textOf(at(file)).matchAll(/^[ \t]*(?:#mailshim:[ \t]*)?spool[ \t]+"?(\/[^\s"]+)/gm)].map(([, path]) => path!),
  );
  const homes = textOf(at('etc/passwd'))
    .split('\n')
    .flatMap((line) => line.split(':')[5] || []);
  const folders = [
    systemSpool,
    ...entriesOf(at(SPOOLS)).flatMap((name) => (/^mailshim(?:-|$)/.test(name) ? [`/${SPOOLS}/${name}`] : [])),
    ...named,
    ...homes.map((home) => join(home, OF_USER)),
  ];
  return [...new Set(folders)]
    .map((folder) => remainsOf(at(folder)))
    .filter(({ waiting, failed }) => waiting + failed > 0);
}

function remainsOf(folder: string): SpoolRemains {
  const count = (name: string) => entriesOf(join(folder, name)).filter((each) => MAIL.test(each)).length;
  return { folder, waiting: WAITING.reduce((sum, name) => sum + count(name), 0), failed: count('failed') };
}

/** Settings of PHP that start one of `programs`. */
export function settingsNaming(root: string, programs: readonly string[]): SettingRemains[] {
  return phpSettings(root).flatMap((setting) => {
    const program = programOf(setting);
    if (program === undefined || !programs.includes(program)) return [];
    const { kind, file, line } = setting;
    return [{ kind, where: line === undefined ? file : `${file}:${line}`, program }];
  });
}

function programOf({ sendmailPath }: PhpSetting): string | undefined {
  return /^\s*["']?([^\s"']+)/.exec(sendmailPath ?? '')?.[1];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Also of a folder that is not there, or that this user must not read: none. */
function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
