// The cache of answers: time to live and bounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachingResolver } from '../../../shared/dns/cache.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const zone: Zone = {
  'a.example': { A: ['192.0.2.1'], ttl: 100 },
  'zero.example': { A: ['192.0.2.1'], ttl: 0 },
  'broken.example': { fail: 'servfail' },
};

function setUp(maxEntries?: number) {
  const clock = { now: 1_000_000 };
  const behind = zoneResolver(zone);
  const options = maxEntries === undefined ? {} : { maxEntries };
  return { clock, behind, cache: cachingResolver(behind, { now: () => clock.now, ...options }) };
}

test('an answer is kept for its TTL, and has its remaining TTL', async () => {
  const { clock, behind, cache } = setUp();
  await cache.query('a.example', 'A');
  clock.now += 40_000;
  const again = await cache.query('A.EXAMPLE.', 'A');
  assert.equal(again.kind === 'ok' && again.ttl, 60);
  assert.equal(behind.asked.length, 1);
  clock.now += 60_000;
  await cache.query('a.example', 'A');
  assert.equal(behind.asked.length, 2);
});

test('negative answers are kept, errors and a time to live of zero are not', async () => {
  const { behind, cache } = setUp();
  for (const name of ['missing.example', 'broken.example', 'zero.example']) {
    await cache.query(name, 'A');
    await cache.query(name, 'A');
  }
  assert.deepEqual(behind.asked, [
    'A missing.example',
    'A broken.example',
    'A broken.example',
    'A zero.example',
    'A zero.example',
  ]);
});

test('a clock that is set back does not keep an answer beyond its time', async () => {
  const { clock, behind, cache } = setUp();
  await cache.query('a.example', 'A');
  clock.now -= 3_600_000;
  await cache.query('a.example', 'A');
  assert.equal(behind.asked.length, 2);
});

test('the oldest answer goes when the cache is full', async () => {
  const { behind, cache } = setUp(2);
  for (const name of ['one.example', 'two.example', 'three.example', 'three.example', 'one.example'])
    await cache.query(name, 'A');
  assert.deepEqual(behind.asked, ['A one.example', 'A two.example', 'A three.example', 'A one.example']);
});
