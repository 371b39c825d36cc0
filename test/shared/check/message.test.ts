// A message scored: every fault costs its points and nothing else; what could not be seen widens the band.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { checkMessage, MAX_MESSAGE_OCTETS, type MessageRequest } from '../../../shared/check/message.ts';
import { signDkim } from '../../../shared/dkim/sign.ts';
import { catalog, definitionOf, textOf } from '../../../shared/findings/catalog.ts';
import type { FindingArgs } from '../../../shared/findings/define.ts';
import { reportText } from '../../../shared/report/text.ts';
import { ownRelay, RELAY } from '../../support/ordinary.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';
import { GOOD, HEAD, NOW, octets } from '../content/messages.ts';
import { testKey } from '../dkim/fixtures.ts';

const zone: Zone = {
  ...ownRelay,
  'other.example': { A: ['203.0.113.81'], MX: ['10 mail.shop.example'], TXT: [`v=spf1 ip4:${RELAY} -all`] },
};
let signed: (message: string, headers?: readonly string[], timestamp?: Date) => Promise<string>;
before(async () => {
  const { pem, record, selector } = await testKey('rsa2048');
  zone[`${selector}._domainkey.shop.example`] = { TXT: [record] };
  signed = async (message, headers, timestamp = NOW) => {
    const outcome = await signDkim(
      message,
      { domain: 'shop.example', selector, key: pem },
      { timestamp, expiresIn: 7 * 86_400, ...(headers === undefined ? {} : { headers, overSign: [] }) },
    );
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.header + message;
  };
});

const ENVELOPE = { envelopeFrom: 'bounce@shop.example', clientIp: RELAY, helo: 'mail.shop.example', tls: true };
const check = (message: string | Uint8Array, facts: Partial<MessageRequest> = ENVELOPE, more: Zone = {}) =>
  checkMessage(
    { raw: typeof message === 'string' ? octets(message) : message, ...facts },
    { resolver: zoneResolver({ ...zone, ...more }), now: NOW, clock: () => 0 },
  );
const costing = ({ findings }: Awaited<ReturnType<typeof check>>) =>
  findings.filter((found) => definitionOf(found).points > 0).map(({ id }) => id);

test('a mail with nothing wrong is a ten, all of it checked', async () => {
  const report = await check(await signed(GOOD));
  assert.deepEqual(costing(report), []);
  assert.deepEqual(report.score, { value: 10, low: 10, coverage: 1, refused: false });
  assert.deepEqual(report.subject, {
    kind: 'message',
    domain: 'shop.example',
    ips: [RELAY],
    helo: 'mail.shop.example',
    selectors: ['rsa2048'],
  });
  const ids = report.findings.map(({ id }) => id);
  for (const id of ['spf.pass', 'dkim.message-pass', 'dmarc.message-pass', 'ptr.confirmed', 'message.tls'] as const) {
    assert.ok(ids.includes(id), id);
  }
  assert.match(reportText(report, 'en'), /^shop\.example 203\.0\.113\.25: 10 of 10\n/);
});

test('the same mail with LF alone, as programs save it, is a ten too', async () => {
  assert.equal((await check((await signed(GOOD)).replaceAll('\r\n', '\n'))).score.value, 10);
});

test('nobody speaks for the sender: neither SPF nor DKIM', async () => {
  const report = await check(GOOD, { ...ENVELOPE, clientIp: '203.0.113.99' });
  assert.ok(costing(report).includes('alignment.none'));
  assert.ok(report.score.value <= 3);
  assert.equal(report.score.refused, true);
  assert.match(reportText(report, 'en'), /SPF for shop\.example says\s+fail; the mail has no DKIM\s+signature/);
  assert.match(reportText(report, 'en'), /"v=spf1 ip4:203\.0\.113\.25 ip4:203\.0\.113\.99 -all"/);
});

test('a mail changed on its way keeps SPF and loses the points of DKIM', async () => {
  const report = await check((await signed(GOOD)).replace('for your order', 'for your 0rder'));
  assert.deepEqual(costing(report), ['dkim.message-body-altered']);
  assert.ok(report.findings.some(({ id }) => id === 'alignment.spf-only'));
});

