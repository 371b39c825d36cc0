// What one request can cost, counted: the free plan's subrequests, hostile zones as an amplifier, bodies, and hostile input on every route.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Resolver } from '../../shared/dns/types.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { RELAY, secured } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

/** https://developers.cloudflare.com/workers/platform/limits/ */
const FREE_SUBREQUESTS = 50;
const TOKEN = 'a-token-of-more-than-twenty-characters';

/** Every answer leads to ten more, without end. */
const hostile: Resolver = {
  async query(name, type) {
    const ok = (records: unknown[]) =>
      ({ kind: 'ok' as const, records, ttl: 0, aliases: [], authenticated: false }) as never;
    const ten = [...Array(10).keys()];
    const label = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 100_000, 7);
    const next = (i: number) => `n${i}-${label}.evil.example`;
    if (type === 'TXT') {
      if (name.startsWith('_dmarc.'))
        return ok([[`v=DMARC1; p=none; rua=${ten.map((i) => `mailto:a@d${i}.example`).join(',')}`]]);
      if (name.startsWith('_mta-sts.')) return ok([['v=STSv1; id=1']]);
      if (name.includes('_domainkey')) return ok([['v=DKIM1; p=AAAA']]);
      return ok([
        [`v=spf1 ${ten.map((i) => `${['include:', 'mx:', 'a:', 'exists:', 'ptr:'][i % 5]}${next(i)}`).join(' ')} -all`],
      ]);
    }
    if (type === 'MX') return ok(ten.map((i) => ({ preference: i, exchange: next(i) })));
    if (type === 'PTR' || type === 'NS') return ok(ten.map(next));
    if (type === 'A') return ok(ten.map((i) => `198.51.100.${i}`));
    if (type === 'AAAA') return ok(ten.map((i) => `2001:db8::${i}`));
    return { kind: 'nodata', ttl: 0, aliases: [], authenticated: false };
  },
};

let current: Resolver = zoneResolver(secured);
let doh: RunningServer & { url: string };
let worker: RunningWorker;
const fetched: string[] = [];
const realFetch = globalThis.fetch;

before(async () => {
  doh = await startDohServer(respondFrom({ query: (name, type) => current.query(name, type) }));
  worker = await startWorker({ DOH_URL: doh.url, API_TOKENS: TOKEN, RELAYS: 'mail.shop.example' }, { database: true });
  // The harness passes what the Worker fetches through this process: here every subrequest is seen.
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url.startsWith(worker.url)) return realFetch(input, init);
    fetched.push(url);
    if (url.startsWith(doh.url)) return realFetch(input, init);
    const policy = 'version: STSv1\nmode: testing\nmx: mx1.provider.example\nmax_age: 604800\n';
    return new Response(policy, { headers: { 'content-type': 'text/plain' } });
  };
  // Whatever the first request alone asks for is asked for now.
  await (await worker.fetch('/healthz')).text();
});
after(async () => {
  globalThis.fetch = realFetch;
  await worker.stop();
  await doh.stop();
});

async function cost(
  path: string,
  init?: RequestInit,
): Promise<{ subrequests: number; others: string[]; text: string }> {
  fetched.length = 0;
  const response = await worker.fetch(path, init);
  const text = await response.text();
  assert.ok(response.status < 500, `${path}: ${text}`);
  return { subrequests: fetched.length, others: fetched.filter((url) => !url.startsWith(doh.url)), text };
}

test('the check of an ordinary shop with everything published fits the free plan, and is complete', async (t) => {
  const { subrequests, others, text } = await cost(
    `/v1/check/shop.example?ip=${RELAY}&selector=mail&helo=mail.shop.example`,
  );
  const { queries } = JSON.parse(text) as { queries: { sent: number; unasked: number } };
  t.diagnostic(`${subrequests} subrequests, ${queries.sent} of them DNS questions`);
  assert.ok(subrequests <= FREE_SUBREQUESTS, String(subrequests));
  assert.equal(queries.unasked, 0);
  assert.deepEqual(others, ['https://mta-sts.shop.example/.well-known/mta-sts.txt']);
});

