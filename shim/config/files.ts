// Which configuration files are read, in msmtp's order, with its rule for permissions; our files replace msmtp's.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, EX, ExitError, placed } from '../exit.ts';
import { errorCode } from '../file-error.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { type FileRead, MAX_READ, readFileOnce } from '../read-file.ts';
import { inline } from '../text/printable.ts';
import type { Invocation } from '../types.ts';
import { type AccountSection, buildAccounts } from './accounts.ts';
import type { Evaluate } from './kinds.ts';
import { type ConfigLine, type ConfigProblem, lexConfig } from './lex.ts';
import { valueOfVariable } from './variables.ts';

/** The places and the user that decide which files are read. */
export interface Surroundings {
  /** Folder of the system files, "/etc". */
  etc: string;
  home: string | undefined;
  /** $XDG_CONFIG_HOME. */
  configHome: string | undefined;
  euid: number;
  /** $EMAIL and $SMTPSERVER: msmtp's account of last resort. */
  email?: string | undefined;
  smtpServer?: string | undefined;
}

export interface Configuration {
  /** Accounts of the user file first: they hide those of the same name in the system file. */
  accounts: AccountSection[];
  /** Files read, in order. */
  files: string[];
  /** User that owns each of them. */
  owners: Record<string, number>;
  /** Files that exist and could not be read, with why. */
  unreadable: { file: string; why: string; fatal: boolean }[];
  problems: ConfigProblem[];
  /** Of all files. */
  lines: ConfigLine[];
  /** Values are the output of commands (`eval`), which may be another one the next time. */
  hasCommands?: true;
}

/** Milliseconds for a command of eval or passwordeval: a key agent may ask the user. */
const COMMAND_TIMEOUT = 60_000;

/** Reads all files that apply; never throws, so that a log file named in one can take the errors of all. */
export function readConfiguration(surroundings: Surroundings, chosen: string | undefined): Configuration {
  const configuration: Configuration = { accounts: [], files: [], owners: {}, unreadable: [], problems: [], lines: [] };
  const evaluate: Evaluate = (command) => {
    configuration.hasCommands = true;
    return evaluateCommand(command);
  };
  for (const { file, kind } of candidates(surroundings, chosen)) {
    const read = readFileOnce(file);
    if ('why' in read) {
      const missing = read.code === 'ENOENT' || read.code === 'ENOTDIR';
      if (missing && kind !== 'chosen') continue;
      // msmtp skips a system file that it may not read; if no account is left, the error names the file.
      configuration.unreadable.push({ file, why: read.why, fatal: kind !== 'system' });
      continue;
    }
    configuration.files.push(file);
    configuration.owners[file] = read.uid;
    const lexed = lexConfig(file, read.text);
    const distrust = distrustOf(file, read, surroundings.euid);
    const built =
      distrust === undefined
        ? buildAccounts(lexed.lines, evaluate, valueOfVariable)
        : buildAccounts(
            lexed.lines,
            () => ({ problem: distrust }),
            (name) => ({ problem: placed(`the variable ${name}`, distrust) }),
          );
    configuration.problems.push(...lexed.problems, ...built.problems);
    if (distrust !== undefined) {
      for (const { word, line } of lexed.lines) {
        if (word === 'passwordeval') configuration.problems.push({ file, line, problem: placed(word, distrust) });
      }
    }
    if (kind !== 'system') configuration.problems.push(...checkPermissions(file, read, lexed.lines, surroundings.euid));
    configuration.lines.push(...lexed.lines);
    for (const account of built.accounts) {
      if (!configuration.accounts.some((known) => known.name === account.name)) configuration.accounts.push(account);
    }
  }
  const { email, smtpServer } = surroundings;
  if (email && smtpServer && !configuration.accounts.some(({ name }) => name === 'default')) {
    configuration.accounts.push(accountOfVariables(email, smtpServer));
  }
  if (configuration.unreadable.length === 0) configuration.problems.push(...fallbackProblems(configuration.accounts));
  configuration.problems.sort((a, b) => (a.file === b.file ? a.line - b.line : 0));
  return configuration;
}

/** Checked here, since a second relay that does not exist shows only when it is needed. */
function fallbackProblems(accounts: readonly AccountSection[]): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const { name, settings } of accounts) {
    const setting = settings.get('fallback_account');
    if (setting === undefined) continue;
    const { value, file, line } = setting;
    const known = accounts.some((account) => account.name === value);
    if (known && value !== name) continue;
    problems.push({ file, line, problem: diagnostic('account.fallback', { name: inline(value), known }) });
  }
  return problems;
}

function accountOfVariables(email: string, smtpServer: string): AccountSection {
  const file = 'the variables EMAIL and SMTPSERVER';
  const setting = (value: string) => ({ value, parsed: value, file, line: 0 });
  const settings = new Map([
    ['host', setting(smtpServer)],
    ['from', setting(email)],
  ]);
  return { name: 'default', file, line: 0, settings, explicit: new Set(settings.keys()) };
}

