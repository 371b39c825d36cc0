// The Worker in workerd over HTTP, with a zone served over DoH: reports, the pre-flight, the badge, and bad input of every kind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Resolver } from '../../shared/dns/types.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const zone: Zone = {
  'shop.example': { A: ['203.0.113.80'], MX: ['10 mail.shop.example'], TXT: ['v=spf1 ip4:203.0.113.25 -all'] },
  'mail.shop.example': { A: ['203.0.113.25'] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@shop.example'] },
  '25.113.0.203.in-addr.arpa': { PTR: ['mail.shop.example'] },
  'bare.example': { A: ['203.0.113.81'] },
  'xn--80aswg.example': { A: ['203.0.113.82'], TXT: ['v=spf1 -all'] },
};

let doh: RunningServer & { url: string; asked(): number };
let worker: RunningWorker;
before(async () => {
  const known = zoneResolver(zone);
  // The servers of one zone are down, whatever name in it is asked for.
  const resolver: Resolver = {
    query: async (name, type) =>
      /(^|\.)broken\.example$/.test(name)
        ? { kind: 'error', reason: 'servfail', detail: name }
        : known.query(name, type),
  };
  doh = await startDohServer(respondFrom(resolver));
  worker = await startWorker({ DOH_URL: doh.url, DNS_TIMEOUT_MS: '500' });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

interface Json {
  [key: string]: unknown;
}
const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await worker.fetch(path, { headers });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    headers: response.headers,
    text: await response.text(),
  };
};
const json = async (path: string) =>
  JSON.parse((await get(path)).text) as Json & {
    findings: { id: string; title: string; record?: Json }[];
    score: Json;
    facts: Json;
  };
