// What the docs say of findings, messages and links of the doctor is what the code has. UPDATE_DOCS=1 writes it anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blocksOf, CHAPTERS, GENERATED, shimMessages, withBlocks } from '../../scripts/docs/blocks.ts';
import { messagesIn } from '../../scripts/docs/messages.ts';
import { covers } from '../../scripts/docs/troubles.ts';
import { catalog } from '../../shared/findings/catalog.ts';
import { score } from '../../shared/findings/score.ts';
import { catalogue as messageCatalogue } from '../../shim/messages/catalogue.ts';
import '../support/hermetic.ts';

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

for (const file of GENERATED)
  test(`${file} says what the code says (UPDATE_DOCS=1 writes it)`, () => {
    const before = readFileSync(pathOf(file), 'utf8');
    const text = withBlocks(file, before);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(pathOf(file), text);
    else assert.ok(before === text, `${file} is older than the code: node scripts/docs.ts`);
  });

test('no text of the docs has an argument that went wrong', () => {
  for (const file of GENERATED)
    for (const block of Object.values(blocksOf(file)))
      assert.doesNotMatch(block, /undefined|NaN|\[object|\bfunction\b/, file);
});

test('every finding has its entry in both languages', () => {
  for (const file of ['docs/troubleshooting.md', 'docs/troubleshooting.ru.md']) {
    const { findings } = blocksOf(file);
    for (const id of Object.keys(catalog))
      assert.ok(findings!.includes(`#### ${id}\n`) || findings!.includes(`| \`${id}\` |`), `${file}: ${id}`);
  }
});

test('every message of the shim has a row that says what to do, and every row a message', () => {
  const messages = shimMessages();
  // What the catalogue does not have yet is read out of the source.
  const all = messages.length + Object.keys(messageCatalogue).length;
  assert.ok(all > 250, `only ${all} messages were found`);
  const patterns = CHAPTERS.flatMap(({ troubles }) => troubles.flatMap((each) => each.messages));
  const without = messages.filter(({ text }) => !patterns.some((pattern) => covers(pattern, text)));
  assert.deepEqual(
    without.map(({ where, text }) => `shim/${where}: ${text}`),
    [],
    'messages without a row in scripts/docs/troubles.*.ts',
  );
  const stale = patterns.filter((pattern) => !messages.some(({ text }) => covers(pattern, text)));
  assert.deepEqual(stale, [], 'rows of scripts/docs/troubles.*.ts whose message is no longer in the source');
});

test('every message of the catalogue has one row that says what to do', () => {
  const rows = CHAPTERS.flatMap(({ troubles }) => troubles.flatMap(({ ids }) => ids));
  assert.deepEqual([...rows].sort(), Object.keys(messageCatalogue).sort());
});

test('messages are read out of the source as they are written there', () => {
  // “#{” stands for “${”, which a linter takes for a slip.
  const source = [
    "throw new ExitError(EX.USAGE, `option #{name}: #{JSON.stringify({ a: '}' })} is no #{kind === 'x' ? 'port' : `host #{n}`}`);",
    "if (/[)'`]/.test(word)) return failure('deferred', EX.IOERR, error.message ?? 'it closed the connection');",
    "return { problem: 'write on or off' };",
    "complaints.push(cond ? `a line\\nof #{two}` : 'something else');",
    '/** usage(message) is not one. */',
  ]
    .join('\n')
    .replaceAll('#{', '\u0024{');
  assert.deepEqual(messagesIn('a.ts', source), [
    { where: 'a.ts:1', text: 'option …: … is no port', code: 'USAGE' },
    { where: 'a.ts:1', text: 'option …: … is no host …', code: 'USAGE' },
    { where: 'a.ts:3', text: 'write on or off' },
    { where: 'a.ts:4', text: 'a line\nof …' },
    { where: 'a.ts:4', text: 'something else' },
  ]);
});

test('the example of docs/score.md adds up', () => {
  const found = (id: string) => ({ id, args: {} }) as never;
  const value = (...ids: string[]) => score(ids.map(found), []).value;
  assert.equal(value('spf.softfail', 'dmarc.none', 'ptr.none'), 5);
  assert.equal(value('spf.softfail', 'dmarc.none'), 7.5);
  assert.equal(value('dmarc.none'), 8.5);
  assert.equal(value('spf.none', 'spf.fail'), 8);
});
