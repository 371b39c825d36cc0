// What the check tells people to publish: every record is tried, and none breaks mail that works.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDomain } from '../../../shared/check/domain.ts';
import { DOMAIN_PARTS, type DomainRequest } from '../../../shared/check/section.ts';
import { type Finding, textOf } from '../../../shared/findings/catalog.ts';
import { conditionalFix } from '../../../shared/findings/status.ts';
import { checkHost } from '../../../shared/spf/check-host.ts';
import { LANGUAGES } from '../../../shared/text/language.ts';
import { mxHostOf, providerZones, sendingAddressOf } from '../../support/provider-zones.ts';
import { type Zone, type ZoneRecords, zoneResolver } from '../../support/zone.ts';

const NOW = new Date('2026-11-30T09:00:00Z');
const SHOP = 'shop.example';
const RELAY = '203.0.113.25';

/** A shop whose relay, PTR and DMARC are right; `own` is what its name has. */
function shop(own: ZoneRecords, more: Zone = {}): Zone {
  return {
    ...providerZones,
    [SHOP]: own,
    [`_dmarc.${SHOP}`]: { TXT: [`v=DMARC1; p=none; rua=mailto:dmarc@${SHOP}`] },
    [`mail.${SHOP}`]: { A: [RELAY] },
    '25.113.0.203.in-addr.arpa': { PTR: [`mail.${SHOP}`] },
    ...more,
  };
}

const check = (zone: Zone, request: Partial<DomainRequest> = {}, budget = {}) =>
  checkDomain(
    { domain: SHOP, parts: DOMAIN_PARTS, ...request },
    { resolver: zoneResolver(zone), now: NOW, clock: () => 0, budget },
  );

const idsOf = (findings: readonly Finding[]) => findings.map(({ id }) => id);
const find = (findings: readonly Finding[], id: string) => findings.find((found) => found.id === id);
const spfRecordOf = (findings: readonly Finding[]) =>
  findings.map((found) => textOf(found, 'en').record).find((record) => record?.value.startsWith('v=spf1'))?.value;

async function resultFor(ip: string, zone: Zone, spf: string): Promise<string> {
  const own = { ...zone, [SHOP]: { ...zone[SHOP], TXT: [spf] } };
  return (await checkHost({ ip, helo: SHOP, mailFrom: `a@${SHOP}` }, zoneResolver(own))).result;
}

// --- no SPF record, mailboxes at a provider ------------------------------------------------------------------------

for (const id of [
  'google',
  'microsoft365',
  'yandex',
  'mailru',
  'beget',
  'regru',
  'zoho',
  'cloudflare-routing',
] as const) {
  for (const ips of [[], [RELAY]]) {
    test(`no SPF record, MX at ${id}, ${ips.length === 0 ? 'no address' : 'an address'} given`, async () => {
      const zone = shop({ MX: [`10 ${mxHostOf(id)}`] });
      const { findings } = await check(zone, { ips });
      assert.ok(find(findings, 'spf.none'));
      const record = spfRecordOf(findings);
      if (id === 'zoho') {
        // Its include differs between customers, so none is proposed, and the text explains it.
        assert.equal(record, undefined);
        assert.match(textOf(find(findings, 'spf.none')!, 'en').fix!, /include/);
        return;
      }
      assert.match(record!, / ~all$/);
      assert.equal(await resultFor(sendingAddressOf(id), zone, record!), 'pass');
      for (const ip of ips) assert.equal(await resultFor(ip, zone, record!), 'pass');
    });
  }
}

test('no SPF record and nothing known of the senders: no record, and a text without one', async () => {
  const { findings } = await check(shop({ A: ['198.51.100.80'] }));
  const none = find(findings, 'spf.none')!;
  for (const language of ['en', 'ru'] as const) {
    const { record, fix } = textOf(none, language);
    assert.equal(record, undefined);
    assert.match(fix!, /~all/);
  }
});

test('no SPF record, a mail server that is an alias of the provider’s', async () => {
  const zone = shop({ MX: [`10 mx.${SHOP}`] }, { [`mx.${SHOP}`]: { CNAME: [mxHostOf('google')] } });
  assert.equal(spfRecordOf((await check(zone)).findings), 'v=spf1 include:_spf.google.com ~all');
});

