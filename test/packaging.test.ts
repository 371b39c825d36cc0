// What is given to others: the man page, the completion, the npm package and the Debian packages.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writePackages } from '../scripts/deb.ts';
import { executableFile } from '../scripts/executable.ts';
import { missingFor } from '../scripts/launcher.ts';
import { bashCompletion, manPage } from '../scripts/man.ts';
import { flags } from '../shim/cli/flags.ts';
import { directives } from '../shim/config/directives.ts';
import { temporaryFolder } from './support/folder.ts';
import { launcherFile } from './support/launcher.ts';
import { needs } from './support/peers.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dpkg = needs('dpkg-deb', 'dpkg');
const man = needs('man', 'man-db');
const debianArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

test('the man page names every flag and every directive, and no line of it is taken for a request', () => {
  const page = manPage('1.2.3');
  const plain = page.replace(/\\-/g, '-');
  for (const { name } of flags) assert.ok(plain.includes(name), name);
  for (const { name } of directives) assert.ok(plain.includes(`\\fB${name}\\fR`), name);
  for (const command of ['queue show', 'queue retry', 'status', 'daemon', 'init', 'doctor', 'test', 'config check'])
    assert.ok(plain.includes(`\\fB${command}\\fR`), command);
  for (const line of page.split('\n'))
    if (line.startsWith('.')) assert.match(line, /^\.(TH|SH|TP|PP|B|BR|I|ad|br)\b/, line);
});

test('man renders it without a warning', { skip: man.missing }, () => {
  const folder = temporaryFolder();
  try {
    const file = folder.write('mailshim.1', manPage('1.2.3'), 0o644);
    const run = spawnSync(man.path, ['--warnings=w', '-l', file], {
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8', MANPAGER: 'cat' },
    });
    assert.deepEqual([run.status, run.stderr], [0, '']);
    assert.match(run.stdout, /mailshim - hands mail to a relay over TLS/);
  } finally {
    folder.remove();
  }
});

