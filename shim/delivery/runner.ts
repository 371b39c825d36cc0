// The sender of a spool: which mail is tried when, and over how many connections.

import { join } from 'node:path';
import { ENTRY_ID } from '../spool/commit.ts';
import { submitterOf } from '../spool/entry.ts';
import { FLUSH, takeFlush } from '../spool/wake.ts';
import { Watch } from '../spool/watch.ts';
import { attempt, openForAttempt } from './queued.ts';
import type { Next, Opened, SenderContext } from './stages.ts';
import { type Item, Waiting } from './waiting.ts';

export interface RunnerOptions {
  /** Try each mail once, now, and end. */
  once: boolean;
  /** End once nothing has waited for so many milliseconds. */
  idle?: number;
  /** Calls are being handled, whose mails may come: it does not end for want of mail. */
  inUse?: () => boolean;
  /** Everything is tried now, which a person asked for. */
  flushed?: () => void;
  /** Mails of other users are among those of the spool; each user gets a turn. */
  shared?: boolean;
}

/** Mails in hand at once, over all relays. */
const MAX_RUNNING = 64;
/** Mails looked at ahead for a relay that is busy; more would be read twice for nothing. */
const LOOK_AHEAD = 16;
/** Milliseconds between looks at the whole queue, for what the system did not report. */
const RESCAN = 60_000;
/** The same where the system reports nothing at all (no inotify watches left). */
const POLL = 1000;
/** Milliseconds that mails in hand have left when the sender is asked to end. */
const PATIENCE = 20_000;
/** Milliseconds between two looks for the next time that matters, while mails are in hand. */
const PLAN_EVERY = 500;
/** Entries looked at before other work has its turn. */
const SLICE = 64;

