// mail() of PHP with the launcher as its sendmail_path: what the page gets, what is in the log and what reaches the relay are the
// same as with the program, for two users who are not the daemon's; with words that were smuggled in, too.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Daemon, startDaemon, variablesOf } from '../support/calls-daemon.ts';
import { end } from '../support/end.ts';
import { until } from '../support/fault-spool.ts';
import { hermetic } from '../support/hermetic.ts';
import { type Launched, launchedInto, noLauncher } from '../support/launched.ts';
import { noMounts } from '../support/launcher.ts';
import { needs } from '../support/peers.ts';
import { run } from '../support/program.ts';
import { type FaultRelay, startFaultRelay } from '../support/relay-faults.ts';

const fpm = needs(readdirSync('/usr/sbin').find((name) => /^php-fpm[\d.]*$/.test(name)) ?? 'php-fpm', 'php-fpm');
const fcgi = needs('cgi-fcgi', 'libfcgi-bin');
const php = needs('php', 'php-cli');
const skip =
  noLauncher ||
  fpm.missing ||
  fcgi.missing ||
  php.missing ||
  (process.getuid?.() !== 0 && 'only root can be several users');

const USERS = { 'www-data': 33, nobody: 65534 };
const DAEMON = 4321;
const REFUSED = 'refused@x.example';

interface Case {
  name: string;
  to?: string;
  body?: string;
  headers?: string;
  parameters?: (stolen: string) => string;
  returned: boolean;
  /** Recipients at the relay. */
  recipients: string[];
  from?: string;
  /** In the log of php-fpm. */
  said?: RegExp;
  /** The launcher leaves it to the program. */
  left?: true;
}

const cases: readonly Case[] = [
  { name: 'a mail', returned: true, recipients: ['a@x.example'] },
  {
    name: 'Bcc',
    headers: 'Cc: c@x.example\r\nBcc: b@x.example',
    returned: true,
    recipients: ['a@x.example', 'c@x.example', 'b@x.example'],
  },
  {
    name: 'a refusal',
    to: REFUSED,
    returned: false,
    recipients: [],
    said: /mailshim: .*refused@x\.example: 550 5\.1\.1/,
  },
  { name: 'no address', to: 'a b c', returned: false, recipients: [], said: /mailshim: .*"a b c" is not an address/ },
  {
    name: 'one of two that is none',
    headers: 'Bcc: bad address here',
    returned: false,
    recipients: ['a@x.example'],
    said: /not a recipient: header Bcc/,
  },
  {
    name: 'the sender',
    parameters: () => '-fbounce@shop.example',
    returned: true,
    recipients: ['a@x.example'],
    from: 'bounce@shop.example',
  },
  {
    // What escapeshellcmd leaves of CVE-2016-10033.
    name: 'words in the sender',
    parameters: (stolen) => `-f"attacker\\" -oQ/tmp -X${stolen} some"@shop.example`,
    returned: false,
    recipients: [],
    said: /mailshim: option -f: /,
  },
  {
    name: 'a log',
    parameters: (stolen) => `--logfile=${stolen}`,
    returned: false,
    recipients: [],
    said: /--lock/,
    left: true,
  },
  {
    name: 'a configuration',
    parameters: () => '-C/etc/passwd',
    returned: false,
    recipients: [],
    said: /--lock/,
    left: true,
  },
  {
    name: 'another relay',
    parameters: () => '--host=evil.example',
    returned: false,
    recipients: [],
    said: /--lock/,
    left: true,
  },
  { name: 'SMTP', parameters: () => '-bs', returned: false, recipients: [], left: true },
  { name: 'an account that is none', parameters: () => '-a evil', returned: false, recipients: [], said: /evil/ },
  { name: '300 KB', body: 'x\n'.repeat(150_000), returned: true, recipients: ['a@x.example'], left: true },
];

const PAGE = `<?php
$call = json_decode(file_get_contents('php://input'));
echo json_encode(['uid' => (int) shell_exec('/usr/bin/id -u 2>/dev/null'), 'returned' => mail($call->to, $call->subject, $call->body, $call->headers, $call->parameters)]);
`;

