// `mailshim -bs` as its callers speak to it: Symfony's and SwiftMailer's dialogue word by word, pipelining, refusals, and nonsense.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { startRecorder } from '../../e2e/compat/recorder.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { systemVariables } from '../../support/hermetic.ts';
import { run, runShim, shimCommand } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

describe('-bs', () => {
  const folder = temporaryFolder();
  let sink: SmtpSink;
  let config = '';
  before(async () => {
    sink = await startSmtpSink({
      secure: true,
      refuse: { 'nobody@x.example': '550 5.1.1 no such user', 'later@x.example': '450 4.2.1 greylisted' },
    });
    const ca = folder.write('ca.pem', sink.ca);
    config = folder.write(
      'rc',
      `account default\nhost localhost\nport ${sink.port}\ntls on\ntls_trust_file ${ca}\nfrom f@x.example\nlogfile ${folder.join('log')}\npreflight off\nspool off\nmessage_size_limit 3000\n`,
    );
  });
  after(async () => {
    await sink.stop();
    folder.remove();
  });
  const last = () => sink.mails[sink.mails.length - 1]!;
  const codes = (stdout: string) =>
    stdout
      .split('\r\n')
      .filter((line) => /^\d{3} /.test(line))
      .map((line) => line.slice(0, 3));
  /** All commands in one write, as a pipelining client may. */
  const pipelined = (lines: string[]) => runShim(['-C', config, '-bs'], { input: lines.join('\r\n') });

  /** Waits for each reply before it says the next line, as PHP's mailers do. */
  function converse(turns: (string | RegExp)[]): Promise<{ said: string[]; code: number | null; stderr: string }> {
    const [program, words] = shimCommand();
    const child = spawn(program, [...words, '-C', config, '-bs'], {
      env: { ...systemVariables, HOME: '/nonexistent' },
      stdio: 'pipe',
    });
    const said: string[] = [];
    let heard = '';
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    const rest = [...turns];
    const go = () => {
      for (;;) {
        const next = rest[0];
        if (next === undefined) return child.stdin.end();
        if (typeof next === 'string') {
          child.stdin.write(next);
          rest.shift();
          continue;
        }
        const whole = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(heard)?.[0];
        if (whole === undefined) return undefined;
        heard = heard.slice(whole.length);
        said.push(whole.trimEnd());
        rest.shift();
        assert.match(whole, next);
      }
    };
    return new Promise((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        heard += chunk;
        try {
          go();
        } catch (error) {
          child.kill();
          reject(error);
        }
      });
      child.on('close', (code) => resolve({ said, code, stderr }));
    });
  }

  test("Symfony's dialogue: HELO, two messages in one session, a ping between, the id in the answer", async () => {
    const before = sink.mails.length;
    const mail = (subject: string) => [
      'MAIL FROM:<shop@x.example>\r\n',
      /^250 /,
      'RCPT TO:<customer@x.example>\r\n',
      /^250 /,
      'DATA\r\n',
      /^354 /,
      `From: Shop <shop@x.example>\r\nTo: customer@x.example\r\nSubject: ${subject}\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\nMessage-ID: <${subject}@x.example>\r\n\r\nfirst\r\n..dot\r\nlast\r\n.\r\n`,
      /^250 2\.0\.0 .*queued as \S+\r\n$/i,
    ];
    const { code, stderr } = await converse([
      /^220 \S+ /,
      'HELO [127.0.0.1]\r\n',
      /^250 /,
      ...mail('one'),
      'NOOP\r\n',
      /^250 /,
      ...mail('two'),
      'QUIT\r\n',
      /^221 /,
    ]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(sink.mails.length, before + 2);
    assert.deepEqual([last().from, last().to], ['shop@x.example', ['customer@x.example']]);
    assert.equal(
      last().message,
      'From: Shop <shop@x.example>\r\nTo: customer@x.example\r\nSubject: two\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\nMessage-ID: <two@x.example>\r\n\r\nfirst\r\n.dot\r\nlast\r\n',
    );
  });

  test('a pipelining client gets every reply in order, and EHLO says what is there', async () => {
    const ran = await pipelined([
      'EHLO shop',
      'MAIL FROM:<> SIZE=100 BODY=8BITMIME',
      'RCPT TO:<a@x.example>',
      'DATA',
      'Subject: s',
      '',
      'b',
      '.',
      'RSET',
      'VRFY a',
      'QUIT',
      '',
    ]);
    assert.match(
      ran.stdout,
      /250-PIPELINING\r\n250-SIZE 3000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES\r\n/,
    );
    assert.deepEqual(codes(ran.stdout), ['220', '250', '250', '250', '354', '250', '250', '252', '221']);
    assert.deepEqual([ran.code, last().from, last().to], [0, '', ['a@x.example']]);
  });

  test('Bcc never leaves, whoever the envelope names', async () => {
    await pipelined([
      'HELO x',
      'MAIL FROM:<s@x.example>',
      'RCPT TO:<a@x.example>',
      'RCPT TO:<hidden@x.example>',
      'DATA',
      'To: a@x.example',
      'Bcc : hidden@x.example',
      '',
      'b',
      '.',
      'QUIT',
      '',
    ]);
    assert.doesNotMatch(last().message, /hidden/);
    assert.deepEqual(last().to, ['a@x.example', 'hidden@x.example']);
  });

  test("the relay's refusal comes back with its code, and the session goes on", async () => {
    const attempt = (recipient: string) => [
      'MAIL FROM:<s@x.example>',
      `RCPT TO:<${recipient}>`,
      'DATA',
      'Subject: s',
      '',
      'b',
      '.',
    ];
    const ran = await pipelined([
      'HELO x',
      ...attempt('nobody@x.example'),
      ...attempt('later@x.example'),
      ...attempt('a@x.example'),
      'QUIT',
      '',
    ]);
    assert.deepEqual(codes(ran.stdout), [
      '220',
      '250',
      '250',
      '250',
      '354',
      '550',
      '250',
      '250',
      '354',
      '450',
      '250',
      '250',
      '354',
      '250',
      '221',
    ]);
    assert.match(ran.stdout, /550 5\.1\.1 .*no such user/);
    assert.equal(ran.code, 0);
  });

  test('commands out of order, broken addresses and too much are refused one by one', async () => {
    const ran = await pipelined([
      'RCPT TO:<a@x.example>',
      'DATA',
      'MAIL FROM:nobody at all',
      'MAIL TO:<a@x.example>',
      'MAIL FROM:<a b@x.example>',
      'MAIL FROM:<@>',
      'MAIL FROM:<s@x.example> SIZE=99999999',
      'MAIL FROM:<s@x.example>',
      'MAIL FROM:<s@x.example>',
      'RCPT TO:<>',
      'RCPT TO:<-oX@x.example>',
      'DATA',
      'STARTTLS',
      'AUTH PLAIN AA==',
      'FOO',
      'x'.repeat(5000),
      'QUIT',
      '',
    ]);
    assert.deepEqual(codes(ran.stdout), [
      '220',
      '503',
      '503',
      '555',
      '501',
      '553',
      '553',
      '552',
      '250',
      '503',
      '501',
      '501',
      '554',
      '502',
      '502',
      '500',
      '500',
      '221',
    ]);
  });

  test('a message over the limit is refused after its last line, and the next one is taken', async () => {
    const before = sink.mails.length;
    const large = Array.from({ length: 100 }, () => 'x'.repeat(60));
    const start = ['MAIL FROM:<s@x.example>', 'RCPT TO:<a@x.example>', 'DATA'];
    const ran = await pipelined([
      'HELO x',
      ...start,
      ...large,
      '.',
      ...start,
      'Subject: small',
      '',
      'b',
      '.',
      'QUIT',
      '',
    ]);
    assert.deepEqual(codes(ran.stdout), ['220', '250', '250', '250', '354', '552', '250', '250', '354', '250', '221']);
    assert.equal(sink.mails.length, before + 1);
  });

  test('input that ends inside a message sends nothing and says so', async () => {
    const before = sink.mails.length;
    const ran = await pipelined([
      'HELO x',
      'MAIL FROM:<s@x.example>',
      'RCPT TO:<a@x.example>',
      'DATA',
      'Subject: cut',
      '',
      'half a li',
    ]);
    assert.deepEqual([ran.code, sink.mails.length], [74, before]);
    assert.match(ran.stderr, /ended inside a message; the message was not sent/);
  });

  test('a caller that does not wait for the end of the dialogue has done no harm', async () => {
    const input = folder.write('dialogue', `${'NOOP\r\n'.repeat(10_000)}QUIT\r\n`);
    const script = 'set -o pipefail; input=$1; shift; "$@" < "$input" | head -n 1 > /dev/null';
    const [program, words] = shimCommand();
    const args = ['-c', script, 'bash', input, program, ...words, '-C', config, '-bs'];
    // The reader ends after the first reply; the others are more than a pipe holds.
    assert.deepEqual(
      await run('/bin/bash', args, { env: { ...systemVariables, HOME: '/nonexistent', PATH: '/usr/bin:/bin' } }),
      {
        code: 74,
        stdout: '',
        stderr: 'mailshim: -bs: the caller closed the connection within the session\n',
      },
    );
  });

  test('nonsense without end is cut off', async () => {
    const ran = await pipelined(Array.from({ length: 1000 }, () => 'nonsense'));
    assert.match(ran.stdout, /421 4\.7\.0 /);
    assert.equal(ran.code, 76);
  });

  test('a broken configuration is told in the greeting, so that no caller waits', async () => {
    const bad = folder.write('bad', 'account default\nhots x\n');
    const ran = await runShim(['-C', bad, '-bs'], { input: 'QUIT\r\n' });
    assert.match(ran.stdout, /^554 5\.3\.5 .*bad:2: unknown directive/);
    assert.equal(ran.code, 78);
  });

  test('what a client wants to be told of goes to the relay where it offers DSN, one NOTIFY for all recipients', async () => {
    const recorder = await startRecorder();
    try {
      const dsn = folder.write(
        'dsn',
        `account default\nhost localhost\nport ${recorder.port}\ntls off\nfrom f@x.example\npreflight off\nspool off\ndsn_notify delay\n`,
      );
      const mail = (from: string, ...to: string[]) => [
        `MAIL FROM:<s@x.example>${from}`,
        ...to.map((each) => `RCPT TO:<${each}`),
        'DATA',
        'Subject: s',
        '',
        'b',
        '.',
      ];
      const ran = await runShim(['-C', dsn, '-bs'], {
        input: [
          'EHLO x',
          ...mail(
            ' RET=HDRS ENVID=a+2Bb+3Dc',
            'a@x.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a@x.example',
            'b@x.example> NOTIFY=FAILURE,SUCCESS',
          ),
          ...mail('', 'a@x.example> NOTIFY=NEVER'),
          ...mail('', 'a@x.example> NOTIFY=NEVER', 'b@x.example>'),
          ...mail('', 'a@x.example>'),
          'MAIL FROM:<s@x.example> RET=NONE',
          'MAIL FROM:<s@x.example> ENVID=a+',
          'MAIL FROM:<s@x.example>',
          'RCPT TO:<a@x.example> NOTIFY=MAYBE',
          'RCPT TO:<a@x.example> ORCPT=a@x.example',
          'QUIT',
          '',
        ].join('\r\n'),
      });
      assert.deepEqual(codes(ran.stdout).slice(-6), ['501', '501', '250', '501', '501', '221']);
      assert.deepEqual(
        recorder.take().map(({ from, to }) => [from, ...to]),
        [
          [
            '<s@x.example> RET=HDRS ENVID=a+2Bb+3Dc',
            '<a@x.example> NOTIFY=FAILURE,SUCCESS',
            '<b@x.example> NOTIFY=FAILURE,SUCCESS',
          ],
          ['<s@x.example>', '<a@x.example> NOTIFY=NEVER'],
          ['<s@x.example>', '<a@x.example> NOTIFY=FAILURE', '<b@x.example> NOTIFY=FAILURE'],
          ['<s@x.example>', '<a@x.example> NOTIFY=DELAY'],
        ],
      );
    } finally {
      await recorder.stop();
    }
  });

  test('a relay that offers no DSN gets the mail without', async () => {
    const ran = await pipelined([
      'EHLO x',
      'MAIL FROM:<s@x.example> RET=FULL ENVID=1',
      'RCPT TO:<a@x.example> NOTIFY=SUCCESS',
      'DATA',
      'Subject: plain',
      '',
      'b',
      '.',
      'QUIT',
      '',
    ]);
    assert.deepEqual(codes(ran.stdout), ['220', '250', '250', '250', '354', '250', '221']);
    assert.match(last().message, /Subject: plain/);
  });
});
