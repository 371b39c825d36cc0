// The mails of a spool, for administrators and monitoring: read only, and without delaying the sender.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from '../cli/parse.ts';
import { parseMessage } from '../intake/header.ts';
import { headerRecipients, uniqueRecipients } from '../intake/recipients.ts';
import { parseCall } from './call.ts';
import type { Folder } from './commit.ts';
import { EntryError, openEntry } from './entry.ts';
import type { Spool } from './queue.ts';
import { type EntryState, sinceAccepted } from './state.ts';
import { isTime } from './time.ts';

/** Folders that hold mails, in the order of a listing. */
export const STATES = ['active', 'queue', 'hold', 'failed'] as const satisfies readonly Folder[];
export type MailState = (typeof STATES)[number];
/** `stuck`: taken from its caller, and it could not be put into the queue. */
export type ListedState = MailState | 'stuck';

export interface QueuedMail {
  id: string;
  state: ListedState;
  /** It is in `taken`. */
  isTaken?: true;
  /** Milliseconds since 1970. */
  acceptedAt: number;
  /** Bytes of the message. */
  size: number;
  /** Undefined: chosen when it is sent. */
  sender: string | undefined;
  recipients: { address: string; status: 'waiting' | 'delivered' | 'failed' | 'held'; reply?: string }[];
  /** User that dropped it, where that is another than the spool's. */
  submittedBy?: number;
  progress: EntryState;
  /** The file cannot be used, and why. */
  problem?: string;
}

const LISTED = ['active', 'stuck', 'queue', 'hold', 'failed'] as const satisfies readonly ListedState[];

/** Between these a mail moves to and fro while it is tried. */
const TRIED: ReadonlySet<ListedState> = new Set(['active', 'queue']);

/** In order of arrival, state by state; each mail once, one that moved on during the listing at the end. */
export function* listMails(spool: Spool, states: readonly ListedState[] = LISTED): Generator<QueuedMail> {
  const seen = new Set<string>();
  for (const state of [...states, ...states.filter((each) => TRIED.has(each))]) {
    if (state !== 'stuck')
      for (const id of [...spool.ids(state)].sort()) {
        const mail = seen.has(id) ? undefined : describeMail(spool, state, id);
        if (mail === undefined) continue;
        seen.add(id);
        yield mail;
      }
    if (state === 'active' || state === 'stuck')
      for (const mail of listTaken(spool, state)) {
        if (seen.has(mail.id)) continue;
        seen.add(mail.id);
        yield mail;
      }
  }
}

function* listTaken(spool: Spool, state: ListedState): Generator<QueuedMail> {
  for (const id of [...spool.calls('taken')].sort()) {
    const mail = findMail(spool, id) === undefined ? describeTaken(spool, id) : undefined;
    if (mail?.state === state) yield mail;
  }
}

/** Undefined where it is not there. */
export function describeMail(spool: Spool, state: MailState, id: string): QueuedMail | undefined {
  const progress = spool.state(id);
  // It has arrived: only its file could not be removed.
  if (state === 'active' && progress.done) return undefined;
  try {
    const { submission, size, close } = openEntry(spool.path(state, id), { verify: false });
    close();
    // Without the chance in it: what is shown is the middle.
    const known = sinceAccepted(progress, submission, () => 0.5);
    return {
      id,
      state,
      acceptedAt: submission.acceptedAt,
      size,
      sender: submission.envelopeFrom,
      recipients: submission.recipients.map((address) => {
        const settled = progress.settled[address];
        return settled === undefined
          ? { address, status: 'waiting' as const }
          : { address, status: settled.result, reply: settled.reply };
      }),
      ...(submission.submittedBy === undefined ? {} : { submittedBy: submission.submittedBy }),
      progress: known,
    };
  } catch (error) {
    if (error instanceof EntryError && error.kind === 'gone') return undefined;
    // Whatever one file is like, the others are listed.
    const problem = error instanceof Error ? error.message : String(error);
    return {
      id,
      state,
      acceptedAt: arrival(spool, state, id),
      size: 0,
      sender: undefined,
      recipients: [],
      progress,
      problem,
    };
  }
}

/** A mail that was taken from its caller, and is neither sent nor in the queue. Undefined where it is not there. */
export function describeTaken(spool: Spool, id: string): QueuedMail | undefined {
  const taken = spool.taken(id);
  if (taken === undefined) return undefined;
  const mail: QueuedMail = {
    id,
    state: taken.isStuck ? 'stuck' : 'active',
    isTaken: true,
    ...(taken.isStuck ? { problem: 'it cannot be put into the queue; the log of the sender has the reason' } : {}),
    acceptedAt: timeOfId(id),
    size: 0,
    sender: undefined,
    recipients: [],
    progress: spool.state(id),
  };
  try {
    const call = parseCall(readFileSync(taken.file));
    if (call === undefined) return { ...mail, problem: 'its file is not a call' };
    const { envelopeFrom, recipients, readRecipients } = parseArguments(call.words.slice(1));
    const named = readRecipients ? headerRecipients(parseMessage([call.message]).fields).recipients : [];
    return {
      ...mail,
      size: call.message.length,
      sender: envelopeFrom,
      recipients: uniqueRecipients([...recipients, ...named]).map((address) => ({ address, status: 'waiting' })),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { ...mail, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Where a mail is; undefined where nowhere. */
export function findMail(spool: Spool, id: string): MailState | undefined {
  return STATES.find((state) => spool.has(state, id));
}

export interface Counts {
  /** In the queue or in hand. */
  waiting: number;
  held: number;
  failed: number;
  /** In the drop folder of a daemon, not yet taken in. */
  dropped: number;
  /** Milliseconds since 1970, of the mail that has waited longest. */
  oldest?: number;
  /** The same of one that was taken from its caller and is neither sent nor in the queue. */
  oldestTaken?: number;
}

/** Reads names only, so that ten thousand mails are counted at once. */
export function countMails(spool: Spool): Counts {
  const counts: Counts = { waiting: 0, held: 0, failed: 0, dropped: 0 };
  let first: string | undefined;
  for (const state of ['queue', 'active'] as const) {
    for (const id of spool.ids(state)) {
      if (state === 'active' && spool.isDone(id)) continue;
      counts.waiting++;
      if (first === undefined || id < first) first = id;
    }
  }
  let taken: string | undefined;
  for (const id of spool.calls('taken')) {
    // It is in the queue by now.
    if (findMail(spool, id) !== undefined) continue;
    counts.waiting++;
    if (first === undefined || id < first) first = id;
    if (taken === undefined || id < taken) taken = id;
  }
  for (const _ of spool.ids('hold')) counts.held++;
  for (const _ of spool.ids('failed')) counts.failed++;
  for (const _ of spool.ids('drop')) counts.dropped++;
  if (first !== undefined) counts.oldest = timeOfId(first);
  if (taken !== undefined) counts.oldestTaken = timeOfId(taken);
  return counts;
}

/** The time in an id: its first eight digits. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8), 36);
}

function arrival(spool: Spool, state: MailState, id: string): number {
  try {
    const { mtimeMs } = statSync(join(spool.folder, state, id));
    if (isTime(mtimeMs)) return mtimeMs;
  } catch {}
  return timeOfId(id);
}
