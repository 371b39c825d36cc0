// The owner's pages in workerd with a real D1: the login, what a session may do, what its forms do, and what strangers may not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { fillMonth, monthZone, SHOPS } from '../support/month.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const OTHER = 'another-token-of-more-than-twenty-characters';
const NOW = Date.now();

let doh: RunningServer & { url: string };
let worker: RunningWorker;
let cookie = '';

before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(monthZone())));
  worker = await startWorker({ DOH_URL: doh.url, API_TOKENS: `${OTHER} ${TOKEN}` }, { database: true });
  await fillMonth(worker, TOKEN, NOW);
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

const FORM = 'application/x-www-form-urlencoded';
async function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  return worker.fetch(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': FORM, origin: worker.url, ...headers },
    body: new URLSearchParams(fields).toString(),
  });
}
const open = (path: string, held = cookie) => worker.fetch(path, { redirect: 'manual', headers: { cookie: held } });
const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0]!;

test('the cookie is HttpOnly, SameSite, and short-lived; it does not hold the token', async () => {
  const response = await post('/login?lang=en', { token: TOKEN });
  assert.deepEqual([response.status, response.headers.get('location')], [303, '/domains?lang=en']);
  const set = response.headers.get('set-cookie')!;
  assert.match(set, /; HttpOnly/i);
  assert.match(set, /; SameSite=Strict/i);
  assert.match(set, /; Max-Age=28800/i);
  assert.ok(!set.includes(TOKEN));
  cookie = cookieOf(response);
  assert.equal((await open('/domains')).status, 200);
});

describe('without a session', () => {
  for (const path of ['/domains', '/domains/good.example'])
    test(`${path} leads to the login`, async () => {
      const response = await open(path, '');
      assert.deepEqual([response.status, response.headers.get('location')], [303, '/login?lang=en']);
      assert.ok(!(await response.text()).includes('good.example'));
    });
  for (const path of [
    '/domains',
    '/domains/good.example',
    '/domains/good.example/remove',
    '/domains/good.example/test',
  ])
    test(`a form to ${path} changes nothing`, async () => {
      const response = await post(path, { domain: 'new.example', sure: 'yes' });
      assert.equal(response.headers.get('location'), '/login?lang=en');
      const watched = await worker.sql('SELECT domain FROM watches');
      assert.equal(watched.length, SHOPS.length);
    });
  test('a wrong token is a page with 403 and no cookie', async () => {
    const response = await post('/login', { token: `${TOKEN}x` });
    assert.equal(response.status, 403);
    assert.equal(response.headers.get('set-cookie'), null);
  });
});

describe('a cookie that is not a session', () => {
  const expired = async () => {
    const [, expires = ''] = /=(\d+)\./.exec(cookie) ?? [];
    return cookie.replace(expires, String(Number(expires) + 1000));
  };
  test('with another time', async () => assert.equal((await open('/domains', await expired())).status, 303));
  test('with nonsense', async () => assert.equal((await open('/domains', 'mailshim=x.y')).status, 303));
});

test('another site cannot log the owner out, and a path of the API is no domain', async () => {
  const forged = await post('/logout', {}, { cookie, origin: 'https://evil.example' });
  assert.deepEqual([forged.status, forged.headers.get('set-cookie')], [403, null]);
  const steered = await open('/domains/..%2F..%2Fhealthz%23/bounced.csv');
  assert.equal(steered.status, 400);
});

test('a form of another site is rejected', async () => {
  const response = await post(
    '/domains/good.example/remove',
    { sure: 'yes' },
    { cookie, origin: 'https://evil.example' },
  );
  assert.equal(response.status, 403);
  assert.equal((await worker.sql("SELECT 1 FROM watches WHERE domain = 'good.example'")).length, 1);
});

test('the overview names what to do next, the most urgent first', async () => {
  const answer = await worker.fetch('/v1/overview', { headers: { authorization: `Bearer ${TOKEN}` } });
  const { domains, next } = (await answer.json()) as {
    domains: { domain: string; reports: { messages: number; aligned: number; bounced: number } }[];
    next: { domain: string; kind: string; count: number }[];
  };
  assert.deepEqual(
    domains.map(({ domain }) => domain),
    [...SHOPS].sort(),
  );
  assert.deepEqual(
    next.map(({ domain, kind }) => `${kind} ${domain}`),
    [
      'stuck forged.example',
      'unaligned forged.example',
      'unaligned letters.example',
      'findings letters.example',
      'bounced letters.example',
    ],
  );
  const good = domains.find(({ domain }) => domain === 'good.example')!.reports;
  assert.equal(good.aligned, good.messages);
});

test('the pages show the same in both languages, and nothing is kept', async () => {
  for (const language of ['en', 'ru']) {
    const response = await open(`/domains?lang=${language}`);
    const text = await response.text();
    for (const domain of SHOPS) assert.ok(text.includes(`/domains/${domain}?lang=${language}`), domain);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('content-language'), language);
    const one = await (await open(`/domains/letters.example?lang=${language}`)).text();
    assert.match(one, /SendGrid/);
    assert.match(one, /550-5\.7\.30/);
    assert.match(one, /<rect class="aligned"/);
  }
});

