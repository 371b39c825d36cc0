// A session with the relay, which sends mails one after the other, each in as many transactions as its recipients need.

import type { Account } from '../config/account.ts';
import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { Accepted, Envelope, Failure, Outcome, Refusal } from '../types.ts';
import { Dialogue, type Transcript } from './dialogue.ts';
import { type Connection, greet, logIn } from './greet.ts';
import { offersOf, socketOf } from './internals.ts';
import { type EarlyConnection, OpenError, openEarly, relayName } from './open.ts';
import {
  allRefusedFailure,
  type Failed,
  failed,
  failure,
  joined,
  openFailure,
  type SmtpError,
  sessionFailure,
} from './outcome.ts';
import { type Ended, type Mail, transact } from './transaction.ts';

/** Called before each further transaction, with the recipients accepted and rejected so far. */
export type Progress = (soFar: Pick<Outcome, 'accepted' | 'refused'>) => void;

export interface SendOptions {
  /**
   * Each transaction in one round trip, if the relay allows it; if the connection breaks, it is then more often uncertain
   * whether the relay has the mail.
   */
  atOnce?: boolean;
  progress?: Progress;
}

export interface SubmitOptions extends Mail, SendOptions {
  /** Called when the relay asks for the password. */
  password: () => string;
  /** Milliseconds for all of it. */
  deadline?: number;
  /** Opened before, for this mail. */
  early?: EarlyConnection;
}

/** Bytes; a larger mail is not sent before the relay has accepted the recipient. */
const MOST_AT_ONCE = 64 * 1024;
/** `ENHANCEDSTATUSCODES` show whether a reply is about an address or about the message. */
const NEEDED_AT_ONCE = ['PIPELINING', 'CHUNKING', 'ENHANCEDSTATUSCODES'];
/** Transactions in a row that accept no recipient; after these the other recipients are deferred too. */
const MAX_IN_VAIN = 10;
/** Instead of a reply to a recipient that this relay does not support (RFC 6531 section 3.5). */
const NO_SMTPUTF8 = '553 5.6.7 the relay accepts no address like this one (no SMTPUTF8)';
/** Milliseconds for sending QUIT; the mail is accepted by then. */
const QUIT_TIMEOUT = 1000;

/** A session after the login. */
export interface Session {
  /**
   * Sends to all recipients, in transactions of at most `relay_recipients`, each with its own outcome. Never throws
   * for what the network or the relay does; an error of `mail.chunks` ends the connection and is thrown.
   */
  send(envelope: Envelope, mail: Mail, options?: SendOptions): Promise<Outcome>;
  /** Offers a sender and a recipient without a mail: the relay's last reply, undefined if the connection ended. */
  ask(from: string, recipient: string): Promise<string | undefined>;
  /** False once the connection cannot send another mail. */
  readonly usable: boolean;
  /** It carried as many mails as `relay_messages` allows. */
  readonly spent: boolean;
  /** Sends QUIT and closes the connection. */
  quit(): Promise<void>;
  /** Closes the connection at once; a mail that is being sent is deferred. */
  close(): void;
}

/**
 * Connects and logs in; never throws for what the network or the relay does. `password` is called when the relay asks for it,
 * `transcript` for each line; `early` is a connection for this account.
 */
export async function openSession(
  account: Account,
  password: () => string,
  transcript?: () => Transcript | undefined,
  early: EarlyConnection = openEarly(account),
): Promise<{ session: Session; notes: Diagnostic[] } | Failed> {
  const notes: Diagnostic[] = [];
  let connection: Connection;
  try {
    connection = await greet(account, notes, transcript, early);
  } catch (error) {
    if (error instanceof OpenError) return failed(openFailure(error), notes);
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
 * One mail over connections of its own; a second one if the relay requires it. Never throws for what the network or the relay
 * does.
 */
export async function submit(account: Account, envelope: Envelope, options: SubmitOptions): Promise<Outcome> {
  const { deadline } = options;
  const attempt = (opened: (session: Session) => void) => submitAll(account, envelope, options, opened);
  return deadline === undefined ? attempt(() => undefined) : withinDeadline(account, deadline, attempt);
}

/** `attempt` reports its session by `opened`; the session is closed at the deadline. */
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
  // After the deadline its result is not used.
  running.catch(() => undefined);
  const reason = lateFailure(account, deadline);
  let timer: ReturnType<typeof setTimeout>;
  const expired = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => {
      late = true;
      // The attempt with an open session returns what it has reached.
      if (session === undefined) resolve(failed(reason));
      else session.close();
    }, deadline);
  });
  const outcome = await Promise.race([running, expired]).finally(() => clearTimeout(timer));
  if (!late || outcome.failure === undefined || outcome.failure === reason) return outcome;
  const problem = { ...reason.problem, text: `${reason.problem.text}: ${outcome.failure.problem.text}` };
  return { ...outcome, failure: { ...outcome.failure, problem } };
}

