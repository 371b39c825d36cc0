// One log line per mail, in msmtp's exact format, so that programs that read its log work.

import { type ExitCode, exitName } from '../exit.ts';
import { logField, logWord } from '../text/printable.ts';

export interface LogRecord {
  host: string;
  /** A Unix socket instead of the host. */
  socket?: string;
  tls: boolean;
  auth: boolean;
  user?: string;
  from: string;
  recipients: readonly string[];
  /** Bytes sent; absent if the mail was not accepted. */
  mailsize?: number;
  /** The server's last reply, with its line breaks. */
  reply?: string;
  error?: string;
  /** Message-ID of a mail that the relay accepted, without angle brackets: bounces name it. */
  messageId?: string;
  /** Of a mail that is or was queued. */
  queueId?: string;
  /** User that submitted it to the daemon. */
  uid?: number;
  /** PHP script that made it, as PHP names it. */
  script?: string;
  code: ExitCode;
}

/** Without the time, as syslog has it. */
export function logText(record: LogRecord): string {
  const parts = [
    record.socket === undefined ? `host=${logWord(record.host)}` : `socket=${logWord(record.socket)}`,
    `tls=${record.tls ? 'on' : 'off'}`,
    `auth=${record.auth ? 'on' : 'off'}`,
  ];
  if (record.auth && record.user !== undefined) parts.push(`user=${logWord(record.user)}`);
  parts.push(`from=${logWord(record.from)}`, `recipients=${record.recipients.map(logWord).join(',')}`);
  if (record.mailsize !== undefined) parts.push(`mailsize=${record.mailsize}`);
  if (record.reply !== undefined) {
    const status = /^(\d{3})[ -]/.exec(record.reply)?.[1];
    if (status !== undefined) parts.push(`smtpstatus=${status}`);
    parts.push(`smtpmsg='${logField(record.reply)}'`);
  }
  if (record.error !== undefined) parts.push(`errormsg='${logField(record.error)}'`);
  if (record.messageId !== undefined) parts.push(`messageid=${logWord(record.messageId)}`);
  if (record.queueId !== undefined) parts.push(`queueid=${record.queueId}`);
  if (record.uid !== undefined) parts.push(`uid=${record.uid}`);
  if (record.script !== undefined) parts.push(`script=${logWord(record.script)}`);
  parts.push(`exitcode=${exitName(record.code)}`);
  return parts.join(' ');
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** strftime(3) in the C locale with the conversions that a log needs; others stay as written. Local time. */
export function formatTime(format: string, now: Date): string {
  const pad = (number: number, width = 2, fill = '0') => String(number).padStart(width, fill);
  const { [now.getDay()]: day = '' } = DAYS;
  const { [now.getMonth()]: month = '' } = MONTHS;
  const values: Record<string, () => string> = {
    a: () => day.slice(0, 3),
    A: () => day,
    b: () => month.slice(0, 3),
    h: () => month.slice(0, 3),
    B: () => month,
    d: () => pad(now.getDate()),
    e: () => pad(now.getDate(), 2, ' '),
    m: () => pad(now.getMonth() + 1),
    y: () => pad(now.getFullYear() % 100),
    Y: () => String(now.getFullYear()),
    H: () => pad(now.getHours()),
    I: () => pad(now.getHours() % 12 || 12),
    p: () => (now.getHours() < 12 ? 'AM' : 'PM'),
    M: () => pad(now.getMinutes()),
    S: () => pad(now.getSeconds()),
    j: () => pad(dayOfYear(now), 3),
    s: () => String(Math.floor(now.getTime() / 1000)),
    z() {
      const offset = -now.getTimezoneOffset();
      return `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60))}${pad(Math.abs(offset) % 60)}`;
    },
    F: () => formatTime('%Y-%m-%d', now),
    D: () => formatTime('%m/%d/%y', now),
    T: () => formatTime('%H:%M:%S', now),
    R: () => formatTime('%H:%M', now),
    c: () => formatTime('%a %b %e %H:%M:%S %Y', now),
    n: () => ' ',
    t: () => ' ',
    '%': () => '%',
  };
  return format.replace(/%([A-Za-z%])/g, (whole, code: string) => values[code]?.() ?? whole);
}

/** From 1. */
function dayOfYear(now: Date): number {
  const year = now.getFullYear();
  const today = new Date(year, now.getMonth(), now.getDate());
  return Math.round((today.getTime() - new Date(year, 0, 1).getTime()) / 86_400_000) + 1;
}
