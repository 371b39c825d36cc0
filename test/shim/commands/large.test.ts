// Large messages through the built program: whole, byte for byte, within the limit, and with nothing left behind.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
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
      `host localhost\nport ${sink.port}\ntls on\ntls_starttls off\ntls_trust_file ${ca}\npreflight off\n#mailshim: message_size_limit 13000000\n`,
    );
  });
  after(async () => {
    await sink.stop();
    folder.remove();
  });
  const header =
    'From: f@x.example\nDate: Tue, 24 Nov 2026 06:24:08 +0000\nMessage-ID: <1@x.example>\nTo: a@x.example\n';
  const lines = ['.', '..', '.\r', 'x'.repeat(990), '', 'Gr\xfc\xdfe', 'mixed\r', '\t trailing  ', 'y'.repeat(2500)];
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

  for (const [name, args, stdout, wrapped] of [
    ['-t', ['-t'], '', (mail: Buffer) => mail],
    [
      '-bs',
      ['-bs'],
      /^220 .*\r\n(?:250[ -].*\r\n)+354 .*\r\n250 2\.0\.0 .*queued as .*\r\n221 .*\r\n$/,
      (mail: Buffer) =>
        Buffer.concat([
          Buffer.from('EHLO x\r\nMAIL FROM:<f@x.example>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n'),
          Buffer.from(mail.toString('latin1').replace(/^\./gm, '..'), 'latin1'),
          Buffer.from('.\r\nQUIT\r\n'),
        ]),
    ],
  ] as const)
    test(`a 50 MB mail through ${name} takes at most 64 MB beyond what its runtime itself does`, {
      skip: process.platform === 'linux' ? false : 'reads /proc/self/status',
    }, async () => {
      // The most it ever had since it was started, in KB; what the parent had before does not count.
      const hook = folder.write(
        'hook.cjs',
        `const fs = require('node:fs');
process.on('exit', () => fs.writeFileSync(process.env.PEAK, /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]));`,
      );
      const peak = folder.join('peak');
      const env = {
        [isExecutable ? 'BUN_OPTIONS' : 'NODE_OPTIONS']: `--require ${hook}`,
        PEAK: peak,
        TMPDIR: temporary,
      };
      const inMegabytes = () => Number(readFileSync(peak, 'utf8')) / 1024;
      const [runtime, idle] = isExecutable ? [shimFile, ['--version']] : [process.execPath, ['-e', '0']];
      assert.equal((await run(runtime, idle, { env })).code, 0);
      const own = inMegabytes();
      const big = folder.write('big', readFileSync(config, 'utf8').replace('13000000', '52428800'));
      const body = bodyOf(52_000_000);
      const ran = await runShim(['-C', big, ...args], {
        input: wrapped(Buffer.from(`${header}\n${body}`, 'latin1')),
        env,
      });
      assert.deepEqual([ran.code, ran.stderr], [0, '']);
      if (stdout === '') assert.equal(ran.stdout, '');
      else assert.match(ran.stdout, stdout);
      assert.ok(sink.mails.pop()!.message === `${header}\n${body}`.replace(/\r*\n/g, '\r\n'));
      assert.ok(inMegabytes() - own <= 64, `${Math.round(inMegabytes())} MB, the runtime itself ${Math.round(own)} MB`);
    });
});
