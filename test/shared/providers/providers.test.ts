// The table of providers: every row's syntax, and which provider a name means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginRemedies } from '../../../shared/providers/login.ts';
import {
  freeMailboxProvider,
  providerById,
  providerOfMx,
  providerOfSpfName,
  providerOfSubmission,
  providersOf,
} from '../../../shared/providers/lookup.ts';
import { proxyOf } from '../../../shared/providers/proxies.ts';
import { PROVIDERS } from '../../../shared/providers/table.ts';
import { parseSpfRecord } from '../../../shared/spf/parse.ts';
import { isWithin, parseDomain, toAscii } from '../../../shared/text/domain.ts';
import { parseIp } from '../../../shared/text/ip.ts';

for (const provider of PROVIDERS) {
  test(`row ${provider.id}`, () => {
    const { id, name, mx = [], spf, submission, selectors = [], mailboxDomains = [], limits } = provider;
    const login = loginRemedies(provider);
    assert.match(id, /^[a-z0-9][a-z0-9.-]*$/);
    assert.notEqual(name.trim(), '');
    // A row has to be recognised by something.
    assert.ok(mx.length + (spf?.names.length ?? 0) + (submission?.hosts.length ?? 0) > 0);
    for (const pattern of [...mx, ...(submission?.hosts ?? [])]) {
      assert.ok(parseDomain(pattern.replaceAll('*', 'x')).ok, pattern);
      assert.doesNotMatch(pattern, /[^.]\*|\*[^.]/, pattern);
      assert.equal(pattern, pattern.toLowerCase());
    }
    for (const end of spf?.names ?? []) assert.deepEqual(toAscii(end), { ok: true, name: end });
    if (spf?.include !== undefined) {
      assert.deepEqual(parseSpfRecord(`v=spf1 include:${spf.include} ~all`).problems, []);
      // What is proposed is recognised again as this provider's.
      if (spf.names.length > 0) assert.equal(providerOfSpfName(spf.include)?.id, id);
    }
    if (submission !== undefined) {
      for (const host of submission.hosts)
        assert.equal(providerOfSubmission(host.replaceAll('*', 'eu-west-1'))?.id, id, host);
    }
    for (const pattern of mx) assert.equal(providerOfMx(pattern.replaceAll('*', 'eu-west-1'))?.id, id, pattern);
    for (const selector of selectors) assert.match(selector, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
    assert.equal(new Set(selectors).size, selectors.length);
    for (const domain of mailboxDomains) {
      assert.deepEqual(parseDomain(domain), { ok: true, name: domain });
      assert.equal(freeMailboxProvider(domain)?.id, id, domain);
    }
    for (const [index, remedy] of login.entries()) {
      assert.ok(remedy.en.length > 20 && remedy.ru.length > 20);
      assert.match(remedy.ru, /[а-яё]/i);
      // An entry without a reply ends the search.
      assert.equal(remedy.reply === undefined, index === login.length - 1);
    }
    for (const limit of Object.values(limits ?? {})) assert.ok(limit > 0);
  });
}

test('ids, names and mailbox domains appear in one row each', () => {
  for (const values of [
    PROVIDERS.map(({ id }) => id),
    PROVIDERS.map(({ name }) => name),
    PROVIDERS.flatMap(({ mailboxDomains = [] }) => mailboxDomains),
  ])
    assert.equal(new Set(values).size, values.length);
  const ends = PROVIDERS.flatMap(({ id, spf }) => (spf?.names ?? []).map((end) => ({ id, end })));
  const doubled = ends.filter(({ id, end }) => ends.some((other) => other.id !== id && isWithin(end, other.end)));
  assert.deepEqual(doubled, []);
});

test('every provider of the list is there', () => {
  const wanted = [
    ...['google', 'microsoft365', 'outlook', 'yandex', 'mailru', 'ses', 'sendgrid', 'mailgun', 'postmark', 'brevo'],
    ...['mailjet', 'sparkpost', 'zoho', 'fastmail', 'proton', 'icloud', 'ovh', 'ionos', 'hetzner', 'beget', 'timeweb'],
    ...['regru', 'selectel', 'unisender', 'sendpulse', 'notisend', 'dashamail', 'mailchimp', 'mandrill', 'migadu'],
    ...['gandi', 'infomaniak', 'godaddy', 'namecheap', 'hostinger', 'cloudflare-routing', 'cloudflare'],
  ];
  assert.deepEqual(
    wanted.filter((id) => providerById(id) === undefined),
    [],
  );
});

for (const [host, id] of [
  ['aspmx.l.google.com', 'google'],
  ['SMTP.GOOGLE.COM.', 'google'],
  ['shop-example.mail.protection.outlook.com', 'microsoft365'],
  ['shop-example.k-v1.mx.microsoft', 'microsoft365'],
  ['mx.yandex.net', 'yandex'],
  ['emx.mail.ru', 'mailru'],
  ['www123.your-server.de', 'hetzner'],
  ['route1.mx.cloudflare.net', 'cloudflare-routing'],
  ['inbound-smtp.eu-west-1.amazonaws.com', 'ses'],
  // Rented servers are not the provider's mail servers.
  ['static.1.2.3.4.clients.your-server.de', undefined],
  ['ec2-203-0-113-1.compute.amazonaws.com', undefined],
  ['vps-1234.vps.ovh.net', undefined],
  ['vds-1.timeweb.ru', undefined],
  ['ip-203-0-113-1.ip.secureserver.net', undefined],
  ['notgoogle.com', undefined],
  ['mail.shop.example', undefined],
] as const)
  test(`MX ${host}`, () => assert.equal(providerOfMx(host)?.id, id));

for (const [host, id] of [
  ['smtp.gmail.com', 'google'],
  ['email-smtp.eu-west-1.amazonaws.com', 'ses'],
  ['smtp.office365.com', 'microsoft365'],
  ['smtp.eu.mailgun.org', 'mailgun'],
  ['smtp.mx.cloudflare.net', 'cloudflare'],
  ['smtp.yandex.ru', 'yandex'],
  ['email-smtp.amazonaws.com', undefined],
  ['relay.shop.example', undefined],
] as const)
  test(`submission ${host}`, () => assert.equal(providerOfSubmission(host)?.id, id));

test('a mailbox domain does not include names below or similar ones', () => {
  assert.equal(freeMailboxProvider('Gmail.com.')?.id, 'google');
  assert.equal(freeMailboxProvider('sub.gmail.com'), undefined);
  assert.equal(freeMailboxProvider('shop.example'), undefined);
});

test('providers of MX hosts and SPF terms together, each once', () => {
  const found = providersOf(
    ['aspmx.l.google.com'],
    ['include:_spf.google.com', '~include:amazonses.com', 'a:x.example/24'],
  );
  assert.deepEqual(
    found.map(({ id }) => id),
    ['google', 'ses'],
  );
});

for (const [ip, name] of [
  ['104.21.5.5', 'Cloudflare'],
  ['172.67.130.9', 'Cloudflare'],
  ['2606:4700::6812:1', 'Cloudflare'],
  ['23.227.38.65', 'Shopify'],
  ['2620:127:f00f:5::', 'Shopify'],
  ['185.199.109.153', 'GitHub Pages'],
  ['2606:50c0:8001::153', 'GitHub Pages'],
  ['13.33.4.5', 'Amazon CloudFront'],
  ['76.76.21.21', 'Vercel'],
  ['75.2.60.5', 'Netlify'],
  ['198.49.23.145', 'Squarespace'],
  ['185.230.63.171', 'Wix'],
  // Amazon SES and EC2 send mail from networks next to those of CloudFront.
  ['54.240.8.1', undefined],
  ['52.94.124.1', undefined],
  ['205.251.192.1', undefined],
  ['203.0.113.25', undefined],
] as const)
  test(`proxy ${ip}`, () => assert.equal(proxyOf(parseIp(ip)!), name));
