// Networks that together let half of the Internet send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectSpf } from '../../../shared/spf/inspect.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const openOf = async (zone: Zone) => (await inspectSpf('shop.example', zoneResolver(zone))).open;

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
  ['v=spf1 exists:shop.example -all', 'exists:shop.example'],
  ['v=spf1 exists:none.example exists:%{i}.shop.example ~exists:shop.example -all', undefined],
];
for (const [record, open] of cases) {
  test(`${record}: ${open ?? 'not open'}`, async () => {
    assert.equal((await openOf({ 'shop.example': { TXT: [record], A: ['192.0.2.1'] } }))?.term, open);
  });
}

test('what an include or a redirect lets send, the record does; only what passes counts', async () => {
  const zone = (record: string, other: string): Zone => ({
    'shop.example': { TXT: [record] },
    'p.example': { TXT: [other] },
  });
  const open = { domain: 'p.example', term: '+all', vias: ['include:p.example'] };
  assert.deepEqual(await openOf(zone('v=spf1 mx include:p.example -all', 'v=spf1 mx +all')), open);
  assert.deepEqual(await openOf(zone('v=spf1 redirect=p.example', 'v=spf1 all')), {
    domain: 'p.example',
    term: 'all',
    vias: ['redirect=p.example'],
  });
  assert.equal(await openOf(zone('v=spf1 ?include:p.example -all', 'v=spf1 +all')), undefined);
  assert.equal(await openOf(zone('v=spf1 include:p.example -all', 'v=spf1 ~all')), undefined);
  assert.equal(await openOf(zone('v=spf1 -all include:p.example', 'v=spf1 +all')), undefined);
  assert.deepEqual(
    await openOf(zone('v=spf1 ip4:0.0.0.0/2 ip4:192.0.2.1 include:p.example -all', 'v=spf1 ip4:64.0.0.0/2 -all')),
    { domain: 'p.example', term: 'ip4:64.0.0.0/2', vias: ['ip4:0.0.0.0/2', 'include:p.example'] },
  );
});

test('a record of thousands of networks is measured without delay', async () => {
  const nets = Array.from({ length: 4000 }, (_, i) => `ip4:${i % 128}.${i % 256}.${i % 7}.0/24`).join(' ');
  assert.equal(await openOf({ 'shop.example': { TXT: [`v=spf1 ${nets} -all`] } }), undefined);
});
