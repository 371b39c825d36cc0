// In which order the mails of several users get their turn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueue } from '../../../shim/delivery/fair-queue.ts';
import { Waiting } from '../../../shim/delivery/waiting.ts';

test('users take turns, and each one’s mails keep their order', () => {
  const queue = new FairQueue();
  for (const id of ['a1', 'a2', 'a3', 'a4']) queue.push(id, 1);
  for (const id of ['b1', 'b2']) queue.push(id, 2);
  assert.equal(queue.size, 6);
  const taken = Array.from({ length: 7 }, () => queue.shift());
  assert.deepEqual(taken, ['a1', 'b1', 'a2', 'b2', 'a3', 'a4', undefined]);
});

test('one that comes late waits for one mail of each of the others, however many those have', () => {
  const queue = new FairQueue();
  for (let index = 0; index < 10_000; index++) queue.push(`a${index}`, 1);
  for (let index = 0; index < 3000; index++) queue.shift();
  queue.push('b', 2);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ['a3000', 'b', 'a3001']);
  assert.equal(queue.size, 6998);
});

test('also among those that wait for a connection to one relay', () => {
  const waiting = new Waiting();
  for (const [id, user] of [
    ['a1', 1],
    ['a2', 1],
    ['b1', 2],
  ] as const) {
    waiting.add(id, false, user);
    waiting.takeReady();
    waiting.queueUp(id, waiting.get(id)!, 'relay');
  }
  assert.deepEqual(
    [waiting.takeBusy('relay'), waiting.takeBusy('relay'), waiting.takeBusy('relay')],
    ['a1', 'b1', 'a2'],
  );
  assert.equal(waiting.hasBusy, false);
});
