// What mailshim does besides sending: a table for the help, the man page and the completion.

/** Words that begin a command, with what follows them. */
// biome-ignore format: a line for each command.
export const COMMANDS: readonly (readonly [words: string, rest: string, meaning: string])[] = [
  ['queue', '[list] [--json] [--failed]', 'List what waits and what failed, with age, reason and next attempt.'],
  ['queue show', 'ID', 'Show one mail: what happened to it, the dialogue with the relay where it failed, and its text.'],
  ['queue run', '', 'Try every mail now, also where the relay was left alone for a while.'],
  ['queue retry', 'ID ... | --all', 'Try these as soon as the relay is asked again, those that failed too.'],
  ['queue hold', 'ID ... | --all', 'Keep these from being tried.'],
  ['queue release', 'ID ... | --all', 'Let held mails go on.'],
  ['queue delete', 'ID ... | --all | --failed', 'Remove these for good.'],
  ['status', '[--json | --prometheus] [--post] [--warn-age MINUTES] [--critical-age MINUTES]', 'Say whether mail is flowing, for people, programs or Prometheus, and with --post to the Worker. Exit status as Nagios has it: 0 ok, 1 warning, 2 critical.'],
  ['daemon', '[--spool FOLDER]', 'Send what waits in a spool, and what other users drop there, until told to end by SIGTERM.'],
  ['report', '[--discard] [-a ACCOUNT] [-C FILE]', 'Hand the report or bounce on standard input to the Worker, in an alias of the mail server. Exit status: 0, 65 for what is no report (with --discard: 0), 75 where it has to be tried again.'],
  ['bounces', '[MESSAGE-ID] [--json]', 'List what bounced, as the Worker knows it, newest first; or what became of one mail.'],
  ['init', '[options]', 'Set up a shop: keys, configuration, spool, and the records to publish. See mailshim init --help.'],
  ['doctor', '[options]', 'Look at every link that a mail passes, from php.ini to DNS. Exit status: 0 all is well, 1 warnings, 2 failures.'],
  ['check', 'DOMAIN | FILE | - [options]', 'Check a domain, or score a mail in a file, from this machine: no Worker, no account. Exit status: 0, 1 below --min-score.'],
  ['test', '[options]', 'Send a mail through the whole chain to a test inbox of the Worker, and show its score.'],
  ['relay', 'postfix | audit [options]', 'Configure a Postfix relay, or examine one. See mailshim relay --help.'],
  ['config check', '[FILE]', 'Explain a configuration line by line.'],
  ['config show', '[-a ACCOUNT]', 'Print what is in force, and which line set it.'],
  ['install', '[--as-sendmail] [--dry-run]', 'Put the program into its place, also in that of sendmail.'],
  ['uninstall', '[--dry-run]', 'Take it away again, and put back what was there.'],
];
