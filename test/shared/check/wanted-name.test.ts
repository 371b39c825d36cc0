// The advice for a sending address: each proposed name resolves to it once published, and replaces no other server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDomain } from '../../../shared/check/domain.ts';
import { definitionOf, type Finding, textOf } from '../../../shared/findings/catalog.ts';
import { parseIp, reverseName } from '../../../shared/text/ip.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const domain = 'shop.example';
const ip = '198.51.100.7';
const arpa = '7.100.51.198.in-addr.arpa';
const six = '2001:db8::7';
const other = ['203.0.113.25'];
const host = (name: string, A: readonly string[] = [ip]): Zone => ({ [name]: { A } });
const base: Zone = { [domain]: { A: ['203.0.113.80'], TXT: [`v=spf1 ip4:${ip} ip6:${six} -all`] } };
const taken: Zone = { ...host('mail.shop.example', other), ...host('relay.shop.example', other) };

const check = async (zone: Zone, ips: readonly string[], helo?: string) => {
  const resolver = zoneResolver(zone);
  const report = await checkDomain(
    { domain, ips, parts: ['ptr'], ...(helo === undefined ? {} : { helo }) },
    { resolver, now: new Date('2026-11-24T09:00:00Z'), clock: () => 0 },
  );
  return { findings: report.findings, asked: resolver.asked };
};
const recordOf = (found: Finding) => textOf(found, 'en').record;
const shown = (found: Finding) => {
  const record = recordOf(found);
  return record === undefined ? '' : `${record.name} ${record.type} ${record.value}`;
};

