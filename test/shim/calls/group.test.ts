// Mails that are brought to disk together: each has an end of its own, whatever the others come to.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { GroupCommit } from '../../../shim/calls/group.ts';
import { prepareSpool } from '../../../shim/spool/commit.ts';
import { encodeEntry } from '../../../shim/spool/entry.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { type Copied, writeCopy } from '../../../shim/spool/take.ts';
import { newId } from '../../support/calls.ts';
import { temporaryFolder } from '../../support/folder.ts';

const folder = temporaryFolder();
after(() => folder.remove());
const spool = new Spool(folder.join('spool'));
prepareSpool(spool.folder, process.geteuid!());
const entry = () =>
  encodeEntry({ acceptedAt: Date.now(), seed: '0'.repeat(32), recipients: ['a@x.example'] }, [Buffer.from('x\n')]);
const copyOf = (id: string, more: Partial<Copied> = {}): Copied => {
  const temporary = spool.path('tmp', `${id}.new`);
  return { name: id, id, uid: 1, temporary, descriptor: writeCopy(temporary, entry()), ...more };
};

test('in the queue, not claimed, and another mail with the same id', async () => {
  const group = new GroupCommit(spool);
  const [kept, withdrawn, taken, failed] = [newId(), newId(), newId(), newId()];
  writeFileSync(join(spool.folder, 'hold', taken), 'another mail');
  let claimed = false;
  const ends = await Promise.allSettled([
    group.add(() => copyOf(kept, { claim: () => true })),
    group.add(() => copyOf(withdrawn, { claim: () => false })),
    group.add(() =>
      copyOf(taken, {
        claim() {
          claimed = true;
          return true;
        },
      }),
    ),
    group.add(() => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    }),
  ]);
  assert.deepEqual(
    ends.map((end) => (end.status === 'fulfilled' ? end.value.end : (end.reason as NodeJS.ErrnoException).code)),
    ['queued', 'unclaimed', 'taken', 'ENOSPC'],
  );
  assert.equal(claimed, false);
  assert.deepEqual(readdirSync(join(spool.folder, 'queue')), [kept]);
  assert.deepEqual(readdirSync(join(spool.folder, 'tmp')), []);
  assert.ok(!existsSync(spool.path('queue', failed)));
});

test('where one cannot be placed, those that were are in the queue or nowhere, and are answered for accordingly', async () => {
  const group = new GroupCommit(spool);
  const ids = [newId(), newId(), newId()];
  const broken = () => {
    throw Object.assign(new Error('broken'), { code: 'EIO' });
  };
  const ends = await Promise.allSettled(
    ids.map((id, at) => group.add(() => copyOf(id, { claim: () => (at === 1 ? broken() : true) }))),
  );
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  for (const id of ids) assert.ok(!spool.has('queue', id));
  assert.deepEqual(readdirSync(join(spool.folder, 'tmp')), []);
});
