// Large messages through the built program: whole, byte for byte, within the limit, and with nothing left behind.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { verifyDkim } from '../../../shared/dkim/verify.ts';
import { keyZone, testKey } from '../../shared/dkim/fixtures.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { isExecutable, run, runShim, shimFile } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

describe('a large message', () => {
  const folder = temporaryFolder();
  const temporary = folder.join('tmp');
  let sink: SmtpSink;
  let config = '';
  before(async () => {
    mkdirSync(temporary);
    sink = await startSmtpSink({ secure: true });
    const ca = folder.write('ca.pem', sink.ca);
    config = folder.write(
      'rc',
      `host localhost\nport ${sink.port}\ntls on\ntls_starttls off\ntls_trust_file ${ca}\npreflight off\n#mailshim: message_size_limit 13000000\n#mailshim: submit_deadline 300\n`,
    );
  });
  after(async () => {
    await sink.stop();
    folder.remove();
  });
  const header =
    'From: f@x.example\nDate: Tue, 24 Nov 2026 06:24:08 +0000\nMessage-ID: <1@x.example>\nTo: a@x.example\n';
  const lines = ['.', '..', '.\r', 'x'.repeat(990), '', 'Gr\xfc\xdfe', 'mixed\r', '\t trailing  ', 'y'.repeat(998)];
  const bodyOf = (size: number) => {
    const block = `${lines.join('\n')}\n`;
    return block.repeat(Math.floor(size / block.length));
  };

  for (const [name, environment] of [
    ['with a temporary folder', { TMPDIR: temporary }],
    // /proc takes no files for anybody; /var/tmp does, and where it does not, memory has to do.
    ['with a temporary folder that cannot be written', { TMPDIR: '/proc' }],
  ] as const) {
    test(`12 MB, ${name}`, async () => {
      const body = bodyOf(12_000_000);
      const input = Buffer.from(`${header}\n${body}`, 'latin1');
      const ran = await runShim(['-C', config, '-t'], { input, env: environment });
      assert.deepEqual(ran, { code: 0, stdout: '', stderr: '' });
      const { message } = sink.mails.pop()!;
      const expected = `${header}\n${body}`.replace(/\r*\n/g, '\r\n');
      assert.equal(message.length, expected.length);
      assert.ok(message === expected);
      assert.deepEqual(readdirSync(temporary), []);
    });
  }

  test('over the limit: 65, nothing is sent, nothing is left behind', async () => {
    const ran = await runShim(['-C', config, '-t'], {
      input: `${header}\n${bodyOf(14_000_000)}`,
      env: { TMPDIR: temporary },
    });
    assert.equal(ran.code, 65);
    assert.match(
      ran.stderr,
      /^mailshim: the message is larger than 13000000 bytes \(directive message_size_limit\)\n$/,
    );
    assert.deepEqual(sink.mails, []);
    assert.deepEqual(readdirSync(temporary), []);
  });

  const MEASUREMENTS = 3;
  /** The mail as the sink got it, and that the program took no more than 64 MB beyond what Node itself takes. */
  async function sendLarge(
    args: readonly string[],
    input: Buffer,
    lines = '',
    most = 64,
  ): Promise<{ message: string; stdout: string }> {
    // The most it ever had since it was started, in KB; what the parent had before does not count.
    const hook = folder.write(
      'hook.cjs',
      `const fs = require('node:fs');
process.on('exit', () => fs.writeFileSync(process.env.PEAK, /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]));`,
    );
    const peak = folder.join('peak');
    const env = {
      NODE_OPTIONS: `--require ${hook}`,
      PEAK: peak,
      TMPDIR: temporary,
    };
    const inMegabytes = () => Number(readFileSync(peak, 'utf8')) / 1024;
    const [runtime, idle] = isExecutable ? [shimFile, ['--version']] : [process.execPath, ['-e', '0']];
    assert.equal((await run(runtime, idle, { env })).code, 0);
    const own = inMegabytes();
    const big = folder.write('big', readFileSync(config, 'utf8').replace('13000000', '52428800') + lines);
    // When garbage is collected depends on what else the machine does; a mail that is held in memory is there each time.
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 1; ; attempt++) {
      const ran = await runShim(['-C', big, ...args], { input, env });
      assert.deepEqual([ran.code, ran.stderr], [0, '']);
      const { message } = sink.mails.pop()!;
      least = Math.min(least, inMegabytes() - own);
      if (least <= most) return { message, stdout: ran.stdout };
      assert.ok(attempt < MEASUREMENTS, `${Math.round(least)} MB beyond Node's own`);
    }
  }

  describe('of 50 MB takes at most 64 MB beyond what Node itself does', {
    skip: process.platform === 'linux' ? false : 'reads /proc/self/status',
  }, () => {
    const mail = () => `${header}\n${bodyOf(52_000_000)}`;
    const onTheWire = () => mail().replace(/\r*\n/g, '\r\n');

    test('-t', async () => {
      const { message, stdout } = await sendLarge(['-t'], Buffer.from(mail(), 'latin1'));
      assert.equal(stdout, '');
      assert.ok(message === onTheWire());
    });

    test('-bs', async () => {
      const dialogue = `EHLO x\r\nMAIL FROM:<f@x.example>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n${onTheWire().replace(/^\./gm, '..')}.\r\nQUIT\r\n`;
      const { message, stdout } = await sendLarge(['-bs'], Buffer.from(dialogue, 'latin1'));
      assert.match(stdout, /^220 .*\r\n(?:250[ -].*\r\n)+354 .*\r\n250 2\.0\.0 .*queued as .*\r\n221 .*\r\n$/);
      assert.ok(message === onTheWire());
    });

    // Encoded anew, it leaves more to the collector than a mail that is passed on.
    test('in one line, at most 80 MB', async () => {
      const { message } = await sendLarge(['-t'], Buffer.from(`${header}\n${'z'.repeat(52_000_000)}`), '', 80);
      const [head, body] = message.split('\r\n\r\n', 2);
      assert.match(head!, /\r\nContent-Transfer-Encoding: quoted-printable\r\n/);
      assert.ok(body!.replaceAll('=\r\n', '') === `${'z'.repeat(52_000_000)}\r\n`);
    });

    test('8-bit text and an attachment, signed', async () => {
      const { pem } = await testKey('rsa2048');
      const parts = `${header}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nЗаказ\n--b\nContent-Transfer-Encoding: base64\n\n${`${'A'.repeat(76)}\n`.repeat(650_000)}--b--\n`;
      const { message } = await sendLarge(
        ['-t'],
        Buffer.from(parts),
        `dkim_domain shop.example\ndkim_selector rsa2048\ndkim_key ${folder.write('key.pem', pem, 0o600)}\n`,
      );
      assert.match(message.slice(0, 4000), /\r\n=D0=97=D0=B0=D0=BA=D0=B0=D0=B7\r\n--b\r\n/);
      const { result } = await verifyDkim(Buffer.from(message, 'latin1'), await keyZone(), new Date());
      assert.equal(result, 'pass');
    });
  });
});
