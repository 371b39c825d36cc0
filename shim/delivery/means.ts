// The effects of sending one mail: those of the program, and those of a sender for a caller. The decisions are the same for
// both, and are not here.

import type { Account } from '../config/account.ts';
import type { Configuration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { type Complaint, EX, type ExitCode } from '../exit.ts';
import { cutAtLoneDot, type Pieces, readMessage } from '../intake/read.ts';
import type { Submission } from '../spool/entry.ts';
import { findSpool, type SpoolPlace } from '../spool/place.ts';
import type { Invocation, Outcome } from '../types.ts';
import { findConfiguration } from './account.ts';
import { type Kept, keep } from './keep.ts';
import { type MailLog, withRecord, writeMailLog } from './log.ts';
import type { startPreflight } from './preflight.ts';
import type { PreparedMail } from './prepare.ts';

/** How mails of one run are handed to relays. */
export interface Transport {
  /** `atOnce`: in one round trip where that can be. Never rejects for what the network or the relay does. */
  transmit(prepared: PreparedMail, atOnce: boolean): Promise<Outcome>;
  /** No mail is handed over any more. */
  end(): void;
}

export interface Means {
  /** It may have problems. */
  configuration(invocation: Invocation): Configuration;
  /** The message as it came. @throws ExitError 65 above `limit` bytes */
  read(limit: number): Pieces;
  /** Where a mail waits; see `findSpool`. */
  place(setting: string | undefined, shared: boolean): SpoolPlace | undefined;
  /** Returns once the mail is on disk. @throws ExitError 73 or 74 if it cannot be kept */
  keep(place: SpoolPlace, submission: Submission, message: Pieces): Promise<Kept>;
  /** `ahead`: a mail will go by this account, which may be made ready while the mail is. */
  transport(account: Account, ahead: boolean): Promise<Transport>;
  /** Unless given, each mail is asked about anew. */
  preflight?: typeof startPreflight;
  /** Lines for stderr, where the log could not be written or is stderr itself. */
  log(log: MailLog, code: ExitCode, error?: string): Complaint[];
  /** The mail was taken over before, and its caller is gone: it is kept, whatever else would be done. */
  again?: true;
  /** When the mail came, and what its Message-ID is made of: the same whenever it is taken over. Default: now, and a random seed. */
  origin?: { acceptedAt: number; seed: string };
}

/** Of a program that its caller started: standard input, own connections, and a sender that is woken. */
export function ownMeans(environment: Environment): Means {
  return {
    configuration: (invocation) => findConfiguration(invocation, environment),
    read(limit) {
      const pieces = readMessage(limit);
      return environment.interactive ? cutAtLoneDot(pieces) : pieces;
    },
    place: (setting, shared) => findSpool(setting, shared, environment),
    keep: (place, submission, message) => keep(place, submission, message, environment),
    transport: ownTransport,
    log: (log, code, error) => writeMailLog(log, environment, code, error),
  };
}

/** Loaded only where a mail is sent at once. */
async function ownTransport(account: Account, ahead: boolean): Promise<Transport> {
  // The connection is opened while the modules that use it are loaded.
  const connection = ahead ? (await import('../submit/open.ts')).openEarly(account) : undefined;
  return {
    async transmit({ account: chosen, envelope, mail }, atOnce) {
      const [{ submit }, { passwordOf }] = await Promise.all([
        import('../submit/session.ts'),
        import('../config/secrets.ts'),
      ]);
      return submit(chosen, envelope, {
        ...mail,
        password: () => passwordOf(chosen),
        atOnce,
        deadline: chosen.submitDeadline,
        ...(connection === undefined || chosen !== account ? {} : { early: connection }),
      });
    },
    end: () => connection?.abandon(),
  };
}

/** The log of a mail that is in the spool. */
export function logKept(log: MailLog, id: string, means: Means): Complaint[] {
  return means.log(withRecord(log, { queueId: id }), EX.OK);
}
