// Starts a private spool's sender in the background, so that no process waits for it.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { takenVariables } from '../config/variables.ts';
import { SENDER_VARIABLE } from '../spool/wake.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';
/** All that a sender is given of a CGI request: where its user's files are, the time zone, and the authorities that it trusts. */
// biome-ignore format: a long list of words.
const PASSED = [
  'HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'MAILSHIM_ETC', 'MAILSHIM_SPOOL', 'EMAIL',
  'SMTPSERVER', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR',
];

/**
 * What the sender finds in its environment: what its caller had, since `passwordeval` and `eval` may ask for any of it,
 * such as a password. For a CGI request, whose variables are the visitor's, those alone that the configuration names.
 */
export function senderEnvironment(
  caller: NodeJS.ProcessEnv,
  folder: string,
  taken: ReadonlySet<string> = takenVariables,
): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { PATH };
  const names = caller.GATEWAY_INTERFACE === undefined ? Object.keys(caller) : [...PASSED, ...taken];
  for (const name of names) {
    const value = caller[name];
    if (value !== undefined && value !== '') environment[name] = value;
  }
  // A debugger's port is taken by the caller.
  delete environment.NODE_OPTIONS;
  return { ...environment, [SENDER_VARIABLE]: folder };
}

/** Lines for stderr where it does not start. */
export function startSender(folder: string, command: readonly string[]): Promise<string[]> {
  const environment = senderEnvironment(process.env, resolve(folder));
  const [program, ...words] = command;
  return new Promise((resolve) => {
    const child = spawn(program!, words, { cwd: '/', detached: true, stdio: 'ignore', env: environment });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const why = whyNotStarted(program!) ?? error.code ?? error.message;
      resolve([`the mail is safe in ${folder}, but no sender could be started (${why})`]);
    });
    child.once('spawn', () => {
      child.unref();
      resolve([]);
    });
  });
}

/** What a chroot lacks. */
function whyNotStarted(program: string): string | undefined {
  if (!isAbsolute(program))
    return `/proc is not mounted here, so that ${program} does not know its own file; start it by its whole path`;
  return existsSync('/dev/null') ? undefined : '/dev/null is missing here';
}
