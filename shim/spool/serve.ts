// Mails of the drop folder taken into the queue, all users side by side, each a little at a time.

import { join } from 'node:path';
import { removed } from './commit.ts';
import { EntryError } from './entry.ts';
import type { DropLimits } from './judge.ts';
import type { Spool } from './queue.ts';
import type { Shares, User } from './shares.ts';
import { type Copied, copyDropped, discard, settle } from './take.ts';

/** Mails, and bytes, of one user that are copied before another user has his turn. */
const TURN_MAILS = 32;
const TURN_BYTES = 512 * 1024;
/** As many mails does one cost that turns out to be none, and is refused. */
const REFUSAL = 8;
/** Milliseconds until files are tried again that the system did not let us copy. */
const RETRY = 5000;
/** Rest after a slice of work that can wait, in times of that work; and while somebody's mail is under way. */
const REST = 1;
const COURTEOUS_REST = 10;
/** Milliseconds after a mail was taken in which its sender is given way to. */
const COURTESY = 1000;

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

/** How much of the time goes to work that can wait. */
export class Pace {
  /** Nobody waits: there is no rest. */
  eager = false;
  #takenAt = Number.NEGATIVE_INFINITY;

  /** Somebody's mail is under way. */
  giveWay(): void {
    this.#takenAt = performance.now();
  }

  /** After so many milliseconds of work. */
  rest(worked: number): Promise<void> {
    if (this.eager) return turn();
    const times = performance.now() - this.#takenAt < COURTESY ? COURTEOUS_REST : REST;
    return new Promise((resolve) => setTimeout(resolve, Math.max(1, worked * times)));
  }
}

/** Everything else has its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Events {
  /** It is no mail. */
  refuse: (name: string, why: string) => void;
  /** The whole folder is to be looked through in so many milliseconds. */
  rescan: (wait: number) => void;
  /** Mails of this user cannot be taken just now. */
  putOff: (uid: number, why: string) => void;
  /** A user has no mail left. */
  idle: () => void;
}

export class Server {
  readonly #context: DropContext;
  readonly #shares: Shares;
  readonly #pace: Pace;
  readonly #events: Events;
  readonly #serving = new Set<Promise<void>>();
  #closed = false;

  constructor(context: DropContext, shares: Shares, pace: Pace, events: Events) {
    this.#context = context;
    this.#shares = shares;
    this.#pace = pace;
    this.#events = events;
  }

  get busy(): boolean {
    return this.#serving.size > 0;
  }

  async ended(): Promise<void> {
    await Promise.all(this.#serving);
  }

  close(): void {
    this.#closed = true;
  }

  /** Begins with all users that have mail, and are not served yet. */
  serve(): void {
    for (const user of this.#shares.users) {
      if (user.serving || user.ready.length === 0) continue;
      user.serving = true;
      const serving = this.#serve(user).finally(() => {
        this.#serving.delete(serving);
        user.serving = false;
        if (user.overflow) {
          user.overflow = false;
          this.#events.rescan(0);
        }
        this.#shares.forgetUser(user);
        this.#events.idle();
      });
      this.#serving.add(serving);
    }
  }

  async #serve(user: User): Promise<void> {
    while (!this.#closed && user.ready.length > 0) {
      const copies: Copied[] = [];
      const started = performance.now();
      let refused = false;
      try {
        refused = await this.#copySome(user, copies);
        const worked = performance.now() - started;
        await this.#settle(copies);
        // Whoever drops what is no mail waits for those who do not.
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
        const copied = await this.#copy(name);
        if (copied === undefined) this.#done(name);
        else copies.push(copied);
      } catch (error) {
        if (!(error instanceof EntryError)) throw error;
        const mine = error.kind === 'unreadable' && error.message !== 'EACCES' && error.message !== 'EPERM';
        if (mine) throw Object.assign(new Error(error.message), { code: error.message });
        this.#events.refuse(name, error.message);
        refused = true;
        count += REFUSAL - 1;
      }
    }
    return refused;
  }

  async #copy(name: string): Promise<Copied | undefined> {
    const { spool, now, random, limits } = this.#context;
    const steps = copyDropped(name, { spool, now: now(), random, limits: limits() });
    let written = 0;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value;
      written += step.value;
      if (written < TURN_BYTES) continue;
      written = 0;
      await turn();
    }
  }

  // None is gone from the drop folder before all are safe in the queue.
  async #settle(copies: Copied[]): Promise<void> {
    if (copies.length === 0) return;
    this.#pace.giveWay();
    const settled = copies.splice(0);
    await settle(this.#context.spool, settled);
    for (const { name, id, uid } of settled) {
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
    this.#events.putOff(user.uid, `cannot be taken into the queue for now (${why})`);
    this.#events.rescan(RETRY);
  }
}
