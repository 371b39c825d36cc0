// No test reads or changes what the user who runs it has: a home that breaks every program that looks into it proves it.
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../shim/environment.ts';
import { temporaryFolder } from './support/folder.ts';
import { runShim } from './support/program.ts';
import { contentsOf, realPlaces } from './support/real-places.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function importsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || !existsSync(join(root, file))) return seen;
  seen.add(file);
  for (const [, specifier] of readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s+'(\.[^']+)'/g))
    importsOf(relative(root, join(root, dirname(file), specifier!)), seen);
  return seen;
}

test('every test that can reach a home, a configuration or a spool has its own', () => {
  const reaching =
    /^shim\/(?:environment|config\/(?:files|secrets)|commands\/)|^test\/support\/(?:program|fault-spool)/;
  const without = globSync('test/**/*.test.ts', { cwd: root }).filter((file) => {
    const imports = importsOf(file);
    const reaches = [...imports].some((each) => reaching.test(each)) || /^test\/e2e\//.test(file);
    return reaches && !imports.has('test/support/hermetic.ts');
  });
  assert.deepEqual(without, []);
});

test('programs and the process itself see an empty home', async () => {
  const { home, configHome, stateHome, cacheHome, etc, systemSpool, email, smtpServer } = processEnvironment();
  assert.notEqual(home, userInfo().homedir);
  assert.deepEqual([configHome, stateHome, cacheHome, email, smtpServer], Array(5).fill(undefined));
  assert.deepEqual([existsSync(etc), existsSync(systemSpool)], [false, false]);
  for (const options of [{}, { env: {} }, { env: { PATH: '/usr/bin:/bin' } }]) {
    assert.equal((await runShim(['-bp'], options)).stdout, 'Mail queue is empty\n');
    assert.match((await runShim(['config', 'check'], options)).stderr, /no configuration file was found/);
  }
});

test('what mail leaves behind is in that home, and the real places stay as they are', async () => {
  const places = realPlaces({});
  const before = contentsOf(places);
  const config = 'account default\nhost 127.0.0.1\nport 1\ntls off\nfrom f@x.example\npreflight off\ndelivery queue\n';
  const folder = temporaryFolder();
  const options = { env: { HOME: folder.join('home') } };
  mkdirSync(folder.join('home'));
  try {
    const sent = await runShim(['-C', folder.write('rc', config), 'a@x.example'], { ...options, input: '\nb\n' });
    assert.equal(sent.code, 0, sent.stderr);
    assert.match((await runShim(['-bp'], options)).stdout, /a@x\.example/);
  } finally {
    folder.remove();
  }
  assert.deepEqual(contentsOf(places), before);
});
