// The mails that a sender knows of: ready, without a free connection, for later, or in hand. Users take turns.

import { isDue } from '../spool/schedule.ts';
import { FairQueue } from './fair-queue.ts';

export interface Item {
  /** In hand (`active`), or in one of the lists. */
  where: 'ready' | 'busy' | 'later' | 'active';
  /** Milliseconds since 1970, of one that is for later. */
  due: number;
  relay?: string;
  /** Another relay takes it while this one is away. */
  hasFallback?: boolean;
  /** That submitted it. */
  user: number;
  expires?: number;
  /** A user wants it tried, whatever its time. */
  force: boolean;
}

export class Waiting {
  readonly #items = new Map<string, Item>();
  readonly #ready = new FairQueue();
  /** Waiting for a connection, by relay. */
  readonly #busy = new Map<string, FairQueue>();
  /** None of those for later is due before; where some went away, it may be too early. */
  #earliest = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#items.size;
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** One that is not known yet. */
  add(id: string, force: boolean, user: number): void {
    this.#items.set(id, { where: 'ready', due: 0, force, user });
    this.#ready.push(id, user);
  }

  remove(id: string): void {
    this.#items.delete(id);
  }

  /** To be tried now, whatever its time. */
  force(id: string, item: Item): void {
    item.force = true;
    if (item.where === 'later') this.#makeReady(id, item);
  }

  forceAll(): void {
    for (const [id, item] of this.#items) this.force(id, item);
  }

  putOff(item: Item, at: number): void {
    item.where = 'later';
    item.due = at;
    this.#earliest = Math.min(this.#earliest, at);
  }

  /** Until a connection to its relay is free. */
  queueUp(id: string, item: Item, relay: string): void {
    item.where = 'busy';
    item.relay = relay;
    let queue = this.#busy.get(relay);
    if (queue === undefined) {
      queue = new FairQueue();
      this.#busy.set(relay, queue);
    }
    queue.push(id, item.user);
  }

  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  takeReady(): string | undefined {
    return this.#ready.shift();
  }

  get hasBusy(): boolean {
    return this.#busy.size > 0;
  }

  busyRelays(): string[] {
    return [...this.#busy.keys()];
  }

  /** The one that has waited longest for a connection to this relay. */
  takeBusy(relay: string): string | undefined {
    const queue = this.#busy.get(relay);
    const id = queue?.shift();
    if (queue?.size === 0) this.#busy.delete(relay);
    return id;
  }

  /** Mails that wait for a connection to one relay, where most do. */
  get longestBusy(): number {
    let most = 0;
    for (const { size } of this.#busy.values()) most = Math.max(most, size);
    return most;
  }

  /** None of those for later is due before; `limit` at most. Asked for each mail that comes, however many wait. */
  nextDue(limit: number): number {
    return Math.min(limit, this.#earliest);
  }

  /** Makes those ready whose time has come. */
  makeDueReady(now: number): void {
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const [id, item] of this.#items) {
      if (item.where !== 'later') continue;
      if (isDue({ nextAttempt: item.due }, now)) this.#makeReady(id, item);
      else this.#earliest = Math.min(this.#earliest, item.due);
    }
  }

  #makeReady(id: string, item: Item): void {
    item.where = 'ready';
    item.due = 0;
    this.#ready.push(id, item.user);
  }
}
