// Who may choose the configuration: its owner, root, and the administrator who wrote --lock after the flag.

import type { Environment } from '../environment.ts';
import { ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { Invocation } from '../types.ts';
import { readConfiguration } from './files.ts';

/**
 * A script that hands a visitor's text to the fifth parameter of PHP's mail() adds words to the command line; `-C` would
 * read an uploaded file and run its passwordeval. If there is a configuration that the caller does not own, such flags are
 * accepted only before all other words, and with --lock after them.
 * @throws ExitError 64
 */
export function refuseUntrusted(invocation: Invocation, environment: Environment): void {
  const [flag] = invocation.unlocked;
  if (flag === undefined || environment.euid === 0) return;
  const { files, owners } = readConfiguration(environment, undefined);
  const owned = files.find((file) => owners[file] !== environment.euid);
  if (owned === undefined) return;
  throw new ExitError(diagnostic('option.untrusted', { option: flag, euid: environment.euid, file: owned }));
}
