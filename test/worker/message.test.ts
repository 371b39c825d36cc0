// POST /v1/message over HTTP: a mail as a file and as JSON, every format, and bad input of every kind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { MAX_MESSAGE_BYTES } from '../../shared/check/message.ts';
import { signDkim } from '../../shared/dkim/sign.ts';
import { GOOD } from '../shared/content/messages.ts';
import { testKey } from '../shared/dkim/fixtures.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ownRelay, RELAY } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const zone: Zone = { ...ownRelay };
let doh: RunningServer & { url: string };
let worker: RunningWorker;
let mail: string;
before(async () => {
  const { pem, record, selector } = await testKey('rsa2048');
  zone[`${selector}._domainkey.shop.example`] = { TXT: [record] };
  // Dated today, since the Worker's clock is.
  const today = GOOD.replace(/^Date:.*$/m, `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`);
  const signed = await signDkim(today, { domain: 'shop.example', selector, key: pem });
  assert.ok(signed.ok);
  mail = signed.header + today;
  doh = await startDohServer(respondFrom(zoneResolver(zone)));
  worker = await startWorker({ DOH_URL: doh.url });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

const WAY = `ip=${RELAY}&sender=bounce@shop.example&helo=mail.shop.example&tls=true`;
const post = async (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  contentType = 'message/rfc822',
  more: Record<string, string> = {},
) => {
  const response = await worker.fetch(path, {
    method: 'POST',
    body,
    headers: { 'content-type': contentType, ...more },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const problemOf = ({ status, headers, text }: Awaited<ReturnType<typeof post>>) => {
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
  return { status, ...(JSON.parse(text) as { title: string; detail: string; parameter?: string }) };
};

test('a mail as a file: score, findings and facts, which no cache stores', async () => {
  const { status, headers, text } = await post(`/v1/message?${WAY}`, mail);
  assert.equal(status, 200, text);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('etag'), null);
  const report = JSON.parse(text);
  assert.deepEqual(report.score, { value: 10, low: 10, coverage: 1, refused: false });
  assert.equal(report.subject.kind, 'message');
  assert.equal(report.facts.message.dkim.result, 'pass');
  assert.equal(report.facts.message.content.headers.subject, 'Ваш заказ 1042');
});

test('as JSON, as text and in base64, the same', async () => {
  const way = { envelopeFrom: 'bounce@shop.example', clientIp: RELAY, helo: 'mail.shop.example', tls: true };
  for (const body of [{ raw: mail }, { rawBase64: Buffer.from(mail).toString('base64') }]) {
    const { status, text } = await post('/v1/message', JSON.stringify({ ...body, ...way }), 'application/json');
    assert.equal(status, 200, text);
    assert.equal(JSON.parse(text).score.value, 10);
  }
});

test('every format, Russian, and the least score', async () => {
  assert.match((await post(`/v1/message?${WAY}&format=text`, mail)).text, /^shop\.example 203\.0\.113\.25: 10 of 10\n/);
  assert.match((await post(`/v1/message?${WAY}&format=text&lang=ru`, mail)).text, /Письмо проходит DMARC/);
  for (const format of ['markdown', 'junit', 'sarif']) {
    assert.equal((await post(`/v1/message?${WAY}&format=${format}`, mail)).status, 200, format);
  }
  const altered = await post(`/v1/message?${WAY}&min_score=9&format=text`, mail.replace('for your', 'for Your'));
  assert.equal(altered.status, 422);
  assert.match(altered.text, /\[dkim\.message-body-altered\]/);
});

test('text in old character sets is read in workerd as elsewhere', async () => {
  const body = Buffer.concat([
    Buffer.from(
      'From: a@shop.example\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: 8bit\r\n\r\n',
    ),
    Buffer.of(0xd1, 0xef, 0xe0, 0xf1, 0xe8, 0xe1, 0xee),
  ]);
  const report = JSON.parse((await post('/v1/message', body)).text);
  assert.deepEqual(report.facts.message.content.decodeProblems, []);
  assert.equal(report.facts.message.content.text.characters, 7);
});

test('a relay that signs later: a missing signature is unknown, in the query and in JSON', async () => {
  const unsigned = mail.replace(/^DKIM-Signature:[\s\S]*?\r\n(?![ \t])/i, '');
  const way = { envelopeFrom: 'bounce@shop.example', clientIp: RELAY, helo: 'mail.shop.example', tls: true };
  const json = (signedLater: unknown) =>
    post('/v1/message', JSON.stringify({ raw: unsigned, ...way, signedLater }), 'application/json');
  const idsOf = ({ text }: { text: string }) => JSON.parse(text).findings.map(({ id }: { id: string }) => id);
  assert.ok(idsOf(await post(`/v1/message?${WAY}`, unsigned)).includes('dkim.message-unsigned'));
  for (const answer of [
    await post(`/v1/message?${WAY}&signed_later=Shop.Example`, unsigned),
    await json([{ domain: 'shop.example', selector: 's1' }]),
  ]) {
    assert.equal(answer.status, 200, answer.text);
    assert.ok(!idsOf(answer).includes('dkim.message-unsigned'));
    const { facts, score } = JSON.parse(answer.text);
    assert.equal(facts.message.pending[0].domain, 'shop.example');
    assert.equal(score.value, 10);
    assert.ok(score.low < 10);
  }
  assert.equal(problemOf(await post(`/v1/message?signed_later=a..b`, unsigned)).parameter, 'signed_later');
  for (const wrong of [[], [{}], [{ domain: 'a..b' }], 'shop.example', Array(5).fill({ domain: 'shop.example' })])
    assert.equal(problemOf(await json(wrong)).status, 400, JSON.stringify(wrong));
});

test('a file that is not a mail is not scored as one', async () => {
  for (const head of ['d0cf11e0a1b11ae1', '504b030414', '1f8b0800', '255044462d312e']) {
    const body = Buffer.concat([Buffer.from(head, 'hex'), Buffer.alloc(200)]);
    assert.equal(problemOf(await post('/v1/message', body)).status, 415, head);
    const json = JSON.stringify({ rawBase64: body.toString('base64') });
    assert.equal(problemOf(await post('/v1/message', json, 'application/json')).status, 415, head);
  }
});

test('bad input is named', async () => {
  assert.equal(problemOf(await post('/v1/message', mail, 'text/plain')).status, 415);
  assert.equal(problemOf(await post('/v1/message', '')).status, 400);
  for (const [query, parameter] of [
    ['ip=mail.shop.example', 'ip'],
    ['sender=nobody', 'sender'],
    ['tls=yes', 'tls'],
    ['kind=spam', 'kind'],
    ['helo=a%20b', 'helo'],
    ['envelope=x', 'envelope'],
    ['format=pdf', 'format'],
  ] as const) {
    const { status, parameter: named } = problemOf(await post(`/v1/message?${query}`, mail));
    assert.deepEqual({ status, named }, { status: 400, named: parameter }, query);
  }
  const json = async (body: string, query = '') =>
    problemOf(await post(`/v1/message${query}`, body, 'application/json'));
  assert.equal((await json('{')).title, 'Broken JSON');
  assert.equal((await json('{}')).parameter, 'raw');
  assert.equal((await json('{"raw":"x","rawBase64":"eA=="}')).parameter, 'raw');
  assert.equal((await json('{"rawBase64":"§"}')).parameter, 'rawBase64');
  assert.equal((await json('{"raw":"x","clientIp":"x"}')).parameter, 'clientIp');
  assert.equal((await json('{"raw":"x"}', '?ip=192.0.2.1')).parameter, 'ip');
});

test('a mail over the limit is rejected, whatever length it claims', async () => {
  const { status, detail } = problemOf(await post('/v1/message', new Uint8Array(MAX_MESSAGE_BYTES + 1)));
  assert.equal(status, 413);
  assert.match(detail, new RegExp(String(MAX_MESSAGE_BYTES)));
});

const coded = (body: Uint8Array<ArrayBuffer>, coding: string, path = `/v1/message?${WAY}`, contentType?: string) =>
  post(path, body, contentType, { 'content-encoding': coding });

test('a body in an encoding of HTTP is decoded', async () => {
  for (const [coding, body] of [
    ['gzip', gzipSync(mail)],
    ['X-GZIP', gzipSync(mail)],
    ['identity, gzip', gzipSync(mail)],
    ['deflate', deflateSync(mail)],
    ['br', brotliCompressSync(mail)],
    ['identity', Buffer.from(mail)],
  ] as const) {
    const { status, text } = await coded(body, coding);
    assert.equal(status, 200, text);
    assert.equal(JSON.parse(text).score.value, 10, coding);
  }
  const question = JSON.stringify({ raw: mail, clientIp: RELAY });
  assert.equal((await coded(gzipSync(question), 'gzip', '/v1/message', 'application/json')).status, 200);
  const preflight = gzipSync(
    '{"headerFrom":"a@shop.example","envelopeFrom":"a@shop.example","sendingIps":["203.0.113.25"]}',
  );
  assert.equal((await coded(preflight, 'gzip', '/v1/preflight', 'application/json')).status, 200);
});

test('an encoding that is unknown, or not what the body is in, is no mail to be scored', async () => {
  for (const coding of ['zstd', 'gzip, gzip', 'compress', 'constructor', '__proto__']) {
    const answer = await coded(zstdCompressSync(mail), coding);
    assert.equal(answer.headers.get('accept-encoding'), 'gzip, deflate, br');
    const { status, parameter } = problemOf(answer);
    assert.deepEqual({ status, parameter }, { status: 415, parameter: 'content-encoding' }, coding);
  }
  for (const [coding, body] of [
    ['gzip', Buffer.from(mail)],
    ['gzip', gzipSync(mail).subarray(0, 300)],
    ['deflate', gzipSync(mail)],
    ['br', Buffer.from(mail)],
  ] as const) {
    assert.equal(problemOf(await coded(body as Uint8Array<ArrayBuffer>, coding)).status, 400, coding);
  }
  assert.equal(problemOf(await coded(gzipSync(''), 'gzip')).status, 400);
});

test('a small body that decodes to more than a mail may have is rejected, and the Worker goes on', async () => {
  const bomb = Buffer.alloc(64 << 20);
  for (const [coding, body] of [
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb)],
  ] as const) {
    assert.equal(problemOf(await coded(body, coding)).status, 413, coding);
  }
  assert.equal(problemOf(await coded(gzipSync(bomb), 'gzip', '/v1/preflight', 'application/json')).status, 413);
  assert.equal((await post(`/v1/message?${WAY}`, mail)).status, 200);
});
