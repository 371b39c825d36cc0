// `mailshim queue …`, mailq and -q: shows and changes the queue.

import { writeSync } from 'node:fs';
import { wordReader } from '../cli/words.ts';
import { wakeSender } from '../delivery/keep.ts';
import type { Environment } from '../environment.ts';
import { type Answer, type Complaint, EX, ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { callName, ENTRY_ID, removed, stuckName } from '../spool/commit.ts';
import {
  describeMail,
  describeTaken,
  findMail,
  type ListedState,
  listMails,
  type QueuedMail,
} from '../spool/listing.ts';
import { lockSpool } from '../spool/lock.ts';
import type { Spool } from '../spool/queue.ts';
import { isAwake, requestFlush } from '../spool/wake.ts';
import { runQueue } from './daemon.ts';
import { mailqTable, queueJson, queueTable, showText } from './queue.text.ts';
import { findOwnSpool, openSpool } from './spool.ts';

interface Options {
  spool?: string;
  json?: boolean;
  failed?: boolean;
  all?: boolean;
}

/** What can be done with mails. */
interface Change {
  description: string;
  /** The mails that --all means. */
  all: string;
  /** Where they may be. */
  states: readonly ListedState[];
  /** Printed for each. */
  done: string;
  /** A sender has to act on it. */
  wakes?: true;
  /** False where the mail is not there any more. */
  act: (mail: QueuedMail, spool: Spool, now: number) => boolean;
}

const CHANGES: Readonly<Record<string, Change>> = {
  retry: {
    description: 'try these mails now, failed ones too',
    all: 'all queued and failed mails',
    states: ['stuck', 'queue', 'hold', 'failed'],
    done: 'is tried again',
    wakes: true,
    act: retry,
  },
  hold: {
    description: 'do not try these mails until they are released',
    all: 'all queued mails',
    states: ['queue'],
    done: 'is held',
    act: ({ id }, spool) => spool.move(id, 'queue', 'hold'),
  },
  release: {
    description: 'release held mails',
    all: 'all held mails',
    states: ['hold'],
    done: 'is released',
    wakes: true,
    act: ({ id }, spool, now) => spool.release(id, now),
  },
  delete: {
    description: 'delete these mails',
    all: 'all mails',
    states: ['stuck', 'queue', 'hold', 'failed'],
    done: 'is deleted',
    act: remove,
  },
};

/** `words` without "queue". */
export async function queueCommand(words: readonly string[], environment: Environment): Promise<Answer> {
  let chosen: { options: Options; act: (spool: Spool) => Answer | Promise<Answer> } | undefined;
  const choose = (options: Options, act: NonNullable<typeof chosen>['act']) => {
    chosen = { options, act };
  };
  const { command, read } = wordReader('queue');
  const add = (signature: string, description: string, isDefault = false) =>
    command
      .command(signature, { isDefault })
      .description(description)
      .option('--spool <folder>', 'directory of the spool (default: that of the configuration)');
  add('list', 'list queued and failed mails', true)
    .option('--json', 'print JSON')
    .option('--failed', 'only failed mails')
    .action((options: Options) => choose(options, (spool) => list(spool, environment, options)));
  add('show <id>', 'show one mail: its attempts and its text').action((id: string, options: Options) =>
    choose(options, (spool) => show(spool, environment, id)),
  );
  add('run', 'try every mail now').action((options: Options) => choose(options, (spool) => run(spool, environment)));
  for (const [name, what] of Object.entries(CHANGES)) {
    const subcommand = add(`${name} [ids...]`, what.description).option('--all', what.all);
    if (name === 'delete') subcommand.option('--failed', 'all failed mails');
    subcommand.action((ids: string[], options: Options) =>
      choose(options, (spool) => change(spool, environment, what, pick(spool, ids, options, what.states))),
    );
  }
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  // Without --help one action has run.
  const { options, act } = chosen!;
  return act(openSpool(environment, options.spool));
}

/** The output of mailq and -bp in the form of Postfix, which monitoring reads. */
export function mailqText(environment: Environment, file?: string): string {
  const spool = findOwnSpool(environment, file);
  return mailqTable(spool === undefined ? [] : [...listMails(spool, ['active', 'stuck', 'queue', 'hold'])]);
}

/** Runs -q; prints nothing on stdout, as sendmail does. */
export async function runNow(environment: Environment, file?: string): Promise<Answer> {
  const spool = findOwnSpool(environment, file);
  const { complaints } = spool === undefined ? { complaints: [] } : await run(spool, environment);
  return { code: EX.OK, stdout: '', complaints };
}

function list(spool: Spool, environment: Environment, { json, failed }: Options): Answer {
  const mails = [...listMails(spool, failed ? ['failed'] : undefined)];
  const now = environment.now().getTime();
  return { code: EX.OK, stdout: json ? queueJson(mails, now) : queueTable(mails, now), complaints: [] };
}

function show(spool: Spool, environment: Environment, id: string): Answer {
  const mail = one(spool, id);
  if (mail.state === 'stuck' || mail.isTaken || !spool.has(mail.state, mail.id))
    throw new ExitError(diagnostic('queue.taken', { id: mail.id }));
  const { descriptor, start, size, close } = spool.open(mail.state, mail.id);
  try {
    return {
      code: EX.OK,
      stdout: showText(mail, { descriptor, start, size }, environment.now().getTime()),
      complaints: [],
    };
  } finally {
    close();
  }
}

async function run(spool: Spool, environment: Environment): Promise<Answer> {
  const complaints: string[] = [];
  const terminal = process.stderr.isTTY === true;
  const progress = (done: number, total: number) => {
    if (!terminal) return;
    const width = 30;
    const full = Math.round((done / total) * width);
    writeSync(2, `\r[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done} of ${total}${done === total ? '\n' : ''}`);
  };
  const ran = await runQueue(spool.folder, environment, progress, (text) => complaints.push(text));
  if (!ran.own) return { code: EX.OK, stdout: 'A sender is running; it tries every mail now.\n', complaints };
  if (ran.waiting > 0) await wakeSender(spool.folder, environment);
  const { delivered, failed, waiting } = ran;
  return { code: EX.OK, stdout: `${delivered} delivered, ${failed} failed, ${waiting} waiting\n`, complaints };
}

async function change(
  spool: Spool,
  environment: Environment,
  { act, done, wakes }: Change,
  mails: readonly QueuedMail[],
): Promise<Answer> {
  const out: string[] = [];
  const complaints: Complaint[] = [];
  for (const mail of mails) {
    if (act(mail, spool, environment.now().getTime())) out.push(`${mail.id} ${done}\n`);
    else complaints.push(diagnostic('queue.sending', { id: mail.id }));
  }
  if (wakes && out.length > 0 && !isAwake(spool.folder))
    complaints.push(...(await wakeSender(spool.folder, environment)));
  return { code: complaints.length === 0 ? EX.OK : EX.UNAVAILABLE, stdout: out.join(''), complaints };
}

// A failed mail has its whole lifetime again; rejected recipients are tried again, delivered ones are not.
function retry(mail: QueuedMail, spool: Spool, now: number): boolean {
  const { id, state, progress, isTaken } = mail;
  if (isTaken || state === 'stuck') return retryTaken(mail, spool);
  const kept = Object.entries(progress.settled).filter(
    ([, { result }]) => state !== 'failed' || result === 'delivered',
  );
  const settled = Object.fromEntries(kept);
  // In hold/ first, where the sender does not write the state at the same time.
  if (state !== 'hold' && !spool.move(id, state, 'hold')) return false;
  spool.save(id, { ...progress, nextAttempt: 0, settled, ...(state === 'failed' ? { retriedAt: now } : {}) }, true);
  return spool.move(id, 'hold', 'queue');
}

// Only the sender can put it into the queue.
function retryTaken({ state }: QueuedMail, spool: Spool): boolean {
  if (state !== 'stuck') return false;
  requestFlush(spool.folder);
  return true;
}

function remove({ id, state, isTaken }: QueuedMail, spool: Spool): boolean {
  if (!isTaken) return state !== 'stuck' && spool.remove(id, state);
  if (removed(spool.path('taken', stuckName(id)))) return true;
  // A running sender owns it.
  const lock = lockSpool(spool.folder, 0);
  try {
    return lock !== undefined && removed(spool.path('taken', callName(id)));
  } finally {
    lock?.release();
  }
}

function pick(
  spool: Spool,
  ids: readonly string[],
  { all, failed }: Options,
  states: readonly ListedState[],
): QueuedMail[] {
  if (all || failed) return [...listMails(spool, failed ? ['failed'] : states)];
  if (ids.length === 0) throw new ExitError(diagnostic('queue.no-id'));
  return ids.map((id) => {
    const mail = one(spool, id);
    if (states.includes(mail.state) || mail.state === 'active') return mail;
    throw new ExitError(diagnostic('queue.state', { id: mail.id, state: mail.state }));
  });
}

function one(spool: Spool, text: string): QueuedMail {
  const id = text.toUpperCase();
  const state = ENTRY_ID.test(id) ? findMail(spool, id) : undefined;
  const taken = state === undefined && ENTRY_ID.test(id) ? describeTaken(spool, id) : undefined;
  const mail = state === undefined ? taken : describeMail(spool, state, id);
  if (mail === undefined) throw new ExitError(diagnostic('queue.no-mail', { id: text, folder: spool.folder }));
  return mail;
}
