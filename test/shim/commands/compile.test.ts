// The program as V8 compiled it, beside the program: used where it can be trusted, and where not the mail goes all the same.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { packShim } from '../../../scripts/pack.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';
import { bundleFile, isExecutable, type Ran, run, runShim } from '../../support/program.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

if (isExecutable)
  test('an executable has nothing to compile', async () => {
    assert.match((await runShim(['compile'])).stdout, /^nothing to do/);
  });

describe('compile', () => {
  let folder: TemporaryFolder;
  let program: string;
  beforeEach(() => {
    folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    mkdirSync(folder.join('lib'));
    program = folder.join('lib/mailshim');
    copyFileSync(bundleFile, program);
    folder.write(
      'rc',
      `account default\nhost relay.invalid\nfrom shop@shop.example\npreflight off\ndelivery queue\nspool ${folder.join('spool')}\n`,
      0o600,
    );
    // Tells which compiled code the loader took, and what V8 made of it.
    folder.write(
      'watch.cjs',
      `const vm = require('node:vm'), { Script } = vm;
vm.Script = class extends Script {
  constructor(source, options) {
    super(source, options);
    const told = options.cachedData === undefined ? 'none' : this.cachedDataRejected ? 'rejected' : 'used';
    require('node:fs').writeFileSync(${JSON.stringify(folder.join('told'))}, told);
  }
};`,
    );
  });
  afterEach(() => folder.remove());
  const node = (words: readonly string[], input = ''): Promise<Ran> =>
    run(process.execPath, words, { input, env: { HOME: folder.path, PATH: '/usr/bin:/bin' } });
  const compile = () => node([program, 'compile']);
  const compiled = () => {
    const names = readdirSync(folder.join('lib')).filter((name) => name.startsWith('mailshim.'));
    assert.equal(names.length, 1, names.join());
    return folder.join(`lib/${names[0]!}`);
  };
  /** Hands in a mail; what became of the compiled code. */
  const handIn = async (...flags: string[]) => {
    const before = existsSync(folder.join('spool/queue')) ? readdirSync(folder.join('spool/queue')).length : 0;
    mkdirSync(folder.join('spool'), { recursive: true, mode: 0o700 });
    // A sender is being started: none needs to be.
    writeFileSync(folder.join('spool/starting'), '');
    const ran = await node(
      [...flags, '--require', folder.join('watch.cjs'), program, '-C', folder.join('rc'), '-t', '-i'],
      'To: a@x.example\n\nbody\n',
    );
    assert.deepEqual(ran, { code: 0, stdout: '', stderr: '' });
    assert.equal(readdirSync(folder.join('spool/queue')).length, before + 1);
    return readFileSync(folder.join('told'), 'utf8');
  };

  test('lies beside the program, is used for every mail, and is named', async () => {
    assert.equal(await handIn(), 'none');
    const ran = await compile();
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.equal(ran.stdout, `compiled: ${compiled()}\n`);
    assert.match(compiled(), new RegExp(`\\.[0-9a-f]{16}-${process.version}-${process.arch}$`));
    assert.equal(statSync(compiled()).mode & 0o777, 0o644);
    assert.equal(await handIn(), 'used');
    // All of the program is there, what is not compiled yet too.
    assert.match((await node([program, 'queue', '--help'])).stdout, /release/);
  });

  test('where V8 has other settings, or the file is damaged, it is left aside', async () => {
    await compile();
    assert.equal(await handIn('--no-lazy'), 'rejected');
    const whole = readFileSync(compiled());
    for (const length of [1, 10, whole.length / 2, whole.length - 1000, whole.length - 1]) {
      truncateSync(compiled(), length);
      assert.equal(await handIn(), 'none', `${length}`);
      writeFileSync(compiled(), whole);
    }
    for (const at of [0, 100, Math.floor(whole.length / 4), whole.length / 2, whole.length - 1]) {
      const spoiled = Buffer.from(whole);
      spoiled[at]! ^= 4;
      writeFileSync(compiled(), spoiled);
      assert.equal(await handIn(), 'none', `${at}`);
    }
    for (const text of ['', 'x'.repeat(100_000)]) {
      writeFileSync(compiled(), text);
      assert.equal(await handIn(), 'rejected');
    }
  });

  test('what others could have written is not even looked at', async () => {
    await compile();
    for (const mode of [0o664, 0o646]) {
      chmodSync(compiled(), mode);
      assert.equal(await handIn(), 'none', mode.toString(8));
    }
    chmodSync(compiled(), 0o644);
    assert.equal(await handIn(), 'used');
    if (!isRoot) return;
    chownSync(compiled(), NOBODY, NOBODY);
    assert.equal(await handIn(), 'none');
    // Made anew it is the owner's of the program, whoever makes it.
    chownSync(program, NOBODY, NOBODY);
    await compile();
    assert.equal(statSync(compiled()).uid, NOBODY);
    assert.equal(await handIn(), 'used');
  });

  test('a new version of the program does not run the old one’s code; what is old goes', async () => {
    await compile();
    const old = compiled();
    folder.write('lib/mailshim.conf', 'not ours');
    folder.write('lib/other.0123456789abcdef-v20.0.0-x64', 'not ours');
    const source = readFileSync(program, 'latin1');
    const build = /const build = '([0-9a-f]{16})'/.exec(source)![1]!;
    // Of the same length, as V8 itself would take it.
    writeFileSync(program, source.replaceAll(build, '0'.repeat(16)));
    assert.equal(await handIn(), 'none');
    assert.equal((await compile()).code, 0);
    assert.equal(existsSync(old), false);
    assert.deepEqual(readdirSync(folder.join('lib')).sort(), [
      'mailshim',
      `mailshim.${'0'.repeat(16)}-${process.version}-${process.arch}`,
      'mailshim.conf',
      'other.0123456789abcdef-v20.0.0-x64',
    ]);
  });

  test('by a user who has no daemon, too', { skip: isRoot ? false : 'only root can become another user' }, async () => {
    chownSync(program, NOBODY, NOBODY);
    chownSync(folder.join('lib'), NOBODY, NOBODY);
    const ran = await run(process.execPath, [program, 'compile'], {
      uid: NOBODY,
      gid: NOBODY,
      env: { PATH: '/usr/bin' },
    });
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.equal(statSync(compiled()).uid, NOBODY);
  });

  test('without the right to it, and where the program is none, it says so', async () => {
    if (isRoot) {
      const denied = await run(process.execPath, [program, 'compile'], { uid: NOBODY, gid: NOBODY });
      assert.equal(denied.code, 77);
      assert.match(denied.stderr, /^mailshim: cannot write \S+: permission denied; run it as root\n$/);
      assert.deepEqual(readdirSync(folder.join('lib')), ['mailshim']);
    }
    assert.equal((await node([program, 'compile', 'it'])).code, 64);
    assert.match((await node([program, 'compile', '--help'])).stdout, /beside itself/);
  });
});