test('no SPF record, a mail server of its own', async () => {
  const zone = shop({ MX: [`10 mail.${SHOP}`] });
  assert.equal(spfRecordOf((await check(zone)).findings), 'v=spf1 mx ~all');
  assert.equal(spfRecordOf((await check(zone, { ips: ['198.51.100.9'] })).findings), 'v=spf1 ip4:198.51.100.9 mx ~all');
});

for (const [text, value] of [
  [`"v=spf1 ip4:${RELAY} -all"`, `v=spf1 ip4:${RELAY} -all`],
  [`"v=spf1 ip4:${RELAY}" "-all"`, `v=spf1 ip4:${RELAY} -all`],
  [`'v=spf1 ip4:${RELAY} ~all'`, `v=spf1 ip4:${RELAY} ~all`],
  // A dash of a word processor, as DNS gives it.
  [`v=spf1 ip4:${RELAY} \xe2\x80\x93all`, `v=spf1 ip4:${RELAY} -all`],
  [`v=spf1, ip4:${RELAY}, -all;`, `v=spf1 ip4:${RELAY} -all`],
  // No end was written, so that none is made strict.
  [`"v=spf1 ip4:${RELAY}"`, `v=spf1 ip4:${RELAY} ~all`],
] as [string, string][]) {
  test(`${JSON.stringify(text)} was meant as ${value}`, async () => {
    const { findings } = await check(shop({ MX: [`10 mail.${SHOP}`], TXT: [text] }), { ips: [RELAY] });
    assert.equal(spfRecordOf(findings), value);
  });
}

for (const wrong of [`spf.${SHOP}`, `${SHOP}.${SHOP}`]) {
  for (const mx of [`mail.${SHOP}`, mxHostOf('google')]) {
    test(`an SPF record at ${wrong}, mail at ${mx}`, async () => {
      const misplaced: Zone = { [wrong]: { TXT: [`v=spf1 ip4:${RELAY} -all`] } };
      const { findings } = await check(shop({ MX: [`10 ${mx}`] }, misplaced), { ips: [RELAY] });
      const found = find(findings, 'spf.misplaced')!;
      const own = mx === `mail.${SHOP}`;
      assert.equal(textOf(found, 'en').record?.value, own ? `v=spf1 ip4:${RELAY} ~all` : undefined);
      assert.equal(found.withheld?.reason, own ? undefined : 'sender-lost');
    });
  }
}

for (const own of [{ TXT: ['v=spf1 mx -all'] }, {}] as ZoneRecords[]) {
  test(`an address of a network within is in no SPF record: ${JSON.stringify(own)}`, async () => {
    const zone = shop({ ...own, MX: [`10 mail.${SHOP}`] });
    for (const ips of [['10.0.0.1'], ['fd00::1'], ['127.0.0.1', RELAY]]) {
      const { findings } = await check(zone, { ips });
      assert.ok(find(findings, 'ptr.reserved'));
      assert.equal(find(findings, 'spf.fail'), undefined);
      assert.doesNotMatch(spfRecordOf(findings) ?? '', /10\.0\.0\.1|fd00|127\.0/);
    }
  });
}

for (const [term, more, reason] of [
  ['exists:nix.shop.example', {}, undefined],
  ['exists:all.shop.example', { 'all.shop.example': { A: ['127.0.0.2'] } }, 'sender-lost'],
] as [string, Zone, string | undefined][]) {
  test(`a record without ${term}: ${reason ?? 'proven'}`, async () => {
    const zone = shop({ MX: [`10 mail.${SHOP}`], TXT: [`v=spf1 ${term} ip4:${RELAY} -all`] }, more);
    const { findings } = await check(zone, { ips: [RELAY] });
    const found = find(findings, reason === undefined ? 'spf.dead-term' : 'spf.plus-all')!;
    assert.equal(found.withheld?.reason, reason);
    assert.equal(found.proven, reason === undefined ? true : undefined);
  });
}

