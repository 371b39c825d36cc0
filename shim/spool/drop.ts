// The drop folder of a daemon (mode 3733): other users' mails are taken out of it with distrust, each user having a turn.
//
// The system names what comes in, and only that is looked at. The whole folder is gone through at the start, rarely, and
// where events may have been lost; in slices, between which everything else goes on. What is no mail does not stay.

import { closeSync, type Dir, type FSWatcher, fsync, lstatSync, opendirSync, renameSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EX, ExitError } from '../exit.ts';
import { removed } from './commit.ts';
import { EntryError } from './entry.ts';
import { type DropLimits, judge } from './judge.ts';
import type { Spool } from './queue.ts';
import { Complaints, Rejected, rejectedId } from './rejected.ts';
import { publishFull, SAID_EVERY } from './share.ts';
import { type Copied, copyDropped, discard } from './take.ts';

/** Names looked at, and names read, before everything else has its turn. */
const LOOKS = 64;
const NAMES = 256;
/** Mails, and bytes, of one user that are copied before another user has his turn. */
const TURN_MAILS = 32;
const TURN_BYTES = 512 * 1024;
/** Names that wait to be looked at; of more, the next look at the whole folder finds them. */
const MAX_NOTICED = 20_000;
/** Events between two looks, after which the system may have dropped some (its queue holds 16,384). */
const FLOOD = 4096;
/** Milliseconds between two looks at the whole folder, for what the system did not tell. */
const RESCAN = 60_000;
/** The same where events may have been lost, or none are told at all. */
const RESCAN_SOON = 1000;
/**
 * Milliseconds after an event in which its file is looked at again. Of two changes of one name within a millisecond the
 * executable's runtime keeps the second to itself: that a dropped mail became whole.
 */
const SETTLE = 25;
/** Milliseconds that a submitter has to finish a file, where his share is full already. */
const GRACE = 5000;
/** Milliseconds until files are tried again that the system did not let us copy. */
const RETRY = 5000;
/** Milliseconds of rest between two slices of a look at the whole folder. */
const BREATH = 1;
/** Milliseconds between two looks for what is old in `rejected`. */
const SWEEP = 3_600_000;

const syncFile = promisify(fsync);

export interface DropContext {
  spool: Spool;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Sixteen hex digits or more. */
  random: () => string;
  /** Asked for anew each time. */
  limits: () => DropLimits;
  /** A mail is in the queue. */
  taken: (id: string, uid: number) => void;
  /** A line for the log; there are few, whatever users do. */
  complain: (text: string) => void;
}

interface Held {
  uid: number;
  bytes: number;
  /** `left`: no mail, and nothing can be done about it. */
  kind: 'unfinished' | 'ready' | 'taking' | 'left';
  /** Number of the look at the whole folder that met it last. */
  scan: number;
}

interface User {
  uid: number;
  /** That are known to lie in the folder. */
  files: number;
  bytes: number;
  /** Names of mails to be taken. */
  ready: string[];
  serving: boolean;
  /** There are more than are remembered. */
  overflow: boolean;
}

export class DropFolder {
  readonly #context: DropContext;
  readonly #folder: string;
  readonly #held = new Map<string, Held>();
  readonly #users = new Map<number, User>();
  readonly #noticed = new Set<string>();
  /** To be looked at once more in a moment; and those of them whose moment has come. */
  readonly #settling = new Set<string>();
  readonly #second = new Set<string>();
  readonly #serving = new Set<Promise<void>>();
  readonly #complaints = new Complaints();
  readonly #rejected: Rejected;
  #watcher: FSWatcher | undefined;
  #events = 0;
  #scan: Dir | undefined;
  #scans = 0;
  #scanAt = 0;
  #sweepAt: number;
  #working: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settleTimer: ReturnType<typeof setTimeout> | undefined;
  #full = '';
  #fullSaid = 0;
  #closed = false;

  constructor(context: DropContext) {
    this.#context = context;
    this.#folder = join(context.spool.folder, 'drop');
    this.#rejected = new Rejected(context.spool.folder, context.now());
    this.#sweepAt = context.now() + SWEEP;
  }

