// The password, read only when the relay asks for it: directive, command, credential of systemd, then ~/.netrc.

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type Diagnostic, ExitError, placed } from '../exit.ts';
import { describeFileError, errorCode } from '../file-error.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { readFileOnce } from '../read-file.ts';
import { hasControl } from '../text/printable.ts';
import type { Account } from './account.ts';
import { evaluateCommand } from './files.ts';
import { isProblem, type Problem } from './kinds.ts';

/** Bytes of a credential: more than any token has. */
const LONGEST = 16 * 1024;
/** `LoadCredential=mailshim.password:FILE` in the unit of the daemon needs no line in the configuration. */
const CREDENTIAL = 'mailshim.password';

/**
 * @param credentials directory of systemd's credentials
 * @throws ExitError 78 if there is no password, or the command failed
 */
export function passwordOf(account: Account, credentials = process.env.CREDENTIALS_DIRECTORY): string {
  const fail = (directive: string, why: Diagnostic): never => {
    throw new ExitError(placed(`${account.place(directive)}: account ${account.name}: ${directive}`, why));
  };
  if (account.password !== undefined) return account.password;
  if (account.passwordMissing !== undefined) return fail('password', account.passwordMissing);
  if (account.passwordeval !== undefined) {
    const result = evaluateCommand(account.passwordeval);
    if (isProblem(result)) return fail('passwordeval', result.problem);
    return result.value === '' ? fail('passwordeval', diagnostic('password.no-output')) : result.value;
  }
  const { passwordCredential } = account;
  if (passwordCredential !== undefined && credentials === undefined)
    return fail('password_credential', diagnostic('credential.no-directory'));
  const names = passwordCredential === undefined ? [`${CREDENTIAL}.${account.name}`, CREDENTIAL] : [passwordCredential];
  if (credentials !== undefined && isAbsolute(credentials)) {
    for (const name of names) {
      const read = readCredential(credentials, name);
      if (read === undefined && passwordCredential === undefined) continue;
      if (read !== undefined && !isProblem(read)) return read.value;
      const why = read?.problem ?? diagnostic('credential.unreadable', { name, why: describeFileError('ENOENT') });
      return fail('password_credential', why);
    }
  }
  const user = account.user ?? '';
  const found = netrcPassword(account.host, user);
  if (found !== undefined) return found;
  throw new ExitError(diagnostic('password.none', { account: account.name, file: account.file, user }));
}

/** Undefined if there is no such file. */
function readCredential(folder: string, name: string): { value: string } | Problem | undefined {
  const file = join(folder, name);
  const bad = (fault: 'long' | 'empty' | 'control') => ({
    problem: diagnostic('credential.invalid', { name, fault, most: LONGEST }),
  });
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(LONGEST + 1);
      const length = readSync(descriptor, buffer, 0, buffer.length, 0);
      const value = buffer.toString('utf8', 0, length).replace(/\r?\n$/, '');
      if (length > LONGEST) return bad('long');
      if (value === '') return bad('empty');
      return hasControl(value, { tab: true }) ? bad('control') : { value };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return undefined;
    return { problem: diagnostic('credential.unreadable', { name, why: describeFileError(code) }) };
  }
}

function netrcPassword(host: string, user: string): string | undefined {
  const etc = process.env.MAILSHIM_ETC || '/etc';
  for (const folder of [process.env.HOME, etc]) {
    if (folder === undefined) continue;
    const read = readFileOnce(join(folder, folder === etc ? 'netrc' : '.netrc'));
    if ('why' in read) continue;
    const password = findInNetrc(read.text, host, user);
    if (password !== undefined) return password;
  }
  return undefined;
}

/** The password of `machine HOST login USER password …`; "default" is for any host. */
export function findInNetrc(text: string, host: string, user: string): string | undefined {
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  let matches = false;
  let login: string | undefined;
  let at = 0;
  for (let word = words[at]; word !== undefined; word = words[++at]) {
    const next = words[at + 1]?.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
    if (word === 'machine') {
      matches = next === host;
      login = undefined;
      at++;
    } else if (word === 'default') {
      matches = true;
      login = undefined;
    } else if (word === 'login') {
      login = next;
      at++;
    } else if (word === 'password') {
      if (matches && next !== undefined && (login === undefined || login === user)) return next;
      at++;
    }
  }
  return undefined;
}
