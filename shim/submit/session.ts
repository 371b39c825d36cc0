// One mail to the relay: connection, login, envelope, data (RFC 5321 section 4.1), on nodemailer's SMTP connection.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Account } from '../config/account.ts';
import { EX } from '../exit.ts';
import type { Envelope } from '../types.ts';
import { canSendAtOnce, sendAtOnce } from './at-once.ts';
import { authHandlers, chooseMethod, offeredMethods } from './auth.ts';
import { internalsOf } from './internals.ts';
import type { OldOutcome as Outcome } from './old.ts';
import { connectTimeout, handshakeError, type Line, OpenError, openLine, openSocket, relayName } from './open.ts';
import { failure, openFailure, type SmtpError, sessionFailure } from './outcome.ts';
import { type TlsPlan, tlsPlan } from './plan.ts';
import { type Connection, foreignFailure, type Mail, transmit, watch } from './transmit.ts';
import { fingerprintProblem, tlsOptions } from './trust.ts';

export interface SubmitOptions extends Mail {
  /** Fetches the password; called once the relay asks for it. */
  password: () => string;
  /** As for `Session.send`. */
  atOnce?: boolean;
  /** Milliseconds for all of it. */
  deadline?: number;
  /** Already on its way. */
  line?: Line;
}

/** Milliseconds without a word from the relay; RFC 5321 section 4.5.3.2 gives DATA 10 minutes, but a shopper waits. */
const REPLY_TIMEOUT = 300_000;
/** Replies to be let in: greeting, EHLO, STARTTLS, EHLO; each has its time, so that one which never ends ends all the same. */
const GREETING_REPLIES = 4;
/** The same for a login, of which no method takes more steps. */
const LOGIN_REPLIES = 4;
/** Milliseconds for the bytes of QUIT to leave; the mail is taken by then, come what may. */
const QUIT_TIMEOUT = 1000;

/** A connection to the relay that was let in; takes mails one after the other. */
export interface Session {
  /**
   * Never throws for what the network or the relay does. `atOnce`: in one round trip where that can be; a connection that
   * breaks leaves it open more often whether the relay has the mail.
   */
  send(envelope: Envelope, mail: Mail, how?: { atOnce: boolean }): Promise<Outcome>;
  /** What the relay says to a sender and a recipient, and then to no mail: the last reply, undefined where it hung up. */
  ask(from: string, recipient: string): Promise<string | undefined>;
  /** False once the connection cannot take another mail. */
  readonly usable: boolean;
  /** Mails sent over it. */
  readonly sent: number;
  /** Says QUIT and leaves. */
  quit(): Promise<void>;
  /** Leaves without a word; a mail on its way ends as deferred. */
  close(): void;
}

type Transcribe = (() => Transcript | undefined) | undefined;
type Failure = Extract<Outcome, { kind: 'deferred' | 'rejected' }>;

/** Where the dialogue is written down: a sender that works unseen has to show later what was said. */
export interface Transcript {
  /** Lines without their ends. */
  client(line: string): void;
  server(line: string): void;
}

/**
 * Connects and logs in; never throws for what the network or the relay does. `password` is called once it is asked for.
 * `transcript` gives the one to write to, each time anew; `line` is a connection for this account alone.
 */