test('a provider after all passes with the proposed record', async () => {
  const zone = shop({ MX: [`10 ${mxHostOf('yandex')}`], TXT: [`v=spf1 ip4:${RELAY} ~all include:_spf.yandex.net`] });
  const { findings } = await check(zone, { ips: [RELAY] });
  const ignored = find(findings, 'spf.provider-ignored')!;
  assert.equal(ignored.proven, true);
  const { value } = textOf(ignored, 'en').record!;
  assert.equal(value, `v=spf1 ip4:${RELAY} include:_spf.yandex.net ~all`);
  assert.equal(await resultFor(sendingAddressOf('yandex'), zone, value), 'pass');
  assert.equal(find(findings, 'spf.idle-terms'), undefined);
});

test('no SPF record, and an MX record that only verified the ownership of the domain: it sends no mail', async () => {
  const verification = '32767 ms1234.msv1.invalid';
  assert.equal(spfRecordOf((await check(shop({ MX: [verification] }))).findings), undefined);
  const zone = shop({ MX: [verification, `10 ${mxHostOf('google')}`] });
  assert.equal(spfRecordOf((await check(zone)).findings), 'v=spf1 include:_spf.google.com ~all');
});

test('a CNAME target as TXT without a key there is one finding, with its record', async () => {
  const name = `s1._domainkey.${SHOP}`;
  const zone = shop(
    { MX: [`10 mail.${SHOP}`], TXT: ['v=spf1 mx -all'] },
    { [name]: { TXT: ['s1.dkim.provider.net'] } },
  );
  const { findings } = await check(zone, { selectors: ['s1'], ips: [RELAY] });
  const dkim = findings.filter(({ id }) => id.startsWith('dkim.'));
  assert.deepEqual(idsOf(dkim), ['dkim.key-cname-as-txt']);
  assert.equal(dkim[0]!.proven, true);
  assert.equal((dkim[0]!.args as { empty: boolean }).empty, true);
  assert.equal(textOf(dkim[0]!, 'en').record?.value, 's1.dkim.provider.net.');
});

test('no record is shown for a name that is an alias, which can have no other record', async () => {
  const behind = { 'gone.vendor.example': { A: ['198.51.100.80'] }, 'www.vendor.example': { A: ['198.51.100.80'] } };
  const zone = shop({ MX: [`10 mail.${SHOP}`], TXT: ['v=spf1 mx -all'] }, behind);
  const dmarc = await check({ ...zone, [`_dmarc.${SHOP}`]: { CNAME: ['gone.vendor.example'] } });
  assert.deepEqual(find(dmarc.findings, 'dmarc.none')?.withheld, { reason: 'alias', what: 'gone.vendor.example' });
  const sub = { [`news.${SHOP}`]: { CNAME: ['www.vendor.example'] } };
  const spf = await check({ ...zone, ...sub }, { domain: `news.${SHOP}`, ips: [RELAY] });
  assert.deepEqual(find(spf.findings, 'spf.none')?.withheld, { reason: 'alias', what: 'www.vendor.example' });
  for (const language of ['en', 'ru'] as const)
    assert.match(
      textOf(find(spf.findings, 'spf.none')!, language).fix!,
      /CNAME.*www\.vendor\.example|www\.vendor\.example.*CNAME/,
    );
});

test('a record that a panel put below the zone above is found for a subdomain', async () => {
  const news = `news.${SHOP}`;
  const zone: Zone = {
    [news]: { MX: [`10 mail.${SHOP}`] },
    [`mail.${SHOP}`]: { A: [RELAY] },
    [`${news}.${SHOP}`]: { TXT: [`v=spf1 ip4:${RELAY} -all`] },
    [`_dmarc.${news}.${SHOP}`]: { TXT: ['v=DMARC1; p=none'] },
  };
  const { findings } = await check(zone, { domain: news, ips: [RELAY] });
  assert.equal((find(findings, 'spf.misplaced')!.args as { wrong: string }).wrong, `${news}.${SHOP}`);
  assert.equal((find(findings, 'dmarc.misplaced')!.args as { wrong: string }).wrong, `_dmarc.${news}.${SHOP}`);
  const plain = await check({ [SHOP]: {}, [`dmarc.${SHOP}`]: { TXT: ['v=DMARC1; p=none'] } });
  assert.equal((find(plain.findings, 'dmarc.misplaced')!.args as { wrong: string }).wrong, `dmarc.${SHOP}`);
});

