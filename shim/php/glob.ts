// Paths with `*` for one name or part of one, in the order of names.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Names read of one directory: hosting providers have thousands of sites, an attack could have millions of files. */
const MOST = 10_000;

export interface Match {
  path: string;
  /** What each `*` matched. */
  stars: readonly string[];
}

/** Existing paths. Names that begin with a dot are hidden from `*`, as in a shell. */
export function glob(root: string, pattern: string): Match[] {
  let found: Match[] = [{ path: root || '/', stars: [] }];
  for (const part of pattern.split('/').filter((each) => each !== '')) {
    found = part.includes('*')
      ? found.flatMap(({ path, stars }) =>
          namesIn(path).flatMap((name) => {
            const star = starOf(part, name);
            return star === undefined ? [] : [{ path: join(path, name), stars: [...stars, star] }];
          }),
        )
      : found.map(({ path, stars }) => ({ path: join(path, part), stars }));
  }
  return found.filter(({ path }) => isThere(path));
}

function starOf(part: string, name: string): string | undefined {
  const [before, after] = part.split('*') as [string, string];
  if (name.startsWith('.') || !name.startsWith(before) || !name.endsWith(after)) return undefined;
  return name.length < before.length + after.length ? undefined : name.slice(before.length, name.length - after.length);
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, MOST).sort();
  } catch {
    return [];
  }
}

export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
