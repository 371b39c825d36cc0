// The drop folder of a daemon (mode 3733): other users' mails are taken out of it with distrust, each user having a turn.
//
// The system names what comes in, and only that is looked at. The whole folder is gone through at the start, rarely, and
// where events may have been lost; in slices, between which everything else goes on. What is not a mail does not stay.

import { type Dir, type FSWatcher, lstatSync, opendirSync, type Stats, watch } from 'node:fs';
import { join } from 'node:path';
import { CALL_NAME, entryId, removed } from './commit.ts';
import { EntryError } from './entry.ts';
import { judge } from './judge.ts';
import { Newest } from './newest.ts';
import { Pace, turn } from './pace.ts';
import { Complaints, Rejected } from './rejected.ts';
import { FullUsers } from './share.ts';
import { type Held, Shares, type User } from './shares.ts';
import { type Copied, copyDropped, type DropContext, discard, settle, TURN_BYTES } from './take.ts';

/** Names that inotify reported, looked at before everything else has its turn. */
const LOOKS = 64;
/** Of the whole folder: names looked at and files put aside, and names read; of one user: names looked at once more. */
const SLICE = 16;
const NAMES = 256;
/** Names that wait to be looked at; older ones are found by the next look at the whole folder. */
const MAX_NOTICED = 20_000;
/** Events between two looks, after which the system may have dropped some (its queue holds 16,384). */
const FLOOD = 4096;
/** Milliseconds between two looks at the whole folder, for files that inotify did not report. */
const RESCAN = 60_000;
/** The same if events may have been lost, or none are reported at all. */
const RESCAN_SOON = 1000;
/** Milliseconds that a submitter has to finish a file, if the user's share is already full. */
const GRACE = 5000;
/** Milliseconds until files are tried again that the system did not let us copy. */
const RETRY = 5000;
/** Milliseconds between two looks for what is old in `rejected`. */
const SWEEP = 3_600_000;
/** Mails of one user that are copied before another user has his turn. */
const TURN_MAILS = 32;
/** A file that is not a mail, and is rejected, counts as this many mails. */
const REFUSAL = 8;
export class DropFolder {
  readonly #context: DropContext;
  readonly #folder: string;
  readonly #shares = new Shares();
  readonly #noticed = new Newest(MAX_NOTICED);
  /** What is being done: in the folder, or for a user. */
  readonly #running = new Map<'noticed' | 'folder' | number, Promise<void>>();
  /** Names of files that are not mails, to be put aside when there is time. */
  #junk: string[] = [];
  readonly #complaints = new Complaints();
  readonly #rejected: Rejected;
  #watcher: FSWatcher | undefined;
  #events = 0;
  #scan: Dir | undefined;
  #scans = 0;
  #scanAt = 0;
  #sweepAt: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #pace = new Pace();
  readonly #full: FullUsers;
  #closed = false;

