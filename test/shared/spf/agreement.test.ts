// The inspection of a record agrees with its evaluation for every sender.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Finding, textOf } from '../../../shared/findings/catalog.ts';
import { spfInspectionFindings } from '../../../shared/findings/spf.rules.ts';
import { checkHost } from '../../../shared/spf/check-host.ts';
import { inspectSpf } from '../../../shared/spf/inspect.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const DOMAIN = 'shop.example';
const ZONES = 1500;

const HOSTS: Zone = {
  'four.example': { A: ['192.0.2.4'] },
  'four2.example': { A: ['192.0.2.5'] },
  'six.example': { AAAA: ['2001:db8::6'] },
  'dual.example': { A: ['192.0.2.7'], AAAA: ['2001:db8::7'] },
  'dead.example': { TXT: ['nothing'] },
  'mail.example': { MX: ['10 four.example', '20 dual.example'] },
  'mail4.example': { MX: ['10 four.example', '20 four2.example'] },
  'mail0.example': { MX: ['10 gone.example'] },
  'mail3.example': { MX: ['10 gone1.example', '20 gone2.example', '30 gone3.example', '40 dual.example'] },
  'mailnull.example': { MX: ['0 .'] },
  'mail10.example': { MX: Array.from({ length: 10 }, (_, i) => `${i} ${i < 9 ? `gone${i}` : 'four'}.example`) },
  'mail12.example': { MX: Array.from({ length: 12 }, (_, i) => `${i} four.example`) },
  '9.2.0.192.list.example': { A: ['127.0.0.2'] },
  '8.2.0.192.in-addr.arpa': { PTR: ['named.shop.example'] },
  'named.shop.example': { A: ['192.0.2.8'] },
};
/** Of each term, strangers to all of them, and one that only its reverse DNS knows. */
const SENDERS = [
  '192.0.2.1',
  '192.0.2.4',
  '192.0.2.5',
  '192.0.2.7',
  '192.0.2.8',
  '192.0.2.9',
  '203.0.113.25',
  '2001:db8::1',
  '2001:db8::6',
  '2001:db8::7',
  '2001:db8:f::25',
];

