// What the relay replied or did, as a Failure: deferred or rejected, with its diagnostic and the exit code.

import { isForeignSender, loginHelp, replyHelp, senderRule } from '../../shared/replies/provider-help.ts';
import type { Account } from '../config/account.ts';
import { type Diagnostic, EX, type ExitCode } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { ForeignAdvice } from '../messages/relay.ts';
import { inline } from '../text/printable.ts';
import type { Envelope, Failure, Outcome, Refusal } from '../types.ts';
import type { Reply } from './dialogue.ts';
import { type OpenError, relayName } from './open.ts';
import { providerOf } from './provider.ts';
import { isAboutClient, isAboutName, isAboutSession, isUnknownUser } from './reply.ts';

/** The parts of nodemailer's error that are used here. */
export type SmtpError = Error & {
  code?: string | undefined;
  originalCode?: string | undefined;
  command?: string | undefined;
  response?: string | undefined;
  responseCode?: number | undefined;
};

/** A whole mail that reached no recipient. */
export type Failed = Outcome & { failure: Failure };

/** The exit code is that of the diagnostic. */
export function failure(
  kind: Failure['kind'],
  problem: Diagnostic,
  { reply, scope = 'mail' }: { reply?: string | undefined; scope?: Failure['scope'] } = {},
): Failure {
  const { code = EX.SOFTWARE } = problem;
  return { kind, code, problem, ...(reply === undefined ? {} : { reply }), uncertain: [], scope };
}

/** The outcome of a mail of which nothing was sent. */
export function failed(reason: Failure, notes: readonly Diagnostic[] = []): Failed {
  return { accepted: [], refused: [], failure: reason, notes };
}

/** The outcome of two connections for one mail to these recipients; the second was for those that the first left. */
export function joined(recipients: readonly string[], first: Outcome, second: Outcome): Outcome {
  const accepted = [...first.accepted, ...second.accepted];
  const refused = [...first.refused, ...second.refused];
  const notes = [...first.notes, ...second.notes];
  const isSettled = accepted.length > 0 && accepted.length + refused.length >= recipients.length;
  return {
    accepted,
    refused,
    ...(second.failure === undefined || isSettled ? {} : { failure: second.failure }),
    notes,
  };
}

/** Before the relay sent anything. A certificate defers the mail: it will be renewed. */
export function openFailure({ kind, diagnostic: problem }: OpenError): Failure {
  return failure(kind === 'plaintext' ? 'rejected' : 'deferred', problem, { scope: 'relay' });
}

/** Between connection and envelope; `login`: during it, with its user and methods. The mail is deferred if the relay rejects this client. */
export function sessionFailure(error: SmtpError, account: Account, login?: string): Failure {
  const { response: reply, responseCode: status = 0 } = error;
  const kind = error.command === 'STARTTLS' && (status < 400 || status >= 500) ? 'rejected' : 'deferred';
  return failure(kind, sessionProblem(error, account, login), { reply, scope: 'relay' });
}

function sessionProblem(error: SmtpError, account: Account, login: string | undefined): Diagnostic {
  const where = relayName(account);
  const { response: reply = '', responseCode: status = 0 } = error;
  const line = oneLine(reply);
  if (error.command === 'STARTTLS') {
    if (status >= 400 && status < 500) return diagnostic('starttls.deferred', { where, reply: line });
    return diagnostic('starttls.none', { where, reply: line, account: account.name, file: account.file });
  }
  if (error.code === 'EAUTH') {
    // RFC 4954 section 6: 454 is a server that cannot read its password store at the moment.
    const why = status >= 400 ? line : oneLine(error.message.replace(`: ${reply}`, ''));
    const help = loginHelp(providerOf(account), reply, 'en') ?? '';
    return diagnostic('login.rejected', { where, login: login ?? 'login', reply: why, help });
  }
  const step = login === undefined ? 'before the mail could be sent' : `during ${login}`;
  if (error.code === 'ETIMEDOUT') return diagnostic('session.silent', { where, step });
  const isHello = /^(?:EHLO|HELO|LHLO)$/.test(error.command ?? '');
  if (error.code === 'EPROTOCOL' || (isHello && status >= 400)) {
    const help = isHello && /^(?:421|501|504|55\d)/.test(reply) ? nameAdvice(account) : '';
    const problem = diagnostic('session.not-admitted', { where, reply: line || oneLine(error.message), help });
    if (status === 0) return { ...problem, code: EX.PROTOCOL };
    // 74 as for any connection that the relay ends (RFC 5321 section 3.8).
    return isHello && status === 421 ? { ...problem, code: EX.IOERR } : problem;
  }
  if (error.code === 'ETLS')
    return diagnostic('tls.failed', { where, why: error.originalCode ?? oneLine(error.message) });
  return diagnostic('session.closed', { where, step, reply: line });
}

/** What to do about a relay that rejects the name sent in EHLO. */
function nameAdvice(account: Account): string {
  return `it may not accept the name sent in EHLO: set "domain" of account ${account.name} (${account.file}) to the full name of this machine`;
}

/** The command that failed. */
export type Step = 'sender' | 'recipient' | 'message';

interface Context {
  account: Account;
  envelope: Envelope;
  /** Recipients rejected in this transaction so far. */
  refused: readonly Refusal[];
  /** Mails that the connection carried before. */
  earlier: number;
}

