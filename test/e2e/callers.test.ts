// Programs that send mail, as Debian ships them, on the installed shim: PHPMailer, Symfony, git, mailx; and the words of others.
import assert from 'node:assert/strict';
import { chownSync, mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Daemon, startDaemon, variablesOf } from '../support/calls-daemon.ts';
import { temporaryFolder } from '../support/folder.ts';
import { installInto } from '../support/installed.ts';
import { type Launched, launchedInto, noLauncher } from '../support/launched.ts';
import { needs } from '../support/peers.ts';
import { type Ran, run } from '../support/program.ts';
import { type SmtpSink, type SunkMail, startSmtpSink } from '../support/smtp-sink.ts';

const CUSTOMER = 'customer@customer.example';
const ARCHIVE = 'archive@shop.example';
const REFUSED = 'nobody@customer.example';
const ADMIN = 'admin@shop.example';

const php = needs('php', 'php-cli');
// Libraries and git's parts lie beside the folders of programs.
const phpMailer = needs('../share/php/libphp-phpmailer/autoload.php', 'libphp-phpmailer');
const symfony = needs('../share/php/Symfony/Component/Mailer/autoload.php', 'php-symfony-mailer');
const git = needs('../lib/git-core/git-send-email', 'git-email libmailtools-perl');
const snail = needs('s-nail', 's-nail');
const mailx = needs('bsd-mailx', 'bsd-mailx');

/** The program where `mailshim install` puts it, under a name that PHPMailer takes for sendmail. */
const folder = temporaryFolder();
const installed = folder.join('sbin/sendmail');
before(() => installInto(folder, installed));
after(() => folder.remove());

const CALLER = 33;
const isRoot = process.getuid?.() === 0;
const ways = [
  { name: 'callers with nothing but a home folder', skip: false },
  {
    name: 'callers of the launcher, whose mail a daemon of another user takes',
    behind: true,
    skip: noLauncher || (isRoot ? false : 'only root can be several users'),
  },
];

