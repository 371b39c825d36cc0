// The spool that a command is about.

import { lstatSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expandHome } from '../config/account.ts';
import { readConfiguration, refuseBroken } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { FOLDERS } from '../spool/commit.ts';
import { findSpool } from '../spool/place.ts';
import { Spool } from '../spool/queue.ts';
import { AWAKE } from '../spool/wake.ts';

/**
 * The one named; default: the one for mail of this user.
 * @throws ExitError 77 for the spool of another user, 78 where there is none
 */
export function openSpool(environment: Environment, named: string | undefined): Spool {
  const spool =
    named === undefined ? findOwnSpool(environment) : mayOpen(findSpool(named, false, environment), environment);
  if (spool === undefined) throw new ExitError(diagnostic('queue.no-spool'));
  return spool;
}

/** Undefined where none is configured. `file`: the configuration that was named. */
export function findOwnSpool(environment: Environment, file?: string): Spool | undefined {
  return mayOpen(findSpool(setting(environment, file), file === undefined, environment), environment);
}

function mayOpen(place: ReturnType<typeof findSpool>, environment: Environment): Spool | undefined {
  if (place === undefined) return undefined;
  if (place.kind === 'drop' && environment.euid !== 0) {
    throw new ExitError(diagnostic('queue.daemon-spool', { folder: place.folder }));
  }
  becomeOwner(place.folder, environment);
  refuseForeignFiles(place.folder, environment.euid);
  return new Spool(place.folder);
}

/**
 * Root changes the spool of another user as that user: the sender could not read what root writes, and would send again
 * to delivered recipients; and a link there could point to a file of root.
 */
function becomeOwner(folder: string, environment: Environment): void {
  if (environment.euid !== 0) return;
  let owner: { uid: number; gid: number };
  try {
    owner = statSync(folder);
  } catch {
    return;
  }
  if (owner.uid === 0) return;
  const { gid, home } = asUser(owner);
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(owner.uid);
  // The same user's environment, for what is read and started from here on.
  for (const name of ['HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME']) delete process.env[name];
  if (home !== undefined) process.env.HOME = home;
  Object.assign(environment, {
    euid: owner.uid,
    home,
    configHome: undefined,
    cacheHome: undefined,
    stateHome: undefined,
  });
}

/** From passwd; a user without an entry has the group of the directory and no home. */
function asUser({ uid, gid }: { uid: number; gid: number }): { gid: number; home: string | undefined } {
  process.seteuid?.(uid);
  try {
    const known = userInfo();
    return { gid: known.gid, home: known.homedir };
  } catch {
    return { gid, home: undefined };
  } finally {
    process.seteuid?.(0);
  }
}

function setting(environment: Environment, file: string | undefined): string | undefined {
  const configuration = readConfiguration(environment, file);
  if (file !== undefined) refuseBroken(configuration, environment.euid);
  const { accounts } = configuration;
  const sections = [...accounts.filter(({ name }) => name === 'default'), ...accounts];
  const value = sections.map((section) => section.settings.get('spool')?.value).find((folder) => folder !== undefined);
  if (value === undefined || value === 'off') return undefined;
  return expandHome(value, environment.home);
}

/** Files of a sender that ran as another user, such as root. @throws ExitError 73 */
export function refuseForeignFiles(folder: string, euid: number): void {
  for (const name of [...FOLDERS, 'lock', AWAKE]) {
    const path = join(folder, name);
    const owner = lstatSync(path, { throwIfNoEntry: false })?.uid ?? euid;
    if (owner !== euid) throw new ExitError(diagnostic('queue.foreign-spool', { path, owner, euid, folder }));
  }
}