/** The connection ended within a transaction; `uncertain`: recipients for which the relay may have the mail. */
export function lossFailure(
  lost: NonNullable<Reply['lost']>,
  { account, earlier, refused }: Context,
  uncertain: readonly string[],
): Failure {
  const problem = diagnostic('session.lost', { where: relayName(account), how: lost, uncertain: uncertain.length > 0 });
  // The relay may limit the mails of a connection, or its unknown recipients.
  const isSession = uncertain.length === 0 && (earlier > 0 || refused.length > 0);
  return { ...failure('deferred', problem, { scope: isSession ? 'session' : 'mail' }), uncertain };
}

/** A 4xx or 5xx from MAIL FROM to the reply that follows the message. */
export function replyFailure({ code, text: reply }: Reply, step: Step, context: Context): Failure {
  const { account, envelope, refused, earlier } = context;
  const at = { where: relayName(account), reply: oneLine(reply) };
  const permanent = code >= 500;
  if (isAboutClient(reply)) {
    const help = isAboutName(reply) ? nameAdvice(account) : helpFor(account, reply);
    const problem = diagnostic('session.not-admitted', { ...at, help });
    return failure('deferred', permanent ? { ...problem, code: EX.DATAERR } : problem, { reply, scope: 'relay' });
  }
  if (code === 421) {
    const problem = diagnostic('session.closed', { ...at, step: 'while the mail was being sent' });
    return failure('deferred', problem, { reply, scope: earlier > 0 || refused.length > 0 ? 'session' : 'mail' });
  }
  if (earlier > 0 && isAboutSession(reply))
    return failure('deferred', diagnostic('session.enough', at), { reply, scope: 'session' });
  if (permanent && isForeignSender(reply) && !isAboutRecipient(reply, envelope))
    return failure('rejected', foreignSender(reply, step, account, envelope), { reply });
  const what =
    step === 'sender' ? `the sender <${envelope.from}>` : step === 'message' ? 'the message' : recipientsOf(refused);
  const args = { ...at, what, help: helpFor(account, reply) };
  if (!permanent) return failure('deferred', diagnostic('reply.deferred', args), { reply });
  // 67 means "no such user" to programs that read exit codes, which is certain only with one recipient.
  const isUnknown = step === 'recipient' && refused.length === 1 && isUnknownUser(reply);
  const problem = diagnostic('reply.rejected', args);
  return failure('rejected', isUnknown ? { ...problem, code: EX.NOUSER } : problem, { reply });
}

/** Every recipient was rejected: the whole mail failed, temporarily if one of them may still be accepted. */
export function allRefusedFailure(refused: readonly Refusal[], account: Account, envelope: Envelope): Failure {
  const refusal = refused.find(({ permanent }) => !permanent) ?? refused.at(-1);
  if (refusal === undefined) throw new Error('no recipient was rejected');
  const { reply, permanent } = refusal;
  // A 552 is temporary here (RFC 5321 section 4.5.3.1.10).
  const code = permanent ? Number(reply.slice(0, 3)) : 450;
  return replyFailure({ code, text: reply }, 'recipient', { account, envelope, refused, earlier: 0 });
}

function recipientsOf(refused: readonly Refusal[]): string {
  const [only, ...others] = refused;
  return only !== undefined && others.length === 0
    ? `the recipient ${only.recipient}`
    : `all ${refused.length} recipients`;
}

function helpFor(account: Account, reply: string): string {
  return replyHelp(providerOf(account), reply, 'en') ?? '';
}

/** Amazon SES replies "not verified" about recipients too, while an account is in its sandbox. */
function isAboutRecipient(reply: string, { from, recipients }: Envelope): boolean {
  const line = reply.toLowerCase();
  return !line.includes(from.toLowerCase()) && recipients.some((recipient) => line.includes(recipient.toLowerCase()));
}

// The same code as for a sender that `allow_sender` does not name.
function foreignSender(reply: string, step: Step, account: Account, envelope: Envelope): Diagnostic {
  const provider = providerOf(account);
  return diagnostic('reply.foreign-sender', {
    where: relayName(account),
    login: account.user ?? 'this client',
    sender: envelope.from,
    from: account.from ?? '',
    reply: oneLine(reply),
    advice: foreignAdvice(step, account, envelope),
    help: provider === undefined ? '' : senderRule(provider, 'en'),
  });
}

function foreignAdvice(step: Step, { from, senderRewrite }: Account, envelope: Envelope): ForeignAdvice {
  if (from === undefined || from.includes('*')) return 'set-from';
  const isOwn = from.toLowerCase() === envelope.from.toLowerCase();
  // After the data the reply is about the header, which rewriting changes.
  if (isOwn && (step !== 'message' || senderRewrite === 'always')) return 'change-from';
  return senderRewrite === 'always' ? 'not-allowed' : 'rewrite';
}

/** The relay sent a reply that does not fit the command. */
export function outOfStepFailure(reply: string, account: Account): Failure {
  const problem = diagnostic('session.out-of-step', { where: relayName(account), reply: oneLine(reply) });
  return failure('deferred', problem, { reply });
}

/** The exit code if some recipients were accepted and these were not. */
export function refusedCode(refused: readonly Refusal[]): ExitCode {
  if (refused.some(({ permanent }) => !permanent)) return EX.UNAVAILABLE;
  return refused.every(({ reply }) => isUnknownUser(reply)) ? EX.NOUSER : EX.DATAERR;
}

/** A reply of several lines, for stderr. */
export function oneLine(reply: string, longest?: number): string {
  const lines = reply
    .split(/\r?\n/)
    .map((line, index) => (index === 0 ? line : line.replace(/^\d{3}[ -](?:\d\.\d+\.\d+ )?/, '')));
  return inline(lines.join(' '), longest);
}
