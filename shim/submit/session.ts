// A connection to the relay that takes mails one after the other, each in as many transactions as its recipients need.

import type { Account } from '../config/account.ts';
import { EX } from '../exit.ts';
import type { Accepted, Envelope, Failure, Outcome, Refusal } from '../types.ts';
import { Dialogue, type Transcript } from './dialogue.ts';
import { type Connection, greet, logIn } from './greet.ts';
import { offersOf, socketOf } from './internals.ts';
import { type Line, OpenError, openLine, relayName } from './open.ts';
import {
  allRefusedFailure,
  type Failed,
  failed,
  failure,
  joined,
  openFailure,
  type SmtpError,
  sessionFailure,
  tooLargeFailure,
} from './outcome.ts';
import { type Ended, type Mail, transact } from './transaction.ts';

/** What the relay took and refused, after a transaction that another one follows; called before that begins. */
export type Progress = (soFar: Pick<Outcome, 'accepted' | 'refused'>) => void;

export interface SendOptions {
  /**
   * Each transaction in one round trip where that can be; a connection that breaks leaves it open more often whether the
   * relay has the mail.
   */
  atOnce?: boolean;
  progress?: Progress;
}

export interface SubmitOptions extends Mail, SendOptions {
  /** Fetches the password; called once the relay asks for it. */
  password: () => string;
  /** Milliseconds for all of it. */
  deadline?: number;
  /** Already on its way. */
  line?: Line;
}

/** Bytes; what is larger should not be sent before the relay has said that it takes the recipient. */
const MOST_AT_ONCE = 64 * 1024;
/** `ENHANCEDSTATUSCODES`: by them a reply shows whether it speaks of an address or of the message. */
const NEEDED_AT_ONCE = ['PIPELINING', 'CHUNKING', 'ENHANCEDSTATUSCODES'];
/** Transactions in a row of which the relay takes none: the rest of the recipients waits with them. */
const MAX_IN_VAIN = 10;
/** In place of a reply to a recipient that cannot be named to this relay (RFC 6531 section 3.5). */
const NO_SMTPUTF8 = '553 5.6.7 the relay takes no address like this one (no SMTPUTF8)';
/** Milliseconds for the bytes of QUIT to leave; the mail is taken by then, come what may. */
const QUIT_TIMEOUT = 1000;

/** A connection to the relay that was let in. */
export interface Session {
  /**
   * Sends to all recipients, in transactions of at most `relay_recipients`, each with its own outcome. Never throws
   * for what the network or the relay does; what `mail.chunks` throws ends the connection and comes out of it.
   */
  send(envelope: Envelope, mail: Mail, options?: SendOptions): Promise<Outcome>;
  /** What the relay says to a sender and a recipient, and then to no mail: the last reply, undefined where it hung up. */
  ask(from: string, recipient: string): Promise<string | undefined>;
  /** False once the connection cannot take another mail. */
  readonly usable: boolean;
  /** It carried as many mails as `relay_messages` allows. */
  readonly spent: boolean;
  /** Says QUIT and leaves. */
  quit(): Promise<void>;
  /** Leaves without a word; a mail on its way ends as deferred. */
  close(): void;
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
): Promise<{ session: Session; notes: string[] } | Failed> {
  const notes: string[] = [];
  let connection: Connection;
  try {
    connection = await greet(account, notes, transcript, line);
  } catch (error) {
    if (error instanceof OpenError) return failed(openFailure(error, account), notes);
    if (isSmtpError(error)) return failed(sessionFailure(error, account), notes);
    throw error;
  }
  try {
    const refused = await logIn(connection, account, password);
    if (refused === undefined) {
      const dialogue = new Dialogue(socketOf(connection), offersOf(connection), transcript ?? (() => undefined));
      return { session: new RelaySession(dialogue, account), notes };
    }
    connection.close();
    return failed(refused, notes);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * One mail over connections of its own, of which a second follows where the relay wants to see one; never throws for what
 * the network or the relay does.
 */
export async function submit(account: Account, envelope: Envelope, options: SubmitOptions): Promise<Outcome> {
  const { deadline } = options;
  const attempt = (opened: (session: Session) => void) => submitAll(account, envelope, options, opened);
  return deadline === undefined ? attempt(() => undefined) : withinDeadline(account, deadline, attempt);
}

/** `attempt` says by `opened` which session the mail goes over: it is closed when the time is over. */
export async function withinDeadline(
  account: Account,
  deadline: number,
  attempt: (opened: (session: Session) => void) => Promise<Outcome>,
): Promise<Outcome> {
  let session: Session | undefined;
  let late = false;
  const running = attempt((opened) => {
    session = opened;
    if (late) session.close();
  });
  // Once it is late, its end is of no interest.
  running.catch(() => undefined);
  const reason = lateFailure(account, deadline);
  let timer: ReturnType<typeof setTimeout>;
  const expired = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => {
      late = true;
      // A mail that is on its way says itself how far it came.
      if (session === undefined) resolve(failed(reason));
      else session.close();
    }, deadline);
  });
  const outcome = await Promise.race([running, expired]).finally(() => clearTimeout(timer));
  if (!late || outcome.failure === undefined || outcome.failure === reason) return outcome;
  const message = `${reason.message}: ${outcome.failure.message}`;
  return { ...outcome, failure: { ...outcome.failure, message } };
}

