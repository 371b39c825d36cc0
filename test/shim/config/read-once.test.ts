// Files that others may exchange: opened once, and judged by what was opened.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { after, afterEach, describe, test } from 'node:test';
import { readConfiguration } from '../../../shim/config/files.ts';
import { readFileOnce } from '../../../shim/read-file.ts';
import { temporaryFolder } from '../../support/folder.ts';

const WEB = 33;
const folder = temporaryFolder();
after(() => folder.remove());

test('what a file turns out to be, by its kind', () => {
  const file = folder.write('file', 'text', 0o640);
  fs.symlinkSync(file, folder.join('link'));
  fs.symlinkSync(folder.join('loop'), folder.join('loop'));
  execFileSync('mkfifo', [folder.join('pipe')]);
  fs.writeFileSync(folder.join('large'), Buffer.alloc(11));
  const read = (name: string) => {
    const found = readFileOnce(name, { maximum: 10 });
    return 'why' in found ? (found.code ?? found.why) : found.text;
  };
  assert.deepEqual([file, folder.join('link'), folder.join('pipe'), '/dev/null'].map(read), ['text', 'text', '', '']);
  assert.deepEqual([folder.join('none'), `${file}/x`, folder.path, folder.join('loop')].map(read), [
    'ENOENT',
    'ENOTDIR',
    'EISDIR',
    'ELOOP',
  ]);
  // A device has no size, and no end.
  assert.deepEqual([folder.join('large'), '/dev/zero'].map(read), ['larger than 10 bytes', 'larger than 10 bytes']);
});

describe('a configuration in a folder of another user', {
  skip: process.getuid?.() !== 0 && 'files of two owners need root',
}, () => {
  const real = fs.openSync;
  afterEach(() => setOpen(real));
  function setOpen(act: typeof fs.openSync): void {
    fs.openSync = act;
    syncBuiltinESMExports();
  }
  const ran = folder.join('ran');
  const file = folder.join('msmtprc');
  const hostile = `account default\nhost relay.example\neval touch ${ran}\n`;
  const owned = (text: string, uid: number) => {
    fs.rmSync(file, { force: true });
    fs.writeFileSync(file, text);
    fs.chownSync(file, uid, uid);
  };
  const read = () =>
    readConfiguration({ etc: folder.join('etc'), home: undefined, configHome: undefined, euid: 0 }, file);

  test('exchanged after it was opened: the owner of what was read decides', () => {
    owned(hostile, WEB);
    let opened = 0;
    setOpen((path, flags, mode) => {
      const descriptor = real(path, flags, mode);
      if (path !== file) return descriptor;
      opened++;
      owned('host relay.example\n', 0);
      return descriptor;
    });
    const { owners, problems } = read();
    assert.equal(fs.existsSync(ran), false);
    assert.deepEqual([opened, owners, problems.map(({ line }) => line)], [1, { [file]: WEB }, [3]]);
  });

  test('exchanged before it was opened: what is there then', () => {
    owned('host relay.example\n', 0);
    setOpen((path, flags, mode) => {
      if (path === file) owned(hostile, WEB);
      return real(path, flags, mode);
    });
    assert.deepEqual(read().owners, { [file]: WEB });
    assert.equal(fs.existsSync(ran), false);
  });

  test('a link of that user to a file of root’s runs nothing; one of root’s own does', () => {
    const target = folder.write('log', hostile);
    for (const [uid, runs] of [
      [WEB, false],
      [0, true],
    ] as const) {
      fs.rmSync(file, { force: true });
      fs.symlinkSync(target, file);
      fs.lchownSync(file, uid, uid);
      read();
      assert.equal(fs.existsSync(ran), runs);
    }
    fs.rmSync(ran);
  });
});
