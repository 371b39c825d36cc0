// To which address the outcome of a mail is reported; never about a report, and never in a flood.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createBounceLimiter,
  decideNotice,
  IN_ALL,
  MAX_COUNTED,
  type NoticeDecision,
  type Occasion,
  PER_ADDRESS,
  WINDOW,
} from '../../../shim/notify/policy.ts';

const shop = 'shop@shop.example';
const toShop: NoticeDecision = { send: true, to: shop };
const not = (why: 'null-sender' | 'not-wanted' | 'no-address'): NoticeDecision => ({ send: false, why });

const decisions: [name: string, occasion: Occasion, decision: NoticeDecision][] = [
  ['a failure goes to the envelope sender', { envelopeFrom: shop, action: 'failed' }, toShop],
  [
    'or to bounce_to',
    { envelopeFrom: shop, action: 'failed', bounceTo: 'admin@shop.example' },
    { send: true, to: 'admin@shop.example' },
  ],
  ['a bounce_to that is no address is passed over', { envelopeFrom: shop, action: 'failed', bounceTo: 'off' }, toShop],
  ['the null sender gets none', { envelopeFrom: '', action: 'failed' }, not('null-sender')],
  ['written as <> neither', { envelopeFrom: '<>', action: 'failed' }, not('null-sender')],
  [
    'and no bounce_to is told of a bounce',
    { envelopeFrom: '', action: 'failed', bounceTo: 'admin@shop.example' },
    not('null-sender'),
  ],
  [
    'the null sender beats what NOTIFY asks for',
    { envelopeFrom: '', action: 'failed', notify: 'failure' },
    not('null-sender'),
  ],
  ['NOTIFY=NEVER', { envelopeFrom: shop, action: 'failed', notify: 'NEVER' }, not('not-wanted')],
  [
    'never beats what stands beside it',
    { envelopeFrom: shop, action: 'failed', notify: 'never,failure' },
    not('not-wanted'),
  ],
  ['only success asked for', { envelopeFrom: shop, action: 'failed', notify: 'success' }, not('not-wanted')],
  ['failure and delay asked for', { envelopeFrom: shop, action: 'delayed', notify: 'failure, delay' }, toShop],
  ['a delay is not told unasked', { envelopeFrom: shop, action: 'delayed' }, not('not-wanted')],
  ['nor a delivery', { envelopeFrom: shop, action: 'delivered' }, not('not-wanted')],
  ['a delivery where asked', { envelopeFrom: shop, action: 'relayed', notify: 'success' }, toShop],
  ['a NOTIFY of nonsense counts as none', { envelopeFrom: shop, action: 'failed', notify: 'please' }, toShop],
  ['a sender without a domain', { envelopeFrom: 'www-data', action: 'failed' }, not('no-address')],
  ['a sender that is several', { envelopeFrom: 'a@a.example, b@b.example', action: 'failed' }, not('no-address')],
  [
    'a sender with a line break',
    { envelopeFrom: 'a@a.example\r\nBcc: b@b.example', action: 'failed' },
    not('no-address'),
  ],
];
describe('decideNotice', () => {
  for (const [name, occasion, decision] of decisions) {
    test(name, () => assert.deepEqual(decideNotice(occasion), decision));
  }
});

describe('createBounceLimiter', () => {
  const now = Date.UTC(2026, 10, 24);

  test('an address gets so many an hour, and the next one has the count of those left out', () => {
    const limiter = createBounceLimiter(undefined);
    for (let count = 0; count < PER_ADDRESS; count++) {
      assert.deepEqual(limiter.take(shop, now + count), { allowed: true, suppressed: 0 });
    }
    for (let count = 0; count < 7; count++) assert.deepEqual(limiter.take(shop, now + 1000), { allowed: false });
    assert.deepEqual(limiter.take('SHOP@shop.example', now + 1000), { allowed: false });
    assert.deepEqual(limiter.take('other@shop.example', now + 1000), { allowed: true, suppressed: 0 });
    assert.deepEqual(limiter.take(shop, now + WINDOW), { allowed: true, suppressed: 8 });
    assert.deepEqual(limiter.take(shop, now + WINDOW + PER_ADDRESS), { allowed: true, suppressed: 0 });
  });

  test('all together get so many an hour, whatever the addresses', () => {
    const limiter = createBounceLimiter(undefined);
    const allowed = Array.from({ length: 5000 }, (_, index) => limiter.take(`${index}@forged.example`, now + index));
    assert.equal(allowed.filter((each) => each.allowed).length, IN_ALL);
    const { sent, suppressed } = limiter.state();
    assert.equal(sent.length, IN_ALL);
    assert.equal(suppressed.length, MAX_COUNTED);
  });

  test('no window of an hour has more than the limit', () => {
    const limiter = createBounceLimiter(undefined);
    const times: number[] = [];
    for (let at = now; at < now + 5 * WINDOW; at += 61_000) if (limiter.take(shop, at).allowed) times.push(at);
    for (const start of times) {
      assert.ok(times.filter((at) => at >= start && at < start + WINDOW).length <= PER_ADDRESS);
    }
    assert.ok(times.length > 4 * PER_ADDRESS);
  });

  test('the state survives as JSON', () => {
    const first = createBounceLimiter(undefined, { perAddress: 1, inAll: 10 });
    first.take(shop, now);
    first.take(shop, now);
    first.take('__proto__', now);
    const second = createBounceLimiter(JSON.parse(JSON.stringify(first.state())), { perAddress: 1, inAll: 10 });
    assert.deepEqual(second.take(shop, now + 1), { allowed: false });
    assert.deepEqual(second.take('__proto__', now + 1), { allowed: false });
    assert.deepEqual(second.take(shop, now + WINDOW), { allowed: true, suppressed: 2 });
  });

  for (const broken of [null, 5, 'x', [], { sent: 1 }, { sent: [[1, 2], null, ['a', 'b']], suppressed: [['a']] }]) {
    test(`a damaged state counts as none: ${JSON.stringify(broken)}`, () => {
      assert.deepEqual(createBounceLimiter(broken).take(shop, now), { allowed: true, suppressed: 0 });
    });
  }

  test('a clock that goes back by years holds notices up for an hour at most', () => {
    const limiter = createBounceLimiter(undefined, { perAddress: 1, inAll: 10 });
    limiter.take(shop, now);
    const past = now - 1e11;
    assert.equal(limiter.take(shop, past).allowed, false);
    assert.equal(limiter.take(shop, past + WINDOW).allowed, true);
  });
});
