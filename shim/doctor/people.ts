// The users that PHP runs as here: each pool and each site of Apache names one. Root is never guessed.

import { defined } from '../defined.ts';
import { EX, ExitError } from '../exit.ts';
import { type Asked, askPhp } from '../php/ask.ts';
import { WEB_USERS } from '../php/layouts.ts';
import { findPhp, type PhpMachine, type PhpSite } from '../php/sites.ts';
import { findGroup, findUserAnywhere, groupsOf, type User } from '../setup/users.ts';
import type { Person } from './person.ts';
import { verdictOf } from './sendmail-path.ts';

export interface PhpView {
  machine: PhpMachine;
  /** What PHP said where it was asked, by its php.ini. */
  asked: readonly Asked[];
  /** Those who send through mailshim, each once; the first is the one to ask about what concerns only one. */
  people: readonly Person[];
  /** Sites by the name of the user. */
  sitesOf: ReadonlyMap<string, readonly PhpSite[]>;
  /** Sites that name a user who is not here. */
  missing: readonly { site: PhpSite; user: string }[];
  /** Sites of users that only root can look at. */
  unseen: readonly PhpSite[];
}

interface Surroundings {
  root: string;
  program: string;
  euid: number;
  /** `--user`. */
  user: string | undefined;
}

/** @throws ExitError 67 where the user that was asked for is not here */
export function viewOfPhp({ root, program, euid, user }: Surroundings): PhpView {
  const asked: Asked[] = [];
  const machine = findPhp(root, (php) => {
    // Programs of another system cannot be asked.
    const answer = root === '' ? askPhp(php) : { php };
    asked.push(answer);
    return answer.php;
  });
  const view = { machine, asked, missing: [], unseen: [] };
  const wanted = user === undefined ? undefined : personOf(root, user);
  if (user !== undefined && wanted === undefined)
    throw new ExitError(EX.NOUSER, `doctor: there is no user ${user} here`);
  const only = wanted ?? (euid === 0 ? undefined : ownPerson(root, euid));
  if (only !== undefined) return { ...view, ...seenBy(only, machine.sites, wanted === undefined) };
  return { ...view, ...usersOf(machine, root, program) };
}

/** All sites are looked at as this user: `--user` says so; without root, only one's own can be. */
function seenBy(
  person: Person,
  sites: readonly PhpSite[],
  onlyOwn: boolean,
): Pick<PhpView, 'people' | 'sitesOf' | 'unseen'> {
  const own = sites.filter(
    ({ user }) => !onlyOwn || user === undefined || user === person.name || user === String(person.uid),
  );
  return {
    people: [person],
    sitesOf: new Map([[person.name, own]]),
    unseen: sites.filter((site) => !own.includes(site)),
  };
}

function usersOf(machine: PhpMachine, root: string, program: string): Pick<PhpView, 'people' | 'sitesOf' | 'missing'> {
  const people = new Map<string, Person>();
  const others = new Map<string, Person>();
  const sitesOf = new Map<string, PhpSite[]>();
  const missing: { site: PhpSite; user: string }[] = [];
  for (const site of machine.sites) {
    if (site.user === undefined) continue;
    const person = personOf(root, site.user, site.group);
    if (person === undefined) {
      missing.push({ site, user: site.user });
      continue;
    }
    sitesOf.set(person.name, [...(sitesOf.get(person.name) ?? []), site]);
    // Where another program sends, that is the finding: rights at mailshim's files would not change it.
    (verdictOf(site, root, program).level === 'failure' ? others : people).set(person.name, person);
  }
  if (people.size === 0) for (const [name, person] of others) people.set(name, person);
  if (people.size === 0) {
    const usual = [machine.apacheUser, ...WEB_USERS].flatMap((name) =>
      name === undefined ? [] : (personOf(root, name) ?? []),
    );
    if (usual[0] !== undefined) people.set(usual[0].name, usual[0]);
  }
  const first = people.get('www-data');
  return { people: [...new Set([...(first === undefined ? [] : [first]), ...people.values()])], sitesOf, missing };
}

function personOf(root: string, name: string, group?: string): Person | undefined {
  const found = findUserAnywhere(root, name);
  if (found !== undefined) return personFrom(root, found, group);
  // In a container a user may be a number and nothing else.
  if (!/^\d{1,10}$/.test(name)) return undefined;
  const gid = group === undefined ? undefined : findGroup(root, group);
  return { name, uid: Number(name), gid: gid ?? (Number(group) || Number(name)) };
}

function personFrom(root: string, { name, uid, gid, home }: User, group?: string): Person {
  const own = group === undefined ? gid : (findGroup(root, group) ?? gid);
  return { name, uid, gid: own, home, groups: groupsOf(root, name) };
}

function ownPerson(root: string, euid: number): Person {
  const found = findUserAnywhere(root, String(euid));
  if (found !== undefined) return personFrom(root, found);
  return {
    name: String(euid),
    uid: euid,
    gid: process.getegid?.() ?? euid,
    ...defined({ groups: process.getgroups?.() }),
  };
}
