// The commands of mailshim besides sending: a table for the help, the man page and the completion.

/** The words of a command, its arguments and its help. */
// biome-ignore format: a line for each command.
export const COMMANDS: readonly (readonly [words: string, rest: string, meaning: string])[] = [
  ['queue', '[list] [--json] [--failed]', 'List queued and failed mail, with age, reason and next attempt.'],
  ['queue show', 'ID', 'Show one mail: its events, the transcript of a failed attempt, and its text.'],
  ['queue run', '', 'Try every mail now, even while a relay is paused after a failure.'],
  ['queue retry', 'ID ... | --all', 'Try these mails at the next attempt, also failed ones.'],
  ['queue hold', 'ID ... | --all', 'Do not try these mails until they are released.'],
  ['queue release', 'ID ... | --all', 'Release held mails.'],
  ['queue delete', 'ID ... | --all | --failed', 'Delete these mails permanently.'],
  ['status', '[--json | --prometheus] [--post] [--warn-age MINUTES] [--critical-age MINUTES]', 'Report whether mail is delivered, for people, programs or Prometheus, and with --post to the Worker. Exit status as in Nagios: 0 ok, 1 warning, 2 critical.'],
  ['daemon', '[--spool FOLDER]', 'Send the mail of a spool, and of its drop folder, until SIGTERM.'],
  ['report', '[--discard] [-a ACCOUNT] [-C FILE]', 'Pass the report or bounce on standard input to the Worker, from an alias of the mail server. Exit status: 0; 65 if it is not a report (with --discard: 0); 75 if it has to be tried again.'],
  ['bounces', '[MESSAGE-ID] [--json]', 'List the bounces that the Worker has, newest first, or those of one mail.'],
  ['init', '[options]', 'Set up a shop: keys, configuration, spool, and the records to publish. See mailshim init --help.'],
  ['doctor', '[options]', 'Check every link that a mail passes, from php.ini to DNS. Exit status: 0 no problems, 1 warnings, 2 failures.'],
  ['check', 'DOMAIN | FILE | - [options]', 'Check a domain, or score a mail in a file, on this machine, without a Worker. Exit status: 0, or 1 below --min-score.'],
  ['test', '[options]', 'Send a mail through the whole chain to a test inbox of the Worker, and show its score.'],
  ['relay', 'postfix | audit [options]', 'Configure or examine a Postfix relay. See mailshim relay --help.'],
  ['config check', '[FILE]', 'Explain a configuration line by line.'],
  ['config show', '[-a ACCOUNT]', 'Print the settings in effect, and the line that set each.'],
  ['install', '[--as-sendmail] [--dry-run]', 'Install the program, also as sendmail.'],
  ['uninstall', '[--dry-run]', 'Remove the program, and restore the files that it replaced.'],
];
