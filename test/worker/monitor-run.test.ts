// Runs of cron in this process with a real D1: which messages are tried in which order, and which settings a check counts for.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { D1Database } from '@cloudflare/workers-types';
import type { Fetch } from '../../shared/dns/doh.ts';
import { watchRun } from '../../worker/monitor/run.ts';
import { migrated } from '../../worker/monitor/schema.ts';
import { findWatch, putWatch, removeWatch, type WatchSettings } from '../../worker/monitor/watches.ts';
import { readSettings } from '../../worker/settings.ts';
import { type RunningDatabase, startDatabase } from '../support/database.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-11-24T10:00:00Z');
const LIVE = 'https://live.shop.example/mail';
const DEAD = 'https://dead.shop.example/mail';

let running: RunningDatabase;
let db: D1Database;
before(async () => {
  running = await startDatabase();
  db = await migrated(running.db);
});
after(() => running.stop());
beforeEach(async () => {
  await db.batch(['watches', 'history', 'deliveries', 'flows'].map((table) => db.prepare(`DELETE FROM ${table}`)));
});

const watching = (changes: Partial<WatchSettings> = {}): WatchSettings => ({
  ips: [RELAY],
  selectors: ['mail'],
  helo: 'mail.shop.example',
  webhook: LIVE,
  mail: null,
  language: 'en',
  origin: 'https://check.shop.example',
  ...changes,
});

/** Hosts at which nothing answers. */
const silent = new Set(['dead.shop.example']);
const called: string[] = [];
const fetchOf: Fetch = async (url) => {
  const { host } = new URL(url);
  called.push(host);
  if (silent.has(host)) throw new Error('connection refused');
  return new Response(null, { status: 204 });
};

interface Run {
  now: number;
  checksPerRun?: string;
  zone?: Zone;
  /** Called before each DNS question. */
  asked?: () => Promise<void>;
}
async function run({ now, checksPerRun = '1', zone = ordinary, asked }: Run): Promise<string[]> {
  const read = readSettings({
    CHECKS_PER_RUN: checksPerRun,
    WATCH_INTERVAL_MINUTES: '60',
    WEBHOOK_SECRET: `whsec_${btoa('0123456789abcdefghijklmn')}`,
  });
  assert.ok(read.ok);
  const names = Object.fromEntries([...Array(50).keys()].map((i) => [`h${i}.shop.example`, { A: ['203.0.113.99'] }]));
  const hooks: Zone = { 'live.shop.example': { A: ['203.0.113.99'] }, 'dead.shop.example': { A: ['203.0.113.98'] } };
  const resolver = zoneResolver({ ...zone, ...hooks, ...names });
  const { tried } = await watchRun({
    db,
    settings: read.settings,
    check: {
      resolver: {
        async query(name, type) {
          await asked?.();
          return resolver.query(name, type);
        },
      },
      now: new Date(now),
      clock: () => now,
      fetch: fetchOf,
      budget: { maxQueries: 45 },
    },
    diagnose: async () => undefined,
    now,
  });
  return tried;
}

/** Queues messages as they stand in the database. */
async function queued(...messages: { id: string; target: string; attempts?: number; due?: number }[]): Promise<void> {
  for (const { target } of messages) {
    const domain = new URL(target).host;
    await putWatch(db, domain, watching({ webhook: target }), START - HOUR);
  }
  await db.batch([
    // Nothing is checked in these tests.
    db.prepare('UPDATE watches SET next_check_at = ?').bind(START + 1000 * HOUR),
    ...messages.map(({ id, target, attempts = 0, due = START - MINUTE }) =>
      db
        .prepare("INSERT INTO deliveries VALUES (?, 'webhook', ?, ?, ?, 'waiting', ?, NULL, ?, ?)")
        .bind(id, new URL(target).host, target, '{"type":"mail.test"}', attempts, due, due),
    ),
  ]);
}
const many = (count: number, target: string, attempts = 0) =>
  [...Array(count).keys()].map((i) => ({
    id: `${new URL(target).host}-${'again-'.repeat(attempts)}${i}`,
    target,
    attempts,
    due: START - HOUR + i,
  }));

test('a run sends two messages for each domain that it checks', async () => {
  for (const [checksPerRun, most] of [
    ['1', 2],
    ['5', 10],
    ['20', 40],
  ] as const) {
    await db.prepare('DELETE FROM deliveries').run();
    await queued(...many(50, LIVE));
    assert.equal((await run({ now: START, checksPerRun })).length, most, checksPerRun);
  }
});

test('first attempts go before retries, whatever is older', async () => {
  await queued(
    ...many(3, LIVE, 1),
    { id: 'new-1', target: LIVE, due: START - 2 },
    { id: 'new-2', target: LIVE, due: START - 1 },
  );
  assert.deepEqual((await run({ now: START })).sort(), ['new-1', 'new-2']);
  assert.equal((await run({ now: START })).length, 2, 'then the retries');
});

