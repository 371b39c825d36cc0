// The probe of an own relay, in workerd, against a real Postfix and servers that misbehave.
import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { createAuthority } from '../support/certificates.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { type Postfix, startPostfix } from '../support/postfix.ts';
import type { RunningWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const postfix = needs('postfix', 'postfix');
const sasl = needs('saslpasswd2', 'sasl2-bin');
const folder = temporaryFolder();

interface Finding {
  id: string;
  title: string;
  fix?: string;
  args: Record<string, unknown>;
}
interface Port {
  port: number;
  state: string;
  tls: string | null;
  auth: string[];
  authInClear: string[];
  banner: string | null;
  relaying: { result: string; reply: string } | null;
}
interface Probe {
  ports: [Port, Port];
  findings: Finding[];
}

let closed: Postfix;
let open: Postfix;
let untrusted: Postfix;
let odd: Server;
let doh: RunningServer & { url: string };
let worker: RunningWorker;
/** What the odd server says on connecting, and to each line after. */
let script: (socket: Socket) => void = () => undefined;

before(async () => {
  if (!postfix.present || !sasl.present) return;
  const authority = createAuthority();
  const certificate = authority.issue({ names: ['127.0.0.1'] });
  // Read when wrangler is loaded: workerd trusts this authority then.
  process.env.NODE_EXTRA_CA_CERTS = folder.write('ca.pem', authority.ca);
  const users = ['info@relay.example'];
  // 127.0.0.1 is a stranger to the first, and one of its own to the second.
  const strict = [
    'mynetworks = 192.0.2.1',
    'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination',
  ];
  const login = { user: 'shop@relay.example', password: 'secret', owns: ['shop@relay.example'] };
  closed = await startPostfix({ users, certificate, login, main: [...strict, 'smtpd_tls_auth_only = yes'] });
  open = await startPostfix({ users, certificate, main: ['smtpd_relay_restrictions = permit_mynetworks, reject'] });
  untrusted = await startPostfix({ users, names: ['127.0.0.1'], main: strict });
  odd = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    script(socket);
  });
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  const oddPort = (odd.address() as { port: number }).port;
  const zone = {
    'relay.example': { A: ['203.0.113.25'] },
    '25.113.0.203.in-addr.arpa': { PTR: ['relay.example'] },
    'other.example': { A: ['203.0.113.26'] },
    '26.113.0.203.in-addr.arpa': { PTR: ['other.example'] },
  };
  doh = await startDohServer(respondFrom(zoneResolver(zone)));
  const { startWorker } = await import('../support/worker.ts');
  worker = await startWorker({
    DOH_URL: doh.url,
    API_TOKENS: TOKEN,
    RELAYS: 'relay.example open.example untrusted.example plain.example other.example odd.example',
    CONNECT_TO: [
      `relay.example:465=127.0.0.1:${closed.implicitPort} relay.example:587=127.0.0.1:${closed.plainPort}`,
      `open.example:465=127.0.0.1:${open.implicitPort} open.example:587=127.0.0.1:${open.plainPort}`,
      `untrusted.example:465=127.0.0.1:${untrusted.implicitPort} untrusted.example:587=127.0.0.1:${untrusted.plainPort}`,
      `plain.example:465=127.0.0.1:${closed.plainPort} plain.example:587=127.0.0.1:${closed.clearPort}`,
      `other.example:465=127.0.0.1:${closed.implicitPort} other.example:587=127.0.0.1:1`,
      `odd.example:465=127.0.0.1:1 odd.example:587=127.0.0.1:${oddPort}`,
    ].join(' '),
  });
});
after(async () => {
  await worker?.stop();
  await doh?.stop();
  await closed?.stop();
  await open?.stop();
  await untrusted?.stop();
  odd?.close();
  folder.remove();
});

const skip = postfix.missing || sasl.missing;
const ask = (query: string, token = TOKEN) =>
  worker.fetch(`/v1/probe?${query}`, { headers: { authorization: `Bearer ${token}` } });
