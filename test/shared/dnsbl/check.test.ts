// Block lists: listed, not listed, not to be known (RFC 5782), against a zone in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkDnsbl, type DnsblInput, MAX_IPS, withoutKey } from '../../../shared/dnsbl/check.ts';
import { DEFAULT_LISTS, LINK_LISTS, meaningsOf } from '../../../shared/dnsbl/lists.ts';
import { definitionOf, textOf } from '../../../shared/findings/catalog.ts';
import { dnsblFindings } from '../../../shared/findings/dnsbl.rules.ts';
import { deductions } from '../../../shared/findings/score.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const ip = '192.0.2.7';
const zen = '7.2.0.192.zen.spamhaus.org';
const spamcop = '7.2.0.192.bl.spamcop.net';
const psbl = '7.2.0.192.psbl.surriel.com';

interface Case {
  what: string;
  zone: Zone;
  input?: DnsblInput;
  result: string;
  findings: string[];
  /** Why the first listing is not known. */
  reason?: string;
}
const cases: Case[] = [
  { what: 'on no list', zone: {}, result: 'not-listed', findings: ['dnsbl.clean'] },
  {
    what: 'RFC 5782 section 2.1: listed',
    zone: { [zen]: { A: ['127.0.0.2'] } },
    result: 'listed',
    findings: ['dnsbl.refused'],
  },
  { what: 'a range of codes', zone: { [zen]: { A: ['127.0.0.5'] } }, result: 'listed', findings: ['dnsbl.refused'] },
  {
    what: 'an address that should not send',
    zone: { [zen]: { A: ['127.0.0.10'] } },
    result: 'listed',
    findings: ['dnsbl.policy'],
  },
  { what: 'both', zone: { [zen]: { A: ['127.0.0.10', '127.0.0.4'] } }, result: 'listed', findings: ['dnsbl.refused'] },
  {
    what: 'lists that filters add up',
    zone: { [spamcop]: { A: ['127.0.0.2'] }, [psbl]: { A: ['127.0.0.2'] } },
    result: 'listed',
    findings: ['dnsbl.listed', 'dnsbl.listed'],
  },
  {
    what: 'asked through a public resolver: not known',
    zone: { [zen]: { A: ['127.255.255.254'] } },
    result: 'unknown',
    reason: 'resolver-refused',
    findings: ['dnsbl.unknown', 'dnsbl.clean'],
  },
  {
    what: 'too many questions',
    zone: { [zen]: { A: ['127.255.255.255'] } },
    result: 'unknown',
    reason: 'limit',
    findings: ['dnsbl.unknown', 'dnsbl.clean'],
  },
  {
    what: 'REFUSED',
    zone: { [zen]: { fail: 'refused' } },
    result: 'unknown',
    reason: 'refused',
    findings: ['dnsbl.unknown', 'dnsbl.clean'],
  },
  {
    what: 'SERVFAIL',
    zone: { [zen]: { fail: 'servfail' } },
    result: 'unknown',
    reason: 'no-answer',
    findings: ['dnsbl.unknown', 'dnsbl.clean'],
  },
  {
    what: 'RFC 5782 section 2.3: an answer outside of 127.0.0.0/8, from a zone that was sold',
    zone: { [zen]: { A: ['192.0.2.99'] } },
    result: 'unknown',
    reason: 'not-a-list',
    findings: ['dnsbl.unknown', 'dnsbl.clean'],
  },
  {
    what: 'a code without meaning',
    zone: { [zen]: { A: ['127.0.0.99'] } },
    result: 'unknown',
    reason: 'bad-code',
    findings: ['dnsbl.unknown', 'dnsbl.clean'],
  },
  {
    what: 'RFC 5782 section 2.4: IPv6 by nibbles',
    zone: { [`7.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.zen.spamhaus.org`]: { A: ['127.0.0.3'] } },
    input: { ip: '2001:db8::7' },
    result: 'listed',
    findings: ['dnsbl.refused'],
  },
  {
    what: 'RFC 5782 section 4: a domain',
    zone: { 'shop.example.dbl.spamhaus.org': { A: ['127.0.1.2'] } },
    input: { domain: 'Shop.example.' },
    result: 'listed',
    findings: ['dnsbl.refused'],
  },
  {
    what: 'a domain of which a page is abused',
    zone: { 'shop.example.dbl.spamhaus.org': { A: ['127.0.1.102'] } },
    input: { domain: 'shop.example' },
    result: 'listed',
    findings: ['dnsbl.listed'],
  },
  {
    what: 'a domain list that was asked for an address says so',
    zone: { 'shop.example.dbl.spamhaus.org': { A: ['127.0.1.255'] } },
    input: { domain: 'shop.example' },
    result: 'unknown',
    reason: 'resolver-refused',
    findings: ['dnsbl.unknown'],
  },
  { what: 'a private address is not asked for', zone: {}, input: { ip: '10.0.0.1' }, result: 'unknown', findings: [] },
  {
    what: 'neither address nor domain',
    zone: {},
    input: { ip: 'x', domain: '1.2.3.4' },
    result: 'unknown',
    findings: [],
  },
];
for (const { what, zone, input = { ip }, result, reason = null, findings } of cases) {
  test(what, async () => {
    const outcome = await checkDnsbl(input, zoneResolver(zone));
    assert.equal(outcome.result, result);
    assert.equal(outcome.listings[0]?.reason ?? null, reason);
    const found = dnsblFindings(outcome);
    assert.deepEqual(
      found.map(({ id }) => id),
      findings,
    );
    for (const one of found)
      assert.doesNotMatch(JSON.stringify([textOf(one, 'en'), textOf(one, 'ru')]), /undefined|null/);
  });
}

