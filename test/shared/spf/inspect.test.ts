// The whole record tree of a domain: worst-case counts, broken terms, and the findings with the record that fixes each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, RecordData, RecordType, Resolver } from '../../../shared/dns/types.ts';
import { type Finding, textOf } from '../../../shared/findings/catalog.ts';
import { spfInspectionFindings, spfOutcomeFindings } from '../../../shared/findings/spf.rules.ts';
import { checkHost } from '../../../shared/spf/check-host.ts';
import { inspectSpf } from '../../../shared/spf/inspect.ts';
import { MAX_QUERIES } from '../../../shared/spf/walk.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const DOMAIN = 'shop.example';
const withRecord = (text: string | readonly string[], more: Zone = {}): Zone => ({
  [DOMAIN]: { TXT: [typeof text === 'string' ? text : text], A: ['192.0.2.1'], MX: ['10 mx.shop.example'] },
  'mx.shop.example': { A: ['192.0.2.2'] },
  ...more,
});
const inspect = (zone: Zone) => inspectSpf(DOMAIN, zoneResolver(zone));
const idsOf = (findings: readonly Finding[]) => findings.map(({ id }) => id);
const recordOf = (findings: readonly Finding[], id: string) => {
  const found = findings.find((one) => one.id === id);
  assert.ok(found, `${id} in ${idsOf(findings).join()}`);
  return textOf(found, 'en').record?.value;
};

test('the worst case counts every term of every record that can be reached', async () => {
  const zone = withRecord(
    'v=spf1 mx include:a.example exists:%{i}.x.example ip4:192.0.2.1 ~all include:never.example',
    {
      'a.example': { TXT: ['v=spf1 a:h.example ptr redirect=b.example'] },
      'b.example': { TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
      'h.example': { A: ['192.0.2.1'] },
    },
  );
  const { worstCase, root, targets, broken, unknown } = await inspect(zone);
  // mx 1, include 1 with a 1, ptr 1, redirect 1, and exists 1; terms after all are never reached.
  assert.deepEqual([worstCase.lookups, worstCase.voidLookups], [6, 0]);
  assert.deepEqual(
    root.terms.map(({ lookups }) => lookups),
    [1, 4, 1, 0, 0],
  );
  assert.deepEqual([...targets].sort(), ['a.example', 'b.example', 'h.example', 'shop.example']);
  assert.deepEqual([broken, unknown], [[], false]);
});

test('a redirect next to all is ignored', async () => {
  const { worstCase } = await inspect(withRecord('v=spf1 -all redirect=b.example'));
  assert.equal(worstCase.lookups, 0);
});

test('the term that goes over the limit is named, though an early match would hide it', async () => {
  const zone = withRecord(
    `v=spf1 ip4:192.0.2.1 ${Array.from({ length: 11 }, (_, i) => `a:h${i}.example`).join(' ')} -all`,
    Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`h${i}.example`, { A: ['192.0.2.9'] }])),
  );
  const inspection = await inspect(zone);
  assert.deepEqual(inspection.exceeded, {
    lookups: {
      domain: DOMAIN,
      term: 'a:h10.example',
      at: inspection.texts[0]!.indexOf('a:h10'),
      via: 'a:h10.example',
    },
  });
  assert.ok(idsOf(spfInspectionFindings(inspection)).includes('spf.lookups-worst-case'));
  const outcome = await checkHost({ ip: '192.0.2.1', helo: 'x.example', mailFrom: `a@${DOMAIN}` }, zoneResolver(zone));
  assert.deepEqual([outcome.result, outcome.counts.lookups], ['pass', 0]);
});

test('inside an include the limit is exceeded by a term there, and reported with the term that includes it', async () => {
  const zone = withRecord('v=spf1 a include:p.example exists:%{p}.x.example -all', {
    'p.example': { TXT: [`v=spf1 ${'a:h.example '.repeat(8)}a:last.example -all`] },
    'h.example': { A: ['192.0.2.9'] },
  });
  const inspection = await inspect(zone);
  // a 1, include 1 with nine a terms, exists 1 and one more for the PTR query of its macro.
  assert.equal(inspection.worstCase.lookups, 13);
  const { domain, term, via } = inspection.exceeded.lookups!;
  assert.deepEqual([domain, term, via], ['p.example', 'a:last.example', 'include:p.example']);
  const found = spfInspectionFindings(inspection).find(({ id }) => id === 'spf.lookups-worst-case');
  assert.equal((found!.args as { term: string }).term, 'include:p.example');
});

