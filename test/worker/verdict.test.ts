// The headline follows the findings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Finding, finding } from '../../shared/findings/catalog.ts';
import { badgeOf } from '../../worker/view/badge.answer.ts';
import { toneOf, verdictOf } from '../../worker/view/verdict.ts';

const domain = 'shop.example';
const pass = finding('spf.pass', { domain, ip: '203.0.113.25', term: 'mx', lookups: 1 });
const bare = (id: Finding['id']) => ({ id, args: { domain } }) as unknown as Finding;
const known = { low: 8, coverage: 1, refused: true };

for (const [title, score, findings, verdict, colour] of [
  ['SPF passes, a signature is missing', { ...known, value: 8 }, [pass, bare('dkim.absent')], 'mostly', 'yellowgreen'],
  ['SPF fails as well', { ...known, value: 6 }, [bare('spf.fail'), bare('dkim.absent')], 'refused', 'orange'],
  ['SPF passes, but for another', { ...known, value: 6 }, [pass, bare('alignment.none')], 'refused', 'orange'],
  ['no PTR record', { ...known, value: 5 }, [pass, bare('ptr.none')], 'refused', 'orange'],
  [
    'two SPF records and no key, little else known',
    { ...known, coverage: 0.3, value: 3 },
    [bare('spf.several'), bare('dkim.absent')],
    'poor',
    'red',
  ],
  ['little known', { ...known, coverage: 0.3, value: 8, refused: false }, [], 'unknown', 'grey'],
] as const) {
  test(title, () => {
    const report = { score, findings: [...findings] };
    assert.equal(verdictOf(report), verdict);
    assert.equal(badgeOf(report).colour, colour);
    assert.notEqual(toneOf(report), 'good');
  });
}
