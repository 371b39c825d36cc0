// What the checks of the doctor look at, and what the users that send may do here.

import { execFileSync, spawnSync } from 'node:child_process';
import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Resolver } from '../../shared/dns/types.ts';
import type { Account } from '../config/account.ts';
import type { Configuration } from '../config/files.ts';
import { passwordOf } from '../config/secrets.ts';
import type { Environment } from '../environment.ts';
import { ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { Asked } from '../php/ask.ts';
import type { PhpMachine, PhpSite } from '../php/sites.ts';

/** A user with the ids that decide about rights. */
export interface LocalUser {
  name: string;
  uid: number;
  gid: number;
  /** Further groups. */
  groups?: readonly number[];
  /** As passwd has it. */
  home?: string;
}

export interface PhpView {
  machine: PhpMachine;
  /** The answers of PHP, by its php.ini. */
  asked: readonly Asked[];
  /** Users that send through mailshim; a check that needs only one uses the first. */
  users: readonly LocalUser[];
  /** Sites by the name of the user. */
  sitesOf: ReadonlyMap<string, readonly PhpSite[]>;
  /** Sites whose user does not exist on this machine. */
  missing: readonly { site: PhpSite; user: string }[];
  /** Sites of users that only root can check. */
  unseen: readonly PhpSite[];
}

export interface DoctorContext {
  environment: Environment;
  /** Root of the machine, "" but in tests. */
  root: string;
  configuration: Configuration;
  /** Undefined where the configuration has none. */
  account: Account | undefined;
  /** Every PHP of this machine, its settings for mail, and the users that it runs as. */
  php: PhpView;
  /** The first of these users; undefined where none is known. */
  web: LocalUser | undefined;
  /** Users that an earlier check failed for: later ones would only repeat the failure. */
  blocked: Set<string>;
  resolver: Resolver;
  version: string;
  runtime: string;
  /** Path of this program for php.ini. */
  program: string;
  /** Seen at the relay: the name in its greeting, and its address if that is public. */
  seen: {
    greeting?: string;
    address?: string;
    /** Its name, if that does not resolve. */
    unresolved?: string;
    /** Milliseconds by which this machine's clock is fast. */
    clockOff?: number;
  };
  /** Recipient to name to the relay. */
  to: string | undefined;
  /** Mails are sent (`--send`). */
  send: boolean;
}

export type Right = 'read' | 'write' | 'search';
const BITS: Record<Right, number> = { read: 4, write: 2, search: 1 };
/** Options of test(1), which considers ACLs, capabilities and read-only mounts. */
const TESTS: Record<Right, string> = { read: '-r', write: '-w', search: '-x' };
/** Milliseconds; a file system of the network may not answer. */
const TEST_PATIENCE = 10_000;

/** Rights by mode: owner, else group, else others. */
export function may(localUser: LocalUser, right: Right, stat: Stats): boolean {
  if (localUser.uid === 0) return true;
  const isGroups = stat.gid === localUser.gid || localUser.groups?.includes(stat.gid) === true;
  const shift = stat.uid === localUser.uid ? 6 : isGroups ? 3 : 0;
  return ((stat.mode >> shift) & BITS[right]) !== 0;
}

/** Undefined where the file does not exist; false also where a directory above it cannot be entered. */
export function mayReach(localUser: LocalUser, right: Right, file: string): boolean | undefined {
  let stat: Stats;
  try {
    stat = statSync(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? false : undefined;
  }
  const asked = runAs(localUser, 'test', [TESTS[right], file]);
  if (asked?.status === 0) return true;
  if (asked?.status === 1) return false;
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (!may(localUser, 'search', statSync(folder))) return false;
  }
  return may(localUser, right, stat);
}

export interface RanAs {
  /** Null where it was ended by a signal. */
  status: number | null;
  stderr: string;
}

/** The command line that runs a program with the rights of that user; undefined where that is not possible. */
export function commandAs(
  { uid, gid, groups = [] }: LocalUser,
  program: string,
  args: readonly string[],
): [string, readonly string[]] | undefined {
  const euid = process.geteuid?.();
  if (euid === uid) return [program, args];
  if (euid !== 0) return undefined;
  const rights = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
  return ['setpriv', ['--reuid', String(uid), '--regid', String(gid), ...rights, '--', program, ...args]];
}

/** With the rights of that user and an empty environment, as FPM starts programs; undefined where that is not possible. */
export function runAs(
  localUser: LocalUser,
  program: string,
  args: readonly string[],
  input = '',
  patience = TEST_PATIENCE,
): RanAs | undefined {
  const command = commandAs(localUser, program, args);
  if (command === undefined) return undefined;
  const ran = spawnSync(command[0], command[1], {
    encoding: 'utf8',
    cwd: '/',
    timeout: patience,
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  if (ran.error !== undefined || (ran.status !== 0 && /^setpriv: /.test(ran.stderr))) return undefined;
  return { status: ran.status, stderr: ran.stderr };
}

/** Milliseconds, and bytes of the output: a password is one line. */
const COMMAND_PATIENCE = 15_000;
const LONGEST_PASSWORD = 64 * 1024;
/** The daemon's credentials while it is running; root may read them. */
const DAEMON_CREDENTIALS = '/run/credentials/mailshim.service';

/** @throws ExitError where there is none */
export function passwordFor(account: Account, sender: LocalUser | undefined): string {
  const { password, passwordeval } = account;
  if (
    process.geteuid?.() !== 0 ||
    sender === undefined ||
    sender.uid === 0 ||
    password !== undefined ||
    passwordeval === undefined
  )
    return passwordOf(
      account,
      process.env.CREDENTIALS_DIRECTORY ?? (sender?.name === 'mailshim' ? DAEMON_CREDENTIALS : undefined),
    );
  try {
    const output = execFileSync('/bin/sh', ['-c', passwordeval], {
      encoding: 'utf8',
      cwd: '/',
      uid: sender.uid,
      gid: sender.gid,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: COMMAND_PATIENCE,
      maxBuffer: LONGEST_PASSWORD,
    });
    const read = output.split('\n')[0]!.replace(/\r$/, '');
    if (read !== '') return read;
  } catch {}
  throw new ExitError(diagnostic('doctor.password', { account: account.name, file: account.file, user: sender.name }));
}
