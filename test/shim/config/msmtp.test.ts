// The language of msmtprc compared with msmtp: what is accepted, what is rejected, and the resulting settings.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { accountOf } from '../../../shim/config/account.ts';
import { buildAccounts, chooseAccount } from '../../../shim/config/accounts.ts';
import { evaluateCommand } from '../../../shim/config/files.ts';
import { lexConfig } from '../../../shim/config/lex.ts';
import { ExitError } from '../../../shim/exit.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needs } from '../../support/peers.ts';
import { run } from '../../support/program.ts';

const msmtp = needs('msmtp', 'msmtp');
const folder = temporaryFolder();
after(() => folder.remove());

/** Lines appended to an account with a host and a sender; both programs must agree on them. */
const extra: string[] = [
  ...[
    'user "a b"',
    'user "ab',
    'user ""',
    'user',
    'user u # x',
    '\t  user\tu   ',
    'user u\r',
    '   # c',
    'user=u',
    'foo bar',
  ],
  ...[494, 495, 496].map((length) => `user ${'u'.repeat(length)}`),
  ...['port 0465', 'port 0x1d1', 'port -1', 'port 0', 'port 70000', 'port', 'port 25x', 'port +25', 'HOST x', 'host'],
  ...['timeout 0', 'timeout off', 'timeout 90', 'timeout', 'timeout 010', 'connect_timeout 5'],
  ...['tls ON', 'tls yes', 'tls', 'Tls on', 'tls_starttls', 'tls_starttls off', 'tls_certcheck off', 'tls_certcheck'],
  ...['auth xx', 'auth on\nuser u', 'auth off', 'auth login\nuser u', 'auth\nuser u'],
  ...['tls_fingerprint xx', 'tls_fingerprint', `tls_fingerprint ${'AB:'.repeat(31)}AB`],
  ...[
    `tls_fingerprint ${'0c:'.repeat(19)}0C`,
    'tls_key_file /x',
    'tls_cert_file /x',
    'tls_key_file /x\ntls_cert_file /y',
  ],
  ...['protocol LMTP', 'protocol lmtp\nport 24', 'protocol lmtp', 'socket /x'],
  ...['syslog', 'syslog on', 'syslog LOG_DAEMON', 'syslog LOG_LOCAL3', 'syslog off'],
  ...['dsn_notify failure,delay', 'dsn_notify x', 'dsn_notify', 'dsn_notify never', 'dsn_notify off'],
  ...['dsn_return hdrs', 'dsn_return headers', 'dsn_return', 'dsn_return full'],
  ...[
    'allow_from_override',
    'allow_from_override off',
    'set_from_header',
    'set_from_header auto',
    'set_from_header off',
  ],
  ...['set_from_header on', 'set_from_header x', 'set_date_header', 'set_date_header off', 'set_date_header on'],
  ...[
    'set_msgid_header',
    'set_msgid_header off',
    'undisclosed_recipients',
    'remove_bcc_headers',
    'remove_bcc_headers off',
  ],
  ...[
    'keepbcc on',
    'keepbcc off',
    'tls_nocertcheck',
    'tls_nostarttls',
    'tls_force_sslv3',
    'add_missing_from_header off',
  ],
  ...[
    'add_missing_from_header on',
    'add_missing_date_header off',
    'account default\nhost x',
    'account',
    'account x : y',
  ],
  ...['account x : default', 'account a : default , default', 'account z:', 'defaults\nport 26\naccount q\nhost q'],
  ...['proxy_host p', 'proxy_host p\nproxy_port 9', 'proxy_port 0', 'from', 'from %U@%H', 'from *@b.example'],
  ...['domain %H', 'source_ip 127.0.0.1', 'source_ip', 'tls_priorities NORMAL', 'tls_priorities'],
  ...['tls_min_dh_prime_bits 512', 'tls_min_dh_prime_bits', 'tls_min_dh_prime_bits x', 'tls_trust_file /x'],
  ...['tls_trust_file system', 'tls_crl_file', 'tls_crl_file /x', 'logfile', 'logfile -', 'logfile /x', 'logfile ~/x'],
  ...['logfile_time_format', 'logfile_time_format %Y', 'aliases /x', 'aliases', 'passwordeval echo x', 'password'],
  ...['password p', 'ntlmdomain', 'ntlmdomain x', 'eval echo port 27', 'eval false', 'eval true', 'eval echo foo'],
  ...["eval printf 'port 28\\nport 29'", 'tls_host_override x', 'tls_host_override'],
];
/*
 * Left out, since we differ on purpose: "auth on" without a user and NTLM, GSSAPI, DIGEST-MD5, channel binding and MD5
 * fingerprints are refused for the account that is used, not at the relay; "domain" without a name is localhost;
 * fractions of seconds, fingerprints without colons, "auth PLAIN" in capitals and LMTP over a socket without a
 * port are taken; control characters are refused.
 */

