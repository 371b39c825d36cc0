// A message scored: every fault costs its points and nothing else; what could not be seen widens the band.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { checkMessage, MAX_MESSAGE_BYTES, type MessageRequest } from '../../../shared/check/message.ts';
import { signDkim } from '../../../shared/dkim/sign.ts';
import { catalog, definitionOf, textOf } from '../../../shared/findings/catalog.ts';
import type { FindingArgs, FindingText } from '../../../shared/findings/define.ts';
import { reportText } from '../../../shared/report/text.ts';
import { type Translated, translation } from '../../../shared/text/language.ts';
import { ownRelay, RELAY } from '../../support/ordinary.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';
import { bytes, GOOD, HEAD, NOW } from '../content/messages.ts';
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
    { raw: typeof message === 'string' ? bytes(message) : message, ...facts },
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

test('a mail whose lines end in CR alone has one fault, not one for each header', async () => {
  const report = await check((await signed(GOOD)).replaceAll('\r\n', '\r'));
  assert.deepEqual(costing(report), ['message.no-lines']);
  assert.ok(report.score.value <= 3 && report.score.refused && report.score.coverage === 0);
});

test('neither SPF nor DKIM authenticates the From domain', async () => {
  const report = await check(GOOD, { ...ENVELOPE, clientIp: '203.0.113.99' });
  assert.ok(costing(report).includes('alignment.none'));
  assert.ok(report.score.value <= 3);
  assert.equal(report.score.refused, true);
  const none = report.findings.find(({ id }) => id === 'alignment.none');
  assert.partialDeepStrictEqual(none?.args, { spf: 'fail shop.example', dkim: ['unsigned'] });
  assert.match(reportText(report, 'en'), /"v=spf1 ip4:203\.0\.113\.25 ip4:203\.0\.113\.99 -all"/);
});

