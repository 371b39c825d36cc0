// `mailshim queue …`, mailq and -q: the mails that wait, seen and handled by people.

import { writeSync } from 'node:fs';
import { wordReader } from '../cli/words.ts';
import { wakeSender } from '../delivery/keep.ts';
import type { Environment } from '../environment.ts';
import { EX, type ExitCode, ExitError } from '../exit.ts';
import { ENTRY_ID } from '../spool/commit.ts';
import { describeMail, findMail, listMails, type MailState, type QueuedMail, STATES } from '../spool/listing.ts';
import type { Spool } from '../spool/queue.ts';
import { isAwake } from '../spool/wake.ts';
import { runQueue } from './daemon.ts';
import { mailqTable, queueJson, queueTable, showText } from './queue.text.ts';
import { findOwnSpool, openSpool } from './spool.ts';

export interface QueueResult {
  code: ExitCode;
  stdout: string;
  complaints: string[];
}

interface Options {
  spool?: string;
  json?: boolean;
  failed?: boolean;
  all?: boolean;
}

type Action = (spool: Spool) => QueueResult | Promise<QueueResult>;

/** `words` without "queue". */
export async function queueCommand(words: readonly string[], environment: Environment): Promise<QueueResult> {
  let action: Action | undefined;
  let options: Options = {};
  const { command: commander, read } = wordReader('queue');
  const add = (
    signature: string,
    description: string,
    start: (ids: string[], options: Options) => Action,
    isDefault = false,
  ) => {
    const command = commander.command(signature, isDefault ? { isDefault: true } : {}).description(description);
    command.option('--spool <folder>', 'the spool; unless given, that of the configuration');
    command.action((...args: unknown[]) => {
      const takesIds = signature.includes('[ids...]') || signature.includes('<id>');
      const first = takesIds ? args[0] : [];
      options = args[takesIds ? 1 : 0] as Options;
      action = start(Array.isArray(first) ? (first as string[]) : [first as string], options);
    });
    return command;
  };
  add(
    'list',
    'list what waits, and what failed',
    (_ids, { json, failed }) =>
      (spool) =>
        list(spool, environment, json, failed),
    true,
  )
    .option('--json', 'for programs')
    .option('--failed', 'only what failed');
  add(
    'show <id>',
    'show one mail: what happened to it, and its text',
    ([id]) =>
      (spool) =>
        show(spool, environment, id!),
  );
  add('run', 'try every mail now', () => (spool) => run(spool, environment));
  add(
    'retry [ids...]',
    'try these now, those that failed too',
    (ids, { all }) =>
      (spool) =>
        change(spool, environment, pick(spool, ids, all, ['queue', 'hold', 'failed']), 'is tried again', (mail) =>
          retry(mail, spool, environment.now().getTime()),
        ),
  ).option('--all', 'all that wait or failed');
  add(
    'hold [ids...]',
    'keep these from being tried',
    (ids, { all }) =>
      (spool) =>
        change(spool, environment, pick(spool, ids, all, ['queue']), 'is held', (mail) =>
          spool.move(mail.id, 'queue', 'hold'),
        ),
  ).option('--all', 'all that wait');
  add(
    'release [ids...]',
    'let held mails go on',
    (ids, { all }) =>
      (spool) =>
        change(spool, environment, pick(spool, ids, all, ['hold']), 'is released', (mail) =>
          spool.release(mail.id, environment.now().getTime()),
        ),
  ).option('--all', 'all that are held');
  add(
    'delete [ids...]',
    'remove these for good',
    (ids, { all, failed }) =>
      (spool) =>
        change(
          spool,
          environment,
          pick(spool, ids, (all ?? false) || (failed ?? false), failed ? ['failed'] : ['queue', 'hold', 'failed']),
          'is deleted',
          (mail) => spool.remove(mail.id, mail.state),
        ),
  )
    .option('--all', 'all')
    .option('--failed', 'all that failed');
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  return (action ?? ((spool: Spool) => list(spool, environment, false, false)))(openSpool(environment, options.spool));
}

/** What mailq and -bp print: Postfix's form, which monitoring reads. */
export function mailqText(environment: Environment, file?: string): string {
  const spool = findOwnSpool(environment, file);
  return mailqTable(spool === undefined ? [] : [...listMails(spool, ['active', 'queue', 'hold'])]);
}

