// The man page and the shell completion, from the tables of flags and directives: dist/mailshim.1 and dist/mailshim.bash.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { flags } from '../shim/cli/flags.ts';
import { directives } from '../shim/config/directives.ts';
import { EX } from '../shim/exit.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A line of text that roff takes as text: no leading dot or quote, hyphens as they are, backslashes kept. */
const roff = (text: string) =>
  text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/’/g, "'")
    .replace(/^([.'])/gm, '\\&$1');
const spell = (name: string) => (name.startsWith('--') ? name : `-${name}`);

const MEANINGS: Partial<Record<keyof typeof EX, string>> = {
  OK: 'the relay has the mail',
  USAGE: 'the command line is wrong, or names no recipient',
  DATAERR: 'the message, its size or an address is wrong, or the relay refused it for good',
  NOUSER: 'the only recipient does not exist',
  NOHOST: 'the relay is not in DNS',
  UNAVAILABLE: 'the relay is away, refuses for now, or its certificate is not trusted',
  SOFTWARE: 'a fault of mailshim',
  CANTCREAT: 'a file cannot be written',
  IOERR: 'reading or writing failed, or the relay broke off',
  PROTOCOL: 'the relay does not speak SMTP or TLS as it must',
  NOPERM: 'the login, the sender or a right is refused',
  CONFIG: 'the configuration is wrong; the message names file and line',
};

export function manPage(version: string): string {
  const lines = [
    `.TH MAILSHIM 1 "" "mailshim ${version}" "User Commands"`,
    // Long words such as lists of methods cannot be spread over a line.
    '.ad l',
    '.SH NAME',
    'mailshim \\- hands mail to a relay over TLS, in place of sendmail and msmtp',
    '.SH SYNOPSIS',
    '.B mailshim',
    '[\\fIoptions\\fR] [\\fB\\-\\-\\fR] [\\fIrecipient\\fR ...]',
    '.br',
    '.B mailshim config check',
    '[\\fIFILE\\fR]',
    '.br',
    '.B mailshim config show',
    '[\\fB\\-a\\fR \\fIACCOUNT\\fR]',
    '.br',
    '.B mailshim install',
    '[\\fB\\-\\-as\\-sendmail\\fR] [\\fB\\-\\-dry\\-run\\fR]',
    '.br',
    '.B mailshim uninstall',
    '.SH DESCRIPTION',
    roff(
      'Takes a message on standard input and hands it to the relay that the msmtprc file names, over TLS. Asks first whether receivers will believe the sender, signs by DKIM where keys are configured, and says on standard error and in the log what went wrong and what to do. Called as sendmail, mailq or newaliases it behaves as these.',
    ),
    '.SH OPTIONS',
  ];
  for (const { name, metavar, help } of flags) {
    lines.push(
      '.TP',
      `\\fB${roff(spell(name))}\\fR${metavar === undefined ? '' : ` \\fI${roff(metavar)}\\fR`}`,
      roff(help),
    );
  }
  lines.push('.PP', roff("msmtp's long options (--host=, --port=, --tls=, ...) set the directive of the same name."));
  lines.push(
    '.SH CONFIGURATION',
    roff(
      'The language of msmtprc, file by file as msmtp reads it. Where /etc/mailshimrc or ~/.mailshimrc exist, they are read instead. mailshim\'s own directives may also stand behind "#mailshim:" in a file that msmtp reads too.',
    ),
  );
  for (const { name, metavar, help, default: unset, own } of directives) {
    lines.push(
      '.TP',
      `\\fB${roff(name)}\\fR \\fI${roff(metavar)}\\fR${own ? ' (mailshim)' : ''}`,
      roff(`${help}${unset === '' ? '' : ` Default: ${unset}.`}`),
    );
  }
  lines.push('.SH EXIT STATUS');
  for (const [name, code] of Object.entries(EX)) {
    const meaning = MEANINGS[name as keyof typeof EX];
    if (meaning !== undefined) lines.push('.TP', `.B ${code}`, roff(`${meaning}.`));
  }
  lines.push(
    '.SH FILES',
    '.I /etc/mailshimrc ~/.mailshimrc /etc/msmtprc ~/.msmtprc',
    '.SH SEE ALSO',
    '.BR sendmail (8),',
    '.BR msmtp (1)',
    '',
  );
  return lines.join('\n');
}

export function bashCompletion(): string {
  const words = flags.map(({ name }) => spell(name)).filter((name) => name.startsWith('--'));
  return `# bash completion for mailshim
_mailshim() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  case $previous in
    config) COMPREPLY=($(compgen -W 'check show' -- "$current")); return ;;
    install|uninstall) COMPREPLY=($(compgen -W '--as-sendmail --dry-run --prefix --root --help' -- "$current")); return ;;
    -C|--file) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W '${words.join(' ')} -t -i -f -F -a -C' -- "$current"))
  elif [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W 'config install uninstall' -- "$current"))
  fi
}
complete -F _mailshim mailshim
`;
}

export function writeManual(): void {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  mkdirSync(`${root}dist`, { recursive: true });
  writeFileSync(`${root}dist/mailshim.1`, manPage(version));
  writeFileSync(`${root}dist/mailshim.bash`, bashCompletion());
}
