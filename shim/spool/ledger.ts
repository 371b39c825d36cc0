// What a spool's sender has done since it was set up: counts and last events, kept for `mailshim status`.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LEDGER = 'ledger.json';
/** Milliseconds between two writes; what a crash costs is that much of a count. */
const EVERY = 1000;

export interface LedgerEvent {
  /** Milliseconds since 1970. */
  at: number;
  id: string;
  reason?: string;
}

export interface LedgerRelay {
  reason: string;
  /** Milliseconds since 1970. */
  pausedUntil: number;
}

export interface RecentCopies {
  /** Copies by slot of the window, the latest last. */
  slots: number[];
  /** Number of the latest slot. */
  at: number;
  /** When the last outbreak was announced, or 0. */
  announced: number;
}

/** Of the outbreak guard. */
export interface OutbreakData {
  /** By script, sender and user: copies in one window that are usual, as of a time, and those of the window since another. */
  usual: Record<string, { most: number; at: number; current: number; since: number }>;
  /** The window that goes on, so that a sender that starts anew goes on counting. The one counted last is the last. */
  recent?: Record<string, RecentCopies>;
  last?: { at: number; by: 'script' | 'sender' | 'user'; name: string; user: number; script?: string; count: number };
}

export interface LedgerData {
  /** Mails that were delivered to the last recipient. */
  delivered: number;
  /** Attempts that put a mail off. */
  deferred: number;
  /** Mails that were given up, for one recipient or more. */
  failed: number;
  /** Mails in whose case the relay may have got them twice. */
  uncertain: number;
  lastSuccess?: LedgerEvent;
  lastFailure?: LedgerEvent;
  /** Relays that do not answer, and configurations that cannot be used, by account. */
  relays: Record<string, LedgerRelay>;
  outbreak: OutbreakData;
}

/** Zeros where none was kept yet. */
export function readLedger(folder: string): LedgerData {
  const empty: LedgerData = { delivered: 0, deferred: 0, failed: 0, uncertain: 0, relays: {}, outbreak: { usual: {} } };
  try {
    return { ...empty, ...(JSON.parse(readFileSync(join(folder, LEDGER), 'utf8')) as Partial<LedgerData>) };
  } catch {
    return empty;
  }
}

export class Ledger {
  readonly data: LedgerData;
  readonly #folder: string;
  readonly #now: () => number;
  #written = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
    this.data = readLedger(folder);
  }

  /** Something in `data` has changed. */
  touch(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.min(EVERY, Math.max(0, this.#written + EVERY - this.#now()));
    this.#timer = setTimeout(() => this.write(), wait);
  }

  /** Mail of this account waits until its relay answers, or the configuration is corrected. */
  stuck(account: string, why: LedgerRelay): void {
    this.data.relays[account] = why;
    this.touch();
  }

  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#written = this.#now();
    try {
      const temporary = join(this.#folder, 'tmp', LEDGER);
      writeFileSync(temporary, JSON.stringify(this.data), { mode: 0o600 });
      renameSync(temporary, join(this.#folder, LEDGER));
    } catch {
      // Counts are not worth a mail.
    }
  }
}
