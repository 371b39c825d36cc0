// Mailboxes, groups, comments, encoded words (RFC 5322 section 3.4, RFC 2047).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMailbox, parseAddress, parseAddressList } from '../../../shared/message/address.ts';
import { decodeEncodedWords, encodeWords } from '../../../shared/message/encoded-word.ts';

const cases: [string, string[]][] = [
  ['a@example.org', ['|a@example.org']],
  ['<a@example.org>', ['|a@example.org']],
  ['A B <a@example.org>, c@example.net', ['A B|a@example.org', '|c@example.net']],
  ['"Doe, John" <j@example.org>', ['Doe, John|j@example.org']],
  ['"He said \\"hi\\"" <j@example.org>', ['He said "hi"|j@example.org']],
  ['John Q. Public <j@example.org>', ['John Q. Public|j@example.org']],
  ['j@example.org (John (the) Doe)', ['John (the) Doe|j@example.org']],
  ['"john doe"@example.org', ['|"john doe"@example.org']],
  ['X <"john doe"@example.org>', ['X|"john doe"@example.org']],
  ['"john"@example.org', ['|john@example.org']],
  ['"a@evil.example" <b@example.org>', ['a@evil.example|b@example.org']],
  ['a@evil.example <b@example.org>', ['a@evil.example|b@example.org']],
  ['"a@evil.example"@example.org', ['|"a@evil.example"@example.org']],
  ['john @ example . org', ['|john@example.org']],
  ['x(a)@(b)example(c).(d)org', ['a b c d|x@example.org']],
  ['<@r1.example,@r2.example:a@example.org>', ['|a@example.org']],
  ['Team: a@example.org, B <b@example.org>;, c@example.org', ['|a@example.org', 'B|b@example.org', '|c@example.org']],
  ['undisclosed-recipients:;', []],
  ['a@[192.0.2.1], b@[IPv6:2001:db8::1]', ['|a@[192.0.2.1]', '|b@[IPv6:2001:db8::1]']],
  ['=?utf-8?q?Gr=C3=BC=C3=9Fe?= <a@example.org>', ['Grüße|a@example.org']],
  ['=?utf-8?b?0J/RgNC4?= =?utf-8?b?0LLQtdGC?= <a@example.org>', ['Привет|a@example.org']],
  ['"=?utf-8?q?a=40b?=" <c@example.org>', ['a@b|c@example.org']],
  ['почта@пример.рф', ['|почта@пример.рф']],
  ['a@example.org,,b@example.org,', ['|a@example.org', '|b@example.org']],
  ['a@example.org; b@example.org', ['|a@example.org', '|b@example.org']],
  ['root', ['|root']],
];
for (const [text, expected] of cases) {
  test(`reads ${text}`, () => {
    const { mailboxes } = parseAddressList(text);
    assert.deepEqual(
      mailboxes.map((mailbox) => `${mailbox.name}|${mailbox.address}`),
      expected,
    );
  });
}

test('names the group of its members', () => {
  const list = parseAddressList('A =?utf-8?q?=C3=A4?=: x@example.org; y@example.org');
  assert.deepEqual(list.groups, ['A ä']);
  assert.deepEqual(
    list.mailboxes.map((mailbox) => mailbox.group),
    ['A ä', undefined],
  );
});

for (const [text, kind] of [
  ['', 'empty'],
  ['root', 'no-domain'],
  ['a@', 'bad-address'],
  ['@example.org', 'bad-address'],
  ['a@b@example.org', 'bad-address'],
  ['a b@example.org', 'extra-text'],
  ['"a@example.org', 'unclosed'],
  ['<a@example.org', 'unclosed'],
  ['a@exa\0mple.org', 'control-character'],
  ['a..b@example.org', 'bad-address'],
] as const) {
  test(`${kind}: ${JSON.stringify(text)}`, () => {
    assert.ok(
      parseAddressList(text).problems.some((problem) => problem.kind === kind),
      JSON.stringify(parseAddressList(text)),
    );
    assert.equal(parseAddress(text), undefined);
  });
}

test('a mailbox written is the mailbox read', () => {
  for (const name of [
    '',
    'A B',
    'Doe, John',
    'say "hi" \\ there',
    'Привет, мир! '.repeat(12).trim(),
    '=?utf-8?q?x?=',
    '日本語',
  ]) {
    const written = formatMailbox({ name, address: 'a@example.org' });
    assert.match(written, /^[\x20-\x7e]*$/);
    const read = parseAddressList(written).mailboxes;
    assert.equal(read.length, 1);
    assert.equal(read[0]!.name, name);
    assert.equal(read[0]!.address, 'a@example.org');
  }
});

