// Dovecot's LMTP: what it says to each recipient after the message holds for that one alone (RFC 2033 section 4.2).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSession } from '../../shim/submit/session.ts';
import { accountFrom } from '../support/account.ts';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import { needs } from '../support/peers.ts';

// dovecot-lmtpd brings dovecot-core.
const peer = needs('dovecot', 'dovecot-lmtpd');
const skip = peer.missing || (process.getuid?.() === 0 ? false : 'Dovecot needs root to start');
const ROOM = 1_000_000;
const MESSAGE = `Subject: s\r\nFrom: f@x.example\r\n\r\n${'.body\r\n'.repeat(500)}`;

let dovecot: Dovecot;
before(async () => {
  if (!skip) dovecot = await startDovecot({ 'a@x.example': ROOM, 'full@x.example': 100, 'z@x.example': ROOM });
});
after(() => dovecot?.stop());

test('an over-quota mailbox and an unknown one, before and behind others', { skip }, async () => {
  const account = accountFrom(`host 127.0.0.1\nport ${dovecot.port}\nprotocol lmtp\ntls off\ntimeout 20`);
  const opened = await openSession(account, () => '');
  assert.ok('session' in opened, JSON.stringify(opened));
  const mail = { chunks: () => [Buffer.from(MESSAGE)], size: MESSAGE.length, eightBit: false };
  const orders = [
    ['a', 'full', 'z', 'none'],
    ['none', 'full', 'a'],
    ['a', 'z', 'full'],
  ];
  for (const order of orders) {
    const recipients = order.map((name) => `${name}@x.example`);
    const outcome = await opened.session.send({ from: 'f@x.example', recipients }, mail);
    assert.equal(outcome.failure, undefined);
    assert.deepEqual(
      outcome.accepted.map(({ recipient }) => recipient),
      recipients.filter((recipient) => /^[az]@/.test(recipient)),
    );
    for (const { recipient, reply } of outcome.accepted)
      assert.match(reply, new RegExp(`^250 2\\.0\\.0 <${recipient}>`));
    const refused = new Map(outcome.refused.map((refusal) => [refusal.recipient, refusal]));
    assert.match(refused.get('full@x.example')!.reply, /^552 5\.2\.2/);
    assert.equal(refused.get('full@x.example')!.permanent, true);
    if (order.includes('none')) assert.match(refused.get('none@x.example')!.reply, /^550 5\.1\.1/);
  }
  const alone = await opened.session.send({ from: 'f@x.example', recipients: ['full@x.example'] }, mail);
  assert.equal(alone.failure?.kind, 'rejected');
  await opened.session.quit();
  assert.equal(dovecot.mailbox('a@x.example').length, 3);
  assert.equal(dovecot.mailbox('z@x.example').length, 2);
  assert.equal(dovecot.mailbox('full@x.example').length, 0);
  for (const message of dovecot.mailbox('a@x.example'))
    assert.ok(message.endsWith(MESSAGE.slice(MESSAGE.indexOf('\r\n\r\n')).replaceAll('\r\n', '\n')));
});
