// The owner's pages in Debian's Chromium with a month of three shops: without JavaScript, by keyboard, under axe-core, on phone and desktop.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromiumPeer, launchBrowser } from '../support/browser.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { fillMonth, monthZone } from '../support/month.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';
import '../support/hermetic.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const axe = readFileSync(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');
const SCREENS: Record<string, BrowserContextOptions> = {
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, colorScheme: 'dark' },
  desktop: { viewport: { width: 1200, height: 900 }, colorScheme: 'light' },
};
const WORDS = {
  en: { token: 'API token', enter: 'Log in', save: 'Save', address: 'Mail address for alerts' },
  ru: { token: 'Токен API', enter: 'Войти', save: 'Сохранить', address: 'Почта для уведомлений' },
};

describe('the owner’s pages in a browser', { skip: chromiumPeer.missing }, () => {
  let doh: RunningServer & { url: string };
  let worker: RunningWorker;
  let browser: Browser;
  before(async () => {
    doh = await startDohServer(respondFrom(zoneResolver(monthZone())));
    worker = await startWorker({ DOH_URL: doh.url, API_TOKENS: TOKEN }, { database: true });
    await fillMonth(worker, TOKEN, Date.now());
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await worker?.stop();
    await doh?.stop();
  });

  async function loggedIn(language: 'en' | 'ru', options: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(`${worker.url}/domains?lang=${language}`);
    await page.getByLabel(WORDS[language].token).fill(TOKEN);
    await page.getByRole('button', { name: WORDS[language].enter }).click();
    await page.waitForURL(/\/domains\?/);
    return page;
  }

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const result = (await page.evaluate('axe.run()')) as {
      violations: { id: string; nodes: { html: string }[] }[];
      passes: unknown[];
    };
    assert.ok(result.passes.length > 0);
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }
  const fits = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');

  for (const language of ['en', 'ru'] as const)
    for (const [screen, options] of Object.entries(SCREENS))
      test(`${language}, ${screen}: login, overview and each domain are accessible and fit`, async () => {
        const page = await loggedIn(language, options);
        try {
          const domains = await page.locator('th a').evaluateAll((links) => links.map((link) => link.textContent));
          assert.deepEqual(domains, ['forged.example', 'good.example', 'letters.example']);
          assert.deepEqual(await violations(page), []);
          assert.ok(await fits(page));
          for (const domain of domains) {
            await page.goto(`${worker.url}/domains/${domain}?lang=${language}`);
            assert.deepEqual(await violations(page), [], String(domain));
            assert.ok(await fits(page), String(domain));
          }
        } finally {
          await page.context().close();
        }
      });

  test('without JavaScript the forms do the same', async () => {
    const page = await loggedIn('en', { javaScriptEnabled: false });
    try {
      await page.getByRole('link', { name: 'letters.example', exact: true }).click();
      await page.getByLabel('Sending IP addresses').fill('192.0.2.1 2001:db8::1');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.waitForURL(/done=saved/);
      assert.equal(await page.getByLabel('Sending IP addresses').inputValue(), '192.0.2.1 2001:db8::1');
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.waitForURL(/\/login/);
      await page.goto(`${worker.url}/domains`);
      assert.match(page.url(), /\/login/);
    } finally {
      await page.context().close();
    }
  });
});
