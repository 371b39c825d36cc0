// The folders of a spool as states of a mail: queue, active, hold, failed; each change is one rename.

import { existsSync, lstatSync, opendirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CALL_NAME, callName, ENTRY_ID, type Folder, removed, stuckName, syncFolder, TAKEN_NAME } from './commit.ts';
import { type OpenEntry, openEntry } from './entry.ts';
import { beginRun, endRun } from './outage.ts';
import { type EntryState, mergeStates, readState, stateVersion, writeState } from './state.ts';

/** Milliseconds after which a file in tmp was left by a process that ended while writing. */
const ORPHAN_AGE = 3_600_000;
/** Milliseconds that a mail in hand at a crash waits, for each crash from the second on. */
const CRASH_DELAY = 30_000;
const MAX_CRASH_DELAY = 3_600_000;
/** States that could not be written, and files that could not be removed, tried again at once. */
const CATCH_UP = 16;
/** Characters of an id. */
const ID_LENGTH = 16;
/** Names in the drop folder that are remembered after an outage; beyond them the names are a user's mischief. */
const MAX_UNCERTAIN = 100_000;

export class Spool {
  readonly folder: string;
  /** With the version that lay on the disk when the write failed. */
  readonly #unsaved = new Map<string, { state: EntryState; over: string }>();
  /** Mails in `active` that are done with, and whose files could not be removed. */
  readonly #done = new Set<string>();
  /** What `queue` was when this sender began. */
  #identity: string | undefined;
  /** Mails that may have been delivered before an outage; nothing on disk records it. */
  readonly #uncertain = new Set<string>();

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

  /** Calls in a folder, by id. */
  *calls(folder: 'drop' | 'taken'): Generator<string> {
    const pattern = folder === 'drop' ? CALL_NAME : TAKEN_NAME;
    for (const name of names(join(this.folder, folder))) if (pattern.test(name)) yield name.slice(0, ID_LENGTH);
  }

  /** The file of a call in `taken`. */
  taken(id: string): { file: string; isStuck: boolean } | undefined {
    if (this.has('taken', callName(id))) return { file: this.path('taken', callName(id)), isStuck: false };
    if (this.has('taken', stuckName(id))) return { file: this.path('taken', stuckName(id)), isStuck: true };
    return undefined;
  }

  has(folder: Folder, id: string): boolean {
    try {
      // An exception costs more than all the rest of the question.
      return statSync(this.path(folder, id), { throwIfNoEntry: false }) !== undefined;
    } catch {
      return false;
    }
  }

