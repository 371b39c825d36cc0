// Notices read by what reads them elsewhere: Python's email, Mailman's and Perl's bounce parsers, and a strict Postfix.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { accountOf } from '../../../shim/config/account.ts';
import { buildAccounts } from '../../../shim/config/accounts.ts';
import { lexConfig } from '../../../shim/config/lex.ts';
import { diagnostic } from '../../../shim/messages/catalogue.ts';
import { deliveryStatus } from '../../../shim/notify/report.ts';
import { measure, wireChunks } from '../../../shim/prepare/wire.ts';
import { submit } from '../../../shim/submit/session.ts';
import type { Message } from '../../../shim/types.ts';
import { needs } from '../../support/peers.ts';
import { accountFor, type Postfix, startPostfix, withoutTrace } from '../../support/postfix.ts';
import { failed, HEAD, NOW, noticeOf, octetsOf } from './notices.ts';

/** Debian's Python, which sees Debian's modules. */
const PYTHON = '/usr/bin/python3';

/** False where the interpreter runs `code`; else why the test is skipped, and under CI a failure. */
function lacks(program: string, args: readonly string[], packageName: string): string | false {
  if (spawnSync(program, args, { stdio: 'ignore' }).status === 0) return false;
  const why = `${packageName} is not installed: apt-get install ${packageName}`;
  if (process.env.CI === 'true') throw new Error(why);
  return why;
}

const mixed = {
  recipients: [
    failed('gone@customer.example'),
    failed('full@customer.example', { status: '5.2.2', diagnostic: 'smtp; 552 5.2.2 mailbox full' }),
    failed('slow@customer.example', {
      action: 'delayed' as const,
      status: '4.2.0',
      diagnostic: 'smtp; 450 4.2.0 greylisted',
      willRetryUntil: NOW + 86_400_000,
    }),
  ],
};

describe("Python's email package", { skip: lacks(PYTHON, ['-c', 'import email'], 'python3') }, () => {
  const script = `
import sys, json, email, email.policy
raw = sys.stdin.buffer.read()
message = email.message_from_bytes(raw, policy=email.policy.default)
parts = message.get_payload()
def groups(part): return [[[k, str(v)] for k, v in group.items()] for group in part.get_payload()]
print(json.dumps({
  'types': [part.get_content_type() for part in parts],
  'report': message.get_param('report-type'),
  'defects': [repr(d) for part in message.walk() for d in part.defects],
  'headerDefects': [repr(d) for value in message.values() for d in value.defects],
  'subject': message['subject'],
  'letter': parts[0].get_content(),
  'status': groups(parts[1]) if parts[1].get_content_type() == 'message/delivery-status' else None,
  'returned': (parts[2].get_payload(0).get_content() if parts[2].get_content_type() == 'message/rfc822' else parts[2].get_content()),
  'auto': message['auto-submitted'],
}))`;
  interface Read {
    types: string[];
    report: string;
    defects: string[];
    headerDefects: string[];
    subject: string;
    letter: string;
    status: [string, string][][];
    returned: string;
    auto: string;
  }
  const read = (more: Parameters<typeof octetsOf>[0]) =>
    JSON.parse(execFileSync(PYTHON, ['-c', script], { input: octetsOf(more), encoding: 'utf8' })) as Read;

  test('finds three parts without a defect, the fields, the letter and the header', () => {
    const { types, report, defects, headerDefects, status, letter, returned, auto } = read(mixed);
    assert.deepEqual(types, ['text/plain', 'message/delivery-status', 'text/rfc822-headers']);
    assert.deepEqual([report, auto, defects, headerDefects], ['delivery-status', 'auto-replied', [], []]);
    assert.deepEqual(
      status
        .slice(1)
        .map((group) => group.filter(([name]) => /^(?:Final|Action|Status)/.test(name)).map(([, value]) => value)),
      [
        ['rfc822; gone@customer.example', 'failed', '5.1.1'],
        ['rfc822; full@customer.example', 'failed', '5.2.2'],
        ['rfc822; slow@customer.example', 'delayed', '4.2.0'],
      ],
    );
    assert.match(letter, /Почтовый ящик получателя переполнен/);
    assert.equal(returned.replaceAll('\r\n', '\n'), HEAD.replaceAll('\r\n', '\n').slice(0, -1));
  });

  test('reads the Russian subject and the mail itself', () => {
    const head = Buffer.from(`${HEAD.slice(0, -2)}Content-Type: text/plain; charset=utf-8\r\n\r\n`);
    const { subject, returned, defects } = read({
      lang: 'ru',
      ret: 'full',
      original: { head, body: [Buffer.from('Спасибо.\r\n')] },
    });
    assert.equal(subject, 'Письмо не доставлено: customer@customer.example');
    assert.deepEqual([returned.trim(), defects], ['Спасибо.', []]);
  });
});

