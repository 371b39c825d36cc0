// The command line of sendmail(1): getopt bundling (-ti, -tif a@b, -fa@b), msmtp's long options, then recipients.

import { directivesByName } from '../config/directives.ts';
import { type Diagnostic, ExitError, placed } from '../exit.ts';
import { parseAddress, parseAddressList } from '../intake/addresses.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { hasControl } from '../text/printable.ts';
import type { Invocation, LocalRefusal } from '../types.ts';
import { type Flag, flagsByName } from './flags.ts';

/** Words of one command line: fewer than a shell allows, more than a mail has recipients. */
const MAX_WORDS = 10_000;

/** Characters of an error: an argument may hold a visitor's text, which must not fill the log. */
const MAX_MESSAGE = 1000;

/** Flags that only choose within the configuration. */
const CHOOSING: ReadonlySet<string> = new Set(['a', '--account']);
/** Flags by which a configuration other than the installed one is chosen. */
const CONFIGURING: ReadonlySet<string> = new Set(['C', '--file']);

/**
 * Reads the words after the program's name.
 * @throws ExitError 64 for any word that is not known: a flag that is guessed wrong would lose mail silently
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
  if (words.length > MAX_WORDS) throw usage(diagnostic('arguments.too-many', { most: MAX_WORDS }));
  for (const word of words) {
    if (hasControl(word)) throw usage(diagnostic('argument.control', { word }));
  }
  let locked = false;
  let onlyConfiguring = true;
  let at = 0;
  const argumentOf = (entry: Flag, attached: string | undefined): string => {
    if (entry.argument === 'none') {
      if (attached !== undefined) throw usage(diagnostic('option.no-argument', { option: spell(entry.name) }));
      return '';
    }
    if (attached !== undefined) return attached;
    if (entry.argument === 'attached') return '';
    const next = words[at];
    if (next === undefined)
      throw usage(diagnostic('option.argument-missing', { option: spell(entry.name), form: entry.metavar ?? '' }));
    at++;
    return next;
  };
  const apply = (entry: Flag, argument: string) => {
    if (locked && !entry.afterLock) throw usage(diagnostic('option.locked', { option: spell(entry.name) }));
    if (entry.name === '--lock') {
      // An attacker that adds words to a command line can add --lock too, but nothing before the words that were there.
      if (onlyConfiguring && !locked) invocation.unlocked = [];
      locked = true;
      return;
    }
    if (CONFIGURING.has(entry.name)) invocation.unlocked.push(spell(entry.name));
    else if (!CHOOSING.has(entry.name)) onlyConfiguring = false;
    setFlag(invocation, entry, argument);
  };
  for (let word = words[at]; word !== undefined; word = words[at]) {
    if (word === '--') {
      at++;
      break;
    }
    // The first address ends the options: a later "-t" is a recipient to Postfix, and an option to msmtp.
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
      const entry = flagsByName.get(word.charAt(letter));
      if (entry === undefined) throw usage(diagnostic('option.unknown', { option: `-${word[letter]}`, word }));
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
        throw usage(diagnostic('option.notify', { value: argument }));
      }
      invocation.dsnNotify = argument.toLowerCase();
      break;
    case 'R':
      if (!/^(hdrs|headers|full)$/i.test(argument)) throw usage(diagnostic('option.return', { value: argument }));
      invocation.dsnReturn = argument.toLowerCase() === 'full' ? 'full' : 'headers';
      break;
    case 'V':
      if (!/^[\x21-\x7e]{1,100}$/.test(argument)) throw usage(diagnostic('option.envelope-id'));
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
  else throw usage(diagnostic('option.mode', { mode }));
}

function override(
  invocation: Invocation,
  option: string,
  attached: string | undefined,
  locked: boolean,
  nextWord: () => string | undefined,
): void {
  const directive = directivesByName.get(option.slice(2).replaceAll('-', '_'));
  if (directive?.longOption !== true) throw usage(diagnostic('option.unknown', { option, word: option }));
  if (locked) throw usage(diagnostic('option.locked', { option }));
  // As in getopt_long: an optional value comes only after "=", a required one may be the next word.
  const value = attached ?? directive.empty ?? nextWord();
  if (value === undefined)
    throw usage(diagnostic('option.argument-missing', { option, form: `${option}=${directive.metavar}` }));
  if (directive.name === 'from') invocation.envelopeFrom = senderOf({ name: option }, value);
  else invocation.overrides.set(directive.name, value);
}

function senderOf(entry: Pick<Flag, 'name'>, argument: string): string {
  if (argument === '' || argument === '<>') return '';
  const address = parseAddress(argument);
  if (address === undefined || address.startsWith('-')) {
    throw usage(diagnostic('option.address', { option: spell(entry.name), value: argument }));
  }
  return address;
}

/** A word that is not an address is an error if there is no other recipient; otherwise it is reported, and the others get the mail. */
function addRecipients(invocation: Invocation, words: readonly string[], ended: boolean): void {
  const refused: LocalRefusal[] = [];
  for (const word of words) {
    // A recipient that looks like an option is a misplaced option or an attack on a program that gets it next.
    if (word.startsWith('-') && word !== '-' && !ended) throw usage(diagnostic('option.after-recipient', { word }));
    const { addresses, unreadable } = parseAddressList(word);
    for (const address of addresses) invocation.recipients.push(address);
    for (const { text, problem } of unreadable) refused.push({ recipient: text, problem: placed('argument', problem) });
  }
  if (refused.length === 0) return;
  if (invocation.recipients.length === 0 && !invocation.readRecipients)
    throw usage(
      diagnostic('recipients.unreadable', { refused: refused.map(({ problem }) => problem.text).join(', ') }),
    );
  invocation.refused = refused;
}

function spell(name: string): string {
  return name.startsWith('--') ? name : `-${name}`;
}

function usage(problem: Diagnostic): ExitError {
  const { text } = problem;
  return new ExitError({ ...problem, text: text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text });
}
