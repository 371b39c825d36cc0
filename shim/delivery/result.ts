// What became of each recipient, and its log lines: functions of the relay's replies alone.

import type { Account } from '../config/account.ts';
import { EX } from '../exit.ts';
import { oneLine } from '../submit/outcome.ts';
import { tlsPlan } from '../submit/plan.ts';
import type { Failure, Outcome, Refusal } from '../types.ts';
import { type MailLog, withEnvelope, withNotes, withRecord } from './log.ts';
import type { PreparedMail } from './prepare.ts';

export type Fate =
  | { kind: 'delivered'; reply: string }
  /** By `only_to`: the mail does not go to this recipient. */
  | { kind: 'held' }
  | { kind: 'failed'; reply: string }
  /** To be tried again. */
  | { kind: 'waiting'; reason: string };

/** One attempt, ended. */
export interface Attempted {
  prepared: PreparedMail;
  outcome: Outcome;
  /** The pre-flight refused the mail, and the relay was not asked. */
  unsent?: true;
  /** Why the relay's acceptance is suspicious, if it is. */
  suspicion?: string;
  /** For the log: of preparing, asking and sending. */
  notes: readonly string[];
}

/**
 * By recipient. `patient`: a refusal that is about the relay and not about the mail is waited out, as the queue does;
 * a caller that waits for the answer wants it now.
 */
export function fatesOf(
  { prepared, outcome }: Pick<Attempted, 'prepared' | 'outcome'>,
  patient: boolean,
): Map<string, Fate> {
  const { envelope, heldBack, redirected } = prepared;
  const byAddress = new Map<string, Fate>();
  for (const { recipient, reply } of outcome.accepted) byAddress.set(recipient, { kind: 'delivered', reply });
  for (const { recipient, reply, permanent } of outcome.refused)
    byAddress.set(
      recipient,
      permanent ? { kind: 'failed', reply } : { kind: 'waiting', reason: `${recipient}: ${reply}` },
    );
  const { failure } = outcome;
  const fates = new Map<string, Fate>();
  const fateOf = (address: string): Fate => byAddress.get(address) ?? fateOfRest(failure, address, patient);
  if (redirected === undefined) for (const recipient of envelope.recipients) fates.set(recipient, fateOf(recipient));
  else for (const recipient of redirected) fates.set(recipient, fateOf(envelope.recipients[0]!));
  for (const recipient of heldBack) fates.set(recipient, { kind: 'held' });
  return fates;
}

function fateOfRest(failure: Failure | undefined, address: string, patient: boolean): Fate {
  if (failure === undefined) throw new Error(`nothing is known of ${address}`);
  if (patient ? failure.kind === 'rejected' && failure.scope === 'mail' : isFinal(failure))
    return { kind: 'failed', reply: failure.reply ?? failure.problem.text };
  return { kind: 'waiting', reason: failure.problem.text };
}

/** To a caller that waits: it can correct a login or a client that is refused, and a queue would only try that again. */
function isFinal({ kind, scope, code, reply = '' }: Failure): boolean {
  return kind === 'rejected' || (scope === 'relay' && (/^5/.test(reply) || (code === EX.NOPERM && !/^4/.test(reply))));
}

/** Recipients that a line names one by one. */
const MAX_NAMED = 20;

export function namesOf(refused: readonly Refusal[]): string {
  const more = refused.length > MAX_NAMED ? `, and ${refused.length - MAX_NAMED} more` : '';
  return `${refused
    .slice(0, MAX_NAMED)
    .map(({ recipient, reply }) => `${recipient} (${oneLine(reply)})`)
    .join(', ')}${more}`;
}

/** The relay's replies to recipients that it rejected while it accepted others. */
export function refusalsText(refused: readonly Refusal[]): string {
  const [final, later] = [true, false].map((permanent) => refused.filter((each) => each.permanent === permanent));
  return [
    ...(final!.length === 0 ? [] : [`the relay refused ${namesOf(final!)}`]),
    ...(later!.length === 0 ? [] : [`the relay put off ${namesOf(later!)}`]),
  ].join('; ');
}

/** Whether the relay may have the mail for a recipient to which it will be sent again. */
export function isUncertain({ outcome }: Pick<Attempted, 'outcome'>): boolean {
  return (outcome.failure?.uncertain.length ?? 0) > 0;
}

/** The log of an attempt. */
export function logOfAttempt(log: MailLog, { prepared, outcome, suspicion, notes }: Attempted): MailLog {
  const { account, envelope, logSize, messageId } = prepared;
  const reply = outcome.failure === undefined ? outcome.accepted.at(-1)?.reply : outcome.failure.reply;
  return withNotes(
    withRecord(withEnvelope(log, envelope), {
      host: account.host,
      tls: tlsPlan(account) !== 'clear',
      ...(outcome.accepted.length === 0 ? {} : { mailsize: logSize, ...(messageId === '' ? {} : { messageId }) }),
      ...(reply === undefined ? {} : { reply }),
    }),
    ...notes,
    ...(suspicion === undefined ? [] : [`unconfirmed: ${suspicion}`]),
  );
}

/** The second attempt, with a note of the first, by which the relay was away. */
export function withFallback(first: Attempted, { name }: Account, second: Attempted): Attempted {
  const note = `fallback: ${name}, since ${first.outcome.failure?.problem.text ?? 'the relay is away'}`;
  return { ...second, notes: [note, ...second.notes] };
}

/** The relay could not be reached, does not accept this client, or left before it accepted MAIL: it was offered no mail. */
export function isAway({ accepted, refused, failure }: Outcome): boolean {
  if (failure === undefined || failure.uncertain.length > 0 || accepted.length > 0 || refused.length > 0) return false;
  return failure.scope === 'relay' || failure.unoffered === true;
}
