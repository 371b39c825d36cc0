// A change told by mail: handed by the Worker to a real Postfix with a login, on 465 and by STARTTLS, and delivered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseMailRelay } from '../../worker/monitor/mail.ts';
import { readSettings } from '../../worker/settings.ts';
import { createAuthority } from '../support/certificates.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { needs } from '../support/peers.ts';
import { type Postfix, startPostfix } from '../support/postfix.ts';
import type { RunningWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const MINUTE = 60_000;
const debianPostfix = needs('postfix', 'postfix');
const sasl = needs('saslpasswd2', 'sasl2-bin');
const skip = debianPostfix.missing || sasl.missing;

const folder = temporaryFolder();
let zone: Zone = ordinary;
let relay: Postfix;
let doh: RunningServer & { url: string };
let startWorker: typeof import('../support/worker.ts').startWorker;
const running: RunningWorker[] = [];

before(async () => {
  if (skip !== false) return;
  const authority = createAuthority();
  // Read when wrangler is loaded: workerd trusts this authority then.
  process.env.NODE_EXTRA_CA_CERTS = folder.write('ca.pem', authority.ca);
  relay = await startPostfix({
    users: ['owner@shop.example', 'second@shop.example'],
    certificate: authority.issue({ names: ['127.0.0.1'] }),
    login: { user: 'alerts@relay.example', password: 'p@ss:w/rd', owns: ['alerts@shop.example'] },
    main: [
      'mynetworks = 192.0.2.1',
      'smtpd_tls_auth_only = yes',
      'smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject',
      'smtpd_relay_restrictions = permit_sasl_authenticated, reject',
    ],
  });
  doh = await startDohServer(
    respondFrom({
      async query(name, type) {
        const answer = await zoneResolver(zone).query(name, type);
        // Nothing is kept, so that a change is seen at once.
        return answer.kind === 'error' ? answer : { ...answer, ttl: 0 };
      },
    }),
  );
  ({ startWorker } = await import('../support/worker.ts'));
});
after(async () => {
  for (const worker of running) await worker.stop();
  await doh?.stop();
  await relay?.stop();
  folder.remove();
});

async function workerWith(mailRelay: string, port: () => number, sendsTo?: string[]): Promise<RunningWorker> {
  const { port: named } = parseMailRelay(mailRelay)!;
  const worker = await startWorker(
    {
      DOH_URL: doh.url,
      API_TOKENS: TOKEN,
      MAIL_RELAY: mailRelay,
      MAIL_FROM: 'alerts@shop.example',
      CONNECT_TO: `mail.shop.example:${named}=127.0.0.1:${port()}`,
    },
    { database: true, ...(sendsTo === undefined ? {} : { sendsTo }) },
  );
  running.push(worker);
  return worker;
}
async function api(worker: RunningWorker, method: string, path: string, body?: unknown) {
  const response = await worker.fetch(path, {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}
const textOf = (message: string) =>
  Buffer.from(message.slice(message.indexOf('\n\n')).replace(/\s/g, ''), 'base64').toString('utf8');

test('a change for the worse arrives in the mailbox, in the language asked for', { skip }, async () => {
  const worker = await workerWith(
    'smtps://alerts%40relay.example:p%40ss%3Aw%2Frd@mail.shop.example',
    () => relay.implicitPort,
  );
  const watch = {
    ips: [RELAY],
    selectors: ['mail'],
    helo: 'mail.shop.example',
    mail: 'owner@shop.example',
    language: 'ru',
  };
  assert.equal((await api(worker, 'PUT', '/v1/watch/shop.example', watch)).status, 201);
  const start = Date.now() + MINUTE;
  await worker.scheduled(new Date(start));
  zone = { ...ordinary, '25.113.0.203.in-addr.arpa': {} };
  await worker.scheduled(new Date(start + 61 * MINUTE));
  const { json } = await api(worker, 'GET', '/v1/watch/shop.example');
  assert.equal((json.deliveries as { state: string }[])[0]!.state, 'delivered', JSON.stringify(json.deliveries));
  const [message] = await relay.received('owner@shop.example');
  assert.match(message!, /^Subject: =\?utf-8\?/im);
  assert.match(message!, /^Auto-Submitted: auto-generated$/m);
  assert.match(message!, /^From: mailshim <alerts@shop.example>$/m);
  assert.match(message!, /^Received: .*\n.*with ESMTPSA/m);
  const text = textOf(message!);
  assert.match(text, /Настройки shop\.example изменились/);
  assert.match(text, /PTR/);
  assert.match(text, /\/report\/shop\.example\?ip=203\.0\.113\.25/);
  // The run after it has nothing to say.
  await worker.scheduled(new Date(start + 122 * MINUTE));
  assert.deepEqual(await relay.received('owner@shop.example', 0), []);
});

test('by STARTTLS as well; a rejected recipient is a permanent failure, a wrong password a temporary one', {
  skip,
}, async () => {
  const worker = await workerWith(
    'smtp://alerts%40relay.example:p%40ss%3Aw%2Frd@mail.shop.example',
    () => relay.plainPort,
  );
  await api(worker, 'PUT', '/v1/watch/shop.example', { mail: 'second@shop.example' });
  await api(worker, 'POST', '/v1/watch/shop.example/test');
  await worker.scheduled(new Date(Date.now() + MINUTE));
  const [message] = await relay.received('second@shop.example');
  assert.match(textOf(message!), /This is a test/);
  await api(worker, 'PUT', '/v1/watch/shop.example', { mail: 'nobody@shop.example' });
  await api(worker, 'POST', '/v1/watch/shop.example/test');
  await worker.scheduled(new Date(Date.now() + MINUTE));
  const refused = (await api(worker, 'GET', '/v1/watch/shop.example')).json.deliveries as {
    state: string;
    lastReply: string;
  }[];
  assert.match(refused.find(({ state }) => state === 'failed')!.lastReply, /^RCPT: 550/);

  const wrong = await workerWith('smtps://alerts%40relay.example:guess@mail.shop.example', () => relay.implicitPort);
  await api(wrong, 'PUT', '/v1/watch/shop.example', { mail: 'owner@shop.example' });
  await api(wrong, 'POST', '/v1/watch/shop.example/test');
  await wrong.scheduled(new Date(Date.now() + MINUTE));
  const [waiting] = (await api(wrong, 'GET', '/v1/watch/shop.example')).json.deliveries as {
    state: string;
    lastReply: string;
  }[];
  assert.equal(waiting!.state, 'waiting');
  assert.match(waiting!.lastReply, /^AUTH: 535/);
  assert.doesNotMatch(waiting!.lastReply, /guess/);
});

test('what Cloudflare’s binding does not take goes by the relay', { skip }, async () => {
  const worker = await workerWith(
    'smtps://alerts%40relay.example:p%40ss%3Aw%2Frd@mail.shop.example',
    () => relay.implicitPort,
    ['other@shop.example'],
  );
  await api(worker, 'PUT', '/v1/watch/shop.example', { mail: 'second@shop.example' });
  await api(worker, 'POST', '/v1/watch/shop.example/test');
  await worker.scheduled(new Date(Date.now() + MINUTE));
  assert.match(textOf((await relay.received('second@shop.example'))[0]!), /This is a test/);
  await api(worker, 'PUT', '/v1/watch/shop.example', { mail: 'nobody@shop.example' });
  await api(worker, 'POST', '/v1/watch/shop.example/test');
  await worker.scheduled(new Date(Date.now() + MINUTE));
  const deliveries = (await api(worker, 'GET', '/v1/watch/shop.example')).json.deliveries as {
    state: string;
    lastReply: string;
  }[];
  assert.match(
    deliveries.find(({ state }) => state === 'failed')!.lastReply,
    /^Cloudflare: .*not allowed; relay: RCPT: 550/,
  );
});

test('a relay is a URL of smtps or smtp, and its fault is reported without the password', () => {
  assert.deepEqual(parseMailRelay('smtps://user%40shop.example:a%3Ab@mail.shop.example'), {
    host: 'mail.shop.example',
    port: 465,
    tls: 'implicit',
    user: 'user@shop.example',
    password: 'a:b',
  });
  assert.equal(parseMailRelay('smtp://mail.shop.example')!.port, 587);
  for (const bad of [
    'https://mail.shop.example',
    'smtps://mail.shop.example/path',
    'smtps://u:%zz@mail.shop.example',
    'smtps://[::1]',
    'mail',
  ]) {
    const read = readSettings({ MAIL_RELAY: bad });
    assert.ok(!read.ok && /MAIL_RELAY must be smtps/.test(read.problems[0]!), bad);
    assert.doesNotMatch(read.problems[0]!, /zz|path/);
  }
  for (const bad of [
    'alerts',
    'Alerts <alerts@shop.example>',
    'a@b.example\r\nBcc: x@y.example',
    'алерт@shop.example',
  ]) {
    assert.equal(readSettings({ MAIL_FROM: bad }).ok, false, bad);
  }
});
