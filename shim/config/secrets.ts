// The password, fetched only when the relay asks for it: directive, command, systemd's credential, then ~/.netrc.

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { EX, ExitError } from '../exit.ts';
import { describeFileError } from '../file-error.ts';
import { readFileOnce } from '../read-file.ts';
import { hasControl } from '../text/printable.ts';
import type { Account } from './account.ts';
import { evaluateCommand, SEE_MORE } from './files.ts';

/** Bytes of a credential: more than any token has. */
const LONGEST = 16 * 1024;
/** `LoadCredential=mailshim.password:FILE` in the unit of the daemon needs no line in the configuration. */
const CREDENTIAL = 'mailshim.password';

/**
 * @param credentials folder of systemd's credentials
 * @throws ExitError 78 where there is none, or the command failed
 */
export function passwordOf(account: Account, credentials = process.env.CREDENTIALS_DIRECTORY): string {
  const fail = (directive: string, why: string): never => {
    throw new ExitError(EX.CONFIG, `${account.place(directive)}: account ${account.name}: ${directive}: ${why}`);
  };
  if (account.password !== undefined) return account.password;
  if (account.passwordMissing !== undefined) return fail('password', account.passwordMissing);
  if (account.passwordeval !== undefined) {
    const result = evaluateCommand(account.passwordeval);
    if ('error' in result) return fail('passwordeval', result.error);
    return result.value === ''
      ? fail('passwordeval', `the command exited with 0 and printed no password; ${SEE_MORE}`)
      : result.value;
  }
  const { passwordCredential } = account;
  if (passwordCredential !== undefined && credentials === undefined)
    return fail(
      'password_credential',
      '$CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with LoadCredential=',
    );
  const names = passwordCredential === undefined ? [`${CREDENTIAL}.${account.name}`, CREDENTIAL] : [passwordCredential];
  for (const name of credentials === undefined || !isAbsolute(credentials) ? [] : names) {
    const read = readCredential(join(credentials!, name));
    if ('value' in read) return read.value;
    if (read.error !== undefined || passwordCredential !== undefined)
      return fail('password_credential', `credential ${name}: ${read.error ?? 'there is none'}`);
  }
  const found = netrcPassword(account.host, account.user ?? '');
  if (found !== undefined) return found;
  throw new ExitError(
    EX.CONFIG,
    `account ${account.name} (${account.file}): no password for ${account.user}; add "password" or "passwordeval"`,
  );
}

const bad = (error: string) => ({ error });

/** Without an error where there is no such file. */
function readCredential(file: string): { value: string } | { error: string | undefined } {
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(LONGEST + 1);
      const length = readSync(descriptor, buffer, 0, buffer.length, 0);
      const value = buffer.toString('utf8', 0, length).replace(/\r?\n$/, '');
      if (length > LONGEST) return bad(`it is longer than ${LONGEST} bytes`);
      if (value === '') return bad('it is empty');
      return hasControl(value, { tab: true }) ? bad('it contains a control character') : { value };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { error: code === 'ENOENT' ? undefined : describeFileError(code) };
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

/** The password of `machine HOST login USER password …`; "default" stands for any host. */
export function findInNetrc(text: string, host: string, user: string): string | undefined {
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  let matches = false;
  let login: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
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
