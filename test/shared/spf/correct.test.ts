// Correcting, merging and joining records: every result must itself be a valid record.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toByteString, toBytes } from '../../../shared/message/bytes.ts';
import { correctedSpf, joinedSpf, joinsWell, looksLikeSpf, mergeSpf } from '../../../shared/spf/correct.ts';
import { cutText } from '../../../shared/spf/cut.ts';
import { isSpfRecord, parseSpfRecord } from '../../../shared/spf/parse.ts';

const valid = (text: string) => isSpfRecord(text) && parseSpfRecord(text).problems.length === 0;

const corrected: [written: string, meant: string | undefined][] = [
  ['v=spf1 mx -all', 'v=spf1 mx -all'],
  ['v=spf1 ipv4:192.0.2.1 -all', 'v=spf1 ip4:192.0.2.1 -all'],
  ['v=spf1 ip:192.0.2.1 -all', 'v=spf1 ip4:192.0.2.1 -all'],
  ['v=spf1 ipv6:2001:db8::1 -all', 'v=spf1 ip6:2001:db8::1 -all'],
  ['v=spf1 ip4=192.0.2.1 include=a.example all-', 'v=spf1 ip4:192.0.2.1 include:a.example -all'],
  ['v=spf1 192.0.2.0/24 2001:db8::/32 ~all', 'v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all'],
  ['v=spf1; mx; a; -all', 'v=spf1 mx a -all'],
  ['v=spf1, ip4:192.0.2.1, -all', 'v=spf1 ip4:192.0.2.1 -all'],
  ['"v=spf1 mx -all"', 'v=spf1 mx -all'],
  [' v = spf1 mx ~all', 'v=spf1 mx ~all'],
  ['spf1 mx ~all', 'v=spf1 mx ~all'],
  ['spf2.0/mfrom mx ~all', 'v=spf1 mx ~all'],
  ['v=spf1 mx \u2013all', 'v=spf1 mx -all'],
  ['v=spf1 mx', 'v=spf1 mx ~all'],
  ['v=spf1 exists:%{l1r-,}.a"b.example -all', 'v=spf1 exists:%{l1r-,}.a"b.example -all'],
  ['v=spf1 -all mx', 'v=spf1 -all'],
  ['v=spf1 mx MX include:a.example include:A.example -all', 'v=spf1 mx include:a.example -all'],
  ['v=spf1 redirect:a.example', 'v=spf1 redirect=a.example'],
  ['v=spf1 include:a.exampleinclude:b.example -all', 'v=spf1 include:a.example include:b.example -all'],
  ['v=spf1 ip4:192.0.2.1ip4:192.0.2.2 -all', 'v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all'],
  ['v=spf1 include: a.example ~ all', 'v=spf1 include:a.example ~all'],
  ['v=spf1 ip4: 192.0.2.1 ip6: 2001:db8::1 -all', 'v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all'],
  ['v=spf1 ip4:2001:db8::1 ip6:192.0.2.0/24 -all', 'v=spf1 ip6:2001:db8::1 ip4:192.0.2.0/24 -all'],
  [
    'v=spf1 ip4:mail.a.example a:192.0.2.1 mx:192.0.2.2 -all',
    'v=spf1 a:mail.a.example ip4:192.0.2.1 ip4:192.0.2.2 -all',
  ],
  ['v=spf1 “mx” incl:a.example -all', 'v=spf1 mx include:a.example -all'],
  ['v=spf1 +192.0.2.1 -2001:db8::1 ~all', 'v=spf1 +ip4:192.0.2.1 -ip6:2001:db8::1 ~all'],
  ['v=spf1 redirect=a.example redirect=b.example', 'v=spf1 redirect=a.example'],
  ['v=spf1 ipv4:192.0.2.1 redirect=a.example ~all', 'v=spf1 ip4:192.0.2.1 include:a.example ~all'],
  // Pasted from a page or a word processor.
  ['“v=spf1 mx ~all”', 'v=spf1 mx ~all'],
  ['v=spf1 include:a.example\u200b -all', 'v=spf1 include:a.example -all'],
  ['v=spf1 include:_spf.пример.рф -all', 'v=spf1 include:_spf.xn--e1afmkfd.xn--p1ai -all'],
  [
    'v=spf1 include:https://a.example/spf a:b.example:25 mx:me@c.example/24 -all',
    'v=spf1 include:a.example a:b.example mx:c.example/24 -all',
  ],
  ['v=spf1 exists:%{i}.a.example a:%{d}/24 -all', 'v=spf1 exists:%{i}.a.example a:%{d}/24 -all'],
  ['v=spf1 include: mx -all', undefined],
  ['v=spf1 foo -all', undefined],
  ['v=spf1 include: -all', undefined],
];
for (const [written, meant] of corrected) {
  test(`${JSON.stringify(written)} was meant as ${meant ?? 'uncertain'}`, () => {
    assert.equal(correctedSpf(written), meant);
    // DNS gives the bytes of it.
    assert.equal(correctedSpf(toByteString(toBytes(written))), meant);
    if (meant !== undefined) assert.ok(valid(meant));
  });
}

