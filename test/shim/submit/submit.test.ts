// Submission against a server that follows the test: TLS, logins, refusals, broken connections.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { loginMethods, offeredMethods } from '../../../shim/submit/auth.ts';
import { tlsPlan } from '../../../shim/submit/plan.ts';
import { scram } from '../../../shim/submit/scram.ts';
import { submit } from '../../../shim/submit/session.ts';
import { accountFrom } from '../../support/account.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { type Summary, summaryOf } from '../../support/outcome.ts';
import { type SinkOptions, type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

const MESSAGE = 'Subject: s\r\n\r\n.\r\nbody\r\n';
const folder = temporaryFolder();
after(() => folder.remove());

async function send(text: string, to: string[] = ['a@x.example'], from = 'f@x.example'): Promise<Summary> {
  return summaryOf(
    await submit(
      accountFrom(text),
      { from, recipients: to },
      { chunks: () => [Buffer.from(MESSAGE)], size: MESSAGE.length, eightBit: false, password: () => 'secret' },
    ),
  );
}
async function withSink<T>(options: SinkOptions, use: (sink: SmtpSink, lines: string) => Promise<T>): Promise<T> {
  const sink = await startSmtpSink(options);
  try {
    const ca = folder.write(`ca-${sink.port}.pem`, sink.ca);
    return await use(sink, `host localhost\nport ${sink.port}\ntls_trust_file ${ca}\ntimeout 5\n`);
  } finally {
    await sink.stop();
  }
}
const LOGIN = { user: 'shop', password: 'secret' };

describe('TLS', () => {
  const plans: [text: string, plan: string][] = [
    ['host relay.example', 'starttls'],
    ['host relay.example\ntls off', 'clear'],
    ['host relay.example\nport 465', 'either'],
    ['host relay.example\nport 465\ntls on\ntls_starttls off', 'implicit'],
    ['host relay.example\nport 465\ntls on\ntls_starttls on', 'starttls'],
    ['host relay.example\nport 587\ntls on', 'starttls'],
    ['host localhost', 'clear'],
    ['host localhost\nport 465', 'either'],
    ['host localhost\ntls on', 'starttls'],
    ['host 127.evil.example', 'starttls'],
    ['socket /run/relay', 'clear'],
  ];
  for (const [text, plan] of plans) {
    test(`${text.replaceAll('\n', ', ')}: ${plan}`, () => assert.equal(tlsPlan(accountFrom(text)), plan));
  }

  test('from the first byte, found out without a setting', () =>
    withSink({ secure: true }, async (sink, lines) => {
      const outcome = await send(`${lines}tls on`);
      assert.deepEqual(outcome, { kind: 'delivered', reply: '250 OK: queued as SINK1', refused: [], notes: [] });
      assert.deepEqual(sink.mails, [
        { from: 'f@x.example', to: ['a@x.example'], message: MESSAGE, secure: true, user: undefined },
      ]);
    }));
  test('STARTTLS', () =>
    withSink({}, async (sink, lines) => {
      const outcome = await send(`${lines}tls on\ntls_starttls on`);
      assert.equal(outcome.kind, 'delivered');
      assert.equal(sink.mails[0]!.secure, true);
    }));
  test('plain text where TLS was expected: upgraded, with a note; with tls_starttls off rejected', () =>
    withSink({}, async (sink, lines) => {
      const outcome = await send(`${lines}tls on`);
      assert.equal(outcome.kind, 'delivered');
      assert.deepEqual(
        outcome.notes.map(({ id }) => id),
        ['tls.upgraded'],
      );
      assert.equal(sink.mails[0]!.secure, true);
      const strict = await send(`${lines}tls on\ntls_starttls off`);
      assert.ok(strict.kind === 'rejected' && strict.code === 76);
      assert.equal(strict.id, 'tls.plaintext');
    }));
  for (const starttls of ['on', 'off']) {
    test(`an unknown authority is rejected, tls_starttls ${starttls}; a pinned fingerprint or tls_certcheck off accepts it`, () =>
      withSink({ secure: starttls === 'off' }, async (sink, lines) => {
        const unknown = `${lines.replace(/tls_trust_file.*\n/, '')}tls on\ntls_starttls ${starttls}\n`;
        const refused = await send(unknown);
        assert.ok(refused.kind === 'deferred' && refused.code === 69, JSON.stringify(refused));
        assert.equal(refused.id, 'certificate.authority');
        const wrong = await send(`${unknown}tls_fingerprint ${'00:'.repeat(31)}00`);
        assert.ok(wrong.kind === 'deferred');
        assert.equal(wrong.id, 'certificate.fingerprint');
        assert.equal(sink.mails.length, 0);
        assert.equal((await send(`${unknown}tls_fingerprint ${sink.fingerprint}`)).kind, 'delivered');
        assert.equal((await send(`${unknown}tls_certcheck off`)).kind, 'delivered');
      }));
  }
});

describe('login', () => {
  for (const [method, config] of [
    ['PLAIN', 'auth plain'],
    ['LOGIN', 'auth login'],
    ['CRAM-MD5', 'auth cram-md5'],
    ['PLAIN', 'auth on'],
  ] as const) {
    test(`${config}`, () =>
      withSink({ secure: true, login: LOGIN, authMethods: [method] }, async (sink, lines) => {
        const outcome = await send(`${lines}tls on\n${config}\nuser shop`);
        assert.equal(outcome.kind, 'delivered', JSON.stringify(outcome));
        assert.equal(sink.mails[0]!.user, 'shop');
      }));
  }
  test('a wrong password: 77', () =>
    withSink({ secure: true, login: { user: 'shop', password: 'other' } }, async (sink, lines) => {
      const outcome = await send(`${lines}tls on\nauth on\nuser shop`);
      assert.ok(
        outcome.kind === 'deferred' && outcome.scope === 'relay' && outcome.code === 77,
        JSON.stringify(outcome),
      );
      assert.equal(outcome.id, 'login.rejected');
      assert.match(outcome.message, /login as shop \(PLAIN\) was rejected: 535 5\.7\.8/);
      assert.equal(sink.mails.length, 0);
    }));
  test('configured and not offered: 69, and nothing is sent without it', () =>
    withSink({ secure: true }, async (sink, lines) => {
      const outcome = await send(`${lines}tls on\nauth on\nuser shop`);
      assert.ok(outcome.kind === 'rejected' && outcome.code === 69);
      assert.equal(outcome.id, 'login.none-offered');
      assert.equal(sink.mails.length, 0);
    }));

  const choices: [wanted: string, offered: string[], secure: boolean, expected: string][] = [
    ['on', ['LOGIN', 'PLAIN', 'SCRAM-SHA-256'], true, 'SCRAM-SHA-256 PLAIN LOGIN'],
    ['on', ['LOGIN', 'PLAIN'], true, 'PLAIN LOGIN'],
    ['on', ['PLAIN', 'CRAM-MD5'], false, 'CRAM-MD5'],
    ['on', ['PLAIN'], false, 'login.clear-text'],
    ['on', ['GSSAPI'], true, 'login.unknown-methods'],
    ['plain', ['plain'], false, 'PLAIN'],
    ['scram-sha-256', ['PLAIN'], true, 'login.not-offered'],
  ];
  for (const [wanted, offered, secure, expected] of choices) {
    test(`auth ${wanted}, offered ${offered}, ${secure ? 'TLS' : 'clear'}`, () => {
      const choice = loginMethods(wanted, offered, secure);
      assert.equal('methods' in choice ? choice.methods.join(' ') : choice.problem.id, expected);
    });
  }
  test('offers are read in both spellings', () => {
    assert.deepEqual(offeredMethods(['SIZE 100', 'AUTH PLAIN LOGIN', 'AUTH=PLAIN LOGIN XOAUTH2']), [
      'PLAIN',
      'LOGIN',
      'XOAUTH2',
    ]);
  });

  test('SCRAM: the exchanges of RFC 5802 section 5 and RFC 7677 section 3', () => {
    const one = scram('sha1', 'user', 'pencil', 'fyko+d2lbbFgONRv9qkxdawL');
    assert.equal(one.first, 'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL');
    assert.equal(
      one.final('r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096'),
      'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    );
    assert.equal(one.verify('v=rmF9pqV8S7suAoZWja4dJRkFsKQ='), true);
    const two = scram('sha256', 'user', 'pencil', 'rOprNGfwEbeRWgbNEkqO');
    assert.equal(
      two.final('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'),
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    );
    assert.equal(two.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='), true);
    assert.equal(two.verify('v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='), false);
  });
  test('SCRAM: a server that changes the nonce or asks for endless rounds is not followed', () => {
    const client = scram('sha256', 'user', 'pencil', 'abc');
    assert.ok(typeof client.final('r=xyz,s=QSXCR+Q6sek8bf92,i=4096') === 'object');
    assert.ok(typeof client.final('r=abcd,s=QSXCR+Q6sek8bf92,i=999999999') === 'object');
  });
});

describe('refusals', () => {
  const cases: [name: string, options: SinkOptions, to: string[], kind: string, code: number, message: RegExp][] = [
    [
      'unknown user',
      { refuse: { 'a@x.example': '550 5.1.1 no such user' } },
      ['a@x.example'],
      'rejected',
      67,
      /rejected the recipient a@x\.example: 550 5\.1\.1 no such user/,
    ],
    ['policy', { refuse: { 'a@x.example': '550 5.7.1 not here' } }, ['a@x.example'], 'rejected', 65, /550 5\.7\.1/],
    [
      'greylisting',
      { refuse: { 'a@x.example': '450 4.2.0 later' } },
      ['a@x.example'],
      'deferred',
      69,
      /deferred the recipient a@x\.example: 450/,
    ],
    ['the message', { refuseData: '554 5.7.1 spam' }, ['a@x.example'], 'rejected', 65, /rejected the message: 554/],
    [
      'the message, temporarily',
      { refuseData: '451 4.3.0 disk full' },
      ['a@x.example'],
      'deferred',
      69,
      /deferred the message: 451/,
    ],
    ['size', { size: 10 }, ['a@x.example'], 'rejected', 65, /larger than the relay accepts/],
  ];
  for (const pipelining of [true, false]) {
    for (const [name, options, to, kind, code, message] of cases) {
      test(`${name}${pipelining ? '' : ', without pipelining'}`, () =>
        withSink({ ...options, secure: true, hidePIPELINING: !pipelining }, async (sink, lines) => {
          const outcome = await send(`${lines}tls on`, to);
          assert.equal(outcome.kind, kind, JSON.stringify(outcome));
          assert.ok(outcome.kind !== 'delivered');
          assert.equal(outcome.code, code);
          assert.match(outcome.message, message);
          assert.equal(outcome.uncertain, false);
          assert.equal(sink.mails.length, 0);
        }));
    }
  }
  test('one of two recipients: delivered to the other, the refusal kept', () =>
    withSink({ secure: true, refuse: { 'b@x.example': '550 5.1.1 no such user' } }, async (sink, lines) => {
      const outcome = await send(`${lines}tls on`, ['a@x.example', 'b@x.example']);
      assert.equal(outcome.kind, 'delivered');
      assert.deepEqual(outcome.refused, [
        { recipient: 'b@x.example', reply: '550 5.1.1 no such user', permanent: true },
      ]);
      assert.deepEqual(sink.mails[0]!.to, ['a@x.example']);
    }));
  test('a non-ASCII address needs SMTPUTF8', () =>
    withSink({ secure: true, hideSMTPUTF8: true }, async (sink, lines) => {
      const outcome = await send(`${lines}tls on`, ['почта@x.example']);
      assert.ok(outcome.kind === 'rejected' && outcome.code === 65);
      assert.equal(outcome.id, 'envelope.smtputf8');
      assert.equal(sink.mails.length, 0);
    }));
});

describe('broken connections', () => {
  /** Sends the lines, one after each line from the client, then does `end`. */
  async function scripted(replies: string[], end: 'close' | 'hang', text: string): Promise<Summary> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      const left = [...replies];
      const say = () => {
        const reply = left.shift();
        if (reply !== undefined) socket.write(`${reply}\r\n`);
        else if (end === 'close') socket.destroy();
      };
      say();
      let inData = false;
      let pending = '';
      socket.on('data', (chunk) => {
        pending += chunk.toString('latin1');
        for (;;) {
          const stop = inData ? pending.indexOf('\r\n.\r\n') : pending.indexOf('\r\n');
          if (stop === -1) return;
          const line = pending.slice(0, stop);
          pending = pending.slice(stop + (inData ? 5 : 2));
          inData = !inData && line === 'DATA';
          say();
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await send(`host 127.0.0.1\nport ${(server.address() as { port: number }).port}\n${text}`);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  }
  const dialogue = ['220 relay', '250 relay', '250 sender', '250 recipient', '354 go on'];
  for (let spoken = 0; spoken <= dialogue.length; spoken++) {
    for (const end of ['close', 'hang'] as const) {
      test(`after ${spoken} replies: ${end}`, async () => {
        const outcome = await scripted(dialogue.slice(0, spoken), end, 'tls off\ntimeout 0.5');
        assert.equal(outcome.kind, 'deferred', JSON.stringify(outcome));
        assert.ok(outcome.kind === 'deferred' && outcome.code === 74, JSON.stringify(outcome));
        // After the final dot only the relay knows.
        assert.equal(outcome.uncertain, spoken === dialogue.length);
      });
    }
  }
  test('a greeting that refuses', async () => {
    const outcome = await scripted(['554 5.7.1 go away'], 'close', 'tls off');
    assert.ok(outcome.kind === 'deferred' && outcome.scope === 'relay' && outcome.code === 69, JSON.stringify(outcome));
    assert.match(outcome.message, /554 5\.7\.1 go away/);
  });
  test('a peer that is not an SMTP server', async () => {
    const outcome = await scripted(['HTTP/1.1 400 Bad Request'], 'hang', 'tls off');
    assert.ok(outcome.kind !== 'delivered' && outcome.code === 76, JSON.stringify(outcome));
  });
  test('no server', async () => {
    const { freePorts } = await import('../../support/ports.ts');
    const [port] = await freePorts(1);
    const outcome = await send(`host 127.0.0.1\nport ${port}\ntls on`);
    assert.ok(outcome.kind === 'deferred' && outcome.code === 69);
    assert.equal(outcome.id, 'connect.refused');
  });
  test('a host that does not exist', async () => {
    const outcome = await send('host relay.invalid\nport 465\ntls on\ntimeout 10');
    assert.ok(outcome.kind === 'deferred' && outcome.code === 68, JSON.stringify(outcome));
  });
});
