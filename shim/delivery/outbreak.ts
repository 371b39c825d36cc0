// Far more mails than usual by one script, sender or user: a site that was broken into sends them until they are noticed.

import type { OutbreakData } from '../spool/ledger.ts';

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

interface Count {
  /** Copies by slot of the window, the latest last. */
  slots: number[];
  /** Number of the latest slot. */
  at: number;
  /** When the last outbreak was announced. */
  announced: number;
}

/** Counts copies: a mail for five recipients is five. What is usual is kept in the ledger. */
export class OutbreakGuard {
  readonly #counts = new Map<string, Count>();
  readonly #data: OutbreakData;
  readonly #now: () => number;

  constructor(data: OutbreakData, now: () => number) {
    this.#data = data;
    this.#now = now;
  }

  /** Counts a mail; undefined while that is no more than `limit`, or than what is usual there. */
  count(source: Source, copies: number, limit: number): Outbreak | undefined {
    const keys = keysOf(source);
    for (const [index, { by, name, key }] of keys.entries()) {
      const count = this.#take(key);
      count.slots[SLOTS - 1]! += copies;
      const total = count.slots.reduce((sum, slot) => sum + slot, 0);
      const most = Math.max(limit, FACTOR * this.#usual(key));
      if (total <= most) {
        this.#note(key, total);
        continue;
      }
      const now = this.#now();
      const isNew = !(now - count.announced < ANNOUNCED_EVERY);
      if (isNew) count.announced = now;
      // What is an outbreak must not become usual.
      this.#note(key, OUTBREAK);
      // The script explains what its sender and its user have too many of: their other mails are not to suffer for it.
      if (isNew) for (const wider of keys.slice(index + 1)) this.#forgive(wider.key, total);
      const { user, script } = source;
      const outbreak = {
        by,
        name,
        user,
        ...(script === undefined ? {} : { script }),
        count: total,
        limit: most,
        isNew,
      };
      this.#data.last = { at: this.#now(), by, name, user, ...(script === undefined ? {} : { script }), count: total };
      return outbreak;
    }
    return undefined;
  }

  #take(key: string): Count {
    const slot = Math.floor(this.#now() / SLOT);
    const { announced, ...before } = this.#counts.get(key) ?? { announced: Number.NEGATIVE_INFINITY, slots: [], at: 0 };
    const passed = slot - before.at;
    const kept = passed >= 0 && passed < SLOTS ? before.slots.slice(passed) : [];
    const count = { announced, slots: [...kept, ...new Array<number>(SLOTS - kept.length).fill(0)], at: slot };
    // The one that was counted last is the last to be forgotten.
    this.#counts.delete(key);
    this.#counts.set(key, count);
    if (this.#counts.size > MAX_NAMES) this.#counts.delete(this.#counts.keys().next().value!);
    return count;
  }

  #forgive(key: string, copies: number): void {
    const count = this.#counts.get(key);
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
    const names = Object.keys(usual);
    if (names.length >= MAX_NAMES) delete usual[names[0]!];
    usual[key] = { most: 0, at: now, current: total, since: now };
  }
}

function decayed({ most, at }: { most: number; at: number }, now: number): number {
  return most * 0.5 ** (Math.max(0, now - at) / HALF_LIFE);
}

/** The narrowest first. */
function keysOf({ user, script, sender }: Source): { by: Outbreak['by']; name: string; key: string }[] {
  const of = (by: Outbreak['by'], name: string) => ({
    by,
    name: name.slice(0, MAX_NAME),
    key: `${by} ${name.slice(0, MAX_NAME)}`,
  });
  return [
    ...(script === undefined ? [] : [of('script', `${user} ${script}`)]),
    of('sender', sender),
    of('user', String(user)),
  ];
}

/** For log and status: who sends, by what, and how much. */
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
