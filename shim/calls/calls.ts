// Mails that callers hand to a sender through the launcher: each is handled by the code of the program, accepted by one rename,
// and answered. After an error before that rename the launcher starts the program.

import { lstatSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArguments } from '../cli/parse.ts';
import { logOfConfiguration, writeMailLog } from '../delivery/log.ts';
import { send } from '../delivery/send.ts';
import type { SendResult } from '../delivery/stages.ts';
import { type Places, placesOf } from '../environment.ts';
import { type Complaint, EX, type ExitCode, ExitError, textOf } from '../exit.ts';
import { type Call, parseCall } from '../spool/call.ts';
import { callName, ENTRY_ID, refuseFull, stuckName } from '../spool/commit.ts';
import { findMail, timeOfId } from '../spool/listing.ts';
import type { Spool } from '../spool/queue.ts';
import type { Invocation } from '../types.ts';
import { Claim } from './file.ts';
import { type CallContext, callMeans, type Handled, NotMine, Withdrawn } from './means.ts';
import { Turns } from './turns.ts';

/** Milliseconds that the time in the name of a call may be off. */
const MAX_SKEW = 300_000;

/** Words of a command line, and bytes of a header section, that are read within milliseconds. */
const MAX_WORDS = 1000;
const MAX_HEADER = 32 * 1024;

export interface Answer {
  code: number;
  complaints: readonly Complaint[];
}

/** The process that waits for the answer to a call. */
export interface Caller {
  readonly isGone: boolean;
  answer(answer: Answer): void;
  /** The program has to do it. */
  notMine(): void;
  hangUp(): void;
}

export class Calls {
  readonly #context: CallContext;
  readonly #from: 'drop' | 'tmp';
  readonly #turns = new Turns();
  /** By id. */
  readonly #inHand = new Map<string, Promise<void>>();
  /** Mails in `taken` that could not be put into the queue, and that the log has. */
  readonly #stuck = new Set<string>();
  #isRecovering = false;

  constructor(context: CallContext) {
    this.#context = context;
    this.#from = context.shared ? 'drop' : 'tmp';
  }

  get size(): number {
    return this.#inHand.size;
  }

