// Findings of SPF: no text mentions a record that is not there, or a fact that was not found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionOf, type Finding, finding, textOf } from '../../../shared/findings/catalog.ts';
import { spfInspectionFindings, spfOutcomeFindings, withoutAllClear } from '../../../shared/findings/spf.rules.ts';
import { checkHost } from '../../../shared/spf/check-host.ts';
import { inspectSpf } from '../../../shared/spf/inspect.ts';
import { proposedSpf } from '../../../shared/spf/propose.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const DOMAIN = 'shop.example';
const IP = '203.0.113.25';
const domain = DOMAIN;

const withoutRecord: Finding[] = [
  finding('spf.unrecognised', { domain, text: 'spf1 mx', record: '' }),
  finding('spf.misplaced', { domain, wrong: `spf.${domain}`, record: '' }),
  ...['lookups', 'voids', 'everyone', 'nobody', 'unclear', 'large'].map((why) =>
    finding('spf.several', { domain, count: 2, why, lookups: 12, without: [], record: '' }),
  ),
  finding('spf.syntax', { domain, term: 'foo', at: 7, problem: 'unknown-mechanism', record: '' }),
  finding('spf.fail', { domain, ip: IP, term: '-all', record: '' }),
  finding('spf.softfail', { domain, ip: IP, term: '~all', record: '' }),
  finding('spf.neutral', { domain, ip: IP, term: '', record: '' }),
  finding('spf.broken-include', {
    domain,
    term: 'include:a.example',
    target: 'a.example',
    problem: 'none',
    own: true,
    instead: '',
    record: '',
  }),
  finding('spf.permerror', { domain, term: 'mx', ip: IP, problem: 'mx-exceeded', name: domain, record: '' }),
  finding('spf.void-lookups', { domain, voids: 3, limit: 2, term: 'a:a.example', record: '' }),
  finding('spf.plus-all', { domain, term: '+all', name: domain, record: '' }),
  finding('spf.open-end', { domain, record: '' }),
  finding('spf.idle-terms', { domain, terms: ['mx'], behindAll: ['mx'], duplicates: [], unknown: [], record: '' }),
  finding('spf.mistyped-terms', { domain, terms: ['include=a.example'], record: '' }),
  finding('spf.joined-strings', { domain, joined: 'mxa', record: '' }),
  finding('spf.redirect-ignored', { domain, term: 'redirect=a.example', record: '' }),
  finding('spf.provider-ignored', { domain, term: 'include:_spf.google.com', record: '' }),
  finding('spf.dead-term', { domain, term: 'a:a.example', target: 'a.example', hasAddress: false, record: '' }),
];
for (const found of withoutRecord) {
  const why = (found.args as { why?: string }).why;
  test(`${found.id}${why === undefined ? '' : ` (${why})`} without a record has a fix in words`, () => {
    for (const language of ['en', 'ru'] as const) {
      const { record, fix } = textOf(found, language);
      assert.equal(record, undefined);
      assert.ok(
        fix !== undefined &&
          !/\bthis (?:one|record)\b|\bas here\b|\bone, |эту(?: запись)?[,.]|на эту|как здесь/i.test(fix),
        fix,
      );
    }
  });
}

/** What a check of the domain finds and proposes, for one sending address. */
async function check(zone: Zone) {
  const resolver = zoneResolver(zone);
  const inspection = await inspectSpf(DOMAIN, resolver);
  const outcome = await checkHost({ ip: IP, helo: 'out.example', mailFrom: `a@${DOMAIN}` }, resolver);
  const unauthorised = outcome.result === 'pass' ? [] : [IP];
  const findings = withoutAllClear([
    ...spfInspectionFindings(inspection, [IP], [], unauthorised),
    ...spfOutcomeFindings(outcome, unauthorised, proposedSpf(inspection, [IP], unauthorised)),
  ]);
  const points = findings.filter((found) => definitionOf(found).points > 0).map(({ id }) => id);
  return { ids: findings.map(({ id }) => id), points, findings };
}
const records = (findings: readonly Finding[]) => [
  ...new Set(findings.flatMap((one) => textOf(one, 'en').record?.value ?? [])),
];

const YANDEX: Zone = { '_spf.provider.example': { TXT: ['v=spf1 ip4:198.51.100.0/24 -all'] } };
const cases: [what: string, texts: string[], more: Zone, ids: string[], record?: string][] = [
  ['a record in order', [`v=spf1 ip4:${IP} include:_spf.provider.example -all`], YANDEX, ['spf.ok', 'spf.pass']],
  [
    'a redirect in front of all',
    [`v=spf1 ip4:${IP} redirect=_spf.provider.example ~all`],
    YANDEX,
    ['spf.redirect-ignored', 'spf.pass'],
    `v=spf1 ip4:${IP} include:_spf.provider.example ~all`,
  ],
  [
    'a redirect behind all',
    [`v=spf1 ip4:${IP} -all redirect=_spf.provider.example`],
    YANDEX,
    ['spf.redirect-ignored', 'spf.pass'],
    `v=spf1 ip4:${IP} include:_spf.provider.example -all`,
  ],
  ['two records, one of which lets everyone send', ['v=spf1 +all', 'v=spf1 -all'], {}, ['spf.several']],
  [
    'a term that leads nowhere, and an address that may not send',
    ['v=spf1 mx:mail.shop.example ~all'],
    { 'mail.shop.example': { A: ['192.0.2.1'] } },
    ['spf.ok', 'spf.dead-term', 'spf.softfail'],
    `v=spf1 ip4:${IP} a:mail.shop.example ~all`,
  ],
  [
    'a macro that makes the include one without a record',
    ['v=spf1 include:%{i}.p.example -all'],
    {},
    ['spf.permerror'],
    `v=spf1 ip4:${IP} include:%{i}.p.example -all`,
  ],
  [
    'quotation marks in two terms',
    ['v=spf1 "ip4:192.0.2.1" "~all"'],
    {},
    ['spf.syntax'],
    `v=spf1 ip4:192.0.2.1 ip4:${IP} ~all`,
  ],
  ['quotation marks around the record', [`"v=spf1 ip4:${IP} ~all"`], {}, ['spf.unrecognised'], `v=spf1 ip4:${IP} ~all`],
  [
    'a refusal of the address by name',
    [`v=spf1 -ip4:${IP} include:_spf.provider.example ~all`],
    YANDEX,
    ['spf.ok', 'spf.fail'],
    `v=spf1 ip4:${IP} include:_spf.provider.example ~all`,
  ],
  [
    'terms that differ in case',
    ['v=spf1 A:a.example a:A.EXAMPLE ip4:203.0.113.25 -all'],
    { 'a.example': { A: ['192.0.2.1'] } },
    ['spf.ok', 'spf.idle-terms', 'spf.pass'],
    'v=spf1 A:a.example ip4:203.0.113.25 -all',
  ],
];
for (const [what, texts, more, ids, record] of cases) {
  test(`${what}: ${ids.join(', ')}`, async () => {
    const found = await check({ ...more, [DOMAIN]: { TXT: texts } });
    assert.deepEqual(found.ids, ids);
    assert.deepEqual(records(found.findings), record === undefined ? [] : [record]);
  });
}

test('an ignored redirect takes off as many points as a missing SPF record', async () => {
  const { points } = await check({ ...YANDEX, [DOMAIN]: { TXT: ['v=spf1 redirect=_spf.provider.example -all'] } });
  assert.deepEqual(points, ['spf.redirect-ignored', 'spf.fail']);
  assert.equal(definitionOf(finding('spf.redirect-ignored', { domain, term: '', record: '' })).points, 2);
});
