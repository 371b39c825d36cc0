// One mail transaction: MAIL, RCPT, the message, and what the relay says to each recipient (RFC 5321 section 3.3, RFC 2033).

import type { Account } from '../config/account.ts';
import { defined } from '../defined.ts';
import type { Accepted, Envelope, Failure, Refusal } from '../types.ts';
import type { Dialogue, Reply } from './dialogue.ts';
import { lossFailure, outOfStepFailure, replyFailure, type Step } from './outcome.ts';
import { excessOf, isAboutClient, isAboutSession, isTooMany, isUnknownCommand } from './reply.ts';

/** Bytes of the message handed to the socket at once. */
const PIECE = 64 * 1024;

export interface Mail {
  /** The message with CRLF line ends, without dot-stuffing; gone through anew by each transaction. */
  chunks: () => Iterable<Uint8Array>;
  /** Its bytes. */
  size: number;
  eightBit: boolean;
  dsn?: { notify?: string; ret?: string; envid?: string };
}

/** What became of the recipients of one transaction. */
export interface Ended {
  accepted: readonly Accepted[];
  refused: readonly Refusal[];
  /** Not asked in vain: the relay wants them in another transaction. */
  again: readonly string[];
  /** Recipients that this relay takes at once, where it showed that. */
  most?: number;
  /** Why all others were not served. */
  failure?: Failure;
  /** The envelope was taken, and the relay does not know BDAT for all it offered: it has nothing of the mail. */
  unknownBdat?: true;
}

