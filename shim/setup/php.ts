// The line for php.ini, and where the program is that it names.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The setting that sends through mailshim with nothing from visitors getting in. */
export function sendmailPathFor(program: string): string {
  return `${program} --lock -t -i`;
}

/** Where `mailshim install` and the Debian package put the program. */
export const PROGRAM_PLACES = ['/usr/local/bin/mailshim', '/usr/bin/mailshim'] as const;

/** Where it is; where it is nowhere yet, where `mailshim install` will put it. */
export function programPlace(root: string): string {
  return PROGRAM_PLACES.find((place) => existsSync(join(root, place))) ?? PROGRAM_PLACES[0];
}
