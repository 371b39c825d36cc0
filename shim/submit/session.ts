// One mail to the relay: connection, login, envelope, data (RFC 5321 section 4.1), on nodemailer's SMTP connection.

import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Account } from '../config/account.ts';
import { EX } from '../exit.ts';
import type { Envelope, Outcome } from '../types.ts';
import { authHandlers, chooseMethod, offeredMethods } from './auth.ts';
import { connectTimeout, handshakeError, OpenError, openSocket, relayName, startTls } from './open.ts';
import {
  failure,
  openFailure,
  outOfStepFailure,
  refusalsOf,
  type SmtpError,
  sendFailure,
  sessionFailure,
} from './outcome.ts';
import { type TlsPlan, tlsPlan } from './plan.ts';
import { fingerprintProblem, tlsOptions } from './trust.ts';

export interface SubmitOptions {
  /** The message with CRLF line ends, without dot-stuffing; taken once. */
  chunks: Iterable<Uint8Array>;
  /** Its bytes. */
  size: number;
  eightBit: boolean;
  dsn?: { notify?: string; ret?: string; envid?: string };
  /** Fetches the password; called once the relay asks for it. */
  password: () => string;
}

/** Milliseconds without a word from the relay; RFC 5321 section 4.5.3.2 gives DATA 10 minutes, but a shopper waits. */
const REPLY_TIMEOUT = 300_000;
/** Milliseconds for the bytes of QUIT to leave; the mail is taken by then, come what may. */
const QUIT_TIMEOUT = 1000;

type Connection = InstanceType<typeof SMTPConnection>;

/** Submits, never throws for what the network or the relay does. */
export async function submit(account: Account, envelope: Envelope, options: SubmitOptions): Promise<Outcome> {
  const notes: string[] = [];
  let connection: Connection;
  try {
    connection = await greet(account, notes);
  } catch (error) {
    if (error instanceof OpenError) return { ...openFailure(error, account), notes };
    if (isSmtpError(error)) return { ...sessionFailure(error, account), notes };
    throw error;
  }
  try {
    const refused = await logIn(connection, account, options.password);
    if (refused !== undefined) return { ...refused, notes };
    return await transmit(connection, account, envelope, options, notes);
  } finally {
    connection.close();
  }
}

/** Connected, secured as planned, EHLO said. */
async function greet(account: Account, notes: string[]): Promise<Connection> {
  const plan = tlsPlan(account);
  if (plan === 'clear' || plan === 'starttls') return connectPlain(account, plan);
  const socket = await openSocket(account);
  try {
    return await hello(account, 'implicit', await startTls(socket, account));
  } catch (error) {
    if (!(error instanceof OpenError) || error.kind !== 'plaintext' || plan === 'implicit') throw error;
  }
  // The "465 inet … smtpd" line that many guides show: it wants STARTTLS on a port where nobody expects that.
  const connection = await connectPlain(account, 'starttls');
  notes.push(
    `${relayName(account)} answered in plain text; upgraded by STARTTLS. Add "-o smtpd_tls_wrappermode=yes" to the line of that port in master.cf of the relay, or "tls_starttls on" to account ${account.name}`,
  );
  return connection;
}

async function connectPlain(account: Account, plan: 'clear' | 'starttls'): Promise<Connection> {
  const connection = await hello(account, plan, await openSocket(account));
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
): Promise<Connection> {
  const timeout = account.timeoutOff ? 86_400_000 : (account.timeout ?? REPLY_TIMEOUT);
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
  });
  return new Promise((resolve, reject) => {
    const fail = (error: SmtpError) => {
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
      connection.off('error', fail);
      // From here on the callbacks of login and send get every error; without a listener it would end the process.
      connection.on('error', () => undefined);
      resolve(connection);
    });
  });
}

