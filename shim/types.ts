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

/** How one submission ended. */
export type Outcome =
  | { kind: 'delivered'; reply: string; refused: readonly Refusal[]; notes: readonly string[] }
  | {
      kind: 'deferred' | 'rejected';
      code: ExitCode;
      /** What failed, where, and what to do: one line. */
      message: string;
      /** The server's last words, with their line breaks, where it said any. */
      reply?: string;
      refused: readonly Refusal[];
      /** The connection ended after the final dot: the relay may have the mail. */
      uncertain: boolean;
      /** `relay`: the next mail would end the same way. `mail`: this mail or its envelope was the matter. */
      scope: 'relay' | 'mail';
      notes: readonly string[];
    };
