// The inbox of `mailshim check --listen`, as clients and strangers speak to it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { MAX_MESSAGE_BYTES } from '../../../shared/check/message.ts';
import { receiveOneMail } from '../../../shim/commands/check.listen.ts';
import '../../support/hermetic.ts';

const LOCAL = 'test-0badcafe';
/** The inbox, and the port that it has got. */
async function opened(patience = 60_000) {
  const { promise, resolve } = Promise.withResolvers<number>();
  const taken = receiveOneMail({ port: 0, host: 'inbox.example', local: LOCAL, patience, listening: resolve });
  taken.catch(() => undefined);
  return { taken, port: await promise };
}

/** Writes pieces, each alone on its way; the codes of the replies. */
async function talk(port: number, pieces: Iterable<string>): Promise<number[]> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  for (const piece of pieces) {
    if (!socket.writable) break;
    socket.write(piece, 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  return [...said.matchAll(/^(\d{3}) /gm)].map(([, code]) => Number(code));
}

const OPENING = `EHLO a.example\r\nMAIL FROM:<>\r\nRCPT TO:<${LOCAL.toUpperCase()}@[127.0.0.1]>\r\nDATA\r\n`;

test('a message is the same in whatever pieces it comes, dots and line ends as they were', async () => {
  for (const [body, raw] of [
    ['.\r\n', ''],
    ['Subject: x\r\n\r\nHi\r\n.\r\n', 'Subject: x\r\n\r\nHi\r\n'],
    ['..a\r\n...\r\n.b\r\n\n.\n\r.\r\n\xff\r\n.\r\n', '.a\r\n..\r\nb\r\n\n.\n\r.\r\n\xff\r\n'],
  ] as const)
    for (const pieces of [[OPENING + body, 'QUIT\r\n'], `${OPENING}${body}QUIT\r\n`]) {
      const { taken, port } = await opened();
      const replies = await talk(port, pieces);
      const mail = await taken;
      assert.equal(mail.raw.toString('latin1'), raw);
      assert.deepEqual([mail.from, mail.helo, mail.envelopeFrom], ['127.0.0.1', 'a.example', '']);
      assert.deepEqual(replies, [220, 250, 250, 250, 354, 250, 221]);
    }
});

test('a mail that is too large is refused, and the next one taken', async () => {
  const { taken, port } = await opened();
  const line = `${'x'.repeat(998)}\r\n`;
  const large = line.repeat(MAX_MESSAGE_BYTES / 1000 + 1);
  assert.deepEqual(await talk(port, [OPENING, large, '.\r\nQUIT\r\n']), [220, 250, 250, 250, 354, 552, 221]);
  await createTransport({ host: '127.0.0.1', port, ignoreTLS: true }).sendMail({
    from: 'orders@shop.example',
    to: `${LOCAL}@inbox.example`,
    text: 'Thank you.',
  });
  const mail = await taken;
  assert.equal(mail.envelopeFrom, 'orders@shop.example');
  assert.match(mail.raw.toString(), /\r\n\r\nThank you\.\r\n$/);
});

test('a stranger gets no mail in, and cannot go on for ever', async () => {
  const { taken, port } = await opened(2000);
  const guesses = Array.from({ length: 30 }, (_, at) => `RCPT TO:<test-${at}@inbox.example>\r\n`);
  const replies = await talk(port, ['EHLO a\r\nMAIL FROM:<a@b.example>\r\n', ...guesses]);
  assert.ok(replies.length < 20 && !replies.slice(3).includes(250), replies.join(' '));
  assert.ok(!(await talk(port, ['x'.repeat(5000)])).includes(250));
  await assert.rejects(taken, { code: 69 });
});