  /** False where it is not there any more: deleted, held, or another's. */
  move(id: string, from: Folder, to: Folder, as = id): boolean {
    try {
      renameSync(this.path(from, id), this.path(to, as));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  state(id: string): EntryState {
    const state = this.#latest(id);
    return this.#uncertain.has(id) ? { ...state, uncertain: true } : state;
  }

  #latest(id: string): EntryState {
    const unsaved = this.#unsaved.get(id);
    if (unsaved === undefined) return readState(this.folder, id);
    if (stateVersion(this.folder, id) === unsaved.over) return unsaved.state;
    // An administrator wants it retried, and its new state lacks what we know.
    return mergeStates(unsaved.state, readState(this.folder, id));
  }

  /**
   * What a full disk does not take is remembered while this sender lives: a mail must not be delivered to a recipient
   * twice for want of a hundred bytes.
   */
  save(id: string, state: EntryState, durable = false): void {
    if (!this.#write(id, state, durable)) return;
    this.#uncertain.delete(id);
    if (this.#unsaved.size > 0) this.#saveOthers();
  }

  #write(id: string, state: EntryState, durable: boolean): boolean {
    try {
      writeState(this.folder, id, state, durable);
      this.#unsaved.delete(id);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      this.#unsaved.set(id, { state, over: stateVersion(this.folder, id) });
      return false;
    }
  }

  /** The disk takes states again. Another process changes a mail that is held. */
  #saveOthers(): void {
    for (const id of [...this.#unsaved.keys()].slice(0, CATCH_UP)) {
      if (this.has('hold', id)) continue;
      if (!this.#write(id, this.#latest(id), true)) return;
    }
  }

  /** The mail is done with, or not wanted. False where it was not there. */
  remove(id: string, folder: Folder): boolean {
    const was = folder === 'active' ? this.#finish(id) : removed(this.path(folder, id));
    this.#uncertain.delete(id);
    if (this.#done.has(id)) return was;
    this.#unsaved.delete(id);
    const state = this.path('state', id);
    if (existsSync(state)) removed(state);
    if (this.#done.size > 0) this.#finishOthers();
    return was;
  }

  /**
   * A mail that was delivered must not be there for the next sender, whatever the disk does: removed, or moved to where
   * no sender takes it from, or noted as done.
   */
  #finish(id: string): boolean {
    const file = this.path('active', id);
    if (removed(file)) return true;
    if (isGone(file)) return false;
    const aside = this.path('tmp', `${id}.done`);
    try {
      renameSync(file, aside);
      removed(aside);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
    this.#done.add(id);
    this.#write(id, { ...this.#latest(id), done: true }, true);
    return true;
  }

  #finishOthers(): void {
    for (const id of [...this.#done].slice(0, CATCH_UP)) {
      this.#done.delete(id);
      this.remove(id, 'active');
      if (this.#done.has(id)) return;
    }
  }

  /** It lies in `active` only because its file could not be removed. */
  isDone(id: string): boolean {
    return this.#done.has(id) || this.state(id).done === true;
  }

  /** Kept back until it is released, with the reason; on disk before it is reported. False where it was not there. */
  hold(id: string, from: 'queue' | 'active', reason: string): boolean {
    if (from === 'queue' && !this.move(id, 'queue', 'active')) return false;
    this.save(id, { ...this.state(id), reason }, true);
    const moved = this.move(id, 'active', 'hold');
    syncFolder(join(this.folder, 'hold'));
    return moved;
  }

  /** A mail that was held goes on, and its time begins anew: it may have been held longer than a mail is tried. */
  release(id: string, now: number): boolean {
    if (!this.has('hold', id)) return false;
    this.save(id, { ...this.state(id), nextAttempt: 0, retriedAt: now }, true);
    return this.move(id, 'hold', 'queue');
  }

  /** Kept for an administrator to look at, with the reason; on disk before it is reported. */
  fail(id: string, state: EntryState): void {
    this.save(id, state, true);
    this.move(id, 'active', 'failed');
    syncFolder(join(this.folder, 'failed'));
  }

  /**
   * A sender begins; `boot` names this run of the machine. After an outage it is uncertain of every queued mail whether it was delivered: deliveries of
   * the last seconds are on no disk, since each would have cost a sender the time of a sync. How many those are.
   */
  begin(boot: string): number {
    this.#identity = this.#queueNow();
    if (beginRun(this.folder, boot).outage) {
      for (const id of this.ids('queue')) this.#uncertain.add(id);
      for (const id of this.calls('taken')) this.#uncertain.add(id);
      const most = this.#uncertain.size + MAX_UNCERTAIN;
      for (const id of this.ids('drop')) {
        if (this.#uncertain.size >= most) break;
        this.#uncertain.add(id);
      }
    }
    return this.#uncertain.size;
  }

  /** A sender ends in order. What a full disk still does not take leaves its mail in hand, so that it is uncertain to the next one. */
  end(): void {
    this.#finishOthers();
    for (const id of [...this.#unsaved.keys()]) {
      if (this.#write(id, this.#latest(id), true)) {
        this.#uncertain.delete(id);
        continue;
      }
      try {
        this.move(id, 'queue', 'active');
      } catch {
        // Not even that: the disk is read-only by now.
      }
    }
    endRun(this.folder, this.#uncertain.size > 0);
  }

  /**
   * What a sender that ended in the middle left: mails it had in hand go back, and it is uncertain whether the
   * relay accepted them. Ids of those.
   */
  recover(now: number): string[] {
    const ids: string[] = [];
    for (const id of [...this.ids('active')]) {
      const state = this.state(id);
      if (state.done) {
        this.remove(id, 'active');
        continue;
      }
      ids.push(id);
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
    this.#finishOthers();
    for (const name of names(join(this.folder, 'tmp'))) {
      const file = join(this.folder, 'tmp', name);
      try {
        if (now - statSync(file).mtimeMs > ORPHAN_AGE) unlinkSync(file);
      } catch {}
    }
    for (const id of this.ids('state')) {
      const file = this.path('state', id);
      try {
        // Only old ones: a process may be moving the mail from folder to folder just now.
        if (now - statSync(file).mtimeMs <= ORPHAN_AGE) continue;
        if (!(['queue', 'active', 'hold', 'failed'] as const).some((folder) => this.has(folder, id))) unlinkSync(file);
      } catch {}
    }
  }

  /** False also where it is another one, made anew since this sender began: that is for a new sender. */
  exists(): boolean {
    const now = this.#queueNow();
    return now !== undefined && (this.#identity === undefined || now === this.#identity);
  }

  #queueNow(): string | undefined {
    try {
      const stat = statSync(join(this.folder, 'queue'));
      return stat.isDirectory() ? `${stat.dev} ${stat.ino}` : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Only by the system's word: a disk that fails gives other errors. */
function isGone(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
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
