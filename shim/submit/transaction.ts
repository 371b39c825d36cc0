// One mail transaction: MAIL, RCPT, the message, and the relay's reply to each recipient (RFC 5321 section 3.3, RFC 2033).

import type { Account } from '../config/account.ts';
import { defined } from '../defined.ts';
import type { Accepted, Envelope, Failure, Refusal } from '../types.ts';
import type { Dialogue, Reply } from './dialogue.ts';
import { lossFailure, outOfStepFailure, replyFailure, type Step } from './outcome.ts';
import { excessOf, isAboutClient, isAboutSession, isTooMany, isUnknownCommand } from './reply.ts';

/** Bytes of the message handed to the socket at once. */
const PIECE = 64 * 1024;

export interface Mail {
  /** The message with CRLF line ends, without dot-stuffing; iterated by each transaction. */
  chunks: () => Iterable<Uint8Array>;
  /** Of the message, in bytes. */
  size: number;
  eightBit: boolean;
  dsn?: { notify?: string; ret?: string; envid?: string };
}

/** The result of one transaction. */
export interface Ended {
  accepted: readonly Accepted[];
  refused: readonly Refusal[];
  /** Recipients that the relay requires in another transaction. */
  again: readonly string[];
  /** Recipients that this relay accepts in one transaction, if that is known now. */
  most?: number;
  /** Of all other recipients. */
  failure?: Failure;
  /** The envelope was accepted, but the relay does not know the BDAT that it offered: it has no part of the mail. */
  unknownBdat?: true;
}

export interface How {
  /** The message as one chunk with the envelope (RFC 3030), in one round trip. */
  chunk: boolean;
  /** Mails that this connection carried before: the relay may limit them. */
  earlier: number;
}

/** Runs the transaction; never throws for what the network or the relay does. */
export async function transact(
  dialogue: Dialogue,
  account: Account,
  envelope: Envelope,
  mail: Mail,
  how: How,
): Promise<Ended> {
  return new Transaction(dialogue, account, envelope, mail, how).run();
}

class Transaction {
  readonly #dialogue: Dialogue;
  readonly #account: Account;
  readonly #envelope: Envelope;
  readonly #mail: Mail;
  readonly #how: How;
  readonly #admitted: string[] = [];
  readonly #accepted: Accepted[] = [];
  readonly #refused: Refusal[] = [];
  readonly #again: string[] = [];
  /** Recipients whose reply was about this client. */
  readonly #aboutClient: { recipient: string; reply: Reply }[] = [];
  #most: number | undefined;
  #isSenderRefused = false;
  /** For recipients without a reply of their own. */
  #failure: Failure | undefined;

  constructor(dialogue: Dialogue, account: Account, envelope: Envelope, mail: Mail, how: How) {
    this.#dialogue = dialogue;
    this.#account = account;
    this.#envelope = envelope;
    this.#mail = mail;
    this.#how = how;
  }

