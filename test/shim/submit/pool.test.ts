// Places at a relay: for mails of the queue, and for mails whose callers wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RelayPool } from '../../../shim/submit/pool.ts';
import { startScriptedRelay } from '../../support/scripted-relay.ts';

const KEY = 'relay';
const PATIENCE = 60_000;
const settled = () => new Promise((resolve) => setTimeout(resolve, 1));
const TRANSCRIPT = { client: () => undefined, server: () => undefined };

test('callers get places in turn, and every other free place is left to the queue', async () => {
  const pool = new RelayPool(() => 0);
  const begun: string[] = [];
  const ask = (name: string) => void pool.place(KEY, 2, PATIENCE).then((is) => is && begun.push(name));
  for (const name of ['a', 'b', 'c', 'd']) ask(name);
  await settled();
  assert.deepEqual(begun, ['a', 'b']);
  pool.release(KEY);
  assert.equal(pool.health(KEY).busy, 2);
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c']);
  pool.release(KEY);
  // Now the queue may take it, before the event loop goes on.
  assert.equal(pool.health(KEY).busy, 1);
  pool.reserve(KEY);
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c']);
  pool.release(KEY);
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c', 'd']);
});

test('a place that the queue does not want is a caller’s', async () => {
  const pool = new RelayPool(() => 0);
  for (let count = 0; count < 2; count++) pool.reserve(KEY);
  const places = [pool.place(KEY, 2, PATIENCE), pool.place(KEY, 2, PATIENCE)];
  for (let count = 0; count < 2; count++) pool.release(KEY);
  assert.deepEqual(await Promise.all(places), [true, true]);
});

test('a waiter whose time ends gets no place, and takes none from others', async () => {
  const pool = new RelayPool(() => 0);
  pool.reserve(KEY);
  assert.equal(await pool.place(KEY, 1, 1), false);
  pool.release(KEY);
  assert.equal(pool.health(KEY).busy, 0);
  assert.equal(await pool.place(KEY, 1, 1), true);
});

test('what a relay failed by is known to those that come next, for a minute at most', async () => {
  const relay = await startScriptedRelay(({ line }) =>
    line === 'greeting' ? '554 5.7.1 you are not welcome' : undefined,
  );
  try {
    let now = 1_000_000;
    const pool = new RelayPool(() => now);
    assert.equal(pool.known(KEY), undefined);
    const taken = await pool.take(KEY, relay.account, () => '', TRANSCRIPT);
    assert.ok(!('session' in taken));
    assert.deepEqual(pool.known(KEY), taken.failure);
    assert.match(pool.known(KEY)!.problem.text, /you are not welcome/);
    now += 59_000;
    assert.deepEqual(pool.known(KEY), taken.failure);
    now += 2000;
    assert.equal(pool.known(KEY), undefined);
  } finally {
    relay.stop();
  }
});

test('a connection is used again for the same settings, and not once the configuration has changed', async () => {
  const relays = await Promise.all([startScriptedRelay(() => undefined), startScriptedRelay(() => undefined)]);
  const pool = new RelayPool(() => 0);
  try {
    const use = async (account: (typeof relays)[number]['account']) => {
      const taken = await pool.take(KEY, account, () => '', TRANSCRIPT);
      assert.ok('session' in taken);
      pool.give(KEY, taken.session);
      return taken.fresh;
    };
    const [first, second] = relays.map(({ account }) => account) as [
      (typeof relays)[number]['account'],
      (typeof relays)[number]['account'],
    ];
    const fresh: boolean[] = [];
    for (const account of [first, first, { ...first }, second, second, first]) fresh.push(await use(account));
    assert.deepEqual(fresh, [true, false, false, true, false, true]);
  } finally {
    await pool.close();
    for (const relay of relays) relay.stop();
  }
});
