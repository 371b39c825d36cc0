// The places of mailshim and msmtp that belong to the user who runs the suite: what they hold, to see whether it changed.
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** Below a home. */
const OWN = [
  '.mailshimrc',
  '.msmtprc',
  '.netrc',
  '.config/msmtp',
  '.config/mailshim',
  '.local/state/mailshim',
  '.cache/mailshim',
];
const SYSTEM = [
  '/var/spool/mailshim',
  '/var/cache/mailshim',
  '/etc/mailshimrc',
  '/etc/msmtprc',
  '/etc/netrc',
  '/etc/mailshim',
];

/** What mailshim and msmtp have in a home; other programs have places of their own there. */
export function placesIn(home: string): string[] {
  return OWN.map((name) => join(home, name));
}

/** Those of the user of this process, under the variables that it was started with. */
export function realPlaces(environment: NodeJS.ProcessEnv): string[] {
  const { homedir } = userInfo();
  const { HOME = homedir, XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME } = environment;
  const places = [...new Set([homedir, HOME])].flatMap(placesIn);
  if (XDG_CONFIG_HOME) places.push(join(XDG_CONFIG_HOME, 'msmtp'));
  for (const folder of [XDG_STATE_HOME, XDG_CACHE_HOME]) if (folder) places.push(join(folder, 'mailshim'));
  return [...places, ...SYSTEM];
}

/** One line for each file and folder that is there. */
export function contentsOf(places: readonly string[]): string[] {
  return places.flatMap((place) => {
    const stat = lstatSync(place, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    const line = `${place} ${stat.mode.toString(8)} ${stat.uid} ${stat.size} ${stat.mtimeMs}`;
    if (!stat.isDirectory()) return [line];
    return [
      line,
      ...contentsOf(
        readdirSync(place)
          .sort()
          .map((name) => join(place, name)),
      ),
    ];
  });
}

/** What programs of tests need of a home nevertheless: where Python and npm keep what is installed. */
const TOOLS: readonly [variable: string, place: string][] = [
  ['PYTHONUSERBASE', '.local'],
  ['PYENV_ROOT', '.pyenv'],
  ['NPM_CONFIG_USERCONFIG', '.npmrc'],
  ['NPM_CONFIG_CACHE', '.npm'],
];

/** Names these places by variables, so that the home can be another. */
export function keepTools(environment: NodeJS.ProcessEnv, home: string): void {
  for (const [variable, place] of TOOLS) if (existsSync(join(home, place))) environment[variable] ??= join(home, place);
}
