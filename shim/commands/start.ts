// Starts a private spool's sender in the background, out of reach of whoever waits for us.

import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { SENDER_VARIABLE } from '../spool/wake.ts';

/** Variables that the sender needs: where its user's files are, what time it is, and whom it trusts. */
const PASSED = [
  'HOME',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_STATE_HOME',
  'MAILSHIM_SPOOL',
  'EMAIL',
  'SMTPSERVER',
  'TZ',
  'LANG',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** What stderr should say where it does not start. */
export function startSender(folder: string): Promise<string[]> {
  const environment: Record<string, string> = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    [SENDER_VARIABLE]: resolve(folder),
  };
  for (const name of PASSED) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  const [program, ...words] = ownCommand();
  return new Promise((resolve) => {
    const child = spawn(program!, words, { cwd: '/', detached: true, stdio: 'ignore', env: environment });
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve([`the mail is safe in ${folder}, but no sender could be started (${error.code ?? error.message})`]);
    });
    child.once('spawn', () => {
      child.unref();
      resolve([]);
    });
  });
}

/** The command that runs this program. */
export function ownCommand(): string[] {
  const script = process.argv[1];
  try {
    return script === undefined ? [process.execPath] : [process.execPath, realpathSync(script)];
  } catch {
    // Compiled into an executable, the program has no file of its own.
    return [process.execPath];
  }
}
