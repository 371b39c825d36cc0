// Delivery status notifications: the exact fields, the mail as it was, and no way for foreign words to break out.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { deliveryStatus } from '../../../shim/notify/report.ts';
import { MAX_RETURNED } from '../../../shim/notify/returned.ts';
import { failed, HEAD, NOW, noticeOf, octetsOf, partsOf } from './notices.ts';

const statusPart = (octets: Buffer) => partsOf(octets).parts[1]!;
const letterOf = (octets: Buffer) => decodeQuotedPrintable(partsOf(octets).parts[0]!.body).replaceAll('\r\n', '\n');
function decodeQuotedPrintable(text: string): string {
  const plain = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1').toString();
}

test('the header of a notice', () => {
  assert.equal(
    partsOf(octetsOf()).head,
    [
      'Date: Tue, 24 Nov 2026 10:05:07 +0000',
      'From: Mail Delivery System <postmaster@shop.example>',
      'To: shop@shop.example',
      'Subject: Mail not delivered: customer@customer.example',
      'Message-ID: <notice1@www.shop.example>',
      'In-Reply-To: <order17@shop.example>',
      'References: <order17@shop.example>',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status;',
      ' boundary="=_5f0c1b"',
      '',
    ].join('\r\n'),
  );
});

test('the status fields of two recipients', () => {
  const octets = octetsOf({
    envelopeId: 'QQ314159',
    recipients: [
      failed('customer@customer.example', { originalRecipient: 'rfc822;sales@shop.example' }),
      failed('slow@customer.example', {
        action: 'delayed',
        status: '4.2.2',
        diagnostic: 'smtp; 452 4.2.2 mailbox full',
        willRetryUntil: NOW + 5 * 86_400_000,
      }),
    ],
  });
  assert.equal(
    statusPart(octets).head,
    'Content-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n',
  );
  assert.equal(
    statusPart(octets).body,
    [
      'Original-Envelope-Id: QQ314159',
      'Reporting-MTA: dns; www.shop.example',
      'Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0000',
      '',
      'Original-Recipient: rfc822; sales@shop.example',
      'Final-Recipient: rfc822; customer@customer.example',
      'Action: failed',
      'Status: 5.1.1',
      'Remote-MTA: dns; mx.customer.example',
      'Diagnostic-Code: smtp; 550 5.1.1 no such user',
      'Last-Attempt-Date: Tue, 24 Nov 2026 10:05:06 +0000',
      '',
      'Final-Recipient: rfc822; slow@customer.example',
      'Action: delayed',
      'Status: 4.2.2',
      'Remote-MTA: dns; mx.customer.example',
      'Diagnostic-Code: smtp; 452 4.2.2 mailbox full',
      'Last-Attempt-Date: Tue, 24 Nov 2026 10:05:06 +0000',
      'Will-Retry-Until: Sun, 29 Nov 2026 10:05:07 +0000',
      '',
    ].join('\r\n'),
  );
});

test('an end of retries is not promised for what failed', () => {
  assert.doesNotMatch(
    statusPart(octetsOf({ recipients: [failed('a@b.example', { willRetryUntil: NOW })] })).body,
    /Retry/,
  );
});

test('an envelope id is cut to what RFC 3461 allows', () => {
  assert.match(
    statusPart(octetsOf({ envelopeId: 'x'.repeat(500) })).body,
    /^Original-Envelope-Id:(?:\r\n)? x{100}\r\n/,
  );
});

test('a status that does not fit the action becomes the general one', () => {
  const recipients = [
    failed('a@b.example', { status: '5.1.1\r\nX: y' }),
    failed('b@b.example', { action: 'relayed', status: '5.1.1' }),
  ];
  assert.deepEqual(statusPart(octetsOf({ recipients })).body.match(/^Status: .*$/gm), [
    'Status: 5.0.0',
    'Status: 2.0.0',
  ]);
});

test('a reply of several lines is one diagnostic, folded, with its code once', () => {
  const diagnostic = `smtp; 550-5.7.26 This mail is not authenticated.\r\n550-5.7.26 ${'Publish SPF. '.repeat(6)}\r\n550 5.7.26 See https://receiver.example/help`;
  const { body } = statusPart(octetsOf({ recipients: [failed('a@b.example', { diagnostic })] }));
  const field = /^Diagnostic-Code: .*\r\n(?: .*\r\n)*/m.exec(body)![0];
  assert.ok(field.split('\r\n').every((line) => line.length <= 78));
  assert.equal(
    field.replace(/\r\n /g, ' ').trimEnd(),
    `Diagnostic-Code: smtp; 550 5.7.26 This mail is not authenticated. ${'Publish SPF. '.repeat(6)}See https://receiver.example/help`,
  );
});

