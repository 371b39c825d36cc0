// PTR, its confirmation and HELO (RFC 8601 section 3, RFC 5321 section 4.1.4), against a zone in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../../shared/findings/catalog.ts';
import { reverseFindings } from '../../../shared/findings/host.rules.ts';
import { genericReason } from '../../../shared/rdns/generic-name.ts';
import {
  checkReverse,
  MAX_PTR_NAMES,
  type ReverseProblemId,
  type ReverseResult,
} from '../../../shared/rdns/reverse.ts';
import { parseIp } from '../../../shared/text/ip.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const ip = '192.0.2.7';
const arpa = '7.2.0.192.in-addr.arpa';
const six = '2001:db8::7';
const sixArpa = `7.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`;
const good: Zone = { [arpa]: { PTR: ['mail.shop.example'] }, 'mail.shop.example': { A: [ip], AAAA: [six] } };

interface Case {
  what: string;
  zone: Zone;
  ip?: string;
  helo?: string;
  result: ReverseResult;
  problems: ReverseProblemId[];
  findings: string[];
}
const cases: Case[] = [
  {
    what: 'RFC 8601 section 3: a name that leads back',
    zone: good,
    result: 'pass',
    problems: [],
    findings: ['ptr.confirmed'],
  },
  {
    what: 'RFC 3596 section 2.5: IPv6 by nibbles',
    zone: { ...good, [sixArpa]: { PTR: ['mail.shop.example'] } },
    ip: six,
    helo: 'mail.shop.example',
    result: 'pass',
    problems: [],
    findings: ['ptr.confirmed'],
  },
  { what: 'NXDOMAIN', zone: {}, result: 'permerror', problems: ['no-ptr'], findings: ['ptr.none'] },
  { what: 'NODATA', zone: { [arpa]: {} }, result: 'permerror', problems: ['no-ptr'], findings: ['ptr.none'] },
  {
    what: 'a name with another address',
    zone: { ...good, 'mail.shop.example': { A: ['192.0.2.8'] } },
    result: 'fail',
    problems: ['not-confirmed'],
    findings: ['ptr.not-confirmed'],
  },
  {
    what: 'a name with an address of the other version only',
    zone: { ...good, 'mail.shop.example': { AAAA: [six] } },
    result: 'fail',
    problems: ['not-confirmed'],
    findings: ['ptr.not-confirmed'],
  },
  {
    what: 'a forgotten final dot',
    zone: { [arpa]: { PTR: ['mail.shop.example.2.0.192.in-addr.arpa'] } },
    result: 'fail',
    problems: ['arpa-name', 'not-confirmed'],
    findings: ['ptr.arpa'],
  },
  {
    what: 'the reverse name itself',
    zone: { [arpa]: { PTR: [arpa] } },
    result: 'fail',
    problems: ['arpa-name', 'not-confirmed'],
    findings: ['ptr.arpa'],
  },
  {
    what: 'no host name',
    zone: { [arpa]: { PTR: ['my_server.shop.example'] } },
    result: 'fail',
    problems: ['bad-name', 'not-confirmed'],
    findings: ['ptr.bad-name'],
  },
  {
    what: 'one of several names leads back',
    zone: { ...good, [arpa]: { PTR: ['gone.shop.example', 'mail.shop.example'] } },
    result: 'pass',
    problems: ['several-names'],
    findings: ['ptr.confirmed', 'ptr.several'],
  },
  {
    what: 'the name of a provider',
    zone: { [arpa]: { PTR: ['host-192-0-2-7.isp.example'] }, 'host-192-0-2-7.isp.example': { A: [ip] } },
    result: 'pass',
    problems: ['generic-name'],
    findings: ['ptr.confirmed', 'ptr.generic'],
  },
  {
    what: 'the name of a provider that does not lead back: one name is asked for, and with it both are solved',
    zone: { [arpa]: { PTR: ['host-192-0-2-7.isp.example'] } },
    result: 'fail',
    problems: ['generic-name', 'not-confirmed'],
    findings: ['ptr.not-confirmed'],
  },
  {
    what: 'no answer to PTR',
    zone: { [arpa]: { fail: 'servfail' } },
    result: 'temperror',
    problems: ['no-answer'],
    findings: ['ptr.unknown'],
  },
  {
    what: 'no answer to the confirmation: not known, and no failure',
    zone: { ...good, 'mail.shop.example': { fail: 'timeout' } },
    result: 'temperror',
    problems: ['no-answer'],
    findings: ['ptr.unknown'],
  },
  {
    what: 'one name confirms, another is not answered',
    zone: { ...good, [arpa]: { PTR: ['mail.shop.example', 'other.example'] }, 'other.example': { fail: 'timeout' } },
    result: 'pass',
    problems: ['several-names', 'no-answer'],
    findings: ['ptr.unknown', 'ptr.confirmed', 'ptr.several'],
  },
  {
    what: 'a private address',
    zone: {},
    ip: '10.1.2.3',
    result: 'permerror',
    problems: ['reserved-address'],
    findings: ['ptr.reserved'],
  },
  {
    what: 'an IPv6 link-local address',
    zone: {},
    ip: 'fe80::1',
    result: 'permerror',
    problems: ['reserved-address'],
    findings: ['ptr.reserved'],
  },
  { what: 'no address', zone: {}, ip: '192.0.2', result: 'permerror', problems: ['bad-address'], findings: [] },
  {
    what: 'RFC 5321 section 2.3.5: a HELO name of one label',
    zone: good,
    helo: 'localhost',
    result: 'pass',
    problems: ['helo-not-qualified'],
    findings: ['ptr.confirmed', 'helo.not-qualified'],
  },
  {
    what: 'a HELO name that only the local network knows',
    zone: good,
    helo: 'web1.localdomain',
    result: 'pass',
    problems: ['helo-not-qualified'],
    findings: ['ptr.confirmed', 'helo.not-qualified'],
  },
  {
    what: 'an address literal as HELO',
    zone: good,
    helo: '[192.0.2.7]',
    result: 'pass',
    problems: ['helo-address'],
    findings: ['ptr.confirmed', 'helo.address'],
  },
  {
    what: 'a HELO name without an address',
    zone: good,
    helo: 'gone.shop.example',
    result: 'pass',
    problems: ['helo-no-address'],
    findings: ['ptr.confirmed', 'helo.wrong-address'],
  },
  {
    what: 'a HELO name of another address',
    zone: { ...good, 'www.shop.example': { A: ['192.0.2.99'] } },
    helo: 'www.shop.example',
    result: 'pass',
    problems: ['helo-other-address'],
    findings: ['ptr.confirmed', 'helo.wrong-address'],
  },
  {
    what: 'a HELO name that leads here, beside another in PTR',
    zone: { ...good, 'shop.example': { A: [ip] } },
    helo: 'shop.example',
    result: 'pass',
    problems: ['helo-not-ptr'],
    findings: ['ptr.confirmed', 'helo.not-ptr'],
  },
  {
    what: 'without a PTR record the HELO name is not blamed for differing',
    zone: { 'shop.example': { A: [ip] } },
    helo: 'shop.example',
    result: 'permerror',
    problems: ['no-ptr'],
    findings: ['ptr.none'],
  },
  {
    what: 'no answer about the HELO name',
    zone: { ...good, 'shop.example': { fail: 'timeout' } },
    helo: 'shop.example',
    result: 'pass',
    problems: ['helo-not-ptr', 'no-answer'],
    findings: ['ptr.unknown', 'ptr.confirmed', 'helo.not-ptr'],
  },
  {
    what: 'RFC 4343: case and the final dot do not count; U-labels are A-labels',
    zone: {
      [arpa]: { PTR: ['MAIL.xn--bcher-kva.example.'] },
      'mail.xn--bcher-kva.example': { A: [ip] },
    },
    helo: 'mail.bücher.example.',
    result: 'pass',
    problems: [],
    findings: ['ptr.confirmed'],
  },
];

