// The links on this machine: configuration, PHP, spool.

import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';
import { type LineEnds, lineEndsOf } from '../php/line-ends.ts';
import { type PhpSetting, phpSettings } from '../php/sites.ts';
import { readFileOnce } from '../read-file.ts';
import { sendmailPathFor } from '../setup/php.ts';
import { findSpool, type SpoolPlace } from '../spool/place.ts';
import { isAwake } from '../spool/wake.ts';
import type { DoctorContext, Person } from './context.ts';
import { type Result, result } from './link.ts';
import { mayReach } from './rights.ts';

/** Octets that a shop's mail of a busy day needs. */
const LITTLE_SPACE = 100 * 1024 * 1024;

export async function checkConfiguration(context: DoctorContext): Promise<Result[]> {
  const { configuration, account, environment } = context;
  const results: Result[] = [];
  for (const { file, line, message } of configuration.problems)
    results.push(result('failure', 'config.broken', { where: `${file}:${line}`, word: wordAt(file, line), message }));
  for (const { file, why } of configuration.unreadable.filter(({ fatal }) => fatal))
    results.push(result('failure', 'config.broken', { where: file, word: '', message: why }));
  if (results.length > 0) return results;
  if (account === undefined)
    return [result('failure', 'config.missing', { places: `${environment.etc}/mailshimrc, ~/.mailshimrc` })];
  results.push(result('ok', 'config.good', { file: account.file, account: account.name }));
  const { name, onlyTo, redirectTo = '' } = account;
  if (onlyTo.length > 0 || redirectTo !== '')
    results.push(result('warning', 'config.staging', { account: name, only: onlyTo.join(' '), to: redirectTo }));
  const sender = senderOf(context);
  const rights: Result[] = [];
  for (const file of configuration.files) {
    if (mayReach(sender, 'read', file) === false)
      rights.push(result('failure', 'config.unreadable', { file, user: sender.name, group: sender.name }));
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if (account.password !== undefined && (mode & 0o004) !== 0)
      rights.push(result('warning', 'config.open', { file, mode: octal(mode) }));
  }
  for (const { keyFile } of account.dkim) {
    if (keyFile === undefined) continue;
    const trouble = await keyTrouble(keyFile, sender);
    if (trouble !== undefined) rights.push(trouble);
  }
  if (rights.length === 0) rights.push(result('ok', 'config.secrets', { user: sender.name }));
  return [...results, ...rights];
}

/** The directive of a line; never its value, which may be a password. */
function wordAt(file: string, line: number): string {
  const read = readFileOnce(file);
  return 'why' in read ? '' : (read.text.split('\n')[line - 1]?.match(/^[ \t]*([\w-]{1,40})/)?.[1] ?? '');
}