test('the completion is bash that completes', () => {
  const words = (line: string) => {
    const typed = line.split(' ');
    const script = `${bashCompletion()}\nCOMP_WORDS=(${line}) COMP_CWORD=${typed.length - 1}; _mailshim; echo "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim();
  };
  assert.equal(words('mailshim con'), 'config');
  assert.equal(words('mailshim --acc'), '--account');
  assert.equal(words('mailshim config sh'), 'show');
  assert.equal(words('mailshim queue re'), 'retry release');
  assert.equal(words('mailshim status --pro'), '--prometheus');
  assert.equal(words('mailshim -t --read-r'), '--read-recipients');
});

const analyze = needs('systemd-analyze', 'systemd');
test('the daemon has no right that it does not need, as systemd counts them', { skip: analyze.missing }, () => {
  const unit = join(root, 'packaging/mailshim.service');
  // In tenths; 20 is what systemd calls "OK". More is not to be had: it talks to the network, and V8 compiles while it runs.
  const run = spawnSync(analyze.path, ['security', '--offline=true', '--threshold=20', unit], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
});

test('the npm package holds the program, its documents, and nothing else', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }),
  ) as [{ files: { path: string }[] }];
  assert.deepEqual(
    packed.files.map(({ path }) => path).sort(),
    [
      'CHANGELOG.md',
      'CODE_OF_CONDUCT.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'README.ru.md',
      'SECURITY.md',
      'dist/mailshim.1',
      'dist/mailshim.cjs',
      ...globSync(['docs/**/*.md', 'docs/screenshots/*.png', 'packaging/{firewalld,selinux}/*'], { cwd: root }),
      'package.json',
    ].sort(),
  );
});

/** Runs a script of dpkg with the places of the system below a folder, and the programs of the system alone. */
function maintainerScript(name: string, word: string, files: readonly string[]): { stdout: string; left: string[] } {
  const area = temporaryFolder('mailshim-script-');
  try {
    for (const file of files) {
      mkdirSync(dirname(area.join(file)), { recursive: true });
      writeFileSync(area.join(file), file.endsWith('mailshim/mailshim') ? '#!/bin/sh\necho "asked: $*"\n' : '', {
        mode: 0o755,
      });
    }
    // It speaks only to dpkg.
    mkdirSync(area.join('bin'));
    area.write('bin/deb-systemd-helper', '#!/bin/sh\n', 0o755);
    const text = readFileSync(join(root, 'packaging', name), 'utf8').replaceAll(
      /\/(?=(?:usr|var|run|etc)\/)/g,
      `${area.path}/`,
    );
    const ran = spawnSync('/bin/sh', [area.write('script', text), word], {
      encoding: 'utf8',
      env: { PATH: `${area.join('bin')}:/usr/bin:/bin` },
    });
    assert.deepEqual([ran.status, ran.stderr], [0, '']);
    return { stdout: ran.stdout.replaceAll(area.path, ''), left: files.filter((file) => existsSync(area.join(file))) };
  } finally {
    area.remove();
  }
}

describe('the removal of the Debian package', () => {
  const SPOOL = 'var/spool/mailshim';
  const mails = [
    `${SPOOL}/queue/MWUPRMJXT0WE5YVY`,
    `${SPOOL}/hold/MWUPRMFXKMLLQQ07`,
    `${SPOOL}/drop/MWUPRMFXKMLLQQ08.call`,
  ];
  const failed = `${SPOOL}/failed/MWUPRMFXKMLLQQ09`;

  test('asks the program, while it is there, for what is left', () => {
    const program = 'usr/lib/mailshim/mailshim';
    assert.equal(maintainerScript('prerm', 'remove', [program]).stdout, 'asked: uninstall --remains --prefix /usr\n');
    assert.equal(maintainerScript('prerm', 'upgrade', [program]).stdout, '');
    // Half installed, there is none.
    assert.equal(maintainerScript('prerm', 'upgrade', []).stdout, '');
  });

  test('keeps the mail; its purge says how much it deletes', () => {
    assert.deepEqual(maintainerScript('postrm', 'remove', [...mails, failed]), {
      stdout: '',
      left: [...mails, failed],
    });
    const purged = maintainerScript('postrm', 'purge', [...mails, failed]);
    assert.match(purged.stdout, /^mailshim: 3 mails .*\/var\/spool\/mailshim\n$/);
    assert.deepEqual(purged.left, []);
    assert.equal(maintainerScript('postrm', 'purge', [failed]).stdout, '');
  });
});

describe('the Debian packages', { skip: dpkg.missing }, () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
  const field = (file: string, name: string) =>
    execFileSync(dpkg.path, ['--field', file, name], { encoding: 'utf8' }).trim();
  const extract = (file: string, name: string) => {
    execFileSync(dpkg.path, ['--extract', file, folder.join(name)]);
    return (path: string) => folder.join(`${name}/${path}`);
  };
  const copyrightOf = (file: string) => readFileSync(file, 'utf8');
  /** As both give it away, with the launcher and without. */
  function checkFiles(inPackage: (path: string) => string, name: string): void {
    for (const path of [
      'usr/share/man/man1/mailshim.1.gz',
      `usr/share/doc/${name}/copyright`,
      'usr/share/bash-completion/completions/mailshim',
    ])
      assert.ok(existsSync(inPackage(path)), path);
  }
  // Other tests run the built program at this moment, so that it is packed as it lies there, not built anew.
  const write = (launchers: Parameters<typeof writePackages>[2], ...names: string[]) =>
    writePackages(folder.path, names.length === 0 ? undefined : names, launchers);

  test('without a launcher: for all architectures, and /usr/bin/mailshim is the program', () => {
    const built = write({});
    assert.deepEqual(
      built.map((file) => basename(file).replace(/_.*_/, ' ')),
      [
        'mailshim all.deb',
        'mailshim-mta all.deb',
        ...(existsSync(executableFile) ? [`mailshim-standalone ${debianArchitecture}.deb`] : []),
      ],
    );
    const [main, mta, standalone] = built;
    const inMain = extract(main!, 'all');
    assert.equal(readFileSync(inMain('usr/lib/mailshim/mailshim'), 'utf8').split('\n')[0], '#!/usr/bin/node');
    assert.equal(readlinkSync(inMain('usr/bin/mailshim')), '../lib/mailshim/mailshim');
    const ran = execFileSync(process.execPath, [inMain('usr/bin/mailshim'), '--version'], { encoding: 'utf8' });
    assert.match(ran, /^mailshim \d/);
    checkFiles(inMain, 'mailshim');
    assert.doesNotMatch(copyrightOf(inMain('usr/share/doc/mailshim/copyright')), /musl/);
    assert.equal(
      field(main!, 'Depends'),
      `nodejs (${engines.node.replace('>=', '>= ')}), systemd | systemd-standalone-sysusers | adduser`,
    );
    assert.equal(readlinkSync(extract(mta!, 'mta')('usr/sbin/sendmail')), '../bin/mailshim');
    assert.equal(field(mta!, 'Conflicts'), 'mail-transport-agent');
    assert.equal(field(mta!, 'Provides'), 'mail-transport-agent');
    if (standalone === undefined) return;
    const alone = extract(standalone, 'alone');
    assert.match(execFileSync(alone('usr/bin/mailshim'), ['--version'], { encoding: 'utf8' }), /^mailshim \d/);
    // The links in sendmail's place go with either.
    assert.equal(field(standalone, 'Provides'), field(mta!, 'Depends'));
    assert.match(field(standalone, 'Depends'), /^libc6 \(>= 2\.28\), libstdc\+\+6 \(>= 7\), systemd \| /);
    assert.equal(field(standalone, 'Conflicts'), 'mailshim');
    checkFiles(alone, 'mailshim-standalone');
    assert.ok(existsSync(alone('usr/share/doc/mailshim-standalone/LICENSE.node.gz')));
  });

  test('with launchers: one for each architecture, and /usr/bin/mailshim is the launcher', {
    skip: missingFor('linux-x64') ?? false,
  }, () => {
    const x64 = launcherFile('linux-x64', []);
    const arm64 = folder.write('other', 'of another processor', 0o755);
    const built = write({ 'linux-x64': x64, 'linux-arm64': arm64 });
    const mains = built.filter((file) => /^mailshim_/.test(basename(file)));
    assert.deepEqual(
      mains.map((file) => [field(file, 'Package'), field(file, 'Architecture')]),
      [
        ['mailshim', 'amd64'],
        ['mailshim', 'arm64'],
      ],
    );
    const [amd, arm] = mains.map((file) => extract(file, field(file, 'Architecture')));
    assert.ok(readFileSync(amd!('usr/bin/mailshim')).equals(readFileSync(x64)));
    assert.ok(readFileSync(arm!('usr/bin/mailshim')).equals(readFileSync(arm64)));
    for (const inPackage of [amd!, arm!]) {
      assert.equal(lstatSync(inPackage('usr/bin/mailshim')).mode, 0o100755);
      assert.equal(readFileSync(inPackage('usr/lib/mailshim/mailshim'), 'utf8').split('\n')[0], '#!/usr/bin/node');
      checkFiles(inPackage, 'mailshim');
      assert.match(
        copyrightOf(inPackage('usr/share/doc/mailshim/copyright')),
        /^Files: usr\/bin\/mailshim\nCopyright: .*\n .*Rich Felker.*\nLicense: MIT\n/m,
      );
    }
    const standalone = built.find((file) => /standalone/.test(basename(file)));
    if (standalone === undefined) return;
    const alone = extract(standalone, 'alone-launched');
    assert.ok(readFileSync(alone('usr/bin/mailshim')).equals(readFileSync(x64)));
    assert.match(execFileSync(alone('usr/lib/mailshim/mailshim'), ['--version'], { encoding: 'utf8' }), /^mailshim \d/);
    assert.match(copyrightOf(alone('usr/share/doc/mailshim-standalone/copyright')), /Rich Felker[\s\S]*Node\.js/);
  });
});
