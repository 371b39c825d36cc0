// A mail from its caller to the spool or to the relay's answer, with its log line: for `-t`, `-bs` and `test` alike.

import { resolve } from 'node:path';
import type { Account } from '../config/account.ts';
import { directivesByName } from '../config/directives.ts';
import type { Environment } from '../environment.ts';
import { EX, ExitError } from '../exit.ts';
import { submissionOf } from '../spool/entry.ts';
import { findSpool, type SpoolPlace } from '../spool/place.ts';
import type { Invocation } from '../types.ts';
import { COMMAND_LINE } from './account.ts';
import { keep } from './keep.ts';
import { logKept, type MailLog, withEnvelope, withNotes } from './log.ts';
import type { Sendable } from './prepare.ts';
import type { Handed, SendResult } from './stages.ts';

/** @throws ExitError before the mail was in the spool or at the relay */
export async function deliver(handed: Handed, environment: Environment): Promise<SendResult> {
  const { account, envelope, invocation, parsed } = handed;
  const log = withEnvelope(handed.log, envelope);
  const spool = findSpool(account.spool, isShared(account, invocation, environment), environment);
  const submission = {
    ...submissionOf(
      withFullPaths(invocation),
      {
        recipients: envelope.recipients,
        account: account.file === COMMAND_LINE ? undefined : account.name,
      },
      environment.now().getTime(),
      environment.random(16),
    ),
    envelopeFrom: envelope.from,
  };
  if (spool === undefined || (account.delivery ?? (spool.setUp ? 'queue' : 'direct')) === 'direct')
    return sendDirectly({ ...handed, log }, submission, spool ?? withoutSpool(account), environment);
  const refused = account.preflight === 'enforce' ? await refusedNow({ ...handed, log }, submission, environment) : log;
  if ('code' in refused) return refused;
  try {
    const { id, complaints } = await keep(spool, submission, parsed.source, environment);
    return { code: EX.OK, complaints: [...logKept(refused, id, environment), ...complaints], queueId: id };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    // A full disk is no reason to lose a mail that the relay would accept.
    const note = withNotes(refused, `${error.message}; sent at once instead`);
    const { sendNow } = await import('./direct.ts');
    return sendNow({ ...handed, log: note }, submission, { failed: error }, environment);
  }
}

/** The sender learns of a refusal now, and not by a notification in the end. Else the log with what was asked. */
async function refusedNow(
  handed: Handed,
  submission: Sendable,
  environment: Environment,
): Promise<SendResult | MailLog> {
  const [{ prepareMail }, { attemptDelivery }, { concludeDirect }] = await Promise.all([
    import('./prepare.ts'),
    import('./attempt.ts'),
    import('./direct.ts'),
  ]);
  const prepared = await prepareMail(handed.account, submission, handed.parsed, environment);
  const { note, refusal } = await prepared.preflight();
  if (refusal === undefined) return withNotes(handed.log, ...prepared.notes, ...(note === undefined ? [] : [note]));
  const attempted = await attemptDelivery(prepared, { transmit: async () => unreachable(), tellPreflight: false });
  return concludeDirect(attempted, handed, submission, undefined, environment);
}

function unreachable(): never {
  throw new Error('a mail that the pre-flight refuses was sent');
}

async function sendDirectly(
  handed: Handed,
  submission: Sendable,
  refuge: SpoolPlace | { failed: ExitError } | undefined,
  environment: Environment,
): Promise<SendResult> {
  const { account } = handed;
  // The relay is called while what speaks with it is loaded; not if the mail may be refused before.
  const line = account.preflight === 'enforce' ? undefined : (await import('../submit/open.ts')).openLine(account);
  try {
    // Loading keeps everything else waiting: in between, the connection gets its turn.
    for (const load of [() => import('./prepare.ts'), () => import('../submit/session.ts')]) {
      await turn();
      await load();
    }
    const { sendNow } = await import('./direct.ts');
    await turn();
    return await sendNow(handed, submission, refuge, environment, line);
  } finally {
    line?.abandon();
  }
}

/** The sender works in another folder. */
function withFullPaths(invocation: Invocation): Invocation {
  const { file, overrides } = invocation;
  if (file === undefined && overrides.size === 0) return invocation;
  const full = new Map(overrides);
  for (const [name, value] of overrides) {
    // Words such as "system" and "none" are no files; a file of that name is written "./none".
    if (directivesByName.get(name)?.type === 'file' && value.includes('/') && !value.startsWith('~'))
      full.set(name, resolve(value));
  }
  return { ...invocation, overrides: full, ...(file === undefined ? {} : { file: resolve(file) }) };
}

/** Resolves once the events that the system has ready have been handled. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function withoutSpool({ spool, name }: Account): { failed: ExitError } | undefined {
  if (spool === 'off') return undefined;
  const message = `and there is no folder where the mail could wait; add "spool FOLDER" to account ${name}`;
  return { failed: new ExitError(EX.CANTCREAT, message) };
}

/** The daemon knows this account too: it reads the system's configuration, and nothing of the command line's. */
function isShared(account: Account, invocation: Invocation, { etc }: Environment): boolean {
  return account.file.startsWith(`${etc}/`) && invocation.overrides.size === 0 && invocation.file === undefined;
}
