// The Worker's SMTP dialogue with a socket in memory: what a server may do to it, and what it may not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Socket } from '@cloudflare/workers-types';
import { type Connect, isNoReply, openSmtp } from '../../worker/probe/smtp.ts';

interface Server {
  connect: Connect;
  say(text: string): void;
  hangUp(): void;
  /** What the client sent, over all stages. */
  heard: string[];
  secured: number;
}

/** A server that speaks when it is told to, and answers the lines that `answers` knows. */
function server(answers: Record<string, string> = {}): Server {
  const heard: string[] = [];
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const state: Server = {
    heard,
    secured: 0,
    say: (text) => controller.enqueue(new TextEncoder().encode(text)),
    hangUp: () => controller.close(),
    connect: () => socket(),
  };
  function socket(): Socket {
    const readable = new ReadableStream<Uint8Array>({
      start(own) {
        controller = own;
      },
    });
    const writable = new WritableStream<Uint8Array>({
      write(chunk) {
        const line = new TextDecoder().decode(chunk);
        heard.push(line);
        const answer = answers[line.trim()];
        if (answer !== undefined) state.say(answer);
      },
    });
    const never = new Promise<never>(() => undefined);
    const opened = Promise.resolve({});
    const startTls = () => {
      state.secured++;
      return socket();
    };
    return { readable, writable, opened, closed: never, startTls, close: async () => undefined } as unknown as Socket;
  }
  return state;
}
const ADDRESS = { hostname: 'mail.shop.example', port: 587 };
const open = (connect: Connect) => openSmtp(connect, ADDRESS, 'starttls', 50);

test('replies of one line and several, in any pieces', async () => {
  const peer = server({ 'EHLO x': '250-mail.shop.example\r\n250-SIZE\r\n25' });
  const dialogue = await open(peer.connect);
  peer.say('220 mail.shop.exa');
  peer.say('mple ESMTP\r\n');
  assert.equal((await dialogue.reply()).text, '220 mail.shop.example ESMTP');
  const pending = dialogue.command('EHLO x');
  setImmediate(() => peer.say('0 AUTH PLAIN\r\n'));
  const reply = await pending;
  assert.ok(!isNoReply(reply));
  assert.deepEqual(reply.lines, ['mail.shop.example', 'SIZE', 'AUTH PLAIN']);
});

test('data in clear after the reply to STARTTLS does not count as received over TLS', async () => {
  const peer = server({ STARTTLS: '220 go\r\n250-evil.example\r\n250 AUTH PLAIN\r\n' });
  const dialogue = await open(peer.connect);
  peer.say('220 a\r\n');
  await dialogue.reply();
  assert.equal((await dialogue.command('STARTTLS')).code, 220);
  dialogue.startTls();
  assert.equal(peer.secured, 1);
  const reply = await dialogue.command('EHLO x');
  assert.ok(isNoReply(reply) && reply.reason === 'timeout', JSON.stringify(reply));
});

test('a command is one line: no second one hides in it', async () => {
  const peer = server();
  const dialogue = await open(peer.connect);
  for (const line of ['RCPT TO:<a@b>\r\nDATA', 'RSET\n', 'NOOP\0']) assert.throws(() => dialogue.command(line));
  assert.deepEqual(peer.heard, []);
});

test('failures are values: rejected at once, rejected later, timeout, the end, nonsense, floods', async () => {
  const refusing = await open(() => {
    throw new TypeError('port 25 is blocked');
  });
  const refused = await refusing.reply();
  assert.ok(isNoReply(refused) && refused.reason === 'failed' && /port 25/.test(refused.text) && !refused.connected);
  assert.deepEqual(await refusing.command('QUIT'), refused);

  const cases: [(peer: Server) => void, string][] = [
    [() => undefined, 'timeout'],
    [(peer) => peer.hangUp(), 'ended'],
    [(peer) => peer.say('HTTP/1.1 400 Bad Request\r\n'), 'nonsense'],
    [(peer) => peer.say('999 what\r\n'), 'nonsense'],
    [(peer) => peer.say('x'.repeat(5000)), 'nonsense'],
    [(peer) => peer.say('220-a\r\n'.repeat(1000)), 'nonsense'],
  ];
  for (const [act, reason] of cases) {
    const peer = server();
    const dialogue = await open(peer.connect);
    act(peer);
    const reply = await dialogue.reply();
    assert.ok(isNoReply(reply) && reply.reason === reason && reply.connected, JSON.stringify(reply));
    // Nothing more is sent to, or expected of, such a server.
    assert.deepEqual(await dialogue.command('QUIT'), reply);
    assert.deepEqual(peer.heard, []);
  }
});

test('replies of a server are shown in printable characters', async () => {
  const peer = server();
  const dialogue = await open(peer.connect);
  peer.say(`220 \u001b[31m\u00fc<script>${'a'.repeat(500)}\r\n`);
  const { text } = await dialogue.reply();
  assert.match(text, /^220 [\x20-\x7e]+$/);
  assert.ok(text.length < 320);
});
