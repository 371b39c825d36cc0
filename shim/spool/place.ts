// Which spool a mail goes to: the drop folder of a daemon, or a private one of the user's own.

import { lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EX, ExitError } from '../exit.ts';

export interface SpoolPlace {
  /** `drop`: a daemon of another user takes the mails out. `private`: our own, whose sender is started when needed. */
  kind: 'drop' | 'private';
  folder: string;
  /** It was set up by an administrator, so that mail may wait there by rule and not only in need. */
  setUp: boolean;
}

/** Homes that a web server may show to the world. */
const SERVED = /^\/(var\/www|srv)(\/|$)/;

export interface PlaceSurroundings {
  euid: number;
  home: string | undefined;
  /** $XDG_STATE_HOME. */
  stateHome: string | undefined;
  /** Folder of the daemon's spool. */
  systemSpool: string;
}

/**
 * Undefined where no mail can be kept at all, or `off` is asked for. `setting`: the directive `spool`. `shared`: the
 * daemon knows this mail's configuration too.
 */
export function findSpool(
  setting: string | undefined,
  shared: boolean,
  { euid, home, stateHome, systemSpool }: PlaceSurroundings,
): SpoolPlace | undefined {
  if (setting === 'off') return undefined;
  if (setting !== undefined) {
    const drop = ownerOf(join(setting, 'drop'));
    if (drop !== undefined && drop !== euid) return { kind: 'drop', folder: setting, setUp: true };
    return { kind: 'private', folder: setting, setUp: ownerOf(setting) !== undefined };
  }
  if (shared) {
    const drop = ownerOf(join(systemSpool, 'drop'));
    if (drop !== undefined) return { kind: drop === euid ? 'private' : 'drop', folder: systemSpool, setUp: true };
  }
  // passwd names a home that does not exist for users without one.
  const own = home === undefined || SERVED.test(home) || ownerOf(home) === undefined ? undefined : home;
  const state = stateHome ?? (own === undefined ? undefined : join(own, '.local', 'state'));
  return state === undefined ? undefined : { kind: 'private', folder: join(state, 'mailshim', 'spool'), setUp: false };
}

function ownerOf(folder: string): number | undefined {
  try {
    const stat = statSync(folder, { throwIfNoEntry: false });
    return stat?.isDirectory() ? stat.uid : undefined;
  } catch {
    return undefined;
  }
}

/** Why a folder may not hold private mail: undefined where it may. */
export function distrustOf(folder: string, euid: number): string | undefined {
  const stat = lstatSync(folder);
  if (stat.isSymbolicLink()) return 'is a link; name the directory that it refers to';
  if (!stat.isDirectory()) return 'is not a directory';
  if (stat.uid !== euid) return `belongs to uid ${stat.uid}, not to ${euid}`;
  if ((stat.mode & 0o022) !== 0) return 'can be written by others; chmod 0700';
  return undefined;
}

/** @throws ExitError 78 where the folder is missing, or so open that others could take mail out of it */
export function checkDrop(folder: string, euid: number): void {
  const drop = join(folder, 'drop');
  const stat = lstatSync(drop, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) throw new ExitError(EX.CONFIG, `${drop} is missing; make it by: mkdir -m 3733 ${drop}`);
  const mode = stat.mode & 0o7777;
  if ((mode & 0o044) !== 0 || (mode & 0o1000) === 0) {
    throw new ExitError(
      EX.CONFIG,
      `${drop} has mode ${mode.toString(8)}, so that others could read or remove mail; chmod 3733 ${drop}`,
    );
  }
  // The sticky bit lets only the folder's owner, and root, take out what others put in.
  if (stat.uid !== euid && euid !== 0)
    throw new ExitError(EX.CONFIG, `${drop} belongs to uid ${stat.uid}, not to ${euid}; chown ${euid} ${drop}`);
}