for (const [what, tags, keyRecord, voice] of [
  ['expired', { x: '1' }, undefined, 'expired rsa2048 shop.example'],
  ['rsa-sha1', { a: 'rsa-sha1' }, undefined, 'rsa-sha1 rsa2048 shop.example'],
  ['of version 2', { v: '2' }, undefined, 'bad-version rsa2048 shop.example'],
  ['without From', { h: 'to' }, undefined, 'from-not-signed rsa2048 shop.example'],
  ['of an identity elsewhere', { i: '@other.example' }, undefined, 'domain-mismatch rsa2048 shop.example'],
  ['over more than there is', { l: '99999' }, undefined, 'body-too-short rsa2048 shop.example'],
  ['with q=dns', { q: 'dns' }, undefined, 'unknown-query-method rsa2048 shop.example'],
  ['from the future', { t: '9999999999' }, undefined, 'timestamp-in-future rsa2048 shop.example'],
  ['without d=', { d: undefined }, undefined, 'missing-tag rsa2048 ?'],
  ['of another key type', { a: 'ed25519-sha256' }, undefined, 'key-type-mismatch rsa2048 shop.example'],
  ['by a subdomain that t=s forbids', { i: '@x.shop.example' }, 't=s', 'strict-domain-mismatch rsa2048 shop.example'],
  ['that does not fit', {}, undefined, 'failing rsa2048 shop.example'],
  ['without a key', { s: 'nothing' }, undefined, 'missing nothing shop.example'],
  ['with a broken key', {}, 'v=DKIM1; p=***', 'unusable rsa2048 shop.example'],
  ['with a revoked key', {}, 'v=DKIM1; p=', 'unusable rsa2048 shop.example'],
] as [string, Record<string, string | undefined>, string | undefined, string][]) {
  test(`a signature ${what} is named as such beside its key`, async () => {
    const { record, publicKey, selector } = await testKey('rsa2048');
    const all = { v: '1', a: 'rsa-sha256', d: 'shop.example', s: selector, h: 'from', bh: 'AAAA', b: 'AAAA', ...tags };
    const list = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    const published = keyRecord === 't=s' ? `t=s; p=${publicKey}` : (keyRecord ?? record);
    const facts = { ...ENVELOPE, clientIp: '203.0.113.99' };
    const more = { [`${selector}._domainkey.shop.example`]: { TXT: [published] } };
    const report = await check(`DKIM-Signature: ${list.join('; ')}\r\n${GOOD}`, facts, more);
    const none = report.findings.find(({ id }) => id === 'alignment.none');
    assert.deepEqual((none!.args as FindingArgs).dkim, [voice]);
    const faults = report.findings.filter(({ id }) => id.startsWith('dkim.key-')).length;
    assert.equal(faults, voice.startsWith('unusable') || voice.startsWith('missing ') ? 1 : 0);
    for (const language of ['en', 'ru'] as const) {
      assert.doesNotMatch(textOf(none!, language).detail, /undefined|\?|-mismatch|-signed|-version/);
    }
  });
}

test('an aligned signature that was not checked leaves alignment unknown', async () => {
  const field = (l: number) =>
    `DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=rsa2048; h=from; l=${l}; bh=AAAA; b=AAAA\r\n`;
  const fields = [1, 2, 3, 4, 5, 6].map(field).join('');
  const report = await check(`${fields}${GOOD}`, { ...ENVELOPE, clientIp: '203.0.113.99' });
  const unknown = report.findings.find(({ id }) => id === 'alignment.unknown');
  assert.ok(((unknown!.args as FindingArgs).dkim as string[]).every((voice) => voice.startsWith('failing')));
  assert.ok(!report.findings.some(({ id }) => id === 'alignment.none'));
});

test('SPF of another domain does not count, and DKIM is enough', async () => {
  const report = await check(await signed(GOOD), { ...ENVELOPE, envelopeFrom: 'bounce@other.example' });
  assert.deepEqual(costing(report), []);
  assert.ok(report.findings.some(({ id }) => id === 'alignment.dkim-only'));
  const unsigned = await check(GOOD, { ...ENVELOPE, envelopeFrom: 'bounce@other.example' });
  assert.match(reportText(unsigned, 'en'), /SPF speaks for other\.example/);
});

test('what is not told widens the band and costs nothing', async () => {
  const report = await check(await signed(GOOD), {});
  assert.equal(report.score.value, 10);
  assert.ok(report.score.low < 5 && report.score.coverage < 0.7, JSON.stringify(report.score));
  const ids = report.findings.map(({ id }) => id);
  for (const id of ['message.no-client-ip', 'message.no-envelope', 'message.tls-unknown'] as const) {
    assert.ok(ids.includes(id), id);
  }
  // Without a signature nothing is proven and nothing disproven.
  assert.ok((await check(GOOD, {})).findings.some(({ id }) => id === 'alignment.unknown'));
});

