// A small mail in one round trip: MAIL, RCPT and the message as one chunk, sent together (RFC 3030 and RFC 2920). DATA
// takes two, since it has to be permitted first. What is gained is paid for with a doubt: where the connection breaks
// before the replies, the relay may have the mail. So it is for whoever waits, and not for a sender in the background.

import type { Account } from '../config/account.ts';
import type { Envelope } from '../types.ts';
import { type Internals, internalsOf } from './internals.ts';
import type { OldOutcome as Outcome } from './old.ts';
import { outOfStepFailure, refusalsOf, type SmtpError, sendFailure } from './outcome.ts';
import { type Connection, isPositive, type Mail, type Sent, watch } from './transmit.ts';

/** Octets; what is larger should not be sent before the relay has said that it takes the recipient. */
const MOST = 64 * 1024;
/** `ENHANCEDSTATUSCODES`: by them a reply shows whether it speaks of an address or of the message. */
const NEEDED = ['PIPELINING', 'CHUNKING', 'ENHANCEDSTATUSCODES'];

export function canSendAtOnce(connection: Connection, { size }: Mail): boolean {
  const { _ehloLines: lines = [], _maxAllowedSize: limit } = internalsOf(connection);
  const offered = new Set(lines.map((line) => line.split(' ')[0]!.toUpperCase()));
  return size <= MOST && !(limit && size > limit) && NEEDED.every((name) => offered.has(name));
}

/**
 * Sends a mail over a connection where `canSendAtOnce`; never throws for what the network or the relay does. `data`: the
 * relay took the envelope and does not know BDAT for all it offered; it has nothing of the mail, which is to be sent by DATA.
 */
export async function sendAtOnce(
  connection: Connection,
  account: Account,
  envelope: Envelope,
  mail: Mail,
): Promise<Outcome | 'data'> {
  const internals = internalsOf(connection);
  let written = false;
  const result = await new Promise<Sent | { error: SmtpError } | { odd: string } | 'data'>((resolve) => {
    const finish = (end: Parameters<typeof resolve>[0]) => {
      release();
      internals._pendingSend = false;
      resolve(end);
    };
    const fail = (error: SmtpError | null) => finish({ error: error ?? new Error('the relay closed the connection') });
    const release = watch(connection, fail);
    internals._pendingSend = { callback: fail, stream: false };
    const message = Buffer.concat([...mail.chunks]);
    replacingData(internals, envelope, mail, fail, (command) => {
      // In the place of what would have heard the reply to DATA.
      internals._responseActions[internals._responseActions.length - 1] = (reply) => finish(endOf(reply, internals));
      command(`BDAT ${message.length} LAST`);
      internals._socket.write(message);
      written = true;
    });
  });
  if (result === 'data') return result;
  if ('odd' in result) return { ...outOfStepFailure(result.odd, account), uncertain: true };
  if ('error' in result) return failureOf(result.error, internals, account, envelope, written);
  return { kind: 'delivered', reply: result.reply, refused: refusalsOf(result.refused), notes: [] };
}

/** nodemailer sends the envelope and DATA in one write; `instead` is called in the place of DATA, to be part of it. */
function replacingData(
  internals: Internals,
  { from, recipients }: Envelope,
  { size, eightBit, dsn }: Mail,
  fail: (error: SmtpError | null) => void,
  instead: (command: (line: string) => void) => void,
): void {
  const own = internals._sendCommand;
  const command = (line: string) => own.call(internals, line);
  internals._sendCommand = (line) => (line === 'DATA' ? instead(command) : command(line));
  try {
    internals._setEnvelope(
      { from, to: [...recipients], size, use8BitMime: eightBit, ...(dsn === undefined ? {} : { dsn }) },
      fail,
    );
  } finally {
    internals._sendCommand = own;
  }
}

/** What the reply to the chunk means, which comes after those to the envelope. */
function endOf(reply: string, internals: Internals): Sent | { error: SmtpError } | { odd: string } | 'data' {
  const { accepted, rejectedErrors } = internals._envelope;
  const refusal = internals._envelopeError(reply);
  if (/^[45]/.test(reply)) {
    if (refusal !== null) return { error: refusal };
    return isOfCommand(reply) ? 'data' : { error: internals._formatError('Message failed', 'EMESSAGE', reply, 'DATA') };
  }
  // More replies than commands: nobody knows which was meant for what.
  const isInStep = isOfMessage(reply) && internals._responseQueue.length === 0;
  return refusal === null && isPositive(reply) && isInStep
    ? { reply, refused: rejectedErrors, accepted: accepted.length }
    : { odd: reply };
}

function failureOf(
  error: SmtpError,
  internals: Internals,
  account: Account,
  envelope: Envelope,
  written: boolean,
): Outcome {
  const { mailError, accepted, rejectedErrors, to } = internals._envelope;
  if (!written) return sendFailure(error, account, envelope, false);
  // What was refused before the connection broke stays refused.
  const isRefused = mailError !== undefined || (accepted.length === 0 && rejectedErrors.length === to.length);
  if (isRefused) return sendFailure(internals._envelopeError('')!, account, envelope, false);
  // RFC 5321 section 3.8: 421 says that nothing more will be done.
  if (error.command === 'DATA' || /^421/.test(error.response ?? ''))
    return sendFailure(error, account, envelope, false);
  // A reply cut short may be about one of several recipients: it does not tell what became of the chunk.
  return { ...sendFailure(error, account, envelope, true), kind: 'deferred', uncertain: true };
}

// RFC 3463 section 3.2: x.1.y speaks of an address, as the replies to MAIL and RCPT do; one such more than there were
// commands would else pass for the reply to the message.
function isOfMessage(reply: string): boolean {
  return !/^2\d\d[ -]2\.1\./.test(reply);
}

// RFC 5321 section 4.2.2: unknown command, syntax, out of sequence.
function isOfCommand(reply: string): boolean {
  return /^50[0-4]/.test(reply);
}