test('an include that a mail service is known by is corrected, and is one finding', async () => {
  const zone = shop({
    MX: [`10 ${mxHostOf('google')}`],
    TXT: [`v=spf1 ip4:${RELAY} include:_spf.google.com.${SHOP} ~all`],
  });
  const { findings } = await check(zone, { ips: [RELAY] });
  assert.equal(find(findings, 'spf.broken-include')?.proven, true);
  assert.equal(spfRecordOf(findings), `v=spf1 ip4:${RELAY} include:_spf.google.com ~all`);
  assert.equal(find(findings, 'spf.mailboxes-unnamed'), undefined);
});

test('a record that belongs to the domain above is left to its report', async () => {
  const zone: Zone = { [`news.${SHOP}`]: { MX: [`10 mail.${SHOP}`], TXT: [`v=spf1 ip4:${RELAY} -all`] }, [SHOP]: {} };
  const { findings } = await check(zone, { domain: `news.${SHOP}`, ips: [RELAY] });
  assert.deepEqual(find(findings, 'dmarc.none')?.withheld, { reason: 'above', what: `_dmarc.${SHOP}` });
});

test('one mistake is one finding, and no finding reports a pass that is not', async () => {
  for (const [spf, ids] of [
    [`v=spf1 ip4:${RELAY} include: _spf.google.com ~all`, ['spf.syntax']],
    [`v=spf1 ip4:${RELAY} ~all # my relay`, ['spf.syntax']],
    [`v=spf1 redirect=${SHOP}`, ['spf.broken-include']],
    [`v=spf1 include:none.example ip4:${RELAY} -all`, ['spf.broken-include']],
  ] as [string, string[]][]) {
    const { findings } = await check(shop({ MX: [`10 mail.${SHOP}`], TXT: [spf] }), { ips: [RELAY] });
    assert.deepEqual(
      idsOf(findings).filter((id) => id.startsWith('spf.')),
      ids,
      spf,
    );
  }
  const zone = shop({ MX: [`10 ${mxHostOf('google')}`], TXT: [`v=spf1ip4:${RELAY} -all`] });
  const found = find((await check(zone, { ips: [RELAY] })).findings, 'spf.unrecognised')!;
  assert.deepEqual(found.withheld, { reason: 'sender-lost', what: 'Google Workspace' });
});

// --- addresses that are only inferred ------------------------------------------------------------------------------

const PROXY = { A: ['104.21.5.5', '172.67.130.9'] };
for (const [spf, own, senders] of [
  ['v=spf1 a include:_spf.google.com ~all', { ...PROXY, MX: [`10 ${mxHostOf('google')}`] }, []],
  ['v=spf1 mx include:spf.protection.outlook.com -all', { MX: [`10 ${mxHostOf('microsoft365')}`] }, []],
  ['v=spf1 ip4:198.51.100.99 include:_spf.google.com ~all', {}, []],
  ['v=spf1 a -all', PROXY, []],
  ['v=spf1 mx -all', { MX: [`10 ${mxHostOf('google')}`] }, []],
  ['v=spf1 a -all', { A: ['23.227.38.65'] }, []],
  ['v=spf1 a a:www.shop.example ~all', { A: ['76.76.21.21'] }, []],
  ['v=spf1 ip4:185.230.63.107 ip4:185.230.63.171 ~all', {}, []],
  [`v=spf1 ip4:185.230.63.107 ip4:${RELAY} ~all`, {}, [`${RELAY} inferred`]],
  ['v=spf1 a:www.shop.example -all', {}, []],
  ['v=spf1 a:relay.shop.example -all', {}, [`${RELAY} inferred`]],
  ['v=spf1 mx -all', { MX: ['10 mx1.provider.example'] }, []],
  ['v=spf1 a redirect=_spf.yandex.net', { A: ['198.51.100.9'] }, []],
  ['v=spf1 a -all', { A: ['198.51.100.9'] }, ['198.51.100.9 inferred']],
  [`v=spf1 mx -all`, { MX: [`10 mail.${SHOP}`] }, [`${RELAY} inferred`]],
  ['v=spf1 ip4:198.51.100.9 ip4:198.51.100.0/24 -all', {}, ['198.51.100.9 inferred']],
  ['v=spf1 ip4:198.51.100.9 include:spf.other.example -all', {}, ['198.51.100.9 inferred']],
  [`v=spf1 ip4:${RELAY} -all`, {}, [`${RELAY} published`]],
  [`v=spf1 a mx ip4:${RELAY} -all`, { A: [RELAY], MX: [`10 mail.${SHOP}`] }, [`${RELAY} published`]],
  [`v=spf1 a ip4:${RELAY} -all`, { A: ['198.51.100.80'] }, [`${RELAY} inferred`]],
] as [string, ZoneRecords, string[]][]) {
  test(`senders of ${spf} with ${JSON.stringify(own)}`, async () => {
    const zone = shop(
      { ...own, TXT: [spf] },
      {
        'mx1.provider.example': { A: ['198.51.100.1'] },
        // A network of which no list is published.
        'www.shop.example': { CNAME: ['shop.cdn.example.net'] },
        'shop.cdn.example.net': { A: ['198.51.100.77'] },
        'relay.shop.example': { CNAME: [`mail.${SHOP}`] },
      },
    );
    const { subject, findings } = await check(zone);
    assert.deepEqual(
      subject.senders?.map(({ ip, origin }) => `${ip} ${origin}`),
      senders,
    );
    assert.equal(idsOf(findings).includes('check.assumed-ip'), senders.length > 0);
    assert.equal(idsOf(findings).includes('check.no-sending-ip'), senders.length === 0);
  });
}

