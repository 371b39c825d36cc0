// What a stranger's zone can do to an answer's size, what the return path changes, and whose mail a pasted link means.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DomainFacts } from '../../shared/check/section.ts';
import type { Report } from '../../shared/check/types.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const includes = Array.from({ length: 10 }, (_, index) => `_spf${index}.hostile.example`);
const zone: Zone = {
  ...ordinary,
  'hostile.example': {
    MX: ['10 mx1.provider.example'],
    TXT: [
      `v=spf1 ${includes.map((name) => `include:${name}`).join(' ')} -all`,
      ...Array.from({ length: 40 }, (_, index) => `${index} ${'<"&\u00ff'.repeat(150)}`),
    ],
  },
  ...Object.fromEntries(
    includes.map((name, index) => [
      name,
      { TXT: [`v=spf1 ${Array.from({ length: 2000 }, (_, at) => `ip4:198.18.${index}.${at % 250}`).join(' ')} -all`] },
    ]),
  ),
  'bounce.shop.example': { TXT: [`v=spf1 ip4:${RELAY} -all`] },
  'www.shop.example': { A: ['203.0.113.80'] },
  'news.shop.example': { MX: ['10 mx1.provider.example'] },
  'twice.example': { TXT: ['v=spf1 +all', 'v=spf1 -all'] },
};
let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(zone)));
  worker = await startWorker({ DOH_URL: doh.url });
});
after(async () => {
  await worker?.stop();
  await doh.stop();
});

for (const path of ['json', 'text', 'markdown', 'junit', 'sarif', 'json&pretty=1'].map(
  (form) => `/v1/check/hostile.example?format=${form}`,
)) {
  test(`no zone makes an answer above 100 KB: ${path}`, async () => {
    const response = await worker.fetch(path);
    assert.equal(response.status, 200);
    assert.ok((await response.arrayBuffer()).byteLength <= 100_000);
  });
}

test('nor a page above 100 KB', async () => {
  const response = await worker.fetch('/report/hostile.example', { headers: { accept: 'text/html' } });
  assert.ok((await response.arrayBuffer()).byteLength <= 100_000);
});

test('SPF is evaluated for the return path, a domain or an address', async () => {
  for (const value of ['bounce.shop.example', 'returns@bounce.shop.example']) {
    for (const path of ['/v1/check/shop.example?selector=mail', '/v1/spf/shop.example?helo=mail.shop.example']) {
      const response = await worker.fetch(`${path}&ip=${RELAY}&return_path=${value}`);
      const { facts } = (await response.json()) as Report<DomainFacts>;
      assert.deepEqual(
        facts.spf!.outcomes.map(({ domain, result }) => [domain, result]),
        [['bounce.shop.example', 'pass']],
      );
    }
  }
  const wrong = await worker.fetch('/v1/check/shop.example?return_path=a%20b');
  assert.deepEqual([wrong.status, ((await wrong.json()) as { parameter: string }).parameter], [400, 'return_path']);
});

test('pre-flight uses the return path in place of the envelope sender', async () => {
  const response = await worker.fetch('/v1/preflight', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      headerFrom: 'orders@shop.example',
      envelopeFrom: 'orders@elsewhere.example',
      returnPath: 'bounce.shop.example',
      sendingIps: [RELAY],
    }),
  });
  assert.equal(((await response.json()) as { verdict: string }).verdict, 'aligned_by_spf_only');
});

for (const [typed, location] of [
  ['https://www.shop.example/catalog', '/report/shop.example?typed=www.shop.example'],
  ['www.shop.example', '/report/shop.example?typed=www.shop.example'],
  ['https://news.shop.example/', '/report/news.shop.example'],
  ['shop.example', '/report/shop.example'],
  ['orders@www.shop.example', '/report/www.shop.example'],
] as const) {
  test(`${typed} redirects to ${location}`, async () => {
    const response = await worker.fetch(`/report?domain=${encodeURIComponent(typed)}`, { redirect: 'manual' });
    assert.equal(response.headers.get('location'), location);
  });
}

test('the page has a note on a web host, and /docs has a language', async () => {
  const page = await worker.fetch('/report/shop.example?typed=www.shop.example');
  assert.match(await page.text(), /href="\/report\/www\.shop\.example\?lang=/);
  assert.equal((await worker.fetch('/docs?lang=ru', { headers: { accept: 'text/html' } })).status, 200);
});