test('an include of a name that cannot be queried is broken', async () => {
  const { broken, worstCase } = await inspect(withRecord('v=spf1 include:a..example -all'));
  assert.deepEqual(broken, [{ domain: DOMAIN, term: 'include:a..example', status: 'none', target: 'a..example' }]);
  assert.deepEqual([worstCase.lookups, worstCase.voidLookups], [1, 0]);
});

test('every query is sent once', async () => {
  const resolver = zoneResolver(
    withRecord('v=spf1 a a mx include:p.example include:q.example -all', {
      'p.example': { TXT: ['v=spf1 include:q.example a:shop.example -all'] },
      'q.example': { TXT: ['v=spf1 mx:shop.example -all'] },
    }),
  );
  await inspectSpf(DOMAIN, resolver);
  assert.deepEqual([...resolver.asked].sort(), [
    'A mx.shop.example',
    'A shop.example',
    // Five terms may find nothing for IPv6.
    'AAAA mx.shop.example',
    'AAAA shop.example',
    'MX shop.example',
    'TXT p.example',
    'TXT q.example',
    'TXT shop.example',
  ]);
});

test('names that find nothing are counted, each once', async () => {
  const inspection = await inspect(withRecord('v=spf1 a:n1.example a:n2.example mx:n3.example -all'));
  assert.equal(inspection.worstCase.voidLookups, 3);
  assert.equal(inspection.exceeded.voids?.term, 'mx:n3.example');
  assert.ok(idsOf(spfInspectionFindings(inspection)).includes('spf.void-lookups'));
});

test('a host with only IPv6 is not a void lookup', async () => {
  const zone = withRecord('v=spf1 a:six.example a:mail.example -all', {
    'six.example': { AAAA: ['2001:db8::1'] },
    'mail.example': { MX: ['10 mx.shop.example'] },
  });
  const { worstCase, root } = await inspect(zone);
  assert.equal(worstCase.voidLookups, 1);
  assert.deepEqual(
    root.terms.map((term) => term.void),
    [false, true, null],
  );
});

test('includes that loop, are missing, doubled or broken are named with their domain', async () => {
  const zone = withRecord(
    'v=spf1 include:loop.example include:none.example include:two.example include:bad.example -all',
    {
      'loop.example': { TXT: [`v=spf1 include:${DOMAIN} -all`] },
      'two.example': { TXT: ['v=spf1 -all', 'v=spf1 ~all'] },
      'bad.example': { TXT: ['v=spf1 foo -all'] },
    },
  );
  const { broken } = await inspect(zone);
  assert.deepEqual(broken.map(({ domain, target, status }) => `${domain} ${target} ${status}`).sort(), [
    'loop.example shop.example loop',
    'shop.example bad.example invalid',
    'shop.example none.example none',
    'shop.example two.example several',
  ]);
});

test('DNS trouble in a part leaves the rest known', async () => {
  const inspection = await inspect(
    withRecord('v=spf1 include:quiet.example ip4:192.0.2.1 -all', { 'quiet.example': { fail: 'servfail' } }),
  );
  assert.deepEqual([inspection.status, inspection.unknown, inspection.ttl], ['found', true, 0]);
  assert.ok(idsOf(spfInspectionFindings(inspection)).includes('spf.unknown'));
});

