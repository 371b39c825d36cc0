// Real bounces, reports and automatic replies: each is read, none counts as bulk mail or as a fake reply.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkMessage } from '../../../shared/check/message.ts';
import type { FindingId } from '../../../shared/findings/catalog.ts';
import { zoneResolver } from '../../support/zone.ts';

const REPORTS = fileURLToPath(new URL('../../../../shared/conformance/reports', import.meta.url));
const skip = existsSync(REPORTS) ? false : 'the real reports are not beside the repository';
/** What says of a report that it is advertising, a forgery of an answer, or a fault of the program that saved it. */
const NEVER: readonly RegExp[] = [
  /^content\.(?:unsubscribe-(?!in-text)|forms-differ|hidden-text)/,
  /^message\.(?:fake-reply|not-a-field|subject-shouts|from-free-mailbox|reply-to-free-mailbox)/,
];
/** Findings that are right about single files, by the text of each. */
const THERE: Record<string, FindingId[]> = {
  'bounces/lhost-sendgrid-02.eml': ['content.broken-mime'],
  'bounces/rhost-google-02.eml': ['content.broken-mime'],
  'bounces/rfc3464-34.eml': ['message.bad-date'],
  'bounces/lhost-sendmail-10.eml': ['message.bad-from'],
};
const now = new Date('2026-11-30T00:00:00Z');
const context = { resolver: zoneResolver({}), now, clock: () => 0 };

test('real bounces, reports and answers of programs', { skip }, async (t) => {
  const files = globSync('**/*.eml', { cwd: REPORTS }).sort();
  assert.ok(files.length > 100, String(files.length));
  const found = new Map<string, string[]>();
  for (const file of files) {
    const { findings, score, facts } = await checkMessage({ raw: readFileSync(join(REPORTS, file)) }, context);
    const ids = findings.map(({ id }) => id);
    found.set(file, ids);
    assert.ok(score.value >= 0 && score.value <= 10, file);
    assert.deepEqual(JSON.parse(JSON.stringify(facts)), facts, file);
    assert.deepEqual(
      ids.filter((id) => NEVER.some((kind) => kind.test(id))),
      [],
      file,
    );
    if (/^bounces\/rfc(?:3464|3834)/.test(file)) assert.notEqual(facts.message.content?.automatic, null, file);
  }
  for (const [file, ids] of Object.entries(THERE)) {
    for (const id of ids) assert.ok(found.get(file)?.includes(id), `${file}: ${id}`);
  }
  t.diagnostic(`${files.length} files`);
});