test('a mail changed in transit passes SPF and loses the points of DKIM', async () => {
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
  test(`a signature ${what} is reported next to its key`, async () => {
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
  const only = report.findings.find(({ id }) => id === 'alignment.dkim-only');
  assert.deepEqual(only?.args, { headerFrom: 'shop.example', spf: 'unaligned other.example' });
  assert.doesNotMatch(textOf(only!, 'en').fix!, /SPF record/);
  const unsigned = await check(GOOD, { ...ENVELOPE, envelopeFrom: 'bounce@other.example' });
  const none = unsigned.findings.find(({ id }) => id === 'alignment.none');
  assert.partialDeepStrictEqual(none?.args, { spf: 'unaligned other.example' });
});

test('missing values widen the band and cost nothing', async () => {
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

const DAY = '; Tue, 17 Nov 2026 10:00:05 +0000';
const HOPS: Record<string, { by: string; above: string; real: string; helo?: string }> = {
  Gmail: {
    by: 'mx.google.com',
    above: `Delivered-To: anna@gmail.com\r\nReceived: by 2002:a05:7300:a2a3:b0:1 with SMTP id a1csp42${DAY}\r\nX-Received: by 2002:a17:902 with SMTP id b1${DAY}\r\n`,
    real: `Received: from mail.shop.example (mail.shop.example. [${RELAY}])\r\n        by mx.google.com with ESMTPS id c1\r\n        for <anna@gmail.com>\r\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256)${DAY}\r\n`,
  },
  'Outlook.com': {
    by: 'VE1EUR02FT062.mail.protection.outlook.com',
    above:
      `Received: from DB7PR08MB1.eurprd08.prod.outlook.com (2603:10a6:10:1::1) by AM0PR08MB2.eurprd08.prod.outlook.com with HTTPS${DAY}\r\n` +
      `Received: from FR0P281CA0123.DEUP281.PROD.OUTLOOK.COM (2603:10a6:d10:1::2) by DB7PR08MB1.eurprd08.prod.outlook.com (2603:10a6:10:1::1) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20${DAY}\r\n` +
      `Received: from VE1EUR02FT062.eop-EUR02.prod.protection.outlook.com (2603:10a6:d10:1:cafe::3) by FR0P281CA0123.outlook.office365.com (2603:10a6:d10:1::2) with Microsoft SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20${DAY}\r\n`,
    real: `Received: from mail.shop.example (${RELAY}) by VE1EUR02FT062.mail.protection.outlook.com (10.152.13.1) with Microsoft SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.1${DAY}\r\n`,
  },
  'Mail.ru': {
    by: 'mx174.mail.ru',
    above: `Delivered-To: anna@mail.ru\r\nReceived: by f174.i.mail.ru with local (envelope-from <bounce@shop.example>)${DAY}\r\nReceived: from mx174.mail.ru ([10.161.0.4]:1234 helo=mx174.mail.ru) by f174.i.mail.ru with esmtp${DAY}\r\n`,
    real: `Received: from [${RELAY}] (port=35312 helo=mail.shop.example)\r\n\tby mx174.mail.ru with esmtps (TLS1.3:TLS_AES_256_GCM_SHA384:256) (envelope-from <bounce@shop.example>)${DAY}\r\n`,
  },
  'a mail forwarded to Gmail': {
    by: 'mx.client.example',
    above: `Received: by 2002:a05:1 with SMTP id a1${DAY}\r\nReceived: from mx.client.example (mx.client.example. [198.51.100.7]) by mx.google.com with ESMTPS id c1${DAY}\r\n`,
    real: `Received: from mail.shop.example (mail.shop.example [${RELAY}]) by mx.client.example (Postfix) with ESMTPS id 1${DAY}\r\n`,
  },
};
for (const [name, { by, above, real }] of Object.entries(HOPS)) {
  test(`received_by finds its hop below those added later, and believes nothing below it: ${name}`, async () => {
    const told = { envelopeFrom: 'bounce@shop.example', receivedBy: by };
    const mail = await signed(GOOD);
    const forged = real.replaceAll(RELAY, '203.0.113.99');
    for (const head of [above + real, real, above + real + forged, above + real + above + forged]) {
      const report = await check(head + mail, told);
      assert.deepEqual(costing(report), []);
      const { clientIp, helo, tls } = report.facts.message.envelope;
      assert.deepEqual({ clientIp, helo }, { clientIp: RELAY, helo: 'mail.shop.example' });
      assert.equal(typeof tls === 'object' && tls?.used, true);
    }
    // The receiver's own field is missing, or has another name: the fields below may be forged.
    const outside = `Received: from mail.shop.example (mail.shop.example [${RELAY}]) by mx.other.example with ESMTPS id 1${DAY}\r\n`;
    for (const head of [outside + forged, outside + above + forged]) {
      assert.deepEqual((await check(head + mail, told)).subject.ips, []);
    }
  });
}

test('lines that a program added when it saved the mail are not part of it', async () => {
  const mail = await signed(GOOD);
  const lines = ['From orders@shop.example Tue Nov 17 10:00:00 2026', '>From a@b Tue', ' '.repeat(150)];
  for (const front of [...lines.map((line) => `${line}\n`), '\ufeff', '\ufeffFrom a Tue\r\n']) {
    assert.deepEqual(costing(await check(front + mail)), [], front);
  }
  const twice = costing(await check(`From : forged\r\n${mail}`));
  assert.ok(twice.includes('message.duplicate-field'), String(twice));
});

test('a saved mail is checked at the time of its arrival', async () => {
  const received = 'Received: from a by b; Mon, 17 Nov 2025 10:00:00 +0000\r\n';
  const old = GOOD.replace('Tue, 17 Nov 2026', 'Mon, 17 Nov 2025');
  const mail = await signed(old, undefined, new Date('2025-11-17T10:00:00Z'));
  assert.deepEqual(costing(await check(received + mail)), []);
  // Now, a year later, the signature has expired and the date is odd.
  assert.deepEqual(costing(await check(mail)), ['dkim.message-invalid', 'message.date-off']);
});

test('the envelope sender is read from Return-Path; for the null sender SPF uses HELO', async () => {
  const { envelopeFrom: _, ...rest } = ENVELOPE;
  const mail = await signed(GOOD);
  assert.equal(
    (await check(`Return-Path: <bounce@shop.example>\r\n${mail}`, rest)).facts.message.envelope.mailFrom,
    'bounce@shop.example',
  );
  const bounce = await check(`Return-Path: <>\r\n${mail}`, rest);
  assert.equal(bounce.facts.message.spf?.outcome?.domain, 'mail.shop.example');
});

test('a HELO name without SPF costs a null sender nothing; the alignment of its From decides', async () => {
  const facts = { ...ENVELOPE, envelopeFrom: '' };
  const without = { 'mail.shop.example': { A: [RELAY] } };
  const good = await check(await signed(GOOD), facts, without);
  assert.deepEqual(costing(good), []);
  assert.equal(good.score.value, 10);
  const ids = good.findings.map(({ id }) => id);
  assert.ok(ids.includes('spf.helo-none') && ids.includes('dmarc.message-pass'));
  assert.ok(!ids.includes('spf.none') && !ids.includes('alignment.dkim-only'));
  const unsigned = await check(GOOD, facts, without);
  assert.ok(costing(unsigned).includes('alignment.none'));
  // A record of the HELO name is evaluated as usual.
  const fails = await check(await signed(GOOD), facts, {
    'mail.shop.example': { A: [RELAY], TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
  });
  assert.ok(costing(fails).includes('spf.fail'));
});

test('DMARC is not failed where it is not known whether SPF passes', async () => {
  for (const facts of [{}, { clientIp: RELAY }, { envelopeFrom: 'bounce@shop.example' }]) {
    const ids = (await check(GOOD, facts)).findings.map(({ id }) => id);
    assert.ok(ids.includes('alignment.unknown'), JSON.stringify(facts));
    assert.ok(!ids.includes('dmarc.message-fail'), JSON.stringify(facts));
  }
  const ids = (await check(GOOD, { ...ENVELOPE, clientIp: '203.0.113.99' })).findings.map(({ id }) => id);
  assert.ok(ids.includes('dmarc.message-fail'));
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
  'a shouting subject': {
    mail: GOOD.replace(/^Subject:.*\r\n .*$/m, 'Subject: BIG SALE ONLY TODAY'),
    ids: ['message.subject-shouts'],
    score: 9.7,
  },
  'hidden text': {
    mail: GOOD.replace(
      '<p>=D0',
      `<div style=3D"display:none">${'cheap watches pills casino '.repeat(20)}</div>\r\n<p>=D0`,
    ),
    ids: ['content.hidden-text'],
    score: 9.5,
  },
  'a preheader with its padding': {
    mail: GOOD.replace(
      '<p>=D0',
      `<div style=3D"display:none">Your order is on its way and arrives tomorrow${'&nbsp;&zwnj;\r\n'.repeat(150)}</div>\r\n<p>=D0`,
    ),
    ids: [],
    score: 10,
  },
  'a second form for small screens': {
    mail: GOOD.replace(
      '<p>=D0',
      `<p>${'Thank you for your order '.repeat(20)}</p>\r\n<div style=3D"display:none">${'Thank you for your order '.repeat(20)}</div>\r\n<p>=D0`,
    ),
    ids: [],
    score: 10,
  },
  'a text of its own beside the HTML': {
    mail: GOOD.replace(
      '0KHQv9Cw0YHQuNCx0L4g0LfQsCDQt9Cw0LrQsNC3IDEwNDIuCg==',
      btoa('Cheap watches, best prices of all, buy some today and save money every single day'),
    ).replace('<p>=D0', '<p>We sent everything this morning with the parcel service and wish much joy</p><p>=D0'),
    ids: ['content.forms-differ'],
    score: 9.7,
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

const idsOf = ({ findings }: Awaited<ReturnType<typeof check>>) => findings.map(({ id }) => id);
const single: Record<string, { mail: string; facts?: Partial<MessageRequest> }> = {
  'an order sent by Amazon SES': { mail: withField('Feedback-ID: ::1.eu-west-1.a1b2c3=:AmazonSES') },
  'an out-of-office answer': { mail: withField('Precedence: bulk\r\nAuto-Submitted: auto-replied') },
  'an order with a footer': {
    mail: GOOD.replace('</p>\r\n--', '</p><a href=3D"https://shop.example/u">Unsubscribe</a>\r\n--'),
  },
  'a bounce': { mail: withField('Precedence: bulk\r\nList-ID: <x.shop.example>'), facts: { envelopeFrom: '' } },
};
for (const [name, { mail, facts }] of Object.entries(single)) {
  test(`${name} is not bulk mail`, async () => {
    const report = await check(await signed(mail), { ...ENVELOPE, ...facts });
    assert.deepEqual(
      idsOf(report).filter((id) => id.startsWith('content.unsubscribe')),
      name === 'an order with a footer' ? ['content.unsubscribe-in-text'] : [],
    );
    assert.deepEqual(costing(report), []);
  });
}

test('bulk mail must have a link to unsubscribe in the text', async () => {
  const fields = 'List-Unsubscribe: <https://shop.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click';
  const hiding = await check(await signed(withField(fields)));
  assert.ok(idsOf(hiding).includes('content.unsubscribe-not-visible'));
  const open = withField(fields).replace(
    'See the order',
    'Отписаться'.replace(/./gu, (c) => `&#${c.codePointAt(0)};`),
  );
  assert.ok(!idsOf(await check(await signed(open))).includes('content.unsubscribe-not-visible'));
});

const listed = (domain: string, zones: Record<string, string>): Zone =>
  Object.fromEntries(Object.entries(zones).map(([list, code]) => [`${domain}.${list}`, { A: [code] }]));
const DBL = 'dbl.spamhaus.org';
const URIBL = 'multi.uribl.com';
const SURBL = 'multi.surbl.org';
const linking: Record<string, { zone: Zone; ids: string[]; score: number }> = {
  'on no list': { zone: {}, ids: [], score: 10 },
  'on DBL': { zone: listed('bad.example', { [DBL]: '127.0.1.2' }), ids: ['dnsbl.link-refused'], score: 8.5 },
  'on all': {
    zone: listed('bad.example', { [DBL]: '127.0.1.4', [URIBL]: '127.0.0.2', [SURBL]: '127.0.0.72' }),
    ids: ['dnsbl.link-refused', 'dnsbl.link-listed', 'dnsbl.link-listed'],
    score: 8.5,
  },
  'on SURBL': { zone: listed('bad.example', { [SURBL]: '127.0.0.64' }), ids: ['dnsbl.link-listed'], score: 9.5 },
  'a page of it is abused': {
    zone: listed('bad.example', { [DBL]: '127.0.1.103' }),
    ids: ['dnsbl.link-listed'],
    score: 9.5,
  },
  'on a grey list': { zone: listed('bad.example', { [URIBL]: '127.0.0.4' }), ids: ['dnsbl.link-mentioned'], score: 10 },
  'lists that refuse to tell': {
    zone: listed('bad.example', { [DBL]: '127.255.255.254', [URIBL]: '127.0.0.1', [SURBL]: '127.0.0.1' }),
    ids: ['dnsbl.link-unknown'],
    score: 10,
  },
  'its own domain': {
    zone: listed('shop.example', { [DBL]: '127.0.1.2', [SURBL]: '127.0.0.8' }),
    ids: ['dnsbl.refused', 'dnsbl.link-listed'],
    score: 4,
  },
};
for (const [name, { zone: more, ids, score }] of Object.entries(linking)) {
  test(`a link to another domain: ${name}`, async () => {
    const mail = GOOD.replace('See the order', 'See the order</a> <a href=3D"https://www.bad.example/x">');
    const report = await check(await signed(mail), ENVELOPE, more);
    const found = idsOf(report).filter((id) => /^dnsbl\.(?!clean)/.test(id));
    assert.deepEqual(found, ids);
    assert.equal(report.score.value, score);
    assert.equal(report.score.coverage, 1);
  });
}

test('linked domains beyond the limit are not queried, and pictures and the plain text count as links', async () => {
  const links = Array.from({ length: 40 }, (_, index) => `<a href="https://www.d${index}.example/">x</a>`).join('');
  const mail = `${HEAD}MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<img src="http://pic.example/a.png">${links}\r\n`;
  const report = await check(await signed(mail));
  assert.equal(new Set(report.facts.message.links?.listings.map(({ subject }) => subject)).size, 5);
  const plain = `${HEAD}\r\nSee https://a.bad.example/1\r\n`;
  const found = await check(await signed(plain), ENVELOPE, listed('bad.example', { [SURBL]: '127.0.0.16' }));
  assert.deepEqual(costing(found), ['dnsbl.link-listed']);
  const picture = GOOD.replace(
    '<p>=D0',
    '<p>It is on its way and will be there tomorrow before noon.</p><img alt=3D"" src=3D"https://img.bad.example/a.png"><p>=D0',
  );
  const fetched = await check(await signed(picture), ENVELOPE, listed('bad.example', { [SURBL]: '127.0.0.16' }));
  assert.deepEqual(costing(fetched), ['dnsbl.link-listed']);
});

const freeZone: Zone = {
  'gmail.com': {
    MX: ['5 gmail-smtp-in.l.google.com'],
    TXT: ['v=spf1 redirect=_spf.google.com'],
  },
  '9.100.51.198.in-addr.arpa': { PTR: ['mail.gmail.com'] },
  'mail.gmail.com': { A: ['198.51.100.9'] },
  '_spf.google.com': { TXT: ['v=spf1 ip4:198.51.100.0/24 ~all'] },
  '_dmarc.gmail.com': { TXT: ['v=DMARC1; p=none; sp=quarantine; rua=mailto:mailauth-reports@google.com'] },
};
const fromFree = GOOD.replace('orders@shop.example', 'shop@gmail.com');
const free: Record<string, { mail: string; facts: Partial<MessageRequest>; ids: string[]; signed?: boolean }> = {
  'from the shop’s own server': { mail: fromFree, facts: {}, ids: ['alignment.free-mailbox'] },
  'from the own server, signed by the own domain': {
    mail: fromFree,
    facts: {},
    ids: ['alignment.free-mailbox'],
    signed: true,
  },
  'with the free mailbox in the envelope as well': {
    mail: fromFree,
    facts: { envelopeFrom: 'shop@gmail.com' },
    ids: ['alignment.free-mailbox'],
  },
  'by the provider itself': {
    mail: fromFree,
    facts: { envelopeFrom: 'shop@gmail.com', clientIp: '198.51.100.9', helo: 'mail.gmail.com' },
    ids: [],
  },
  'on a way that is not known': { mail: fromFree, facts: { clientIp: undefined as never }, ids: [] },
  'in the envelope alone': {
    mail: GOOD,
    facts: { envelopeFrom: 'shop@gmail.com' },
    ids: ['message.envelope-free-mailbox'],
    signed: true,
  },
};
for (const [name, { mail, facts, ids, signed: sign = false }] of Object.entries(free)) {
  test(`a free mailbox as the sender, ${name}: nothing is proposed for its zone`, async () => {
    const { clientIp, ...rest } = { ...ENVELOPE, ...facts };
    const way = clientIp === undefined ? rest : { ...rest, clientIp };
    const report = await check(sign ? await signed(mail) : mail, way, freeZone);
    assert.deepEqual(costing(report), ids);
    for (const language of ['en', 'ru'] as const) {
      for (const { record, fix = '' } of report.findings.map((found) => textOf(found, language))) {
        assert.ok(record === undefined || !/gmail\.com|google\.com/.test(record.name), JSON.stringify(record));
        assert.doesNotMatch(fix, /d=gmail\.com|(?:SPF|DMARC)[^.]*(?:record of|записи?\S*) gmail\.com/);
      }
    }
    if (ids.includes('alignment.free-mailbox')) assert.ok(report.score.value <= 3 && report.score.refused);
    assert.equal(idsOf(report).includes('message.from-free-mailbox'), name === 'on a way that is not known');
  });
}

test('answers to a free mailbox count where they leave the sender, and not from the shop’s contact form', async () => {
  const replying = (replyTo: string, to = 'anna@client.example') =>
    withField(`Reply-To: ${replyTo}`).replace('anna@client.example', to);
  for (const [mail, ids] of [
    [replying('shop.example.orders@gmail.com'), ['message.reply-to-free-mailbox']],
    [replying('info@shop.example'), []],
    [replying('info@client.example'), []],
    [replying('anna@gmail.com', 'orders@shop.example'), []],
  ] as const) {
    assert.deepEqual(costing(await check(await signed(mail))), [...ids]);
  }
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
  const report = await check(new Uint8Array(MAX_MESSAGE_BYTES + 1));
  assert.equal(report.score.coverage, 0);
  assert.deepEqual(
    report.findings.map(({ id }) => id),
    ['message.too-large'],
  );
});

test('a header over the limit is not parsed', async () => {
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

test('every finding of messages has its texts, with any arguments', () => {
  const args = new Proxy(
    {},
    { get: (_, key) => (['signs', 'names', 'fields', 'elements', 'parts'].includes(String(key)) ? ['x'] : 'x') },
  );
  const mine = Object.entries(catalog).filter(([id]) => /^(?:message|content)\./.test(id));
  assert.ok(mine.length > 40);
  for (const [id, definition] of mine) {
    const english = definition.en(args as never);
    const russian = translation(definition as Translated<(args: never) => FindingText>, 'ru')(args as never);
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
      fc.constantFrom('\r\n\r\n', '\r\n', '@', '<', ';', '"', '\0').map(bytes),
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
