// What is known of the drop folder: each name that was looked at and stays, and what each user has there.

import type { DropLimits } from './judge.ts';

export interface Held {
  uid: number;
  bytes: number;
  /** `junk`: no mail, to be put aside; `left`: no mail, and nothing can be done about it. */
  kind: 'unfinished' | 'ready' | 'taking' | 'junk' | 'left';
  /** It is not a mail. */
  why?: string;
  /** Number of the look at the whole folder that met it last. */
  scan: number;
}

export interface User {
  uid: number;
  /** That are known to lie in the folder. */
  files: number;
  bytes: number;
  /** Names of mails to be taken. */
  ready: string[];
  /** There are more mails than are remembered. */
  overflow: boolean;
}

export class Shares {
  readonly #held = new Map<string, Held>();
  readonly #users = new Map<number, User>();

  get(name: string): Held | undefined {
    return this.#held.get(name);
  }

  get users(): Iterable<User> {
    return this.#users.values();
  }

  /** Undefined where it is more than the user's share, and not remembered. */
  hold(name: string, held: Held, limits: DropLimits): Held | undefined {
    this.forget(name);
    const { uid, bytes, kind } = held;
    const user = this.#user(uid);
    if (kind === 'ready' && user.ready.length >= limits.files) {
      // It was accepted: it stays where it is until those before it are taken.
      user.overflow = true;
      return undefined;
    }
    if (kind !== 'ready' && (user.files >= limits.files || user.bytes + bytes > limits.bytes)) return undefined;
    this.keep(name, held);
    if (kind === 'ready') user.ready.push(name);
    return held;
  }

  /** Whatever the share is. */
  keep(name: string, held: Held): Held {
    this.forget(name);
    const user = this.#user(held.uid);
    this.#held.set(name, held);
    user.files++;
    user.bytes += held.bytes;
    return held;
  }

  #user(uid: number): User {
    let user = this.#users.get(uid);
    if (user === undefined) {
      user = { uid, files: 0, bytes: 0, ready: [], overflow: false };
      this.#users.set(uid, user);
    }
    return user;
  }

  forget(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    this.#held.delete(name);
    const user = this.#users.get(held.uid)!;
    user.files--;
    user.bytes -= held.bytes;
  }

  /** Those that the last look at the whole folder did not meet went away. */
  forgetBefore(scan: number): void {
    for (const [name, held] of this.#held) if (held.scan < scan) this.forget(name);
  }

  /** Mails that could not be taken just now are found again. */
  forgetReady(user: User): void {
    user.ready = [];
    for (const [name, { uid, kind }] of this.#held)
      if (uid === user.uid && (kind === 'ready' || kind === 'taking')) this.forget(name);
  }

  forgetUser({ uid, files, ready }: User): void {
    if (files === 0 && ready.length === 0) this.#users.delete(uid);
  }

  /** Users that have all that they may have, or more. */
  full(limits: DropLimits): number[] {
    return [...this.#users.values()]
      .filter(({ files, bytes, overflow }) => overflow || files >= limits.files || bytes >= limits.bytes)
      .map(({ uid }) => uid);
  }
}
