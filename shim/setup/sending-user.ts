// The user that sends where none is named: the daemon's, or the one that PHP runs as.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WEB_USERS } from '../php/layouts.ts';
import { findPhp } from '../php/sites.ts';
import { findUser, type User } from './users.ts';

export const DAEMON_USER = 'mailshim';
const UNITS = ['etc/systemd/system', 'usr/lib/systemd/system', 'lib/systemd/system'];

export type SendingUser =
  | { user: User; leftOver: boolean }
  /** PHP runs as several users, or as none that is known. */
  | { user: undefined; candidates: readonly string[] };

/** `leftOver`: the daemon's user is there, but only because the package's removal left it. */
export function sendingUser(root: string, spool: string): SendingUser {
  const daemon = findUser(root, DAEMON_USER);
  // One that an administrator made has another home, and is there on purpose.
  const leftOver = daemon?.home === spool && !hasDaemonUnit(root);
  if (daemon !== undefined && !leftOver) return { user: daemon, leftOver };
  const php = new Set(findPhp(root).sites.flatMap(({ user }) => user ?? []));
  const known = [...php].filter((name) => findUser(root, name) !== undefined);
  const candidates = known.length > 0 ? known : WEB_USERS.filter((name) => findUser(root, name) !== undefined);
  const name = known.length > 1 ? candidates.find((each) => each === WEB_USERS[0]) : candidates[0];
  const user = name === undefined ? undefined : findUser(root, name);
  return user === undefined ? { user, candidates } : { user, leftOver };
}

/** Whether systemd has the daemon's unit here. */
export function hasDaemonUnit(root: string): boolean {
  return UNITS.some((place) => existsSync(join(root || '/', place, 'mailshim.service')));
}
