// Connections to the relays that are used for several mails: limited in number, kept open for a while, with a pause after a
// failure of the relay.

import type { Account } from '../config/account.ts';
import { type Diagnostic, EX } from '../exit.ts';
import type { Failure } from '../types.ts';
import type { Transcript } from './dialogue.ts';
import type { Failed } from './outcome.ts';
import { openSession, type Session } from './session.ts';

/** Milliseconds that an unused connection is kept: less than the 60 s after which some relays close it. */
export const IDLE = 30_000;
/** Milliseconds before a relay that failed is tried again, doubled after each failure. */
const FIRST_PAUSE = 1000;
const MAX_PAUSE = 60_000;

/** The same for a relay that rejects this client, so that a wrong password does not get the address blocked. */
const FIRST_REFUSED_PAUSE = 60_000;
const MAX_REFUSED_PAUSE = 3_600_000;

export interface RelayHealth {
  /** Connections in use, and reserved places. */
  busy: number;
  /** End of the pause; milliseconds since 1970, 0 if there is none. */
  pausedUntil: number;
  failures: number;
  reason?: string;
}

/** A mail without a connection, whose caller waits. */
interface Waiter {
  /** Connections that its account allows. */
  most: number;
  begin: () => void;
}

interface Relay extends RelayHealth {
  /** The failure that began the pause, and its time. */
  failed?: { failure: Failure; at: number };
  waiters: Set<Waiter>;
  /** The last free place was given to a waiter. */
  served: boolean;
  idle: { session: Session; timer: ReturnType<typeof setTimeout> }[];
}

export class RelayPool {
  readonly #relays = new Map<string, Relay>();
  readonly #now: () => number;
  /** The transcript of each connection, for its current mail. */
  readonly #transcripts = new WeakMap<Session, Transcript>();
  /** What each connection was opened with. */
  readonly #settings = new WeakMap<Session, string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether a mail for this relay should wait: for a free connection, or for the end of a pause. */
  health(key: string): Readonly<RelayHealth> {
    const relay = this.relay(key);
    // A time further away than any pause comes from a clock that was wrong.
    if (relay.pausedUntil > this.#now() + MAX_REFUSED_PAUSE) relay.pausedUntil = 0;
    return relay;
  }

  /** Reserves the place of a connection for a mail until `release`. */
  reserve(key: string): void {
    this.relay(key).busy++;
  }

  /** Gives the place of a mail back. */
  release(key: string): void {
    const relay = this.relay(key);
    relay.busy--;
    if (relay.waiters.size === 0) return;
    relay.served = !relay.served;
    // Every second place is for the mails of the queue, which take it before the event loop continues.
    if (relay.served) this.serve(relay);
    else setImmediate(() => this.serve(relay));
  }

  /** Reserves a place for a mail whose caller waits, in order; false if none became free in time. */
  place(key: string, most: number, patience: number): Promise<boolean> {
    const relay = this.relay(key);
    if (relay.waiters.size === 0 && relay.busy < most) {
      relay.busy++;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const waiter: Waiter = {
        most,
        begin: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      const timer = setTimeout(() => {
        relay.waiters.delete(waiter);
        resolve(false);
      }, patience);
      relay.waiters.add(waiter);
    });
  }

  private serve(relay: Relay): void {
    for (const waiter of relay.waiters) {
      if (relay.busy >= waiter.most) return;
      relay.waiters.delete(waiter);
      relay.busy++;
      waiter.begin();
    }
  }

  /**
   * The recent failure of a relay that is not tried again yet. The administrator may have fixed the reason: for a caller that
   * waits, the relay is tried again after a minute, however long the pause is.
   */
  known(key: string): Failure | undefined {
    const { pausedUntil } = this.health(key);
    const { failed } = this.relay(key);
    const now = this.#now();
    if (failed === undefined || pausedUntil <= now) return undefined;
    return Math.abs(now - failed.at) < FIRST_REFUSED_PAUSE ? failed.failure : undefined;
  }

  /** An open connection, or a new one, in a reserved place. A failure begins a pause. */
  async take(
    key: string,
    account: Account,
    password: () => string,
    transcript: Transcript,
  ): Promise<{ session: Session; fresh: boolean; notes: Diagnostic[] } | Failed> {
    const relay = this.relay(key);
    for (let kept = relay.idle.pop(); kept !== undefined; kept = relay.idle.pop()) {
      clearTimeout(kept.timer);
      if (!kept.session.usable) continue;
      // The configuration has changed since.
      if (this.#settings.get(kept.session) !== settingsOf(account)) {
        void kept.session.quit();
        continue;
      }
      this.#transcripts.set(kept.session, transcript);
      return { session: kept.session, fresh: false, notes: [] };
    }
    let session: Session | undefined;
    const opened = await openSession(account, password, () =>
      session === undefined ? transcript : this.#transcripts.get(session),
    );
    if ('session' in opened) {
      session = opened.session;
      this.#transcripts.set(session, transcript);
      this.#settings.set(session, settingsOf(account));
      relay.pausedUntil = 0;
      delete relay.reason;
      delete relay.failed;
      return { ...opened, fresh: true };
    }
    this.fail(relay, opened.failure);
    return opened;
  }

  /** Connections that fail during a pause are the same failure of the relay. */
  private fail(relay: Relay, failure: Failure): void {
    relay.reason = failure.problem.text;
    relay.failed = { failure: { ...failure, uncertain: [] }, at: this.#now() };
    if (relay.pausedUntil > this.#now()) return;
    relay.failures++;
    relay.pausedUntil = this.#now() + pause(failure, relay.failures);
  }

  /** Gives a connection back, with the failure of its last mail: one with the scope of the relay begins a pause. */
  give(key: string, session: Session, failure?: Failure): void {
    const relay = this.relay(key);
    if (failure?.scope === 'relay') this.fail(relay, failure);
    else relay.failures = 0;
    if (!session.usable) {
      session.close();
      return;
    }
    if (session.spent) {
      void session.quit();
      return;
    }
    const entry = {
      session,
      timer: setTimeout(() => {
        relay.idle = relay.idle.filter((other) => other !== entry);
        void session.quit();
      }, IDLE),
    };
    relay.idle.push(entry);
  }

  /** Ends all pauses. */
  clearPauses(): void {
    for (const relay of this.#relays.values()) relay.pausedUntil = 0;
  }

  async close(): Promise<void> {
    const leaving: Promise<void>[] = [];
    for (const relay of this.#relays.values()) {
      for (const { session, timer } of relay.idle) {
        clearTimeout(timer);
        leaving.push(session.quit());
      }
      relay.idle = [];
    }
    await Promise.all(leaving);
  }

  private relay(key: string): Relay {
    let relay = this.#relays.get(key);
    if (relay === undefined) {
      relay = { busy: 0, pausedUntil: 0, failures: 0, idle: [], waiters: new Set(), served: false };
      this.#relays.set(key, relay);
    }
    return relay;
  }
}

/** Those of one configuration are the same for each of thousands of mails. */
const settings = new WeakMap<Account, string>();

function settingsOf(account: Account): string {
  let text = settings.get(account);
  if (text === undefined) {
    text = JSON.stringify(account);
    settings.set(account, text);
  }
  return text;
}

function pause({ kind, code, reply = '' }: Failure, failures: number): number {
  const isRefusal = kind === 'rejected' || /^5/.test(reply) || code === EX.NOPERM;
  const [first, most] = isRefusal ? [FIRST_REFUSED_PAUSE, MAX_REFUSED_PAUSE] : [FIRST_PAUSE, MAX_PAUSE];
  return Math.min(first * 2 ** (failures - 1), most);
}
