// The message as callers write it: line ends, header fields, recipients, and the bytes that must not change.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExitError } from '../../../shim/exit.ts';
import { expandAliases } from '../../../shim/intake/aliases.ts';
import { joinFields, parseMessage } from '../../../shim/intake/header.ts';
import { readMessage } from '../../../shim/intake/read.ts';
import { headerFrom, headerRecipients, uniqueRecipients } from '../../../shim/intake/recipients.ts';
import { SpillFile } from '../../../shim/intake/spill.ts';
import { measure, refuseNul, wireChunks } from '../../../shim/prepare/wire.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
function onTheWire(text: string): string {
  const { fields, body } = parseMessage([bytes(text)]);
  return Buffer.concat([...wireChunks({ head: joinFields(fields), body })]).toString('latin1');
}
const recipients = (text: string) => headerRecipients(parseMessage([bytes(text)]).fields);

const wires: [name: string, input: string, output: string][] = [
  ['LF', 'A: b\n\nx\ny\n', 'A: b\r\n\r\nx\r\ny\r\n'],
  ['CRLF', 'A: b\r\n\r\nx\r\n', 'A: b\r\n\r\nx\r\n'],
  [
    'mixed, as PHP 8.0 writes it',
    'To: a@b\r\nSubject: s\r\n\r\nx\ny\r\nz\n',
    'To: a@b\r\nSubject: s\r\n\r\nx\r\ny\r\nz\r\n',
  ],
  ['CRCRLF is one line end', 'A: b\r\r\n\r\r\nx\r\r\n', 'A: b\r\n\r\nx\r\n'],
  ['a lone CR in the body is a line end', '\nx\ry\n', '\r\nx\r\ny\r\n'],
  ['a lone CR in a header starts no header', 'Subject: s\rBcc: x@y\n\nb\n', 'Subject: s Bcc: x@y\r\n\r\nb\r\n'],
  ['CR alone ends every line', 'A: b\r\rx\ry\r', 'A: b\r\n\r\nx\r\ny\r\n'],
  ['no line end at the end', '\nx', '\r\nx\r\n'],
  ['dots and trailing blanks stay', '\n.\n..\nx \t\n', '\r\n.\r\n..\r\nx \t\r\n'],
  ['no header at all', 'just text\nmore: text\n', '\r\njust text\r\nmore: text\r\n'],
  [
    'a line that is no header ends the header',
    'A: b\nno header here\nBcc: c@d\n',
    'A: b\r\n\r\nno header here\r\nBcc: c@d\r\n',
  ],
  ['the From line of an mbox', 'From me Tue Nov 24\nA: b\n\nx\n', 'A: b\r\n\r\nx\r\n'],
  ['folded fields stay folded', 'A: b\n\tc\n  d\n\nx\n', 'A: b\r\n\tc\r\n  d\r\n\r\nx\r\n'],
  ['bytes over 127 stay', 'A: \xd0\x9f\n\n\xff\xfe\n', 'A: \xd0\x9f\r\n\r\n\xff\xfe\r\n'],
  ['an empty message', '', '\r\n'],
];
for (const [name, input, output] of wires) test(`on the wire: ${name}`, () => assert.equal(onTheWire(input), output));

test('line ends do not depend on where a long body is cut into pieces', () => {
  const body = 'x'.repeat(262_143);
  for (const end of ['\r\n', '\n', '\r\r\n', '\r']) {
    assert.equal(onTheWire(`\n${body}${end}y\n`), `\r\n${body}\r\ny\r\n`);
  }
});

test('a large message is held in pieces, beyond 2 MB in a file without a name, and no line end is cut in two', () => {
  const source = bytes(`A: b\n\n${`${'x'.repeat(65_526)}\r\n`.repeat(150)}${'\r'.repeat(300_000)}\nend`);
  const left = () => readdirSync(tmpdir()).filter((name) => /^mailshim-[0-9a-f]{32}$/.test(name));
  for (const step of [65_536, 65_535, 7001]) {
    let at = 0;
    const held = readMessage(source.length, (buffer, offset) => {
      const count = source.copy(buffer, offset, at, at + Math.min(step, buffer.length - offset));
      at += count;
      return count;
    });
    const pieces = [...held];
    assert.ok(Buffer.concat(pieces).equals(source));
    assert.ok(Math.max(...pieces.map(({ length }) => length)) <= 2 * 1024 * 1024);
    assert.ok(pieces.slice(0, -1).every((piece) => piece[piece.length - 1] !== 13));
    const { fields, body } = parseMessage(held);
    const message = { head: joinFields(fields), body };
    const wire = Buffer.concat([...wireChunks(message)]);
    const expected = `${source.toString('latin1').replace(/\r*\n/g, '\r\n')}\r\n`;
    assert.ok(wire.equals(bytes(expected)));
    assert.equal(measure(message).size, wire.length);
    assert.deepEqual(left(), []);
  }
});

