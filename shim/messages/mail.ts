// Messages about a mail before it leaves: recipients, aliases, the message, its signature, the pre-flight; and about the log.

import { EX } from '../exit.ts';
import { define, fixed } from './define.ts';

const quoted = (text: string) => JSON.stringify(text);
/** `text`: what is in the place of an address. */
const address = (problem: string, text: string) =>
  define([{ text }], (args) => `${quoted(args.text)} ${problem}`, EX.DATAERR);
/** `name`: of an alias; `where`: its file and line. */
const ALIAS = { name: 'root', where: '/etc/aliases:4' };

const recipientMessages = {
  'address.syntax': define(
    [{ text: 'orders at shop', fault: 'bad address' }],
    ({ text, fault }) => `${quoted(text)} is not an address (${fault})`,
    EX.DATAERR,
  ),
  'address.too-long': address('is too long', 'orders…@shop.example'),
  'address.no-local-part': address('has no local part before the "@"', '@shop.example'),
  'address.control': address('has a control character', 'a?@shop.example'),
  'address.unquoted': address('needs quotes before the "@"', 'a b@shop.example'),
  'address.angle': address('has an angle bracket', 'a<b@shop.example'),
  'address.hyphen': address('starts with a hyphen', '-a@shop.example'),
  'address.no-domain': address('has no domain after the "@"', 'orders@'),
  'address.name-only': address('is a name without an address', '=?utf-8?Q?Shop?='),
  'address.domain': address('has no valid domain', 'orders@shop..example'),
  'address.too-many': define(
    [{ text: 'orders@shop.example', most: 20_000 }],
    ({ text, most }) => `${quoted(text)} comes after ${most} other addresses`,
    EX.DATAERR,
  ),
  'address.more': define([{ count: 12 }], ({ count }) => `and ${count} more are not addresses`, EX.DATAERR),
  'recipients.too-many': define([{ most: 10_000 }], ({ most }) => `more than ${most} recipients`, EX.DATAERR),
  'aliases.unreadable': define(
    [{ file: '/etc/aliases', why: 'EACCES' }],
    ({ file, why }) => `aliases file ${file} cannot be read (${why})`,
    EX.CONFIG,
  ),
  'alias.not-address': define<typeof ALIAS & { kind: 'program' | 'file' | 'list' }>(
    [
      { ...ALIAS, kind: 'program' },
      { ...ALIAS, kind: 'file' },
      { ...ALIAS, kind: 'list' },
    ],
    ({ name, where, kind }) =>
      `alias ${quoted(name)} (${where}) names ${{ program: 'a program', file: 'a file', list: 'a list in a file' }[kind]}, and mailshim sends only to addresses`,
    EX.CONFIG,
  ),
  'alias.address': define(
    [{ ...ALIAS, problem: '"@shop" has no local part before the "@"' }],
    ({ name, where, problem }) => `alias ${quoted(name)} (${where}): ${problem}`,
    EX.CONFIG,
  ),
  'alias.empty': define([ALIAS], ({ name, where }) => `alias ${quoted(name)} (${where}) names no address`, EX.CONFIG),
  'alias.too-many': define([{ name: 'all' }], ({ name }) => `alias ${quoted(name)} has too many addresses`, EX.CONFIG),
  'alias.loop': define(
    [{ name: 'root' }],
    ({ name }) => `alias ${quoted(name)} names itself through other aliases`,
    EX.CONFIG,
  ),
  'alias.too-deep': define(
    [{ name: 'root', most: 10 }],
    ({ name, most }) => `alias ${quoted(name)} goes through more than ${most} other aliases`,
    EX.CONFIG,
  ),
} as const;

const contentMessages = {
  'header.not-a-field': define(
    [{ count: 2 }],
    ({ count }) => `header lines that are not fields: ${count}; they are sent as X-Not-A-Header`,
  ),
  'message.too-large': define(
    [{ most: 52_428_800 }],
    ({ most }) => `the message is larger than ${most} bytes (directive message_size_limit)`,
    EX.DATAERR,
  ),
  'message.nul': define(
    [{ offset: 4096 }],
    ({ offset }) => `the message contains a NUL byte at offset ${offset}; encode binary data as base64`,
    EX.DATAERR,
  ),
  'message.unreadable': define(
    [{ why: 'EIO' }],
    ({ why }) => `the message cannot be read from standard input (${why})`,
    EX.IOERR,
  ),
  'message.temporary-file': fixed('the temporary file of the message is shorter than the message', EX.IOERR),
  'internal.error': define<{ what: string; mail: 'unsent' | 'unknown' }>(
    [
      { what: 'RangeError: Invalid array length', mail: 'unsent' },
      { what: 'RangeError: Invalid array length', mail: 'unknown' },
    ],
    ({ what, mail }) =>
      `internal error, the mail ${mail === 'unsent' ? 'was not sent' : 'may not have been sent'}: ${what}`,
    EX.SOFTWARE,
  ),
} as const;

