// The record that is proposed: published in place of the domain's own, it has to settle what was found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { definitionOf, textOf } from '../../../shared/findings/catalog.ts';
import { spfInspectionFindings, spfOutcomeFindings } from '../../../shared/findings/spf.rules.ts';
import { toByteString, toBytes } from '../../../shared/message/bytes.ts';
import { checkHost } from '../../../shared/spf/check-host.ts';
import { inspectSpf } from '../../../shared/spf/inspect.ts';
import { joinedTerm, withMissingBlanks } from '../../../shared/spf/lint.ts';
import { proposedSpf } from '../../../shared/spf/propose.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const DOMAIN = 'shop.example';
const IP = '203.0.113.25';

/** What a check of the domain finds and proposes, for one sending address. */
async function check(strings: readonly string[]) {
  const zone: Zone = {
    [DOMAIN]: { TXT: [strings], A: ['192.0.2.1'], MX: ['10 mx.shop.example'] },
    'mx.shop.example': { A: ['192.0.2.2'] },
    'a.example': { TXT: ['v=spf1 ip4:192.0.2.7 ~all'], A: ['192.0.2.7'] },
    'open.example': { TXT: ['v=spf1 +all'] },
    'loop.example': { TXT: [`v=spf1 include:${DOMAIN} -all`] },
  };
  const resolver = zoneResolver(zone);
  const inspection = await inspectSpf(DOMAIN, resolver);
  const outcome = await checkHost({ ip: IP, helo: 'out.example', mailFrom: `a@${DOMAIN}` }, resolver);
  const unauthorised = outcome.result === 'pass' ? [] : [IP];
  const proposed = proposedSpf(inspection, [IP], unauthorised);
  const findings = [
    ...spfInspectionFindings(inspection, [IP], ['mail.shop.example'], unauthorised),
    ...spfOutcomeFindings(outcome, unauthorised, proposed),
  ];
  const records = new Set(findings.map((found) => textOf(found, 'en').record?.value).filter((it) => it !== undefined));
  const faults = findings.filter((found) => definitionOf(found).points > 0).map(({ id }) => id);
  return { inspection, outcome, proposed, records: [...records], faults };
}

const mended: [strings: string[], proposed: string][] = [
  [['v=spf1 mx foo=bar ?all'], `v=spf1 ip4:${IP} mx ~all`],
  [
    ['v=spf1 mx ?all a redirect=a.example exp=why.example'],
    `v=spf1 ip4:${IP} mx include:a.example ~all exp=why.example`,
  ],
  [['v=spf1 mx'], `v=spf1 ip4:${IP} mx ~all`],
  [['v=spf1 mx mx ~all a'], `v=spf1 ip4:${IP} mx ~all`],
  [['v=spf1 ip4=192.0.2.9 -all'], `v=spf1 ip4:192.0.2.9 ip4:${IP} -all`],
  [['v=spf1 include:a.example', '-all'], `v=spf1 ip4:${IP} include:a.example -all`],
  [['v=spf1 include:a.example', 'include:a.example ', 'mx -all'], `v=spf1 ip4:${IP} include:a.example mx -all`],
  [['v=spf1 include:https://a.example/spf ~all'], `v=spf1 ip4:${IP} include:a.example ~all`],
  [[`v=spf1 include:${DOMAIN} mx -all`], `v=spf1 ip4:${IP} mx -all`],
  [[`v=spf1 redirect=${DOMAIN}`], `v=spf1 ip4:${IP} ~all`],
  [['v=spf1 include:gone.example mx -all'], `v=spf1 ip4:${IP} mx -all`],
  [['v=spf1 mx +all'], `v=spf1 ip4:${IP} mx ~all`],
  [['v=spf1 redirect=open.example'], `v=spf1 ip4:${IP} ~all`],
  [['v=spf1 a:x.example a:y.example mx:z.example mx -all'], `v=spf1 ip4:${IP} mx -all`],
];
for (const [strings, proposed] of mended) {
  test(`${JSON.stringify(strings)} becomes ${proposed}, in every finding, and nothing is left to find`, async () => {
    const before = await check(strings);
    assert.ok(before.faults.length > 0);
    assert.deepEqual([before.proposed, before.records], [proposed, [proposed]]);
    const after = await check([proposed]);
    assert.deepEqual([after.outcome.result, after.faults, after.records], ['pass', [], []]);
  });
}

