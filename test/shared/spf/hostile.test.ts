// Hostile zones: for any answers, an evaluation neither throws nor exceeds the limits of RFC 7208 section 4.6.4.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Answer, RecordData, RecordType, Resolver } from '../../../shared/dns/types.ts';
import { spfInspectionFindings } from '../../../shared/findings/spf.rules.ts';
import { checkHost } from '../../../shared/spf/check-host.ts';
import { inspectSpf } from '../../../shared/spf/inspect.ts';
import { MAX_QUERIES } from '../../../shared/spf/walk.ts';

const CLIENT = { ip: '203.0.113.25', helo: 'out.shop.example', mailFrom: 'orders@shop.example' };
/** The record itself, ten terms, ten hosts of each; PTR and its ten hosts; the explanation. */
const MOST_QUESTIONS = 1 + 10 + 10 * 10 + 1 + 10 + 1;

/** Of each part of a report, whatever DNS answered: a whole one has 100 KB. */
const MOST_CHARACTERS = 35_000;

type Answers = { [T in RecordType]?: (name: string) => RecordData[T][] };
function answering(answers: Answers): Resolver & { asked: number } {
  return {
    asked: 0,
    async query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
      this.asked++;
      const records = (answers[type] as ((name: string) => RecordData[T][]) | undefined)?.(name) ?? [];
      const received = { ttl: 1, aliases: [], authenticated: false };
      return records.length > 0 ? { kind: 'ok', records, ...received } : { kind: 'nxdomain', ...received };
    },
  };
}
const hosts = (count: number) => Array.from({ length: count }, (_, i) => `h${i}.example`);
const parent = (name: string) => name.slice(-100).replace(/^[^.]*\./, '');

const zones: [what: string, answers: Answers, result: string, most: number][] = [
  ['a chain of includes without end', { TXT: (name) => [[`v=spf1 include:i.${parent(name)}x -all`]] }, 'permerror', 11],
  [
    'a tree of includes without end',
    {
      TXT: (name) => [
        [
          `v=spf1 ${hosts(50)
            .map((host) => `include:${host}.${parent(name)}`)
            .join(' ')}`,
        ],
      ],
    },
    'permerror',
    11 + 10,
  ],
  ['a chain of redirects without end', { TXT: (name) => [[`v=spf1 redirect=r.${parent(name)}x`]] }, 'permerror', 11],
  [
    'ten MX records of ten hosts with ten addresses, ten times',
    {
      TXT: () => [
        [
          `v=spf1 ${hosts(10)
            .map((host) => `mx:${host}`)
            .join(' ')} -all`,
        ],
      ],
      MX: (name) => hosts(10).map((host, preference) => ({ preference, exchange: `${host}.${name}` })),
      A: () => hosts(10).map((_, i) => `192.0.2.${i}`),
    },
    'fail',
    1 + 10 + 100,
  ],
  [
    'a thousand MX records',
    {
      TXT: () => [['v=spf1 mx -all']],
      MX: () => hosts(1000).map((exchange) => ({ preference: 1, exchange })),
      A: () => ['192.0.2.1'],
    },
    'permerror',
    1 + 1 + 10,
  ],
  [
    'a thousand PTR records, for the mechanism and the macro',
    {
      TXT: () => [['v=spf1 ptr exists:%{p}.x.example ptr:other.example -all exp=%{p}.x.example']],
      PTR: () => hosts(1000),
      A: () => ['192.0.2.1'],
    },
    'pass',
    1 + 1 + 10 + 1,
  ],
  ['64 KB of one network', { TXT: () => [['v=spf1 ', 'ip4:192.0.2.1 '.repeat(4500)]] }, 'neutral', 1],
  [
    '64 KB of addresses to look up',
    { TXT: () => [[`v=spf1 ${'a:h.example '.repeat(5000)}`]], A: () => ['192.0.2.1'] },
    'permerror',
    2,
  ],
  [
    'ten includes of two thousand networks each',
    {
      TXT: (name) => [
        name === 'shop.example'
          ? [
              `v=spf1 ${hosts(10)
                .map((host) => `include:${host}`)
                .join(' ')} -all`,
            ]
          : ['v=spf1 ', 'ip4:192.0.2.1/32 '.repeat(2000), '-all'],
      ],
    },
    'fail',
    11,
  ],
  [
    '150 records',
    { TXT: () => hosts(150).map((host) => [`v=spf1 include:${host} ${'ip4:192.0.2.1 '.repeat(30)}`]) },
    'permerror',
    1,
  ],
  [
    'a record in strings of one byte each',
    { TXT: () => [[...'v=spf1 ', ...'a:b.example '.repeat(1000)]] },
    'permerror',
    2,
  ],
  ['64 KB of nonsense', { TXT: () => [[`v=spf1 ${'%{ '.repeat(20_000)}`]] }, 'permerror', 1],
  [
    '64 KB of macros, for a sender and a HELO name of 64 KB each',
    { TXT: () => [[`v=spf1 exists:${'%{S}%{l1r-}'.repeat(6000)}.example -all exp=%{h}.example`]] },
    'fail',
    3,
  ],
  [
    'an explanation of 64 KB of macros',
    { TXT: (name) => [[name === 'why.example' ? '%{S}'.repeat(16_000) : 'v=spf1 -all exp=why.example']] },
    'fail',
    2,
  ],
  ['64 KB of one label', { TXT: () => [[`v=spf1 a:x.${'a'.repeat(64_000)}_ -all`]] }, 'permerror', 1],
  ['64 KB of includes of itself', { TXT: () => [['v=spf1 ', 'include:shop.example '.repeat(3000)]] }, 'permerror', 1],
  ['64 KB without a blank', { TXT: () => [[`v=spf1 a:${'%{d}.'.repeat(12_000)}example -all`]] }, 'fail', 2],
  ['ten thousand TXT records', { TXT: () => hosts(10_000).map(() => ['v=spf1 -all']) }, 'permerror', 1],
];
for (const [what, answers, result, most] of zones) {
  test(`${what}: ${result}, within ${most} queries`, async () => {
    const resolver = answering(answers);
    const long = 'l-'.repeat(32_000);
    const outcome = await checkHost({ ...CLIENT, helo: long, mailFrom: `${long}@shop.example` }, resolver);
    assert.equal(outcome.result, result);
    assert.ok(resolver.asked <= most, `${resolver.asked} queries`);
    assert.ok(JSON.stringify(outcome).length < MOST_CHARACTERS, `${JSON.stringify(outcome).length}`);
    const inspecting = answering(answers);
    const inspection = await inspectSpf('shop.example', inspecting);
    assert.ok(JSON.stringify(inspection).length < MOST_CHARACTERS, `${JSON.stringify(inspection).length}`);
    const findings = JSON.stringify(spfInspectionFindings(inspection, [CLIENT.ip], ['mail.shop.example']));
    assert.ok(findings.length < MOST_CHARACTERS, `${findings.length}`);
    assert.ok(inspecting.asked <= MAX_QUERIES, `${inspecting.asked} queries to inspect`);
  });
}

