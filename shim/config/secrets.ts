// The password, fetched only when the relay asks for it: directive, command, then ~/.netrc, as msmtp looks for it.

import { join } from 'node:path';
import { EX, ExitError } from '../exit.ts';
import { readFileOnce } from '../read-file.ts';
import type { Account } from './account.ts';
import { evaluateCommand } from './files.ts';

/** @throws ExitError 78 where there is none, or the command failed */
export function passwordOf(account: Account): string {
  if (account.password !== undefined) return account.password;
  if (account.passwordeval !== undefined) {
    const result = evaluateCommand(account.passwordeval);
    if ('value' in result && result.value !== '') return result.value;
    const why =
      'error' in result ? result.error : `command ${JSON.stringify(account.passwordeval)} printed no password`;
    throw new ExitError(EX.CONFIG, `account ${account.name} (${account.file}): passwordeval: ${why}`);
  }
  const found = netrcPassword(account.host, account.user ?? '');
  if (found !== undefined) return found;
  throw new ExitError(
    EX.CONFIG,
    `account ${account.name} (${account.file}): no password for ${account.user}; add "password" or "passwordeval"`,
  );
}

function netrcPassword(host: string, user: string): string | undefined {
  for (const folder of [process.env.HOME, '/etc']) {
    if (folder === undefined) continue;
    const read = readFileOnce(join(folder, folder === '/etc' ? 'netrc' : '.netrc'));
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
