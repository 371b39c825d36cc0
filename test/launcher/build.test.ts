// How the launcher is built: the same file each time, for machines without any library; and what the fuzzer finds in seconds.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildLauncher, fuzz } from '../../scripts/launcher.ts';
import { temporaryFolder } from '../support/folder.ts';
import { eachBuild } from '../support/launcher.ts';

eachBuild(['linux-x64', 'linux-arm64'], (build) => {
  test(`${build}: two builds are the same, static and small`, () => {
    const folder = temporaryFolder();
    try {
      mkdirSync(folder.join('other'));
      const files = [folder.join('one'), folder.join('other/file')].map((file) => {
        buildLauncher(build, file);
        return readFileSync(file);
      });
      assert.ok(files[0]!.equals(files[1]!));
      assert.ok(files[0]!.length < 80_000, `${files[0]!.length} bytes`);
      // No PT_INTERP (3) among the program headers: it needs no loader.
      const at = Number(files[0]!.readBigUInt64LE(32));
      const types = Array.from({ length: files[0]!.readUInt16LE(56) }, (_, index) =>
        files[0]!.readUInt32LE(at + index * 56),
      );
      assert.ok(types.length > 0 && !types.includes(3));
      assert.equal(files[0]!.readUInt16LE(18), build === 'linux-x64' ? 62 : 183);
    } finally {
      folder.remove();
    }
  });
});

eachBuild(['fuzz'], (build) => {
  test('answers and command lines of any bytes', () => {
    const folder = temporaryFolder();
    try {
      buildLauncher(build, folder.join('fuzz'));
      const { status, stderr, cwd } = fuzz(folder.join('fuzz'), 5, 14, 'pipe');
      assert.equal(status, 0, `${cwd}: ${stderr?.slice(-4000)}`);
    } finally {
      folder.remove();
    }
  });
});

test('clang has nothing to say either', (t) => {
  try {
    execFileSync('clang', ['--version'], { stdio: 'ignore' });
  } catch {
    t.skip('clang is not installed: apt-get install clang');
    return;
  }
  const source = new URL('../../launcher/launcher.c', import.meta.url).pathname;
  execFileSync('clang', [
    '-std=c11',
    '-Weverything',
    '-Werror',
    '-Wno-declaration-after-statement',
    '-Wno-padded',
    '-Wno-unknown-warning-option',
    '-Wno-unsafe-buffer-usage',
    '-Wno-bad-function-cast',
    '-Wno-disabled-macro-expansion',
    '-Wno-format-nonliteral',
    '-fsyntax-only',
    source,
  ]);
});
