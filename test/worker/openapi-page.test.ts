// The API's page in Debian's Chromium: links open what they lead to, nothing foreign is asked for, no violation of accessibility.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { chromiumPeer, launchBrowser } from '../support/browser.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';

const axe = readFileSync(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');

describe('the page of the API in a browser', { skip: chromiumPeer.missing }, () => {
  let worker: RunningWorker;
  let browser: Browser;
  before(async () => {
    // Nothing of the page asks DNS.
    worker = await startWorker({ DOH_URL: 'http://127.0.0.1:9/dns-query' });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await worker?.stop();
  });

  async function open(colorScheme: 'light' | 'dark', width: number, path = '/docs'): Promise<Page> {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    await page.goto(worker.url + path);
    return page;
  }
  const isOpen = (page: Page, id: string) =>
    page.evaluate(`document.getElementById(${JSON.stringify(id)}).closest('details').open`);

  test('a link opens its route or shape', async () => {
    const page = await open('light', 1000, '/docs#getV1CheckDomain');
    assert.equal(await isOpen(page, 'getV1CheckDomain'), true);
    assert.equal(await isOpen(page, 'Report'), false);
    await page.locator('a[href="#Report"]:visible').first().click();
    assert.equal(await isOpen(page, 'Report'), true);
    await page.context().close();
  });

  test('it loads nothing but itself and its icon, and breaks no rule of its policy', async () => {
    const page = await open('light', 1000);
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    page.on('console', (message) => complaints.push(message.text()));
    await page.reload({ waitUntil: 'load' });
    assert.deepEqual(
      asked.filter((path) => path !== '/docs' && path !== '/favicon.svg'),
      [],
    );
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  for (const [scheme, width] of [
    ['light', 1200],
    ['dark', 360],
  ] as const) {
    test(`no violation of accessibility, and nothing is cut off: ${scheme}, ${width} pixels`, async () => {
      const page = await open(scheme, width);
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      await page.evaluate(axe);
      const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: unknown[] }[] };
      assert.deepEqual(violations, [], JSON.stringify(violations, null, 1).slice(0, 3000));
      await page.context().close();
    });
  }
});
