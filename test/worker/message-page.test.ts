// The page that scores a pasted or uploaded mail, and the inbox page with several mails, in workerd.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GOOD } from '../shared/content/messages.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
  worker = await startWorker({ DOH_URL: doh.url, INBOX_DOMAIN: 'test.example' }, { database: true });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

async function score(fields: Record<string, string | Blob>, language = 'en') {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return worker.fetch(`/message?lang=${language}`, { method: 'POST', body: form });
}

for (const [how, fields] of [
  ['text', { text: GOOD }],
  ['a file', { text: '', file: new Blob([GOOD], { type: 'message/rfc822' }) }],
] as const)
  test(`a mail as ${how} gets its score, its findings and its source, and nothing is kept`, async () => {
    const response = await score(fields);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const page = await response.text();
    assert.match(page, /class="ring /);
    assert.match(page, /<pre>/);
    assert.equal((await worker.sql("SELECT name FROM sqlite_master WHERE name = 'inbox_sources'")).length, 0);
  });

test('markup in a mail is text on the page', async () => {
  const page = await (
    await score({ text: GOOD.replace(/^Subject: .*$/m, 'Subject: <script>alert(1)</script>') })
  ).text();
  assert.ok(!page.includes('<script>alert'));
  assert.ok(page.includes('&lt;script&gt;alert'));
});

for (const [what, fields, status] of [
  ['nothing', { text: '' }, 400],
  ['a PDF', { file: new Blob(['%PDF-1.7\n%âãÏÓ\n1 0 obj\n']) }, 415],
] as const)
  test(`${what} is not scored: ${status}`, async () => {
    assert.equal((await score(fields)).status, status);
  });

test('a body that is no form is not scored', async () => {
  const response = await worker.fetch('/message', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: 'no form',
  });
  assert.equal(response.status, 400);
});

test('an inbox with two mails shows one, links to the other, gives the source, and goes on reloading', async () => {
  const { id, address } = (await (await worker.fetch('/v1/inbox', { method: 'POST' })).json()) as Record<
    string,
    string
  >;
  for (const subject of ['First order', 'Second order']) {
    const raw = GOOD.replace(/^Subject: .*$/m, `Subject: ${subject}`);
    assert.equal((await worker.email({ from: 'bounce@shop.example', to: address!, raw })).rejectReason, undefined);
  }
  const newest = await worker.fetch(`/inbox/${id}?lang=en`);
  assert.equal(newest.headers.get('refresh'), '60');
  const page = await newest.text();
  assert.match(page, /id="mail-2"/);
  assert.doesNotMatch(page, /id="mail-1"/);
  assert.match(page, /First order/);
  const older = await worker.fetch(`/inbox/${id}?lang=en&mail=1`);
  assert.equal(older.headers.get('refresh'), null);
  assert.match(await older.text(), /id="mail-1"/);
  const source = await worker.fetch(`/v1/inbox/${id}/source?mail=1`);
  assert.equal(source.headers.get('content-type'), 'text/plain; charset=UTF-8');
  assert.match(await source.text(), /^Subject: First order$/m);
  assert.equal((await worker.fetch(`/v1/inbox/${id}/source?mail=7`)).status, 404);
});
