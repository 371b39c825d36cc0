// `mailshim -bs`: an SMTP server on standard input and output, as Symfony, Laravel and SwiftMailer use sendmail (RFC 5321).

import { writeSync } from 'node:fs';
import { DEFAULT_SIZE_LIMIT } from '../config/account.ts';
import { type Configuration, refuseBroken } from '../config/files.ts';
import { findConfiguration, openAccount } from '../delivery/account.ts';
import { deliver } from '../delivery/deliver.ts';
import { logOfAccount, logOfConfiguration, type MailLog, writeMailLog } from '../delivery/log.ts';
import { ownMeans } from '../delivery/means.ts';
import type { Environment } from '../environment.ts';
import { type Ending, EX, type ExitCode, ExitError, textOf } from '../exit.ts';
import { domainOf, parseAddress, withDomain } from '../intake/addresses.ts';
import { Dialogue } from '../intake/dialogue.ts';
import { parseMessage } from '../intake/header.ts';
import {
  joinedNotify,
  type MailNotification,
  mailNotification,
  recipientNotification,
} from '../intake/notification.ts';
import { type Pieces, type ReadSome, readInput } from '../intake/read.ts';
import { headerFrom, uniqueRecipients } from '../intake/recipients.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { refuseNul } from '../prepare/wire.ts';
import type { Invocation } from '../types.ts';

/** RFC 5321 section 4.5.3.1.8: a server accepts at least 100; Postfix accepts 1000. */
const MAX_RECIPIENTS = 1000;
/** Errors after which the session ends. */
const MAX_ERRORS = 20;

export interface SmtpStreams {
  read: ReadSome;
  write: (text: string) => void;
}

interface Session {
  greeted: boolean;
  from: string | undefined;
  recipients: string[];
  /** RET and ENVID of the sender, and for each recipient its NOTIFY. */
  wanted: MailNotification;
  notify: string[];
  errors: number;
}

/** Serves until QUIT or the end of the input. The exit code is 0 unless the input ends inside a message. */
export async function serveSmtp(
  invocation: Invocation,
  environment: Environment,
  streams: SmtpStreams = { read: readInput, write: (text) => void writeSync(1, text) },
): Promise<Ending> {
  let closed = false;
  const say = (line: string) => {
    try {
      if (!closed) streams.write(`${line}\r\n`);
    } catch (error) {
      // Some callers close the connection before the reply to QUIT; accepted mail stays accepted.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      closed = true;
    }
  };
  let configuration: Configuration;
  let log: MailLog = { settings: undefined, notes: [] };
  try {
    configuration = findConfiguration(invocation, environment);
    log = logOfConfiguration(configuration, environment);
    refuseBroken(configuration, environment.euid);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    // A caller that reads only the replies must not wait for a greeting (RFC 5321 section 3.1).
    say(`554 5.3.5 ${oneLine(error.message)}`);
    return {
      code: error.code,
      complaints: [error.diagnostic, ...writeMailLog(log, environment, error.code, error.message)],
    };
  }
  const dialogue = new Dialogue(streams.read);
  const session: Session = { greeted: false, from: undefined, recipients: [], wanted: {}, notify: [], errors: 0 };
  const limit = sizeLimit(configuration, invocation, environment);
  say(`220 ${environment.host} ESMTP mailshim`);
  for (;;) {
    const command = dialogue.command();
    if (command === undefined) return { code: EX.OK, complaints: [] };
    if ('tooLong' in command) say('500 5.5.2 Line too long');
    else {
      const ended = await answer(command.text, {
        session,
        dialogue,
        say,
        invocation,
        environment,
        configuration,
        limit,
      });
      if (ended !== undefined) return ended;
    }
    // As for a broken connection: without a reply the mail is not accepted (RFC 5321 section 4.1.1.4).
    if (closed) return { code: EX.IOERR, complaints: [diagnostic('bs.closed')] };
    if (session.errors > MAX_ERRORS) {
      say('421 4.7.0 Too many errors');
      return { code: EX.PROTOCOL, complaints: [diagnostic('bs.errors')] };
    }
  }
}

interface Turn {
  session: Session;
  dialogue: Dialogue;
  say: (line: string) => void;
  invocation: Invocation;
  environment: Environment;
  configuration: Configuration;
  /** Largest message, in bytes. */
  limit: number;
}

