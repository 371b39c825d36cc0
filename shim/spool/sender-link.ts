// Where a launcher finds the sender of a private spool that the directive `spool` puts elsewhere: by a link in the directory of
// the default one. The launcher reads no configuration.

import { mkdirSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { removed } from './commit.ts';
import { findSpool, type PlaceSurroundings } from './place.ts';

/** In the directory of the default private spool. */
const LINK = 'sender';

/** Links to the spool of this sender; call the result at its end. Without the link, each mail starts a program. */
export function linkSender(folder: string, surroundings: PlaceSurroundings): () => void {
  const standard = findSpool(undefined, false, surroundings)?.folder;
  const target = resolve(folder);
  if (standard === undefined || resolve(standard) === target) return () => undefined;
  const link = join(dirname(standard), LINK);
  const temporary = `${link}.${process.pid}`;
  try {
    mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
    symlinkSync(target, temporary);
    renameSync(temporary, link);
  } catch {
    removed(temporary);
  }
  return () => {
    if (linkTarget(link) === target) removed(link);
  };
}

/** Undefined where it is not a link, or not there. */
function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