  /** Takes what lies there, and what comes, until `close`. */
  watch(): void {
    try {
      // Latin-1 has a character for each byte: a name may be any.
      this.#watcher = watch(this.#folder, { encoding: 'latin1' }, (_event, name) => this.notice(name ?? ''));
      this.#watcher.on('error', () => this.#unwatch());
    } catch {
      // No inotify watches are left: the folder is looked through every second instead.
    }
    this.#wake();
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Something happened to this name. */
  notice(name: string): void {
    this.#events++;
    if (name === '' || this.#noticed.size >= MAX_NOTICED) this.#scanBy(RESCAN_SOON);
    else this.#noticed.add(name);
    this.#wake();
  }

  /** Takes all that lies there, once. */
  async drain(): Promise<void> {
    do {
      this.#scanAt = 0;
      this.#wake();
      await this.#settled();
      // There was more than is remembered.
    } while (this.#scanAt === 0 && !this.#closed);
    this.#tell(true);
  }

  /** What is in hand is finished first. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    clearTimeout(this.#timer);
    clearTimeout(this.#settleTimer);
    await this.#settled();
    this.#scan?.closeSync();
    this.#scan = undefined;
    this.#tell(true);
    publishFull(this.#context.spool.folder, []);
  }

  async #settled(): Promise<void> {
    while (this.#working !== undefined || this.#serving.size > 0) {
      await this.#working;
      await Promise.all(this.#serving);
    }
  }

  #wake(): void {
    if (this.#working !== undefined || this.#closed) return;
    this.#working = this.#work()
      .catch((error: unknown) => {
        this.#scanBy(RETRY);
        this.#context.complain(`the drop folder cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
      })
      .finally(() => {
        this.#working = undefined;
        this.#plan();
      });
  }

  async #work(): Promise<void> {
    // Those that came first have waited for this turn together.
    await turn();
    while (!this.#closed) {
      if (this.#events > FLOOD) this.#scanBy(RESCAN_SOON);
      this.#events = 0;
      this.#lookAtNoticed();
      this.#scanSlice();
      this.#serveUsers();
      if (this.#noticed.size > 0) await turn();
      else if (this.#scan !== undefined) await rest();
      else return;
    }
  }

  #plan(): void {
    if (this.#closed) return;
    const now = this.#context.now();
    this.#tell(false);
    this.#publish(now);
    if (now >= this.#sweepAt) {
      this.#sweepAt = now + SWEEP;
      this.#rejected.sweep(now);
    }
    clearTimeout(this.#timer);
    const due = Math.min(
      this.#scanAt,
      this.#complaints.due ?? Number.POSITIVE_INFINITY,
      this.#full === '' ? Number.POSITIVE_INFINITY : this.#fullSaid + SAID_EVERY,
    );
    // Where the clock was put back, a minute is the longest that anything waits.
    const wait = Math.min(Math.max(due - now, 1), RESCAN);
    if (due - now > RESCAN) this.#scanAt = now + RESCAN;
    this.#timer = setTimeout(() => this.#wake(), wait).unref();
  }

  #lookAtNoticed(): void {
    let looked = 0;
    for (const name of this.#noticed) {
      if (++looked > LOOKS) break;
      this.#noticed.delete(name);
      const isSecond = this.#second.delete(name);
      if (this.#look(name)?.kind === 'unfinished' && !isSecond) this.#lookAgain(name);
    }
  }

  #lookAgain(name: string): void {
    if (this.#settling.has(name)) return;
    this.#settling.add(name);
    this.#settleTimer ??= setTimeout(() => {
      this.#settleTimer = undefined;
      for (const one of this.#settling) {
        if (this.#noticed.size >= MAX_NOTICED) break;
        this.#second.add(one);
        this.#noticed.add(one);
      }
      this.#settling.clear();
      this.#wake();
    }, SETTLE);
  }

  #scanBy(wait: number): void {
    this.#scanAt = Math.min(this.#scanAt, this.#context.now() + wait);
  }

  #scanSlice(): void {
    const now = this.#context.now();
    if (this.#scan === undefined) {
      if (now < this.#scanAt) return;
      this.#scanAt = now + (this.#watcher === undefined ? RESCAN_SOON : RESCAN);
      this.#scans++;
      this.#scan = opendirSync(this.#folder, { bufferSize: NAMES, encoding: 'latin1' });
    }
    let looked = 0;
    for (let read = 0; read < NAMES && looked < LOOKS; read++) {
      const found = this.#scan.readSync();
      if (found === null) {
        this.#scan.closeSync();
        this.#scan = undefined;
        for (const [name, held] of this.#held) if (held.scan < this.#scans) this.#forget(name);
        return;
      }
      const held = this.#held.get(found.name);
      if (held !== undefined) held.scan = this.#scans;
      if (held !== undefined && held.kind !== 'unfinished') continue;
      looked++;
      this.#look(found.name);
    }
  }

  /** Looks at one name, and does with it what is to be done. */
  #look(name: string): Held | undefined {
    const known = this.#held.get(name);
    if (known?.kind === 'taking') return known;
    const file = this.#path(name);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) {
      this.#forget(name);
      return undefined;
    }
    if (known?.kind === 'ready') return known;
    const { now, limits } = this.#context;
    const verdict = judge(name, stat, limits(), now());
    this.#forget(name);
    switch (verdict.kind) {
      case 'remnant':
        removed(file as string);
        return undefined;
      case 'refused':
        return this.#refuse(name, verdict.why);
      case 'whole':
        return this.#hold(name, stat.uid, stat.size, 'ready');
      case 'unfinished': {
        const held = this.#hold(name, stat.uid, stat.size, 'unfinished');
        // What was never committed was never accepted, and its submitter finds out: a share is for mails.
        if (held === undefined && now() - stat.ctimeMs > GRACE) return this.#refuse(name, 'is beyond the share');
        if (held === undefined) this.#scanBy(GRACE);
        return held;
      }
    }
  }

  /** Undefined where it is more than the user's share. */
  #hold(name: string, uid: number, bytes: number, kind: 'unfinished' | 'ready' | 'left'): Held | undefined {
    let user = this.#users.get(uid);
    if (user === undefined) {
      user = { uid, files: 0, bytes: 0, ready: [], serving: false, overflow: false };
      this.#users.set(uid, user);
    }
    const limits = this.#context.limits();
    if (kind === 'ready' && user.ready.length >= limits.files) {
      // It was accepted: it stays where it is until those before it are taken.
      user.overflow = true;
      return undefined;
    }
    if (kind !== 'ready' && (user.files >= limits.files || user.bytes + bytes > limits.bytes)) return undefined;
    const held: Held = { uid, bytes, kind, scan: this.#scans };
    this.#held.set(name, held);
    user.files++;
    user.bytes += bytes;
    if (kind === 'ready') user.ready.push(name);
    return held;
  }

  #forget(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    this.#held.delete(name);
    const user = this.#users.get(held.uid)!;
    user.files--;
    user.bytes -= held.bytes;
  }

