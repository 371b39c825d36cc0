// A mail sent at once: what the relay says is the answer, and what it cannot accept for now is kept (`delivery direct`).

import type { Account } from '../config/account.ts';
import { passwordOf } from '../config/secrets.ts';
import type { Environment } from '../environment.ts';
import { EX, type ExitCode, ExitError } from '../exit.ts';
import { isInDoubt } from '../spool/doubt.ts';
import type { SpoolPlace } from '../spool/place.ts';
import { noteUnconfirmed } from '../spool/unconfirmed.ts';
import type { Line } from '../submit/open.ts';
import { refusedCode } from '../submit/outcome.ts';
import { submit } from '../submit/session.ts';
import type { Refusal } from '../types.ts';
import { fallbackOf, senderAt } from './account.ts';
import { attemptDelivery } from './attempt.ts';
import { keep } from './keep.ts';
import { withNotes, withRecord, writeMailLog } from './log.ts';
import { prepareMail, type Sendable } from './prepare.ts';
import { type Attempted, fatesOf, isAway, isUncertain, logOfAttempt, namesOf } from './result.ts';
import type { Handed, SendResult } from './stages.ts';

/** Where a mail waits that the relay cannot accept for now; undefined if it may not, `failed` if it could not. */
type Refuge = SpoolPlace | { failed: ExitError } | undefined;

/** Characters of a relay's words that are kept with a mail. */
const MAX_REASON = 2000;

/** `line`: the connection, if it is being opened already. */
export async function sendNow(
  handed: Handed,
  submission: Sendable,
  refuge: Refuge,
  environment: Environment,
  line?: Line,
): Promise<SendResult> {
  const { account, configuration } = handed;
  const attempted = await attemptBy(account, handed, submission, refuge, environment, line);
  const fallback = isAway(attempted.outcome) ? fallbackOf(account, configuration, environment) : undefined;
  if (fallback === undefined) return concludeDirect(attempted, handed, submission, refuge, environment);
  const envelopeFrom = senderAt(fallback, account, submission.envelopeFrom);
  const second = await attemptBy(fallback, handed, { ...submission, envelopeFrom }, refuge, environment);
  const note = `fallback: ${fallback.name}, since ${attempted.outcome.failure!.message}`;
  return concludeDirect({ ...second, notes: [note, ...second.notes] }, handed, submission, refuge, environment);
}

async function attemptBy(
  account: Account,
  { parsed }: Handed,
  submission: Sendable,
  refuge: Refuge,
  environment: Environment,
  line?: Line,
): Promise<Attempted> {
  const isCareful =
    refuge !== undefined && !('failed' in refuge) && isInDoubt(refuge.folder, environment.now().getTime());
  const prepared = await prepareMail(account, submission, parsed, environment);
  return attemptDelivery(prepared, {
    transmit: ({ envelope, mail }) =>
      submit(account, envelope, {
        ...mail,
        password: () => passwordOf(account),
        atOnce: !isCareful,
        deadline: account.submitDeadline,
        ...(line === undefined ? {} : { line }),
      }),
    tellPreflight: true,
  });
}

