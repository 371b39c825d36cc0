// DMARC records read: RFC 9989 sections 4.7, 4.8 and 4.10.1.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isDmarcRecord, looksLikeDmarc, parseDmarc } from '../../../shared/dmarc/parse.ts';
import { parseReportUris } from '../../../shared/dmarc/report-uri.ts';

const problemsOf = (text: string) => parseDmarc(text).problems.map(({ id, tag }) => `${id} ${tag}`.trim());

describe('the version, RFC 9989 section 4.7 tag "v"', () => {
  const cases: [text: string, isRecord: boolean, problem: string][] = [
    ['v=DMARC1; p=none', true, ''],
    ['v=DMARC1;p=none', true, ''],
    ['v=DMARC1', true, ''],
    ['v = DMARC1 ; p=none', true, ''],
    ['V=DMARC1; p=none', true, ''],
    ['v=dmarc1; p=none', false, 'version-case v'],
    ['v=DMARC2; p=none', false, 'not-dmarc v'],
    ['v=DMARC1x; p=none', false, 'not-dmarc v'],
    ['v=DMARC1 p=none', false, 'not-dmarc v'],
    ['v=DMARC1, p=none', false, 'not-dmarc v'],
    ['p=none; v=DMARC1', false, 'version-not-first v'],
    ['"v=DMARC1; p=none"', false, 'not-dmarc v'],
    ['p=none', false, 'not-dmarc v'],
    ['v=spf1 -all', false, 'not-dmarc v'],
    ['', false, 'not-dmarc v'],
  ];
  for (const [text, isRecord, problem] of cases) {
    test(JSON.stringify(text), () => {
      assert.equal(isDmarcRecord(text), isRecord);
      assert.equal(parseDmarc(text).valid, isRecord);
      if (problem !== '') assert.ok(problemsOf(text).includes(problem), problemsOf(text).join());
    });
  }
  test('what was meant as a record is known from what was not', () => {
    for (const text of ['v=dmarc1;p=none', '"v=DMARC1; p=none"', 'p=none; v=DMARC1', 'v=DMARC 1;p=none', 'v=D MARC1']) {
      assert.ok(looksLikeDmarc(text), text);
    }
    for (const text of ['v=spf1 include:dmarc.example -all', 'google-site-verification=v', 'v=DKIM1; p=', '']) {
      assert.ok(!looksLikeDmarc(text), text);
    }
  });
});

describe('policies, RFC 9989 section 4.10.1', () => {
  const cases: [text: string, applied: [string, string, string] | null][] = [
    ['v=DMARC1; p=reject', ['reject', 'reject', 'reject']],
    ['v=DMARC1; p=Reject', ['reject', 'reject', 'reject']],
    ['v=DMARC1; p=reject; sp=quarantine; np=none', ['reject', 'quarantine', 'none']],
    ['v=DMARC1; p=quarantine; sp=none', ['quarantine', 'none', 'none']],
    ['v=DMARC1; p=none; np=reject', ['none', 'none', 'reject']],
    // Missing or invalid: "none" with a valid rua, no effect at all without.
    ['v=DMARC1; rua=mailto:a@shop.example', ['none', 'none', 'none']],
    ['v=DMARC1', null],
    ['v=DMARC1; sp=reject; rua=mailto:a@shop.example', ['none', 'none', 'none']],
    ['v=DMARC1; sp=reject; np=reject', null],
    ['v=DMARC1; p=bogus; rua=mailto:a@shop.example', ['none', 'none', 'none']],
    ['v=DMARC1; p=bogus', null],
    ['v=DMARC1; p=reject; sp=bogus', null],
    ['v=DMARC1; p=reject; np=bogus; rua=mailto:a@shop.example', ['none', 'none', 'none']],
    ['v=DMARC1; p=; rua=a@shop.example', null],
    ['v=DMARC1; rua=https://reports.example/', ['none', 'none', 'none']],
    // Removed tags have no effect (appendix C).
    ['v=DMARC1; p=reject; pct=0', ['reject', 'reject', 'reject']],
    ['v=DMARC1; p=reject; pct=many; rf=x; ri=-1', ['reject', 'reject', 'reject']],
    // Unknown tags MUST be ignored (section 4.7).
    ['v=DMARC1; p=reject; future=yes', ['reject', 'reject', 'reject']],
    // A tag twice makes the list invalid (RFC 6376 section 3.2).
    ['v=DMARC1; p=none; p=reject', null],
    ['v=DMARC1; p=none; P=reject', null],
    ['v=DMARC1; p=none; x=1; x=2', null],
  ];
  for (const [text, applied] of cases) {
    test(text, () => {
      const record = parseDmarc(text);
      assert.deepEqual(record.applied && Object.values(record.applied), applied);
    });
  }
});

