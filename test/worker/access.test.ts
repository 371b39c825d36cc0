// Serving strangers: the limit per client, the list of domains, CORS, security headers and hostile input, in workerd.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clientKey } from '../../worker/access/limit.ts';
import { readSettings } from '../../worker/settings.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const PER_MINUTE = 20;
let doh: RunningServer & { url: string };
let open: RunningWorker;
let closed: RunningWorker;
before(async () => {
  const zone = { 'shop.example': { A: ['203.0.113.80'], TXT: ['v=spf1 ip4:203.0.113.25 -all'] } };
  doh = await startDohServer(respondFrom(zoneResolver(zone)));
  const vars = { DOH_URL: doh.url, DNS_TIMEOUT_MS: '500', API_TOKENS: `${TOKEN} another-token-of-enough-length` };
  open = await startWorker(vars, { perMinute: PER_MINUTE });
  closed = await startWorker({ ...vars, ALLOWED_DOMAINS: 'shop.example, сайт.example' });
});
after(async () => {
  await open.stop();
  await closed.stop();
  await doh.stop();
});

const from = (ip: string, headers: Record<string, string> = {}) => ({
  headers: { 'cf-connecting-ip': ip, ...headers },
});
async function exhaust(ip: string): Promise<void> {
  for (let i = 0; i < PER_MINUTE; i++) await (await open.fetch('/v1/nothing', from(ip))).text();
}

test('one address too many times is 429 with retry-after; others, and holders of a token, go on', async () => {
  await exhaust('198.51.100.1');
  const refused = await open.fetch('/v1/spf/shop.example', from('198.51.100.1'));
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('retry-after'), '60');
  assert.match(refused.headers.get('content-type') ?? '', /problem\+json/);
  assert.match(await refused.text(), /Come again in 60 seconds/);
  assert.equal((await open.fetch('/v1/spf/shop.example', from('198.51.100.2'))).status, 200);
  const bearer = { authorization: `Bearer ${TOKEN}` };
  assert.equal((await open.fetch('/v1/spf/shop.example', from('198.51.100.1', bearer))).status, 200);
  const wrong = { authorization: `Bearer ${TOKEN}x` };
  assert.equal((await open.fetch('/v1/spf/shop.example', from('198.51.100.1', wrong))).status, 429);
  assert.equal((await open.fetch('/healthz', from('198.51.100.1'))).status, 200);
});

test('a badge stays a picture above the limit', async () => {
  await exhaust('198.51.100.3');
  const badge = await open.fetch('/badge/shop.example.svg', from('198.51.100.3'));
  assert.equal(badge.status, 200);
  assert.match(badge.headers.get('content-type') ?? '', /^image\/svg\+xml/);
  assert.match(await badge.text(), /<title>mail: unavailable<\/title>/);
});

test('a rejection of one client is not cached for others, and has the format of the request', async () => {
  const client = '198.51.100.4';
  await exhaust(client);
  const html = { accept: 'text/html' };
  const rows: [path: string, headers: Record<string, string>, status: number, shows: RegExp][] = [
    ['/badge/shop.example.svg', {}, 200, /<title>mail: unavailable<\/title>/],
    ['/badge/shop.example.svg?lang=ru', {}, 200, /<title>почта: недоступно<\/title>/],
    ['/badge/shop.example.svg?label=orders', {}, 200, /<title>orders: unavailable<\/title>/],
    ['/badge/shop.example.svg?style=for-the-badge', {}, 200, /height="28"/],
    ['/badge/shop.example.svg?style=flat-square&lang=ru&label=x', {}, 200, /<title>x: недоступно<\/title>/],
    ['/badge/shop.example.json?label=orders&lang=ru', {}, 200, /"label": ?"orders".*"message": ?"недоступно"/s],
    ['/v1/check/shop.example', {}, 429, /Too many requests/],
    ['/report/shop.example?lang=ru', html, 429, /<html lang="ru"/],
    ['/embed/shop.example?lang=ru&theme=dark', html, 429, /<html lang="ru"/],
    ['/nothing', {}, 429, /Too many requests/],
  ];
  for (const [path, headers, status, shows] of rows) {
    const refused = await open.fetch(path, from(client, headers));
    const text = await refused.text();
    assert.equal(refused.status, status, path);
    assert.equal(refused.headers.get('cache-control'), 'private, no-store', path);
    assert.equal(refused.headers.get('etag'), null, path);
    assert.match(text, shows, path);
  }
});

test('all addresses of one /64 count together', async () => {
  for (let i = 0; i < PER_MINUTE; i++) await (await open.fetch('/v1/nothing', from(`2001:db8:1:2::${i}`))).text();
  assert.equal((await open.fetch('/v1/spf/shop.example', from('2001:db8:1:2:ffff::1'))).status, 429);
  assert.equal((await open.fetch('/v1/spf/shop.example', from('2001:db8:1:3::1'))).status, 200);
});

