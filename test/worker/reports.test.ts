// Reports by HTTP and by mail in workerd with a real D1: kept once, for watched domains, within their share, and nothing else.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MOST_REPORTS } from '../../worker/reports/store.ts';
import { aggregateXml, attached, record } from '../shared/reports/fixtures.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const ADDRESS = 'reports@intake.example';
const NAME = 'reporter.example!shop.example!1700000000!1700086399.xml.gz';
const zone = {
  ...ordinary,
  '_dmarc.asked.shop.example': { TXT: [`v=DMARC1; p=none; rua=mailto:${ADDRESS}`] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; rua=mailto:other@shop.example'] },
};
let doh: RunningServer & { url: string };
let worker: RunningWorker;

before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(zone)));
  worker = await startWorker(
    { DOH_URL: doh.url, API_TOKENS: TOKEN, REPORT_ADDRESS: 'Reports@intake.example', INBOX_DOMAIN: 'test.example' },
    { database: true },
  );
  assert.equal((await ask('PUT', '/v1/watch/shop.example', '{}', 'application/json')).status, 201);
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

async function ask(method: string, path: string, body: string | Uint8Array, type: string, token = TOKEN) {
  const response = await worker.fetch(path, {
    method,
    ...(method === 'GET' ? {} : { body: body as string }),
    headers: { 'content-type': type, ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? null : JSON.parse(text) };
}
const post = (body: string | Uint8Array, type = 'message/rfc822', token = TOKEN) =>
  ask('POST', '/v1/reports', body, type, token);
const rows = (table: string, where = '1') =>
  worker.sql(`SELECT * FROM ${table} WHERE ${where}`) as Promise<Record<string, unknown>[]>;
const mailOf = (xml: string) => attached(gzipSync(xml), NAME);
const send = (raw: string | Uint8Array, to = ADDRESS) =>
  worker.email({
    from: 'dmarc@reporter.example',
    to,
    raw: typeof raw === 'string' ? raw : new TextDecoder().decode(raw),
  });

test('an aggregate report is kept with its rows, and once', async () => {
  const records =
    record() + record() + record({ ip: '192.0.2.7', count: '5', comment: 'Sender requirement failed: 550-5.7.30' });
  const xml = aggregateXml({ reportId: 'once', records });
  const first = await post(mailOf(xml));
  assert.equal(first.status, 201);
  const [report] = first.json.reports;
  assert.deepEqual(
    { ...report, id: report.id.length },
    {
      ...{ id: 32, kind: 'aggregate', domain: 'shop.example', reporter: 'Reporter', reportId: 'once', state: 'stored' },
      ...{ messageId: '', subject: '', bounced: [] },
    },
  );
  for (const [body, type] of [
    [mailOf(xml), 'message/rfc822'],
    [gzipSync(xml), 'application/gzip'],
    [xml, 'application/xml'],
    // The id is what counts: who knows one cannot add rows to it.
    [
      xml
        .replace('<count>5</count>', '<count>500</count>')
        .replace('</feedback>', `${record({ ip: '192.0.2.9' })}</feedback>`),
      'text/xml',
    ],
  ] as const) {
    const again = await post(body, type);
    assert.deepEqual([again.status, again.json.reports[0].state], [200, 'duplicate'], type);
  }
  const kept = await rows('report_sources', `report = '${report.id}'`);
  // The same source twice is one row.
  assert.deepEqual(
    kept.map(({ source_ip, messages, dkim, spf, day }) => [source_ip, messages, dkim, spf, day]),
    [
      ['192.0.2.1', 2, 'pass', 'fail', 1699920000000],
      ['192.0.2.7', 5, 'pass', 'fail', 1699920000000],
    ],
  );
  assert.equal(kept[1]!.reasons, '[["other","Sender requirement failed: 550-5.7.30"]]');
  assert.deepEqual(
    (await rows('reports', `id = '${report.id}'`)).map(({ messages, rows_kept }) => [messages, rows_kept]),
    [[7, 2]],
  );
});

test('only watched domains, and what lies below them', async () => {
  const below = await post(mailOf(aggregateXml({ domain: 'news.shop.example', reportId: 'below' })));
  assert.deepEqual([below.status, below.json.reports[0].domain], [201, 'shop.example']);
  const other = await post(mailOf(aggregateXml({ domain: 'other.example' })));
  assert.deepEqual([other.status, other.json.title], [403, 'Not a watched domain']);
  const lookalike = await post(mailOf(aggregateXml({ domain: 'evilshop.example' })));
  assert.equal(lookalike.status, 403);
});

test('what is no report is refused with the reason, what is too large with 413', async () => {
  const cases: readonly [Uint8Array | string, string, number, RegExp][] = [
    [gzipSync(gzipSync('x')), 'application/gzip', 422, /nested-archive/],
    [gzipSync(Buffer.alloc(32 * 1024 * 1024)), 'application/gzip', 422, /unpacked-too-large/],
    ['<!DOCTYPE feedback [<!ENTITY a "b">]><feedback/>', 'application/xml', 422, /xml-declarations/],
    [
      'From: a@b.example\r\nMessage-ID: <hello@b.example>\r\nSubject: Hello\r\n\r\nHello',
      'message/rfc822',
      422,
      /not-a-report/,
    ],
    ['', 'message/rfc822', 422, /not-a-report/],
    [new Uint8Array(11 * 1024 * 1024), 'application/octet-stream', 413, /mail-too-large/],
    ['x', 'text/plain', 415, /message\/rfc822/],
  ];
  for (const [body, type, status, detail] of cases) {
    const answer = await post(body, type);
    assert.equal(answer.status, status, detail.source);
    assert.match(answer.json.detail, detail);
  }
  const reply = await post('From: a@b.example\r\nAuto-Submitted: auto-replied\r\n\r\nAway');
  assert.deepEqual([reply.status, reply.json], [200, { result: 'ignored', reports: [], refused: [] }]);
});

test('a token is needed, but for TLS reports', async () => {
  const report = JSON.stringify({
    'organization-name': 'Mail',
    'date-range': { 'start-datetime': '2026-11-01T00:00:00Z', 'end-datetime': '2026-11-01T23:59:59Z' },
    'report-id': 'tls-1',
    policies: [
      {
        policy: { 'policy-type': 'sts', 'policy-domain': 'shop.example' },
        summary: { 'total-successful-session-count': 3, 'total-failure-session-count': 1 },
      },
      { policy: { 'policy-type': 'tlsa', 'policy-domain': 'other.example' }, summary: {} },
    ],
  });
  assert.equal((await post(mailOf(aggregateXml()), 'message/rfc822', '')).status, 401);
  assert.equal((await post(report, 'application/json', '')).status, 401);
  const taken = await post(gzipSync(report), 'application/tlsrpt+gzip', '');
  assert.deepEqual([taken.status, taken.json.reports.length, taken.json.reports[0].kind], [201, 1, 'tls']);
  assert.equal((await post(report, 'application/tlsrpt+json', '')).status, 200);
  assert.deepEqual(
    (await rows('reports', "kind = 'tls'")).map(({ domain, messages }) => [domain, messages]),
    [['shop.example', 4]],
  );
});

const BOUNCE = `From: MAILER-DAEMON@mx.example\r
To: bounce@bounces.shop.example\r
Message-ID: <bounce-1@mx.example>\r
Subject: Undelivered Mail Returned to Sender\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary=r\r
\r
--r\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; Gone@customer.example\r
Action: failed\r
Status: 5.1.1\r
Diagnostic-Code: smtp; 550 5.1.1 <script>unknown</script>\r
\r
--r\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: <order17@shop.example>\r
From: shop@shop.example\r
\r
--r--\r
`;

test('a bounce finds the mail that it is about; one of another domain is refused', async () => {
  assert.equal((await post(BOUNCE)).status, 201);
  assert.equal((await post(BOUNCE)).status, 200);
  const kept = await rows('bounces', "message_id = 'order17@shop.example'");
  assert.deepEqual(
    kept.map(({ domain, address, action, status, reason }) => [domain, address, action, status, reason]),
    [['shop.example', 'gone@customer.example', 'failed', '5.1.1', 'no-such-address']],
  );
  assert.equal((await post(BOUNCE.replaceAll('shop.example', 'other.example'))).status, 403);
});

test('by mail: taken, refused with the reason, and other addresses stay those of test inboxes', async () => {
  assert.equal((await send(mailOf(aggregateXml({ reportId: 'by mail' })))).rejectReason, undefined);
  assert.equal(
    (await send(mailOf(aggregateXml({ reportId: 'tagged' })), 'REPORTS+dmarc@intake.example')).rejectReason,
    undefined,
  );
  assert.equal(
    (await send(mailOf(aggregateXml({ domain: 'asked.shop.example', reportId: 'asked' })))).rejectReason,
    undefined,
  );
  const kept = await rows('reports', "report_id IN ('by mail', 'asked', 'once')");
  assert.deepEqual(kept.map(({ report_id, requested }) => `${report_id}: ${requested}`).sort(), [
    'asked: yes',
    'by mail: no',
    'once: unknown',
  ]);
  assert.match((await send(mailOf(aggregateXml({ domain: 'other.example' })))).rejectReason ?? '', /not watched/);
  assert.match(
    (await send('From: a@b.example\r\nMessage-ID: <hello@b.example>\r\nSubject: Hello\r\n\r\nHello')).rejectReason ??
      '',
    /reports and bounces only/,
  );
  assert.match((await send(attached(gzipSync(gzipSync('x')), NAME))).rejectReason ?? '', /nested-archive/);
  assert.match((await send(mailOf(aggregateXml()), 'a@intake.example')).rejectReason ?? '', /no such test inbox/);
});

test('a large report is read in pieces by cron, as whole as a small one', async () => {
  const many = Array.from({ length: 900 }, (_, at) => record({ ip: `198.51.${at >> 8}.${at & 255}`, count: '2' })).join(
    '\n',
  );
  const answer = await post(mailOf(aggregateXml({ reportId: 'large', records: many })));
  assert.deepEqual([answer.status, answer.json.reports[0].state], [201, 'partly-read']);
  const { id } = answer.json.reports[0];
  const waiting = (await rows('report_pieces')).length;
  assert.ok(waiting > 1, String(waiting));
  for (let at = 0; at < waiting; at++) await worker.scheduled(new Date(Date.now() + at * 300_000));
  assert.deepEqual(await rows('report_pieces'), []);
  const sources = await rows('report_sources', `report = '${id}'`);
  assert.equal(sources.length, 900);
  assert.equal(new Set(sources.map(({ source_ip }) => source_ip)).size, 900);
  assert.deepEqual(
    (await rows('reports', `id = '${id}'`)).map(({ messages, rows_kept }) => [messages, rows_kept]),
    [[1800, 900]],
  );
});

test('who sends in the name of the domain: by provider, with the share that is aligned', async () => {
  const day = Math.floor(Date.now() / 86_400_000) * 86_400;
  const service = record({ ip: '198.51.100.9', count: '40', result: 'fail' })
    .replace('<domain>shop.example</domain>', '<domain>sendgrid.net</domain>')
    .replace('<domain>bounce.shop.example</domain><result>fail', '<domain>u1.wl.sendgrid.net</domain><result>pass');
  const records = record({ ip: '203.0.113.25', count: '60' }).replace('<spf>fail', '<spf>pass') + service;
  const xml = aggregateXml({ reportId: 'sources', records, begin: String(day), end: String(day + 86_399) });
  assert.equal((await post(xml, 'application/xml')).status, 201);
  const answer = await ask('GET', '/v1/sources/shop.example?days=1', '', 'application/json');
  assert.equal(answer.status, 200);
  const today = new Date(day * 1000).toISOString().slice(0, 10);
  assert.deepEqual(answer.json.days, [{ day: today, messages: 100, aligned: 60 }]);
  assert.deepEqual(
    answer.json.sources.map((source: Record<string, unknown>) => [
      source.name,
      source.class,
      source.messages,
      source.lastSeen,
    ]),
    [
      ['shop.example', 'yours-aligned', 60, today],
      ['SendGrid', 'yours-unaligned', 40, today],
    ],
  );
  for (const [path, token, status] of [
    ['/v1/sources/shop.example', '', 401],
    ['/v1/sources/other.example', TOKEN, 404],
    ['/v1/sources/shop.example?days=0', TOKEN, 400],
  ] as const) {
    assert.equal((await ask('GET', path, '', 'application/json', token)).status, status, path);
  }
});

test('a reporter has a share, and others have theirs beside it', async () => {
  const flood = (organization: string, at: number) =>
    post(aggregateXml({ organization, reportId: `flood-${at}` }), 'application/xml');
  const statuses = new Map<number, number>();
  for (let at = 0; at < MOST_REPORTS.ofReporter + 3; at++) {
    const { status } = await flood('Flooder', at);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  assert.deepEqual(
    [...statuses],
    [
      [201, MOST_REPORTS.ofReporter],
      [429, 3],
    ],
  );
  const full = await flood('Flooder', MOST_REPORTS.ofReporter + 4);
  assert.equal(full.headers.get('retry-after'), '86400');
  assert.equal((await flood('Another', 1)).status, 201);
  // New names take three quarters of what a domain has; the rest is for reporters who were here before today.
  const { ofDomain } = MOST_REPORTS;
  const ago = Date.now() - 2 * 86_400_000;
  await worker.sql(`UPDATE reports SET received_at = ${ago}, begins_at = NULL WHERE reporter = 'Another'`);
  await worker.sql(
    `WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ${(ofDomain * 3) / 4})
     INSERT INTO reports SELECT 'many ' || n, 'shop.example', 'aggregate', '', 'Name ' || n, n, NULL, NULL, ${Date.now()}, '', 0, 0, '', '{}' FROM many`,
  );
  assert.deepEqual([(await flood('New', 1)).status, (await flood('Another', 2)).status], [429, 201]);
});

test('TLS failures day by day, by kind and host, with what to do', async () => {
  const failure = (type: string, sessions: number) => ({
    'result-type': type,
    'receiving-mx-hostname': 'mx.shop.example',
    'failed-session-count': sessions,
    'failure-reason-code': '<b>',
  });
  const report = (id: string, day: string, failures: object[]) => ({
    'organization-name': 'Mail',
    'date-range': { 'start-datetime': `${day}T00:00:00Z`, 'end-datetime': `${day}T23:59:59Z` },
    'report-id': id,
    policies: [
      {
        policy: { 'policy-type': 'sts', 'policy-domain': 'shop.example' },
        summary: { 'total-successful-session-count': 10, 'total-failure-session-count': 3 },
        'failure-details': failures,
      },
    ],
  });
  for (const body of [
    report('day-1', '2026-11-01', [failure('certificate-expired', 2), failure('what-is-this', 1)]),
    report('day-2', '2026-11-02', [failure('certificate-expired', 3)]),
  ])
    assert.equal((await post(JSON.stringify(body), 'application/tlsrpt+json', '')).status, 201);
  const { status, json } = await ask('GET', '/v1/tls-reports/shop.example?lang=ru', '', 'application/json');
  assert.equal(status, 200);
  const own = json.days.slice(-2);
  assert.deepEqual(own[1], { day: '2026-11-02', successful: 10, failed: 3 });
  assert.deepEqual(
    json.failures.map(({ type, host, sessions, firstSeen, lastSeen }: Record<string, unknown>) => [
      ...[type, host, sessions, firstSeen, lastSeen],
    ]),
    [
      ['certificate-expired', 'mx.shop.example', 5, '2026-11-01', '2026-11-02'],
      ['other', 'mx.shop.example', 1, '2026-11-01', '2026-11-01'],
    ],
  );
  assert.match(json.failures[0].advice, /Обновите/);
  assert.equal((await ask('GET', '/v1/tls-reports/shop.example', '', 'application/json', '')).status, 401);
});

test('notifications of Amazon SNS: with the token as the password, each once; only Amazon is asked to confirm', async () => {
  const sns = async (body: object, authorization: string) => {
    const response = await worker.fetch('/v1/reports', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification', authorization },
    });
    return { status: response.status, json: JSON.parse(await response.text()) };
  };
  const basic = (password: string) => `Basic ${btoa(`sns:${password}`)}`;
  const mail = {
    ...{ source: 'shop@shop.example', messageId: 'ses-1' },
    commonHeaders: { messageId: '<order99@shop.example>', subject: 'Order 99', from: ['shop@shop.example'] },
  };
  const bounce = {
    notificationType: 'Bounce',
    bounce: {
      ...{ bounceType: 'Permanent', feedbackId: 'feedback-1' },
      bouncedRecipients: [
        { emailAddress: 'x@gone.example', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 unknown' },
      ],
    },
    mail,
  };
  const notification = { Type: 'Notification', MessageId: 'sns-1', Message: JSON.stringify(bounce) };
  for (const [body, authorization, status, state] of [
    [notification, '', 401, undefined],
    [notification, basic('another-token-of-enough-length'), 401, undefined],
    [notification, basic(TOKEN), 201, 'stored'],
    [{ ...notification, MessageId: 'sns-2' }, basic(TOKEN), 200, 'duplicate'],
    // Raw message delivery.
    [bounce, `Bearer ${TOKEN}`, 200, 'duplicate'],
    [{ Type: 'SubscriptionConfirmation', SubscribeURL: 'https://evil.example/' }, basic(TOKEN), 422, undefined],
    [
      { Type: 'SubscriptionConfirmation', SubscribeURL: 'https://sns.eu-west-1.amazonaws.com.evil.example/' },
      basic(TOKEN),
      422,
      undefined,
    ],
    [
      { Type: 'SubscriptionConfirmation', SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=x' },
      basic(TOKEN),
      502,
      undefined,
    ],
    [{ notificationType: 'Delivery', mail, delivery: { recipients: ['a@b.example'] } }, basic(TOKEN), 200, undefined],
    [{ Type: 'UnsubscribeConfirmation' }, basic(TOKEN), 200, undefined],
  ] as const) {
    const answer = await sns(body, authorization);
    assert.deepEqual([answer.status, answer.json.reports?.[0]?.state], [status, state], JSON.stringify(body));
  }
  const [kept] = await rows('bounces', "message_id = 'order99@shop.example'");
  assert.deepEqual([kept!.address, kept!.reason], ['x@gone.example', 'no-such-address']);
  // The password of a URL is for SNS alone.
  const other = await worker.fetch('/v1/bounces/shop.example', { headers: { authorization: basic(TOKEN) } });
  assert.equal(other.status, 401);
});

test('what is forgotten is forgotten with its reports', async () => {
  assert.equal((await ask('DELETE', '/v1/watch/shop.example', '', 'application/json')).status, 204);
  for (const table of ['reports', 'report_sources', 'report_pieces', 'bounces'])
    assert.deepEqual(await rows(table), [], table);
});

describe('without a token', () => {
  const bounce = [
    'From: MAILER-DAEMON@mx.example',
    'To: orders@shop.example',
    'Message-ID: <forged@mx.example>',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; customer@mx.example',
    'Action: failed',
    'Status: 5.1.1',
    '',
    '--b--',
    '',
  ].join('\r\n');
  for (const [what, body] of [
    ['a bounce', bounce],
    ['an aggregate report', aggregateXml({ reportId: 'forged' })],
  ] as const)
    test(`${what} is not accepted under the media type of TLS reports`, async () => {
      const answer = await post(body, 'application/tlsrpt+json', '');
      assert.equal(answer.status, 422);
      assert.deepEqual(await rows('reports', "report_id IN ('forged', 'forged@mx.example')"), []);
    });
  test('a notification of SNS needs one, whatever its media type says', async () => {
    const response = await worker.fetch('/v1/reports', {
      method: 'POST',
      headers: { 'content-type': 'application/tlsrpt+json', 'x-amz-sns-message-type': 'Notification' },
      body: '{}',
    });
    assert.equal(response.status, 401);
  });
});
