// The less common ways to a relay: Unix socket, SOCKS5 proxy, local address, LMTP, client certificate, tokens.
import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, describe, test } from 'node:test';
import { scram } from '../../../shim/submit/scram.ts';
import { submit } from '../../../shim/submit/session.ts';
import { accountFrom } from '../../support/account.ts';
import { createAuthority } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { type Summary, summaryOf } from '../../support/outcome.ts';
import { startSmtpSink } from '../../support/smtp-sink.ts';

const MESSAGE = 'Subject: s\r\n\r\nbody\r\n';
const folder = temporaryFolder();
after(() => folder.remove());

async function send(text: string, to = ['a@x.example']): Promise<Summary> {
  const options = {
    chunks: () => [Buffer.from(MESSAGE)],
    size: MESSAGE.length,
    eightBit: false,
    password: () => 'secret',
  };
  return summaryOf(await submit(accountFrom(text), { from: 'f@x.example', recipients: to }, options));
}
const listen = (server: Server, target: object) => new Promise<void>((resolve) => server.listen(target, resolve));
const portOf = (server: Server) => (server.address() as { port: number }).port;
const stop = (server: Server) => new Promise((resolve) => server.close(resolve));

test('a Unix socket', async () => {
  const sink = await startSmtpSink();
  const path = folder.join('relay.sock');
  const front = createServer((socket) => {
    const inner = connect(sink.port, '127.0.0.1');
    socket.pipe(inner).pipe(socket);
    for (const end of [socket, inner]) end.on('error', () => end.destroy());
  });
  await listen(front, { path });
  try {
    const outcome = await send(`socket ${path}\ntls off`);
    assert.equal(outcome.kind, 'delivered', JSON.stringify(outcome));
    assert.equal(sink.mails.length, 1);
    const none = await send(`socket ${folder.join('absent.sock')}\ntls off`);
    assert.ok(none.kind === 'deferred' && none.code === 69);
    assert.equal(none.id, 'connect.failed');
    assert.match(none.message, /absent\.sock: .*ENOENT/);
  } finally {
    await stop(front);
    await sink.stop();
  }
});

test('a SOCKS5 proxy, with TLS through it; one that refuses is named', async () => {
  const sink = await startSmtpSink({ secure: true });
  const asked: string[] = [];
  let code = 0;
  const proxy = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request: Buffer) => {
        asked.push(request.subarray(5, 5 + request[4]!).toString());
        // The reply in two pieces, since a network may do that.
        socket.write(Buffer.from([5, code, 0]));
        setTimeout(() => {
          socket.write(Buffer.from([1, 127, 0, 0, 1, 0, 0]));
          if (code !== 0) socket.end();
          else {
            const inner = connect(sink.port, '127.0.0.1');
            inner.on('error', () => inner.destroy());
            socket.pipe(inner).pipe(socket);
          }
        }, 20);
      });
    });
  });
  await listen(proxy, { port: 0, host: '127.0.0.1' });
  try {
    const ca = folder.write('ca.pem', sink.ca);
    const text = `host localhost\nport 465\ntls on\ntls_starttls off\ntls_trust_file ${ca}\nproxy_host 127.0.0.1\nproxy_port ${portOf(proxy)}`;
    const sent = await send(text);
    assert.equal(sent.kind, 'delivered', JSON.stringify(sent));
    assert.deepEqual(asked, ['localhost']);
    assert.equal(sink.mails[0]!.secure, true);
    code = 5;
    const refused = await send(text);
    assert.ok(refused.kind === 'deferred' && refused.code === 69);
    assert.equal(refused.id, 'proxy.refused');
    assert.match(refused.message, /proxy 127\.0\.0\.1:\d+: .* localhost:465 \(code 5\)/);
  } finally {
    await stop(proxy);
    await sink.stop();
  }
});

const noIpv6 = !Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
for (const host of ['::1', '[::1]']) {
  test(`IPv6 address ${host}`, { skip: noIpv6 && 'no IPv6 here' }, async () => {
    const sink = await startSmtpSink();
    const front = createServer((socket) => {
      const inner = connect(sink.port, '127.0.0.1');
      socket.pipe(inner).pipe(socket);
      for (const end of [socket, inner]) end.on('error', () => end.destroy());
    });
    await listen(front, { port: 0, host: '::1' });
    try {
      assert.equal((await send(`host ${host}\nport ${portOf(front)}\ntls off`)).kind, 'delivered');
      const port = portOf(front);
      await stop(front);
      const refused = await send(`host ${host}\nport ${port}\ntls off`);
      assert.ok(
        refused.kind === 'deferred' && refused.message.startsWith(`[::1]:${port} refused`),
        JSON.stringify(refused),
      );
    } finally {
      front.close();
      await sink.stop();
    }
  });
}

test('source_ip is the address the relay sees', async () => {
  let seen = '';
  const sink = await startSmtpSink({
    onConnect(session, done) {
      seen = session.remoteAddress;
      done();
    },
  });
  try {
    assert.equal((await send(`host 127.0.0.1\nport ${sink.port}\ntls off\nsource_ip 127.0.0.2`)).kind, 'delivered');
    assert.equal(seen, '127.0.0.2');
  } finally {
    await sink.stop();
  }
});

test('LMTP: one reply for each recipient', async () => {
  const sink = await startSmtpSink({ lmtp: true, refuse: { 'b@x.example': '550 no such user' } });
  try {
    const outcome = await send(`host 127.0.0.1\nport ${sink.port}\nprotocol lmtp\ntls off`, [
      'a@x.example',
      'b@x.example',
    ]);
    assert.equal(outcome.kind, 'delivered', JSON.stringify(outcome));
    assert.deepEqual(
      outcome.refused.map(({ recipient }) => recipient),
      ['b@x.example'],
    );
    assert.deepEqual(sink.mails[0]!.to, ['a@x.example']);
  } finally {
    await sink.stop();
  }
});

