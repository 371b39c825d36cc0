// The packages for npm, installed by npm itself: what is in them, and mail through what `mailshim install` makes of them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { missingFor, type Release } from '../../scripts/launcher.ts';
import { writeNpmPackages } from '../../scripts/packages.ts';
import { relayLines, startDaemon } from '../support/calls-daemon.ts';
import { temporaryFolder } from '../support/folder.ts';
import { launcherFile } from '../support/launcher.ts';
import { needs } from '../support/peers.ts';
import { run } from '../support/program.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { waitFor } from '../support/wait.ts';

const RELEASES: readonly Release[] = ['linux-x64', 'linux-arm64'];
const skip = needs('npm', 'npm').missing || (missingFor('linux-x64') ?? false);

describe('the packages for npm', { skip }, () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  let packed: string[] = [];
  const tarball = (name: string) => packed.find((file) => new RegExp(`/${name}-\\d+\\.`).test(file))!;
  const install = (prefix: string, ...names: string[]) => {
    mkdirSync(folder.join(prefix));
    const words = ['install', '--offline', '--prefix', folder.join(prefix), ...names.map(tarball)];
    const env = { ...process.env, npm_config_cache: folder.join('cache') };
    execFileSync('npm', words, { cwd: folder.path, env, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const program = (prefix: string, ...words: string[]) =>
    run(process.execPath, [folder.join(`${prefix}/node_modules/.bin/mailshim`), ...words], { env: {} });

  test('each launcher is in a package for its platform, which mailshim names with its own version', () => {
    const file = launcherFile('linux-x64');
    packed = writeNpmPackages(folder.path, { 'linux-x64': file, 'linux-arm64': file });
    const read = (name: string) =>
      JSON.parse(readFileSync(folder.join(`${name}/package.json`), 'utf8')) as Record<string, unknown>;
    const { version, bin, scripts, devDependencies, optionalDependencies } = read('mailshim');
    assert.deepEqual(bin, { mailshim: 'dist/mailshim.cjs' });
    assert.deepEqual([scripts, devDependencies], [undefined, undefined]);
    assert.deepEqual(optionalDependencies, { 'mailshim-linux-x64': version, 'mailshim-linux-arm64': version });
    for (const release of RELEASES) {
      const [os, cpu] = release.split('-');
      const own = read(`mailshim-${release}`);
      assert.deepEqual([own.version, own.os, own.cpu, own.libc], [version, [os], [cpu], undefined]);
      const files = execFileSync('tar', ['-tf', tarball(`mailshim-${release}`)], { encoding: 'utf8' });
      assert.deepEqual(files.trim().split('\n').sort(), [
        'package/LICENSE',
        'package/LICENSE.musl',
        'package/README.md',
        'package/bin/launcher',
        'package/package.json',
      ]);
    }
    assert.match(readFileSync(folder.join('mailshim-linux-x64/LICENSE.musl'), 'utf8'), /Rich Felker[\s\S]*AS IS/);
  });

  test('with its launcher: mail goes to the daemon without the program', async () => {
    install('both', 'mailshim', 'mailshim-linux-x64');
    // What a shell finds runs everywhere; the launcher is put into its place by `mailshim install`.
    assert.equal(readlinkSync(folder.join('both/node_modules/.bin/mailshim')), '../mailshim/dist/mailshim.cjs');
    const direct = await run(folder.join('both/node_modules/mailshim-linux-x64/bin/launcher'), ['--version'], {
      env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    });
    assert.match(direct.stdout, /^mailshim \d/, direct.stderr);
    const prefix = folder.join('local');
    const installed = await program('both', 'install', '--prefix', prefix);
    assert.equal(installed.code, 0, installed.stderr);
    assert.match(installed.stdout, /\/local\/bin\/mailshim starts the launcher/);
    const mailshim = join(prefix, 'bin/mailshim');
    assert.match((await run(mailshim, ['--version'], { env: {} })).stdout, /^mailshim \d/);
    const sink = await startSmtpSink();
    const daemon = await startDaemon(relayLines({ account: sink }));
    try {
      const own = join(prefix, 'lib/mailshim/mailshim');
      rmSync(own);
      const input = 'To: customer@customer.example\nSubject: order\n\nThanks.\n';
      const sent = await run(mailshim, ['--lock', '-t', '-i'], { env: daemon.env, input });
      assert.deepEqual([sent.code, sent.stdout, sent.stderr], [0, '', '']);
      await waitFor(async () => sink.mails.length === 1, daemon.said);
    } finally {
      await daemon.stop();
      await sink.stop();
      daemon.folder.remove();
    }
    assert.equal((await program('both', 'uninstall', '--prefix', prefix)).code, 0);
  });

  test('without one for this platform, the program is installed as before', async () => {
    install('alone', 'mailshim');
    assert.equal(existsSync(folder.join('alone/node_modules/mailshim-linux-x64')), false);
    const prefix = folder.join('local-alone');
    const installed = await program('alone', 'install', '--prefix', prefix);
    assert.match(installed.stdout, /\/bin\/mailshim starts the program: no launcher for /);
    assert.equal(readlinkSync(join(prefix, 'bin/mailshim')), join(prefix, 'lib/mailshim/mailshim'));
  });

  test('npm refuses one for another platform', () => {
    assert.throws(() => install('other', 'mailshim-linux-arm64'), /EBADPLATFORM/);
  });
});
