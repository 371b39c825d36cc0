// What the mail benchmarks stand on: a real Postfix behind TLS, and homes whose msmtprc says how to send through it.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { end } from '../../../test/support/end.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../test/support/folder.ts';
import { type Postfix, startPostfix } from '../../../test/support/postfix.ts';
import { bundleShim } from '../../build.ts';
import { buildLauncher, missingFor } from '../../launcher.ts';

export const CUSTOMER = 'customer@customer.example';
export const SHOP = 'shop@shop.example';
/** The daemon's user, who is another than the one that hands mail in. */
export const DAEMON = 65534;
/** Milliseconds until the daemon or the last mail is there; for a machine that is busy. */
const PATIENCE = 120_000;
const LOOK = 20;
const LAUNCHER = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';

export const MAIL = `To: ${CUSTOMER}
Subject: Your order
From: Shop <${SHOP}>
Date: Tue, 24 Nov 2026 10:00:00 +0000
Message-ID: <order@shop.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

${'Thank you for your order, which we shall send this very day.\n'.repeat(13)}`;

/** A machine's configuration, which the daemon's user alone can read, and its spool with a drop folder: as Debian's package sets it up. */
export interface Site {
  spool: string;
  /** Of a caller. */
  environment: Record<string, string>;
}

export interface BenchShop {
  postfix: Postfix;
  folder: TemporaryFolder;
  /** The customer's new mail: a file each. */
  mailbox: string;
  /** The shim, bundled from this source. */
  program: string;
  /** File of a mail. */
  mail: string;
  /** The program that php.ini names: the launcher, with the program beside it. */
  launcher: string;
  /** A home with a configuration for this port, and these lines of ours. */
  home(name: string, port: number, lines: readonly string[]): string;
  site(name: string, port: number, lines: readonly string[]): Site;
  /** The daemon of a site, at work; its process id. */
  daemon(site: Site): Promise<number>;
  stop(): Promise<void>;
}

/** Why the mail benchmarks cannot run here; undefined where they can. */
export function whyNoShop(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start Postfix';
  for (const [file, name] of [
    ['/usr/lib/postfix/sbin/master', 'postfix'],
    ['/usr/bin/msmtp', 'msmtp'],
    ['/usr/bin/php', 'php-cli'],
  ] as const)
    if (!existsSync(file)) return `${file} is missing: apt-get install ${name}`;
  return missingFor(LAUNCHER);
}

/** The shim, bundled from this source into the folder. */
export async function bundledProgram(folder: TemporaryFolder): Promise<string> {
  const program = folder.join('mailshim.cjs');
  await bundleShim(program);
  return program;
}

export async function openShop(): Promise<BenchShop> {
  const postfix = await startPostfix({
    users: [CUSTOMER],
    main: ['smtpd_client_connection_count_limit = 0'],
    // For its own sendmail.
    master: 'pickup unix n - n 60 1 pickup\n',
  });
  const folder = temporaryFolder('mailshim-bench-');
  chmodSync(folder.path, 0o755);
  mkdirSync(folder.join('lib'));
  mkdirSync(folder.join('empty'));
  const program = folder.join('lib/mailshim');
  await bundleShim(program);
  const script = readFileSync(program, 'utf8').replace(/^#!.*/, `#!${process.execPath}`);
  writeFileSync(program, script);
  const launcher = folder.join('lib/launcher');
  buildLauncher(LAUNCHER, launcher);
  const daemons: ChildProcess[] = [];
  const rcOf = (name: string, port: number, lines: readonly string[]) =>
    [
      'account default',
      'host localhost',
      `port ${port}`,
      'tls on',
      'tls_starttls off',
      `tls_trust_file ${postfix.caFile}`,
      `from ${SHOP}`,
      `logfile ${folder.join(`${name}/log`)}`,
      // msmtp takes these for comments.
      ...['preflight off', ...lines].map((line) => `#mailshim: ${line}`),
      '',
    ].join('\n');
  return {
    postfix,
    folder,
    mailbox: join(dirname(postfix.caFile), 'mail', CUSTOMER, 'new'),
    program,
    launcher,
    mail: folder.write('mail', MAIL, 0o644),
    home(name, port, lines) {
      mkdirSync(folder.join(name));
      folder.write(`${name}/.msmtprc`, rcOf(name, port, lines), 0o644);
      return folder.join(name);
    },
    site(name, port, lines) {
      const owned = (path: string, mode: number) => {
        chownSync(path, DAEMON, DAEMON);
        chmodSync(path, mode);
      };
      for (const path of [name, `${name}/etc`, `${name}/spool`, `${name}/spool/drop`]) mkdirSync(folder.join(path));
      owned(folder.write(`${name}/log`, ''), 0o600);
      owned(folder.write(`${name}/etc/mailshimrc`, rcOf(name, port, lines).replaceAll('#mailshim: ', '')), 0o600);
      const spool = folder.join(`${name}/spool`);
      owned(spool, 0o711);
      owned(join(spool, 'drop'), 0o3733);
      const environment = {
        HOME: folder.join('empty'),
        MAILSHIM_ETC: folder.join(`${name}/etc`),
        MAILSHIM_SPOOL: spool,
      };
      return { spool, environment };
    },
    async daemon({ spool, environment }) {
      const child = spawn(program, ['daemon', '--spool', spool], {
        uid: DAEMON,
        gid: DAEMON,
        env: { ...environment, PATH: '/usr/bin:/bin' },
        stdio: 'ignore',
      });
      daemons.push(child);
      await until(() => existsSync(join(spool, 'socket')), 'the daemon to be at work');
      return child.pid!;
    },
    async stop() {
      await Promise.all(daemons.map(end));
      await postfix.stop();
      folder.remove();
    },
  };
}

/** Mail after mail by the launcher, started by one bash. */
export async function handIn({ launcher, mail }: BenchShop, { environment }: Site, mails: number): Promise<void> {
  const script = 'for ((n = 0; n < $2; n++)); do "$0" -t -i <"$1" || exit; done';
  const child = spawn('/bin/bash', ['-c', script, launcher, mail, String(mails)], {
    env: { ...environment, PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new Error(`a call ended with ${code}`);
}

export async function until(done: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!done()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

/** Mails that lie in a folder. */
export function countFiles(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

export function emptyFolder(folder: string): void {
  if (existsSync(folder)) for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}
