// The memory of a relay that left it open whether it had a mail.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isInDoubt, noteDoubt } from '../../../shim/spool/doubt.ts';
import { temporaryFolder } from '../../support/folder.ts';

const HOUR = 3_600_000;
const folder = temporaryFolder();
after(() => folder.remove());

test('lasts an hour, by a clock that was put back too, and begins anew with each doubt', () => {
  const now = Date.now();
  assert.equal(isInDoubt(folder.path, now), false);
  noteDoubt(folder.path);
  for (const [passed, expected] of [
    [0, true],
    [HOUR / 2, true],
    [2 * HOUR, false],
    [-HOUR / 2, true],
    [-2 * HOUR, false],
  ] as const)
    assert.equal(isInDoubt(folder.path, now + passed), expected, `${passed}`);
  noteDoubt(folder.path);
  assert.equal(isInDoubt(folder.path, Date.now()), true);
});

test('a folder that is not there, or cannot be written, is no reason to stop', () => {
  noteDoubt(folder.join('nothing/here'));
  assert.equal(isInDoubt(folder.join('nothing/here'), Date.now()), false);
});
