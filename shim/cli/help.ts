// The help text, from the tables of flags and commands.

import { COMMANDS } from './commands.ts';
import { flags } from './flags.ts';

/** Characters of the left column; what does not fit there is left to the command's own help. */
const LEFT = 24;

/** The help text, from the tables. */
export function helpText(): string {
  const lines = [
    'Usage: mailshim [options] [--] [recipient ...] < message',
    '       mailshim command [options]',
    '',
    'Takes a message on standard input and hands it to the relay of the msmtprc file, as sendmail does.',
    '',
  ];
  for (const entry of flags) {
    const left =
      (entry.name.startsWith('--') ? entry.name : `-${entry.name}`) +
      (entry.metavar === undefined ? '' : ` ${entry.metavar}`);
    lines.push(`  ${left.padEnd(LEFT)} ${entry.help}`);
  }
  lines.push('', 'Commands:', '');
  for (const [words, rest, meaning] of COMMANDS) {
    const whole = `${words} ${rest}`;
    const [first] = meaning.split(/(?<=\.) /);
    lines.push(`  ${(whole.length > LEFT ? words : whole).padEnd(LEFT)} ${first}`);
  }
  lines.push('', 'mailshim COMMAND --help says more. Called as sendmail there are no commands.');
  lines.push('', 'msmtp’s long options (--host=, --port=, --tls=, …) set the directive of the same name.', '');
  return lines.join('\n');
}
