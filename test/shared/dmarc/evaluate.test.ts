// Messages evaluated by DMARC: RFC 9989 sections 4.4, 4.7, 4.10.1, 4.10.2 and 5.3.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type DmarcInput, evaluateDmarc, isAligned, MAX_ALIGNMENT_WALKS } from '../../../shared/dmarc/evaluate.ts';
import { registrableDomain } from '../../../shared/dmarc/public-suffix.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const record = (tags: string) => ({ TXT: [`v=DMARC1; ${tags}`] });
const pass = (domain: string) => ({ domain, result: 'pass' });

describe('alignment, RFC 9989 section 4.4', () => {
  interface Case {
    name: string;
    tags: string;
    from?: string;
    spf?: DmarcInput['spf'];
    dkim?: DmarcInput['dkim'];
    zone?: Zone;
    result: string;
    spfReason?: string;
    dkimReason?: string;
  }
  const cases: Case[] = [
    {
      name: 'the same domain by SPF',
      tags: 'p=reject',
      spf: pass('shop.example'),
      result: 'pass',
      spfReason: 'same-domain',
    },
    {
      name: 'the same domain by DKIM',
      tags: 'p=reject',
      dkim: [pass('shop.example')],
      result: 'pass',
      dkimReason: 'same-domain',
    },
    {
      name: 'relaxed: a subdomain without a record of its own',
      tags: 'p=reject',
      spf: pass('bounce.shop.example'),
      result: 'pass',
      spfReason: 'same-organization',
    },
    {
      name: 'relaxed: the parent of the From domain',
      tags: 'p=reject',
      from: 'news.shop.example',
      dkim: [pass('shop.example')],
      result: 'pass',
      dkimReason: 'same-organization',
    },
    {
      name: 'relaxed: a sibling',
      tags: 'p=reject',
      from: 'news.shop.example',
      dkim: [pass('mta.shop.example')],
      result: 'pass',
      dkimReason: 'same-organization',
    },
    {
      name: 'strict wants the very domain, SPF',
      tags: 'p=reject; aspf=s',
      spf: pass('bounce.shop.example'),
      result: 'fail',
      spfReason: 'strict-wants-same-domain',
    },
    {
      name: 'strict wants the very domain, DKIM',
      tags: 'p=reject; adkim=s',
      dkim: [pass('mta.shop.example')],
      result: 'fail',
      dkimReason: 'strict-wants-same-domain',
    },
    {
      name: 'strict for one leaves the other relaxed',
      tags: 'p=reject; aspf=s',
      spf: pass('bounce.shop.example'),
      dkim: [pass('mta.shop.example')],
      result: 'pass',
    },
    {
      name: 'another organization',
      tags: 'p=reject',
      spf: pass('esp.example'),
      dkim: [pass('esp.example')],
      result: 'fail',
      spfReason: 'different-organization',
      dkimReason: 'different-organization',
    },
    {
      name: 'a name that only ends alike',
      tags: 'p=reject',
      dkim: [pass('workshop.example')],
      result: 'fail',
      dkimReason: 'different-organization',
    },
    {
      name: 'a subdomain that is an organization of its own (psd=n, 4.10.2)',
      tags: 'p=reject',
      dkim: [pass('lab.shop.example')],
      zone: { '_dmarc.lab.shop.example': record('p=none; psd=n') },
      result: 'fail',
      dkimReason: 'different-organization',
    },
    {
      name: 'a walk for each identifier: below another psd=y (4.10.2 rule 2)',
      tags: 'p=reject',
      from: 'giant.bank.example',
      dkim: [pass('mega.bank.example')],
      zone: { '_dmarc.bank.example': record('p=reject; psd=y'), '_dmarc.giant.bank.example': record('p=reject') },
      result: 'fail',
      dkimReason: 'different-organization',
    },
    { name: 'no identifier at all', tags: 'p=reject', result: 'fail' },
    {
      name: 'aligned, and does not pass',
      tags: 'p=reject',
      spf: { domain: 'shop.example', result: 'softfail' },
      result: 'fail',
    },
    {
      name: 'one signature of several is enough',
      tags: 'p=reject',
      dkim: [pass('esp.example'), { domain: 'shop.example', result: 'fail' }, pass('shop.example')],
      result: 'pass',
    },
    {
      name: 'capitals and U-labels',
      tags: 'p=reject',
      from: 'SHOP.example',
      spf: pass('Shop.Example.'),
      result: 'pass',
    },
    {
      name: 'an identifier that is not a domain',
      tags: 'p=reject',
      spf: pass('a..b'),
      result: 'fail',
      spfReason: 'bad-domain',
    },
  ];
  for (const { name, tags, from = 'shop.example', spf, dkim, zone = {}, result, spfReason, dkimReason } of cases) {
    test(name, async () => {
      const resolver = zoneResolver({ '_dmarc.shop.example': record(tags), ...zone });
      const outcome = await evaluateDmarc(
        { headerFrom: from, ...(spf === undefined ? {} : { spf }), ...(dkim === undefined ? {} : { dkim }) },
        resolver,
      );
      assert.equal(outcome.result, result);
      if (spfReason !== undefined) assert.equal(outcome.spf?.reason, spfReason);
      if (dkimReason !== undefined) assert.equal(outcome.dkim[0]?.reason, dkimReason);
      assert.equal(outcome.disposition, result === 'fail' ? outcome.policy : 'none');
      assert.equal(new Set(resolver.asked).size, resolver.asked.length, 'a name was asked for twice');
    });
  }
  test('isAligned', () => {
    const at = (domain: string, organizationalDomain: string | null = 'shop.example') => ({
      domain,
      organizationalDomain,
    });
    assert.equal(isAligned(at('shop.example'), at('mail.shop.example'), 'relaxed'), true);
    assert.equal(isAligned(at('shop.example'), at('mail.shop.example'), 'strict'), false);
    assert.equal(isAligned(at('shop.example'), at('esp.example', 'esp.example'), 'relaxed'), false);
    assert.equal(isAligned(at('shop.example', null), at('shop.example', null), 'relaxed'), true);
    assert.equal(isAligned(at('shop.example', null), at('mail.shop.example'), 'relaxed'), null);
  });
});