/** Undefined where the relay let us in, or no login is configured. */
async function logIn(connection: Connection, account: Account, password: () => string): Promise<Outcome | undefined> {
  if (account.auth === 'off') return undefined;
  const offered = offeredMethods((connection as unknown as { _ehloLines?: string[] })._ehloLines ?? []);
  const choice = chooseMethod(account.auth, offered, connection.secure);
  if ('problem' in choice) return failure('rejected', EX.UNAVAILABLE, `${relayName(account)}: ${choice.problem}`);
  const pass = choice.method === 'EXTERNAL' ? '' : password();
  const error = await new Promise<SmtpError | null>((resolve) => {
    watch(connection, resolve);
    connection.login({ method: choice.method, user: account.user ?? '', pass }, (problem) => resolve(problem));
  });
  if (error === null) return undefined;
  return sessionFailure(error, account, `login as ${account.user ?? 'the client certificate'} (${choice.method})`);
}

async function transmit(
  connection: Connection,
  account: Account,
  envelope: Envelope,
  options: SubmitOptions,
  notes: readonly string[],
): Promise<Outcome> {
  const foreign = [envelope.from, ...envelope.recipients].find((address) => /[^\x00-\x7f]/.test(address));
  const extensions = (connection as unknown as { _supportedExtensions?: string[] })._supportedExtensions ?? [];
  if (foreign !== undefined && !extensions.includes('SMTPUTF8')) {
    // RFC 6531 section 3.2: sent raw it would reach someone else, or nobody.
    return {
      ...failure('rejected', EX.DATAERR, `${relayName(account)} takes no address like ${foreign} (no SMTPUTF8)`),
      notes,
    };
  }
  let dataEnded = false;
  let outOfStep: string | undefined;
  const stream = Readable.from(afterPermission(connection, options.chunks), { objectMode: false });
  stream.on('error', () => {
    outOfStep = lastReply(connection);
  });
  stream.on('end', () => {
    dataEnded = true;
  });
  const { dsn } = options;
  const result = await new Promise<Sent | { error: SmtpError }>((resolve) => {
    watch(connection, (error) => resolve({ error: error ?? new Error('the relay closed the connection') }));
    connection.send(
      {
        from: envelope.from,
        to: [...envelope.recipients],
        size: options.size,
        use8BitMime: options.eightBit,
        ...(dsn === undefined ? {} : { dsn }),
      },
      stream,
      (error, info) => {
        if (error) resolve({ error });
        else resolve({ reply: info!.response, refused: info!.rejectedErrors ?? [], accepted: info!.accepted.length });
      },
    );
  });
  // A reply that came before the message was out is about something else: nothing says that the relay has the mail.
  if (outOfStep === undefined && !('error' in result) && !(dataEnded && isPositive(result.reply)))
    outOfStep = result.reply;
  if (outOfStep !== undefined) return { ...outOfStepFailure(outOfStep, account), uncertain: dataEnded, notes };
  if ('error' in result) return { ...sendFailure(result.error, account, envelope, dataEnded), notes };
  await quit(connection);
  const refused = refusalsOf(result.refused);
  if (result.accepted === 0) return { ...sendFailure(result.refused[0]!, account, envelope, false), refused, notes };
  return { kind: 'delivered', reply: result.reply, refused, notes };
}

// nodemailer takes 250 for DATA too; a relay that says so does not know what is being said to it, and keeps nothing.
function* afterPermission(connection: Connection, chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  if (!/^354/.test(lastReply(connection))) throw new Error('no permission to send');
  yield* chunks;
}

function lastReply(connection: Connection): string {
  return (connection as unknown as { lastServerResponse?: string | false }).lastServerResponse || '';
}

// RFC 5321 section 4.2.1: the code is the same on each line; where it is not, the last line is the one that decides.
function isPositive(reply: string): boolean {
  return /^2/.test(reply) && /^2/.test(reply.slice(reply.lastIndexOf('\n') + 1));
}

interface Sent {
  reply: string;
  refused: readonly SmtpError[];
  accepted: number;
}

// Where the server ends the connection politely, nodemailer has no callback to call.
function watch(connection: Connection, resolve: (error: SmtpError | null) => void): void {
  connection.once('error', resolve);
  connection.once('end', () =>
    resolve(Object.assign(new Error('the relay closed the connection'), { code: 'ECONNECTION' })),
  );
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
