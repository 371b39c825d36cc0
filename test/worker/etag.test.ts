// What a client may keep: entity tags, 304, HEAD, and how long (RFC 9110 sections 8.8.3 and 13.1.2, RFC 9111).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

/** Changed by the tests: what the owner publishes later. No answer is kept, so that the next check sees it. */
const zone: Zone = {
  ...ordinary,
  'changing.example': { TXT: ['v=spf1 -all'], ttl: 0 },
  'short.example': { A: ['203.0.113.1'], TXT: ['v=spf1 -all'], ttl: 60 },
  'long.example': { A: ['203.0.113.1'], TXT: ['v=spf1 -all'], ttl: 86_400 },
  'down.example': { fail: 'servfail' },
};
let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  doh = await startDohServer(respondFrom({ query: (name, type) => zoneResolver(zone).query(name, type) }));
  worker = await startWorker({ DOH_URL: doh.url });
});
after(async () => {
  await worker?.stop();
  await doh.stop();
});
const PATH = '/v1/check/shop.example';
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  worker.fetch(path, { headers, method });
const tagOf = async (path: string, headers?: Record<string, string>) => (await get(path, headers)).headers.get('etag')!;

test('the tag stays while the report has the same meaning, whenever it was made', async () => {
  const first = await get(PATH);
  // A second later: that long the id of an MTA-STS record to publish stays, which is made of the time.
  const madeIn = async (response: Response) =>
    ((await response.json()) as { checkedAt: string }).checkedAt.slice(0, 19);
  const second = await madeIn(first);
  let later = await get(PATH);
  while ((await madeIn(later.clone())) === second) {
    await setTimeout(50);
    later = await get(PATH);
  }
  assert.match(first.headers.get('etag')!, /^W\/"[\w-]{20,}"$/);
  assert.equal(later.headers.get('etag'), first.headers.get('etag'));
});

test('the tag differs with domain, form, language, and what was found', async () => {
  const tags = [
    await tagOf(PATH),
    await tagOf('/v1/check/short.example'),
    await tagOf(`${PATH}?format=text`),
    await tagOf(`${PATH}?lang=ru`),
    await tagOf('/v1/spf/shop.example'),
  ];
  assert.equal(new Set(tags).size, tags.length);
  assert.equal(await tagOf(PATH, { accept: 'text/plain' }), await tagOf(`${PATH}?format=text`));

  const before = await tagOf('/v1/spf/changing.example');
  zone['changing.example'] = { TXT: ['v=spf1 ip4:203.0.113.25 -all'], ttl: 0 };
  const changed = await get('/v1/spf/changing.example', { 'if-none-match': before });
  assert.equal(changed.status, 200);
  assert.notEqual(changed.headers.get('etag'), before);
});

test('304 without a body where the client has it, with the headers that keep it fresh', async () => {
  const tag = await tagOf(PATH);
  for (const header of [tag, tag.slice(2), `"other", ${tag}`, `W/"a,b" ,${tag}`, '*']) {
    const response = await get(PATH, { 'if-none-match': header });
    assert.equal(response.status, 304, header);
    assert.equal(await response.text(), '');
    assert.equal(response.headers.get('etag'), tag);
    assert.match(response.headers.get('cache-control')!, /^public, max-age=\d+$/);
    assert.equal(response.headers.get('vary'), 'accept, accept-language');
  }
  for (const header of ['"other"', tag.replaceAll('"', ''), `${tag.slice(0, -2)}"`, '', 'W/', '""']) {
    assert.equal((await get(PATH, { 'if-none-match': header })).status, 200, header);
  }
});

test('a least score that is missed is never a 304', async () => {
  const tag = await tagOf(PATH);
  assert.equal((await get(`${PATH}?min_score=10`, { 'if-none-match': tag })).status, 422);
  assert.equal((await get(`${PATH}?min_score=0`, { 'if-none-match': tag })).status, 304);
});

test('HEAD has the headers of GET', async () => {
  for (const path of [PATH, `${PATH}?format=junit`, '/v1/openapi.json', '/v1/check/nodot']) {
    const [head, full] = [await get(path, {}, 'HEAD'), await get(path)];
    assert.equal(head.status, full.status, path);
    assert.equal(await head.text(), '');
    for (const name of ['content-type', 'etag', 'vary', 'content-language']) {
      assert.equal(head.headers.get(name), full.headers.get(name), `${path} ${name}`);
    }
  }
  assert.equal((await get(PATH, { 'if-none-match': await tagOf(PATH) }, 'HEAD')).status, 304);
});

test('a report may be kept as long as the DNS answers, at least ten seconds and at most five minutes', async () => {
  const ageOf = async (domain: string) =>
    Number(/max-age=(\d+)/.exec((await get(`/v1/spf/${domain}`)).headers.get('cache-control')!)![1]);
  const short = await ageOf('short.example');
  assert.ok(short > 10 && short <= 60, String(short));
  assert.equal(await ageOf('long.example'), 300);
  assert.equal(await ageOf('down.example'), 10);
});

test('a problem is not kept', async () => {
  const response = await get('/v1/check/nodot');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('etag'), null);
});

test('the document has a strong tag: the same to the byte', async () => {
  const tag = await tagOf('/v1/openapi.json');
  assert.match(tag, /^"[\w-]{20,}"$/);
  assert.equal(await tagOf('/v1/openapi.json'), tag);
  assert.equal((await get('/v1/openapi.json', { 'if-none-match': tag })).status, 304);
});
