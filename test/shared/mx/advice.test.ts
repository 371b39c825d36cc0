// What is advised about mail hosts: whose they are, what was meant, and that each record cures what it is shown for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionOf, type Finding, textOf } from '../../../shared/findings/catalog.ts';
import { mxFindings } from '../../../shared/findings/host.rules.ts';
import { checkMx } from '../../../shared/mx/check.ts';
import { meantExchange } from '../../../shared/mx/names.ts';
import { isWithin } from '../../../shared/text/domain.ts';
import { type Zone, type ZoneRecords, zoneResolver } from '../../support/zone.ts';

const domain = 'shop.example';
const relay: Zone = { 'mail.shop.example': { A: ['192.0.2.7'] } };
const provider: Zone = {
  'mx.provider.example': { A: ['198.51.100.1'] },
  'mx2.provider.example': { A: ['198.51.100.2'] },
};
const mx = (...records: (string | { preference: number; exchange: string })[]): Zone => ({ [domain]: { MX: records } });

/** The zone with the record in it: an MX record replaces the one at fault, a record meant in TXT replaces the text. */
function withRecord(zone: Zone, { args }: Finding, record: { name: string; type: string; value: string }): Zone {
  const before: ZoneRecords = zone[record.name] ?? {};
  if (record.type !== 'MX') return { ...zone, [record.name]: { ...before, TXT: [], [record.type]: [record.value] } };
  const { host = '', hosts = [] } = args as { host?: string; hosts?: readonly string[] };
  const wrong = [host, ...hosts];
  const kept = (before.MX ?? []).filter((one) => {
    const exchange = typeof one === 'string' ? one.replace(/^\d+ /, '') : one.exchange;
    return !wrong.some((host) => host.replace(/^\d+ /, '') === exchange);
  });
  return { ...zone, [record.name]: { ...before, TXT: [], MX: [...kept, record.value] } };
}
const findingsOf = async (zone: Zone, name = domain) => mxFindings(await checkMx(name, zoneResolver(zone)));
const costing = (findings: readonly Finding[]) => findings.filter((found) => definitionOf(found).points > 0);

