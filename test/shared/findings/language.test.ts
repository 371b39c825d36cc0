// Translations of findings: English is required, every other language falls back to it and is listed here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalog } from '../../../shared/findings/catalog.ts';
import { define } from '../../../shared/findings/define.ts';
import { missingTranslations, phrase, translation } from '../../../shared/text/language.ts';

/** Findings without a translation, as "id language". A contributor who adds a finding without one adds its id here. */
const UNTRANSLATED: readonly string[] = [];

test('a finding without a translation has its English text', () => {
  const definition = define<{ domain: string }>({
    area: 'dns',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 1035',
    en: ({ domain }) => ({ title: 'Title', detail: domain }),
  });
  assert.deepEqual(missingTranslations(definition), ['ru']);
  assert.deepEqual(translation(definition, 'ru')({ domain: 'shop.example' }), {
    title: 'Title',
    detail: 'shop.example',
  });
});

test('every finding is translated, except those that are listed', () => {
  const missing = Object.entries(catalog).flatMap(([id, definition]) =>
    missingTranslations(definition).map((language) => `${id} ${language}`),
  );
  assert.deepEqual(missing, UNTRANSLATED);
});

test('a phrase without a translation is English, one without an entry its id', () => {
  const phrases = { en: { known: 'known', other: 'other' }, ru: { known: 'известно' } };
  assert.deepEqual(
    ['known', 'other', 'new-id'].map((id) => phrase(phrases, 'ru', id)),
    ['известно', 'other', 'new-id'],
  );
});
