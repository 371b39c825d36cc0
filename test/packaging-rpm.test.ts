// The RPM: what it says of itself, what it puts where, what its scriptlets run, and what its removal leaves.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { missingFor } from '../scripts/launcher.ts';
import { manifest, oldestNode } from '../scripts/package-files.ts';
import { writeRpms } from '../scripts/rpm.ts';
import { selinuxMissing } from '../scripts/selinux.ts';
import { temporaryFolder } from './support/folder.ts';
import { hermetic } from './support/hermetic.ts';
import { launcherFile } from './support/launcher.ts';
import { needs } from './support/peers.ts';

const rpm = needs('rpm', 'rpm');
const rpmbuild = needs('rpmbuild', 'rpm');
const missing = rpm.missing || rpmbuild.missing;
const noLauncher = missingFor('linux-x64') ?? false;
const noRoot = process.getuid?.() === 0 ? false : 'rpm --root needs root, since it changes its root folder';
const hasModule = selinuxMissing() === undefined;
const EPOCH = '1700000000';

/** Mode, kind and path of each file, as RPM lists them; a launcher is a file, without one it is a link. */
const filesWith = (launcher: boolean) =>
  [
    '-rw-r--r-- cn /etc/logrotate.d/mailshim',
    launcher ? '-rwxr-xr-x /usr/bin/mailshim' : 'lrwxrwxrwx /usr/bin/mailshim',
    '-rw-r--r-- /usr/lib/firewalld/services/mailshim-relay.xml',
    'drwxr-xr-x /usr/lib/mailshim',
    '-rw-r--r-- /usr/lib/mailshim/drop.conf',
    '-rwxr-xr-x /usr/lib/mailshim/mailshim',
    '-rw-r--r-- /usr/lib/systemd/system/mailshim.path',
    '-rw-r--r-- /usr/lib/systemd/system/mailshim.service',
    '-rw-r--r-- /usr/lib/sysusers.d/mailshim.conf',
    '-rw-r--r-- /usr/lib/tmpfiles.d/mailshim.conf',
    '-rw-r--r-- /usr/share/bash-completion/completions/mailshim',
    'drwxr-xr-x /usr/share/doc/mailshim',
    '-rw-r--r-- d /usr/share/doc/mailshim/CHANGELOG.md.gz',
    '-rw-r--r-- d /usr/share/doc/mailshim/README.md',
    '-rw-r--r-- d /usr/share/doc/mailshim/shim.md',
    '-rw-r--r-- d /usr/share/doc/mailshim/spool.md',
    'drwxr-xr-x /usr/share/licenses/mailshim',
    '-rw-r--r-- l /usr/share/licenses/mailshim/LICENSE',
    ...(launcher ? ['-rw-r--r-- l /usr/share/licenses/mailshim/LICENSE.musl'] : []),
    '-rw-r--r-- d /usr/share/man/man1/mailshim.1.gz',
    ...(hasModule ? ['-rw-r--r-- /usr/share/selinux/packages/mailshim.pp'] : []),
  ].sort();

