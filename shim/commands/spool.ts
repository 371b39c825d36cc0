// Which spool a command for people is about.

import { lstatSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expandHome } from '../config/account.ts';
import { readConfiguration, refuseBroken } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { EX, ExitError } from '../exit.ts';
import { FOLDERS } from '../spool/commit.ts';
import { findSpool } from '../spool/place.ts';
import { Spool } from '../spool/queue.ts';
import { AWAKE } from '../spool/wake.ts';

/**
 * The one named, else the one that mail of this user goes to.
 * @throws ExitError 77 where it is another user's, 78 where there is none
 */
export function openSpool(environment: Environment, named: string | undefined): Spool {
  const spool =
    named === undefined ? findOwnSpool(environment) : mayOpen(findSpool(named, false, environment), environment);
  if (spool === undefined) throw new ExitError(EX.CONFIG, 'no spool is set up: nothing waits anywhere');
  return spool;
}

/** Undefined where none is set up, nor could be. `file`: the configuration that was named. */
export function findOwnSpool(environment: Environment, file?: string): Spool | undefined {
  return mayOpen(findSpool(setting(environment, file), file === undefined, environment), environment);
}

function mayOpen(place: ReturnType<typeof findSpool>, environment: Environment): Spool | undefined {
  if (place === undefined) return undefined;
  if (place.kind === 'drop' && environment.euid !== 0) {
    throw new ExitError(EX.NOPERM, `the spool ${place.folder} is its daemon's; ask as root or as the daemon's user`);
  }
  becomeOwner(place.folder, environment);
  refuseStrangers(place.folder, environment.euid);
  return new Spool(place.folder);
}

/**
 * Root handles another's spool as that user: what root wrote there the sender could not read, and would send again to
 * recipients that were served; and through a link there nobody gets at what is root's.
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
  // What is read and started from here on is that user's, too.
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

/** As passwd has it; a user that is a number only has the group of its folder, and no home. */
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

/** Left by a sender of another user, such as root, who tried it once by hand. @throws ExitError 73 */
export function refuseStrangers(folder: string, euid: number): void {
  for (const name of [...FOLDERS, 'lock', AWAKE]) {
    const path = join(folder, name);
    const owner = lstatSync(path, { throwIfNoEntry: false })?.uid ?? euid;
    if (owner !== euid)
      throw new ExitError(EX.CANTCREAT, `${path} belongs to uid ${owner}, not to ${euid}; chown -R ${euid} ${folder}`);
  }
}