interface Case {
  what: string;
  zone: Zone;
  ips?: readonly string[];
  helo?: string;
  /** The finding of the PTR record and what it proposes. */
  finds: string;
  record: string;
  /** The name to ask for. */
  wanted: string;
}
const cases: Case[] = [
  {
    what: 'the HELO name leads to the address',
    zone: host('smtp.shop.example'),
    helo: 'smtp.shop.example',
    finds: 'ptr.none',
    record: `${arpa} PTR smtp.shop.example.`,
    wanted: 'smtp.shop.example',
  },
  {
    what: 'an MX host of the domain has the address',
    zone: { ...taken, ...host('mx1.shop.example'), [domain]: { ...base[domain], MX: ['10 mx1.shop.example'] } },
    finds: 'ptr.none',
    record: `${arpa} PTR mx1.shop.example.`,
    wanted: 'mx1.shop.example',
  },
  {
    what: 'mail.DOMAIN has the address',
    zone: host('mail.shop.example'),
    finds: 'ptr.none',
    record: `${arpa} PTR mail.shop.example.`,
    wanted: 'mail.shop.example',
  },
  {
    what: 'the domain itself has the address',
    zone: { ...taken, [domain]: { ...base[domain], A: [ip] } },
    finds: 'ptr.none',
    record: `${arpa} PTR shop.example.`,
    wanted: 'shop.example',
  },
  {
    what: 'mail.DOMAIN does not exist: its address first',
    zone: {},
    finds: 'ptr.none',
    record: `mail.shop.example A ${ip}`,
    wanted: 'mail.shop.example',
  },
  {
    what: 'mail.DOMAIN exists without an address',
    zone: { 'mail.shop.example': { TXT: ['x'] } },
    finds: 'ptr.none',
    record: `mail.shop.example A ${ip}`,
    wanted: 'mail.shop.example',
  },
  {
    what: 'mail.DOMAIN is another server, and so is the MX at a provider that has the address',
    zone: {
      ...host('mail.shop.example', other),
      ...host('mx1.provider.example'),
      [domain]: { ...base[domain], MX: ['10 mx1.provider.example'] },
    },
    finds: 'ptr.none',
    record: `relay.shop.example A ${ip}`,
    wanted: 'relay.shop.example',
  },
  {
    what: 'mail.DOMAIN has an address of the other version, which is not known to send',
    zone: { 'mail.shop.example': { AAAA: ['2001:db8::99'] } },
    finds: 'ptr.none',
    record: `relay.shop.example A ${ip}`,
    wanted: 'relay.shop.example',
  },
  {
    what: 'mail.DOMAIN is an alias',
    zone: { 'mail.shop.example': { CNAME: ['shop.example'] } },
    finds: 'ptr.none',
    record: `relay.shop.example A ${ip}`,
    wanted: 'relay.shop.example',
  },
  {
    what: 'relay.DOMAIN is taken, too',
    zone: taken,
    finds: 'ptr.none',
    record: `out.shop.example A ${ip}`,
    wanted: 'out.shop.example',
  },
  {
    what: 'all names are taken',
    zone: { ...taken, ...host('out.shop.example', ['203.0.113.26']) },
    finds: 'ptr.none',
    record: '',
    wanted: '',
  },
  {
    what: 'a wildcard answers for every name',
    zone: { ...taken, ...host('out.shop.example', other) },
    finds: 'ptr.none',
    record: `relay.shop.example A ${ip}`,
    wanted: 'relay.shop.example',
  },
  {
    what: 'no name could be looked up',
    zone: {
      'mail.shop.example': { fail: 'timeout' },
      'relay.shop.example': { fail: 'timeout' },
      'out.shop.example': { fail: 'timeout' },
    },
    finds: 'ptr.none',
    record: '',
    wanted: '',
  },
  {
    what: 'the HELO name of the domain has no address yet',
    zone: {},
    helo: 'smtp.shop.example',
    finds: 'ptr.none',
    record: `smtp.shop.example A ${ip}`,
    wanted: 'smtp.shop.example',
  },
  {
    what: "the HELO name is in another's zone",
    zone: {},
    helo: 'vps7.provider.example',
    finds: 'ptr.none',
    record: `mail.shop.example A ${ip}`,
    wanted: 'mail.shop.example',
  },
  {
    what: 'IPv6 beside an IPv4 address of the same host',
    zone: { ...host('mail.shop.example'), [arpa]: { PTR: ['mail.shop.example'] } },
    ips: [ip, six],
    finds: 'ptr.none',
    record: `mail.shop.example AAAA ${six}`,
    wanted: 'mail.shop.example',
  },
  {
    what: 'PTR holds a name of the domain without an address: one record is enough',
    zone: { [arpa]: { PTR: ['smtp.shop.example'] } },
    finds: 'ptr.not-confirmed',
    record: `smtp.shop.example A ${ip}`,
    wanted: 'smtp.shop.example',
  },
  {
    what: 'PTR holds the name of the web server: its address stays as it is',
    zone: { [arpa]: { PTR: ['shop.example'] } },
    finds: 'ptr.not-confirmed',
    record: `mail.shop.example A ${ip}`,
    wanted: 'mail.shop.example',
  },
  {
    what: 'PTR of an IPv6 address holds the name of the web server, which has IPv4 alone',
    zone: {
      [reverseName(parseIp(six)!)]: { PTR: ['www.shop.example'] },
      ...host('www.shop.example', ['203.0.113.80']),
    },
    ips: [six],
    finds: 'ptr.not-confirmed',
    record: `mail.shop.example AAAA ${six}`,
    wanted: 'mail.shop.example',
  },
  {
    what: 'PTR of an IPv6 address holds the name of the relay, which lacks it',
    zone: { [reverseName(parseIp(six)!)]: { PTR: ['smtp.shop.example'] }, ...host('smtp.shop.example') },
    ips: [six],
    finds: 'ptr.not-confirmed',
    record: `smtp.shop.example AAAA ${six}`,
    wanted: 'smtp.shop.example',
  },
  {
    what: 'PTR holds a name with the domain twice',
    zone: { ...host('mail.shop.example'), [arpa]: { PTR: ['mail.shop.example.shop.example'] } },
    finds: 'ptr.not-confirmed',
    record: `${arpa} PTR mail.shop.example.`,
    wanted: 'mail.shop.example',
  },
  {
    what: "PTR holds a name in another's zone",
    zone: { ...host('mail.shop.example'), [arpa]: { PTR: ['vps7.provider.example'] } },
    finds: 'ptr.not-confirmed',
    record: `${arpa} PTR mail.shop.example.`,
    wanted: 'mail.shop.example',
  },
  {
    what: 'a forgotten dot, and the name that was meant leads back',
    zone: { ...host('smtp.shop.example'), [arpa]: { PTR: ['smtp.shop.example.100.51.198.in-addr.arpa'] } },
    finds: 'ptr.arpa',
    record: `${arpa} PTR smtp.shop.example.`,
    wanted: 'smtp.shop.example',
  },
  {
    what: 'a forgotten dot, and the name that was meant has no address',
    zone: { [arpa]: { PTR: ['smtp.shop.example.100.51.198.in-addr.arpa'] } },
    finds: 'ptr.arpa',
    record: `smtp.shop.example A ${ip}`,
    wanted: 'smtp.shop.example',
  },
  {
    what: 'a forgotten dot, and the name that was meant is another server',
    zone: { ...taken, [arpa]: { PTR: ['mail.shop.example.100.51.198.in-addr.arpa'] } },
    finds: 'ptr.arpa',
    record: `out.shop.example A ${ip}`,
    wanted: 'out.shop.example',
  },
  {
    what: 'what cannot be a name',
    zone: { [arpa]: { PTR: ['my_server.shop.example'] } },
    finds: 'ptr.bad-name',
    record: `mail.shop.example A ${ip}`,
    wanted: 'mail.shop.example',
  },
];

