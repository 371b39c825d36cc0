// The cases of docs/compatibility.md once more, behind the launcher: nearly all are the daemon's, and each has the cell of mailshim.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { noLauncher } from '../support/launched.ts';
import { cases } from './compat/cases.ts';
import { startLaunched } from './compat/programs.ts';
import { cell, readDocument } from './compat/table.ts';

/** No argument, another mode than submitting a mail, options that the launcher does not know, and what is too large for it. */
const FOR_PROGRAM = [
  'no recipient',
  'unknown long flag',
  'unknown mode',
  'alias database',
  'alias database, -I',
  'empty queue',
  'run the queue',
  'run the queue at times',
  'SMTP: no mail',
  'SMTP: one mail',
  'SMTP: RSET',
  'SMTP: RCPT before MAIL',
  'SMTP: unknown command',
  'SMTP: input ends at once',
  '800 000 octets',
];

const documented = readDocument(readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8'));
const skip = noLauncher || (process.getuid?.() !== 0 && 'the caller is another user than the daemon, which takes root');

test('mailshim behind the launcher does what the document says of mailshim', { skip }, async (t) => {
  const launched = await startLaunched();
  const left: string[] = [];
  try {
    for (const [at, entry] of cases.entries()) {
      const before = launched.fallbacks();
      const observed = cell(entry, await launched.observe(entry));
      if (launched.fallbacks() > before) left.push(entry.name);
      await t.test(`${at + 1}: ${entry.name}`, () => assert.equal(observed, documented.get(at + 1)?.mailshim));
    }
  } finally {
    await launched.stop();
  }
  t.diagnostic(`${cases.length - left.length} of ${cases.length} by the daemon`);
  assert.deepEqual(left, FOR_PROGRAM);
});