describe('the other tags, RFC 9989 section 4.7', () => {
  test('defaults', () => {
    const record = parseDmarc('v=DMARC1; p=none');
    assert.deepEqual(record.alignment, { spf: 'relaxed', dkim: 'relaxed' });
    assert.equal(record.publicSuffix, 'u');
    assert.equal(record.testing, false);
    assert.deepEqual(record.failureOptions, ['0']);
    assert.deepEqual(record.problems, []);
  });
  test('values', () => {
    const record = parseDmarc('v=DMARC1; p=none; aspf=s; adkim=S; psd=n; t=y; fo=d:s');
    assert.deepEqual(record.alignment, { spf: 'strict', dkim: 'strict' });
    assert.equal(record.publicSuffix, 'n');
    assert.equal(record.testing, true);
    assert.deepEqual(record.failureOptions, ['d', 's']);
    assert.deepEqual(record.problems, []);
  });
  test('an invalid value leaves the default, and the record is valid', () => {
    const record = parseDmarc('v=DMARC1; p=reject; aspf=strict; adkim=; psd=x; t=1; fo=2');
    assert.equal(record.valid, true);
    assert.deepEqual(record.alignment, { spf: 'relaxed', dkim: 'relaxed' });
    assert.equal(record.publicSuffix, 'u');
    assert.equal(record.testing, false);
    assert.deepEqual(record.problems.map(({ id, tag }) => `${id} ${tag}`).sort(), [
      'bad-value adkim',
      'bad-value aspf',
      'bad-value fo',
      'bad-value psd',
      'bad-value t',
    ]);
    assert.equal(record.applied?.domain, 'reject');
  });
  test('what is wrong is named', () => {
    assert.deepEqual(problemsOf('v=DMARC1; P=none'), ['tag-case p']);
    assert.deepEqual(problemsOf('v=DMARC1; p=none; pct=50; ri=3600'), ['removed-tag pct', 'removed-tag ri']);
    assert.deepEqual(problemsOf('v=DMARC1; p=none; hello; ; x=1'), ['unknown-tag x', 'tag-syntax hello', 'tag-syntax']);
    assert.deepEqual(problemsOf(' v=DMARC1; p=none'), ['leading-octets v']);
    assert.deepEqual(problemsOf('v=DMARC1'), ['missing-policy p']);
    assert.deepEqual(problemsOf('v=DMARC1; sp=none; p=none'), ['policy-order p']);
    assert.deepEqual(problemsOf('v=DMARC1; x=1; p=none'), ['unknown-tag x', 'policy-order p']);
    assert.deepEqual(problemsOf('v=DMARC1; p=reject; t=y; pct=10'), []);
    assert.deepEqual(problemsOf('v=DMARC1; p=none; rua=mailto:a@b.test;mailto:c@b.test'), ['bad-report-uri rua']);
  });
  const options: [fo: string, valid: boolean][] = [
    ['0', true],
    ['1', true],
    ['d:s', true],
    ['1:d:s', true],
    ['d:0:s', true],
    ['S', true],
    ['0:1', false],
    ['1:1', false],
    ['d:d', false],
    ['1:x', false],
    ['', false],
    ['1:', false],
    ['ds', false],
  ];
  for (const [fo, valid] of options) {
    test(`fo=${fo}`, () => assert.deepEqual(problemsOf(`v=DMARC1; p=none; fo=${fo}`), valid ? [] : ['bad-value fo']));
  }
  test('pct, as receivers of RFC 7489 read it', () => {
    const table: [string, number][] = [
      ['pct=10', 10],
      ['pct=0', 0],
      ['pct=100', 100],
      ['pct=101', 100],
      ['pct=-1', 100],
      ['pct=ten', 100],
      ['ri=1', 100],
    ];
    for (const [tag, percentage] of table) assert.equal(parseDmarc(`v=DMARC1; p=none; ${tag}`).percentage, percentage);
  });
});

