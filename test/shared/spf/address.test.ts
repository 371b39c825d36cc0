// Addresses read as numbers are those that the strict reader reads, and no others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  groupsOf,
  inNetwork4,
  inNetwork6,
  ipOf,
  numberOf,
  readAddress4,
  readAddress6,
} from '../../../shared/spf/address.ts';
import { parseSpfRecord } from '../../../shared/spf/parse.ts';
import { readRecord } from '../../../shared/spf/record.ts';
import type { Mechanism } from '../../../shared/spf/types.ts';
import { inNetwork, parseIp, parseIpLiterally } from '../../../shared/text/ip.ts';

const written = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'F', 'g', ':', '::', '.', '255', '256', '01') }),
  fc.constantFrom(
    '::',
    '1::',
    '::1',
    '1:::2',
    ':1',
    '1:',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8:9',
    '1.2.3',
    '',
  ),
);

test('any text is the same address, or none, to both readers', () => {
  fc.assert(
    fc.property(written, (text) => {
      const strict = parseIpLiterally(text);
      const four = readAddress4(text);
      assert.equal(four === undefined ? undefined : ipOf(four).text, strict?.version === 4 ? strict.text : undefined);
      if (four !== undefined) assert.equal(numberOf(strict!), four);
      const six = readAddress6(text, 0, text.length);
      // A dotted tail and other rarities are left to the strict reader.
      if (six !== undefined) assert.deepEqual(six, groupsOf(strict!), text);
      else if (strict?.version === 6) assert.ok(text.includes('.') || text.includes('::'), text);
    }),
    { seed: 7208, numRuns: 5000 },
  );
});

test('networks contain the same addresses in every comparison', () => {
  const pairs = fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(128));
  fc.assert(
    fc.property(pairs, ([one, other, bits]) => {
      const [a, b] = [parseIpLiterally(one)!, parseIpLiterally(other)!];
      if (a.version !== b.version) return;
      const prefix = a.version === 4 ? bits % 33 : bits;
      const holds =
        a.version === 4 ? inNetwork4(numberOf(a), numberOf(b), prefix) : inNetwork6(groupsOf(a), groupsOf(b), prefix);
      assert.equal(holds, inNetwork(a, b, prefix));
    }),
    { seed: 7208, numRuns: 3000 },
  );
});

test('a term of plain networks is as any other', () => {
  for (const text of [
    'ip4:192.0.2.1',
    '+ip4:192.0.2.1',
    'ip6:2001:DB8::1/64',
    '?IP6:::ffff:192.0.2.1/96',
    'ip4:0.0.0.0/0',
  ]) {
    const [term] = parseSpfRecord(`v=spf1 ${text}`).terms as Mechanism[];
    const address = text.replace(/^[+?]?ip[46]:/i, '').replace(/\/.*/, '');
    assert.deepEqual(term!.network, parseIpLiterally(address), text);
    assert.equal(term!.name, text.replace(/^[+?]/, '').slice(0, 3).toLowerCase());
  }
  assert.equal(parseIp('::ffff:192.0.2.1')?.version, 4);
});

test('an answer is read once', () => {
  const answer = { kind: 'ok', records: [['v=spf1 -all']], ttl: 1, aliases: [], authenticated: false } as const;
  assert.equal(readRecord(answer), readRecord(answer));
});
