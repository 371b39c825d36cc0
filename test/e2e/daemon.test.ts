// The daemon among real users: www-data drops mail by PHP's mail() and knows no secret, the daemon's user sends, root looks after the queue.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { noLauncher } from '../support/launched.ts';
import { launcherFile } from '../support/launcher.ts';
import { type Machine, machineMissing, startMachine } from '../support/machine.ts';
import { needs } from '../support/peers.ts';
import { accountFor, type Postfix, startPostfix } from '../support/postfix.ts';
import { shimCommand } from '../support/program.ts';
import { waitFor } from '../support/wait.ts';

const CUSTOMER = 'customer@customer.example';
const UNKNOWN = 'nobody@customer.example';
const LOGIN = { user: 'web@shop.example', password: 'correct horse', owns: ['shop@shop.example'] };
const SPOOL = '/var/spool/mailshim';
const PROGRAM = '/usr/local/lib/mailshim/mailshim';
/** Away from /usr/local/bin, whose `mailshim` is a launcher too: it starts the program at its usual place. */
const LAUNCHER = '/srv/launcher';
/** A user and a group that no passwd knows. */
const DAEMON = { uid: 4242, gid: 4343 };
/** Nobody listens there. */
const CLOSED = 1;

const php = needs('php', 'php-cli');
const fpm = needs(readdirSync('/usr/sbin').find((name) => /^php-fpm[\d.]*$/.test(name)) ?? 'php-fpm', 'php-fpm');
const fcgi = needs('cgi-fcgi', 'libfcgi-bin');
const postfixPeer = needs('postfix', 'postfix');
const sasl = needs('saslpasswd2', 'sasl2-bin');
const systemd = needs('systemd-analyze', 'systemd');
const promtool = needs('promtool', 'prometheus');
const skip = php.missing || postfixPeer.missing || sasl.missing || systemd.missing || machineMissing();

const ways = [
  { way: 'mail that the program puts into the drop folder', sendmail: PROGRAM, missing: false as const },
  { way: 'mail that the launcher hands over', sendmail: LAUNCHER, missing: noLauncher },
];