test('an IPv6 address is queried on the lists that have IPv6', async () => {
  const resolver = zoneResolver({});
  await checkDnsbl({ ip: '2001:db8::7' }, resolver);
  assert.deepEqual(
    resolver.asked.map((question) => question.replace(/^A [0-9a-f.]+\.(?=zen)/, '')),
    ['zen.spamhaus.org'],
  );
});

test('the key is only part of the queries', async () => {
  const key = 'abcdefghijklmnopqrstuvwxyz';
  const resolver = zoneResolver({
    [`${key}.zen.dq.spamhaus.net`]: {},
    [`7.2.0.192.${key}.zen.dq.spamhaus.net`]: { fail: 'timeout' },
  });
  const outcome = await checkDnsbl({ ip, domain: 'shop.example' }, resolver, { key: key.toUpperCase() });
  assert.ok(resolver.asked.includes(`A 7.2.0.192.${key}.zen.dq.spamhaus.net`));
  assert.ok(resolver.asked.includes(`A shop.example.${key}.dbl.dq.spamhaus.net`));
  const told = JSON.stringify([outcome, dnsblFindings(outcome).map((found) => textOf(found, 'en'))]);
  assert.equal(told.toLowerCase().includes(key), false);
  assert.equal(outcome.unknown.length, 1);
  assert.equal(withoutKey(`a.${key}.zen`, key), 'a.KEY.zen');
});

test('an invalid key is not sent', async () => {
  const resolver = zoneResolver({});
  const outcome = await checkDnsbl({ domain: 'shop.example' }, resolver, { key: 'not a.key' });
  assert.deepEqual(resolver.asked, []);
  assert.equal(outcome.listings[0]!.reason, 'bad-key');
});

test('being on Spamhaus twice costs once; of the others two cost', async () => {
  const zone: Zone = { [zen]: { A: ['127.0.0.2'] }, 'shop.example.dbl.spamhaus.org': { A: ['127.0.1.2'] } };
  const both = dnsblFindings(await checkDnsbl({ ip, domain: 'shop.example' }, zoneResolver(zone)));
  assert.deepEqual(deductions(both), [3, 0]);
  const many = ['192.0.2.7', '192.0.2.8', '192.0.2.9'];
  const scoring: Zone = Object.fromEntries(
    many.map((_, index) => [`${index + 7}.2.0.192.bl.spamcop.net`, { A: ['127.0.0.2'] }]),
  );
  const three = dnsblFindings(await checkDnsbl({ ip: many }, zoneResolver(scoring)));
  assert.deepEqual(deductions(three), [0.5, 0.5, 0]);
  assert.equal(definitionOf(three[2]!).severity, 'notice');
});

test('fifty addresses cost no more than the limit', async () => {
  const resolver = zoneResolver({});
  const outcome = await checkDnsbl({ ip: Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`) }, resolver);
  assert.equal(resolver.asked.length, MAX_IPS * DEFAULT_LISTS.filter(({ kind }) => kind === 'ip').length);
  assert.deepEqual(outcome.problems, [{ id: 'too-many', detail: '50' }]);
});

test('every code of every list means something, and lists have their own ids and zones', () => {
  for (const list of [...DEFAULT_LISTS, ...LINK_LISTS]) {
    for (const { code, part } of list.codes) {
      const [first, last] = code.split('-');
      const parts = (answer: string) => meaningsOf(list, answer).map((meaning) => meaning.part);
      assert.deepEqual(parts(first!), [part]);
      if (last !== undefined) assert.deepEqual(parts(first!.replace(/\d+$/, last)), [part]);
    }
  }
  assert.equal(new Set(DEFAULT_LISTS.map(({ id }) => id)).size, DEFAULT_LISTS.length);
  assert.equal(new Set(DEFAULT_LISTS.map(({ zone }) => zone)).size, DEFAULT_LISTS.length);
});

test('there is an outcome for any input and answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
      async (text, codes) => {
        const resolver = {
          query: async () => ({ kind: 'ok', records: codes, ttl: 1, aliases: [], authenticated: false }),
        };
        const outcome = await checkDnsbl({ ip: [text, ip], domain: [text, 'shop.example'] }, resolver as never, {
          key: text,
        });
        dnsblFindings(outcome);
        assert.ok(['listed', 'not-listed', 'unknown'].includes(outcome.result));
      },
    ),
    { numRuns: 300 },
  );
});