async function probe(host: string, lang = 'en'): Promise<Probe> {
  const response = await ask(`host=${host}&lang=${lang}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Probe;
}
const ids = ({ findings }: Probe) => findings.map(({ id }) => id);

test('a relay as it should be: TLS, login after TLS, one name, and relaying rejected', { skip }, async () => {
  const found = await probe('relay.example');
  assert.deepEqual(
    found.ports.map(({ port, state, tls, banner, relaying }) => [port, state, tls, banner, relaying?.result]),
    [
      [465, 'open', 'trusted', 'relay.example', 'refused'],
      [587, 'open', 'trusted', 'relay.example', 'refused'],
    ],
  );
  assert.match(found.ports[0].relaying!.reply, /Relay access denied/);
  for (const { auth, authInClear } of found.ports) {
    assert.ok(auth.includes('PLAIN'), auth.join());
    assert.deepEqual(authInClear, []);
  }
  assert.deepEqual(ids(found).sort(), ['ptr.confirmed', 'relay.closed', 'relay.secure']);
  assert.doesNotMatch(closed.log(), /DATA|queued/i);
});

test('an open relay is reported, in both languages, and nothing is sent through it', {
  skip,
}, async () => {
  const found = await probe('open.example');
  assert.equal(found.findings[0]!.id, 'relay.open');
  assert.match(found.findings[0]!.fix!, /reject_unauth_destination/);
  assert.match((await probe('open.example', 'ru')).findings[0]!.title, /кого угодно/);
  assert.doesNotMatch(open.log(), /postfix\/(?:cleanup|qmgr|smtp)\[/);
});

test('an untrusted certificate is distinguished from a port that does not answer', { skip }, async () => {
  const found = await probe('untrusted.example');
  assert.deepEqual(
    found.ports.map(({ state, tls }) => [state, tls]),
    [
      ['open', 'untrusted'],
      ['open', 'untrusted'],
    ],
  );
  assert.deepEqual(ids(found).filter((id) => id === 'relay.certificate').length, 2);
  const other = await probe('other.example');
  assert.deepEqual(
    other.ports.map(({ state }) => state),
    ['open', 'unreachable'],
  );
});

test('plain text on 465, no STARTTLS on 587', { skip }, async () => {
  const found = await probe('plain.example');
  assert.deepEqual(
    found.ports.map(({ tls }) => tls),
    ['none', 'none'],
  );
  assert.ok(ids(found).includes('relay.plain') && ids(found).includes('relay.no-starttls'), ids(found).join());
});

test('names that do not agree: banner, EHLO, reverse DNS', { skip }, async () => {
  const found = await probe('other.example');
  const name = found.findings.find(({ id }) => id === 'relay.name')!;
  assert.deepEqual(name.args, {
    host: 'other.example',
    banner: 'relay.example',
    ehlo: 'relay.example',
    ptr: ['other.example'],
  });
});

test('login before TLS is reported', { skip }, async () => {
  script = (socket) => {
    socket.write('220 odd.example ESMTP\r\n');
    socket.on('data', (data) =>
      socket.write(/^EHLO/.test(String(data)) ? '250-odd.example\r\n250 AUTH PLAIN LOGIN\r\n' : '503 no\r\n'),
    );
  };
  const found = await probe('odd.example');
  assert.deepEqual(found.ports[1].authInClear, ['PLAIN', 'LOGIN']);
  assert.ok(ids(found).includes('relay.auth-in-clear') && ids(found).includes('relay.no-starttls'));
});

test('a server that answers nonsense, floods, or hangs up is an answer, never an error', { skip }, async () => {
  const scripts: ((socket: Socket) => void)[] = [
    (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    (socket) => socket.destroy(),
    (socket) => socket.write(Buffer.alloc(100_000, 'x')),
    (socket) => socket.write('220-a\r\n'.repeat(10_000)),
    (socket) => socket.end('554 5.7.1 go away\r\n'),
    (socket) => {
      socket.write('220 odd.example\r\n');
      socket.on('data', () => socket.write('\xff\x00<script>\r\n'));
    },
  ];
  for (const [index, next] of scripts.entries()) {
    script = next;
    const found = await probe('odd.example');
    assert.equal(found.ports[0].state, 'unreachable', String(index));
    assert.ok(
      ids(found).some((id) => id.startsWith('relay.')),
      String(index),
    );
    assert.doesNotMatch(JSON.stringify(found), /[\x00-\x1f\x7f-\xff]/, String(index));
  }
  script = (socket) => socket.end('554 5.7.1 go away\r\n');
  assert.ok(ids(await probe('odd.example')).includes('relay.greeting'));
});

test('only with a token, and only hosts that are listed', { skip }, async () => {
  assert.equal((await worker.fetch('/v1/probe?host=relay.example')).status, 401);
  assert.equal((await ask('host=relay.example', `${TOKEN}x`)).status, 401);
  for (const host of ['evil.example', 'sub.relay.example', 'localhost.example']) {
    const response = await ask(`host=${host}`);
    assert.equal(response.status, 403, host);
    assert.match(await response.text(), /RELAYS/);
  }
  for (const query of [
    '',
    'host=',
    'host=127.0.0.1',
    'host=a%0D%0Ab.example',
    'host=localhost',
    'host=relay.example&port=25',
  ]) {
    assert.equal((await ask(query)).status, 400, query);
  }
});
