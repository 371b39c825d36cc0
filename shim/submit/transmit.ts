// The mail transaction: MAIL, RCPT, DATA and the reply that decides (RFC 5321 section 3.3).

import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Account } from '../config/account.ts';
import { EX } from '../exit.ts';
import type { Envelope } from '../types.ts';
import { internalsOf } from './internals.ts';
import type { OldOutcome as Outcome } from './old.ts';
import { relayName } from './open.ts';
import { failure, outOfStepFailure, refusalsOf, type SmtpError, sendFailure } from './outcome.ts';

/** Octets of CRLF, dot, CRLF. */
const FINAL_DOT = 5;

export type Connection = InstanceType<typeof SMTPConnection>;

export interface Mail {
  /** The message with CRLF line ends, without dot-stuffing; taken once. */
  chunks: Iterable<Uint8Array>;
  /** Its bytes. */
  size: number;
  eightBit: boolean;
  dsn?: { notify?: string; ret?: string; envid?: string };
}

/** Why this relay cannot be given such addresses; RFC 6531 section 3.2: sent raw they would be somebody else's, or nobody's. */
export function foreignFailure(connection: Connection, account: Account, envelope: Envelope): Outcome | undefined {
  const foreign = [envelope.from, ...envelope.recipients].find((address) => /[^\x00-\x7f]/.test(address));
  const extensions = internalsOf(connection)._supportedExtensions ?? [];
  return foreign === undefined || extensions.includes('SMTPUTF8')
    ? undefined
    : failure('rejected', EX.DATAERR, `${relayName(account)} takes no address like ${foreign} (no SMTPUTF8)`);
}

/** Sends one mail over a connection that was let in; never throws for what the network or the relay does. */
export async function transmit(
  connection: Connection,
  account: Account,
  envelope: Envelope,
  mail: Mail,
): Promise<Outcome> {
  let dataEnded = false;
  let outOfStep: string | undefined;
  const stream = Readable.from(afterPermission(connection, mail), { objectMode: false });
  stream.on('error', () => {
    outOfStep = lastReply(connection);
  });
  stream.on('end', () => {
    dataEnded = true;
  });
  const { dsn } = mail;
  const result = await new Promise<Sent | { error: SmtpError }>((resolve) => {
    const release = watch(connection, (error) =>
      resolve({ error: error ?? new Error('the relay closed the connection') }),
    );
    connection.send(
      {
        from: envelope.from,
        to: [...envelope.recipients],
        size: mail.size,
        use8BitMime: mail.eightBit,
        ...(dsn === undefined ? {} : { dsn }),
      },
      stream,
      (error, info) => {
        release();
        if (error) resolve({ error });
        else resolve({ reply: info!.response, refused: info!.rejectedErrors ?? [], accepted: info!.accepted.length });
      },
    );
  });
  // A reply that came before the message was out is about something else: nothing says that the relay has the mail.
  if (outOfStep === undefined && !('error' in result) && !(dataEnded && isPositive(result.reply)))
    outOfStep = result.reply;
  if (outOfStep !== undefined) return { ...outOfStepFailure(outOfStep, account), uncertain: dataEnded };
  if ('error' in result) return sendFailure(result.error, account, envelope, dataEnded);
  const refused = refusalsOf(result.refused);
  if (result.accepted === 0) return { ...sendFailure(result.refused[0]!, account, envelope, false), refused };
  return { kind: 'delivered', reply: result.reply, refused, notes: [] };
}

// nodemailer takes 250 for DATA too; a relay that says so does not know what is being said to it, and keeps nothing.
function* afterPermission(connection: Connection, { chunks, size }: Mail): Generator<Uint8Array> {
  if (!/^354/.test(lastReply(connection))) throw new Error('no permission to send');
  sendAsOne(connection, size);
  yield* chunks;
}

/** A small mail leaves with its final dot in one piece: nodemailer writes that by itself, which costs another packet. */
function sendAsOne(connection: Connection, size: number): void {
  const socket = internalsOf(connection)._socket;
  // Stuffed with dots it may have twice its size; what does not fit would wait for room for ever.
  if (2 * size + FINAL_DOT >= socket.writableHighWaterMark) return;
  socket.cork();
  // By then all of it is written.
  setImmediate(() => socket.uncork());
}

function lastReply(connection: Connection): string {
  return internalsOf(connection).lastServerResponse || '';
}

// RFC 5321 section 4.2.1: the code is the same on each line; where it is not, the last line is the one that decides.
export function isPositive(reply: string): boolean {
  return /^2/.test(reply) && /^2/.test(reply.slice(reply.lastIndexOf('\n') + 1));
}

export interface Sent {
  reply: string;
  refused: readonly SmtpError[];
  accepted: number;
}

// Where the server ends the connection politely, nodemailer has no callback to call. Returns what takes the listeners off.
export function watch(connection: Connection, resolve: (error: SmtpError | null) => void): () => void {
  const ended = () =>
    resolve(Object.assign(new Error('the relay closed the connection'), { code: 'ECONNECTION' }) as SmtpError);
  connection.once('error', resolve);
  connection.once('end', ended);
  return () => {
    connection.off('error', resolve);
    connection.off('end', ended);
  };
}