/** The files that may be read, or that decide which are, whether they exist or not. */
export function possibleFiles({ etc, home, configHome }: Surroundings, chosen: string | undefined): string[] {
  const files = [join(etc, 'mailshimrc'), join(etc, 'msmtprc')];
  if (chosen !== undefined) return [chosen, ...files];
  if (home !== undefined) files.push(join(home, '.mailshimrc'), join(home, '.msmtprc'));
  const xdg = configHome ?? (home === undefined ? undefined : join(home, '.config'));
  if (xdg !== undefined) files.push(join(xdg, 'msmtp', 'config'));
  return files;
}

interface Candidate {
  file: string;
  kind: 'user' | 'system' | 'chosen';
}

function candidates({ etc, home, configHome }: Surroundings, chosen: string | undefined): Candidate[] {
  const ownSystem = join(etc, 'mailshimrc');
  const system: Candidate = { file: exists(ownSystem) ? ownSystem : join(etc, 'msmtprc'), kind: 'system' };
  if (chosen !== undefined) return [{ file: chosen, kind: 'chosen' }, system];
  const ownUser = home === undefined ? undefined : join(home, '.mailshimrc');
  // With a file of our own, those of msmtp are not read.
  if (ownUser !== undefined && exists(ownUser)) {
    return [
      { file: ownUser, kind: 'user' },
      { file: ownSystem, kind: 'system' },
    ];
  }
  if (exists(ownSystem)) return [{ file: ownSystem, kind: 'system' }];
  const users: string[] = [];
  if (home !== undefined) users.push(join(home, '.msmtprc'));
  const xdg = configHome ?? (home === undefined ? undefined : join(home, '.config'));
  if (xdg !== undefined) users.push(join(xdg, 'msmtp', 'config'));
  const user = users.find(exists);
  if (user === undefined) return [system];
  return exists(system.file) ? [{ file: user, kind: 'user' }, system] : [{ file: user, kind: 'user' }];
}

function exists(file: string): boolean {
  try {
    // An exception takes longer than the call.
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return errorCode(error) === 'EACCES' && !file.includes('mailshimrc');
  }
}

// msmtp's rule: a password in a file of the user's is for the user alone.
function checkPermissions(
  file: string,
  { uid, mode }: FileRead,
  lines: readonly ConfigLine[],
  euid: number,
): ConfigProblem[] {
  const password = lines.find((line) => line.word === 'password');
  if (password === undefined || euid === 0) return [];
  const { line } = password;
  if (uid !== euid) return [{ file, line, problem: diagnostic('config.password-owner', { owner: uid, euid }) }];
  if ((mode & 0o177) === 0) return [];
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return [{ file, line, problem: diagnostic('config.password-mode', { file, mode: octal }) }];
}

/** Why commands of this file are not run; undefined if they are. A user that can write the file could run commands as its reader. */
function distrustOf(file: string, { uid, mode, linkUid = uid }: FileRead, euid: number): Diagnostic | undefined {
  // A link of another user may name a file of root with lines of other users, such as a log.
  const stranger = [uid, linkUid].find((owner) => owner !== 0 && owner !== euid);
  if (stranger !== undefined) return diagnostic('config.foreign-file', { owner: stranger, euid });
  return (mode & 0o002) === 0 ? undefined : diagnostic('config.writable-file', { file });
}

/** Runs a command of the configuration in a shell; its first line of output is the value. */
export const evaluateCommand: Evaluate = (command) => {
  // Most configurations run no command, and loading node:child_process costs each mail 2 ms.
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  try {
    const output = execFileSync('/bin/sh', ['-c', command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: COMMAND_TIMEOUT,
      maxBuffer: MAX_READ,
    });
    return { value: output.replace(/\r?(?:\n.*)?$/s, '') };
  } catch (error) {
    // Neither the command nor its output: both may hold secrets, and PHP shows them to visitors.
    const { status, signal } = error as { status?: number | null; signal?: string | null };
    return { problem: diagnostic('command.failed', { status, signal }) };
  }
};

/** Ends the run if the configuration cannot be used, with the first problem. */
export function refuseBroken(configuration: Configuration, euid: number): void {
  const fatal = configuration.unreadable.find((entry) => entry.fatal);
  if (fatal !== undefined)
    throw new ExitError(diagnostic('config.unreadable', { file: fatal.file, why: fatal.why, euid }));
  const [first, ...others] = configuration.problems;
  if (first === undefined) return;
  const { id, text } = placed(`${first.file}:${first.line}`, first.problem);
  const more = others.length === 0 ? '' : ` (and ${others.length} more; mailshim config check lists them)`;
  throw new ExitError({ id, text: text + more }, EX.CONFIG);
}

/**
 * A script that hands a visitor's text to the fifth parameter of PHP's mail() adds words to the command line; `-C` would
 * read an uploaded file and run its passwordeval. If there is a configuration that the caller does not own, such flags are
 * accepted only before all other words, and with --lock after them.
 * @throws ExitError 64
 */
export function refuseUntrusted(invocation: Invocation, surroundings: Surroundings): void {
  const [flag] = invocation.unlocked;
  if (flag === undefined || surroundings.euid === 0) return;
  const { files, owners } = readConfiguration(surroundings, undefined);
  const owned = files.find((file) => owners[file] !== surroundings.euid);
  if (owned === undefined) return;
  throw new ExitError(diagnostic('option.untrusted', { option: flag, euid: surroundings.euid, file: owned }));
}