test('a client certificate is shown where the relay asks for one', async () => {
  const clients = createAuthority('Clients');
  const sink = await startSmtpSink({ secure: true, requestCert: true, rejectUnauthorized: true, ca: clients.ca });
  try {
    const ca = folder.write('server-ca.pem', sink.ca);
    const own = clients.issue({ names: ['shop.example'] });
    const base = `host localhost\nport ${sink.port}\ntls on\ntls_starttls off\ntls_trust_file ${ca}\ntimeout 5\n`;
    const without = await send(base);
    assert.equal(without.kind, 'deferred');
    const certificate = `tls_cert_file ${folder.write('c.pem', own.cert)}\ntls_key_file ${folder.write('k.pem', own.key)}`;
    assert.equal((await send(base + certificate)).kind, 'delivered');
  } finally {
    await sink.stop();
  }
});

describe('logins by dialogue', () => {
  /** A relay that offers one method and follows its own script from AUTH on; true once the login succeeded. */
  async function relay(
    method: string,
    dialogue: (line: string, step: number, say: (text: string) => void) => void,
  ): Promise<Summary> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      const say = (text: string) => socket.write(`${text}\r\n`);
      let step = -1;
      let inData = false;
      let pending = '';
      say('220 relay');
      socket.on('data', (chunk) => {
        pending += chunk.toString('latin1');
        for (let end = pending.indexOf('\r\n'); end !== -1; end = pending.indexOf('\r\n')) {
          const line = pending.slice(0, end);
          pending = pending.slice(end + 2);
          if (inData && line !== '.') continue;
          inData = line === 'DATA';
          if (line.startsWith('AUTH')) step = 0;
          if (line.startsWith('EHLO')) say(`250-relay\r\n250 AUTH ${method}`);
          else if (step >= 0 && !/^(MAIL|RCPT|DATA)/.test(line)) dialogue(line, step++, say);
          else {
            step = -1;
            say(line === 'DATA' ? '354 go on' : '250 fine');
          }
        }
      });
    });
    await listen(server, { port: 0, host: '127.0.0.1' });
    try {
      return await send(
        `host 127.0.0.1\nport ${portOf(server)}\ntls off\nauth ${method.toLowerCase()}\nuser user\ntimeout 2`,
      );
    } finally {
      for (const socket of sockets) socket.destroy();
      await stop(server);
    }
  }
  const decode = (text: string) => Buffer.from(text, 'base64').toString();
  const encode = (text: string) => Buffer.from(text).toString('base64');

  for (const [name, hash] of [
    ['SCRAM-SHA-1', 'sha1'],
    ['SCRAM-SHA-256', 'sha256'],
  ] as const) {
    test(`${name}: both sides prove themselves`, async () => {
      for (const honest of [true, false]) {
        let proof: ReturnType<typeof scram> | undefined;
        let challenge = '';
        let accepted = false;
        const outcome = await relay(name, (line, step, say) => {
          if (step === 0) {
            const nonce = /r=(.*)$/.exec(decode(line.split(' ')[2]!))![1]!;
            challenge = `r=${nonce}server,s=QSXCR+Q6sek8bf92,i=4096`;
            // The same arithmetic as the client's; that it is right is held by the vectors of the RFCs.
            proof = scram(hash, 'user', 'secret', nonce);
            say(`334 ${encode(challenge)}`);
          } else if (step === 1) {
            accepted = decode(line) === proof!.final(challenge);
            say(`334 ${encode(honest ? `v=${serverSignature(hash, line, challenge)}` : 'v=AAAA')}`);
          } else say('235 welcome');
        });
        assert.equal(accepted, true);
        if (honest) assert.equal(outcome.kind, 'delivered', JSON.stringify(outcome));
        else {
          assert.ok(
            outcome.kind === 'deferred' && outcome.scope === 'relay' && outcome.code === 77,
            JSON.stringify(outcome),
          );
          assert.match(outcome.message, /could not prove that it knows the password/);
        }
      }
    });
  }

  for (const [name, expected] of [
    ['XOAUTH2', 'user=user\x01auth=Bearer secret\x01\x01'],
    ['OAUTHBEARER', 'n,a=user,\x01auth=Bearer secret\x01\x01'],
  ] as const) {
    test(`${name}: a refusal with its explanation is 77`, async () => {
      let said = '';
      const outcome = await relay(name, (line, step, say) => {
        if (step === 0) {
          said = decode(line.split(' ')[2]!);
          say(`334 ${encode('{"status":"401"}')}`);
        } else say('535 5.7.8 token expired');
      });
      assert.equal(said, expected);
      assert.ok(
        outcome.kind === 'deferred' && outcome.scope === 'relay' && outcome.code === 77,
        JSON.stringify(outcome),
      );
      assert.match(outcome.message, /535 5\.7\.8 token expired/);
    });
  }
});

function serverSignature(hash: 'sha1' | 'sha256', answer: string, challenge: string): string {
  const { createHmac, pbkdf2Sync } = process.getBuiltinModule('node:crypto');
  const withoutProof = Buffer.from(answer, 'base64')
    .toString()
    .replace(/,p=.*$/, '');
  const clientNonce = /r=([^,]*)server/.exec(challenge)![1]!;
  const salted = pbkdf2Sync('secret', Buffer.from('QSXCR+Q6sek8bf92', 'base64'), 4096, hash === 'sha1' ? 20 : 32, hash);
  const key = createHmac(hash, salted).update('Server Key').digest();
  return createHmac(hash, key).update(`n=user,r=${clientNonce},${challenge},${withoutProof}`).digest('base64');
}
