// The tree walk, the organizational domain and policy discovery: RFC 9989 sections 4.10, 4.10.1 and 4.10.2.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { discoverPolicy } from '../../../shared/dmarc/discover.ts';
import { walkTargets } from '../../../shared/dmarc/walk.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

/** Only DMARC records: `{ 'shop.example': 'p=none' }`. */
function records(policies: Record<string, string | string[]>): Zone {
  return Object.fromEntries(
    Object.entries(policies).map(([domain, tags]) => [
      `_dmarc.${domain}`,
      { TXT: [tags].flat().map((one) => `v=DMARC1; ${one}`) },
    ]),
  );
}

describe('the names of a walk, RFC 9989 section 4.10 steps 3, 4 and 7', () => {
  const cases: [domain: string, targets: string[]][] = [
    ['example', ['example']],
    ['shop.example', ['shop.example', 'example']],
    ['a.mail.shop.example', ['a.mail.shop.example', 'mail.shop.example', 'shop.example', 'example']],
    // Seven labels are walked one by one; eight lose one as well, which is the same; more are cut to seven.
    ['1.2.3.4.5.6.e', ['1.2.3.4.5.6.e', '2.3.4.5.6.e', '3.4.5.6.e', '4.5.6.e', '5.6.e', '6.e', 'e']],
    [
      '0.1.2.3.4.5.6.e',
      ['0.1.2.3.4.5.6.e', '1.2.3.4.5.6.e', '2.3.4.5.6.e', '3.4.5.6.e', '4.5.6.e', '5.6.e', '6.e', 'e'],
    ],
    [
      'x.y.z.0.1.2.3.4.5.6.e',
      ['x.y.z.0.1.2.3.4.5.6.e', '1.2.3.4.5.6.e', '2.3.4.5.6.e', '3.4.5.6.e', '4.5.6.e', '5.6.e', '6.e', 'e'],
    ],
  ];
  for (const [domain, targets] of cases) test(domain, () => assert.deepEqual(walkTargets(domain), targets));
});

