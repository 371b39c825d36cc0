// The pre-flight around a mail: with a Worker, with a dead one, without one; warned of, enforced, cached.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { PreflightAnswer } from '../../../shared/check/types.ts';
import { AnswerCache } from '../../../shim/prepare/cache.ts';
import { type RunningServer, respondFrom, startNameServer } from '../../support/dns-server.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { freePorts } from '../../support/ports.ts';
import { runShim } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';
import { zoneResolver } from '../../support/zone.ts';

const ALIGNED: PreflightAnswer = {
  verdict: 'aligned_by_spf_only',
  reason: 'SPF passes for shop.example.',
  findings: [],
  suggestedSender: null,
  ttl: 300,
  checkedAt: '2026-11-24T06:00:00.000Z',
};
const MISALIGNED: PreflightAnswer = {
  ...ALIGNED,
  verdict: 'misaligned',
  reason: 'Neither SPF nor DKIM speaks for shop.example.',
  suggestedSender: 'orders@good.example',
};

describe('pre-flight', () => {
  const folder = temporaryFolder();
  let sink: SmtpSink;
  let server: Server;
  let url = '';
  let closed = 0;
  let requests: { path: string; authorization: string | undefined; body: unknown }[] = [];
  /** What the Worker says next: JSON, or bytes as they are; undefined says nothing at all. */
  let answer: PreflightAnswer | string | undefined = ALIGNED;
  let status = 200;
  let names: RunningServer;
  let run = 0;

  before(async () => {
    sink = await startSmtpSink({ secure: true });
    folder.write('ca.pem', sink.ca);
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
        requests.push({ path: request.url!, authorization: request.headers.authorization, body });
        if (answer === undefined) return;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    [closed] = (await freePorts(1)) as [number];
    names = await startNameServer(
      respondFrom(
        zoneResolver({
          'shop.example': { TXT: ['v=spf1 ip4:192.0.2.9 -all'], MX: ['10 mx.shop.example'] },
          '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject'] },
        }),
      ),
    );
  });
  after(async () => {
    await sink?.stop();
    server?.closeAllConnections();
    server?.close();
    await names?.stop();
    folder.remove();
  });
  beforeEach(() => {
    requests = [];
    answer = ALIGNED;
    status = 200;
    run++;
    sink.mails.length = 0;
  });

  async function send(lines: readonly string[]): Promise<{ code: number | null; stderr: string; log: string }> {
    const logfile = folder.join(`log-${run}`);
    const config = folder.write(
      `rc-${run}`,
      [
        'host localhost',
        `port ${sink.port}`,
        'tls on',
        'tls_starttls off',
        `tls_trust_file ${folder.join('ca.pem')}`,
        `logfile ${logfile}`,
        `preflight_cache ${folder.join(`cache-${run}`)}`,
        'sending_ip 192.0.2.1',
        ...lines,
        '',
      ].join('\n'),
    );
    const { code, stderr, stdout } = await runShim(['-C', config, '-t'], {
      input: 'From: Shop <orders@shop.example>\nTo: a@x.example\n\nb\n',
    });
    assert.equal(stdout, '');
    const log = readFileSync(logfile, 'utf8');
    return { code, stderr, log };
  }

  test('the Worker is asked who sends through what, once; then the answer comes from the cache', async () => {
    const lines = [
      `preflight_url ${url}/`,
      'preflight_token t0ken',
      'from bounce@shop.example',
      'dkim_domain shop.example',
      'dkim_selector s1 s2',
    ];
    const first = await send(lines);
    assert.deepEqual([first.code, first.stderr], [0, '']);
    assert.deepEqual(requests, [
      {
        path: '/v1/preflight',
        authorization: 'Bearer t0ken',
        body: {
          headerFrom: 'orders@shop.example',
          envelopeFrom: 'bounce@shop.example',
          sendingIps: ['192.0.2.1'],
          dkim: [
            { domain: 'shop.example', selector: 's1' },
            { domain: 'shop.example', selector: 's2' },
          ],
          sender: 'bounce@shop.example',
        },
      },
    ]);
    assert.match(
      first.log,
      /exitcode=EX_OK\n\w{3} \d\d [\d:]{8} mailshim: preflight=aligned_by_spf_only reason='SPF passes for shop\.example\.'\n$/,
    );
    const second = await send(lines);
    assert.equal(second.code, 0);
    assert.equal(requests.length, 1);
    assert.match(second.log, /preflight=aligned_by_spf_only cached=yes/);
    assert.equal(sink.mails.length, 2);
    assert.equal(statSync(folder.join(`cache-${run}`)).mode & 0o777, 0o700);
  });

  test('warn: a misaligned sender goes out, the verdict stands in the log and not on stderr', async () => {
    answer = MISALIGNED;
    const { code, stderr, log } = await send([`preflight_url ${url}`]);
    assert.deepEqual([code, stderr, sink.mails.length], [0, '', 1]);
    assert.match(
      log,
      /preflight=misaligned reason='Neither SPF nor DKIM speaks for shop\.example\.' suggested=orders@good\.example/,
    );
  });

  test('enforce: a misaligned sender is refused with 77, and nothing is sent', async () => {
    answer = MISALIGNED;
    const { code, stderr, log } = await send([`preflight_url ${url}`, 'preflight enforce']);
    assert.deepEqual([code, sink.mails.length], [77, 0]);
    assert.equal(
      stderr,
      'mailshim: preflight refuses mail from orders@shop.example: Neither SPF nor DKIM speaks for shop.example; or send as orders@good.example\n',
    );
    assert.match(log, /exitcode=EX_NOPERM/);
  });

  const failures: [name: string, prepare: () => string, why: RegExp][] = [
    ['no Worker there', () => `http://127.0.0.1:${closed}`, /ECONNREFUSED/],
    [
      'an error',
      () => {
        status = 500;
        return url;
      },
      /HTTP 500/,
    ],
    [
      'no JSON',
      () => {
        answer = '<html>';
        return url;
      },
      /not JSON/,
    ],
    [
      'JSON of something else',
      () => {
        answer = '{"verdict":"fine"}';
        return url;
      },
      /not one of a pre-flight/,
    ],
    [
      'no answer in time',
      () => {
        answer = undefined;
        return url;
      },
      /no answer in 0\.3 s/,
    ],
  ];
  for (const [name, prepare, why] of failures) {
    test(`${name}: the mail goes out, also with enforce, the log says so, and the next mail does not ask again`, async () => {
      const lines = [
        `preflight_url ${prepare()}`,
        'preflight enforce',
        `preflight_timeout ${name === 'no answer in time' ? 0.3 : 30}`,
      ];
      const first = await send(lines);
      assert.deepEqual([first.code, first.stderr, sink.mails.length], [0, '', 1]);
      assert.match(first.log, /preflight=unknown reason='.*sent unchecked'/);
      assert.match(first.log, why);
      const asked = requests.length;
      const second = await send(lines);
      assert.equal(second.code, 0);
      assert.equal(requests.length, asked);
      assert.match(second.log, /preflight=unknown cached=yes/);
    });
  }

  test('without a Worker the engine itself answers, over the name servers', async () => {
    const enforced = ['preflight enforce', `dns_server 127.0.0.1:${names.port}`];
    const bad = await send(enforced);
    assert.deepEqual([bad.code, sink.mails.length], [77, 0], bad.stderr);
    assert.match(
      bad.stderr,
      /^mailshim: preflight refuses mail from orders@shop\.example: .*SPF: fail shop\.example.*; publish shop\.example TXT "v=spf1 ip4:192\.0\.2\.9 ip4:192\.0\.2\.1 -all"\n$/,
    );
    run++;
    const good = await send([...enforced, 'sending_ip 192.0.2.9']);
    assert.deepEqual([good.code, sink.mails.length], [0, 1], good.stderr);
    assert.match(good.log, /preflight=aligned_by_spf_only/);
  });

  test('off: nobody is asked', async () => {
    const { code, log } = await send([`preflight_url ${url}`, 'preflight off']);
    assert.deepEqual([code, requests.length], [0, 0]);
    assert.doesNotMatch(log, /preflight/);
  });
});

