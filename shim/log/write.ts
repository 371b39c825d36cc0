// Where log lines go: a file and syslog. Trouble with the log never changes what becomes of the mail.

import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogSettings } from '../config/account.ts';
import { describeFileError } from '../file-error.ts';
import { inline } from '../text/printable.ts';
import { formatTime } from './line.ts';
import { type Syslog, syslogNow } from './syslog.ts';

/**
 * Appends the lines, each with its time, in one write, which the system keeps whole in a file opened for appending.
 * @returns what stderr should say, where the log could not be written
 */
export function writeLog(
  settings: LogSettings,
  records: readonly string[],
  now: Date,
  syslogBy: Syslog = syslogNow,
): string[] {
  const complaints: string[] = [];
  const { logfile, syslog } = settings;
  const lines = records.map((record) => inline(record));
  if (logfile !== undefined && logfile !== '-') {
    const time = formatTime(settings.logTimeFormat, now);
    try {
      appendLines(logfile, lines.map((line) => `${time} ${line}\n`).join(''));
    } catch (error) {
      const why = describeFileError((error as NodeJS.ErrnoException).code);
      complaints.push(`cannot log to ${logfile}: ${why}; log info was: ${lines.join(' | ')}`);
    }
  }
  // msmtp's "-" is stdout, which belongs to PHP's page here.
  if (logfile === '-') complaints.push(...lines);
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
