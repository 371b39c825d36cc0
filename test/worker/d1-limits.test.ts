// D1 with 1,000 domains and 100,000 rows of reports: each request of the owner's routes, each arrival and each run of cron stays
// within the free plan's 50 queries, and reads rows of its own domain only.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { D1Database, D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import { createApp } from '../../worker/app.ts';
import { createEdge } from '../../worker/edge.ts';
import { scheduledHandler } from '../../worker/monitor/scheduled.ts';
import { migrated } from '../../worker/monitor/schema.ts';
import { queueHandler } from '../../worker/reports/events.ts';
import type { Bindings } from '../../worker/settings.ts';
import { aggregateXml, record } from '../shared/reports/fixtures.ts';
import { type RunningDatabase, startDatabase } from '../support/database.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const DOMAINS = 1000;
const ROWS = 100_000;
/** Rows of the domain that has most; the others share the rest. */
const LARGEST = 20_000;
const DAY = 86_400_000;
const TODAY = Math.floor(Date.now() / DAY) * DAY;
/** https://developers.cloudflare.com/d1/platform/limits/: queries of one invocation, on the free plan. */
const MOST_QUERIES = 50;

let database: RunningDatabase;
let doh: RunningServer & { url: string };
let counted = { queries: 0, rowsRead: 0 };
let bindings: Bindings;

before(async () => {
  database = await startDatabase();
  doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
  bindings = { DB: counting(database.db), DOH_URL: doh.url, API_TOKENS: TOKEN };
  await fill(await migrated(database.db));
  // So that no request below is the one that looks at the tables.
  await migrated(bindings.DB!);
});
after(async () => {
  await database.stop();
  await doh.stop();
});

/** The same database, with what is asked counted: each statement of a batch is a query. */
function counting(db: D1Database): D1Database {
  const seen = ({ meta }: D1Result): void => {
    counted.queries++;
    counted.rowsRead += meta.rows_read;
  };
  const inner = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      async all() {
        const result = await statement.all();
        seen(result);
        return result;
      },
      async run() {
        const result = await statement.run();
        seen(result);
        return result;
      },
      async first() {
        const result = await statement.all();
        seen(result);
        return result.results[0] ?? null;
      },
    } as unknown as D1PreparedStatement;
    inner.set(wrapped, statement);
    return wrapped;
  };
  return {
    prepare: (text: string) => wrap(db.prepare(text)),
    async batch(statements: D1PreparedStatement[]) {
      const results = await db.batch(statements.map((statement) => inner.get(statement)!));
      for (const result of results) seen(result);
      return results;
    },
  } as unknown as D1Database;
}

async function fill(db: D1Database): Promise<void> {
  const numbers = (most: number) =>
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${most - 1})`;
  // The first 20,000 rows are those of shop.example, the others go round.
  const domain = `CASE WHEN i < ${LARGEST} THEN 'shop.example' ELSE 'd' || (1 + i % ${DOMAINS - 1}) || '.example' END`;
  const day = `(${TODAY} - (i % 28) * ${DAY})`;
  const settings = JSON.stringify({
    ...{ ips: ['203.0.113.25'], selectors: ['mail'], helo: null, webhook: null, mail: 'owner@shop.example' },
    ...{ language: 'en', digest: 'always', origin: 'https://w.example' },
  });
  for (const statement of [
    `${numbers(DOMAINS)} INSERT INTO watches SELECT CASE i WHEN 0 THEN 'shop.example' ELSE 'd' || i || '.example' END, '${settings}', NULL, 0, i FROM n`,
    `INSERT INTO digests SELECT domain, next_check_at, '{}' FROM watches`,
    // Ten rows a report.
    `${numbers(ROWS / 10)} INSERT INTO reports SELECT 'r' || i, CASE WHEN i * 10 < ${LARGEST} THEN 'shop.example' ELSE 'd' || (1 + i % ${DOMAINS - 1}) || '.example' END,
       'aggregate', '', 'reporter ' || (i % 9), i, ${day}, ${day}, ${day}, 'unknown', 100, 10, 'x', '{"policy":{"p":"none"}}' FROM n`,
    `${numbers(ROWS)} INSERT INTO report_sources SELECT 'r' || (i / 10), i, ${domain}, ${day}, '198.51.' || (i / 256 % 16) || '.' || (i % 256), 10,
       'none', CASE i % 5 WHEN 0 THEN 'fail' ELSE 'pass' END, 'fail', 'shop.example', '', '[["shop.example","s1","pass"]]', 'shop.example', 'fail', '' FROM n`,
    `${numbers(ROWS / 10)} INSERT INTO bounces SELECT 'r' || i, 0, CASE WHEN i < 2000 THEN 'shop.example' ELSE 'd' || (1 + i % ${DOMAINS - 1}) || '.example' END, ${day}, 'a' || i || '@customer.example', 'failed', '5.1.1', 'no-such-address', '550', '', 'm' || i || '@shop.example' FROM n`,
    `INSERT INTO bounce_days SELECT domain, received_at, action, reason, 'address', status, '', count(*), received_at, '550' FROM bounces GROUP BY domain, received_at`,
    `INSERT INTO bounced_addresses SELECT domain, address, reason, status, 1, received_at, received_at FROM bounces`,
  ])
    await db.prepare(statement).run();
}

async function measured(what: string, most: number, run: () => Promise<unknown>): Promise<void> {
  counted = { queries: 0, rowsRead: 0 };
  await run();
  const { queries, rowsRead } = counted;
  process.stdout.write(`# ${what}: ${queries} queries, ${rowsRead} rows read\n`);
  assert.ok(queries > 0 && queries <= MOST_QUERIES, `${what}: ${queries} queries`);
  assert.ok(rowsRead <= most, `${what}: ${rowsRead} rows read, ${most} expected at most`);
}