test('all are tried in the first run that has room for them, and then again', async () => {
  await queued(...many(40, DEAD));
  assert.equal((await run({ now: START, checksPerRun: '20' })).length, 40);
  const { results } = await db.prepare('SELECT attempts, state FROM deliveries').all();
  assert.deepEqual(new Set(results.map(({ attempts, state }) => `${attempts} ${state}`)), new Set(['1 waiting']));
});

test('receivers that do not answer hold up no other one', async () => {
  const hosts = ['h1', 'h2', 'h3'].map((name) => `${name}.shop.example`);
  for (const host of hosts) silent.add(host);
  await queued(...many(20, DEAD), ...hosts.flatMap((host) => many(20, `https://${host}/`)));
  // It takes a run for each two to find out.
  for (let i = 0; i < 2; i++) await run({ now: START + i * 5 * MINUTE });
  await queued({ id: 'live', target: LIVE, due: START + 9 * MINUTE });
  assert.ok((await run({ now: START + 10 * MINUTE })).includes('live'));
  for (const host of hosts) silent.delete(host);
});

test('a retry is not delayed by another receiver’s first attempts', async () => {
  await queued(...many(20, DEAD), ...many(1, DEAD, 1), { id: 'again', target: LIVE, attempts: 1, due: START - 1 });
  assert.deepEqual((await run({ now: START })).sort(), ['again', 'dead.shop.example-0']);
});

const worse: Zone = { ...ordinary, '25.113.0.203.in-addr.arpa': {} };
const waiting = async () =>
  (await db.prepare('SELECT target, body FROM deliveries').all<{ target: string; body: string }>()).results.map(
    ({ target, body }) => `${(JSON.parse(body) as { type: string }).type} ${target}`,
  );
const problems = async () => (await findWatch(db, 'shop.example'))?.baseline?.problems ?? null;

/** Runs a check in whose middle `change` happens. */
async function during(now: number, zone: Zone, change: () => Promise<unknown>): Promise<void> {
  let changed = false;
  await run({
    now,
    zone,
    async asked() {
      if (changed) return;
      changed = true;
      await change();
    },
  });
}

test('what changes a watch while it is checked', async (t) => {
  const put = (settings: WatchSettings, now: number) => putWatch(db, 'shop.example', settings, now);
  const rows: [what: string, change: (now: number) => Promise<unknown>, after: string[]][] = [
    ['other addresses', (now) => put(watching({ ips: ['203.0.113.99'] }), now), []],
    ['another selector', (now) => put(watching({ selectors: ['other'] }), now), []],
    ['another name in HELO', (now) => put(watching({ helo: 'x.shop.example' }), now), []],
    ['forgotten', () => removeWatch(db, 'shop.example'), []],
    [
      'forgotten and added again',
      async (now) => {
        await removeWatch(db, 'shop.example');
        await put(watching(), now);
      },
      [],
    ],
    // The change is still one of the domain; the next run finds it.
    ['another receiver', (now) => put(watching({ webhook: DEAD }), now), [`mail.worse ${DEAD}`]],
    ['no receiver', (now) => put(watching({ webhook: null }), now), []],
    ['nothing', async () => undefined, [`mail.worse ${LIVE}`]],
  ];
  for (const [what, change, expected] of rows) {
    await t.test(what, async () => {
      await db.batch(['watches', 'history', 'deliveries'].map((table) => db.prepare(`DELETE FROM ${table}`)));
      called.length = 0;
      await put(watching(), START);
      await run({ now: START });
      assert.ok((await problems()) !== null);
      await during(START + 2 * HOUR, worse, () => change(START + 2 * HOUR));
      await run({ now: START + 2 * HOUR + 5 * MINUTE, zone: worse });
      assert.deepEqual(await waiting(), expected);
      // The same problem is never a second change.
      await run({ now: START + 4 * HOUR, zone: worse });
      assert.deepEqual(await waiting(), expected);
    });
  }
});

test('a change of receivers while a check is stored does not undo its result', async () => {
  await putWatch(db, 'shop.example', watching(), START);
  await run({ now: START });
  await run({ now: START + 2 * HOUR, zone: worse });
  assert.ok((await problems())!.some((key) => key.startsWith('ptr.none')));
  await Promise.all([
    putWatch(db, 'shop.example', watching({ language: 'ru' }), START + 3 * HOUR),
    run({ now: START + 4 * HOUR, zone: worse }),
  ]);
  await run({ now: START + 6 * HOUR, zone: worse });
  assert.deepEqual(await waiting(), [`mail.worse ${LIVE}`]);
});
