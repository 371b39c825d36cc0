// What the relay said or did, as a Failure: deferred or rejected, with exit code and one clear sentence.

import { isForeignSender, loginHelp, replyHelp, senderRule } from '../../shared/replies/provider-help.ts';
import type { Account } from '../config/account.ts';
import { EX, type ExitCode } from '../exit.ts';
import { inline } from '../text/printable.ts';
import type { Envelope, Failure, Outcome, Refusal } from '../types.ts';
import type { Reply } from './dialogue.ts';
import { type OpenError, relayName } from './open.ts';
import { providerOf } from './provider.ts';
import { isAboutClient, isAboutName, isAboutSession, isUnknownUser } from './reply.ts';

/** nodemailer's error, the parts used here. */
export type SmtpError = Error & {
  code?: string | undefined;
  originalCode?: string | undefined;
  command?: string | undefined;
  response?: string | undefined;
  responseCode?: number | undefined;
};

/** A whole mail that was served to no recipient. */
export type Failed = Outcome & { failure: Failure };

export function failure(kind: Failure['kind'], code: ExitCode, message: string, reply?: string): Failure {
  return { kind, code, message, ...(reply === undefined ? {} : { reply }), uncertain: [], scope: 'mail' };
}

/** As the end of a mail of which nothing was sent. */
export function failed(reason: Failure, notes: readonly string[] = []): Failed {
  return { accepted: [], refused: [], failure: reason, notes };
}

/** What two connections did for one mail to these recipients, the second for those that the first left. */
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

/** Before the relay said anything. */
export function openFailure(error: OpenError, account: Account): Failure {
  return { ...openProblem(error, account), scope: 'relay' };
}

function openProblem(error: OpenError, account: Account): Failure {
  switch (error.kind) {
    case 'dns':
      return failure('deferred', EX.NOHOST, error.message);
    case 'handshake':
      return failure('deferred', EX.PROTOCOL, error.message);
    case 'plaintext':
      return failure('rejected', EX.PROTOCOL, `${error.message}; ${plaintextAdvice(account)}`);
    case 'certificate':
      // Deferred: the mail is right, and the certificate will be renewed.
      return failure('deferred', EX.UNAVAILABLE, error.message);
    default:
      return failure('deferred', EX.UNAVAILABLE, error.message);
  }
}

function plaintextAdvice({ name }: Account): string {
  return `add "-o smtpd_tls_wrappermode=yes" to the line of that port in master.cf of the relay, or "tls_starttls on" to account ${name}`;
}

/** Between connection and envelope. `step` says what was being done; the mail waits if the relay said no to this client. */
export function sessionFailure(error: SmtpError, account: Account, step?: string): Failure {
  return { ...sessionProblem(error, account, step), scope: 'relay' };
}

function sessionProblem(error: SmtpError, account: Account, step: string | undefined): Failure {
  const where = relayName(account);
  const { response: reply, responseCode: status = 0 } = error;
  const said = reply === undefined ? '' : `: ${oneLine(reply)}`;
  if (error.command === 'STARTTLS') return startTlsProblem(account, status, said, reply);
  if (error.code === 'EAUTH') {
    // RFC 4954 section 6: 454 is a server that cannot ask its own password store for now.
    const why = status >= 400 ? oneLine(reply ?? '') : oneLine(error.message.replace(`: ${reply}`, ''));
    return failure(
      'deferred',
      EX.NOPERM,
      `${where}: ${step ?? 'login'} was refused: ${why}${appended(loginHelp(providerOf(account), reply ?? '', 'en'))}`,
      reply,
    );
  }
  if (error.code === 'ETIMEDOUT')
    return failure('deferred', EX.IOERR, `${where} stopped answering${during(step)}`, reply);
  const isHello = /^(?:EHLO|HELO|LHLO)$/.test(error.command ?? '');
  if (error.code === 'EPROTOCOL' || (isHello && status >= 400)) {
    // 74 as for any connection that the relay ends (RFC 5321 section 3.8).
    const refusal = isHello && status === 421 ? EX.IOERR : EX.UNAVAILABLE;
    const code = status === 0 ? EX.PROTOCOL : refusal;
    const hint = isHello && /^(?:421|501|504|55\d)/.test(reply ?? '') ? nameAdvice(account) : '';
    return failure(
      'deferred',
      code,
      `${where} does not let us in${said || `: ${oneLine(error.message)}`}${hint}`,
      reply,
    );
  }
  if (error.code === 'ETLS')
    return failure(
      'deferred',
      EX.PROTOCOL,
      `${where}: TLS handshake failed (${error.originalCode ?? oneLine(error.message)})`,
      reply,
    );
  return failure('deferred', EX.IOERR, `${where} closed the connection${during(step)}${said}`, reply);
}

