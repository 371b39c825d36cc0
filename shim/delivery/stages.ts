// What the stages of a mail hand to each other: from its caller, and from the spool.

import type { Account } from '../config/account.ts';
import type { Configuration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import type { Complaint, ExitCode, ExitError } from '../exit.ts';
import type { ParsedMessage } from '../intake/header.ts';
import type { Dialogue } from '../notify/dialogue.ts';
import type { OpenEntry } from '../spool/entry.ts';
import type { Ledger } from '../spool/ledger.ts';
import type { SpoolPlace } from '../spool/place.ts';
import type { Spool } from '../spool/queue.ts';
import type { EntryState } from '../spool/state.ts';
import type { RelayPool } from '../submit/pool.ts';
import type { Envelope, Invocation, Outcome } from '../types.ts';
import type { MailLog } from './log.ts';
import type { Outbreak, OutbreakGuard } from './outbreak.ts';
import type { startPreflight } from './preflight.ts';

/** A mail as its caller hands it in. */
export interface Handed {
  configuration: Configuration;
  account: Account;
  envelope: Envelope;
  parsed: ParsedMessage;
  invocation: Invocation;
  log: MailLog;
}

/** Where a mail is queued that the relay defers: undefined if it may not be, `failed` if it could not be. */
export type DeferredPlace = SpoolPlace | { failed: ExitError } | undefined;

export interface SendResult {
  code: ExitCode;
  /** Lines for stderr, without the program's name. */
  complaints: Complaint[];
  /** The relay's last reply, if there was one. */
  reply?: string;
  /** In the spool. */
  queueId?: string;
}

/** An entry opened and found due, with where it goes. */
export interface Opened {
  kind: 'opened';
  id: string;
  entry: OpenEntry;
  state: EntryState;
  configuration: Configuration;
  account: Account;
  log: MailLog;
  dialogue: Dialogue;
  /** Mails with the same key may share a connection. */
  relay: string;
  expires: number;
}

/** What to do with the entry next. */
export type Next =
  | { kind: 'done' }
  /** Not before this time. */
  | { kind: 'later'; at: number; relay?: string; expires?: number }
  /** Its relay has no free connection. */
  | { kind: 'busy'; relay: string; expires: number; connections: number };

export interface Undelivered {
  opened: Opened;
  action: 'failed' | 'delayed';
  /** Envelope sender, as the mail was sent. */
  from: string;
  /** The relay's reply to each, or why it was not asked. */
  recipients: readonly { address: string; reply: string }[];
  dialogue?: string | undefined;
}

export interface Attempted {
  id: string;
  account: string;
  /** The pool's key. */
  relay: string;
  outcome: Outcome;
  at: number;
  /** When it is tried again. */
  next?: number;
  /** Recipients that will be tried again. */
  waiting: number;
  /** Recipients given up by this attempt, with the reason of the first. */
  failed: number;
  reason?: string;
  /** For the first time it is open whether the relay has the mail. */
  uncertain: boolean;
}

/** What an attempt works with. */
export interface SenderContext {
  spool: Spool;
  environment: Environment;
  pool: RelayPool;
  ledger: Ledger;
  guard: OutbreakGuard;
  /** In [0, 1). */
  random: () => number;
  /** Reads the configuration, or gives the one read a moment ago; it may have problems. @throws ExitError 77 */
  configuration: (invocation: Invocation) => Configuration;
  /** Reads the configuration anew for the next mail. */
  forget: () => void;
  preflight: typeof startPreflight;
  /** Sends a notice to the sender of a mail about recipients that will not get it, or have not yet; gives a note for the log. */
  notify: (undelivered: Undelivered) => Promise<string | undefined>;
  /** Says once that an outbreak has begun; never throws. */
  alert: (outbreak: Outbreak, account: Account) => void;
  /** An attempt has ended. */
  outcome: (attempted: Attempted) => void;
  /** The log lines of an attempt. */
  log: (log: MailLog, code: ExitCode, error?: string) => void;
  /** A line for the log of the sender itself. */
  complain: (text: string) => void;
}
