import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOf, numberOf } from '../../../shared/spf/address.ts';
import { firstNetwork, otherTerms } from '../../../shared/spf/networks.ts';
import { parseSpfRecord } from '../../../shared/spf/parse.ts';
import { parseIp } from '../../../shared/text/ip.ts';

const cases: [terms: string, ip: string, place: number][] = [
  ['ip4:203.0.113.25 -all', '203.0.113.25', 0],
  ['mx -ip4:203.0.113.0/24 ip4:203.0.113.25 -all', '203.0.113.25', 1],
  ['ip4:203.0.113.24/32 -all', '203.0.113.25', 2],
  ['ip4:203.0.113.77/25 -all', '203.0.113.25', 0],
  ['ip4:0.0.0.0/0', '255.255.255.255', 0],
  ['ip4:128.0.0.0/1', '127.255.255.255', 1],
  ['ip4:128.0.0.0/1', '200.1.2.3', 0],
  ['ip6:::/0 a ip4:10.0.0.0/8', '10.1.2.3', 2],
  ['ip4:0.0.0.0/0 ip6:2001:db8::/32', '2001:db8:1::1', 1],
  ['ip6:2001:db8::1 ip6:2001:db8::/33', '2001:db8:8000::1', 2],
  ['', '10.1.2.3', 0],
];

for (const [terms, text, place] of cases) {
  test(`the first network of "${terms}" that contains ${text}: ${place}`, () => {
    const ip = parseIp(text)!;
    const address = ip.version === 4 ? { address4: numberOf(ip) } : { groups6: groupsOf(ip) };
    const client = { ip, ...address, sender: { localPart: '', domain: '' }, helo: '', receiver: '', time: 0 };
    assert.equal(firstNetwork(parseSpfRecord(`v=spf1 ${terms}`), client), place);
  });
}

test('terms other than networks keep their order, invalid ones too', () => {
  const record = parseSpfRecord('v=spf1 a ip4:192.0.2.1 ip4:192.0.2.300 include:b.example ip6::: redirect=c.example');
  assert.deepEqual(otherTerms(record), [0, 2, 3, 5]);
});