const ids = (report: { findings: { id: string }[] }) => report.findings.map(({ id }) => id);
const preflight = (body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  worker.fetch('/v1/preflight', {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

test('a report has score, findings with texts, facts and the queries', async () => {
  const report = await json('/v1/check/shop.example?ip=203.0.113.25&helo=mail.shop.example');
  assert.equal(report.format, 1);
  assert.deepEqual((report.subject as Json).ips, ['203.0.113.25']);
  assert.equal((report.score as { value: number }).value > 5, true);
  assert.deepEqual(Object.keys(report.facts).sort().includes('spf'), true);
  for (const found of report.findings) assert.ok(found.title.length > 0, found.id);
  assert.ok(!ids(report).includes('alignment.none'));
});

test('a wrong sending address takes points off and has the record to publish', async () => {
  const report = await json('/v1/check/shop.example?ip=198.51.100.99');
  const spf = report.findings.find(({ id }) => id === 'spf.fail');
  assert.match(
    String((spf as unknown as { record: { value: string } }).record.value),
    /^v=spf1 ip4:203\.0\.113\.25 ip4:198\.51\.100\.99 -all$/,
  );
});

test('the same report as text, in English and Russian', async () => {
  const english = await get('/v1/check/shop.example?format=text');
  assert.match(english.type, /^text\/plain; charset=utf-8/);
  assert.match(english.text, /^shop\.example 203\.0\.113\.25: (at most )?[\d.]+ of 10/);
  const russian = await get('/v1/check/shop.example?format=text', { 'accept-language': 'ru-RU,ru;q=0.9,en;q=0.8' });
  assert.match(russian.text, /из 10/);
  const forced = await get('/v1/check/shop.example?lang=en', { 'accept-language': 'ru', accept: 'text/plain' });
  assert.match(forced.text, / of 10/);
});

test('min_score fails the job that asks', async () => {
  assert.equal((await get('/v1/check/bare.example?min_score=9.5&format=text')).status, 422);
  assert.equal((await get('/v1/check/bare.example?min_score=0')).status, 200);
});

test('each part has its own endpoint', async () => {
  for (const path of [
    '/v1/spf/shop.example',
    '/v1/dkim/shop.example?selector=s1',
    '/v1/dmarc/shop.example',
    '/v1/dns/shop.example',
    '/v1/mx/shop.example',
    '/v1/ptr/203.0.113.25',
    '/v1/ptr/2001:db8::1',
  ]) {
    const { status, type, text } = await get(path);
    assert.equal(status, 200, `${path}: ${text}`);
    assert.match(type, /^application\/json/);
    const part = path.split('/')[2]!;
    assert.ok(part in (JSON.parse(text) as { facts: Json }).facts, path);
  }
});

test('an internationalised domain is accepted in U-labels', async () => {
  const report = await json(`/v1/spf/${encodeURIComponent('сайт.example')}`);
  assert.equal((report.subject as Json).domain, 'xn--80aswg.example');
});

test('DNS trouble is unknown, not a failure', async () => {
  const report = await json('/v1/check/broken.example');
  assert.equal((report.score as { coverage: number }).coverage < 0.5, true);
  assert.ok(!ids(report).includes('spf.none') && !ids(report).includes('dmarc.none'), ids(report).join());
});

test('the first finding of a domain that does not exist is that', async () => {
  const report = await json('/v1/check/missing.example');
  assert.equal(ids(report)[0], 'check.no-such-domain');
  assert.equal((report.score as { value: number }).value, 0);
});

test('the badge is a picture with the score, whatever is asked', async () => {
  const good = await get('/badge/shop.example.svg?ip=203.0.113.25');
  assert.equal(good.status, 200);
  assert.match(good.type, /^image\/svg\+xml/);
  assert.match(good.text, /<title>mail: [≤ ]*[\d.]+\/10\??<\/title>/);
  assert.match(good.headers.get('cache-control') ?? '', /max-age=300/);
  for (const file of [
    'nonsense.svg',
    'shop.example.png',
    encodeURIComponent('<script>alert(1)</script>.svg'),
    'a..b.svg',
    '%E0%A4%A.svg',
  ]) {
    const odd = await get(`/badge/${file}`);
    assert.equal(odd.status, 200, file);
    assert.match(odd.text, /not a domain/);
    assert.doesNotMatch(odd.text, /<script/);
  }
  assert.match((await get('/badge/broken.example.svg')).text, /\?<\/title>/);
});

test('the pre-flight distinguishes aligned from misaligned', async () => {
  const request = {
    headerFrom: 'orders@shop.example',
    envelopeFrom: 'orders@shop.example',
    sendingIps: ['203.0.113.25'],
  };
  const aligned = (await (await preflight(request)).json()) as Json;
  assert.equal(aligned.verdict, 'aligned_by_spf_only');
  assert.equal((aligned.ttl as number) > 0, true);
  const misaligned = (await (
    await preflight({ ...request, headerFrom: 'me@bare.example', sender: 'orders@shop.example' })
  ).json()) as Json;
  assert.equal(misaligned.verdict, 'misaligned');
  assert.equal(misaligned.suggestedSender, 'orders@shop.example');
});

test('bad paths and queries are problem+json of status 400, naming the parameter', async () => {
  const bad: [path: string, parameter: string][] = [
    ['/v1/check/nodot', 'domain'],
    ['/v1/check/a..example', 'domain'],
    ['/v1/check/192.0.2.1', 'domain'],
    [`/v1/check/${'a'.repeat(64)}.example`, 'domain'],
    ['/v1/check/%00.example', 'domain'],
    ['/v1/check/%ff%fe.example', 'domain'],
    ['/v1/check/%E0%A4%A.example', 'domain'],
    ['/v1/check/a%20b.example', 'domain'],
    ['/v1/check/-a.example', 'domain'],
    ['/v1/ptr/999.1.1.1', 'ip'],
    ['/v1/ptr/shop.example', 'ip'],
    ['/v1/ptr/1.2.3', 'ip'],
    ['/v1/check/shop.example?ip=x', 'ip'],
    ['/v1/check/shop.example?ip=192.0.2.1&ip=192.0.2.2&ip=192.0.2.3&ip=192.0.2.4&ip=192.0.2.5', 'ip'],
    ['/v1/check/shop.example?helo=a%0Ab', 'helo'],
    ['/v1/check/shop.example?selector=a..b', 'selector'],
    ['/v1/check/shop.example?selektor=a', 'selektor'],
    ['/v1/check/shop.example?format=xml', 'format'],
    ['/v1/check/shop.example?lang=de', 'lang'],
    ['/v1/check/shop.example?lang=en&lang=ru', 'lang'],
    ['/v1/check/shop.example?min_score=11', 'min_score'],
    ['/v1/spf/shop.example?sender=a%0Ab@shop.example', 'sender'],
  ];
  for (const [path, parameter] of bad) {
    const { status, type, text } = await get(path);
    assert.equal(status, 400, `${path}: ${status} ${text}`);
    assert.match(type, /^application\/problem\+json/, path);
    const problem = JSON.parse(text) as Json;
    assert.equal(problem.parameter, parameter, path);
    assert.ok(String(problem.detail).length > 10);
  }
});

test('unknown routes and wrong methods are problem+json', async () => {
  for (const [path, method, status] of [
    ['/nothing', 'GET', 404],
    ['/v1/check/', 'GET', 404],
    ['/v1/check/shop.example', 'POST', 405],
    ['/v1/preflight', 'GET', 405],
    ['/badge/shop.example.svg', 'DELETE', 405],
  ] as const) {
    const response = await worker.fetch(path, { method });
    assert.equal(response.status, status, path);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const problem = (await response.json()) as Json;
    assert.equal(problem.status, status);
  }
});

test('a wrong method gets the list of right ones, and the answers of a right one are unchanged', async () => {
  const rows: [method: string, path: string, status: number, allow: string | null][] = [
    ['POST', '/v1/check/shop.example', 405, 'GET, HEAD'],
    ['GET', '/v1/preflight', 405, 'POST'],
    ['PATCH', '/v1/watch/shop.example', 405, 'GET, HEAD, PUT, DELETE'],
    ['DELETE', '/v1/inbox/mail', 405, 'POST, GET, HEAD'],
    ['PUT', '/inbox', 405, 'GET, HEAD, POST'],
    ['DELETE', '/', 405, 'GET, HEAD'],
    ['DELETE', '/nothing', 404, null],
    ['GET', '/v1/check/shop.example/more', 404, null],
    ['HEAD', '/healthz', 200, null],
    ['GET', '/v1/history/shop.example', 501, null],
  ];
  for (const [method, path, status, allow] of rows) {
    const response = await worker.fetch(path, { method });
    await response.text();
    assert.deepEqual([response.status, response.headers.get('allow')], [status, allow], `${method} ${path}`);
  }
});

test('a bad pre-flight request is a problem that names the member', async () => {
  const good = { headerFrom: 'a@shop.example', envelopeFrom: '' };
  const bad: [body: unknown, status: number, parameter: string | undefined][] = [
    ['{', 400, undefined],
    ['', 400, undefined],
    ['[]', 400, undefined],
    ['null', 400, undefined],
    [{}, 400, 'headerFrom'],
    [{ ...good, headerFrom: 'nobody' }, 400, 'headerFrom'],
    [{ ...good, headerFrom: 'a@shop.example\r\nBcc: x@y.example' }, 400, 'headerFrom'],
    [{ ...good, envelopeFrom: 5 }, 400, 'envelopeFrom'],
    [{ ...good, sendingIps: ['1.2.3'] }, 400, 'sendingIps.0'],
    [{ ...good, sendingIps: Array.from({ length: 9 }, () => '192.0.2.1') }, 400, 'sendingIps'],
    [{ ...good, dkim: [{ domain: 'shop.example' }] }, 400, 'dkim.0.selector'],
    [{ ...good, surprise: 1 }, 400, 'surprise'],
    [`{"headerFrom": "${'a'.repeat(20_000)}@shop.example"}`, 413, undefined],
  ];
  for (const [body, status, parameter] of bad) {
    const response = await preflight(body);
    const problem = (await response.json()) as Json;
    assert.equal(response.status, status, JSON.stringify(problem));
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.equal(problem.parameter, parameter, JSON.stringify(problem));
  }
  assert.equal((await preflight(good, { 'content-type': 'text/plain' })).status, 415);
});

test('the health page answers, and reports wrong settings', async () => {
  assert.deepEqual(JSON.parse((await get('/healthz')).text), { status: 'ok' });
  const wrong = await startWorker({ DOH_URL: 'ftp://nowhere', MAX_QUERIES: 'many' });
  try {
    const response = await wrong.fetch('/healthz');
    assert.equal(response.status, 500);
    const problem = (await response.json()) as Json;
    assert.match(String(problem.detail), /DOH_URL must be .*MAX_QUERIES must be/);
  } finally {
    await wrong.stop();
  }
});

test('no request makes it answer 5xx: odd paths, queries, headers and bodies', async () => {
  const pieces = [
    '/v1/check/',
    '/v1/ptr/',
    '/v1/spf/',
    '/v1/preflight',
    '/badge/',
    '/report/',
    '/report',
    'shop.example',
    '.svg',
    '?',
    '&',
    '=',
    'ip',
    'format',
    'lang',
    'selector',
    '%',
    '%2F',
    '%00',
    '%ff',
    '..',
    '/',
    '//',
    ':',
    '@',
    '[',
    ']',
    '::1',
    '0',
    ';',
    '+',
    '\u0416',
    'a'.repeat(300),
  ];
  const request = fc.record({
    path: fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), { maxLength: 8 })
      .map((parts) =>
        `/${parts.join('')}`.replace(/[\\#\s\u0000-\u001f\u007f-\uffff]/g, (c) => encodeURIComponent(c.toWellFormed())),
      ),
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
    language: fc.string({
      unit: fc.constantFrom('r', 'u', 'e', 'n', ',', ';', 'q', '=', '0', '.', '-', '*'),
      maxLength: 30,
    }),
    body: fc.oneof(fc.constant('{}'), fc.json(), fc.string()),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ path, method, language, body }) => {
      const sends = method !== 'GET' && method !== 'HEAD';
      const response = await worker.fetch(path, {
        method,
        redirect: 'manual',
        headers: { 'accept-language': language, 'content-type': 'application/json' },
        ...(sends ? { body } : {}),
      });
      const text = await response.text();
      assert.ok(response.status < 500, `${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
      if (response.status >= 400 && method !== 'HEAD')
        assert.match(response.headers.get('content-type') ?? '', /problem\+json/, `${method} ${path}`);
    }),
    { seed: 8, numRuns: 600 },
  );
});
