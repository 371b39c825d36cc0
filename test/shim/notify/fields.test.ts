// Fields that foreign words cannot break out of, and quoted-printable that comes back as it was.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { joinedReply } from '../../../shared/replies/joined.ts';
import { dateTime, field, oneLine, quotedPrintable } from '../../../shim/notify/fields.ts';

const lines: [text: string, line: string][] = [
  ['two\r\nlines', 'two lines'],
  ['two \n\n\t lines\r\n', 'two lines'],
  ['a\u2028b', 'a b'],
  ['bell\x07 and \x1b[2J', 'bell? and ?[2J'],
  ['evil\u202egpj.exe', 'evil?gpj.exe'],
  ['half \ud83d pair', 'half ? pair'],
];
describe('oneLine', () => {
  for (const [text, line] of lines) test(JSON.stringify(text), () => assert.equal(oneLine(text), line));
  test('megabytes of blanks are no work', () => {
    const blanks = `${' '.repeat(2_000_000)}x${'\r\n'.repeat(1_000_000)}y`;
    assert.equal(oneLine(joinedReply(blanks)), 'x y');
  });
  test('marks a cut', () => assert.equal(oneLine('abcdef', 3), 'abc...'));
});

const replies: [text: string, line: string][] = [
  ['550 no', '550 no'],
  ['550-one\r\n550-two\r\n550 three', '550 one two three'],
  ['smtp; 550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1', 'smtp; 550 5.7.1 one two '],
  // No reply goes on like this: other numbers stay.
  ['550 see 192.0.2.1\r\n25 times', '550 see 192.0.2.1\r\n25 times'],
];
describe('joinedReply', () => {
  for (const [text, line] of replies) test(JSON.stringify(text), () => assert.equal(joinedReply(text), line));
});

test('a field folds in front of words and loses nothing', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'я', ':', ';', '='), minLength: 1, maxLength: 60 }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(words, (list) => {
      const text = field('Diagnostic-Code', list.join(' '));
      assert.ok(text.endsWith('\r\n'));
      assert.equal(text.slice(0, -2).replaceAll('\r\n ', ' '), `Diagnostic-Code: ${list.join(' ')}`);
      for (const line of text.slice(0, -2).split('\r\n'))
        assert.ok(Buffer.byteLength(line) <= 78 || !/ ./.test(line.slice(18)));
    }),
  );
});

test('times are in UTC, whatever the zone of the machine', () => {
  assert.equal(dateTime(Date.UTC(2026, 0, 2, 3, 4, 5)), 'Fri, 02 Jan 2026 03:04:05 +0000');
});

describe('quotedPrintable', () => {
  test('guards what is changed on the way', () => {
    assert.equal(quotedPrintable('.\nFrom me\na \nb\t\n=\n'), '=2E\r\n=46rom me\r\na=20\r\nb=09\r\n=3D\r\n');
  });

  test('comes back as it was, in lines of 76 that end in no blank', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ' ', '\t', '=', '.', 'я', '\n', '\r', '\u{1f600}', 'F'),
      maxLength: 400,
    });
    fc.assert(
      fc.property(text, (original) => {
        const coded = quotedPrintable(original);
        for (const line of coded.split('\r\n')) assert.match(line, /^(?:|[!-~\t ]{0,75}[!-~])$/);
        const octets = coded
          .replace(/=\r\n/g, '')
          .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
        // Line ends become CRLF, which is all that changes.
        assert.equal(Buffer.from(octets, 'latin1').toString(), original.replace(/\r?\n/g, '\r\n'));
      }),
    );
  });
});
