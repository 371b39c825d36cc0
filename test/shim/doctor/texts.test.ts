// What the doctor says: in both languages whole, and in docs/doctor.md as in the code. UPDATE_DOCS=1 writes it anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Words } from '../../../shim/doctor/text.ts';
import { type LinkId, texts } from '../../../shim/doctor/texts.ts';

const ids = Object.keys(texts) as LinkId[];
const wordsOf = (id: LinkId, lang: 'en' | 'ru'): Words =>
  (texts[id][lang] as (args: unknown) => Words)(texts[id].example);

test('everything is said in both languages, and what has a remedy in one has it in the other', () => {
  for (const id of ids) {
    const [english, russian] = [wordsOf(id, 'en'), wordsOf(id, 'ru')];
    assert.match(english.says, /[a-z]{2}/, id);
    assert.equal(english.remedy === undefined, russian.remedy === undefined, id);
    assert.doesNotMatch(`${english.says}${russian.says}`, /undefined|\[object|NaN/, id);
  }
});

// Names, values and commands are the same everywhere; the words between them are not.
const ENGLISH = /\b(the|is|are|not|cannot|and|or|of|with|for|here|there|by|who|its|has|does|in|on|to)\b/i;

test('no English stands within a Russian text', () => {
  for (const id of ids) {
    const { says, remedy = '' } = wordsOf(id, 'ru');
    const { example } = texts[id] as { example: Record<string, unknown> };
    let text = `${says} ${remedy}`;
    // What the relay said, options, directives and commands.
    for (const value of Object.values(example)) text = text.replaceAll(String(value), ' ');
    text = text
      .replace(/--\S+|\b(auth|preflight|tls|tls_certcheck|tls_starttls) (off|on)\b|set-ntp true|“?«?DNS only/g, ' ')
      .replace(/-d \S+|resolvectl status|certbot certonly --standalone/g, ' ');
    assert.doesNotMatch(text, ENGLISH, `${id}: ${says}; ${remedy}`);
    if (id !== 'dns.good') assert.match(text, /[а-яё]/i, id);
  }
});

const file = fileURLToPath(new URL('../../../docs/doctor.md', import.meta.url));
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const table = [
  '| Id | Such as | What to do |',
  '|---|---|---|',
  ...ids.map((id) => {
    const { says, remedy = '' } = wordsOf(id, 'en');
    return `| \`${id}\` | ${cell(says)} | ${cell(remedy)} |`;
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
