// Names that wait to be looked at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Newest } from '../../../shim/spool/newest.ts';

test('the newest name comes first, each once; of too many the older half goes', () => {
  for (const [added, makesRoom, taken] of [
    ['', false, ''],
    ['abc', false, 'cba'],
    ['aab', false, 'ba'],
    ['aba', false, 'ab'],
    ['abcd', false, 'dcba'],
    ['abcde', true, 'edc'],
    ['abcda', true, 'adc'],
    ['ababab', true, 'ba'],
    ['abcdefghij', true, 'jihg'],
  ] as const) {
    const names = new Newest(4);
    const kept = [...added].map((name) => names.add(name));
    assert.equal(kept.includes(false), makesRoom, added);
    assert.equal(names.size, taken.length, added);
    assert.equal(Array.from(taken, () => names.take()).join(''), taken, added);
    assert.deepEqual([names.take(), names.size], [undefined, 0], added);
  }
});
