// A watched domain's past on its page and badge: trend, drawing, whether mail flows; and that a page does without a database.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const DAY = 86_400_000;
let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
  worker = await startWorker({ DOH_URL: doh.url }, { database: true });
  // The first question makes the tables.
  await worker.fetch('/v1/history/shop.example');
});
after(async () => {
  await worker.stop();
  await doh.stop();
});
const text = async (path: string) => (await worker.fetch(path)).text();

async function checksOf(domain: string, scores: readonly number[]): Promise<void> {
  const first = Date.now() - scores.length * DAY;
  for (const [index, score] of scores.entries()) {
    await worker.sql(
      `INSERT INTO history (domain, checked_at, score, low, coverage, refused, findings) VALUES ('${domain}', ${first + index * DAY}, ${score}, ${score}, 1, 0, '[]')`,
    );
  }
}

test('a domain that is not watched has no past on its page', async () => {
  const page = await text('/report/provider.example');
  assert.match(page, /<h1>/);
  assert.doesNotMatch(page, /id="past"/);
});

test('the trend is text and drawing, in both languages and on the badge', async () => {
  await checksOf('shop.example', [5, 5.5, 8]);
  const english = await text(`/report/shop.example?ip=${RELAY}&lang=en`);
  assert.match(english, /<h2 id="past">Over time<\/h2>/);
  assert.match(english, /is up by 3 since \d{4}-\d\d-\d\d\./);
  assert.match(english, /aria-label="The score over 3 checks: first 5, now 8 of 10\."/);
  assert.equal(english.match(/<tr><td>\d{4}-\d\d-\d\d \d\d:\d\d UTC<\/td>/g)?.length, 3);
  assert.match(await text('/report/shop.example?lang=ru'), /выросла на 3\./);
  assert.match(await text(`/badge/shop.example.svg?ip=${RELAY}`), /<title>mail: [\d.]+\/10 ↑<\/title>/);
  await checksOf('falling.example', [9, 4]);
  assert.match(await text('/report/falling.example?lang=ru'), /снизилась на 5\./);
});

test('the page shows whether mail is sent as soon as the server of the shop has reported', async () => {
  const reported = (at: number, oldest: number | 'NULL') =>
    worker.sql(
      `INSERT OR REPLACE INTO flows (domain, reported_at, waiting, failed, oldest_age, last_success) VALUES ('shop.example', ${at}, 3, 0, ${oldest}, ${at})`,
    );
  await reported(Date.now(), 'NULL');
  assert.match(await text('/report/shop.example?lang=en'), /<strong>Mail<\/strong> leaves the shop&#39;s server/);
  await reported(Date.now(), 100_000);
  assert.match(
    await text('/report/shop.example?lang=en'),
    /<strong>Mail<\/strong> does not leave the shop&#39;s server/,
  );
  await reported(Date.now() - 3 * DAY, 'NULL');
  assert.match(await text('/report/shop.example?lang=ru'), /нет данных: последние данные/);
  // How much of it waits is the owner's business.
  assert.doesNotMatch(await text('/report/shop.example?lang=en'), /\b3 (?:mails|waiting)/);
});

test('page and badge work without the database', async () => {
  await worker.sql('DROP TABLE history');
  const page = await worker.fetch('/report/shop.example?lang=en');
  assert.equal(page.status, 200);
  assert.doesNotMatch(await page.text(), /id="past"/);
  assert.match(await text('/badge/shop.example.svg'), /<title>mail: (?:≤ )?[\d.]+\/10\??<\/title>/);
});
