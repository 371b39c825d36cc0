// Debian's programs that tests talk to: a missing one fails under CI and is a visible skip elsewhere.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';

export interface Peer {
  present: boolean;
  /** Full path where present. */
  path: string;
  /** For `test(name, {skip: peer.missing})`: false, or why it is skipped. */
  missing: string | false;
  /** Registers a visible skip (under CI a failure) for a whole group. */
  skip(group: string): void;
}

// Debian keeps daemons outside a user's PATH.
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/lib/postfix/sbin'];

/** `program` as in Debian's `packageName`. */
export function needs(program: string, packageName: string): Peer {
  const path = FOLDERS.map((folder) => join(folder, program)).find((candidate) => existsSync(candidate));
  const why = `${program} is not installed: apt-get install ${packageName}`;
  if (path === undefined && process.env.CI === 'true') throw new Error(why);
  return {
    present: path !== undefined,
    path: path ?? '',
    missing: path === undefined ? why : false,
    skip: (group) => test(group, { skip: why }, () => undefined),
  };
}