for (const { what, zone, ip: address = ip, helo, result, problems, findings } of cases) {
  test(what, async () => {
    const outcome = await checkReverse(address, helo, zoneResolver(zone));
    assert.equal(outcome.result, result);
    assert.deepEqual(
      outcome.problems.map(({ id }) => id),
      problems,
    );
    const found = reverseFindings(outcome);
    assert.deepEqual(
      found.map(({ id }) => id),
      findings,
    );
    for (const one of found)
      assert.doesNotMatch(JSON.stringify([textOf(one, 'en'), textOf(one, 'ru')]), /undefined|null/);
    assert.equal(outcome.ttl === 0, outcome.unknown.length > 0 || outcome.reverseName === '' || outcome.reserved);
  });
}

test('the proposed name is the one that the server uses; the record is not in the own zone', async () => {
  const outcome = await checkReverse(ip, 'mail.shop.example', zoneResolver({ 'mail.shop.example': { A: [ip] } }));
  const [found] = reverseFindings(outcome);
  assert.ok(textOf(found!, 'en').fix?.includes('mail.shop.example'));
  assert.equal(textOf(found!, 'en').record, undefined);
});

test('a missing dot: the text has the intended name', async () => {
  const zone = { [arpa]: { PTR: ['mail.shop.example.2.0.192.in-addr.arpa'] }, 'mail.shop.example': { A: [ip] } };
  const outcome = await checkReverse(ip, undefined, zoneResolver(zone));
  assert.equal(outcome.intended, 'mail.shop.example');
  assert.ok(textOf(reverseFindings(outcome)[0]!, 'ru').fix?.includes('mail.shop.example'));
});

