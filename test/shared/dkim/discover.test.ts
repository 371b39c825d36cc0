// Keys in DNS: inspection, discovery and their findings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discoverSelectors, MAX_SELECTORS } from '../../../shared/dkim/discover.ts';
import { inspectDkimKey } from '../../../shared/dkim/inspect.ts';
import { verifyDkim } from '../../../shared/dkim/verify.ts';
import { type Finding, textOf } from '../../../shared/findings/catalog.ts';
import { dkimDiscoveryFindings, dkimKeyFindings, dkimMessageFindings } from '../../../shared/findings/dkim.rules.ts';
import { deductions } from '../../../shared/findings/score.ts';
import { type Zone, type ZoneResolver, zoneResolver } from '../../support/zone.ts';
import { MESSAGES, NOW, testKey } from './fixtures.ts';

const D = 'shop.example';
const rsa = await testKey('rsa2048');
const short = await testKey('rsa1024');
const ed = await testKey('ed25519');
const ids = (findings: Finding[]) => findings.map((one) => one.id);
const points = (findings: Finding[]) => deductions(findings).reduce((sum, one) => sum + one, 0);

/** Every finding has a text without holes in both languages. */
function assertTexts(findings: Finding[]): void {
  for (const one of findings) {
    for (const language of ['en', 'ru'] as const) {
      const { title, detail, fix, record } = textOf(one, language);
      for (const text of [title, detail, fix ?? '', record?.value ?? ''])
        assert.doesNotMatch(text, /undefined|\[object|NaN/);
    }
  }
}

for (const [name, zone, expected, cost] of [
  ['a good key', { [`s._domainkey.${D}`]: { TXT: [rsa.record] } }, ['dkim.key-ok'], 0],
  [
    '1024 bits and t=y',
    { [`s._domainkey.${D}`]: { TXT: [`t=y; p=${short.publicKey}`] } },
    ['dkim.key-ok', 'dkim.key-short', 'dkim.key-testing'],
    0.5,
  ],
  ['nothing', { [D]: {} }, ['dkim.key-missing'], 2],
  ['revoked', { [`s._domainkey.${D}`]: { TXT: ['v=DKIM1; p='] } }, ['dkim.key-revoked'], 2],
  ['broken', { [`s._domainkey.${D}`]: { TXT: ['v=DKIM1; p=***'] } }, ['dkim.key-unusable'], 2],
  ['some other record', { [`s._domainkey.${D}`]: { TXT: ['hello'] } }, ['dkim.key-unusable'], 2],
  [
    'two keys',
    { [`s._domainkey.${D}`]: { TXT: [rsa.record, short.record] } },
    ['dkim.key-ok', 'dkim.key-several'],
    0.5,
  ],
  ['without _domainkey', { [`s.${D}`]: { TXT: [rsa.record] } }, ['dkim.key-misplaced'], 2],
  ['domain doubled', { [`s._domainkey.${D}.${D}`]: { TXT: [rsa.record] } }, ['dkim.key-misplaced'], 2],
  ['a dangling CNAME', { [`s._domainkey.${D}`]: { CNAME: ['s.dkim.provider.example'] } }, ['dkim.key-dangling'], 2],
  [
    'a CNAME to a key',
    { [`s._domainkey.${D}`]: { CNAME: ['k.p.example'] }, 'k.p.example': { TXT: [rsa.record] } },
    ['dkim.key-ok'],
    0,
  ],
  ['no answer', { [`s._domainkey.${D}`]: { fail: 'timeout' } }, ['dkim.unknown'], 0],
] as [string, Zone, string[], number][]) {
  test(`inspection of ${name}`, async () => {
    const findings = dkimKeyFindings(await inspectDkimKey(D, 's', zoneResolver(zone)));
    assert.deepEqual(ids(findings), expected);
    assert.equal(points(findings), cost);
    assertTexts(findings);
  });
}

test('a selector may be typed with what follows it', async () => {
  const zone = zoneResolver({ [`s._domainkey.${D}`]: { TXT: [rsa.record] } });
  for (const typed of ['s', ' S ', 's._domainkey', `s._domainkey.${D}`]) {
    assert.equal((await inspectDkimKey(D, typed, zone)).status, 'ok', typed);
  }
  assert.equal((await inspectDkimKey('a..b', 's', zone)).status, 'unknown');
});

test('the finding has the record to publish instead', async () => {
  const zone = zoneResolver({ [`s._domainkey.${D}`]: { TXT: [`v=DKIM1\\; k=rsa\\; p=${rsa.publicKey}`] } });
  const [found] = dkimKeyFindings(await inspectDkimKey(D, 's', zone));
  assert.deepEqual(textOf(found!, 'en').record, { name: `s._domainkey.${D}`, type: 'TXT', value: rsa.record });
});

const google = { mxHosts: ['aspmx.l.google.com'], spfTerms: ['include:_spf.google.com', 'include:sendgrid.net'] };
const none = { mxHosts: [], spfTerms: [] };

test('the providers of MX and SPF come first, and are found', async () => {
  const zone = zoneResolver({
    [`google._domainkey.${D}`]: { TXT: [rsa.record] },
    [`s1._domainkey.${D}`]: { CNAME: ['s1.sendgrid.example'] },
    's1.sendgrid.example': { TXT: [short.record] },
  });
  const outcome = await discoverSelectors({ domain: D, ...google }, zone);
  assert.equal(outcome.verdict, 'found');
  assert.deepEqual(outcome.providers, ['Google Workspace', 'SendGrid']);
  assert.deepEqual(
    outcome.tried.slice(0, 2).map((one) => [one.selector, one.provider, one.status]),
    [
      ['google', 'Google Workspace', 'ok'],
      ['s1', 'SendGrid', 'ok'],
    ],
  );
  assert.deepEqual(
    outcome.keys.map((key) => key.selector),
    ['google', 's1'],
  );
  assert.equal(outcome.tried.length, MAX_SELECTORS);
  assert.ok(zone.asked.length <= MAX_SELECTORS + 2);
});

test('nothing below _domainkey is proof once no candidate is answered either', async () => {
  const zone = zoneResolver({ [D]: { MX: ['10 mx.shop.example'] } });
  const outcome = await discoverSelectors({ domain: D, ...none }, zone, { selectors: 8 });
  assert.deepEqual([outcome.verdict, outcome.domainkey, outcome.tried.length], ['absent', 'absent', 8]);
  // The last is for a panel that appended the domain again.
  assert.equal(zone.asked.length, 10);
  assert.equal(zone.asked.at(-1), `TXT _domainkey.${D}.${D}`);
  const findings = dkimDiscoveryFindings(outcome);
  assert.deepEqual(ids(findings), ['dkim.absent']);
  assert.equal(points(findings), 2);
  assertTexts(findings);
});

test('a key at a doubled name is found without a selector, and the record goes where it belongs', async () => {
  const sub = `news.${D}`;
  for (const [domain, zone, type] of [
    [D, { [`mail._domainkey.${D}.${D}`]: { TXT: [rsa.record] } }, 'TXT'],
    [D, { [`s1._domainkey.${D}.${D}`]: { CNAME: ['s1.p.example'] }, 's1.p.example': { TXT: [rsa.record] } }, 'CNAME'],
    // The zone above was added.
    [sub, { [`dkim._domainkey.${sub}.${D}`]: { TXT: [rsa.record] }, [sub]: { A: ['192.0.2.1'] } }, 'TXT'],
  ] as [string, Zone, string][]) {
    const resolver = zoneResolver({ [domain]: {}, ...zone });
    const outcome = await discoverSelectors({ domain, ...none }, resolver, { selectors: 8 });
    assert.equal(outcome.verdict, 'found');
    const findings = dkimDiscoveryFindings(outcome);
    assert.deepEqual(ids(findings), ['dkim.key-misplaced']);
    const { record } = textOf(findings[0]!, 'en');
    assert.equal(record?.type, type);
    assert.equal(record?.name, outcome.keys[0]!.name);
    assert.ok(resolver.asked.length <= 20, String(resolver.asked.length));
  }
  // A wildcard that answers for the doubled name is not a key.
  const wild = zoneResolver({ [D]: {}, [`_domainkey.${D}.${D}`]: { A: ['192.0.2.1'] } });
  assert.equal((await discoverSelectors({ domain: D, ...none }, wild)).verdict, 'absent');
});

/** A name server that answers NXDOMAIN for names that only have names below them, against RFC 8020. */
function denying(zone: Zone): ZoneResolver {
  const inner = zoneResolver(zone);
  return {
    asked: inner.asked,
    query: async (name, type) => {
      const answer = await inner.query(name, type);
      if (answer.kind !== 'nodata' || name.toLowerCase() in zone || answer.aliases.length > 0) return answer;
      return { ...answer, kind: 'nxdomain' };
    },
  };
}

for (const [what, records, verdict, domainkey, keys] of [
  ['a key at the first candidate', { default: { TXT: [rsa.record] } }, 'found', 'exists', ['default']],
  ['a key at the second', { mail: { TXT: [rsa.record] } }, 'found', 'exists', ['mail']],
  ['a key at the third', { dkim: { TXT: [rsa.record] } }, 'found', 'exists', ['dkim']],
  ['a key at a later one', { selector1: { TXT: [rsa.record] } }, 'found', 'exists', ['selector1']],
  ['a broken key', { s1: { TXT: ['v=DKIM1; p=***'] } }, 'found', 'exists', ['s1']],
  ['a CNAME to nothing', { k1: { CNAME: ['k1.provider.example'] } }, 'not-found', 'exists', []],
  ['a key beyond the limit', { email: { TXT: [rsa.record] } }, 'absent', 'absent', []],
  ['no answer for one', { google: { fail: 'timeout' } }, 'unknown', 'unknown', []],
  [
    'no answer for one, a key at another',
    { google: { fail: 'budget' }, mail: { TXT: [rsa.record] } },
    'found',
    'exists',
    ['mail'],
  ],
] as [string, Zone, string, string, string[]][]) {
  test(`a server that denies _domainkey does not fool it: ${what}`, async () => {
    const zone: Zone = { [D]: {} };
    for (const [selector, one] of Object.entries(records)) zone[`${selector}._domainkey.${D}`] = one;
    const resolver = denying(zone);
    const outcome = await discoverSelectors({ domain: D, ...none }, resolver, { selectors: 8 });
    assert.deepEqual(
      [outcome.verdict, outcome.domainkey, outcome.keys.map((key) => key.selector)],
      [verdict, domainkey, keys],
    );
    assert.ok(resolver.asked.length <= 10, resolver.asked.join());
    const absent = ids(dkimDiscoveryFindings(outcome)).includes('dkim.absent');
    assert.equal(absent, verdict === 'absent');
  });
}

test('failed guesses never mean "no DKIM"', async () => {
  const zone = zoneResolver({ [`x7f3._domainkey.${D}`]: { TXT: [rsa.record] } });
  const outcome = await discoverSelectors({ domain: D, mxHosts: [], spfTerms: ['include:amazonses.com'] }, zone, {
    selectors: 3,
  });
  assert.equal(outcome.verdict, 'not-found');
  assert.equal(outcome.tried.length, 3);
  const findings = dkimDiscoveryFindings(outcome);
  assert.deepEqual(ids(findings), ['dkim.not-found']);
  assert.equal(points(findings), 0);
  const { detail } = textOf(findings[0]!, 'en');
  for (const one of outcome.tried) assert.ok(detail.includes(one.selector));
  assert.ok(detail.includes('Amazon SES'));
  const known = await discoverSelectors({ domain: D, ...none, known: ['x7f3'] }, zone, { selectors: 1 });
  assert.equal(known.verdict, 'found');
});

test('the answer of a wildcard is not a key', async () => {
  for (const record of [rsa.record, 'v=spf1 -all', 'v=DKIM1; p=']) {
    const wild = zoneResolver({ [`_domainkey.${D}`]: {} });
    const resolver = {
      query: ((name: string, type: 'TXT') =>
        name.endsWith(`._domainkey.${D}`)
          ? Promise.resolve({ kind: 'ok', records: [[record]], ttl: 60, aliases: [], authenticated: false })
          : wild.query(name, type)) as typeof wild.query,
    };
    const outcome = await discoverSelectors({ domain: D, ...google }, resolver);
    assert.deepEqual([outcome.wildcard, outcome.verdict, outcome.keys], [true, 'not-found', []]);
    assert.deepEqual(ids(dkimDiscoveryFindings(outcome)), ['dkim.wildcard', 'dkim.not-found']);
  }
});

test('no answer is unknown, not absent', async () => {
  const zone = zoneResolver({ [`_domainkey.${D}`]: { fail: 'timeout' }, [D]: {} });
  const outcome = await discoverSelectors({ domain: D, ...none }, zone);
  assert.equal(outcome.verdict, 'unknown');
  assert.deepEqual(ids(dkimDiscoveryFindings(outcome)), ['dkim.unknown']);
});

test('only Ed25519 costs, and a revoked key next to a valid one does not', async () => {
  const edOnly = zoneResolver({
    [`mail._domainkey.${D}`]: { TXT: [ed.record] },
    [`default._domainkey.${D}`]: { TXT: ['p='] },
  });
  const findings = dkimDiscoveryFindings(await discoverSelectors({ domain: D, ...none }, edOnly));
  assert.deepEqual(ids(findings), ['dkim.key-ok', 'dkim.key-ed25519-only']);
  assert.equal(points(findings), 1);
});

for (const [what, zone, expected, verdict] of [
  [
    'revoked',
    { [`default._domainkey.${D}`]: { TXT: ['v=DKIM1; p='] } },
    ['dkim.key-retired', 'dkim.not-found'],
    'not-found',
  ],
  [
    'an alias to nothing',
    { [`k1._domainkey.${D}`]: { CNAME: ['dkim.former.example'] } },
    ['dkim.key-retired', 'dkim.not-found'],
    'not-found',
  ],
  ['broken', { [`default._domainkey.${D}`]: { TXT: ['v=DKIM1; p=***'] } }, ['dkim.key-unusable'], 'found'],
] as [string, Zone, string[], string][]) {
  test(`a key at a guessed selector that is ${what}`, async () => {
    const outcome = await discoverSelectors({ domain: D, ...none }, zoneResolver(zone));
    const findings = dkimDiscoveryFindings(outcome);
    assert.deepEqual([ids(findings), outcome.verdict], [expected, verdict]);
    assert.equal(points(findings), verdict === 'found' ? 2 : 0);
    assertTexts(findings);
  });
}

test('an alias to nothing at a selector of the provider that MX names costs', async () => {
  const zone = zoneResolver({ [`selector1._domainkey.${D}`]: { CNAME: ['selector1.d.onmicrosoft.com'] } });
  const mxHosts = ['shop-example.mail.protection.outlook.com'];
  const outcome = await discoverSelectors({ domain: D, mxHosts, spfTerms: [] }, zone);
  assert.deepEqual(ids(dkimDiscoveryFindings(outcome)), ['dkim.key-dangling']);
});

test('findings of messages', async () => {
  const unsigned = dkimMessageFindings(await verifyDkim(MESSAGES.plain!, zoneResolver({}), NOW));
  assert.deepEqual([ids(unsigned), points(unsigned)], [['dkim.message-unsigned'], 2]);
  const base = 'v=1; a=rsa-sha256; c=simple/simple; d=shop.example; s=s; h=from; bh=AAAA; b=AAAA';
  for (const [tags, record, id] of [
    [base, rsa.record, 'dkim.message-body-altered'],
    [base.replace('sha256', 'sha1'), rsa.record, 'dkim.message-sha1'],
    [base.replace('h=from', 'h=to'), rsa.record, 'dkim.message-invalid'],
    [base, 'v=DKIM1; p=', 'dkim.key-revoked'],
    [base, 'v=DKIM1; p=***', 'dkim.key-unusable'],
    [base.replace('rsa-', 'ed25519-'), rsa.record, 'dkim.message-invalid'],
    [base.replace('s=s', 's=t'), rsa.record, 'dkim.key-missing'],
    [base.replace('v=1', 'v=2'), rsa.record, 'dkim.message-invalid'],
    [`${base}; x=1`, rsa.record, 'dkim.message-invalid'],
    [`${base}; i=@x.${D}`, `t=s; p=${rsa.publicKey}`, 'dkim.message-invalid'],
    [`${base}; l=1000`, rsa.record, 'dkim.message-invalid'],
    [base, `k=ed25519; p=${rsa.publicKey}`, 'dkim.key-unusable'],
  ] as const) {
    const zone = zoneResolver({ [`s._domainkey.${D}`]: { TXT: [record] } });
    const findings = dkimMessageFindings(await verifyDkim(`DKIM-Signature: ${tags}\r\n${MESSAGES.plain}`, zone, NOW));
    assert.deepEqual([ids(findings), points(findings)], [[id], 2]);
    assertTexts(findings);
  }
});

test('signatures that are not checked cost nothing, nor do others next to them', async () => {
  const field = (l: number) =>
    `DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=s; h=from; l=${l}; bh=AAAA; b=AAAA\r\n`;
  const zone = zoneResolver({ [`s._domainkey.${D}`]: { TXT: [rsa.record] } });
  const fields = [1, 2, 3, 4, 5, 6, 7].map(field).join('');
  const findings = dkimMessageFindings(await verifyDkim(`${fields}${MESSAGES.plain}`, zone, NOW));
  assert.deepEqual([...new Set(ids(findings))], ['dkim.message-other-fails', 'dkim.message-unchecked']);
  assert.equal(points(findings), 0);
  assertTexts(findings);
});