async function submitAll(
  account: Account,
  envelope: Envelope,
  { atOnce = true, progress, password, early, ...mail }: SubmitOptions,
  opened: (session: Session) => void,
): Promise<Outcome> {
  let total: Outcome = { accepted: [], refused: [], notes: [] };
  for (let connection = early; ; connection = undefined) {
    const open = await openSession(account, password, undefined, connection);
    if (!('session' in open)) return joined(envelope.recipients, total, open);
    const { session, notes } = open;
    opened(session);
    const before = total;
    const outcome = await session.send({ ...envelope, recipients: unsettled(envelope, before) }, mail, {
      atOnce,
      progress: (soFar) => progress?.(joined(envelope.recipients, before, { ...soFar, notes: [] })),
    });
    if (session.usable) await session.quit();
    else session.close();
    total = joined(envelope.recipients, total, { ...outcome, notes: [...notes, ...outcome.notes] });
    // Each connection but the last settles a recipient, so that the loop ends.
    const isProgress = outcome.accepted.length + outcome.refused.length > 0;
    if (total.failure?.scope !== 'session' || !isProgress) return total;
    progress?.(total);
  }
}

/** Recipients that are neither accepted nor rejected. */
export function unsettled(
  { recipients }: Envelope,
  { accepted, refused }: Pick<Outcome, 'accepted' | 'refused'>,
): string[] {
  const settled = new Set([...accepted, ...refused].map(({ recipient }) => recipient));
  return recipients.filter((recipient) => !settled.has(recipient));
}

function lateFailure(account: Account, deadline: number): Failure {
  const seconds = Number((deadline / 1000).toFixed(1));
  return failure('deferred', diagnostic('session.late', { where: relayName(account), seconds }), { scope: 'relay' });
}

