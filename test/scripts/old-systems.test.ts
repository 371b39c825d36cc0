// What an old Node and an old glibc end with: one sentence, and no stack.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { transform } from 'esbuild';
import { oldestNode, root } from '../../scripts/package-files.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hermetic } from '../support/hermetic.ts';
import { run } from '../support/program.ts';

const folder = temporaryFolder('mailshim-old-');
after(() => folder.remove());
const bundle = join(root, 'dist/mailshim.cjs');
const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;

describe('an old Node', () => {
  /** For `--require`: this Node claims to be another. */
  const as = (version: string) =>
    folder.write(
      `${version}.cjs`,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });\n`,
    );
  const versions: readonly (readonly [version: string, isOld: boolean])[] = [
    ['10.24.1', true],
    ['12.22.12', true],
    ['18.20.4', true],
    ['20.20.2', true],
    ['22.11.0', true],
    [`${oldestNode}.0`, false],
    ['24.21.0', false],
    ['100.0.0', false],
  ];
  for (const [version, isOld] of versions) {
    test(`${version} and the program: ${isOld ? 'rejected' : 'accepted'}`, async () => {
      const ran = await run(process.execPath, ['--require', as(version), bundle, '--version'], { env: {} });
      assert.equal(ran.code, isOld ? 69 : 0);
      assert.deepEqual([ran.stderr.split('\n').length - 1, ran.stdout === ''], isOld ? [1, true] : [0, false]);
      if (isOld) for (const part of [version, oldestNode]) assert.ok(ran.stderr.includes(part), ran.stderr);
    });
    test(`${version} and npm run: ${isOld ? 'rejected' : 'accepted'}`, async () => {
      const script = folder.write('script.cjs', 'process.stdout.write("ran");');
      const guard = join(root, 'scripts/guard.cjs');
      const ran = await run(process.execPath, ['--require', as(version), '--require', guard, script], { env: {} });
      assert.deepEqual([ran.code, ran.stdout], isOld ? [1, ''] : [0, 'ran']);
      assert.equal(ran.stderr.split('\n').length - 1, isOld ? 1 : 0);
    });
  }

  test('the guard is in front of each script of package.json', () => {
    for (const [name, command] of Object.entries(scripts))
      assert.doesNotMatch(command, /node (?!-r \.\/scripts\/guard\.cjs )/, name);
  });

  // Nothing is left to lower for Node 12, so that it parses the file and gets to the guard. Private and public fields it has.
  test('Node 12 can parse the program', async () => {
    const text = readFileSync(bundle, 'utf8');
    const supported = { 'class-private-field': true, 'class-field': true };
    const forNode = async (target: string) => (await transform(text, { target, supported, charset: 'utf8' })).code;
    assert.equal((await forNode('node12.22')) === (await forNode('esnext')), true);
  });
});

describe('a glibc that is too old for workerd', () => {
  const lines = ['2.33', '2.35', '2.9'].map(
    (version) =>
      `workerd: /lib/x86_64-linux-gnu/libc.so.6: version \`GLIBC_${version}' not found (required by workerd)`,
  );
  const program = folder.write('workerd', `#!/bin/sh\ncat >&2 <<'END'\n${lines.join('\n')}\nEND\nexit 1\n`, 0o755);
  for (const name of ['start', 'demo'])
    test(`npm ${name} says so`, async () => {
      assert.ok(scripts[name]?.endsWith(`scripts/${name}.ts`));
      const ran = await run(process.execPath, [join(root, `scripts/${name}.ts`)], {
        env: hermetic({ MINIFLARE_WORKERD_PATH: program, PATH: process.env.PATH! }),
      });
      assert.deepEqual([ran.code, ran.stdout, ran.stderr.split('\n').length - 1], [1, '', 1], ran.stderr);
      assert.match(ran.stderr, /^mailshim: .*glibc 2\.35 /);
    });
});
