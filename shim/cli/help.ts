// The help text, from the table of flags.

import { flags } from './flags.ts';

/** The help text, from the table. */
export function helpText(): string {
  const lines = [
    'Usage: mailshim [options] [--] [recipient ...] < message',
    '       mailshim config check [FILE] | config show [-a ACCOUNT]',
    '       mailshim install [--as-sendmail] [--dry-run] | uninstall',
    '',
    'Takes a message on standard input and hands it to the relay of the msmtprc file, as sendmail does.',
    '',
  ];
  for (const entry of flags) {
    const left =
      (entry.name.startsWith('--') ? entry.name : `-${entry.name}`) +
      (entry.metavar === undefined ? '' : ` ${entry.metavar}`);
    lines.push(`  ${left.padEnd(24)} ${entry.help}`);
  }
  lines.push('', 'msmtp’s long options (--host=, --port=, --tls=, …) set the directive of the same name.', '');
  return lines.join('\n');
}
