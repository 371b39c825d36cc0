// The pre-flight's verdicts, on zones; each row is one sender, one relay and what receivers would see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preflight } from '../../../shared/check/preflight.ts';
import type { PreflightRequest, PreflightVerdict } from '../../../shared/check/types.ts';
import { textOf } from '../../../shared/findings/catalog.ts';
import { mxHostOf, providerZones } from '../../support/provider-zones.ts';
import { type Zone, type ZoneRecords, zoneResolver } from '../../support/zone.ts';

const KEY = '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';
const OTHER_KEY = 'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=';
const RELAY = '203.0.113.25';

const zone: Zone = {
  'shop.example': { TXT: [`v=spf1 ip4:${RELAY} -all`], ttl: 900 },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject'], ttl: 700 },
  's1._domainkey.shop.example': { TXT: [`v=DKIM1; k=ed25519; p=${KEY}`], ttl: 800 },
  'old._domainkey.shop.example': { TXT: ['v=DKIM1; p='] },
  'mail.shop.example': { TXT: ['v=spf1 a -all'], A: [RELAY] },
  'dual.shop.example': { A: [RELAY], AAAA: ['2001:db8::25'] },
  'strict.example': { TXT: [`v=spf1 ip4:${RELAY} -all`] },
  '_dmarc.strict.example': { TXT: ['v=DMARC1; p=none; aspf=s; adkim=s'] },
  'bounce.strict.example': { TXT: [`v=spf1 ip4:${RELAY} -all`] },
  'free.example': { TXT: ['v=spf1 ip4:198.51.100.1 -all'] },
  '_dmarc.free.example': { TXT: ['v=DMARC1; p=reject'] },
  // The tree walk queries the top-level domain too.
  '_dmarc.example': { ttl: 86_400 },
  'bare.example': { A: ['198.51.100.80'] },
  'twice.example': { TXT: ['v=spf1 ip4:192.0.2.1 -all', 'v=spf1 mx ~all'] },
  'other.example': { A: ['198.51.100.9'] },
  'inside.example': { A: ['10.1.2.3'] },
  'quiet.example': { fail: 'servfail' },
  '_dmarc.quiet.example': { fail: 'servfail' },
};

const shop = { headerFrom: 'orders@shop.example', envelopeFrom: 'orders@shop.example', sendingIps: [RELAY] };
const s1 = { domain: 'shop.example', selector: 's1', publicKey: KEY };

