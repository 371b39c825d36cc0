// The sitting: a shop, a relay and the Internet as three bare machines, set up by nothing but what mailshim prints.
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Authority, createAuthority } from './certificates.ts';
import { needs } from './peers.ts';
import { isExecutable, type Ran, shimFile } from './program.ts';
import { type BareMachine, bareMachineMissing, connectMachines, startBareMachine } from './sitting-machine.ts';
import { waitFor } from './wait.ts';

/** Addresses that stand for public ones (RFC 5737). */
export const SHOP = '203.0.113.5';
export const RELAY = '203.0.113.25';
export const STRANGER = '203.0.113.66';
const SERVICES = '198.51.100.53';
export const DOMAIN = 'shop.example';
export const HOST = 'mail.shop.example';
export const SENDER = 'orders@shop.example';
export const WORKER = 'http://worker.example';
const TOKEN = 'sitting-token-0123456789';
const DEBIAN = '/usr/share/postfix';

export interface Sitting {
  shop: BareMachine;
  relay: BareMachine;
  internet: BareMachine;
  authority: Authority;
  /** mailshim as root on the shop's machine. */
  mailshim(
    words: readonly string[],
    options?: { input?: string; as?: string; env?: Record<string, string> },
  ): Promise<Ran>;
  /** mailshim on the relay. */
  onRelay(words: readonly string[], input?: string): Promise<Ran>;
  /** Zone files by origin, served from now on beside the rest of the Internet; SOA and NS are put in front. */
  serve(zones: Record<string, string>): Promise<void>;
  /** Names, and in clear, what the log of a machine's Postfix says. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Why there can be no sitting here, or false. */
export function sittingMissing(): string | false {
  return (
    needs('postfix', 'postfix').missing ||
    needs('named', 'bind9').missing ||
    needs('php', 'php-cli').missing ||
    needs('ip', 'iproute2').missing ||
    needs('curl', 'curl').missing ||
    bareMachineMissing()
  );
}

/** Machines with Debian's packages and mailshim, connected, and nothing set up yet but the Internet. */
export async function startSitting(): Promise<Sitting> {
  const started: BareMachine[] = [];
  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map((machine) => machine.stop()));
  };
  try {
    for (const name of ['shop', 'relay', 'internet']) started.push(await startBareMachine(name));
    const [shop, relay, internet] = started as [BareMachine, BareMachine, BareMachine];
    connectMachines(shop, [SHOP, STRANGER], relay, [RELAY]);
    connectMachines(shop, [SHOP, STRANGER], internet, [SERVICES]);
    connectMachines(relay, [RELAY], internet, [SERVICES]);
    for (const machine of started) {
      await machine.shell(
        `rm -f /etc/resolv.conf; printf 'nameserver ${SERVICES}\\noptions timeout:2 attempts:1\\n' > /etc/resolv.conf`,
      );
    }
    const names = await startNames(internet, children);
    await names.serve({});
    const authority = createAuthority('Sitting authority');
    await Promise.all([
      bareRelay(relay, authority),
      bareShop(shop, authority),
      startReceiver(internet, authority, children),
    ]);
    return {
      shop,
      relay,
      internet,
      authority,
      mailshim: (words, options) => shop.run('/usr/local/bin/mailshim', words, options),
      onRelay: (words, input) => relay.run('/usr/local/bin/mailshim', words, input === undefined ? {} : { input }),
      serve: names.serve,
      log: async () =>
        `relay:\n${await relay.shell('cat /var/log/mail.log 2>/dev/null || true')}\ninternet:\n${await internet.shell('cat /var/log/mail.log 2>/dev/null || true')}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The shim as `mailshim install` puts it; the bundle from a copy, since others may build meanwhile. */
async function installShim(machine: BareMachine): Promise<void> {
  await machine.shell('rm -rf /etc/mailshim /etc/mailshimrc /etc/msmtprc /usr/local/bin/mailshim');
  if (isExecutable) {
    await machine.shell(`'${shimFile}' install`);
    return;
  }
  const bundle = '/usr/lib/mailshim/mailshim.cjs';
  await machine.shell(`mkdir -p /usr/lib/mailshim; base64 -d > ${bundle}`, readFileSync(shimFile).toString('base64'));
  await machine.shell(`'${process.execPath}' ${bundle} install`);
}

async function bareShop(shop: BareMachine, authority: Authority): Promise<void> {
  await installShim(shop);
  await shop.write('/etc/ssl/certs/ca-certificates.crt', authority.ca);
  // PHP as Debian brings it, whatever this system has made of it.
  await shop.shell(
    `for file in /etc/php/*/*/php.ini; do sed -i '/^ *sendmail_path/d' "$file"; done; rm -f /usr/sbin/sendmail`,
  );
}

/** Debian's Postfix as it comes, started, with the certificate that certbot would have got. */
export async function bareRelay(relay: BareMachine, authority: Authority): Promise<void> {
  await installShim(relay);
  const { cert, key } = authority.issue({ names: [HOST] });
  await relay.shell(`mkdir -p /etc/letsencrypt/live/${HOST}`);
  await relay.write(`/etc/letsencrypt/live/${HOST}/fullchain.pem`, cert + authority.ca);
  await relay.write(`/etc/letsencrypt/live/${HOST}/privkey.pem`, key, { mode: '0600' });
  await barePostfix(relay, 'smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt\n');
  await relay.shell('postfix start');
}

async function barePostfix(machine: BareMachine, main: string): Promise<void> {
  await machine.shell(
    `cp ${DEBIAN}/master.cf.dist /etc/postfix/master.cf; cp ${DEBIAN}/main.cf.debian /etc/postfix/main.cf; rm -rf /etc/postfix/sasl/*
printf '%s' 'maillog_file = /var/log/mail.log\n${main}' >> /etc/postfix/main.cf
rm -rf /var/spool/postfix /var/lib/postfix /var/log/mail.log; mkdir -p /var/spool/postfix /var/lib/postfix; chown postfix:postfix /var/lib/postfix
postfix set-permissions 2>/dev/null || true
mkdir -p /var/spool/postfix/etc; cp /etc/services /etc/hosts /etc/nsswitch.conf /etc/resolv.conf /var/spool/postfix/etc/`,
  );
}

/** The receiving Postfix for test inboxes, set up by the lines of docs/message.md, and the Worker that it hands mail to. */
async function startReceiver(internet: BareMachine, authority: Authority, children: ChildProcess[]): Promise<void> {
  const docs = readFileSync(new URL('../../docs/message.md', import.meta.url), 'utf8');
  const own = docs.slice(docs.indexOf('### Set it up on an own server'));
  const script = /```sh\n(#!\/bin\/sh\n[\s\S]*?)```/.exec(own)?.[1];
  const [, master, main] = /```\n# master\.cf\n([\s\S]*?)\n# main\.cf\n([\s\S]*?)```/.exec(own) ?? [];
  if (script === undefined || master === undefined || main === undefined)
    throw new Error('docs/message.md has changed its lines');
  await internet.shell('getent passwd mailshim >/dev/null || useradd --system mailshim; mkdir -p /etc/mailshim');
  await internet.write('/etc/mailshim/inbox-header', `authorization: Bearer ${TOKEN}\n`, {
    mode: '0400',
    owner: 'mailshim:mailshim',
  });
  await internet.write('/usr/local/bin/to-inbox', script.replace('127.0.0.1:8787', '127.0.0.1:80'), { mode: '0755' });
  const { cert, key } = authority.issue({ names: ['mx.inbox.example'] });
  await internet.write('/etc/ssl/inbox.pem', key + cert, { mode: '0600' });
  const place = (text: string) =>
    text.replaceAll('test.shop.example', 'inbox.example').replaceAll('test\\.shop\\.example', 'inbox\\.example');
  await barePostfix(internet, '');
  await internet.write(
    '/etc/postfix/added',
    `${place(main)}
myhostname = mx.inbox.example
mydestination =
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_chain_files = /etc/ssl/inbox.pem
smtpd_tls_security_level = may
`,
  );
  await internet.write('/etc/postfix/added-master', place(master));
  await internet.shell(
    'sed -i "/^smtpd_relay_restrictions/,/^[^ ]/{/^smtpd_relay_restrictions/d}" /etc/postfix/main.cf; cat /etc/postfix/added >> /etc/postfix/main.cf; cat /etc/postfix/added-master >> /etc/postfix/master.cf; postfix start',
  );
  const worker = internet.start(process.execPath, [new URL('./sitting-internet.ts', import.meta.url).pathname, TOKEN]);
  children.push(worker);
  const said = collect(worker);
  await waitFor(
    () => {
      if (worker.exitCode !== null) throw new Error(`the Worker ended:\n${said()}`);
      return /^ready$/m.test(said());
    },
    () => `the Worker does not start:\n${said()}`,
    60_000,
  );
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  }
  return () => text;
}

/** What the rest of the Internet has: the provider of the shop's mailboxes, the Worker, the test inboxes, block lists that list nobody. */
const REST: Record<string, string> = {
  '.': `ns.provider.example. A ${SERVICES}\n`,
  'provider.example': `ns A ${SERVICES}\nmx A ${SERVICES}\n25-113-0-203.static A ${RELAY}\n`,
  'worker.example': `@ A ${SERVICES}\n`,
  'inbox.example': `@ MX 10 mx\nmx A ${SERVICES}\n`,
  'zen.spamhaus.org': '2.0.0.127 A 127.0.0.2\n',
  'dbl.spamhaus.org': 'test A 127.0.1.2\n',
  'bl.spamcop.net': '2.0.0.127 A 127.0.0.2\n',
  'psbl.surriel.com': '2.0.0.127 A 127.0.0.2\n',
  '100.51.198.in-addr.arpa': '53 PTR mx.inbox.example.\n',
};

async function startNames(internet: BareMachine, children: ChildProcess[]): Promise<Pick<Sitting, 'serve'>> {
  const zones = '/run/zones';
  let named: ChildProcess | undefined;
  let said = () => '';
  let serial = 0;
  // A name of its own for each version: named passes over a file that was changed within the same second.
  const write = async (all: Record<string, string>) => {
    serial++;
    const files = Object.entries(all).map(([origin, text], index) => {
      const name = origin === '.' ? '.' : `${origin}.`;
      return {
        file: `zone${serial}.${index}`,
        name,
        text: `$ORIGIN ${name}\n$TTL 300\n@ SOA ns.provider.example. hostmaster.provider.example. ${serial} 3600 600 86400 300\n@ NS ns.provider.example.\n${text}`,
      };
    });
    const clauses = files.map(({ file, name }) => `zone "${name}" { type primary; file "${file}"; };`);
    await internet.shell(
      `mkdir -p ${zones}; rm -f ${zones}/zone*; cd ${zones}; base64 -d | tar x`,
      await tarOf([
        ...files.map(({ file, text }) => [file, text] as const),
        [
          'named.conf',
          `options { directory "${zones}"; listen-on { any; }; listen-on-v6 { none; }; pid-file "${zones}/named.pid"; recursion no; dnssec-validation no; minimal-responses no; session-keyfile "${zones}/session.key"; check-names primary warn; };\ncontrols { };\n${clauses.join('\n')}\n`,
        ],
      ]),
    );
  };
  const times = () => (said().match(/all zones loaded$/gm) ?? []).length;
  return {
    async serve(own) {
      await write({ ...REST, ...own });
      const before = times();
      if (named === undefined) {
        named = internet.start('named', ['-g', '-c', `${zones}/named.conf`]);
        children.push(named);
        said = collect(named);
      } else await internet.shell(`kill -HUP "$(cat ${zones}/named.pid)"`);
      await waitFor(
        () => {
          if (named?.exitCode !== null) throw new Error(`named ended:\n${said()}`);
          return times() > before;
        },
        () => `named does not load the zones:\n${said()}`,
      );
      const refused = said()
        .split('all zones loaded')
        .at(-2)!
        .split('\n')
        .filter((line) => /not loaded due to errors|zone .*: (?:loading from|bad |unknown )/.test(line));
      if (refused.length > 0) throw new Error(`named refuses a zone:\n${refused.join('\n')}`);
    },
  };
}

/** Files as a tar archive in base64, by tar itself. */
async function tarOf(files: readonly (readonly [string, string])[]): Promise<string> {
  const { execFileSync } = await import('node:child_process');
  const { temporaryFolder } = await import('./folder.ts');
  const folder = temporaryFolder();
  for (const [name, text] of files) folder.write(name, text, 0o644);
  const archive = execFileSync('tar', ['-C', folder.path, '-c', ...files.map(([name]) => name)]);
  folder.remove();
  return archive.toString('base64');
}
