// The built program: its names, its outputs, its environments.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../../../shim/cli/commands.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { systemVariables } from '../../support/hermetic.ts';
import { run, runShim, shimCommand, shimFile } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

describe('mailshim', () => {
  const folder = temporaryFolder();
  let sink: SmtpSink;
  let config = '';
  before(async () => {
    sink = await startSmtpSink({ secure: true });
    const ca = folder.write('ca.pem', sink.ca);
    config = folder.write(
      'rc',
      `account default\nhost localhost\nport ${sink.port}\ntls on\ntls_trust_file ${ca}\nfrom f@x.example\nlogfile ${folder.join('log')}\npreflight off\npreflight_cache off\ndelivery direct\nspool off\nuser u\npassword s3cret\n`,
    );
  });
  after(async () => {
    await sink.stop();
    folder.remove();
  });
  const last = () => sink.mails[sink.mails.length - 1]!;

  test('help and version speak on stdout', async () => {
    const { version } = JSON.parse(
      readFileSync(fileURLToPath(new URL('../../../package.json', import.meta.url)), 'utf8'),
    ) as { version: string };
    assert.deepEqual(await runShim(['--version']), { code: 0, stdout: `mailshim ${version}\n`, stderr: '' });
    const help = await runShim(['--help']);
    assert.match(help.stdout, /^Usage: mailshim/);
    assert.deepEqual([help.code, help.stderr], [0, '']);
  });

  test('each command that the help names has a help of its own', async () => {
    const words = [...new Set(COMMANDS.map(([name]) => name.split(' ')[0]!))];
    const { stdout } = await runShim(['--help']);
    for (const word of words) {
      assert.match(stdout, new RegExp(`^  ${word}\\b`, 'm'));
      const ran = await runShim([word, '--help']);
      assert.deepEqual([ran.code, ran.stderr], [0, ''], word);
      assert.match(ran.stdout, new RegExp(`^Usage: mailshim ${word}\\b`), word);
    }
  });

  test('recipients of the header and of the arguments both get it, once each; -f and -F', async () => {
    const args = ['-C', config, '-tif', 'g@x.example', '-F', 'Jörg "J" Shop', 'a@x.example', 'b@x.example'];
    const ran = await runShim(args, { input: 'To: b@X.EXAMPLE, c@x.example\nSubject: s\n\nb\n' });
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, '', '']);
    assert.deepEqual([last().from, last().to], ['g@x.example', ['a@x.example', 'b@x.example', 'c@x.example']]);
    assert.match(last().message, /^From: =\?UTF-8\?B\?[A-Za-z0-9+/=]+\?= <g@x\.example>\r\n/);
  });

  test('as sendmail it sends, as mailq it lists, as newaliases it does nothing', async () => {
    const home = folder.join('home');
    mkdirSync(home, { recursive: true });
    const as = (name: string, args: string[], input = '') => {
      const link = folder.join(name);
      try {
        symlinkSync(shimFile, link);
      } catch {}
      const [program, words] = shimCommand(link);
      // A home of its own: the queue of whoever runs the tests is not this test's.
      return run(program, [...words, ...args], { input, env: { HOME: home, XDG_STATE_HOME: home } });
    };
    const sent = await as('sendmail', ['-C', config, '-t'], 'To: a@x.example\nSubject: as sendmail\n\nb\n');
    assert.deepEqual([sent.code, sent.stdout, sent.stderr], [0, '', '']);
    assert.match(last().message, /as sendmail/);
    // A launcher that starts a script says so by a variable, which no program below finds.
    const named = await runShim([], { env: { MAILSHIM_NAME: 'mailq' } });
    assert.deepEqual(named, { code: 0, stdout: 'Mail queue is empty\n', stderr: '' });
    assert.deepEqual(await as('mailq', []), { code: 0, stdout: 'Mail queue is empty\n', stderr: '' });
    assert.deepEqual(await as('newaliases', []), { code: 0, stdout: '', stderr: '' });
  });

  test('it needs no node_modules, no PATH, no HOME: the one file under an empty environment', async () => {
    const copy = folder.join('alone.cjs');
    copyFileSync(shimFile, copy);
    const [program, words] = shimCommand(copy);
    const ran = await run(program, [...words, '-C', config, '-t'], {
      input: 'To: a@x.example\nSubject: alone\n\nb\n',
      // But for the system's own configuration, which is not this test's.
      env: { MAILSHIM_ETC: systemVariables.MAILSHIM_ETC },
      bare: true,
    });
    assert.deepEqual(ran, { code: 0, stdout: '', stderr: '' });
    assert.match(last().message, /Subject: alone/);
  });

  test('a caller that closes its ends early still gets the exit code', async () => {
    const { code } = await run('/bin/sh', ['-c', `"$@" -Z >&- 2>&- <&-`, 'sh', ...shimCommand().flat(), '-C', config]);
    assert.equal(code, 64);
  });

  test('the null sender', async () => {
    const ran = await runShim(['-C', config, '-f', '<>', 'a@x.example'], { input: 'From: d@x.example\n\nb\n' });
    assert.equal(ran.code, 0);
    assert.equal(last().from, '');
  });

  test('config check: each line with its meaning, mistakes marked, no secret', async () => {
    const good = await runShim(['config', 'check', config]);
    assert.deepEqual([good.code, good.stderr], [0, '']);
    assert.match(good.stdout, /^ {5}2 {2}host localhost +The relay: /m);
    assert.doesNotMatch(good.stdout, /s3cret/);
    const wrong = folder.write('wrong', 'host x\ntsl on\n');
    const bad = await runShim(['config', 'check', '-C', wrong]);
    assert.equal(bad.code, 78);
    assert.match(bad.stdout, /2 {2}tsl on +WRONG: unknown directive "tsl"; did you mean "tls"\?/);
    assert.match(bad.stderr, /wrong:2: unknown directive/);
  });

  test('config: a file that is not there is told once, and a word that is not known is refused', async () => {
    const none = folder.join('none');
    assert.deepEqual(await runShim(['config', 'check', none]), {
      code: 78,
      stdout: '',
      stderr: `mailshim: ${none}: no such file\n`,
    });
    for (const words of [['config'], ['config', 'chekc']]) {
      const ran = await runShim(words);
      assert.deepEqual([ran.code, ran.stdout], [64, '']);
      assert.match(ran.stderr, /^mailshim: config: expected "mailshim config check \[FILE\]" or .*\n$/);
    }
  });

  test('config show: what is in force and which line set it, no secret', async () => {
    const { code, stdout } = await runShim(['config', 'show', '-C', config]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^  port +${sink.port} +${config}:3$`, 'm'));
    assert.match(stdout, /^ {2}password +\(secret\)/m);
    assert.match(stdout, /^ {2}tls_certcheck +\(on\) +default$/m);
    assert.doesNotMatch(stdout, /s3cret/);
  });

  test('passwordeval and eval run only when they are needed, and their failures are told', async () => {
    const mark = folder.join('ran');
    const lines = `host localhost\nport ${sink.port}\ntls on\ntls_trust_file ${folder.join('ca.pem')}\nfrom f@x.example\npreflight off\n`;
    const idle = folder.write('idle', `${lines}passwordeval touch ${mark}\n`);
    assert.equal((await runShim(['-C', idle, 'a@x.example'], { input: '\nb\n' })).code, 0);
    assert.throws(() => readFileSync(mark));
    const broken = folder.write('broken', `${lines}eval exit 3\n`);
    const ran = await runShim(['-C', broken, 'a@x.example'], { input: '\nb\n' });
    assert.equal(ran.code, 78);
    assert.match(ran.stderr, /broken:7: eval: the command exited with 3; /);
    assert.doesNotMatch(ran.stderr, /exit 3/);
  });
});
