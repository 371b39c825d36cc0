// The score: deductions once per root cause, caps, unknowns as a band.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalog, finding, textOf } from '../../../shared/findings/catalog.ts';
import { deductions, type ScoredPart, score } from '../../../shared/findings/score.ts';

const parts: ScoredPart[] = [
  { part: 'spf-record', weight: 2, known: true },
  { part: 'ptr', weight: 2, known: true },
];
const misaligned = finding('alignment.none', {
  headerFrom: 'shop.example',
  spf: 'fail shop.example',
  record: '',
  dkim: [],
});

test('without findings the score is ten, with no range', () => {
  assert.deepEqual(score([], parts), { value: 10, low: 10, coverage: 1, refused: false });
});

test('what could not be checked takes off nothing and widens the band', () => {
  const some: ScoredPart[] = [parts[0]!, { part: 'ptr', weight: 2, known: false }];
  assert.deepEqual(score([], some), { value: 10, low: 8, coverage: 0.5, refused: false });
});

test('with no part at all the coverage is zero, not undefined', () => {
  assert.equal(score([], []).coverage, 0);
});

test('a cap holds the score, and a class A finding marks it', () => {
  assert.deepEqual(score([misaligned], parts), { value: 3, low: 3, coverage: 1, refused: true });
});

test('the score does not fall below zero', () => {
  const gone = finding('check.no-such-domain', { domain: 'missing.example' });
  assert.deepEqual(score([gone, misaligned], parts), { value: 0, low: 0, coverage: 1, refused: true });
});

test('of the findings of one root the heaviest counts; a covering finding contains its roots', () => {
  const gone = finding('check.no-such-domain', { domain: 'missing.example' });
  assert.deepEqual(deductions([misaligned, misaligned]), [4, 4]);
  assert.deepEqual(deductions([gone, misaligned]), [10, 4]);
});

test('only findings of the classes A to C have points, and only findings with points have a cap', () => {
  for (const [id, definition] of Object.entries(catalog)) {
    assert.ok(definition.points >= 0 && definition.points <= 10, id);
    const costs = definition.points > 0;
    assert.equal(costs && definition.class === 'D', false, `${id}: good practice must not have points`);
    assert.equal(!costs && (definition as { cap?: number }).cap !== undefined, false, `${id}: a cap without points`);
    assert.equal(
      costs && ['info', 'unknown', 'notice'].includes(definition.severity),
      false,
      `${id}: advice must not have points`,
    );
    assert.notEqual(definition.source, '', id);
  }
});

test('texts differ between the languages and keep their arguments', () => {
  const [english, russian] = [textOf(misaligned, 'en'), textOf(misaligned, 'ru')];
  assert.match(english.detail, /shop\.example.*fail.*DKIM/);
  assert.match(russian.detail, /shop\.example.*fail.*DKIM/);
  assert.match(russian.title, /[а-я]/i);
  assert.doesNotMatch(english.title, /[а-я]/i);
});