/** Rows that a domain of the usual size has, twice over: an index row and the row itself. */
const USUAL = 2 * (ROWS / DOMAINS) + 200;
const REQUESTS: readonly [path: string, ofLargest: number, ofUsual: number][] = [
  // Two statements over the rows of the month.
  ['/v1/sources/DOMAIN', 4 * LARGEST + 1000, 2 * USUAL],
  ['/v1/sources/DOMAIN?format=svg', LARGEST + 1000, USUAL],
  ['/v1/next/DOMAIN', 5 * LARGEST + 1000, 3 * USUAL],
  ['/v1/bounces/DOMAIN', 500, 300],
  ['/v1/bounces/DOMAIN?message_id=m7@shop.example', 300, 300],
  ['/v1/bounces/DOMAIN/addresses', 1100, 300],
  ['/v1/watch/DOMAIN', 100, 100],
];

test('the requests of an owner', async () => {
  const app = createApp(createEdge());
  for (const [path, ofLargest, ofUsual] of REQUESTS) {
    for (const [domain, most] of [
      ['shop.example', ofLargest],
      ['d77.example', ofUsual],
    ] as const) {
      const asked = path.replace('DOMAIN', domain);
      await measured(asked, most, async () => {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const response = await app.request(`https://w.example${asked}`, { headers }, bindings);
        assert.equal(response.status, 200, await response.text());
      });
    }
  }
});

test('what arrives', async () => {
  const app = createApp(createEdge());
  const post = (body: string) =>
    app.request(
      'https://w.example/v1/reports',
      { method: 'POST', body, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/xml' } },
      bindings,
    );
  for (const domain of ['shop.example', 'd77.example']) {
    await measured(`a report about ${domain}`, 8000, async () => {
      const records = Array.from({ length: 100 }, (_, at) => record({ ip: `192.0.2.${at}` })).join('');
      assert.equal((await post(aggregateXml({ domain, records }))).status, 201);
    });
  }
  const event = (at: number) => ({
    type: 'cf.email.sending.message.bounced',
    payload: {
      ...{ eventId: `e${at}`, messageId: `m${at}@shop.example`, sender: 'a@d5.example', recipient: `r${at}@x.example` },
      ...{ bounce: { type: 'hard', reason: '550 5.1.1 User unknown' } },
    },
  });
  await measured('five events of a queue', 3000, async () => {
    const messages = [1, 2, 3, 4, 5].map((at) => ({ id: at, body: event(at), ack() {}, retry: () => assert.fail() }));
    await queueHandler(createEdge())({ messages, queue: 'q' } as never, bindings, {} as never);
  });
});

test('a run of cron: a check, a week’s mail, a piece of a report, messages', async () => {
  const handler = scheduledHandler(createEdge());
  const { log } = console;
  Object.assign(console, { log: () => undefined });
  try {
    for (const [what, time] of [
      ['the first run', Date.now()],
      ['the next one', Date.now() + 300_000],
      // What is old goes then.
      ['the first run of a day', TODAY + 2 * DAY],
    ] as const)
      await measured(what, 6 * LARGEST, async () => {
        await handler({ scheduledTime: time, cron: '' } as never, bindings, {} as never);
      });
  } finally {
    Object.assign(console, { log });
  }
});
