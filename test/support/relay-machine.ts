// Two machines as two network namespaces: the shop with an allowed and a strange address, and the relay with Debian's Postfix as it comes.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from './certificates.ts';
import { temporaryFolder } from './folder.ts';
import { type Ran, run, shimCommand } from './program.ts';

export const RELAY = '10.77.0.1';
export const SHOP = '10.77.0.2';
export const STRANGER = '10.77.0.3';
export const SECOND_SHOP = '10.77.0.4';
export const THIRD_SHOP = '10.77.0.5';

export interface Machines {
  /** Folder of main.cf and master.cf. */
  etc: string;
  path(name: string): string;
  certificate: string;
  key: string;
  caFile: string;
  onRelay(program: string, args: readonly string[], input?: string): Promise<Ran>;
  onShop(program: string, args: readonly string[], input?: string): Promise<Ran>;
  /** Messages that have left the relay, as the receiver's program wrote them. */
  sent(count: number): Promise<string[]>;
  log(): string;
  stop(): Promise<void>;
}

const DEBIAN = '/usr/share/postfix';
/** Where mail goes out to: smtp-sink on the relay itself. */
const SINK = '127.0.0.1:2525';

/** Milliseconds that the receiving program lives for: longer than any test. */
const WHOLE_TEST = 600_000;

/** For `skip`: false, or why this machine has no network namespaces for a test, as in a container without the capability. */
export const namespacesMissing: string | false =
  spawnSync('unshare', ['--net', 'true']).status === 0 ? false : 'network namespaces need root and CAP_SYS_ADMIN';

/** Needs root, iproute2 and postfix. */
export async function startMachines(hostname: string): Promise<Machines> {
  const folder = temporaryFolder('mailshim-relay-');
  chmodSync(folder.path, 0o755);
  const path = folder.join;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const [relay, shop] = [`msr${process.pid}`, `mss${process.pid}`] as const;
  ip('netns', 'add', relay);
  ip('netns', 'add', shop);
  ip('-n', relay, 'link', 'set', 'lo', 'up');
  ip('-n', shop, 'link', 'set', 'lo', 'up');
  ip('-n', relay, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', shop);
  ip('-n', relay, 'address', 'add', `${RELAY}/24`, 'dev', 'eth0');
  for (const address of [SHOP, STRANGER, SECOND_SHOP, THIRD_SHOP])
    ip('-n', shop, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  ip('-n', relay, 'link', 'set', 'eth0', 'up');
  ip('-n', shop, 'link', 'set', 'eth0', 'up');

  for (const name of ['etc', 'queue', 'data', 'sent']) mkdirSync(path(name), { mode: 0o755 });
  const id = (...args: string[]) => Number(execFileSync('id', args, { encoding: 'utf8' }));
  chownSync(path('data'), id('-u', 'postfix'), id('-g', 'postfix'));
  chownSync(path('sent'), id('-u', 'nobody'), id('-g', 'nobody'));
  const authority = createAuthority();
  const { cert, key } = authority.issue({ names: [hostname, RELAY] });
  writeFileSync(path('ca.pem'), authority.ca);
  writeFileSync(path('fullchain.pem'), cert + authority.ca);
  writeFileSync(path('privkey.pem'), key, { mode: 0o600 });
  copyFileSync(join(DEBIAN, 'master.cf.dist'), path('etc/master.cf'));
  writeFileSync(
    path('etc/main.cf'),
    `${readFileSync(join(DEBIAN, 'main.cf.debian'), 'utf8')}
queue_directory = ${path('queue')}
data_directory = ${path('data')}
maillog_file = ${path('mail.log')}
maillog_file_prefixes = ${folder.path}
transport_maps = inline:{ { customer.example = smtp:[127.0.0.1]:2525 }, { provider.example = smtp:[127.0.0.1]:2525 } }
`,
  );
  // What Debian's start-up copies into the chroot, where getprotobyname and the like look.
  mkdirSync(path('queue/etc'));
  for (const name of ['services', 'hosts', 'nsswitch.conf']) cpSync(`/etc/${name}`, path(`queue/etc/${name}`));
  const inside = (namespace: string) => (program: string, args: readonly string[], input?: string, limit?: number) =>
    run('ip', ['netns', 'exec', namespace, program, ...args], {
      ...(limit === undefined ? {} : { limit }),
      env: { HOME: '/nonexistent', PATH: process.env.PATH ?? '/usr/bin:/bin', MAIL_CONFIG: path('etc') },
      ...(input === undefined ? {} : { input }),
    });
  const onRelay = inside(relay);
  const sink = onRelay('smtp-sink', ['-u', 'nobody', '-d', `${path('sent')}/%M.`, SINK, '10'], '', WHOLE_TEST);
  const log = () => readOr(path('mail.log'));
  return {
    etc: path('etc'),
    path,
    certificate: path('fullchain.pem'),
    key: path('privkey.pem'),
    caFile: path('ca.pem'),
    onRelay,
    onShop: inside(shop),
    log,
    async sent(count) {
      for (let attempt = 0; attempt < 200; attempt++) {
        const names = readdirSync(path('sent'));
        const texts = names.sort().map((name) => readFileSync(join(path('sent'), name), 'latin1'));
        if (texts.filter((text) => text.endsWith('\n')).length >= count) return texts;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`${count} mail(s) did not leave the relay:\n${log()}`);
    },
    async stop() {
      await onRelay('postfix', ['stop']);
      // Everything that is left in the two namespaces was started by this test.
      for (const namespace of [relay, shop]) {
        const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).split('\n').filter(Boolean);
        for (const pid of pids) endProcess(Number(pid));
      }
      await sink;
      ip('netns', 'delete', relay);
      ip('netns', 'delete', shop);
      folder.remove();
    },
  };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It ended by itself.
  }
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The built shim on the shop's machine. */
export function shimOnShop(machines: Machines, args: readonly string[], input: string): Promise<Ran> {
  const [program, words] = shimCommand();
  return machines.onShop(program, [...words, ...args], input);
}

/** The built shim on the relay. */
export function shimOnRelay(machines: Machines, words: readonly string[], input = ''): Promise<Ran> {
  const [program, first] = shimCommand();
  return machines.onRelay(program, [...first, ...words], input);
}

/** Another client than ours: what the relay says to anybody. */
export function askRelay(machines: Machines, source: string, extra: readonly string[]): Promise<Ran> {
  return machines.onShop('swaks', [
    ...['--server', RELAY, '--port', '465', '--tls-on-connect', '--local-interface', source],
    ...['--helo', 'shop.example', '--from', 'orders@shop.example', '--to', 'customer@customer.example'],
    ...['--timeout', '20'],
    ...extra,
  ]);
}

/** `postfix reload` comes back before the last smtpd with the old settings has gone. */
export async function answers(question: () => Promise<Ran>, expected: RegExp): Promise<void> {
  let said = '';
  for (let attempt = 0; attempt < 20; attempt++) {
    const { stdout, stderr } = await question();
    said = stdout + stderr;
    if (expected.test(said)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.match(said, expected);
}
