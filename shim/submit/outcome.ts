// What the relay said or did, as an Outcome: delivered, deferred or rejected, with exit code and one clear sentence.

import type { Account } from '../config/account.ts';
import { EX, type ExitCode } from '../exit.ts';
import { inline } from '../text/printable.ts';
import type { Envelope, Outcome, Refusal } from '../types.ts';
import { type OpenError, relayName } from './open.ts';
import { isForeignSender, loginHelp, providerOf, replyHelp, senderRule } from './provider.ts';

/** nodemailer's error, the parts used here. */
export type SmtpError = Error & {
  code?: string | undefined;
  originalCode?: string | undefined;
  command?: string | undefined;
  response?: string | undefined;
  responseCode?: number | undefined;
  recipient?: string | undefined;
  rejectedErrors?: SmtpError[] | undefined;
};
type Failure = Extract<Outcome, { kind: 'deferred' | 'rejected' }>;

/** An Outcome that is no delivery. */
export function failure(kind: Failure['kind'], code: ExitCode, message: string, reply?: string): Failure {
  return {
    kind,
    code,
    message,
    ...(reply === undefined ? {} : { reply }),
    refused: [],
    uncertain: false,
    scope: 'mail',
    notes: [],
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
      // Deferred: the mail is right, and the certificate will be mended.
      return failure('deferred', EX.UNAVAILABLE, error.message);
    default:
      return failure('deferred', EX.UNAVAILABLE, error.message);
  }
}

function plaintextAdvice({ name }: Account): string {
  return `add "-o smtpd_tls_wrappermode=yes" to the line of that port in master.cf of the relay, or "tls_starttls on" to account ${name}`;
}

/** Between connection and envelope. `step` says what was being done. */
export function sessionFailure(error: SmtpError, account: Account, step?: string): Failure {
  return { ...sessionProblem(error, account, step), scope: 'relay' };
}

function sessionProblem(error: SmtpError, account: Account, step: string | undefined): Failure {
  const where = relayName(account);
  const said = error.response === undefined ? '' : `: ${oneLine(error.response)}`;
  const reply = error.response;
  if (error.command === 'STARTTLS' && error.responseCode !== undefined && error.responseCode < 500) {
    return failure('deferred', EX.UNAVAILABLE, `${where} cannot start TLS for now${said}`, reply);
  }
  if (error.command === 'STARTTLS') {
    return failure(
      'rejected',
      EX.UNAVAILABLE,
      `${where} offers no STARTTLS, and mail is not sent in clear text${said}; where that is really meant, add "tls off" to account ${account.name} (${account.file})`,
      reply,
    );
  }
  if (error.code === 'EAUTH') {
    // RFC 4954 section 6: 454 is a server that cannot ask its own password store for now.
    const status = error.responseCode ?? 0;
    const why =
      status >= 400 ? oneLine(error.response ?? '') : oneLine(error.message.replace(`: ${error.response}`, ''));
    return failure(
      status >= 400 && status < 500 ? 'deferred' : 'rejected',
      EX.NOPERM,
      `${where}: ${step ?? 'login'} was refused: ${why}${appended(loginHelp(providerOf(account), error.response ?? '', 'en'))}`,
      reply,
    );
  }
  if (error.code === 'ETIMEDOUT')
    return failure('deferred', EX.IOERR, `${where} stopped answering${during(step)}`, reply);
  if (error.code === 'EPROTOCOL') {
    // What is no SMTP at all is a mistake that somebody will mend; only a 5xx is meant for good.
    const temporary = error.responseCode === undefined || error.responseCode < 500;
    const code = error.responseCode === undefined ? EX.PROTOCOL : EX.UNAVAILABLE;
    return failure(
      temporary ? 'deferred' : 'rejected',
      code,
      `${where} does not let us in${said || `: ${error.message}`}`,
      reply,
    );
  }
  if (error.code === 'ETLS')
    return failure(
      'deferred',
      EX.PROTOCOL,
      `${where}: TLS handshake failed (${error.originalCode ?? error.message})`,
      reply,
    );
  return failure('deferred', EX.IOERR, `${where} closed the connection${during(step)}${said}`, reply);
}

/**
 * From MAIL FROM to the reply that follows the data. `dataEnded`: the message had been handed to the connection whole,
 * so a broken connection leaves it open whether the relay has it.
 */
