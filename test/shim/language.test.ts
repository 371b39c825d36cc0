// Texts in two languages: English is complete, what is not translated is shown in English and listed here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXTS } from '../../shim/commands/test.ts';
import { inLanguage, translated, untranslated } from '../../shim/language.ts';
import { STEPS } from '../../shim/setup/files.ts';
import { EXPECTED, QUESTIONS } from '../../shim/setup/options.ts';
import { PROMPTS } from '../../shim/setup/prompt.ts';
import { REPORT } from '../../shim/setup/report.ts';
import '../support/hermetic.ts';

test('an entry that is not translated is shown in English', () => {
  const texts = translated({ en: { one: 'one', two: 'two' }, ru: { one: 'один' } });
  assert.deepEqual(inLanguage(texts, 'ru'), { one: 'один', two: 'two' });
  assert.deepEqual(untranslated(texts), ['two']);
});

test('every entry is translated, but for those that are listed', () => {
  const missing = Object.entries({ EXPECTED, PROMPTS, QUESTIONS, REPORT, STEPS, TEXTS }).flatMap(([name, texts]) =>
    untranslated<object>(texts).map((entry) => `${name}.${entry}`),
  );
  assert.deepEqual(missing, []);
});
