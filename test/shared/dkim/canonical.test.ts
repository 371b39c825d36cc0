// Canonical forms and SHA-256: the RFC's example, any split of a stream, and mailauth's results on generated input.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { BodyHashes, MAX_BODIES } from '../../../shared/dkim/body-hash.ts';
import { BodyCanonicalizer } from '../../../shared/dkim/canonical-body.ts';
import { canonicalField, selectFields, withoutSignatureValue } from '../../../shared/dkim/canonical-header.ts';
import { type Hasher, Sha256, WebHasher } from '../../../shared/dkim/sha256.ts';
import type { Canonicalization } from '../../../shared/dkim/types.ts';
import { fromByteString, toBase64, toByteString, toBytes } from '../../../shared/message/bytes.ts';
import { parseField, parseFields } from '../../../shared/message/header.ts';

function body(text: string, kind: Canonicalization, cut = text.length): string {
  let out = '';
  const canonicalizer = new BodyCanonicalizer(kind, (bytes) => {
    out += toByteString(bytes);
  });
  for (let at = 0; at < text.length; at += cut) canonicalizer.write(fromByteString(text.slice(at, at + cut)));
  canonicalizer.end();
  return out;
}
const field = (text: string, kind: Canonicalization) => toByteString(canonicalField(parseField(toBytes(text)), kind));

test('the example of RFC 6376 section 3.4.5', () => {
  const text = ' C \r\nD \t E\r\n\r\n\r\n';
  assert.equal(body(text, 'relaxed'), ' C\r\nD E\r\n');
  assert.equal(body(text, 'simple'), ' C \r\nD \t E\r\n');
  assert.equal(field('A: X', 'relaxed'), 'a:X');
  assert.equal(field('B : Y\t\r\n\tZ  ', 'relaxed'), 'b:Y Z');
  assert.equal(field('B : Y\t\r\n\tZ  ', 'simple'), 'B : Y\t\r\n\tZ  ');
});

for (const [text, simple, relaxed] of [
  ['', '\r\n', ''],
  ['\r\n\r\n', '\r\n', ''],
  [' \t\r\n', ' \t\r\n', ''],
  ['  ', '  \r\n', ''],
  ['a', 'a\r\n', 'a\r\n'],
  ['a\n\nb\n', 'a\r\n\r\nb\r\n', 'a\r\n\r\nb\r\n'],
  ['a \t\r\n \r\nb  c\r\n \r\n', 'a \t\r\n \r\nb  c\r\n \r\n', 'a\r\n\r\nb c\r\n'],
  ['a\rb\r', 'a\rb\r\r\n', 'a\rb\r\r\n'],
  ['\r\n\r\na', '\r\n\r\na\r\n', '\r\n\r\na\r\n'],
]) {
  test(`body ${JSON.stringify(text)}`, () => {
    for (let cut = 1; cut <= Math.max(1, text!.length); cut++) {
      assert.equal(body(text!, 'simple', cut), simple);
      assert.equal(body(text!, 'relaxed', cut), relaxed);
    }
  });
}

test('the value of b= is removed, and only that', () => {
  for (const [text, expected] of [
    ['X: v=1; b=ab\r\n\tcd ; bh=x', 'X: v=1; b=; bh=x'],
    ['X: v=1; bh=x;\r\n b = abc', 'X: v=1; bh=x;\r\n b ='],
    ['X: b=abc;bb=b=c', 'X: b=;bb=b=c'],
    ['X: z=b=abc; b=', 'X: z=b=abc; b='],
    ['X: B=abc', 'X: B=abc'],
  ]) {
    assert.equal(toByteString(withoutSignatureValue(parseField(toBytes(text!))).raw), expected);
  }
});

test('equal names are selected from the bottom, missing ones are empty', () => {
  const fields = parseFields('A: 1\r\nB: 1\r\nA: 2\r\nA: 3\r\n');
  const chosen = selectFields(fields, ['a', 'c', 'A', 'b', 'b', 'a', 'a']);
  assert.deepEqual(
    chosen.map((one) => toByteString(one.raw)),
    ['A: 3', 'A: 2', 'B: 1', 'A: 1'],
  );
});

test('SHA-256 equals the runtime’s, in any parts, also over the limit of what is held', async () => {
  const input = new Uint8Array(3_000_000).map((_, index) => (index * 31 + (index >> 8)) & 255);
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 1024 * 1024, 3_000_000]) {
    const bytes = input.subarray(0, length);
    const expected = createHash('sha256').update(bytes).digest('hex');
    for (const hasher of [new Sha256(), new WebHasher()]) {
      for (let at = 0, part = 1; at < length; at += part, part = part * 3 + 7) {
        hasher.update(bytes.subarray(at, Math.min(length, at + part)));
      }
      assert.equal(Buffer.from(await hasher.digest()).toString('hex'), expected, `${length}`);
    }
  }
});