for (const { way, sendmail, missing } of ways)
  describe(`the daemon among real users: ${way}`, { skip: skip || missing }, () => {
    let machine: Machine;
    let postfix: Postfix;
    before(async () => {
      postfix = await startPostfix({ users: [CUSTOMER], login: LOGIN });
      machine = await startMachine();
      const [program, words] = shimCommand();
      await machine.shell(`${[program, ...words].join(' ')} install`);
      if (sendmail === LAUNCHER)
        await machine.write(LAUNCHER, readFileSync(launcherFile('linux-x64')), { mode: '0755' });
      await machine.write('/etc/ca.pem', readFileSync(postfix.caFile, 'utf8'));
      await configure();
      const owner = `-o ${DAEMON.uid} -g ${DAEMON.gid}`;
      await machine.shell(`install -d ${owner} -m 755 ${SPOOL}; install -d ${owner} -m 3733 ${SPOOL}/drop`);
      await machine.shell(`install -d ${owner} -m 750 /var/log/mailshim`);
      await service(
        'sender',
        `ExecStart=setpriv --reuid ${DAEMON.uid} --regid ${DAEMON.gid} --clear-groups ${PROGRAM} daemon\nStandardError=journal\n`,
      );
      await service('fpm', `ExecStart=${fpm.path} -F -n -y /etc/fpm.conf\n`);
      await machine.write('/etc/fpm.conf', FPM);
      await machine.shell('mkdir /srv/shop');
      await machine.write('/srv/shop/mail.php', PAGE);
      await machine.shell('systemctl daemon-reload; systemctl start sender.service');
      await listening();
    });
    after(async () => {
      await machine?.stop();
      await postfix?.stop();
    });

    const FPM = `[global]
error_log = /run/fpm.log
daemonize = no
[shop]
user = www-data
group = www-data
listen = /run/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 1
php_admin_value[sendmail_path] = "${sendmail} --lock -t -i"
`;
    const CALL = `mail('${CUSTOMER}', 'by PHP', "Thanks.\\n.\\n") ? 'RETURNED TRUE' : 'RETURNED FALSE'`;
    const PAGE = `<?php echo ${CALL}, ' ', @file_get_contents('/etc/mailshimrc') === false ? 'NO SECRET' : 'SECRET';\n`;

    const service = (name: string, lines: string) =>
      machine.write(`/run/systemd/system/${name}.service`, `[Service]\nType=exec\n${lines}`);
    const configure = (port = postfix.implicitPort) =>
      machine.write(
        '/etc/mailshimrc',
        accountFor(postfix, [
          'auth on',
          `user ${LOGIN.user}`,
          `password "${LOGIN.password}"`,
          'logfile /var/log/mailshim/mail.log',
        ])
          .replace(/^tls_trust_file .*$/m, 'tls_trust_file /etc/ca.pem')
          .replace(/^port .*$/m, `port ${port}`)
          .replace(/^spool off\n/m, ''),
        { mode: '0640', owner: `root:${DAEMON.gid}` },
      );
    const listening = () =>
      waitFor(async () => (await machine.run('test', ['-S', `${SPOOL}/socket`])).code === 0, journal);
    const log = () => machine.shell('cat /var/log/mailshim/mail.log 2>/dev/null || true');
    const journal = () => machine.shell('journalctl -o cat --no-pager -u sender.service');
    /** Ids of www-data's mails that the daemon accepted, as the journal has them, or the log where the launcher handed them over. */
    const accepted = async () => {
      const fromDrop = [...(await journal()).matchAll(/^mailshim: ([0-9A-Z]{16}) accepted from uid 33$/gm)];
      const fromLauncher = [
        // Not the line of its delivery, which has the relay's reply.
        ...(await log()).matchAll(/^(?!.* smtpstatus=).* queueid=([0-9A-Z]{16}) uid=33 exitcode=EX_OK$/gm),
      ];
      return [...fromDrop, ...fromLauncher].map(([, id]) => id!);
    };
    /** As root, who looks after the machine. */
    const shim = (...args: string[]) => machine.run(PROGRAM, args);
    const drop = (subject: string, to = CUSTOMER) =>
      machine.run(sendmail, ['--lock', '-t', '-i'], {
        as: 'www-data',
        input: `From: shop@shop.example\nTo: ${to}\nSubject: ${subject}\n\nThanks.\n`,
      });
    interface Listed {
      id: string;
      state: string;
      attempts: number;
      reason: string | null;
      submittedBy: number;
      recipients: { address: string; status: string; reply?: string }[];
    }
    const queue = async () => JSON.parse((await shim('queue', '--json')).stdout) as Listed[];
    async function only(): Promise<Listed> {
      const mails = await queue();
      assert.equal(mails.length, 1, JSON.stringify(mails));
      return mails[0]!;
    }

    test("PHP's mail() is true, and Postfix gets the mail over TLS by a login that www-data never saw", async () => {
      const ran = await machine.run(
        php.path,
        ['-n', '-d', `sendmail_path=${sendmail} --lock -t -i`, '-r', `echo ${CALL};`],
        {
          as: 'www-data',
        },
      );
      assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, 'RETURNED TRUE', '']);
      const [message] = await postfix.received(CUSTOMER);
      assert.match(message!, /^Subject: by PHP$/m);
      assert.match(message!, /^From: shop@shop\.example$/m);
      await waitFor(() => postfix.log().includes('sasl_username=web@shop.example'), postfix.log);
      for (const [program, file] of [
        ['cat', '/etc/mailshimrc'],
        ['ls', `${SPOOL}/drop`],
        ['ls', `${SPOOL}/queue`],
        ['cat', '/var/log/mailshim/mail.log'],
      ] as const)
        assert.notEqual((await machine.run(program, [file], { as: 'www-data' })).code, 0, file);
    });

    test('under php-fpm, with its empty environment, just so', { skip: fpm.missing || fcgi.missing }, async () => {
      await machine.shell('systemctl start fpm.service');
      await waitFor(
        async () => (await machine.run('test', ['-S', '/run/fpm.sock'])).code === 0,
        () => machine.shell('cat /run/fpm.log'),
      );
      const request = 'SCRIPT_FILENAME=/srv/shop/mail.php REQUEST_METHOD=GET';
      const page = await machine.shell(`${request} ${fcgi.path} -bind -connect /run/fpm.sock`);
      assert.match(page, /\r\n\r\nRETURNED TRUE NO SECRET$/);
      const [message] = await postfix.received(CUSTOMER);
      assert.match(message!, /^Subject: by PHP$/m);
    });

    test("the log follows a mail by its id, from the drop folder to the relay's answer", async () => {
      const sent = (lines: string) => lines.match(/smtpstatus=250 .*exitcode=EX_OK/g)?.length;
      await waitFor(async () => sent(await log()) === 2, log);
      const ids = await accepted();
      assert.equal(ids.length, 2, await journal());
      for (const id of ids) {
        const lines = (await log()).split('\n').filter((line) => line.includes(id));
        // A caller of the program may not write the daemon's log.
        assert.equal(lines.length, sendmail === LAUNCHER ? 2 : 1, await log());
        assert.match(
          lines.at(-1)!,
          /recipients=customer@customer\.example .*smtpmsg='250 2\.0\.0 Ok: queued as .*exitcode=EX_OK/,
        );
      }
    });

    test('a second daemon is refused, and told why', async () => {
      const second = await machine.run(PROGRAM, ['daemon'], { as: DAEMON });
      assert.deepEqual([second.code, second.stdout], [69, '']);
      assert.match(second.stderr, /^mailshim: another sender is running in \/var\/spool\/mailshim\n$/);
      const root = await shim('daemon');
      assert.equal(root.code, 73);
      assert.match(root.stderr, /^mailshim: the spool \/var\/spool\/mailshim belongs to uid 4242, not to 0\n$/);
    });

    test('what root left there by an own attempt is named, with what to do', async () => {
      await machine.shell(`cp -a ${SPOOL} /srv/spool; chown -R 0:0 /srv/spool/queue; chown ${DAEMON.uid} /srv/spool`);
      const problem = /^mailshim: \/srv\/spool\/queue belongs to uid 0, not to 4242; chown -R 4242 \/srv\/spool\n$/;
      const daemon = await machine.run(PROGRAM, ['daemon', '--spool', '/srv/spool'], { as: DAEMON });
      assert.equal(daemon.code, 73);
      assert.match(daemon.stderr, problem);
      const listed = await shim('queue', '--spool', '/srv/spool');
      assert.equal(listed.code, 73);
      assert.match(listed.stderr, problem);
    });

    test('told to end and started anew while mails come in: each arrives, and none twice', async () => {
      const subjects = Array.from({ length: 24 }, (_, index) => `number ${index}`);
      const before = (await accepted()).length;
      const dropped = subjects.map((subject) => drop(subject));
      await waitFor(async () => (await accepted()).length > before, journal);
      await machine.shell('systemctl restart sender.service');
      for (const { code, stderr } of await Promise.all(dropped)) assert.deepEqual([code, stderr], [0, '']);
      const arrived = await postfix.received(CUSTOMER, subjects.length);
      await waitFor(async () => (await queue()).length === 0, journal);
      arrived.push(...(await postfix.received(CUSTOMER, 0)));
      const found = arrived.map((message) => /^Subject: (.*)$/m.exec(message)![1]!);
      assert.deepEqual(found.toSorted(), subjects.toSorted());
      assert.match(await machine.shell('systemctl show -P Result sender.service'), /^success$/m);
    });

    describe('while the relay is away', () => {
      before(async () => {
        await configure(CLOSED);
        const dropped = await drop('\x1b]0;owned\x07\x1b[31mred');
        assert.deepEqual([dropped.code, dropped.stderr], [0, '']);
        await waitFor(async () => ((await queue())[0]?.attempts ?? 0) >= 1, journal);
      });

      test('the mail waits, and why is said to people, programs and monitoring', async () => {
        const mail = await only();
        assert.deepEqual([mail.state, mail.submittedBy], ['queue', 33]);
        assert.match(mail.reason!, /localhost:1/);
        assert.match(
          (await shim('queue')).stdout,
          new RegExp(`^${mail.id}  waiting .*${CUSTOMER}\\n    \\d+ attempts?: .*; next attempt in `),
        );
        const mailq = await machine.run('/usr/bin/env', ['-i', PROGRAM, '-bp']);
        assert.match(
          mailq.stdout,
          new RegExp(
            `^-Queue ID-[\\s\\S]*\\n${mail.id} [\\s\\S]*\\n +${CUSTOMER}\\n[\\s\\S]*-- 1 Kbytes in 1 Request\\.\\n$`,
          ),
        );
        // The sender writes down what it knows of a relay once its round is over.
        await waitFor(async () => (await shim('status')).code === 1, journal);
        const status = await shim('status');
        assert.match(status.stdout, /^WARNING: account default: .*localhost:1/);
        const { level, waiting, sender, relays } = JSON.parse((await shim('status', '--json')).stdout);
        assert.deepEqual([level, waiting, sender, relays.length], ['warning', 1, true, 1]);
        const others = await machine.run(PROGRAM, ['queue'], { as: 'www-data' });
        assert.deepEqual([others.code, others.stdout], [77, '']);
      });

      test('Prometheus takes the metrics', { skip: promtool.missing }, async () => {
        const metrics = await shim('status', '--prometheus');
        assert.match(metrics.stdout, /^mailshim_queue_mails\{state="waiting"\} 1$/m);
        const checked = await machine.run(promtool.path, ['check', 'metrics'], { input: metrics.stdout });
        assert.deepEqual([checked.code, checked.stdout, checked.stderr], [0, '', '']);
      });

      test('what a stranger wrote into the mail is not obeyed by a terminal', async () => {
        const { id } = await only();
        const shown = await shim('queue', 'show', id);
        assert.equal(shown.code, 0, shown.stderr);
        assert.match(shown.stdout, /^Subject: .*owned.*red$/m);
        assert.doesNotMatch(shown.stdout.replaceAll('\n', ''), /\p{Cc}/u);
      });

      test("held, it is left alone; released and retried, it is tried; what root does stays the daemon's", async () => {
        const { id } = await only();
        assert.equal((await shim('queue', 'hold', id)).stdout, `${id} is held\n`);
        assert.equal((await only()).state, 'hold');
        assert.equal((await shim('queue', 'release', id)).code, 0);
        const { attempts } = await only();
        assert.equal((await shim('queue', 'retry', id)).stdout, `${id} is tried again\n`);
        await waitFor(async () => (await only()).attempts > attempts, journal);
        const owners = await machine.shell(`find ${SPOOL} -printf '%U:%G\\n' | sort -u`);
        assert.equal(owners, `${DAEMON.uid}:${DAEMON.gid}\n`);
      });

      test('nobody sends: critical, until the relay is back and the daemon too', async () => {
        await machine.shell('systemctl stop sender.service');
        const status = await shim('status');
        assert.equal(status.code, 2);
        assert.match(status.stdout, /^CRITICAL: mail is queued and no sender is running/);
        await configure();
        // Without a daemon -q does it, as its user.
        assert.deepEqual(await shim('-q'), { code: 0, stdout: '', stderr: '' });
        const [message] = await postfix.received(CUSTOMER);
        assert.match(message!, /owned/);
        assert.equal((await machine.run('/usr/bin/env', ['-i', PROGRAM, '-bp'])).stdout, 'Mail queue is empty\n');
        assert.equal((await shim('status')).code, 0);
        assert.equal(
          await machine.shell(`find ${SPOOL} -printf '%U:%G\\n' | sort -u`),
          `${DAEMON.uid}:${DAEMON.gid}\n`,
        );
        await machine.shell('systemctl start sender.service');
        await listening();
      });
    });

    test('refused for good: kept as failed with the dialogue, tried again only when asked, then deleted', async () => {
      assert.equal((await drop('refused', UNKNOWN)).code, 0);
      await waitFor(async () => (await queue()).some(({ state }) => state === 'failed'), journal);
      const failed = (await queue()).find(({ state }) => state === 'failed')!;
      assert.match(failed.recipients[0]!.reply!, /^550 5\.1\.1 /);
      const shown = await shim('queue', 'show', failed.id);
      assert.match(shown.stdout, /^State: +failed$[\s\S]*^Dialogue:\n[\s\S]*RCPT TO:<nobody@customer\.example>/m);
      assert.doesNotMatch(
        shown.stdout,
        new RegExp(Buffer.from(`\0${LOGIN.user}\0${LOGIN.password}`).toString('base64')),
      );
      const status = await shim('status');
      assert.equal(status.code, 1);
      assert.match(status.stdout, /^WARNING: a mail failed /);
      assert.equal((await shim('queue', 'retry', failed.id)).code, 0);
      await waitFor(
        async () =>
          (await queue()).some(({ id, state, attempts }) => id === failed.id && state === 'failed' && attempts === 2),
        journal,
      );
      assert.equal((await shim('queue', 'delete', '--failed')).code, 0);
      assert.ok(!(await queue()).some(({ id }) => id === failed.id));
      assert.equal((await shim('queue', 'show', failed.id)).code, 66);
    });
  });