describe('PHP and the launcher', { skip }, () => {
  let relay: FaultRelay;
  let daemon: Daemon;
  let launched: Launched;
  let server: ChildProcess;
  before(async () => {
    relay = await startFaultRelay({
      recipient: (address) => (address === REFUSED ? '550 5.1.1 no such user' : undefined),
    });
    daemon = await startDaemon(`host 127.0.0.1\nport ${relay.port}\ntls off\ndelivery direct\noutbreak off`, {
      readable: true,
      uid: DAEMON,
    });
    launched = launchedInto(daemon.folder);
    daemon.folder.write('mail.php', PAGE, 0o644);
    mkdirSync(daemon.folder.join('open'));
    chmodSync(daemon.folder.join('open'), 0o777);
    const pools = Object.keys(USERS).flatMap((user) => [
      pool(user, 'launcher', launched.sendmail),
      pool(user, 'program', daemon.folder.join('launched/mailshim')),
    ]);
    const root = noMounts ? '' : chroot();
    if (!noMounts) pools.push(pool('nobody', 'chroot', '/sendmail', `chroot = ${root}`));
    const file = daemon.folder.write(
      'fpm.conf',
      `[global]\nerror_log = ${daemon.folder.join('fpm.log')}\ndaemonize = no\n${pools.join('')}`,
    );
    const start = [fpm.path, '-F', '-n', '-y', file];
    const bound = join(root, daemon.spool);
    server = noMounts
      ? spawn(start[0]!, start.slice(1), { stdio: 'ignore' })
      : spawn('unshare', ['-m', 'sh', '-c', `mount --bind ${daemon.spool} ${bound} && exec "$0" "$@"`, ...start], {
          stdio: 'ignore',
        });
    await until(() => existsSync(daemon.folder.join('nobody-program.sock')), 'php-fpm');
  });
  after(async () => {
    if (server !== undefined) await end(server);
    await daemon?.stop();
    daemon?.folder.remove();
    await relay?.stop();
  });

  function pool(user: string, kind: string, sendmail: string, more = ''): string {
    const variables = Object.entries(variablesOf(daemon)).map(([name, value]) => `env[${name}] = ${value}\n`);
    return `[${user}-${kind}]
user = ${user}
group = nogroup
listen = ${daemon.folder.join(`${user}-${kind}.sock`)}
listen.mode = 0666
pm = static
pm.max_children = 1
catch_workers_output = yes
${more}
php_admin_value[sendmail_path] = "${sendmail} --lock -t -i"
${more === '' ? `php_admin_value[open_basedir] = ${daemon.folder.join('mail.php')}` : ''}
${variables.join('')}`;
  }

  /** A root with a shell, the launcher, and the spool at its own path; no /proc, no program. */
  function chroot(): string {
    const root = daemon.folder.join('root');
    mkdirSync(join(root, 'bin'), { recursive: true });
    mkdirSync(join(root, daemon.spool), { recursive: true });
    mkdirSync(join(root, 'tmp'), { recursive: true });
    // For PHP's temporary files.
    chmodSync(join(root, 'tmp'), 0o1777);
    copyFileSync('/bin/sh', join(root, 'bin/sh'));
    for (const [library] of execFileSync('ldd', ['/bin/sh'], { encoding: 'utf8' }).matchAll(/\/\S+/g)) {
      mkdirSync(join(root, dirname(library)), { recursive: true });
      copyFileSync(library, join(root, library));
    }
    copyFileSync(launched.sendmail, join(root, 'sendmail'));
    copyFileSync(daemon.folder.join('mail.php'), join(root, 'mail.php'));
    return root;
  }

  const fpmLog = () => readFileSync(daemon.folder.join('fpm.log'), 'utf8');

  async function request(socket: string, call: Case, stolen: string, script = daemon.folder.join('mail.php')) {
    const [mails, logged] = [relay.mails.length, fpmLog().length];
    const { to = 'a@x.example', body = 'Thanks.\n.\n', headers = '', parameters = () => '' } = call;
    const input = JSON.stringify({ to, subject: 'Order', body, headers, parameters: parameters(stolen) });
    const ran = await run(fcgi.path, ['-bind', '-connect', daemon.folder.join(socket)], {
      input,
      env: {
        SCRIPT_FILENAME: script,
        REQUEST_METHOD: 'POST',
        CONTENT_TYPE: 'application/json',
        CONTENT_LENGTH: String(Buffer.byteLength(input)),
      },
    });
    const page = ran.stdout.slice(ran.stdout.indexOf('\r\n\r\n') + 4);
    assert.match(page, /^\{/, ran.stdout + ran.stderr);
    if (call.said !== undefined)
      await until(() => call.said!.test(fpmLog().slice(logged)), `${call.said} in ${fpmLog()}`, 5000);
    const { uid, returned } = JSON.parse(page) as { uid: number; returned: boolean };
    const said = [
      ...fpmLog()
        .slice(logged)
        .matchAll(/said into stderr: "(.*)"$/gm),
    ].map(([, text]) => text);
    return { uid, returned, said, mails: relay.mails.slice(mails) };
  }

  for (const [user, uid] of Object.entries(USERS))
    test(`${user}: the same as with the program`, async (t) => {
      for (const call of cases)
        await t.test(call.name, async () => {
          const stolen = daemon.folder.join(`open/${uid}`);
          const before = launched.fallbacks();
          const done = await request(`${user}-launcher.sock`, call, stolen);
          assert.equal(launched.fallbacks() - before, call.left === true ? 1 : 0);
          assert.deepEqual([done.uid, done.returned], [uid, call.returned]);
          assert.deepEqual(done.mails.flatMap(({ to }) => to).sort(), [...call.recipients].sort());
          for (const { message, from } of done.mails) {
            assert.doesNotMatch(message.slice(0, message.indexOf('\r\n\r\n')), /^bcc:/im);
            assert.equal(from, call.from ?? 'shop@shop.example');
          }
          const program = await request(`${user}-program.sock`, call, stolen);
          const texts = ({ message }: { message: string }) => message.replace(/^(Date|Message-ID): .*\r\n/gm, '');
          assert.deepEqual(done.mails.map(texts), program.mails.map(texts));
          assert.deepEqual([done.returned, done.said], [program.returned, program.said]);
          assert.equal(existsSync(stolen), false);
        });
    });

  test('in a chroot without /proc, it is the daemon that takes the mail', { skip: noMounts }, async () => {
    const ran = await request('nobody-chroot.sock', cases[0]!, '', '/mail.php');
    assert.deepEqual([ran.returned, ran.mails.length], [true, 1]);
    // No program is there.
    const left = { ...cases.at(-1)!, said: /mailshim: the program cannot be run: / };
    assert.equal((await request('nobody-chroot.sock', left, '', '/mail.php')).returned, false);
  });

  test('in a chroot without /dev/null, a closed standard input is an error that is named', {
    skip: noMounts,
  }, async () => {
    const ran = await run('chroot', [daemon.folder.join('root'), '/bin/sh', '-c', '/sendmail -t <&-'], {
      env: { PATH: '/usr/sbin:/usr/bin:/bin' },
    });
    assert.equal(ran.code, 71);
    assert.match(ran.stderr, /^mailshim: [^\n]*\/dev\/null: [^\n]*\n$/);
  });

  const closed: Record<string, { shell: string; returned: string }> = {
    'closed standard output': { shell: '>&-', returned: '' },
    'closed standard error': { shell: '2>&-', returned: 'true' },
    'both closed': { shell: '>&- 2>&-', returned: '' },
    'all closed': { shell: '<&- >&- 2>&-', returned: '' },
    'a full device': { shell: '2>/dev/full', returned: 'true' },
  };
  for (const [name, { shell, returned }] of Object.entries(closed))
    test(`PHP's command line, ${name}`, async () => {
      const [before, left] = [relay.mails.length, launched.fallbacks()];
      const result = daemon.folder.join('open/result');
      const code = `file_put_contents('${result}', var_export(mail('a@x.example', 's', 'b'), true)); echo 'true';`;
      const words = ['-n', '-d', `sendmail_path=${launched.sendmail} --lock -t -i`, '-r', code];
      const ran = await run('sh', ['-c', `exec "$0" "$@" ${shell}`, php.path, ...words], {
        env: hermetic({ PATH: '/usr/bin:/bin', ...variablesOf(daemon) }, USERS.nobody),
        uid: USERS.nobody,
        gid: USERS.nobody,
      });
      assert.equal(ran.stdout, returned);
      assert.equal(readFileSync(result, 'utf8'), 'true');
      assert.equal(statSync(result).uid, USERS.nobody);
      assert.deepEqual([relay.mails.length - before, launched.fallbacks() - left], [1, 0]);
    });
});
