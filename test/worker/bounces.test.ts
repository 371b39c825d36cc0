// What bounced, in workerd with a real D1: counted once, by reason and provider, with the remedy, found by Message-ID.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const TODAY = new Date().toISOString().slice(0, 10);
let doh: RunningServer & { url: string };
let worker: RunningWorker;

before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
  worker = await startWorker({ DOH_URL: doh.url, API_TOKENS: TOKEN }, { database: true });
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  assert.equal((await worker.fetch('/v1/watch/shop.example', { method: 'PUT', headers, body: '{}' })).status, 201);
  for (const [id, address, status, diagnostic, action] of BOUNCES)
    assert.equal((await post(bounce(id, address, status, diagnostic, action))).status, 201, address);
  // The same once more counts no more.
  assert.equal((await post(bounce(...BOUNCES[0]!))).status, 200);
  assert.equal((await post(complaint('1'))).status, 201);
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

type BounceCase = [id: string, address: string, status: string, diagnostic: string, action?: string];
const BOUNCES: BounceCase[] = [
  ['1042', 'customer@gmail.com', '5.2.2', '552 5.2.2 The recipient’s inbox is out of storage space gsmtp'],
  ['1043', 'Gone@customer.example', '5.1.1', '550 5.1.1 User unknown'],
  ['1044', 'gone@customer.example', '5.1.1', '550 5.1.1 User unknown'],
  ['1045', 'missing@yandex.ru', '5.7.1', '550 5.7.1 No such user!'],
  ['1046', 'back@customer.example', '5.1.1', '550 5.1.1 User unknown'],
  ['1047', 'back@customer.example', '5.2.2', '552 5.2.2 mailbox full'],
  ['1048', 'slow@gmail.com', '4.7.28', '421 4.7.28 unusual rate of unsolicited mail gsmtp', 'delayed'],
  ['1049', '=cmd|x@customer.example', '5.1.1', '550 5.1.1 User unknown'],
  ['1050', 'spf@gmail.com', '5.7.26', '550-5.7.26 unauthenticated sender gsmtp'],
];

