// The record proposed for a faulty one: it keeps every intended tag, and its policy is not stronger than before.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { correction } from '../../../shared/dmarc/correct.ts';
import {
  type Enforcement,
  enforcementBelow,
  enforcementOf,
  NO_ENFORCEMENT,
  noStronger,
} from '../../../shared/dmarc/enforcement.ts';
import { readIntent } from '../../../shared/dmarc/intent.ts';
import { parseDmarc } from '../../../shared/dmarc/parse.ts';

const corrected = (...texts: string[]) =>
  correction(texts, texts.length === 1 ? enforcementOf(parseDmarc(texts[0]!)) : NO_ENFORCEMENT);
const A = 'mailto:a@shop.example';
const B = 'mailto:b@shop.example';

describe('the policies for each kind of receiver', () => {
  // Of RFC 9989 the domain, subdomains, names that do not exist; of RFC 7489 the domain and subdomains.
  const cases: [text: string, numbers: number[]][] = [
    ['v=DMARC1; p=reject', [2, 2, 2, 2, 2]],
    ['v=DMARC1; p=quarantine; sp=none; np=reject', [1, 0, 2, 1, 0]],
    ['v=DMARC1; p=quarantine; pct=10', [1, 1, 1, 0.1, 0.1]],
    ['v=DMARC1; p=reject; pct=10; t=y', [1, 1, 1, 1.1, 1.1]],
    ['v=DMARC1; p=reject; pct=0', [2, 2, 2, 1, 1]],
    ['v=DMARC1; p=quarantine; t=y', [0, 0, 0, 1, 1]],
    ['v=DMARC1; p=reject; np=block', [0, 0, 0, 2, 2]],
    ['v=DMARC1; p=reject; sp=block', [0, 0, 0, 0, 0]],
    ['v=DMARC1; rua=mailto:a@shop.example', [0, 0, 0, 0, 0]],
    ['v=dmarc1; p=reject', [0, 0, 0, 0, 0]],
    ['v=DMARC1; p=reject; pct=many', [2, 2, 2, 2, 2]],
    ['v=DMARC1; p=reject; pct=900', [2, 2, 2, 2, 2]],
  ];
  for (const [text, numbers] of cases) {
    test(text, () => assert.deepEqual(Object.values(enforcementOf(parseDmarc(text))), numbers));
  }
  test('below the name of a record', () => {
    const below = enforcementBelow(enforcementOf(parseDmarc('v=DMARC1; p=reject; sp=quarantine; pct=50')));
    assert.deepEqual([below.domain, below.olderDomain], [1, 0.5]);
  });
});