test('the receiver’s own Received tells client, HELO, TLS and time; those below it are not believed', async () => {
  const trace = (by: string, ip: string, how: string) =>
    `Received: from mail.shop.example (mail.shop.example [${ip}])\r\n\tby ${by} (Postfix) with ${how} id 1\r\n\tfor <anna@client.example>; Tue, 17 Nov 2026 10:00:05 +0000\r\n`;
  const mail = await signed(GOOD);
  const inside = trace('mx.client.example', '127.0.0.1', 'ESMTP');
  const real = trace('mx.client.example', RELAY, 'ESMTPS');
  const forged = trace('mx.client.example', '203.0.113.99', 'ESMTPS');
  const told = { envelopeFrom: 'bounce@shop.example', receivedBy: 'mx.client.example' };
  const good = await check(inside + real + mail, told);
  assert.deepEqual(costing(good), []);
  assert.deepEqual(good.subject.ips, [RELAY]);
  assert.equal(good.score.coverage, 1);
  assert.deepEqual((await check(real + forged + mail, told)).subject.ips, [RELAY]);
  assert.deepEqual((await check(trace('mx.other.example', RELAY, 'ESMTPS') + forged + mail, told)).subject.ips, []);
  assert.deepEqual((await check(real + mail, { envelopeFrom: 'bounce@shop.example' })).subject.ips, []);
  const plain = await check(trace('mx.client.example', RELAY, 'ESMTP') + mail, told);
  assert.deepEqual(costing(plain), ['message.not-tls']);
  assert.equal(plain.score.value, 6);
});

test('a saved mail is judged by the time it came', async () => {
  const received = 'Received: from a by b; Mon, 17 Nov 2025 10:00:00 +0000\r\n';
  const old = GOOD.replace('Tue, 17 Nov 2026', 'Mon, 17 Nov 2025');
  const mail = await signed(old, undefined, new Date('2025-11-17T10:00:00Z'));
  assert.deepEqual(costing(await check(received + mail)), []);
  // Now, a year later, the signature has expired and the date is odd.
  assert.deepEqual(costing(await check(mail)), ['dkim.message-invalid', 'message.date-off']);
});

test('the envelope sender is read from Return-Path; the null sender makes SPF ask for HELO', async () => {
  const { envelopeFrom: _, ...rest } = ENVELOPE;
  const mail = await signed(GOOD);
  assert.equal(
    (await check(`Return-Path: <bounce@shop.example>\r\n${mail}`, rest)).facts.message.envelope.mailFrom,
    'bounce@shop.example',
  );
  const bounce = await check(`Return-Path: <>\r\n${mail}`, rest);
  assert.equal(bounce.facts.message.spf?.outcome?.domain, 'mail.shop.example');
});

const withField = (field: string) => GOOD.replace('MIME-Version: 1.0', `MIME-Version: 1.0\r\n${field}`);
const faults: Record<string, { mail: string; ids: string[]; score: number; facts?: Partial<MessageRequest> }> = {
  'no date': { mail: GOOD.replace(/^Date:.*\r\n/m, ''), ids: ['message.missing-field'], score: 5 },
  'two subjects': { mail: withField('Subject: again'), ids: ['message.duplicate-field'], score: 5 },
  'no Message-ID': { mail: GOOD.replace(/^Message-ID:.*\r\n/m, ''), ids: ['message.no-message-id'], score: 9.5 },
  'a date of last year': { mail: GOOD.replace('Nov 2026', 'Nov 2025'), ids: ['message.date-off'], score: 9.5 },
  'a long line': {
    mail: GOOD.replace('0KHQv9Cw', `${'QUFB'.repeat(250)}0KHQv9Cw`),
    ids: ['message.long-lines'],
    score: 9.5,
  },
  'a bare LF': { mail: GOOD.replace('<p>=D0', '\n<p>=D0'), ids: ['message.bare-line-ending'], score: 9.5 },
  'a cut mail': { mail: GOOD.replace('--=_alt--', ''), ids: ['content.broken-mime'], score: 9 },
  'HTML alone': {
    mail: `${HEAD}MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Thank you for your order 1042 of today, it is on its way.</p>\r\n`,
    ids: ['content.html-only'],
    score: 9.7,
  },
  pictures: {
    mail: GOOD.replace(/<p>=D0.*<\/p>\r\n/, '<img src=3D"cid:1" alt=3D"">'),
    ids: ['content.image-only'],
    score: 9.5,
  },
  'another domain’s link': {
    mail: GOOD.replace('https://shop.example/orders/1042">See the order', 'https://track.example/1">shop.example'),
    ids: ['content.link-other-domain'],
    score: 9.5,
  },
  'a program attached': {
    mail: GOOD.replace(
      '--=_alt--',
      '--=_alt\r\nContent-Disposition: attachment; filename=price.scr\r\n\r\nMZ\r\n--=_alt--',
    ),
    ids: ['content.attachment-executable'],
    score: 5,
  },
  'a newsletter': { mail: withField('List-ID: <news.shop.example>'), ids: ['content.unsubscribe-missing'], score: 9 },
  'marketing, as told': { mail: GOOD, ids: ['content.unsubscribe-missing'], score: 9, facts: { kind: 'marketing' } },
  'an order of a shop with a list': {
    mail: withField('List-ID: <x.shop.example>'),
    ids: [],
    score: 10,
    facts: { kind: 'transactional' },
  },
  'unsubscribing by mail alone': {
    mail: withField('List-Unsubscribe: <mailto:u@shop.example>'),
    ids: ['content.unsubscribe-not-one-click'],
    score: 9,
  },
};
for (const [name, { mail, ids, score, facts }] of Object.entries(faults)) {
  test(`${name}: ${ids.join(', ') || 'nothing'} and ${score} of 10`, async () => {
    const report = await check(await signed(mail), { ...ENVELOPE, ...facts });
    assert.deepEqual(costing(report), ids);
    assert.equal(report.score.value, score);
  });
}

