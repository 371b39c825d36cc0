// Which spool a command for people is about.

import { readConfiguration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { EX, ExitError } from '../exit.ts';
import { findSpool } from '../spool/place.ts';
import { Spool } from '../spool/queue.ts';

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

/** Undefined where none is set up, nor could be. */
export function findOwnSpool(environment: Environment): Spool | undefined {
  return mayOpen(findSpool(setting(environment), true, environment), environment);
}

function mayOpen(place: ReturnType<typeof findSpool>, { euid }: Environment): Spool | undefined {
  if (place === undefined) return undefined;
  if (place.kind === 'drop' && euid !== 0) {
    throw new ExitError(EX.NOPERM, `the spool ${place.folder} is its daemon's; ask as root or as the daemon's user`);
  }
  return new Spool(place.folder);
}

function setting(environment: Environment): string | undefined {
  const { accounts } = readConfiguration(environment, undefined);
  const sections = [...accounts.filter(({ name }) => name === 'default'), ...accounts];
  const value = sections.map((section) => section.settings.get('spool')?.value).find((folder) => folder !== undefined);
  if (value === undefined || value === 'off') return undefined;
  return environment.home !== undefined && value.startsWith('~/') ? environment.home + value.slice(1) : value;
}