test('no record is made from a text that was shortened for a report', () => {
  const cut = cutText('v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all', 20);
  assert.deepEqual(
    [cut, correctedSpf(cut), mergeSpf(cut, { ips: ['192.0.2.9'] })],
    ['v=spf1 ip4:192.0.2.1…', undefined, ''],
  );
});

const merged: [existing: string | undefined, ips: string[], terms: string[], result: string][] = [
  [undefined, ['192.0.2.1'], [], 'v=spf1 ip4:192.0.2.1 ~all'],
  [undefined, ['2001:db8::1'], ['mx'], 'v=spf1 ip6:2001:db8::1 mx ~all'],
  [undefined, [], ['include:_spf.a.example'], 'v=spf1 include:_spf.a.example ~all'],
  [undefined, [], [], 'v=spf1 ~all'],
  ['v=spf1 -all', ['192.0.2.1'], [], 'v=spf1 ip4:192.0.2.1 -all'],
  [
    'v=spf1 ip4:198.51.100.1 include:a.example ~all',
    ['192.0.2.1'],
    [],
    'v=spf1 ip4:198.51.100.1 ip4:192.0.2.1 include:a.example ~all',
  ],
  ['v=spf1 ip4:192.0.2.1 -all', ['192.0.2.1'], [], 'v=spf1 ip4:192.0.2.1 -all'],
  ['v=spf1 include:a.example ~all', [], ['include:b.example'], 'v=spf1 include:a.example include:b.example ~all'],
  ['v=spf1 redirect=a.example', ['192.0.2.1'], [], 'v=spf1 ip4:192.0.2.1 redirect=a.example'],
  ['v=spf1 ipv4:198.51.100.1 -all', ['192.0.2.1'], [], 'v=spf1 ip4:198.51.100.1 ip4:192.0.2.1 -all'],
  ['v=spf1 mx ~all', ['nonsense'], [], 'v=spf1 mx ~all'],
  // After an include its lookups and its errors would come first.
  [
    'v=spf1 include:a.example ip4:198.51.100.1 -all',
    ['192.0.2.1'],
    [],
    'v=spf1 ip4:192.0.2.1 include:a.example ip4:198.51.100.1 -all',
  ],
  // A refusal of the address itself goes, and its second place.
  ['v=spf1 -ip4:192.0.2.1 mx -all', ['192.0.2.1'], [], 'v=spf1 ip4:192.0.2.1 mx -all'],
  ['v=spf1 include:a.example ip4:192.0.2.1/32 -all', ['192.0.2.1'], [], 'v=spf1 ip4:192.0.2.1 include:a.example -all'],
  ['v=spf1 mx redirect=a.example ~all', ['192.0.2.1'], [], 'v=spf1 ip4:192.0.2.1 mx redirect=a.example ~all'],
  // What cannot be understood goes, the rest stays.
  ['v=spf1 foo include:a.example -all', ['192.0.2.1'], [], 'v=spf1 ip4:192.0.2.1 include:a.example -all'],
  [
    'v=spf1 -ip4:192.0.2.0/24 ip4:198.51.100.1 -all',
    ['192.0.2.1'],
    [],
    'v=spf1 ip4:192.0.2.1 -ip4:192.0.2.0/24 ip4:198.51.100.1 -all',
  ],
  [
    'v=spf1 ip4:192.0.2.1/32 ip6:2001:DB8:0::1 -all',
    ['192.0.2.1', '2001:db8::1'],
    ['mx', 'mx'],
    'v=spf1 ip4:192.0.2.1/32 ip6:2001:DB8:0::1 mx -all',
  ],
];
for (const [existing, ips, terms, result] of merged) {
  test(`${existing ?? 'no record'} and ${[...ips, ...terms].join(' ')} is ${result}`, () => {
    assert.equal(mergeSpf(existing, { ips, terms }), result);
    assert.ok(valid(result));
  });
}

