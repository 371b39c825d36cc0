// The password as the user that sends gets it: root would read a file that the sender cannot.

import { execFileSync } from 'node:child_process';
import type { Account } from '../config/account.ts';
import { passwordOf } from '../config/secrets.ts';
import { EX, ExitError } from '../exit.ts';
import type { Person } from './person.ts';

/** Milliseconds, and bytes of what a command says: a password is one line. */
const PATIENCE = 15_000;
const LONGEST = 64 * 1024;
/** Where systemd keeps those of the daemon while it runs; root may read them. */
const DAEMON_CREDENTIALS = '/run/credentials/mailshim.service';

/** @throws ExitError where there is none */
export function passwordFor(account: Account, sender: Person | undefined): string {
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
      timeout: PATIENCE,
      maxBuffer: LONGEST,
    });
    const read = output.split('\n')[0]!.replace(/\r$/, '');
    if (read !== '') return read;
  } catch {}
  throw new ExitError(EX.CONFIG, `account ${account.name} (${account.file}): passwordeval fails for ${sender.name}`);
}
