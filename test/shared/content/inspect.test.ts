// A message as readers and filters see it: structure, decoding, links, files, lists; and nothing that a stranger sends breaks it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GMAIL_CLIP_OCTETS, inspectContent } from '../../../shared/content/inspect.ts';
import { MAX_PARTS } from '../../../shared/content/structure.ts';
import { registrableDomain } from '../../../shared/dmarc/public-suffix.ts';
import { GOOD, HEAD, NOW, octets } from './messages.ts';

const inspect = (message: string | Uint8Array) =>
  inspectContent(typeof message === 'string' ? octets(message) : message, {
    arrival: NOW.getTime(),
    registrableDomain,
  });
const multipart = (subtype: string, parts: readonly string[], end = '--b--\r\n') =>
  `${HEAD}MIME-Version: 1.0\r\nContent-Type: multipart/${subtype}; boundary=b\r\n\r\npreamble\r\n${parts.map((part) => `--b\r\n${part}\r\n`).join('')}${end}`;
const html = (text: string) =>
  `${HEAD}MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}\r\n`;
const headerIds = (message: string) => inspect(message).headers.problems.map(({ id }) => id);
const linkProblems = (text: string) => inspect(html(text)).badLinks.map(({ problems }) => problems.join('+'));

test('an ordinary mail has nothing wrong about it', () => {
  const facts = inspect(GOOD);
  assert.deepEqual(facts.headers.problems, []);
  assert.deepEqual(facts.structureProblems, []);
  assert.deepEqual(facts.decodeProblems, []);
  assert.deepEqual(facts.badLinks, []);
  assert.deepEqual(
    facts.parts.map(({ path, type }) => `${path} ${type}`),
    ['1.1 text/plain', '1.2 text/html'],
  );
  assert.equal(facts.headers.fromDomain, 'shop.example');
  assert.equal(facts.headers.subject, 'Ваш заказ 1042');
  assert.deepEqual(facts.linkHosts, ['shop.example']);
});

test('fields that are missing, twice, or not readable', () => {
  assert.deepEqual(headerIds('Subject: x\r\n\r\nx'), [
    'missing-from',
    'missing-date',
    'missing-message-id',
    'missing-recipient',
  ]);
  assert.deepEqual(headerIds(`${HEAD}Subject: again\r\nDate: Tue, 17 Nov 2026 10:00:00 +0000\r\n\r\nx`), [
    'duplicate',
    'duplicate',
  ]);
  const replaced = (field: string, value: string) =>
    HEAD.replace(new RegExp(`^${field}:.*(?:\\r\\n[ \\t].*)*`, 'm'), `${field}: ${value}`);
  for (const [field, value, id] of [
    ['From', 'nobody', 'bad-from'],
    ['From', 'a@shop.example, b@shop.example', 'several-from'],
    ['From', '"support@bank.example" <a@shop.example>', 'name-holds-address'],
    ['Date', 'yesterday', 'bad-date'],
    ['Date', '31 Jun 2026 10:00 +0000', 'bad-date'],
    ['Date', 'Thu, 19 Nov 2026 10:00:00 +0000', 'date-future'],
    ['Date', 'Thu, 1 Jan 1970 00:00:00 +0000', 'date-past'],
    ['Message-ID', '1042', 'bad-message-id'],
    ['Message-ID', '<a b@shop.example>', 'bad-message-id'],
    ['Subject', '', 'empty-subject'],
    ['Subject', 'Re: your order', 'fake-reply'],
  ] as const) {
    assert.deepEqual(headerIds(`${replaced(field, value)}\r\nx`), [id], `${field}: ${value}`);
  }
  assert.deepEqual(headerIds(`${HEAD.replace('Subject:', 'In-Reply-To: <1@x.example>\r\nSubject: Re:')}\r\nx`), []);
  assert.deepEqual(headerIds(`From someone Tue Nov 17\r\n${HEAD}\r\nx`), ['not-a-field']);
});

test('dates in every form that mail has', () => {
  for (const date of [
    'Tue, 17 Nov 2026 13:00:00 +0300',
    '17 Nov 2026 10:00 GMT',
    'Tue, 17 Nov 2026 10:00:00 +0000 (UTC (really))',
    'Tue, 17 Nov 2026 05:00:00 EST',
  ]) {
    const { headers } = inspect(HEAD.replace(/^Date: .*$/m, `Date: ${date}`));
    assert.equal(headers.date, NOW.getTime(), date);
  }
});