test('no control character gets into a written mailbox', () => {
  assert.equal(formatMailbox({ name: 'a\r\nBcc: x', address: 'a@b.example' }), '"a Bcc: x" <a@b.example>');
});

test('encoded words: a character split between words, unknown charsets, invalid ones', () => {
  assert.equal(decodeEncodedWords('=?utf-8?b?0A==?= =?utf-8?b?nw==?='), 'П');
  assert.equal(decodeEncodedWords('a =?utf-8?q?b?= c =?utf-8?q?d_e?= f'), 'a b c d e f');
  assert.equal(decodeEncodedWords('=?koi8-r?b?8NLJ18XU?='), 'Привет');
  assert.equal(decodeEncodedWords('=?x-none?q?abc?='), 'abc');
  assert.equal(decodeEncodedWords('=?utf-8?b?*?='), '=?utf-8?b?*?=');
  for (const word of encodeWords('жук '.repeat(60)).split(' ')) assert.ok(word.length <= 75);
});

test('encoded words of stateful character sets are decoded separately (RFC 2047 sections 5 and 6)', () => {
  const words = (charset: string, ...bytes: string[]) =>
    bytes.map((one) => `=?${charset}?B?${Buffer.from(one, 'latin1').toString('base64')}?=`).join('\r\n ');
  const cases: [string, string][] = [
    ['=?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?= =?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?=', 'テストテスト'],
    [words('iso-2022-jp', '\x1b$B%F%9%H\x1b(B', 'abc'), 'テストabc'],
    // The first word does not go back to ASCII; the second starts there all the same.
    [words('iso-2022-jp', '\x1b$B%F%9%H', 'abc'), 'テストabc'],
    [words('iso-2022-jp', '\x1b(B\x1b$B%F%9%H\x1b(B\x1b(B'), 'テスト'],
    [words('ISO-2022-JP-MS', '\x1b$B%F%9%H\x1b(B'), 'テスト'],
    ['=?ISO-2022-JP?Q?=1B$B=25F=1B(B?= =?ISO-2022-JP?Q?=1B$B=259=1B(B?=', 'テス'],
    [words('iso-2022-kr', '\x1b$)C\x0eGQ1[\x0f', '\x1b$)C\x0eGQ1[\x0f'), '한글한글'],
    [words('hz-gb-2312', '~{VPND~}', '~{VPND~} ~~'), '中文中文 ~'],
    [words('utf-7', '+BB8-a', '+BB8-'), 'ПaП'],
    // In other sets, a character split between words is joined.
    [words('gb2312', '\xd6', '\xd0'), '中'],
    // Names of object properties are not character sets.
    [words('constructor', 'abc', 'd'), 'abcd'],
    [words('__proto__', 'abc'), 'abc'],
    [words('cp949', '\xc7\xd1'), '한'],
  ];
  for (const [text, read] of cases) assert.equal(decodeEncodedWords(text), read, text);
});

test('a blank inside an address never makes another address of it', () => {
  for (const text of ['<a b@x.example>', 'Shop <john smith@x.example>', '<a@x example>', '<a@x.example b@x.example>']) {
    const { mailboxes, problems } = parseAddressList(text);
    assert.ok(problems.length > 0, text);
    assert.ok(!mailboxes.some(({ address }) => /^(ab|johnsmith)@|xexample/.test(address)), JSON.stringify(mailboxes));
  }
  // The obsolete syntax has blanks around the dots and the "@" (RFC 5322 section 4.4).
  assert.deepEqual(parseAddressList('<a . b @ x . example>').mailboxes[0]?.address, 'a.b@x.example');
});

test('text after the ">" is a problem, a comment is not', () => {
  assert.deepEqual(
    parseAddressList('<a@x.example>b').problems.map(({ kind }) => kind),
    ['extra-text'],
  );
  assert.deepEqual(
    parseAddressList('<a@x.example> <b@x.example>').problems.map(({ kind }) => kind),
    ['extra-text'],
  );
  assert.deepEqual(parseAddressList('A <a@x.example> (work)').problems, []);
});