/** `account` (`from`): whose key it is. */
type Signer = { account: string; from: string };
const SIGNER: Signer = { account: 'default', from: '/etc/mailshimrc' };
const unsigned = ({ account, from }: Signer) => `the mail was not sent (account ${account} from ${from})`;

const signingMessages = {
  'dkim-key.missing': define<Signer & { file: string }>(
    [{ ...SIGNER, file: '/etc/mailshim/s1.key' }],
    (args) => `dkim_key ${args.file}: no such file; ${unsigned(args)}`,
    EX.CONFIG,
  ),
  'dkim-key.denied': define<Signer & { file: string }>(
    [{ ...SIGNER, file: '/etc/mailshim/s1.key' }],
    (args) =>
      `dkim_key ${args.file}: permission denied; let the user that sends read it, by a group and chmod 0640; ${unsigned(args)}`,
    EX.CONFIG,
  ),
  'dkim-key.unreadable': define<Signer & { file: string; why: string }>(
    [{ ...SIGNER, file: '/etc/mailshim/s1.key', why: 'EIO' }],
    (args) => `dkim_key ${args.file}: cannot be read (${args.why}); ${unsigned(args)}`,
    EX.CONFIG,
  ),
  'dkim-key.mode': define<Signer & { file: string; mode: string }>(
    [{ ...SIGNER, file: '/etc/mailshim/s1.key', mode: '0644' }],
    (args) =>
      `dkim_key ${args.file}: its mode ${args.mode} lets other users read or change it; chmod 0640, or 0600; ${unsigned(args)}`,
    EX.CONFIG,
  ),
  'dkim-key.invalid': define<Signer & { file: string; why: string }>(
    [{ ...SIGNER, file: '/etc/mailshim/s1.key', why: 'it is not a private key in PEM' }],
    (args) => `dkim_key ${args.file}: ${args.why}; ${unsigned(args)}`,
    EX.CONFIG,
  ),
  'dkim.unsigned': define<Signer & { why: string }>(
    [{ ...SIGNER, why: 'the message has no From' }],
    (args) => `DKIM: ${args.why}; ${unsigned(args)}`,
    EX.CONFIG,
  ),
  'preflight.late': define([{ seconds: 2 }], ({ seconds }) => `no answer in ${seconds} s`),
  'preflight.unreachable': define([{ why: 'ECONNREFUSED' }], ({ why }) => why),
  'preflight.http': define([{ status: 503 }], ({ status }) => `HTTP ${status}`),
  'preflight.answer': define<{ fault: 'long' | 'json' | 'shape' }>(
    [{ fault: 'long' }, { fault: 'json' }, { fault: 'shape' }],
    ({ fault }) => `the answer is ${{ long: 'too long', json: 'not JSON', shape: 'not one of a pre-flight' }[fault]}`,
  ),
} as const;

const logMessages = {
  'log.line': define([{ line: 'host=mail.shop.example tls=on … exitcode=EX_OK' }], ({ line }) => line),
  'log.file': define(
    [{ file: '/var/log/mailshim.log', why: 'permission denied', lines: 'host=mail.shop.example …' }],
    ({ file, why, lines }) => `cannot log to ${file}: ${why}; log info was: ${lines}`,
  ),
  'log.syslog': define<{ fault: 'missing' | 'stuck'; lines: string }>(
    [
      { fault: 'missing', lines: 'host=mail.shop.example …' },
      { fault: 'stuck', lines: 'host=mail.shop.example …' },
    ],
    ({ fault, lines }) =>
      `cannot log to syslog: logger(1) ${fault === 'missing' ? 'is missing' : 'does not read'}; log info was: ${lines}`,
  ),
  'log.logger': define([{ why: 'ENOENT' }], ({ why }) => `cannot log to syslog: logger(1): ${why}`),
} as const;

export const mailMessages = {
  ...recipientMessages,
  ...contentMessages,
  ...signingMessages,
  ...logMessages,
} as const;