describe('the policy applied, RFC 9989 sections 4.7 and 4.10.1', () => {
  const cases: [name: string, tags: string, from: string, tag: string | undefined, policy: string | undefined][] = [
    ['p for the domain itself', 'p=reject; sp=none; np=none', 'shop.example', 'p', 'reject'],
    ['sp for a subdomain that exists', 'p=reject; sp=quarantine; np=none', 'www.shop.example', 'sp', 'quarantine'],
    ['p without sp', 'p=reject; np=none', 'www.shop.example', 'p', 'reject'],
    ['np for one that does not', 'p=reject; sp=quarantine; np=none', 'ghost.shop.example', 'np', 'none'],
    ['sp without np', 'p=reject; sp=quarantine', 'ghost.shop.example', 'sp', 'quarantine'],
    ['a name with another type only exists (RFC 8020)', 'p=none; np=reject', 'mx.shop.example', 'p', 'none'],
    ['a name above others exists (RFC 8020)', 'p=none; np=reject', 'empty.shop.example', 'p', 'none'],
    ['an alias to nowhere exists', 'p=none; np=reject', 'alias.shop.example', 'p', 'none'],
    ['t=y: reject becomes quarantine', 'p=reject; t=y', 'shop.example', 'p', 'quarantine'],
    ['t=y: quarantine becomes none', 'p=quarantine; t=y', 'shop.example', 'p', 'none'],
    ['t=y: none stays none', 'p=none; t=y', 'shop.example', 'p', 'none'],
    ['t=y for subdomains too', 'p=none; sp=reject; t=y', 'www.shop.example', 'sp', 'quarantine'],
    ['pct changes nothing', 'p=reject; pct=0', 'shop.example', 'p', 'reject'],
    ['an invalid policy with rua', 'p=bogus; rua=mailto:a@shop.example', 'shop.example', 'p', 'none'],
    ['no policy and no rua: no DMARC at all', 'adkim=s', 'shop.example', undefined, undefined],
  ];
  const zone: Zone = {
    'www.shop.example': { A: ['192.0.2.1'] },
    'mx.shop.example': { MX: ['10 mail.example'] },
    'a.empty.shop.example': { A: ['192.0.2.1'] },
    'alias.shop.example': { CNAME: ['gone.elsewhere.example'] },
  };
  for (const [name, tags, from, tag, policy] of cases) {
    test(name, async () => {
      const outcome = await evaluateDmarc(
        { headerFrom: from, spf: pass('esp.test') },
        zoneResolver({ ...zone, '_dmarc.shop.example': record(tags) }),
      );
      assert.equal(outcome.result, policy === undefined ? 'none' : 'fail');
      assert.equal(outcome.policyTag, tag);
      assert.equal(outcome.policy, policy);
      assert.equal(outcome.disposition, policy ?? 'none');
    });
  }
  test('existence is queried only where np differs', async () => {
    const resolver = zoneResolver({ '_dmarc.shop.example': record('p=reject; np=reject') });
    await evaluateDmarc({ headerFrom: 'ghost.shop.example' }, resolver);
    assert.ok(!resolver.asked.some((question) => question.startsWith('A ')));
  });
});

