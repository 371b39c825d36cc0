// A domain's DMARC without a message: report destinations (RFC 9990 section 4), misplaced records, the suffix list.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_REPORT_DESTINATIONS } from '../../../shared/dmarc/destinations.ts';
import { inspectDmarc } from '../../../shared/dmarc/inspect.ts';
import { registrableDomain } from '../../../shared/dmarc/public-suffix.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const record = (tags: string) => ({ TXT: [`v=DMARC1; ${tags}`] });

describe('report destinations, RFC 9990 section 4', () => {
  const cases: [name: string, rua: string, zone: Zone, statuses: string[]][] = [
    ['the domain itself', 'mailto:a@shop.example', {}, ['own']],
    ['a subdomain of the same organization', 'mailto:a@reports.shop.example', {}, ['own']],
    [
      'a subdomain that is an organization of its own',
      'mailto:a@lab.shop.example',
      { '_dmarc.lab.shop.example': record('p=none; psd=n') },
      ['refused'],
    ],
    ['no consent', 'mailto:a@reports.test', {}, ['refused']],
    [
      'consent',
      'mailto:a@reports.test',
      { 'shop.example._report._dmarc.reports.test': { TXT: ['v=DMARC1'] } },
      ['authorized'],
    ],
    [
      'consent with another address in it',
      'mailto:a@reports.test',
      { 'shop.example._report._dmarc.reports.test': { TXT: ['v=DMARC1; rua=mailto:b@reports.test'] } },
      ['authorized'],
    ],
    [
      'something else at the name is no consent',
      'mailto:a@reports.test',
      { 'shop.example._report._dmarc.reports.test': { TXT: ['v=spf1 -all', 'v=dmarc1'] } },
      ['refused'],
    ],
    [
      'no answer is neither',
      'mailto:a@reports.test',
      { 'shop.example._report._dmarc.reports.test': { fail: 'servfail' } },
      ['unknown'],
    ],
    [
      'each domain once, in order',
      'mailto:a@reports.test,mailto:b@reports.test,mailto:a@shop.example,https://reports.test/',
      {},
      ['refused', 'own'],
    ],
    [
      'not more than the limit',
      Array.from({ length: 8 }, (_, i) => `mailto:a@r${i}.test`).join(','),
      {},
      [...Array(MAX_REPORT_DESTINATIONS).fill('refused'), ...Array(8 - MAX_REPORT_DESTINATIONS).fill('not-asked')],
    ],
  ];
  for (const [name, rua, zone, statuses] of cases) {
    test(name, async () => {
      const inspection = await inspectDmarc(
        'shop.example',
        zoneResolver({ '_dmarc.shop.example': record(`p=none; rua=${rua}`), ...zone }),
      );
      assert.deepEqual(
        inspection.aggregateDestinations.map(({ status }) => status),
        statuses,
      );
      if (statuses.includes('unknown')) assert.equal(inspection.ttl, 0);
    });
  }
  test('the consent names the domain whose record it is, not the one that was checked', async () => {
    const zone: Zone = {
      '_dmarc.shop.example': record('p=none; rua=mailto:a@reports.test; ruf=mailto:f@reports.test'),
    };
    const { aggregateDestinations, failureDestinations } = await inspectDmarc('www.shop.example', zoneResolver(zone));
    assert.equal(aggregateDestinations[0]?.name, 'shop.example._report._dmarc.reports.test');
    assert.equal(failureDestinations[0]?.name, 'shop.example._report._dmarc.reports.test');
  });
});

describe('the policy that applies to the domain', () => {
  const cases: [domain: string, tags: string, policy: string | undefined][] = [
    ['shop.example', 'p=reject; sp=none', 'reject'],
    ['www.shop.example', 'p=reject; sp=none', 'none'],
    ['shop.example', 'p=reject; t=y', 'quarantine'],
    ['shop.example', 'adkim=s', undefined],
  ];
  for (const [domain, tags, policy] of cases) {
    test(`${tags} for ${domain}`, async () => {
      const inspection = await inspectDmarc(domain, zoneResolver({ '_dmarc.shop.example': record(tags) }));
      assert.equal(inspection.policy, policy);
    });
  }
});

describe('a misplaced record', () => {
  const cases: [name: string, zone: Zone, found: string | undefined][] = [
    ['at the domain itself', { 'shop.example': { TXT: ['v=spf1 -all', 'v=DMARC1; p=none'] } }, 'shop.example'],
    [
      'below the doubled name',
      { '_dmarc.shop.example.shop.example': record('p=none') },
      '_dmarc.shop.example.shop.example',
    ],
    ['nowhere', { 'shop.example': { TXT: ['v=spf1 -all'] } }, undefined],
    [
      'where the right one is there as well',
      { 'shop.example': record('p=none'), '_dmarc.shop.example': record('p=none') },
      undefined,
    ],
  ];
  for (const [name, zone, found] of cases) {
    test(name, async () => {
      assert.equal((await inspectDmarc('shop.example', zoneResolver(zone))).misplaced?.name, found);
    });
  }
});

describe('the public suffix list compared with the tree walk', () => {
  const cases: [name: string, domain: string, zone: Zone, differs: boolean][] = [
    ['a record at the registered domain', 'shop.example', { '_dmarc.shop.example': record('p=none') }, false],
    ['seen from below', 'www.shop.example', { '_dmarc.shop.example': record('p=none') }, false],
    ['no record at all', 'www.shop.example', {}, false],
    ['a record of the subdomain alone', 'mail.shop.example', { '_dmarc.mail.shop.example': record('p=none') }, true],
    ['a suffix of two labels', 'shop.co.uk', { '_dmarc.shop.co.uk': record('p=none') }, false],
    ['a record at a suffix that does not say so', 'shop.co.uk', { '_dmarc.co.uk': record('p=none') }, true],
    ['a record at a suffix that says so', 'shop.co.uk', { '_dmarc.co.uk': record('p=none; psd=y') }, false],
    [
      'a subdomain made an organization by psd=n',
      'lab.shop.example',
      { '_dmarc.lab.shop.example': record('p=none; psd=n') },
      true,
    ],
  ];
  for (const [name, domain, zone, differs] of cases) {
    test(name, async () => {
      assert.equal((await inspectDmarc(domain, zoneResolver(zone))).suffixList.differs, differs);
    });
  }
  test('registrable domains', () => {
    assert.equal(registrableDomain('a.b.shop.co.uk'), 'shop.co.uk');
    assert.equal(registrableDomain('me.github.io'), 'me.github.io');
    assert.equal(registrableDomain('co.uk'), null);
    assert.equal(registrableDomain('_x.shop.example'), 'shop.example');
  });
});

test('the questions of a whole inspection', async () => {
  const resolver = zoneResolver({
    '_dmarc.shop.example': record('p=none; rua=mailto:a@shop.example,mailto:a@reports.test'),
  });
  await inspectDmarc('shop.example', resolver);
  assert.deepEqual(resolver.asked.sort(), [
    'TXT _dmarc.example',
    'TXT _dmarc.shop.example',
    'TXT shop.example._report._dmarc.reports.test',
  ]);
});