test('a loop of CNAME records, which resolvers answer with SERVFAIL, is temperror', async () => {
  const resolver: Resolver = { query: async () => ({ kind: 'error', reason: 'servfail', detail: 'CNAME loop' }) };
  assert.equal((await checkHost(CLIENT, resolver)).result, 'temperror');
  assert.equal((await inspectSpf('shop.example', resolver)).status, 'unknown');
});

test('random answers neither throw nor go past the limits', async () => {
  const bytes = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  });
  const name = fc.oneof(
    bytes,
    fc.constantFrom('', '.', 'h.example', 'a..example', `${'x'.repeat(70)}.example`, 'localhost'),
  );
  const term = fc.oneof(
    bytes,
    fc.constantFrom(
      'a',
      'mx',
      'ptr',
      'a:%{p}.x.example',
      'include:%{d}',
      'exists:%{l}%{s}%{h}.',
      'redirect=%{o}',
      'exp=e.%{d}',
      'mx:h.example/0',
      'a:%{h}//0',
      'include:%{i}.example',
    ),
  );
  const zone = fc.record({
    TXT: fc.array(
      fc.oneof(
        bytes.map((text) => [text]),
        fc.array(term, { maxLength: 12 }).map((terms) => [`v=spf1 ${terms.join(' ')}`]),
      ),
      { maxLength: 2 },
    ),
    A: fc.array(bytes, { maxLength: 3 }),
    PTR: fc.array(name, { maxLength: 20 }),
    MX: fc.array(fc.record({ preference: fc.integer(), exchange: name }), { maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(zone, bytes, bytes, async ({ TXT, A, PTR, MX }, helo, localPart) => {
      const resolver = answering({ TXT: () => TXT, A: () => A, PTR: () => PTR, MX: () => MX });
      const { counts } = await checkHost({ ip: CLIENT.ip, helo, mailFrom: `${localPart}@shop.example` }, resolver);
      assert.ok(resolver.asked <= MOST_QUESTIONS, `${resolver.asked} queries`);
      assert.ok(counts.lookups <= counts.lookupLimit + 1 && counts.voidLookups <= counts.voidLimit + 1);
      await inspectSpf(helo, resolver);
    }),
    { seed: 7208, numRuns: 1500 },
  );
});