test('a diagnostic without a type is a server’s reply; another type is our own text', () => {
  const of = (diagnostic: string) => octetsOf({ recipients: [failed('a@b.example', { diagnostic })] });
  assert.match(statusPart(of('550 no; never')).body, /^Diagnostic-Code: smtp; 550 no; never\r\n/m);
  assert.match(letterOf(of('550 no; never')), /replied: 550 no; never\n/);
  assert.match(
    statusPart(of('X-mailshim; connection refused')).body,
    /^Diagnostic-Code: x-mailshim; connection refused\r\n/m,
  );
  assert.match(letterOf(of('X-mailshim; connection refused')), /\n {4}connection refused\n/);
  assert.doesNotMatch(statusPart(of('smtp; ')).body, /Diagnostic-Code/);
});

describe('the letter', () => {
  test('has in both languages the outcome, the server’s reply, and what to do', () => {
    const text = letterOf(octetsOf());
    const [english, russian] = text.split('-'.repeat(40));
    assert.match(
      english!,
      /could not be delivered.*customer@customer\.example.*mx\.customer\.example replied: 550 5\.1\.1 no such user/s,
    );
    assert.match(english!, /Subject: Order 17/);
    assert.match(english!, /What to do: Look for a typing error/);
    assert.match(
      russian!,
      /не удалось доставить.*customer@customer\.example.*mx\.customer\.example: 550 5\.1\.1 no such user/s,
    );
    assert.match(russian!, /Что делать: Проверьте, нет ли опечатки/);
  });

  test('begins in the language asked for', () => {
    const octets = octetsOf({ lang: 'ru' });
    assert.match(letterOf(octets), /^Это mailshim/);
    assert.match(partsOf(octets).head, /^Subject: =\?UTF-8\?B\?/m);
  });

  test('distinguishes the end of the lifetime from a rejection', () => {
    const recipients = [failed('a@b.example', { status: '4.4.7', diagnostic: 'smtp; 451 4.7.1 try later' })];
    assert.match(letterOf(octetsOf({ recipients })), /could not be delivered in time/);
  });

  test('a delay has its end, and no action', () => {
    const recipients = [failed('a@b.example', { action: 'delayed', status: '4.2.2', willRetryUntil: NOW })];
    const text = letterOf(octetsOf({ recipients }));
    assert.match(text, /You\s+need not send it again/);
    assert.match(text, /tried again until Tue, 24 Nov 2026 10:05:07/);
    assert.doesNotMatch(text, /What to do/);
  });

  test('counts what was left out before', () => {
    assert.match(letterOf(octetsOf({ suppressed: 7 })), /not flooded: 7\./);
    assert.doesNotMatch(letterOf(octetsOf()), /flood/);
  });

  test('of a thousand recipients is short, and the report has them all', () => {
    const recipients = Array.from({ length: 1000 }, (_, index) => failed(`user${index}@b.example`));
    const octets = octetsOf({ recipients });
    assert.match(letterOf(octets), /further recipients: 950/);
    assert.equal(statusPart(octets).body.match(/^Final-Recipient:/gm)!.length, 1000);
    assert.match(partsOf(octets).head, /^Subject: Mail not delivered: user0@b\.example \(\+999\)\r\n/m);
  });

  test('shows the end of a long dialogue', () => {
    const dialogue = `${'S: 250-x\n'.repeat(5000)}S: 550 last word\n`;
    const text = letterOf(octetsOf({ dialogue }));
    assert.match(text, /\n {2}S: 550 last word\n$/);
    assert.ok(text.length < 30_000);
  });

  test('decodes the subject of the mail, and a mark in it cannot turn the line', () => {
    const subject = `=?UTF-8?B?${Buffer.from('Заказ \u202e17').toString('base64')}?=`;
    const original = { head: Buffer.from(`Subject: ${subject}\r\n\r\n`) };
    assert.match(letterOf(octetsOf({ original })), /^Subject: Заказ \?17$/m);
  });
});