describe('what is not known, RFC 9989 sections 4.10.1 and 5.3', () => {
  const shop: Zone = { '_dmarc.shop.example': record('p=reject') };
  const cases: [name: string, zone: Zone, input: DmarcInput, result: string][] = [
    ['no record', {}, { headerFrom: 'shop.example', spf: pass('shop.example') }, 'none'],
    [
      'the policy did not answer',
      { '_dmarc.shop.example': { fail: 'servfail' } },
      { headerFrom: 'shop.example', spf: pass('shop.example') },
      'temperror',
    ],
    [
      'SPF of the domain may yet pass',
      shop,
      { headerFrom: 'shop.example', spf: { domain: 'shop.example', result: 'temperror' } },
      'temperror',
    ],
    [
      'SPF of a foreign domain never will',
      shop,
      { headerFrom: 'shop.example', spf: { domain: 'esp.test', result: 'temperror' } },
      'fail',
    ],
    [
      'a DKIM key that did not answer',
      shop,
      {
        headerFrom: 'shop.example',
        spf: { domain: 'shop.example', result: 'fail' },
        dkim: [{ domain: 'shop.example', result: 'temperror' }],
      },
      'temperror',
    ],
    [
      'a pass decides over what is open',
      shop,
      {
        headerFrom: 'shop.example',
        spf: { domain: 'shop.example', result: 'temperror' },
        dkim: [pass('shop.example')],
      },
      'pass',
    ],
    [
      'the walk of an identifier did not answer',
      { ...shop, '_dmarc.bad.shop.example': { fail: 'timeout' } },
      { headerFrom: 'shop.example', dkim: [pass('bad.shop.example')] },
      'temperror',
    ],
    [
      'the walk of a foreign identifier does not matter',
      { ...shop, '_dmarc.esp.test': { fail: 'timeout' } },
      { headerFrom: 'shop.example', dkim: [pass('esp.test')] },
      'fail',
    ],
    [
      'the organization is not known, the same domain is aligned',
      { ...shop, '_dmarc.example': { fail: 'timeout' } },
      { headerFrom: 'shop.example', dkim: [pass('shop.example')] },
      'pass',
    ],
    [
      'the organization is not known, a subdomain may be aligned',
      { ...shop, '_dmarc.example': { fail: 'timeout' } },
      { headerFrom: 'shop.example', dkim: [pass('a.shop.example')] },
      'temperror',
    ],
    [
      '… and another top-level domain is not',
      { ...shop, '_dmarc.example': { fail: 'timeout' } },
      { headerFrom: 'shop.example', dkim: [pass('esp.test')] },
      'fail',
    ],
    [
      'whether the subdomain exists did not answer',
      { '_dmarc.shop.example': record('p=none; np=reject'), 'x.shop.example': { fail: 'timeout' } },
      { headerFrom: 'x.shop.example' },
      'temperror',
    ],
    [
      '… which does not matter to mail that passes',
      { '_dmarc.shop.example': record('p=none; np=reject'), 'x.shop.example': { fail: 'timeout' } },
      { headerFrom: 'x.shop.example', dkim: [pass('x.shop.example')] },
      'pass',
    ],
    [
      'an address in the place of the From domain',
      {},
      { headerFrom: '[192.0.2.1]', spf: pass('shop.example') },
      'none',
    ],
    ['no From domain', {}, { headerFrom: '', spf: pass('shop.example') }, 'none'],
    ['a From domain that is none', {}, { headerFrom: 'a..b', spf: pass('shop.example') }, 'permerror'],
    [
      'a whole address is taken for its domain',
      shop,
      { headerFrom: 'me@shop.example', spf: pass('shop.example') },
      'pass',
    ],
  ];
  for (const [name, zone, input, result] of cases) {
    test(name, async () => {
      const outcome = await evaluateDmarc(input, zoneResolver(zone));
      assert.equal(outcome.result, result);
      assert.equal(outcome.unknown, result === 'temperror');
      if (result !== 'fail') assert.equal(outcome.disposition, 'none');
    });
  }
});

