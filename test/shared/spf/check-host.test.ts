// check_host() beyond the openspf suite: the tree that explains a result, its counts, identities, and zones made to harm.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, DnsErrorReason, RecordData, RecordType, Resolver } from '../../../shared/dns/types.ts';
import { type CheckHostOptions, checkHost } from '../../../shared/spf/check-host.ts';
import type { SpfTermNode } from '../../../shared/spf/types.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const CLIENT = { ip: '203.0.113.25', helo: 'out.shop.example', mailFrom: 'orders@shop.example' };
const check = (zone: Zone, input: Partial<typeof CLIENT> = {}, options?: CheckHostOptions) =>
  checkHost({ ...CLIENT, ...input }, zoneResolver(zone), options);

test('the tree has every term with its result, the record it includes and its cost', async () => {
  const outcome = await check({
    'shop.example': { TXT: ['v=spf1 a:none.example include:p.example mx ~all exp=why.example'], ttl: 600 },
    'p.example': { TXT: ['v=spf1 ip4:192.0.2.1 a:h.p.example -all'], ttl: 60 },
    'h.p.example': { A: ['203.0.113.25'], ttl: 900 },
  });
  const brief = (terms: readonly SpfTermNode[]): unknown[] =>
    terms.map(({ text, at, result, lookups, voidLookups, record }) =>
      record === undefined
        ? [text, at, result, lookups, voidLookups]
        : [text, at, result, lookups, voidLookups, record.result, brief(record.terms)],
    );
  assert.deepEqual(brief(outcome.record!.terms), [
    ['a:none.example', 7, 'no-match', 1, 1],
    [
      'include:p.example',
      22,
      'match',
      2,
      0,
      'pass',
      [
        ['ip4:192.0.2.1', 7, 'no-match', 0, 0],
        ['a:h.p.example', 21, 'match', 1, 0],
        ['-all', 35, 'not-reached', 0, 0],
      ],
    ],
    ['mx', 40, 'not-reached', 0, 0],
    ['~all', 43, 'not-reached', 0, 0],
    ['exp=why.example', 48, 'ignored', 0, 0],
  ]);
  assert.deepEqual(outcome.match, { domain: 'shop.example', term: 'include:p.example', at: 22 });
  assert.deepEqual(outcome.counts, { lookups: 3, lookupLimit: 10, voidLookups: 1, voidLimit: 2 });
  // The answer for mx was fetched ahead and not used; the smallest TTL of those used is that of p.example.
  assert.deepEqual([outcome.result, outcome.ttl, outcome.unknown], ['pass', 60, false]);
});

const many = (count: number, term: (i: number) => string) => Array.from({ length: count }, (_, i) => term(i)).join(' ');
const limits: [what: string, zone: Zone, problem: { kind: string; domain: string; term: string }][] = [
  [
    'the third empty answer, inside an include',
    {
      'shop.example': { TXT: [`v=spf1 ${many(5, () => 'a:h.example')} include:p.example -all`] },
      'p.example': { TXT: [`v=spf1 ${many(5, (i) => `exists:e${i}.example`)} -all`] },
      'h.example': { A: ['192.0.2.1'] },
      ...Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`e${i}.example`, { MX: ['1 x.example'] }])),
    },
    { kind: 'voids-exceeded', domain: 'p.example', term: 'exists:e2.example' },
  ],
  [
    'the eleventh lookup',
    {
      'shop.example': { TXT: [`v=spf1 ${many(5, () => 'a:h.example')} include:p.example -all`] },
      'p.example': { TXT: [`v=spf1 ${many(5, () => 'a:h.example')} -all`] },
      'h.example': { A: ['192.0.2.1'] },
    },
    { kind: 'lookups-exceeded', domain: 'p.example', term: 'a:h.example' },
  ],
  [
    'an include of itself',
    { 'shop.example': { TXT: ['v=spf1 include:shop.example -all'] } },
    { kind: 'lookups-exceeded', domain: 'shop.example', term: 'include:shop.example' },
  ],
  [
    'an eleventh MX host',
    {
      'shop.example': {
        TXT: ['v=spf1 mx -all'],
        MX: Array.from({ length: 11 }, (_, i) => `${i} m${i}.example`),
      },
    },
    { kind: 'mx-exceeded', domain: 'shop.example', term: 'mx' },
  ],
  [
    'an include without a record',
    { 'shop.example': { TXT: ['v=spf1 include:p.example -all'] } },
    { kind: 'no-record', domain: 'shop.example', term: 'include:p.example' },
  ],
];
for (const [what, zone, { kind, domain, term }] of limits) {
  test(`${what} is permerror, and the term is named`, async () => {
    const { result, problems } = await check(zone);
    const [problem] = problems;
    assert.deepEqual([result, problems.length], ['permerror', 1]);
    assert.deepEqual([problem?.kind, problem?.domain, problem?.term], [kind, domain, term]);
  });
}

