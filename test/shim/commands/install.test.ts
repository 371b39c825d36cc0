// Putting the built program into its place and taking it away: in a system of the test's own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';
import { needs } from '../../support/peers.ts';
import { isExecutable, run, runShim, shimFile } from '../../support/program.ts';

describe('install', () => {
  let root: TemporaryFolder;
  beforeEach(() => {
    root = temporaryFolder();
    mkdirSync(root.join('usr/sbin'), { recursive: true });
    mkdirSync(root.join('usr/bin'), { recursive: true });
    writeFileSync(root.join('usr/sbin/sendmail'), 'the sendmail that was there');
    symlinkSync('../sbin/sendmail', root.join('usr/bin/mailq'));
  });
  afterEach(() => root.remove());
  const shim = (...args: string[]) => runShim([args[0]!, '--root', root.path, ...args.slice(1)]);
  const state = () =>
    ['usr/sbin/sendmail', 'usr/bin/mailq', 'usr/bin/newaliases', 'usr/local/bin/mailshim'].map((name) => {
      try {
        return lstatSync(root.join(name)).isSymbolicLink()
          ? readlinkSync(root.join(name))
          : readFileSync(root.join(name), 'utf8');
      } catch {
        return null;
      }
    });
  const BEFORE = ['the sendmail that was there', '../sbin/sendmail', null, null];

  test('the program runs without any environment, by the absolute path of its Node', async () => {
    const installed = await shim('install');
    assert.deepEqual([installed.code, installed.stderr], [0, '']);
    assert.match(installed.stdout, /php\.ini: sendmail_path = "\/usr\/local\/bin\/mailshim --lock -t -i"/);
    assert.deepEqual(state(), [BEFORE[0], BEFORE[1], null, '/usr/local/lib/mailshim/mailshim']);
    const library = root.join('usr/local/lib/mailshim/mailshim');
    if (isExecutable) assert.ok(readFileSync(library).equals(readFileSync(shimFile)));
    else assert.equal(readFileSync(library, 'utf8').split('\n')[0], `#!${process.execPath}`);
    assert.deepEqual(readdirSync(root.join('usr/local/lib/mailshim')), ['mailshim']);
    const ran = await run(library, ['--version'], { env: {} });
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^mailshim \d/);
  });

  test('as sendmail: what was there is kept aside, and uninstall puts it back', async () => {
    assert.equal((await shim('install', '--as-sendmail')).code, 0);
    assert.deepEqual(state(), [
      '/usr/local/bin/mailshim',
      '/usr/local/bin/mailshim',
      '/usr/local/bin/mailshim',
      '/usr/local/lib/mailshim/mailshim',
    ]);
    assert.equal(readFileSync(root.join('usr/sbin/sendmail.before-mailshim'), 'utf8'), BEFORE[0]);
    const again = await shim('install', '--as-sendmail');
    assert.match(again.stdout, /^already installed, nothing to do\n/);
    const removed = await shim('uninstall');
    assert.equal(removed.code, 0, removed.stderr);
    assert.deepEqual(state(), BEFORE);
    assert.equal(existsSync(root.join('usr/local/lib/mailshim')), false);
    assert.equal((await shim('uninstall')).stdout, 'not installed, nothing to do\n');
  });

  test('beside `npm i -g` with the same prefix, whose link comes back', async () => {
    mkdirSync(root.join('usr/local/bin'), { recursive: true });
    symlinkSync('../lib/node_modules/mailshim/dist/mailshim.cjs', root.join('usr/local/bin/mailshim'));
    const installed = await shim('install');
    assert.deepEqual([installed.code, installed.stderr], [0, '']);
    assert.equal(state()[3], '/usr/local/lib/mailshim/mailshim');
    assert.match((await shim('install')).stdout, /^already installed, nothing to do\n/);
    assert.equal((await shim('uninstall')).code, 0);
    assert.equal(state()[3], '../lib/node_modules/mailshim/dist/mailshim.cjs');
  });

  test('a dry run says the same and changes nothing', async () => {
    const { stdout } = await shim('install', '--as-sendmail', '--dry-run');
    assert.match(stdout, isExecutable ? /^would write .*mailshim\n/ : /^would write .*mailshim, run by /);
    assert.match(stdout, /would keep \S+\/usr\/sbin\/sendmail as /);
    assert.deepEqual(state(), BEFORE);
    await shim('install', '--as-sendmail');
    const installed = state();
    assert.match((await shim('uninstall', '--dry-run')).stdout, /would put \S+\/usr\/sbin\/sendmail back/);
    assert.deepEqual(state(), installed);
  });

  test('a sendmail of a package is diverted, so that its next version does not come back over ours', {
    skip: needs('dpkg-divert', 'dpkg').missing,
  }, async () => {
    const admin = root.join('var/lib/dpkg');
    for (const folder of ['info', 'updates']) mkdirSync(`${admin}/${folder}`, { recursive: true });
    writeFileSync(
      `${admin}/status`,
      'Package: some-mta\nStatus: install ok installed\nMaintainer: Nobody <nobody@example.org>\nArchitecture: all\nVersion: 1\nDescription: an MTA\n\n',
    );
    writeFileSync(`${admin}/info/some-mta.list`, '/.\n/usr\n/usr/sbin\n/usr/sbin/sendmail\n');
    writeFileSync(`${admin}/info/format`, '1\n');
    const diversions = () => execFileSync('dpkg-divert', ['--admindir', admin, '--list'], { encoding: 'utf8' });
    assert.equal((await shim('install', '--as-sendmail')).code, 0);
    assert.match(diversions(), /local diversion of \/usr\/sbin\/sendmail to \/usr\/sbin\/sendmail\.before-mailshim/);
    assert.equal((await shim('uninstall')).code, 0);
    assert.equal(diversions(), '');
    assert.deepEqual(state(), BEFORE);
  });

  test('without the right to it, it says so; nonsense is refused', async () => {
    if (process.getuid?.() === 0) {
      const denied = await runShim(['install', '--root', root.path], { uid: 65534, gid: 65534 });
      assert.deepEqual([denied.code, denied.stdout], [77, '']);
      assert.match(denied.stderr, /^mailshim: cannot write .*: permission denied; run it as root\n$/);
    }
    const odd = await runShim(['install', '--everywhere']);
    assert.equal(odd.code, 64);
    assert.match(odd.stderr, /^mailshim: install: unknown option '--everywhere'; see mailshim install --help\n$/);
    assert.match((await runShim(['install', '--help'])).stdout, /--as-sendmail/);
  });
});
