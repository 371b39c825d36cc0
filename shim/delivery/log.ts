// The log of a mail: msmtp's line, and our own lines after it, as a function of what is known of the mail.

import { type Account, type LogSettings, logSettings } from '../config/account.ts';
import { type Configuration, readConfiguration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { type Diagnostic, type ExitCode, type ExitError, exitName } from '../exit.ts';
import { type LogRecord, logText } from '../log/line.ts';
import { writeLog } from '../log/write.ts';
import { logField } from '../text/printable.ts';
import type { Envelope, Invocation } from '../types.ts';

export interface MailLog {
  /** Undefined where nothing is logged. */
  settings: LogSettings | undefined;
  /** Undefined until the account is known. */
  record?: Omit<LogRecord, 'code' | 'error'>;
  /** Lines after msmtp's own. */
  notes: readonly string[];
}

/**
 * Where to log before, or without, an account: the one that would be used, else the first that logs at all. Errors of the
 * configuration itself go to syslog if it names no log, so that they are somewhere.
 */
export function logOfConfiguration(configuration: Configuration, { home }: Environment): MailLog {
  let known = logs.get(configuration);
  if (known === undefined || known.home !== home) {
    known = { home, settings: settingsOfConfiguration(configuration, home) };
    logs.set(configuration, known);
  }
  return { settings: known.settings, notes: [] };
}

/** A sender has one configuration for thousands of mails. */
const logs = new WeakMap<Configuration, { home: string | undefined; settings: LogSettings | undefined }>();

function settingsOfConfiguration(configuration: Configuration, home: string | undefined): LogSettings | undefined {
  const sections = [...configuration.accounts.filter(({ name }) => name === 'default'), ...configuration.accounts];
  const settings = sections
    .map((section) => logSettings(section, home))
    .find(({ logfile, syslog }) => logfile ?? syslog);
  const broken = configuration.problems.length > 0 || configuration.unreadable.length > 0;
  return settings ?? (broken ? { logTimeFormat: '', syslog: 'LOG_MAIL' } : undefined);
}

/** Of a mail that goes by this account. */
export function logOfAccount(account: Account, { envelopeFrom, recipients }: Invocation): MailLog {
  return {
    settings: account,
    record: {
      host: account.host,
      ...(account.socket === undefined ? {} : { socket: account.socket }),
      tls: account.tls.use === 'on',
      auth: account.auth !== 'off',
      ...(account.user === undefined ? {} : { user: account.user }),
      from: envelopeFrom ?? account.from ?? '',
      recipients,
    },
    notes: account.warnings.map(({ text }) => `warning: ${text}`),
  };
}

/** The same with what is known of the mail by now. */
export function withRecord(log: MailLog, known: Partial<LogRecord>): MailLog {
  return log.record === undefined ? log : { ...log, record: { ...log.record, ...known } };
}

export function withEnvelope(log: MailLog, { from, recipients }: Envelope): MailLog {
  return withRecord(log, { from, recipients });
}

export function withNotes(log: MailLog, ...notes: readonly string[]): MailLog {
  return notes.length === 0 ? log : { ...log, notes: [...log.notes, ...notes] };
}

/** Without the time, as syslog has them. */
export function logLines({ record, notes }: MailLog, code: ExitCode, error?: string): string[] {
  const first =
    record === undefined
      ? `errormsg='${logField(error ?? '')}' exitcode=${exitName(code)}`
      : logText({ ...record, ...(error === undefined ? {} : { error }), code });
  return [first, ...notes.map((note) => `mailshim: ${note}`)];
}

/** @returns lines for stderr, where the log could not be written or is stderr itself */
export function writeMailLog(log: MailLog, { now, syslog }: Environment, code: ExitCode, error?: string): Diagnostic[] {
  const { settings } = log;
  // Most mails of a page are logged nowhere: their lines need not be made.
  if (settings === undefined || !(settings.logfile ?? settings.syslog)) return [];
  return writeLog(settings, logLines(log, code, error), now(), syslog);
}

/** Logs an error of the command line, if a log is configured: a reader of the log alone learns of it too. */
export function logWithoutMail(error: ExitError, environment: Environment): Diagnostic[] {
  const log = logOfConfiguration(readConfiguration(environment, undefined), environment);
  return writeMailLog(log, environment, error.code, error.message);
}
