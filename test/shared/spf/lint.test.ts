// Terms of a valid record without effect, or with another effect than was meant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleTerms, joinedTerm, type TermChanges, withoutIdleTerms } from '../../../shared/spf/lint.ts';
import { parseSpfRecord } from '../../../shared/spf/parse.ts';

test('what has no effect is named, by why', () => {
  const record = parseSpfRecord('v=spf1 mx a mx +A foo=bar include=b.example ~all ip4:192.0.2.1 redirect=a.example');
  assert.deepEqual(idleTerms(record), {
    behindAll: ['ip4:192.0.2.1'],
    duplicates: ['mx', '+A'],
    unknown: ['foo=bar'],
    mistyped: ['include=b.example'],
    redirect: 'redirect=a.example',
  });
  assert.equal(withoutIdleTerms(record), 'v=spf1 mx a include:b.example include:a.example ~all');
});

for (const [text, provider] of [
  ['v=spf1 mx ~all include:_spf.google.com', 'include:_spf.google.com'],
  ['v=spf1 mx ?all include:_spf.google.com', 'include:_spf.google.com'],
  // It may send, since everyone may, or since it is named in front too.
  ['v=spf1 mx +all include:_spf.google.com', undefined],
  ['v=spf1 include:_spf.google.com ~all include:_spf.google.com', undefined],
] as const) {
  test(`${text} keeps ${provider ?? 'no provider'} from sending`, () => {
    assert.equal(idleTerms(parseSpfRecord(text)).provider, provider);
  });
}

const mended: [record: string, mending: TermChanges, text: string][] = [
  ['v=spf1 mx ?all', {}, 'v=spf1 mx ?all'],
  ['v=spf1 mx ?all', { close: true }, 'v=spf1 mx ~all'],
  ['v=spf1 mx', {}, 'v=spf1 mx'],
  ['v=spf1 mx', { close: true }, 'v=spf1 mx ~all'],
  ['v=spf1 mx -all', { close: true }, 'v=spf1 mx -all'],
  ['v=spf1 ?all redirect=a.example', { close: true }, 'v=spf1 include:a.example ~all'],
  ['v=spf1 mx ~all include:_spf.google.com', {}, 'v=spf1 mx include:_spf.google.com ~all'],
  ['v=spf1 mx -all ip4:192.0.2.1 include:_spf.google.com', {}, 'v=spf1 mx include:_spf.google.com -all'],
  ['v=spf1 include:_spf.google.com -all include:_spf.google.com', {}, 'v=spf1 include:_spf.google.com -all'],
  // Other includes are unknown, and a fail is not a sender.
  ['v=spf1 mx ~all include:a.example -include:_spf.google.com', {}, 'v=spf1 mx ~all'],
  ['v=spf1 mx +all', { without: new Set(['+all']) }, 'v=spf1 mx ~all'],
  ['v=spf1 mx:a.example -all', { instead: new Map([['mx:a.example', 'a:a.example']]) }, 'v=spf1 a:a.example -all'],
];
for (const [record, mending, text] of mended) {
  test(`${record} becomes ${text}${mending.close === true ? ', closed' : ''}`, () => {
    assert.equal(withoutIdleTerms(parseSpfRecord(record), mending), text);
  });
}

test('a record in order stays as it is', () => {
  const record = parseSpfRecord('v=spf1 ip4:192.0.2.1 include:a.example redirect=b.example exp=why.example');
  assert.deepEqual(idleTerms(record), { behindAll: [], duplicates: [], unknown: [], mistyped: [] });
  assert.equal(withoutIdleTerms(record), record.text);
});

const strings: [strings: string[], joined: string | undefined][] = [
  [['v=spf1 include:a.example', 'include:b.example -all'], 'include:a.exampleinclude:b.example'],
  [['v=spf1 include:a.example', '-all'], 'include:a.example-all'],
  [['v=spf1 mx', 'redirect=a.example'], 'mxredirect=a.example'],
  // Split anywhere else, strings are joined correctly.
  [['v=spf1 include:a.', 'example -all'], undefined],
  [['v=spf1 include:a.example ', 'include:b.example -all'], undefined],
  [['v=spf1 include:a.example', ' include:b.example -all'], undefined],
  [['v=spf1 ', '-all'], undefined],
  [['v=spf1 -all'], undefined],
];
for (const [parts, joined] of strings) {
  test(`${JSON.stringify(parts)} joins ${joined ?? 'well'}`, () => {
    assert.equal(
      joinedTerm(
        parts.join(''),
        parts.map(({ length }) => length),
      ),
      joined,
    );
  });
}
