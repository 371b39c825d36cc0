// A mail of the drop folder copied into the spool, a piece at a time, so that other users' mail has its turn between two.

import { closeSync, constants, existsSync, fsync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { callName, createFile, entryId, removed, syncFolder, writePieces } from './commit.ts';
import { checkedPieces, EntryError, encodeEntry, type OpenEntry, openEntry, type Submission } from './entry.ts';
import { boundedTime, type DropLimits, hasHole, judge, mayBeHollow } from './judge.ts';
import { findMail, type MailState } from './listing.ts';
import { turn } from './pace.ts';
import type { Spool } from './queue.ts';

/** Bytes of one user that are copied before another user has his turn. */
export const TURN_BYTES = 512 * 1024;

/** A copy in `tmp` that is not safe yet. */
export interface Copied {
  /** In the drop folder. */
  name: string;
  id: string;
  uid: number;
  temporary: string;
  descriptor: number;
  /** Asked at the last moment; false where the mail is not ours to take. */
  claim?: () => boolean;
  /** What became of it; a mail that is `queued` may be sent already. `taken`: its id is another mail's. */
  end?: 'queued' | 'unclaimed' | 'taken';
}

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

/**
 * Copied and not moved: the submitter may still have the file open. Undefined where a sender that ended before it could
 * remove the file has taken the mail already.
 * @throws EntryError for what is not a mail; the system's error where the disk is full
 */
export async function copyDropped(name: string, context: DropContext): Promise<Copied | undefined> {
  const steps = copySteps(name, context);
  let written = 0;
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    written += step.value;
    if (written < TURN_BYTES) continue;
    written = 0;
    await turn();
  }
}

/** Gives the bytes of each step, and the copy at its end. */
function* copySteps(name: string, context: DropContext): Generator<number, Copied | undefined> {
  const { spool, random } = context;
  const [limits, now] = [context.limits(), context.now()];
  const entry = openEntry(join(spool.folder, 'drop', name), { verify: false });
  try {
    const verdict = judge(name, entry.stat, limits, now);
    if (verdict.kind !== 'whole')
      throw new EntryError('corrupt', verdict.kind === 'refused' ? verdict.why : 'is not a mail of mailshim');
    const { submission, uid } = entry;
    if (submission.file !== undefined || submission.overrides !== undefined)
      throw new EntryError('corrupt', 'names settings of its own, which a daemon does not accept');
    const acceptedAt = boundedTime(submission.acceptedAt, entry.stat.ctimeMs, now);
    if (acceptedAt === undefined) throw new EntryError('corrupt', 'has a time of acceptance after that of its file');
    const known = findMail(spool, name);
    if (known !== undefined && isSame(spool, known, name, submission, uid)) return undefined;
    const id =
      known === undefined && isTimeOf(name, submission.acceptedAt) && acceptedAt === submission.acceptedAt
        ? name
        : entryId(acceptedAt, random());
    const temporary = spool.path('tmp', id);
    const pieces = encodeEntry({ ...submission, acceptedAt, submittedBy: uid }, withoutHoles(entry));
    return { name, id, uid, temporary, descriptor: yield* write(temporary, pieces) };
  } finally {
    entry.close();
  }
}

/** The id of a mail has the time when it came; a user that chose another one would seem to wait since 1970. */
function isTimeOf(name: string, acceptedAt: number): boolean {
  return name.startsWith(entryId(acceptedAt, '0').slice(0, 8));
}

function* withoutHoles(entry: OpenEntry): Generator<Uint8Array> {
  const suspicious = mayBeHollow(entry.stat);
  for (const piece of checkedPieces(entry)) {
    if (suspicious && hasHole(piece)) throw new EntryError('corrupt', 'has holes');
    yield piece;
  }
}

function* write(temporary: string, pieces: Iterable<Uint8Array>): Generator<number, number> {
  removed(temporary);
  const descriptor = createFile(temporary, 0o600);
  try {
    yield* writePieces(descriptor, pieces);
    return descriptor;
  } catch (error) {
    discard({ temporary, descriptor });
    throw error;
  }
}

/** At once: of a mail that is small. */
export function writeCopy(temporary: string, pieces: Iterable<Uint8Array>): number {
  const steps = write(temporary, pieces);
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

export function discard({ temporary, descriptor }: Pick<Copied, 'temporary' | 'descriptor'>): void {
  closeSync(descriptor);
  removed(temporary);
}

/**
 * Copies become mails of the queue, and those that did (`end`) are safe there once this returns.
 * @throws the system's error
 */
export async function settle(spool: Spool, copies: readonly Copied[]): Promise<void> {
  const synced = await Promise.allSettled(copies.map(({ descriptor }) => sync(descriptor)));
  const failed = synced.find((one) => one.status === 'rejected');
  try {
    if (failed !== undefined) throw failed.reason;
    // Those that were renamed before one could not be are known again by their seed.
    for (const copy of copies) copy.end = place(copy, spool);
  } catch (error) {
    for (const copy of copies) discard(copy);
    throw error;
  }
  for (const copy of copies) {
    if (copy.end === 'queued') closeSync(copy.descriptor);
    else discard(copy);
  }
  if (copies.every(({ end }) => end !== 'queued')) return;
  const folder = openSync(join(spool.folder, 'queue'), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await sync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Nothing else of this process happens in between, and no other one makes up ids that it does not own. */
function place({ id, temporary, claim }: Copied, spool: Spool): NonNullable<Copied['end']> {
  if (findMail(spool, id) !== undefined) return 'taken';
  if (claim?.() === false) return 'unclaimed';
  renameSync(temporary, spool.path('queue', id));
  return 'queued';
}

/** Before a mail of the queue is sent: the call that it came by goes, or the next sender would take it once more. */
export function forgetTaken(spool: Spool, id: string): void {
  const file = spool.path('taken', callName(id));
  if (!existsSync(file)) return;
  syncFolder(join(spool.folder, 'queue'));
  removed(file);
}

/**
 * Before a mail of the queue is sent: its file in the drop folder goes, where a sender ended too soon to remove it, or is about
 * to. The next one would take the mail once more after it was sent.
 */
export function forgetDropped({ folder }: Spool, id: string, { submission }: OpenEntry): void {
  const file = join(folder, 'drop', id);
  if (!existsSync(file)) return;
  try {
    const { submission: dropped, uid, close } = openEntry(file, { verify: false });
    close();
    if (dropped.seed !== submission.seed || uid !== submission.submittedBy) return;
  } catch (error) {
    if (error instanceof EntryError) return;
    throw error;
  }
  syncFolder(join(folder, 'queue'));
  removed(file);
}

/** Beside everything else: a disk takes its time. */
function sync(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => fsync(descriptor, (error) => (error === null ? resolve() : reject(error))));
}

function isSame(spool: Spool, state: MailState, name: string, { seed }: Submission, uid: number): boolean {
  try {
    const { submission, close } = openEntry(spool.path(state, name), { verify: false });
    close();
    return submission.seed === seed && submission.submittedBy === uid;
  } catch (error) {
    if (error instanceof EntryError) return false;
    throw error;
  }
}