async function submitAll(
  account: Account,
  envelope: Envelope,
  { atOnce = true, progress, password, line, ...mail }: SubmitOptions,
  opened: (session: Session) => void,
): Promise<Outcome> {
  let total: Outcome = { accepted: [], refused: [], notes: [] };
  for (let way = line; ; way = undefined) {
    const open = await openSession(account, password, undefined, way);
    if (!('session' in open)) return joined(envelope.recipients, total, open);
    const { session, notes } = open;
    opened(session);
    const before = total;
    const outcome = await session.send({ ...envelope, recipients: unserved(envelope, before) }, mail, {
      atOnce,
      progress: (soFar) => progress?.(joined(envelope.recipients, before, { ...soFar, notes: [] })),
    });
    if (session.usable) await session.quit();
    else session.close();
    total = joined(envelope.recipients, total, { ...outcome, notes: [...notes, ...outcome.notes] });
    // Each connection but the last serves or refuses someone, so that there is a last one.
    const isProgress = outcome.accepted.length + outcome.refused.length > 0;
    if (total.failure?.scope !== 'session' || !isProgress) return total;
    progress?.(total);
  }
}

/** Recipients that have no result of their own. */
export function unserved(
  { recipients }: Envelope,
  { accepted, refused }: Pick<Outcome, 'accepted' | 'refused'>,
): string[] {
  const served = new Set([...accepted, ...refused].map(({ recipient }) => recipient));
  return recipients.filter((recipient) => !served.has(recipient));
}

function lateFailure(account: Account, deadline: number): Failure {
  const message = `${relayName(account)} did not take the mail in ${Number((deadline / 1000).toFixed(1))} s (directive submit_deadline)`;
  return { ...failure('deferred', EX.IOERR, message), scope: 'relay' };
}

class RelaySession implements Session {
  readonly #dialogue: Dialogue;
  readonly #account: Account;
  /** Transactions begun. */
  #sent = 0;
  /** Recipients in one transaction, as configured or as the relay showed. */
  #most: number;
  /** A transaction may be open. */
  #isOpen = false;
  #knowsBdat = true;

  constructor(dialogue: Dialogue, account: Account) {
    this.#dialogue = dialogue;
    this.#account = account;
    this.#most = Math.max(1, account.relayRecipients);
  }

  get usable(): boolean {
    return this.#dialogue.isInStep;
  }

  get spent(): boolean {
    return this.#sent >= this.#account.relayMessages;
  }

