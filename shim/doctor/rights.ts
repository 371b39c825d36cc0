// What a user may do with a file, from its mode: without becoming that user.

import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Person } from './context.ts';

export type Right = 'read' | 'write' | 'search';
const BITS: Record<Right, number> = { read: 4, write: 2, search: 1 };

/** The system's own rule: owner, else group, else the others. */
export function may(person: Person, right: Right, stat: Stats): boolean {
  if (person.uid === 0) return true;
  const shift = stat.uid === person.uid ? 6 : stat.gid === person.gid ? 3 : 0;
  return ((stat.mode >> shift) & BITS[right]) !== 0;
}

/** Undefined where the file is not there; false also where a folder above it cannot be entered. */
export function mayReach(person: Person, right: Right, file: string): boolean | undefined {
  let stat: Stats;
  try {
    stat = statSync(file);
  } catch {
    return undefined;
  }
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (!may(person, 'search', statSync(folder))) return false;
  }
  return may(person, right, stat);
}
