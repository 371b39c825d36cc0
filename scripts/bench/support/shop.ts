// What the mail benchmarks stand on: a real Postfix behind TLS, and homes whose msmtprc says how to send through it.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { end } from '../../../test/support/end.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../test/support/folder.ts';
import { type Postfix, startPostfix } from '../../../test/support/postfix.ts';
import { bundleShim } from '../../build.ts';

export const CUSTOMER = 'customer@customer.example';
export const SHOP = 'shop@shop.example';
/** The daemon's user, who is another than the one that hands mail in. */
const DAEMON = 65534;
/** Milliseconds until the daemon or the last mail is there; for a machine that is busy. */
const PATIENCE = 120_000;
const LOOK = 20;

export const MAIL = `To: ${CUSTOMER}
Subject: Your order
From: Shop <${SHOP}>
Date: Tue, 24 Nov 2026 10:00:00 +0000
Message-ID: <order@shop.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

${'Thank you for your order, which we shall send this very day.\n'.repeat(13)}`;

export interface BenchShop {
  postfix: Postfix;
  folder: TemporaryFolder;
  /** The customer's new mail: a file each. */
  mailbox: string;
  /** The shim, bundled from this source. */
  program: string;
  /** A home with a configuration for this port, and these lines of ours. */
  home(name: string, port: number, lines: readonly string[]): string;
  /** A spool with a drop folder, as the Debian package sets it up. */
  drop(home: string): string;
  /** Its daemon at work. */
  daemon(home: string): Promise<void>;
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
  return undefined;
}

/** The shim, bundled from this source into the folder. */
export async function bundledProgram(folder: TemporaryFolder): Promise<string> {
  const program = folder.join('mailshim.cjs');
  await bundleShim(program);
  return program;
}

export async function openShop(): Promise<BenchShop> {
  const postfix = await startPostfix({ users: [CUSTOMER], main: ['smtpd_client_connection_count_limit = 0'] });
  const folder = temporaryFolder('mailshim-bench-');
  chmodSync(folder.path, 0o755);
  const program = await bundledProgram(folder);
  const daemons: ChildProcess[] = [];
  return {
    postfix,
    folder,
    mailbox: join(dirname(postfix.caFile), 'mail', CUSTOMER, 'new'),
    program,
    home(name, port, lines) {
      const home = folder.join(name);
      mkdirSync(home);
      // The daemon writes it too.
      chmodSync(folder.write(`${name}/log`, ''), 0o666);
      folder.write(
        `${name}/.msmtprc`,
        [
          'account default',
          'host localhost',
          `port ${port}`,
          'tls on',
          'tls_starttls off',
          `tls_trust_file ${postfix.caFile}`,
          `from ${SHOP}`,
          `logfile ${join(home, 'log')}`,
          // msmtp takes these for comments.
          ...['preflight off', ...lines].map((line) => `#mailshim: ${line}`),
          '',
        ].join('\n'),
        0o644,
      );
      return home;
    },
    drop(home) {
      const spool = join(home, 'spool');
      for (const [path, mode] of [
        [spool, 0o711],
        [join(spool, 'drop'), 0o3733],
      ] as const) {
        mkdirSync(path);
        chownSync(path, DAEMON, DAEMON);
        chmodSync(path, mode);
      }
      return spool;
    },
    async daemon(home) {
      const spool = join(home, 'spool');
      const child = spawn(process.execPath, [program, 'daemon', '--spool', spool], {
        uid: DAEMON,
        gid: DAEMON,
        env: { HOME: home, PATH: '/usr/bin:/bin' },
        stdio: 'ignore',
      });
      daemons.push(child);
      await until(() => existsSync(join(spool, 'awake')), 'the daemon to be at work');
    },
    async stop() {
      await Promise.all(daemons.map(end));
      await postfix.stop();
      folder.remove();
    },
  };
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