test('TLS reports and what bounced are on the page, as the API has them', async () => {
  const good = await (await open('/domains/good.example')).text();
  assert.match(good, /<code>certificate-expired<\/code><\/th><td>mx1\.provider\.example<\/td><td>3<\/td>/);
  const letters = await (await open('/domains/letters.example')).text();
  const bounces = letters.slice(letters.indexOf('id="bounces"'), letters.indexOf('id="received"'));
  assert.match(bounces, /550 5\.1\.1 no such user<\/span><\/th><td>1<\/td>/);
  const { reasons } = (await (
    await worker.fetch('/v1/bounces/letters.example', { headers: { authorization: `Bearer ${TOKEN}` } })
  ).json()) as { reasons: { advice: string }[] };
  assert.ok(reasons.length === 1 && bounces.includes(reasons[0]!.advice.replaceAll('"', '&quot;')));
});

test('the addresses that do not exist are a file for the owner only', async () => {
  const file = await open('/domains/letters.example/bounced.csv');
  assert.equal(file.headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
  assert.match(await file.text(), /\r\nann@receiver\.example,no-such-address,5\.1\.1,1,/);
  assert.equal((await open('/domains/letters.example/bounced.csv', '')).status, 303);
  assert.equal((await open('/domains/unknown.example/bounced.csv')).status, 404);
});

test('the next DMARC policy is on the page', async () => {
  const text = await (await open('/domains/good.example')).text();
  const { verdict, reasons } = (await (
    await worker.fetch('/v1/next/good.example', { headers: { authorization: `Bearer ${TOKEN}` } })
  ).json()) as { verdict: string; reasons: { text: string }[] };
  assert.equal(verdict, 'not-yet');
  const section = text.slice(text.indexOf('id="step"'), text.indexOf('id="bounces"'));
  for (const reason of reasons) assert.ok(section.includes(reason.text), reason.text);
});

test('what began to cost points is named with its day, once', async () => {
  const text = await (await open('/domains/letters.example')).text();
  const changes = text.slice(text.indexOf('id="changes"'), text.indexOf('id="mail"'));
  assert.equal(changes.match(/<tr><th scope="row">/g)?.length, 1);
  const day = new Date(Math.floor(NOW / 86_400_000) * 86_400_000 - 9 * 86_400_000).toISOString().slice(0, 10);
  assert.ok(changes.includes(`<th scope="row">${day}</th><td><code>dkim.none</code> </td><td></td>`), changes);
  assert.ok(!(await (await open('/domains/good.example')).text()).includes('id="changes"'));
});

test('a domain is added, changed, tested and removed by forms, as by the API', async () => {
  const added = await post('/domains?lang=ru', { domain: 'https://www.new.example/shop' }, { cookie });
  assert.equal(added.headers.get('location'), '/domains/www.new.example?lang=ru&done=added');
  const path = '/domains/www.new.example';
  const saved = await post(
    path,
    { ips: '192.0.2.1, 2001:db8::1', selectors: 's1 s2', helo: '', mail: '', language: 'ru', digest: 'off' },
    { cookie },
  );
  assert.match(saved.headers.get('location')!, /done=saved$/);
  const watch = (await (
    await worker.fetch('/v1/watch/www.new.example', { headers: { authorization: `Bearer ${TOKEN}` } })
  ).json()) as Record<string, unknown>;
  assert.deepEqual(
    [watch.ips, watch.selectors, watch.helo, watch.language, watch.digest],
    [['192.0.2.1', '2001:db8::1'], ['s1', 's2'], null, 'ru', 'off'],
  );
  const wrong = await post(path, { ips: 'nonsense' }, { cookie });
  assert.equal(wrong.status, 400);
  assert.match(await wrong.text(), /role="alert"/);
  assert.match((await post(`${path}/test`, {}, { cookie })).headers.get('location')!, /done=noReceiver$/);
  await post(`${path}/remove`, {}, { cookie });
  assert.equal((await worker.sql("SELECT 1 FROM watches WHERE domain = 'www.new.example'")).length, 1);
  await post(`${path}/remove`, { sure: 'yes' }, { cookie });
  assert.equal((await worker.sql("SELECT 1 FROM watches WHERE domain = 'www.new.example'")).length, 0);
});

test('what strangers wrote into a report is text on the page', async () => {
  await worker.sql("UPDATE reports SET reporter = '<script>alert(1)</script>' WHERE domain = 'good.example'");
  const text = await (await open('/domains/good.example')).text();
  assert.ok(!text.includes('<script>alert'));
  assert.ok(text.includes('&lt;script&gt;alert'));
});

test('logging out ends the session in this browser', async () => {
  const response = await post('/logout', {}, { cookie });
  assert.match(response.headers.get('set-cookie')!, /Max-Age=0/);
});

test('without a token or a database the login says what to set up', async () => {
  const bare = await startWorker({ DOH_URL: doh.url });
  try {
    assert.equal((await bare.fetch('/login')).status, 501);
  } finally {
    await bare.stop();
  }
});