describe('limits', () => {
  test('a thousand signing domains cost ten walks', async () => {
    const resolver = zoneResolver({ '_dmarc.shop.example': record('p=reject') });
    const dkim = Array.from({ length: 1000 }, (_, i) => pass(`a.b.c.d.e.s${i}.shop.example`));
    const outcome = await evaluateDmarc({ headerFrom: 'shop.example', dkim }, resolver);
    assert.equal(outcome.result, 'pass');
    assert.ok(resolver.asked.length <= 8 + MAX_ALIGNMENT_WALKS * 7, `${resolver.asked.length} questions`);
    assert.ok(outcome.problems.some(({ id }) => id === 'too-many-identifiers'));
    assert.equal(outcome.dkim.length, 1000);
    assert.equal(outcome.dkim.at(-1)?.reason, 'not-looked-at');
  });
  test('those that pass are walked first', async () => {
    const dkim = [
      ...Array.from({ length: 100 }, (_, i) => ({ domain: `s${i}.shop.example`, result: 'fail' })),
      pass('mta.shop.example'),
    ];
    const resolver = zoneResolver({ '_dmarc.shop.example': record('p=reject') });
    assert.equal((await evaluateDmarc({ headerFrom: 'shop.example', dkim }, resolver)).result, 'pass');
  });
});

test('the result for receivers that use the public suffix list', async () => {
  // The shop has a record at mail.shop.example only: the tree walk ends there, the list says shop.example.
  const zone: Zone = { '_dmarc.mail.shop.example': record('p=reject') };
  const input = { headerFrom: 'mail.shop.example', dkim: [pass('shop.example')] };
  const outcome = await evaluateDmarc(input, zoneResolver(zone), { registrableDomain });
  assert.equal(outcome.result, 'fail');
  assert.equal(outcome.dkim[0]?.alignedBySuffixList, true);
  const without = await evaluateDmarc(input, zoneResolver(zone));
  assert.equal('alignedBySuffixList' in without.dkim[0]!, false);
});

test('no From domain, identifier or record makes the evaluation throw', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('shop.example', 'a.shop.example', '[::1]', '.', '@'),
  );
  const identifier = fc.record({ domain: text, result: fc.constantFrom('pass', 'fail', 'temperror', '') });
  await fc.assert(
    fc.asyncProperty(
      text,
      identifier,
      fc.array(identifier, { maxLength: 3 }),
      text,
      async (headerFrom, spf, dkim, tags) => {
        const resolver = zoneResolver({ '_dmarc.shop.example': { TXT: [`v=DMARC1; p=none; ${tags}`] } });
        const outcome = await evaluateDmarc({ headerFrom, spf, dkim }, resolver, { registrableDomain });
        assert.equal(outcome.dkim.length, dkim.length);
        assert.ok(Number.isFinite(outcome.ttl));
      },
    ),
    { numRuns: 500, seed: 9989 },
  );
});