describe('cache', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const euid = process.geteuid!();
  const surroundings = { cacheHome: undefined, home: undefined, euid };
  const now = new Date(1_000_000);
  const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

  test('no home is made for a user that has none', () => {
    const home = folder.join('no-home');
    const cache = new AnswerCache(undefined, { ...surroundings, home });
    cache.write(['no home'], 1, 60, now, 'r1');
    assert.equal(cache.read(['no home'], now), 1);
    assert.equal(existsSync(home), false);
  });

  test('keeps an answer for its time to live', () => {
    const cache = new AnswerCache(folder.join('a'), surroundings);
    cache.write(['k'], { x: 1 }, 60, now, 'r1');
    assert.deepEqual(cache.read(['k'], later(59)), { x: 1 });
    assert.equal(cache.read(['k'], later(60)), undefined);
    assert.equal(cache.read(['other'], now), undefined);
  });
  test('a folder that others can write to, or that belongs to them, is not used', () => {
    mkdirSync(folder.join('open'), { mode: 0o755 });
    const cache = new AnswerCache(folder.join('open'), surroundings);
    cache.write(['k'], 1, 60, now, 'r1');
    assert.deepEqual(readdirSync(folder.join('open')), []);
    mkdirSync(folder.join('theirs'), { mode: 0o700 });
    const foreign = new AnswerCache(folder.join('theirs'), { ...surroundings, euid: euid + 1 });
    foreign.write(['k'], 1, 60, now, 'r1');
    assert.deepEqual(readdirSync(folder.join('theirs')), []);
  });
  test('a broken file is no answer', () => {
    const cache = new AnswerCache(folder.join('b'), surroundings);
    cache.write(['k'], 1, 60, now, 'r1');
    const [name] = readdirSync(folder.join('b'));
    folder.write(`b/${name}`, '{"expires": 9e15');
    assert.equal(cache.read(['k'], now), undefined);
  });
  test('does not grow for ever', () => {
    const cache = new AnswerCache(folder.join('c'), surroundings);
    for (let key = 0; key < 600; key++) cache.write([key], key, 60, now, `r${key}`);
    assert.ok(readdirSync(folder.join('c')).length <= 512);
  });
});