for (const { name: way, behind, skip } of ways)
  describe(way, { skip }, () => {
    let sink: SmtpSink;
    let daemon: Daemon | undefined;
    let launched: Launched | undefined;
    let sendmail = installed;
    const env: Record<string, string> = {
      PATH: '/usr/bin:/bin',
      HOME: folder.join('home'),
      LC_ALL: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
    };
    const as = behind ? { uid: CALLER, gid: CALLER } : {};
    before(async () => {
      sink = await startSmtpSink({ refuse: { [REFUSED]: '550 5.1.1 no such user' } });
      const aliases = folder.write('aliases', `root: ${ADMIN}\n`, 0o644);
      const settings = `host localhost\nport ${sink.port}\ntls off\naliases ${aliases}\ndelivery direct\n`;
      const rewriting = 'account rewriting : default\nsender_rewrite always\n';
      const own = `account default\nfrom orders@shop.example\npreflight off\n${settings}${rewriting}`;
      if (!behind) {
        folder.write('home/.mailshimrc', own);
        return;
      }
      env.HOME = folder.join('empty');
      mkdirSync(env.HOME);
      chownSync(env.HOME, CALLER, CALLER);
      daemon = await startDaemon(`${settings}outbreak off\n${rewriting}`, {
        from: 'orders@shop.example',
        readable: true,
      });
      launched = launchedInto(daemon.folder);
      sendmail = launched.sendmail;
      Object.assign(env, variablesOf(daemon));
    });
    after(async () => {
      await sink.stop();
      await daemon?.stop();
      // All else is for the daemon.
      for (const words of launched?.programs() ?? []) assert.equal(words, '-bs');
      daemon?.folder.remove();
    });

    /** What the relay got from one run of a caller that must succeed and stay silent on the shim's behalf. */
    async function sent(
      program: string,
      args: readonly string[],
      input = '',
      more: Record<string, string> = {},
    ): Promise<{ ran: Ran; mails: SunkMail[] }> {
      const count = sink.mails.length;
      const ran = await run(program, args, { input, env: { ...env, ...more }, ...as });
      assert.deepEqual([ran.code, ran.stderr], [0, ''], ran.stdout);
      return { ran, mails: sink.mails.slice(count) };
    }
    const body = (message: string) => message.slice(message.indexOf('\r\n\r\n') + 4);
    const head = (message: string) => message.slice(0, message.indexOf('\r\n\r\n') + 2);
    const script = (sendmailPath: string, code: string) => [
      '-d',
      `sendmail_path=${sendmailPath}`,
      '-d',
      'mail.add_x_header=0',
      '-r',
      code,
    ];

    describe('PHPMailer', { skip: php.missing || phpMailer.missing }, () => {
      const code = (mode: string, to: string) => `require '${phpMailer.path}';
$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);
$mail->${mode}();
$mail->CharSet = 'UTF-8';
$mail->setFrom('shop@shop.example', 'Лавка');
$mail->Sender = 'bounce@shop.example';
$mail->addAddress('${to}', 'Customer, Ltd');
$mail->addBCC('${ARCHIVE}');
$mail->Subject = 'Заказ принят';
$mail->Body = "Hello.\\n.\\n..\\nFrom here\\nПривет\\n";
try { $mail->send(); echo $mail->getSentMIMEMessage(); }
catch (Exception $error) { echo 'EXCEPTION: ' . $error->getMessage(); }`;
      const path = () => `${sendmail} --lock -t -i`;

      test('isSendmail(): the message as it was written, without Bcc', async () => {
        const { ran, mails } = await sent(php.path, script(path(), code('isSendmail', CUSTOMER)));
        assert.deepEqual([mails.length, mails[0]?.from, mails[0]?.to], [1, 'bounce@shop.example', [CUSTOMER, ARCHIVE]]);
        const written = Buffer.from(ran.stdout.replace(/\r?\n/g, '\r\n')).toString('latin1');
        assert.match(written, /^Bcc: /m);
        assert.equal(mails[0]!.message, written.replace(/^Bcc: .*\r\n/m, ''));
      });

      test("isMail(), as in WordPress: mail()'s mixed line ends become right ones", async () => {
        const { mails } = await sent(php.path, script(path(), code('isMail', CUSTOMER)));
        assert.deepEqual([mails.length, mails[0]?.from, mails[0]?.to], [1, 'bounce@shop.example', [CUSTOMER, ARCHIVE]]);
        const { message } = mails[0]!;
        assert.doesNotMatch(message, /\r(?!\n)|(?<!\r)\n/);
        assert.doesNotMatch(head(message), /^bcc/im);
        assert.match(head(message), /^To: "Customer, Ltd" <customer@customer\.example>\r\nSubject: =\?UTF-8\?/im);
        const text = Buffer.from(body(message), 'latin1').toString();
        assert.match(text, /^Hello\.\r\n\.\r\n\.\.\r\nFrom here\r\nПривет\r\n/);
      });

      for (const mode of ['isMail', 'isSendmail'])
        test(`${mode}(): a refusal is an exception`, async () => {
          const ran = await run(php.path, script(path(), code(mode, REFUSED)), { env, ...as });
          assert.match(ran.stdout, /^EXCEPTION: Could not (execute|instantiate)/);
          assert.match(ran.stderr, /^mailshim: [^\n]*no such user[^\n]*\n$/);
        });
    });

    describe('Symfony', { skip: php.missing || symfony.missing }, () => {
      const code = (to: string, times = 1) => `require '${symfony.path}';
$transport = Symfony\\Component\\Mailer\\Transport::fromDsn('native://default');
$email = (new Symfony\\Component\\Mime\\Email())->from('Shop <shop@shop.example>')->to('${to}')->bcc('${ARCHIVE}')
  ->subject('Заказ')->text("Hello.\\r\\n.\\r\\n..dots\\r\\nПривет\\r\\n");
try { for ($i = 0; $i < ${times}; $i++) { $message = $transport->send($email); echo json_encode([$message->toString(), $message->getDebug()]), "\\n"; } }
catch (Exception $error) { echo 'EXCEPTION: ' . $error->getMessage(); }`;
      const written = (stdout: string) =>
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as [string, string]);

      test('native:// with -t: the envelope from the arguments, the message as it was written', async () => {
        const { ran, mails } = await sent(php.path, script(`${sendmail} -t -i`, code(CUSTOMER)));
        assert.deepEqual([mails.length, mails[0]?.from, mails[0]?.to], [1, 'shop@shop.example', [CUSTOMER, ARCHIVE]]);
        assert.equal(mails[0]!.message, written(ran.stdout)[0]![0]);
      });

      test('native:// with -bs: two messages in one session, as they were written', async () => {
        const { ran, mails } = await sent(php.path, script(`${sendmail} -bs`, code(CUSTOMER, 2)));
        assert.equal(mails.length, 2);
        for (const [index, [message]] of written(ran.stdout).entries()) {
          // Symfony puts a line end in front of the dot that ends the message, whether there was one or not.
          assert.deepEqual([mails[index]!.from, mails[index]!.to], ['shop@shop.example', [CUSTOMER, ARCHIVE]]);
          assert.equal(mails[index]!.message, `${message}\r\n`);
        }
      });

      for (const flags of ['-t -i', '-bs'])
        test(`${flags}: a refusal is an exception with the words of the relay`, async () => {
          const ran = await run(php.path, script(`${sendmail} ${flags}`, code(REFUSED)), { env, ...as });
          assert.match(ran.stdout, /^EXCEPTION: [\s\S]*550 5\.1\.1 [^\n]*no such user/);
        });
    });

    test('git send-email', { skip: git.missing }, async () => {
      folder.write(
        behind ? 'empty/.gitconfig' : 'home/.gitconfig',
        '[user]\n\tname = Dev\n\temail = dev@shop.example\n',
        0o644,
      );
      const patch = folder.write(
        '0001.patch',
        `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: Dev <dev@shop.example>
Date: Tue, 24 Nov 2026 09:00:00 +0000
Subject: [PATCH] Fix the cart

.
---
 cart.php | 2 +-
-${'x'.repeat(600)}
+.
`,
        0o644,
      );
      const { mails } = await sent('git', [
        'send-email',
        '--quiet',
        '--confirm=never',
        '--suppress-cc=all',
        '--from=Dev <dev@shop.example>',
        '--envelope-sender=auto',
        `--to=${CUSTOMER}`,
        `--bcc=${ARCHIVE}`,
        `--sendmail-cmd=${sendmail}`,
        patch,
      ]);
      assert.deepEqual([mails.length, mails[0]?.from, mails[0]?.to], [1, 'dev@shop.example', [CUSTOMER, ARCHIVE]]);
      assert.match(head(mails[0]!.message), /^Subject: \[PATCH\] Fix the cart\r\n/m);
      assert.match(body(mails[0]!.message), /^\.\r\n---\r\n cart\.php \| 2 \+-\r\n-x{600}\r\n\+\.\r\n$/);
    });

    test('s-nail', { skip: snail.missing }, async () => {
      // As root it takes the home of the user database, not that of the environment.
      const mta = [
        `-Smta=${sendmail}`,
        ...(behind ? [] : [`-Smta-arguments=-C ${folder.join('home/.mailshimrc')}`]),
        '-Ssendwait',
        '-Snosave',
        '-Smime-encoding=8b',
      ];
      const { mails } = await sent(
        snail.path,
        ['-:/', '-Sv15-compat', ...mta, '-r', 'shop@shop.example', '-s', 'Disk', CUSTOMER],
        'full\n.\n\tПривет\n',
      );
      assert.deepEqual([mails.length, mails[0]?.from, mails[0]?.to], [1, 'shop@shop.example', [CUSTOMER]]);
      assert.match(head(mails[0]!.message), /^From: shop@shop\.example\r\n[\s\S]*^Subject: Disk\r\n/m);
      assert.equal(Buffer.from(body(mails[0]!.message), 'latin1').toString(), 'full\r\n.\r\n\tПривет\r\n');
    });

    test('bsd-mailx, by which smartd writes to root', { skip: mailx.missing }, async () => {
      const settings = folder.write('mailrc', `set sendmail=${sendmail}\n`, 0o644);
      const { mails } = await sent(mailx.path, ['-s', 'SMART error', 'root'], 'disk\n', { MAILRC: settings });
      assert.deepEqual([mails.length, mails[0]?.from, mails[0]?.to], [1, 'orders@shop.example', [ADMIN]]);
      assert.match(mails[0]!.message, /^From: orders@shop\.example\r\n[\s\S]*^To: root\r\nSubject: SMART error\r\n/m);
      assert.equal(body(mails[0]!.message), 'disk\r\n');
    });

    const CRON = `From: root (Cron Daemon)
To: root
Subject: Cron <root@shop> backup
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
X-Cron-Env: <HOME=/root>

готово
.
after the dot
`;
    const MDADM = `From: mdadm monitoring <root>
To: root
Subject: DegradedArray event on /dev/md0:shop

A DegradedArray event had been detected on md device /dev/md0.

Faithfully yours, etc.
`;
    const mail = (from: string, to: string) => `From: ${from}\nTo: ${to}\nSubject: s\n\n.\nb\n`;
    interface Form {
      caller: string;
      args: string[];
      input: string;
      from: string;
      to: string;
    }
    /** Callers that Debian does not have, or that only run as a daemon: their words and octets. */
    const forms: Form[] = [
      {
        caller: 'cron',
        args: ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'root'],
        input: CRON,
        from: 'orders@shop.example',
        to: ADMIN,
      },
      { caller: 'mdadm', args: ['-t'], input: MDADM, from: 'orders@shop.example', to: ADMIN },
      {
        caller: 'fail2ban',
        args: ['-f', 'fail2ban@shop.example', 'root'],
        input: mail('Fail2Ban <fail2ban@shop.example>', 'root'),
        from: 'fail2ban@shop.example',
        to: ADMIN,
      },
      {
        caller: 'unattended-upgrades',
        args: ['-oi', '-t'],
        input: mail('root', 'root'),
        from: 'orders@shop.example',
        to: ADMIN,
      },
      {
        caller: 'PHPMailer 7',
        args: ['-fshop@shop.example', '-i', '-t'],
        input: mail('shop@shop.example', CUSTOMER),
        from: 'shop@shop.example',
        to: CUSTOMER,
      },
      {
        caller: 'nodemailer',
        args: ['-i', '-f', 'shop@shop.example', CUSTOMER],
        input: mail('shop@shop.example', CUSTOMER),
        from: 'shop@shop.example',
        to: CUSTOMER,
      },
    ];
    for (const { caller, args, input, from, to } of forms)
      test(`${caller}'s command line: what was written arrives behind the added headers`, async () => {
        const { mails } = await sent(sendmail, args, input);
        assert.deepEqual([mails.length, mails[0]?.from, mails[0]?.to], [1, from, [to]]);
        const message = Buffer.from(mails[0]!.message, 'latin1').toString();
        assert.match(message, /^Date: [^\r\n]+\r\nMessage-ID: <[^\r\n]+@shop\.example>\r\n/);
        assert.equal(message.split('\r\n').slice(2).join('\n'), input);
      });

    test('the bare root of cron and mdadm becomes the configured sender where sender_rewrite says so', async () => {
      for (const [input, name] of [
        [CRON, 'Cron Daemon'],
        [MDADM, 'mdadm monitoring'],
      ] as const) {
        const { mails } = await sent(sendmail, ['-a', 'rewriting', '-i', 'root'], input);
        assert.equal(/^From: (.*)\r$/m.exec(mails[0]!.message)?.[1], `${name} <orders@shop.example>`);
      }
    });
  });
