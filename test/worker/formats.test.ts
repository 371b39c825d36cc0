// The forms of a report over HTTP: by parameter and by Accept, in both languages, and with a least score for CI.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { needs } from '../support/peers.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  const markup = { A: ['203.0.113.80'], TXT: ['v=spf1 "><script>alert(1)</script> -all'] };
  doh = await startDohServer(respondFrom(zoneResolver({ ...ordinary, 'evil.example': markup })));
  worker = await startWorker({ DOH_URL: doh.url });
});
after(async () => {
  await worker?.stop();
  await doh.stop();
});
const PATH = `/v1/check/shop.example?ip=${RELAY}`;
const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await worker.fetch(path, { headers });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    headers: response.headers,
    text: await response.text(),
  };
};

const BEGINNINGS: Record<string, [mediaType: string, body: RegExp]> = {
  json: ['application/json; charset=utf-8', /^\{"format":1,/],
  text: ['text/plain; charset=utf-8', /^shop\.example 203\.0\.113\.25: .* of 10\n/],
  markdown: ['text/markdown; charset=utf-8', /^## shop\.example 203\.0\.113\.25: .* of 10\n\n/],
  junit: ['application/junit+xml; charset=utf-8', /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites /],
  sarif: ['application/sarif+json', /^\{"\$schema":"[^"]*","version":"2\.1\.0",/],
};

test('by parameter', async () => {
  for (const [format, [type, body]] of Object.entries(BEGINNINGS)) {
    const answer = await get(`${PATH}&format=${format}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.type, type);
    assert.match(answer.text, body);
    assert.equal(answer.headers.get('vary'), 'accept, accept-language');
  }
});

test('by Accept, the best liked first, the parameter before it', async () => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
  for (const [accept, format] of [
    ['application/json', 'json'],
    ['text/plain', 'text'],
    ['text/markdown', 'markdown'],
    ['application/junit+xml', 'junit'],
    ['application/sarif+json', 'sarif'],
    ['*/*', 'json'],
    [browser, 'json'],
    ['image/png', 'json'],
    ['nonsense', 'json'],
    ['', 'json'],
    ['text/*', 'text'],
    ['text/plain;q=0.5, text/markdown', 'markdown'],
    ['text/plain; charset=utf-8; q=0.9, application/json;q=0.2', 'text'],
    ['application/json;q=0, */*', 'text'],
    ['TEXT/PLAIN', 'text'],
  ] as const) {
    assert.equal((await get(PATH, { accept })).type, BEGINNINGS[format]![0], accept);
  }
  assert.equal((await get(`${PATH}&format=json`, { accept: 'text/plain' })).type, BEGINNINGS.json![0]);
});

test('in Russian by header and by parameter, in every form', async () => {
  for (const format of Object.keys(BEGINNINGS)) {
    const answer = await get(`${PATH}&format=${format}`, { 'accept-language': 'ru,en;q=0.5' });
    assert.equal(answer.headers.get('content-language'), 'ru');
    assert.match(answer.text, /[а-я]{5}/, format);
    assert.doesNotMatch(
      (await get(`${PATH}&format=${format}&lang=en`, { 'accept-language': 'ru' })).text,
      /[а-я]/,
      format,
    );
  }
});

test('below the least score the same answer has status 422, in every form', async () => {
  for (const format of Object.keys(BEGINNINGS)) {
    const passed = await get(`${PATH}&format=${format}&min_score=5`);
    const failed = await get(`${PATH}&format=${format}&min_score=10`);
    assert.deepEqual([passed.status, failed.status], [200, 422], format);
    assert.equal(failed.type, passed.type);
    assert.match(failed.text, BEGINNINGS[format]![1]);
  }
});

const curl = needs('curl', 'curl');
test('curl fails the job, and shows why with --fail-with-body', { skip: curl.missing }, async () => {
  const run = (least: number, flag: string) =>
    spawnSync(curl.path, ['-sS', '--noproxy', '*', flag, `${worker.url}${PATH}&format=text&min_score=${least}`], {
      encoding: 'utf8',
    });
  assert.equal(run(5, '-f').status, 0);
  // curl's exit status for an HTTP error.
  assert.equal(run(10, '-f').status, 22);
  const shown = run(10, '--fail-with-body');
  assert.equal(shown.status, 22);
  assert.match(shown.stdout, BEGINNINGS.text![1]);
});

test('markup out of DNS is none in XML and Markdown', async () => {
  const xml = await get('/v1/spf/evil.example?format=junit');
  assert.match(xml.text, /&#60;script&#62;/);
  assert.doesNotMatch(xml.text, /<script/);
  const markdown = await get('/v1/spf/evil.example?format=markdown');
  assert.match(markdown.text, /\\<script\\>/);
});