describe('the corrected record', () => {
  const cases: [text: string, record: string, dropped?: string[]][] = [
    // Receivers of RFC 7489 know "pct", those of RFC 9989 "t".
    [`v=DMARC1; p=quarantine; pct=10; rua=${A}`, `v=DMARC1; p=quarantine; t=y; pct=10; rua=${A}`],
    ['v=DMARC1; p=reject; pct=0', 'v=DMARC1; p=reject; t=y; pct=0'],
    ['v=DMARC1; p=reject; pct=25%', 'v=DMARC1; p=reject; t=y; pct=25'],
    ['v=DMARC1; p=none; sp=reject; pct=50', 'v=DMARC1; p=none; sp=reject; t=y; pct=50'],
    ['v=DMARC1; p=none; pct=10; ri=3600; rf=afrf', 'v=DMARC1; p=none'],
    ['v=DMARC1; p=reject; pct=100; rf=afrf; ri=86400', 'v=DMARC1; p=reject'],
    ['v=DMARC1; p=reject; pct=10; t=n', 'v=DMARC1; p=reject; t=n; pct=10'],
    // Addresses.
    [`v=DMARC1; p=reject; rua=${A};${B}`, `v=DMARC1; p=reject; rua=${A},${B}`],
    [`v=DMARC1; p=reject; rua=${A};b@shop.example; ruf=${A};${B}`, `v=DMARC1; p=reject; rua=${A},${B}; ruf=${A},${B}`],
    [`v=DMARC1; p=reject; rua=${A} ${B}`, `v=DMARC1; p=reject; rua=${A},${B}`],
    ['v=DMARC1; p=reject; rua=a@shop.example, mailto: b@shop.example!5m', `v=DMARC1; p=reject; rua=${A},${B}`],
    ['v=DMARC1; p=none; rua=mailto://a@shop.example', `v=DMARC1; p=none; rua=${A}`],
    ['v=DMARC1; p=none; rua=mail:a@shop.example', `v=DMARC1; p=none; rua=${A}`],
    ['v=DMARC1; p=none; rua=<a@shop.example>', `v=DMARC1; p=none; rua=${A}`],
    ['v=DMARC1; p=none; rua=MAILTO:a@shop.example;', `v=DMARC1; p=none; rua=${A}`],
    ['v=DMARC1; p=none; rua=mailto:a@сайт.рф', 'v=DMARC1; p=none; rua=mailto:a@xn--80aswg.xn--p1ai'],
    [`v=DMARC1; p=none; rua=${A},https://r.example/in`, `v=DMARC1; p=none; rua=${A},https://r.example/in`],
    // Words where letters belong.
    ['v=DMARC1; p=reject; adkim=strict; aspf=Strict; t=no; psd=no', 'v=DMARC1; p=reject; psd=n; adkim=s; aspf=s'],
    ['v=DMARC1; p=reject; adkim=relaxed; aspf=relaxed', 'v=DMARC1; p=reject'],
    ['v=DMARC1; p=reject; t=yes', 'v=DMARC1; p=reject; t=y'],
    ['v=DMARC1; p=none; ruf=mailto:a@shop.example; fo=0:1', `v=DMARC1; p=none; ruf=${A}; fo=1`],
    ['v=DMARC1; p=none; fo=1:1', 'v=DMARC1; p=none; fo=1'],
    ['v=DMARC1; p=none; fo=d:d:S', 'v=DMARC1; p=none; fo=d:s'],
    ['v=DMARC1; p=none; fo=1,d', 'v=DMARC1; p=none; fo=1:d'],
    // Order, marks, what was pasted.
    ['v=DMARC1; sp=reject; p=reject', 'v=DMARC1; p=reject; sp=reject'],
    ['"v=DMARC1; p=none"', 'v=DMARC1; p=none'],
    [`"v=DMARC1; p=none" "rua=${A}"`, `v=DMARC1; p=none; rua=${A}`],
    [`v=DMARC1; p="none"; rua="${A}"`, `v=DMARC1; p=none; rua=${A}`],
    [`v=DMARC1\\; p=none\\; rua=${A}`, `v=DMARC1; p=none; rua=${A}`],
    ['\u00e2\u0080\u009cv=DMARC1; p=none\u00e2\u0080\u009d', 'v=DMARC1; p=none'],
    ['_dmarc.shop.example. 3600 IN TXT "v=DMARC1; p=none"', 'v=DMARC1; p=none'],
    [`v=DMARC1,p=none,rua=${A}`, `v=DMARC1; p=none; rua=${A}`],
    [`v=DMARC1 p=none rua=${A}`, `v=DMARC1; p=none; rua=${A}`],
    [`v=DMARC1p=nonerua=${A}`, `v=DMARC1; p=none; rua=${A}`],
    [`V = DMARC1 ; P = NONE ; RUA = ${A}`, `v=DMARC1; p=none; rua=${A}`],
    [`v=DMARC1; p:none; rua:${A}`, `v=DMARC1; p=none; rua=${A}`],
    [`v=DMARC1;; p=none; hello; x=1`, 'v=DMARC1; p=none'],
    ['v=DMARC1; p=reject; sp=none; np=reject', 'v=DMARC1; p=reject; sp=none; np=reject'],
    // What is not in force stays so, and is named.
    [`v=DMARC1; p=quarantined; rua=${A}`, `v=DMARC1; p=none; rua=${A}`, ['p=quarantined']],
    [`v=DMARC1; policy=reject; rua=${A}`, `v=DMARC1; p=none; rua=${A}`, ['policy=reject']],
    ['v=dmarc1; p=reject; sp=none', 'v=DMARC1; p=none', ['p=reject']],
    ['"v=DMARC1; p=reject"', 'v=DMARC1; p=none', ['p=reject']],
    ['p=reject; v=DMARC1', 'v=DMARC1; p=none', ['p=reject']],
    ['v=DMARC1; p=none; p=reject', 'v=DMARC1; p=none', ['p=reject']],
    [`v=DMARC1; sp=reject; rua=${A}`, `v=DMARC1; p=none; rua=${A}`, ['sp=reject']],
    ['v=DMARC1; p=quarantine; np=block', 'v=DMARC1; p=quarantine; t=y', ['np=block']],
    ['v=DMARC1; p=reject; np=block', 'v=DMARC1; p=none', ['p=reject', 'np=block']],
  ];
  for (const [text, record, dropped = []] of cases) {
    test(text, () => assert.deepEqual(corrected(text), { record, unclear: [], dropped }));
  }
  test('of several records the addresses of all', () => {
    const record = `v=DMARC1; p=none; adkim=s; rua=${A},${B}`;
    const both = corrected(`v=DMARC1; p=reject; rua=${A}; adkim=s`, `v=DMARC1; p=none; rua=${B},${A}`);
    assert.deepEqual(both, { record, unclear: [], dropped: ['p=reject'] });
  });
  test('an address of the domain only where none is given', () => {
    const own = (text: string) => correction([text], NO_ENFORCEMENT, 'mailto:dmarc@shop.example').record;
    assert.equal(own('v=DMARC1'), 'v=DMARC1; p=none; rua=mailto:dmarc@shop.example');
    assert.equal(own(`v=DMARC1; rua=${A}`), `v=DMARC1; p=none; rua=${A}`);
    assert.equal(
      own('v=DMARC1; rua=https://r.example/'),
      'v=DMARC1; p=none; rua=https://r.example/,mailto:dmarc@shop.example',
    );
  });
  test('a subdomain has no stronger policy than the record above', () => {
    const above = enforcementBelow(enforcementOf(parseDmarc('v=DMARC1; p=reject; sp=quarantine')));
    assert.equal(correction(['"v=DMARC1; p=quarantine"'], above).record, 'v=DMARC1; p=quarantine');
    assert.equal(correction(['"v=DMARC1; p=reject"'], above).record, 'v=DMARC1; p=none');
  });
});

