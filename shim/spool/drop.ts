// The drop folder of a daemon (mode 3733): other users' mails are taken out of it with distrust, each user having a turn.
//
// The system names what comes in, and only that is looked at. The whole folder is gone through at the start, rarely, and
// where events may have been lost; in slices, between which everything else goes on. What is no mail does not stay.

import { type Dir, type FSWatcher, lstatSync, opendirSync, type Stats, watch } from 'node:fs';
import { join } from 'node:path';
import { entryId, removed } from './commit.ts';
import { judge } from './judge.ts';
import { Complaints, Rejected } from './rejected.ts';
import { type DropContext, Pace, Server, turn } from './serve.ts';
import { publishFull, SAID_EVERY } from './share.ts';
import { type Held, Shares } from './shares.ts';

/** Names that the system told, looked at before everything else has its turn. */
const LOOKS = 64;
/** Of the whole folder: names looked at and files put aside, and names read. */
const SLICE = 16;
const NAMES = 256;
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
/** Milliseconds between two looks for what is old in `rejected`. */
const SWEEP = 3_600_000;

export class DropFolder {
  readonly #context: DropContext;
  readonly #folder: string;
  readonly #shares = new Shares();
  readonly #noticed = new Set<string>();
  /** To be looked at once more in a moment; and those of them whose moment has come. */
  readonly #settling = new Set<string>();
  readonly #second = new Set<string>();
  readonly #pace = new Pace();
  readonly #server: Server;
  /** Names of what is no mail, to be put aside when there is time. */
  #junk: string[] = [];
  readonly #complaints = new Complaints();
  readonly #rejected: Rejected;
  #watcher: FSWatcher | undefined;
  #events = 0;
  #scan: Dir | undefined;
  #scans = 0;
  #scanAt = 0;
  #sweepAt: number;
  #working: Promise<void> | undefined;
  #cleaning: Promise<void> | undefined;
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
    this.#server = new Server(context, this.#shares, this.#pace, {
      refuse: (name, why) => void this.#refuse(name, why),
      rescan: (wait) => this.#scanBy(wait),
      putOff: (uid, why) => this.#complaints.add(uid, why, 'left', context.now()),
      idle: () => this.#wake(),
    });
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
    this.#pace.eager = true;
    do {
      this.#scanAt = 0;
      this.#wake();
      await this.#settled();
      // There was more than is remembered.
    } while (this.#scanAt <= this.#context.now() && !this.#closed);
    this.#tell(true);
  }

  /** What is in hand is finished first. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#server.close();
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
    while (this.#working !== undefined || this.#cleaning !== undefined || this.#server.busy) {
      await this.#working;
      await this.#cleaning;
      await this.#server.ended();
    }
  }

  #wake(): void {
    if (this.#closed) return;
    const run = (work: Promise<void>, ended: () => void) =>
      work
        .catch((error: unknown) => {
          this.#scanBy(RETRY);
          this.#context.complain(`the drop folder cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
        })
        .finally(() => {
          ended();
          this.#plan();
        });
    this.#working ??= run(this.#work(), () => {
      this.#working = undefined;
    });
    this.#cleaning ??= run(this.#clean(), () => {
      this.#cleaning = undefined;
    });
  }

  /** What was named by the system: it may be somebody's mail. */
  async #work(): Promise<void> {
    // Those that came first have waited for this turn together.
    await turn();
    while (!this.#closed) {
      if (this.#events > FLOOD) this.#scanBy(RESCAN_SOON);
      this.#events = 0;
      this.#lookAtNoticed();
      this.#server.serve();
      if (this.#noticed.size === 0) return;
      await turn();
    }
  }

  /** What lies there, and what is no mail: it gives way to everything else. */
  async #clean(): Promise<void> {
    await turn();
    while (!this.#closed) {
      const started = performance.now();
      for (const name of this.#junk.splice(0, SLICE)) {
        const held = this.#shares.get(name);
        if (held?.kind === 'junk') this.#refuse(name, held.why ?? '');
      }
      this.#scanSlice();
      this.#server.serve();
      if (this.#scan === undefined && this.#junk.length === 0) return;
      await this.#pace.rest(performance.now() - started);
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
    // First room is made for what it finds.
    if (this.#junk.length >= MAX_NOTICED) return;
    if (this.#scan === undefined) {
      if (now < this.#scanAt) return;
      this.#scanAt = now + (this.#watcher === undefined && !this.#pace.eager ? RESCAN_SOON : RESCAN);
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
        if (held === undefined && now() - stat.ctimeMs > GRACE)
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
    // What stays there is said once.
    const held = fate === 'left' ? this.#hold(name, stat.uid, 0, 'left') : undefined;
    this.#complaints.add(stat.uid, shown, fate, now());
    return held;
  }

  #path(name: string): string | Buffer {
    if (/^[\x00-\x7f]*$/.test(name)) return join(this.#folder, name);
    return Buffer.concat([Buffer.from(`${this.#folder}/`), Buffer.from(name, 'latin1')]);
  }

  #tell(all: boolean): void {
    for (const { uid, count, first, fates } of this.#complaints.take(this.#context.now(), all)) {
      const told = (['kept', 'removed', 'left'] as const).filter((fate) => fates[fate] > 0);
      const fate = told.map((one) => `${fates[one]} ${one}`).join(', ');
      this.#context.complain(`drop: refused ${count} of uid ${uid} (${fate}), the first: ${first}`);
    }
  }

  /** Those who have their share learn it from their own programs, and no mail of theirs is accepted for a while. */
  #publish(now: number): void {
    const uids = this.#shares.full(this.#context.limits());
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