test('the p macro costs a further lookup', async () => {
  const { counts } = await check({ 'shop.example': { TXT: ['v=spf1 exists:%{p}.x.example -all'] } });
  assert.equal(counts.lookups, 2);
});

const deadMx = (name: string, dead: number, live = 0): Zone => ({
  [name]: {
    MX: [...Array(dead + live).keys()].map((i) => `${i} ${i < dead ? 'dead' : 'live'}${i}.${name}`),
  },
  ...Object.fromEntries([...Array(live).keys()].map((i) => [`live${dead + i}.${name}`, { A: ['192.0.2.8'] }])),
});
const voids: [what: string, record: string, zone: Zone, result: string, count: number, at?: string][] = [
  [
    'three mx terms with one dead host each',
    'v=spf1 mx:a.example mx:b.example mx:c.example ip4:203.0.113.25 -all',
    { ...deadMx('a.example', 1), ...deadMx('b.example', 1), ...deadMx('c.example', 1) },
    'permerror',
    3,
    'dead0.c.example',
  ],
  [
    'two mx terms with three dead hosts each',
    'v=spf1 mx:a.example mx:b.example ip4:203.0.113.25 -all',
    { ...deadMx('a.example', 3), ...deadMx('b.example', 3) },
    'pass',
    2,
  ],
  [
    'one live host beside dead ones',
    'v=spf1 mx:a.example mx:b.example mx:c.example ip4:203.0.113.25 -all',
    { ...deadMx('a.example', 3, 1), ...deadMx('b.example', 1, 1), ...deadMx('c.example', 1, 1) },
    'pass',
    0,
  ],
  [
    'null MX records, which ask nothing further',
    'v=spf1 mx:a.example mx:b.example mx:c.example ip4:203.0.113.25 -all',
    { 'a.example': { MX: ['0 .'] }, 'b.example': { MX: ['0 .'] }, 'c.example': { MX: ['0 .'] } },
    'pass',
    0,
  ],
  [
    'ptr terms of a client whose names have no address',
    'v=spf1 ptr ptr:a.example ptr:b.example ip4:203.0.113.25 -all',
    { '25.113.0.203.in-addr.arpa': { PTR: ['dead.example', 'gone.example'] } },
    'permerror',
    3,
    'dead.example',
  ],
  [
    'ptr terms of a client with one name that has an address',
    'v=spf1 ptr ptr:a.example ptr:b.example ip4:203.0.113.25 -all',
    { '25.113.0.203.in-addr.arpa': { PTR: ['dead.example', 'h.example'] }, 'h.example': { A: ['192.0.2.1'] } },
    'pass',
    0,
  ],
  [
    'the p macro of a client without a name, asked about as "unknown"',
    'v=spf1 a:%{p} exists:%{p}.x.example a:%{p} ip4:203.0.113.25 -all',
    {},
    'permerror',
    3,
    'unknown',
  ],
];
for (const [what, record, zone, result, count, at] of voids) {
  test(`void lookups of ${what}: ${count}`, async () => {
    const outcome = await check({ 'shop.example': { TXT: [record] }, ...zone });
    assert.deepEqual([outcome.result, outcome.counts.voidLookups, outcome.problems[0]?.name], [result, count, at]);
  });
}

