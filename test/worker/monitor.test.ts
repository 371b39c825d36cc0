// Watching in workerd with a real D1: what is listed, checked by cron, told by a signed webhook, tried again, and told once.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import { after, before, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Resolver } from '../../shared/dns/types.ts';
import { createAuthority } from '../support/certificates.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const MINUTE = 60_000;

interface Call {
  headers: Record<string, string>;
  body: string;
}
interface Json {
  [key: string]: unknown;
}

/** What the receiver answers next; 200 where it is empty. */
const replies: number[] = [];
const calls: Call[] = [];
let zone: Zone = ordinary;
let down = false;
let hook: Server;
let doh: RunningServer & { url: string; asked(): number };
let worker: RunningWorker;
/** The clock of cron, moved by the tests. */
let now = Date.now();

before(async () => {
  const authority = createAuthority();
  const { cert, key } = authority.issue({ names: ['127.0.0.1'] });
  // The harness passes what the Worker fetches through this process.
  setDefaultCACertificates([...getCACertificates('default'), authority.ca]);
  hook = createServer({ cert, key }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      calls.push({ headers: request.headers as Record<string, string>, body });
      const status = replies.shift() ?? 200;
      response.writeHead(status, status === 302 ? { location: 'https://127.0.0.1/' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const resolver: Resolver = {
    async query(name, type) {
      if (down) return { kind: 'error', reason: 'servfail', detail: name };
      const answer = await zoneResolver({
        ...zone,
        'hook.shop.example': { A: ['203.0.113.99'] },
        'inside.shop.example': { A: ['203.0.113.99', '10.0.0.7'] },
      }).query(name, type);
      // Nothing is kept, so that a change is seen at once.
      return answer.kind === 'error' ? answer : { ...answer, ttl: 0 };
    },
  };
  doh = await startDohServer(respondFrom(resolver));
  worker = await startWorker(
    {
      DOH_URL: doh.url,
      API_TOKENS: TOKEN,
      WEBHOOK_SECRET: SECRET,
      CONNECT_TO: `hook.shop.example:443=127.0.0.1:${(hook.address() as { port: number }).port}`,
    },
    { database: true },
  );
});
after(async () => {
  await worker.stop();
  await doh.stop();
  hook.closeAllConnections();
  hook.close();
});

async function api(
  method: string,
  path: string,
  body?: unknown,
  token = TOKEN,
): Promise<{ status: number; json: Json }> {
  const response = await worker.fetch(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? {} : (JSON.parse(text) as Json) };
}
async function cron(minutesLater = 0): Promise<void> {
  now += minutesLater * MINUTE;
  await worker.scheduled(new Date(now));
}
/** Queues a test message; its state as the watch shows it. */
async function sendTest(): Promise<() => Promise<unknown[]>> {
  const { status, json } = await api('POST', '/v1/watch/shop.example/test');
  assert.equal(status, 202, JSON.stringify(json));
  const { id } = (json as { queued: { id: string }[] }).queued[0]!;
  return async () => {
    const { deliveries } = (await api('GET', '/v1/watch/shop.example')).json as { deliveries: Json[] };
    const found = deliveries.find((delivery) => delivery.id === id)!;
    return [found.state, found.attempts, found.lastReply];
  };
}
const told = () => calls.map(({ body }) => JSON.parse(body) as { type: string; data: Json & { appeared: Json[] } });
const history = async (path = '/v1/history/shop.example') =>
  (await api('GET', path)).json as { entries: { score: number; findings: string[] }[]; trend: Json; mail: Json | null };

test('a token is needed, and the answers say so', async () => {
  for (const [method, path] of [
    ['GET', '/v1/watch'],
    ['GET', '/v1/watch/shop.example'],
    ['PUT', '/v1/watch/shop.example'],
    ['DELETE', '/v1/watch/shop.example'],
    ['POST', '/v1/watch/shop.example/test'],
    ['POST', '/v1/status/shop.example'],
  ] as const) {
    const body = method === 'PUT' || method === 'POST' ? {} : undefined;
    const wrong = await api(method, path, body, `${TOKEN}x`);
    assert.equal(wrong.status, 401, path);
    assert.match(String(wrong.json.detail), /not one of/);
    const none = await worker.fetch(path, { method });
    assert.equal(none.status, 401, path);
    assert.match(none.headers.get('www-authenticate') ?? '', /^Bearer/);
    assert.match(await none.text(), /authorization: Bearer TOKEN/);
  }
});

test('bad watches are rejected, naming the member', async () => {
  const bad: [body: unknown, member: string, why: RegExp][] = [
    [{ ips: ['1.2.3'] }, 'ips', /not an IP address/],
    [{ selectors: ['a..b'] }, 'selectors', /not a selector/],
    [{ webhook: 'http://hook.shop.example/' }, 'webhook', /https/],
    [{ webhook: 'https://127.0.0.1/' }, 'webhook', /domain name/],
    [{ webhook: 'https://[::1]/' }, 'webhook', /domain name/],
    [{ webhook: 'https://2130706433/' }, 'webhook', /domain name/],
    [{ webhook: 'https://0x7f.1/' }, 'webhook', /domain name/],
    [{ webhook: 'https://localhost/' }, 'webhook', /domain name/],
    [{ webhook: 'https://hook.shop.example:22/' }, 'webhook', /port/],
    [{ webhook: 'https://user:pass@hook.shop.example/' }, 'webhook', /user name/],
    [{ webhook: 'https://inside.shop.example/' }, 'webhook', /private/],
    [{ webhook: 'https://nowhere.shop.example/' }, 'webhook', /no address/],
    [{ webhook: 'nonsense' }, 'webhook', /URL/],
    [{ language: 'de' }, 'language', /./],
    [{ webhok: 'x' }, '', /webhok/],
  ];
  for (const [body, member, why] of bad) {
    const { status, json } = await api('PUT', '/v1/watch/shop.example', body);
    assert.equal(status, 400, JSON.stringify(body));
    if (member !== '') assert.equal(json.parameter, member, JSON.stringify(json));
    assert.match(String(json.detail), why, JSON.stringify(body));
  }
  assert.equal((await api('GET', '/v1/watch/shop.example')).status, 404);
  assert.equal((await worker.fetch('/v1/history/shop.example')).status, 404);
});

test('a domain is listed, checked by cron, and its first report is no change', async () => {
  const watch = {
    ips: [RELAY],
    selectors: ['mail'],
    helo: 'mail.shop.example',
    webhook: 'https://hook.shop.example/mail?key=1',
  };
  const added = await api('PUT', '/v1/watch/shop.example', watch);
  assert.equal(added.status, 201, JSON.stringify(added.json));
  assert.equal((await api('PUT', '/v1/watch/shop.example', watch)).status, 200);
  now = Date.now();
  await cron(1);
  const { entries } = await history();
  assert.equal(entries.length, 1);
  assert.ok(entries[0]!.score > 5);
  assert.deepEqual(calls, []);
  // Not before its hour has passed.
  await cron(5);
  assert.equal((await history()).entries.length, 1);
});

test('one run stays within the free plan: queries and webhook together', async () => {
  const before = doh.asked();
  await cron(60);
  const asked = doh.asked() - before;
  assert.ok(asked > 10 && asked <= 45 - 6, `${asked} questions`);
});

test('a change for the worse is reported once, signed, with what to do', async () => {
  zone = { ...ordinary, '25.113.0.203.in-addr.arpa': {} };
  await cron(60);
  const { deliveries } = (await api('GET', '/v1/watch/shop.example')).json;
  assert.equal(calls.length, 1, JSON.stringify(deliveries));
  const [message] = told();
  assert.equal(message!.type, 'mail.worse');
  assert.equal(message!.data.domain, 'shop.example');
  assert.equal(message!.data.appeared[0]!.id, 'ptr.none');
  assert.match(String(message!.data.appeared[0]!.fix), /reverse DNS/);
  assert.ok(Number(message!.data.score) < Number(message!.data.scoreBefore));
  assert.match(
    String(message!.data.report),
    /^http.*\/report\/shop\.example\?ip=203\.0\.113\.25&selector=mail&lang=en$/,
  );
  const { headers, body } = calls[0]!;
  const signed = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64'))
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
    .digest('base64');
  assert.equal(headers['webhook-signature'], `v1,${signed}`);
  assert.ok(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000) < 120);
  await cron(60);
  await cron(60);
  assert.equal(calls.length, 1);
});

test('what is unknown is neither worse nor fixed', async () => {
  down = true;
  await cron(60);
  down = false;
  const { entries } = await history();
  assert.equal((entries[0] as unknown as { coverage: number }).coverage < 0.5, true);
  await cron(60);
  assert.equal(calls.length, 1);
});

test('a fix is reported; the same problem, when it returns, is reported again', async () => {
  zone = ordinary;
  await cron(60);
  assert.deepEqual(
    told().map(({ type }) => type),
    ['mail.worse', 'mail.better'],
  );
  assert.match(String(told()[1]!.data.gone), /^ptr\.none/);
  zone = { ...ordinary, '25.113.0.203.in-addr.arpa': {} };
  await cron(60);
  assert.deepEqual(
    told().map(({ type }) => type),
    ['mail.worse', 'mail.better', 'mail.worse'],
  );
  assert.equal(new Set(calls.map(({ headers }) => headers['webhook-id'])).size, 3);
});

test('a receiver that fails is retried under the same id, at growing intervals, until it accepts the message', async () => {
  calls.length = 0;
  replies.push(500, 302, 200);
  const state = await sendTest();
  now = Date.now();
  await cron(0);
  assert.equal(calls.length, 1);
  await cron(0);
  assert.equal(calls.length, 1, 'not before its minute has passed');
  await cron(2);
  assert.equal(calls.length, 2);
  await cron(2);
  assert.equal(calls.length, 2, 'not before its five minutes have passed');
  await cron(5);
  assert.equal(calls.length, 3);
  await cron(600);
  assert.equal(calls.length, 3);
  assert.equal(new Set(calls.map(({ headers }) => headers['webhook-id'])).size, 1);
  assert.equal(told()[0]!.type, 'mail.test');
  assert.deepEqual(await state(), ['delivered', 3, 'HTTP 200']);
});

test('a receiver that is gone, or fails for two days, is given up', async () => {
  calls.length = 0;
  replies.push(410);
  const gone = await sendTest();
  await cron(1);
  await cron(600);
  assert.equal(calls.length, 1);
  assert.deepEqual(await gone(), ['failed', 1, 'HTTP 410']);
  calls.length = 0;
  replies.push(...Array<number>(20).fill(503));
  const failing = await sendTest();
  for (let i = 0; i < 15; i++) await cron(1000);
  replies.length = 0;
  assert.equal(calls.length, 10);
  assert.deepEqual(await failing(), ['failed', 10, 'HTTP 503']);
});

test('a receiver that is removed from the watch does not get queued messages', async () => {
  const watch = { ips: [RELAY], selectors: ['mail'], helo: 'mail.shop.example' };
  calls.length = 0;
  replies.push(503);
  const state = await sendTest();
  await cron(1);
  assert.deepEqual(await state(), ['waiting', 1, 'HTTP 503']);
  assert.equal((await api('PUT', '/v1/watch/shop.example', watch)).status, 200);
  await cron(10);
  assert.equal(calls.length, 1);
  const nobody = await api('POST', '/v1/watch/shop.example/test');
  assert.deepEqual([nobody.status, nobody.json.title], [400, 'No receiver']);
  await api('PUT', '/v1/watch/shop.example', { ...watch, webhook: 'https://hook.shop.example/mail?key=1' });
  // The new check is one of the same domain: there is still something to compare it with.
  assert.notEqual((await api('GET', '/v1/watch/shop.example')).json.problems, null);
});

test('the history shows where the score goes, and whether mail is flowing', async () => {
  const { entries, trend, mail } = await history('/v1/history/shop.example?limit=5');
  assert.equal(entries.length, 5);
  assert.equal(trend.direction, 'steady');
  assert.equal(mail, null);
  const whole = await history();
  assert.ok((whole.trend.lowest as number) < (whole.trend.highest as number));
  const posted = await api('POST', '/v1/status/shop.example', {
    waiting: 3,
    failed: 1,
    oldestAge: 7200,
    lastSuccess: '2026-11-24T10:00:00.000Z',
    lastFailure: null,
    relay: 'passed over',
  });
  assert.deepEqual(posted, { status: 200, json: { verdict: 'stuck' } });
  assert.equal((await history()).mail!.waiting, 3);
  const stranger = (await (await worker.fetch('/v1/history/shop.example')).json()) as { mail: Json };
  assert.deepEqual(Object.keys(stranger.mail).sort(), ['reportedAt', 'verdict']);
  for (const limit of ['0', '1001', 'x', '-1']) {
    assert.equal((await worker.fetch(`/v1/history/shop.example?limit=${limit}`)).status, 400, limit);
  }
  const bad = await api('POST', '/v1/status/shop.example', { waiting: -1, failed: 0 });
  assert.deepEqual([bad.status, bad.json.parameter], [400, 'waiting']);
});

test('stuck mail is reported once, and so is mail that flows again or a server that is silent', async () => {
  // It was stuck when the server reported first: that is told at once.
  // Cron's clock, moved ahead by days above, goes back to the one that the server's reports are dated by.
  now = Date.now();
  await cron(1);
  assert.equal(told().at(-1)!.type, 'mail.stuck');
  calls.length = 0;
  const report = (waiting: number, oldestAge: number | null) =>
    api('POST', '/v1/status/shop.example', { waiting, failed: 0, oldestAge });
  assert.deepEqual((await report(4, 9000)).json, { verdict: 'stuck' });
  await cron(1);
  assert.deepEqual(calls, []);
  assert.deepEqual((await report(0, null)).json, { verdict: 'flowing' });
  now = Math.max(now, Date.now());
  await cron(1);
  assert.deepEqual(
    told().map(({ type }) => type),
    ['mail.flowing'],
  );
  await report(0, null);
  await cron(1);
  await report(7, 4000);
  await cron(1);
  assert.deepEqual(
    told().map(({ type }) => type),
    ['mail.flowing', 'mail.stuck'],
  );
  assert.deepEqual(told()[1]!.data.queue, { waiting: 7, failed: 0, oldestAge: 4000 });
  // Cron finds out by itself that nobody reports any more.
  now = Math.max(now, Date.now() + 27 * 60 * MINUTE);
  await cron(61);
  await cron(61);
  assert.deepEqual(
    told().map(({ type }) => type),
    ['mail.flowing', 'mail.stuck', 'mail.silent'],
  );
});

test('domains are checked in turn, the longest waiting first', async () => {
  await api('PUT', '/v1/watch/second.example', {});
  await api('PUT', '/v1/watch/third.example', {});
  now = Math.max(now, Date.now());
  for (let i = 0; i < 3; i++) await cron(1);
  const list = (await api('GET', '/v1/watch')).json as { watches: { domain: string; nextCheckAt: string }[] };
  assert.deepEqual(
    list.watches.map(({ domain }) => domain),
    ['second.example', 'shop.example', 'third.example'],
  );
  assert.ok(
    list.watches.every(({ nextCheckAt }) => Date.parse(nextCheckAt) > now),
    JSON.stringify(list),
  );
});

test('two runs at once never check the same domain', async () => {
  const before = await Promise.all(
    ['shop', 'second', 'third'].map(
      async (name) => (await history(`/v1/history/${name}.example?limit=1000`)).entries.length,
    ),
  );
  now += 61 * MINUTE;
  await Promise.all([
    worker.scheduled(new Date(now)),
    worker.scheduled(new Date(now)),
    worker.scheduled(new Date(now)),
  ]);
  const after = await Promise.all(
    ['shop', 'second', 'third'].map(
      async (name) => (await history(`/v1/history/${name}.example?limit=1000`)).entries.length,
    ),
  );
  assert.deepEqual(
    after,
    before.map((count) => count + 1),
  );
});

test('removing forgets everything', async () => {
  assert.equal((await api('DELETE', '/v1/watch/shop.example')).status, 204);
  assert.equal((await api('DELETE', '/v1/watch/shop.example')).status, 404);
  assert.equal((await api('GET', '/v1/history/shop.example')).status, 404);
});
