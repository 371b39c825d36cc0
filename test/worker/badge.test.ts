// The badge: its looks, what it says of a score, hostile labels, shields.io's JSON, and that trouble stays a picture.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { badgeOf } from '../../worker/view/badge.answer.ts';
import { BADGE_STYLES, badgeSvg, badgeText, textWidth } from '../../worker/view/badge.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver({ ...ordinary, 'silent.example': { fail: 'servfail' } })));
  worker = await startWorker({ DOH_URL: doh.url });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});
const get = async (path: string) => {
  const response = await worker.fetch(path);
  return { status: response.status, headers: response.headers, text: await response.text() };
};

test('a badge has the score and its colour; never green while receivers reject mail', () => {
  const score = { low: 0, coverage: 1, refused: false };
  for (const [value, more, message, colour] of [
    [10, {}, '10/10', 'green'],
    [9, {}, '9/10', 'green'],
    [9.5, { refused: true }, '9.5/10', 'yellowgreen'],
    [8.9, {}, '8.9/10', 'yellowgreen'],
    [6.9, {}, '6.9/10', 'orange'],
    [4.9, {}, '4.9/10', 'red'],
    [9, { coverage: 0.7 }, '≤ 9/10', 'green'],
    [9, { coverage: 0.4 }, '≤ 9/10?', 'grey'],
  ] as const) {
    assert.deepEqual(badgeOf({ score: { ...score, value, ...more }, findings: [] }), { message, colour });
  }
  assert.equal(badgeOf({ score: { ...score, value: 8.5 }, findings: [] }, 'ru').message, '8,5/10');
});

test('each style has its look, and as much room as its text needs', () => {
  const heights = { flat: 20, 'flat-square': 20, plastic: 18, 'for-the-badge': 28 };
  for (const style of BADGE_STYLES) {
    const svg = badgeSvg('mail', '9/10', 'green', style);
    assert.match(
      svg,
      new RegExp(`^<svg xmlns="http://www.w3.org/2000/svg" width="[\\d.]+" height="${heights[style]}"`),
    );
    assert.match(svg, /role="img" aria-label="mail: 9\/10"><title>mail: 9\/10<\/title>/);
    assert.equal(svg.includes('linearGradient'), style === 'flat' || style === 'plastic', style);
    assert.equal(svg.includes('>MAIL<'), style === 'for-the-badge', style);
    const longer = badgeSvg('mail of the shop', '9/10', 'green', style);
    assert.ok(Number(/width="([\d.]+)"/.exec(longer)![1]) > Number(/width="([\d.]+)"/.exec(svg)![1]), style);
  }
  assert.ok(textWidth('iii', 11) < textWidth('mmm', 11));
  assert.ok(textWidth('mail', 11) < textWidth('mail', 11, true));
});

test('whatever the label holds, the picture stays well-formed, bounded and one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom(...BADGE_STYLES), (label, style) => {
      const svg = badgeSvg(label, '9/10', 'green', style);
      // XML 1.0 section 2.2: what a document may hold at all.
      assert.doesNotMatch(svg.replace(/\n$/, ''), /[\x00-\x1f\x7f-\x9f\ufffe\uffff\u2028-\u202e\u2066-\u2069]/);
      assert.ok(svg.isWellFormed());
      assert.doesNotMatch(svg.replace(/<[^>]*>/g, ''), /[<>]|&(?!#\d+;)/);
      assert.ok([...badgeText(label)].length <= 40);
      assert.ok(Number(/width="([\d.]+)"/.exec(svg)![1]) < 800);
    }),
    { numRuns: 300 },
  );
});

test('label, language and style by parameter; markup in them stays text', async () => {
  const plain = await get(`/badge/shop.example.svg?ip=${RELAY}`);
  assert.equal(plain.status, 200);
  assert.match(plain.headers.get('content-type') ?? '', /^image\/svg\+xml/);
  assert.match(plain.text, /<title>mail: (?:≤ )?[\d.]+\/10\??<\/title>/);
  assert.match((await get('/badge/shop.example.svg?lang=ru')).text, /<title>почта: (?:≤ )?[\d,]+\/10\??<\/title>/);
  assert.match((await get('/badge/shop.example.svg?style=for-the-badge')).text, /height="28"/);
  assert.match((await get('/badge/shop.example.svg?style=surprise&unknown=1')).text, /height="20"/);
  assert.match((await get('/badge/shop.example.svg?label=')).text, /<title>(?:≤ )?[\d.]+\/10\??<\/title>/);
  const hostile = await get(`/badge/shop.example.svg?label=${encodeURIComponent('"/><script>alert(1)</script>')}`);
  assert.doesNotMatch(hostile.text, /<script/);
  assert.match(hostile.text, /aria-label="&#34;\/&#62;&#60;script&#62;/);
  assert.match(hostile.headers.get('content-security-policy') ?? '', /default-src 'none';.*sandbox/);
});

test("shields.io's endpoint schema", async () => {
  const answer = await get(`/badge/shop.example.json?ip=${RELAY}&label=e-mail`);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  const badge = JSON.parse(answer.text) as Record<string, unknown>;
  assert.deepEqual(Object.keys(badge).sort(), ['cacheSeconds', 'color', 'label', 'message', 'schemaVersion']);
  assert.equal(badge.schemaVersion, 1);
  assert.equal(badge.label, 'e-mail');
  assert.match(String(badge.message), /^[\d.]+\/10$/);
  assert.match(String(badge.color), /^(brightgreen|yellowgreen|orange|red)$/);
  const silent = JSON.parse((await get('/badge/silent.example.json')).text) as Record<string, unknown>;
  assert.equal(silent.color, 'lightgrey');
  const nonsense = JSON.parse((await get('/badge/nonsense.json')).text) as Record<string, unknown>;
  assert.deepEqual([nonsense.message, nonsense.isError], ['not a domain', true]);
});

test('the badge of a domain that does not exist says so', async () => {
  assert.match((await get('/badge/missing.example.svg')).text, /<title>mail: no such domain<\/title>.*fill="#c0392b"/);
});

test('what could not be checked is grey; trouble of the Worker is a picture that is not kept', async () => {
  assert.match((await get('/badge/silent.example.svg')).text, /<title>mail: ≤ [\d.]+\/10\?<\/title>.*fill="#6b6b6b"/);
  // With the limiter, the settings are read before the route is reached.
  const broken = await startWorker({ DOH_URL: 'ftp://nowhere' }, { perMinute: 100 });
  try {
    for (const [path, expected] of [
      ['/badge/shop.example.svg?lang=ru', /недоступно|unavailable/],
      ['/badge/shop.example.json', /"unavailable"/],
    ] as const) {
      const response = await broken.fetch(path);
      assert.equal(response.status, 200);
      assert.match(await response.text(), expected);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.match(response.headers.get('content-type') ?? '', /^(?:image\/svg\+xml|application\/json)/);
      const age = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1]);
      assert.ok(age <= 60, String(age));
    }
  } finally {
    await broken.stop();
  }
});