/** What -q does; nothing on stdout, as in sendmail. */
export async function runNow(environment: Environment, file?: string): Promise<QueueResult> {
  const spool = findOwnSpool(environment, file);
  const { complaints } = spool === undefined ? { complaints: [] } : await run(spool, environment);
  return { code: EX.OK, stdout: '', complaints };
}

function list(
  spool: Spool,
  environment: Environment,
  json: boolean | undefined,
  failed: boolean | undefined,
): QueueResult {
  const mails = [...listMails(spool, failed ? ['failed'] : STATES)];
  const now = environment.now().getTime();
  return { code: EX.OK, stdout: json ? queueJson(mails, now) : queueTable(mails, now), complaints: [] };
}

function show(spool: Spool, environment: Environment, id: string): QueueResult {
  const mail = one(spool, id);
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

async function run(spool: Spool, environment: Environment): Promise<QueueResult> {
  const complaints: string[] = [];
  const terminal = process.stderr.isTTY === true;
  const progress = (done: number, total: number) => {
    if (!terminal) return;
    const width = 30;
    const full = Math.round((done / total) * width);
    writeSync(2, `\r[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done} of ${total}${done === total ? '\n' : ''}`);
  };
  const ran = await runQueue(spool.folder, environment, progress, (text) => complaints.push(text));
  if (!ran.own) return { code: EX.OK, stdout: 'A sender is at work; it tries every mail now.\n', complaints };
  if (ran.waiting > 0) await wakeSender(spool.folder, environment);
  const { delivered, failed, waiting } = ran;
  return { code: EX.OK, stdout: `${delivered} delivered, ${failed} failed, ${waiting} waiting\n`, complaints };
}

async function change(
  spool: Spool,
  environment: Environment,
  mails: readonly QueuedMail[],
  done: string,
  act: (mail: QueuedMail) => boolean,
): Promise<QueueResult> {
  const out: string[] = [];
  const complaints: string[] = [];
  for (const mail of mails) {
    if (act(mail)) out.push(`${mail.id} ${done}\n`);
    else complaints.push(`${mail.id} is being sent just now; try again`);
  }
  if (out.length > 0 && !isAwake(spool.folder)) complaints.push(...(await wakeSender(spool.folder, environment)));
  return { code: complaints.length === 0 ? EX.OK : EX.UNAVAILABLE, stdout: out.join(''), complaints };
}

// What failed has its time anew; recipients that were refused are asked for again, those that were served are not.
function retry(mail: QueuedMail, spool: Spool, now: number): boolean {
  const kept = Object.entries(mail.progress.settled).filter(
    ([, { result }]) => mail.state !== 'failed' || result === 'delivered',
  );
  const settled = Object.fromEntries(kept);
  // First out of the sender's reach, so that neither overwrites the other's state.
  if (mail.state !== 'hold' && !spool.move(mail.id, mail.state, 'hold')) return false;
  spool.save(
    mail.id,
    { ...mail.progress, nextAttempt: 0, settled, ...(mail.state === 'failed' ? { retriedAt: now } : {}) },
    true,
  );
  return spool.move(mail.id, 'hold', 'queue');
}

function pick(
  spool: Spool,
  ids: readonly string[],
  all: boolean | undefined,
  states: readonly MailState[],
): QueuedMail[] {
  if (all) return [...listMails(spool, states)];
  if (ids.length === 0) throw new ExitError(EX.USAGE, 'queue: name a mail by its id, or --all');
  return ids.map((id) => {
    const mail = one(spool, id);
    if (states.includes(mail.state) || mail.state === 'active') return mail;
    throw new ExitError(EX.USAGE, `queue: ${mail.id} is in ${mail.state}, where this cannot be done`);
  });
}

function one(spool: Spool, text: string): QueuedMail {
  const id = text.toUpperCase();
  const state = ENTRY_ID.test(id) ? findMail(spool, id) : undefined;
  const mail = state === undefined ? undefined : describeMail(spool, state, id);
  if (mail === undefined)
    throw new ExitError(EX.NOINPUT, `queue: there is no mail ${JSON.stringify(text)} in ${spool.folder}`);
  return mail;
}
