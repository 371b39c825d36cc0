// What is known of a mail while it is on its way, and the log lines made of it in the end.

import { type LogSettings, logSettings } from '../config/account.ts';
import { type Configuration, readConfiguration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { EX, type ExitCode, type ExitError, exitName } from '../exit.ts';
import { type LogRecord, logText } from '../log/line.ts';
import { writeLog } from '../log/write.ts';
import { logField } from '../text/printable.ts';

/** Collects what the log will say; the stages fill it in as they learn it. */
export class MailReport {
  settings: LogSettings | undefined;
  /** Undefined until the account is known. */
  record: Omit<LogRecord, 'code'> | undefined;
  /** Why the mail is kept, where it was to be sent at once. */
  error: string | undefined;
  /** Configuration files that could not be read. */
  unreadable: Configuration['unreadable'] = [];
  /** Lines after msmtp's own: `name=value` fields of ours. */
  readonly notes: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * Where to log before, or without, an account: the one that would be used, else the first that logs at all. Errors
   * of the configuration itself go to syslog where it names no log, so that they are somewhere.
   */
  useConfiguration(configuration: Configuration): void {
    const { home } = this.#environment;
    const sections = [...configuration.accounts.filter(({ name }) => name === 'default'), ...configuration.accounts];
    this.settings = sections
      .map((section) => logSettings(section, home))
      .find(({ logfile, syslog }) => logfile ?? syslog);
    this.unreadable = configuration.unreadable;
    const broken = configuration.problems.length > 0 || configuration.unreadable.length > 0;
    if (this.settings === undefined && broken) this.settings = { logTimeFormat: '', syslog: 'LOG_MAIL' };
  }

  note(text: string): void {
    this.notes.push(`mailshim: ${text}`);
  }

  /** The mail is in the spool: its id goes with it through the log from here on. */
  kept(id: string): string[] {
    if (this.record !== undefined) this.record = { ...this.record, queueId: id };
    return this.finish(EX.OK, this.error);
  }

  finish(code: ExitCode, error?: string): string[] {
    // Most mails of a page are logged nowhere: no line is made that nobody reads.
    if (this.settings === undefined || !(this.settings.logfile ?? this.settings.syslog)) return [];
    return writeLog(this.settings, [this.#line(code, error), ...this.notes], this.#environment.now());
  }

  fail(error: ExitError): string[] {
    return this.finish(error.code, error.message);
  }

  #line(code: ExitCode, error: string | undefined): string {
    if (this.record !== undefined) {
      const record = error === undefined ? this.record : { ...this.record, error };
      return logText({ ...record, code });
    }
    return `errormsg='${logField(error ?? '')}' exitcode=${exitName(code)}`;
  }
}

/** Logs an error of the command line, where a log is configured: whoever reads the log alone learns of it too. */
export function logWithoutMail(error: ExitError, environment: Environment): string[] {
  const report = new MailReport(environment);
  report.useConfiguration(readConfiguration(environment, undefined));
  return report.fail(error);
}
