// The free plan's subrequests, the database's among them: every fetch and every call of D1 of one invocation, in an isolate that knows nothing yet.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Resolver } from '../../shared/dns/types.ts';
import { createApp } from '../../worker/app.ts';
import { createEdge } from '../../worker/edge.ts';
import { scheduledHandler } from '../../worker/monitor/scheduled.ts';
import { aggregateXml, record } from '../shared/reports/fixtures.ts';
import { type RunningDatabase, startDatabase } from '../support/database.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { RELAY, secured } from '../support/ordinary.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

/**
 * https://developers.cloudflare.com/workers/platform/limits/: 50 to the Internet and 1000 to Cloudflare's own services,
 * where there once were 50 for both. What an ordinary domain needs is held to the stricter one.
 */
const SUBREQUESTS = 50;
/** https://developers.cloudflare.com/d1/platform/limits/: each statement of a batch counts. */
const QUERIES = 50;
const TOKEN = 'a-token-of-more-than-twenty-characters';
const HOUR = 3_600_000;

const watched: Zone = {
  ...secured,
  'hook.shop.example': { A: ['203.0.113.99'], AAAA: ['2001:db8::99'] },
};
/** Every answer leads to ten more, without end. */
const hostile: Resolver = {
  async query(name, type) {
    const ten = [...Array(10).keys()];
    const next = (i: number) => `n${i}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}.evil.example`;
    const records: Record<string, unknown[]> = {
      TXT: [
        name.startsWith('_mta-sts.')
          ? ['v=STSv1; id=1']
          : [`v=spf1 ${ten.map((i) => `${i % 2 === 0 ? 'include:' : 'mx:'}${next(i)}`).join(' ')} -all`],
      ],
      MX: ten.map((i) => ({ preference: i, exchange: next(i) })),
      PTR: ten.map(next),
      NS: ten.map(next),
      A: ten.map((i) => `198.51.100.${i}`),
      AAAA: ten.map((i) => `2001:db8::${i}`),
    };
    const found = records[type];
    const shared = { ttl: 0, aliases: [], authenticated: false };
    return found === undefined ? { kind: 'nodata', ...shared } : ({ kind: 'ok', records: found, ...shared } as never);
  },
};
let zone: Zone | Resolver = watched;
const resolver = (): Resolver => (typeof zone.query === 'function' ? (zone as Resolver) : zoneResolver(zone as Zone));
let doh: RunningServer & { url: string };
let running: RunningDatabase;
let database: Database;
const realFetch = globalThis.fetch;
const used = { fetches: 0, calls: 0, queries: 0, hooks: 0 };

interface Statement {
  bind(...values: unknown[]): Statement;
  [name: string]: unknown;
}
interface Database {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}

before(async () => {
  doh = await startDohServer(respondFrom({ query: (name, type) => resolver().query(name, type) }));
  running = await startDatabase();
  database = running.db as unknown as Database;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    // The database's own way to its keeper is no request of the Worker.
    if (url.startsWith(doh.url)) used.fetches++;
    if (url.startsWith(doh.url) || url.startsWith('http://127.0.0.1')) return realFetch(input, init);
    used.fetches++;
    if (url.startsWith('https://hook.shop.example/')) {
      used.hooks++;
      return new Response(null, { status: 204 });
    }
    return new Response('version: STSv1\nmode: testing\nmx: mx1.provider.example\nmax_age: 604800\n', {
      headers: { 'content-type': 'text/plain' },
    });
  };
});
after(async () => {
  globalThis.fetch = realFetch;
  await running?.stop();
  await doh?.stop();
});

/** The database, each call of it counted; a new one is new to the Worker, as in a new isolate. */
function counted(): Database {
  const real = new Map<Statement, Statement>();
  const statement = (own: Statement): Statement => {
    const shown: Statement = {
      bind: (...values: unknown[]) => statement(own.bind(...values)),
    };
    for (const name of ['run', 'all', 'first', 'raw']) {
      shown[name] = (...values: unknown[]) => {
        used.calls++;
        used.queries++;
        return (own[name] as (...given: unknown[]) => unknown)(...values);
      };
    }
    real.set(shown, own);
    return shown;
  };
  return {
    prepare: (sql) => statement(database.prepare(sql)),
    batch: (statements) => {
      used.calls++;
      used.queries += statements.length;
      return database.batch(statements.map((one) => real.get(one)!));
    },
  };
}

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const bindings = () =>
  ({
    DOH_URL: doh.url,
    API_TOKENS: TOKEN,
    WEBHOOK_SECRET: secret,
    INBOX_DOMAIN: 'test.shop.example',
    DB: counted(),
  }) as never;

