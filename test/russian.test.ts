// The words of the texts: Russian has the terms of shared/text/terms.ru.ts, English the words of docs/contributing/style.md.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TERMS_RU } from '../shared/text/terms.ru.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Files whose Russian texts still have such words; no file is added here. */
const NOT_YET: readonly string[] = [
  'README.ru.md',
  'shim/commands/test.ts',
  'shim/doctor/texts.session.ts',
  'shim/notify/explanations.ts',
  'shim/relay/findings/delivery.ts',
  'shim/setup/text.ts',
  'shim/setup/wish.ts',
  'shim/setup/zone.ts',
];
/** Words of other mail systems, which are recognised and never shown. */
const DATA = ['shared/reports/', 'shared/content/', 'shared/text/terms.ru.ts'];
/** Parts of pages that scripts/docs.ts generates from the texts in the source, and the quoted output of commands. */
const GENERATED = /<!-- ([\w-]+): begin -->[\s\S]*?<!-- \1: end -->|<!-- prints -->\n```[\s\S]*?```/g;

/** Words for programs and records that no English text has (docs/contributing/style.md). */
const NEVER_EN = /\b(?:told|stands|nobody|whoever|whom|mend(?:ed|s|ing)?|octets?|dearest|(?:speaks?|vouches) for)\b/i;

interface Text {
  file: string;
  text: string;
}

const sourceOf = (file: string) =>
  readFileSync(`${root}${file}`, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1');
const strings = (code: string) => code.match(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`[^`]*`/g) ?? [];

/** The strings of a source file. Of an expression within a template only its strings remain. */
function stringsOf(file: string): Text[] {
  let source = sourceOf(file);
  for (let before = ''; before !== source; ) {
    before = source;
    source = source.replace(/\$\{([^{}]*)\}/g, (_, code: string) =>
      strings(code)
        .map((text) => text.slice(1, -1))
        .join(' … '),
    );
  }
  return strings(source).map((text) => ({ file, text: text.slice(1, -1) }));
}

const filesOf = (...patterns: string[]) => globSync(patterns, { cwd: root }).sort();

/** Every line that has Russian text: of sources, and of pages outside their generated parts. */
function russianTexts(): Text[] {
  const sources = filesOf('shared/**/*.ts', 'worker/**/*.ts', 'shim/**/*.ts', 'scripts/**/*.ts')
    .filter((file) => !DATA.some((part) => file.startsWith(part)))
    .map((file) => [file, sourceOf(file)] as const);
  const pages = filesOf('*.ru.md', 'docs/**/*.ru.md').map(
    (file) => [file, readFileSync(`${root}${file}`, 'utf8').replace(GENERATED, '')] as const,
  );
  return [...sources, ...pages].flatMap(([file, text]) =>
    text
      .split('\n')
      .filter((line) => /[а-яё]/i.test(line))
      .map((line) => ({ file, text: line })),
  );
}

test('no Russian text has a word that shared/text/terms.ru.ts excludes', () => {
  const texts = russianTexts();
  assert.ok(texts.length > 1500, `only ${texts.length} texts were found`);
  const problems = texts
    .filter(({ file }) => !NOT_YET.includes(file))
    .flatMap(({ file, text }) =>
      TERMS_RU.flatMap(({ never, ru }) =>
        never.flatMap((pattern) => {
          const match = pattern.exec(text);
          return match === null ? [] : [`${file}: “${match[0]}” in “${text.trim()}”, expected: ${ru}`];
        }),
      ),
    );
  assert.deepEqual(problems, []);
});

test('no English text of a finding or of the Worker has a word that the style guide excludes', () => {
  const texts = filesOf(
    'shared/findings/*.ts',
    'shared/report/*.ts',
    'worker/**/*words*.ts',
    'worker/monitor/letter.ts',
  )
    .flatMap(stringsOf)
    // Ids and values are interfaces.
    .filter(({ text }) => text.includes(' '));
  const problems = texts.flatMap(({ file, text }) => {
    const match = NEVER_EN.exec(text);
    return match === null ? [] : [`${file}: “${match[0]}” in “${text}”`];
  });
  assert.deepEqual(problems, []);
});