function bounce(id: string, address: string, status: string, diagnostic: string, action = 'failed'): string {
  const lines = [
    'From: MAILER-DAEMON@mx.example',
    'To: bounce@bounces.shop.example',
    `Message-ID: <bounce-${id}@mx.example>`,
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=r',
    '',
    '--r',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    `Final-Recipient: rfc822; ${address}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${diagnostic}`,
    '',
    '--r',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: <order${id}@shop.example>`,
    'From: shop@shop.example',
    `Subject: Your order ${id}`,
    '',
    '--r--',
    '',
  ];
  return lines.join('\r\n');
}

function complaint(id: string): string {
  const lines = [
    'From: fbl@corp.mail.ru',
    `Message-ID: <complaint-${id}@corp.mail.ru>`,
    'Subject: complaint',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary=r',
    '',
    '--r',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: Mail.Ru/1.0',
    'Version: 1',
    'Original-Rcpt-To: reader@mail.ru',
    '',
    '--r',
    'Content-Type: message/rfc822',
    '',
    `Message-ID: <news${id}@shop.example>`,
    'From: shop@shop.example',
    'Subject: News',
    '',
    'text',
    '--r--',
    '',
  ];
  return lines.join('\r\n');
}

const post = (body: string) =>
  worker.fetch('/v1/reports', {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'message/rfc822' },
  });
const get = (path: string, token = TOKEN) =>
  worker.fetch(path, { headers: token === '' ? {} : { authorization: `Bearer ${token}` } });
const bounces = async (query = '') => (await get(`/v1/bounces/shop.example${query}`)).json();
type Row = Record<string, unknown>;

test('by day, by reason with the remedy, by provider', async () => {
  const answer = (await bounces('?lang=en')) as Record<string, Row[]>;
  assert.deepEqual([answer.failed, answer.delayed, answer.complained], [8, 1, 1] as unknown);
  assert.deepEqual(
    answer.days!.map(({ day, failed }) => [day, failed]),
    [[TODAY, 8]],
  );
  assert.deepEqual(
    answer.reasons!.map(({ reason, cause, messages, statuses }) => [reason, cause, messages, statuses]).sort(),
    [
      ['authentication', 'authentication', 1, ['5.7.26']],
      ['mailbox-full', 'full', 2, ['5.2.2']],
      ['no-such-address', 'address', 5, ['5.1.1', '5.7.1']],
      ['rate', 'unsolicited-rate', 1, ['4.7.28']],
    ],
  );
  assert.equal(answer.reasons![0]!.title, 'The address does not exist');
  assert.match(String(answer.reasons![0]!.advice), /typing error/);
  assert.deepEqual(
    answer.providers!.map(({ provider, failed, delayed, complained }) => [provider, failed, delayed, complained]),
    [
      [null, 5, 0, 0],
      ['google', 2, 1, 0],
      ['yandex', 1, 0, 0],
      ['mailru', 0, 0, 1],
    ],
  );
  const russian = (await bounces('?lang=ru')) as Record<string, Row[]>;
  assert.equal(russian.reasons![0]!.title, 'Адреса не существует');
});

test('a bounce finds its mail by Message-ID, with or without brackets', async () => {
  for (const id of ['order1042@shop.example', '%3Corder1042@shop.example%3E']) {
    const { recent, complaints } = (await bounces(`?message_id=${id}`)) as Record<string, Row[]>;
    assert.deepEqual(
      recent!.map(({ address, subject, reason, status }) => [address, subject, reason, status]),
      [['customer@gmail.com', 'Your order 1042', 'mailbox-full', '5.2.2']],
    );
    assert.deepEqual(complaints, []);
  }
  const { recent, complaints } = (await bounces('?message_id=news1@shop.example')) as Record<string, Row[]>;
  assert.deepEqual(recent, []);
  assert.deepEqual(
    complaints!.map(({ kind, recipients, subject }) => [kind, recipients, subject]),
    [['abuse', ['reader@mail.ru'], 'News']],
  );
  assert.equal(((await bounces()) as Record<string, Row[]>).recent!.length, BOUNCES.length);
});

test('addresses that do not exist: once each, without those that a later bounce proves to exist, without formulas', async () => {
  const path = '/v1/bounces/shop.example/addresses';
  const json = (await (await get(path)).json()) as { addresses: Row[]; next: unknown };
  assert.deepEqual(
    json.addresses.map(({ address, bounces: times, reason }) => [address, times, reason]),
    [
      ['gone@customer.example', 2, 'no-such-address'],
      ['missing@yandex.ru', 1, 'no-such-address'],
    ],
  );
  assert.equal(json.next, null);
  const text = await get(`${path}?format=text`);
  assert.equal(await text.text(), 'gone@customer.example\nmissing@yandex.ru\n');
  assert.match(text.headers.get('content-disposition')!, /^attachment; filename="bounced-shop\.example\.txt"$/);
  const csv = await get(`${path}?format=csv&limit=1`);
  assert.equal(
    await csv.text(),
    `address,reason,status,bounces,first_seen,last_seen\r\ngone@customer.example,no-such-address,5.1.1,2,${TODAY},${TODAY}\r\n`,
  );
  const [, next] = /^<([^>]+)>; rel="next"$/.exec(csv.headers.get('link')!)!;
  const second = await get(next!);
  assert.match(await second.text(), /\r\nmissing@yandex\.ru,/);
  assert.equal(second.headers.get('link'), null);
});

test('a token, a watched domain, and parameters that are known', async () => {
  for (const [path, token, status] of [
    ['/v1/bounces/shop.example', '', 401],
    ['/v1/bounces/shop.example/addresses', '', 401],
    ['/v1/bounces/other.example', TOKEN, 404],
    ['/v1/bounces/other.example/addresses', TOKEN, 404],
    ['/v1/bounces/shop.example?days=191', TOKEN, 400],
    ['/v1/bounces/shop.example?month=1', TOKEN, 400],
    ['/v1/bounces/shop.example/addresses?limit=0', TOKEN, 400],
    ['/v1/bounces/shop.example/addresses?format=xml', TOKEN, 400],
  ] as const) {
    assert.equal((await get(path, token)).status, status, path);
  }
});

test('what is forgotten is forgotten with its sums', async () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  assert.equal((await worker.fetch('/v1/watch/shop.example', { method: 'DELETE', headers })).status, 204);
  for (const table of ['bounces', 'bounce_days', 'bounced_addresses'])
    assert.deepEqual(await worker.sql(`SELECT * FROM ${table}`), [], table);
});
