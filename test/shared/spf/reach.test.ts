// Networks that together let half of the Internet send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSpfRecord } from '../../../shared/spf/parse.ts';
import { openTerm } from '../../../shared/spf/reach.ts';
import type { Mechanism } from '../../../shared/spf/types.ts';

const cases: [record: string, open: string | undefined][] = [
  ['v=spf1 -all', undefined],
  ['v=spf1 +all', '+all'],
  ['v=spf1 -all +all', undefined],
  ['v=spf1 ip4:0.0.0.0/0 -all', 'ip4:0.0.0.0/0'],
  ['v=spf1 ip4:192.0.2.1/1 -all', 'ip4:192.0.2.1/1'],
  ['v=spf1 ip4:0.0.0.0/2 ip4:64.0.0.0/2 -all', 'ip4:64.0.0.0/2'],
  ['v=spf1 ip4:0.0.0.0/2 ip4:0.0.0.0/2 ip4:0.0.0.0/3 -all', undefined],
  ['v=spf1 ip4:0.0.0.0/2 ip4:128.0.0.0/3 ip4:160.0.0.0/3 -all', 'ip4:160.0.0.0/3'],
  ['v=spf1 -ip4:0.0.0.0/0 -all', undefined],
  ['v=spf1 ip6:2000::/3 -all', 'ip6:2000::/3'],
  ['v=spf1 ip6:2001:db8::/32 ip4:10.0.0.0/8 -all', undefined],
  ['v=spf1 a/0 -all', 'a/0'],
  ['v=spf1 mx//1 -all', 'mx//1'],
  ['v=spf1 a/24 mx//64 -all', undefined],
];
for (const [record, open] of cases) {
  test(`${record}: ${open ?? 'not open'}`, () => {
    const mechanisms = parseSpfRecord(record).terms.filter((term): term is Mechanism => term.kind === 'mechanism');
    assert.equal(openTerm(mechanisms)?.text, open);
  });
}