test('what a client is counted by', () => {
  assert.equal(clientKey('::ffff:198.51.100.1'), clientKey('198.51.100.1'));
  assert.notEqual(clientKey('2001:db8:1:2::1'), clientKey('2001:db8:1:3::1'));
  assert.equal(clientKey('not an address'), clientKey('another'));
  assert.equal(clientKey('127.0.0.1'), undefined);
  assert.equal(clientKey('10.0.0.7'), undefined);
});

test('a list of domains keeps others out of every route that has a domain in its path', async () => {
  const inside = [
    '/v1/spf/shop.example',
    '/v1/check/mail.shop.example',
    `/v1/spf/${encodeURIComponent('сайт.example')}`,
  ];
  for (const path of inside) assert.equal((await closed.fetch(path)).status, 200, path);
  const paths = ['/v1/check/', '/v1/spf/', '/v1/dkim/', '/v1/tls/', '/report/'];
  for (const domain of [
    'evil.example',
    'notshop.example',
    'shop.example.evil.example',
    'EVIL.example.',
    'e%76il.example',
  ]) {
    for (const path of paths) {
      const response = await closed.fetch(`${path}${domain}`);
      assert.equal(response.status, 403, `${path}${domain}`);
      assert.match(await response.text(), /ALLOWED_DOMAINS/);
    }
    assert.match(await (await closed.fetch(`/badge/${domain}.svg`)).text(), /<title>mail: unavailable</, domain);
  }
  assert.equal((await closed.fetch('/v1/check/nodot')).status, 400);
});

test('the pre-flight keeps to the list as well', async () => {
  const ask = (headerFrom: string) =>
    closed.fetch('/v1/preflight', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ headerFrom, envelopeFrom: headerFrom, sendingIps: ['203.0.113.25'] }),
    });
  assert.equal((await ask('orders@shop.example')).status, 200);
  assert.equal((await ask('orders@evil.example')).status, 403);
});

test('a page of another site may ask what anybody may, without credentials and without a token', async () => {
  const preflight = await open.fetch('/v1/check/shop.example', {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example', 'access-control-request-method': 'GET' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.equal(preflight.headers.get('access-control-allow-credentials'), null);
  assert.doesNotMatch(preflight.headers.get('access-control-allow-headers') ?? '', /authorization|\*/);
  assert.doesNotMatch(preflight.headers.get('access-control-allow-methods') ?? '', /PUT|DELETE|\*/);
  const answer = await open.fetch('/v1/spf/shop.example', { headers: { origin: 'https://shop.example' } });
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
});

test('every answer has the security headers', async () => {
  const paths = [
    '/',
    '/report/shop.example',
    '/v1/spf/shop.example',
    '/v1/nothing',
    '/badge/x.svg',
    '/healthz',
    '/v1/check/nodot',
  ];
  for (const path of paths) {
    const { headers } = await open.fetch(path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'/, path);
    assert.doesNotMatch(headers.get('content-security-policy') ?? '', /script-src[^;]*unsafe-inline/, path);
    assert.equal(headers.get('set-cookie'), null, path);
  }
});

test('nothing of a request comes back as markup', async () => {
  const hostile = [
    '"><svg onload=alert(1)>',
    '</script><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '<!--',
    ']]>',
  ];
  for (const text of hostile) {
    const encoded = encodeURIComponent(text);
    for (const path of [
      `/${encoded}`,
      `/v1/check/${encoded}`,
      `/v1/check/shop.example?ip=${encoded}`,
      `/v1/check/shop.example?${encoded}=1`,
      `/v1/spf/shop.example?format=text&helo=${encoded.replace(/%20/g, '')}`,
      `/report/${encoded}`,
      `/report/shop.example?helo=${encoded.replace(/%20/g, '')}`,
      `/report?domain=${encoded}`,
      `/?lang=${encoded}`,
      `/badge/${encoded}.svg`,
      `/badge/shop.example.svg?label=${encoded}&lang=${encoded}&style=${encoded}&ip=${encoded}`,
    ]) {
      const response = await open.fetch(path, { redirect: 'manual' });
      const type = response.headers.get('content-type') ?? '';
      const body = await response.text();
      if (/html|svg|xml/.test(type)) assert.ok(!body.includes(text), `${path} as ${type}`);
      else assert.match(type, /json|text\/plain|^$/, path);
      assert.ok(response.status < 500, path);
    }
  }
});

test('settings that would not protect are rejected, without being shown', () => {
  const short = readSettings({ API_TOKENS: 'hunter2' });
  assert.ok(!short.ok && short.problems.join().includes('API_TOKENS') && !short.problems.join().includes('hunter2'));
  assert.equal(readSettings({ ALLOWED_DOMAINS: 'shop.example not_a domain..name' }).ok, false);
  assert.equal(readSettings({ WEBHOOK_SECRET: 'secret' }).ok, false);
  assert.equal(readSettings({ CONNECT_TO: 'everything' }).ok, false);
  assert.equal(readSettings({ RELAYS: 'mail.shop.example', WATCH_INTERVAL_MINUTES: '60' }).ok, true);
});
