// Far more mails than usual by one script, sender or user: a site that was broken into sends them until they are noticed.

import type { OutbreakData, RecentCopies } from '../spool/ledger.ts';

/** Milliseconds in which mails are counted. */
export const WINDOW = 600_000;
const SLOTS = 10;
const SLOT = WINDOW / SLOTS;
/** What was usual counts for half after so long, in milliseconds: a newsletter that goes out each month is usual. */
const HALF_LIFE = 30 * 86_400_000;
/** A burst is an outbreak above so many times what is usual. */
const FACTOR = 3;
/** Milliseconds until an outbreak that goes on is announced again. */
const ANNOUNCED_EVERY = 3_600_000;
/** In place of a number of copies: of a window in which there was an outbreak. */
const OUTBREAK = -1;
/** Names counted at once, so that a thousand invented senders cannot fill the memory. */
const MAX_NAMES = 2000;
/** Characters of a name that the mail's author chose. */
const MAX_NAME = 200;

export interface Source {
  user: number;
  /** Of X-PHP-Originating-Script, which PHP adds with mail.add_x_header. */
  script?: string;
  /** Envelope sender. */
  sender: string;
}

export interface Outbreak {
  by: 'script' | 'sender' | 'user';
  name: string;
  user: number;
  script?: string;
  /** Copies within the window, and how many would have been nothing unusual. */
  count: number;
  limit: number;
  /** The first of this outbreak, so that there is one alert. */
  isNew: boolean;
}

/** Counts copies: a mail for five recipients is five. What is usual, and what is being counted, is kept in the ledger. */
export class OutbreakGuard {
  readonly #data: OutbreakData;
  readonly #now: () => number;
  /** How many there are. */
  readonly #names: { recent: number; usual: number };

  constructor(data: OutbreakData, now: () => number) {
    this.#data = data;
    this.#now = now;
    this.#names = { recent: Object.keys(this.#recent).length, usual: Object.keys(data.usual).length };
  }

  /** Counts a mail; undefined while that is no more than `limit`, or than what is usual there. */
  count(source: Source, copies: number, limit: number): Outbreak | undefined {
    const keys = keysOf(source);
    for (const [index, { by, key }] of keys.entries()) {
      const total = this.#add(key, copies);
      const most = Math.max(limit, FACTOR * this.#usual(key));
      // What is an outbreak must not become usual.
      this.#note(key, total <= most || by === 'unnamed' ? total : OUTBREAK);
      if (total <= most || by === 'unnamed') continue;
      const [own] = keys;
      const isOwn = this.#total(own!.key) * 2 >= total;
      if (by !== 'script' && !isOwn && (this.#isUsual(own!.key) || this.#isAnothers(own!.key, source.user, total)))
        continue;
      // The script that most of it comes from is the one to name.
      const blamed = own!.by === 'script' && isOwn ? own! : keys[index]!;
      return this.#outbreak(source, blamed, most, [key, blamed.key], keys.slice(index + 1));
    }
    return undefined;
  }

  #outbreak(source: Source, { by, name, key }: Key, limit: number, announced: string[], wider: Key[]): Outbreak {
    const now = this.#now();
    const counts = announced.map((each) => this.#take(each));
    const isNew = counts.every((count) => !(now - count.announced < ANNOUNCED_EVERY));
    if (isNew) for (const count of counts) count.announced = now;
    const count = this.#total(key);
    // The script explains what its sender and its user have too many of: their other mails are not to suffer for it.
    if (isNew) for (const each of wider) this.#forgive(each.key, count);
    const { user, script } = source;
    const known = { by: by as Outbreak['by'], name, user, ...(by === 'script' ? { script: script! } : {}), count };
    this.#data.last = { at: now, ...known };
    return { ...known, limit, isNew };
  }

  /** As many as it has had before. */
  #isUsual(key: string): boolean {
    const usual = this.#usual(key);
    return usual > 0 && this.#total(key) <= FACTOR * usual;
  }

  /** Another script of this user has sent most of what is too much. */
  #isAnothers(own: string, user: number, total: number): boolean {
    const prefix = scriptKey(user, '');
    return Object.keys(this.#recent).some(
      (key) => key !== own && key.startsWith(prefix) && this.#total(key) * 2 >= total,
    );
  }

  get #recent(): Record<string, RecentCopies> {
    this.#data.recent ??= {};
    return this.#data.recent;
  }