  /** A caller has named its call. */
  begin(id: string, caller: Caller): void {
    const { sender, shared } = this.#context;
    const { spool, environment } = sender;
    const skew = environment.now().getTime() - timeOfId(id);
    const isNew = ENTRY_ID.test(id) && !this.#inHand.has(id) && Math.abs(skew) <= MAX_SKEW;
    const uid = isNew ? ownerOf(spool.path(this.#from, callName(id))) : undefined;
    if (uid === undefined || (!shared && uid !== environment.euid)) {
      caller.notMine();
      return;
    }
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.#inHand.set(id, finished);
    const end = () => {
      this.#inHand.delete(id);
      finish();
      if (this.#inHand.size === 0) this.#context.look();
    };
    const work = {
      begin: () => this.#work(id, uid, caller).finally(end),
      drop: () => {
        caller.notMine();
        end();
      },
    };
    if (!this.#turns.add(uid, work)) work.drop();
  }

  /** Finishes the calls that have begun; others do not begin. */
  async finish(): Promise<void> {
    this.#turns.dropWaiting();
    await Promise.all(this.#inHand.values());
  }

  async #work(id: string, uid: number, caller: Caller): Promise<void> {
    if (caller.isGone) return;
    const { spool } = this.#context.sender;
    const claim = new Claim(spool, this.#from, id);
    try {
      const file = claim.read();
      const call = file?.uid === uid ? parseCall(file.bytes) : undefined;
      // The answer to an id that is in use would be about another mail.
      const isFree = findMail(spool, id) === undefined && spool.taken(id) === undefined;
      if (call === undefined || !isFree) throw new NotMine();
      const handled: Handled = { id, uid, call, claim, isGone: () => caller.isGone };
      const result = await this.#decide(handled);
      const isKept = result.queueId !== undefined;
      // A caller without an answer reports success for a file that is gone.
      if (!isKept && result.code === EX.OK) {
        if (!claim.take()) throw new Withdrawn();
        claim.end();
      }
      caller.answer(result);
      if (isKept) this.#context.arrived(id, uid);
      else if (claim.isTaken) claim.end();
    } catch (error) {
      this.#giveUp(id, claim, caller, error);
    }
  }

  #giveUp(id: string, claim: Claim, caller: Caller, error: unknown): void {
    const { complain } = this.#context.sender;
    if (!(error instanceof NotMine || error instanceof Withdrawn)) {
      const what = error instanceof Error ? (error.stack ?? error.message).replace(/\s*\n\s*/g, ' | ') : String(error);
      complain(`call ${id}: internal error: ${what}`);
    }
    // What was taken stays, and is tried again.
    if (claim.isTaken || error instanceof Withdrawn) caller.hangUp();
    else caller.notMine();
  }

  /** @throws NotMine, Withdrawn */
  async #decide(handled: Handled): Promise<SendResult> {
    const { sender, shared } = this.#context;
    const { spool, environment } = sender;
    const { uid, call, claim } = handled;
    const words = mailWords(call);
    if (words === undefined || !this.#isOurs(call)) throw new NotMine();
    // It was found light enough when it was taken.
    if (!claim.isTaken && isHeavy(call)) throw new NotMine();
    let invocation: Invocation;
    try {
      if (shared && !claim.isTaken) refuseFull(spool.folder, uid, environment.now().getTime());
      invocation = parseArguments(words);
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      return { code: error.code, complaints: [error.diagnostic, ...this.#logWithoutMail(error.code, error.message)] };
    }
    const { mode, file, overrides, unlocked } = invocation;
    if (mode !== 'send' || file !== undefined || overrides.size > 0 || unlocked.length > 0) throw new NotMine();
    const means = callMeans(handled, this.#context);
    const result = await send(invocation, environment, means);
    if (shared && result.queueId !== undefined && !means.logged)
      sender.complain(`${result.queueId} accepted from uid ${uid}`);
    return result;
  }

  #logWithoutMail(code: ExitCode, message: string): Complaint[] {
    const { environment, configuration } = this.#context.sender;
    const found = configuration(parseArguments([]));
    return writeMailLog(logOfConfiguration(found, environment), environment, code, message);
  }

  /** The program would go to this spool and read the configuration that this sender has. */
  #isOurs({ variables }: Call): boolean {
    const { sender, shared } = this.#context;
    const { environment, spool } = sender;
    // The home of another user decides nothing here, and is not looked up for each mail.
    const places = placesOf(shared ? { ...variables, HOME: '/' } : variables);
    if (shared) return places.etc === environment.etc && resolve(places.systemSpool) === resolve(spool.folder);
    const isSame = (name: keyof Places) => (places[name] || undefined) === (environment[name] || undefined);
    return (Object.keys(places) as (keyof Places)[]).every(isSame);
  }

  /** What a sender that ended had taken, and what could not be kept before: each goes into the queue, where it may. */
  async recover(): Promise<void> {
    if (this.#isRecovering) return;
    this.#isRecovering = true;
    const { spool } = this.#context.sender;
    for (const id of [...spool.calls('taken')].sort()) if (!this.#inHand.has(id)) await this.#recover(id);
    this.#isRecovering = false;
  }

  async #recover(id: string): Promise<void> {
    const { sender, arrived } = this.#context;
    const { spool, complain } = sender;
    // From here on no other process removes it.
    if (spool.taken(id)?.isStuck && !spool.move(stuckName(id), 'taken', 'taken', callName(id))) return;
    const claim = new Claim(spool, this.#from, id, true);
    if (findMail(spool, id) !== undefined) {
      claim.end();
      return;
    }
    let why = 'its file is not a call';
    try {
      const read = claim.read();
      if (read === undefined && isSwapped(spool.path('taken', callName(id)))) {
        claim.putBack();
        return;
      }
      const call = read === undefined ? undefined : parseCall(read.bytes);
      if (read !== undefined && call !== undefined) {
        const { queueId, code, complaints } = await this.#decide({
          id,
          uid: read.uid,
          call,
          claim,
          isGone: () => false,
          isSaid: this.#stuck.has(id),
        });
        if (queueId !== undefined) {
          this.#stuck.delete(id);
          arrived(id, read.uid);
          return;
        }
        // Nothing of it is to be sent, as `only_to` may have it.
        if (code === EX.OK) {
          claim.end();
          return;
        }
        why = textOf(complaints[0] ?? '');
      }
    } catch (error) {
      why = error instanceof NotMine ? 'needs another configuration' : String(error);
    }
    setAside(spool, id);
    if (this.#stuck.has(id)) return;
    this.#stuck.add(id);
    complain(`the mail ${id} cannot be put into the queue; it is tried again each minute: ${why}`);
  }
}

/** For an administrator to see, retry or delete. */
function setAside(spool: Spool, id: string): void {
  try {
    spool.move(callName(id), 'taken', 'taken', stuckName(id));
  } catch (error) {
    // The disk may be read-only; the mail is tried again all the same.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/**
 * While one call is read, all others wait. What takes long is a header with thousands of addresses or fields, and as many
 * words; the program has the time.
 */
function isHeavy({ words, message }: Call): boolean {
  if (words.length > MAX_WORDS) return true;
  if (message.length <= MAX_HEADER) return false;
  const start = message.subarray(0, MAX_HEADER);
  return !start.includes('\n\n') && !start.includes('\n\r\n');
}

/** The words after the name; undefined where they ask for something else than sending a mail, as in main. */
function mailWords({ words: [name = '', ...words] }: Call): readonly string[] | undefined {
  const program = basename(name);
  if (program === 'mailq' || program === 'newaliases') return undefined;
  const [first] = words;
  if (program !== 'sendmail' && !first?.startsWith('-')) return undefined;
  return words;
}

/** What is not a plain file comes from a user who put it there just before a sender renamed the call, and that sender ended. */
function isSwapped(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() === false;
}

function ownerOf(file: string): number | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
}
