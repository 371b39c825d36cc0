// The folders of a spool as states of a mail: queue, active, hold, failed; each change is one rename.

import { existsSync, opendirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRY_ID, type Folder, removed, syncFolder } from './commit.ts';
import { type OpenEntry, openEntry } from './entry.ts';
import { beginRun, endRun } from './outage.ts';
import { type EntryState, readState, writeState } from './state.ts';

/** Milliseconds after which what lies in tmp was left by somebody who ended while writing. */
const ORPHAN_AGE = 3_600_000;
/** Milliseconds that a mail in hand at a crash waits, for each crash from the second on. */
const CRASH_DELAY = 30_000;
const MAX_CRASH_DELAY = 3_600_000;

export class Spool {
  readonly folder: string;
  readonly #unsaved = new Map<string, EntryState>();
  /** Mails that may have been delivered before an outage, which nothing on disk says. */
  readonly #inDoubt = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  path(folder: Folder, id: string): string {
    return join(this.folder, folder, id);
  }

  /** Ids in a folder, in no order; other files are passed over. */
  *ids(folder: Folder): Generator<string> {
    let directory: ReturnType<typeof opendirSync>;
    try {
      directory = opendirSync(join(this.folder, folder), { bufferSize: 256 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        if (ENTRY_ID.test(entry.name)) yield entry.name;
      }
    } finally {
      directory.closeSync();
    }
  }

  /** @throws EntryError */
  open(folder: Folder, id: string): OpenEntry {
    return openEntry(this.path(folder, id));
  }

  has(folder: Folder, id: string): boolean {
    try {
      statSync(this.path(folder, id));
      return true;
    } catch {
      return false;
    }
  }

  /** False where it is not there any more: deleted, held, or another's. */
  move(id: string, from: Folder, to: Folder): boolean {
    try {
      renameSync(this.path(from, id), this.path(to, id));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  state(id: string): EntryState {
    const state = this.#unsaved.get(id) ?? readState(this.folder, id);
    return this.#inDoubt.has(id) ? { ...state, uncertain: true } : state;
  }

  /**
   * What a full disk does not take is remembered while this sender lives: a recipient that was served must not be served
   * again for want of a hundred octets.
   */
  save(id: string, state: EntryState, durable = false): void {
    try {
      writeState(this.folder, id, state, durable);
      this.#unsaved.delete(id);
      this.#inDoubt.delete(id);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      this.#unsaved.set(id, state);
    }
  }

  /** The mail is done with, or not wanted. False where it was not there. */
  remove(id: string, folder: Folder): boolean {
    const was = removed(this.path(folder, id));
    this.#unsaved.delete(id);
    this.#inDoubt.delete(id);
    const state = this.path('state', id);
    if (existsSync(state)) removed(state);
    return was;
  }

  /** Kept for people to look at, with why; safe before anybody is told. */
  fail(id: string, state: EntryState): void {
    this.save(id, state, true);
    this.move(id, 'active', 'failed');
    syncFolder(join(this.folder, 'failed'));
  }

  /**
   * A sender begins; `boot` names this run of the machine. After an outage every mail that waits is in doubt: deliveries of
   * the last seconds are on no disk, since each would have cost a sender the time of a sync. How many those are.
   */
  begin(boot: string): number {
    if (beginRun(this.folder, boot).outage)
      for (const folder of ['queue', 'drop'] as const) for (const id of this.ids(folder)) this.#inDoubt.add(id);
    return this.#inDoubt.size;
  }

  /** A sender ends in order. What a full disk still does not take leaves its mail in hand, so that the next one doubts it. */
  end(): void {
    for (const [id, state] of this.#unsaved) {
      this.save(id, state, true);
      if (!this.#unsaved.has(id)) continue;
      try {
        this.move(id, 'queue', 'active');
      } catch {
        // Not even that: the disk is read-only by now.
      }
    }
    endRun(this.folder, this.#inDoubt.size > 0);
  }

  /**
   * What a sender that ended in the middle left: mails it had in hand go back, and whether the relay took them nobody
   * knows. Ids of those.
   */
  recover(now: number): string[] {
    const ids = [...this.ids('active')];
    for (const id of ids) {
      const state = this.state(id);
      const crashes = (state.crashes ?? 0) + 1;
      // One that ends the sender again and again must not keep the others from being sent.
      const nextAttempt = crashes === 1 ? 0 : now + Math.min(crashes * CRASH_DELAY, MAX_CRASH_DELAY);
      this.save(id, { ...state, uncertain: true, crashes, nextAttempt }, true);
      this.move(id, 'active', 'queue');
    }
    return ids;
  }

  /** Removes what writers that ended too soon left behind; none of it was ever accepted. */
  sweep(now: number): void {
    for (const name of names(join(this.folder, 'tmp'))) {
      const file = join(this.folder, 'tmp', name);
      try {
        if (now - statSync(file).mtimeMs > ORPHAN_AGE) unlinkSync(file);
      } catch {}
    }
    for (const id of this.ids('state')) {
      const file = this.path('state', id);
      try {
        // Only old ones: somebody may be moving the mail from folder to folder just now.
        if (now - statSync(file).mtimeMs <= ORPHAN_AGE) continue;
        if (!(['queue', 'active', 'hold', 'failed'] as const).some((folder) => this.has(folder, id))) unlinkSync(file);
      } catch {}
    }
  }

  exists(): boolean {
    try {
      return statSync(join(this.folder, 'queue')).isDirectory();
    } catch {
      return false;
    }
  }
}

function names(folder: string): string[] {
  const found: string[] = [];
  try {
    const directory = opendirSync(folder);
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) found.push(entry.name);
    directory.closeSync();
  } catch {}
  return found;
}
