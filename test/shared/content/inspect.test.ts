// A message as readers and filters see it: structure, decoding, links, files, lists; and nothing that a stranger sends breaks it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GMAIL_CLIP_BYTES, inspectContent } from '../../../shared/content/inspect.ts';
import { MAX_PARTS } from '../../../shared/content/structure.ts';
import { registrableDomain } from '../../../shared/dmarc/public-suffix.ts';
import { bytes, GOOD, HEAD, NOW } from './messages.ts';

const inspect = (message: string | Uint8Array) =>
  inspectContent(typeof message === 'string' ? bytes(message) : message, {
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
    HEAD.replace(new RegExp(`^${field}:.*(?:\\r\\n[ \\t].*)*`, 'm'), () => `${field}: ${value}`);
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
    ['Subject', '[Shop] Отв: ваш заказ', 'fake-reply'],
    ['Subject', 'AW: WG: Ihre Bestellung', 'fake-reply'],
    ['Subject', 'Re[2]: your order', 'fake-reply'],
    ['Subject', 'GREAT OFFERS ONLY TODAY', 'subject-capitals'],
    ['Subject', 'ТОЛЬКО СЕГОДНЯ СКИДКИ', 'subject-capitals'],
    ['Subject', 'Your order!!!', 'subject-punctuation'],
    ['Subject', 'Win! Win! Now!', 'subject-punctuation'],
    ['Subject', 'Make $$$ at home', 'subject-punctuation'],
  ] as const) {
    assert.deepEqual(headerIds(`${replaced(field, value)}\r\nx`), [id], `${field}: ${value}`);
  }
  assert.deepEqual(headerIds(`${HEAD.replace('Subject:', 'In-Reply-To: <1@x.example>\r\nSubject: Re:')}\r\nx`), []);
  for (const subject of [
    ...[
      'INVOICE 1042',
      'Order AB-1042 XL',
      'NASA and ESA',
      '注文のご確認をお願いいたします',
      'Thank you! Your order is here.',
    ],
    ...['Regarding your order', 'Ответ на ваш вопрос', 'Trip: your tickets', 'Is it you?'],
  ]) {
    assert.deepEqual(headerIds(`${replaced('Subject', subject)}\r\nx`), [], subject);
  }
  assert.deepEqual(headerIds(`From someone Tue Nov 17\r\n${HEAD}\r\nx`), ['not-a-field']);
});

test('a reply or a forwarded mail that contains the other mail is not a fake reply', () => {
  const head = (subject: string) => HEAD.replace(/^Subject:.*\r\n(?:[ \t].*\r\n)*/m, `Subject: ${subject}\r\n`);
  const text = (subject: string, body: string) => `${head(subject)}\r\n${body}`;
  const holding = (subject: string, part: string) =>
    multipart('mixed', ['\r\nsee below', part]).replace(HEAD, head(subject));
  for (const message of [
    holding('Fwd: order', 'Content-Type: message/rfc822\r\n\r\nFrom: a@x.example\r\n\r\nx'),
    holding('WG: order', 'Content-Type: application/octet-stream; name="order.eml"\r\n\r\nx'),
    text('Fwd: order', 'see\r\n\r\n---------- Forwarded message ---------\r\nFrom: a'),
    text('Fwd: заказ', '-------- Пересылаемое сообщение --------\r\n'),
    text('Fwd: order', 'Begin forwarded message:\r\n'),
    text('TR: commande', 'De : Anna <a@x.example>\r\nEnvoyé : lundi\r\nObjet : commande\r\n'),
    text('Re: order', 'Yes.\r\n\r\nOn Monday Anna wrote:\r\n> Is it there?\r\n'),
    html('<p>Yes.</p><div class="gmail_quote">Is it there?</div>').replace(HEAD, head('Re: order')),
    html('<p>Yes.</p><blockquote type="cite">Is it there?</blockquote>').replace(HEAD, head('Отв: заказ')),
    html('<b>From:</b> Anna<br><b>Sent:</b> Monday<br><b>To:</b> b@x.example<br>').replace(HEAD, head('FW: order')),
    text('Re: order', 'I am away.').replace('Subject:', 'Auto-Submitted: auto-replied\r\nSubject:'),
    text('Re: order', 'x').replace('Subject:', 'References: <1@x.example>\r\nSubject:'),
  ]) {
    assert.deepEqual(headerIds(message), [], message);
  }
  for (const body of ['Your order', 'Order: 1\r\nSum: 2\r\nDate: 3', '---\r\nShop\r\n---']) {
    assert.deepEqual(headerIds(text('Fwd: order', body)), ['fake-reply'], body);
  }
});

