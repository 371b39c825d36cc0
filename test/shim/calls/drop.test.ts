// Calls in the drop folder: they count as what their user has there, and only old ones are removed. A launcher takes a call
// that is gone for one that was taken.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { COMMITTED, callName, FOLDERS, prepareSpool } from '../../../shim/spool/commit.ts';
import { DropFolder } from '../../../shim/spool/drop.ts';
import { DEFAULT_DROP_LIMITS } from '../../../shim/spool/judge.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { newId } from '../../support/calls.ts';
import { temporaryFolder } from '../../support/folder.ts';

const MINUTE = 60_000;
const folder = temporaryFolder();
after(() => folder.remove());
const spool = new Spool(folder.join('spool'));
const drop = join(spool.folder, 'drop');
prepareSpool(spool.folder, process.geteuid!());
beforeEach(() => {
  rmSync(drop, { recursive: true, force: true });
  mkdirSync(drop);
});
const put = (text = 'x', mode = 0o640) => {
  const name = callName(newId());
  writeFileSync(join(drop, name), text);
  chmodSync(join(drop, name), mode);
  return name;
};
const look = async (ahead: number, files = DEFAULT_DROP_LIMITS.files) => {
  const dropFolder = new DropFolder({
    spool,
    now: () => Date.now() + ahead,
    random: () => '0123456789abcdef',
    limits: () => ({ ...DEFAULT_DROP_LIMITS, files }),
    taken: () => assert.fail('a call is no mail'),
    complain: () => undefined,
  });
  await dropFolder.drain();
  await dropFolder.close();
};

const cases: { name: string; ahead: number; files?: number; stays: boolean; mode?: number; text?: string }[] = [
  { name: 'a new one stays', ahead: 0, stays: true },
  { name: 'one that waits as long as a launcher does', ahead: 3 * MINUTE, stays: true },
  { name: 'one beyond the share of its user', ahead: 3 * MINUTE, files: 0, stays: true },
  { name: 'one that its launcher left', ahead: 90 * MINUTE, stays: false },
  { name: 'one with the mark of a mail', ahead: 0, mode: 0o640 | COMMITTED, stays: false },
];
for (const { name, ahead, files, stays, mode, text } of cases)
  test(name, async () => {
    const call = put(text, mode);
    await look(ahead, files);
    assert.equal(existsSync(join(drop, call)), stays);
  });

test('a spool of an older version gets the folders that it lacks', () => {
  const old = folder.join('old');
  for (const name of FOLDERS.filter((name) => name !== 'taken'))
    mkdirSync(join(old, name), { recursive: true, mode: 0o700 });
  prepareSpool(old, process.geteuid!());
  assert.deepEqual(readdirSync(old).sort(), [...FOLDERS].sort());
});
