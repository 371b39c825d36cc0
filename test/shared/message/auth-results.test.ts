// Authentication-Results as RFC 8601 has it and as receivers write it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAuthenticationResults, parseAuthenticationResults } from '../../../shared/message/auth-results.ts';

const brief = (text: string) => {
  const { value, problems } = parseAuthenticationResults(text);
  return [
    value.authservId,
    ...value.results.map((result) =>
      [
        `${result.method}=${result.result}`,
        ...(result.reason === undefined ? [] : [`reason=${result.reason}`]),
        ...result.properties.map((p) => `${p.ptype}.${p.property}=${p.value}`),
        ...result.comments.map((comment) => `(${comment})`),
      ].join(' '),
    ),
    ...problems.map((problem) => `!${problem.kind}`),
  ];
};

for (const [text, expected] of [
  // RFC 8601 appendix B.
  ['example.org 1; none', ['example.org']],
  ['example.com;\r\n spf=pass smtp.mailfrom=example.net', ['example.com', 'spf=pass smtp.mailfrom=example.net']],
  [
    'example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n spf=pass smtp.mailfrom=example.net',
    ['example.com', 'auth=pass smtp.auth=sender@example.net (cram-md5)', 'spf=pass smtp.mailfrom=example.net'],
  ],
  [
    'example.com; dkim=pass reason="good signature" header.i=@mail-router.example.net; dkim=fail reason="bad signature" header.i=@newyork.example.com',
    [
      'example.com',
      'dkim=pass reason=good signature header.i=@mail-router.example.net',
      'dkim=fail reason=bad signature header.i=@newyork.example.com',
    ],
  ],
  [
    "foo.example.net (foobar) 1 (baz);\r\n  dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n  policy (A dot can go here) . (like that) expired\r\n  (this surprised me) = (as I wasn't expecting it) 1362471462",
    [
      'foo.example.net',
      "dkim=fail policy.expired=1362471462 (Because I like it) (One yay) (wait for it) (A dot can go here) (like that) (this surprised me) (as I wasn't expecting it)",
    ],
  ],
  ['x.example; spf=pass smtp.mailfrom="a b"@example.org', ['x.example', 'spf=pass smtp.mailfrom="a b"@example.org']],
  ['"x y"; dkim=PASS Header.D=Example.org;', ['x y', 'dkim=pass header.d=Example.org']],
  ['x.example; dkim=pass header.b="abc/d+=" header.s=s1', ['x.example', 'dkim=pass header.b=abc/d+= header.s=s1']],
  ['x.example; dkim=pass header.b=abc/d+= header.s=s1', ['x.example', 'dkim=pass header.b=abc/d+= header.s=s1']],
  [
    'spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=a.example; dmarc=pass action=none header.from=a.example;compauth=pass reason=100',
    [
      '',
      'spf=pass smtp.mailfrom=a.example (sender IP is 192.0.2.1)',
      'dmarc=pass .action=none header.from=a.example',
      'compauth=pass reason=100',
      '!no-authserv-id',
    ],
  ],
  ['i=1; mx.example; arc=none; dkim=none', ['mx.example', 'arc=none', 'dkim=none']],
  ['x.example; =pass; spf=none; (c', ['x.example', 'spf=none', '!bad-result']],
  ['x.example; "a;b"; spf=none', ['x.example', 'spf=none', '!bad-result']],
  ['x.example; dkim=pass header.d', ['x.example', 'dkim=pass', '!bad-property']],
  ['x.example 2x; none', ['x.example', '!bad-version']],
  ['x.example', ['x.example', '!empty']],
  ['', ['', '!no-authserv-id', '!empty']],
] as [string, string[]][]) {
  test(`reads ${text.slice(0, 60)}`, () => assert.deepEqual(brief(text), expected));
}

test('what is written is what is read', () => {
  const value = {
    authservId: 'mx.example.org',
    version: 1,
    comments: ['a (nested) one'],
    results: [
      {
        method: 'dkim',
        methodVersion: 1,
        result: 'fail',
        reason: 'body "changed"; see \\ there',
        comments: ['2048-bit key'],
        properties: [
          { ptype: 'header', property: 'd', value: 'example.org' },
          { ptype: 'header', property: 'i', value: 'a.b=c@example.org' },
          { ptype: 'header', property: 'b', value: 'a/b+c=' },
        ],
      },
      { method: 'spf', methodVersion: 2, result: 'none', comments: [], properties: [] },
    ],
  };
  const text = formatAuthenticationResults(value);
  assert.deepEqual(parseAuthenticationResults(text), { value, problems: [] });
  for (const line of `Authentication-Results: ${text}`.split('\r\n')) assert.ok(line.length <= 78, line);
  assert.equal(formatAuthenticationResults({ ...value, comments: [], results: [] }), 'mx.example.org;\r\n\tnone');
});

test('no value can start a new field', () => {
  const text = formatAuthenticationResults({
    authservId: 'a\r\nX: y',
    version: 1,
    comments: ['b\r\nX: y'],
    results: [
      {
        method: 'spf',
        methodVersion: 1,
        result: 'pass',
        comments: [],
        properties: [{ ptype: 'smtp', property: 'helo', value: 'c\r\nX: y\0' }],
      },
    ],
  });
  for (const line of text.split('\r\n').slice(1)) assert.match(line, /^\t/);
  assert.doesNotMatch(text, /\0/);
});