test('a finding about an inferred address takes off nothing, proposes nothing, and names the address', async () => {
  const zone = shop({ A: ['198.51.100.9'], TXT: ['v=spf1 a -all'] });
  const inferred = await check(zone);
  const given = await check(zone, { ips: ['198.51.100.9'] });
  const noName = find(inferred.findings, 'ptr.none')!;
  assert.equal(noName.inferredIp, '198.51.100.9');
  assert.equal(textOf(noName, 'en').record, undefined);
  assert.match(textOf(noName, 'en').detail, /^If mail leaves from 198\.51\.100\.9: /);
  assert.match(textOf(noName, 'ru').detail, /198\.51\.100\.9/);
  for (const language of LANGUAGES)
    assert.equal(
      textOf(noName, language).fix,
      conditionalFix('198.51.100.9', textOf(find(given.findings, 'ptr.none')!, language).fix!, language),
    );
  assert.ok(inferred.score.value - given.score.value >= 2, `${inferred.score.value} ${given.score.value}`);
  // Not known is not good: the band is wide and the coverage low.
  assert.ok(inferred.score.low < given.score.low + 2 && inferred.score.coverage < given.score.coverage);
  assert.equal(find(given.findings, 'ptr.none')?.inferredIp, undefined);
});

for (const [spf, own] of [
  ['v=spf1 include:nix.example ip4:198.51.100.9 -all', {}],
  ['v=spf1 a -all', { A: ['198.51.100.9'], MX: ['10 mail.shop.example'] }],
  ['v=spf1 a:www.shop.example -all', {}],
  ['v=spf1 ?a ~all', { A: ['198.51.100.9'] }],
  ['v=spf1 ip4:198.51.100.9 ip4:198.51.100.9 ip4:198.51.100.10 a:x.example mx -all', {}],
] as [string, ZoneRecords][]) {
  test(`${spf}: no text about an inferred address mentions a missing record`, async () => {
    const { findings } = await check(shop({ ...own, TXT: [spf] }, { 'www.shop.example': { A: ['198.51.100.9'] } }));
    const about = findings.filter(({ inferredIp }) => inferredIp !== undefined);
    for (const found of about) {
      assert.equal('record' in found.args ? found.args.record : '', '', found.id);
      assert.notEqual(found.id, 'ptr.name-needed');
    }
  });
}

// --- a result that applies to every address ------------------------------------------------------------------------

for (const [what, own] of [
  ['several records', { TXT: [`v=spf1 ip4:${RELAY} -all`, 'v=spf1 include:_spf.google.com ~all'] }],
  ['a syntax error', { TXT: [`v=spf1 ipv4:${RELAY} -all`] }],
  ['no record', {}],
] as [string, ZoneRecords][]) {
  test(`${what}: the score is the same with and without an address`, async () => {
    const zone = shop({ ...own, MX: [`10 mail.${SHOP}`] });
    const without = await check(zone);
    const given = await check(zone, { ips: [RELAY] });
    assert.equal(without.score.value, given.score.value);
    assert.equal(without.score.refused, true);
    assert.ok(find(without.findings, 'alignment.none'));
  });
}

