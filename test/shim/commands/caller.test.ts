// What callers get wrong, through the built program: one part of a mail that cannot be read costs that part alone.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Daemon, startDaemon, variablesOf } from '../../support/calls-daemon.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { type Launched, launchedInto, noLauncher } from '../../support/launched.ts';
import { run, runShim } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

const HEAD = 'From: me@shop.test\nDate: Tue, 24 Nov 2026 06:24:08 +0000\nMessage-ID: <1@shop.test>\n';

const CALLER = 33;
const ways = [
  { way: 'what callers get wrong', skip: false },
  {
    way: 'what callers of the launcher get wrong, for a daemon of another user',
    behind: true,
    skip: noLauncher || (process.getuid?.() !== 0 && 'only root can be several users'),
  },
];

for (const { way, behind, skip } of ways)
  describe(way, { skip }, () => {
    const folder = temporaryFolder();
    let sink: SmtpSink;
    let config = '';
    let daemon: Daemon | undefined;
    let launched: Launched | undefined;
    before(async () => {
      sink = await startSmtpSink({ secure: true });
      const aliases = folder.write(
        'aliases',
        'root: admin@shop.test\nlogs: |"/usr/bin/x"\ndrop: /dev/null\nlist: :include:/etc/list\nmixed: m@shop.test, /var/mail/m\n',
        0o644,
      );
      const settings = `host localhost\nport ${sink.port}\ntls on\ntls_trust_file ${folder.write('ca.pem', sink.ca, 0o644)}\naliases ${aliases}\nlogfile ${folder.write('log', '', 0o666)}\n`;
      if (!behind)
        config = folder.write('rc', `account default\nfrom me@shop.test\npreflight off\n${settings}spool off\n`);
      else {
        chmodSync(folder.path, 0o755);
        daemon = await startDaemon(`${settings}delivery direct\noutbreak off`, {
          from: 'me@shop.test',
          readable: true,
        });
        launched = launchedInto(daemon.folder);
      }
    });
    after(async () => {
      await sink.stop();
      await daemon?.stop();
      // All else is for the daemon.
      for (const words of launched?.programs() ?? []) assert.equal(words, '-bs');
      daemon?.folder.remove();
      folder.remove();
    });
    async function send(args: readonly string[], input: string) {
      sink.mails.length = 0;
      const ran =
        daemon === undefined || launched === undefined
          ? await runShim(['-C', config, ...args], { input })
          : await run(launched.sendmail, args, { input, env: variablesOf(daemon), uid: CALLER, gid: CALLER });
      return { ...ran, mails: [...sink.mails] };
    }

    const cases: [name: string, args: string[], to: string, code: number, recipients: string[], named?: string][] = [
      ['an unreadable Bcc', ['-t'], 'To: a@d.test\nBcc: bad address here', 65, ['a@d.test'], 'bad address here'],
      ['a hyphen', ['-t'], 'To: a@d.test\nCc: -', 65, ['a@d.test'], 'Cc: "-"'],
      ['an argument', ['a@d.test', 'bad address'], 'To: x@d.test', 65, ['a@d.test'], 'bad address'],
      ['an argument beside -t', ['-t', 'bad address'], 'To: a@d.test', 65, ['a@d.test'], 'bad address'],
      ['nothing else', ['-t'], 'To: bad address', 65, [], 'bad address'],
      ['no colon', ['-t'], 'To: Undisclosed recipients\nBcc: b@d.test', 0, ['b@d.test']],
      [
        'a field behind a stray line',
        ['-t'],
        'To: a@d.test\nstray\nBcc: secret@t.test',
        0,
        ['a@d.test', 'secret@t.test'],
      ],
      ['an alias', ['root', 'b@d.test'], 'To: root', 0, ['admin@shop.test', 'b@d.test']],
      ['an alias that is a program', ['b@d.test', 'logs'], 'To: logs', 78, ['b@d.test'], 'logs'],
      ['an alias that is a file', ['drop', 'b@d.test'], 'To: drop', 78, ['b@d.test'], 'drop'],
      ['an alias that is a list', ['b@d.test', 'list'], 'To: list', 78, ['b@d.test'], 'list'],
      ['an alias that is both', ['mixed'], 'To: mixed', 78, ['m@shop.test'], 'mixed'],
      ['an alias and nothing else', ['logs'], 'To: logs', 78, [], 'logs'],
    ];
    for (const [name, args, to, code, recipients, named] of cases)
      test(`${name}: ${code}, and the mail goes to ${recipients.join(' and ') || 'nobody'}`, async () => {
        const { mails, stderr, ...ran } = await send(args, `${HEAD}${to}\n\nx\n`);
        assert.equal(ran.code, code, stderr);
        assert.deepEqual(
          mails.flatMap((mail) => mail.to),
          recipients,
        );
        assert.equal(stderr === '', named === undefined, stderr);
        if (named === undefined) return;
        assert.ok(stderr.includes(named), stderr);
        assert.ok(readFileSync(folder.join('log'), 'utf8').trimEnd().split('\n').slice(-2).join('\n').includes(named));
      });

    test('a Bcc behind a line that is no field is in no copy', async () => {
      const { mails } = await send(['-t'], `${HEAD}To: a@d.test\nstray\nBcc: secret@t.test\n\nx\n`);
      assert.doesNotMatch(mails[0]!.message, /secret|Bcc/);
      assert.ok(mails[0]!.message.endsWith('\r\nX-Not-A-Header: stray\r\n\r\nx\r\n'));
    });

    test('a sender without a domain gets that of "from", from -f and from MAIL', async () => {
      const { mails } = await send(['-f', 'root', 'a@d.test'], 'To: a@d.test\n\nx\n');
      assert.equal(mails[0]!.from, 'root@shop.test');
      assert.match(mails[0]!.message, /^From: root@shop\.test\r\n/);
      assert.match(mails[0]!.message, /\r\nMessage-ID: <[^@]+@shop\.test>\r\n/);
      const dialogue = 'HELO x\r\nMAIL FROM:<root>\r\nRCPT TO:<a@d.test.>\r\nDATA\r\n\r\nx\r\n.\r\nQUIT\r\n';
      const bs = await send(['-bs'], dialogue);
      assert.deepEqual([bs.mails[0]!.from, bs.mails[0]!.to], ['root@shop.test', ['a@d.test']]);
    });

    test('-bs: a body smuggles no second mail, and reaches the reader whole', async () => {
      for (const end of ['\n.\n', '\n.\r\n', '\r.\r\n']) {
        const smuggled = `MAIL FROM:<ceo@shop.test>\r\nRCPT TO:<victim@d.test>\r\nDATA\r\nSubject: x\r\n\r\nx`;
        const { mails, code } = await send(
          ['-bs'],
          `HELO x\r\nMAIL FROM:<me@shop.test>\r\nRCPT TO:<a@d.test>\r\nDATA\r\n${HEAD.replaceAll('\n', '\r\n')}\r\nx${end}${smuggled}\r\n.\r\nQUIT\r\n`,
        );
        assert.deepEqual([code, mails.length, mails[0]?.to], [0, 1, ['a@d.test']], JSON.stringify(end));
        assert.ok(mails[0]!.message.endsWith(`\r\nx\r\n.\r\n${smuggled}\r\n`));
      }
    });

    test('-bs: a script that writes LF alone is understood', async () => {
      const { mails, code, stdout } = await send(
        ['-bs'],
        `HELO x\nMAIL FROM:<me@shop.test>\nRCPT TO:<a@d.test>\nDATA\n${HEAD}\nx\n..y\n.\nQUIT\n`,
      );
      assert.deepEqual([code, mails.length], [0, 1]);
      assert.ok(mails[0]!.message.endsWith('\r\n\r\nx\r\n.y\r\n'));
      assert.match(stdout, /\r\n221 /);
    });

    test('lines over 998 bytes leave in an encoding', async () => {
      const { mails } = await send(['-t'], `${HEAD}To: a@d.test\nX-Long: ${'w '.repeat(800)}\n\n${'x'.repeat(5000)}\n`);
      const { message } = mails[0]!;
      assert.ok(message.split('\r\n').every((line) => line.length <= 998));
      assert.ok(message.replaceAll('=\r\n', '').endsWith(`\r\n\r\n${'x'.repeat(5000)}\r\n`));
    });
  });
