// A relay that misbehaves at every stage of the dialogue: "delivered" exactly when it accepted the mail.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { submit } from '../../../shim/submit/session.ts';
import { accountFrom } from '../../support/account.ts';
import { type Summary, summaryOf } from '../../support/outcome.ts';

const MESSAGE = 'Subject: s\r\n\r\n..\r\nbody\r\n';
const stages = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'message'] as const;
type Stage = (typeof stages)[number];

/** What the relay does in place of its right reply. */
const faults: Record<string, (socket: Socket) => void> = {
  'closes the connection': (socket) => socket.end(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'says nothing': () => undefined,
  'sends bytes without a code': (socket) => socket.write('\x00\xff what is this\r\n'),
  'says 421 and closes': (socket) => socket.end('421 4.3.2 going down\r\n'),
  'says 421 and stays': (socket) => socket.write('421 4.3.2 going down\r\n'),
  'says 199': (socket) => socket.write('199 unheard of\r\n'),
  'says 354': (socket) => socket.write('354 go on\r\n'),
  'says 550 with a bare LF': (socket) => socket.write('550 no\n'),
  'says two things at once': (socket) => socket.write('250-yes\r\n550 no\r\n'),
  'says yes five times': (socket) => socket.write('250 yes\r\n'.repeat(5)),
  'sends a line without end': (socket) => socket.end(`250-${'x'.repeat(3_000_000)}`),
  'sends one byte at a time, then closes': (socket) => {
    for (const byte of '250') socket.write(byte);
    socket.end();
  },
};

interface Run {
  outcome: Summary;
  /** The whole message came. */
  received: boolean;
}

interface Relay {
  offers: readonly string[];
  /** The fault is in its replies alone: the sender or the recipient was accepted anyway. */
  takesEnvelope?: boolean;
}

async function run(stage: Stage, fault: (socket: Socket) => void, relay: Relay): Promise<Run> {
  const sockets = new Set<Socket>();
  let received = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let inMessage = false;
    let pending = '';
    const say = (at: Stage, reply: string) => (at === stage ? fault(socket) : socket.write(reply));
    const takeChunk = () => {
      const isEnvelopeGood = relay.takesEnvelope || (stage !== 'MAIL' && stage !== 'RCPT');
      if (!isEnvelopeGood) socket.write('503 5.5.1 no recipients\r\n');
      else {
        received = true;
        say('message', '250 2.0.0 ok\r\n');
      }
    };
    const answer = (line: string) => {
      if (line.startsWith('EHLO'))
        say(
          'EHLO',
          ['relay', ...relay.offers]
            .map((word, at, { length }) => `250${at + 1 < length ? '-' : ' '}${word}\r\n`)
            .join(''),
        );
      else if (line.startsWith('MAIL')) say('MAIL', '250 ok\r\n');
      else if (line.startsWith('RCPT')) say('RCPT', '250 ok\r\n');
      else if (line === 'DATA') {
        inMessage = stage !== 'DATA' || fault === faults['says 354'];
        say('DATA', '354 go on\r\n');
      } else socket.write('250 ok\r\n');
    };
    say('greeting', '220 relay\r\n');
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      for (;;) {
        const end = pending.indexOf(inMessage ? '\r\n.\r\n' : '\r\n');
        if (end === -1) return;
        const line = pending.slice(0, end);
        const [, octets] = inMessage ? [] : (/^BDAT (\d+) LAST$/.exec(line) ?? []);
        if (octets !== undefined) {
          if (pending.length < end + 2 + Number(octets)) return;
          assert.equal(pending.slice(end + 2, end + 2 + Number(octets)), MESSAGE);
          pending = pending.slice(end + 2 + Number(octets));
          takeChunk();
          continue;
        }
        pending = pending.slice(end + (inMessage ? 5 : 2));
        if (inMessage) {
          inMessage = false;
          received = true;
          say('message', '250 ok\r\n');
        } else answer(line);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as { port: number };
    const text = `host 127.0.0.1\nport ${port}\ntls off\ntimeout 0.3\n`;
    const outcome = summaryOf(
      await submit(
        accountFrom(text),
        { from: 'f@x.example', recipients: ['a@x.example'] },
        { chunks: () => [Buffer.from(MESSAGE)], size: MESSAGE.length, eightBit: false, password: () => '' },
      ),
    );
    return { outcome, received };
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const CHUNKS = ['PIPELINING', 'CHUNKING', 'ENHANCEDSTATUSCODES'];
const relays: Record<string, Relay> = {
  'without pipelining': { offers: [] },
  'with pipelining': { offers: ['PIPELINING'] },
  'at once': { offers: CHUNKS },
  'at once, and the envelope is taken': { offers: CHUNKS, takesEnvelope: true },
};

for (const [how, relay] of Object.entries(relays)) {
  const isAtOnce = relay.offers === CHUNKS;
  describe(how, { concurrency: 8 }, () => {
    for (const stage of stages.filter((stage) => !isAtOnce || stage !== 'DATA')) {
      for (const [name, fault] of Object.entries(faults)) {
        test(`${stage}: ${name}`, async () => {
          const { outcome, received } = await run(stage, fault, relay);
          const taken = received && (stage !== 'message' || name === 'says yes five times');
          // More replies than commands leave it open which of them was about the message.
          if (!isAtOnce || outcome.kind === 'delivered')
            assert.equal(outcome.kind === 'delivered', taken, JSON.stringify(outcome));
          if (outcome.kind === 'delivered') return;
          // A reply before the mail is about this client: the mail is deferred.
          const isAboutMail = stage !== 'greeting' && stage !== 'EHLO';
          const isRejected = isAboutMail && /^5/.test(outcome.reply ?? '');
          assert.equal(outcome.kind === 'rejected', isRejected, JSON.stringify(outcome));
          assert.ok([65, 69, 74, 76].includes(outcome.code), JSON.stringify(outcome));
          assert.match(outcome.message, /^127\.0\.0\.1:\d+:? [^\x00-\x1f\x7f]+$/);
          // Uncertain if the relay may have the mail, unless it rejected it.
          if (received && !/^[45]/.test(outcome.reply ?? ''))
            assert.equal(outcome.uncertain, true, JSON.stringify(outcome));
          // And no doubt where nothing of it can have left.
          if (stage === 'greeting' || stage === 'EHLO') assert.equal(outcome.uncertain, false, JSON.stringify(outcome));
        });
      }
    }
  });
}
