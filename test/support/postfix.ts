// A Postfix of the test's own: configuration, queue, ports and mailboxes in one temporary folder, gone afterwards.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createAuthority, type Issued } from './certificates.ts';
import { end } from './end.ts';
import { temporaryFolder } from './folder.ts';
import { freePorts } from './ports.ts';

export interface Postfix {
  /** `smtpd_tls_wrappermode=yes`: TLS from the first byte. */
  implicitPort: number;
  /** The "465 inet … smtpd" line of many guides: plain text, STARTTLS offered. */
  plainPort: number;
  /** Plain text without STARTTLS. */
  clearPort: number;
  /** PEM file of the authority that signed the certificate. */
  caFile: string;
  /** Messages delivered to a mailbox since the last call, oldest first, as one octet per character. */
  received(user: string, count?: number): Promise<string[]>;
  log(): string;
  stop(): Promise<void>;
}

export interface PostfixOptions {
  /** Addresses with a mailbox. */
  users: readonly string[];
  /** Names and addresses in the certificate. */
  names?: readonly string[];
  certificate?: Partial<Issued>;
  /** More lines of main.cf; a later setting wins. */
  main?: readonly string[];
  /** More services of master.cf, as they stand there. */
  master?: string;
  /** A user who may log in, and the sender addresses that are this user's alone; all others are refused to it. */
  login?: { user: string; password: string; owns: readonly string[] };
}

const DAEMONS = '/usr/lib/postfix/sbin';

export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const folder = temporaryFolder('mailshim-postfix-');
  chmodSync(folder.path, 0o755);
  const path = (name: string) => join(folder.path, name);
  const id = (...args: string[]) => Number(execFileSync('id', args, { encoding: 'utf8' }));
  const [implicitPort, plainPort, clearPort] = (await freePorts(3)) as [number, number, number];
  const authority = createAuthority();
  const { cert, key } = authority.issue({ names: options.names ?? ['localhost', '127.0.0.1'] });
  for (const name of ['etc', 'queue', 'mail', 'data']) mkdirSync(path(name), { mode: 0o755 });
  chownSync(path('data'), id('-u', 'postfix'), id('-g', 'postfix'));
  chownSync(path('mail'), id('-u', 'nobody'), id('-g', 'nobody'));
  writeFileSync(path('ca.pem'), authority.ca);
  writeFileSync(path('cert.pem'), options.certificate?.cert ?? cert);
  writeFileSync(path('key.pem'), options.certificate?.key ?? key, { mode: 0o600 });
  writeFileSync(path('users'), options.users.map((user) => `${user} ${user}/\n`).join(''));
  const domains = [...new Set(options.users.map((user) => user.split('@')[1]))];
  const login = options.login === undefined ? [] : allowLogin(options.login, path, id('-u', 'postfix'));
  writeFileSync(
    path('etc/main.cf'),
    `compatibility_level = 3.6
queue_directory = ${path('queue')}
data_directory = ${path('data')}
daemon_directory = ${DAEMONS}
maillog_file = ${path('mail.log')}
maillog_file_prefixes = ${folder.path}
myhostname = relay.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
virtual_mailbox_domains = ${domains.join(' ')}
virtual_mailbox_base = ${path('mail')}
virtual_mailbox_maps = texthash:${path('users')}
virtual_uid_maps = static:${id('-u', 'nobody')}
virtual_gid_maps = static:${id('-g', 'nobody')}
virtual_minimum_uid = 1
local_recipient_maps =
alias_maps =
alias_database =
# As for a client elsewhere: what is missing in a header stays missing.
local_header_rewrite_clients =
smtpd_tls_cert_file = ${path('cert.pem')}
smtpd_tls_key_file = ${path('key.pem')}
smtpd_tls_security_level = may
smtpd_client_connection_rate_limit = 0
${[...login, ...(options.main ?? [])].map((line) => `${line}\n`).join('')}`,
  );
  const internal = (name: string, type: string, wakeup: string, limit: string, command = name) =>
    // These three have their sockets in public/, all others in private/.
    `${name} ${type} ${/^(cleanup|qmgr|postlog)$/.test(name) ? 'n' : '-'} ${name === 'virtual' ? 'n' : '-'} n ${wakeup} ${limit} ${command}\n`;
  writeFileSync(
    path('etc/master.cf'),
    [
      `127.0.0.1:${implicitPort} inet n - n - - smtpd\n  -o smtpd_tls_wrappermode=yes\n`,
      `127.0.0.1:${plainPort} inet n - n - - smtpd\n`,
      `127.0.0.1:${clearPort} inet n - n - - smtpd\n  -o smtpd_tls_security_level=none\n`,
      internal('cleanup', 'unix', '-', '0'),
      internal('qmgr', 'unix', '300', '1'),
      internal('tlsmgr', 'unix', '1000?', '1'),
      internal('rewrite', 'unix', '-', '-', 'trivial-rewrite'),
      internal('bounce', 'unix', '-', '0'),
      internal('defer', 'unix', '-', '0', 'bounce'),
      internal('trace', 'unix', '-', '0', 'bounce'),
      internal('verify', 'unix', '-', '1'),
      internal('proxymap', 'unix', '-', '-'),
      internal('error', 'unix', '-', '-'),
      internal('retry', 'unix', '-', '-', 'error'),
      internal('virtual', 'unix', '-', '-'),
      internal('smtp', 'unix', '-', '-'),
      internal('anvil', 'unix', '-', '1'),
      internal('postlog', 'unix-dgram', '-', '1', 'postlogd'),
      options.master ?? '',
    ].join(''),
  );
  execFileSync('/usr/sbin/postfix', ['-c', path('etc'), 'check'], { stdio: 'ignore' });
  const master = spawn(join(DAEMONS, 'master'), ['-c', path('etc'), '-d'], { stdio: 'ignore' });
  const log = () => readOr(path('mail.log'));
  try {
    for (const port of [implicitPort, plainPort, clearPort]) await listening(port, master, log);
  } catch (error) {
    await end(master);
    folder.remove();
    throw error;
  }
  const seen = new Set<string>();
  return {
    implicitPort,
    plainPort,
    clearPort,
    caFile: path('ca.pem'),
    log,
    async received(user, count = 1) {
      const box = path(`mail/${user}/new`);
      for (let attempt = 0; attempt < 100; attempt++) {
        const names = listOr(box).filter((name) => !seen.has(name));
        if (names.length >= count) {
          for (const name of names) seen.add(name);
          return names.sort().map((name) => readFileSync(join(box, name), 'latin1'));
        }
        if (count === 0) return [];
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`no mail for ${user} arrived; Postfix says:\n${log()}`);
    },
    async stop() {
      await end(master);
      folder.remove();
    },
  };
}

