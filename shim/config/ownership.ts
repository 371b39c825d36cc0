// Who may say which configuration is read: its owner, root, or whoever wrote --lock behind the flag that says so.

import type { Environment } from '../environment.ts';
import { EX, ExitError } from '../exit.ts';
import type { Invocation } from '../types.ts';
import { readConfiguration } from './files.ts';

/**
 * A script that hands a visitor's text to the fifth parameter of PHP's mail() adds words to the command line; `-C` would
 * read a file that was uploaded and run its passwordeval. Where an administrator has set up a configuration that the
 * caller does not own, such flags are taken only where they and --lock stand first of all words.
 * @throws ExitError 64
 */
export function refuseUntrusted(invocation: Invocation, environment: Environment): void {
  const [flag] = invocation.unlocked;
  if (flag === undefined || environment.euid === 0) return;
  const { files, owners } = readConfiguration(environment, undefined);
  const owned = files.find((file) => owners[file] !== environment.euid);
  if (owned === undefined) return;
  throw new ExitError(
    EX.USAGE,
    `option ${flag} is not taken from uid ${environment.euid}, which does not own ${owned}; where the administrator gives it, it and --lock stand first: mailshim ${flag} … --lock -t`,
  );
}