test('parts: nested, cut off, without boundary, too many, hidden by an encoding', () => {
  const problems = (message: string) => inspect(message).structureProblems.map(({ id }) => id);
  const nested = inspect(
    multipart('mixed', [
      'Content-Type: multipart/alternative; boundary="b c"\r\n\r\n--b c\r\n\r\nplain\r\n--b c\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b c--',
      "Content-Type: application/pdf; name*0*=utf-8''%D1%81; name*1=chet.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA",
    ]),
  );
  assert.deepEqual(
    nested.parts.map(({ path, type, octets: size }) => `${path} ${type} ${size}`),
    ['1.1.1 text/plain 5', '1.1.2 text/html 7', '1.2 application/pdf 4'],
  );
  assert.deepEqual(nested.attachments, [{ name: 'сchet.pdf', type: 'application/pdf', octets: 4, kind: 'other' }]);
  assert.deepEqual(nested.structureProblems, []);
  assert.deepEqual(problems(multipart('mixed', ['\r\nx'], '')), ['not-closed']);
  assert.deepEqual(problems(multipart('mixed', [], 'nothing')), ['boundary-not-found']);
  assert.deepEqual(problems(multipart('mixed', ['\r\nx']).replace('; boundary=b', '')), ['no-boundary']);
  assert.deepEqual(problems(multipart('mixed', ['\r\nx']).replace('MIME-Version: 1.0\r\n', '')), ['no-mime-version']);
  assert.deepEqual(
    problems(
      multipart('mixed', ['\r\nx']).replace('MIME-Version', 'Content-Transfer-Encoding: base64\r\nMIME-Version'),
    ),
    ['encoded-multipart'],
  );
  const many = inspect(multipart('mixed', Array<string>(MAX_PARTS + 50).fill('\r\nx')));
  assert.deepEqual(
    many.structureProblems.map(({ id }) => id),
    ['too-many-parts'],
  );
  let deep = 'text';
  for (let level = 0; level < 40; level++) {
    deep = `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n${deep}\r\n--b${level}--`;
  }
  assert.ok(problems(multipart('mixed', [deep])).includes('too-deep'));
});

test('transfer encodings and character sets', () => {
  const decoding = (head: string, body: Uint8Array | string) =>
    inspect(
      Buffer.concat([
        octets(`${HEAD}MIME-Version: 1.0\r\n${head}\r\n\r\n`),
        typeof body === 'string' ? Buffer.from(body) : body,
      ]),
    ).decodeProblems.map(({ id }) => id);
  const plain = 'Content-Type: text/plain; charset=utf-8';
  const encoded = (encoding: string) => `${plain}\r\nContent-Transfer-Encoding: ${encoding}`;
  assert.deepEqual(decoding(encoded('base64'), '0KHQv9Cw0YHQuNCx0L4=\r\n'), []);
  assert.deepEqual(decoding(encoded('base64'), '0KHQv9Cw0YHQuNCx0L4!\r\n'), ['bad-base64']);
  assert.deepEqual(decoding(encoded('quoted-printable'), 'a=D0=A1 =\r\n b=  \r\nc'), []);
  assert.deepEqual(decoding(encoded('quoted-printable'), 'price=100=ZZ'), ['bad-quoted-printable']);
  assert.deepEqual(decoding(plain, 'Спасибо'), ['undeclared-8bit']);
  assert.deepEqual(decoding(encoded('8bit'), 'Спасибо'), []);
  assert.deepEqual(decoding(encoded('8bit'), Uint8Array.of(0xd1, 0x20, 0xff)), ['not-in-charset']);
  assert.deepEqual(decoding('Content-Transfer-Encoding: 8bit', 'Спасибо'), ['no-charset']);
  assert.deepEqual(decoding('Content-Type: text/plain; charset=klingon', 'x'), ['unknown-charset']);
  assert.deepEqual(
    decoding('Content-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: 8bit', Uint8Array.of(0xd1)),
    [],
  );
});

test('links that say one thing and do another', () => {
  assert.deepEqual(linkProblems('<a href="https://shop.example/1">www.shop.example</a>'), []);
  assert.deepEqual(linkProblems('<a href="https://click.shop.example/1">https://shop.example/order</a>'), []);
  assert.deepEqual(linkProblems('<a href="https://tracker.example/1"><b>https://shop</b>.example/order</a>'), [
    'other-domain',
  ]);
  assert.deepEqual(linkProblems('<a href="https://tracker.example/1">shop.ru</a>'), ['other-domain']);
  assert.deepEqual(linkProblems('<a href="https://tracker.example/1">invoice.pdf</a>'), []);
  assert.deepEqual(linkProblems('<A HREF=http://203.0.113.9/x>Pay</A>'), ['ip-address+plain-http']);
  assert.deepEqual(linkProblems("<a href='https://bit.ly/x'>Pay</a>"), ['shortened']);
  assert.deepEqual(linkProblems('<a href="javascript:pay()">Pay</a><a href="/pay">Pay</a><a href="#top">Up</a>'), [
    'scheme',
    'unreadable',
  ]);
  assert.deepEqual(linkProblems('<a href="mailto:a@shop.example">a@shop.example</a><a href="tel:+7">+7</a>'), []);
  const plain = inspect(`${HEAD}\r\nLook: http://203.0.113.9/a. Or (https://shop.example/b).`);
  assert.deepEqual(
    plain.badLinks.map(({ address }) => address),
    ['http://203.0.113.9/a'],
  );
  assert.equal(plain.links, 2);
});