  constructor(context: DropContext) {
    this.#context = context;
    this.#folder = join(context.spool.folder, 'drop');
    this.#rejected = new Rejected(context.spool.folder, context.now());
    this.#full = new FullUsers(context.spool.folder);
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
    // The socket names calls; here they only count as events, of which some may be lost where there are many.
    if (CALL_NAME.test(name) && this.#events <= FLOOD) return;
    if (name === '' || !this.#noticed.add(name)) this.#scanBy(RESCAN_SOON);
    this.#wake();
  }

  /** Takes all that lies there, once. */
  async drain(): Promise<void> {
    this.#pace.isEager = true;
    do {
      this.#scanAt = 0;
      this.#wake();
      await this.#settled();
      // There was more than is remembered.
    } while (this.#scanAt <= this.#context.now() && !this.#closed);
    this.#report(true);
  }

  /** What is in hand is finished first. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    clearTimeout(this.#timer);
    await this.#settled();
    this.#scan?.closeSync();
    this.#scan = undefined;
    this.#report(true);
    this.#full.publish([], this.#context.now());
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #wake(): void {
    this.#begin('noticed', () => this.#followEvents());
    this.#begin('folder', () => this.#lookThrough());
  }

  /** Unless that is running already. */
  #begin(what: 'noticed' | 'folder' | number, work: () => Promise<void>, ended = () => this.#plan()): void {
    if (this.#closed || this.#running.has(what)) return;
    const running = work()
      .catch((error: unknown) => {
        this.#scanBy(RETRY);
        this.#context.complain(`the drop folder cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
      })
      .finally(() => {
        this.#running.delete(what);
        ended();
      });
    this.#running.set(what, running);
  }

  /** What the system named: it may be a mail. */
  async #followEvents(): Promise<void> {
    // Those that came first have waited for this turn together.
    await turn();
    while (!this.#closed) {
      if (this.#events > FLOOD) this.#scanBy(RESCAN_SOON);
      this.#events = 0;
      for (let looked = 0; looked < LOOKS; looked++) {
        const name = this.#noticed.take();
        if (name === undefined) break;
        this.#look(name);
      }
      this.#serve();
      if (this.#noticed.size === 0) return;
      await turn();
    }
  }

  /** What is there, and what is not a mail: everything else comes first. */
  async #lookThrough(): Promise<void> {
    await turn();
    while (!this.#closed) {
      const started = performance.now();
      for (const name of this.#junk.splice(0, SLICE)) {
        const held = this.#shares.get(name);
        if (held?.kind === 'junk') this.#refuse(name, held.why ?? '');
      }
      this.#scanSlice();
      this.#serve();
      if (this.#scan === undefined && this.#junk.length === 0) return;
      await this.#pace.rest(performance.now() - started);
    }
  }

  #plan(): void {
    if (this.#closed) return;
    const now = this.#context.now();
    this.#report(false);
    this.#full.publish(this.#shares.full(this.#context.limits()), now);
    if (now >= this.#sweepAt) {
      this.#sweepAt = now + SWEEP;
      this.#rejected.sweep(now);
    }
    clearTimeout(this.#timer);
    const due = Math.min(this.#scanAt, this.#complaints.due, this.#full.due);
    // Where the clock was put back, a minute is the longest that anything waits.
    const wait = Math.min(Math.max(due - now, 1), RESCAN);
    if (due - now > RESCAN) this.#scanAt = now + RESCAN;
    this.#timer = setTimeout(() => this.#wake(), wait).unref();
  }

  #scanBy(wait: number): void {
    this.#scanAt = Math.min(this.#scanAt, this.#context.now() + wait);
  }

  #scanSlice(): void {
    const now = this.#context.now();
    // First room is made for what it finds.
    if (this.#junk.length >= MAX_NOTICED) return;
    if (this.#scan === undefined) {
      if (now < this.#scanAt) return;
      this.#scanAt = now + (this.#watcher === undefined && !this.#pace.isEager ? RESCAN_SOON : RESCAN);
      this.#scans++;
      this.#scan = opendirSync(this.#folder, { bufferSize: NAMES, encoding: 'latin1' });
    }
    let looked = 0;
    for (let read = 0; read < NAMES && looked < SLICE; read++) {
      const found = this.#scan.readSync();
      if (found === null) {
        this.#scan.closeSync();
        this.#scan = undefined;
        this.#shares.forgetBefore(this.#scans);
        return;
      }
      const held = this.#shares.get(found.name);
      if (held !== undefined) held.scan = this.#scans;
      if (held !== undefined && held.kind !== 'unfinished') continue;
      looked++;
      this.#look(found.name);
    }
  }

  /** Looks at one name, and does with it what is to be done. */
  #look(name: string): Held | undefined {
    const known = this.#shares.get(name);
    if (known?.kind === 'taking') return known;
    const file = this.#path(name);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) {
      this.#shares.forget(name);
      return undefined;
    }
    if (known?.kind === 'ready') return known;
    const { now, limits } = this.#context;
    const verdict = judge(name, stat, limits(), now());
    this.#shares.forget(name);
    switch (verdict.kind) {
      case 'remnant':
        removed(file as string);
        return undefined;
      case 'refused':
        return this.#putAside(name, stat, verdict.why);
      case 'whole':
        return this.#hold(name, stat.uid, stat.size, 'ready');
      case 'unfinished': {
        const held = this.#hold(name, stat.uid, stat.size, 'unfinished');
        // What was never committed was never accepted, and its submitter finds out: a share is for mails.
        // A launcher takes a call that is gone for one that was taken.
        if (held === undefined && now() - stat.ctimeMs > GRACE && !CALL_NAME.test(name))
          return this.#putAside(name, stat, 'is beyond the share');
        if (held === undefined) this.#scanBy(GRACE);
        return held;
      }
    }
  }

  /** Undefined where it is more than the user's share. */
  #hold(name: string, uid: number, bytes: number, kind: 'unfinished' | 'ready' | 'left'): Held | undefined {
    return this.#shares.hold(name, { uid, bytes, kind, scan: this.#scans }, this.#context.limits());
  }

  /** Later, when there is time; what is too much to be remembered is found again. */
  #putAside(name: string, { uid }: Stats, why: string): Held | undefined {
    if (this.#junk.length >= MAX_NOTICED) {
      this.#scanBy(RESCAN_SOON);
      return undefined;
    }
    this.#junk.push(name);
    return this.#shares.keep(name, { uid, bytes: 0, kind: 'junk', scan: this.#scans, why });
  }

  #refuse(name: string, why: string): Held | undefined {
    this.#shares.forget(name);
    const file = this.#path(name);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const { now, random } = this.#context;
    const { fate, as } = this.#rejected.take(file, stat, () => entryId(now(), random()));
    const shown = `drop/${printable(name)} ${why}${as === undefined ? '' : `; it is in ${as}`}`;
    // A file that stays is reported once.
    const held = fate === 'left' ? this.#hold(name, stat.uid, 0, 'left') : undefined;
    this.#complaints.add(stat.uid, shown, fate, now());
    return held;
  }

  #path(name: string): string | Buffer {
    if (/^[\x00-\x7f]*$/.test(name)) return join(this.#folder, name);
    return Buffer.concat([Buffer.from(`${this.#folder}/`), Buffer.from(name, 'latin1')]);
  }

  #report(all: boolean): void {
    for (const line of this.#complaints.lines(this.#context.now(), all)) this.#context.complain(line);
  }

  /** Begins with all users that have mail, and are not served yet. */
  #serve(): void {
    for (const user of this.#shares.users) {
      if (user.ready.length === 0) continue;
      this.#begin(
        user.uid,
        () => this.#serveUser(user),
        () => {
          if (user.overflow) this.#scanBy(0);
          user.overflow = false;
          this.#shares.forgetUser(user);
          this.#wake();
        },
      );
    }
  }

  async #serveUser(user: User): Promise<void> {
    while (!this.#closed && user.ready.length > 0) {
      const copies: Copied[] = [];
      const started = performance.now();
      let refused = false;
      try {
        refused = await this.#copySome(user, copies);
        const worked = performance.now() - started;
        await this.#settle(copies);
        // A user that drops files which are no mails waits for users that do not.
        await (refused ? this.#pace.rest(worked) : turn());
      } catch (error) {
        this.#putOff(user, copies, error);
      }
    }
  }

  /** Whether anything was no mail. */
  async #copySome(user: User, copies: Copied[]): Promise<boolean> {
    let refused = false;
    let bytes = 0;
    for (let count = 0; count < TURN_MAILS && bytes < TURN_BYTES; count++) {
      const name = user.ready.shift();
      if (name === undefined) break;
      const held = this.#shares.get(name);
      // It went away meanwhile.
      if (held?.kind !== 'ready') continue;
      held.kind = 'taking';
      bytes += held.bytes;
      try {
        const copied = await copyDropped(name, this.#context);
        if (copied === undefined) this.#done(name);
        else copies.push(copied);
      } catch (error) {
        if (!(error instanceof EntryError)) throw error;
        const mine = error.kind === 'unreadable' && error.message !== 'EACCES' && error.message !== 'EPERM';
        if (mine) throw Object.assign(new Error(error.message), { code: error.message });
        this.#refuse(name, error.message);
        refused = true;
        count += REFUSAL - 1;
      }
    }
    return refused;
  }

  // None is gone from the drop folder before all are safe in the queue.
  async #settle(copies: Copied[]): Promise<void> {
    if (copies.length === 0) return;
    this.#pace.giveWay();
    const settled = copies.splice(0);
    await settle(this.#context.spool, settled);
    for (const { name, id, uid, end } of settled) {
      if (end !== 'queued') {
        // Its id was given to another mail meanwhile: it gets a new one.
        this.#shares.forget(name);
        this.#scanBy(RETRY);
        continue;
      }
      this.#done(name);
      this.#context.taken(id, uid);
    }
  }

  #done(name: string): void {
    removed(join(this.#context.spool.folder, 'drop', name));
    this.#shares.forget(name);
  }

  // A full disk, most likely: the mails are as safe in the drop folder as they were.
  #putOff(user: User, copies: readonly Copied[], error: unknown): void {
    for (const copy of copies) discard(copy);
    this.#shares.forgetReady(user);
    const why = (error as NodeJS.ErrnoException).code ?? error;
    this.#complaints.add(user.uid, `cannot be put into the queue yet (${why})`, 'left', this.#context.now());
    this.#scanBy(RETRY);
  }
}

function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').slice(0, 64);
}