test('a zone made to amplify makes no request ask more than the budget, on any route', async (t) => {
  current = hostile;
  const ips = ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4'].map((ip) => `ip=${ip}`).join('&');
  const selectors = [...'abcdefgh'].map((name) => `selector=${name}`).join('&');
  const paths = [
    `/v1/check/evil.example?${ips}&${selectors}&helo=x.evil.example`,
    '/v1/check/evil2.example',
    `/v1/spf/evil3.example?${ips}&helo=y.evil.example`,
    `/v1/dkim/evil4.example?${selectors}`,
    ...['dkim', 'dmarc', 'mx', 'dnsbl', 'dns', 'mta-sts', 'tls-rpt', 'tls', 'bimi'].map(
      (part, i) => `/v1/${part}/evil${i + 10}.example`,
    ),
    '/v1/ptr/203.0.113.9?helo=z.evil.example',
    `/report/evil5.example?${ips}`,
    '/badge/evil6.example.svg',
    '/embed/evil7.example',
  ];
  let most = 0;
  for (const path of paths) {
    const { subrequests, others } = await cost(path);
    assert.ok(subrequests <= FREE_SUBREQUESTS, `${path}: ${subrequests}`);
    assert.ok(
      others.length <= 1 &&
        others.every((url) => /^https:\/\/mta-sts\.[a-z0-9.]+\/\.well-known\/mta-sts\.txt$/.test(url)),
      others.join(),
    );
    most = Math.max(most, subrequests);
  }
  const { subrequests } = await cost('/v1/preflight', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      headerFrom: 'a@evil8.example',
      envelopeFrom: 'a@evil9.example',
      sendingIps: [...Array(8).keys()].map((i) => `203.0.113.${i}`),
      dkim: [...Array(4).keys()].map((i) => ({ domain: `evil${30 + i}.example`, selector: 's' })),
      sender: 'b@evil40.example',
    }),
  });
  assert.ok(subrequests <= FREE_SUBREQUESTS, `preflight: ${subrequests}`);
  t.diagnostic(`at most ${Math.max(most, subrequests)} subrequests`);
  // It does ask: a test of nothing would pass as well.
  assert.ok(most > 30, String(most));
  current = zoneResolver(secured);
});

test('a policy file is fetched from a public address only', async () => {
  for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.1.1']) {
    // Another name each time, since the Worker keeps answers.
    const domain = `a${address.replaceAll('.', '-')}.example`;
    current = zoneResolver({
      [domain]: { MX: ['10 mx.shop.example'] },
      [`_mta-sts.${domain}`]: { TXT: ['v=STSv1; id=1'] },
      [`mta-sts.${domain}`]: { A: ['203.0.113.80', address] },
    });
    const { others } = await cost(`/v1/mta-sts/${domain}`);
    assert.deepEqual(others, [], address);
  }
  current = zoneResolver(secured);
});

test('bodies end at their limit, with and without an announced length', async () => {
  const authorization = `Bearer ${TOKEN}`;
  for (const [method, path] of [
    ['POST', '/v1/preflight'],
    ['PUT', '/v1/watch/shop.example'],
    ['POST', '/v1/status/shop.example'],
  ] as const) {
    const large = JSON.stringify({ x: 'a'.repeat(100_000) });
    const headers = { authorization, 'content-type': 'application/json' };
    const told = await worker.fetch(path, { method, headers, body: large });
    assert.equal(told.status, 413, path);
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 100; i++) controller.enqueue(new TextEncoder().encode('a'.repeat(1000)));
        controller.close();
      },
    });
    const untold = await worker.fetch(path, { method, headers, body: stream, duplex: 'half' } as RequestInit);
    assert.equal(untold.status, 413, path);
  }
});

interface OpenApi {
  paths: Record<
    string,
    Record<string, { parameters?: { name: string; in: string }[]; requestBody?: { content: object } }>
  >;
}

test('hostile values in every parameter of every route: no crash, and nothing comes back as markup', async (t) => {
  const document = (await (await worker.fetch('/v1/openapi.json')).json()) as OpenApi;
  const values = [
    '"><svg onload=alert(1)>',
    '</title><script>alert(1)</script>',
    "' OR 1=1; DROP TABLE watches; --",
    '../../etc/passwd',
    'a\r\nset-cookie: x=1',
    '%00',
    '\u202e\ufeff',
    'javascript:alert(1)',
  ];
  const markup = /<svg onload|<script>alert|onload=alert\(1\)>/;
  let requests = 0;
  for (const [template, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const parameters = operation.parameters ?? [];
      const targets = [...parameters, ...(parameters.length === 0 ? [{ name: 'x', in: 'query' }] : [])].filter(
        (parameter) => parameter.in !== 'header',
      );
      for (const target of targets) {
        for (const value of values) {
          const encoded = encodeURIComponent(value);
          const path = template.replace(/\{([^}]+)\}/g, (_, name: string) =>
            name === target.name ? encoded : name === 'ip' ? '203.0.113.9' : 'shop.example',
          );
          const query = target.in === 'query' ? `?${target.name}=${encoded}` : '';
          const mediaType = Object.keys(operation.requestBody?.content ?? {})[0];
          const response = await worker.fetch(`${path}${query}`, {
            method: method.toUpperCase(),
            redirect: 'manual',
            headers: {
              authorization: `Bearer ${TOKEN}`,
              ...(mediaType === undefined ? {} : { 'content-type': mediaType }),
            },
            ...(mediaType === undefined ? {} : { body: JSON.stringify({ [value]: value }) }),
          });
          const text = await response.text();
          const what = `${method} ${path}${query}: ${response.status}`;
          requests++;
          assert.ok(response.status < 500 || response.status === 501, `${what} ${text.slice(0, 300)}`);
          assert.equal(response.headers.get('set-cookie'), null, what);
          assert.equal(response.headers.get('x-content-type-options'), 'nosniff', what);
          const type = response.headers.get('content-type') ?? '';
          if (/html|svg|xml/.test(type)) assert.doesNotMatch(text, markup, what);
        }
      }
    }
  }
  t.diagnostic(`${requests} requests on ${Object.keys(document.paths).length} paths`);
  assert.ok(requests > 200);
});
