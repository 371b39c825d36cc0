// A database of before: what it holds is counted, and its watches get a weekly mail, in one step and once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { migrated } from '../../worker/monitor/schema.ts';
import { REPORTS_MIGRATION } from '../../worker/reports/schema.ts';
import { type RunningDatabase, startDatabase } from '../support/database.ts';

let database: RunningDatabase;
before(async () => {
  database = await startDatabase();
});
after(() => database.stop());

const DAY = 86_400_000;
const at = 20_000 * DAY;

test('bounces that were kept before are in the sums', async () => {
  const { db } = database;
  const bounce = (report: string, address: string, action: string, status: string, reason: string) =>
    `INSERT INTO bounces VALUES ('${report}', 0, 'shop.example', ${at + 5}, '${address}', '${action}', '${status}', '${reason}', '550 x', '', 'm')`;
  for (const statement of [
    'CREATE TABLE migrations (version INTEGER PRIMARY KEY)',
    'INSERT INTO migrations VALUES (1), (2)',
    'CREATE TABLE watches (domain TEXT PRIMARY KEY, settings TEXT, baseline TEXT, created_at INTEGER, next_check_at INTEGER)',
    `INSERT INTO watches VALUES ('shop.example', '{"mail":"a@shop.example"}', NULL, 0, 7), ('other.example', '{"mail":null}', NULL, 0, 7)`,
    ...REPORTS_MIGRATION,
    bounce('1', 'a@x.example', 'failed', '5.1.1', 'no-such-address'),
    bounce('2', 'a@x.example', 'failed', '5.1.1', 'no-such-address'),
    bounce('3', 'b@x.example', 'delayed', '4.2.2', 'mailbox-full'),
    bounce('4', 'c@x.example', 'delivered', '2.0.0', 'unknown'),
  ])
    await db.prepare(statement).run();
  await migrated(db);
  const rows = async (text: string) => (await db.prepare(text).raw()) as unknown[][];
  assert.deepEqual(await rows('SELECT day, action, reason, status, messages FROM bounce_days ORDER BY action'), [
    [at, 'delayed', 'mailbox-full', '4.2.2', 1],
    [at, 'failed', 'no-such-address', '5.1.1', 2],
  ]);
  assert.deepEqual(await rows('SELECT address, bounces FROM bounced_addresses'), [['a@x.example', 2]]);
  assert.deepEqual(await rows('SELECT domain, due_at FROM digests'), [['shop.example', 7 + 7 * DAY]]);
});