async function keyTrouble(file: string, sender: Person): Promise<Result | undefined> {
  const readable = mayReach(sender, 'read', file);
  if (readable === undefined) return result('failure', 'config.key-missing', { file });
  if (!readable) return result('failure', 'config.key-unreadable', { file, user: sender.name });
  const read = readFileOnce(file, { encoding: 'latin1' });
  if ('why' in read) return result('failure', 'config.key-unreadable', { file, user: sender.name });
  if ((read.mode & 0o027) !== 0) return result('failure', 'config.key-open', { file, mode: octal(read.mode) });
  const key = await publicKeyOf(read.text);
  return key.ok ? undefined : result('failure', 'config.key-broken', { file });
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

export function checkPhp({ root, program }: DoctorContext): Result[] {
  const settings = phpSettings(root);
  if (settings.length === 0) return [result('skipped', 'php.none', {})];
  // A pool has the line ends of its php.ini unless it says otherwise: each setting is reported once.
  const reported = new Set<string>();
  return settings.flatMap((setting) => {
    const sends = checkSendmailPath(setting, root, program);
    const ends = sends.level === 'failure' ? undefined : lineEndsOf(setting);
    const where = ends && `${ends.by.file}:${ends.by.line}`;
    if (ends === undefined || where === undefined || reported.has(where)) return [sends];
    reported.add(where);
    return [sends, ...checkLineEnds(setting.kind, where, ends)];
  });
}

function checkSendmailPath({ kind, file, line, sendmailPath }: PhpSetting, root: string, program: string): Result {
  const where = line === undefined ? file : `${file}:${line}`;
  const wanted = sendmailPathFor(program);
  const [command = '', ...words] = (sendmailPath ?? '').split(/\s+/);
  if (command === '') {
    // PHP's own default is "sendmail -t -i".
    return standsForSendmail(root)
      ? result('ok', 'php.good', { kind, file })
      : result('failure', 'php.other', { kind, where, value: 'sendmail -t -i', wanted });
  }
  const isOurs = /mailshim/.test(sendmailPath!) || (/sendmail$/.test(command) && standsForSendmail(root));
  if (!isOurs) return result('failure', 'php.other', { kind, where, value: sendmailPath!, wanted });
  if (command.startsWith('/') && !existsSync(join(root, command)))
    return result('failure', 'php.program', { kind, where, program: command });
  if (!words.includes('--lock')) return result('warning', 'php.unlocked', { kind, where, wanted });
  return result('ok', 'php.good', { kind, file });
}

/** Any line end is taken here: what is said is a setting that PHP ignores, or two that differ. */
function checkLineEnds(kind: string, where: string, { holds, by, trouble }: LineEnds): Result[] {
  const args = { kind, where, setting: `${by.name} = ${by.value}`, holds };
  if (trouble === 'unknown') return [result('warning', 'php.line-ends-unknown', args)];
  if (trouble === 'both') return [result('warning', 'php.line-ends-both', args)];
  return holds === 'crlf' ? [] : [result('ok', 'php.line-ends', args)];
}

/** mailshim install --as-sendmail leaves a file, or a link, that names it. */
function standsForSendmail(root: string): boolean {
  try {
    return /mailshim/.test(readFileSync(join(root, '/usr/sbin/sendmail'), { encoding: 'latin1' }).slice(0, 4096));
  } catch {
    return false;
  }
}

export function checkSpool(context: DoctorContext): Result[] {
  const { account, web } = context;
  if (account === undefined) return [];
  const spool = spoolOf(context);
  if (spool === undefined) return [result('warning', 'spool.none', {})];
  const { folder, kind } = spool;
  const target = kind === 'drop' ? join(folder, 'drop') : folder;
  const user = web.name;
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(target);
  } catch {
    if (mayMake(web, target)) return [result('ok', 'spool.good', { folder, user })];
    return [result('failure', 'spool.missing', { folder: target, user })];
  }
  const mode = octal(stat.mode);
  if (kind === 'drop') {
    // Others may put mail in, and neither see what is there nor take it away.
    if ((stat.mode & 0o044) !== 0 || (stat.mode & 0o3000) !== 0o3000)
      return [result('failure', 'spool.open', { folder: target, mode, right: '3733' })];
    if (mayReach(web, 'write', target) !== true || mayReach(web, 'search', target) !== true)
      return [result('failure', 'spool.closed', { folder: target, user, mode, right: '3733' })];
  } else if (stat.uid !== web.uid) return [result('failure', 'spool.foreign', { folder, user, uid: stat.uid })];
  else if ((stat.mode & 0o700) !== 0o700)
    return [result('failure', 'spool.closed', { folder, user, mode, right: '0700' })];
  else if ((stat.mode & 0o022) !== 0) return [result('failure', 'spool.open', { folder, mode, right: '0700' })];
  const results: Result[] = [result('ok', 'spool.good', { folder: target, user: web.name })];
  const free = freeOctets(target);
  if (free < LITTLE_SPACE)
    results.push(result('warning', 'spool.full', { folder, megabytes: Math.floor(free / 1024 / 1024) }));
  if (kind === 'drop' && !isAwake(folder)) results.push(result('failure', 'spool.daemon', { folder: target }));
  return results;
}

/** Whether the folder can be made when it is needed: the nearest one above it that is there takes it. */
function mayMake(person: Person, folder: string): boolean {
  let above = dirname(folder);
  while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
  return mayReach(person, 'write', above) === true && mayReach(person, 'search', above) === true;
}

function freeOctets(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Where the mail of the web server's user goes. */
export function spoolOf({ account, environment, web }: DoctorContext): SpoolPlace | undefined {
  if (account === undefined) return undefined;
  return findSpool(account.spool, account.file.startsWith(`${environment.etc}/`), {
    euid: web.uid,
    home: environment.home,
    stateHome: environment.stateHome,
    systemSpool: environment.systemSpool,
  });
}

/** Who reads configuration, keys and password: the daemon where there is one. */
export function senderOf(context: DoctorContext): Person {
  const spool = spoolOf(context);
  if (spool?.kind !== 'drop') return context.web;
  const { uid, gid } = statSync(join(spool.folder, 'drop'));
  return { name: 'mailshim', uid, gid };
}