async function answer(line: string, turn: Turn): Promise<Ending | undefined> {
  const { session, say } = turn;
  const [, verb = '', rest = ''] = /^(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const reply = (text: string) => {
    if (!text.startsWith('2')) session.errors++;
    say(text);
  };
  switch (verb.toUpperCase()) {
    case 'HELO':
      reset(session).greeted = true;
      say(`250 ${turn.environment.host}`);
      return undefined;
    case 'EHLO':
      reset(session).greeted = true;
      for (const feature of [turn.environment.host, 'PIPELINING', `SIZE ${turn.limit}`, '8BITMIME', 'SMTPUTF8', 'DSN'])
        say(`250-${feature}`);
      say('250 ENHANCEDSTATUSCODES');
      return undefined;
    case 'MAIL':
      reply(startMail(rest, turn));
      return undefined;
    case 'RCPT':
      reply(addRecipient(rest, turn));
      return undefined;
    case 'DATA':
      return receiveMessage(turn, reply);
    case 'RSET':
      reset(session);
      say('250 2.0.0 Ok');
      return undefined;
    case 'NOOP':
      say('250 2.0.0 Ok');
      return undefined;
    case 'VRFY':
      say('252 2.0.0 Try and see');
      return undefined;
    case 'HELP':
      say('214 2.0.0 HELO EHLO MAIL RCPT DATA RSET NOOP VRFY QUIT');
      return undefined;
    case 'QUIT':
      say('221 2.0.0 Bye');
      return { code: EX.OK, complaints: [] };
    case 'STARTTLS':
    case 'AUTH':
    case 'EXPN':
    case 'TURN':
      reply(`502 5.5.1 ${verb.toUpperCase()} is not needed here`);
      return undefined;
    default:
      reply('500 5.5.2 Command not understood');
      return undefined;
  }
}

/** Some clients send parameters that are not offered; those that change nothing are accepted. */
const MAIL_PARAMETERS = /^(?:SIZE=\d+|BODY=(?:7BIT|8BITMIME)|SMTPUTF8|RET=\S+|ENVID=\S+|AUTH=\S+)$/i;
const RCPT_PARAMETERS = /^(?:NOTIFY|ORCPT)=\S+$/i;

/** RFC 5321 section 4.1.1.11: the reply to the first unknown parameter. */
function unknownParameter(parameters: string, known: RegExp): string | undefined {
  const odd = parameters.split(/\s+/).find((parameter) => parameter !== '' && !known.test(parameter));
  return odd === undefined ? undefined : `555 5.5.4 Unknown parameter: ${oneLine(odd)}`;
}

/** MAIL FROM: the reply. */
function startMail(rest: string, { session, limit }: Turn): string {
  const match = /^FROM:\s*(<[^>]*>|\S+)((?:\s+\S+)*)$/i.exec(rest);
  if (match === null) return '501 5.5.4 Syntax: MAIL FROM:<address>';
  const unknown = unknownParameter(match[2]!, MAIL_PARAMETERS);
  if (unknown !== undefined) return unknown;
  if (session.from !== undefined) return '503 5.5.1 Sender already given';
  const size = Number(/\bSIZE=(\d+)/i.exec(match[2]!)?.[1] ?? 0);
  if (size > limit) return tooLarge(limit);
  const path = match[1]!;
  const address = path === '<>' ? '' : parseAddress(path);
  if (address === undefined) return '553 5.1.7 Not an address';
  const wanted = mailNotification(match[2]!);
  if ('wrong' in wanted) return `501 5.5.4 ${wanted.wrong}: not as in RFC 3461`;
  session.from = address;
  session.wanted = wanted;
  return '250 2.1.0 Ok';
}

/** RCPT TO: the reply. */
function addRecipient(rest: string, { session }: Turn): string {
  const match = /^TO:\s*(<[^>]*>|\S+)((?:\s+\S+)*)$/i.exec(rest);
  if (match === null) return '501 5.5.4 Syntax: RCPT TO:<address>';
  const unknown = unknownParameter(match[2]!, RCPT_PARAMETERS);
  if (unknown !== undefined) return unknown;
  if (session.from === undefined) return '503 5.5.1 MAIL first';
  if (session.recipients.length >= MAX_RECIPIENTS) return '452 4.5.3 Too many recipients';
  const address = parseAddress(match[1]!);
  if (address === undefined) return '501 5.1.3 Not an address';
  const asked = recipientNotification(match[2]!);
  if ('wrong' in asked) return `501 5.5.4 ${asked.wrong}: not as in RFC 3461`;
  session.recipients.push(address);
  session.notify.push(asked.notify);
  return '250 2.1.5 Ok';
}

async function receiveMessage(turn: Turn, reply: (text: string) => void): Promise<Ending | undefined> {
  const { session, dialogue, say, limit } = turn;
  if (session.from === undefined || session.recipients.length === 0) {
    reply(session.from === undefined ? '503 5.5.1 MAIL first' : '554 5.5.1 No valid recipients');
    return undefined;
  }
  say('354 End data with <CR><LF>.<CR><LF>');
  const received = dialogue.message(limit);
  if (received === undefined) {
    return { code: EX.IOERR, complaints: [diagnostic('bs.cut-off')] };
  }
  if ('tooLarge' in received) say(tooLarge(limit));
  else say(await submitMessage(session.from, received.pieces, turn));
  reset(session);
  return undefined;
}

/** The reply after the final dot: that of the relay, or why the mail was not sent. */
async function submitMessage(sender: string, pieces: Pieces, turn: Turn): Promise<string> {
  const { session, invocation, environment, configuration } = turn;
  let log = logOfConfiguration(configuration, environment);
  try {
    refuseNul(pieces);
    const account = openAccount(configuration, invocation, sender, environment);
    log = logOfAccount(account, invocation);
    const parsed = parseMessage(pieces);
    const from = withDomain(
      account.allowFromOverride ? sender : (account.from ?? sender),
      domainOf(account.from),
      domainOf(headerFrom(parsed.fields)),
      account.ehloName,
    );
    const recipients = uniqueRecipients(session.recipients);
    const notify = joinedNotify(session.notify);
    const asked = { ...invocation, ...session.wanted, ...(notify === undefined ? {} : { dsnNotify: notify }) };
    const handed = { configuration, account, envelope: { from, recipients }, parsed, invocation: asked, log };
    const { code, queueId, reply, complaints } = await deliver(handed, environment, ownMeans(environment));
    if (code !== EX.OK) return refusal(code, textOf(complaints[0] ?? ''), reply);
    return accepted(queueId === undefined ? (reply ?? '') : `queued as ${queueId}`);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    writeMailLog(log, environment, error.code, error.message);
    return refusal(error.code, error.message, undefined);
  }
}

/** Callers read the id after "Ok: queued as", Postfix's reply to DATA; after BDAT it is "Ok: 277 bytes queued as". */
function accepted(reply: string): string {
  const text = oneLine(reply.replace(/^250[ -](?:2\.\d+\.\d+ )?/, '')).replace(/\b\d+ bytes queued as /, 'queued as ');
  return `250 2.0.0 ${text === '' ? 'Ok' : text}`;
}

const TEMPORARY: ReadonlySet<ExitCode> = new Set([EX.UNAVAILABLE, EX.NOHOST, EX.IOERR, EX.PROTOCOL, EX.CANTCREAT]);

/** A rejection by the relay keeps its code; a failure before that is temporary (4yz). */
function refusal(code: ExitCode, message: string, reply: string | undefined): string {
  const said = /^([45]\d\d)[ -](?:([45]\.\d+\.\d+) )?/.exec(reply ?? '');
  if (said !== null) return `${said[1]} ${said[2] ?? `${said[1]![0]}.0.0`} ${oneLine(message)}`;
  return `${TEMPORARY.has(code) ? '451 4.4.1' : '554 5.0.0'} ${oneLine(message)}`;
}

function reset(session: Session): Session {
  session.from = undefined;
  session.recipients = [];
  session.wanted = {};
  session.notify = [];
  return session;
}

/** Of the default account: before MAIL FROM the account of the sender is not known. */
function sizeLimit(configuration: Configuration, invocation: Invocation, environment: Environment): number {
  try {
    return openAccount(configuration, invocation, undefined, environment).messageSizeLimit;
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return DEFAULT_SIZE_LIMIT;
  }
}

function tooLarge(limit: number): string {
  return `552 5.3.4 The message is larger than ${limit} bytes`;
}

function oneLine(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 400);
}