const labels: [record: string, result: string, asked?: string][] = [
  ['v=spf1 exists:%{d1} -all', 'pass', 'A example'],
  ['v=spf1 a:%{d1} -all', 'pass', 'A example'],
  ['v=spf1 mx:%{d1} -all', 'pass', 'MX example'],
  ['v=spf1 include:%{d1} -all', 'permerror'],
  ['v=spf1 redirect=%{d1}', 'permerror'],
];
for (const [record, result, asked] of labels) {
  test(`${record} of shop.example: ${result}${asked === undefined ? ', no query' : ''}`, async () => {
    const resolver = zoneResolver({
      'shop.example': { TXT: [record] },
      example: { A: ['203.0.113.25'], MX: ['1 example'], TXT: ['v=spf1 +all'] },
    });
    assert.equal((await checkHost(CLIENT, resolver)).result, result);
    assert.equal(resolver.asked[1], asked);
  });
}

const failures: [reason: DnsErrorReason, unknown: boolean][] = [
  ['servfail', false],
  ['timeout', false],
  ['budget', true],
  ['deadline', true],
];
for (const [reason, unknown] of failures) {
  for (const name of ['shop.example', 'p.example', 'h.example']) {
    test(`${reason} for ${name} is temperror${unknown ? ', known to be none of the domain' : ''}`, async () => {
      const outcome = await check({
        'shop.example': { TXT: ['v=spf1 include:p.example a:h.example -all'] },
        'p.example': { TXT: ['v=spf1 -all'] },
        'h.example': { A: ['192.0.2.1'] },
        [name]: { fail: reason },
      });
      assert.deepEqual([outcome.result, outcome.unknown], ['temperror', unknown]);
      assert.deepEqual([outcome.problems[0]?.name, outcome.problems[0]?.reason], [name, reason]);
    });
  }
}

test('a PTR record that was not queried is unknown, one without an answer does not match', async () => {
  const zone = (reason: DnsErrorReason): Zone => ({
    'shop.example': { TXT: ['v=spf1 ptr -all'] },
    '25.113.0.203.in-addr.arpa': { fail: reason },
  });
  const [notAsked, failed] = [await check(zone('budget')), await check(zone('servfail'))];
  assert.deepEqual([notAsked.result, notAsked.unknown], ['temperror', true]);
  assert.deepEqual([failed.result, failed.unknown], ['fail', false]);
});

const identities: [mailFrom: string, identity: string, domain: string, local: string][] = [
  ['', 'helo', 'out.shop.example', 'postmaster'],
  ['@shop.example', 'mailfrom', 'shop.example', 'postmaster'],
  ['shop.example', 'mailfrom', 'shop.example', 'postmaster'],
  ['"a@b"@SHOP.example', 'mailfrom', 'shop.example', '"a@b"'],
  ['info@магазин.example', 'mailfrom', 'xn--80aairftm.example', 'info'],
];
for (const [mailFrom, identity, domain, local] of identities) {
  test(`the sender "${mailFrom}" is checked as ${local} at ${domain}`, async () => {
    const record = { TXT: ['v=spf1 -all exp=why.example'] };
    const outcome = await check(
      {
        'shop.example': record,
        'out.shop.example': record,
        'xn--80aairftm.example': record,
        'why.example': { TXT: ['%{l} at %{d} by %{r} at %{t}'] },
      },
      { mailFrom },
      { receiver: 'mx.receiver.example', now: new Date(1_750_000_000_000) },
    );
    assert.deepEqual([outcome.identity, outcome.domain, outcome.result], [identity, domain, 'fail']);
    assert.equal(outcome.explanation, `${local} at ${domain} by mx.receiver.example at 1750000000`);
  });
}