describe('no record where it is not clear what was meant', () => {
  const cases: [text: string, unclear: string[]][] = [
    ['v=DMARC1; p=none; adkim=q', ['adkim=q']],
    ['v=DMARC1; p=none; fo=2', ['fo=2']],
    ['v=DMARC1; p=reject; pct=many', ['pct=many']],
    ['v=DMARC1; p=reject; pct=1000', ['pct=1000']],
    ['v=DMARC1; p=reject; t=s', ['t=s']],
    ['v=DMARC1; p=none; rau=mailto:a@shop.example', ['rau=mailto:a@shop.example']],
    ['v=DMARC1; p=reject; pc=50', ['pc=50']],
    ['v=DMARC1; p=none; mailto:a@shop.example', ['mailto:a@shop.example']],
    ['v=DMARC1; p=none; rua=postmaster', ['rua=postmaster']],
    ['v=DMARC1; p=none; rua=mailto:a@b@shop.example', ['rua=mailto:a@b@shop.example']],
    ['v=DMARC1; p=none; reject', ['reject']],
    ['v=DMARC1; p=none; adkim=s; adkim=r', ['adkim=r']],
    ['v=DMARC2; p=none', ['v=DMARC2']],
  ];
  for (const [text, unclear] of cases) {
    test(text, () => assert.deepEqual(corrected(text), { record: '', unclear, dropped: [] }));
  }
  test('bounds', () => {
    assert.equal(readIntent([`v=DMARC1; p=none; ${'x'.repeat(5000)}`]).unclear.length, 1);
    assert.equal(readIntent(Array(20).fill('v=DMARC1; p=none')).unclear.length, 1);
    const many = Array.from({ length: 30 }, (_, index) => `mailto:a${index}@shop.example`).join(',');
    assert.deepEqual(corrected(`v=DMARC1; p=none; rua=${many}`).unclear, ['rua=']);
    for (const filler of [' ', ';', ',', '"', '" "', 'p=', 'rua=a@', 'none', '\\', ':', '!1', '<'])
      readIntent([`v=DMARC1; p=none; rua=${filler.repeat(65_536 / filler.length)}`]);
  });
});

