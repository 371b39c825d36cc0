// `npm start` on an own server: its door, its settings, and what it keeps from one start to the next.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startCron, untilNextRun } from '../../scripts/start/cron.ts';
import { workerHeaders, workerPath } from '../../scripts/start/front.ts';
import { readStartSettings, WORKER_SETTINGS } from '../../scripts/start/settings.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { run } from '../support/program.ts';
import { waitFor } from '../support/wait.ts';
import { zoneResolver } from '../support/zone.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TOKEN = 'a-token-of-more-than-twenty-characters';
const authorization = `Bearer ${TOKEN}`;
const folder = temporaryFolder();
const running = new Set<ChildProcess>();
let doh: RunningServer & { url: string };

interface Started {
  url: string;
  port: number;
  child: ChildProcess;
  log(): string;
  /** Ends it as systemd does. Returns the status. */
  stop(): Promise<number | null>;
}

before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
});
after(async () => {
  for (const child of running) child.kill('SIGKILL');
  await doh.stop();
  folder.remove();
});

/** Starts it as `npm start` does, on a free port, in an environment of its own. */
async function start(env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', PORT: '0', DOH_URL: doh.url, ...env },
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const listening = /listens on (http:\/\/\S+:(\d+))/;
  await waitFor(
    () => listening.test(log) || child.exitCode !== null,
    () => `it does not start: ${log}`,
  );
  const [, url, port] = listening.exec(log) ?? [];
  assert.ok(url !== undefined, log);
  return {
    url,
    port: Number(port),
    child,
    log: () => log,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** The status of the answer to a request written as it stands: fetch would tidy the path. */
function statusOf(port: number, head: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(head));
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      answer += text;
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
      if (status === undefined) return;
      socket.destroy();
      resolve(Number(status));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`no answer: ${answer}`)));
  });
}

test('what is watched is checked by cron, and all of it is still there after a restart', async () => {
  const env = { DATA: folder.join('data'), API_TOKENS: TOKEN };
  const settings = JSON.stringify({ ips: [RELAY], selectors: ['mail'], helo: 'mail.shop.example' });
  const first = await start(env);
  await waitFor(
    () => first.log().includes('"checked":[]'),
    () => `no run at the start: ${first.log()}`,
  );
  const put = await fetch(`${first.url}/v1/watch/shop.example`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: settings,
  });
  assert.equal(put.status, 201, await put.text());
  const strange = await fetch(`${first.url}/v1/watch/shop.example`, { method: 'DELETE' });
  assert.equal(strange.status, 401);
  await strange.text();
  assert.equal(await first.stop(), 0, first.log());

  // What was due while it was away is checked at once.
  const second = await start(env);
  await waitFor(
    () => second.log().includes('"checked":["shop.example"]'),
    () => `not checked: ${second.log()}`,
  );
  assert.equal(await second.stop(), 0, second.log());

  const third = await start(env);
  const history = (await (await fetch(`${third.url}/v1/history/shop.example`)).json()) as { entries: unknown[] };
  assert.equal(history.entries.length, 1, JSON.stringify(history));
  const watch = (await (await fetch(`${third.url}/v1/watch/shop.example`, { headers: { authorization } })).json()) as {
    helo: string;
  };
  assert.equal(watch.helo, 'mail.shop.example');
  assert.equal(await third.stop(), 0, third.log());
});