describe('organizational domain and policy', () => {
  interface Case {
    name: string;
    zone: Zone;
    domain: string;
    organization: string | null;
    policyDomain?: string;
    source?: string;
    status?: string;
  }
  const cases: Case[] = [
    {
      name: 'no record anywhere: the domain is its own organization (4.10.2, last sentence)',
      zone: {},
      domain: 'a.shop.example',
      organization: 'a.shop.example',
      status: 'none',
    },
    {
      name: 'the record with the fewest labels (4.10.2 rule 3)',
      zone: records({ 'mail.shop.example': 'p=none', 'shop.example': 'p=reject' }),
      domain: 'a.mail.shop.example',
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'organizational-domain',
    },
    {
      name: 'the own record applies, also with one at the organization (4.10.1)',
      zone: records({ 'mail.shop.example': 'p=none', 'shop.example': 'p=reject' }),
      domain: 'mail.shop.example',
      organization: 'shop.example',
      policyDomain: 'mail.shop.example',
      source: 'domain',
    },
    {
      name: 'psd=n ends the walk at the organization (rule 1)',
      zone: records({ 'mail.shop.example': 'p=none; psd=n', 'shop.example': 'p=reject' }),
      domain: 'a.mail.shop.example',
      organization: 'mail.shop.example',
      policyDomain: 'mail.shop.example',
      source: 'organizational-domain',
    },
    {
      name: 'psd=y: the organization is one label below, without a record the suffix applies (rule 2)',
      zone: records({ example: 'p=reject; psd=y' }),
      domain: 'a.mail.shop.example',
      organization: 'shop.example',
      policyDomain: 'example',
      source: 'public-suffix',
    },
    {
      name: 'psd=y above an organization with a record: the suffix is not used (4.10.1, note)',
      zone: records({ example: 'p=reject; psd=y', 'shop.example': 'p=none' }),
      domain: 'a.mail.shop.example',
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'organizational-domain',
    },
    {
      name: 'psd=y at the start of the walk is not a suffix above it (rule 2)',
      zone: records({ 'bank.example': 'p=reject; psd=y' }),
      domain: 'bank.example',
      organization: 'bank.example',
      policyDomain: 'bank.example',
      source: 'domain',
    },
    {
      name: 'psd=y under a top-level record: the walk has stopped before',
      zone: records({ 'co.example': 'p=none; psd=y', example: 'p=reject' }),
      domain: 'www.shop.co.example',
      organization: 'shop.co.example',
      policyDomain: 'co.example',
      source: 'public-suffix',
    },
    {
      name: 'psd=u counts like no psd at all',
      zone: records({ 'mail.shop.example': 'p=none; psd=u', 'shop.example': 'p=reject; psd=u' }),
      domain: 'a.mail.shop.example',
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'organizational-domain',
    },
    {
      name: 'several records at a name are all discarded, and the walk goes on (step 2)',
      zone: records({ 'mail.shop.example': ['p=none', 'p=reject'], 'shop.example': 'p=quarantine' }),
      domain: 'mail.shop.example',
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'organizational-domain',
    },
    {
      name: 'other records at the name do not count (step 2)',
      zone: { '_dmarc.shop.example': { TXT: ['v=spf1 -all', 'v=DMARC1; p=none', 'verification=1'] } },
      domain: 'shop.example',
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'domain',
    },
    {
      name: 'a record of another version is discarded',
      zone: { '_dmarc.mail.shop.example': { TXT: ['v=dmarc1; p=none'] }, ...records({ 'shop.example': 'p=none' }) },
      domain: 'mail.shop.example',
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'organizational-domain',
    },
    {
      name: 'character-strings are joined without blanks (section 4.5)',
      zone: { '_dmarc.shop.example': { TXT: [['v=DMARC1; p=re', 'ject'] as never] } },
      domain: 'shop.example',
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'domain',
    },
    {
      name: 'a record between the name and the seven labels is never seen (step 4)',
      zone: records({ '0.1.2.3.4.5.6.e': 'p=reject', '6.e': 'p=none' }),
      domain: 'y.0.1.2.3.4.5.6.e',
      organization: '6.e',
      policyDomain: '6.e',
      source: 'organizational-domain',
    },
    {
      name: 'no answer at the name itself: nothing is known (4.10.1)',
      zone: { '_dmarc.mail.shop.example': { fail: 'servfail' }, ...records({ 'shop.example': 'p=none' }) },
      domain: 'mail.shop.example',
      organization: null,
      status: 'unknown',
    },
    {
      name: 'no answer above the own record: the policy is known, the organization is not',
      zone: { '_dmarc.example': { fail: 'timeout' }, ...records({ 'shop.example': 'p=none' }) },
      domain: 'shop.example',
      organization: null,
      policyDomain: 'shop.example',
      source: 'domain',
    },
    {
      name: 'a missing answer above an end by psd is ignored',
      zone: { '_dmarc.example': { fail: 'timeout' }, ...records({ 'shop.example': 'p=none; psd=n' }) },
      domain: 'a.shop.example',
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'organizational-domain',
    },
    {
      name: 'a name too long for _dmarc has no record, and the walk goes on',
      zone: records({ 'shop.example': 'p=none' }),
      domain: `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(53)}.shop.example`,
      organization: 'shop.example',
      policyDomain: 'shop.example',
      source: 'organizational-domain',
    },
    {
      name: 'capitals, a trailing dot and U-labels',
      zone: records({ 'xn--80aswg.xn--p1ai': 'p=none' }),
      domain: 'Почта.Сайт.РФ.',
      organization: 'xn--80aswg.xn--p1ai',
      policyDomain: 'xn--80aswg.xn--p1ai',
      source: 'organizational-domain',
    },
  ];
  for (const { name, zone, domain, organization, policyDomain, source, status = 'found' } of cases) {
    test(name, async () => {
      const resolver = zoneResolver(zone);
      const found = await discoverPolicy(domain, resolver);
      assert.equal(found.status, status);
      assert.equal(found.organizationalDomain, organization);
      assert.equal(found.policyDomain, policyDomain);
      assert.equal(found.source, source);
      assert.ok(resolver.asked.length <= 8, `${resolver.asked.length} questions`);
    });
  }

  test('a text that is not a domain name has no policy and causes no query', async () => {
    for (const domain of [
      '',
      '[192.0.2.1]',
      '192.0.2.1',
      '2001:db8::1',
      'a..example',
      `${'x'.repeat(64)}.example`,
      'a b.example',
    ]) {
      const resolver = zoneResolver({});
      const found = await discoverPolicy(domain, resolver);
      assert.equal(found.status, 'none');
      assert.equal(found.problems[0]?.id, 'bad-domain');
      assert.deepEqual(resolver.asked, []);
    }
  });
  test('a hundred labels cost eight questions', async () => {
    const resolver = zoneResolver({});
    await discoverPolicy(`${'a.'.repeat(100)}shop.example`, resolver);
    assert.equal(resolver.asked.length, 8);
  });
  test('the smallest time to live of the names that count', async () => {
    const zone: Zone = {
      '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; psd=n'], ttl: 600 },
      '_dmarc.a.shop.example': { TXT: ['other'], ttl: 900 },
      '_dmarc.example': { TXT: ['other'], ttl: 5 },
    };
    assert.equal((await discoverPolicy('a.shop.example', zoneResolver(zone))).ttl, 600);
  });
  test('steps have the record at each name', async () => {
    const zone: Zone = {
      '_dmarc.a.b.shop.example': { TXT: ['v=DMARC1; p=none', 'v=DMARC1; p=none'] },
      '_dmarc.b.shop.example': { TXT: ['v=dmarc1; p=none'] },
      '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; psd=n'] },
    };
    const { steps, problems } = await discoverPolicy('a.b.shop.example', zoneResolver(zone));
    assert.deepEqual(
      steps.map(({ domain, status }) => `${domain} ${status}`),
      ['a.b.shop.example several', 'b.shop.example invalid', 'shop.example record', 'example beyond'],
    );
    assert.deepEqual(
      problems.map(({ id, name }) => `${id} ${name}`),
      ['several-records _dmarc.a.b.shop.example', 'version-case _dmarc.b.shop.example'],
    );
  });
});
