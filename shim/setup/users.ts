// Users of this machine by name, from passwd(5).

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface User {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** By name, or by number as in pools. */
export function findUser(root: string, name: string): User | undefined {
  return userIn(linesOf(root, 'etc/passwd'), name);
}

function userIn(lines: readonly string[], name: string): User | undefined {
  for (const line of lines) {
    const [entry, , uid, gid, , home] = line.split(':');
    if (entry === name || (/^\d+$/.test(name) && uid === name))
      return { name: entry!, uid: Number(uid), gid: Number(gid), home: home ?? '' };
  }
  return undefined;
}

/** By the name service of the system, which may have users of LDAP. */
export function findUserAnywhere(root: string, name: string): User | undefined {
  const found = findUser(root, name);
  if (found !== undefined || root !== '' || !/^[\w.][\w.@-]*\$?$/.test(name)) return found;
  const ran = spawnSync('getent', ['passwd', name], { encoding: 'utf8', timeout: 5000 });
  return userIn((ran.stdout ?? '').split('\n'), name);
}

/** Numbers of the groups that a user is in, from group(5); without the primary group. */
export function groupsOf(root: string, name: string): number[] {
  return linesOf(root, 'etc/group').flatMap((line) => {
    const [, , gid, members = ''] = line.split(':');
    return members.split(',').includes(name) ? [Number(gid)] : [];
  });
}

export function findGroup(root: string, name: string): number | undefined {
  for (const line of linesOf(root, 'etc/group')) {
    const [entry, , gid] = line.split(':');
    if (entry === name || (/^\d+$/.test(name) && gid === name)) return Number(gid);
  }
  return undefined;
}

function linesOf(root: string, file: string): string[] {
  try {
    return readFileSync(join(root || '/', file), 'utf8').split('\n');
  } catch {
    return [];
  }
}
