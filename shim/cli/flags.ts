// Every flag of the command line in one table, from which the parser, the help and the documentation are made.

export type FlagArgument =
  | 'none'
  /** Attached or the next word, as getopt's "f:" */
  | 'required'
  /** Attached only, as getopt's "q::" */
  | 'attached';

export interface Flag {
  /** A letter without the hyphen, or a long name with both hyphens. */
  name: string;
  argument: FlagArgument;
  /** Name of the argument in the help. */
  metavar?: string;
  /** `ignored`: accepted without effect, since callers pass it. */
  kind: 'honoured' | 'ignored';
  /** Allowed after --lock, where words may come from an untrusted caller (the fifth parameter of PHP's mail()). */
  afterLock: boolean;
  help: string;
}

const flag = (
  name: string,
  argument: FlagArgument,
  kind: Flag['kind'],
  afterLock: boolean,
  help: string,
  metavar?: string,
): Flag => ({ name, argument, kind, afterLock, help, ...(metavar === undefined ? {} : { metavar }) });

// biome-ignore format: a line for each flag.
export const flags: readonly Flag[] = [
  flag('t', 'none', 'honoured', true, 'Read recipients from To, Cc and Bcc, in addition to those given as arguments.'),
  flag('i', 'none', 'ignored', true, 'A line with a lone dot does not end the message; always so, except on a terminal.'),
  flag('f', 'required', 'honoured', true, 'Envelope sender; <> is the null sender.', 'ADDRESS'),
  flag('r', 'required', 'honoured', true, 'The same as -f.', 'ADDRESS'),
  flag('F', 'required', 'honoured', true, 'Display name for a From header that is added.', 'NAME'),
  flag('a', 'required', 'honoured', true, 'Account to send through.', 'ACCOUNT'),
  flag('C', 'required', 'honoured', false, 'Configuration file instead of the user file.', 'FILE'),
  flag('b', 'required', 'honoured', false, 'Mode: m sends (the default), s is an SMTP server on standard input and output, p lists the queue, i does nothing.', 'MODE'),
  flag('I', 'none', 'ignored', false, 'Rebuild the alias database: accepted, without effect.'),
  flag('q', 'attached', 'honoured', false, 'Run the queue now; an interval is ignored.', 'INTERVAL'),
  flag('N', 'required', 'honoured', true, 'Delivery status notifications: never, or failure,delay,success.', 'DSN'),
  flag('R', 'required', 'honoured', true, 'What a notification returns: hdrs or full.', 'PART'),
  flag('V', 'required', 'honoured', true, 'Envelope id for notifications.', 'ID'),
  flag('o', 'required', 'ignored', true, 'Sendmail options such as -oi, -oem, -odi: accepted, without effect.', 'OPTION'),
  flag('O', 'required', 'ignored', true, 'Sendmail options in their long form: accepted, without effect.', 'OPTION=VALUE'),
  flag('B', 'required', 'ignored', true, 'Body type: ignored, since the body shows it.', 'TYPE'),
  flag('A', 'required', 'ignored', true, 'Which sendmail.cf: accepted, without effect.', 'c|m'),
  flag('G', 'none', 'ignored', true, 'Gateway submission: accepted, without effect.'),
  flag('U', 'none', 'ignored', true, 'User submission: accepted, without effect.'),
  flag('h', 'required', 'ignored', true, 'Hop count: accepted, without effect.', 'N'),
  flag('L', 'required', 'ignored', true, 'Log tag: accepted, without effect.', 'TAG'),
  flag('X', 'required', 'ignored', true, 'Traffic log: not written, since the name may come from a visitor.', 'FILE'),
  flag('m', 'none', 'ignored', true, 'Send to me too: accepted, without effect.'),
  flag('n', 'none', 'ignored', true, 'No aliasing: accepted, without effect.'),
  flag('x', 'none', 'ignored', true, 'Accepted, without effect.'),
  flag('c', 'none', 'ignored', true, 'Accepted, without effect.'),
  flag('p', 'required', 'ignored', true, 'Protocol and host: accepted, without effect.', 'PROTOCOL'),
  flag('e', 'required', 'ignored', true, 'Error mode: ignored; errors are always printed on stderr and set the exit code.', 'MODE'),
  flag('v', 'none', 'ignored', true, 'Verbose: accepted, without effect: a mail program must not write to its caller’s output.'),
  flag('d', 'attached', 'ignored', true, 'Debugging level: accepted, without effect.', 'LEVEL'),
  flag('--account', 'required', 'honoured', true, 'The same as -a.', 'ACCOUNT'),
  flag('--file', 'required', 'honoured', false, 'The same as -C.', 'FILE'),
  flag('--read-recipients', 'none', 'honoured', true, 'The same as -t.'),
  flag('--read-envelope-from', 'none', 'honoured', true, 'Read the envelope sender from the header From; -f overrides it.'),
  flag('--lock', 'none', 'honoured', true, 'After this, only flags are accepted that cannot change the relay or open files.'),
  flag('--version', 'none', 'honoured', false, 'Print the version.'),
  flag('--help', 'none', 'honoured', false, 'Print this text.'),
];

export const flagsByName: ReadonlyMap<string, Flag> = new Map(flags.map((entry) => [entry.name, entry]));
