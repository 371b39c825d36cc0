// The command line of sendmail(1): getopt bundling (-ti, -tif a@b, -fa@b), msmtp's long options, then recipients.

import { directivesByName } from '../config/directives.ts';
import { EX, ExitError } from '../exit.ts';
import { parseAddress, parseAddressList } from '../intake/addresses.ts';
import { refusalOf, refusalText } from '../intake/recipients.ts';
import { hasControl } from '../text/printable.ts';
import type { Invocation, LocalRefusal } from '../types.ts';
import { type Flag, flagsByName } from './flags.ts';

/** Words of one command line; a shell's own limit is far above, a mail's recipients far below. */
const MAX_WORDS = 10_000;

/** Characters of an error: what a visitor got into an argument must not fill the log. */
const MAX_MESSAGE = 1000;

/** Flags that only choose within the configuration. */
const CHOOSING: ReadonlySet<string> = new Set(['a', '--account']);
/** Flags by which a configuration other than the installed one is chosen. */
const CONFIGURING: ReadonlySet<string> = new Set(['C', '--file']);

/**
 * Reads the words after the program's name.
 * @throws ExitError 64 for anything not understood: a flag guessed wrong loses mail without a word
 */
export function parseArguments(words: readonly string[]): Invocation {
  const invocation: Invocation = {
    mode: 'send',
    readRecipients: false,
    recipients: [],
    readEnvelopeFrom: false,
    unlocked: [],
    overrides: new Map(),
  };
  if (words.length > MAX_WORDS) throw usage(`more than ${MAX_WORDS} arguments`);
  for (const word of words) {
    if (hasControl(word)) throw usage(`argument ${JSON.stringify(word)} contains a control character`);
  }
  let locked = false;
  let onlyConfiguring = true;
  let at = 0;
  const argumentOf = (entry: Flag, attached: string | undefined): string => {
    if (entry.argument === 'none') {
      if (attached !== undefined) throw usage(`option ${spell(entry.name)} takes no argument`);
      return '';
    }
    if (attached !== undefined) return attached;
    if (entry.argument === 'attached') return '';
    const next = words[at];
    if (next === undefined) throw usage(`option ${spell(entry.name)} needs an argument (${entry.metavar})`);
    at++;
    return next;
  };
  const apply = (entry: Flag, argument: string) => {
    if (locked && !entry.afterLock) throw usage(`option ${spell(entry.name)} is not allowed after --lock`);
    if (entry.name === '--lock') {
      // Whoever adds words to a command line can add --lock too, but cannot put anything in front of what stood there.
      if (onlyConfiguring && !locked) invocation.unlocked = [];
      locked = true;
      return;
    }
    if (CONFIGURING.has(entry.name)) invocation.unlocked.push(spell(entry.name));
    else if (!CHOOSING.has(entry.name)) onlyConfiguring = false;
    setFlag(invocation, entry, argument);
  };
  while (at < words.length) {
    const word = words[at]!;
    if (word === '--') {
      at++;
      break;
    }
    // The first address ends the options: Postfix would mail to a later "-t", msmtp would obey it; both surprise.
    if (!word.startsWith('-') || word === '-') break;
    at++;
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = equals === -1 ? word : word.slice(0, equals);
      const attached = equals === -1 ? undefined : word.slice(equals + 1);
      const entry = flagsByName.get(name);
      if (entry !== undefined) apply(entry, argumentOf(entry, attached));
      else {
        override(invocation, name, attached, locked, () => words[at++]);
        if (name !== '--from') invocation.unlocked.push(name);
      }
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const entry = flagsByName.get(word[letter]!);
      if (entry === undefined)
        throw usage(`unknown option -${word[letter]} in ${JSON.stringify(word)}; see mailshim --help`);
      const rest = word.slice(letter + 1);
      if (entry.argument === 'none') {
        apply(entry, '');
        continue;
      }
      apply(entry, argumentOf(entry, rest === '' ? undefined : rest));
      break;
    }
  }
  const ended = words[at - 1] === '--';
  addRecipients(invocation, words.slice(at), ended);
  return invocation;
}