test('dates in every form that mail has', () => {
  for (const date of [
    'Tue, 17 Nov 2026 13:00:00 +0300',
    '17 Nov 2026 10:00 GMT',
    'Tue, 17 Nov 2026 10:00:00 +0000 (UTC (really))',
    'Tue, 17 Nov 2026 05:00:00 EST',
    // RFC 5322 section 4.3.
    'Tue, 17 Nov 26 10:00:00 +0000',
    '17 Nov 126 10:00:00 GMT',
    'Tue , 17(day)Nov 2026 10 : 00 : 00 Z',
    // In no standard, and read by every reader.
    '17 Nov 2026 10:00+0000',
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
        bytes(`${HEAD}MIME-Version: 1.0\r\n${head}\r\n\r\n`),
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
  // Redundant escapes of a stateful set are not a fault.
  for (const [charset, body] of [
    ['iso-2022-jp', '\x1b$B%F%9%H\x1b(B\x1b$B%F%9%H\x1b(B'],
    ['iso-2022-jp', '\x1b(Babc\x1b(B\x1b$B%F%9%H\x1b(B\r\n'],
    ['iso-2022-kr', '\x1b$)C\x0eGQ1[\x0f\r\n'],
    ['hz-gb-2312', '~{VPND~}\r\n'],
    ['utf-7', '+BB8-\r\n'],
  ] as const) {
    assert.deepEqual(decoding(`Content-Type: text/plain; charset=${charset}`, body), [], JSON.stringify(body));
  }
  assert.deepEqual(decoding('Content-Type: text/plain; charset=iso-2022-jp', '\x1b$B%F%'), ['not-in-charset']);
});

test('links with text of another domain', () => {
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
  assert.equal(inspect(html('x'.repeat(GMAIL_CLIP_BYTES))).html!.octets > GMAIL_CLIP_BYTES, true);
});

test('invisible text does not count as text', () => {
  const hidden = (text: string) => {
    const { characters, hiddenCharacters } = inspect(html(text)).html!;
    return [characters, hiddenCharacters];
  };
  for (const style of [
    ...['display:none', 'DISPLAY: None !important', 'visibility:hidden', 'opacity:0', 'font-size:0'],
    ...['font-size: 1px', 'max-height:0;overflow:hidden', 'text-indent:-9999px', 'color:#fff;background:#FFFFFF'],
    ...['color:rgb(10,10,10);background-color:#0a0a0a', 'color:white'],
  ]) {
    assert.deepEqual(hidden(`<p>ab</p><div style="${style}"><b>cde</b><br>f</div><p>gh</p>`), [4, 4], style);
  }
  for (const style of [
    ...['display:block', 'font-size:10px', 'opacity:0.9', 'color:#fff;background:#333', 'color:#fff;background:url(x)'],
    ...['max-height:0', 'color:transparent', 'font-size:', 'height:100%;overflow:hidden', 'color:red'],
  ]) {
    assert.deepEqual(hidden(`<div style="${style}">cde</div>`), [3, 0], style);
  }
  assert.deepEqual(hidden('<body bgcolor=white><font color="#ffffff">abc</font><p hidden>x<p>de'), [2, 4]);
  assert.deepEqual(hidden('<style>.b{background:#000}</style><a class=b style="color:#fff">abc</a>'), [3, 0]);
  // As MJML writes it: cells without a size, and the size at the text; buttons that Outlook draws itself.
  const cell = (text: string) => `<td style="font-size:0px"><div style="font-size:13px">${text}</div> </td>`;
  assert.deepEqual(hidden(`<table><tr>${cell('ab')}${cell('c<b>d</b>')}</tr></table>`), [4, 0]);
  assert.deepEqual(hidden('<body bgcolor="#ffffff"><style>.x{}</style><p class=x><font color=white>ab</font>'), [2, 0]);
  assert.deepEqual(hidden('<a style="mso-hide:all">abc</a><p style="font-size:0"><b style="font-size:1em">d'), [3, 1]);
  // Ends that are missing, and more of them than begin.
  assert.deepEqual(hidden('<table><tr><td style="display:none">a<td>b<tr><td>c</table></div></p>d'), [3, 1]);
  assert.deepEqual(hidden(`${'<div>'.repeat(500)}a<p style="display:none">b</p>${'</div>'.repeat(500)}c`), [3, 0]);
});

test('two forms of one text are compared by their words', () => {
  const words = 'Thank you for your order today, everything goes out tomorrow morning with the parcel service';
  const common = (plain: string, shown: string) =>
    inspect(multipart('alternative', [`\r\n${plain}`, `Content-Type: text/html\r\n\r\n${shown}`])).commonWords;
  assert.equal(common(words, `<p>${words.replace('order', '<b>order</b>')}</p>`), 100);
  assert.equal(common(`${words} https://shop.example/plain`, `<p>${words}</p>`), 100);
  assert.ok(common('Cheap watches, the best prices of all, buy some now and save money every single day', words)! < 30);
  assert.equal(common('hi', `<p>${words}</p>`), undefined);
  assert.equal(common('f\u00fcr Gr\u00fc\u00dfe '.repeat(9), words), undefined);
  assert.equal(common('ご注文ありがとうございます', '<p>ご注文ありがとうございます</p>'), 100);
  assert.equal(
    inspect(multipart('mixed', [`\r\n${words}`, 'Content-Type: text/html\r\n\r\n<p>quite other words</p>']))
      .commonWords,
    undefined,
  );
});

test('files that receivers reject', () => {
  const kinds = ['order.pdf', 'order.pdf.exe', 'order.EXE. ', 'macro.docm', 'a.js', 'exe'].map(
    (name) =>
      inspect(multipart('mixed', [`Content-Disposition: attachment; filename="${name}"\r\n\r\nx`])).attachments[0]
        ?.kind,
  );
  assert.deepEqual(kinds, ['other', 'executable', 'executable', 'suspicious', 'executable', 'other']);
});

test('bytes that servers reject or change', () => {
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

test('ways off the list', () => {
  const of = (fields: string, body = 'x') => inspect(`${HEAD}${fields}\r\n${body}`).unsubscribe;
  assert.deepEqual(
    of(
      'List-Unsubscribe: <https://shop.example/u?1>, <mailto:u@shop.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n',
    ),
    {
      addresses: ['https://shop.example/u?1', 'mailto:u@shop.example'],
      unreadable: false,
      oneClick: true,
      bulkSigns: ['list-unsubscribe', 'list-unsubscribe-post'],
      inText: 'none',
    },
  );
  assert.equal(
    of('List-Unsubscribe: <mailto:u@shop.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n').oneClick,
    false,
  );
  assert.equal(of('List-Unsubscribe: https://shop.example/u\r\n').unreadable, true);
  assert.equal(of('List-Unsubscribe-Post: yes\r\n').badPost, 'yes');
  for (const [body, found] of [
    ['Чтобы отписаться, нажмите', 'unsubscribe'],
    ['Hier abmelden: https://shop.example/x', 'unsubscribe'],
    ['https://shop.example/unsub/1', 'unsubscribe'],
    ['Manage your notification settings', 'preferences'],
    ['Thank you for your order.', 'none'],
  ] as const) {
    assert.equal(of('', body).inText, found, body);
  }
});

test('bulk mail, and automatic mail to one person with the fields of bulk mail', () => {
  const REPORT = 'MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=b\r\n';
  const DMARC =
    'MIME-Version: 1.0\r\nContent-Type: application/gzip; name="a.example!shop.example!1790000000!1790086399.xml.gz"\r\n';
  const AUTO = 'Auto-Submitted: auto-replied (vacation)\r\n';
  for (const [fields, signs, automatic] of [
    ['', [], null],
    ['List-Id: <x.shop.example>\r\n', ['list-id'], null],
    ['Precedence: list\r\n', ['precedence'], null],
    ['Precedence: bulk\r\nList-Unsubscribe: <mailto:u@shop.example>\r\n', ['list-unsubscribe', 'precedence'], null],
    ['Auto-Submitted: no\r\nPrecedence: bulk\r\n', ['precedence'], null],
    // Mail services put these on every mail.
    ['Feedback-ID: ::1.eu-west-1.a1b2c3=:AmazonSES\r\n', [], null],
    ['X-CSA-Complaints: whitelist-complaints@eco.de\r\n', [], null],
    [`${AUTO}Precedence: bulk\r\n`, [], 'auto-reply'],
    ['X-Autoreply: yes\r\nPrecedence: bulk\r\n', [], 'auto-reply'],
    ['Precedence: auto_reply\r\n', [], 'auto-reply'],
    ['Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n', [], 'notification'],
    // A newsletter stays one, also as automatic mail.
    [
      'Auto-Submitted: auto-generated\r\nList-Unsubscribe: <mailto:u@x.example>\r\n',
      ['list-unsubscribe'],
      'notification',
    ],
    [`${REPORT}Precedence: bulk\r\nList-Id: <x.shop.example>\r\n`, [], 'report'],
    [`${DMARC}Precedence: bulk\r\n`, [], 'report'],
    ['TLS-Report-Domain: shop.example\r\nPrecedence: bulk\r\n', [], 'report'],
  ] as const) {
    const { unsubscribe, automatic: kind } = inspect(`${HEAD}${fields}\r\nx`);
    assert.deepEqual({ signs: unsubscribe.bulkSigns, kind }, { signs: [...signs], kind: automatic }, fields);
  }
  const bounce = inspectContent(bytes(`${HEAD}Precedence: bulk\r\n\r\nx`), {
    arrival: NOW.getTime(),
    registrableDomain,
    nullSender: true,
  });
  assert.deepEqual([bounce.unsubscribe.bulkSigns, bounce.automatic], [[], 'null-sender']);
});

test('mutated mails never break the inspection', () => {
  const source = bytes(
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
        ].map(bytes),
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
    '<p style="display:none">',
    '<p style="a:b;',
    '</p>',
    '<blockquote type=cite>',
    '> \n',
    'Ab: c\n',
    '-- ',
    '&constructor;',
  ];
  for (const piece of pieces) {
    const [text, field] = [500_000, 200_000].map((bytes) => piece.repeat(Math.ceil(bytes / piece.length)));
    for (const message of [
      html(text!),
      multipart('mixed', [text!]),
      `${HEAD}Content-Type: ${field}`,
      `${HEAD}List-Unsubscribe: ${field}`,
      `From: ${field}`,
      `Subject: ${field}`,
      `Subject: Re: x\r\n\r\n${text}`,
      `Precedence: bulk\r\n\r\n${text}`,
    ]) {
      assert.ok(inspect(message).octets.octets > 0);
    }
  }
});
