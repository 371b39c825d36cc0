// Syntax errors of SPF records: their ids and offsets; and no text makes the parser throw.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSpfRecord } from '../../../shared/spf/parse.ts';

// The offset is that of the fault, marked here by the text after it.
const faults: [record: string, kind: string, from: string][] = [
  ['v=spf1 ipv4:192.0.2.1 -all', 'unknown-mechanism', 'ipv4:'],
  ['v=spf1 -foo -all', 'unknown-mechanism', 'foo -all'],
  ['v=spf1 all- mx', 'unknown-mechanism', 'all- mx'],
  ['v=spf1 mx\tall', 'bad-character', '\tall'],
  ['v=spf1 a:h\xe9.example -all', 'bad-character', '\xe9.example'],
  ['v=spf1 -redirect=a.example', 'bad-modifier', '-redirect'],
  ['v=spf1 exists:%{i -all', 'bad-macro', '%{i -all'],
  ['v=spf1 exists:x.%{c}.example', 'bad-macro', '%{c}'],
  ['v=spf1 a:%{d0}.example', 'bad-macro', '%{d0}'],
  ['v=spf1 foo=%', 'bad-macro', '%'],
  ['v=spf1 mx include', 'missing-domain', ''],
  ['v=spf1 include: -all', 'missing-domain', ' -all'],
  ['v=spf1 redirect=', 'missing-domain', ''],
  ['v=spf1 a:localhost', 'bad-domain', 'localhost'],
  ['v=spf1 a:b.example:25', 'bad-domain', 'b.example:25'],
  ['v=spf1 all:x', 'unexpected-value', ':x'],
  ['v=spf1 ip4:192.0.2.01', 'bad-ip', '192.0.2.01'],
  ['v=spf1 ip4:2001:db8::1', 'bad-ip', '2001:db8'],
  ['v=spf1 ip6:192.0.2.1', 'bad-ip', '192.0.2.1'],
  ['v=spf1 ip4:192.0.2.0/33', 'bad-prefix', '/33'],
  ['v=spf1 ip6:2001:db8::/129', 'bad-prefix', '/129'],
  ['v=spf1 a/024', 'bad-prefix', '/024'],
  ['v=spf1 redirect=a.example redirect=b.example', 'duplicate-modifier', 'redirect=b'],
];
for (const [record, kind, from] of faults) {
  test(`${JSON.stringify(record)} has the fault ${kind}`, () => {
    const { problems } = parseSpfRecord(record);
    assert.deepEqual(
      problems.map((problem) => [problem.kind, record.slice(problem.at).startsWith(from)]),
      [[kind, true]],
    );
    if (from === '') assert.equal(problems[0]!.at, record.length);
  });
}

test('what looks odd and is right has no fault', () => {
  for (const record of [
    'v=spf1',
    'V=SPF1   mx  -ALL ',
    'v=spf1 a//64 mx/24//64 a:b.example/0//0',
    'v=spf1 a:%{d} a:b.example. include:%{d1r}.example exists:%{L1r+-/}.%{ir}.x-y.example',
    'v=spf1 ip6:::ffff:192.0.2.1/96 a:b.xn--p1ai a:foo:bar/baz.example',
    'v=spf1 moo.cow-far_out=man:dog/cat r= ~all',
  ])
    assert.deepEqual(parseSpfRecord(record).problems, [], record);
});

test('any text is read without a throw, each term and fault with its place', () => {
  const piece = fc.constantFrom(
    'a:',
    'mx/',
    '%{',
    '}',
    'ip4:',
    '192.0.2.1',
    'ip6:',
    '::1',
    '/24',
    '//',
    'all',
    '-',
    '=',
    '%{d}',
    '.example',
    ' ',
    'redirect=',
  );
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (rest) => {
        const text = `v=spf1 ${rest}`;
        const { terms, problems } = parseSpfRecord(text);
        for (const term of terms) assert.equal(text.slice(term.at, term.at + term.text.length), term.text);
        assert.equal(terms.map((term) => term.text).join(''), text.slice('v=spf1'.length).replaceAll(' ', ''));
        for (const { at } of problems) assert.ok(at >= 'v=spf1'.length && at <= text.length, `${at} in ${text}`);
        assert.equal(
          problems.length > 0,
          terms.some(({ kind }) => kind === 'invalid') || problems.some(({ kind }) => kind === 'duplicate-modifier'),
        );
      },
    ),
    { seed: 7208, numRuns: 3000 },
  );
});
