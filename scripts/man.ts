// The man page and the shell completion, from the tables of flags and directives: dist/mailshim.1 and dist/mailshim.bash.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../shim/cli/commands.ts';
import { flags } from '../shim/cli/flags.ts';
import { documented } from '../shim/config/documentation.ts';
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
  OK: 'the relay has the mail, or it is safe on disk',
  USAGE: 'the command line is wrong, or names no recipient',
  DATAERR: 'the message, its size or an address is wrong, or the relay refused it for good',
  NOUSER: 'the only recipient does not exist',
  NOHOST: 'the relay is not in DNS',
  UNAVAILABLE: 'the relay is away, refuses for now, or its certificate is not trusted',
  SOFTWARE: 'a fault of mailshim',
  CANTCREAT: 'a file cannot be written, such as a mail in the spool',
  IOERR: 'reading or writing failed, or the relay broke off and the mail cannot be kept',
  PROTOCOL: 'the relay does not speak SMTP or TLS as it must',
  NOPERM: 'the login, the sender or a right is refused',
  CONFIG: 'the configuration is wrong; the message names file and line',
};

/** First words of commands, for the completion. */
const FIRST_WORDS = [...new Set(COMMANDS.map(([words]) => words.split(' ')[0]!))];

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
    '.B mailshim',
    '\\fIcommand\\fR [\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    roff(
      'Reads a message from standard input and sends it to the relay of the msmtprc file, over TLS. Asks first whether receivers will believe the sender, signs by DKIM where keys are configured, and says on standard error and in the log what went wrong and what to do. What the relay cannot take for now is kept on disk and sent later; with a spool that is set up every mail is, so that nobody waits for the relay. Called as sendmail, mailq or newaliases it behaves as these.',
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
  lines.push('.SH COMMANDS');
  for (const [words, rest, meaning] of COMMANDS)
    lines.push('.TP', `\\fB${roff(words)}\\fR${rest === '' ? '' : ` ${roff(rest)}`}`, roff(meaning));
  lines.push(
    roff(
      'Those about the queue take --spool FOLDER; without it they are about the one that mail of this user goes to. Root is taken for the user whose spool it is.',
    ),
  );
  lines.push(
    '.SH CONFIGURATION',
    roff(
      'The language of msmtprc, file by file as msmtp reads it. Where /etc/mailshimrc or ~/.mailshimrc exist, they are read instead. mailshim\'s own directives may also stand behind "#mailshim:" in a file that msmtp reads too.',
    ),
  );
  for (const { name, metavar, help, default: unset, own } of documented) {
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
    '.TP',
    '.I /etc/mailshimrc ~/.mailshimrc /etc/msmtprc ~/.msmtprc',
    'Configuration.',
    '.TP',
    '.I /var/spool/mailshim',
    "The daemon's spool; other users leave mail in its folder drop. MAILSHIM_SPOOL names another, and MAILSHIM_ETC another folder than /etc for the configuration.",
    '.TP',
    '.I ~/.local/state/mailshim/spool',
    "A user's own spool, where there is no daemon.",
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
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  case $previous in
    -C|--file|--spool|--prefix|--root) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then
    words='${FIRST_WORDS.join(' ')}'
    [[ $current == -* ]] && words='${words.join(' ')} -t -i -f -F -a -C'
  else
    case \${COMP_WORDS[1]} in
      config) words='check show' ;;
      install|uninstall) words='--as-sendmail --dry-run --remains --prefix --root --help' ;;
      queue) words='list show run retry hold release delete --spool --json --failed --all --help' ;;
      status) words='--spool --json --prometheus --post --warn-age --critical-age --help' ;;
      daemon) words='--spool --help' ;;
      relay) words='postfix audit --help' ;;
      check) words='--ip --selector --helo --sender --format --lang --min-score --dns --help' ;;
      init|doctor|test) words='--help' ;;
      *) [[ $current == -* ]] && words='${words.join(' ')} -t -i -f -F -a -C' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
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