// Records as people write them, right and wrong.
const policy = fc.constantFrom('none', 'quarantine', 'reject', 'Reject', 'NONE', 'quarantined', 'block', '');
const address = fc.constantFrom(A, B, 'mailto:c@r.test!10m', 'd@shop.example', 'https://r.test/', 'mailto: e@r.test');
const addresses = fc
  .tuple(fc.array(address, { minLength: 1, maxLength: 3 }), fc.constantFrom(',', ', ', ';', ' '))
  .map(([list, mark]) => list.join(mark));
const tag = fc.oneof(
  fc.tuple(fc.constantFrom('p', 'sp', 'np', 'policy'), policy),
  fc.tuple(fc.constantFrom('adkim', 'aspf'), fc.constantFrom('r', 's', 'strict', 'relaxed', 'q')),
  fc.tuple(fc.constant('pct'), fc.constantFrom('0', '10', '50', '99', '100', '10%', 'x')),
  fc.tuple(fc.constant('t'), fc.constantFrom('y', 'n', 'yes')),
  fc.tuple(fc.constant('psd'), fc.constantFrom('y', 'n', 'u')),
  fc.tuple(fc.constantFrom('rua', 'RUA', 'ruf'), addresses),
  fc.tuple(fc.constant('fo'), fc.constantFrom('0', '1', '0:1', 'd:d', '1:d:s', 'x')),
  fc.tuple(fc.constantFrom('ri', 'rf', 'x'), fc.constantFrom('86400', 'afrf')),
);
const record = fc
  .tuple(
    fc.constantFrom('v=DMARC1', 'v=DMARC1', 'v=DMARC1', 'v=dmarc1', '"v=DMARC1'),
    fc.option(policy),
    fc.array(tag, { maxLength: 5 }),
    fc.constantFrom('; ', ';', '; ', ' ', ', '),
  )
  .map(([version, first, tags, mark]) =>
    [version, ...(first === null ? [] : [`p=${first}`]), ...tags.map(([key, value]) => `${key}=${value}`)].join(mark),
  );

test('over 5000 records, the proposal is valid, has no stronger policy, and keeps every address', (context) => {
  const counts = { proposed: 0, same: 0, 'not clear': 0, withheld: 0 };
  fc.assert(
    fc.property(record, (text) => {
      const before = parseDmarc(text);
      const inForce: Enforcement = enforcementOf(before);
      const { record: proposed, unclear } = correction([text], inForce);
      if (proposed === '') {
        counts[unclear.length > 0 ? 'not clear' : 'withheld']++;
        return;
      }
      counts[proposed === text ? 'same' : 'proposed']++;
      const after = parseDmarc(proposed);
      assert.equal(after.valid, true);
      assert.deepEqual(
        after.problems.filter(({ id }) => id !== 'report-scheme'),
        [],
        proposed,
      );
      assert.ok(noStronger(enforcementOf(after), inForce), proposed);
      // Every address in the text, used by receivers or not.
      const kept = [...after.aggregateReports, ...after.failureReports].map(({ address: at, uri }) => at || uri);
      for (const [written] of text.matchAll(/[a-z]+@[a-z.]+|https:\/\/[a-z./]+/g))
        assert.ok(kept.includes(written), proposed);
      assert.equal(after.publicSuffix, before.valid ? before.publicSuffix : after.publicSuffix);
      // Once published, there is nothing left to correct.
      assert.deepEqual(correction([proposed], enforcementOf(after)), { record: proposed, unclear: [], dropped: [] });
    }),
    { numRuns: 5000, seed: 9989 },
  );
  context.diagnostic(JSON.stringify(counts));
  assert.ok(counts.proposed > 2000, JSON.stringify(counts));
});

test('for any text, the proposal is valid', () => {
  const word = fc.constantFrom(
    ...['v', 'p', 'sp', '=', ';', ' ', ',', 'DMARC1', 'none', 'reject', 'rua', 'mailto:a@b.test', 'a@b.test'],
    ...['!1k', '"', 'ü', '\0', '%', '\ud800', '\\', 'pct', 't', '10'],
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 25 }), (words) => {
      const { record: proposed } = correction([words.join('')], NO_ENFORCEMENT, 'mailto:dmarc@shop.example');
      if (proposed !== '') assert.deepEqual(parseDmarc(proposed).problems, [], proposed);
    }),
    { numRuns: 3000, seed: 9989 },
  );
});
