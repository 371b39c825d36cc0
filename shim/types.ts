// What the stages of one mail pass on: Invocation, Envelope, Message, Outcome.

import type { Diagnostic, ExitCode } from './exit.ts';

/** The command line. */
export interface Invocation {
  mode: 'send' | 'help' | 'version' | 'queue-list' | 'queue-run' | 'nothing' | 'smtp';
  /** Recipients are read from the header too (-t). */
  readRecipients: boolean;
  /** Arguments, as plain addresses, in order. */
  recipients: string[];
  /** Arguments that are not addresses, if others are. */
  refused?: LocalRefusal[];
  /** -f or -r: a plain address, `''` for the null sender. */
  envelopeFrom?: string;
  /** -F: the display name for a From that has to be added. */
  fullName?: string;
  /** The envelope sender is read from the header From (msmtp's --read-envelope-from). */
  readEnvelopeFrom: boolean;
  account?: string;
  file?: string;
  /** Flags that can open files or change the relay, other than those before a leading --lock. */
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

/** A message to send, without Bcc; `wireChunks` gives its bytes. */
export interface Message {
  /** Header section with its final empty line, CRLF line ends. */
  head: Uint8Array;
  /**
   * The body with its original line ends, in pieces of which none ends between a CR and its LF. Can be iterated more than
   * once.
   */
  body: Iterable<Uint8Array>;
}

/** A recipient for which the relay accepted the mail, and its reply. */
export interface Accepted {
  recipient: string;
  reply: string;
}

export interface Refusal {
  recipient: string;
  reply: string;
  /** False for a 4xx: the same mail may be accepted later. */
  permanent: boolean;
}

/** A recipient that gets no mail: its address is wrong (65), or the configuration is (78). Others still get theirs. */
export interface LocalRefusal {
  recipient: string;
  problem: Diagnostic;
}

/** Why the mail did not reach the recipients that are neither accepted nor rejected. */
export interface Failure {
  kind: 'deferred' | 'rejected';
  code: ExitCode;
  problem: Diagnostic;
  /** The server's last reply, with its line breaks. */
  reply?: string;
  /** Recipients whose transaction was cut off after the final dot, so that the relay may have the mail for them. */
  uncertain: readonly string[];
  /**
   * `relay`: the next mail would fail too. `session`: this connection accepts no more mail, a new one would. `mail`: this
   * mail or its envelope.
   */
  scope: 'relay' | 'session' | 'mail';
  /** The relay ended the connection before it accepted MAIL. */
  unoffered?: true;
}

/** The result of one submission, for each recipient. */
export interface Outcome {
  accepted: readonly Accepted[];
  refused: readonly Refusal[];
  /** Set if a recipient is in neither list, and if the whole mail failed. */
  failure?: Failure;
  notes: readonly Diagnostic[];
}
