// The limits of one check: how many questions, how many at once, which first, until when.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryBudget } from '../../../shared/dns/budget.ts';
import { cachingResolver } from '../../../shared/dns/cache.ts';
import type { Resolver } from '../../../shared/dns/types.ts';
import { zoneResolver } from '../../support/zone.ts';

/** Answers only when told to, and tells how many questions wait at once. */
function heldResolver() {
  const zone = zoneResolver({});
  const held: (() => void)[] = [];
  const resolver: Resolver = {
    async query(name, type) {
      await new Promise<void>((resolve) => held.push(resolve));
      return zone.query(name, type);
    },
  };
  const answerAll = async () => {
    while (held.length > 0) {
      for (const answer of held.splice(0)) answer();
      await settle();
    }
  };
  return { resolver, held, answerAll, asked: zone.asked };
}
const settle = async () => {
  await new Promise((resolve) => setImmediate(resolve));
};
const now = () => 0;

test('at most six queries are pending at once, and the important ones are sent first', async () => {
  const { resolver, held, answerAll, asked } = heldResolver();
  const budget = queryBudget(resolver, { now });
  const lesser = Array.from({ length: 8 }, (_, i) => budget.at(2).query(`lesser${i}.example`, 'A'));
  const important = Array.from({ length: 4 }, (_, i) => budget.at(0).query(`important${i}.example`, 'A'));
  await settle();
  assert.equal(held.length, 6);
  await answerAll();
  await Promise.all([...lesser, ...important]);
  assert.deepEqual(
    asked.slice(0, 5).map((question) => question.replace(/\d/, '')),
    ['A important.example', 'A important.example', 'A important.example', 'A important.example', 'A lesser.example'],
  );
});

test('equal queries are sent once, with the higher priority', async () => {
  const { resolver, answerAll, asked } = heldResolver();
  const budget = queryBudget(resolver, { now, maxInFlight: 1 });
  const questions = [
    budget.at(2).query('a.example', 'A'),
    budget.at(1).query('b.example', 'A'),
    budget.at(0).query('A.example.', 'A'),
  ];
  await settle();
  await answerAll();
  await Promise.all(questions);
  assert.deepEqual(asked, ['A a.example', 'A b.example']);
});

test('beyond the limit no query is sent, and the answer is an error', async () => {
  const zone = zoneResolver({});
  const budget = queryBudget(zone, { now, maxQueries: 3 });
  const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => budget.at(0).query(`n${i}.example`, 'A')));
  assert.deepEqual(
    answers.map((answer) => (answer.kind === 'error' ? answer.reason : answer.kind)),
    ['nxdomain', 'nxdomain', 'nxdomain', 'budget', 'budget'],
  );
  assert.equal(zone.asked.length, 3);
  assert.deepEqual(
    budget.trace().map((query) => query.outcome),
    ['budget', 'budget', 'nxdomain', 'nxdomain', 'nxdomain'].sort(),
  );
});

test('lesser questions leave a reserve to the important ones until it is released', async () => {
  const zone = zoneResolver({});
  const budget = queryBudget(zone, { now, maxQueries: 9 });
  const lesser = Array.from({ length: 9 }, (_, i) => budget.at(2).query(`lesser${i}.example`, 'A'));
  await settle();
  assert.equal(zone.asked.length, 3);
  await budget.at(0).query('important.example', 'A');
  budget.releaseReserve();
  const answers = await Promise.all(lesser);
  assert.equal(zone.asked.length, 9);
  assert.equal(answers.filter((answer) => answer.kind === 'error').length, 1);
});

test('after the deadline nothing more is sent', async () => {
  const clock = { now: 0 };
  const budget = queryBudget(zoneResolver({}), { now: () => clock.now, deadlineMs: 100 });
  assert.equal((await budget.at(0).query('a.example', 'A')).kind, 'nxdomain');
  clock.now = 100;
  const late = await budget.at(0).query('b.example', 'A');
  assert.equal(late.kind === 'error' && late.reason, 'deadline');
});

test('a query without an answer times out and frees its place', async () => {
  const silent: Resolver = { query: () => new Promise(() => undefined) };
  const budget = queryBudget(silent, { now, maxInFlight: 1, queryTimeoutMs: 5 });
  const answers = await Promise.all([budget.at(0).query('a.example', 'A'), budget.at(0).query('b.example', 'A')]);
  assert.deepEqual(
    answers.map((answer) => answer.kind === 'error' && answer.reason),
    ['timeout', 'timeout'],
  );
});

test('what the cache knows costs nothing', async () => {
  const zone = zoneResolver({ 'a.example': { A: ['192.0.2.1'] } });
  const cache = cachingResolver(zone, { now });
  await cache.query('a.example', 'A');
  const budget = queryBudget(cache, { now, maxQueries: 0 });
  assert.equal((await budget.at(0).query('a.example', 'A')).kind, 'ok');
  assert.equal(budget.sent(), 0);
  assert.deepEqual(
    budget.trace().map((query) => query.cached),
    [true],
  );
});

test('the budget has the smallest TTL, and 0 where a query got no answer', async () => {
  const budget = queryBudget(
    zoneResolver({ 'a.example': { A: ['192.0.2.1'], ttl: 40 }, 'b.example': { fail: 'servfail' } }),
    { now },
  );
  await Promise.all([budget.at(0).query('a.example', 'A'), budget.at(0).query('c.example', 'A')]);
  assert.equal(budget.ttl(), 40);
  await budget.at(0).query('b.example', 'A');
  assert.equal(budget.ttl(), 0);
});