/** What one invocation used, held to the limits. */
async function cost(what: string, invocation: () => Promise<void>): Promise<typeof used> {
  Object.assign(used, { fetches: 0, calls: 0, queries: 0, hooks: 0 });
  await invocation();
  const seen = { ...used };
  assert.ok(seen.fetches + seen.calls <= SUBREQUESTS, `${what}: ${JSON.stringify(seen)}`);
  assert.ok(seen.queries <= QUERIES, `${what}: ${JSON.stringify(seen)}`);
  return seen;
}

async function asked(path: string, init: RequestInit = {}, expected = 200): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...init.headers };
  const request = new Request(`https://check.shop.example${path}`, { ...init, headers });
  const response = await createApp(createEdge()).fetch(request, bindings());
  const text = await response.text();
  assert.equal(response.status, expected, `${path}: ${text}`);
}

async function scheduled(at: number): Promise<void> {
  const controller = { scheduledTime: at, cron: '*/5 * * * *', noRetry: () => undefined };
  await scheduledHandler(createEdge())(controller as never, bindings(), {} as never);
}

test('pages, reports, watching and cron stay within what one invocation may use', async (t) => {
  const told: string[] = [];
  const tell = (what: string, { fetches, calls, queries }: typeof used) =>
    told.push(`${what}: ${fetches} fetches, ${calls} calls of D1 with ${queries} queries`);
  const query = `ip=${RELAY}&selector=mail&helo=mail.shop.example`;
  const settings = JSON.stringify({
    ips: [RELAY],
    selectors: ['mail'],
    helo: 'mail.shop.example',
    webhook: 'https://hook.shop.example/mail',
  });

  // The very first, which makes the tables.
  const put = () => asked('/v1/watch/shop.example', { method: 'PUT', body: settings }, 201);
  tell('the first watch', await cost('the first watch', put));
  // Watches are due from the moment they are made.
  const start = Date.now() + 1000;
  const first = await cost('the first run', () => scheduled(start));
  tell('a run with a check', first);
  assert.ok(first.fetches > 20 && first.calls > 2, JSON.stringify(first));

  // Worse, and a test message waits as well: a check and two messages in one run.
  zone = {
    ...watched,
    '25.113.0.203.in-addr.arpa': {},
    'shop.example': { ...watched['shop.example'], TXT: ['v=spf1 -all'] },
  };
  await cost('the test message', () => asked('/v1/watch/shop.example/test', { method: 'POST' }, 202));
  const worse = await cost('the run that tells', () => scheduled(start + 2 * HOUR));
  tell('a run with a check and two messages', worse);
  assert.equal(worse.hooks, 2);
  zone = watched;

  // As much as a zone can make it ask; a message waits as well.
  await cost('the test message', () => asked('/v1/watch/shop.example/test', { method: 'POST' }, 202));
  zone = hostile;
  await cost('a page of a hostile zone', () => asked('/report/evil.example'));
  Object.assign(used, { fetches: 0, calls: 0, queries: 0, hooks: 0 });
  await scheduled(start + 4 * HOUR);
  tell('a run with a hostile zone', used);
  assert.ok(used.fetches > 35 && used.fetches <= SUBREQUESTS && used.queries <= QUERIES, JSON.stringify(used));
  zone = watched;

  tell('the report page', await cost('the report page', () => asked(`/report/shop.example?${query}`)));
  tell('the badge', await cost('the badge', () => asked(`/badge/shop.example.svg?ip=${RELAY}`)));
  tell('the history', await cost('the history', () => asked('/v1/history/shop.example')));
  const inbox = () => asked('/v1/inbox?domain=shop.example', { method: 'POST' }, 201);
  tell('a test inbox', await cost('a test inbox', inbox));

  // A report of 1 MB by HTTP, as many rows as one invocation reads, and its pieces by cron.
  const many = Array.from({ length: 2400 }, (_, at) => record({ ip: `198.51.${at >> 8}.${at & 255}` })).join('\n');
  const body = aggregateXml({ records: many });
  const report = () =>
    asked('/v1/reports', { method: 'POST', body, headers: { 'content-type': 'application/xml' } }, 201);
  tell('a report of 1 MB', await cost('a report of 1 MB', report));
  tell('a run with a piece', await cost('a run with a piece', () => scheduled(start + 6 * HOUR)));
  for (const line of told) t.diagnostic(line);
});
