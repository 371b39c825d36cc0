// The pages and the card under axe-core in Debian's Chromium: both languages, light and dark, phone and desktop (WCAG 2.2 A and AA).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { chromiumPeer, launchBrowser } from '../support/browser.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { browserZone, GOOD_QUERY } from '../support/shops.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';
import '../support/hermetic.ts';

const axe = readFileSync(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');

/** In every language, scheme and width. */
const REPORTS = {
  'with findings': '/report/shop.example?ip=203.0.113.99',
  'without findings': `/report/good.example?${GOOD_QUERY}`,
};
/** In each of them once. */
const PAGES = {
  'of an unknown domain': '/report/silent.example',
  'start page': '/',
  'bad domain': '/report?domain=nodot',
  card: '/embed/shop.example?ip=203.0.113.99',
};
const SCREENS: Record<string, BrowserContextOptions> = {
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1200, height: 900 } },
};

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary: string }[];
}

describe('no violation of accessibility', { skip: chromiumPeer.missing }, () => {
  let doh: RunningServer & { url: string };
  let worker: RunningWorker;
  let browser: Browser;
  before(async () => {
    doh = await startDohServer(respondFrom(zoneResolver(browserZone())));
    worker = await startWorker({ DOH_URL: doh.url }, { database: true });
    // A past, so that its section is examined, too; the first question makes the tables.
    await worker.fetch('/v1/history/good.example');
    for (const [at, score] of [
      [1_790_000_000_000, 4],
      [1_790_086_400_000, 9],
    ]) {
      await worker.sql(
        `INSERT INTO history (domain, checked_at, score, low, coverage, refused, findings) VALUES ('good.example', ${at}, ${score}, ${score}, 1, 0, '[]')`,
      );
    }
    await worker.sql(
      "INSERT INTO flows (domain, reported_at, waiting, failed, oldest_age) VALUES ('good.example', 1790086400000, 3, 0, 7200)",
    );
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await worker?.stop();
    await doh?.stop();
  });

  async function examine(path: string, language: string, options: BrowserContextOptions): Promise<void> {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      await page.goto(`${worker.url}${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
      // What is folded counts, too.
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
      await page.evaluate(axe);
      const { violations, passes } = (await page.evaluate('axe.run()')) as {
        violations: Violation[];
        passes: { id: string }[];
      };
      assert.deepEqual(violations.map(told), []);
      assert.ok(
        passes.some(({ id }) => id === 'color-contrast'),
        'axe looked at nothing',
      );
    } finally {
      await context.close();
    }
  }

  for (const [name, path] of Object.entries(REPORTS)) {
    for (const [screen, options] of Object.entries(SCREENS)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const language of ['en', 'ru']) {
          test(`report ${name}: ${screen}, ${colorScheme}, ${language}`, () =>
            examine(path, language, { ...options, colorScheme }));
        }
      }
    }
  }
  for (const [name, path] of Object.entries(PAGES)) {
    test(`${name}: desktop, light, en`, () => examine(path, 'en', { ...SCREENS.desktop, colorScheme: 'light' }));
    test(`${name}: phone, dark, ru`, () => examine(path, 'ru', { ...SCREENS.phone, colorScheme: 'dark' }));
  }

  test('axe finds a fault where there is one', async () => {
    const page = await browser.newPage();
    try {
      await page.setContent(
        '<!doctype html><html lang="en"><title>x</title><main><h1>x</h1><img src="/x"></main></html>',
      );
      await page.evaluate(axe);
      const { violations } = (await page.evaluate('axe.run()')) as { violations: Violation[] };
      assert.ok(violations.some(({ id }) => id === 'image-alt'));
    } finally {
      await page.close();
    }
  });
});

function told({ id, help, nodes }: Violation): string {
  return `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`;
}
