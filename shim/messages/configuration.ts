// Messages about the configuration: its files, lines, values and accounts, and the secrets that it names.

import { EX } from '../exit.ts';
import { define, fixed } from './define.ts';

const { CONFIG } = EX;
const quoted = (text: string) => JSON.stringify(text);

/** Files and lines. */
const fileMessages = {
  'config.unreadable': define(
    [
      { file: '/etc/mailshimrc', why: 'no such file', euid: 33 },
      { file: '/etc/mailshimrc', why: 'permission denied', euid: 33 },
    ],
    ({ file, why, euid }) =>
      why === 'permission denied'
        ? `${file}: permission denied for uid ${euid}; let that user read it (chown, or a group and chmod 0640)`
        : `${file}: ${why}`,
    EX.IOERR,
  ),
  'config.password-owner': define(
    [{ owner: 1000, euid: 33 }],
    ({ owner, euid }) =>
      `a file with a password must belong to the user that reads it (owner ${owner}, reader ${euid})`,
    CONFIG,
  ),
  'config.password-mode': define(
    [{ file: '/home/shop/.msmtprc', mode: '0644' }],
    ({ file, mode }) => `a file with a password must not be open to other users (mode ${mode}); chmod 0600 ${file}`,
    CONFIG,
  ),
  'config.foreign-file': define(
    [{ owner: 1000, euid: 33 }],
    ({ owner, euid }) =>
      `commands and variables of a file are used only if its reader or root owns it (owner ${owner}, reader ${euid}); chown it`,
    CONFIG,
  ),
  'config.writable-file': define(
    [{ file: '/etc/mailshimrc' }],
    ({ file }) => `commands and variables of a file that every user can write are not used; chmod o-w ${file}`,
    CONFIG,
  ),
  'line.too-long': define([{ most: 500 }], ({ most }) => `the line is longer than ${most} bytes`, CONFIG),
  'line.control': define(
    [{ word: 'user' }],
    ({ word }) => `the argument of ${word} contains a control character`,
    CONFIG,
  ),
  'directive.unknown': define<{ word: string; nearest?: string | undefined }>(
    [{ word: 'colour' }, { word: 'hots', nearest: 'host' }],
    ({ word, nearest }) =>
      `unknown directive ${quoted(word)}${nearest === undefined ? '' : `; did you mean ${quoted(nearest)}?`}`,
    CONFIG,
  ),
  'directive.no-effect': define([{ word: 'ntlmdomain' }], ({ word }) => `${word} has no effect in mailshim`),
  'eval.no-directive': fixed('eval: the output of the command is not a directive', CONFIG),
  'command.failed': define<{ status?: number | null | undefined; signal?: string | null | undefined }>(
    [{ status: 2 }, { signal: 'SIGTERM' }],
    ({ status, signal }) =>
      `the command ${signal ? `was ended by ${signal}` : `exited with ${status ?? 'an error'}`}; run the command of that line by hand, as the same user, to see its output`,
    CONFIG,
  ),
} as const;

/** Values of directives. */
const valueMessages = {
  'value.choice': define(
    [{ choices: ['on', 'off'] as readonly string[] }, { choices: ['off', 'warn', 'enforce'] }],
    ({ choices }) =>
      choices.length === 2 ? `expected ${choices.join(' or ')}` : `expected one of ${choices.join(', ')}`,
    CONFIG,
  ),
  'value.integer': define(
    [{ least: 1, most: 65_535 }],
    ({ least, most }) => `expected a number from ${least} to ${most}`,
    CONFIG,
  ),
  'value.seconds': define<{ most?: number }>(
    [{}, { most: 60 }],
    ({ most }) => (most === undefined ? 'expected seconds, or off' : `expected seconds, at most ${most}`),
    CONFIG,
  ),
  'value.duration': fixed('expected a number of days, or a time such as 12h or 30m', CONFIG),
  'value.address': define<{ off: boolean }>(
    [{ off: false }, { off: true }],
    ({ off }) => `expected an address${off ? ', or off' : ''}`,
    CONFIG,
  ),
  'value.patterns': fixed('expected addresses, or patterns such as *@shop.example', CONFIG),
  'value.url': fixed('expected a URL that starts with https:// or http://', CONFIG),
  'value.url-credentials': fixed(
    'expected a URL without user and password; "preflight_token" is for the token',
    CONFIG,
  ),
  'value.host': fixed('expected one name or address; a second relay is an account of its own', CONFIG),
  'value.host-brackets': fixed('expected an IPv6 address in the brackets', CONFIG),
  'value.host-port': fixed('expected the name alone; the port is "port N", on a line of its own', CONFIG),
  'value.notify': fixed('expected off, never, or a list of failure, delay, success', CONFIG),
  'value.fingerprint': fixed('expected the SHA-256 fingerprint in hexadecimal', CONFIG),
  'value.credential': fixed('expected the name of a credential, without "/"', CONFIG),
} as const;