  #add(key: string, copies: number): number {
    const { slots } = this.#take(key);
    slots[SLOTS - 1]! += copies;
    return sum(slots);
  }

  #total(key: string): number {
    const slot = Math.floor(this.#now() / SLOT);
    const { slots, at } = this.#recent[key] ?? { slots: [], at: slot };
    return slot >= at ? sum(slots.slice(slot - at)) : 0;
  }

  #take(key: string): RecentCopies {
    const recent = this.#recent;
    const slot = Math.floor(this.#now() / SLOT);
    if (recent[key] === undefined && ++this.#names.recent > MAX_NAMES) this.#names.recent = forgetOldest(recent);
    const { announced, ...before } = recent[key] ?? { announced: 0, slots: [], at: 0 };
    const passed = slot - before.at;
    const kept = passed >= 0 && passed < SLOTS ? before.slots.slice(passed) : [];
    const count = { announced, slots: [...kept, ...new Array<number>(SLOTS - kept.length).fill(0)], at: slot };
    // The one that was counted last is the last to be forgotten.
    delete recent[key];
    recent[key] = count;
    return count;
  }

  #forgive(key: string, copies: number): void {
    const count = this.#recent[key];
    if (count === undefined) return;
    let left = copies;
    for (let index = SLOTS - 1; index >= 0 && left > 0; index--) {
      const taken = Math.min(left, count.slots[index]!);
      count.slots[index]! -= taken;
      left -= taken;
    }
  }

  /** Copies in a window that are usual, of the windows before this one. */
  #usual(key: string): number {
    const known = this.#data.usual[key];
    if (known === undefined) return 0;
    const now = this.#now();
    if (Math.abs(now - known.since) < WINDOW) return decayed(known, now);
    // That window is over: what it had is usual from here on.
    known.most = Math.max(decayed(known, now), known.current);
    known.at = now;
    known.since = now;
    known.current = 0;
    return known.most;
  }

  #note(key: string, total: number): void {
    const { usual } = this.#data;
    const now = this.#now();
    const known = usual[key];
    if (known !== undefined) {
      // An outbreak must not become usual, nor what led to it.
      if (known.current !== OUTBREAK) known.current = total === OUTBREAK ? OUTBREAK : Math.max(known.current, total);
      return;
    }
    if (++this.#names.usual > MAX_NAMES) this.#names.usual = forgetOldest(usual);
    usual[key] = { most: 0, at: now, current: total, since: now };
  }
}

function decayed({ most, at }: { most: number; at: number }, now: number): number {
  return most * 0.5 ** (Math.max(0, now - at) / HALF_LIFE);
}

/**
 * A tenth at once: going through all names for each new one would cost more than the mails.
 * @returns how many there are with the new one
 */
function forgetOldest(names: Record<string, unknown>): number {
  const all = Object.keys(names);
  const old = all.slice(0, Math.max(0, all.length - Math.floor(MAX_NAMES * 0.9)));
  for (const name of old) delete names[name];
  return all.length - old.length + 1;
}

function sum(slots: readonly number[]): number {
  return slots.reduce((total, slot) => total + slot, 0);
}

interface Key {
  /** `unnamed`: mails of a user that name no script; counted, and never an outbreak of their own. */
  by: Outbreak['by'] | 'unnamed';
  name: string;
  key: string;
}

function scriptKey(user: number, script: string): string {
  return `script ${user} ${script}`;
}

/** The narrowest first. All are of one user: one user's mails do not count for others, though their sender is the same. */
function keysOf({ user, script, sender }: Source): Key[] {
  const short = (name: string) => name.slice(0, MAX_NAME);
  const own = scriptKey(user, short(script ?? ''));
  return [
    script === undefined
      ? { by: 'unnamed', name: '', key: own }
      : { by: 'script', name: short(`${user} ${script}`), key: own },
    { by: 'sender', name: short(sender), key: `sender ${user} ${short(sender)}` },
    { by: 'user', name: String(user), key: `user ${user}` },
  ];
}

/** For log and status: the user, the script, and how many mails. */
export function outbreakText({
  by,
  name,
  user,
  script,
  count,
  limit,
}: Omit<Outbreak, 'isNew' | 'limit'> & { limit?: number }): string {
  const from = [
    `user ${user}`,
    ...(script === undefined ? [] : [`script ${script}`]),
    ...(by === 'sender' ? [`sender ${name}`] : []),
  ].join(', ');
  return `${count} mails within ${WINDOW / 60_000} minutes by ${from}${limit === undefined ? '' : `; at most ${Math.round(limit)} are usual`}`;
}
