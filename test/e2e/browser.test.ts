// The pages in Debian's Chromium against workerd: reading, copying, the keyboard, no JavaScript, other pages' frames and pictures.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startBind } from '../support/bind.ts';
import { chromiumPeer, launchBrowser } from '../support/browser.ts';
import { forwardTo, type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { needs } from '../support/peers.ts';
import { browserZone, GOOD_QUERY } from '../support/shops.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';
import '../support/hermetic.ts';

const named = needs('named', 'bind9');

const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const DESKTOP: BrowserContextOptions = { viewport: { width: 1200, height: 900 } };

describe('the pages in a browser', { skip: chromiumPeer.missing }, () => {
  let doh: RunningServer & { url: string };
  let worker: RunningWorker;
  let browser: Browser;
  let stranger: Server;
  let strangerUrl: string;
  /** What the page of another site shows. */
  let strangerPage = '';

  before(async () => {
    doh = await startDohServer(respondFrom(zoneResolver(browserZone())));
    worker = await startWorker({ DOH_URL: doh.url });
    stranger = createServer((_, response) =>
      response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(`<!doctype html><title>Shop</title>${strangerPage}`),
    );
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    strangerUrl = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    stranger?.close();
    await worker?.stop();
    await doh?.stop();
  });

  /** Opens a page, hands it over, and closes it; fails where the page itself complains or asks anybody but the Worker. */
  async function visit(
    path: string,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext(options);
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(`${worker.url}/`)) complaints.push(`asked for ${request.url()}`);
      });
      await page.goto(worker.url + path);
      await look(page);
    } finally {
      await context.close();
    }
    assert.deepEqual(complaints, []);
  }

  const fitsWidth = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth') as Promise<boolean>;

  test('the start page leads to the report of what was typed', async () => {
    await visit('/?lang=en', DESKTOP, async (page) => {
      await page.getByLabel('Domain of your shop’s mail').fill('Orders <orders@shop.example>');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/report/shop.example?lang=en');
      assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Is mail from shop.example accepted?');
      assert.match(await page.title(), /^shop\.example: [\d.]+ of 10$/);
    });
  });

  test('the language follows the browser and the link, and both fit a phone', async () => {
    await visit('/report/shop.example', { ...PHONE, locale: 'ru-RU' }, async (page) => {
      assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Доходит ли почта с shop.example?');
      assert.ok(await fitsWidth(page), 'ru');
      await page.getByRole('link', { name: 'English' }).click();
      assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Is mail from shop.example accepted?');
      assert.ok(await fitsWidth(page), 'en');
    });
  });

  test('nothing has to be scrolled sideways at 320 px, with everything folded out', async () => {
    // WCAG 2.2 section 1.4.10: content reflows down to this width.
    for (const path of [
      '/report/shop.example?lang=ru',
      '/report/long.example?lang=en',
      '/?lang=ru',
      '/report/nodot?lang=ru',
    ]) {
      await visit(path, { viewport: { width: 320, height: 640 } }, async (page) => {
        await unfold(page);
        assert.ok(await fitsWidth(page), path);
      });
    }
  });

  test('a record is copied by its button, and a screen reader is told', async () => {
    await visit(
      '/report/shop.example?lang=en',
      { ...DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] },
      async (page) => {
        const button = page.getByRole('button', { name: 'Copy the value for _smtp._tls.shop.example' });
        await page.getByText('The domain requests no TLS reports').click();
        await button.click();
        await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor();
        assert.equal(
          await page.evaluate('navigator.clipboard.readText()'),
          'v=TLSRPTv1; rua=mailto:tls-reports@shop.example',
        );
      },
    );
  });

  test('where the browser refuses the clipboard, the value is selected instead', async () => {
    await visit('/report/shop.example?lang=en', DESKTOP, async (page) => {
      await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))");
      await page.getByText('The domain requests no TLS reports').click();
      await page.getByRole('button', { name: 'Copy the value for _smtp._tls.shop.example' }).click();
      await page.getByRole('status').filter({ hasText: 'Selected' }).waitFor();
      assert.equal(await page.evaluate('String(getSelection())'), 'v=TLSRPTv1; rua=mailto:tls-reports@shop.example');
    });
  });

  test('without JavaScript everything is there but the buttons for copying', async () => {
    await visit('/?lang=en', { ...DESKTOP, javaScriptEnabled: false }, async (page) => {
      await page.getByLabel('Domain of your shop’s mail').fill('https://shop.example/');
      await page.getByRole('button', { name: 'Check' }).click();
      await page.waitForURL('**/report/shop.example?lang=en');
      assert.equal(await page.locator('button:visible').count(), 0);
      await page.locator('summary', { hasText: 'The domain requests no TLS reports' }).click();
      await page.getByText('v=TLSRPTv1; rua=mailto:tls-reports@shop.example', { exact: true }).waitFor();
      await page.locator('ol.steps summary').first().click();
      await page.locator('ol.steps .proof').first().waitFor();
    });
  });

  test('the keyboard reaches and works everything, in order', async () => {
    await visit('/report/shop.example?lang=en', DESKTOP, async (page) => {
      const focused = () => page.evaluate('document.activeElement.textContent.trim().slice(0, 40)') as Promise<string>;
      await page.keyboard.press('Tab');
      assert.equal(await focused(), 'Skip to the content');
      await page.keyboard.press('Tab');
      assert.equal(await focused(), 'mailshim');
      const proof = page.locator('ol.steps details').first();
      await proof.locator('summary').focus();
      await page.keyboard.press('Enter');
      await page.locator('ol.steps .proof').first().waitFor();
      const buttons = page.locator('button:visible');
      for (let index = 0; index < (await buttons.count()); index++) {
        await buttons.nth(index).focus();
        assert.equal(await focused(), 'Copy');
        assert.notEqual(await page.evaluate('getComputedStyle(document.activeElement).minHeight'), '0px');
      }
    });
  });

  test('the picture of alignment says in words what it shows', async () => {
    await visit(`/report/shop.example?lang=en&ip=203.0.113.99`, DESKTOP, async (page) => {
      const picture = page.getByRole('img', {
        name: /SPF: does not authenticate the From domain\. DKIM: authenticates the From domain\./,
      });
      await picture.waitFor();
      assert.ok(((await picture.boundingBox())?.height ?? 0) > 150);
    });
  });

  test('a term of the SPF tree folds with what it includes', async () => {
    await visit('/report/shop.example?lang=en', DESKTOP, async (page) => {
      const inner = page.getByText('ip4:198.51.100.0/24', { exact: true });
      await inner.waitFor();
      await page.locator('.tree summary', { hasText: 'include:_spf.provider.example' }).first().click();
      await inner.waitFor({ state: 'hidden' });
    });
  });

  test('the badge is a picture on a foreign page, whatever its domain', async () => {
    const files = [
      'shop.example.svg',
      'shop.example.svg?style=for-the-badge&lang=ru',
      'silent.example.svg',
      'nonsense.svg',
    ];
    strangerPage = files.map((file) => `<img src="${worker.url}/badge/${file}" alt="">`).join('');
    const page = await browser.newPage();
    try {
      await page.goto(strangerUrl);
      await page.evaluate('Promise.all([...document.images].map((image) => image.decode()))');
      const sizes = (await page.evaluate(
        '[...document.images].map(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])',
      )) as [number, number][];
      assert.deepEqual(
        sizes.map(([, height]) => height),
        [20, 28, 20, 20],
      );
      for (const [width] of sizes) assert.ok(width > 50 && width < 250, String(sizes));
    } finally {
      await page.close();
    }
  });

  test('the card stands in the frame of a foreign page, and its link opens the report; the report itself cannot be framed', async () => {
    strangerPage = `<iframe id="card" src="${worker.url}/embed/shop.example?lang=ru" width="480" height="230" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>
<iframe id="bad" src="${worker.url}/embed/nonsense?lang=en"></iframe><iframe id="report" src="${worker.url}/report/shop.example"></iframe>`;
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(strangerUrl);
      const card = page.frameLocator('#card');
      assert.equal(await card.getByRole('heading').innerText(), 'Почта от shop.example');
      await page.frameLocator('#bad').getByText('“nonsense” has no ending').waitFor();
      const opened = context.waitForEvent('page');
      await card.getByRole('link', { name: 'Отчёт и что сделать' }).click();
      const report = await opened;
      await report.getByRole('heading', { name: 'Доходит ли почта с shop.example?' }).waitFor();
      const refused = page.frames().find((frame) => frame.url().startsWith('chrome-error:'));
      assert.ok(
        refused,
        page
          .frames()
          .map((frame) => frame.url())
          .join(),
      );
      assert.equal(await refused.getByRole('heading', { level: 1, name: 'shop.example' }).count(), 0);
    } finally {
      await context.close();
    }
  });

  test('a zone that BIND serves: its steps, the record to publish, and the questions asked', {
    skip: named.missing,
  }, async () => {
    const bind = await startBind(ordinary);
    const front = await startDohServer(forwardTo(bind.port));
    const asking = await startWorker({ DOH_URL: front.url });
    const page = await browser.newPage();
    try {
      await page.goto(`${asking.url}/report/shop.example?lang=en&ip=203.0.113.99`);
      await page.getByText('ip4:203.0.113.99', { exact: false }).first().waitFor();
      await page.locator('summary', { hasText: 'DNS queries of this report' }).click();
      const row = page.getByRole('row', { name: /^PTR 99\.113\.0\.203\.in-addr\.arpa no such name/ });
      await row.waitFor();
      assert.ok((await page.getByRole('row').count()) > 10);
    } finally {
      await page.close();
      await asking.stop();
      await front.stop();
      await bind.stop();
    }
  });

  test('a shop in order is told so', async () => {
    await visit(`/report/good.example?lang=en&${GOOD_QUERY}`, DESKTOP, async (page) => {
      await page.getByRole('heading', { name: 'Nothing to do' }).waitFor();
      await page.getByText('Yes. Receivers have no reason to reject it.').waitFor();
    });
    assert.match(GOOD_QUERY, new RegExp(RELAY.replaceAll('.', '\\.')));
  });
});

async function unfold(page: Page): Promise<void> {
  await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
}
