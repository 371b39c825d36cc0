// The door of `npm start` in front of a server that stands for workerd: what is no request for the Worker is refused as the Worker would refuse it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, test } from 'node:test';
import { createFront } from '../../scripts/start/front.ts';
import { StalledError, withoutStalls } from '../../worker/stream.ts';

/** Milliseconds; the tests wait for the end of them, and for nothing else. */
const PATIENCE = { part: 100, whole: 100_000 };
let worker: Server;
let front: Server;
const cut: string[] = [];

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

before(async () => {
  worker = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (text) => {
      body += text;
    });
    request.on('end', () => response.end(`${request.headers.host} ${body.length}`));
    request.on('error', () => cut.push(request.url ?? ''));
  });
  front = createFront(new URL(`http://127.0.0.1:${await listening(worker)}`), PATIENCE);
  await listening(front);
});
after(() => {
  front.close();
  front.closeAllConnections();
  worker.close();
  worker.closeAllConnections();
});

/** The whole answer to what is written as it stands, each part after the one before was taken. */
async function answerTo(text: string): Promise<{ status: number; head: string; body: string }> {
  const socket = connect((front.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    answer += part;
  });
  socket.on('error', () => undefined);
  socket.write(Buffer.from(text, 'latin1'));
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head: head.toLowerCase(), body };
}

function assertUsual({ head, body, status }: { head: string; body: string; status: number }, what: string): void {
  for (const line of [
    'content-type: application/problem+json',
    'x-content-type-options: nosniff',
    'referrer-policy: no-referrer',
    "content-security-policy: default-src 'none'",
    'access-control-allow-origin: *',
    'cache-control: no-store',
    'connection: close',
  ]) {
    assert.ok(head.includes(`\r\n${line}`), `${what}: ${line} in ${head}`);
  }
  assert.equal((JSON.parse(body) as { status: number }).status, status, what);
}

test('an invalid Host is 400 with the usual header fields', async (t) => {
  const bad = [
    'a b',
    'x:99999',
    '[::1',
    '%00',
    'evil"><script>.example',
    'a"b',
    "a'b",
    'a`b',
    'a{b',
    'a,b',
    'a;b',
    'a=b',
  ]
    .concat(['user@x', 'http://x', 'x:+80', 'x:80:80', 'a%2fb', 'a/b', 'a?b', 'a#b', 'a\\b', '1.2.3.4.5', 'é.example'])
    .concat(['a<b', 'a|b', 'a^b', 'a*b', 'a(b', 'a&b', 'a$b', 'a!b', 'a~b', 'a\tb', ':80', '[]', '[fe80::1%25eth0]']);
  for (const host of bad) {
    await t.test(host, async () => {
      const answer = await answerTo(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.equal(answer.status, 400);
      assertUsual(answer, host);
    });
  }
  const good = [
    'shop.example',
    'Shop.Example:8787',
    '127.0.0.1',
    '[::1]:80',
    'a_b',
    'xn--e1afmkfd.example',
    'localhost.',
    'x:',
    '',
  ];
  for (const host of good) {
    await t.test(`good: ${host}`, async () => {
      const answer = await answerTo(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      assert.equal(answer.status, 200, answer.body);
    });
  }
});

test('what is no request at all gets the usual header fields, too', async (t) => {
  const rows: [what: string, text: string, status: number][] = [
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['no HTTP', 'GARBAGE\r\n\r\n', 400],
    ['a bad field', 'GET / HTTP/1.1\r\nHost: a.example\r\nb ad: x\r\n\r\n', 400],
    ['a bad length', 'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: x\r\n\r\n', 400],
    ['a large head', `GET / HTTP/1.1\r\nHost: a.example\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['an expectation', 'POST / HTTP/1.1\r\nHost: a.example\r\nExpect: x\r\nContent-Length: 2\r\n\r\n{}', 417],
  ];
  for (const [what, text, status] of rows) {
    await t.test(what, async () => {
      const answer = await answerTo(text);
      assert.equal(answer.status, status);
      assertUsual(answer, what);
    });
  }
  assert.equal((await answerTo('GET / HTTP/1.0\r\n\r\n')).status, 200);
});

test('a body that does not go on ends in 408, and the Worker is rid of it', async () => {
  for (const [path, sent] of [
    ['/length', 'Content-Length: 100\r\n\r\nonly this'],
    ['/nothing', 'Content-Length: 100\r\n\r\n'],
    ['/chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  ]) {
    const answer = await answerTo(`POST ${path} HTTP/1.1\r\nHost: a.example\r\n${sent}`);
    assert.equal(answer.status, 408, path);
    assertUsual(answer, path!);
  }
  // Of the one without any part the Worker has not heard yet.
  assert.deepEqual(cut.sort(), ['/chunks', '/length']);
});

test('in the Worker itself a body ends as well: one that is silent, and one that trickles', async () => {
  const partsOf = (each: number) => {
    let timer: ReturnType<typeof setInterval> | undefined;
    return new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(3));
        if (each > 0) timer = setInterval(() => controller.enqueue(new Uint8Array(1)), each);
      },
      cancel: () => clearInterval(timer),
    });
  };
  const read = async (stream: ReadableStream<Uint8Array>, patience: { part: number; whole: number }) => {
    let length = 0;
    for await (const part of withoutStalls(stream, patience)) length += part.length;
    return length;
  };
  await assert.rejects(read(partsOf(0), { part: 20, whole: 100_000 }), StalledError);
  await assert.rejects(read(partsOf(5), { part: 100_000, whole: 60 }), StalledError);
  assert.equal(await read(new Response('whole').body!, { part: 100_000, whole: 100_000 }), 5);
});