function setFlag(invocation: Invocation, entry: Flag, argument: string): void {
  switch (entry.name) {
    case 't':
    case '--read-recipients':
      invocation.readRecipients = true;
      break;
    case '--read-envelope-from':
      invocation.readEnvelopeFrom = true;
      break;
    case 'f':
    case 'r':
      invocation.envelopeFrom = senderOf(entry, argument);
      break;
    case 'F':
      invocation.fullName = argument;
      break;
    case 'a':
    case '--account':
      invocation.account = argument;
      break;
    case 'C':
    case '--file':
      invocation.file = argument;
      break;
    case 'b':
      setMode(invocation, argument);
      break;
    case 'I':
      invocation.mode = 'nothing';
      break;
    case 'q':
      invocation.mode = 'queue-run';
      break;
    case 'N':
      if (!/^(never|(failure|delay|success)(,(failure|delay|success))*)$/i.test(argument)) {
        throw usage(`option -N: ${JSON.stringify(argument)} is neither never nor a list of failure, delay, success`);
      }
      invocation.dsnNotify = argument.toLowerCase();
      break;
    case 'R':
      if (!/^(hdrs|headers|full)$/i.test(argument))
        throw usage(`option -R: ${JSON.stringify(argument)} is neither hdrs nor full`);
      invocation.dsnReturn = argument.toLowerCase() === 'full' ? 'full' : 'headers';
      break;
    case 'V':
      if (!/^[\x21-\x7e]{1,100}$/.test(argument))
        throw usage('option -V: an envelope id is 1 to 100 printable ASCII characters');
      invocation.envelopeId = argument;
      break;
    case '--version':
      invocation.mode = 'version';
      break;
    case '--help':
      invocation.mode = 'help';
      break;
  }
}

function setMode(invocation: Invocation, mode: string): void {
  if (mode === 'm') return;
  if (mode === 'p') invocation.mode = 'queue-list';
  else if (mode === 'i') invocation.mode = 'nothing';
  else if (mode === 's') invocation.mode = 'smtp';
  else throw usage(`option -b${mode}: this mode is not supported; -bm, -bs, -bp and -bi are`);
}

function override(
  invocation: Invocation,
  option: string,
  attached: string | undefined,
  locked: boolean,
  nextWord: () => string | undefined,
): void {
  const directive = directivesByName.get(option.slice(2).replaceAll('-', '_'));
  if (directive?.longOption !== true) throw usage(`unknown option ${JSON.stringify(option)}; see mailshim --help`);
  if (locked) throw usage(`option ${option} is not allowed after --lock`);
  // As getopt_long has it: what may be left out comes after "=" only, what is needed may be the next word.
  const value = attached ?? directive.empty ?? nextWord();
  if (value === undefined) throw usage(`option ${option} needs an argument: ${option}=${directive.metavar}`);
  if (directive.name === 'from') invocation.envelopeFrom = senderOf({ name: option }, value);
  else invocation.overrides.set(directive.name, value);
}

function senderOf(entry: Pick<Flag, 'name'>, argument: string): string {
  if (argument === '' || argument === '<>') return '';
  const address = parseAddress(argument);
  if (address === undefined || address.startsWith('-')) {
    throw usage(`option ${spell(entry.name)}: ${JSON.stringify(argument)} is not an address`);
  }
  return address;
}

/** A word that is no address keeps the mail from no other recipient; where it would be the only one, it is an error. */
function addRecipients(invocation: Invocation, words: readonly string[], ended: boolean): void {
  const refused: LocalRefusal[] = [];
  for (const word of words) {
    // A recipient that looks like an option is either a misplaced option or an attack on whoever runs it on.
    if (word.startsWith('-') && word !== '-' && !ended)
      throw usage(`${JSON.stringify(word)} stands after the first recipient; options come before recipients`);
    const { addresses, unreadable } = parseAddressList(word);
    for (const address of addresses) invocation.recipients.push(address);
    for (const entry of unreadable) refused.push(refusalOf(entry, 'argument '));
  }
  const [first] = refused;
  if (first === undefined) return;
  if (invocation.recipients.length === 0 && !invocation.readRecipients)
    throw usage(`no recipient: ${refused.map(refusalText).join(', ')}`);
  invocation.refused = refused;
}

function spell(name: string): string {
  return name.startsWith('--') ? name : `-${name}`;
}

function usage(message: string): ExitError {
  return new ExitError(EX.USAGE, message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message);
}