test('one-click unsubscribing has to be signed', async () => {
  const mail = withField(
    'List-Unsubscribe: <https://shop.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click',
  );
  const report = await check(await signed(mail));
  assert.deepEqual(costing(report), []);
  assert.ok(report.findings.some(({ id }) => id === 'content.unsubscribe-ok'));
  assert.deepEqual(costing(await check(await signed(mail, ['From', 'Subject', 'List-Unsubscribe']))), [
    'content.unsubscribe-unsigned',
  ]);
});

test('a From domain that does not exist is that one finding', async () => {
  const report = await check(GOOD.replace('orders@shop.example', 'orders@missing.example'));
  assert.deepEqual(costing(report), ['check.no-such-domain']);
  assert.equal(report.score.value, 0);
});

test('name servers that fail cost no points', async () => {
  const report = await check(await signed(GOOD), ENVELOPE, {
    'shop.example': { fail: 'servfail' },
    'rsa2048._domainkey.shop.example': { fail: 'timeout' },
    '_dmarc.shop.example': { fail: 'timeout' },
  });
  assert.deepEqual(costing(report), []);
  assert.ok(report.score.coverage < 0.6);
});

test('a mail over the limit is not read', async () => {
  const report = await check(new Uint8Array(MAX_MESSAGE_OCTETS + 1));
  assert.equal(report.score.coverage, 0);
  assert.deepEqual(
    report.findings.map(({ id }) => id),
    ['message.too-large'],
  );
});

test('a head beyond all measure is not taken apart', async () => {
  for (const head of ['a:\n'.repeat(6000), `To: ${'a'.repeat(300_000)}\n`]) {
    const report = await check(`${head}\n\nx`);
    assert.deepEqual(
      report.findings.map(({ id }) => id),
      ['message.head-too-large'],
    );
    assert.equal(report.score.coverage, 0);
    assert.equal(report.queries.sent, 0);
  }
  const large = await check(
    `${await signed(GOOD)}`.replace('MIME-Version', `X-Long: ${'a'.repeat(900)}\r\nMIME-Version`),
  );
  assert.ok(!large.findings.some(({ id }) => id === 'message.head-too-large'));
});

test('every finding of messages has its texts, whatever its arguments hold', () => {
  const args = new Proxy(
    {},
    { get: (_, key) => (['signs', 'names', 'fields', 'elements', 'parts'].includes(String(key)) ? ['x'] : 'x') },
  );
  const mine = Object.entries(catalog).filter(([id]) => /^(?:message|content)\./.test(id));
  assert.ok(mine.length > 40);
  for (const [id, definition] of mine) {
    const english = definition.en(args as never);
    const russian = definition.ru(args as never);
    for (const text of [english.title, english.detail, english.fix ?? ''])
      assert.doesNotMatch(text, /[а-яё]|undefined/i, id);
    assert.match(`${russian.title}${russian.detail}`, /[а-яё]/i, id);
    assert.equal(english.fix === undefined, russian.fix === undefined, id);
  }
});

test('mutated mails never break the check', async () => {
  const source = Buffer.from(await signed(GOOD));
  const mutation = fc.record({
    at: fc.nat(source.length),
    drop: fc.nat(30),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom('\r\n\r\n', '\r\n', '@', '<', ';', '"', '\0').map(octets),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), async (mutations) => {
      let message = source;
      for (const { at, drop, insert } of mutations) {
        message = Buffer.concat([message.subarray(0, at), insert, message.subarray(at + drop)]);
      }
      const report = await check(message);
      assert.ok(report.score.value >= 0 && report.score.value <= 10);
      for (const language of ['en', 'ru'] as const) assert.doesNotMatch(reportText(report, language), /undefined/);
    }),
    { seed: 7, numRuns: 150 },
  );
});
