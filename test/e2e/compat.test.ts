// docs/compatibility.md tells the truth: every case run again, every cell compared.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cases } from './compat/cases.ts';
import { observeAll } from './compat/observe.ts';
import { reasons } from './compat/reasons.ts';
import { COLUMNS, readDocument, same } from './compat/table.ts';

const documented = readDocument(readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8'));
const rows = await observeAll(cases);

test('the document has a row for each of at least 120 cases', () => {
  assert.ok(cases.length >= 120);
  assert.deepEqual(
    [...documented.keys()],
    [...cases.keys()].map((at) => at + 1),
  );
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length, 'two cases have one name');
});

for (const column of COLUMNS) {
  const absent = rows[0]![column] === undefined && `${column} did not run: apt-get install postfix msmtp, as root`;
  test(`${column} does what the document says`, { skip: absent }, async (t) => {
    for (const [at, { name }] of cases.entries()) {
      await t.test(`${at + 1}: ${name}`, () => assert.equal(rows[at]![column], documented.get(at + 1)?.[column]));
    }
  });
}

test('each difference has its reason, and nothing else has one', () => {
  const differing = cases.filter((_, at) => !same(documented.get(at + 1)!)).map(({ name }) => name);
  assert.deepEqual(Object.keys(reasons).sort(), differing.sort());
});
