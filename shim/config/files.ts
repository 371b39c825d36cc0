// Which configuration files are read, in msmtp's order, with its permission rule; ours are read in their place.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { EX, ExitError } from '../exit.ts';
import { type FileRead, MAX_READ, readFileOnce } from '../read-file.ts';
import { inline } from '../text/printable.ts';
import { type AccountSection, buildAccounts } from './accounts.ts';
import type { Evaluate } from './kinds.ts';
import { type ConfigLine, type ConfigProblem, lexConfig } from './lex.ts';
import { valueOfVariable } from './variables.ts';

/** Where the process stands; an argument, so that tests can stand elsewhere. */
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
  /** Directives that are understood but not acted upon, where set. */
  lines: ConfigLine[];
  /** Values are the output of commands (`eval`), which may be another one the next time. */
  hasCommands?: true;
}

/** Milliseconds for a command of eval or passwordeval: a key agent may ask a person. */
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
      // msmtp passes over a system file it may not read; then there is often no account left, and that is said.
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
            () => ({ error: distrust }),
            (name) => ({ error: `the variable ${name} is not used: ${distrust}` }),
          );
    configuration.problems.push(...lexed.problems, ...built.problems);
    if (distrust !== undefined) {
      for (const { word, line } of lexed.lines) {
        if (word === 'passwordeval') configuration.problems.push({ file, line, message: `passwordeval: ${distrust}` });
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

/** A second relay that does not exist would be found out on the day that it is needed. */
function fallbackProblems(accounts: readonly AccountSection[]): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const { name, settings } of accounts) {
    const setting = settings.get('fallback_account');
    if (setting === undefined) continue;
    const { value, file, line } = setting;
    const known = accounts.some((account) => account.name === value);
    if (known && value !== name) continue;
    const why = known ? 'is the account itself' : 'is not defined';
    problems.push({ file, line, message: `fallback_account: account "${inline(value)}" ${why}` });
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
  // One of ours means that the msmtp files are not meant for us.
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
    // An exception costs more than all the rest of the question.
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' && !file.includes('mailshimrc');
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
  if (uid !== euid) {
    return [{ file, line, message: `a file with a password must belong to its reader (owner ${uid}, reader ${euid})` }];
  }
  if ((mode & 0o177) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    return [
      { file, line, message: `a file with a password must not be open to others (mode ${octal}); chmod 0600 ${file}` },
    ];
  }
  return [];
}

/** Why commands of this file are not run, where they are not: whoever writes the file would run as its reader. */
function distrustOf(file: string, { uid, mode, linkUid = uid }: FileRead, euid: number): string | undefined {
  // A link of another user may lead to a file of root's with lines of anybody's, such as a log.
  const stranger = [uid, linkUid].find((owner) => owner !== 0 && owner !== euid);
  if (stranger !== undefined)
    return `no command is run from a file of someone else (owner ${stranger}, reader ${euid}); chown it to its reader or root`;
  return (mode & 0o002) === 0 ? undefined : `no command is run from a file that everybody can write; chmod o-w ${file}`;
}

/** What a person can do about a command that failed. */
export const SEE_MORE = 'run the command of that line by hand, as the same user, to see what it says';

/** Runs a command of the configuration in a shell; its first line of output is the value. */
export const evaluateCommand: Evaluate = (command) => {
  // Most configurations run no command, and loading what could costs 2 ms of every mail.
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  try {
    const output = execFileSync('/bin/sh', ['-c', command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: COMMAND_TIMEOUT,
      maxBuffer: MAX_READ,
    });
    return { value: output.split('\n')[0]!.replace(/\r$/, '') };
  } catch (error) {
    // Neither the command nor what it said: both may hold secrets, and PHP shows them to visitors.
    const { status, signal } = error as { status?: number | null; signal?: string | null };
    const how = signal ? `was ended by ${signal}` : `exited with ${status ?? 'an error'}`;
    return { error: `the command ${how}; ${SEE_MORE}` };
  }
};

/** Ends the run where the configuration cannot be used as it is, with the first thing to mend. */
export function refuseBroken(configuration: Configuration, euid: number): void {
  const fatal = configuration.unreadable.find((entry) => entry.fatal);
  if (fatal !== undefined) throw new ExitError(EX.IOERR, unreadableMessage(fatal.file, fatal.why, euid));
  const [first, ...others] = configuration.problems;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${others.length} more; mailshim config check lists them)`;
    throw new ExitError(EX.CONFIG, `${first.file}:${first.line}: ${first.message}${more}`);
  }
}

/** What to do about a file that may not be read. */
export function unreadableMessage(file: string, why: string, euid: number): string {
  if (why !== 'permission denied') return `${file}: ${why}`;
  return `${file}: permission denied for uid ${euid}; let that user read it (chown, or a group and chmod 0640)`;
}
