// The memory of a relay that left it open whether it had a mail.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { noteUncertain, wasUncertain } from '../../../shim/spool/uncertain.ts';
import { temporaryFolder } from '../../support/folder.ts';

const HOUR = 3_600_000;
const folder = temporaryFolder();
after(() => folder.remove());

test('lasts an hour, by a clock that was put back too, and begins anew with each doubt', () => {
  const now = Date.now();
  assert.equal(wasUncertain(folder.path, now), false);
  noteUncertain(folder.path);
  for (const [passed, expected] of [
    [0, true],
    [HOUR / 2, true],
    [2 * HOUR, false],
    [-HOUR / 2, true],
    [-2 * HOUR, false],
  ] as const)
    assert.equal(wasUncertain(folder.path, now + passed), expected, `${passed}`);
  noteUncertain(folder.path);
  assert.equal(wasUncertain(folder.path, Date.now()), true);
});

test('a folder that is not there, or cannot be written, is no reason to stop', () => {
  noteUncertain(folder.join('nothing/here'));
  assert.equal(wasUncertain(folder.join('nothing/here'), Date.now()), false);
});