const joined: [texts: string[], record: string, well?: false][] = [
  [['v=spf1 mx -all', 'v=spf1 a -all'], 'v=spf1 mx a -all'],
  [['v=spf1 mx ~all', 'v=spf1 a -ALL'], 'v=spf1 mx a ~all'],
  [['v=spf1 mx ?all', 'v=spf1 mx -all'], 'v=spf1 mx ~all'],
  [['v=spf1 mx -all', 'v=spf1 ip4:192.0.2.1'], 'v=spf1 mx ip4:192.0.2.1 ~all'],
  [['v=spf1 mx all', 'v=spf1 a -all'], 'v=spf1 mx a +all'],
  // Next to "all" a redirect would be ignored; invalid terms are removed alone.
  [['v=spf1 redirect=a.example', 'v=spf1 foo mx ~all'], 'v=spf1 mx include:a.example ~all', false],
  [['v=spf1 redirect=a.example', 'v=spf1 include:A.example mx -all'], 'v=spf1 include:A.example mx ~all'],
  [
    ['v=spf1 -ip4:192.0.2.1 mx ~all', 'v=spf1 ip4:192.0.2.1 ~all'],
    'v=spf1 -ip4:192.0.2.1 mx ip4:192.0.2.1 ~all',
    false,
  ],
  [['v=spf1 mx ~all exp=a.example', 'v=spf1 a ~all exp=b.example'], 'v=spf1 mx a ~all exp=a.example', false],
  [
    ['v=spf1 mx ~all', 'v=spf1 include:a.example mx -all', 'v=spf1 ip4:192.0.2.1'],
    'v=spf1 mx include:a.example ip4:192.0.2.1 ~all',
  ],
];
for (const [texts, record, well = true] of joined) {
  test(`${texts.join(' and ')} together are ${record}${well ? '' : ', which has another meaning'}`, () => {
    assert.deepEqual([joinedSpf(texts), joinsWell(texts)], [record, well]);
  });
}

test('a text is recognised by what it was meant to be', () => {
  for (const meant of ['v=spf1', '"v=spf1 mx', 'V = SPF1 mx', 'spf1 mx', 'v=spf mx', 'spf2.0/pra mx', '“v=spf1 mx”'])
    assert.ok(looksLikeSpf(meant), meant);
  for (const other of ['', 'v=DKIM1; p=', 'site-verification=v=spf1', 'spf', 'v=DMARC1'])
    assert.equal(looksLikeSpf(other), false, other);
});

test('every corrected or merged record is valid, and correcting twice changes nothing', () => {
  const word = fc.constantFrom(
    'mx',
    'a',
    'ipv4:192.0.2.1',
    '192.0.2.1',
    'include=a.example',
    'include:b.example',
    '-all',
    'all~',
    '?all',
    'redirect:c.example',
    'x=y',
    'foo',
    ';',
    ',',
    '"',
    'ip6:::1',
    'a:b.examplemx',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 8 })), { maxLength: 8 }), (words) => {
      const text = `v=spf1 ${words.join(' ')}`;
      const once = correctedSpf(text);
      if (once !== undefined) {
        assert.ok(valid(once), once);
        assert.equal(correctedSpf(once), once);
      }
      assert.ok(valid(mergeSpf(text, { ips: ['192.0.2.9'] })), text);
    }),
    { seed: 4, numRuns: 3000 },
  );
});