function startTlsProblem(account: Account, status: number, said: string, reply: string | undefined): Failure {
  const where = relayName(account);
  if (status >= 400 && status < 500)
    return failure('deferred', EX.UNAVAILABLE, `${where} cannot start TLS for now${said}`, reply);
  return failure(
    'rejected',
    EX.UNAVAILABLE,
    `${where} offers no STARTTLS, and mail is not sent in clear text${said}; where that is really meant, add "tls off" to account ${account.name} (${account.file})`,
    reply,
  );
}

/** What to do about a relay that does not take the name said by EHLO. */
function nameAdvice(account: Account): string {
  return `; it may not take the name that was said by EHLO: put the full name of this machine into "domain" of account ${account.name} (${account.file})`;
}

/** What was being said. */
export type Step = 'sender' | 'recipient' | 'message';

interface Context {
  account: Account;
  envelope: Envelope;
  /** Recipients refused in this transaction so far. */
  refused: readonly Refusal[];
  /** Mails that the connection carried before. */
  earlier: number;
}

/** The connection ended within a transaction; `uncertain`: recipients for whom the relay may have the mail. */
export function lossFailure(
  lost: NonNullable<Reply['lost']>,
  { account, earlier, refused }: Context,
  uncertain: readonly string[],
): Failure {
  const how = lost === 'timeout' ? 'stopped answering' : 'closed the connection';
  const doubt = uncertain.length > 0 ? '; it may have the mail all the same' : '';
  const message = `${relayName(account)} ${how} while the mail was being sent${doubt}`;
  // It may have had enough of this connection: of its mails, or of recipients that it does not know.
  const isSession = uncertain.length === 0 && (earlier > 0 || refused.length > 0);
  return { ...failure('deferred', EX.IOERR, message), uncertain, scope: isSession ? 'session' : 'mail' };
}

/** A 4xx or 5xx from MAIL FROM to the reply that follows the message. */
export function replyFailure({ code, text }: Reply, step: Step, context: Context): Failure {
  const { account, envelope, refused, earlier } = context;
  const where = relayName(account);
  const permanent = code >= 500;
  if (isAboutClient(text)) {
    const advice = isAboutName(text) ? nameAdvice(account) : helpFor(account, text);
    return {
      ...failure(
        'deferred',
        permanent ? EX.DATAERR : EX.UNAVAILABLE,
        `${where} does not let us in: ${oneLine(text)}${advice}`,
        text,
      ),
      scope: 'relay',
    };
  }
  if (code === 421) {
    const message = `${where} closed the connection while the mail was being sent: ${oneLine(text)}`;
    const isSession = earlier > 0 || refused.length > 0;
    return { ...failure('deferred', EX.IOERR, message, text), scope: isSession ? 'session' : 'mail' };
  }
  if (earlier > 0 && isAboutSession(text))
    return {
      ...failure(
        'deferred',
        EX.UNAVAILABLE,
        `${where} takes no more mail over this connection: ${oneLine(text)}`,
        text,
      ),
      scope: 'session',
    };
  if (permanent && isForeignSender(text) && !isAboutRecipient(text, envelope))
    return foreignSenderFailure(text, step, account, envelope);
  const what =
    step === 'sender' ? `the sender <${envelope.from}>` : step === 'message' ? 'the message' : recipientsOf(refused);
  const isUnknown = step === 'recipient' && refused.length === 1 && isUnknownUser(text);
  // 67 says "no such user" to programs that read exit codes, which is only sure with one recipient.
  const exit = !permanent ? EX.UNAVAILABLE : isUnknown ? EX.NOUSER : EX.DATAERR;
  return failure(
    permanent ? 'rejected' : 'deferred',
    exit,
    `${where} ${permanent ? 'refused' : 'put off'} ${what}: ${oneLine(text)}${helpFor(account, text)}`,
    text,
  );
}

