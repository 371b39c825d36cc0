// What sending the mail of a caller does with the world: the message is in the call, the sender's own configuration holds,
// mails that come together are written together, and relays are reached over the connections of the pool.

import { createHash } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import type { Configuration } from '../config/files.ts';
import { takenVariables } from '../config/variables.ts';
import { withRecord, writeMailLog } from '../delivery/log.ts';
import type { Means, Transport } from '../delivery/means.ts';
import { overPool, relayOf } from '../delivery/pooled.ts';
import type { SenderContext } from '../delivery/stages.ts';
import { EX, ExitError } from '../exit.ts';
import { refuseLarge } from '../intake/read.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { Call } from '../spool/call.ts';
import { notKept } from '../spool/commit.ts';
import { encodeEntry } from '../spool/entry.ts';
import { timeOfId } from '../spool/listing.ts';
import { findSpool } from '../spool/place.ts';
import { type Copied, writeCopy } from '../spool/take.ts';
import { failed, failure } from '../submit/outcome.ts';
import { withinDeadline } from '../submit/session.ts';
import type { Claim } from './file.ts';
import type { GroupCommit } from './group.ts';

/** The program has to decide about this call. */
export class NotMine extends Error {}
/** The launcher has withdrawn the mail, or ended. */
export class Withdrawn extends Error {}

export interface Handled {
  id: string;
  uid: number;
  call: Call;
  claim: Claim;
  /** The caller waits for no answer any more. */
  isGone: () => boolean;
  /** The log has it already that the mail cannot be kept. */
  isSaid?: boolean;
}

export interface CallContext {
  sender: SenderContext;
  /** The spool is the daemon's: callers are other users. */
  shared: boolean;
  group: GroupCommit;
  /** A mail is in the queue. */
  arrived: (id: string, uid: number) => void;
  /** A connection to a relay may be free, or no caller waits any more. */
  look: () => void;
}

/** Hex digits of a seed. */
const SEED_DIGITS = 32;
const NO_TRANSCRIPT = { client: () => undefined, server: () => undefined };

/** The methods throw `NotMine`, while the mail is not taken, and `Withdrawn`. */
export function callMeans(handled: Handled, context: CallContext): Means & { logged: boolean } {
  const { call, claim, uid } = handled;
  const { sender, shared } = context;
  const { spool, environment } = sender;
  return {
    logged: false,
    configuration(invocation) {
      const configuration = sender.configuration(invocation);
      if (!isCommon(configuration, call, shared)) throw new NotMine();
      return configuration;
    },
    read(limit) {
      refuseLarge(call.message.length, limit);
      return [call.message];
    },
    place(setting, isShared) {
      const place = findSpool(setting, isShared, environment);
      if (place?.kind !== 'private' || resolve(place.folder) !== resolve(spool.folder)) throw new NotMine();
      return place;
    },
    async keep(_place, submission, message) {
      const entry = shared ? { ...submission, submittedBy: uid } : submission;
      await queue(handled, context, encodeEntry(entry, message));
      return { id: handled.id, complaints: [] };
    },
    transport: async () => poolTransport(handled, context),
    preflight: sender.preflight,
    origin: originOf(handled, environment.now().getTime()),
    log(log, code, error) {
      if (handled.isSaid && code !== EX.OK) return [];
      this.logged ||= (log.settings?.logfile ?? log.settings?.syslog) !== undefined;
      return writeMailLog(shared ? withRecord(log, { uid }) : log, environment, code, error);
    },
    ...(claim.isTaken ? { again: true as const } : {}),
  };
}

/** A relay may get it from this sender and once more from the next one: by its Message-ID, readers know it again. */
function originOf({ id, uid, call }: Handled, now: number): { acceptedAt: number; seed: string } {
  const seed = createHash('sha256').update(`${id} ${uid} `).update(call.message).digest('hex').slice(0, SEED_DIGITS);
  return { acceptedAt: Math.min(timeOfId(id), now), seed };
}

/** @throws ExitError 73 or 74 where it cannot be kept */
async function queue({ id, uid, claim, isGone }: Handled, context: CallContext, entry: Iterable<Uint8Array>) {
  const { spool } = context.sender;
  const temporary = spool.path('tmp', `${id}.new`);
  let copy: Copied;
  try {
    copy = await context.group.add(() => ({
      name: id,
      id,
      uid,
      temporary,
      descriptor: writeCopy(temporary, entry),
      claim: () => (claim.isTaken || !isGone()) && claim.take(),
    }));
  } catch (error) {
    throw notKept(error, spool.folder);
  }
  switch (copy.end) {
    case 'queued':
      claim.end();
      return;
    case 'unclaimed':
      throw new Withdrawn();
    default:
      if (!claim.isTaken) throw new NotMine();
      throw new ExitError(EX.IOERR, `the mail cannot be kept in the spool: ${id} is another mail`);
  }
}

function poolTransport({ claim, isGone }: Handled, { sender: { pool }, look }: CallContext): Transport {
  return {
    async transmit(prepared, atOnce) {
      // From here on the relay may have it.
      if (!claim.isTaken && (isGone() || !claim.take())) throw new Withdrawn();
      const { account } = prepared;
      const { submitDeadline } = account;
      const relay = relayOf(account);
      const started = performance.now();
      const known = pool.known(relay);
      if (known !== undefined) return failed(known);
      if (!(await pool.place(relay, account.relayConnections, submitDeadline)))
        return failed(
          failure(
            'deferred',
            diagnostic('session.no-connection', {
              most: account.relayConnections,
              host: account.host,
              seconds: submitDeadline / 1000,
            }),
          ),
        );
      try {
        // It may have failed while this mail waited.
        const now = pool.known(relay);
        if (now !== undefined) return failed(now);
        const limit = Math.max(1, submitDeadline - (performance.now() - started));
        return await withinDeadline(account, limit, (opened) =>
          overPool(pool, relay, prepared, { transcript: NO_TRANSCRIPT, limit, opened, atOnce }),
        );
      } finally {
        pool.release(relay);
        look();
      }
    },
    end: () => undefined,
  };
}

const PATHS = ['logfile', 'aliases', 'spool'] as const;
const NO_FILES = ['-', 'none', 'off', ''];
/** Configurations that mean the same for every caller; asked once for each that is read. */
const common = new WeakMap<Configuration, boolean>();

/** What the program would read is what the sender has read. */
function isCommon(configuration: Configuration, { variables }: Call, shared: boolean): boolean {
  if (configuration.problems.length > 0 || configuration.unreadable.length > 0) return false;
  let isSame = common.get(configuration);
  if (isSame === undefined) {
    isSame = configuration.accounts.every(({ settings }) =>
      PATHS.every((name) => isSameFile(settings.get(name)?.value, shared)),
    );
    common.set(configuration, isSame);
  }
  if (!isSame) return false;
  // The values of variables are those of this process; a user's own sender may have been started with others.
  if (!shared) return takenVariables.size === 0;
  const hasOwn = Boolean(variables.EMAIL && variables.SMTPSERVER);
  return !hasOwn || configuration.accounts.some(({ name }) => name === 'default');
}

/** Neither in the folder where the caller works nor in the home of one user. */
function isSameFile(path: string | undefined, shared: boolean): boolean {
  if (path === undefined || isAbsolute(path) || NO_FILES.includes(path)) return true;
  return path.startsWith('~') && !shared;
}
