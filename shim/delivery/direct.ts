// A mail sent directly: the relay's reply is the answer, and what the relay defers goes into the queue (`delivery direct`).

import type { Account } from '../config/account.ts';
import type { Environment } from '../environment.ts';
import { type Complaint, EX, type ExitCode, ExitError } from '../exit.ts';
import { wasUncertain } from '../spool/uncertain.ts';
import { noteUnconfirmed } from '../spool/unconfirmed.ts';
import { refusedCode } from '../submit/outcome.ts';
import type { Refusal } from '../types.ts';
import { fallbackOf, senderAt } from './account.ts';
import { attemptDelivery, type Transmit } from './attempt.ts';
import { type MailLog, withNotes, withRecord } from './log.ts';
import type { Means, Transport } from './means.ts';
import { prepareMail, type Sendable } from './prepare.ts';
import { type Attempted, fatesOf, isAway, isUncertain, logOfAttempt, namesOf, withFallback } from './result.ts';
import type { DeferredPlace, Handed, SendResult } from './stages.ts';

/** Characters of a relay's words that are kept with a mail. */
const MAX_REASON = 2000;

export interface By {
  environment: Environment;
  means: Means;
  transport: Transport;
}

export async function sendNow(
  handed: Handed,
  submission: Sendable,
  deferred: DeferredPlace,
  { environment, means, transport }: By,
): Promise<SendResult> {
  const { account, configuration, parsed } = handed;
  const now = environment.now().getTime();
  const isCareful = deferred !== undefined && 'folder' in deferred && wasUncertain(deferred.folder, now);
  const attemptBy = async (chosen: Account, envelopeFrom: string): Promise<Attempted> => {
    const prepared = await prepareMail(chosen, { ...submission, envelopeFrom }, parsed, environment, means.preflight);
    const transmit: Transmit = (mail) => transport.transmit(mail, !isCareful);
    return attemptDelivery(prepared, { transmit, tellPreflight: true });
  };
  const first = await attemptBy(account, submission.envelopeFrom);
  const fallback = isAway(first.outcome) ? fallbackOf(account, configuration, environment) : undefined;
  let attempted = first;
  if (fallback !== undefined) {
    const sender = senderAt(fallback, account, submission.envelopeFrom);
    attempted = withFallback(first, fallback, await attemptBy(fallback, sender));
  }
  const { suspicion } = attempted;
  if (suspicion !== undefined && deferred !== undefined && 'folder' in deferred)
    noteUnconfirmed(deferred.folder, { at: now, reason: suspicion }, environment.random(8));
  const waiting = [...fatesOf(attempted, false)].filter(([, { kind }]) => kind === 'waiting').map(([name]) => name);
  const reason = reasonOf(attempted);
  const earlier = { reason: reason.slice(0, MAX_REASON), uncertain: isUncertain(attempted) };
  const kept = await keepWaiting({ ...submission, recipients: waiting, earlier }, handed, deferred, means);
  return resultOf(attempted, kept, reason, handed.log, means);
}

type Kept = { id: string; complaints: readonly Complaint[] } | { code: ExitCode; why: string } | undefined;

async function keepWaiting(
  submission: Sendable,
  { parsed }: Handed,
  deferred: DeferredPlace,
  means: Means,
): Promise<Kept> {
  if (submission.recipients.length === 0 || deferred === undefined) return undefined;
  try {
    if ('failed' in deferred) throw deferred.failed;
    return await means.keep(deferred, submission, parsed.source);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return { code: error.code, why: error.message };
  }
}

/** Why recipients are deferred. */
function reasonOf({ outcome: { failure, refused } }: Attempted): string {
  const later = refused.filter(({ permanent }) => !permanent);
  return failure?.problem.text ?? (later.length === 0 ? '' : `the relay put off ${namesOf(later)}`);
}

function resultOf(attempted: Attempted, kept: Kept, reason: string, log: MailLog, means: Means): SendResult {
  const { outcome, suspicion } = attempted;
  const { failure } = outcome;
  const entry = kept !== undefined && 'id' in kept ? kept : undefined;
  const gone = outcome.refused.filter(({ permanent }) => permanent || entry === undefined);
  const { code, message, error } = conclusionOf(attempted, kept, reason, gone);
  const notes = isUncertain(attempted) ? ['uncertain: the relay may have taken the mail'] : [];
  const noted = withNotes(logOfAttempt(log, attempted), ...notes);
  const full = entry === undefined ? noted : withRecord(noted, { queueId: entry.id });
  const reply = failure === undefined ? outcome.accepted.at(-1)?.reply : failure.reply;
  return {
    code,
    complaints: [
      ...(suspicion === undefined ? [] : [suspicion]),
      ...(message === undefined ? [] : [message]),
      ...means.log(full, code, error),
      ...(entry?.complaints ?? []),
    ],
    // With recipients refused, the relay's last word to the others is not the answer.
    ...(reply === undefined || (gone.length > 0 && failure === undefined) ? {} : { reply }),
    ...(entry === undefined ? {} : { queueId: entry.id }),
  };
}

/**
 * The exit status, and what standard error and the log get (`error`): some recipients may have the mail, and
 * the caller must learn that not all of them have. `gone`: refused, and not to be tried again.
 */
function conclusionOf(
  { prepared: { account }, outcome: { failure, accepted }, unsent }: Attempted,
  kept: Kept,
  reason: string,
  gone: readonly Refusal[],
): { code: ExitCode; message?: string; error?: string } {
  const waits = kept !== undefined && 'id' in kept;
  if (failure === undefined) {
    if (gone.length === 0)
      return waits ? { code: EX.OK, message: `${reason}; that waits in the queue`, error: reason } : { code: EX.OK };
    const message = `the relay refused ${namesOf(gone)}; the mail was sent to the other recipients${waits ? ', or waits for them' : ''}`;
    return { code: refusedCode(gone), message, error: message };
  }
  if (unsent) return { code: failure.code, message: failure.problem.text, error: failure.problem.text };
  const some = accepted.length === 0 ? '' : `; ${accepted.length} recipients have the mail`;
  const where = `${failure.problem.text} (account ${account.name} from ${account.file})`;
  const message = `${where}${some}`;
  if (kept === undefined) return { code: failure.code, message, error: failure.problem.text };
  if (!waits) return { code: kept.code, message: `${message}; ${kept.why}`, error: `${message}; ${kept.why}` };
  const again = failure.uncertain.length > 0 ? '; it may arrive twice' : '';
  const code = gone.length === 0 ? EX.OK : refusedCode(gone);
  return { code, message: `${message}; the mail waits in the queue (${kept.id})${again}`, error: failure.problem.text };
}
