// A daemon that is quicker than the submitter: it takes the mail before the submitter's fsync has returned.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Committed, commit, prepareSpool } from '../../../shim/spool/commit.ts';
import type { OpenEntry } from '../../../shim/spool/entry.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { forgetDropped } from '../../../shim/spool/take.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';

const NOW = Date.now();
const SUBMISSION = { acceptedAt: NOW, seed: '0123456789abcdef0123456789abcdef', recipients: ['a@x.example'] };

describe('a mail taken while its submitter waits for the disk', () => {
  const real = fs.fsyncSync;
  let folder: TemporaryFolder;
  let spool: Spool;
  let number = 0;
  const random = () => (number++).toString(16).padStart(16, '0');
  beforeEach(() => {
    folder = temporaryFolder();
    prepareSpool(folder.join('spool'), process.geteuid!());
    fs.mkdirSync(folder.join('spool/drop'));
    fs.chmodSync(folder.join('spool/drop'), 0o3733);
    spool = new Spool(folder.join('spool'));
  });
  afterEach(() => {
    setSync(real);
    folder.remove();
  });

  function setSync(act: typeof fs.fsyncSync): void {
    fs.fsyncSync = act;
    syncBuiltinESMExports();
  }
  /** `then` happens at the first fsync, the submitter's. */
  function commitWhile(then: (descriptor: number) => void): Committed {
    setSync((descriptor) => {
      setSync(real);
      then(descriptor);
    });
    return commit(
      { kind: 'drop', folder: spool.folder, setUp: true },
      SUBMISSION,
      [Buffer.from('Subject: s\n\nbody\n')],
      1000,
      random,
    );
  }
  test('what lies in the drop folder still goes before its mail is sent, and no mail of another', () => {
    const place = { kind: 'drop', folder: spool.folder, setUp: true } as const;
    const dropped = (seed: string) => {
      const distinct = () => (number++).toString(16).padEnd(16, '1');
      return commit(place, { ...SUBMISSION, seed }, [Buffer.from('s\n')], 0, distinct).id;
    };
    const [mine, another] = [dropped(SUBMISSION.seed), dropped('f'.repeat(32))];
    const submittedBy = process.geteuid!();
    const entryOf = (submission: object) => ({ submission: { ...SUBMISSION, ...submission } }) as OpenEntry;
    forgetDropped(spool, mine, entryOf({ submittedBy: submittedBy + 1 }));
    forgetDropped(spool, another, entryOf({ submittedBy }));
    forgetDropped(spool, 'AAAAAAAAAAAAAAAA', entryOf({ submittedBy }));
    assert.deepEqual(fs.readdirSync(folder.join('spool/drop')).sort(), [mine, another].sort());
    forgetDropped(spool, mine, entryOf({ submittedBy }));
    assert.deepEqual(fs.readdirSync(folder.join('spool/drop')), [another]);
  });

  /** By another process, as it is. */
  function takeByDaemon(): void {
    const main = pathToFileURL(join(import.meta.dirname, '../../../shim/spool')).href;
    const script = `import { DropFolder } from '${main}/drop.ts';
      import { DEFAULT_DROP_LIMITS } from '${main}/judge.ts';
      import { Spool } from '${main}/queue.ts';
      const drop = new DropFolder({
        spool: new Spool(process.argv[1]), now: Date.now, random: () => '0123456789abcdef',
        limits: () => DEFAULT_DROP_LIMITS, taken: () => {}, complain: (text) => { throw new Error(text); },
      });
      await drop.drain();
      await drop.close();`;
    execFileSync(process.execPath, ['--input-type=module', '-e', script, spool.folder]);
  }
  const queued = () => [...spool.ids('queue'), ...spool.ids('drop')];

  test('is accepted once, under the id that the submitter names', () => {
    const { id } = commitWhile((descriptor) => {
      takeByDaemon();
      real(descriptor);
    });
    assert.deepEqual(queued(), [id]);
  });

  test('is accepted also where the disk then fails under the submitter: it will be sent', () => {
    const { id } = commitWhile(() => {
      takeByDaemon();
      throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fsync' });
    });
    assert.deepEqual(queued(), [id]);
  });

  test('not taken yet when the disk fails: it is refused, and nothing is left to be sent', () => {
    assert.throws(
      () =>
        commitWhile(() => {
          throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fsync' });
        }),
      /cannot be kept in the spool/,
    );
    assert.deepEqual(queued(), []);
  });
});
