// The mails that a sender knows of: ready, without a free connection, for later, or in hand.

import { isDue } from '../spool/schedule.ts';

export interface Item {
  /** In hand (`active`), or in one of the lists. */
  where: 'ready' | 'busy' | 'later' | 'active';
  /** Milliseconds since 1970, of one that is for later. */
  due: number;
  relay?: string;
  expires?: number;
  /** Somebody wants it tried, whatever its time. */
  force: boolean;
}

/** Names that were taken off the list of those ready, before the list is made anew. */
const COMPACTED = 1024;

export class Waiting {
  readonly #items = new Map<string, Item>();
  #ready: string[] = [];
  #readyAt = 0;
  /** Waiting for a connection, by relay. */
  readonly #busy = new Map<string, string[]>();

  get size(): number {
    return this.#items.size;
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** Once for each. */
  add(id: string, force: boolean): void {
    if (this.#items.has(id)) return;
    this.#items.set(id, { where: 'ready', due: 0, force });
    this.#ready.push(id);
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
  }

  /** Until a connection to its relay is free. */
  queueUp(id: string, item: Item, relay: string): void {
    item.where = 'busy';
    item.relay = relay;
    const ids = this.#busy.get(relay);
    if (ids === undefined) this.#busy.set(relay, [id]);
    else ids.push(id);
  }

  get hasReady(): boolean {
    return this.#readyAt < this.#ready.length;
  }

  /** In order of arrival. */
  takeReady(): string | undefined {
    const id = this.#ready[this.#readyAt];
    if (id === undefined) return undefined;
    this.#readyAt++;
    if (this.#readyAt > COMPACTED && this.#readyAt * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyAt);
      this.#readyAt = 0;
    }
    return id;
  }

  get hasBusy(): boolean {
    return this.#busy.size > 0;
  }

  busyRelays(): string[] {
    return [...this.#busy.keys()];
  }

  /** The one that has waited longest for a connection to this relay. */
  takeBusy(relay: string): string | undefined {
    const ids = this.#busy.get(relay);
    const id = ids?.shift();
    if (ids?.length === 0) this.#busy.delete(relay);
    return id;
  }

  /** Mails that wait for a connection to one relay, where most do. */
  get longestBusy(): number {
    let most = 0;
    for (const ids of this.#busy.values()) most = Math.max(most, ids.length);
    return most;
  }

  /** When the first of those for later is due; `limit` where none is before it. */
  nextDue(limit: number): number {
    let due = limit;
    for (const item of this.#items.values()) if (item.where === 'later' && item.due < due) due = item.due;
    return due;
  }

  /** Those for later whose time has come are ready. */
  makeDueReady(now: number): void {
    for (const [id, item] of this.#items)
      if (item.where === 'later' && isDue({ nextAttempt: item.due }, now)) this.#makeReady(id, item);
  }

  #makeReady(id: string, item: Item): void {
    item.where = 'ready';
    item.due = 0;
    this.#ready.push(id);
  }
}
