// Test inboxes in workerd, with mails as Cloudflare hands them over: made, written to, read as JSON, text and page, closed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MAX_MESSAGE_BYTES } from '../../shared/check/message.ts';
import { signDkim } from '../../shared/dkim/sign.ts';
import {
  CLIENT_INBOXES,
  LIFETIME,
  MAX_INBOXES,
  MAX_MAILS,
  newKey,
  OPEN_INBOXES,
  OWN_NETWORK_INBOXES,
} from '../../worker/inbox/inbox.ts';
import { GOOD } from '../shared/content/messages.ts';
import { testKey } from '../shared/dkim/fixtures.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ownRelay, RELAY } from '../support/ordinary.ts';
import { needs } from '../support/peers.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const opendkim = needs('opendkim', 'opendkim');
const TOKEN = 'a-token-of-the-owner-0123456789';
const MARKUP = '"><script>alert(1)</script>';
const zone: Zone = { ...ownRelay };
let doh: RunningServer & { url: string };
let worker: RunningWorker;
let mail: string;
const today = GOOD.replace(/^Date:.*$/m, `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`);
before(async () => {
  const { pem, record, selector } = await testKey('rsa2048');
  zone[`${selector}._domainkey.shop.example`] = { TXT: [record] };
  const signed = await signDkim(today, { domain: 'shop.example', selector, key: pem });
  assert.ok(signed.ok);
  mail = signed.header + today;
  doh = await startDohServer(respondFrom(zoneResolver(zone)));
  worker = await startWorker({ DOH_URL: doh.url, INBOX_DOMAIN: 'test.example', API_TOKENS: TOKEN }, { database: true });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

/** What Cloudflare's servers put on top of a mail; the mail itself follows. */
const received = (raw: string, ip = RELAY) =>
  `Received: from mail.shop.example (${ip})\r\n        by cloudflare-email.net (cloudflare) id AuYfoj6x77E4\r\n        for <x@test.example>; ${new Date().toUTCString().replace('GMT', '+0000')}\r\nReceived-SPF: pass (mx.cloudflare.net: domain of bounce@shop.example designates ${ip} as permitted sender)\r\n\treceiver=mx.cloudflare.net; client-ip=${ip}; envelope-from="bounce@shop.example"; helo=mail.shop.example;\r\n${raw}`;
const send = (to: string, raw = received(mail), from = 'bounce@shop.example') => worker.email({ from, to, raw });

interface NewInbox {
  id: string;
  address: string;
  page: string;
  reports: string;
  expiresAt: string;
  maxMails: number;
}
const make = async (query = ''): Promise<NewInbox> => {
  const response = await worker.fetch(`/v1/inbox${query}`, { method: 'POST' });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const inbox = (await response.json()) as NewInbox;
  assert.equal(response.headers.get('location'), inbox.page);
  return inbox;
};
const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await worker.fetch(path, { headers, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const read = async ({ id }: NewInbox) => {
  const { status, text } = await get(`/v1/inbox/${id}`);
  return { status, ...JSON.parse(text) };
};

test('a new inbox is waiting, has its expiry, and why no mail may have arrived', async () => {
  const inbox = await make('?domain=Shop.example');
  assert.match(inbox.address, /^test-[a-z2-7]{20}@test\.example$/);
  assert.match(inbox.page, new RegExp(`^${worker.url}/inbox/[a-z2-7]{26}$`));
  // Whoever sees the address on the way must not be able to read the report.
  assert.ok(!inbox.page.includes(inbox.address.slice(5, 25)));
  const waiting = await read(inbox);
  assert.equal(waiting.status, 202);
  assert.equal(waiting.state, 'waiting');
  assert.equal(Date.parse(waiting.expiresAt) - Date.parse(waiting.createdAt), LIFETIME);
  assert.deepEqual(
    waiting.why.map(({ id }: { id: string }) => id),
    ['wait', 'queue', 'refused', 'port', 'address'],
  );
  const text = await get(`/v1/inbox/${inbox.id}?format=text&lang=ru`);
  assert.equal(text.status, 202);
  assert.equal(text.headers.get('retry-after'), '5');
  assert.match(text.text, /Пока ничего не пришло[\s\S]*Порт 25/);
  const page = await get(`/inbox/${inbox.id}`);
  assert.equal(page.status, 200);
  assert.equal(page.headers.get('refresh'), '5');
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.match(page.text, new RegExp(`<code>${inbox.address}</code>`));
  assert.match(page.text, /href="\/report\/shop\.example\?lang=en"/);
  assert.match(page.text, /<meta name="robots" content="noindex">/);
});

test('a right mail is a ten: SPF by the address in Cloudflare’s Received, DKIM, DMARC, content', async () => {
  const inbox = await make();
  assert.equal((await send(inbox.address)).rejectReason, undefined);
  const { status, state, mails, why } = await read(inbox);
  assert.deepEqual({ status, state, why }, { status: 200, state: 'arrived', why: [] });
  assert.equal(mails.length, 1);
  const [{ number, report }] = mails;
  assert.equal(number, 1);
  assert.deepEqual(report.score, { value: 10, low: 10, coverage: 1, refused: false });
  assert.deepEqual(report.subject.ips, [RELAY]);
  const ids = report.findings.map(({ id }: { id: string }) => id);
  for (const id of ['spf.pass', 'dkim.message-pass', 'dmarc.message-pass', 'ptr.confirmed', 'message.tls-unseen']) {
    assert.ok(ids.includes(id), id);
  }
  assert.ok(!JSON.stringify(report).includes('Спасибо'), 'the text of the mail is not kept');
  const text = await get(`/v1/inbox/${inbox.id}?format=text`);
  assert.equal(text.status, 200);
  assert.match(text.text, /^shop\.example 203\.0\.113\.25: 10 of 10\n/);
  const page = await get(`/inbox/${inbox.id}?lang=ru`);
  assert.equal(page.headers.get('refresh'), '60');
  assert.match(page.text, /<h1 id="mail-1">Письмо 1: shop\.example<\/h1>/);
  assert.match(page.text, /<b>10<\/b>/);
});

test('faults cost what they cost, newest mail first; a local part in capitals is the same', async () => {
  const inbox = await make();
  await send(inbox.address, received(today, '203.0.113.99'));
  await send(inbox.address.toUpperCase());
  const { mails } = await read(inbox);
  assert.deepEqual(
    mails.map(({ number, report }: { number: number; report: { score: { value: number } } }) => [
      number,
      report.score.value,
    ]),
    [
      [2, 10],
      [1, 3],
    ],
  );
  const page = await get(`/inbox/${inbox.id}?mail=1`);
  assert.match(page.text, /id="finding-1"|id="mail-1-finding-1"/);
  assert.match(page.text, /data-copy="v=spf1 ip4:203\.0\.113\.25 ip4:203\.0\.113\.99 -all"/);
});

test('a mail signed by opendkim passes', { skip: opendkim.missing }, async () => {
  const { pem, selector } = await testKey('rsa2048');
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-inbox-'));
  try {
    const key = join(folder, 'key');
    writeFileSync(key, pem, { mode: 0o600 });
    const [conf, file] = [join(folder, 'sign.conf'), join(folder, 'mail.eml')];
    writeFileSync(
      conf,
      `Syslog no\nMode s\nDomain shop.example\nSelector ${selector}\nKeyFile ${key}\nRequireSafeKeys no\nCanonicalization relaxed/simple\nSignatureAlgorithm rsa-sha256\n`,
    );
    // It reads files with LF and prints the field that its milter would add.
    writeFileSync(file, today.replaceAll('\r\n', '\n'));
    const printed = execFileSync(opendkim.path, ['-x', conf, '-vvv', '-t', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const field = /hname='DKIM-Signature' hvalue='([^']*)'/.exec(printed)?.[1];
    assert.ok(field !== undefined, printed);
    const signed = `DKIM-Signature: ${field.replace(/\r?\n/g, '\r\n')}\r\n${today}`;
    const inbox = await make();
    await send(inbox.address, received(signed));
    const { mails } = await read(inbox);
    const [signature] = mails[0].report.facts.message.dkim.signatures;
    assert.equal(signature.result, 'pass', JSON.stringify(signature.problem));
    assert.equal(mails[0].report.score.value, 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a Received that Cloudflare did not write is not believed', async () => {
  const inbox = await make();
  await send(
    inbox.address,
    `Received: from mail.shop.example (mail.shop.example [${RELAY}]) by mx.evil.example with ESMTPS; Tue, 17 Nov 2026 10:00:05 +0000\r\n${received(mail)}`,
  );
  const { mails } = await read(inbox);
  assert.deepEqual(mails[0].report.subject.ips, []);
  assert.ok(mails[0].report.score.coverage < 1);
});

test('the null sender is SPF of the HELO name', async () => {
  const inbox = await make();
  await send(inbox.address, received(mail), '<>');
  const { mails } = await read(inbox);
  assert.equal(mails[0].report.facts.message.spf.outcome.domain, 'mail.shop.example');
});

test('unknown addresses, other domains and more mails than allowed are rejected', async () => {
  assert.match((await send('test-aaaaaaaaaaaaaaaaaaaa@test.example')).rejectReason ?? '', /no such test inbox/);
  const inbox = await make();
  const [local] = inbox.address.split('@');
  assert.match((await send(`${local}@other.example`)).rejectReason ?? '', /no such test inbox/);
  for (let number = 1; number <= MAX_MAILS; number++) {
    assert.equal((await send(inbox.address)).rejectReason, undefined);
  }
  assert.match((await send(inbox.address)).rejectReason ?? '', /has had its 5 mails/);
  const { mails, refused } = await read(inbox);
  assert.equal(mails.length, MAX_MAILS);
  assert.equal(refused, 'full');
});

test('a mail that is too large is rejected, and the inbox shows it', async () => {
  const inbox = await make();
  const large = received(`${mail}${'x'.repeat(76)}\r\n`.padEnd(MAX_MESSAGE_BYTES + 1000, 'x'));
  assert.match((await send(inbox.address, large)).rejectReason ?? '', /bytes/);
  const { refused, why, mails } = await read(inbox);
  assert.equal(refused, 'too-large');
  assert.equal(why[0].id, 'too-large');
  assert.deepEqual(mails, []);
  assert.match((await get(`/inbox/${inbox.id}`)).text, /role="alert">A mail was rejected, because it is too large/);
});

test('nothing in a mail becomes markup of the page', async () => {
  const inbox = await make();
  const hostile = GOOD.replace('Subject:', `X-Mailer: ${MARKUP}\r\nSubject: Re: ${MARKUP}\r\nX-Old:`)
    .replace('Message-ID: <1042@shop.example>', `Message-ID: ${MARKUP}`)
    .replace('https://shop.example/orders/1042', 'javascript:alert(1)');
  assert.equal((await send(inbox.address, received(hostile))).rejectReason, undefined);
  const { text } = await get(`/inbox/${inbox.id}`);
  assert.match(text, /&lt;script&gt;/);
  assert.doesNotMatch(text, /<script>alert|href="javascript/);
  assert.doesNotMatch(text, / (?:style|on[a-z]+)=/);
});

test('an own mail server hands mail over with a token; its Received field has TLS, too', async () => {
  const deliver = (to: string, raw: string, token = TOKEN, type = 'message/rfc822') =>
    worker.fetch(`/v1/inbox/mail?${new URLSearchParams({ recipient: to, sender: 'bounce@shop.example' })}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body: raw,
    });
  const inbox = await make();
  // As Postfix writes it; this Worker believes Cloudflare's servers, so the name is theirs.
  const raw = `Return-Path: <bounce@shop.example>\r\nReceived: from mail.shop.example (mail.shop.example [${RELAY}])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\tby cloudflare-email.net (Postfix) with ESMTPS id 4Y1\r\n\tfor <x@test.example>; ${new Date().toUTCString().replace('GMT', '+0000')}\r\n${mail}`;
  assert.equal((await deliver(inbox.address, raw, 'x'.repeat(30))).status, 401);
  assert.equal((await deliver(inbox.address, raw, TOKEN, 'text/plain')).status, 415);
  assert.equal((await deliver(inbox.address, raw)).status, 204);
  const { mails } = await read(inbox);
  assert.equal(mails.length, 1);
  assert.equal(mails[0].report.score.value, 10);
  assert.deepEqual(mails[0].report.facts.message.envelope.tls, { used: true, version: 'TLSv1.3' });
  const refused = await deliver('nobody@test.example', raw);
  assert.equal(refused.status, 422);
  assert.match(((await refused.json()) as { detail: string }).detail, /no such test inbox/);
});

test('there is a page with one button that makes an inbox', async () => {
  const { text } = await get('/inbox?lang=ru');
  assert.match(text, /<form action="\/inbox\?lang=ru" method="post"><button[^>]*>Создать адрес<\/button>/);
  const response = await worker.fetch('/inbox?lang=ru', { method: 'POST', redirect: 'manual' });
  assert.equal(response.status, 303);
  const location = response.headers.get('location') ?? '';
  assert.match(location, /^\/inbox\/[a-z2-7]{26}\?lang=ru$/);
  assert.match((await get(location)).text, /Отправьте письмо на этот адрес/);
});

test('inboxes that are not there, and bad input', async () => {
  for (const path of ['/v1/inbox/x', `/v1/inbox/${'a'.repeat(26)}`, `/inbox/${'a'.repeat(26)}`]) {
    const { status, headers } = await get(path);
    assert.equal(status, 404, path);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
  }
  assert.equal((await worker.fetch('/v1/inbox?domain=x', { method: 'POST' })).status, 400);
  assert.equal((await worker.fetch('/v1/inbox?name=x', { method: 'POST' })).status, 400);
  assert.equal((await worker.fetch('/v1/inbox')).status, 405);
});

test('after its day an inbox is gone, with all that came', async () => {
  const inbox = await make();
  await send(inbox.address);
  await worker.sql(`UPDATE inboxes SET expires_at = ${Date.now() - 1} WHERE id = '${inbox.id}'`);
  assert.equal((await read(inbox)).status, 404);
  assert.match((await send(inbox.address)).rejectReason ?? '', /no such test inbox/);
  await make();
  assert.deepEqual(await worker.sql(`SELECT number FROM inbox_mails WHERE inbox = '${inbox.id}'`), []);
});

/** Inboxes that others made and that expire in so many seconds: `client` is none for those of token holders. */
async function filled(count: number, seconds: number, client?: string): Promise<void> {
  const later = Date.now() + seconds * 1000;
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  const id = `'filled-${client}-' || i`;
  await worker.sql(
    `${numbers} INSERT INTO inboxes (id, local, created_at, expires_at) SELECT ${id}, ${id}, 0, ${later} FROM n`,
  );
  if (client === undefined) return;
  await worker.sql(`${numbers} INSERT INTO inbox_clients SELECT '${client}', ${id}, ${later} FROM n`);
}
async function emptied(): Promise<void> {
  await worker.sql("DELETE FROM inboxes WHERE id LIKE 'filled-%'");
}
async function asked(headers: Record<string, string>, path = '/v1/inbox') {
  const response = await worker.fetch(path, { method: 'POST', headers, redirect: 'manual' });
  const text = await response.text();
  return {
    status: response.status,
    after: Number(response.headers.get('retry-after')),
    text,
    headers: response.headers,
  };
}
const holder = { authorization: `Bearer ${TOKEN}` };
const client = (address: string) => ({ 'cf-connecting-ip': address });
const near = (after: number, seconds: number) => after <= seconds && after > seconds - 60;

test('one client has its share of inboxes, and no more', async () => {
  for (let i = 0; i < CLIENT_INBOXES; i++) {
    // Addresses of one site count together.
    assert.equal((await asked(client(`2001:db8:7:${i}::${i + 1}`))).status, 201);
  }
  await worker.sql(`UPDATE inbox_clients SET expires_at = expires_at - 3600000
    WHERE inbox = (SELECT min(inbox) FROM inbox_clients WHERE client LIKE '32.1.13.184.%')`);
  const refused = await asked(client('2001:db8:7:ffff::1'));
  assert.equal(refused.status, 429);
  assert.ok(near(refused.after, LIFETIME / 1000 - 3600), String(refused.after));
  assert.equal(refused.headers.get('cache-control'), 'private, no-store');
  const page = await asked({ ...client('2001:db8:7:ffff::1'), accept: 'text/html' }, '/inbox?lang=ru');
  assert.deepEqual([page.status, /через 13\d\d мин/.test(page.text)], [429, true]);
  for (const headers of [client('2001:db8:8::1'), client('198.51.100.9'), holder, {}]) {
    assert.equal((await asked(headers)).status, 201, JSON.stringify(headers));
  }
  assert.equal((await asked({ ...client('2001:db8:7:1::1'), ...holder })).status, 201);
});

test('clients without a token do not use the share of those with one, nor the own network all of the others’', async () => {
  const own = (await worker.sql("SELECT 1 FROM inbox_clients WHERE client = 'own network'")).length;
  await filled(OWN_NETWORK_INBOXES - own, 7200, 'own network');
  assert.deepEqual((({ status, after }) => [status, near(after, 7200)])(await asked({})), [429, true]);
  assert.equal((await asked(client('198.51.100.10'))).status, 201);
  const open = (await worker.sql('SELECT 1 FROM inbox_clients')).length;
  await filled(OPEN_INBOXES - open, 1800, 'others');
  for (const headers of [client('198.51.100.11'), client('2001:db8:9::1')]) {
    const refused = await asked(headers);
    assert.deepEqual([refused.status, near(refused.after, 1800)], [503, true], JSON.stringify(refused));
  }
  assert.equal((await asked(holder)).status, 201);
  const all = (await worker.sql('SELECT 1 FROM inboxes')).length;
  await filled(MAX_INBOXES - all, 600);
  const refused = await asked(holder);
  assert.deepEqual([refused.status, near(refused.after, 600)], [503, true]);
  await emptied();
  await make();
});

test('a mail over /cdn-cgi, as a developer sends one by curl', async () => {
  const inbox = await make();
  const query = new URLSearchParams({ from: 'bounce@shop.example', to: inbox.address });
  const response = await worker.fetch(`/cdn-cgi/local/email?${query}`, { method: 'POST', body: received(mail) });
  assert.equal(response.status, 200, await response.text());
  assert.equal((await read(inbox)).mails[0].report.score.value, 10);
});

test('secrets have the documented length, and no two are alike', () => {
  const keys = Array.from({ length: 50 }, () => newKey((octets) => crypto.getRandomValues(new Uint8Array(octets))));
  for (const { id, local } of keys) {
    assert.match(id, /^[a-z2-7]{26}$/);
    assert.match(local, /^test-[a-z2-7]{20}$/);
  }
  assert.equal(new Set(keys.flatMap(({ id, local }) => [id, local])).size, 100);
  assert.deepEqual(
    newKey((octets) => new Uint8Array(octets).fill(255)),
    { id: `${'7'.repeat(25)}4`, local: `test-${'7'.repeat(20)}` },
  );
});

test('without a domain and a database every answer names what is missing', async () => {
  const bare = await startWorker({ DOH_URL: doh.url });
  try {
    const response = await bare.fetch('/v1/inbox', { method: 'POST' });
    assert.equal(response.status, 501);
    assert.match(((await response.json()) as { detail: string }).detail, /wrangler d1 create[\s\S]*INBOX_DOMAIN/);
    const page = await bare.fetch('/inbox?lang=ru');
    assert.equal(page.status, 501);
    const html = await page.text();
    assert.match(html, /Тестовых ящиков в этом сервисе нет/);
    assert.doesNotMatch(html, /<form/);
    const { rejectReason } = await bare.email({ from: 'a@shop.example', to: 'b@test.example', raw: received(mail) });
    assert.match(rejectReason ?? '', /no test inboxes here/);
  } finally {
    await bare.stop();
  }
});

test('a Worker for its owner’s domains scores no mail of others', async () => {
  const own = await startWorker(
    { DOH_URL: doh.url, INBOX_DOMAIN: 'test.example', ALLOWED_DOMAINS: 'good.example' },
    { database: true },
  );
  try {
    const created = (await (await own.fetch('/v1/inbox', { method: 'POST' })).json()) as NewInbox;
    const { rejectReason } = await own.email({ from: 'a@shop.example', to: created.address, raw: received(mail) });
    assert.match(rejectReason ?? '', /domains of their owner only/);
    const answer = (await (await own.fetch(`/v1/inbox/${created.id}`)).json()) as { refused: string };
    assert.equal(answer.refused, 'other-domain');
    const posted = await own.fetch('/v1/message', {
      method: 'POST',
      headers: { 'content-type': 'message/rfc822' },
      body: mail,
    });
    assert.equal(posted.status, 403);
  } finally {
    await own.stop();
  }
});
