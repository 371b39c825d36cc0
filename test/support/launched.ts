// The launcher with the program beside it, as a package puts them, for any user; each start of the program is counted.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { missingFor } from '../../scripts/launcher.ts';
import type { TemporaryFolder } from './folder.ts';
import { launcherFile } from './launcher.ts';
import { shimCommand } from './program.ts';

/** `skip` of tests of the launcher: what is missing to build it. */
export const noLauncher = missingFor('linux-x64') ?? false;

export interface Launched {
  /** The launcher, under the name sendmail. */
  sendmail: string;
  /** How often the program was started in place of a sender. */
  fallbacks(): number;
  /** Of calls since the last time: the command lines that the program got. */
  programs(): string[];
}

/** `flags` for the compiler: none leaves the launcher's own bounds of time. */
export function launchedInto(folder: TemporaryFolder, flags: readonly string[] = []): Launched {
  chmodSync(folder.path, 0o755);
  const bin = folder.join('launched');
  mkdirSync(bin);
  chmodSync(bin, 0o755);
  const sendmail = folder.join('launched/sendmail');
  copyFileSync(launcherFile('linux-x64', flags), sendmail);
  chmodSync(sendmail, 0o755);
  const record = folder.join('launched/programs');
  writeFileSync(record, '');
  chmodSync(record, 0o666);
  const [program, words] = shimCommand();
  const command = [program, ...words].map((word) => `'${word}'`).join(' ');
  writeFileSync(
    folder.join('launched/mailshim'),
    `#!/bin/sh\nprintf '%s\\n' "$*" >> '${record}' 2>/dev/null\nexec ${command} "$@"\n`,
  );
  chmodSync(folder.join('launched/mailshim'), 0o755);
  let seen = 0;
  const all = () => readFileSync(record, 'utf8');
  return {
    sendmail,
    fallbacks: () => (statSync(record).size === 0 ? 0 : all().trimEnd().split('\n').length),
    programs() {
      const text = all();
      const found = text.slice(seen).trimEnd();
      seen = text.length;
      return found === '' ? [] : found.split('\n');
    },
  };
}
