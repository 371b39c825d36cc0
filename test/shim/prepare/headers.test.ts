// The header section to send: what is added, what is removed, and that the rest stays byte for byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { joinFields, parseMessage } from '../../../shim/intake/header.ts';
import { completeHeader } from '../../../shim/prepare/headers.ts';
import { rewriteFrom } from '../../../shim/prepare/sender.ts';
import { accountFrom } from '../../support/account.ts';

const NOW = new Date('2026-11-24T06:24:08Z');
const WHOLE = 'From: a@x.example\r\nDate: Tue, 24 Nov 2026 06:24:08 +0000\r\nMessage-ID: <1@x.example>\r\n';

function complete(header: string, directives = '', envelopeFrom = 'f@x.example', fullName?: string): string {
  const { fields } = parseMessage([Buffer.from(`${header}\n`, 'latin1')]);
  const context = {
    account: accountFrom(`host h\n${directives}`),
    envelopeFrom,
    recipients: ['r@x.example', 's@x.example'],
    fullName,
    now: NOW,
    random: 'ab'.repeat(16),
  };
  return joinFields(completeHeader(fields, context)).toString('latin1');
}

const zone = /^Date: \w{3}, \d\d \w{3} 2026 \d\d:\d\d:08 [+-]\d{4}\r\n/;

test('From, Date and Message-ID are put in front where they are missing or empty', () => {
  for (const header of ['Subject: s\n', 'From:\nDate: \nMessage-Id:\t\nSubject: s\n']) {
    const [, rest] = complete(header).split('From: f@x.example\r\n');
    assert.match(rest!, zone);
    assert.match(rest!.replace(zone, ''), /^Message-ID: <[a-z0-9]+\.(ab){16}@x\.example>\r\nSubject: s\r\n\r\n$/);
  }
});

const cases: [name: string, header: string, directives: string, expected: string][] = [
  ['nothing is touched where nothing is missing', `X:  y \t\n${WHOLE}`, '', `X:  y \t\r\n${WHOLE}`],
  ['Bcc in any spelling goes', `${WHOLE}Bcc: a@b\nbCC : c@d,\n\te@f\nResent-Bcc: g@h\nX: y\n`, '', `${WHOLE}X: y\r\n`],
  ['Bcc stays where that is said', `${WHOLE}Bcc: a@b\n`, 'remove_bcc_headers off', `${WHOLE}Bcc: a@b\r\n`],
  ['set_to_header on', `${WHOLE}To: z@x\n`, 'set_to_header on', `To: r@x.example,\r\n s@x.example\r\n${WHOLE}`],
  [
    'undisclosed recipients: Cc goes too',
    `${WHOLE}To: z@x\nCC: y@x\n`,
    'undisclosed_recipients on',
    `To: undisclosed-recipients:;\r\n${WHOLE}`,
  ],
  ['set_from_header on', WHOLE, 'set_from_header on', WHOLE.replace('a@x.example', 'f@x.example')],
  [
    'nothing is added where all is off',
    'X: y\n',
    'set_from_header off\nset_date_header off\nset_msgid_header off',
    'X: y\r\n',
  ],
];
for (const [name, header, directives, expected] of cases) {
  test(name, () => assert.equal(complete(header, directives), `${expected}\r\n`));
}

for (const [from, directives, envelopeFrom, domain] of [
  ['a@seen.example', 'from s@own.example', 'root', 'seen.example'],
  ['A <a@seen.example>', '', 'bounce@x.example', 'seen.example'],
  ['root (Cron Daemon)', 'from s@own.example', 'root', 'own.example'],
  ['root', '', 'bounce@x.example', 'x.example'],
  ['root', 'domain host.example', 'root', 'host.example'],
  ['a@[192.0.2.1]', 'from s@own.example', '', 'own.example'],
  ['visitor@free.example', 'from s@own.example\n#mailshim: sender_rewrite misaligned', 'www-data', 'own.example'],
  ['root', '', 'root', 'localhost'],
] as const)
  test(`Message-ID has the domain that is seen or the account's: From ${from}, -f ${envelopeFrom}, ${directives}`, () => {
    const header = complete(`From: ${from}\n`, directives, envelopeFrom);
    assert.equal(/^Message-ID: <[^@]+@(.*)>\r\n/m.exec(header)?.[1], domain);
  });

test('From is rewritten with the old one in Reply-To, unless it names the sender already', () => {
  const rewritten = (header: string) =>
    joinFields(rewriteFrom(parseMessage([Buffer.from(`${header}\n\n`)]).fields, 'me@shop.test')).toString();
  for (const from of ['me@shop.test', '"Shop,  Ltd"\n <me@SHOP.test>'])
    assert.equal(
      rewritten(`X: y\nFrom: ${from}\nSender: www@host`),
      `X: y\r\nFrom: ${from.replaceAll('\n', '\r\n')}\r\n\r\n`,
    );
  assert.equal(rewritten('From: v@free.test'), 'From: me@shop.test\r\nReply-To: v@free.test\r\n\r\n');
  const both = 'me@shop.test, v@free.test';
  assert.equal(rewritten(`From: ${both}`), `From: me@shop.test\r\nReply-To: ${both}\r\n\r\n`);
});

test('the null sender: the account, else this machine, is the author', () => {
  assert.match(complete('X: y\n', 'from shop@x.example', ''), /^From: shop@x\.example\r\n/);
  assert.match(complete('X: y\n', 'domain shop.example', ''), /^From: MAILER-DAEMON@shop\.example\r\n/);
});

test('the display name of an added From, quoted or encoded as it needs', () => {
  const from = (name: string) => /^From: (.*)\r\n/.exec(complete('X: y\n', '', 'f@x.example', name))![1];
  assert.equal(from('Shop'), 'Shop <f@x.example>');
  assert.equal(from('Shop, Ltd'), '"Shop, Ltd" <f@x.example>');
  assert.match(from('Bücher')!, /^=\?UTF-8\?[BQ]\?\S+\?= <f@x\.example>$/i);
});

test('any header: Bcc does not leave, no line ends within it, and the rest keeps its bytes and order', () => {
  const piece = fc.constantFrom(
    'Bcc',
    'bcc',
    'To',
    'X-A',
    ':',
    ' :',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\n ',
    'a@b.example',
    '\xff',
    '>From ',
    'From ',
    '',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const text = pieces.join('');
      const { fields } = parseMessage([Buffer.from(`${text}\n`, 'latin1')]);
      const off = 'set_from_header off\nset_date_header off\nset_msgid_header off';
      const head = complete(text, off);
      assert.ok(head.endsWith('\r\n'));
      assert.doesNotMatch(head.replaceAll('\r\n', ''), /[\r\n]/);
      // The empty line is only at the end.
      assert.ok(head === '\r\n' || head.indexOf('\r\n\r\n') === head.length - 4, JSON.stringify(head));
      assert.doesNotMatch(head, /^bcc[ \t]*:/im);
      const kept = fields.filter(({ name }) => name.toLowerCase() !== 'bcc').map(({ raw }) => raw.toString('latin1'));
      assert.equal(head, `${kept.join('')}\r\n`);
    }),
    { numRuns: 2000, seed: 20261124 },
  );
});