for (const { what, zone: own, ips = [ip], helo, finds, record, wanted } of cases) {
  test(what, async () => {
    const zone = { ...base, ...own };
    const { findings } = await check(zone, ips, helo);
    const found = findings.find(({ id }) => id.startsWith('ptr.') && id !== 'ptr.confirmed')!;
    const args = found.args as { ip: string; wanted: string; publish: boolean };
    // The record in the domain's own zone, of the finding itself or of the step before it; the PTR record is not there.
    const proposing = findings.find(
      (one) => recordOf(one) !== undefined && textOf(one, 'en').record?.value === args.ip,
    );
    const published = record.includes(' PTR ') ? '' : record;
    assert.deepEqual(
      [found.id, proposing === undefined ? '' : shown(proposing), args.wanted],
      [finds, published, wanted],
    );
    if (proposing !== undefined) assert.deepEqual(textOf(proposing, 'ru').record, recordOf(proposing));
    for (const language of ['en', 'ru'] as const) {
      const { fix } = textOf(found, language);
      assert.ok(fix!.includes(args.ip));
      if (wanted !== '') assert.ok(fix!.includes(wanted), fix);
    }
    if (wanted === '') return;

    // Both steps are done: the address record where it is said to be needed, then the PTR record.
    const type = args.ip.includes(':') ? 'AAAA' : 'A';
    const address = args.publish ? { [wanted]: { ...zone[wanted], [type]: [args.ip] } } : {};
    const after = { ...zone, ...address, [reverseName(parseIp(args.ip)!)]: { PTR: [wanted] } };
    const left = (await check(after, ips, helo)).findings;
    const before = new Set(findings.map(({ id }) => id));
    assert.ok(!left.some(({ id }) => id === finds));
    assert.deepEqual(
      left.filter((one) => definitionOf(one).points > 0 && !before.has(one.id)).map(({ id }) => id),
      // A server that introduces itself by another's name has to change that as well.
      helo === 'vps7.provider.example' ? ['helo.wrong-address'].filter((id) => !before.has(id as never)) : [],
    );
  });
}

test('an address with a confirmed name costs no further query', async () => {
  const zone = { ...base, ...host('mail.shop.example'), [arpa]: { PTR: ['mail.shop.example'] } };
  const { asked } = await check(zone, [ip], 'mail.shop.example');
  assert.deepEqual(
    asked.filter((question) => /(?:MX|relay|out)/.test(question)),
    [],
  );
});

test('a missing name costs few questions', async () => {
  const { asked } = await check({ ...base, ...taken }, [ip]);
  assert.ok(asked.filter((question) => !question.startsWith('PTR')).length <= 8, asked.join(', '));
});

test('a name of the own domain does not count as a home connection', async () => {
  const table: [string, string[]][] = [
    ['vps.shop.example', ['ptr.confirmed']],
    ['home.shop.example', ['ptr.confirmed']],
    ['client.shop.example', ['ptr.confirmed']],
    ['static.eu.shop.example', ['ptr.confirmed']],
    ['198-51-100-7.shop.example', ['ptr.confirmed']],
    ['vps.provider.example', ['ptr.generic', 'ptr.confirmed']],
    ['home.othershop.example', ['ptr.generic', 'ptr.confirmed']],
    ['198-51-100-7.dyn.isp.example', ['ptr.generic', 'ptr.confirmed']],
  ];
  const results = await Promise.all(
    table.map(async ([name]) => {
      const { findings } = await check({ ...base, ...host(name), [arpa]: { PTR: [name] } }, [ip]);
      return [name, findings.map(({ id }) => id)];
    }),
  );
  assert.deepEqual(results, table);
});

test('a generic name of the own domain that does not resolve to the address is not confirmed', async () => {
  const { findings } = await check(
    { ...base, ...host('vps.shop.example', other), [arpa]: { PTR: ['vps.shop.example'] } },
    [ip],
  );
  assert.deepEqual(
    findings.map(({ id }) => id).filter((id) => id === 'ptr.not-confirmed' || id === 'ptr.generic'),
    ['ptr.not-confirmed'],
  );
});

test('an address record for the HELO name only where that name is free and the domain its own', async () => {
  const confirmed: Zone = { ...host('mail.shop.example'), [arpa]: { PTR: ['mail.shop.example'] } };
  const table: [string, Zone, string, string][] = [
    ['free, and there is no PTR record', {}, 'smtp.shop.example', `smtp.shop.example A ${ip}`],
    [
      'free, and the PTR record holds it',
      { [arpa]: { PTR: ['smtp.shop.example'] } },
      'smtp.shop.example',
      `smtp.shop.example A ${ip}`,
    ],
    ['free, and the PTR record holds another', confirmed, 'smtp.shop.example', ''],
    ["in another's zone", confirmed, 'smtp.provider.example', ''],
    ['the web server', confirmed, 'shop.example', ''],
  ];
  for (const [what, zone, helo, record] of table) {
    const { findings } = await check({ ...base, ...zone }, [ip], helo);
    const found = findings.find(({ id }) => id === 'helo.wrong-address');
    assert.ok(found !== undefined, what);
    assert.equal(shown(found), record, what);
  }
});
