// Received and Received-SPF as the common servers write them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReceived } from '../../../shared/message/received.ts';
import { parseReceivedSpf } from '../../../shared/message/received-spf.ts';

const DATE = 'Tue, 17 Nov 2026 10:00:00 +0200';
const time = Date.UTC(2026, 10, 17, 8);

for (const [name, text, expected] of [
  [
    'Postfix over TLS',
    `from shop.example (mail.shop.example [192.0.2.7])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519)\r\n\t(No client certificate requested)\r\n\tby mx.example (Postfix) with ESMTPS id 4ABC\r\n\tfor <a@mx.example>; ${DATE} (EET)`,
    {
      helo: 'shop.example',
      clientIp: '192.0.2.7',
      reverseName: 'mail.shop.example',
      by: 'mx.example',
      protocol: 'ESMTPS',
      id: '4ABC',
      for: 'a@mx.example',
      date: DATE,
      time,
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    },
  ],
  [
    'Postfix in clear, unknown client',
    `from localhost (unknown [IPv6:2001:db8::1]) by mx.example (Postfix) with ESMTP id 1; ${DATE}`,
    { helo: 'localhost', clientIp: '2001:db8::1', by: 'mx.example', protocol: 'ESMTP', id: '1', date: DATE, time },
  ],
  [
    'Gmail',
    `from mail.shop.example (mail.shop.example. [192.0.2.7])        by mx.google.com with ESMTPS id x-1.2        for <a@gmail.com>        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);        ${DATE}`,
    {
      helo: 'mail.shop.example',
      reverseName: 'mail.shop.example',
      clientIp: '192.0.2.7',
      by: 'mx.google.com',
      protocol: 'ESMTPS',
      id: 'x-1.2',
      for: 'a@gmail.com',
      date: DATE,
      time,
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    },
  ],
  [
    'Exim',
    `from mail.shop.example ([192.0.2.7] helo=shop.example) by mx.example with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <x@shop.example>) id 1abc-2 for a@mx.example; ${DATE}`,
    {
      helo: 'shop.example',
      reverseName: 'mail.shop.example',
      clientIp: '192.0.2.7',
      by: 'mx.example',
      protocol: 'ESMTPS',
      id: '1abc-2',
      for: 'a@mx.example',
      date: DATE,
      time,
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    },
  ],
  [
    'Exchange',
    `from A.example (2603:10b6::1) by B.example (2603:10b6::2) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20; ${DATE}`,
    {
      helo: 'A.example',
      clientIp: '2603:10b6::1',
      by: 'B.example',
      protocol: 'MICROSOFT',
      id: '15.20',
      date: DATE,
      time,
      tls: { version: 'TLSv1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' },
    },
  ],
  [
    'qmail',
    `from unknown (HELO shop.example) (192.0.2.7) by mx.example with SMTP; ${DATE}`,
    { helo: 'shop.example', clientIp: '192.0.2.7', by: 'mx.example', protocol: 'SMTP', date: DATE, time },
  ],
  [
    'local pickup',
    `by mx.example (Postfix, from userid 33) id 9; ${DATE}`,
    { by: 'mx.example', id: '9', date: DATE, time },
  ],
  ['nothing', '', {}],
] as [string, string, object][]) {
  test(`reads ${name}`, () => {
    const received = parseReceived(text);

    assert.deepEqual(received, expected);
  });
}

test('Received-SPF', () => {
  const spf = parseReceivedSpf(
    'Pass (mx.example: domain of a@b.example designates 192.0.2.1 as permitted sender)\r\n client-ip=192.0.2.1; envelope-from="a@b.example"; helo=foo.example;',
  );
  assert.equal(spf?.result, 'pass');
  assert.match(spf.comment ?? '', /designates/);
  assert.deepEqual(
    [...spf.values],
    [
      ['client-ip', '192.0.2.1'],
      ['envelope-from', 'a@b.example'],
      ['helo', 'foo.example'],
    ],
  );
  assert.equal(parseReceivedSpf('(only a comment)'), undefined);
});