  #refuse(name: string, why: string): Held | undefined {
    this.#forget(name);
    const file = this.#path(name);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const { now, random } = this.#context;
    const { fate, as } = this.#rejected.take(file, stat, () => rejectedId(now(), random));
    const shown = `drop/${printable(name)} ${why}${as === undefined ? '' : `; it is in ${as}`}`;
    // What stays there is said once.
    const held = fate === 'left' ? this.#hold(name, stat.uid, 0, 'left') : undefined;
    this.#complaints.add(stat.uid, shown, fate, now());
    return held;
  }

  #path(name: string): string | Buffer {
    if (/^[\x00-\x7f]*$/.test(name)) return join(this.#folder, name);
    return Buffer.concat([Buffer.from(`${this.#folder}/`), Buffer.from(name, 'latin1')]);
  }

  #serveUsers(): void {
    for (const user of this.#users.values()) {
      if (user.serving || user.ready.length === 0) continue;
      user.serving = true;
      const serving = this.#serve(user).finally(() => {
        this.#serving.delete(serving);
        user.serving = false;
        if (user.overflow) {
          user.overflow = false;
          this.#scanAt = 0;
        }
        if (user.files === 0 && user.ready.length === 0) this.#users.delete(user.uid);
        this.#wake();
      });
      this.#serving.add(serving);
    }
  }

  // All users are served side by side: each has one turn between two looks at everything else.
  async #serve(user: User): Promise<void> {
    while (!this.#closed && user.ready.length > 0) {
      const copies: Copied[] = [];
      try {
        await this.#copySome(user, copies);
        await this.#settle(copies);
      } catch (error) {
        this.#putOff(user, copies, error);
      }
      await turn();
    }
  }

  async #copySome(user: User, copies: Copied[]): Promise<void> {
    const { spool, now, random, limits } = this.#context;
    let bytes = 0;
    for (let count = 0; count < TURN_MAILS && bytes < TURN_BYTES; count++) {
      const name = user.ready.shift();
      if (name === undefined) return;
      const held = this.#held.get(name);
      // It went away meanwhile.
      if (held?.kind !== 'ready') continue;
      held.kind = 'taking';
      try {
        const steps = copyDropped(name, { spool, now: now(), random, limits: limits() });
        let step = steps.next();
        for (let piece = 0; !step.done; step = steps.next()) {
          bytes += step.value;
          piece += step.value;
          if (piece < TURN_BYTES) continue;
          piece = 0;
          await turn();
        }
        if (step.value === undefined) this.#done(name);
        else copies.push(step.value);
      } catch (error) {
        if (!(error instanceof EntryError)) throw error;
        const mine = error.kind === 'unreadable' && error.message !== 'EACCES' && error.message !== 'EPERM';
        if (mine) throw Object.assign(new Error(error.message), { code: error.message });
        this.#refuse(name, error.message);
      }
    }
  }

  // None is gone from the drop folder before all are safe in the queue.
  async #settle(copies: Copied[]): Promise<void> {
    if (copies.length === 0) return;
    const { spool, taken } = this.#context;
    const synced = await Promise.allSettled(copies.map(({ descriptor }) => syncFile(descriptor)));
    const failed = synced.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined) throw failed.reason;
    const settled = copies.splice(0);
    for (const { descriptor } of settled) closeSync(descriptor);
    try {
      for (const { temporary, id } of settled) renameSync(temporary, spool.path('queue', id));
    } catch (error) {
      // Those that were renamed will be known again, by their seed.
      for (const { name, temporary } of settled) {
        removed(temporary);
        this.#forget(name);
      }
      throw error;
    }
    await syncFolderAside(join(spool.folder, 'queue'));
    for (const { name, id, uid } of settled) {
      this.#done(name);
      taken(id, uid);
    }
  }

  #done(name: string): void {
    removed(join(this.#folder, name));
    this.#forget(name);
  }

  // A full disk, most likely: the mails are as safe in the drop folder as they were.
  #putOff(user: User, copies: readonly Copied[], error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    for (const copy of copies) discard(copy);
    for (const [name, held] of this.#held)
      if (held.uid === user.uid && (held.kind === 'ready' || held.kind === 'taking')) this.#forget(name);
    user.ready = [];
    this.#complaints.add(
      user.uid,
      `cannot be taken into the queue for now (${code ?? error})`,
      'left',
      this.#context.now(),
    );
    this.#scanBy(RETRY);
  }

  #tell(all: boolean): void {
    for (const line of this.#complaints.take(this.#context.now(), all)) this.#context.complain(line);
  }

  /** Those who have their share learn it from their own programs, and no mail of theirs is accepted for a while. */
  #publish(now: number): void {
    const limits = this.#context.limits();
    const uids = [...this.#users.values()]
      .filter(({ files, bytes, overflow }) => overflow || files >= limits.files || bytes >= limits.bytes)
      .map(({ uid }) => uid);
    const full = uids.join(' ');
    if (full === this.#full && (full === '' || Math.abs(now - this.#fullSaid) < SAID_EVERY)) return;
    this.#full = full;
    this.#fullSaid = now;
    publishFull(this.#context.spool.folder, uids);
  }
}

function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').slice(0, 64);
}

/** Everything else has its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, BREATH));
}

async function syncFolderAside(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws ExitError 78 where the folder is missing, or so open that others could take mail out of it */
export function checkDrop(folder: string, euid: number): void {
  const drop = join(folder, 'drop');
  const stat = lstatSync(drop, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) throw new ExitError(EX.CONFIG, `${drop} is missing; make it by: mkdir -m 3733 ${drop}`);
  const mode = stat.mode & 0o7777;
  if ((mode & 0o044) !== 0 || (mode & 0o1000) === 0) {
    throw new ExitError(
      EX.CONFIG,
      `${drop} has mode ${mode.toString(8)}, so that others could read or remove mail; chmod 3733 ${drop}`,
    );
  }
  // The sticky bit lets only the folder's owner, and root, take out what others put in.
  if (stat.uid !== euid && euid !== 0)
    throw new ExitError(EX.CONFIG, `${drop} belongs to uid ${stat.uid}, not to ${euid}; chown ${euid} ${drop}`);
}
