// The pages for people, over HTTP: what stands on them, in both languages, and that nothing of a stranger's becomes markup.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const MARKUP = '"><script>alert(1)</script>';
const zone: Zone = {
  'shop.example': {
    A: ['203.0.113.80'],
    MX: ['10 mail.shop.example'],
    TXT: ['v=spf1 mx include:_spf.news.example -all'],
  },
  'mail.shop.example': { A: ['203.0.113.25'] },
  '_spf.news.example': { TXT: ['v=spf1 ip4:198.51.100.0/24 -all'] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@shop.example'] },
  'evil.example': { A: ['203.0.113.80'], TXT: [`v=spf1 ${MARKUP} -all`, `site=${MARKUP}`] },
  '_dmarc.evil.example': { TXT: [`v=DMARC1; p=${MARKUP}; rua=mailto:${MARKUP}@x.example`] },
  'xn--80aairftm.example': { A: ['203.0.113.82'], TXT: ['v=spf1 -all'] },
};
let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(zone)));
  worker = await startWorker({ DOH_URL: doh.url });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});
const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await worker.fetch(path, { headers, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

test('the report: score, what to do with the record to copy, the SPF tree, the alignment', async () => {
  const { status, headers, text } = await get('/report/shop.example');
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/html; charset=utf-8/i);
  assert.match(text, /<html lang="en">/);
  assert.match(text, /<h1>Is mail from shop\.example accepted\?<\/h1>/);
  assert.match(text, /<b class="(good|fair|bad|grey)">[\d.]+<\/b>/);
  assert.match(text, /<code>_spf\.news\.example<\/code>/);
  assert.match(text, /role="img" aria-label="SPF: yes; DKIM: no"/);
  assert.match(text, /data-copy="v=DMARC1; p=quarantine; rua=mailto:dmarc@shop\.example"/);
  assert.match(text, /href="\/v1\/check\/shop\.example"/);
});

test('in Russian by header and by parameter, with a way to the other language that keeps the question', async () => {
  assert.match(
    (await get('/report/shop.example', { 'accept-language': 'ru' })).text,
    /<html lang="ru">[\s\S]*Принимают ли почту от shop\.example\?/,
  );
  const { text } = await get('/report/shop.example?ip=203.0.113.25&lang=ru');
  assert.match(text, /href="\/report\/shop\.example\?ip=203\.0\.113\.25&amp;lang=en"/);
});

test('an internationalised domain is shown as people write it', async () => {
  assert.match(
    (await get(`/report/${encodeURIComponent('магазин.example')}`)).text,
    /<h1>Is mail from магазин\.example accepted\?<\/h1>/,
  );
});

test('no markup of a stranger gets into the page', async () => {
  const { text } = await get('/report/evil.example');
  assert.doesNotMatch(text, /<script>alert/);
  assert.match(text, /&lt;script&gt;/);
  const reflected = await get(`/report/shop.example?lang=${encodeURIComponent(MARKUP)}`);
  assert.equal(reflected.status, 400);
  // Said back only as data, which no browser reads as a page.
  assert.match(reflected.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(reflected.headers.get('x-content-type-options'), 'nosniff');
});

test('nothing foreign is loaded, and the policy allows exactly what stands in the page', async () => {
  const { text, headers } = await get('/report/shop.example');
  assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/\//);
  const policy = headers.get('content-security-policy') ?? '';
  for (const [tag, directive] of [
    ['style', 'style-src'],
    ['script', 'script-src'],
  ] as const) {
    const blocks = [...text.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map((match) => match[1]!);
    assert.equal(blocks.length, 1, tag);
    assert.ok(
      policy.includes(`${directive} 'sha256-${createHash('sha256').update(blocks[0]!).digest('base64')}'`),
      tag,
    );
  }
  assert.doesNotMatch(text, / (?:style|on[a-z]+)=/);
});

test('the start page has one field that leads to the report', async () => {
  const { text } = await get('/');
  assert.match(text, /<form action="\/report" method="get">[\s\S]*<input name="domain" required/);
  const { status, headers } = await get(`/report?domain=${encodeURIComponent(' Магазин.Example ')}&ip=&lang=ru`);
  assert.equal(status, 303);
  assert.equal(headers.get('location'), '/report/xn--80aairftm.example?lang=ru');
  assert.equal((await get('/report?domain=')).status, 400);
});
