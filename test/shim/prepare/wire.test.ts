// Lines over 998 bytes: folded or broken before a signature, as the relay would break them after it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokenLines, foldedHead } from '../../../shim/prepare/wire.ts';

const fold = (head: string) => foldedHead(Buffer.from(head, 'latin1')).toString('latin1');
const broken = (...chunks: string[]) =>
  Buffer.concat([...brokenLines(chunks.map((chunk) => Buffer.from(chunk)))]).toString();

describe('lines over 998 bytes', () => {
  test('a header is folded in front of blanks: unfolded it is the same', () => {
    const head = `Subject: short\r\nReferences: ${'<id@shop.example>\t '.repeat(200)}\r\n\tmore ${'w '.repeat(900)}end\r\n\r\n`;
    const folded = fold(head);
    assert.ok(folded.split('\r\n').every((line) => line.length <= 998));
    assert.equal(folded.replace(/\r\n(?=[ \t])/g, ''), head.replace(/\r\n(?=[ \t])/g, ''));
    assert.doesNotMatch(folded.slice(0, -4), /\r\n[ \t]*\r\n/);
  });

  test('a header that keeps to the limit stays as it is, to the byte', () => {
    const head = `A: ${'x'.repeat(995)}\r\nB: ${'y '.repeat(400)}\r\n \r\n\r\n`;
    assert.equal(fold(head), head);
  });

  test('what has no blank is broken, in a header and in a body, across pieces too', () => {
    assert.equal(fold(`A: ${'x'.repeat(1500)}\r\n\r\n`), `A:\r\n ${'x'.repeat(997)}\r\n ${'x'.repeat(503)}\r\n\r\n`);
    assert.equal(
      broken('y'.repeat(600), `${'y'.repeat(1400)}\r\n`, `${'z'.repeat(998)}\r\n`),
      `${'y'.repeat(998)}\r\n ${'y'.repeat(997)}\r\n ${'y'.repeat(5)}\r\n${'z'.repeat(998)}\r\n`,
    );
  });
});
