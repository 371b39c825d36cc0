// The links on this machine: configuration and spool, by the rights of each user that sends.

import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';
import { accountOf } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import { ExitError } from '../exit.ts';
import { readFileOnce } from '../read-file.ts';
import { hasDaemonUnit } from '../setup/sending-user.ts';
import { findSpool, type SpoolPlace } from '../spool/place.ts';
import { isAwake } from '../spool/wake.ts';
import type { DoctorContext } from './context.ts';
import { readOnlyMount } from './guards.ts';
import { type Result, result } from './link.ts';
import type { Person } from './person.ts';
import { mayReach } from './rights.ts';
import { commandOf } from './sendmail-path.ts';

/** Bytes that a shop's mail of a busy day needs. */
const LITTLE_SPACE = 100 * 1024 * 1024;
/** Bytes without which no mail is kept. */
const NO_SPACE = 1024 * 1024;

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
  const rights: Result[] = [];
  for (const file of configuration.files) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if (account.password !== undefined && (mode & 0o004) !== 0)
      rights.push(result('warning', 'config.open', { file, mode: octal(mode) }));
  }
  const senders = sendersOf(context);
  for (const sender of senders) {
    const others = senders.flatMap(({ name: other }) => (other === sender.name ? [] : [other])).join(', ');
    const found = await senderTrouble(context, sender, others);
    if (found.length > 0) context.blocked.add(sender.name);
    rights.push(...found);
  }
  // A key that is not there, or open to others, is so for all.
  const own = rights.filter((each, at) => rights.findIndex((other) => isSame(other, each)) === at);
  for (const person of context.php.people) own.push(...shadowOf(context, person));
  if (own.every(({ level }) => level === 'ok') && senders.length > 0)
    own.push(result('ok', 'config.secrets', { user: senders.map((sender) => sender.name).join(', ') }));
  return [...results, ...own];
}

function isSame(one: Result, other: Result): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What keeps one user from the configuration or, where that can be read, from the keys. */
async function senderTrouble(
  { configuration, account, php }: DoctorContext,
  sender: Person,
  others: string,
): Promise<Result[]> {
  const user = sender.name;
  // A file that the sites of a user name by -C replaces that of the user's home.
  const named = (php.sitesOf.get(user) ?? []).flatMap((site) => commandOf(site).config ?? []);
  for (const file of [...configuration.files, ...named])
    if (mayReach(sender, 'read', file) === false)
      return [result('failure', 'config.unreadable', { file, user, group: user, others })];
  const results: Result[] = [];
  for (const { keyFile } of account!.dkim) {
    if (keyFile === undefined) continue;
    const trouble = await keyTrouble(keyFile, sender, others);
    if (trouble !== undefined) results.push(trouble);
  }
  return results;
}

/** A configuration in the home of a user comes before that of the system. */
function shadowOf({ environment, root, configuration, account }: DoctorContext, { name, uid, home }: Person): Result[] {
  if (home === undefined || home === '' || account === undefined) return [];
  const found = readConfiguration(
    { etc: environment.etc, home: join(root || '/', home), configHome: undefined, euid: uid },
    undefined,
  );
  const file = found.files.find((each) => !configuration.files.includes(each));
  if (file === undefined || !account.file.startsWith(`${environment.etc}/`)) return [];
  const choice = chooseAccount(found.accounts, undefined, undefined);
  const theirs = 'problem' in choice ? undefined : accountOrNone(choice.account, home);
  const args = { file, user: name, system: account.file, host: theirs?.host ?? '?' };
  const isSameRelay = theirs?.host === account.host && theirs.port === account.port && theirs.from === account.from;
  return [
    isSameRelay && found.problems.length === 0
      ? result('ok', 'config.own', args)
      : result('failure', 'config.shadowed', args),
  ];
}

function accountOrNone(section: Parameters<typeof accountOf>[0], home: string) {
  try {
    return accountOf(section, new Map(), home);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return undefined;
  }
}

/** The directive of a line; never its value, which may be a password. */
function wordAt(file: string, line: number): string {
  const read = readFileOnce(file);
  return 'why' in read ? '' : (read.text.split('\n')[line - 1]?.match(/^[ \t]*([\w-]{1,40})/)?.[1] ?? '');
}

