// The pages for people, over HTTP: what stands on them, in both languages, and that nothing of a stranger's becomes markup.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const MARKUP = '"><script>alert(1)</script>';
const zone: Zone = {
  'shop.example': {
    A: ['203.0.113.80'],
    MX: ['10 mail.shop.example'],
    TXT: ['v=spf1 mx include:_spf.news.example -all'],
  },
  'mail.shop.example': { A: ['203.0.113.25'] },
  '_spf.news.example': { TXT: ['v=spf1 ip4:198.51.100.0/24 -all'] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@shop.example'] },
  'evil.example': { A: ['203.0.113.80'], TXT: [`v=spf1 ${MARKUP} -all`, `site=${MARKUP}`] },
  '_dmarc.evil.example': { TXT: [`v=DMARC1; p=${MARKUP}; rua=mailto:${MARKUP}@x.example`] },
  'deep.example': {
    A: ['203.0.113.80'],
    TXT: [`v=spf1 ${Array.from({ length: 12 }, (_, index) => `include:_${index + 1}.deep.example`).join(' ')} -all`],
  },
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `_${index + 1}.deep.example`,
      { TXT: ['v=spf1 ip4:198.51.100.0/24 -all'] },
    ]),
  ),
  'silent.example': { fail: 'servfail' },
  '_dmarc.silent.example': { fail: 'servfail' },
  'xn--80aairftm.example': { A: ['203.0.113.82'], TXT: ['v=spf1 -all'] },
};
let doh: RunningServer & { url: string };
let worker: RunningWorker;
before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(zone)));
  worker = await startWorker({ DOH_URL: doh.url });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});