const cases: [what: string, request: PreflightRequest, verdict: PreflightVerdict][] = [
  ['SPF names the relay, a key is published', { ...shop, dkim: [s1] }, 'aligned'],
  ['SPF alone', shop, 'aligned_by_spf_only'],
  ['another relay, but signed', { ...shop, sendingIps: ['198.51.100.9'], dkim: [s1] }, 'aligned_by_dkim_only'],
  ['another relay, not signed', { ...shop, sendingIps: ['198.51.100.9'] }, 'misaligned'],
  [
    'the published key is another one',
    { ...shop, sendingIps: ['198.51.100.9'], dkim: [{ ...s1, publicKey: OTHER_KEY }] },
    'misaligned',
  ],
  [
    'the key is revoked',
    { ...shop, sendingIps: ['198.51.100.9'], dkim: [{ domain: 'shop.example', selector: 'old' }] },
    'misaligned',
  ],
  [
    'the key is missing',
    { ...shop, sendingIps: ['198.51.100.9'], dkim: [{ domain: 'shop.example', selector: 'none' }] },
    'misaligned',
  ],
  [
    "a customer's free mailbox as From (the contact form)",
    { ...shop, headerFrom: 'customer@free.example' },
    'misaligned',
  ],
  [
    'the relay by its name',
    { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom, relayHost: 'mail.shop.example' },
    'aligned_by_spf_only',
  ],
  [
    'a relay whose IPv6 address may never send',
    { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom, relayHost: 'dual.shop.example' },
    'unknown',
  ],
  ['both addresses are said to send', { ...shop, sendingIps: [RELAY, '2001:db8::25'] }, 'misaligned'],
  [
    'a subdomain of the From domain, relaxed',
    { ...shop, envelopeFrom: 'www@mail.shop.example' },
    'aligned_by_spf_only',
  ],
  [
    'a subdomain of the From domain, strict',
    { ...shop, headerFrom: 'a@strict.example', envelopeFrom: 'b@bounce.strict.example' },
    'misaligned',
  ],
  [
    'the null sender is judged by HELO',
    { ...shop, envelopeFrom: '', helo: 'mail.shop.example' },
    'aligned_by_spf_only',
  ],
  ['no address is known', { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom }, 'unknown'],
  [
    'no address is known, but signed',
    { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom, dkim: [s1] },
    'aligned_by_dkim_only',
  ],
  [
    'the relay by its name, which SPF does not name: it may send from elsewhere',
    { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom, relayHost: 'other.example' },
    'unknown',
  ],
  [
    'no SPF record holds for every address',
    { headerFrom: 'a@bare.example', envelopeFrom: 'a@bare.example', relayHost: 'other.example' },
    'misaligned',
  ],
  [
    'two SPF records hold for every address',
    { headerFrom: 'a@twice.example', envelopeFrom: 'a@twice.example' },
    'misaligned',
  ],
  ['the null sender without HELO', { ...shop, envelopeFrom: '' }, 'unknown'],
  ['the null sender without HELO, signed', { ...shop, envelopeFrom: '', dkim: [s1] }, 'aligned_by_dkim_only'],
  [
    'a relay at a private address',
    { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom, relayHost: 'inside.example' },
    'unknown',
  ],
  [
    'a relay at a loopback address',
    { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom, relayHost: '127.0.0.1' },
    'unknown',
  ],
  ['a private sending address', { ...shop, sendingIps: ['10.0.0.25'] }, 'unknown'],
  ['DNS does not answer', { ...shop, headerFrom: 'a@quiet.example', envelopeFrom: 'a@quiet.example' }, 'unknown'],
  ['a From that is not a domain', { ...shop, headerFrom: 'root@localhost' }, 'misaligned'],
];

const ask = (request: PreflightRequest, resolver = zoneResolver(zone)) =>
  preflight(request, { resolver, now: new Date('2026-11-24T09:00:00Z'), clock: () => 0 });

for (const [what, request, verdict] of cases) {
  test(`${what}: ${verdict}`, async () => {
    const answer = await ask(request);
    assert.equal(answer.verdict, verdict, answer.reason);
    const decisive = {
      misaligned: 'alignment.none',
      unknown: 'alignment.unknown',
      aligned: undefined,
      aligned_by_spf_only: 'alignment.spf-only',
      aligned_by_dkim_only: 'alignment.dkim-only',
    }[verdict];
    assert.equal(answer.findings[0]?.id, decisive);
    for (const found of answer.findings) assert.notEqual(textOf(found, 'ru').title, textOf(found, 'en').title);
  });
}

test('the answer for a misaligned mail has the sender that would be aligned, the configured one first', async () => {
  const configured = await ask({
    ...shop,
    headerFrom: 'customer@free.example',
    envelopeFrom: 'www@shop.example',
    sender: 'orders@shop.example',
  });
  assert.equal(configured.suggestedSender, 'orders@shop.example');
  const envelope = await ask({ ...shop, headerFrom: 'customer@free.example', sender: 'me@free.example' });
  assert.equal(envelope.suggestedSender, 'orders@shop.example');
  const none = await ask({ ...shop, headerFrom: 'customer@free.example', envelopeFrom: 'customer@free.example' });
  assert.equal(none.suggestedSender, null);
});

test('the time to live is that of DNS, within an hour; a bad answer is kept for five minutes at most', async () => {
  assert.equal((await ask({ ...shop, dkim: [s1] })).ttl, 700);
  assert.equal((await ask({ ...shop, sendingIps: ['198.51.100.9'] })).ttl, 300);
  const long = {
    ...zone,
    'shop.example': { ...zone['shop.example'], ttl: 86_400 },
    '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none'], ttl: 86_400 },
  };
  assert.equal((await ask(shop, zoneResolver(long))).ttl, 3600);
  assert.equal((await ask({ ...shop, headerFrom: 'a@quiet.example' })).ttl, 60);
});