async function keyTrouble(file: string, sender: Person, others: string): Promise<Result | undefined> {
  const readable = mayReach(sender, 'read', file);
  if (readable === undefined) return result('failure', 'config.key-missing', { file });
  if (!readable) return result('failure', 'config.key-unreadable', { file, user: sender.name, others });
  const read = readFileOnce(file, { encoding: 'latin1' });
  if ('why' in read) return result('failure', 'config.key-unreadable', { file, user: sender.name, others });
  if ((read.mode & 0o027) !== 0) return result('failure', 'config.key-open', { file, mode: octal(read.mode) });
  const key = await publicKeyOf(read.text);
  return key.ok ? undefined : result('failure', 'config.key-broken', { file });
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

export function checkSpool(context: DoctorContext): Result[] {
  const { account, php, blocked, root } = context;
  if (account === undefined) return [];
  const results: Result[] = [];
  // The daemon matters also where no user of PHP is known.
  const place = php.people.length === 0 ? spoolOf(context) : undefined;
  if (place?.kind === 'drop') results.push(...daemonTrouble(place.folder, root));
  for (const person of php.people) {
    // Who cannot even read the configuration does not come to the spool, unless a daemon has one for all.
    const spool = spoolOf(context, person);
    if (blocked.has(person.name) && spool?.kind !== 'drop') continue;
    const others = php.people.flatMap(({ name }) => (name === person.name ? [] : [name])).join(', ');
    results.push(
      ...(spool === undefined ? [result('warning', 'spool.none', {})] : checkPlace(context, person, spool, others)),
    );
  }
  return results.filter((each, at) => results.findIndex((other) => isSame(other, each)) === at);
}

function checkPlace({ root }: DoctorContext, person: Person, { folder, kind }: SpoolPlace, others: string): Result[] {
  const target = kind === 'drop' ? join(folder, 'drop') : folder;
  const user = person.name;
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(target);
  } catch {
    if (mayMake(person, target)) return [result('ok', 'spool.good', { folder, user })];
    return [result('failure', 'spool.missing', { folder: target, user })];
  }
  const mount = readOnlyMount(root, target);
  if (mount !== undefined) return [result('failure', 'spool.read-only', { folder: target, ...mount })];
  const mode = octal(stat.mode);
  const canPut = () => mayReach(person, 'write', target) === true && mayReach(person, 'search', target) === true;
  if (kind === 'drop') {
    // Others may put mail in, and neither see what is there nor take it away.
    if ((stat.mode & 0o044) !== 0 || (stat.mode & 0o3000) !== 0o3000)
      return [result('failure', 'spool.open', { folder: target, mode, right: '3733' })];
    if (!canPut()) return [result('failure', 'spool.closed', { folder: target, user, mode, right: '3733' })];
  } else if (stat.uid !== person.uid)
    return [result('failure', 'spool.foreign', { folder, user, uid: stat.uid, others })];
  else if ((stat.mode & 0o700) !== 0o700 || !canPut())
    return [result('failure', 'spool.closed', { folder, user, mode, right: '0700' })];
  else if ((stat.mode & 0o022) !== 0) return [result('failure', 'spool.open', { folder, mode, right: '0700' })];
  const results = [result('ok', 'spool.good', { folder: target, user }), ...roomTrouble(folder, target)];
  return kind === 'drop' ? [...results, ...daemonTrouble(folder, root)] : results;
}

function daemonTrouble(folder: string, root: string): Result[] {
  if (isAwake(folder)) return [];
  // An account alone, as a purged package leaves it, is not a daemon.
  const unit = hasDaemonUnit(root) ? 'mailshim.service' : '';
  return [result('failure', 'spool.daemon', { folder: join(folder, 'drop'), unit })];
}

function roomTrouble(folder: string, target: string): Result[] {
  const { bavail, bsize, files, ffree } = statfsSync(target);
  // File systems that make inodes as they need them say 0 of all.
  if (files > 0 && ffree === 0) return [result('failure', 'spool.inodes', { folder })];
  const free = bavail * bsize;
  if (free >= LITTLE_SPACE) return [];
  const megabytes = Math.floor(free / 1024 / 1024);
  return [result(free < NO_SPACE ? 'failure' : 'warning', 'spool.full', { folder, megabytes })];
}

/** Whether the folder can be made when it is needed: the nearest one above it that is there takes it. */
function mayMake(person: Person, folder: string): boolean {
  let above = dirname(folder);
  while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
  return mayReach(person, 'write', above) === true && mayReach(person, 'search', above) === true;
}

/** Where the mail of that user goes; of the first one, unless another is given. */
export function spoolOf(context: DoctorContext, person = context.web): SpoolPlace | undefined {
  const { account, environment } = context;
  if (account === undefined) return undefined;
  return findSpool(account.spool, account.file.startsWith(`${environment.etc}/`), {
    euid: person?.uid ?? NO_USER,
    home: homeOf(context, person),
    stateHome: person?.uid === process.geteuid?.() ? environment.stateHome : undefined,
    systemSpool: environment.systemSpool,
  });
}

/** A number that no user has: where none is known, only the spool of a daemon can be looked at. */
const NO_USER = -1;

function homeOf({ environment, root }: DoctorContext, person: Person | undefined): string | undefined {
  if (person?.uid === process.geteuid?.()) return environment.home;
  return person?.home === undefined || person.home === '' ? undefined : join(root || '/', person.home);
}

/** Those that read configuration, keys and password: the daemon where there is one, else every user of PHP. */
function sendersOf(context: DoctorContext): Person[] {
  const daemon = daemonOf(context);
  return daemon === undefined ? [...context.php.people] : [daemon];
}

function daemonOf(context: DoctorContext): Person | undefined {
  const spool = spoolOf(context);
  if (spool?.kind !== 'drop') return undefined;
  const { uid, gid } = statSync(join(spool.folder, 'drop'));
  return { name: 'mailshim', uid, gid };
}

/** The one to ask for the password; undefined where no user is known. */
export function senderOf(context: DoctorContext): Person | undefined {
  return daemonOf(context) ?? context.web;
}
