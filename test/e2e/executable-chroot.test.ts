// The executable in a chroot with nothing but the libraries that it needs: no /proc, no /bin/sh, of /dev only null. As a chrooted pool of php-fpm has it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { executableFile } from '../../scripts/executable.ts';
import { missing } from '../support/executable.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { waitFor } from '../support/wait.ts';

const chroot = needs('chroot', 'coreutils');
const ldd = needs('ldd', 'libc-bin');
const flock = needs('flock', 'util-linux');
const notRoot = process.getuid?.() === 0 ? false : 'only root may change its root folder';
const WEB = 33;
const SPOOL = '/spool';
const MAIL = 'From: orders@shop.example\nTo: customer@customer.example\nSubject: order\n\nThanks.\n';

describe('the executable in a chroot without /proc', {
  skip: notRoot || missing || chroot.missing || ldd.missing || flock.missing,
}, () => {
  let jail: TemporaryFolder;
  let sink: Awaited<ReturnType<typeof startSmtpSink>>;
  const put = (file: string, at = file) => {
    mkdirSync(dirname(jail.join(at)), { recursive: true });
    copyFileSync(file, jail.join(at));
  };
  const withLibraries = (file: string, at = file) => {
    put(file, at);
    for (const [, library] of execFileSync(ldd.path, [file], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g))
      put(library!);
  };
  before(async () => {
    jail = temporaryFolder('mailshim-jail-');
    chmodSync(jail.path, 0o755);
    sink = await startSmtpSink();
    withLibraries(executableFile, '/opt/mailshim');
    chmodSync(jail.join('opt/mailshim'), 0o755);
    for (const name of ['flock', 'mkfifo']) withLibraries(needs(name, 'coreutils').path, `/usr/bin/${name}`);
    symlinkSync('mailshim', jail.join('opt/sendmail'));
    mkdirSync(jail.join('etc'));
    // A device needs a file system that allows devices; an empty file does as well.
    mkdirSync(jail.join('dev'));
    writeFileSync(jail.join('dev/null'), '');
    chmodSync(jail.join('dev/null'), 0o666);
    writeFileSync(
      jail.join('etc/mailshimrc'),
      `account default\nhost 127.0.0.1\nport ${sink.port}\ntls off\nfrom orders@shop.example\npreflight off\ndelivery queue\nspool ${SPOOL}\nsender_idle 1\n`,
    );
    mkdirSync(jail.join(SPOOL), { mode: 0o700 });
    chownSync(jail.join(SPOOL), WEB, WEB);
  });
  after(async () => {
    await sink?.stop();
    jail?.remove();
  });

  /** `argv0`: what the program is called by; without one, its path. */
  function start(words: readonly string[], { argv0 = '/opt/mailshim', cwd = '/', path = '' } = {}) {
    // Within the chroot there is no shell: this process goes into it, and becomes the program under that name.
    const script = `use POSIX; chroot($ARGV[0]) or die; chdir($ARGV[1]) or die; POSIX::setgid(${WEB}); POSIX::setuid(${WEB});
      my ($name, @words) = @ARGV[2 .. $#ARGV]; exec { '/opt/mailshim' } $name, @words;`;
    const child = spawn('/usr/bin/perl', ['-e', script, jail.path, cwd, argv0, ...words], { env: { PATH: path } });
    child.stdin.end(MAIL);
    let stderr = '';
    let stdout = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, stdout, stderr })),
    );
  }

  test('there is no /proc in it', () => assert.equal(existsSync(jail.join('proc')), false));

  test('it starts', async () => {
    const ran = await start(['--version']);
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.match(ran.stdout, /^mailshim \d/);
  });

  /** Its sender is started by the file that the name means. */
  const names: readonly (readonly [what: string, how: { argv0: string; cwd?: string; path?: string }])[] = [
    ['its path', { argv0: '/opt/mailshim' }],
    ['a link', { argv0: '/opt/sendmail' }],
    ['a path from the folder that it is in', { argv0: './mailshim', cwd: '/opt' }],
    ['a name in PATH', { argv0: 'mailshim', path: '/nowhere:/opt' }],
  ];
  for (const [what, how] of names)
    test(`called by ${what}, it sends`, async () => {
      const before = sink.mails.length;
      const ran = await start(['-t', '-i'], how);
      assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, '', '']);
      await waitFor(
        async () => sink.mails.length === before + 1,
        () => 'the mail does not arrive',
      );
      // The next one has to start a sender of its own.
      await waitFor(
        async () => !existsSync(jail.join(`${SPOOL}/socket`)),
        () => 'the sender stays',
      );
    });

  test('called by a name that means no file, it keeps the mail and says why it cannot send', async () => {
    const ran = await start(['-t', '-i'], { argv0: 'php-mail', path: '/nowhere' });
    assert.equal(ran.code, 0);
    assert.match(ran.stderr, /^mailshim: .*\/proc is not mounted.*\n$/);
  });

  test('without /dev/null, it keeps the mail and says why it cannot send', async () => {
    rmSync(jail.join('dev'), { recursive: true });
    // While a sender may be starting, no other one is.
    rmSync(jail.join(`${SPOOL}/starting`), { force: true });
    const ran = await start(['-t', '-i']);
    assert.equal(ran.code, 0);
    assert.match(ran.stderr, /^mailshim: .*\/dev\/null is missing.*\n$/);
  });
});