describe("Mailman's bounce detector", {
  skip: lacks(PYTHON, ['-c', 'import flufl.bounce'], 'python3-flufl.bounce'),
}, () => {
  const script = `
import sys, json, email
from flufl.bounce import all_failures
temporary, permanent = all_failures(email.message_from_bytes(sys.stdin.buffer.read()))
print(json.dumps([sorted(a.decode() for a in temporary), sorted(a.decode() for a in permanent)]))`;

  test('distinguishes failed from delayed recipients', () => {
    const found = JSON.parse(execFileSync(PYTHON, ['-c', script], { input: octetsOf(mixed), encoding: 'utf8' }));
    assert.deepEqual(found, [['slow@customer.example'], ['full@customer.example', 'gone@customer.example']]);
  });
});

const PARSER = 'Mail::DeliveryStatus::BounceParser';
describe(`Perl's ${PARSER}`, {
  skip: lacks('perl', [`-M${PARSER}`, '-e', '1'], 'libmail-deliverystatus-bounceparser-perl'),
}, () => {
  const script = `
my $bounce = ${PARSER}->new(do { local $/; <STDIN> });
print $bounce->is_bounce ? "bounce\\n" : "no bounce\\n";
print join(' ', $_->get('email'), $_->get('std_reason'), $_->get('smtp_code') // '-'), "\\n" for sort { $a->get('email') cmp $b->get('email') } $bounce->reports;
print $bounce->orig_message_id, "\\n";`;

  test('finds the reasons and the mail they are about', () => {
    const octets = octetsOf({ recipients: mixed.recipients.slice(0, 2) });
    // It reads mails as they lie in a mailbox on Unix.
    const input = octets.toString('latin1').replaceAll('\r\n', '\n');
    const found = execFileSync('perl', [`-M${PARSER}`, '-e', script], { input, encoding: 'utf8' });
    assert.deepEqual(found.trimEnd().split('\n'), [
      'bounce',
      'full@customer.example over_quota 552',
      'gone@customer.example user_unknown 550',
      '<order17@shop.example>',
    ]);
  });
});

const peer = needs('postfix', 'postfix');
const noPostfix = peer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');
describe('a Postfix that refuses whatever is not strict MIME', { skip: noPostfix }, () => {
  let postfix: Postfix;
  before(async () => {
    postfix = await startPostfix({
      users: ['shop@shop.example'],
      main: ['strict_7bit_headers = yes', 'strict_8bitmime_body = yes', 'strict_mime_encoding_domain = yes'],
    });
  });
  after(() => postfix?.stop());

  const rawHeader = Buffer.from('Subject: \xcf\xf0\xe8\xe2\xe5\xf2\r\n\r\n', 'latin1');
  const notices: Record<string, Parameters<typeof noticeOf>[0]> = {
    'several recipients': mixed,
    'the whole mail': { ret: 'full', dialogue: 'S: 220 mx\nC: EHLO www.shop.example\n' },
    'an 8-bit mail': {
      ret: 'full',
      original: {
        head: Buffer.from(`${HEAD.slice(0, -2)}Content-Transfer-Encoding: 8bit\r\n\r\n`),
        body: [Buffer.from('Спасибо.\r\n.\r\n')],
      },
    },
    'a broken 8-bit header': { original: { head: rawHeader } },
    'an address beyond ASCII': { recipients: [failed('почта@пример.example')] },
  };
  const send = (message: Message) => {
    const { accounts } = buildAccounts(lexConfig('rc', accountFor(postfix, [])).lines, () => ({
      problem: diagnostic('eval.no-directive'),
    }));
    const { size, eightBit } = measure(message);
    return submit(
      accountOf(accounts[0]!, new Map(), undefined),
      { from: '', recipients: ['shop@shop.example'] },
      { chunks: () => wireChunks(message), size, eightBit, password: () => '' },
    );
  };

  for (const [name, more] of Object.entries(notices)) {
    test(`delivers it unchanged: ${name}`, async () => {
      const outcome = await send(deliveryStatus(noticeOf(more)));
      assert.equal(outcome.failure, undefined, JSON.stringify(outcome));
      const [delivered] = await postfix.received('shop@shop.example');
      assert.match(delivered!, /^Return-Path: <>\n/);
      assert.equal(withoutTrace(delivered!), octetsOf(more).toString('latin1').replaceAll('\r\n', '\n'));
    });
  }

  test('and it is strict', async () => {
    const outcome = await send({ head: rawHeader, body: [] });
    assert.ok(outcome.failure?.kind === 'rejected', JSON.stringify(outcome));
    assert.match(outcome.failure.problem.text, /5\.6\.0/);
  });
});
