// A call, as the launcher leaves it: the words of a command line, a few variables, and a message. Pure.

/** Variables that decide which configuration and which spool a mail goes to; the launcher names no others. */
export const CALL_VARIABLES = [
  'HOME',
  'XDG_CONFIG_HOME',
  'XDG_STATE_HOME',
  'MAILSHIM_ETC',
  'MAILSHIM_SPOOL',
  'EMAIL',
  'SMTPSERVER',
] as const;
export type CallVariable = (typeof CALL_VARIABLES)[number];

export interface Call {
  /** The name that the launcher was called by, then its words. */
  words: readonly string[];
  variables: Readonly<Partial<Record<CallVariable, string>>>;
  message: Buffer;
}

/** Bytes in front of the message, and of the message; what is larger the launcher leaves to the program. */
export const MAX_CALL_HEAD = 64 * 1024;
export const MAX_CALL_MESSAGE = 256 * 1024;
const MAGIC = Buffer.from('mailshim-call 1\0');
/** Digits of the count of words. */
const MAX_DIGITS = 6;

/** Layout: "mailshim-call 1", the count of words, the words, "NAME=value" of each variable, '', all ended by NUL; the message. */
export function parseCall(bytes: Buffer): Call | undefined {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const head = bytes.subarray(0, MAX_CALL_HEAD);
  let at = MAGIC.length;
  /** Undefined where the head ends before it does. */
  const next = (): string | undefined => {
    const end = head.indexOf(0, at);
    if (end === -1) return undefined;
    const text = head.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  const count = next();
  if (count === undefined || count.length > MAX_DIGITS || !/^[1-9]\d*$/.test(count)) return undefined;
  const words: string[] = [];
  for (let left = Number(count); left > 0; left--) {
    const word = next();
    if (word === undefined) return undefined;
    words.push(word);
  }
  const variables: Partial<Record<CallVariable, string>> = {};
  for (let entry = next(); entry !== ''; entry = next()) {
    const equals = entry?.indexOf('=') ?? -1;
    if (entry === undefined || equals === -1) return undefined;
    const name = entry.slice(0, equals) as CallVariable;
    if (!CALL_VARIABLES.includes(name) || variables[name] !== undefined) return undefined;
    variables[name] = entry.slice(equals + 1);
  }
  return { words, variables, message: bytes.subarray(at) };
}