// --- free mailboxes ------------------------------------------------------------------------------------------------

test('no record is proposed for the zone of a mailbox provider, for any fault', async () => {
  const zone: Zone = {
    ...providerZones,
    'gmail.com': { TXT: ['v=spf1 redirect=_spf.google.com'], MX: [`5 ${mxHostOf('google')}`] },
  };
  const { findings } = await check(zone, { domain: 'gmail.com', ips: [RELAY] });
  assert.deepEqual(
    findings.filter((found) => textOf(found, 'en').record !== undefined).map(({ id }) => id),
    [],
  );
  assert.ok(find(findings, 'alignment.free-mailbox'), idsOf(findings).join());
  assert.equal(find(findings, 'alignment.none'), undefined);
});

// --- the proof ------------------------------------------------------------------------------------------------------

test('a proven record is marked, and a withheld one has a text with the decision', async () => {
  const proven = await check(shop({ TXT: ['v=spf1 ip4:198.51.100.7 ~all'] }), { ips: [RELAY] });
  const softfail = find(proven.findings, 'spf.softfail')!;
  assert.equal(softfail.proven, true);
  assert.equal(textOf(softfail, 'en').record?.value, `v=spf1 ip4:198.51.100.7 ip4:${RELAY} ~all`);

  const many = Array.from({ length: 6 }, (_, index) => [`s${index}.example`, `t${index}.example`]).flat();
  const includes: Zone = Object.fromEntries(many.map((name, at) => [name, { TXT: [`v=spf1 ip4:22.${at}.0.1 ~all`] }]));
  const half = (letter: string) =>
    many
      .filter((name) => name.startsWith(letter))
      .map((name) => `include:${name}`)
      .join(' ');
  const over = await check(shop({ TXT: [`v=spf1 ${half('s')} ~all`, `v=spf1 ${half('t')} ~all`] }, includes));
  for (const found of over.findings) assert.doesNotMatch(textOf(found, 'en').record?.value ?? '', /^v=spf1/);
  const several = find(over.findings, 'spf.several')!;
  if (several.withheld !== undefined) {
    assert.deepEqual(several.withheld, { reason: 'lookups', what: '12' });
    assert.match(textOf(several, 'en').fix!, /12/);
  }
});

test('missing answers about transport security are one finding', async () => {
  const { findings } = await check(
    shop({ MX: ['10 a.example', '20 b.example', '30 c.example'] }, { 'a.example': { A: ['192.0.2.1'] } }),
    {},
    { maxQueries: 12 },
  );
  assert.equal(findings.filter(({ id }) => id === 'tls.unknown').length, 1);
});

test('what DNS does not answer for the proof is not proven', async () => {
  const zone = shop(
    { TXT: [`v=spf1 ip4:${RELAY} -all`, 'v=spf1 include:slow.example ~all'] },
    { 'slow.example': { fail: 'timeout' } },
  );
  const { findings } = await check(zone, { ips: [RELAY] });
  const several = find(findings, 'spf.several')!;
  assert.equal(several.withheld?.reason, 'unknown');
  assert.equal(textOf(several, 'en').record, undefined);
});

for (const [spf, mx, said] of [
  ['v=spf1 ip4:198.51.100.7 -all', 'google', true],
  ['v=spf1 include:_spf.google.com -all', 'google', false],
  ['v=spf1 redirect=_spf.yandex.net', 'yandex', false],
  ['v=spf1 include:amazonses.com ~all', 'yandex', true],
  // What its documentation does not name is not missed, and what only receives does not send.
  ['v=spf1 ip4:198.51.100.7 -all', 'zoho', false],
  ['v=spf1 ip4:198.51.100.7 -all', 'cloudflare-routing', false],
] as const) {
  test(`${spf} with the mailboxes at ${mx}: ${said ? 'they are not included' : 'no finding'}`, async () => {
    const { findings } = await check(shop({ TXT: [spf], MX: [`10 ${mxHostOf(mx)}`] }));
    const unnamed = find(findings, 'spf.mailboxes-unnamed');
    assert.equal(unnamed !== undefined, said);
    if (unnamed !== undefined) assert.equal(textOf(unnamed, 'en').record, undefined);
  });
}