describe('a program that is replaced while it runs', () => {
  let folder: TemporaryFolder;
  const replacing = async (when: 'at once' | 'as it is opened', by: string, words: readonly string[]) => {
    const program = folder.write('mailshim', await packShim('1.0.0'));
    const fresh = folder.write('fresh', by);
    const hook = folder.write(
      'hook.cjs',
      `const fs = require('node:fs'), { openSync } = fs;
const replace = () => fs.existsSync(${JSON.stringify(fresh)}) && fs.renameSync(${JSON.stringify(fresh)}, ${JSON.stringify(program)});
fs.openSync = (file, ...rest) => {
  const opens = file === ${JSON.stringify(program)};
  if (opens && ${when === 'as it is opened'}) replace();
  const descriptor = openSync(file, ...rest);
  if (opens) replace();
  return descriptor;
};`,
    );
    return run(process.execPath, ['--require', hook, program, ...words], { env: { PATH: '/usr/bin:/bin' } });
  };
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  test('goes on as it began, with what it loads late, too', async () => {
    const ran = await replacing('at once', 'something else', ['queue', '--help']);
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.match(ran.stdout, /release/);
    assert.equal(readFileSync(folder.join('mailshim'), 'utf8'), 'something else');
  });

  test('before it has begun it is the new one', async () => {
    const next = await packShim('2.0.0');
    // A first part of another length and hash.
    const ran = await replacing('as it is opened', next, ['--version']);
    assert.deepEqual(ran, { code: 0, stdout: 'mailshim 2.0.0\n', stderr: '' });
  });

  test('by one that is cut short, it says so', async () => {
    const next = await packShim('2.0.0');
    const ran = await replacing('as it is opened', next.slice(0, 20_000), ['--version']);
    assert.notEqual(ran.code, 0);
    assert.equal(ran.stdout, '');
  });
});
