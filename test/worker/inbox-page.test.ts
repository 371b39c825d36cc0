// The pages of test inboxes in Debian's Chromium: they show a mail by themselves, without JavaScript, and axe-core has nothing to say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { GOOD } from '../shared/content/messages.ts';
import { chromiumPeer, launchBrowser } from '../support/browser.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const axe = readFileSync(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');
/** Milliseconds: several times the page's own interval. */
const PATIENCE = 30_000;

describe('pages of test inboxes', { skip: chromiumPeer.missing }, () => {
  let doh: RunningServer & { url: string };
  let worker: RunningWorker;
  let browser: Browser;
  before(async () => {
    const zone = { 'shop.example': { A: ['203.0.113.80'], TXT: ['v=spf1 ip4:203.0.113.25 -all'] } };
    doh = await startDohServer(respondFrom(zoneResolver(zone)));
    worker = await startWorker({ DOH_URL: doh.url, INBOX_DOMAIN: 'test.example' }, { database: true });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await worker?.stop();
    await doh?.stop();
  });
  const send = (to: string) =>
    worker.email({
      from: 'bounce@shop.example',
      to,
      raw: `Received: from mail.shop.example (203.0.113.99)\r\n by cloudflare-email.net (cloudflare) id x;\r\n Tue, 17 Nov 2026 10:00:05 +0000\r\n${GOOD}`,
    });

  test('from the button to the report, without JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      await page.goto(`${worker.url}/inbox?lang=ru`);
      await page.click('text=Создать адрес');
      assert.match(page.url(), /\/inbox\/[a-z2-7]{26}\?lang=ru$/);
      const address = (await page.textContent('figure code')) ?? '';
      assert.match(address, /^test-[a-z2-7]{20}@test\.example$/);
      assert.equal((await send(address)).rejectReason, undefined);
      await page.waitForSelector('#mail-1', { timeout: PATIENCE });
      assert.match((await page.textContent('main')) ?? '', /Домен в поле From не подтверждён ни SPF, ни DKIM/);
    } finally {
      await context.close();
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`no violation of accessibility, ${colorScheme}`, async () => {
      const created = await worker.fetch('/v1/inbox?domain=shop.example', { method: 'POST' });
      const { id, address } = (await created.json()) as { id: string; address: string };
      const context = await browser.newContext({ colorScheme, viewport: { width: 360, height: 740 }, isMobile: true });
      try {
        const page = await context.newPage();
        const examine = async (path: string) => {
          await page.goto(`${worker.url}${path}`);
          await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
          await page.evaluate(axe);
          const { violations } = (await page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string }[] }[];
          };
          const told = violations.map(({ id: rule, nodes }) => `${path} ${rule}: ${nodes[0]?.html}`);
          assert.deepEqual(told, []);
          const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
          assert.equal(wide, false, `${path} is wider than a phone`);
        };
        await examine('/inbox?lang=en');
        await examine(`/inbox/${id}?lang=ru`);
        await send(address);
        await send(address);
        await examine(`/inbox/${id}?lang=en`);
      } finally {
        await context.close();
      }
    });
  }
});