describe('the mail that goes back', () => {
  const third = (more: Parameters<typeof octetsOf>[0]) => partsOf(octetsOf(more)).parts[2]!;
  const body = (text: string | Buffer) => ({ head: Buffer.from(HEAD), body: [Buffer.from(text)] });

  test('its header alone', () => {
    const part = third({});
    assert.match(part.head, /Content-Type: text\/rfc822-headers\r\nContent-Transfer-Encoding: 7bit\r\n$/);
    assert.equal(part.body, HEAD.slice(0, -2));
  });

  test('whole, byte by byte', () => {
    const part = third({ ret: 'full', original: body('Thank you.\r\n--=_other\r\n..\r\n \t\r\n') });
    assert.match(part.head, /Content-Type: message\/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n$/);
    assert.equal(part.body, `${HEAD}Thank you.\r\n--=_other\r\n..\r\n \t\r\n`);
  });

  test('without a line end at its end', () => {
    assert.equal(third({ ret: 'full', original: body('no end') }).body, `${HEAD}no end`);
  });

  test('8-bit text is labelled so, on the part and on the notice', () => {
    const octets = octetsOf({ ret: 'full', original: body(Buffer.from([0xef, 0xf0, 0xe8, 13, 10])) });
    assert.match(partsOf(octets).parts[2]!.head, /Content-Transfer-Encoding: 8bit\r\n$/);
    assert.match(partsOf(octets).head, /^Content-Transfer-Encoding: 8bit\r\n/m);
    assert.equal(partsOf(octets).parts[2]!.body, `${HEAD}\xef\xf0\xe8\r\n`);
  });

  test('lines over 998 bytes are labelled correctly', () => {
    assert.match(third({ ret: 'full', original: body('x'.repeat(999)) }).head, /Encoding: binary\r\n$/);
    assert.match(third({ ret: 'full', original: body('x'.repeat(998)) }).head, /Encoding: 7bit\r\n$/);
  });

  test('a broken 8-bit header comes back encoded, and the notice stays 7-bit', () => {
    const head = Buffer.from('Subject: \xcf\xf0\xe8\xe2\xe5\xf2\r\n\r\n', 'latin1');
    const octets = octetsOf({ original: { head } });
    assert.match(
      partsOf(octets).parts[2]!.head,
      /text\/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n$/,
    );
    assert.equal(partsOf(octets).parts[2]!.body, 'Subject: =CF=F0=E8=E2=E5=F2\r\n');
    assert.ok(octets.every((octet) => octet < 128));
  });

  test('a header line over 998 bytes comes back encoded', () => {
    const part = third({ original: { head: Buffer.from(`X-Long: ${'x'.repeat(2000)}\r\n\r\n`) } });
    assert.match(part.head, /quoted-printable/);
    assert.equal(decodeQuotedPrintable(part.body), `X-Long: ${'x'.repeat(2000)}\r\n`);
  });

  test('a large mail comes back as its header, and is not read to its end', () => {
    let pieces = 0;
    const large = {
      *[Symbol.iterator]() {
        for (; pieces < 1000; pieces++) yield Buffer.alloc(10_000, 'a');
      },
    };
    const octets = octetsOf({ ret: 'full', original: { head: Buffer.from(HEAD), body: large } });
    assert.match(partsOf(octets).parts[2]!.head, /text\/rfc822-headers/);
    assert.match(letterOf(octets), /The header of the mail is attached/);
    assert.ok(octets.length < MAX_RETURNED && pieces < 10);
  });

  test('a header of megabytes is cut after a field', () => {
    const head = Buffer.from(`${'X-Field: value\r\n'.repeat(100_000)}\r\n`);
    const part = third({ original: { head } });
    assert.ok(part.body.length < 110_000);
    assert.match(part.body, /^(?:X-Field: value\r\n)+$/);
  });

  test('without any header', () => {
    assert.equal(third({ original: { head: Buffer.alloc(0) } }).body, '\r\n');
  });
});

describe('addresses beyond ASCII', () => {
  const recipients = [failed('почта@пример.example')];

  test('are in a report of the type for them', () => {
    const octets = octetsOf({ recipients });
    const status = statusPart(octets);
    assert.match(status.head, /message\/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n$/);
    assert.match(Buffer.from(status.body, 'latin1').toString(), /^Final-Recipient: utf-8; почта@пример\.example\r\n/m);
    assert.match(partsOf(octets).head, /^Content-Transfer-Encoding: 8bit\r\n/m);
    assert.match(partsOf(octets).head, /^[\x00-\x7f]*$/);
  });

  test('a header in another character set is not called a global one', () => {
    const octets = octetsOf({ recipients, original: { head: Buffer.from('To: \xcf@b.example\r\n\r\n', 'latin1') } });
    assert.match(
      partsOf(octets).parts[2]!.head,
      /text\/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n$/,
    );
  });

  test('the header of such a mail is a global one', () => {
    const octets = octetsOf({ recipients, original: { head: Buffer.from('To: почта@пример.example\r\n\r\n') } });
    assert.match(partsOf(octets).parts[2]!.head, /message\/global-headers\r\nContent-Transfer-Encoding: 8bit\r\n$/);
  });
});