test('equal queries are sent once', async () => {
  const resolver = zoneResolver(zone);
  await ask({ ...shop, headerFrom: 'customer@free.example', dkim: [s1, s1] }, resolver);
  assert.equal(new Set(resolver.asked).size, resolver.asked.length);
});

test('the answer for a misaligned mail has the SPF record that would fix it, if there is one', async () => {
  const recordFor = async (request: PreflightRequest) => {
    const { findings } = await ask(request);
    assert.equal(findings[0]?.id, 'alignment.none');
    return textOf(findings[0]!, 'en').record;
  };
  assert.deepEqual(await recordFor({ ...shop, sendingIps: ['198.51.100.9'] }), {
    name: 'shop.example',
    type: 'TXT',
    value: `v=spf1 ip4:${RELAY} ip4:198.51.100.9 -all`,
  });
  // SPF of the shop cannot authenticate the customer's mailbox.
  assert.equal(await recordFor({ ...shop, headerFrom: 'customer@free.example' }), undefined);
});

// --- relays of providers ---------------------------------------------------------------------------------------------

/** The submission hosts have addresses from which no mail leaves. */
const FRONT = { A: ['142.250.110.109'] };
const viaProviders = (spf: string): Zone => ({
  ...providerZones,
  'shop.example': { TXT: [spf], MX: [`10 ${mxHostOf('google')}`] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none'] },
  'cf-bounce.shop.example': { TXT: ['v=spf1 include:_spf.mx.cloudflare.net ~all'] },
  'key._domainkey.shop.example': { TXT: [`v=DKIM1; k=ed25519; p=${KEY}`] },
  'gmail.com': { TXT: ['v=spf1 redirect=_spf.google.com'] },
  'zoho.eu': { TXT: ['v=spf1 ip4:198.51.100.200 -all'] },
  ...Object.fromEntries(
    [
      'smtp.zoho.eu',
      'smtp.gmail.com',
      'email-smtp.eu-west-1.amazonaws.com',
      'smtp.office365.com',
      'smtp.mailgun.org',
    ].map((host) => [host, FRONT]),
  ),
});

for (const [relayHost, spf, verdict, more] of [
  ['smtp.gmail.com', 'include:_spf.google.com', 'aligned_by_spf_only', {}],
  ['smtp.office365.com', 'include:spf.protection.outlook.com', 'aligned_by_spf_only', {}],
  ['smtp.mailgun.org', 'include:mailgun.org', 'aligned_by_spf_only', {}],
  ['smtp.yandex.ru', 'include:_spf.yandex.net', 'aligned_by_spf_only', {}],
  ['smtp.mail.ru', 'redirect=_spf.mail.ru', 'aligned_by_spf_only', {}],
  // Its include differs between customers, so the domain's own record decides.
  ['smtp.zoho.eu', 'include:zoho.eu', 'aligned_by_spf_only', {}],
  ['smtp.zoho.eu', 'ip4:198.51.100.1', 'unknown', {}],
  // The envelope sender is the provider's own unless a return path is set up, and then DKIM is what aligns.
  ['email-smtp.eu-west-1.amazonaws.com', 'include:amazonses.com', 'unknown', {}],
  ['smtp.postmarkapp.com', 'ip4:192.0.2.1', 'unknown', {}],
  ['smtp.mx.cloudflare.net', 'ip4:192.0.2.1', 'unknown', {}],
  ['smtp.mx.cloudflare.net', 'ip4:192.0.2.1', 'aligned_by_spf_only', { returnPath: 'cf-bounce.shop.example' }],
  [
    'email-smtp.eu-west-1.amazonaws.com',
    'ip4:192.0.2.1',
    'aligned_by_dkim_only',
    { dkim: [{ domain: 'shop.example', selector: 'key' }] },
  ],
  // A record that does not name the provider proves nothing against its signature.
  ['smtp.gmail.com', 'ip4:192.0.2.1', 'unknown', {}],
  // Through the provider of the mailbox.
  [
    'smtp.gmail.com',
    'ip4:192.0.2.1',
    'aligned_by_spf_only',
    { headerFrom: 'shop@gmail.com', envelopeFrom: 'shop@gmail.com' },
  ],
] as [string, string, PreflightVerdict, Partial<PreflightRequest>][]) {
  test(`through ${relayHost} with ${spf}, ${JSON.stringify(more)}: ${verdict}`, async () => {
    const end = spf.startsWith('redirect=') ? '' : ' -all';
    const zone = viaProviders(`v=spf1 ${spf}${end}`);
    const request = { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom, relayHost, ...more };
    const answer = await ask(request, zoneResolver(zone));
    assert.equal(answer.verdict, verdict, answer.reason);
    assert.doesNotMatch(answer.reason, /142\.250|none unknown/);
    for (const found of answer.findings) assert.equal(textOf(found, 'en').record, undefined);
  });
}

test('From at a free mailbox through the own relay: how to send instead, and no record for that zone', async () => {
  const zone = viaProviders('v=spf1 ip4:203.0.113.25 -all');
  const request = { headerFrom: 'shop@gmail.com', sendingIps: [RELAY], sender: 'orders@shop.example' };
  for (const envelopeFrom of ['shop@gmail.com', 'www@shop.example']) {
    const answer = await ask({ ...request, envelopeFrom }, zoneResolver(zone));
    assert.equal(answer.verdict, 'misaligned');
    assert.deepEqual(
      answer.findings.map(({ id }) => id),
      ['alignment.free-mailbox', 'alignment.sender'],
    );
    assert.equal(answer.suggestedSender, 'orders@shop.example');
    for (const found of answer.findings) assert.equal(textOf(found, 'en').record, undefined);
  }
});

// --- what is said of SPF, and the record that follows ------------------------------------------------------------------

const yandexMx = `10 ${mxHostOf('yandex')}`;
for (const [what, own, asked, said, record] of [
  [
    'a null sender without HELO, its address given',
    {},
    { envelopeFrom: '', sendingIps: [RELAY] },
    'no-identity',
    undefined,
  ],
  [
    'two records, whoever sends',
    { TXT: ['v=spf1 mx -all', 'v=spf1 a -all'] },
    { relayHost: 'smtp.gmail.com' },
    'permerror shop.example',
    undefined,
  ],
  [
    'a mailbox through its own provider, whose SPF include is not documented',
    {},
    { headerFrom: 'shop@outlook.com', envelopeFrom: 'shop@outlook.com', relayHost: 'smtp-mail.outlook.com' },
    'own outlook',
    undefined,
  ],
  [
    'a mailbox through its own provider, whose record names other networks',
    {},
    { headerFrom: 'shop@yandex.ru', envelopeFrom: 'shop@yandex.ru', relayHost: 'smtp.yandex.ru' },
    'own yandex',
    undefined,
  ],
  [
    'no record, mailboxes at a provider',
    { MX: [yandexMx] },
    { sendingIps: [RELAY] },
    'none shop.example',
    `v=spf1 ip4:${RELAY} include:_spf.yandex.net ~all`,
  ],
  [
    'a redirect beside all',
    { TXT: ['v=spf1 ip4:198.51.100.9 redirect=_spf.yandex.net ~all'], MX: [yandexMx] },
    { sendingIps: [RELAY] },
    'softfail shop.example',
    `v=spf1 ip4:198.51.100.9 ip4:${RELAY} include:_spf.yandex.net ~all`,
  ],
] as [string, ZoneRecords, Partial<PreflightRequest>, string, string | undefined][]) {
  test(`${what}: SPF is ${said}`, async () => {
    const zone: Zone = {
      ...providerZones,
      'shop.example': own,
      '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none'] },
      'yandex.ru': { TXT: ['v=spf1 ip4:198.51.100.0/24 -all'] },
      'outlook.com': { TXT: ['v=spf1 ip4:198.51.100.0/24 -all'] },
    };
    const request = { headerFrom: shop.headerFrom, envelopeFrom: shop.envelopeFrom, ...asked };
    const { findings, verdict } = await ask(request, zoneResolver(zone));
    const [found] = findings;
    assert.equal(found?.id, record === undefined ? 'alignment.unknown' : 'alignment.none');
    assert.equal(verdict, record === undefined ? 'unknown' : 'misaligned');
    assert.equal(found?.args && 'spf' in found.args ? found.args.spf : undefined, said);
    assert.equal(textOf(found!, 'en').record?.value, record);
  });
}
