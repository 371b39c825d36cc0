// Putting the built program and its launcher into their place and taking them away: in a system of the test's own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { missingFor } from '../../../scripts/launcher.ts';
import { platform } from '../../../shim/setup/program.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';
import { launcherFile } from '../../support/launcher.ts';
import { needs } from '../../support/peers.ts';
import { isExecutable, run, shimCommand, shimFile } from '../../support/program.ts';

// Beside the built program there may be a launcher or not.
const kit = temporaryFolder();
after(() => kit.remove());
chmodSync(kit.path, 0o755);
const program = kit.join(isExecutable ? 'lib/mailshim/program' : 'lib/mailshim/dist/mailshim.cjs');
mkdirSync(dirname(program), { recursive: true });
copyFileSync(shimFile, program);
const runShim = (words: readonly string[], options = {}) => {
  const [file, own] = shimCommand(program);
  return run(file, [...own, ...words], { env: {}, ...options });
};

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

  const PHP = 'etc/php/8.2/fpm';
  const LINE = (program: string) => `sendmail_path = "${program} --lock -t -i"\n`;
  const MAILS = ['MWUPRMJXT0WE5YVY', 'MWUPRMFXKMLLQQ07', 'MWUPRMFXKMLLQQ08'];
  function put(name: string, text = ''): void {
    mkdirSync(dirname(root.join(name)), { recursive: true });
    writeFileSync(root.join(name), text);
  }
  /** A shop that sends through `program` by php.ini, a pool and another pool that has its own program. */
  function shop(program: string): void {
    put(`${PHP}/php.ini`, `; mail\n${LINE(program)}`);
    put(
      `${PHP}/pool.d/shop1.conf`,
      `[shop1]\nuser = shop1\nphp_admin_value[sendmail_path] = ${program} --lock -t -i\n`,
    );
    put(`${PHP}/pool.d/shop2.conf`, '[shop2]\nuser = shop2\nphp_admin_value[sendmail_path] = /usr/bin/msmtp -t\n');
    put('var/spool/mailshim/queue/.hidden');
    put(`var/spool/mailshim/queue/${MAILS[0]}`);
    put(`var/spool/mailshim/drop/${MAILS[1]}.call`);
    put(`var/spool/mailshim-shop2/failed/${MAILS[2]}`);
    put('var/spool/mailshim-shop1/queue/.hidden');
  }
  /** Of each line about what is left: the file or folder, and the numbers in it. */
  const remains = (stdout: string) =>
    stdout.split('\n').flatMap((line) => {
      const spool = new RegExp(`^${root.path}/(\\S+): (\\d+) waiting, (\\d+) failed;`).exec(line);
      if (spool !== null) return [spool.slice(1)];
      const setting = new RegExp(`^${root.path}/(\\S+): PHP \\((.+?)\\) names (\\S+): (write|install)`).exec(line);
      return setting === null ? [] : [setting.slice(1)];
    });
  const SPOOLS = [
    ['var/spool/mailshim', '2', '0'],
    ['var/spool/mailshim-shop2', '0', '1'],
  ];

  test('uninstall lists the mail that waits, and the settings of PHP that name the program', async () => {
    shop('/usr/local/bin/mailshim');
    assert.equal((await shim('install')).code, 0);
    const wanted = [
      ...SPOOLS,
      [`${PHP}/php.ini:2`, 'fpm', '/usr/local/bin/mailshim', 'write'],
      [`${PHP}/pool.d/shop1.conf:3`, 'pool shop1', '/usr/local/bin/mailshim', 'write'],
    ];
    for (const flag of ['--remains', '--dry-run'])
      assert.deepEqual(remains((await shim('uninstall', flag)).stdout), wanted);
    assert.deepEqual(remains((await shim('uninstall')).stdout), wanted);
    // What is left is in its place.
    assert.ok(existsSync(root.join(`var/spool/mailshim/queue/${MAILS[0]}`)));
  });

  test("in sendmail's place: a setting is named where no sendmail comes back", async () => {
    rmSync(root.join('usr/sbin/sendmail'));
    shop('/usr/sbin/sendmail');
    assert.equal((await shim('install', '--as-sendmail')).code, 0);
    assert.deepEqual(remains((await shim('uninstall')).stdout), [
      ...SPOOLS,
      [`${PHP}/php.ini:2`, 'fpm', '/usr/sbin/sendmail', 'install'],
      [`${PHP}/pool.d/shop1.conf:3`, 'pool shop1', '/usr/sbin/sendmail', 'install'],
    ]);
  });

  test("in sendmail's place: no setting is named where the sendmail of before comes back", async () => {
    shop('/usr/sbin/sendmail');
    assert.equal((await shim('install', '--as-sendmail')).code, 0);
    assert.deepEqual(remains((await shim('uninstall')).stdout), SPOOLS);
  });

  test('the removal of a package asks for what is left of its own program', async () => {
    rmSync(root.join('usr/sbin/sendmail'));
    shop('/usr/bin/mailshim');
    put('usr/bin/mailshim', 'of the package');
    symlinkSync('../bin/mailshim', root.join('usr/sbin/sendmail'));
    put('etc/php/8.2/cli/php.ini', LINE('/usr/sbin/sendmail'));
    put('etc/php/8.2/apache2/php.ini', LINE('/usr/local/bin/mailshim'));
    const ran = await shim('uninstall', '--remains', '--prefix', '/usr');
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.deepEqual(remains(ran.stdout).sort(), [
      ['etc/php/8.2/cli/php.ini:1', 'cli', '/usr/sbin/sendmail', 'install'],
      [`${PHP}/php.ini:2`, 'fpm', '/usr/bin/mailshim', 'install'],
      [`${PHP}/pool.d/shop1.conf:3`, 'pool shop1', '/usr/bin/mailshim', 'install'],
      ...SPOOLS,
    ]);
    assert.ok(existsSync(root.join('usr/bin/mailshim')));
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

  const LINKS = { launcher: '/usr/local/lib/mailshim/launcher', program: '/usr/local/lib/mailshim/mailshim' };
  /** What bin/mailshim leads to, and what lies in lib/mailshim. */
  const started = () => [state()[3], readdirSync(root.join('usr/local/lib/mailshim')).sort()];
  async function withLauncher(place: string, content: Buffer, use: () => Promise<void>): Promise<void> {
    const file = kit.join(place);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o755 });
    try {
      await use();
    } finally {
      rmSync(file);
    }
  }
  const noLauncher = missingFor('linux-x64') ?? false;
  const launcher = noLauncher === false ? readFileSync(launcherFile('linux-x64')) : Buffer.alloc(0);
  const ownFolder = isExecutable ? 'lib/mailshim' : 'lib/mailshim/dist';
  const nodeModules = isExecutable ? 'lib' : 'lib/mailshim';
  const places: [from: string, place: string][] = [
    ['a checkout', `${ownFolder}/launcher-${platform}`],
    ['an installation', `${ownFolder}/launcher`],
    ['the npm package within this one', `${nodeModules}/node_modules/mailshim-${platform}/bin/launcher`],
    ['the npm package beside this one', `${isExecutable ? '.' : 'lib'}/mailshim-${platform}/bin/launcher`],
    ['the Debian package', `${isExecutable ? '.' : 'lib'}/bin/mailshim`],
  ];
  for (const [from, place] of places)
    test(`the launcher of ${from}`, { skip: noLauncher }, () =>
      withLauncher(place, launcher, async () => {
        const dry = await shim('install', '--dry-run');
        assert.match(dry.stdout, /would link \S+ to \/usr\/local\/lib\/mailshim\/launcher\n/);
        const installed = await shim('install', '--as-sendmail');
        assert.deepEqual([installed.code, installed.stderr], [0, '']);
        assert.match(installed.stdout, /^\/usr\/local\/bin\/mailshim starts the launcher/m);
        assert.deepEqual(started(), [LINKS.launcher, ['launcher', 'mailshim']]);
        assert.equal(state()[0], '/usr/local/bin/mailshim');
        assert.match((await shim('install', '--as-sendmail')).stdout, /^already installed, nothing to do\n/);
        // The link names a place of that system; here the launcher itself finds the program beside it.
        const ran = await run(root.join('usr/local/lib/mailshim/launcher'), ['--version'], { env: {} });
        assert.match(ran.stdout, /^mailshim \d/, ran.stderr);
        assert.equal((await shim('uninstall')).code, 0);
        assert.deepEqual(state(), BEFORE);
        assert.equal(existsSync(root.join('usr/local/lib/mailshim')), false);
      }),
    );

  test('an upgrade from a version without the launcher, and from one with it', { skip: noLauncher }, async () => {
    const beside = `${ownFolder}/launcher`;
    await shim('install', '--as-sendmail');
    assert.deepEqual(started(), [LINKS.program, ['mailshim']]);
    await withLauncher(beside, launcher, async () => {
      assert.match((await shim('install')).stdout, /^write \S+\/launcher, from /);
      assert.deepEqual(started(), [LINKS.launcher, ['launcher', 'mailshim']]);
    });
    // The next version comes without one.
    assert.match((await shim('install')).stdout, /^already installed, nothing to do\n/);
    assert.deepEqual(started(), [LINKS.launcher, ['launcher', 'mailshim']]);
    writeFileSync(root.join('usr/local/lib/mailshim/launcher'), 'that of another language');
    await withLauncher(beside, launcher, async () => {
      await shim('install');
      assert.ok(readFileSync(root.join('usr/local/lib/mailshim/launcher')).equals(launcher));
    });
  });

  test('after a downgrade to a version that knows of no launcher, nothing of it is left', {
    skip: noLauncher,
  }, async () => {
    await withLauncher(`${ownFolder}/launcher`, launcher, async () => {
      await shim('install');
      // As that version takes the link for another program's.
      symlinkSync(LINKS.launcher, root.join('usr/local/bin/mailshim.before-mailshim'));
      rmSync(root.join('usr/local/bin/mailshim'));
      symlinkSync(LINKS.program, root.join('usr/local/bin/mailshim'));
      assert.equal((await shim('uninstall')).code, 0);
      assert.deepEqual(readdirSync(root.join('usr/local/bin')), []);
    });
  });

  test('one that another user put beside the program, or may change, is not taken', {
    skip: noLauncher || (process.getuid?.() === 0 ? false : 'only root gives files away'),
  }, async () => {
    const beside = `${ownFolder}/launcher-${platform}`;
    await withLauncher(beside, launcher, async () => {
      const file = kit.join(beside);
      const planted: (() => void)[] = [
        () => chownSync(file, 65534, 65534),
        () => {
          chownSync(file, 0, 0);
          chmodSync(file, 0o757);
        },
        () => {
          rmSync(file);
          writeFileSync(kit.join('other'), launcher, { mode: 0o755 });
          symlinkSync(kit.join('other'), file);
          lchownSync(file, 65534, 65534);
        },
      ];
      for (const plant of planted) {
        plant();
        assert.match((await shim('install')).stdout, /starts the program: no launcher for /);
        assert.deepEqual(started(), [LINKS.program, ['mailshim']]);
      }
      lchownSync(file, 0, 0);
      assert.match((await shim('install')).stdout, /starts the launcher/);
    });
  });

  const broken: [what: string, change: (bytes: Buffer) => Buffer, why: RegExp][] = [
    ['no launcher', () => Buffer.from('#!/bin/sh\nmailshim-call 1\0'), /no launcher for \w+-\w+ came with it/],
    [
      'one that the system does not start',
      (bytes) => bytes.subarray(0, 512 + bytes.indexOf('mailshim-call 1')),
      /\(\S/,
    ],
    [
      'one for another processor',
      (bytes) => {
        const other = Buffer.from(bytes);
        other.writeUInt16LE(21, 18);
        return other;
      },
      /\/launcher is for another processor/,
    ],
  ];
  for (const [what, change, why] of broken)
    test(`${what}: the program is linked, and install says why`, { skip: noLauncher }, () =>
      withLauncher(`${ownFolder}/launcher`, change(launcher), async () => {
        const { code, stdout } = await shim('install');
        assert.equal(code, 0);
        const line = stdout.split('\n').find((each) => each.startsWith('/usr/local/bin/mailshim starts the program: '));
        assert.match(line ?? stdout, why);
        assert.equal(state()[3], LINKS.program);
        assert.match((await shim('install')).stdout, /^already installed, nothing to do\n/);
      }),
    );

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