export interface How {
  /** The message as one chunk with the envelope (RFC 3030), in one round trip. */
  chunk: boolean;
  /** Mails this connection carried before, so that the relay may have had enough of it. */
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
  readonly #taken: string[] = [];
  readonly #accepted: Accepted[] = [];
  readonly #refused: Refusal[] = [];
  readonly #again: string[] = [];
  /** Those in whose place the relay spoke of this client. */
  readonly #shutOut: { recipient: string; reply: Reply }[] = [];
  #most: number | undefined;
  #isSenderRefused = false;
  /** The reply that ends the transaction for those who have none of their own. */
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
      this.#dialogue.say([...commands, `BDAT ${message.length} LAST`], message);
    } else if (isPipelined) this.#dialogue.say([...commands, 'DATA']);
    const isGoingOn = await this.#askEnvelope(commands, isPipelined);
    if (isGoingOn && chunk) {
      if (await this.#concludeChunk()) return { ...this.#ended(), unknownBdat: true };
    } else if (isGoingOn) await this.#sendData(isPipelined);
    return this.#ended();
  }

  #ended(): Ended {
    const [accepted, refused, again] = [this.#accepted, this.#refused, this.#again];
    return { accepted, refused, again, ...defined({ most: this.#most, failure: this.#failure }) };
  }

  /** Replies to MAIL and RCPT; false once there is nothing more to say. */
  async #askEnvelope(commands: readonly string[], isPipelined: boolean): Promise<boolean> {
    for (const [at, command] of commands.entries()) {
      if (!isPipelined) this.#dialogue.say([command]);
      const reply = await this.#dialogue.next();
      const recipient = at === 0 ? undefined : this.#envelope.recipients[at - 1]!;
      if (!isReply(reply) || (reply.code >= 300 && reply.code < 400)) {
        this.#judgeShutOut();
        this.#breakOff(reply);
        if (recipient === undefined) this.#noteUnoffered();
        return false;
      }
      if (reply.code === 421) {
        this.#judgeShutOut();
        this.#fail(reply, recipient === undefined ? 'sender' : 'recipient');
        if (recipient === undefined) this.#noteUnoffered();
        return false;
      }
      if (recipient !== undefined) this.#sort(recipient, reply);
      else if (reply.code >= 300) {
        this.#isSenderRefused = true;
        this.#fail(reply, 'sender');
        if (!isPipelined) return false;
      }
    }
    this.#judgeShutOut();
    return true;
  }

  #noteUnoffered(): void {
    if (this.#failure?.uncertain.length === 0) this.#failure = { ...this.#failure, unoffered: true };
  }

  /** A client of which others were taken is let in: it is about these recipients. */
  #judgeShutOut(): void {
    for (const { recipient, reply } of this.#shutOut)
      if (this.#taken.length === 0) this.#fail(reply, 'recipient');
      else this.#refused.push({ recipient, reply: reply.text, permanent: false });
  }

  #sort(recipient: string, reply: Reply): void {
    const { text, code } = reply;
    if (this.#isSenderRefused) return;
    if (code < 300) {
      this.#taken.push(recipient);
      // Taken after one was too many: it was no limit of their number.
      if (this.#again.length > 0) this.#most = undefined;
    } else if (this.#failure !== undefined) return;
    else if (isAboutClient(text)) this.#shutOut.push({ recipient, reply });
    else if (this.#how.earlier > 0 && isAboutSession(text)) this.#fail(reply, 'recipient');
    else if (isTooMany(text)) {
      if (this.#taken.length === 0) this.#refused.push({ recipient, reply: text, permanent: false });
      else {
        if (this.#again.length === 0) this.#most = this.#taken.length;
        this.#again.push(recipient);
      }
    } else this.#refused.push({ recipient, reply: text, permanent: code >= 500 });
  }

  async #sendData(isPipelined: boolean): Promise<void> {
    const dialogue = this.#dialogue;
    if (!isPipelined && this.#taken.length === 0) return;
    if (!isPipelined) dialogue.say(['DATA']);
    const permission = await dialogue.next();
    if (this.#taken.length === 0) {
      // It must refuse DATA without recipients (RFC 2920 section 3.1); one that does not is not given an empty mail.
      if (permission.code < 400) dialogue.close();
      return;
    }
    if (permission.code >= 400) return this.#concludeMessage(permission);
    // A 250 too means that it does not know what is being said to it.
    if (permission.code !== 354) return this.#breakOff(permission);
    for (const piece of dotStuffed(this.#mail.chunks())) {
      if (await dialogue.write(piece)) continue;
      // Before its end no message is kept: a no is one all the same, and a yes is about something else.
      const early = await dialogue.next();
      if (early.code >= 400) this.#fail(early, 'message');
      return this.#breakOff(early, []);
    }
    if (this.#account.lmtp) await this.#concludeEach();
    else this.#concludeMessage(await dialogue.next(), true);
  }

  /** RFC 2033 section 4.2: a reply to each recipient that was taken, in their order. */
  async #concludeEach(): Promise<void> {
    for (const [at, recipient] of this.#taken.entries()) {
      const reply = await this.#dialogue.next();
      if (!isReply(reply) || (reply.code >= 300 && reply.code < 400))
        return this.#breakOff(reply, this.#taken.slice(at));
      if (reply.code < 300) this.#accepted.push({ recipient, reply: reply.text });
      else this.#refused.push({ recipient, reply: reply.text, permanent: reply.code >= 500 });
    }
  }

  /** The reply to the chunk, which comes after those to the envelope; true where the command is not known. */
  async #concludeChunk(): Promise<boolean> {
    const reply = await this.#dialogue.next();
    const isRefusal = reply.code >= 400;
    if (this.#taken.length === 0 && (isRefusal || reply.lost !== undefined)) return false;
    if (isRefusal && isUnknownCommand(reply.text)) return true;
    // A mail without recipients, an x.1.y as for an address (RFC 3463 section 3.2), more replies than commands: out of step.
    const isOdd = this.#taken.length === 0 || !this.#dialogue.isInStep || /^2\d\d[ -]2\.1\./.test(reply.text);
    if (!isRefusal && (reply.code < 200 || reply.code >= 300 || isOdd)) {
      // Which of its replies were meant for the recipients is open too.
      if (this.#taken.length === 0) this.#refused.length = 0;
      this.#breakOff(reply);
    } else this.#concludeMessage(reply);
    return false;
  }

  /** The one reply that decides for all; `whole`: the final dot has left. */
  #concludeMessage(reply: Reply, whole = false): void {
    const { code, text } = reply;
    if (code >= 200 && code < 300) {
      for (const recipient of this.#taken) this.#accepted.push({ recipient, reply: text });
      return;
    }
    if (code < 400) {
      this.#breakOff(reply, whole ? this.#taken : []);
      return;
    }
    const { length } = this.#envelope.recipients;
    const most = length > 1 ? excessOf(text, length) : undefined;
    if (most === undefined) {
      this.#fail(reply, 'message');
      return;
    }
    this.#again.unshift(...this.#taken);
    this.#most = most;
  }

  /** A reply in the place of a yes. */
  #fail(reply: Reply, step: Step): void {
    this.#failure ??= replyFailure(reply, step, this.#context());
    if (reply.code === 421) this.#dialogue.close();
  }

  /** The connection ended, or what came is no reply to what was said: nothing more can be believed of it. */
  #breakOff(reply: Reply, uncertain: readonly string[] = this.#inDoubt()): void {
    if (this.#failure === undefined || uncertain.length > 0)
      this.#failure =
        reply.lost === undefined
          ? { ...outOfStepFailure(reply.text, this.#account), uncertain }
          : lossFailure(reply.lost, this.#context(), uncertain);
    this.#dialogue.close();
  }

  #context() {
    const { earlier } = this.#how;
    return { account: this.#account, envelope: this.#envelope, refused: this.#refused, earlier };
  }

  /** Those who may have a mail that left with its envelope. */
  #inDoubt(): readonly string[] {
    if (!this.#how.chunk || this.#isSenderRefused) return [];
    const not = new Set([...[...this.#refused, ...this.#shutOut].map(({ recipient }) => recipient), ...this.#again]);
    return this.#envelope.recipients.filter((recipient) => !not.has(recipient));
  }
}

/** Something that the relay said, and that has the form of a reply. */
function isReply({ code }: Reply): boolean {
  return code >= 200;
}

/** MAIL and one RCPT for each recipient, with what the relay's extensions need (RFC 1870, 6152, 6531, 3461). */
function envelopeCommands(
  { from, recipients }: Envelope,
  { size, eightBit, dsn = {} }: Mail,
  offers: ReadonlyMap<string, string>,
): string[] {
  const isForeign = [from, ...recipients].some((address) => /[^\x00-\x7f]/.test(address));
  const hasDsn = offers.has('DSN');
  // RFC 3461 section 4.3 has FULL and HDRS; a configuration may say "headers".
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

/** The message as DATA has it, its final dot included, in pieces of which a small one is one packet (RFC 5321 section 4.5.2). */
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
    last = bytes[bytes.length - 1]!;
    if (size < PIECE) continue;
    yield held.length === 1 ? held[0]! : Buffer.concat(held);
    held = [];
    size = 0;
  }
  held.push(Buffer.from(last === LF ? '.\r\n' : '\r\n.\r\n'));
  yield Buffer.concat(held);
}
