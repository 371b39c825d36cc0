// Writes log lines to a file and to syslog. An error of the log never changes the outcome of the mail.

import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogSettings } from '../config/account.ts';
import type { Diagnostic } from '../exit.ts';
import { describeFileError, errorCode } from '../file-error.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { inline } from '../text/printable.ts';
import { formatTime } from './line.ts';
import { type Syslog, syslogNow } from './syslog.ts';

/**
 * Appends the lines, each with its time, in one write, which is atomic in a file opened for appending.
 * @returns what to print on stderr if the log could not be written
 */
export function writeLog(
  settings: LogSettings,
  records: readonly string[],
  now: Date,
  syslogBy: Syslog = syslogNow,
): Diagnostic[] {
  const complaints: Diagnostic[] = [];
  const { logfile, syslog } = settings;
  const lines = records.map((record) => inline(record));
  if (logfile !== undefined && logfile !== '-') {
    const time = formatTime(settings.logTimeFormat, now);
    try {
      appendLines(logfile, lines.map((line) => `${time} ${line}\n`).join(''));
    } catch (error) {
      const why = describeFileError(errorCode(error));
      complaints.push(diagnostic('log.file', { file: logfile, why, lines: lines.join(' | ') }));
    }
  }
  // msmtp's "-" is stdout, which would be part of PHP's page.
  if (logfile === '-') complaints.push(...lines.map((line) => diagnostic('log.line', { line })));
  if (syslog !== undefined) complaints.push(...syslogBy(syslog, lines));
  return complaints;
}

function appendLines(file: string, text: string): void {
  const descriptor = openSync(file, 'a', 0o600);
  try {
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}