test('what is seen of HTML: not comments, styles, scripts or padding', () => {
  const facts = inspect(
    html(
      '<!doctype html><title>no</title><style>a{}</style><script>x<b</script><!-- no > -->\u200b&nbsp;&#x20;<p title="a>b">A &amp; B</p><img src=x><img alt="" src=y>',
    ),
  );
  assert.deepEqual(
    { characters: facts.html?.characters, images: facts.html?.images, without: facts.html?.imagesWithoutText },
    { characters: 3, images: 2, without: 1 },
  );
  assert.deepEqual(facts.html?.active, ['script']);
  assert.equal(inspect(html('x'.repeat(GMAIL_CLIP_OCTETS))).html!.octets > GMAIL_CLIP_OCTETS, true);
});

test('files that receivers refuse', () => {
  const kinds = ['order.pdf', 'order.pdf.exe', 'order.EXE. ', 'macro.docm', 'a.js', 'exe'].map(
    (name) =>
      inspect(multipart('mixed', [`Content-Disposition: attachment; filename="${name}"\r\n\r\nx`])).attachments[0]
        ?.kind,
  );
  assert.deepEqual(kinds, ['other', 'executable', 'executable', 'suspicious', 'executable', 'other']);
});

test('octets that servers refuse or change', () => {
  const { octets: faults } = inspect(`${HEAD}\r\nbare\nfeed\rreturn\0${'x'.repeat(999)}\r\n`);
  assert.deepEqual(
    { ...faults, octets: 0 },
    {
      octets: 0,
      longestLine: 1011,
      longLines: 1,
      firstLongLine: 9,
      lineEnding: 'crlf',
      bareLf: 1,
      bareCr: 1,
      nul: 1,
      eightBitHead: false,
      eightBitBody: false,
    },
  );
  const saved = inspect(GOOD.replaceAll('\r\n', '\n'));
  assert.equal(saved.octets.lineEnding, 'lf');
  assert.equal(saved.octets.bareLf, 0);
  assert.deepEqual(saved.structureProblems, []);
  assert.equal(inspect(`Subject: Заказ\r\n\r\nx`).octets.eightBitHead, true);
});

test('ways off the list, and what tells of one', () => {
  const of = (fields: string, body = 'x') => inspect(`${HEAD}${fields}\r\n${body}`).unsubscribe;
  assert.deepEqual(of('').bulkSigns, []);
  assert.deepEqual(
    of(
      'List-Unsubscribe: <https://shop.example/u?1>, <mailto:u@shop.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n',
    ),
    {
      addresses: ['https://shop.example/u?1', 'mailto:u@shop.example'],
      unreadable: false,
      oneClick: true,
      bulkSigns: ['list-unsubscribe', 'list-unsubscribe-post'],
    },
  );
  assert.equal(
    of('List-Unsubscribe: <mailto:u@shop.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n').oneClick,
    false,
  );
  assert.equal(of('List-Unsubscribe: https://shop.example/u\r\n').unreadable, true);
  assert.equal(of('List-Unsubscribe-Post: yes\r\n').badPost, 'yes');
  assert.deepEqual(of('Precedence: bulk\r\n', 'Чтобы отписаться, нажмите').bulkSigns, ['precedence', 'link']);
});

test('mutated mails never break the inspection', () => {
  const source = octets(
    multipart('mixed', [GOOD.slice(GOOD.indexOf('Content-Type')), 'Content-Transfer-Encoding: base64\r\n\r\nAAAA=']),
  );
  const mutation = fc.record({
    at: fc.nat(source.length),
    drop: fc.nat(40),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom(
        ...[
          '\r\n',
          '--b\r\n',
          '--b--\r\n',
          '<',
          '">',
          '=',
          '=?utf-8?q?',
          '(',
          '"',
          ';',
          '\0',
          '<a href=',
          '<!--',
          '&#x',
        ].map(octets),
      ),
    ),
  });
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 12 }), (mutations) => {
      let message = Buffer.from(source);
      for (const { at, drop, insert } of mutations) {
        message = Buffer.concat([message.subarray(0, at), insert, message.subarray(at + drop)]);
      }
      const facts = inspect(message);
      assert.equal(facts.octets.octets, message.length);
      // A report is stored as JSON.
      assert.deepEqual(JSON.parse(JSON.stringify(facts)), facts);
    }),
    { seed: 6, numRuns: 1500 },
  );
});

test('one piece over and over is read, none of it for long', () => {
  // A quadratic reader would need minutes for these; the run's time limit is the check.
  const pieces = [
    '<',
    '<a ',
    '<a href="',
    '<!--',
    '<script>',
    '</',
    '&#',
    '=',
    '--b\r\n',
    '--b--\r\n',
    '(',
    '"',
    'http://x.',
    '@',
    ';a=',
    '\r',
    '\n',
    ' \r\n',
    '=?',
    '<title>',
  ];
  for (const piece of pieces) {
    const [text, field] = [500_000, 200_000].map((octets) => piece.repeat(Math.ceil(octets / piece.length)));
    for (const message of [
      html(text!),
      multipart('mixed', [text!]),
      `${HEAD}Content-Type: ${field}`,
      `${HEAD}List-Unsubscribe: ${field}`,
      `From: ${field}`,
      `Subject: ${field}`,
    ]) {
      assert.ok(inspect(message).octets.octets > 0);
    }
  }
});
