// In workerd with a real D1: when a stricter policy is safe, with its record tried on the zone; what fixes a source; the picture.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const DAY = 86_400_000;
const TODAY = Math.floor(Date.now() / DAY) * DAY;
const RECORD = 'v=DMARC1; p=none; rua=mailto:dmarc@shop.example';
let zone: Zone = ordinary;
let doh: RunningServer & { url: string };
let worker: RunningWorker;

before(async () => {
  doh = await startDohServer(
    respondFrom({
      async query(name, type) {
        const answer = await zoneResolver(zone).query(name, type);
        return answer.kind === 'error' ? answer : { ...answer, ttl: 0 };
      },
    }),
  );
  worker = await startWorker({ DOH_URL: doh.url, API_TOKENS: TOKEN }, { database: true });
  assert.equal(
    (await ask('PUT', '/v1/watch/shop.example', '{"ips":["203.0.113.25"],"selectors":["mail"]}')).status,
    201,
  );
  for (const reporter of ['google.com', 'mail.ru'])
    for (let at = 0; at < 28; at++) {
      const [day, id] = [TODAY - at * DAY, `${reporter} ${at}`];
      const detail = JSON.stringify({ policy: { p: 'none' } });
      await worker.sql(
        `INSERT INTO reports VALUES ('${id}', 'shop.example', 'aggregate', 'shop.example', '${reporter}', '${id}', ${day}, ${day + DAY - 1000}, ${day}, 'unknown', 10, 1, '${id}', '${detail}')`,
      );
      await row({ report: id, day, messages: 10 });
    }
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

interface Row {
  report: string;
  number: number;
  day: number;
  ip: string;
  messages: number;
  dkim: string;
  spf: string;
  dkimResults: [string, string, string][];
  spfDomain: string;
  spfResult: string;
}
async function row(given: Partial<Row>): Promise<void> {
  const { report, number, day, ip, messages, dkim, spf, dkimResults, spfDomain, spfResult }: Row = {
    ...{ report: 'x', number: 1, day: TODAY, ip: '203.0.113.25', messages: 1, dkim: 'pass', spf: 'pass' },
    ...{ dkimResults: [['shop.example', 'mail', 'pass']], spfDomain: 'shop.example', spfResult: 'pass' },
    ...given,
  };
  await worker.sql(
    `INSERT INTO report_sources VALUES ('${report}', ${number}, 'shop.example', ${day}, '${ip}', ${messages}, 'none', '${dkim}', '${spf}', 'shop.example', '', '${JSON.stringify(dkimResults)}', '${spfDomain}', '${spfResult}', '')`,
  );
}
async function ask(method: string, path: string, body?: string) {
  const response = await worker.fetch(path, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
  });
  return { status: response.status, json: JSON.parse(await response.text()) };
}
const published = (text: string): Zone => ({ ...ordinary, '_dmarc.shop.example': { TXT: [text] } });
const next = async () => (await ask('GET', '/v1/next/shop.example?lang=en')).json;

test('four weeks of aligned mail: the record of the next step, proven', async () => {
  zone = published(RECORD);
  const step = await next();
  assert.deepEqual([step.verdict, step.policy, step.reasons], ['ready', 'none', []]);
  assert.deepEqual(step.data, { days: 28, messages: 560, ownMessages: 560, ownFailing: 0, reporters: 2 });
  assert.deepEqual(step.next, {
    policy: 'quarantine',
    record: {
      name: '_dmarc.shop.example',
      type: 'TXT',
      value: 'v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.example',
    },
    withheld: null,
  });
});

test('a record that must not be published is withheld with the reason', async () => {
  zone = {
    ...ordinary,
    '_dmarc.shop.example': { CNAME: ['_dmarc.host.example'] },
    '_dmarc.host.example': { TXT: [RECORD] },
  };
  const step = await next();
  assert.equal(step.verdict, 'ready');
  assert.equal(step.next.record, null);
  assert.deepEqual([step.next.withheld.reason, step.next.withheld.what], ['alias', '_dmarc.host.example']);
});

test('what the record says decides what is next, and whether there is one', async () => {
  for (const [text, verdict, reasons, policy] of [
    // The reports of today still say p=none.
    ['v=DMARC1; p=quarantine', 'not-yet', ['policy-new'], 'reject'],
    ['v=DMARC1; p=reject', 'done', [], undefined],
    ['v=DMARC1; p=reject; t=y', 'ready', [], 'reject'],
    ['no record', 'not-yet', ['no-record'], undefined],
  ] as const) {
    zone = published(text);
    const step = await next();
    assert.deepEqual(
      [step.verdict, step.reasons.map(({ reason }: { reason: string }) => reason), step.next?.policy],
      [verdict, reasons, policy],
      text,
    );
  }
});

test('a service that would lose mail is named, and no record is shown', async () => {
  zone = published(RECORD);
  await row({
    ...{ report: 'service', ip: '198.51.100.9', messages: 40, dkim: 'fail', spf: 'fail' },
    ...{ dkimResults: [['sendgrid.net', 's', 'pass']], spfDomain: 'u1.wl.sendgrid.net', spfResult: 'pass' },
  });
  const step = await next();
  assert.deepEqual(
    [step.verdict, step.reasons.map(({ reason }: { reason: string }) => reason)],
    ['not-yet', ['source-fails', 'own-mail-fails']],
  );
  assert.deepEqual(step.next, { policy: 'quarantine', record: null, withheld: null });
  assert.deepEqual(
    step.steps.map(
      ({
        policy,
        effect,
        losing,
      }: {
        policy: string;
        effect: string;
        losing: { name: string; messages: number }[];
      }) => [policy, effect, losing.map(({ name, messages }) => [name, messages])],
    ),
    [
      ['quarantine', 'spam', [['SendGrid', 40]]],
      ['reject', 'rejected', [['SendGrid', 40]]],
    ],
  );
});

test('a source that is yours has what fixes it: a setting, or the exact record', async () => {
  // Its envelope sender is the domain's, which does not let it.
  await row({
    ...{ report: 'fails', ip: '203.0.113.26', messages: 30, dkim: 'fail', spf: 'fail', dkimResults: [] },
    ...{ spfDomain: 'shop.example', spfResult: 'fail' },
  });
  await row({ report: 'passed', ip: '203.0.113.26', messages: 1, spf: 'pass' });
  const { json } = await ask('GET', '/v1/sources/shop.example?lang=en');
  const fixes = json.sources.flatMap(
    ({ name, fix }: { name: string; fix: { kind: string; record: unknown } | null }) =>
      fix === null ? [] : [[name, fix.kind, fix.record]],
  );
  const own = ordinary['shop.example']!.TXT!.find((text) => String(text).startsWith('v=spf1'))!;
  assert.deepEqual(fixes, [
    ['SendGrid', 'sign', null],
    [
      '203.0.113.26',
      'spf',
      { name: 'shop.example', type: 'TXT', value: String(own).replace(/ ([-~]all)$/, ' ip4:203.0.113.26 $1') },
    ],
  ]);
});

test('the picture of the days', async () => {
  const response = await worker.fetch('/v1/sources/shop.example?format=svg&days=7&lang=ru', {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  assert.equal(response.headers.get('content-type'), 'image/svg+xml; charset=utf-8');
  const svg = await response.text();
  assert.equal(svg.match(/<g>/g)!.length, 7);
  assert.match(svg, /aria-label="Дней с отчётами: 7, писем: 211, из них с выравниванием 66.8 %\."/);
});