const OTHERS: Zone = {
  'open.example': { TXT: ['v=spf1 +all'] },
  'a.example': { TXT: ['v=spf1 ip4:192.0.2.7 -all'] },
  '_spf.google.com': { TXT: ['v=spf1 ip4:192.0.2.8 -all'] },
  'quiet.example': { fail: 'servfail' },
};
const linted: [record: string | readonly string[], finding: string, proposed: string | undefined][] = [
  // Without a term that authorizes a sender, all mail would fail.
  ['v=spf1 +all', 'spf.plus-all', undefined],
  ['v=spf1 mx all', 'spf.plus-all', 'v=spf1 mx ~all'],
  ['v=spf1 ip4:0.0.0.0/1 -all', 'spf.plus-all', undefined],
  ['v=spf1 mx ip6:::/0 -all', 'spf.plus-all', 'v=spf1 mx ~all'],
  ['v=spf1 mx ?all', 'spf.open-end', 'v=spf1 mx ~all'],
  ['v=spf1 mx', 'spf.open-end', 'v=spf1 mx ~all'],
  ['v=spf1 mx include:open.example -all', 'spf.plus-all', 'v=spf1 mx ~all'],
  ['v=spf1 mx include=none.example -all', 'spf.mistyped-terms', 'v=spf1 mx -all'],
  ['v=spf1 mx redirect=a.example ~all', 'spf.redirect-ignored', 'v=spf1 mx include:a.example ~all'],
  ['v=spf1 mx -all redirect=a.example', 'spf.redirect-ignored', 'v=spf1 mx include:a.example -all'],
  ['v=spf1 redirect=a.example ?all', 'spf.redirect-ignored', 'v=spf1 include:a.example ~all'],
  // A redirect that does not resolve is not an include, and one without an answer is unknown.
  ['v=spf1 mx redirect=none.example ~all', 'spf.redirect-ignored', 'v=spf1 mx ~all'],
  ['v=spf1 mx redirect=quiet.example ~all', 'spf.redirect-ignored', undefined],
  ['v=spf1 mx redirect=%{i}.a.example ~all', 'spf.redirect-ignored', undefined],
  ['v=spf1 mx redirect=open.example ~all', 'spf.redirect-ignored', 'v=spf1 mx ~all'],
  ['v=spf1 mx include=a.example -all', 'spf.mistyped-terms', 'v=spf1 mx include:a.example -all'],
  ['v=spf1 mx include:none.example -all', 'spf.broken-include', 'v=spf1 mx -all'],
  // A mail service's name that the domain's was added to, or another name of it than that of its record.
  [
    'v=spf1 mx include:_spf.google.com.shop.example ~all',
    'spf.broken-include',
    'v=spf1 mx include:_spf.google.com ~all',
  ],
  ['v=spf1 mx include:nix._spf.google.com -all', 'spf.broken-include', 'v=spf1 mx include:_spf.google.com -all'],
  // A host of a mail service where its include was meant.
  ['v=spf1 mx a:_spf.google.com ~all', 'spf.dead-term', 'v=spf1 mx include:_spf.google.com ~all'],
  ['v=spf1 mx mx:smtp.google.com -all', 'spf.dead-term', 'v=spf1 mx include:_spf.google.com -all'],
  // A record that points to itself is its owner's to correct.
  ['v=spf1 mx include:shop.example -all', 'spf.broken-include', 'v=spf1 mx -all'],
  ['v=spf1 mx include:SHOP.example. ~all', 'spf.broken-include', 'v=spf1 mx ~all'],
  ['v=spf1 redirect=shop.example', 'spf.broken-include', undefined],
  // The remaining record would fail all mail.
  ['v=spf1 include:none.example -all', 'spf.broken-include', undefined],
  ['v=spf1 a:n1.example mx exists:n2.example a:n3.example -all', 'spf.void-lookups', 'v=spf1 mx -all'],
  ['v=spf1 mx a:n1.example -all', 'spf.dead-term', 'v=spf1 mx -all'],
  ['v=spf1 mx exists:n1.example ?all', 'spf.dead-term', 'v=spf1 mx ~all'],
  ['v=spf1 mx:mx.shop.example ~all', 'spf.dead-term', 'v=spf1 a:mx.shop.example ~all'],
  ['v=spf1 -mx:mx.shop.example/24 mx ~all', 'spf.dead-term', 'v=spf1 mx ~all'],
  ['v=spf1 a:n1.example ~all', 'spf.dead-term', undefined],
  ['v=spf1 ptr -all', 'spf.ptr', undefined],
  ['v=spf1 mx -all a', 'spf.idle-terms', 'v=spf1 mx -all'],
  ['v=spf1 mx -all include:_spf.google.com', 'spf.provider-ignored', 'v=spf1 mx include:_spf.google.com -all'],
  ['v=spf1 mx +all include:_spf.google.com', 'spf.plus-all', 'v=spf1 mx include:_spf.google.com ~all'],
  ['v=spf1 mx mx -all', 'spf.idle-terms', 'v=spf1 mx -all'],
  ['v=spf1 mx foo=bar -all', 'spf.idle-terms', 'v=spf1 mx -all'],
  [`v=spf1 ${Array.from({ length: 40 }, (_, i) => `ip4:192.0.2.${i}`).join(' ')} -all`, 'spf.large', undefined],
  ['v=spf1 ipv4:192.0.2.1 -all', 'spf.syntax', 'v=spf1 ip4:192.0.2.1 -all'],
  ['v=spf1 ip4:192.0.2.1/33 -all', 'spf.syntax', undefined],
  ['v=spf1; mx -all', 'spf.unrecognised', 'v=spf1 mx -all'],
];
for (const [record, id, proposed] of linted) {
  test(`${String(record).slice(0, 50)} is ${id}`, async () => {
    const findings = spfInspectionFindings(await inspect(withRecord(record, OTHERS)));
    assert.equal(recordOf(findings, id), proposed);
  });
}