export async function openSession(
  account: Account,
  password: () => string,
  transcript?: () => Transcript | undefined,
  line: Line = openLine(account),
): Promise<{ session: Session; notes: string[] } | Failure> {
  const notes: string[] = [];
  let connection: Connection;
  try {
    connection = await greet(account, notes, transcript, line);
  } catch (error) {
    if (error instanceof OpenError) return { ...openFailure(error, account), notes };
    if (isSmtpError(error)) return { ...sessionFailure(error, account), notes };
    throw error;
  }
  try {
    const refused = await logIn(connection, account, password);
    if (refused === undefined) return { session: new RelaySession(connection, account), notes };
    connection.close();
    return { ...refused, scope: 'relay', notes };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** One mail over a connection of its own; never throws for what the network or the relay does. */
export async function submit(account: Account, envelope: Envelope, options: SubmitOptions): Promise<Outcome> {
  const { atOnce = true, deadline, password, line } = options;
  let session: Session | undefined;
  let late = false;
  const attempt = async (): Promise<Outcome> => {
    const opened = await openSession(account, password, undefined, line);
    if (!('session' in opened)) return opened;
    session = opened.session;
    if (late) {
      session.close();
      return lateFailure(account, deadline!);
    }
    const outcome = await session.send(envelope, options, { atOnce });
    if (!late && session.usable) await session.quit();
    else session.close();
    return { ...outcome, notes: [...opened.notes, ...outcome.notes] };
  };
  if (deadline === undefined) return attempt();
  let timer: ReturnType<typeof setTimeout>;
  const expired = new Promise<Outcome | undefined>((resolve) => {
    timer = setTimeout(() => {
      late = true;
      // A mail that is on its way says itself how far it came.
      if (session === undefined) resolve(lateFailure(account, deadline));
      else session.close();
    }, deadline);
  });
  const outcome = (await Promise.race([attempt(), expired]))!;
  clearTimeout(timer!);
  if (!late || outcome.kind === 'delivered') return outcome;
  return { ...outcome, message: `${lateFailure(account, deadline).message}: ${outcome.message}` };
}

function lateFailure(account: Account, deadline: number): Failure {
  const message = `${relayName(account)} did not take the mail in ${deadline / 1000} s (directive submit_deadline)`;
  return { ...failure('deferred', EX.IOERR, message), scope: 'relay' };
}

class RelaySession implements Session {
  readonly #connection: Connection;
  readonly #account: Account;
  #usable = true;
  #sent = 0;

  constructor(connection: Connection, account: Account) {
    this.#connection = connection;
    this.#account = account;
    connection.once('end', () => {
      this.#usable = false;
    });
    connection.once('error', () => {
      this.#usable = false;
    });
  }

  get usable(): boolean {
    return this.#usable;
  }

  get sent(): number {
    return this.#sent;
  }

  async send(envelope: Envelope, mail: Mail, { atOnce } = { atOnce: false }): Promise<Outcome> {
    this.#sent++;
    const outcome = await this.#transmit(envelope, mail, atOnce);
    const clean = outcome.kind === 'delivered' || (outcome.reply !== undefined && !outcome.uncertain);
    // 421 announces the end (RFC 5321 section 3.8); after other refusals the transaction is cleared.
    if (!clean || /^421/.test(outcome.kind === 'delivered' ? '' : (outcome.reply ?? ''))) this.#usable = false;
    if (this.#usable && outcome.kind !== 'delivered') this.#usable = await reset(this.#connection);
    return outcome;
  }

  async #transmit(envelope: Envelope, mail: Mail, atOnce: boolean): Promise<Outcome> {
    const connection = this.#connection;
    const account = this.#account;
    const foreign = foreignFailure(connection, account, envelope);
    if (foreign !== undefined) return foreign;
    if (!atOnce || account.lmtp || !this.#usable || !canSendAtOnce(connection, mail))
      return transmit(connection, account, envelope, mail);
    const whole = { ...mail, chunks: [...mail.chunks] };
    const outcome = await sendAtOnce(connection, account, envelope, whole);
    if (outcome !== 'data') return outcome;
    // Where its answer shows that it is in step, it gets the mail in the way that every relay knows.
    if (await reset(connection)) return transmit(connection, account, envelope, whole);
    return failure('deferred', EX.PROTOCOL, `${relayName(account)} offers CHUNKING and does not know BDAT`);
  }

  async ask(from: string, recipient: string): Promise<string | undefined> {
    let reply = await command(this.#connection, `MAIL FROM:<${from}>`);
    if (reply?.startsWith('2')) reply = await command(this.#connection, `RCPT TO:<${recipient}>`);
    this.#usable = reply !== undefined && (await reset(this.#connection));
    return reply;
  }

  quit(): Promise<void> {
    this.#usable = false;
    return quit(this.#connection).finally(() => this.#connection.close());
  }

  close(): void {
    this.#usable = false;
    this.#connection.close();
  }
}

/** The reply to one command; undefined where the connection ended instead. */
function command(connection: Connection, line: string): Promise<string | undefined> {
  const internals = internalsOf(connection);
  return new Promise((resolve) => {
    const release = watch(connection, () => resolve(undefined));
    internals._responseActions.push((reply) => {
      release();
      resolve(reply);
    });
    internals._sendCommand(line);
  });
}

function reset(connection: Connection): Promise<boolean> {
  return new Promise((resolve) => {
    const release = watch(connection, () => resolve(false));
    connection.reset((error) => {
      release();
      resolve(!error);
    });
  });
}

/** Connected, secured as planned, EHLO said. */
async function greet(account: Account, notes: string[], transcript: Transcribe, line: Line): Promise<Connection> {
  const plan = tlsPlan(account);
  if (plan === 'clear' || plan === 'starttls') return connectPlain(account, plan, await line.take(), transcript);
  try {
    return await hello(account, 'implicit', await line.take(), transcript);
  } catch (error) {
    if (!(error instanceof OpenError) || error.kind !== 'plaintext' || plan === 'implicit') throw error;
  }
  // The "465 inet … smtpd" line that many guides show: it wants STARTTLS on a port where nobody expects that.
  const connection = await connectPlain(account, 'starttls', await openSocket(account), transcript);
  notes.push(
    `${relayName(account)} answered in plain text; upgraded by STARTTLS. Add "-o smtpd_tls_wrappermode=yes" to the line of that port in master.cf of the relay, or "tls_starttls on" to account ${account.name}`,
  );
  return connection;
}

async function connectPlain(
  account: Account,
  plan: 'clear' | 'starttls',
  socket: Socket,
  transcript: Transcribe,
): Promise<Connection> {
  const connection = await hello(account, plan, socket, transcript);
  if (plan === 'starttls') {
    // Before the password is said to whoever this is.
    const problem = fingerprintProblem(account, connection._socket as unknown as TLSSocket);
    if (problem !== undefined) {
      connection.close();
      throw new OpenError('certificate', `${relayName(account)}: ${problem}`);
    }
  }
  return connection;
}

function hello(
  account: Account,
  plan: Exclude<TlsPlan, 'either'>,
  socket: NonNullable<ConstructorParameters<typeof SMTPConnection>[0]>['connection'],
  transcript: Transcribe,
): Promise<Connection> {
  const timeout = replyTimeout(account);
  const connection = new SMTPConnection({
    host: account.host,
    port: account.port,
    connection: socket,
    secure: plan === 'implicit',
    secured: plan === 'implicit',
    requireTLS: plan === 'starttls',
    ignoreTLS: plan === 'clear',
    name: account.ehloName,
    lmtp: account.lmtp,
    tls: plan === 'starttls' ? tlsOptions(account) : {},
    connectionTimeout: connectTimeout(account),
    greetingTimeout: connectTimeout(account),
    socketTimeout: timeout,
    socketCloseTimeout: 0,
    customAuth: authHandlers,
    ...(transcript === undefined ? {} : { transactionLog: true, logger: loggerOf(transcript) }),
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(endless()), timeFor(GREETING_REPLIES, account));
    const fail = (error: SmtpError) => {
      clearTimeout(timer);
      connection.close();
      const cause = error.originalCode;
      // A certificate that fails within STARTTLS comes as a socket error of nodemailer's.
      if (
        cause !== undefined &&
        connection.secure === false &&
        /^(ERR_|CERT|DEPTH|SELF|UNABLE|INVALID|HOST)/.test(cause)
      ) {
        reject(handshakeError(Object.assign(new Error(error.message), { code: cause }), account));
      } else reject(error);
    };
    connection.once('error', fail);
    connection.connect((error) => {
      if (error !== undefined) {
        fail(error);
        return;
      }
      clearTimeout(timer);
      connection.off('error', fail);
      // From here on the callbacks of login and send get every error; without a listener it would end the process.
      connection.on('error', () => undefined);
      resolve(connection);
    });
  });
}

function replyTimeout({ timeout, timeoutOff }: Account): number {
  return timeoutOff ? 86_400_000 : (timeout ?? REPLY_TIMEOUT);
}

/** Milliseconds for so many replies, as far as a timer goes. */
function timeFor(replies: number, account: Account): number {
  return Math.min(replies * replyTimeout(account), 2 ** 31 - 1);
}

function endless(): SmtpError {
  return Object.assign(new Error('the reply does not end'), { code: 'ETIMEDOUT' });
}

// nodemailer says the dialogue to a logger; the message itself is not part of it.
function loggerOf(transcript: () => Transcript | undefined) {
  const ignore = () => undefined;
  const debug = (data: { tnx?: string }, text: unknown) => {
    if (data.tnx !== 'client' && data.tnx !== 'server') return;
    for (const line of String(text).split(/\r?\n/)) transcript()?.[data.tnx](line);
  };
  return { level: ignore, trace: ignore, debug, info: ignore, warn: ignore, error: ignore, fatal: ignore } as never;
}

/** Undefined where the relay let us in, or no login is configured. */
async function logIn(connection: Connection, account: Account, password: () => string): Promise<Failure | undefined> {
  if (account.auth === 'off') return undefined;
  const offered = offeredMethods(internalsOf(connection)._ehloLines ?? []);
  const choice = chooseMethod(account.auth, offered, connection.secure);
  if ('problem' in choice) return failure('rejected', EX.UNAVAILABLE, `${relayName(account)}: ${choice.problem}`);
  const pass = choice.method === 'EXTERNAL' ? '' : password();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const error = await new Promise<SmtpError | null>((resolve) => {
    const release = watch(connection, resolve);
    timer = setTimeout(() => resolve(endless()), timeFor(LOGIN_REPLIES, account));
    connection.login({ method: choice.method, user: account.user ?? '', pass }, (problem) => {
      release();
      resolve(problem);
    });
  });
  clearTimeout(timer);
  if (error === null) return undefined;
  return sessionFailure(error, account, `login as ${account.user ?? 'the client certificate'} (${choice.method})`);
}

/** Says QUIT and leaves without waiting for the answer: it would cost a round trip and change nothing. */
function quit(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, QUIT_TIMEOUT);
    const socket = connection._socket as unknown as TLSSocket;
    socket.once('error', () => resolve());
    socket.end('QUIT\r\n', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function isSmtpError(error: unknown): error is SmtpError {
  return error instanceof Error && typeof (error as SmtpError).code === 'string';
}