interface Case {
  what: string;
  zone: Zone;
  domain?: string;
  /** Findings with what they propose, `''` for no record. */
  finds: [string, string][];
  /** Words of the fix, in English. */
  says?: RegExp;
  never?: RegExp;
}
const cases: Case[] = [
  {
    what: "Microsoft's verification beside a real host",
    zone: { ...relay, ...mx('10 mail.shop.example', '32767 ms12345678.msv1.invalid') },
    finds: [
      ['mx.hosts', ''],
      ['mx.verification', ''],
    ],
    says: /[Dd]elete/,
    never: /A record/,
  },
  {
    what: "Google's verification beside a real host",
    zone: { ...relay, ...mx('10 mail.shop.example', '15 abcdef.mx-verification.google.com') },
    finds: [
      ['mx.hosts', ''],
      ['mx.verification', ''],
    ],
    never: /A record/,
  },
  {
    what: "Zoho's kind of verification",
    zone: { ...relay, ...mx('10 mail.shop.example', '20 zb12345678.zmverify.zoho.com') },
    finds: [
      ['mx.hosts', ''],
      ['mx.verification', ''],
    ],
  },
  {
    what: 'a filter that has "verify" in its name and an address is a mail host',
    zone: { ...mx('10 verify.provider.example'), 'verify.provider.example': { A: ['198.51.100.9'] } },
    finds: [['mx.hosts', '']],
  },
  {
    what: 'nothing but a verification: the domain cannot receive',
    zone: mx('32767 ms12345678.msv1.invalid'),
    finds: [
      ['mx.unreachable', ''],
      ['mx.verification', ''],
    ],
    says: /only verified the domain/,
    never: /A record/,
  },
  {
    what: "a provider's host without an address",
    zone: mx('0 shop-example.mail.protection.outlook.com'),
    finds: [
      ['mx.unreachable', ''],
      ['mx.no-address', ''],
    ],
    says: /panel of your mail service/,
    never: /Publish an A record|\(an A record\)/,
  },
  {
    what: "a provider's host without an address beside one that has it",
    zone: { ...provider, ...mx('10 mx.provider.example', '20 old.provider.example') },
    finds: [
      ['mx.hosts', ''],
      ['mx.no-address', ''],
    ],
    says: /not in your zone/,
    never: /A record/,
  },
  {
    what: "an address in a provider's TXT is none of this domain's records",
    zone: { ...mx('10 old.provider.example'), 'old.provider.example': { TXT: ['198.51.100.9'] } },
    finds: [
      ['mx.unreachable', ''],
      ['mx.no-address', ''],
    ],
  },
  {
    what: 'a host of the same owner above the checked domain',
    zone: { 'news.shop.example': { MX: ['10 gone.shop.example'] } },
    domain: 'news.shop.example',
    finds: [
      ['mx.unreachable', ''],
      ['mx.no-address', ''],
    ],
    says: /Publish an A record for gone\.shop\.example/,
  },
  {
    what: 'a lost final dot',
    zone: { ...provider, ...mx('10 mx.provider.example.shop.example') },
    finds: [['mx.misnamed', '10 mx.provider.example.']],
  },
  {
    what: 'a lost final dot of a known provider whose host has no address now',
    zone: mx('10 mx.yandex.net.shop.example'),
    finds: [['mx.misnamed', '']],
    says: /10 mx\.yandex\.net\./,
    never: /A record/,
  },
  {
    what: 'two lost dots are one cause',
    zone: { ...provider, ...mx('10 mx.provider.example.shop.example', '20 mx2.provider.example.shop.example') },
    finds: [['mx.misnamed', '']],
    says: /“10 mx\.provider\.example\.”, “20 mx2\.provider\.example\.”/,
  },
  {
    what: 'a lost final dot beside a host that works',
    zone: { ...provider, ...mx('10 mx.provider.example', '20 mx2.provider.example.shop.example') },
    finds: [
      ['mx.hosts', ''],
      ['mx.misnamed-host', '20 mx2.provider.example.'],
    ],
  },
  {
    what: 'the zone above was added',
    zone: { ...provider, 'news.shop.example': { MX: ['10 mx.provider.example.shop.example'] } },
    domain: 'news.shop.example',
    finds: [['mx.misnamed', '10 mx.provider.example.']],
  },
  {
    what: 'a wildcard answers for the name with the lost dot',
    zone: {
      ...provider,
      ...mx('10 mx.provider.example.shop.example'),
      'mx.provider.example.shop.example': { A: ['203.0.113.80'] },
      'mailshim-no-such-host.shop.example': { A: ['203.0.113.80'] },
    },
    finds: [
      ['mx.hosts', ''],
      ['mx.misnamed-host', '10 mx.provider.example.'],
    ],
  },
  {
    what: 'the domain twice',
    zone: { ...relay, ...mx('10 mail.shop.example.shop.example') },
    finds: [['mx.misnamed', '10 mail.shop.example.']],
  },
  {
    what: 'the domain three times',
    zone: { ...relay, ...mx('10 mail.shop.example.shop.example.shop.example') },
    finds: [['mx.misnamed', '10 mail.shop.example.']],
  },
  {
    what: 'the domain twice, and the host that was meant has no address',
    zone: mx('10 mail.shop.example.shop.example'),
    finds: [['mx.misnamed', '']],
    says: /10 mail\.shop\.example\./,
  },
  {
    what: 'the domain twice beside the right one',
    zone: { ...relay, ...mx('10 mail.shop.example', '20 mail.shop.example.shop.example') },
    finds: [
      ['mx.hosts', ''],
      ['mx.misnamed-host', ''],
    ],
  },
  {
    what: 'a host of the domain that is gone is no lost dot',
    zone: mx('10 mx1.eu.office.shop.example'),
    finds: [
      ['mx.unreachable', ''],
      ['mx.no-address', ''],
    ],
  },
  {
    what: 'one label',
    zone: { ...relay, ...mx('10 mail') },
    finds: [['mx.misnamed', '10 mail.shop.example.']],
  },
  {
    what: 'a host behind a content network',
    zone: { ...mx('10 mail.shop.example'), 'mail.shop.example': { A: ['104.21.5.5', '172.67.130.9'] } },
    finds: [['mx.web-only', '']],
    says: /must not be proxied/,
  },
  {
    what: 'such a host beside one that takes mail',
    zone: {
      ...provider,
      ...mx('10 mx.provider.example', '20 www.shop.example'),
      'www.shop.example': { A: ['23.227.38.65'] },
    },
    finds: [
      ['mx.hosts', ''],
      ['mx.web-only', ''],
    ],
  },
  {
    what: 'localhost, which every host is to itself',
    zone: mx('10 localhost'),
    finds: [
      ['mx.unreachable', ''],
      ['mx.no-address', ''],
    ],
    never: /A record/,
  },
  ...['"mx.provider.example"', 'mx.provider.example,', '<mx.provider.example>', 'https://mx.provider.example/'].map(
    (exchange): Case => ({
      what: `characters around the name: ${exchange}`,
      zone: { ...provider, ...mx({ preference: 10, exchange }) },
      finds: [['mx.misnamed', '10 mx.provider.example.']],
    }),
  ),
  {
    what: 'the preference in the field of the name, and the zone added',
    zone: { ...provider, ...mx({ preference: 10, exchange: '10 mx.provider.example.shop.example' }) },
    finds: [['mx.misnamed', '10 mx.provider.example.']],
  },
  {
    what: 'an address, and a name of the domain has it',
    zone: { ...relay, ...mx('5 192.0.2.7') },
    finds: [
      ['mx.unreachable', ''],
      ['mx.address', '5 mail.shop.example.'],
    ],
  },
  {
    what: 'an address with the zone added',
    zone: { ...relay, ...mx('5 192.0.2.7.shop.example') },
    finds: [
      ['mx.unreachable', ''],
      ['mx.address', '5 mail.shop.example.'],
    ],
  },
  {
    what: 'an address that is not that of mail.DOMAIN',
    zone: { ...relay, ...mx('5 192.0.2.99') },
    finds: [
      ['mx.unreachable', ''],
      ['mx.address', ''],
    ],
  },
  {
    what: 'an alias in the own zone keeps its preference',
    zone: { ...provider, ...mx('30 mx.shop.example'), 'mx.shop.example': { CNAME: ['mx.provider.example'] } },
    finds: [
      ['mx.hosts', ''],
      ['mx.alias', '30 mx.provider.example.'],
    ],
  },
  {
    what: 'an alias of a host that is listed as well',
    zone: {
      ...relay,
      ...mx('10 mail.shop.example', '20 mx.shop.example'),
      'mx.shop.example': { CNAME: ['mail.shop.example'] },
    },
    finds: [
      ['mx.hosts', ''],
      ['mx.alias', ''],
    ],
    says: /Delete this MX record/,
  },
  {
    what: "an alias in the provider's zone",
    zone: { ...provider, ...mx('10 in.provider.example'), 'in.provider.example': { CNAME: ['mx.provider.example'] } },
    finds: [
      ['mx.hosts', ''],
      ['mx.alias', ''],
    ],
    says: /not in your zone/,
  },
  {
    what: 'an alias that leads nowhere is one finding',
    zone: { ...mx('10 mx.shop.example'), 'mx.shop.example': { CNAME: ['gone.provider.example'] } },
    finds: [
      ['mx.unreachable', ''],
      ['mx.no-address', ''],
    ],
    says: /gone\.provider\.example is not in your zone/,
  },
  {
    what: 'a host with IPv6 alone',
    zone: { ...mx('10 mail.shop.example'), 'mail.shop.example': { AAAA: ['2001:db8::7'] } },
    finds: [['mx.hosts', '']],
  },
  {
    what: 'several null MX',
    zone: mx('0 .', '10 .'),
    finds: [['mx.null', '']],
  },
  {
    what: 'no MX, and mail.DOMAIN has an address',
    zone: { ...relay, [domain]: { TXT: ['v=spf1 -all'] } },
    finds: [['mx.none', '10 mail.shop.example.']],
  },
  {
    what: 'no MX, and mail.DOMAIN has an address of IPv6 alone',
    zone: { 'mail.shop.example': { AAAA: ['2001:db8::7'] }, [domain]: { TXT: ['v=spf1 -all'] } },
    finds: [['mx.none', '10 mail.shop.example.']],
  },
  {
    what: 'no MX, and no host that could be named',
    zone: { [domain]: { TXT: ['v=spf1 -all'] } },
    finds: [['mx.none', '']],
  },
  {
    what: 'no MX, and mail.DOMAIN is an alias',
    zone: { ...provider, [domain]: { TXT: ['x'] }, 'mail.shop.example': { CNAME: ['mx.provider.example'] } },
    finds: [['mx.none', '']],
  },
  {
    what: 'no MX, and mail.DOMAIN has an address for inside a network',
    zone: { [domain]: { TXT: ['x'] }, 'mail.shop.example': { A: ['10.0.0.1'] } },
    finds: [['mx.none', '']],
  },
  {
    what: 'mail goes to the web server, and mail.DOMAIN has an address',
    zone: { ...relay, [domain]: { A: ['203.0.113.80'] } },
    finds: [['mx.implicit', '10 mail.shop.example.']],
  },
  {
    what: 'mail goes to the web server, and there is no other host',
    zone: { [domain]: { A: ['203.0.113.80'] } },
    finds: [['mx.implicit', '']],
  },
  {
    what: 'MX as TXT, and its host has an address',
    zone: { 'post.shop.example': { A: ['192.0.2.7'] }, [domain]: { TXT: ['MX 5 post.shop.example.'] } },
    finds: [
      ['mx.none', '5 post.shop.example.'],
      ['mx.in-txt', '5 post.shop.example.'],
    ],
  },
  {
    what: 'MX as TXT, and its host has no address',
    zone: { [domain]: { TXT: ['MX 5 post.shop.example.'] } },
    finds: [
      ['mx.none', ''],
      ['mx.in-txt', ''],
    ],
  },
  {
    what: 'MX as TXT beside an MX record that works is a leftover',
    zone: { ...relay, ...provider, [domain]: { MX: ['10 mx.provider.example'], TXT: ['10 mail.shop.example'] } },
    finds: [['mx.hosts', '']],
  },
  {
    what: "a host's address as TXT",
    zone: { ...mx('10 mail.shop.example'), 'mail.shop.example': { TXT: ['192.0.2.7'] } },
    finds: [
      ['mx.unreachable', ''],
      ['mx.no-address', ''],
      ['mx.in-txt', '192.0.2.7'],
    ],
  },
  {
    what: "a host's private address as TXT",
    zone: { ...mx('10 mail.shop.example'), 'mail.shop.example': { TXT: ['10.0.0.1'] } },
    finds: [
      ['mx.unreachable', ''],
      ['mx.no-address', ''],
      ['mx.in-txt', ''],
    ],
  },
];