export function sendFailure(error: SmtpError, account: Account, envelope: Envelope, dataEnded: boolean): Failure {
  const where = relayName(account);
  const refused = refusalsOf(error.rejectedErrors ?? []);
  const { responseCode } = error;
  if (responseCode === undefined && error.code === 'EMESSAGE' && error.response === undefined) {
    return failure('rejected', EX.DATAERR, `${where}: the message is larger than the relay takes (${error.message})`);
  }
  if (error.code === 'EMESSAGE' && (responseCode === undefined || responseCode < 400)) {
    return { ...outOfStepFailure(error.response ?? '', account), uncertain: dataEnded };
  }
  if (responseCode === undefined || error.code === 'ECONNECTION' || error.code === 'ETIMEDOUT') {
    const lost = error.code === 'ETIMEDOUT' ? 'stopped answering' : 'closed the connection';
    const doubt = dataEnded ? '; it may have the mail all the same' : '';
    const said = error.response === undefined ? '' : `: ${oneLine(error.response)}`;
    return {
      ...failure('deferred', EX.IOERR, `${where} ${lost} while the mail was being sent${doubt}${said}`, error.response),
      uncertain: dataEnded && error.response === undefined,
    };
  }
  if (responseCode < 400) return outOfStepFailure(error.response ?? '', account);
  const permanent = responseCode >= 500;
  if (permanent && isForeignSender(error.response ?? '') && !isAboutRecipient(error.response ?? '', envelope)) {
    return { ...foreignSenderFailure(error, account, envelope), refused };
  }
  return {
    ...failure(
      permanent ? 'rejected' : 'deferred',
      permanent ? permanentCode(error, envelope, refused) : EX.UNAVAILABLE,
      `${where} ${permanent ? 'refused' : 'put off'} ${whatOf(error, envelope, refused)}: ${oneLine(error.response ?? '')}${appended(replyHelp(providerOf(account), error.response ?? '', 'en'))}`,
      error.response,
    ),
    refused,
  };
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
function foreignSenderFailure(error: SmtpError, account: Account, envelope: Envelope): Failure {
  const reply = error.response ?? '';
  const who = account.user ?? 'this client';
  const provider = providerOf(account);
  const rule = provider === undefined ? '' : `; ${senderRule(provider, 'en')}`;
  return failure(
    'rejected',
    EX.NOPERM,
    `${relayName(account)} does not let ${who} send as <${envelope.from}>: ${oneLine(reply)}; ${foreignSenderAdvice(error, account, envelope, who)}${rule}`,
    reply,
  );
}

function foreignSenderAdvice({ command }: SmtpError, account: Account, envelope: Envelope, who: string): string {
  const { from, senderRewrite } = account;
  if (from === undefined || from.includes('*'))
    return `add "from ADDRESS" with an address that belongs to ${who}, and "sender_rewrite always"`;
  const isOwn = from.toLowerCase() === envelope.from.toLowerCase();
  // After the data it is about the header, which rewriting would mend.
  const isAboutEnvelope = command === 'MAIL FROM' || command === 'RCPT TO';
  if (isOwn && (isAboutEnvelope || senderRewrite === 'always'))
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

function whatOf(error: SmtpError, envelope: Envelope, refused: readonly Refusal[]): string {
  if (error.command === 'MAIL FROM') return `the sender <${envelope.from}>`;
  if (error.command === 'RCPT TO') {
    const names = refused.length === 0 ? envelope.recipients : refused.map(({ recipient }) => recipient);
    return names.length === 1 ? `the recipient ${names[0]}` : `all ${names.length} recipients`;
  }
  return 'the message';
}

// 67 says "no such user" to whoever reads exit codes, which is only sure where there was one recipient.
function permanentCode(error: SmtpError, envelope: Envelope, refused: readonly Refusal[]): ExitCode {
  const unknown = error.command === 'RCPT TO' && envelope.recipients.length === 1 && refused.length <= 1;
  return unknown && isUnknownUser(error.response ?? '') ? EX.NOUSER : EX.DATAERR;
}

/** 550 5.1.1, also where the code stands on each line of a longer reply (RFC 3463 section 3.2). */
export function isUnknownUser(reply: string): boolean {
  return /^550[ -]5\.1\.1\b/.test(reply);
}

/** Recipients refused while others were taken. */
export function refusalsOf(errors: readonly SmtpError[]): Refusal[] {
  return errors.map(({ recipient, response, responseCode }) => ({
    recipient: recipient ?? '',
    reply: response ?? '',
    // What is no reply at all (RFC 5321 section 4.2) refuses nobody for good.
    permanent: responseCode !== undefined && responseCode >= 500,
  }));
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
