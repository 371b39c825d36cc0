// The card: what stands on it, that it alone may be framed, and that trouble stays a card.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
  worker = await startWorker({ DOH_URL: doh.url });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});
const get = async (path: string, headers: Record<string, string> = { accept: 'text/html' }, from = worker) => {
  const response = await from.fetch(path, { headers, redirect: 'manual' });
  return {
    status: response.status,
    text: await response.text(),
    policy: response.headers.get('content-security-policy') ?? '',
    header: (name: string) => response.headers.get(name),
  };
};

test('score, verdict, the steps with the most points and the link to the report, in both languages', async () => {
  const english = await get('/embed/shop.example?ip=203.0.113.99&lang=en');
  assert.equal(english.status, 200);
  assert.match(english.text, /<html lang="en">[\s\S]*<h1>Mail from shop\.example<\/h1>/);
  assert.match(english.text, /<div class="ring (?:good|fair|bad)">[\s\S]*<b>[\d.]+<\/b><span>of 10<\/span>/);
  assert.match(english.text, /<li><b>\+2 points<\/b> SPF does not authorize 203\.0\.113\.99: fail<\/li>/);
  assert.match(
    english.text,
    /<a href="\/report\/shop\.example\?lang=en&amp;ip=203\.0\.113\.99" target="_blank" rel="noopener">/,
  );
  const russian = await get('/embed/shop.example', { accept: 'text/html', 'accept-language': 'ru' });
  assert.match(russian.text, /<html lang="ru">[\s\S]*<h1>Почта от shop\.example<\/h1>/);
  assert.match(russian.text, /href="\/report\/shop\.example\?lang=ru"/);
});

test('the card may be framed by any page, and nothing else may', async () => {
  const card = await get('/embed/shop.example');
  assert.match(card.policy, /frame-ancestors \*$/);
  assert.equal(card.header('x-frame-options'), null);
  for (const path of [
    '/',
    '/report/shop.example',
    '/badge/shop.example.svg',
    '/v1/check/shop.example',
    '/nothing',
    '/report/nodot',
  ]) {
    assert.match((await get(path)).policy, /frame-ancestors 'none'/, path);
  }
});

test('the policy allows the style of each theme and nothing more', async () => {
  for (const theme of ['auto', 'light', 'dark', 'surprise']) {
    const { text, policy } = await get(`/embed/shop.example?theme=${theme}`);
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)![1]!;
    assert.ok(policy.includes(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`), theme);
    assert.doesNotMatch(policy, /script-src|img-src/);
    assert.equal(style.includes('prefers-color-scheme'), theme === 'auto' || theme === 'surprise', theme);
    assert.doesNotMatch(text, /<script| style=| on[a-z]+=|src=/);
  }
});

test('trouble is a card in the frame, and a problem for programs', async () => {
  for (const [path, status, expected] of [
    ['/embed/nodot?lang=en', 400, /“nodot” has no ending/],
    ['/embed/nodot?lang=ru', 400, /В «nodot» нет окончания/],
    ['/embed/shop.example?ip=999&lang=en', 400, /This is not an IP address/],
    ['/embed/%3Cscript%3Ealert(1)%3C%2Fscript%3E?lang=en', 400, /&lt;script&gt;/],
  ] as const) {
    const card = await get(path);
    assert.equal(card.status, status, path);
    assert.match(card.header('content-type') ?? '', /^text\/html/, path);
    assert.match(card.text, expected, path);
    assert.match(card.text, /<div class="ring grey">/, path);
    assert.match(card.policy, /frame-ancestors \*$/, path);
    assert.doesNotMatch(card.text, /<script/, path);
  }
  const program = await get('/embed/nodot', { accept: '*/*' });
  assert.match(program.header('content-type') ?? '', /^application\/problem\+json/);
  assert.match(program.policy, /frame-ancestors 'none'/);
});

test('the card of a domain that does not exist says so, without steps', async () => {
  const { text } = await get('/embed/missing.example?lang=en');
  assert.match(text, /This domain does not exist\./);
  assert.doesNotMatch(text, /<li>/);
});

test('a Worker that serves its owner only says so in the frame and on the page', async () => {
  const own = await startWorker({ DOH_URL: doh.url, ALLOWED_DOMAINS: 'shop.example' });
  try {
    const card = await get('/embed/other.example?lang=en', undefined, own);
    assert.equal(card.status, 403);
    assert.match(card.text, /checks the domains of its owner only/);
    assert.match(card.policy, /frame-ancestors \*$/);
    const page = await get('/report/other.example?lang=ru', undefined, own);
    assert.equal(page.status, 403);
    assert.match(page.text, /проверяет только домены своего владельца/);
    assert.equal((await get('/embed/shop.example', undefined, own)).status, 200);
  } finally {
    await own.stop();
  }
});

test('a Worker whose settings are wrong shows a card, not a broken frame', async () => {
  const broken = await startWorker({ DOH_URL: 'ftp://nowhere' });
  try {
    const card = await get('/embed/shop.example?lang=en', undefined, broken);
    assert.equal(card.status, 200);
    assert.match(card.text, /An internal error occurred/);
    assert.equal(card.header('cache-control'), 'no-store');
    assert.doesNotMatch(card.text, /DOH_URL/);
  } finally {
    await broken.stop();
  }
});