test('with a local part beyond ASCII, terms with it never match', async () => {
  const zone = { 'shop.example': { TXT: ['v=spf1 exists:%{l}.x.example include:%{l}.x.example a:%{d} ~all'] } };
  const outcome = await check(zone, { mailFrom: 'почта@shop.example' });
  assert.deepEqual([outcome.result, outcome.counts.voidLookups], ['softfail', 1]);
});

test('an invalid address or domain is reported, without a query', async () => {
  const resolver = zoneResolver({});
  const of = (input: Partial<typeof CLIENT>) => checkHost({ ...CLIENT, ...input }, resolver);
  const outcomes = [
    await of({ ip: '203.0.113' }),
    await of({ mailFrom: 'a@[192.0.2.1]' }),
    await of({ mailFrom: 'a@b' }),
  ];
  assert.deepEqual(
    outcomes.map(({ result, unknown, problems }) => [result, unknown, problems[0]?.kind]),
    [
      ['temperror', true, 'bad-ip-argument'],
      ['none', false, 'bad-domain-argument'],
      ['none', false, 'bad-domain-argument'],
    ],
  );
  assert.deepEqual(resolver.asked, []);
});

/** Answers everything that is waiting at once, and counts how often: the query times that an evaluation takes. */
function roundsOf(resolver: Resolver) {
  const state = { rounds: 0 };
  let waiting: (() => void)[] = [];
  return {
    state,
    async query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
      const answer = await resolver.query(name, type);
      await new Promise<void>((resolve) => {
        if (waiting.push(resolve) > 1) return;
        setImmediate(() => {
          state.rounds++;
          const ready = waiting;
          waiting = [];
          for (const go of ready) go();
        });
      });
      return answer;
    },
  };
}

test('prefetching reads three levels of includes in four query times, with the same outcome', async () => {
  const zone: Zone = {
    'shop.example': {
      TXT: ['v=spf1 a mx include:p1.example include:q.example -all'],
      A: ['192.0.2.1'],
      MX: ['1 h.example'],
    },
    'p1.example': { TXT: ['v=spf1 include:p2.example a:h.example ~all'] },
    'p2.example': { TXT: ['v=spf1 include:p3.example exists:h.example ?all'] },
    'p3.example': { TXT: ['v=spf1 ip4:192.0.2.7 -all'] },
    'q.example': { TXT: ['v=spf1 a:h.example redirect=p3.example'] },
    'h.example': { AAAA: ['2001:db8::1'], A: ['192.0.2.9'] },
  };
  const ahead = roundsOf(zoneResolver(zone));
  const inTurn = roundsOf(zoneResolver(zone));
  const outcome = await checkHost(CLIENT, ahead);
  assert.deepEqual(outcome, await checkHost(CLIENT, inTurn, { prefetch: false }));
  assert.ok(ahead.state.rounds <= 4, `${ahead.state.rounds}`);
  assert.ok(inTurn.state.rounds >= 7, `${inTurn.state.rounds}`);
});

test('prefetching wastes at most ten queries, and none after a term that certainly matches', async () => {
  const terms = many(30, (i) => `a:h${i}.example`);
  const early = zoneResolver({ 'shop.example': { TXT: [`v=spf1 ip4:203.0.113.0/24 ${terms} -all`] } });
  await checkHost(CLIENT, early);
  assert.deepEqual(early.asked, ['TXT shop.example']);
  const late = zoneResolver({
    'shop.example': { TXT: [`v=spf1 exists:%{i}.x.example ${terms} -all`] },
    '203.0.113.25.x.example': { A: ['127.0.0.2'] },
  });
  assert.equal((await checkHost(CLIENT, late)).result, 'pass');
  assert.equal(late.asked.length, 2 + 10);
});