const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await worker.fetch(path, { headers, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

test('the report: score, what to do with the record to copy, the SPF tree, the alignment', async () => {
  const { status, headers, text } = await get('/report/shop.example');
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/html; charset=utf-8/i);
  assert.match(text, /<html lang="en">/);
  assert.match(text, /<h1>Is mail from shop\.example accepted\?<\/h1>/);
  assert.match(text, /<div class="ring (good|fair|bad|grey)">[\s\S]*<b>(?:≤ )?[\d.]+<\/b> <span>of 10<\/span>/);
  assert.match(
    text,
    /<code>include:_spf\.news\.example<\/code><span class="soft small">the servers that this record authorizes<\/span><span class="tag grey">1 lookup</,
  );
  assert.match(text, /<span>2 of 10 DNS lookups used<\/span>/);
  assert.match(
    text,
    /role="img" aria-label="[^"]*shop\.example\. SPF: authenticates the From domain\. DKIM: does not authenticate the From domain\./,
  );
  assert.match(text, /data-copy="v=TLSRPTv1; rua=mailto:tls-reports@shop\.example"/);
  assert.match(
    text,
    /<code>_smtp\._tls\.shop\.example\. TXT &quot;v=TLSRPTv1; rua=mailto:tls-reports@shop\.example&quot;<\/code>/,
  );
  // A stricter policy is the owner's decision, and no record to copy.
  assert.doesNotMatch(text, /data-copy="v=DMARC1/);
  assert.match(text, /href="\/v1\/check\/shop\.example"/);
});

test('in Russian by header and by parameter, with a way to the other language that keeps the question', async () => {
  assert.match(
    (await get('/report/shop.example', { 'accept-language': 'ru' })).text,
    /<html lang="ru">[\s\S]*Доходит ли почта с shop\.example\?/,
  );
  const { text } = await get('/report/shop.example?ip=203.0.113.25&lang=ru');
  assert.match(text, /href="\/report\/shop\.example\?ip=203\.0\.113\.25&amp;lang=en"/);
});

test('an internationalised domain is shown as people write it', async () => {
  assert.match(
    (await get(`/report/${encodeURIComponent('магазин.example')}`)).text,
    /<h1>Is mail from магазин\.example accepted\?<\/h1>/,
  );
});

test('no foreign markup gets into the page', async () => {
  const { text } = await get('/report/evil.example');
  assert.doesNotMatch(text, /<script>alert/);
  assert.match(text, /&lt;script&gt;/);
  const reflected = await get(`/report/shop.example?lang=${encodeURIComponent(MARKUP)}`);
  assert.equal(reflected.status, 400);
  // Said back only as data, which no browser reads as a page.
  assert.match(reflected.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(reflected.headers.get('x-content-type-options'), 'nosniff');
});

test('nothing is loaded from other origins, and the policy allows exactly what is inline', async () => {
  const { text, headers } = await get('/report/shop.example');
  assert.doesNotMatch(text, /src="(?:https?:)?\/\//);
  for (const [, tag, target] of text.matchAll(/<(\w+) [^>]*href="((?:https?:)?\/\/[^"]*)"/g)) {
    assert.equal(tag, 'a', target);
    assert.match(target!, /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+/);
  }
  const policy = headers.get('content-security-policy') ?? '';
  for (const [tag, directive] of [
    ['style', 'style-src'],
    ['script', 'script-src'],
  ] as const) {
    const blocks = [...text.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map((match) => match[1]!);
    assert.equal(blocks.length, 1, tag);
    assert.ok(
      policy.includes(`${directive} 'sha256-${createHash('sha256').update(blocks[0]!).digest('base64')}'`),
      tag,
    );
  }
  assert.doesNotMatch(text, / (?:style|on[a-z]+)=/);
});

test('the start page has one field whose form opens the report', async () => {
  const { text } = await get('/');
  assert.match(
    text,
    /<form class="panel" action="\/report" method="get">[\s\S]*<input id="domain" name="domain" value="" required/,
  );
  const { status, headers } = await get(`/report?domain=${encodeURIComponent(' Магазин.Example ')}&ip=&lang=ru`);
  assert.equal(status, 303);
  assert.equal(headers.get('location'), '/report/xn--80aairftm.example?lang=ru');
  assert.equal((await get('/report?domain=')).status, 400);
});

test('the domain is read from a whole address or link', async () => {
  for (const typed of [
    'orders@shop.example',
    'The Shop <orders@shop.example>',
    'https://shop.example/cart?id=1',
    'http://user:pass@shop.example:8080/',
    'shop.example/',
  ]) {
    const { status, headers } = await get(`/report?domain=${encodeURIComponent(typed)}`);
    assert.equal(status, 303, typed);
    assert.equal(headers.get('location'), '/report/shop.example', typed);
  }
});

test('what cannot be answered is a page where a browser asks, with what was typed, in its language', async () => {
  const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  for (const [path, status, en, ru] of [
    ['/report?domain=shop', 400, /“shop” has no ending/, /В «shop» нет окончания/],
    ['/report?domain=', 400, /Please enter a domain/, /Введите домен/],
    ['/report/a..example', 400, /“a\.\.example” has two dots in a row/, /две точки подряд/],
    ['/report/shop.example?ip=999', 400, /This is not an IP address/, /Это не IP-адрес/],
    [
      '/report/shop.example?surprise=1',
      400,
      /unknown parameter: “surprise”/,
      /Неизвестный параметр в адресе страницы: «surprise»/,
    ],
    ['/nothing', 404, /There is no such page/, /Страница не найдена/],
  ] as const) {
    for (const [language, expected] of [
      ['en', en],
      ['ru', ru],
    ] as const) {
      const answer = await get(path, { ...browser, 'accept-language': language });
      assert.equal(answer.status, status, path);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/, path);
      assert.match(answer.text, new RegExp(`<html lang="${language}">`), path);
      assert.match(answer.text, expected, path);
      assert.match(answer.text, /<form [^>]*action="\/report"/, path);
      assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
      assert.match(answer.headers.get('vary') ?? '', /accept\b/, path);
    }
  }
  const typed = await get(`/report?domain=${encodeURIComponent(MARKUP)}`, browser);
  assert.match(typed.text, /value="&quot;&gt;&lt;script&gt;alert\(1\)/);
  assert.doesNotMatch(typed.text, /<script>alert/);
  // Programs that open the API keep their problem+json, whatever they accept.
  assert.match(
    (await get('/v1/check/nodot', browser)).headers.get('content-type') ?? '',
    /^application\/problem\+json/,
  );
  assert.match((await get('/report/nodot')).headers.get('content-type') ?? '', /^application\/problem\+json/);
});

test('a domain of which nothing is known is not called good or bad', async () => {
  const { text } = await get('/report/silent.example');
  assert.match(text, /<div class="ring grey">[\s\S]*<b>≤ [\d.]+<\/b>/);
  assert.match(text, /Not known yet: too little could be checked\./);
  assert.match(text, /Between 0 and [\d.]+: not everything could be checked\./);
  assert.match(text, /href="\/\?domain=silent\.example&amp;lang=en">Enter the sending server</);
});

test('a record with too many lookups shows the term that is one too many', async () => {
  const { text } = await get('/report/deep.example');
  assert.match(text, /<span>12 DNS lookups, and only 10 are allowed: receivers stop there<\/span>/);
  assert.equal(text.match(/exceeds the limit of lookups/g)?.length, 1);
  assert.match(
    text,
    /<code>include:_11\.deep\.example<\/code>(?:<span[^>]*>[^<]*<\/span>)*<span class="tag bad">exceeds the limit of lookups/,
  );
});

test('the policy file of MTA-STS is separate, to be copied whole', async () => {
  const { text } = await get('/report/shop.example');
  assert.match(text, /data-copy="version: STSv1\nmode: testing\nmx: mail\.shop\.example\nmax_age: \d+"/);
});

test('a finding rests on the question for its record', async () => {
  const { text } = await get('/report/shop.example');
  const rows = text.split('id="finding-');
  const proof = rows.find((row) => row.includes('<code>mta-sts.none</code>'))!;
  assert.deepEqual(
    [...proof.matchAll(/<li><code>([^<]*)<\/code> — ([^<]*)<\/li>/g)].map((match) => match.slice(1)),
    [['TXT _mta-sts.shop.example', 'no such name']],
  );
});

test('steps are in order of the points that they win, and a record appears once', async () => {
  const { text } = await get('/report/shop.example?ip=198.51.100.99');
  const won = [...text.matchAll(/<span class="tag (?:bad|fair)">\+([\d.]+) points?<\/span><\/header>/g)].map((match) =>
    Number(match[1]),
  );
  assert.ok(won.length >= 2, String(won));
  assert.deepEqual(
    won,
    [...won].sort((a, b) => b - a),
  );
  const values = [...text.matchAll(/data-copy="(v=spf1[^"]*)"/g)].map((match) => match[1]);
  assert.equal(new Set(values).size, values.length);
});

test('the page of a domain that does not exist says so, without a picture', async () => {
  const { text } = await get('/report/missing.example');
  assert.match(text, /<div class="ring bad">/);
  assert.match(text, /No: this domain does not exist\./);
  assert.doesNotMatch(text, /id="alignment"|id="spf"|id="show"/);
});

test('the start page has the domain of the request, and then the field for the server', async () => {
  const { text } = await get(`/?domain=${encodeURIComponent('"><b>shop.example')}`);
  assert.match(text, /name="domain" value="&quot;&gt;&lt;b&gt;shop\.example"/);
  assert.match(text, /<details open><summary>Another server sends the mail/);
  assert.doesNotMatch((await get('/')).text, /<details open>/);
});
