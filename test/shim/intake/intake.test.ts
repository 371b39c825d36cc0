// The message as callers write it: line ends, header fields, recipients, and the bytes that must not change.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExitError } from '../../../shim/exit.ts';
import { parseAddress, parseAddressList, withDomain } from '../../../shim/intake/addresses.ts';
import { expandAliases, parseAliases } from '../../../shim/intake/aliases.ts';
import { joinFields, parseMessage } from '../../../shim/intake/header.ts';
import { readMessage } from '../../../shim/intake/read.ts';
import { headerFrom, headerRecipients, uniqueRecipients } from '../../../shim/intake/recipients.ts';
import { SpillFile } from '../../../shim/intake/spill.ts';
import type { DiagnosticId } from '../../../shim/messages/catalogue.ts';
import { measure, refuseNul, wireChunks } from '../../../shim/prepare/wire.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
function onTheWire(text: string): string {
  const { fields, body } = parseMessage([bytes(text)]);
  return Buffer.concat([...wireChunks({ head: joinFields(fields), body })]).toString('latin1');
}
const recipients = (text: string) => headerRecipients(parseMessage([bytes(text)]).fields).recipients;

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
    'a line that is no header, and a known field behind it: header to the empty line',
    'A: b\nno header here\n fold\nBcc: c@d\nX-Y: z\n\nx\n',
    'A: b\r\nX-Not-A-Header: no header here\r\n fold\r\nBcc: c@d\r\nX-Y: z\r\n\r\nx\r\n',
  ],
  [
    'the same without an empty line',
    'A: b\nno header here\nBcc: c@d',
    'A: b\r\nX-Not-A-Header: no header here\r\nBcc: c@d\r\n\r\n',
  ],
  [
    'a line that is no header, and no known field behind it: a body that lost its empty line',
    'A: b\nHello,\nnote: c\n\nx\n',
    'A: b\r\n\r\nHello,\r\nnote: c\r\n\r\nx\r\n',
  ],
  [
    'the first line is no header, and an address follows',
    'no header\nTo: a@d\n\nx\n',
    'X-Not-A-Header: no header\r\nTo: a@d\r\n\r\nx\r\n',
  ],
  [
    'a text of a program, with words that headers have too',
    'Backup done\nFrom: /home\nDate: today\n\nx\n',
    '\r\nBackup done\r\nFrom: /home\r\nDate: today\r\n\r\nx\r\n',
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

test('a temporary file: without a directory for it, memory is used', () => {
  assert.equal(SpillFile.open('x', ['/proc']), undefined);
  const spill = SpillFile.open('mailshim-spill-test', ['/proc', tmpdir()])!;
  assert.equal(spill.append(bytes('ab\r')), true);
  assert.equal(spill.append(bytes('\ncd')), true);
  for (let times = 0; times < 2; times++) assert.equal(Buffer.concat([...spill]).toString(), 'ab\r\ncd');
});

test('a message over the limit is rejected as soon as that is clear', () => {
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

// What Postfix's sendmail and msmtp make of these is in the comments where they differ.
const readings: [text: string, addresses: string[], unreadable?: string[]][] = [
  ['a@d.test, bad address here', ['a@d.test'], ['bad address here']],
  ['-, a@d.test', ['a@d.test'], ['-']],
  ['-oX@d.test, a@d.test', ['a@d.test'], ['-oX@d.test']],
  ['Undisclosed recipients', []],
  ['undisclosed-recipients', []],
  ['"Undisclosed recipients"', []],
  ['<Undisclosed-Recipient:;>', []],
  ['undisclosed-recipients:', []],
  ['Recipient list not shown:;', []],
  ['N <>, a@d.test', ['a@d.test']],
  ['a@d.test>', ['a@d.test']],
  ['N <a@d.test>>, b@d.test', ['a@d.test', 'b@d.test']],
  ['<<a@d.test>>, b@d.test', ['b@d.test'], ['<<a@d.test>>']],
  // msmtp uses only the last.
  ['a@d.test c@d.test', ['a@d.test', 'c@d.test']],
  ['a@d.test\tc@d.test\te@d.test, f@d.test', ['a@d.test', 'c@d.test', 'e@d.test', 'f@d.test']],
  // Postfix and msmtp guess that the last word is the address: a mail to a stranger, where a blank got into one.
  ['john doe@d.test', [], ['john doe@d.test']],
  ['a@exa mple.test, b@d.test', ['b@d.test'], ['a@exa mple.test']],
  ['a@d.test SIZE=1', [], ['a@d.test SIZE=1']],
  ['=?utf-8?Q?A,_B?= <a@d.test>', ['a@d.test']],
  ['=?UTF-8?q?Doe, Jane?= <a@d.test>, =?utf-8?B?0J8=?= <b@d.test>', ['a@d.test', 'b@d.test']],
  ['=?utf-8?Q?Name?=, a@d.test', ['a@d.test'], ['=?utf-8?Q?Name?=']],
  ['a@d.test.', ['a@d.test']],
  ['N <a@D.test.>, b@d..test', ['a@D.test'], ['b@d..test']],
  ['a@\u043f\u0440\u0438\u043c\u0435\u0440.example.', ['a@xn--e1afmkfd.example']],
  ['"x, y"@d.test, "a b" <b@d.test>', ['"x, y"@d.test', 'b@d.test']],
  ['a@d.test (one, two), (nothing), b(c)@d.test', ['a@d.test', 'b@d.test']],
  ['g: a@d.test, B <b@d.test>;, "h, i": c@d.test; d@d.test', ['a@d.test', 'b@d.test', 'c@d.test', 'd@d.test']],
  ['a@[192.0.2.1], b@[IPv6:::1]', ['a@[192.0.2.1]', 'b@[IPv6:::1]']],
  ['mailto:a@d.test', ['a@d.test']],
  // What has no end swallows no other.
  ['"a@d.test, b@d.test', ['b@d.test'], ['"a@d.test']],
  ['<a@d.test, b@d.test', ['b@d.test'], ['<a@d.test']],
  ['a@d.test (x, b@d.test', ['a@d.test', 'b@d.test']],
  ['a@, @d.test, a@b@d.test, b@d.test', ['b@d.test'], ['a@', '@d.test', 'a@b@d.test']],
  ['a..b@[1 2], b@d.test', ['b@d.test'], ['a..b@[1 2]']],
  ["'a@d.test', o'neil@d.test", ["o'neil@d.test"], ["'a@d.test'"]],
];
for (const [text, addresses, unreadable = []] of readings)
  test(`addresses: ${text}`, () => {
    const read = parseAddressList(text);
    assert.deepEqual(read.addresses, addresses);
    assert.deepEqual(
      read.unreadable.map((entry) => entry.text),
      unreadable,
    );
  });

test('a list of many unreadable entries is read to a limit, and a header names some of them', () => {
  const { addresses, unreadable } = parseAddressList(`${'a@d.test,'.repeat(150_000)}`);
  assert.deepEqual([addresses.length, unreadable.length], [20_000, 1]);
  const { refused } = headerRecipients(parseMessage([bytes(`To: ${'x y,'.repeat(500)}\n\n`)]).fields);
  assert.equal(refused.length, 101);
  assert.ok(refused.every(({ problem }) => problem.code === 65));
});

test('an unreadable address is shown in one line', () => {
  const [entry] = parseAddressList(`a\x1b[2J\u009b\u202e b ${'x'.repeat(200)}`).unreadable;
  assert.match(entry!.text, /^[\x20-\x7e]{80}\.\.\.$/);
});

test('of flags one address: a final dot is removed, a list and an unreadable one are rejected', () => {
  assert.deepEqual(
    ['a@d.test.', 'N <a@d.test>', 'root', 'a@d.test, b c', 'a@d.test, b@d.test', '', 'a b@d.test'].map(parseAddress),
    ['a@d.test', 'a@d.test', 'root', undefined, undefined, undefined, undefined],
  );
});

test('a sender without a domain gets the first one that is a name', () => {
  assert.equal(withDomain('root', undefined, 'localhost', '[192.0.2.1]', 'shop.test'), 'root@shop.test');
  assert.equal(withDomain('root', undefined, 'localhost'), 'root');
  assert.equal(withDomain('', 'shop.test'), '');
  assert.equal(withDomain('a@b', 'shop.test'), 'a@b');
});

test('340,000 folded lines, and as many fields, are a header like any other', () => {
  const folded = parseMessage([bytes(`A: b\n${' \n'.repeat(340_000)}To: a@d.test\n\nx`)]);
  assert.deepEqual([folded.fields.length, folded.fields[0]!.raw.length], [2, 6 + 3 * 340_000]);
  assert.equal(parseMessage([bytes(`${'a:\n'.repeat(340_000)}\nx`)]).fields.length, 340_000);
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

test('a NUL is rejected with its offset', () => {
  assert.throws(
    () => refuseNul([bytes('abc'), bytes('a\0b')]),
    (error) => error instanceof ExitError && error.id === 'message.nul' && /offset 4/.test(error.message),
  );
});

const ALIASES = parseAliases(
  `# as in /etc/aliases
postmaster: root
Root: admin, a@x.example # comment
"two words": q@x.example
admin:
\tb@x.example,
  c@x.example
logs: |"/usr/bin/x -a, b # no comment"
drop: /dev/null
list: :include:/etc/list
mixed: d@x.example, "|/usr/bin/vacation e", f@x.example
bad: one two
nothing:
itself: itself, g@x.example
final: \\root
loop: loop2
loop2: loop
a line without the sign
default: h@x.example
`,
  'aliases',
);
const expansions: [name: string, recipients: string[], refused?: DiagnosticId[]][] = [
  ['postmaster', ['b@x.example', 'c@x.example', 'a@x.example']],
  ['ROOT', ['b@x.example', 'c@x.example', 'a@x.example']],
  ['two words', ['q@x.example']],
  ['other', ['h@x.example']],
  ['z@x.example', ['z@x.example']],
  ['logs', [], ['alias.not-address']],
  ['drop', [], ['alias.not-address']],
  ['list', [], ['alias.not-address']],
  ['mixed', ['d@x.example', 'f@x.example'], ['alias.not-address']],
  ['bad', [], ['alias.address']],
  ['nothing', [], ['alias.empty']],
  ['itself', ['itself', 'g@x.example']],
  ['final', ['root']],
  ['loop', [], ['alias.loop']],
];
for (const [name, expected, refused = []] of expansions)
  test(`aliases: ${name}`, () => {
    const expanded = expandAliases(['first@x.example', name], ALIASES);
    assert.deepEqual(expanded.recipients, ['first@x.example', ...expected]);
    assert.deepEqual(
      expanded.refused.map(({ recipient, problem }) => [recipient, problem.id, problem.code]),
      refused.map((id) => [name, id, 78]),
    );
  });

test('a chain of aliases that is too long is named as such, once', () => {
  const lines = Array.from({ length: 20 }, (_, at) => `a${at}: a${at + 1}, a${at + 1}`).join('\n');
  const { recipients, refused } = expandAliases(['a0'], parseAliases(`${lines}\na20: z@x.example\n`, 'aliases'));
  assert.deepEqual([recipients, refused.map(({ problem }) => problem.id)], [[], ['alias.too-deep']]);
});

test('aliases that multiply each other end at a limit', () => {
  const lines = Array.from({ length: 9 }, (_, at) => `a${at}: ${`a${at + 1}, `.repeat(20)}`).join('\n');
  const { recipients: many, refused } = expandAliases(['a0'], parseAliases(`${lines}\na9: z@x.example\n`, 'aliases'));
  assert.ok(many.length <= 100_000);
  assert.deepEqual(
    refused.map(({ problem }) => problem.id),
    ['alias.too-many'],
  );
});