for (const { what, zone, domain: name = domain, finds, says, never } of cases) {
  test(what, async () => {
    const found = await findingsOf(zone, name);
    const proposals = found.map((one) => [one.id, textOf(one, 'en').record?.value ?? '']);
    assert.deepEqual(proposals, finds);
    const fixes = found.map((one) => textOf(one, 'en').fix ?? '').join('\n');
    if (says !== undefined) assert.match(fixes, says);
    if (never !== undefined) assert.doesNotMatch(fixes, never);

    for (const one of found) {
      const { record } = textOf(one, 'en');
      assert.deepEqual(textOf(one, 'ru').record, record);
      if (record === undefined) continue;
      assert.ok(isWithin(record.name, name), record.name);
      const after = await findingsOf(withRecord(zone, one, record), name);
      assert.ok(!after.some(({ id }) => id === one.id), `${one.id} is still there`);
      const before = new Set(costing(found).map(({ id }) => id));
      assert.deepEqual(
        costing(after).filter(({ id }) => !before.has(id)),
        [],
      );
    }
  });
}

test('what an exchange was meant to be', () => {
  const table: [string, string, string | null][] = [
    ['mx.yandex.net.shop.example', domain, 'suffix mx.yandex.net'],
    [
      'shop-example.mail.protection.outlook.com.shop.example',
      domain,
      'suffix shop-example.mail.protection.outlook.com',
    ],
    ['mail.shop.example.shop.example', domain, 'doubled mail.shop.example'],
    ['shop.example.shop.example', domain, 'doubled shop.example'],
    ['mail.shop.example.shop.example', 'news.shop.example', 'doubled mail.shop.example'],
    ['"mx.yandex.net".shop.example', domain, 'suffix mx.yandex.net'],
    ['mx\\03210\\032mx.yandex.net', domain, 'characters mx.yandex.net'],
    ['10\\032mx.yandex.net', domain, 'characters mx.yandex.net'],
    ['mx.yandex.net:25', domain, 'characters mx.yandex.net'],
    ['mx.yandex.net..', domain, 'characters mx.yandex.net'],
    ['mail', domain, 'one-label mail.shop.example'],
    ['mail.ru.shop.example', domain, null],
    ['mail.shop.example', domain, null],
    ['mx.yandex.net', domain, null],
    ['my_mail.shop.example', domain, null],
    ['1.2.3.shop.example', domain, null],
    ['', domain, null],
  ];
  assert.deepEqual(
    table.map(([exchange, name]) => {
      const meant = meantExchange(exchange, name);
      return [exchange, name, meant === undefined ? null : `${meant.cause} ${meant.name}`];
    }),
    table,
  );
});

test('a stored report of an older version still renders, without a record', () => {
  const old = { domain, host: 'mx.shop.example', target: 'mail.shop.example', preference: 10 };
  for (const id of ['mx.alias', 'mx.address', 'mx.no-address', 'mx.unreachable'] as const) {
    const found = { id, args: { ...old, hosts: ['10 mx.shop.example'] } } as unknown as Finding;
    for (const language of ['en', 'ru'] as const) {
      const text = textOf(found, language);
      assert.equal(text.record, undefined, id);
      assert.doesNotMatch(JSON.stringify(text), /undefined/);
    }
  }
});
