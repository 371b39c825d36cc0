// A mail from its caller to the spool or to the relay's answer, with its log line: for `-t`, `-bs` and `test` alike.

import { resolve } from 'node:path';
import type { Account } from '../config/account.ts';
import { directivesByName } from '../config/directives.ts';
import type { Environment } from '../environment.ts';
import { EX, ExitError } from '../exit.ts';
import { submissionOf } from '../spool/entry.ts';
import type { Invocation } from '../types.ts';
import { COMMAND_LINE } from './account.ts';
import { withEnvelope, withNotes } from './log.ts';
import { logKept, type Means } from './means.ts';
import type { Preflighted } from './preflight.ts';
import type { Sendable } from './prepare.ts';
import type { DeferredPlace, Handed, SendResult } from './stages.ts';

/** Of a mail that was to be sent at once when its sender ended. */
const ENDED = 'the sender ended while the mail was being sent';

/** @throws ExitError before the mail was in the spool or at the relay */
export async function deliver(handed: Handed, environment: Environment, means: Means): Promise<SendResult> {
  const { account, envelope, invocation, parsed } = handed;
  const log = withEnvelope(handed.log, envelope);
  const spool = means.place(account.spool, isShared(account, invocation, environment));
  const { acceptedAt, seed } = means.origin ?? {
    acceptedAt: environment.now().getTime(),
    seed: environment.random(16),
  };
  const submission = {
    ...submissionOf(
      withFullPaths(invocation),
      {
        recipients: envelope.recipients,
        account: account.file === COMMAND_LINE ? undefined : account.name,
      },
      acceptedAt,
      seed,
    ),
    envelopeFrom: envelope.from,
  };
  const isDirect = spool === undefined || (account.delivery ?? (spool.setUp ? 'queue' : 'direct')) === 'direct';
  if (spool !== undefined && means.again) {
    // In queue mode too: a mail that the disk did not take was sent at once.
    const kept = { ...submission, earlier: { reason: ENDED, uncertain: true } };
    const { id, complaints } = await means.keep(spool, kept, parsed.source);
    return { code: EX.OK, complaints: [...logKept(log, id, means), ...complaints], queueId: id };
  }
  if (spool === undefined || isDirect)
    return sendDirectly({ ...handed, log }, submission, spool ?? withoutSpool(account), environment, means);
  const { note, refusal } =
    account.preflight === 'enforce'
      ? await preflightNow(handed, submission, environment, means)
      : ({} as Partial<Preflighted>);
  const noted = note === undefined ? log : withNotes(log, note);
  // The sender learns of a refusal now, and not by a notice in the end.
  if (refusal !== undefined) return { code: EX.NOPERM, complaints: [refusal, ...means.log(noted, EX.NOPERM, refusal)] };
  try {
    const { id, complaints } = await means.keep(spool, submission, parsed.source);
    return { code: EX.OK, complaints: [...logKept(noted, id, means), ...complaints], queueId: id };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    // A mail that the relay would accept is not lost because the disk is full.
    const log = withNotes(noted, `${error.message}; sent at once instead`);
    return sendDirectly({ ...handed, log }, submission, { failed: error }, environment, means);
  }
}

/** @throws ExitError as `prepareMail` does */
async function preflightNow(
  { account, parsed }: Handed,
  submission: Sendable,
  environment: Environment,
  means: Means,
): Promise<Preflighted> {
  const { prepareMail } = await import('./prepare.ts');
  return (await prepareMail(account, submission, parsed, environment, means.preflight)).preflight();
}

async function sendDirectly(
  handed: Handed,
  submission: Sendable,
  deferred: DeferredPlace,
  environment: Environment,
  means: Means,
): Promise<SendResult> {
  const { account } = handed;
  // Not ahead if the mail may be refused before.
  const transport = await means.transport(account, account.preflight !== 'enforce');
  try {
    // Loading keeps everything else waiting: in between, the connection gets its turn.
    for (const load of [() => import('./prepare.ts'), () => import('../submit/session.ts')]) {
      await turn();
      await load();
    }
    const { sendNow } = await import('./direct.ts');
    await turn();
    return await sendNow(handed, submission, deferred, { environment, means, transport });
  } finally {
    transport.end();
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
