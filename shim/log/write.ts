// Where log lines go: a file and syslog. Trouble with the log never changes what becomes of the mail.

import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogSettings } from '../config/account.ts';
import { describeFileError } from '../file-error.ts';
import { inline } from '../text/printable.ts';
import { formatTime } from './line.ts';

/** Milliseconds for logger(1); it only writes to a local socket. */
const SYSLOG_TIMEOUT = 2000;

/**
 * Appends the lines, each with its time, in one write, which the system keeps whole in a file opened for appending.
 * @returns what stderr should say, where the log could not be written
 */
export function writeLog(settings: LogSettings, records: readonly string[], now: Date): string[] {
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
  if (syslog !== undefined) complaints.push(...toSyslog(syslog, lines));
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

/** Through logger(1), since Node cannot write to the datagram socket /dev/log. */
function toSyslog(facility: string, lines: readonly string[]): string[] {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const name = facility === 'on' ? 'user' : facility.replace(/^LOG_/, '').toLowerCase();
  for (const path of ['/usr/bin/logger', '/bin/logger']) {
    const result = spawnSync(path, ['-t', 'mailshim', '-p', `${name}.info`], {
      input: `${lines.join('\n')}\n`,
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: SYSLOG_TIMEOUT,
    });
    if (result.error === undefined) return [];
  }
  return [`cannot log to syslog: logger(1) is missing; log info was: ${lines.join(' | ')}`];
}