  async run(): Promise<Ended> {
    const { chunk } = this.#how;
    const isPipelined = chunk || this.#dialogue.offers.has('PIPELINING');
    const commands = envelopeCommands(this.#envelope, this.#mail, this.#dialogue.offers);
    if (chunk) {
      const message = Buffer.concat([...this.#mail.chunks()]);
      this.#dialogue.send([...commands, `BDAT ${message.length} LAST`], message);
    } else if (isPipelined) this.#dialogue.send([...commands, 'DATA']);
    const isGoingOn = await this.askEnvelope(commands, isPipelined);
    if (isGoingOn && chunk) {
      if (await this.concludeChunk()) return { ...this.ended(), unknownBdat: true };
    } else if (isGoingOn) await this.sendData(isPipelined);
    return this.ended();
  }

  private ended(): Ended {
    const [accepted, refused, again] = [this.#accepted, this.#refused, this.#again];
    return { accepted, refused, again, ...defined({ most: this.#most, failure: this.#failure }) };
  }

  /** Reads the replies to MAIL and RCPT; false if the transaction ended. */
  private async askEnvelope(commands: readonly string[], isPipelined: boolean): Promise<boolean> {
    for (const [at, command] of commands.entries()) {
      if (!isPipelined) this.#dialogue.send([command]);
      const reply = await this.#dialogue.next();
      // The first command is MAIL.
      const recipient = this.#envelope.recipients[at - 1];
      if (!isReply(reply) || (reply.code >= 300 && reply.code < 400)) {
        this.judgeAboutClient();
        this.breakOff(reply);
        if (recipient === undefined) this.noteUnoffered();
        return false;
      }
      if (reply.code === 421) {
        this.judgeAboutClient();
        this.fail(reply, recipient === undefined ? 'sender' : 'recipient');
        if (recipient === undefined) this.noteUnoffered();
        return false;
      }
      if (recipient !== undefined) this.sort(recipient, reply);
      else if (reply.code >= 300) {
        this.#isSenderRefused = true;
        this.fail(reply, 'sender');
        if (!isPipelined) return false;
      }
    }
    this.judgeAboutClient();
    return true;
  }

  private noteUnoffered(): void {
    if (this.#failure?.uncertain.length === 0) this.#failure = { ...this.#failure, unoffered: true };
  }

  /** If other recipients were accepted, the replies are not about this client, but about these recipients. */
  private judgeAboutClient(): void {
    for (const { recipient, reply } of this.#aboutClient)
      if (this.#admitted.length === 0) this.fail(reply, 'recipient');
      else this.#refused.push({ recipient, reply: reply.text, permanent: false });
  }

  private sort(recipient: string, reply: Reply): void {
    const { text, code } = reply;
    if (this.#isSenderRefused) return;
    if (code < 300) {
      this.#admitted.push(recipient);
      // Accepted after one was too many: that was not a limit of the number.
      if (this.#again.length > 0) this.#most = undefined;
    } else if (this.#failure !== undefined) return;
    else if (isAboutClient(text)) this.#aboutClient.push({ recipient, reply });
    else if (this.#how.earlier > 0 && isAboutSession(text)) this.fail(reply, 'recipient');
    else if (isTooMany(text)) {
      if (this.#admitted.length === 0) this.#refused.push({ recipient, reply: text, permanent: false });
      else {
        if (this.#again.length === 0) this.#most = this.#admitted.length;
        this.#again.push(recipient);
      }
    } else this.#refused.push({ recipient, reply: text, permanent: code >= 500 });
  }

  private async sendData(isPipelined: boolean): Promise<void> {
    const dialogue = this.#dialogue;
    if (!isPipelined && this.#admitted.length === 0) return;
    if (!isPipelined) dialogue.send(['DATA']);
    const permission = await dialogue.next();
    if (this.#admitted.length === 0) {
      // The relay must reject DATA without recipients (RFC 2920 section 3.1); if it does not, it gets no empty mail.
      if (permission.code < 400) dialogue.close();
      return;
    }
    if (permission.code >= 400) return this.concludeMessage(permission);
    // A 250 is out of step too.
    if (permission.code !== 354) return this.breakOff(permission);
    for (const piece of dotStuffed(this.#mail.chunks())) {
      if (await dialogue.write(piece)) continue;
      // Before its end no message is accepted: a rejection counts, any other reply is out of step.
      const early = await dialogue.next();
      if (early.code >= 400) this.fail(early, 'message');
      return this.breakOff(early, []);
    }
    if (this.#account.lmtp) await this.concludeEach();
    else this.concludeMessage(await dialogue.next(), true);
  }

  /** RFC 2033 section 4.2: a reply for each accepted recipient, in their order. */
  private async concludeEach(): Promise<void> {
    for (const [at, recipient] of this.#admitted.entries()) {
      const reply = await this.#dialogue.next();
      if (!isReply(reply) || (reply.code >= 300 && reply.code < 400))
        return this.breakOff(reply, this.#admitted.slice(at));
      if (reply.code < 300) this.#accepted.push({ recipient, reply: reply.text });
      else this.#refused.push({ recipient, reply: reply.text, permanent: reply.code >= 500 });
    }
  }

  /** Reads the reply to the chunk, which follows those to the envelope; true if the command is not known. */
  private async concludeChunk(): Promise<boolean> {
    const reply = await this.#dialogue.next();
    const isRefusal = reply.code >= 400;
    if (this.#admitted.length === 0 && (isRefusal || reply.lost !== undefined)) return false;
    if (isRefusal && isUnknownCommand(reply.text)) return true;
    // Out of step: no recipient, an x.1.y as for an address (RFC 3463 section 3.2), or more replies than commands.
    const isOdd = this.#admitted.length === 0 || !this.#dialogue.isInStep || /^2\d\d[ -]2\.1\./.test(reply.text);
    if (!isRefusal && (reply.code < 200 || reply.code >= 300 || isOdd)) {
      // It is uncertain too which replies were for the recipients.
      if (this.#admitted.length === 0) this.#refused.length = 0;
      this.breakOff(reply);
    } else this.concludeMessage(reply);
    return false;
  }

  /** The one reply for all recipients; `whole`: the final dot was sent. */
  private concludeMessage(reply: Reply, whole = false): void {
    const { code, text } = reply;
    if (code >= 200 && code < 300) {
      for (const recipient of this.#admitted) this.#accepted.push({ recipient, reply: text });
      return;
    }
    if (code < 400) {
      this.breakOff(reply, whole ? this.#admitted : []);
      return;
    }
    const { length } = this.#envelope.recipients;
    const most = length > 1 ? excessOf(text, length) : undefined;
    if (most === undefined) {
      this.fail(reply, 'message');
      return;
    }
    this.#again.unshift(...this.#admitted);
    this.#most = most;
  }

  /** A 4xx or 5xx. */
  private fail(reply: Reply, step: Step): void {
    this.#failure ??= replyFailure(reply, step, this.context());
    if (reply.code === 421) this.#dialogue.close();
  }

  /** The connection ended, or the reply does not fit the command, so that later replies cannot be trusted. */
  private breakOff(reply: Reply, uncertain: readonly string[] = this.uncertain()): void {
    if (this.#failure === undefined || uncertain.length > 0)
      this.#failure =
        reply.lost === undefined
          ? { ...outOfStepFailure(reply.text, this.#account), uncertain }
          : lossFailure(reply.lost, this.context(), uncertain);
    this.#dialogue.close();
  }

  private context() {
    const { earlier } = this.#how;
    return { account: this.#account, envelope: this.#envelope, refused: this.#refused, earlier };
  }

  /** Recipients that may have a mail that was sent with its envelope. */
  private uncertain(): readonly string[] {
    if (!this.#how.chunk || this.#isSenderRefused) return [];
    const settled = new Set([
      ...[...this.#refused, ...this.#aboutClient].map(({ recipient }) => recipient),
      ...this.#again,
    ]);
    return this.#envelope.recipients.filter((recipient) => !settled.has(recipient));
  }
}

/** The form of a reply. */
function isReply({ code }: Reply): boolean {
  return code >= 200;
}

/** MAIL and one RCPT for each recipient, with the parameters of the relay's extensions (RFC 1870, 6152, 6531, 3461). */
function envelopeCommands(
  { from, recipients }: Envelope,
  { size, eightBit, dsn = {} }: Mail,
  offers: ReadonlyMap<string, string>,
): string[] {
  const isForeign = [from, ...recipients].some((address) => /[^\x00-\x7f]/.test(address));
  const hasDsn = offers.has('DSN');
  // RFC 3461 section 4.3 has FULL and HDRS, the configuration "headers".
  const mail = [
    `MAIL FROM:<${from}>`,
    ...(isForeign && offers.has('SMTPUTF8') ? ['SMTPUTF8'] : []),
    ...(eightBit && offers.has('8BITMIME') ? ['BODY=8BITMIME'] : []),
    ...(size > 0 && offers.has('SIZE') ? [`SIZE=${size}`] : []),
    ...(hasDsn && dsn.ret !== undefined ? [`RET=${/^f|^b/i.test(dsn.ret) ? 'FULL' : 'HDRS'}`] : []),
    ...(hasDsn && dsn.envid !== undefined ? [`ENVID=${xtext(dsn.envid)}`] : []),
  ];
  const notify = hasDsn && dsn.notify !== undefined ? ` NOTIFY=${dsn.notify.toUpperCase()}` : '';
  return [mail.join(' '), ...recipients.map((recipient) => `RCPT TO:<${recipient}>${notify}`)];
}

/** RFC 3461 section 4. */
function xtext(text: string): string {
  return text.replace(/[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `+${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

const LF = 10;
const DOT = Buffer.from('.');

/** The message for DATA with its final dot (RFC 5321 section 4.5.2), in pieces; a small message is one piece. */
export function* dotStuffed(chunks: Iterable<Uint8Array>): Generator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  let last = LF;
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (bytes.length === 0) continue;
    let start = 0;
    const startsLine = last === LF && bytes[0] === DOT[0];
    if (startsLine) held.push(DOT);
    for (let at = bytes.indexOf('\n.'); at !== -1; at = bytes.indexOf('\n.', at + 1)) {
      held.push(bytes.subarray(start, at + 1), DOT);
      start = at + 1;
    }
    held.push(bytes.subarray(start));
    size += bytes.length;
    last = bytes.at(-1) ?? last;
    if (size < PIECE) continue;
    const [only = DOT] = held;
    yield held.length === 1 ? only : Buffer.concat(held);
    held = [];
    size = 0;
  }
  held.push(Buffer.from(last === LF ? '.\r\n' : '\r\n.\r\n'));
  yield Buffer.concat(held);
}
