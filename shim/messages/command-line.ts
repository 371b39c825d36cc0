// Messages about the words after the program's name.

import { EX } from '../exit.ts';
import { define, fixed } from './define.ts';

const quoted = (text: string) => JSON.stringify(text);

export const commandLineMessages = {
  'arguments.too-many': define([{ most: 10_000 }], ({ most }) => `more than ${most} arguments`, EX.USAGE),
  'argument.control': define(
    [{ word: 'a\tb' }],
    ({ word }) => `argument ${quoted(word)} contains a control character`,
    EX.USAGE,
  ),
  'option.unknown': define(
    [
      { option: '-x', word: '-xt' },
      { option: '--colour', word: '--colour' },
    ],
    ({ option, word }) =>
      option === word
        ? `unknown option ${quoted(option)}; see mailshim --help`
        : `unknown option ${option} in ${quoted(word)}; see mailshim --help`,
    EX.USAGE,
  ),
  'option.no-argument': define([{ option: '-t' }], ({ option }) => `option ${option} takes no argument`, EX.USAGE),
  'option.argument-missing': define(
    [
      { option: '-f', form: 'ADDRESS' },
      { option: '--host', form: '--host=NAME' },
    ],
    ({ option, form }) => `option ${option} needs an argument: ${form}`,
    EX.USAGE,
  ),
  'option.locked': define([{ option: '-C' }], ({ option }) => `option ${option} is not allowed after --lock`, EX.USAGE),
  'option.notify': define(
    [{ value: 'always' }],
    ({ value }) => `option -N: expected never, or a list of failure, delay, success, not ${quoted(value)}`,
    EX.USAGE,
  ),
  'option.return': define(
    [{ value: 'all' }],
    ({ value }) => `option -R: expected hdrs or full, not ${quoted(value)}`,
    EX.USAGE,
  ),
  'option.envelope-id': fixed('option -V: an envelope id is 1 to 100 printable ASCII characters', EX.USAGE),
  'option.mode': define(
    [{ mode: 'd' }],
    ({ mode }) => `option -b${mode}: this mode is not supported; expected -bm, -bs, -bp or -bi`,
    EX.USAGE,
  ),
  'option.address': define(
    [{ option: '-f', value: 'orders at shop' }],
    ({ option, value }) => `option ${option}: ${quoted(value)} is not an address`,
    EX.USAGE,
  ),
  'option.after-recipient': define(
    [{ word: '-t' }],
    ({ word }) => `${quoted(word)} follows the first recipient; options come before recipients`,
    EX.USAGE,
  ),
  'option.untrusted': define(
    [{ option: '-C', euid: 33, file: '/etc/mailshimrc' }],
    ({ option, euid, file }) =>
      `option ${option} is not accepted from uid ${euid}, which does not own ${file}; the administrator may give it, before --lock and before all other words: mailshim ${option} … --lock -t`,
    EX.USAGE,
  ),
  'command.usage': define(
    [{ command: 'queue', problem: "unknown option '--colour'" }],
    ({ command, problem }) => `${command}: ${problem}; see mailshim ${command} --help`,
    EX.USAGE,
  ),
  'recipients.unreadable': define(
    [{ refused: 'argument: "orders at shop" is not an address (bad address)' }],
    ({ refused }) => `no recipient: ${refused}`,
    EX.USAGE,
  ),
} as const;