/** The message as it was handed over: without the lines that delivery puts in front. */
export function withoutTrace(message: string): string {
  let text = message;
  for (;;) {
    const match = /^(Return-Path|X-Original-To|Delivered-To|Received):[^\n]*\n([ \t][^\n]*\n)*/.exec(text);
    if (match === null) return text;
    text = text.slice(match[0].length);
  }
}

/** Cyrus SASL with a password file of its own, and Postfix's check of who owns a sender; the lines of main.cf. */
function allowLogin(
  { user, password, owns }: NonNullable<PostfixOptions['login']>,
  path: (name: string) => string,
  owner: number,
): string[] {
  const [name, realm] = user.split('@') as [string, string];
  // Debian's Postfix looks for it beside main.cf, whatever cyrus_sasl_config_path says.
  mkdirSync(path('etc/sasl'), { mode: 0o755 });
  const database = path('passwords');
  execFileSync('/usr/sbin/saslpasswd2', ['-p', '-c', '-f', database, '-u', realm, name], { input: password });
  chownSync(database, owner, -1);
  writeFileSync(
    path('etc/sasl/smtpd.conf'),
    `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${database}\n`,
  );
  writeFileSync(path('owners'), owns.map((address) => `${address} ${user}\n`).join(''));
  return [
    'smtpd_sasl_auth_enable = yes',
    `smtpd_sender_login_maps = texthash:${path('owners')}`,
    'smtpd_sender_restrictions = reject_sender_login_mismatch',
  ];
}

async function listening(port: number, master: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (master.exitCode !== null) break;
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      setTimeout(() => socket.destroy(), 500).unref();
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Postfix does not listen on port ${port}:\n${log()}`);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function listOr(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A configuration that sends at once through the instance as shop@shop.example over implicit TLS, without the pre-flight and the spool unless `lines` say more. */
export function accountFor(postfix: Postfix, lines: readonly string[]): string {
  const own = [
    'account default',
    'host localhost',
    `port ${postfix.implicitPort}`,
    'tls on',
    'tls_starttls off',
    `tls_trust_file ${postfix.caFile}`,
    'from shop@shop.example',
    'preflight off',
    'spool off',
  ];
  return `${[...own, ...lines].join('\n')}\n`;
}