describe('report addresses, RFC 9989 sections 4.6 and 4.8', () => {
  const cases: [value: string, addresses: string[], problems: string[]][] = [
    ['mailto:a@shop.example', ['a@shop.example'], []],
    ['mailto:a@shop.example,mailto:b@reports.example', ['a@shop.example', 'b@reports.example'], []],
    ['mailto:a@shop.example , mailto:b@reports.example', ['a@shop.example', 'b@reports.example'], []],
    ['mailto:a@SHOP.example', ['a@SHOP.example'], []],
    ['MAILTO:a@shop.example', ['a@shop.example'], []],
    ['mailto:a@shop.example!10m', ['a@shop.example'], ['report-size']],
    ['mailto:a@shop.example !10 k', ['a@shop.example'], ['report-size']],
    ['mailto:a%2Cb@shop.example', ['a,b@shop.example'], []],
    ['mailto:a%zz@shop.example', [], ['bad-report-uri']],
    ['mailto:a@shop.example?subject=x', ['a@shop.example'], []],
    ['https://reports.example/in', [''], ['report-scheme']],
    ['a@shop.example', [], ['bad-report-uri']],
    ['mailto: a@shop.example', [], ['bad-report-uri']],
    ['mailto:', [], ['bad-report-uri']],
    ['mailto:@shop.example', [], ['bad-report-uri']],
    ['mailto:a@', [], ['bad-report-uri']],
    ['mailto:a@shop.example,', ['a@shop.example'], ['bad-report-uri']],
    ['mailto:a@shop..example', [], ['bad-report-uri']],
    ['mailto://a@shop.example', [], ['bad-report-uri']],
    ['mailto:a@b@shop.example', [], ['bad-report-uri']],
    ['mailto:%22a@b%22@shop.example', ['"a@b"@shop.example'], []],
  ];
  for (const [value, addresses, problems] of cases) {
    test(value, () => {
      const parsed = parseReportUris(value, 'rua');
      assert.deepEqual(
        parsed.uris.map(({ address }) => address),
        addresses,
      );
      assert.deepEqual(
        parsed.problems.map(({ id }) => id),
        problems,
      );
    });
  }
  test('an internationalised destination is queried as A-labels', () => {
    assert.equal(parseReportUris('mailto:a@xn--80aswg.xn--p1ai', 'rua').uris[0]?.domain, 'xn--80aswg.xn--p1ai');
    assert.equal(
      parseReportUris('mailto:a@%D1%81%D0%B0%D0%B9%D1%82.%D1%80%D1%84', 'rua').uris[0]?.domain,
      'xn--80aswg.xn--p1ai',
    );
  });
});

test('no bytes make the parser throw, and its result is consistent', () => {
  const bytes = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  });
  const pieces = fc
    .array(
      fc.constantFrom(
        'v',
        '=',
        'DMARC1',
        ';',
        ' ',
        'p',
        'sp',
        'none',
        'reject',
        'rua',
        'mailto:a@b.c',
        ',',
        '!',
        '%',
        'psd',
        'y',
        '\0',
        'é',
      ),
      { maxLength: 30 },
    )
    .map((words) => words.join(''));
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        pieces,
        pieces.map((rest) => `v=DMARC1; ${rest}`),
      ),
      (text) => {
        const record = parseDmarc(text);
        assert.equal(record.valid && !isDmarcRecord(text), false);
        if (!record.valid) assert.equal(record.applied, null);
        // A record without effect has a problem.
        if (record.applied === null) assert.ok(record.problems.length > 0);
        assert.deepEqual(JSON.parse(JSON.stringify(record)), record);
      },
    ),
    { numRuns: 2000, seed: 9989 },
  );
});

test('a text of 64 KB is read like any other, and its problems are bounded', () => {
  for (const filler of [' ', ';', 'v=', ',', '!1', ',mailto:a@b.c', '\t=', '; x', '! ', 'é']) {
    const text = `v=DMARC1; p=reject; ruf=mailto:a@shop.example ${filler.repeat(65_536 / filler.length)}x; rua=mailto:b@shop.example`;
    const record = parseDmarc(text);
    assert.equal(record.policy, 'reject');
    assert.equal(record.aggregateReports.length, 1);
    assert.ok(JSON.stringify({ ...record, text: '' }).length < 200_000, filler);
  }
  const tags = Array.from({ length: 9000 }, (_, i) => `x${i}=1`).join(';');
  const record = parseDmarc(`v=DMARC1;p=reject;${tags}`);
  assert.equal(record.applied?.domain, 'reject');
  assert.ok(record.unknown.length < 20 && record.problems.length < 20);
});
