// The retry schedule: soon at first, then at the mail's age, never beyond its lifetime; a wrong clock parks nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FIRST_DELAY, isDue, JITTER, LIFETIME, MAX_DELAY, nextAttempt } from '../../shim/spool/schedule.ts';

const T0 = Date.UTC(2026, 10, 24);
const MINUTE = 60_000;
const middle = () => 0.5;
const at = (age: number, lifetime?: number) =>
  nextAttempt({
    acceptedAt: T0,
    now: T0 + age,
    attempts: 1,
    random: middle,
    ...(lifetime === undefined ? {} : { lifetime }),
  });

const delays: [age: number, delay: number][] = [
  [0, MINUTE],
  [4 * MINUTE, MINUTE],
  [5 * MINUTE, 5 * MINUTE],
  [12 * MINUTE, 12 * MINUTE],
  [3 * 60 * MINUTE, 4000_000],
];
for (const [age, delay] of delays) {
  test(`at an age of ${age / MINUTE} minutes the next attempt is ${delay / MINUTE} minutes away`, () => {
    assert.equal(at(age), T0 + age + delay);
  });
}

test('a restart of the relay that takes three minutes delays a mail by less than five', () => {
  let now = T0;
  let attempts = 0;
  while (now < T0 + 3 * MINUTE) {
    attempts++;
    now = nextAttempt({ acceptedAt: T0, now, attempts, random: () => 0.999 })!;
  }
  assert.ok(now < T0 + 5 * MINUTE);
});

test('the last attempt falls on the end of the lifetime, and none follows', () => {
  assert.equal(at(LIFETIME - 1000), T0 + LIFETIME);
  assert.equal(at(LIFETIME), undefined);
  assert.equal(at(10 * MINUTE, 11 * MINUTE), T0 + 11 * MINUTE);
  assert.equal(at(11 * MINUTE, 11 * MINUTE), undefined);
  assert.equal(at(0, 0), undefined);
});

const time = fc.integer({ min: T0, max: T0 + 1e12 });
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the next attempt is in the future and within reach, whatever the clock says', () => {
  fc.assert(
    fc.property(time, time, fc.integer({ min: 1, max: 10_000 }), unit, (acceptedAt, now, attempts, random) => {
      const next = nextAttempt({ acceptedAt, now, attempts, random: () => random });
      if (now - acceptedAt >= LIFETIME) {
        assert.equal(next, undefined);
        return;
      }
      assert.ok(next !== undefined && next > now);
      assert.ok(next <= now + MAX_DELAY);
      assert.ok(next - now >= FIRST_DELAY || next === acceptedAt + LIFETIME);
      assert.equal(isDue({ nextAttempt: next }, next), true);
      assert.equal(isDue({ nextAttempt: next }, now), false);
    }),
  );
});

test('the spread is a tenth at most, and used', () => {
  const of = (random: number) =>
    nextAttempt({ acceptedAt: T0, now: T0 + 10 * MINUTE, attempts: 5, random: () => random })! - T0 - 10 * MINUTE;
  fc.assert(fc.property(unit, (random) => Math.abs(of(random) - 10 * MINUTE) <= JITTER * 10 * MINUTE + 1));
  assert.ok(of(0) < of(0.5) && of(0.5) < of(0.99));
});

test('the attempts of five days end, and are neither few nor many', () => {
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 20 }), (randoms) => {
      let now: number | undefined = T0;
      let attempts = 0;
      while (now !== undefined) {
        attempts++;
        const random = randoms[attempts % randoms.length]!;
        now = nextAttempt({ acceptedAt: T0, now, attempts, random: () => random });
        assert.ok(attempts < 200);
      }
      assert.ok(attempts > 100);
    }),
    { numRuns: 30 },
  );
});

test('a clock that went back still gives growing delays', () => {
  const next = (attempts: number) =>
    nextAttempt({ acceptedAt: T0, now: T0 - 1e9, attempts, random: middle })! - (T0 - 1e9);
  assert.equal(next(1), FIRST_DELAY);
  assert.equal(next(10), 10 * MINUTE);
  assert.equal(next(1000), MAX_DELAY);
});

test('a time that no schedule gave counts as due', () => {
  assert.equal(isDue({ nextAttempt: T0 + MAX_DELAY }, T0), false);
  assert.equal(isDue({ nextAttempt: T0 + MAX_DELAY + 1 }, T0), true);
  assert.equal(isDue({ nextAttempt: Number.NaN }, T0), true);
  assert.equal(isDue({ nextAttempt: Number.POSITIVE_INFINITY }, T0), true);
  assert.equal(isDue({ nextAttempt: T0 - 1 }, T0), true);
});