test('every finding proposes the same record, in which all is fixed', async () => {
  const inspection = await inspect(
    withRecord('v=spf1 mx mx include=a.example include:open.example a:h.example include:none.example x=y ?all', {
      'a.example': { TXT: ['v=spf1 -all'] },
      'open.example': { TXT: ['v=spf1 ip4:0.0.0.0/1 -all'] },
      'h.example': { A: ['192.0.2.3'], AAAA: ['2001:db8::3'] },
    }),
  );
  const findings = spfInspectionFindings(inspection, ['203.0.113.25'], ['mail.shop.example'], ['203.0.113.25']);
  const proposed = findings.flatMap((found) => textOf(found, 'ru').record ?? []);
  assert.deepEqual(
    idsOf(findings).filter((id) => id !== 'spf.ok'),
    ['spf.broken-include', 'spf.plus-all', 'spf.open-end', 'spf.idle-terms', 'spf.mistyped-terms'],
  );
  const value = 'v=spf1 ip4:203.0.113.25 mx include:a.example a:h.example ~all';
  assert.deepEqual(proposed, Array(5).fill({ name: DOMAIN, type: 'TXT', value }));
});

test('strings that are joined without a blank are reported, with the joined text', async () => {
  const zone: Zone = {
    [DOMAIN]: { TXT: [['v=spf1 include:a.example', 'include:b.example -all']] },
    'a.example': { TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
    'b.example': { TXT: ['v=spf1 ip4:192.0.2.2 -all'] },
  };
  const findings = spfInspectionFindings(await inspect(zone));
  assert.equal(recordOf(findings, 'spf.joined-strings'), 'v=spf1 include:a.example include:b.example -all');
});

test('no record: one is proposed from what is known, and a record at a wrong name is found', async () => {
  const nothing = await inspect({ [DOMAIN]: { A: ['192.0.2.1'] } });
  assert.equal(recordOf(spfInspectionFindings(nothing, ['203.0.113.25']), 'spf.none'), 'v=spf1 ip4:203.0.113.25 ~all');
  assert.equal(recordOf(spfInspectionFindings(nothing, [], ['mail.shop.example']), 'spf.none'), 'v=spf1 mx ~all');
  assert.equal(recordOf(spfInspectionFindings(nothing), 'spf.none'), undefined);
  const astray = await inspect({ [DOMAIN]: { A: ['192.0.2.1'] }, [`spf.${DOMAIN}`]: { TXT: ['v=spf1 mx -all'] } });
  assert.equal(
    recordOf(spfInspectionFindings(astray, ['203.0.113.25']), 'spf.misplaced'),
    'v=spf1 ip4:203.0.113.25 mx ~all',
  );
});

const includes = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `include:p${from + i}.example`).join(' ');
const several: [texts: string[], record: string | undefined, why: string, lookups: number, without?: string[]][] = [
  [['v=spf1 mx -all', 'v=spf1 include:a.example ~all'], 'v=spf1 ip4:203.0.113.25 mx include:a.example ~all', '', 2],
  [['v=spf1 mx -all', 'v=spf1 include:a.example -all'], 'v=spf1 ip4:203.0.113.25 mx include:a.example -all', '', 2],
  [['v=spf1 +all', 'v=spf1 -all'], undefined, 'everyone', 0],
  [['v=spf1 mx ip4:0.0.0.0/1 ~all', 'v=spf1 mx -all'], undefined, 'everyone', 1],
  [[`v=spf1 ${includes(0, 6)} ~all`, `v=spf1 ${includes(6, 12)} ~all`], undefined, 'lookups', 12],
  [
    [`v=spf1 ${includes(0, 5)} ~all`, `v=spf1 ${includes(5, 10)} ~all`],
    `v=spf1 ip4:203.0.113.25 ${includes(0, 10)} ~all`,
    '',
    10,
  ],
  [['v=spf1 foo ~all', 'v=spf1 mx ~all'], undefined, 'unclear', 0],
  [['v=spf1 -ip4:192.0.2.1 ~all', 'v=spf1 mx ~all'], undefined, 'unclear', 0],
  [
    ['v=spf1 mx ~all', 'v=spf1 include:none.example ~all'],
    'v=spf1 ip4:203.0.113.25 mx ~all',
    '',
    1,
    ['include:none.example'],
  ],
];
for (const [texts, record, why, lookups, without = []] of several) {
  test(`${texts.join(' and ').slice(0, 80)} are proposed as ${record ?? `no record: ${why}`}`, async () => {
    const others = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`p${i}.example`, { TXT: [`v=spf1 ip4:198.51.100.${i} -all`] }]),
    );
    const zone = withRecord('', { ...OTHERS, ...others });
    zone[DOMAIN]!.TXT = texts;
    const inspection = await inspect(zone);
    const [found] = spfInspectionFindings(inspection, ['203.0.113.25']);
    assert.equal(recordOf([found!], 'spf.several'), record);
    const args = found!.args as { why: string; lookups: number; without: string[] };
    assert.deepEqual([args.why, inspection.meant!.lookups, args.without], [why, lookups, without]);
  });
}