test('the beginnings and both forms of a body have the hashes they have alone', async () => {
  const digest = (text: string) => createHash('sha256').update(fromByteString(text)).digest('base64');
  const piece = fc.constantFrom('a', 'bc ', ' ', '  ', '\t', '\r\n', '\n', '\r', ' \r\n', 'word word\r\n', '\r\n\r\n');
  const limit = fc.oneof(fc.nat(60), fc.constant(Number.POSITIVE_INFINITY));
  const wanted = fc.array(fc.tuple(fc.constantFrom<Canonicalization>('simple', 'relaxed'), limit), { minLength: 1 });
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
  await fc.assert(
    fc.asyncProperty(text, wanted, fc.integer({ min: 1, max: 50 }), async (text, wanted, cut) => {
      const hashes = new BodyHashes(() => new WebHasher());
      const taken = wanted.filter(([kind, limit]) => hashes.want(kind, limit));
      const parts = async function* () {
        for (let at = 0; at < text.length; at += cut) yield fromByteString(text.slice(at, at + cut));
      };
      await hashes.read(parts());
      for (const [kind, limit] of taken) {
        const alone = body(text, kind);
        const { digest: found, canonicalLength } = hashes.result(kind, limit)!;
        assert.deepEqual([toBase64(found), canonicalLength], [digest(alone.slice(0, limit)), alone.length]);
      }
      assert.equal(hashes.bytes, text.length);
    }),
    { numRuns: 3000, seed: 5 },
  );
});

test('no more than MAX_BODIES bodies are hashed, and earlier ones are kept', async () => {
  const hashes = new BodyHashes(() => new WebHasher());
  for (let i = 0; i < MAX_BODIES; i++) assert.ok(hashes.want(i % 2 === 0 ? 'simple' : 'relaxed', i));
  assert.ok(!hashes.want('simple'));
  assert.ok(hashes.want('simple', 0));
  await hashes.read(toBytes('ab  c\r\n'));
  assert.equal(hashes.result('simple'), undefined);
  assert.ok(hashes.result('relaxed', 1) !== undefined);
});

for (const [what, text, most] of [
  ['the same in both forms', 'no blanks to lose\r\n', 1],
  ['different from its first line on', 'two  blanks \r\n', 2],
] as const) {
  test(`a body ${what} is hashed ${most} times at the most`, async () => {
    let hashed = 0;
    const counting = (inner: Hasher): Hasher => ({
      update(bytes) {
        hashed += bytes.length;
        inner.update(bytes);
      },
      copy: () => counting(inner.copy()),
      digest: () => inner.digest(),
    });
    const bytes = toBytes(text.repeat(1000));
    const hashes = new BodyHashes(() => counting(new Sha256()));
    for (const limit of [10_000, 12_000, Number.POSITIVE_INFINITY]) hashes.want('simple', limit);
    for (const limit of [11_000, Number.POSITIVE_INFINITY]) hashes.want('relaxed', limit);
    await hashes.read(bytes);
    assert.ok(hashed <= most * bytes.length, `${hashed} bytes`);
  });
}

test('50 MB of blank lines are not held', async () => {
  let out = 0;
  const canonicalizer = new BodyCanonicalizer('simple', (bytes) => {
    out = Math.max(out, bytes.length);
  });
  const chunk = toBytes('\r\n'.repeat(50_000));
  for (let i = 0; i < 500; i++) canonicalizer.write(chunk);
  canonicalizer.write(toBytes('x'));
  canonicalizer.end();
  assert.ok(out <= 64 * 1024);
});

const require = createRequire(import.meta.url);
const { dkimBody } = require('mailauth/lib/dkim/body') as {
  dkimBody: (
    kind: string,
    algorithm: string,
    limit: number | false,
  ) => { update(b: Buffer): void; digest(f: string): string };
};
const { formatRelaxedLine } = require('mailauth/lib/tools') as {
  formatRelaxedLine: (line: Buffer, suffix?: string) => Buffer;
};

const bodies = fc
  .array(fc.constantFrom('a', 'bc', ' ', '  ', '\t', '\r\n', '\r\n', '\n', '.', 'é', 'x y', ' \r\n', '\r\n\r\n'), {
    maxLength: 40,
  })
  .map((parts) => toBytes(parts.join('')));

test('4000 generated bodies have the hashes that mailauth finds', async () => {
  await fc.assert(
    fc.asyncProperty(
      bodies,
      fc.constantFrom('simple' as const, 'relaxed' as const),
      fc.option(fc.nat(30), { nil: undefined }),
      async (bytes, kind, limit) => {
        const hashes = new BodyHashes(() => new Sha256());
        hashes.want(kind, limit);
        await hashes.read(bytes);
        const theirs = dkimBody(kind, 'sha256', limit ?? false);
        // Its parser makes bare LF to CRLF before the hash sees it.
        theirs.update(Buffer.from(toByteString(bytes).replace(/\r?\n/g, '\r\n'), 'latin1'));
        assert.equal(toBase64(hashes.result(kind, limit)!.digest), theirs.digest('base64'));
      },
    ),
    { numRuns: 4000, seed: 6376 },
  );
});

const values = fc
  .array(fc.constantFrom('a', 'B', ' ', '  ', '\t', '\r\n ', '\r\n\t', 'é', ':', ';', '=', '"q  q"'), { maxLength: 30 })
  .map((parts) => parts.join(''));

test('4000 generated header fields have the form that mailauth finds', () => {
  fc.assert(
    fc.property(fc.constantFrom('Subject', 'X-a', 'FROM', 'To ', 'b\t'), values, (name, value) => {
      const bytes = toBytes(`${name}:${value}`);
      const ours = toByteString(canonicalField(parseField(bytes), 'relaxed'));
      assert.equal(ours, formatRelaxedLine(Buffer.from(bytes)).toString('latin1'));
    }),
    { numRuns: 4000, seed: 6376 },
  );
});