class RelaySession implements Session {
  readonly #dialogue: Dialogue;
  readonly #account: Account;
  /** Transactions begun. */
  #sent = 0;
  /** Recipients in one transaction: the configured limit, or that of the relay. */
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
    let reason = this.objection(envelope, mail);
    const foreign = reason === undefined ? this.foreign(envelope.recipients) : [];
    const refused: Refusal[] = foreign.map((recipient) => ({ recipient, reply: NO_SMTPUTF8, permanent: true }));
    let rest = envelope.recipients.filter((recipient) => !foreign.includes(recipient));
    /** Of a transaction that was not the last. */
    let first: Failure | undefined;
    let inVain = 0;
    while (reason === undefined && rest.length > 0) {
      if (this.spent) {
        reason = this.spentFailure();
        break;
      }
      if (accepted.length + refused.length > 0) progress?.({ accepted: [...accepted], refused: [...refused] });
      const recipients = rest.slice(0, this.#most);
      const ended = await this.transact({ ...envelope, recipients }, mail, atOnce);
      accepted.push(...ended.accepted);
      refused.push(...ended.refused);
      rest = [...ended.again, ...rest.slice(recipients.length)];
      reason = ended.failure;
      inVain = ended.accepted.length > 0 ? 0 : inVain + 1;
      if (reason !== undefined && inVain < MAX_IN_VAIN && this.isOfTheseAlone(reason, accepted.length > 0)) {
        for (const recipient of unsettled({ ...envelope, recipients }, { accepted, refused }))
          if (!ended.again.includes(recipient))
            refused.push({ recipient, reply: reason.reply, permanent: reason.kind === 'rejected' });
        first ??= reason;
        reason = undefined;
      }
    }
    if (reason === undefined && accepted.length === 0 && refused.length > 0)
      reason = first ?? allRefusedFailure(refused, this.#account, envelope);
    return { accepted, refused, ...(reason === undefined ? {} : { failure: reason }), notes: [] };
  }

  /**
   * Whether the recipients of the next transaction are tried: a failure of the message, which was deferred or which others
   * got, is not about them. Otherwise they would be deferred for days.
   */
  private isOfTheseAlone(failure: Failure, isAcceptedElsewhere: boolean): failure is Failure & { reply: string } {
    const { kind, scope, reply } = failure;
    return scope === 'mail' && reply !== undefined && this.usable && (kind === 'deferred' || isAcceptedElsewhere);
  }

  /** Why the mail cannot be sent at all. RFC 6531 section 3.2: without SMTPUTF8 an address could name another mailbox. */
  private objection({ from, recipients }: Envelope, { size }: Mail): Failure | undefined {
    const { offers } = this.#dialogue;
    const addresses = [from, ...recipients];
    const where = relayName(this.#account);
    const broken = addresses.find((address) => /[\r\n<>]/.test(address));
    if (broken !== undefined) return failure('rejected', diagnostic('envelope.address', { address: broken }));
    const [foreign] = this.foreign([from]).concat(recipients.every(isForeign) ? this.foreign(recipients) : []);
    if (foreign !== undefined) return failure('rejected', diagnostic('envelope.smtputf8', { where, address: foreign }));
    const limit = Number(/^\d+/.exec(offers.get('SIZE') ?? '')?.[0] ?? 0);
    // RFC 1870 section 6.1.
    if (limit === 0 || size <= limit) return undefined;
    return failure('rejected', diagnostic('reply.too-large', { where, most: limit }));
  }

  private foreign(addresses: readonly string[]): string[] {
    return this.#dialogue.offers.has('SMTPUTF8') ? [] : addresses.filter(isForeign);
  }

  private async transact(envelope: Envelope, mail: Mail, atOnce: boolean): Promise<Ended> {
    const nothing = { accepted: [], refused: [], again: [] };
    if (this.#isOpen) await this.reset();
    const earlier = this.#sent++;
    this.#isOpen = true;
    const chunk = atOnce && this.#knowsBdat && this.canSendAtOnce(mail);
    let ended: Ended;
    try {
      ended = await transact(this.#dialogue, this.#account, envelope, mail, { chunk, earlier });
      if (ended.unknownBdat) {
        this.#knowsBdat = false;
        // If the reply to RSET fits, the mail is sent with DATA.
        if (!(await this.reset())) return { ...nothing, failure: unknownBdatFailure(this.#account) };
        ended = await transact(this.#dialogue, this.#account, envelope, mail, { chunk: false, earlier });
      }
    } catch (error) {
      this.close();
      throw error;
    }
    if (ended.most !== undefined) this.#most = Math.max(1, Math.min(this.#most, ended.most));
    if (ended.failure !== undefined && ended.failure.scope !== 'mail') this.close();
    // An accepted message ends its transaction.
    this.#isOpen = ended.accepted.length === 0;
    return ended;
  }

  private spentFailure(): Failure {
    const problem = diagnostic('session.spent', { where: relayName(this.#account), count: this.#sent });
    return failure('deferred', problem, { scope: 'session' });
  }

  private canSendAtOnce({ size }: Mail): boolean {
    const { offers } = this.#dialogue;
    return !this.#account.lmtp && size <= MOST_AT_ONCE && NEEDED_AT_ONCE.every((name) => offers.has(name));
  }

  private async reset(): Promise<boolean> {
    this.#dialogue.send(['RSET']);
    const reply = await this.#dialogue.next();
    if (reply.code < 200 || reply.code >= 300) this.close();
    return this.#dialogue.isInStep;
  }

  async ask(from: string, recipient: string): Promise<string | undefined> {
    if (this.#isOpen) await this.reset();
    this.#isOpen = true;
    let last: string | undefined;
    for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${recipient}>`]) {
      this.#dialogue.send([command]);
      const { text, code, lost } = await this.#dialogue.next();
      if (lost !== undefined) return undefined;
      last = text;
      if (code < 200 || code >= 300) break;
    }
    await this.reset();
    return last;
  }

  quit(): Promise<void> {
    return this.#dialogue.quit(QUIT_TIMEOUT).finally(() => this.close());
  }

  close(): void {
    this.#dialogue.close();
  }
}

function isForeign(address: string): boolean {
  return /[^\x00-\x7f]/.test(address);
}

function unknownBdatFailure(account: Account): Failure {
  return failure('deferred', diagnostic('session.bdat', { where: relayName(account) }));
}

function isSmtpError(error: unknown): error is SmtpError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
