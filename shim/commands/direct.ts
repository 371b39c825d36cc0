// A mail sent at once: what the relay says is the answer, and what it cannot take for now is kept (`delivery direct`).

import type { Account } from '../config/account.ts';
import { passwordOf } from '../config/secrets.ts';
import type { Environment } from '../environment.ts';
import { EX, type ExitCode, ExitError } from '../exit.ts';
import type { ParsedMessage } from '../intake/header.ts';
import { wireChunks } from '../prepare/wire.ts';
import { isInDoubt } from '../spool/doubt.ts';
import type { Submission } from '../spool/entry.ts';
import type { SpoolPlace } from '../spool/place.ts';
import { noteUnconfirmed } from '../spool/unconfirmed.ts';
import type { Line } from '../submit/open.ts';
import { oneLine, refusedCode } from '../submit/outcome.ts';
import { tlsPlan } from '../submit/plan.ts';
import { dropSuspicion } from '../submit/provider.ts';
import { submit, unserved } from '../submit/session.ts';
import type { Envelope, Failure, Refusal } from '../types.ts';
import { keep } from './keep.ts';
import { type PreparedMail, prepareMail } from './prepare.ts';
import type { MailReport } from './report.ts';
import type { SendResult } from './send.ts';

/** Where a mail waits that the relay cannot take for now; undefined where it may not, `failed` where it could not. */
type Refuge = SpoolPlace | { failed: ExitError } | undefined;

/** Characters of a relay's words that are kept with a mail. */
const MAX_REASON = 2000;

/** `line`: the connection, where it is on its way already. */
export async function sendNow(
  account: Account,
  submission: Submission & { envelopeFrom: string },
  parsed: ParsedMessage,
  environment: Environment,
  report: MailReport,
  refuge: Refuge,
  line?: Line,
): Promise<SendResult> {
  const prepared = await prepareMail(account, submission, parsed, environment, report);
  const { preflight, envelope, measured } = prepared;
  // Where the answer decides, it is waited for; where it is only told, it is asked for while the mail is on its way.
  if (account.preflight === 'enforce') await preflight.conclude(report);
  const outcome = await submit(account, envelope, {
    ...mailOf(prepared, account, submission),
    password: () => passwordOf(account),
    atOnce: refuge === undefined || 'failed' in refuge || !isInDoubt(refuge.folder, environment.now().getTime()),
    deadline: account.submitDeadline,
    ...(line === undefined ? {} : { line }),
  });
  if (account.preflight !== 'enforce') await preflight.conclude(report);
  report.record = {
    ...report.record!,
    from: envelope.from,
    recipients: envelope.recipients,
    tls: tlsPlan(account) !== 'clear',
  };
  for (const note of outcome.notes) report.note(`note: ${note}`);
  const keepFor = (recipients: readonly string[], earlier: NonNullable<Submission['earlier']>) =>
    keepMail(refuge, { ...submission, recipients: [...recipients], earlier }, parsed, environment, report);
  const { failure } = outcome;
  const reply = outcome.accepted.at(-1)?.reply;
  if (reply === undefined) return concludeFailed(failure!, account, envelope, report, keepFor);
  const suspicion = dropSuspicion(account, reply);
  if (suspicion !== undefined) noteSuspicion(suspicion, refuge, environment, report);
  const others = unserved(envelope, outcome).map((recipient) => ({
    recipient,
    reply: failure?.reply ?? failure?.message ?? '',
    permanent: failure?.kind === 'rejected',
  }));
  const result = await concludeDelivered(reply, [...outcome.refused, ...others], measured.logSize, report, keepFor);
  return suspicion === undefined ? result : { ...result, complaints: [suspicion, ...result.complaints] };
}

/** The relay took the mail, so that the exit status is that of a delivery; who looks after it learns of it all the same. */
function noteSuspicion(reason: string, refuge: Refuge, environment: Environment, report: MailReport): void {
  report.note(`unconfirmed: ${reason}`);
  if (refuge !== undefined && 'folder' in refuge)
    noteUnconfirmed(refuge.folder, { at: environment.now().getTime(), reason }, environment.random(8));
}