const evaluated: [record: string, result: string | undefined, proposed: string | undefined][] = [
  ['v=spf1 ip4:203.0.113.25 -all', 'spf.pass', undefined],
  ['v=spf1 mx -all', 'spf.fail', 'v=spf1 ip4:203.0.113.25 mx -all'],
  ['v=spf1 mx ~all', 'spf.softfail', 'v=spf1 ip4:203.0.113.25 mx ~all'],
  // Without an inspection the record is not made stricter, and no term is removed.
  ['v=spf1 mx ?all', 'spf.neutral', 'v=spf1 ip4:203.0.113.25 mx ?all'],
  ['v=spf1 mx include:none.example -all', 'spf.permerror', undefined],
  ['v=spf1 -ip4:203.0.113.25 mx -all', 'spf.fail', 'v=spf1 ip4:203.0.113.25 mx -all'],
  // A fault of the record itself is reported once, by its inspection.
  ['v=spf1 foo -all', undefined, undefined],
];
for (const [record, id, proposed] of evaluated) {
  test(`${record} for an address is ${id ?? 'reported elsewhere'}`, async () => {
    const outcome = await checkHost(
      { ip: '203.0.113.25', helo: 'x.example', mailFrom: `a@${DOMAIN}` },
      zoneResolver(withRecord(record)),
    );
    const findings = spfOutcomeFindings(outcome);
    assert.deepEqual(idsOf(findings), id === undefined ? [] : [id]);
    if (id !== undefined) assert.equal(recordOf(findings, id), proposed);
  });
}

const nested: [other: string[] | undefined, domain: string, problem: string][] = [
  [undefined, DOMAIN, 'no-record'],
  [['v=spf1 foo -all'], 'p.example', 'unknown-mechanism'],
  [['v=spf1 -all', 'v=spf1 ~all'], 'p.example', 'several-records'],
];
for (const [other, domain, problem] of nested) {
  test(`a permerror by ${problem} inside an include names the record at fault, in every language`, async () => {
    const zone = withRecord('v=spf1 ptr include:%{d1r}.p.example include:p.example -all', {
      ...(other === undefined ? {} : { 'p.example': { TXT: other } }),
      'shop.p.example': { TXT: ['v=spf1 ?all'] },
      // More names than are looked at is noted, and is not what ends the evaluation.
      '25.113.0.203.in-addr.arpa': { PTR: Array.from({ length: 12 }, (_, i) => `h${i}.example`) },
    });
    const outcome = await checkHost(
      { ip: '203.0.113.25', helo: 'x.example', mailFrom: `a@${DOMAIN}` },
      zoneResolver(zone),
    );
    const [found, ...others] = spfOutcomeFindings(outcome);
    assert.deepEqual([found?.id, others.length], ['spf.permerror', 0]);
    const { domain: named, problem: why } = found!.args as { domain: string; problem: string };
    assert.deepEqual([named, why], [domain, problem]);
    for (const language of ['en', 'ru'] as const) {
      const { detail } = textOf(found!, language);
      assert.ok(detail.includes(domain) && !detail.includes(problem) && !/“”|«»/.test(detail), detail);
    }
  });
}

test('a hostile tree is bounded in queries and in its report', async () => {
  let asked = 0;
  const resolver: Resolver = {
    async query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
      asked++;
      const text = `v=spf1 ${Array.from({ length: 20 }, (_, i) => `include:i${i}.${name.slice(-200)} a:a${i}.${name.slice(-200)}`).join(' ')} -all`;
      const records = (type === 'TXT' ? [[text]] : []) as unknown as RecordData[T][];
      const received = { ttl: 1, aliases: [], authenticated: false };
      return records.length > 0 ? { kind: 'ok', records, ...received } : { kind: 'nxdomain', ...received };
    },
  };
  const inspection = await inspectSpf(DOMAIN, resolver);
  assert.ok(asked <= MAX_QUERIES, `${asked} queries`);
  assert.equal(inspection.unknown, true);
  assert.ok(JSON.stringify(spfInspectionFindings(inspection)).length < 10_000);
});