export class Runner {
  readonly #context: SenderContext;
  readonly #options: RunnerOptions;
  readonly #mails = new Waiting();
  /** Connections allowed, by relay, as the mail that found none free had it. */
  readonly #connections = new Map<string, number>();
  #running = 0;
  #probing = false;
  readonly #watches = new Watch(() => {
    this.#poll = POLL;
  });
  #poll = RESCAN;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #rescanned = 0;
  #planned = 0;
  #idleSince: number | undefined;
  #stopping = false;
  #asked = false;
  #end: () => void = () => undefined;

  constructor(context: SenderContext, options: RunnerOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** It was asked to end. */
  get stopped(): boolean {
    return this.#asked;
  }

  /** Resolves once nothing is left to do, or after `stop`. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    this.#watch();
    this.#rescan();
    // Asked while this sender was about to start.
    this.#checkFlush();
    this.#pump();
    await ended;
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#watches.close();
  }

  /** Takes no further mail; `run` ends once those in hand are done with, or after a while without. */
  stop(): void {
    this.#asked = true;
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#running === 0) this.#end();
    else setTimeout(() => this.#end(), PATIENCE).unref();
  }

  /** Tries everything now, on request. */
  flush(): void {
    // It may have been corrected a moment ago.
    this.#context.forget();
    this.#context.pool.clearPauses();
    this.#options.flushed?.();
    this.#mails.forceAll();
    this.#rescan();
    this.#pump();
  }

  #checkFlush(): void {
    if (!this.#options.once && !this.#stopping && takeFlush(this.#context.spool.folder)) this.flush();
  }

  #now(): number {
    return this.#context.environment.now().getTime();
  }

  #watch(): void {
    if (this.#options.once) return;
    const { folder } = this.#context.spool;
    this.#watches.add(join(folder, 'queue'), (name) => this.#noticed(name));
    this.#watches.add(folder, (name) => {
      if (name === FLUSH) this.#checkFlush();
      else if (!this.#context.spool.exists()) this.#end();
    });
  }

  // A name in the queue folder came, went, or came back.
  #noticed(id: string): void {
    if (!ENTRY_ID.test(id) || this.#stopping) return;
    const item = this.#mails.get(id);
    if (item?.where === 'active') return;
    if (!this.#context.spool.has('queue', id)) {
      if (item?.where === 'later') this.#mails.remove(id);
    } else if (item === undefined) this.add(id);
    // Put back to be tried again.
    else if (item.where === 'later' && this.#context.spool.state(id).nextAttempt === 0) this.#mails.force(id, item);
    this.#pump();
  }

  /** A mail that is in the queue. */
  add(id: string): void {
    if (this.#mails.get(id) !== undefined) return;
    const { spool, environment } = this.#context;
    // Mails of a private spool are all by one user.
    const user = !this.#options.shared ? undefined : submitterOf(spool.path('queue', id));
    this.#mails.add(id, this.#options.once, user ?? environment.euid);
  }

  /** A mail of this user came into the queue just now. */
  arrived(id: string, user: number): void {
    if (this.#stopping) return;
    if (this.#mails.get(id) === undefined) this.#mails.add(id, false, user);
    this.#pump();
  }

  /** A connection may be free, or a call has ended. */
  look(): void {
    if (!this.#stopping) this.#pump();
  }

  #rescan(): void {
    this.#rescanned = this.#now();
    try {
      // In order of arrival.
      for (const id of [...this.#context.spool.ids('queue')].sort()) this.add(id);
    } catch (error) {
      this.#context.complain(`the queue cannot be listed (${(error as NodeJS.ErrnoException).code ?? error})`);
    }
  }

  #pump(): void {
    if (this.#probing || this.#stopping) return;
    this.#probing = true;
    let looked = 0;
    for (const relay of this.#mails.busyRelays()) {
      while (this.#running < MAX_RUNNING && looked < SLICE && this.#hasRoom(relay)) {
        const id = this.#mails.takeBusy(relay);
        if (id === undefined) break;
        looked++;
        this.#start(id);
      }
    }
    const crowded = this.#mails.longestBusy >= LOOK_AHEAD;
    // Behind many mails for one relay there may be one for another: it is found, a mail at a time.
    const most = crowded ? looked + 1 : SLICE;
    while (this.#mails.hasReady && this.#running < MAX_RUNNING && looked < most) {
      looked++;
      this.#start(this.#mails.takeReady()!);
    }
    this.#probing = false;
    const more = this.#mails.hasReady && this.#running < MAX_RUNNING && !crowded;
    if (more) setImmediate(() => this.#pump());
    else this.#plan();
  }

  #start(id: string): Next['kind'] | 'opened' {
    const item = this.#mails.get(id);
    if (item === undefined) return 'done';
    const pausedUntil = this.#pause(item);
    if (pausedUntil !== undefined) {
      this.#mails.putOff(item, pausedUntil);
      return 'later';
    }
    let next: Opened | Next;
    try {
      next = openForAttempt(id, this.#context, item.force);
    } catch (error) {
      this.#context.complain(`queue/${id}: ${(error as NodeJS.ErrnoException).code ?? error}`);
      next = { kind: 'later', at: this.#now() + RESCAN };
    }
    if (next.kind !== 'opened') {
      this.#conclude(id, item, next);
      return next.kind;
    }
    item.where = 'active';
    item.force = false;
    item.relay = next.relay;
    item.hasFallback = next.account.fallbackAccount !== undefined;
    this.#running++;
    void this.#attempt(id, item, next);
    return 'opened';
  }

  async #attempt(id: string, item: Item, opened: Opened): Promise<void> {
    let next: Next;
    try {
      next = await attempt(opened, this.#context);
    } catch (error) {
      // The disk failed under us: what is in active goes back when the sender starts anew, at the latest.
      this.#context.complain(`${id}: ${(error as NodeJS.ErrnoException).code ?? error}`);
      next = { kind: 'later', at: this.#now() + RESCAN };
      try {
        this.#context.spool.move(id, 'active', 'queue');
      } catch {}
    }
    this.#running--;
    this.#conclude(id, item, next);
    if (this.#stopping && this.#running === 0) this.#end();
    this.#pump();
  }

  #conclude(id: string, item: Item, next: Next): void {
    switch (next.kind) {
      case 'done':
        this.#mails.remove(id);
        break;
      case 'busy':
        this.#connections.set(next.relay, next.connections);
        item.expires = next.expires;
        this.#mails.queueUp(id, item, next.relay);
        break;
      case 'later':
        if (next.relay !== undefined) item.relay = next.relay;
        if (next.expires !== undefined) item.expires = next.expires;
        if (this.#options.once) this.#mails.remove(id);
        else this.#mails.putOff(item, next.at);
    }
  }

  #hasRoom(relay: string): boolean {
    return this.#context.pool.health(relay).busy < (this.#connections.get(relay) ?? 1);
  }

  /** Its relay is known to be paused, so that thousands of mails need not be opened to find that out. */
  #pause(item: Item): number | undefined {
    if (item.relay === undefined || item.force || item.hasFallback) return undefined;
    const { pausedUntil } = this.#context.pool.health(item.relay);
    const now = this.#now();
    return pausedUntil > now && now < (item.expires ?? 0) ? pausedUntil : undefined;
  }

  // What has to be waited for: the next mail that is due, the next look at all, or the end.
  #plan(): void {
    if (this.#stopping) return;
    const now = this.#now();
    // While mails are in hand, each that ends comes by here: thousands of others need not be looked through each time.
    if (this.#running > 0 && now - this.#planned < PLAN_EVERY && now >= this.#planned) return;
    this.#planned = now;
    clearTimeout(this.#timer);
    let due = this.#rescanned + this.#poll;
    // A clock that was put back would keep us waiting for ever.
    if (this.#rescanned > now) due = now;
    due = this.#mails.nextDue(due);
    if (this.#running === 0 && !this.#mails.hasReady && !this.#mails.hasBusy) {
      if (this.#options.once) {
        this.#end();
        return;
      }
      const { idle } = this.#options;
      if (this.#mails.size > 0 || idle === undefined || this.#options.inUse?.()) this.#idleSince = undefined;
      else {
        if (this.#idleSince === undefined || this.#idleSince > now) this.#idleSince = now;
        if (now - this.#idleSince >= idle) {
          this.#end();
          return;
        }
        due = Math.min(due, this.#idleSince + idle);
      }
    } else this.#idleSince = undefined;
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(due - now, 1), RESCAN));
  }

  #tick(): void {
    const now = this.#now();
    const { spool } = this.#context;
    if (!spool.exists()) {
      // The folder was removed: whatever comes next has to be a new sender's.
      this.#end();
      return;
    }
    this.#mails.makeDueReady(now);
    if (now - this.#rescanned >= this.#poll || now < this.#rescanned) this.#rescan();
    this.#pump();
  }
}
