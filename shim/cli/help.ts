// The help text, from the tables of flags and commands.

import { COMMANDS } from './commands.ts';
import { flags } from './flags.ts';

/** Characters of the left column; longer arguments are only in the command's own help. */
const LEFT = 24;

/** The help text, from the tables. */
export function helpText(): string {
  const lines = [
    'Usage: mailshim [options] [--] [recipient ...] < message',
    '       mailshim command [options]',
    '',
    'Reads a message from standard input and sends it to the relay of the msmtprc file, as sendmail does.',
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
  lines.push('', 'mailshim COMMAND --help prints more. If the program is called as sendmail, there are no commands.');
  lines.push('', 'msmtp’s long options (--host=, --port=, --tls=, …) set the directive of the same name.', '');
  return lines.join('\n');
}