describe('foreign words', () => {
  const evil =
    'x\r\n\r\n--=_5f0c1b\r\nContent-Type: text/html\r\n\r\n<script>\r\nBcc: victim@victim.example\nX: y\rZ: z\u2028';

  test('cannot break out of their fields', () => {
    const octets = octetsOf({
      reportingMta: evil,
      envelopeFrom: evil,
      envelopeId: evil,
      to: evil,
      from: evil,
      messageId: evil,
      dialogue: evil,
      recipients: [
        failed(evil, { diagnostic: `smtp; 550 ${evil}`, remoteMta: evil, originalRecipient: evil, status: evil }),
      ],
      original: { head: Buffer.from(`Subject: =?UTF-8?B?${Buffer.from(evil).toString('base64')}?=\r\n\r\n`) },
    });
    assertForm(octets);
    assert.match(partsOf(octets).head, /^To: undisclosed-recipients:;\r\n/m);
  });

  test('of any kind leave the form as it is', () => {
    const words = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({
        unit: fc.constantFrom('\r', '\n', ':', ' ', '-', '=', ';', 'я', '\0', 'a', '\ud800'),
        maxLength: 300,
      }),
      fc.integer({ min: 900, max: 5000 }).map((length) => 'я'.repeat(length)),
    );
    const record = fc.record({
      reportingMta: words,
      envelopeId: words,
      to: words,
      from: words,
      dialogue: words,
      address: words,
      diagnostic: words,
      remoteMta: words,
      originalRecipient: words,
    });
    fc.assert(
      fc.property(record, ({ address, diagnostic, remoteMta, originalRecipient, ...rest }) => {
        assertForm(octetsOf({ ...rest, recipients: [failed(address, { diagnostic, remoteMta, originalRecipient })] }));
      }),
      { numRuns: 150 },
    );
  });

  test('a boundary or an id that would break the form is a mistake of the caller', () => {
    for (const boundary of ['', 'a"b', 'a\r\nb', 'x'.repeat(71)]) {
      assert.throws(() => deliveryStatus(noticeOf({ boundary })), /not a boundary/);
    }
  });
});

const TOP =
  /^(?:Date|From|To|Subject|Message-ID|In-Reply-To|References|Auto-Submitted|MIME-Version|Content-Type|Content-Transfer-Encoding)$/;
const OF_MESSAGE = /^(?:Original-Envelope-Id|Reporting-MTA|Arrival-Date)$/;
const OF_RECIPIENT =
  /^(?:Original-Recipient|Final-Recipient|Action|Status|Remote-MTA|Diagnostic-Code|Last-Attempt-Date)$/;

/** Three parts, known fields alone, each once, and lines as RFC 5322 wants them. */
function assertForm(octets: Buffer): void {
  const text = octets.toString('latin1');
  assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n|\0/);
  for (const line of text.split('\r\n')) assert.ok(line.length <= 998, line.slice(0, 100));
  const { head, parts } = partsOf(octets);
  assert.equal(parts.length, 3);
  assertFields(head, TOP);
  for (const part of parts) assertFields(part.head, /^Content-(?:Description|Type|Transfer-Encoding)$/);
  const [message, ...recipients] = parts[1]!.body.split('\r\n\r\n');
  assert.equal(recipients.length, 1);
  assertFields(`${message}\r\n`, OF_MESSAGE);
  assertFields(recipients[0]!, OF_RECIPIENT);
  for (const line of parts[0]!.body.split('\r\n')) assert.match(line, /^[\x20-\x7e]{0,76}$/);
}

function assertFields(text: string, allowed: RegExp): void {
  const seen = new Set<string>();
  for (const line of text.replace(/\r\n$/, '').split('\r\n')) {
    if (/^[ \t]+\S/.test(line)) continue;
    const name = /^([!-9;-~]+): \S/.exec(line)?.[1];
    assert.ok(name !== undefined && allowed.test(name), `not a field: ${JSON.stringify(line)}`);
    assert.ok(!seen.has(name), `${name} twice`);
    seen.add(name);
  }
}
