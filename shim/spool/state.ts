// What has become of a waiting mail so far: attempts, and which recipients are done with. A small file beside the entry.

import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeWhole } from './commit.ts';
import type { Submission } from './entry.ts';
import { nextAttempt } from './schedule.ts';
import { isTime } from './time.ts';

/** A recipient that no further attempt will name. */
export interface Settled {
  /** `held`: it does not go to this recipient, by `only_to`. */
  result: 'delivered' | 'failed' | 'held';
  reply: string;
  /** Written down between two transactions of an attempt, whose end reports it to the log and to the mail's sender. */
  unreported?: true;
  /** With `unreported`: an attempt before that one may have delivered it too. */
  uncertain?: true;
}

export interface EntryState {
  /** Attempts that came to an end. */
  attempts: number;
  /** Milliseconds since 1970; 0 for at once. */
  nextAttempt: number;
  lastAttempt?: number;
  /** Why the last attempt did not end it: one line. */
  reason?: string;
  /** The relay may have the mail already. */
  uncertain: boolean;
  /** Its time begins anew here: a user wants a mail that failed tried again. Milliseconds since 1970. */
  retriedAt?: number;
  /** Its sender has got a notice that it is delayed. */
  delayTold?: true;
  /** Times that a sender ended with this mail in hand. */
  crashes?: number;
  /** The outbreak guard put it into hold/; once released it is not held again. */
  held?: true;
  /** By address. */
  settled: Record<string, Settled>;
  /** Transcript of the attempt that failed. */
  dialogue?: string;
  /** Nothing is left to do for it: only its file could not be removed. */
  done?: true;
}

export function newState(): EntryState {
  return { attempts: 0, nextAttempt: 0, uncertain: false, settled: copySettled({}) };
}

/**
 * What counts as its state: a mail that was sent at once, and could not be, comes into the spool with one attempt behind
 * it. `random`: in [0, 1).
 */
export function sinceAccepted(
  state: EntryState,
  { earlier, acceptedAt }: Submission,
  random: () => number,
): EntryState {
  if (state.attempts > 0 || earlier === undefined) return state;
  // Its time was set since, where a sender ended with it in hand and where a user wants it tried.
  const isSet = state.crashes !== undefined || state.retriedAt !== undefined;
  return {
    ...state,
    attempts: 1,
    ...(isSet ? {} : { nextAttempt: nextAttempt({ acceptedAt, now: acceptedAt, attempts: 1, random }) ?? 0 }),
    lastAttempt: acceptedAt,
    reason: state.reason ?? earlier.reason,
    uncertain: state.uncertain || earlier.uncertain,
  };
}

/** Without what every object inherits: a recipient may be called `constructor`, and is not served for that. */
export function copySettled(settled: EntryState['settled']): EntryState['settled'] {
  return Object.assign(Object.create(null), settled) as EntryState['settled'];
}

/** A state that is missing or broken counts as none: the mail is then tried at once, which loses nothing. */
export function readState(folder: string, id: string): EntryState {
  const file = join(folder, 'state', id);
  // Most mails have none, and an exception costs as much as all the rest.
  if (!existsSync(file)) return newState();
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<EntryState>;
    const { attempts, nextAttempt, uncertain, settled, lastAttempt = 0, retriedAt = 0 } = value;
    if (!Number.isSafeInteger(attempts) || typeof uncertain !== 'boolean') return newState();
    if (![nextAttempt, lastAttempt, retriedAt].every(isTime)) return newState();
    if (typeof settled !== 'object' || settled === null) return newState();
    return { ...(value as EntryState), settled: copySettled(settled) };
  } catch {
    return newState();
  }
}

/**
 * Replaces the state in one step. `durable`: it must outlive a loss of power, since it names recipients that would
 * otherwise get the mail again.
 */
export function writeState(folder: string, id: string, state: EntryState, durable: boolean): void {
  const temporary = join(folder, 'tmp', `${id}.state`);
  const text = JSON.stringify(state);
  if (durable) {
    // Left by a sender that was ended within this function.
    rmSync(temporary, { force: true });
    writeWhole(temporary, 0o600, [Buffer.from(text)]);
  } else writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, join(folder, 'state', id));
  if (durable) syncFolder(join(folder, 'state'));
}

/** Differs between two versions of a state's file; '' where there is none. */
export function stateVersion(folder: string, id: string): string {
  try {
    const stat = statSync(join(folder, 'state', id), { throwIfNoEntry: false });
    return stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
  } catch {
    return '';
  }
}

/** What another process has written over a state that could not be written: no recipient that has the mail gets it again. */
export function mergeStates(unsaved: EntryState, written: EntryState): EntryState {
  const served = Object.entries(unsaved.settled).filter(([, { result }]) => result === 'delivered');
  return {
    ...written,
    attempts: Math.max(unsaved.attempts, written.attempts),
    uncertain: unsaved.uncertain || written.uncertain,
    ...(unsaved.done ? { done: true } : {}),
    settled: copySettled({ ...written.settled, ...Object.fromEntries(served) }),
  };
}
