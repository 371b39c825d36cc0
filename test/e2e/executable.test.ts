// The executable itself: what it takes from where and how it is called, its checksum.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { executableFile } from '../../scripts/executable.ts';
import { missing } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { run } from '../support/program.ts';

const folder = temporaryFolder('mailshim-executable-');
after(() => folder.remove());
const perl = needs('perl', 'perl-base');

describe('the executable by itself', { skip: missing }, () => {
  test('neither variables nor code come from the folder that it is run in', async () => {
    const left = folder.join('left');
    const code = folder.write('evil.js', `require('node:fs').writeFileSync(${JSON.stringify(left)}, 'ran');`);
    folder.write('node.config.json', `{"nodeOptions": {"import": [${JSON.stringify(code)}]}}`);
    folder.write('package.json', '{"imports": {"node:fs": "./evil.js"}, "main": "evil.js", "type": "module"}');
    folder.write('.env', `HOME=${folder.path}\nNODE_OPTIONS=--require=${code}\n`);
    folder.write('.msmtprc', 'host relay.invalid\nfrom f@x.example\n');
    const env = { HOME: '/nonexistent' };
    const ran = await run('/bin/sh', ['-c', 'cd "$0" && "$1" config show', folder.path, executableFile], { env });
    assert.deepEqual(ran, await run(executableFile, ['config', 'show'], { env }));
    assert.equal(existsSync(left), false);
  });

  test("the command line is the program's, none of it is Node's", async () => {
    for (const words of [['--eval', 'process.exit(7)'], ['--inspect'], ['--require', '/nonexistent.js']])
      assert.equal((await run(executableFile, words, { env: {} })).code, 64, words[0]);
    assert.match((await run(executableFile, ['--version'], { env: {} })).stdout, /^mailshim \d/);
  });

  test('flags of V8 in NODE_OPTIONS, for which it was not compiled, leave it as quiet', async () => {
    const ran = await run(executableFile, ['--version'], { env: { NODE_OPTIONS: '--stack-trace-limit=5' } });
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.match(ran.stdout, /^mailshim \d/);
  });

  test('it goes by the name that it is called by, through a link or through PATH', async () => {
    symlinkSync(executableFile, folder.join('mailq'));
    const env = { HOME: '/nonexistent', PATH: folder.path };
    const queue = await run(executableFile, ['-bp'], { env });
    assert.equal(queue.code, 0);
    assert.deepEqual(await run(folder.join('mailq'), [], { env }), queue);
    assert.deepEqual(await run('/bin/sh', ['-c', 'mailq'], { env }), queue);
  });

  test('it goes by an argv[0] of its own', { skip: perl.missing }, async () => {
    const ran = await run(perl.path, ['-e', `exec {$ARGV[0]} 'newaliases', '-t'`, executableFile], { env: {} });
    assert.deepEqual(ran, { code: 0, stdout: '', stderr: '' });
  });

  test('the checksum beside it is its own', () => {
    const sum = createHash('sha256').update(readFileSync(executableFile)).digest('hex');
    assert.equal(readFileSync(`${executableFile}.sha256`, 'utf8').split(' ')[0], sum);
  });
});