test('two hundred names cost no more than the limit', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `h${index}.example.org`);
  const resolver = zoneResolver({ [arpa]: { PTR: names } });
  const outcome = await checkReverse(ip, 'a.example.org', resolver);
  assert.equal(resolver.asked.length, 1 + MAX_PTR_NAMES + 1);
  assert.ok(outcome.problems.some(({ id }) => id === 'too-many-names'));
});

test('there is an outcome for any input and names', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      fc.string(),
      async (first, helo, name) => {
        for (const address of [first, ip]) {
          const resolver = {
            query: async () => ({ kind: 'ok', records: [name], ttl: 1, aliases: [], authenticated: false }),
          };
          const outcome = await checkReverse(address, helo, resolver as never);
          assert.ok(['pass', 'fail', 'permerror', 'temperror'].includes(outcome.result));
          reverseFindings(outcome);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('names assigned by a provider, and names chosen by the owner', () => {
  const table: [string, string, string | null][] = [
    ['host-203-0-113-7.isp.example', '203.0.113.7', 'address'],
    ['7.113.0.203.isp.example', '203.0.113.7', 'address'],
    ['cb007107.a.isp.example', '203.0.113.7', 'address'],
    ['203000113007.pool.isp.example', '203.0.113.7', 'address'],
    ['static.7.113.0.203.clients.host.example', '203.0.113.7', 'address'],
    ['2001-db8-0-1--2.v6.isp.example', '2001:db8:0:1::2', 'address'],
    ['20010db8000000010000000000000002.isp.example', '2001:db8:0:1::2', 'address'],
    ['dyn-17.city.isp.example', '203.0.113.7', 'dynamic'],
    ['adsl12.isp.example', '203.0.113.7', 'dynamic'],
    ['vps-4a3b.host.example', '203.0.113.7', 'customer'],
    ['mail.shop.example', '203.0.113.7', null],
    ['shop7.example.org', '203.0.113.7', null],
    ['a8-29.smtp-out.sender.example', '54.240.8.29', null],
    ['www.cable.example', '203.0.113.7', null],
    ['mail-pool-3.sender.example', '203.0.113.7', null],
    ['s1.example.org', '1.1.1.1', null],
  ];
  assert.deepEqual(
    table.map(([name, address]) => [name, genericReason(name, parseIp(address)!)]),
    table.map(([name, , reason]) => [name, reason]),
  );
});

test('a stored report of an older version still renders', () => {
  const table = [
    { id: 'ptr.none', args: { ip, reverseName: arpa, wanted: 'mail.shop.example' } },
    { id: 'ptr.not-confirmed', args: { ip, name: 'mail.shop.example', addresses: [] } },
    { id: 'ptr.arpa', args: { ip, reverseName: arpa, name: arpa, intended: '' } },
    { id: 'ptr.bad-name', args: { ip, name: 'my_server' } },
    { id: 'helo.wrong-address', args: { helo: 'mail.shop.example', ip, addresses: [] } },
  ];
  for (const found of table) {
    for (const language of ['en', 'ru'] as const) {
      assert.doesNotMatch(JSON.stringify(textOf(found as never, language)), /undefined/);
    }
  }
});