describe('the RPM', { skip: missing }, () => {
  const folder = temporaryFolder('mailshim-rpm-test-');
  after(() => folder.remove());
  const run = (...args: string[]) =>
    execFileSync(rpm.path, args, {
      encoding: 'utf8',
      env: hermetic({ HOME: folder.path, LC_ALL: 'C.UTF-8' }),
      // Debian's rpm warns at each installation that dpkg is the way here.
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const query = (file: string, ...args: string[]) => run('--query', '--package', ...args, file);
  const format = (file: string, text: string) => query(file, '--queryformat', text);
  const into = (name: string) => {
    mkdirSync(folder.join(name));
    return folder.join(name);
  };
  /** Other tests run the built program now, so that it is packed as it is, not built again. */
  const write = (name: string, launchers: Parameters<typeof writeRpms>[1]) => {
    const before = process.env.SOURCE_DATE_EPOCH;
    process.env.SOURCE_DATE_EPOCH = EPOCH;
    try {
      return writeRpms(into(name), launchers);
    } finally {
      if (before === undefined) delete process.env.SOURCE_DATE_EPOCH;
      else process.env.SOURCE_DATE_EPOCH = before;
    }
  };
  const foreign = () => folder.write('other', 'of another processor', 0o755);
  let noarch: string;
  before(() => {
    [noarch] = write('noarch', {}) as [string];
  });

  /** What every RPM of ours says, whatever its architecture. */
  function checkHeader(file: string, architecture: string, launcher: boolean): void {
    assert.equal(basename(file), `mailshim-${manifest.version}-1.${architecture}.rpm`);
    const tags =
      '%{NAME} %{VERSION} %{RELEASE} %{ARCH} %{LICENSE} %{URL} %{BUILDTIME} %{BUILDHOST} %{PAYLOADCOMPRESSOR}';
    const wanted = `mailshim ${manifest.version} 1 ${architecture} MIT (none) ${EPOCH} localhost gzip`;
    assert.equal(format(file, tags), wanted);
    const listed = format(file, '[%{FILEMODES:perms} %{FILEFLAGS:fflags} %{FILENAMES}\n]').trim().replaceAll('  ', ' ');
    assert.deepEqual(listed.split('\n').sort(), filesWith(launcher));
    assert.deepEqual(
      new Set(format(file, '[%{FILEUSERNAME}:%{FILEGROUPNAME} ]').trim().split(' ')),
      new Set(['root:root']),
    );
    const times = format(file, '[%{FILEMTIMES} ]').trim().split(' ');
    assert.deepEqual(new Set(times), new Set([EPOCH]));
    const required = query(file, '--requires').trim().split('\n');
    assert.deepEqual(
      [...new Set(required)].filter((name) => !name.startsWith('rpmlib(')),
      [
        `(nodejs(engine) >= ${oldestNode} or nodejs >= 2:${oldestNode})`,
        '(systemd or shadow-utils)',
        '/bin/sh',
        '/usr/bin/node',
      ],
    );
    // RPM 4.14 has these; a tilde in a version needs one more.
    const known =
      /^rpmlib\((CompressedFileNames|FileDigests|PayloadFilesHavePrefix|RichDependencies|TildeInVersions)\)/;
    for (const name of required.filter((each) => each.startsWith('rpmlib('))) assert.match(name, known);
    assert.doesNotMatch(query(file, '--scripts'), /www-data/);
  }

  test('without a launcher: for all architectures', () => checkHeader(noarch, 'noarch', false));

  test('with launchers: one for each architecture, and they are the same when built again', {
    skip: noLauncher,
  }, () => {
    const launchers = { 'linux-x64': launcherFile('linux-x64', []), 'linux-arm64': foreign() };
    const built = write('launchers', launchers);
    const architectures = ['x86_64', 'aarch64'];
    assert.equal(built.length, architectures.length);
    for (const [at, architecture] of architectures.entries()) checkHeader(built[at]!, architecture, true);
    for (const [at, again] of write('again', launchers).entries())
      assert.ok(readFileSync(again).equals(readFileSync(built[at]!)), basename(again));
  });

  /** Installs into an empty root, lets `use` look at it, and removes it. */
  function installed(file: string, name: string, use: (at: (path: string) => string) => void): string[] {
    const top = into(name);
    const at = (path: string) => join(top, path);
    const inRoot = ['--root', top, '--dbpath', '/var/lib/rpm', '--nodeps', '--noscripts'];
    run(...inRoot, '--ignorearch', '--install', file);
    use(at);
    run(...inRoot, '--erase', 'mailshim');
    const all = readdirSync(top, { recursive: true, encoding: 'utf8' });
    return all.filter((path) => /mailshim/.test(path) && !path.startsWith('var/lib/rpm/')).sort();
  }
  const version = (program: string) =>
    execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8', env: hermetic({}) }).split('\n')[0];

  test('is installed into an empty root, runs, and its removal leaves the spool', { skip: noRoot }, () => {
    const left = installed(noarch, 'root', (at) => {
      assert.equal(readlinkSync(at('usr/bin/mailshim')), '../lib/mailshim/mailshim');
      assert.equal(readFileSync(at('usr/lib/mailshim/mailshim'), 'utf8').split('\n')[0], '#!/usr/bin/node');
      assert.equal(version(at('usr/bin/mailshim')), `mailshim ${manifest.version}`);
      mkdirSync(at('var/spool/mailshim/queue'), { recursive: true });
      writeFileSync(at('var/spool/mailshim/queue/waits'), 'mail');
    });
    const spool = ['var/spool/mailshim', 'var/spool/mailshim/queue', 'var/spool/mailshim/queue/waits'];
    assert.deepEqual(left, spool);
  });

  test('the launcher is static and the program is beside it', { skip: noRoot || noLauncher }, () => {
    const [file] = write('static', { 'linux-x64': launcherFile('linux-x64', []) }) as [string];
    const left = installed(file, 'static-root', (at) => {
      const status = lstatSync(at('usr/bin/mailshim'));
      assert.deepEqual([status.mode, status.uid, status.gid], [0o100755, 0, 0]);
      assert.equal(version(at('usr/lib/mailshim/mailshim')), `mailshim ${manifest.version}`);
      // This root has no library and no Node: what starts here needs none, and 69 is the launcher's "the program cannot be started".
      const alone = spawnSync('chroot', [at('.'), '/usr/bin/mailshim', '--version'], { encoding: 'utf8' });
      assert.deepEqual([alone.status, alone.stdout], [69, ''], alone.stderr);
    });
    assert.deepEqual(left, []);
  });

  test('a logrotate file that was changed is kept', { skip: noRoot }, () => {
    const left = installed(noarch, 'changed', (at) => writeFileSync(at('etc/logrotate.d/mailshim'), '# ours\n'));
    assert.deepEqual(left, ['etc/logrotate.d/mailshim.rpmsave']);
  });

  const UNITS = 'mailshim.service mailshim.path';
  const USER = ['systemd-sysusers mailshim.conf', 'systemd-tmpfiles --create mailshim.conf'];
  const MODULE = ['semodule -i PACKAGES/mailshim.pp', 'restorecon -R SPOOL'];
  const NO_MODULE = ['semodule -r mailshim', 'restorecon -R SPOOL'];
  const RELOAD = 'systemctl --system daemon-reload';
  const DISABLE = 'systemctl --no-reload disable mailshim.path mailshim.service';
  const REMAINS = 'mailshim uninstall --remains --prefix /usr';
  const PRESET = `systemctl --no-reload preset ${UNITS}`;
  const scriptlets: readonly (readonly [tag: string, count: number, running: boolean, calls: readonly string[]])[] = [
    ['POSTIN', 1, true, [...USER, ...MODULE, PRESET, RELOAD]],
    ['POSTIN', 2, true, [...USER, ...MODULE, RELOAD]],
    ['POSTIN', 1, false, [...USER, ...MODULE, PRESET]],
    ['PREUN', 1, true, []],
    ['PREUN', 0, true, [REMAINS, DISABLE, 'systemctl stop mailshim.path', 'systemctl stop mailshim.service']],
    ['PREUN', 0, false, [REMAINS, DISABLE]],
    ['POSTUN', 1, true, [RELOAD, `systemctl try-restart ${UNITS}`]],
    ['POSTUN', 0, true, ['rmdir --ignore-fail-on-non-empty SPOOL/drop', ...NO_MODULE, RELOAD]],
    ['POSTUN', 1, false, []],
  ];
  const FOLDERS = ['tmp', 'queue', 'active', 'hold', 'failed', 'state', 'taken'];
  const systemless = [
    'getent passwd mailshim',
    'getent group mailshim',
    'groupadd --system mailshim',
    'useradd --system --gid mailshim --home-dir SPOOL --no-create-home --shell /usr/sbin/nologin --comment mailshim, the sender of mail mailshim',
    'install -d -m 0755 -o mailshim -g mailshim SPOOL',
    ...FOLDERS.map((name) => `install -d -m 0700 -o mailshim -g mailshim SPOOL/${name}`),
    PRESET,
  ];

  /** Runs a scriptlet between programs that only note how they were called, and fail. */
  function calls(tag: string, count: number, running: boolean, without: readonly string[] = []): string[] {
    const area = temporaryFolder('mailshim-scriptlet-');
    try {
      const programs =
        'systemd-sysusers systemd-tmpfiles systemctl getent groupadd useradd install rmdir semodule restorecon mailshim'.split(
          ' ',
        );
      const note = `#!/bin/sh\necho "\${0##*/} $*" >> '${area.join('calls')}'\nexit 1\n`;
      mkdirSync(area.join('bin'));
      for (const name of programs.filter((each) => !without.includes(each))) area.write(`bin/${name}`, note, 0o755);
      const [spool, packages] = [area.join('spool'), area.join('packages')];
      mkdirSync(packages);
      if (without.length === 0) mkdirSync(spool);
      area.write('packages/mailshim.pp', '');
      const text = format(noarch, `%{${tag}}`)
        .replaceAll('/run/systemd/system', running ? area.path : area.join('nothing'))
        .replaceAll('/var/spool/mailshim', spool)
        .replaceAll('/usr/share/selinux/packages', packages)
        .replaceAll('/usr/lib/mailshim/mailshim uninstall', 'mailshim uninstall')
        .replaceAll(/\/(?:usr|etc|var)\/[\w/]*mailshim\w*/g, area.join('nothing'));
      const script = area.write('scriptlet', text);
      const ran = spawnSync('/bin/sh', [script, String(count)], { encoding: 'utf8', env: { PATH: area.join('bin') } });
      assert.deepEqual([ran.status, ran.stderr], [0, '']);
      if (!existsSync(area.join('calls'))) return [];
      return readFileSync(area.join('calls'), 'utf8')
        .trim()
        .replaceAll(spool, 'SPOOL')
        .replaceAll(packages, 'PACKAGES')
        .split('\n');
    } finally {
      area.remove();
    }
  }

  for (const [tag, count, running, wanted] of scriptlets)
    test(`scriptlet ${tag} ${count}, systemd ${running ? 'runs' : 'does not run'}`, () =>
      assert.deepEqual(calls(tag, count, running), wanted));

  test('scriptlet POSTIN 1 makes user and folders where systemd has no program for it', () =>
    assert.deepEqual(calls('POSTIN', 1, false, ['systemd-sysusers', 'systemd-tmpfiles', 'semodule']), systemless));
});