test('strangers reach the Worker, and nothing of the runtime around it', async () => {
  const started = await start({ DATA: folder.join('door'), RATE_LIMIT: '2' });
  const { port, url } = started;
  try {
    const host = 'Host: check.shop.example\r\n';
    for (const target of [
      '/cdn-cgi/local/scheduled',
      '/cdn-cgi/local/email?from=a@shop.example&to=b@shop.example',
      '/cdn-cgi/local/explorer',
      '/cdn-cgi',
      '//cdn-cgi/local/scheduled',
      '/%63dn-cgi/local/scheduled',
      '/cdn-cgi%2flocal/scheduled',
      '/x/..%2fcdn-cgi/local/scheduled/../../../cdn-cgi/local/scheduled',
      '/x/%2e%2e/cdn-cgi/local/scheduled',
      '/CDN-CGI/local/scheduled',
      '/__cf_local/stream',
      'http://localhost/cdn-cgi/local/scheduled',
      'cdn-cgi/local/scheduled',
      '*',
    ]) {
      const status = await statusOf(port, `GET ${target} HTTP/1.1\r\n${host}\r\n`);
      assert.ok(status === 404 || status === 400, `${target}: ${status}`);
    }
    // The runtime's own header fields would name another URL and another Worker.
    const disguised = 'MF-Original-URL: http://localhost/cdn-cgi/local/scheduled\r\nMF-Route-Override: x\r\n';
    assert.equal(await statusOf(port, `GET /healthz HTTP/1.1\r\n${host}${disguised}\r\n`), 200);
    assert.doesNotMatch(started.log(), /"cron".*"cron"/s);

    // The proxy on this machine names the client, and one client is counted.
    const asked = async (client: string) => {
      const response = await fetch(`${url}/`, { headers: { 'cf-connecting-ip': client } });
      await response.text();
      return response.status;
    };
    assert.deepEqual(
      [await asked('203.0.113.5'), await asked('203.0.113.5'), await asked('203.0.113.5'), await asked('203.0.113.6')],
      [200, 200, 429, 200],
    );
    const secure = await fetch(`${url}/healthz`, { headers: { 'x-forwarded-proto': 'https' } });
    assert.match(secure.headers.get('strict-transport-security') ?? '', /max-age/);
    await secure.text();
    // The door refuses as the Worker does.
    const headersOf = async (path: string) => {
      const response = await fetch(`${url}${path}`);
      await response.text();
      const own = ['date', 'content-length', 'content-type', 'connection', 'keep-alive', 'transfer-encoding'];
      return [response.status, Object.fromEntries([...response.headers].filter(([name]) => !own.includes(name)))];
    };
    assert.deepEqual(await headersOf('/cdn-cgi/x'), await headersOf('/nothing'));
    // A body comes through whole, whatever its length.
    const large = await fetch(`${url}/v1/preflight`, { method: 'POST', body: 'a'.repeat(100_000) });
    assert.ok(large.status === 413 || large.status === 415, String(large.status));
    await large.text();
    // Whoever goes away in the middle leaves it in order.
    await new Promise<void>((resolve) => {
      const early = request(`${url}/v1/message`, { method: 'POST', headers: { 'content-length': '100000' } });
      early.on('error', () => undefined);
      early.on('close', resolve);
      early.write('From: a@shop.example\r\n', () => early.destroy());
    });
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  } finally {
    assert.equal(await started.stop(), 0, started.log());
  }
});

test('where the runtime dies it is started anew', async () => {
  const started = await start({});
  try {
    const children = readFileSync(`/proc/${started.child.pid}/task/${started.child.pid}/children`, 'utf8').trim();
    const runtime = children.split(' ').find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('workerd'));
    process.kill(Number(runtime), 'SIGKILL');
    await waitFor(
      () => started.log().includes('restarted'),
      () => started.log(),
    );
    const health = async () => (await fetch(`${started.url}/healthz`)).status;
    await waitFor(
      async () => (await health()) === 200,
      () => started.log(),
    );
  } finally {
    await started.stop();
  }
});

test('what cannot be is said at the start, with the status at which systemd does not try again', async () => {
  const refused = (env: Record<string, string>) => {
    const read = readStartSettings(env, root);
    return read.ok ? [] : read.problems;
  };
  assert.deepEqual(refused({ PORT: '99999' }), ['PORT must be a whole number from 0 to 65535, and is “99999”']);
  assert.deepEqual(refused({ RATE_LIMIT: 'x', DATA: 'here' }), [
    'RATE_LIMIT must be a whole number from 0 to 1000000, and is “x”',
    'DATA must be a folder’s full path, and is “here”',
  ]);
  const cases: [env: Record<string, string>, said: RegExp][] = [
    [{ DATA: `${folder.write('file', '')}/below` }, /^mailshim: the folder DATA cannot be made: /],
    // What the Worker itself finds.
    [
      { DOH_URL: 'ftp://dns.example', API_TOKENS: 'short' },
      /^mailshim: DOH_URL must be .*; API_TOKENS must be tokens of/,
    ],
  ];
  for (const [env, said] of cases) {
    const ran = await run(process.execPath, [`${root}scripts/start.ts`], {
      env: { PATH: process.env.PATH ?? '', PORT: '0', ...env },
    });
    assert.match(ran.stderr, said);
    assert.equal(ran.code, 78, ran.stderr);
  }
  const taken = await run(process.execPath, [`${root}scripts/start.ts`], {
    env: { PATH: process.env.PATH ?? '', PORT: String(doh.port) },
  });
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /cannot listen on 127\.0\.0\.1 port \d+: something else listens there/);
});

