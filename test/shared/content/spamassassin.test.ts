// The rules of SpamAssassin that findings of a mail name as their source do fire on such mails, and none of them on a good one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { checkMessage } from '../../../shared/check/message.ts';
import { definitionOf, type FindingId } from '../../../shared/findings/catalog.ts';
import { needs } from '../../support/peers.ts';
import { zoneResolver } from '../../support/zone.ts';
import { bytes, GOOD, HEAD } from './messages.ts';

const spamassassin = needs('spamassassin', 'spamassassin');
const now = new Date();
const today = (message: string) => message.replace(/^Date:.*$/m, `Date: ${now.toUTCString().replace('GMT', '+0000')}`);
const html = (text: string) =>
  `${HEAD}MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>${text}</body></html>\r\n`;
const days = (count: number) => new Date(now.getTime() + count * 86_400_000).toUTCString().replace('GMT', '+0000');

/** Mails with one fault each: our finding, and the rules that say the same. */
const FAULTS: { id: FindingId; mail: string; rules: RegExp }[] = [
  { id: 'message.no-subject', mail: GOOD.replace(/^Subject:.*\r\n(?:[ \t].*\r\n)*/m, ''), rules: /^MISSING_SUBJECT$/ },
  { id: 'message.no-recipient', mail: GOOD.replace(/^To:.*\r\n/m, ''), rules: /^MISSING_HEADERS$/ },
  { id: 'message.date-off', mail: GOOD.replace(/^Date:.*$/m, `Date: ${days(9)}`), rules: /^(?:T_)?DATE_IN_FUTURE/ },
  { id: 'message.date-off', mail: GOOD.replace(/^Date:.*$/m, `Date: ${days(-9)}`), rules: /^(?:T_)?DATE_IN_PAST/ },
  { id: 'message.missing-field', mail: GOOD.replace(/^Date:.*\r\n/m, ''), rules: /^MISSING_DATE$/ },
  { id: 'message.missing-field', mail: GOOD.replace(/^From:.*\r\n/m, ''), rules: /^MISSING_FROM$/ },
  { id: 'message.no-message-id', mail: GOOD.replace(/^Message-ID:.*\r\n/m, ''), rules: /^MISSING_MID$/ },
  {
    id: 'message.bad-message-id',
    mail: GOOD.replace('<1042@shop.example>', '<10 42@shop.example>'),
    rules: /^INVALID_MSGID$/,
  },
  {
    id: 'content.html-only',
    mail: html('<p>Thank you for your order 1042 of today. It is on its way and will be there on Friday.</p>'),
    rules: /^MIME_HTML_ONLY$/,
  },
  {
    id: 'content.no-mime-version',
    mail: GOOD.replace('MIME-Version: 1.0\r\n', '').replace(
      /multipart\/alternative; boundary="=_alt"[\s\S]*/,
      'text/html; charset=utf-8\r\n\r\n<p>Thank you for your order 1042.</p>\r\n',
    ),
    rules: /^MIME_HEADER_CTYPE_ONLY$/,
  },
  { id: 'content.empty', mail: `${HEAD}\r\n`, rules: /^EMPTY_MESSAGE$/ },
  {
    id: 'content.image-only',
    mail: html('<img src="https://shop.example/a.png" alt=""><p>Hi</p>'),
    rules: /^HTML_IMAGE_ONLY_\d+$/,
  },
  {
    id: 'message.subject-shouts',
    mail: GOOD.replace(/^Subject:.*\r\n(?:[ \t].*\r\n)*/m, 'Subject: BIG SALE ONLY TODAY\r\n'),
    rules: /^SUBJ_ALL_CAPS$/,
  },
  {
    id: 'message.reply-to-free-mailbox',
    mail: GOOD.replace('MIME-Version', 'Reply-To: shop.orders@gmail.com\r\nMIME-Version'),
    rules: /^FREEMAIL_FORGED_REPLYTO$/,
  },
  {
    id: 'content.forms-differ',
    mail: GOOD.replace(
      '0KHQv9Cw0YHQuNCx0L4g0LfQsCDQt9Cw0LrQsNC3IDEwNDIuCg==',
      btoa('Cheap watches, lowest prices ever, buy now, save much money each single night'),
    ).replace('<p>=D0', '<p>We sent everything this morning with the parcel service and wish joy</p><p>=D0'),
    rules: /^MPART_ALT_DIFF/,
  },
  {
    id: 'content.hidden-text',
    mail: html(
      `<p>Thank you for your order 1042 of today.</p><font color="#ffffff">${'cheap watches pills casino '.repeat(20)}</font>`,
    ),
    rules: /^(?:T_)?(?:HTML_FONT_LOW_CONTRAST|FONT_INVIS)/,
  },
  {
    id: 'content.link-ip',
    mail: html('<p>Your order</p><a href="http://203.0.113.9/order">See the order</a>'),
    rules: /^(?:NORMAL_HTTP_TO_IP|NUMERIC_HTTP_ADDR)$/,
  },
];

/** Dates are compared with that of arrival. */
const RECEIVED = `Received: from mail.shop.example (mail.shop.example [203.0.113.25])\r\n\tby mx.client.example (Postfix) with ESMTPS id 4Y1;\r\n\t${days(0)}\r\n`;

/** The rules that fired, per mail; they come out in another order than they went in. */
function rulesOf(mails: readonly string[]): string[][] {
  const mbox = mails
    .map((mail, index) => {
      const whole = `${RECEIVED}X-Case: ${index}\r\n${mail}`.replaceAll('\r\n', '\n');
      return `From sender@shop.example Thu Jan  1 00:00:00 1970\n${whole.replace(/^From /gm, '>From ')}\n`;
    })
    .join('');
  // Without network tests and without a trained Bayes database.
  const args = ['-L', '--mbox', '--cf', 'use_bayes 0', '--cf', 'report_safe 0'];
  const output = execFileSync(spamassassin.path, args, {
    input: mbox,
    encoding: 'utf8',
    maxBuffer: 16 << 20,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const fired: string[][] = [];
  for (const mail of output.split(/^From sender@/m).slice(1)) {
    const status = /^X-Spam-Status: .*(?:\n[ \t].*)*/m.exec(mail)?.[0].replace(/\s+/g, '') ?? '';
    const rules = (/tests=([A-Z0-9_,]*)/.exec(status)?.[1] ?? '').split(',');
    fired[Number(/^X-Case: (\d+)$/m.exec(mail)![1])] = rules;
  }
  return fired;
}

test('SpamAssassin and we name the same faults', { skip: spamassassin.missing }, async () => {
  const mails = [today(GOOD), ...FAULTS.map(({ id, mail }) => (id === 'message.date-off' ? mail : today(mail)))];
  const [good, ...fired] = rulesOf(mails);
  assert.equal(fired.length, FAULTS.length);
  const context = { resolver: zoneResolver({ 'shop.example': { A: ['203.0.113.80'] } }), now, clock: () => 0 };
  for (const [index, { id, rules }] of FAULTS.entries()) {
    const theirs = fired[index]!;
    assert.ok(
      theirs.some((rule) => rules.test(rule)),
      `${id}: ${theirs.join(' ')}`,
    );
    assert.ok(!good!.some((rule) => rules.test(rule)), `${id}: ${good!.join(' ')}`);
    const { findings } = await checkMessage({ raw: bytes(mails[index + 1]!) }, context);
    const found = findings.find((one) => one.id === id);
    assert.ok(found !== undefined, id);
    assert.ok(definitionOf(found).points > 0, id);
  }
});
