// Users of this machine by name, from passwd(5).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface User {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

export function findUser(root: string, name: string): User | undefined {
  let text: string;
  try {
    text = readFileSync(join(root || '/', 'etc/passwd'), 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [entry, , uid, gid, , home] = line.split(':');
    if (entry === name) return { name, uid: Number(uid), gid: Number(gid), home: home ?? '' };
  }
  return undefined;
}