test('a temporary file: where no folder takes it there is none, and memory has to do', () => {
  assert.equal(SpillFile.open('x', ['/proc']), undefined);
  const spill = SpillFile.open('mailshim-spill-test', ['/proc', tmpdir()])!;
  assert.equal(spill.append(bytes('ab\r')), true);
  assert.equal(spill.append(bytes('\ncd')), true);
  for (let times = 0; times < 2; times++) assert.equal(Buffer.concat([...spill]).toString(), 'ab\r\ncd');
});

test('a message over the limit is refused as soon as that is clear', () => {
  let reads = 0;
  const endless = (buffer: Buffer, offset: number) => {
    reads++;
    return buffer.length - offset;
  };
  assert.throws(
    () => readMessage(5_000_000, endless),
    (error) => error instanceof ExitError && error.code === 65 && /larger than 5000000 bytes/.test(error.message),
  );
  assert.ok(reads < 10);
});

test('any bytes: every line ends in CRLF, and nothing but line ends changes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\r\nab:. ]{0,60}$/), (text) => {
      const { fields, body } = parseMessage([bytes(`\n${text}`)]);
      const message = { head: joinFields(fields), body };
      const wire = Buffer.concat([...wireChunks(message)]).toString('latin1');
      assert.doesNotMatch(wire, /\r(?!\n)|(?<!\r)\n/);
      assert.equal(wire.replace(/[\r\n]/g, ''), text.replace(/[\r\n]/g, ''));
      const { size, logSize } = measure(message);
      assert.deepEqual({ size, logSize }, { size: wire.length, logSize: wire.replaceAll('\r', '').length });
    }),
    { numRuns: 500, seed: 20261124 },
  );
});

const lists: [name: string, input: string, expected: string[]][] = [
  [
    'To, Cc and Bcc, several of each',
    'To: a@x.example\nCC: b@x.example\nbcc: c@x.example\nTo: d@x.example\n\n',
    ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example'],
  ],
  ['a blank before the colon', 'Bcc : a@x.example\n\n', ['a@x.example']],
  [
    'folded, quoted commas, comments',
    'To: "Miller, A" <a@x.example>,\n\tb@x.example (B, the other)\n\n',
    ['a@x.example', 'b@x.example'],
  ],
  ['groups', 'To: shop: a@x.example, B <b@x.example>;, c@x.example\n\n', ['a@x.example', 'b@x.example', 'c@x.example']],
  ['undisclosed', 'To: undisclosed-recipients:;\nBcc: a@x.example\n\n', ['a@x.example']],
  ['encoded words', 'To: =?utf-8?B?0J8=?= <a@x.example>\n\n', ['a@x.example']],
  [
    'resent: only those',
    'To: a@x.example\nResent-To: b@x.example\nResent-Bcc: c@x.example\n\n',
    ['b@x.example', 'c@x.example'],
  ],
  ['bare local part', 'To: root\n\n', ['root']],
  ['dots where no RFC has them', 'To: a.@x.example, "B" <b..c@x.example>\n\n', ['a.@x.example', 'b..c@x.example']],
  ['empty', 'To:\nSubject: x\n\n', []],
  ['not from the body', 'Subject: x\n\nTo: a@x.example\n', []],
];
for (const [name, input, expected] of lists)
  test(`recipients: ${name}`, () => assert.deepEqual(recipients(input), expected));

test('a To that is no address list is an error that names it', () => {
  for (const value of ['<a@x.example', 'a..b@[1 2]', 'a..b@x.example, c d@x.example', 'a@x.example SIZE=1', 'a..b@'])
    assert.throws(
      () => recipients(`To: ${value}\n\n`),
      (error) => error instanceof ExitError && error.code === 65 && /header To: /.test(error.message),
      value,
    );
});

test('duplicates: the domain without regard to case, the local part with', () => {
  assert.deepEqual(uniqueRecipients(['a@X.example', 'a@x.EXAMPLE', 'A@x.example', 'root', 'root']), [
    'a@X.example',
    'A@x.example',
    'root',
  ]);
});

test('the author is the first address of From', () => {
  assert.equal(headerFrom(parseMessage([bytes('From: "A, B" <a@x.example>\n\n')]).fields), 'a@x.example');
  assert.equal(headerFrom(parseMessage([bytes('Subject: x\n\n')]).fields), undefined);
});

test('a NUL is refused with its place', () => {
  assert.throws(
    () => refuseNul([bytes('abc'), bytes('a\0b')]),
    (error) => error instanceof ExitError && error.code === 65 && /offset 4/.test(error.message),
  );
});

test('aliases: by name, default, nested, and a loop is an error', () => {
  const aliases = new Map([
    ['root', ['admin', 'a@x.example']],
    ['admin', ['b@x.example']],
    ['default', ['c@x.example']],
    ['loop', ['loop2']],
    ['loop2', ['loop']],
  ]);
  assert.deepEqual(expandAliases(['root', 'other', 'd@x.example'], aliases), [
    'b@x.example',
    'a@x.example',
    'c@x.example',
    'd@x.example',
  ]);
  assert.throws(() => expandAliases(['loop'], aliases), /leads back to itself/);
});
