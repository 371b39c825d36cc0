// The order in which calls are worked on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AT_ONCE, MAX_WAITING, Turns } from '../../../shim/calls/turns.ts';

/** Works that end when they are asked to. */
function recorder() {
  const begun: string[] = [];
  const dropped: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => ({
    begin() {
      begun.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    },
    drop: () => void dropped.push(name),
  });
  return { begun, dropped, work, end: (name: string) => ends.get(name)!() };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('one user has so many in hand, in order; another begins at once', async () => {
  const turns = new Turns();
  const { begun, work, end } = recorder();
  for (let count = 0; count < AT_ONCE + 2; count++) assert.ok(turns.add(1, work(`a${count}`)));
  assert.ok(turns.add(2, work('b')));
  assert.deepEqual(begun, [...Array.from({ length: AT_ONCE }, (_, count) => `a${count}`), 'b']);
  end('a3');
  await settled();
  assert.deepEqual(begun.slice(-2), ['b', `a${AT_ONCE}`]);
});

test('so many wait, and those that wait are dropped when asked', () => {
  const turns = new Turns();
  const { begun, dropped, work } = recorder();
  for (let count = 0; count < AT_ONCE + MAX_WAITING; count++) assert.ok(turns.add(1, work(`${count}`)));
  assert.equal(turns.add(1, work('over')), false);
  assert.ok(turns.add(2, work('other')));
  turns.dropWaiting();
  assert.equal(begun.length, AT_ONCE + 1);
  assert.equal(dropped.length, MAX_WAITING);
});
