// What the doctor says: in both languages whole, and in docs/doctor.md as in the code. UPDATE_DOCS=1 writes it anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { explain, rows } from '../../../shim/doctor/catalogue.ts';
import { define, explained } from '../../../shim/doctor/result.ts';
import '../../support/hermetic.ts';

const ids = Object.keys(rows);
const textOf = (id: string, lang: 'en' | 'ru') => explain({ id, level: 'ok', args: rows[id]!.example }, lang);
/** Ids that are shown in English until somebody translates them. */
const UNTRANSLATED: readonly string[] = [];

test('every id is translated, but for those that are listed', () => {
  assert.deepEqual(
    ids.filter((id) => rows[id]!.ru === undefined),
    UNTRANSLATED,
  );
});

test('a text that is not translated is shown in English', () => {
  const row = define({ name: 'x' }, ['the name is {name}']);
  assert.deepEqual(explained(row, { name: 'y' }, 'ru'), { text: 'the name is y' });
});

test('what has a remedy in one language has it in the other', () => {
  for (const id of ids) {
    const [english, russian] = [textOf(id, 'en'), textOf(id, 'ru')];
    assert.match(english.text, /[a-z]{2}/, id);
    assert.equal(english.remedy === undefined, russian.remedy === undefined, id);
    assert.doesNotMatch(`${english.text}${russian.text}`, /undefined|\[object|NaN/, id);
  }
});

/** Word-for-word translations, in place of the terms that administrators use. */
const NOT_RUSSIAN = /звено|ручается|узна[её]т|велит|принес[её]т|скажет|сервер[а-я]* имён|мастерить/;

test('Russian texts have the terms of administrators', () => {
  for (const id of ids) {
    const { text, remedy = '' } = textOf(id, 'ru');
    assert.doesNotMatch(`${text} ${remedy}`, NOT_RUSSIAN, id);
  }
});

// Names, values and commands are the same everywhere; the words between them are not.
const ENGLISH = /\b(the|is|are|not|cannot|and|or|of|with|for|here|there|by|who|its|has|does|in|on|to)\b/i;

test('a Russian text has no English words', () => {
  for (const id of ids) {
    const { text: found, remedy = '' } = textOf(id, 'ru');
    let text = `${found} ${remedy}`;
    // What the relay said, options, directives and commands.
    for (const value of Object.values(rows[id]!.example)) text = text.replaceAll(String(value), ' ');
    text = text
      .replace(/--\S+|\b(auth|preflight|tls|tls_certcheck|tls_starttls) (off|on)\b|set-ntp true|“?«?DNS only/g, ' ')
      .replace(/-d \S+|resolvectl status|certbot certonly --standalone/g, ' ');
    assert.doesNotMatch(text, ENGLISH, `${id}: ${found}; ${remedy}`);
    if (id !== 'dns.good') assert.match(text, /[а-яё]/i, id);
  }
});

const file = fileURLToPath(new URL('../../../docs/doctor.md', import.meta.url));
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const table = [
  '| Id | Such as | What to do |',
  '|---|---|---|',
  ...ids.map((id) => {
    const { text, remedy = '' } = textOf(id, 'en');
    return `| \`${id}\` | ${cell(text)} | ${cell(remedy)} |`;
  }),
].join('\n');

test('docs/doctor.md has every id with its remedy', () => {
  const marks = /(<!-- ids: begin -->\n)([\s\S]*?)\n?(<!-- ids: end -->)/;
  if (process.env.UPDATE_DOCS === '1') {
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(marks, (_, begin: string, _old: string, end: string) => `${begin}${table}\n${end}`),
    );
  }
  assert.equal(marks.exec(readFileSync(file, 'utf8'))?.[2], table);
});