const names = fc.constantFrom(
  ...Object.keys(HOSTS).filter((name) => !name.endsWith('arpa')),
  'gone.example',
  'none.example',
);
const mechanism = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('ip4:192.0.2.1', 'ip6:2001:db8::1', 'a', 'mx', 'ptr') },
  { weight: 4, arbitrary: names.map((name) => `a:${name}`) },
  { weight: 4, arbitrary: names.map((name) => `mx:${name}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('exists:%{ir}.list.example', 'exists:%{i}.x.example', 'exists:gone.example'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a:%{d}', 'mx:%{d}', 'exists:%{d1}', 'include:%{d1r}.none.example', 'include:%{d1}'),
  },
  { weight: 3, arbitrary: fc.constantFrom('include:p.example', 'include:q.example', 'include:r.example') },
  { weight: 1, arbitrary: fc.constantFrom('include:none.example', 'include:bad.example', 'include:two.example') },
);
const record = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('', '', '', '-', '~'), mechanism), { maxLength: 6 }),
    fc.constantFrom('-all', '~all', '?all', '', 'redirect=q.example', 'redirect=none.example'),
  )
  .map(([terms, end]) => ['v=spf1', ...terms.map(([sign, term]) => sign + term), end].join(' ').trim());
const zones = fc
  .record({ shop: record, p: record, q: record, r: record, address: fc.constantFrom('A', 'AAAA', 'none') })
  .map(
    ({ shop, p, q, r, address }): Zone => ({
      ...HOSTS,
      [DOMAIN]: {
        TXT: [shop],
        ...(address === 'A' ? { A: ['192.0.2.4'] } : address === 'AAAA' ? { AAAA: ['2001:db8::6'] } : {}),
      },
      'p.example': { TXT: [p], MX: ['10 four.example'] },
      'q.example': { TXT: [q], A: ['192.0.2.5'] },
      'r.example': { TXT: [r] },
      'bad.example': { TXT: ['v=spf1 foo -all'] },
      'two.example': { TXT: ['v=spf1 -all', 'v=spf1 ~all'] },
    }),
  );

/** What says that some senders get a permerror. */
const ERRORS: ReadonlySet<string> = new Set([
  'spf.broken-include',
  'spf.lookups-worst-case',
  'spf.void-lookups',
  'spf.void-senders',
  'spf.void-strangers',
  'spf.mx-hosts',
]);

async function judged(zone: Zone) {
  const resolver = zoneResolver(zone);
  const inspection = await inspectSpf(DOMAIN, resolver);
  const results = new Map<string, string>();
  for (const ip of SENDERS) {
    const outcome = await checkHost({ ip, helo: 'out.example', mailFrom: `a@${DOMAIN}` }, resolver);
    results.set(ip, outcome.result);
  }
  return { inspection, findings: spfInspectionFindings(inspection), results };
}
const keyOf = ({ id, args }: Finding) => {
  const { domain, term } = args as { domain?: string; term?: string };
  return [id, domain, term].join(' ');
};
const has = (findings: readonly Finding[], id: string) => findings.some((one) => one.id === id);

test(`${ZONES} zones: an all-clear is given exactly where no sender gets a permerror`, async (t) => {
  const tally = { clear: 0, errors: 0 };
  await fc.assert(
    fc.asyncProperty(zones, async (zone) => {
      const { findings, results, inspection } = await judged(zone);
      const failing = [...results].filter(([, result]) => result === 'permerror').map(([ip]) => ip);
      const told = findings.filter(({ id }) => ERRORS.has(id)).map(({ id }) => id);
      assert.equal(inspection.unknown, false);
      if (failing.length > 0) tally.errors++;
      else tally.clear++;
      assert.equal(told.length > 0, failing.length > 0, `${told} told, permerror for ${failing}`);
      if (failing.length > 0) assert.ok(!has(findings, 'spf.ok'));
    }),
    { seed: 7208, numRuns: ZONES },
  );
  t.diagnostic(`all clear ${tally.clear}, errors ${tally.errors}`);
  assert.ok(tally.clear > ZONES / 10 && tally.errors > ZONES / 10);
});

test(`${ZONES / 3} zones: the proposal causes no error, fails no sender that passes, and is not stricter`, async (t) => {
  const tally = { proposed: 0, none: 0 };
  await fc.assert(
    fc.asyncProperty(zones, async (zone) => {
      const before = await judged(zone);
      const records = new Set(before.findings.flatMap((found) => textOf(found, 'en').record?.value ?? []));
      assert.ok(records.size <= 1);
      const [value] = records;
      if (value === undefined) {
        tally.none++;
        return;
      }
      tally.proposed++;
      const after = await judged({ ...zone, [DOMAIN]: { ...zone[DOMAIN]!, TXT: [value] } });
      const left = new Set(after.findings.map(keyOf));
      for (const found of before.findings) {
        if (textOf(found, 'en').record !== undefined) assert.ok(!left.has(keyOf(found)), `${keyOf(found)}: ${value}`);
      }
      const { lookups, voidLookups } = after.inspection.worstCase;
      assert.ok(lookups <= 10 && voidLookups <= 2, value);
      for (const [ip, result] of before.results) {
        if (result === 'pass') assert.equal(after.results.get(ip), 'pass', `${ip} by ${value}`);
        if (result !== 'permerror' && result !== 'fail')
          assert.notEqual(after.results.get(ip), 'fail', `${ip} by ${value}`);
      }
    }),
    { seed: 7208, numRuns: ZONES / 3 },
  );
  t.diagnostic(`proposed ${tally.proposed}, none ${tally.none}`);
  assert.ok(tally.proposed > 50);
});

const shown: [what: string, text: string, zone: Zone, id: string][] = [
  [
    'hosts without IPv6 before a provider',
    'v=spf1 a:four.example a:four2.example mx:mail4.example ip6:2001:db8::/32 -all',
    {},
    'spf.void-senders',
  ],
  ['hosts without IPv6', 'v=spf1 a:four.example a:four2.example mx:mail4.example -all', {}, 'spf.void-strangers'],
  ['hosts without IPv4', 'v=spf1 a:six.example a:six.example a:six.example ip4:192.0.2.1 -all', {}, 'spf.void-senders'],
  ['twelve mail servers', 'v=spf1 mx:mail12.example -all', {}, 'spf.mx-hosts'],
  [
    'three terms with dead hosts',
    'v=spf1 mx:mail0.example mx:mail0.example a:gone.example ip4:192.0.2.1 -all',
    {},
    'spf.void-lookups',
  ],
  ['three dead hosts of one mx', 'v=spf1 mx:mail3.example ip4:192.0.2.1 -all', {}, 'spf.void-questions'],
  [
    'three macros',
    'v=spf1 exists:%{i}.a.example exists:%{i}.b.example ptr ip4:192.0.2.1 -all',
    {},
    'spf.void-strangers',
  ],
];
for (const [what, text, zone, id] of shown) {
  test(`${what}: ${id}`, async () => {
    const { findings, results } = await judged({ ...HOSTS, ...zone, [DOMAIN]: { TXT: [text] } });
    assert.ok(has(findings, id), findings.map((found) => found.id).join());
    // Receivers that count questions are others than this one.
    const byTerms = id !== 'spf.void-questions';
    assert.equal([...results.values()].includes('permerror'), byTerms);
    assert.equal(has(findings, 'spf.ok'), !byTerms);
  });
}