/** What the relay is given. */
export function mailOf({ message, measured }: PreparedMail, account: Account, submission: Submission) {
  const notify = submission.dsnNotify ?? account.dsnNotify;
  const returned = submission.dsnReturn ?? account.dsnReturn;
  return {
    chunks: () => wireChunks(message),
    size: measured.size,
    eightBit: measured.eightBit,
    dsn: {
      ...(notify === undefined ? {} : { notify }),
      ...(returned === undefined ? {} : { ret: returned }),
      ...(submission.envelopeId === undefined ? {} : { envid: submission.envelopeId }),
    },
  };
}

type KeepFor = (recipients: readonly string[], earlier: NonNullable<Submission['earlier']>) => Promise<Kept>;
type Kept = { kept: SendResult } | { code: ExitCode; why: string } | undefined;

async function keepMail(
  refuge: Refuge,
  submission: Submission,
  parsed: ParsedMessage,
  environment: Environment,
  report: MailReport,
): Promise<Kept> {
  if (refuge === undefined) return undefined;
  if ('failed' in refuge) return { code: refuge.failed.code, why: refuge.failed.message };
  try {
    return { kept: await keep(refuge, submission, parsed.source, environment, report) };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return { code: error.code, why: error.message };
  }
}

async function concludeFailed(
  outcome: Failure,
  account: Account,
  envelope: Envelope,
  report: MailReport,
  keepFor: KeepFor,
): Promise<SendResult> {
  if (outcome.reply !== undefined) report.record = { ...report.record!, reply: outcome.reply };
  if (outcome.uncertain.length > 0) report.note('uncertain: the relay may have taken the mail');
  const message = `${outcome.message} (account ${account.name} from ${account.file})`;
  if (outcome.kind === 'deferred' && !isShutOut(outcome)) {
    const again = outcome.uncertain.length > 0 ? '; it may arrive twice' : '';
    report.error = outcome.message;
    const kept = await keepFor(envelope.recipients, {
      reason: outcome.message.slice(0, MAX_REASON),
      uncertain: outcome.uncertain.length > 0,
    });
    if (kept !== undefined && 'kept' in kept) {
      const { complaints, reply } = kept.kept;
      return {
        ...kept.kept,
        complaints: [`${message}; the mail waits in the queue (${idOf(reply)})${again}`, ...complaints],
      };
    }
    if (kept !== undefined) {
      const both = `${message}; ${kept.why}`;
      return { code: kept.code, complaints: [both, ...report.finish(kept.code, both)], ...replyOf(outcome) };
    }
  }
  const complaints = [message, ...report.finish(outcome.code, outcome.message)];
  return { code: outcome.code, complaints, ...replyOf(outcome) };
}

/** Whoever waits for the answer can do something about a login or a client that is refused for good. */
function isShutOut({ scope, code, reply = '' }: Failure): boolean {
  return scope === 'relay' && (/^5/.test(reply) || (code === EX.NOPERM && !/^4/.test(reply)));
}

// Some recipients have their mail; the caller must still learn that not everybody has.
async function concludeDelivered(
  reply: string,
  refused: readonly Refusal[],
  mailsize: number,
  report: MailReport,
  keepFor: KeepFor,
): Promise<SendResult> {
  report.record = { ...report.record!, mailsize, reply };
  if (refused.length === 0) return { code: EX.OK, complaints: report.finish(EX.OK), reply };
  const later = refused.filter(({ permanent }) => !permanent);
  const reason = later[0] === undefined ? '' : `the relay put off ${namesOf(later)}`;
  const kept =
    later.length === 0
      ? undefined
      : await keepFor(
          later.map(({ recipient }) => recipient),
          { reason, uncertain: false },
        );
  const waits = kept !== undefined && 'kept' in kept;
  const gone = waits ? refused.filter(({ permanent }) => permanent) : refused;
  if (gone.length === 0)
    return { code: EX.OK, complaints: [...report.finish(EX.OK), `${reason}; that waits in the queue`], reply };
  const code = refusedCode(gone);
  const message = `the relay refused ${namesOf(gone)}; the mail was sent to the other recipients${waits ? `, or waits for them` : ''}`;
  return { code, complaints: [message, ...report.finish(code, message)] };
}

function namesOf(refused: readonly Refusal[]): string {
  return refused.map(({ recipient, reply }) => `${recipient} (${oneLine(reply)})`).join(', ');
}

function replyOf({ reply }: Failure): { reply?: string } {
  return reply === undefined ? {} : { reply };
}

function idOf(reply: string | undefined): string {
  return reply?.split(' ').at(-1) ?? '';
}
