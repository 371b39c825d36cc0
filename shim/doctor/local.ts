// The links on this machine: program, configuration, PHP, spool, queue.

import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';
import { phpSettings, sendmailPathFor } from '../setup/php.ts';
import { findSpool, type SpoolPlace } from '../spool/place.ts';
import { isAwake } from '../spool/wake.ts';
import type { DoctorContext, Person } from './context.ts';
import { type Result, result } from './link.ts';
import { mayReach } from './rights.ts';

/** Octets that a shop's mail of a busy day needs. */
const LITTLE_SPACE = 100 * 1024 * 1024;

export function checkProgram({ version, runtime }: DoctorContext): Result[] {
  return [result('ok', 'program.version', { version, runtime })];
}

export async function checkConfiguration(context: DoctorContext): Promise<Result[]> {
  const { configuration, account, environment } = context;
  const results: Result[] = [];
  for (const { file, line, message } of configuration.problems)
    results.push(result('failure', 'config.broken', { where: `${file}:${line}`, message }));
  for (const { file, why } of configuration.unreadable.filter(({ fatal }) => fatal))
    results.push(result('failure', 'config.broken', { where: file, message: why }));
  if (results.length > 0) return results;
  if (account === undefined)
    return [result('failure', 'config.missing', { places: `${environment.etc}/mailshimrc, ~/.mailshimrc` })];
  results.push(result('ok', 'config.good', { file: account.file, account: account.name }));
  const spool = spoolOf(context);
  const sender = senderOf(context, spool);
  const rights: Result[] = [];
  for (const file of configuration.files) {
    if (mayReach(sender, 'read', file) === false)
      rights.push(result('failure', 'config.unreadable', { file, user: sender.name, group: sender.name }));
    const { mode } = statSync(file);
    if (account.password !== undefined && (mode & 0o004) !== 0)
      rights.push(result('warning', 'config.open', { file, mode: (mode & 0o777).toString(8).padStart(4, '0') }));
  }
  for (const { keyFile } of account.dkim) {
    if (keyFile === undefined) continue;
    const why = await keyProblem(keyFile, sender);
    if (why !== undefined) rights.push(result('failure', 'config.key', { file: keyFile, why, user: sender.name }));
  }
  if (rights.length === 0) rights.push(result('ok', 'config.secrets', { user: sender.name }));
  return [...results, ...rights];
}

async function keyProblem(file: string, sender: Person): Promise<string | undefined> {
  const readable = mayReach(sender, 'read', file);
  if (readable === undefined) return 'is not there';
  if (!readable) return `cannot be read by ${sender.name}, who sends`;
  if ((statSync(file).mode & 0o027) !== 0) return 'can be read or changed by others';
  try {
    const key = await publicKeyOf(readFileSync(file, 'latin1'));
    return key.ok ? undefined : key.problem.detail;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

export function checkPhp({ root, program }: DoctorContext): Result[] {
  const settings = phpSettings(root);
  if (settings.length === 0) return [result('skipped', 'php.none', {})];
  return settings.map(({ kind, file, line, sendmailPath }) => {
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
  });
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
  const unwritable = (why: string, remedy: string) => [
    result('failure', 'spool.unwritable', { folder: target, user: web.name, why, remedy }),
  ];
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(target);
  } catch {
    if (!spool.setUp) return [result('ok', 'spool.good', { folder, user: web.name })];
    return unwritable(
      'it is not there',
      kind === 'drop'
        ? `install -d -m 3733 -o mailshim -g mailshim ${target}`
        : `install -d -m 0700 -o ${web.name} -g ${web.name} ${target}`,
    );
  }
  const mode = stat.mode & 0o7777;
  if (kind === 'drop') {
    if ((mode & 0o044) !== 0 || (mode & 0o1000) === 0 || (mode & 0o2000) === 0)
      return unwritable(
        `its mode is ${mode.toString(8)}, so that others could read or remove mail`,
        `chmod 3733 ${target}`,
      );
    if (mayReach(web, 'write', target) !== true)
      return unwritable(`its mode is ${mode.toString(8)}`, `chmod 3733 ${target}`);
  } else if (stat.uid !== web.uid) return unwritable(`it belongs to uid ${stat.uid}`, `chown -R ${web.name} ${target}`);
  else if ((mode & 0o700) !== 0o700 || (mode & 0o022) !== 0)
    return unwritable(`its mode is ${mode.toString(8)}`, `chmod 0700 ${target}`);
  const results: Result[] = [result('ok', 'spool.good', { folder: target, user: web.name })];
  const free = freeOctets(target);
  if (free < LITTLE_SPACE)
    results.push(result('warning', 'spool.full', { folder, megabytes: Math.floor(free / 1024 / 1024) }));
  if (kind === 'drop' && !isAwake(folder)) results.push(result('failure', 'spool.daemon', { folder: target }));
  return results;
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

/** Who reads configuration and keys: the daemon where there is one. */
function senderOf({ web }: DoctorContext, spool: SpoolPlace | undefined): Person {
  if (spool?.kind !== 'drop') return web;
  const { uid, gid } = statSync(join(spool.folder, 'drop'));
  return { name: 'mailshim', uid, gid };
}