/** Every recipient was refused: the mail as a whole failed, for now if one of them may still be taken. */
export function allRefusedFailure(refused: readonly Refusal[], account: Account, envelope: Envelope): Failure {
  const { reply, permanent } = refused.find((refusal) => !refusal.permanent) ?? refused.at(-1)!;
  // A 552 is one for now (RFC 5321 section 4.5.3.1.10).
  const code = permanent ? Number(reply.slice(0, 3)) : 450;
  return replyFailure({ code, text: reply }, 'recipient', { account, envelope, refused, earlier: 0 });
}

/** More than SIZE names (RFC 1870 section 6.1). */
export function tooLargeFailure(account: Account, limit: number): Failure {
  const where = relayName(account);
  return failure('rejected', EX.DATAERR, `${where}: the message is larger than the relay takes (${limit} bytes)`);
}

function recipientsOf(refused: readonly Refusal[]): string {
  return refused.length === 1 ? `the recipient ${refused[0]!.recipient}` : `all ${refused.length} recipients`;
}

function helpFor(account: Account, reply: string): string {
  return appended(replyHelp(providerOf(account), reply, 'en'));
}

/** Amazon SES says of recipients too that they are "not verified", while an account is in its sandbox. */
function isAboutRecipient(reply: string, { from, recipients }: Envelope): boolean {
  const said = reply.toLowerCase();
  return !said.includes(from.toLowerCase()) && recipients.some((recipient) => said.includes(recipient.toLowerCase()));
}

/** What to do, behind what happened. */
function appended(help: string | undefined): string {
  return help === undefined ? '' : `; ${help.replace(/\.$/, '')}`;
}

// The same code as for a sender that `allow_sender` does not name.
function foreignSenderFailure(reply: string, step: Step, account: Account, envelope: Envelope): Failure {
  const who = account.user ?? 'this client';
  const provider = providerOf(account);
  const rule = provider === undefined ? '' : `; ${senderRule(provider, 'en')}`;
  return failure(
    'rejected',
    EX.NOPERM,
    `${relayName(account)} does not let ${who} send as <${envelope.from}>: ${oneLine(reply)}; ${foreignSenderAdvice(step, account, envelope, who)}${rule}`,
    reply,
  );
}

function foreignSenderAdvice(step: Step, account: Account, envelope: Envelope, who: string): string {
  const { from, senderRewrite } = account;
  if (from === undefined || from.includes('*'))
    return `add "from ADDRESS" with an address that belongs to ${who}, and "sender_rewrite always"`;
  const isOwn = from.toLowerCase() === envelope.from.toLowerCase();
  // After the data it is about the header, which rewriting changes.
  if (isOwn && (step !== 'message' || senderRewrite === 'always'))
    return `put an address that belongs to ${who} into "from"`;
  if (senderRewrite === 'always') return `take it out of "allow_sender", so that From becomes ${from}`;
  return `send as ${from}, or add "sender_rewrite always": From then becomes ${from}, and answers still go to the old address`;
}

/** The relay answered something else than what was asked. */
export function outOfStepFailure(reply: string, account: Account): Failure {
  return failure(
    'deferred',
    EX.PROTOCOL,
    `${relayName(account)} does not follow the dialogue; it said ${JSON.stringify(oneLine(reply))} where that makes no sense`,
    reply,
  );
}

/** The exit code where some recipients were taken and these were not. */
export function refusedCode(refused: readonly Refusal[]): ExitCode {
  if (refused.some(({ permanent }) => !permanent)) return EX.UNAVAILABLE;
  return refused.every(({ reply }) => isUnknownUser(reply)) ? EX.NOUSER : EX.DATAERR;
}

function during(step: string | undefined): string {
  return step === undefined ? ' before the mail could be sent' : ` during ${step}`;
}

/** A reply of several lines, for stderr. */
export function oneLine(reply: string, longest?: number): string {
  const lines = reply
    .split(/\r?\n/)
    .map((line, index) => (index === 0 ? line : line.replace(/^\d{3}[ -](?:\d\.\d+\.\d+ )?/, '')));
  return inline(lines.join(' '), longest);
}