test('a record in order for an address that it lets send gets none proposed in its place', async () => {
  const { proposed, records, faults } = await check([`v=spf1 ip4:${IP} mx include:a.example -all`]);
  assert.deepEqual([proposed, records, faults], [`v=spf1 ip4:${IP} mx include:a.example -all`, [], []]);
});

test('nothing is proposed where no single valid record is there, or taking terms out would leave none', async () => {
  assert.equal((await check(['v=spf1 foo -all'])).proposed, '');
  const inspection = await inspectSpf(DOMAIN, zoneResolver({ [DOMAIN]: { TXT: [`v=spf1 redirect=${DOMAIN}`] } }));
  assert.equal(proposedSpf(inspection, [], []), '');
});

const TERMS = [
  'mx',
  'a',
  'MX',
  'ip4:192.0.2.0/24',
  `-ip4:${IP}`,
  '~a:mx.shop.example',
  'include:a.example',
  'include:gone.example',
  'include:loop.example',
  `include:${DOMAIN}`,
  'include=a.example',
  'include:https://a.example',
  'include:open.example',
  'a:void1.example',
  'a:void2.example',
  'mx:void3.example',
  'exists:%{i}.list.example',
  'x=y',
  '+all',
  '?all',
  '-all',
  'ip4:0.0.0.0/1',
] as const;

test('for any record: failed senders pass with the proposed one, all findings agree, proposing again changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...TERMS), { maxLength: 7 }), async (terms) => {
      const before = await check([`v=spf1 ${terms.join(' ')}`]);
      assert.equal(before.inspection.status, 'found');
      assert.ok(before.records.every((record) => record === before.proposed));
      if (before.proposed === '') return;
      const after = await check([before.proposed]);
      assert.equal(after.outcome.result, 'pass', before.proposed);
      assert.equal(after.proposed, before.proposed);
      const settled = ['spf.plus-all', 'spf.open-end', 'spf.mistyped-terms', 'spf.void-lookups', 'spf.fail'];
      for (const id of settled) assert.ok(!(after.faults as string[]).includes(id), `${id}: ${before.proposed}`);
    }),
    { seed: 7208, numRuns: 2000 },
  );
});

test('a term in another script is shown as it was typed, without invisible characters', async () => {
  const typed = 'include:_spf.\u200bпример.рф';
  const inspection = await inspectSpf(
    DOMAIN,
    zoneResolver({
      [DOMAIN]: { TXT: [toByteString(toBytes(`v=spf1 ${typed} -all`))] },
      '_spf.xn--e1afmkfd.xn--p1ai': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
    }),
  );
  const [found] = spfInspectionFindings(inspection);
  const { term, record } = found!.args as { term: string; record: string };
  assert.equal(term, 'include:_spf.?пример.рф');
  assert.equal(record, 'v=spf1 include:_spf.xn--e1afmkfd.xn--p1ai -all');
});

const parted: [strings: string[], joined: string | undefined, text: string][] = [
  [['v=spf1 mx', 'a:b.example', '~all'], 'mxa:b.example~all', 'v=spf1 mx a:b.example ~all'],
  // A border inside an address or a name is not one between two terms.
  [['v=spf1 ip6:2001:db8::', 'a:1 -all'], undefined, 'v=spf1 ip6:2001:db8::a:1 -all'],
  [['v=spf1 include:a.sm', 'all ~all'], undefined, 'v=spf1 include:a.small ~all'],
  [['v=spf1 include:', 'a:b.example -all'], undefined, 'v=spf1 include:a:b.example -all'],
];
for (const [strings, joined, text] of parted) {
  test(`${JSON.stringify(strings)} is parted as ${text}`, () => {
    const lengths = strings.map(({ length }) => length);
    assert.equal(joinedTerm(strings.join(''), lengths), joined);
    assert.equal(withMissingBlanks(strings.join(''), lengths), text);
  });
}

test('a text in strings of one byte each is parted without delay', () => {
  const text = `v=spf1 ${'a:'.repeat(16_000)}`;
  const lengths = Array.from(text, () => 1);
  assert.equal(withMissingBlanks(text, lengths).replaceAll(' ', ''), text.replaceAll(' ', ''));
});
