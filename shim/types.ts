// What the stages of one mail hand to each other: Invocation, Submission, Outcome.

import type { EX, ExitCode } from './exit.ts';

/** What the command line asked for. */
export interface Invocation {
  mode: 'send' | 'help' | 'version' | 'queue-list' | 'queue-run' | 'nothing' | 'smtp';
  /** Recipients come from the header too (-t). */
  readRecipients: boolean;
  /** Recipients named as arguments, plain addresses, in order. */
  recipients: string[];
  /** Arguments in the place of recipients that are none, where others are. */
  refused?: LocalRefusal[];
  /** -f or -r: a plain address, `''` for the null sender. */
  envelopeFrom?: string;
  /** -F: the display name for a From that has to be added. */
  fullName?: string;
  /** The envelope sender is to be read from the header From (msmtp's --read-envelope-from). */
  readEnvelopeFrom: boolean;
  account?: string;
  file?: string;
  /** Flags used that can open files or change the relay, other than in front of a --lock that stands first. */
  unlocked: string[];
  /** Directives given as long options, by directive name. */
  overrides: Map<string, string>;
  dsnNotify?: string;
  dsnReturn?: string;
  envelopeId?: string;
}

export interface Envelope {
  /** `''` is the null sender. */
  from: string;
  recipients: readonly string[];
}

/** A message ready for the wire: every line ends in CRLF once `wire` has been through it; Bcc is gone. */
export interface Message {
  /** Header section with its final empty line, CRLF line ends. */
  head: Uint8Array;
  /**
   * Body as it came, line ends not yet converted, in pieces of which none ends between a CR and its LF. May be gone
   * through more than once.
   */
  body: Iterable<Uint8Array>;
}

/** A recipient that the relay took the mail for, and the reply that said so. */
export interface Accepted {
  recipient: string;
  reply: string;
}

export interface Refusal {
  recipient: string;
  reply: string;
  /** False for a 4xx: the same mail may be taken later. */
  permanent: boolean;
}

/** What is refused for good before anything is sent, and is no reason to keep the mail from the others. */
export interface LocalRefusal extends Refusal {
  /** How the run ends: the address is wrong (65), or the configuration is (78). */
  code: typeof EX.DATAERR | typeof EX.CONFIG;
}

/** Why recipients that are neither accepted nor refused were not served. */
export interface Failure {
  kind: 'deferred' | 'rejected';
  code: ExitCode;
  /** What failed, where, and what to do: one line. */
  message: string;
  /** The server's last words, with their line breaks, if it said any. */
  reply?: string;
  /** Recipients whose transaction was cut off after the final dot: the relay may have the mail for them. Empty: it has not. */
  uncertain: readonly string[];
  /**
   * `relay`: the next mail would end the same way. `session`: this connection takes no more, a new one would. `mail`: this
   * mail or its envelope.
   */
  scope: 'relay' | 'session' | 'mail';
  /** The relay ended the connection before it accepted MAIL: it was offered no mail. */
  unoffered?: true;
}

/** How one submission ended, for each recipient. */
export interface Outcome {
  accepted: readonly Accepted[];
  refused: readonly Refusal[];
  /** Present when some recipient is in neither list, and when the whole mail failed. */
  failure?: Failure;
  notes: readonly string[];
}