test('every setting and secret of the Worker can be given, and the environment goes before the files', () => {
  const own = /export interface Bindings \{([\s\S]*?)\n\}/.exec(readFileSync(`${root}worker/settings.ts`, 'utf8'))![1]!;
  const names = [...own.matchAll(/^ {2}([A-Z_0-9]+)\?: string;/gm)].map((match) => match[1]!);
  assert.ok(names.length > 10);
  assert.deepEqual([...WORKER_SETTINGS].sort(), names.sort());

  const config = readFileSync(`${root}wrangler.toml`, 'utf8');
  folder.write('wrangler.toml', config);
  folder.write('.dev.vars', 'API_TOKENS="from-the-file-of-development"\nMAX_QUERIES=30\n');
  const read = readStartSettings({ MAX_QUERIES: '20', MAIL_FROM: '', RATE_LIMIT: '60' }, folder.path);
  assert.ok(read.ok);
  const { vars, data, perMinute, host, port } = read.settings;
  assert.deepEqual(
    [vars.API_TOKENS, vars.MAX_QUERIES, vars.DNS_TIMEOUT_MS, vars.MAIL_FROM],
    ['from-the-file-of-development', '20', '3000', undefined],
  );
  assert.deepEqual([data, perMinute, host, port], [undefined, 60, '127.0.0.1', 8787]);
  const perMinuteOf = (env: Record<string, string>) => {
    const result = readStartSettings(env, folder.path);
    return result.ok ? result.settings.perMinute : result.problems;
  };
  assert.deepEqual(
    [{}, { RATE_LIMIT: '' }, { RATE_LIMIT: '7' }, { RATE_LIMIT: '0' }].map((env) => perMinuteOf(env as never)),
    [60, 60, 7, undefined],
  );

  // The optional bindings of wrangler.toml, once their "#" is gone.
  const optional = config
    .split('\n')
    .map((line) =>
      line.replace(/^# (?=\[\[|binding|database_|name = "(?:RATE|SEND)|namespace|simple|queue = |max_batch)/, ''),
    );
  folder.write('wrangler.toml', optional.join('\n'));
  const bound = readStartSettings({}, folder.path);
  assert.ok(bound.ok);
  assert.deepEqual([bound.settings.data, bound.settings.perMinute], [folder.join('.wrangler/data'), 60]);
});

test('the door believes a proxy on this machine, and nobody else', () => {
  const claims = {
    host: 'check.shop.example',
    'cf-connecting-ip': '192.0.2.1',
    'cf-worker': 'x',
    'mf-original-url': 'http://localhost/',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    connection: 'close, x-mine',
    'x-mine': '1',
    accept: 'text/html',
  };
  const kept = { host: 'check.shop.example', accept: 'text/html' };
  for (const peer of ['127.0.0.1', '::ffff:127.0.0.1', '::1']) {
    assert.deepEqual(
      workerHeaders(claims, peer),
      { ...kept, 'cf-connecting-ip': '192.0.2.1', 'x-forwarded-proto': 'https' },
      peer,
    );
  }
  for (const [peer, client] of [
    ['198.51.100.7', '198.51.100.7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['2001:db8::7', '2001:db8::7'],
  ] as const) {
    assert.deepEqual(workerHeaders(claims, peer), { ...kept, 'cf-connecting-ip': client, 'x-forwarded-proto': 'http' });
  }
  assert.equal(workerPath('//evil.example/report'), '//evil.example/report');
  assert.equal(workerPath('/report/shop.example?ip=192.0.2.1&lang=ru'), '/report/shop.example?ip=192.0.2.1&lang=ru');
  assert.equal(
    workerPath('/report/магазин.example'.replace(/[^\x21-\x7e]+/g, encodeURIComponent))?.slice(0, 10),
    '/report/%D',
  );
});

test('cron runs at once and then at every full five minutes, one run after the other', async (t) => {
  assert.deepEqual([untilNextRun(0), untilNextRun(1), untilNextRun(299_999)], [300_000, 299_999, 1]);
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-01-01T00:03:20Z') });
  const runs: string[] = [];
  let end = () => {};
  const stop = startCron(
    (at) => {
      runs.push(at.toISOString().slice(11, 19));
      return new Promise((resolve) => {
        end = resolve;
      });
    },
    () => Date.now(),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  // The first takes longer than until the next.
  t.mock.timers.tick(120_000);
  assert.deepEqual(runs, ['00:03:20']);
  end();
  await settle();
  t.mock.timers.tick(280_000);
  assert.deepEqual(runs, ['00:03:20', '00:10:00']);
  end();
  await settle();
  t.mock.timers.tick(299_999);
  assert.equal(runs.length, 2);
  stop();
  t.mock.timers.tick(600_000);
  assert.equal(runs.length, 2);
});