/** Whole files and the account asked for. */
const files: [text: string, account?: string][] = [
  ['defaults\nport 26\ntls on\naccount a\nhost a\nfrom a@x.example\naccount b : a\nhost b\naccount default : b\n'],
  ['defaults\nport 26\naccount a\nhost a\nport 27\ndefaults\nport 28\naccount b : a\naccount c\nhost c\n', 'b'],
  ['defaults\nport 26\naccount a\nhost a\nport 27\ndefaults\nport 28\naccount b : a\naccount c\nhost c\n', 'c'],
  ['account a\nhost a\nport 1\nuser a\naccount b\nhost b\nuser b\naccount c : a, b\nport 3\n', 'c'],
  ['account a\nhost a\nport 1\nuser a\naccount b\nhost b\nuser b\naccount c : b,a\n', 'c'],
  ['host top\nport 99\naccount a\nhost a\n', 'a'],
  ['host top\nport 99\naccount a\nhost a\n'],
  ['account a\nhost a\n'],
  ['account a\nhost a\n', 'nobody'],
  ['account default\nport 25\n'],
  ['tls on\ntls_starttls off\nhost h\naccount default2\nhost i\n'],
  ['defaults\ntls on\ntls_starttls off\naccount default\nhost h\n'],
  ['defaults\ntls on\ntls_starttls off\nport 2465\naccount default\nhost h\ntls_starttls on\n'],
  [''],
];

interface Settings {
  [name: string]: string;
}

async function theirs(text: string, account?: string): Promise<Settings | undefined> {
  const rc = folder.write('rc', text);
  const args = ['-C', rc, '-P', ...(account === undefined ? [] : ['-a', account]), 'x@x.example'];
  const { code, stdout } = await run(msmtp.path, args, { env: { HOME: '/home/shop', PATH: '/usr/bin:/bin' } });
  if (code !== 0) return undefined;
  const settings: Settings = {};
  for (const line of stdout.split('\n')) {
    const match = /^([a-z_ ]+?) = (.*)$/.exec(line);
    if (match !== null) settings[match[1]!.replaceAll(' ', '_')] = match[2]!;
  }
  return settings;
}

function ours(text: string, name?: string): Settings | undefined {
  const lexed = lexConfig('rc', text);
  const { accounts, problems } = buildAccounts(lexed.lines, evaluateCommand);
  if (lexed.problems.length > 0 || problems.length > 0) return undefined;
  const choice = chooseAccount(accounts, name, undefined);
  if ('problem' in choice) return undefined;
  try {
    const account = accountOf(choice.account, new Map(), '/home/shop');
    const onOff = (value: boolean) => (value ? 'on' : 'off');
    const { tls } = account;
    return {
      host: choice.account.settings.get('host')?.value ?? '(not set)',
      port: String(account.port),
      source_ip: account.sourceIp ?? '(not set)',
      proxy_host: account.proxy?.host ?? '(not set)',
      socket: account.socket ?? '(not set)',
      timeout: account.timeout === undefined ? 'off' : `${account.timeout / 1000} seconds`,
      protocol: account.lmtp ? 'lmtp' : 'smtp',
      domain: account.ehloName,
      auth: account.auth === 'on' ? 'choose' : account.auth === 'off' ? 'none' : account.auth.toUpperCase(),
      user: account.user ?? '(not set)',
      passwordeval: account.passwordeval ?? '(not set)',
      tls: tls.use === 'on' ? 'on' : 'off',
      tls_starttls: tls.starttls === 'off' ? 'off' : 'on',
      tls_trust_file: tls.trustFile,
      tls_key_file: tls.keyFile ?? '(not set)',
      tls_cert_file: tls.certFile ?? '(not set)',
      tls_certcheck: onOff(tls.certificateCheck),
      tls_host_override: tls.hostOverride ?? '(not set)',
      allow_from_override: onOff(account.allowFromOverride),
      set_from_header: account.setFromHeader,
      set_date_header: account.setDateHeader ? 'auto' : 'off',
      remove_bcc_headers: onOff(account.removeBcc),
      undisclosed_recipients: onOff(account.setToHeader === 'undisclosed_recipients'),
      dsn_notify: account.dsnNotify?.toUpperCase() ?? '(not set)',
      dsn_return: account.dsnReturn === undefined ? '(not set)' : { headers: 'HDRS', full: 'FULL' }[account.dsnReturn],
      logfile: account.logfile ?? '(not set)',
      syslog: account.syslog === 'on' ? 'LOG_USER' : (account.syslog ?? '(not set)'),
      aliases: account.aliases ?? '(not set)',
    };
  } catch (error) {
    if (error instanceof ExitError) return undefined;
    throw error;
  }
}

describe('msmtprc as msmtp reads it', { skip: msmtp.missing }, () => {
  const cases: [text: string, account?: string][] = [
    ...extra.map((lines): [string] => [`account default\nhost h.example\nfrom a@b.example\n${lines}\n`]),
    ...files,
  ];
  test(`${cases.length} files`, async () => {
    const wrong: string[] = [];
    for (const [text, account] of cases) {
      const expected = await theirs(text, account);
      const actual = ours(text, account);
      const show = text.replace('account default\nhost h.example\nfrom a@b.example\n', '').slice(0, 80);
      if ((expected === undefined) !== (actual === undefined)) {
        wrong.push(`${JSON.stringify(show)}: msmtp ${expected ? 'takes' : 'refuses'} it, mailshim does not`);
      } else if (expected !== undefined) {
        for (const [name, value] of Object.entries(actual!)) {
          if (expected[name] !== value) wrong.push(`${JSON.stringify(show)}: ${name}: ${expected[name]} / ${value}`);
        }
      }
    }
    assert.deepEqual(wrong, []);
  });
});
