// Header fields: bytes kept, folds, obsolete colon, line endings (RFC 5322 sections 2.2 and 4.5).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toByteString, toBytes } from '../../../shared/message/bytes.ts';
import { fieldsNamed, fieldText, MAX_HEADER_BYTES, openMessage, parseMessage } from '../../../shared/message/header.ts';

const raws = (message: string) => parseMessage(message).fields.map((field) => toByteString(field.raw));

test('keeps the bytes of each field, its folds included', () => {
  const message = 'From:  a@b \r\nSubject: one\r\n\ttwo\r\n  three\r\nX:\r\n\r\nbody\r\n';
  assert.deepEqual(raws(message), ['From:  a@b ', 'Subject: one\r\n\ttwo\r\n  three', 'X:']);
  const { fields, body } = parseMessage(message);
  assert.equal(fieldText(fields[1]!), 'one\ttwo  three');
  assert.equal(toByteString(body), 'body\r\n');
});

for (const [name, message, fields, body] of [
  ['LF', 'A: 1\nB: 2\n\nx\ny', ['A: 1', 'B: 2'], 'x\ny'],
  ['mixed', 'A: 1\r\nB: 2\n 3\r\n\nx', ['A: 1', 'B: 2\n 3'], 'x'],
  ['no body', 'A: 1\r\nB: 2', ['A: 1', 'B: 2'], ''],
  ['no head', '\r\nA: 1\r\n', [], 'A: 1\r\n'],
  ['a line of blanks is a fold', 'A: 1\r\n \r\nB: 2\r\n\r\n', ['A: 1\r\n ', 'B: 2'], ''],
  ['empty', '', [], ''],
] as const) {
  test(`splits header and body: ${name}`, () => {
    assert.deepEqual(raws(message), fields);
    assert.equal(toByteString(parseMessage(message).body), body);
  });
}

test('reads the obsolete blank before the colon, and lines that are not fields', () => {
  const { fields } = parseMessage('From a@b Tue Jan  1 10:00:00 2030\nBcc \t: x@y\nno colon\n: nameless\nÜ: x\n\n');
  assert.deepEqual(
    fields.map((field) => field.key),
    ['', 'bcc', '', '', ''],
  );
  assert.equal(fieldText(fieldsNamed(fields, 'BCC')[0]!), 'x@y');
});

test('reads UTF-8, and Latin-1 where it is not UTF-8', () => {
  assert.equal(fieldText(parseMessage('Subject: Grüße\n\n').fields[0]!), 'Grüße');
  const latin = new Uint8Array([...toBytes('Subject: Gr'), 0xfc, 0xdf, ...toBytes('e\n\n')]);
  assert.equal(fieldText(parseMessage(latin).fields[0]!), 'Grüße');
});

test('a stream has the same result as memory, for any split', async () => {
  const message = 'From: a@b\r\nSubject: x\r\n y\r\n\r\nbody\r\n\r\nmore';
  for (let size = 1; size <= message.length; size++) {
    const chunks = function* () {
      for (let at = 0; at < message.length; at += size) yield toBytes(message.slice(at, at + size));
    };
    const opened = await openMessage(chunks());
    assert.deepEqual(
      opened.fields.map((field) => toByteString(field.raw)),
      ['From: a@b', 'Subject: x\r\n y'],
    );
    let body = '';
    if (opened.body instanceof Uint8Array) body = toByteString(opened.body);
    else for await (const chunk of opened.body) body += toByteString(chunk);
    assert.equal(body, 'body\r\n\r\nmore');
  }
});

test('a header without end is rejected at the limit', async () => {
  let given = 0;
  const chunk = toBytes('X: y\r\n'.repeat(10_000));
  const endless = function* () {
    for (;;) {
      given += chunk.length;
      yield chunk;
    }
  };
  const opened = await openMessage(endless());
  assert.equal(opened.tooLarge, true);
  assert.ok(given <= MAX_HEADER_BYTES + 2 * chunk.length);
});