  async send(envelope: Envelope, mail: Mail, { atOnce = false, progress }: SendOptions = {}): Promise<Outcome> {
    const accepted: Accepted[] = [];
    let reason = this.#objection(envelope, mail);
    const foreign = reason === undefined ? this.#foreign(envelope.recipients) : [];
    const refused: Refusal[] = foreign.map((recipient) => ({ recipient, reply: NO_SMTPUTF8, permanent: true }));
    let rest = envelope.recipients.filter((recipient) => !foreign.includes(recipient));
    /** Of a transaction that another one followed. */
    let first: Failure | undefined;
    let inVain = 0;
    while (reason === undefined && rest.length > 0) {
      if (this.spent) {
        reason = this.#spentFailure();
        break;
      }
      if (accepted.length + refused.length > 0) progress?.({ accepted: [...accepted], refused: [...refused] });
      const recipients = rest.slice(0, this.#most);
      const ended = await this.#transact({ ...envelope, recipients }, mail, atOnce);
      accepted.push(...ended.accepted);
      refused.push(...ended.refused);
      rest = [...ended.again, ...rest.slice(recipients.length)];
      reason = ended.failure;
      inVain = ended.accepted.length > 0 ? 0 : inVain + 1;
      if (reason !== undefined && inVain < MAX_IN_VAIN && this.#isOfTheseAlone(reason, accepted.length > 0)) {
        const { reply, kind } = reason;
        for (const recipient of unserved({ ...envelope, recipients }, { accepted, refused }))
          if (!ended.again.includes(recipient))
            refused.push({ recipient, reply: reply!, permanent: kind === 'rejected' });
        first ??= reason;
        reason = undefined;
      }
    }
    if (reason === undefined && accepted.length === 0 && refused.length > 0)
      reason = first ?? allRefusedFailure(refused, this.#account, envelope);
    return { accepted, refused, ...(reason === undefined ? {} : { failure: reason }), notes: [] };
  }

  /**
   * A message that is put off, or that others have, says nothing about the recipients of the next transaction. They would
   * wait for days behind it, being tried after it each time.
   */
  #isOfTheseAlone({ kind, scope, reply }: Failure, isTakenElsewhere: boolean): boolean {
    return scope === 'mail' && reply !== undefined && this.usable && (kind === 'deferred' || isTakenElsewhere);
  }

  /** Why nothing of the mail can be sent. RFC 6531 section 3.2: a raw address could be another's. */
  #objection({ from, recipients }: Envelope, { size }: Mail): Failure | undefined {
    const { offers } = this.#dialogue;
    const addresses = [from, ...recipients];
    const where = relayName(this.#account);
    const broken = addresses.find((address) => /[\r\n<>]/.test(address));
    if (broken !== undefined) return failure('rejected', EX.DATAERR, `${JSON.stringify(broken)} is no address`);
    const [foreign] = this.#foreign([from]).concat(recipients.every(isForeign) ? this.#foreign(recipients) : []);
    if (foreign !== undefined)
      return failure('rejected', EX.DATAERR, `${where} takes no address like ${foreign} (no SMTPUTF8)`);
    const limit = Number(/^\d+/.exec(offers.get('SIZE') ?? '')?.[0] ?? 0);
    return limit > 0 && size > limit ? tooLargeFailure(this.#account, limit) : undefined;
  }

  #foreign(addresses: readonly string[]): string[] {
    return this.#dialogue.offers.has('SMTPUTF8') ? [] : addresses.filter(isForeign);
  }

  async #transact(envelope: Envelope, mail: Mail, atOnce: boolean): Promise<Ended> {
    const nothing = { accepted: [], refused: [], again: [] };
    if (this.#isOpen) await this.#reset();
    const earlier = this.#sent++;
    this.#isOpen = true;
    const chunk = atOnce && this.#knowsBdat && this.#canSendAtOnce(mail);
    let ended: Ended;
    try {
      ended = await transact(this.#dialogue, this.#account, envelope, mail, { chunk, earlier });
      if (ended.unknownBdat) {
        this.#knowsBdat = false;
        // Where its answer shows that it is in step, it gets the mail in the way that every relay knows.
        if (!(await this.#reset())) return { ...nothing, failure: unknownBdatFailure(this.#account) };
        ended = await transact(this.#dialogue, this.#account, envelope, mail, { chunk: false, earlier });
      }
    } catch (error) {
      this.close();
      throw error;
    }
    if (ended.most !== undefined) this.#most = Math.max(1, Math.min(this.#most, ended.most));
    if (ended.failure !== undefined && ended.failure.scope !== 'mail') this.close();
    // A message that was taken ends its transaction.
    this.#isOpen = ended.accepted.length === 0;
    return ended;
  }

  #spentFailure(): Failure {
    const message = `${relayName(this.#account)} has had ${this.#sent} mails over this connection (directive relay_messages)`;
    return { ...failure('deferred', EX.UNAVAILABLE, message), scope: 'session' };
  }

  #canSendAtOnce({ size }: Mail): boolean {
    const { offers } = this.#dialogue;
    return !this.#account.lmtp && size <= MOST_AT_ONCE && NEEDED_AT_ONCE.every((name) => offers.has(name));
  }

  async #reset(): Promise<boolean> {
    this.#dialogue.say(['RSET']);
    const reply = await this.#dialogue.next();
    if (reply.code < 200 || reply.code >= 300) this.close();
    return this.#dialogue.isInStep;
  }

  async ask(from: string, recipient: string): Promise<string | undefined> {
    if (this.#isOpen) await this.#reset();
    this.#isOpen = true;
    let said: string | undefined;
    for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${recipient}>`]) {
      this.#dialogue.say([command]);
      const { text, code, lost } = await this.#dialogue.next();
      if (lost !== undefined) return undefined;
      said = text;
      if (code < 200 || code >= 300) break;
    }
    await this.#reset();
    return said;
  }

  quit(): Promise<void> {
    return this.#dialogue.leave(QUIT_TIMEOUT).finally(() => this.close());
  }

  close(): void {
    this.#dialogue.close();
  }
}

function isForeign(address: string): boolean {
  return /[^\x00-\x7f]/.test(address);
}

function unknownBdatFailure(account: Account): Failure {
  return failure('deferred', EX.PROTOCOL, `${relayName(account)} offers CHUNKING and does not know BDAT`);
}

function isSmtpError(error: unknown): error is SmtpError {
  return error instanceof Error && typeof (error as SmtpError).code === 'string';
}
