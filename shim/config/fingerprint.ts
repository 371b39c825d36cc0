// Whether the files of a configuration are those that were read, found out without reading them.

import { type BigIntStats, lstatSync, statSync } from 'node:fs';

/**
 * Milliseconds. A file that changed so shortly before it was read may change once more without another time: file systems
 * count in steps, of a few milliseconds (ext4) to two seconds.
 */
const STEP = 2000;
const NS_PER_MS = 1_000_000n;

export interface Fingerprint {
  /** Equal texts: the same files with the same contents. */
  text: string;
  /** A change from now on gives another text. */
  settled: boolean;
}

/**
 * @param files - in any state: a file that is missing or may not be seen counts too
 * @param now - milliseconds since 1970, by the clock of the file system
 */
export function fingerprintOf(files: readonly string[], now: number): Fingerprint {
  let settled = true;
  const lines = files.map((file) => {
    try {
      const named = lstatSync(file, { bigint: true, throwIfNoEntry: false });
      if (named === undefined) return 'missing';
      // Both: the owner of a link chose the file.
      const stats = named.isSymbolicLink() ? [named, statSync(file, { bigint: true })] : [named];
      settled &&= stats.every((stat) => isSettled(stat, now)) && stats.at(-1)!.isFile();
      return stats.map(describe).join(' ');
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    }
  });
  return { text: lines.join('\n'), settled };
}

function describe({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function isSettled({ mtimeNs, ctimeNs }: BigIntStats, now: number): boolean {
  const latest = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  return latest / NS_PER_MS < now - STEP;
}