/** Accounts. */
const accountMessages = {
  'account.no-name': fixed('expected the name of the account', CONFIG),
  'account.twice': define(
    [{ name: 'shop' }],
    ({ name }) => `account ${quoted(name)} is already defined in this file`,
    CONFIG,
  ),
  'account.unknown-parent': define(
    [{ name: 'relay' }],
    ({ name }) => `account ${quoted(name)} is not defined before this line`,
    CONFIG,
  ),
  'account.unknown': define<{ name: string; known: readonly string[] }>(
    [
      { name: 'shop', known: [] },
      { name: 'shop', known: ['default', 'relay'] },
    ],
    ({ name, known }) =>
      `account ${quoted(name)} is not defined${known.length === 0 ? '' : `; defined are ${known.join(', ')}`}`,
    CONFIG,
  ),
  'account.none': fixed('no account is defined', CONFIG),
  'account.no-default': define(
    [{ first: 'shop' }],
    ({ first }) => `no account "default" is defined; add a line "account default : ${first}"`,
    CONFIG,
  ),
  'account.no-host': fixed('no relay is set; add "host NAME"', CONFIG),
  'account.lmtp-port': fixed('LMTP has no default port; add "port N"', CONFIG),
  'account.md5-fingerprint': fixed('MD5 fingerprints can be forged; set tls_fingerprint to the SHA-256 one', CONFIG),
  'account.client-certificate': fixed('tls_key_file and tls_cert_file need each other', CONFIG),
  'account.auth': define(
    [{ method: 'ntlm' }],
    ({ method }) => `auth ${method} is not supported; use "auth on"`,
    CONFIG,
  ),
  'account.no-user': fixed('"auth" needs "user NAME"', CONFIG),
  'account.dkim-keys': define(
    [{ keys: 2, selectors: 1, hasDomain: false }],
    ({ keys, selectors, hasDomain }) =>
      `${keys} dkim_key for ${selectors} dkim_selector and ${hasDomain ? 'a' : 'no'} dkim_domain; each key needs its selector, and all need the domain`,
    CONFIG,
  ),
  'account.rewrite-sender': define(
    [{ rewrite: 'always' }],
    ({ rewrite }) => `sender_rewrite ${rewrite} needs "from ADDRESS", the sender to set`,
    CONFIG,
  ),
  'account.rewrite-preflight': fixed('sender_rewrite misaligned needs the pre-flight; set "preflight warn"', CONFIG),
  'account.from': define(
    [{ from: 'Shop' }],
    ({ from }) => `from ${from} is not an address; a display name is from_full_name`,
  ),
  'account.fallback': define<{ name: string; known: boolean }>(
    [
      { name: 'second', known: false },
      { name: 'shop', known: true },
    ],
    ({ name, known }) => `fallback_account: account "${name}" ${known ? 'is the account itself' : 'is not defined'}`,
    CONFIG,
  ),
} as const;

/** Passwords, credentials and variables. */
const secretMessages = {
  'password.none': define(
    [{ account: 'default', file: '/etc/mailshimrc', user: 'shop' }],
    ({ account, file, user }) =>
      `account ${account} (${file}): no password for ${user}; add "password" or "passwordeval"`,
    CONFIG,
  ),
  'password.no-output': fixed(
    'the command exited with 0 and printed no password; run the command of that line by hand, as the same user, to see its output',
    CONFIG,
  ),
  'credential.no-directory': fixed(
    '$CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with LoadCredential=',
    CONFIG,
  ),
  'credential.unreadable': define(
    [{ name: 'mailshim.password', why: 'no such file' }],
    ({ name, why }) => `credential ${name}: ${why}`,
    CONFIG,
  ),
  'credential.invalid': define<{ name: string; fault: 'long' | 'empty' | 'control'; most: number }>(
    [
      { name: 'mailshim.password', fault: 'empty', most: 16_384 },
      { name: 'mailshim.password', fault: 'long', most: 16_384 },
      { name: 'mailshim.password', fault: 'control', most: 16_384 },
    ],
    ({ name, fault, most }) =>
      `credential ${name}: ${{ long: `it is longer than ${most} bytes`, empty: 'it is empty', control: 'it contains a control character' }[fault]}`,
    CONFIG,
  ),
  'variable.unset': define([{ name: 'RELAY_PASSWORD' }], ({ name }) => `the variable ${name} is not set`, CONFIG),
  'variable.of-client': define(
    [{ name: 'HTTP_HOST' }],
    ({ name }) => `the variable ${name} is not used: a client of the web server may set it`,
    CONFIG,
  ),
  'variable.control': define(
    [{ name: 'RELAY_PASSWORD' }],
    ({ name }) => `the variable ${name} contains a control character`,
    CONFIG,
  ),
  'variable.too-long': define(
    [{ name: 'RELAY_PASSWORD', most: 16_384 }],
    ({ name, most }) => `the variable ${name} is longer than ${most} bytes`,
    CONFIG,
  ),
} as const;

export const configurationMessages = {
  ...fileMessages,
  ...valueMessages,
  ...accountMessages,
  ...secretMessages,
} as const;
