// Domain names from what people type (RFC 1035, RFC 5890, UTS 46) and IP addresses as records write them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWithin, parseDomain, toAscii, toUnicode } from '../../../shared/text/domain.ts';
import { inNetwork, isReserved, parseIp, parseIpLiterally, reverseName } from '../../../shared/text/ip.ts';

const domains: [input: string, expected: string][] = [
  ['Shop.Example.', 'shop.example'],
  ['  shop.example\n', 'shop.example'],
  ['магазин.рф', 'xn--80aairftm.xn--p1ai'],
  ['МАГАЗИН。РФ', 'xn--80aairftm.xn--p1ai'],
  ['straße.example', 'xn--strae-oqa.example'],
  ['xn--80aairftm.xn--p1ai', 'xn--80aairftm.xn--p1ai'],
  ['a.b-c.d1.example', 'a.b-c.d1.example'],
  ['', 'empty'],
  ['.', 'empty'],
  ['shop', 'single-label'],
  ['a..example', 'empty-label'],
  ['.example', 'empty-label'],
  [`${'a'.repeat(64)}.example`, 'label-too-long'],
  [`${'a.'.repeat(124)}example`, 'name-too-long'],
  ['a b.example', 'bad-character'],
  ['a_b.example', 'bad-character'],
  ['-a.example', 'bad-hyphen'],
  ['192.0.2.1', 'ip-address'],
  ['ма/г.рф', 'not-idna'],
  ['\u200dа\ufffd.рф', 'not-idna'],
];
for (const [input, expected] of domains) {
  test(`the domain ${JSON.stringify(input).slice(0, 40)} is ${expected.slice(0, 40)}`, () => {
    const result = parseDomain(input);
    assert.equal(result.ok ? result.name : result.problem, expected);
  });
}

test('A-labels are shown as U-labels, other labels unchanged', () => {
  assert.equal(toUnicode('xn--80aairftm.xn--p1ai'), 'магазин.рф');
  assert.equal(toUnicode('xn--strae-oqa.example'), 'straße.example');
  assert.equal(toUnicode('xn--\xff.example'), 'xn--\xff.example');
  assert.equal(toUnicode('xn--99999999999.example').endsWith('.example'), true);
});

test('no text makes the domain functions throw, and a name once read stays', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
      const result = toAscii(text);
      if (result.ok) assert.deepEqual(toAscii(result.name), result);
      assert.equal(typeof toUnicode(text), 'string');
      assert.equal(typeof parseDomain(text).ok, 'boolean');
    }),
    { seed: 3, numRuns: 3000 },
  );
});

test('a name lies within another by labels, not by letters', () => {
  assert.equal(isWithin('mail.Shop.example.', 'shop.EXAMPLE'), true);
  assert.equal(isWithin('myshop.example', 'shop.example'), false);
  assert.equal(isWithin('shop.example', 'mail.shop.example'), false);
});

test('addresses are read strictly', () => {
  for (const bad of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '0x7f.1',
    '127.1',
    '1.2.3.4 ',
    ':::',
    '1::2::3',
    '::1.2.3',
    '::01.2.3.4',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:8:9',
  ]) {
    assert.equal(parseIp(bad), undefined, bad);
  }
  assert.equal(parseIp('2001:DB8:0:0:0:0:0:1')?.text, '2001:db8::1');
  // RFC 4291 section 2.2: a dotted tail is the last two groups.
  assert.deepEqual(
    [parseIp('::1.2.3.4')?.text, parseIp('64:ff9b::192.0.2.33')?.text],
    ['::102:304', '64:ff9b::c000:221'],
  );
  // RFC 7208 section 5: an IPv4-mapped address is the IPv4 one.
  assert.deepEqual([parseIp('::ffff:192.0.2.1')?.version, parseIpLiterally('::ffff:192.0.2.1')?.version], [4, 6]);
});

test('networks compare the first bits of one version', () => {
  const within = (ip: string, network: string, prefix: number) => inNetwork(parseIp(ip)!, parseIp(network)!, prefix);
  assert.deepEqual([within('192.0.2.130', '192.0.2.128', 25), within('192.0.2.127', '192.0.2.128', 25)], [true, false]);
  assert.deepEqual(
    [within('10.0.0.1', '192.0.2.1', 0), within('192.0.2.1', '192.0.2.1', 32), within('192.0.2.2', '192.0.2.1', 32)],
    [true, true, false],
  );
  assert.deepEqual([within('2001:db8::1', '2001:db8::', 32), within('2001:db9::1', '2001:db8::', 32)], [true, false]);
  assert.equal(within('2001:db8::1', '192.0.2.1', 0), false);
});

test('the reverse name of both versions (RFC 1035 section 3.5, RFC 3596 section 2.5)', () => {
  assert.equal(reverseName(parseIp('192.0.2.1')!), '1.2.0.192.in-addr.arpa');
  assert.equal(
    reverseName(parseIp('2001:db8::1')!),
    '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
  );
});

test('addresses that the Internet cannot reach are known', () => {
  for (const reserved of ['10.0.0.1', '127.0.0.1', '169.254.1.1', '100.64.0.1', '::1', 'fe80::1', 'fd00::1'])
    assert.ok(isReserved(parseIp(reserved)!), reserved);
  for (const reachable of ['8.8.8.8', '2606:4700::1111'])
    assert.equal(isReserved(parseIp(reachable)!), false, reachable);
});
