// The lines and messages of a dialogue, however the input is cut into reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dialogue, MAX_COMMAND } from '../../../shim/intake/dialogue.ts';

/** Gives one piece a read. Reading beyond the last means waiting for bytes that come only after a reply. */
function dialogueOf(pieces: readonly (string | Buffer)[], atEnd: () => number = () => 0): Dialogue {
  const left = pieces.map((piece) => Buffer.from(piece as string)).filter(({ length }) => length > 0);
  return new Dialogue((buffer, offset) => {
    const [next] = left;
    if (next === undefined) return atEnd();
    const count = next.copy(buffer, offset);
    if (count === next.length) left.shift();
    else left[0] = next.subarray(count);
    return count;
  });
}
const waits = () => {
  throw new Error('waits for more than the client will say');
};
function textOf(message: ReturnType<Dialogue['message']>): string | undefined {
  assert.ok(message !== undefined && 'pieces' in message);
  const pieces = [...message.pieces];
  for (const piece of pieces.slice(0, -1)) assert.notEqual(piece[piece.length - 1], 13);
  return Buffer.concat(pieces).toString('latin1');
}

test('commands end in CRLF or LF; one over the limit is reported and the next one is read', () => {
  const dialogue = dialogueOf(['EHLO ', 'x\r', '\nNOOP\n', `${'x'.repeat(200_000)}\r\n`, 'QU', 'IT\r\nhalf']);
  assert.deepEqual(dialogue.command(), { text: 'EHLO x' });
  assert.deepEqual(dialogue.command(), { text: 'NOOP' });
  assert.deepEqual(dialogue.command(), { tooLong: true });
  assert.deepEqual(dialogue.command(), { text: 'QUIT' });
  assert.equal(dialogue.command(), undefined);
  assert.deepEqual(dialogueOf([`${'é'.repeat(MAX_COMMAND / 2 - 1)}\r\n`]).command(), {
    text: 'é'.repeat(MAX_COMMAND / 2 - 1),
  });
});

test('the lone dot is read without waiting for more', () => {
  for (const cut of [1, 2, 3]) {
    const pieces = [`a\r\n${'.\r\n'.slice(0, cut)}`, '.\r\n'.slice(cut)];
    assert.equal(textOf(dialogueOf(pieces, waits).message(100)), 'a\r\n');
  }
  assert.equal(textOf(dialogueOf(['.\r\n'], waits).message(100)), '');
});

// CVE-2023-51764: what a caller's mail may hold, and its dots are stuffed behind CRLF alone.
const SMUGGLED = 'MAIL FROM:<ceo@x.example>\r\n';
for (const end of ['\n.\n', '\n.\r\n', '\r.\r\n', '\r.\r', '\r\n.\r\r\n', '\n.\r', '\r\n.\n'])
  test(`${JSON.stringify(end)} ends no message of a caller that uses CRLF`, () => {
    const taken = end.startsWith('\r\n') ? end.replace('.', '') : end;
    for (const size of [1, 2, 3, 100]) {
      const text = `DATA\r\na${end}${SMUGGLED}.\r\nQUIT\r\n`;
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g'))!;
      const dialogue = dialogueOf(pieces, waits);
      assert.deepEqual(dialogue.command(), { text: 'DATA' });
      assert.equal(textOf(dialogue.message(1000)), `a${taken}${SMUGGLED}`);
      assert.deepEqual(dialogue.command(), { text: 'QUIT' });
    }
  });

test('a dot behind an LF alone was not stuffed, and stays', () => {
  const dialogue = dialogueOf(['DATA\r\na\n.b\n..c\r\n..d\r\n.\r\n'], waits);
  dialogue.command();
  assert.equal(textOf(dialogue.message(100)), 'a\n.b\n..c\r\n.d\r\n');
});

test('a caller that uses LF alone from the first command on ends the message with it too, or with CRLF', () => {
  for (const end of ['.\n', '.\r\n']) {
    const dialogue = dialogueOf(['HELO x\nDATA\n', 'a\n..b\n', end], waits);
    assert.deepEqual([dialogue.command(), dialogue.command()], [{ text: 'HELO x' }, { text: 'DATA' }]);
    assert.equal(textOf(dialogue.message(100)), 'a\n.b\n');
  }
});

test('one CRLF of a command, and LF ends no message any more', () => {
  for (const commands of ['HELO x\r\nDATA\n', 'HELO x\nDATA\r\n', 'HELO x\r']) {
    const dialogue = dialogueOf([commands, commands === 'HELO x\r' ? '\nDATA\n' : '', 'a\n.\nb\r\n.\r\n'], waits);
    dialogue.command();
    dialogue.command();
    assert.equal(textOf(dialogue.message(100)), 'a\n.\nb\r\n');
  }
});

test('text that is not a lone dot: dots doubled, a dot and CRs, a dot within a line', () => {
  const dialogue = dialogueOf(['..\r\n.a\r\n.\r\r\n.\rb\r\na.\r\n.\r\nNOOP\r\n'], waits);
  assert.equal(textOf(dialogue.message(1000)), '.\r\na\r\n\r\r\n\rb\r\na.\r\n');
  assert.deepEqual(dialogue.command(), { text: 'NOOP' });
});

test('too large: read to its end, and the dialogue goes on', () => {
  const dialogue = dialogueOf([`${'x'.repeat(300_000)}\r\n.\r\nNOOP\r\n`]);
  assert.deepEqual(dialogue.message(1000), { tooLarge: true });
  assert.deepEqual(dialogue.command(), { text: 'NOOP' });
  assert.equal(textOf(dialogueOf(['abcd\r\n.\r\n']).message(6)), 'abcd\r\n');
  assert.deepEqual(dialogueOf(['abcde\r\n.\r\n']).message(6), { tooLarge: true });
});

test('input that ends inside a message gives no message', () => {
  for (const cut of ['', 'a', 'a\r\n', 'a\r\n.', 'a\r\n.\r']) assert.equal(dialogueOf([cut]).message(1000), undefined);
});

test('any message comes out as it went in, however it is cut', () => {
  const octet = fc.oneof(fc.constantFrom(13, 10, 46, 46, 10), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      fc.array(octet, { maxLength: 300 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }),
      (octets, sizes) => {
        const message = `${Buffer.from(octets).toString('latin1')}\r\n`;
        const stuffed = Buffer.from(`${message.replace(/(^|\r\n)\./g, '$1..')}.\r\nQUIT\r\n`, 'latin1');
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < stuffed.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          pieces.push(stuffed.subarray(at, at + size));
          at += size;
        }
        const dialogue = dialogueOf(pieces, waits);
        assert.equal(textOf(dialogue.message(10_000)), message);
        assert.deepEqual(dialogue.command(), { text: 'QUIT' });
      },
    ),
  );
});
