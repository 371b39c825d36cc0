// `npm run screenshots`: the pictures of docs/screenshots, taken in Debian's Chromium of the Worker in workerd with a zone of its own.
// Needs chromium, pngquant and, for the typeface, fonts-inter: apt-get install chromium pngquant fonts-inter
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { chromiumPeer, launchBrowser } from '../test/support/browser.ts';
import { respondFrom, startDohServer } from '../test/support/dns-server.ts';
import { needs } from '../test/support/peers.ts';
import { run } from '../test/support/program.ts';
import { browserZone } from '../test/support/shops.ts';
import { startWorker } from '../test/support/worker.ts';
import { zoneResolver } from '../test/support/zone.ts';

const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const pngquant = needs('pngquant', 'pngquant');
for (const peer of [chromiumPeer, pngquant]) {
  if (peer.missing) {
    console.error(`No screenshots: ${peer.missing}`);
    process.exit(69);
  }
}

/** The shop of the pictures has moved to a new relay, which its SPF record does not name yet. */
const NEW_RELAY = '203.0.113.99';
const known = browserZone();
const zone = {
  ...known,
  'mail._domainkey.shop.example': known['s1._domainkey.good.example']!,
  'mail.shop.example': { A: [NEW_RELAY] },
  '99.113.0.203.in-addr.arpa': { PTR: ['mail.shop.example'] },
};
const QUERY = `ip=${NEW_RELAY}&helo=mail.shop.example&selector=mail`;

const FONTS = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><include>/etc/fonts/fonts.conf</include>
${['system-ui', 'sans-serif', 'sans'].map((family) => `<match target="pattern"><test name="family"><string>${family}</string></test><edit name="family" mode="assign" binding="strong"><string>Inter</string></edit></match>`).join('\n')}
</fontconfig>`;

const temporary = mkdtempSync(join(tmpdir(), 'mailshim-screenshots-'));
writeFileSync(join(temporary, 'fonts.conf'), FONTS);
const doh = await startDohServer(respondFrom(zoneResolver(zone)));
const worker = await startWorker({ DOH_URL: doh.url });
const foreign = createServer((request, response) =>
  response.setHeader('content-type', 'text/html; charset=utf-8').end(foreignPage(request.url ?? '/')),
);
await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
const foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
const browser = await launchBrowser({ FONTCONFIG_FILE: join(temporary, 'fonts.conf') });

function foreignPage(path: string): string {
  const badges = ['flat', 'flat-square', 'plastic', 'for-the-badge'].map((style) =>
    ['en', 'ru'].map((lang) => `<img src="${worker.url}/badge/shop.example.svg?${QUERY}&style=${style}&lang=${lang}">`),
  );
  const content =
    path === '/badge'
      ? badges.map((row) => `<p>${row.join(' ')}</p>`).join('')
      : `<iframe src="${worker.url}/embed/shop.example?${QUERY}&lang=en" width="470" height="162"></iframe>`;
  return `<!doctype html><meta charset="utf-8"><style>body{margin:0;padding:12px;background:#f0f0f1;width:max-content}p{margin:0 0 8px}iframe{border:0;display:block}</style>${content}`;
}

interface Shot {
  name: string;
  url: string;
  options: BrowserContextOptions;
  /** px of the page, from its top; the window's where absent. */
  height?: number;
  /** No more than the page needs. */
  fitted?: boolean;
}

const desktop = { viewport: { width: 960, height: 720 }, colorScheme: 'light' } as const;
const shots: Shot[] = [
  { name: 'report', url: `${worker.url}/report/shop.example?${QUERY}&lang=en`, options: desktop, height: 1230 },
  {
    name: 'report-phone-ru',
    url: `${worker.url}/report/shop.example?${QUERY}&lang=ru`,
    options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5, isMobile: true, colorScheme: 'dark' },
  },
  { name: 'badge', url: `${foreignUrl}/badge`, options: { ...desktop, deviceScaleFactor: 2 }, fitted: true },
  { name: 'card', url: `${foreignUrl}/card`, options: { ...desktop, deviceScaleFactor: 1.5 }, fitted: true },
];

mkdirSync(folder, { recursive: true });
try {
  for (const { name, url, options, height, fitted } of shots) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(url, { waitUntil: 'networkidle' });
    const raw = join(temporary, `${name}.png`);
    const { width } = options.viewport!;
    if (fitted) await page.locator('body').screenshot({ path: raw });
    else if (height === undefined) await page.screenshot({ path: raw });
    else await page.screenshot({ path: raw, fullPage: true, clip: { x: 0, y: 0, width, height } });
    await context.close();
    const file = join(folder, `${name}.png`);
    const quantised = await run(pngquant.path, ['--force', '--strip', '--speed', '1', '--output', file, '128', raw]);
    if (quantised.code !== 0) throw new Error(`pngquant: ${quantised.stderr}`);
    console.log(file);
  }
} finally {
  await browser.close();
  foreign.close();
  await worker.stop();
  await doh.stop();
  rmSync(temporary, { recursive: true, force: true });
}