/** The exit status, the log line and the entry in the spool that an attempt leads to. */
export async function concludeDirect(
  attempted: Attempted,
  handed: Handed,
  submission: Sendable,
  refuge: Refuge,
  environment: Environment,
): Promise<SendResult> {
  const { outcome, suspicion, prepared } = attempted;
  const { failure } = outcome;
  const fates = fatesOf(attempted, false);
  const of = (kind: string) => [...fates].filter(([, fate]) => fate.kind === kind).map(([recipient]) => recipient);
  const waiting = of('waiting');
  const later = outcome.refused.filter(({ permanent }) => !permanent);
  const reason = failure?.message ?? (later.length === 0 ? '' : `the relay put off ${namesOf(later)}`);
  const kept = await keepWaiting(waiting, reason, attempted, handed, submission, refuge, environment);
  const refused: Refusal[] = [
    ...outcome.refused.filter(({ permanent }) => permanent || kept === undefined || 'why' in kept),
  ];
  const { message, code, error } = conclusionOf({
    account: prepared.account,
    attempted,
    kept,
    waits: kept !== undefined && 'id' in kept,
    reason,
    refused,
  });
  const queueId = kept !== undefined && 'id' in kept ? kept.id : undefined;
  const noted = withNotes(
    logOfAttempt(handed.log, attempted),
    ...(isUncertain(attempted) ? ['uncertain: the relay may have taken the mail'] : []),
  );
  const log = queueId === undefined ? noted : withRecord(noted, { queueId });
  if (suspicion !== undefined && refuge !== undefined && 'folder' in refuge)
    noteUnconfirmed(refuge.folder, { at: environment.now().getTime(), reason: suspicion }, environment.random(8));
  const reply = failure === undefined ? outcome.accepted.at(-1)?.reply : failure.reply;
  return {
    code,
    complaints: [
      ...(suspicion === undefined ? [] : [suspicion]),
      ...(message === undefined ? [] : [message]),
      ...writeMailLog(log, environment, code, error),
      ...(kept !== undefined && 'id' in kept ? kept.complaints : []),
    ],
    ...(reply === undefined || (refused.length > 0 && failure === undefined) ? {} : { reply }),
    ...(queueId === undefined ? {} : { queueId }),
  };
}

type KeptOrNot = { id: string; complaints: readonly string[] } | { code: ExitCode; why: string } | undefined;

async function keepWaiting(
  waiting: string[],
  reason: string,
  attempted: Attempted,
  { parsed }: Handed,
  submission: Sendable,
  refuge: Refuge,
  environment: Environment,
): Promise<KeptOrNot> {
  if (waiting.length === 0 || refuge === undefined) return undefined;
  if ('failed' in refuge) return { code: refuge.failed.code, why: refuge.failed.message };
  const earlier = { reason: reason.slice(0, MAX_REASON), uncertain: isUncertain(attempted) };
  try {
    return await keep(refuge, { ...submission, recipients: waiting, earlier }, parsed.source, environment);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return { code: error.code, why: error.message };
  }
}

interface Ended {
  account: Account;
  attempted: Attempted;
  kept: KeptOrNot;
  /** Recipients that can be tried again wait in the spool. */
  waits: boolean;
  reason: string;
  /** For good. */
  refused: readonly Refusal[];
}

/** What the caller is told: some recipients may have the mail, and it must learn that not all of them have. */
function conclusionOf({ account, attempted, kept, waits, reason, refused }: Ended): {
  code: ExitCode;
  message?: string;
  /** For the log. */
  error?: string;
} {
  const { failure, accepted } = attempted.outcome;
  if (failure !== undefined && attempted.unsent)
    return { code: failure.code, message: failure.message, error: failure.message };
  if (failure !== undefined) {
    const some = accepted.length === 0 ? '' : `; ${accepted.length} recipients have the mail`;
    const message = `${failure.message} (account ${account.name} from ${account.file})${some}`;
    if (kept !== undefined && 'id' in kept) {
      const again = failure.uncertain.length > 0 ? '; it may arrive twice' : '';
      const code = refused.length === 0 ? EX.OK : refusedCode(refused);
      return { code, message: `${message}; the mail waits in the queue (${kept.id})${again}`, error: failure.message };
    }
    if (kept !== undefined)
      return { code: kept.code, message: `${message}; ${kept.why}`, error: `${message}; ${kept.why}` };
    return { code: failure.code, message, error: failure.message };
  }
  if (refused.length === 0)
    return waits ? { code: EX.OK, message: `${reason}; that waits in the queue`, error: reason } : { code: EX.OK };
  const others = `; the mail was sent to the other recipients${waits ? ', or waits for them' : ''}`;
  const message = `the relay refused ${namesOf(refused)}`;
  return { code: refusedCode(refused), message: `${message}${others}`, error: `${message}${others}` };
}
