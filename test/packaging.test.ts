// What is given to others: the man page, the completion, the npm package and the Debian packages.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writePackages } from '../scripts/deb.ts';
import { executableFile } from '../scripts/executable.ts';
import { bashCompletion, manPage } from '../scripts/man.ts';
import { flags } from '../shim/cli/flags.ts';
import { directives } from '../shim/config/directives.ts';
import { temporaryFolder } from './support/folder.ts';
import { needs } from './support/peers.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dpkg = needs('dpkg-deb', 'dpkg');
const man = needs('man', 'man-db');

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
  assert.deepEqual(packed.files.map(({ path }) => path).sort(), [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'README.ru.md',
    'dist/mailshim.1',
    'dist/mailshim.cjs',
    'docs/shim.md',
    'docs/spool.md',
    'package.json',
  ]);
});

test('the Debian packages are well formed, and the program in them runs', { skip: dpkg.missing }, () => {
  const folder = temporaryFolder();
  try {
    // Other tests run the built program at this moment, so that it is packed as it lies there, not built anew.
    const built = writePackages(folder.path);
    assert.deepEqual(
      built.map((file) => basename(file).replace(/_.*/, '')),
      existsSync(executableFile) ? ['mailshim', 'mailshim-mta', 'mailshim-standalone'] : ['mailshim', 'mailshim-mta'],
    );
    for (const file of built.slice(0, 2)) execFileSync(dpkg.path, ['--extract', file, folder.path]);
    const program = folder.join('usr/lib/mailshim/mailshim');
    assert.equal(readFileSync(program, 'utf8').split('\n')[0], '#!/usr/bin/node');
    assert.match(execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8' }), /^mailshim \d/);
    assert.equal(readlinkSync(folder.join('usr/sbin/sendmail')), '../bin/mailshim');
    for (const name of [
      'usr/share/man/man1/mailshim.1.gz',
      'usr/share/doc/mailshim/copyright',
      'usr/share/bash-completion/completions/mailshim',
    ])
      assert.ok(existsSync(folder.join(name)), name);
    const field = (file: string, name: string) =>
      execFileSync(dpkg.path, ['--field', file, name], { encoding: 'utf8' }).trim();
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
    assert.equal(
      field(built[0]!, 'Depends'),
      `nodejs (${engines.node.replace('>=', '>= ')}), systemd | systemd-standalone-sysusers | adduser`,
    );
    assert.equal(field(built[1]!, 'Conflicts'), 'mail-transport-agent');
    assert.equal(field(built[1]!, 'Provides'), 'mail-transport-agent');
    const [, , standalone] = built;
    if (standalone === undefined) return;
    const alone = folder.join('alone');
    execFileSync(dpkg.path, ['--extract', standalone, alone]);
    assert.match(execFileSync(join(alone, 'usr/bin/mailshim'), ['--version'], { encoding: 'utf8' }), /^mailshim \d/);
    // The links in sendmail's place go with either.
    assert.equal(field(standalone, 'Provides'), field(built[1]!, 'Depends'));
    assert.match(field(standalone, 'Depends'), /^libc6 \(>= 2\.28\), libstdc\+\+6 \(>= 7\), systemd \| /);
    assert.equal(field(standalone, 'Conflicts'), 'mailshim');
    assert.match(field(standalone, 'Architecture'), /^(amd64|arm64)$/);
    for (const name of [
      'usr/share/man/man1/mailshim.1.gz',
      'usr/share/doc/mailshim-standalone/copyright',
      'usr/share/doc/mailshim-standalone/LICENSE.node.gz',
    ])
      assert.ok(existsSync(join(alone, name)), name);
  } finally {
    folder.remove();
  }
});
