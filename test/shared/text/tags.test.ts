// Tag lists (RFC 6376 section 3.2): valid tags are read, faults are listed with their offsets, in linear time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTags } from '../../../shared/text/tags.ts';

const valuesOf = (text: string) => Object.fromEntries(parseTags(text).values);
const problemsOf = (text: string) => parseTags(text).problems.map(({ kind, tag, at }) => `${kind} ${tag}@${at}`);

test('blanks and folds around names and values do not count, inside values they stay', () => {
  assert.deepEqual(valuesOf(' v = DKIM1 ;\r\n\tp= ab c ; n='), { v: 'DKIM1', p: 'ab c', n: '' });
});

test('one semicolon at the end is right, an empty tag is not', () => {
  assert.deepEqual(problemsOf('v=1;'), []);
  assert.deepEqual(problemsOf('v=1;;p=2'), ['empty @4']);
  assert.deepEqual(problemsOf('v=1; ; '), ['empty @5']);
  assert.deepEqual(problemsOf(''), []);
});

test('names are case-sensitive, and the first of a duplicated tag is kept', () => {
  assert.deepEqual(valuesOf('a=1;A=2;a=3'), { a: '1', A: '2' });
  assert.deepEqual(problemsOf('a=1;A=2;a=3'), ['duplicate a@8']);
});

test('a part that is not a tag is listed with its offset', () => {
  assert.deepEqual(problemsOf('v=1; oops; 9x=2; w=\xff'), ['no-equals oops@5', 'bad-name 9x@11', 'bad-value w@17']);
});

test('tag names are not properties of objects', () => {
  assert.equal(parseTags('__proto__=1; constructor=2').values.get('constructor'), '2');
  assert.equal(parseTags('v=1').values.get('toString'), undefined);
});

test('a long run of blanks costs time in proportion', () => {
  // Quadratic reading of this would take minutes and time the run out.
  const text = `v=1; p=${' '.repeat(2_000_000)}x${' '.repeat(2_000_000)}; q=2`;
  assert.equal(valuesOf(text).q, '2');
});

test('any text is read without a throw, and every offset lies inside it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const { tags, problems } = parseTags(text);
      for (const { at } of [...tags, ...problems]) assert.ok(at >= 0 && at <= text.length);
    }),
    { seed: 2, numRuns: 2000 },
  );
});
