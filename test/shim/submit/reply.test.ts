// What a reply is about: this client and its name, the session, the number of recipients; never by a stranger's words in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excessOf, isAboutClient, isAboutName, isAboutSession, isTooMany } from '../../../shim/submit/reply.ts';

const about = {
  client: isAboutClient,
  name: isAboutName,
  session: isAboutSession,
  number: isTooMany,
};
type About = keyof typeof about;

const rows: [reply: string, is: About[]][] = [
  ['554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied', ['client']],
  ['450-4.7.25 Client host rejected:\n450 4.7.25 cannot find your hostname', ['client']],
  ['530 5.7.0 Must issue a STARTTLS command first', ['client']],
  ['535 5.7.8 authentication failed', ['client']],
  ['454 4.7.0 Temporary authentication failure', ['client']],
  ['454 4.7.1 <a@x.example>: Relay access denied', []],
  ['554 5.7.1 <a@x.example>: Relay access denied', []],
  ['504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname', ['client', 'name']],
  ['550 5.7.1 HELO/EHLO name is not valid', ['client', 'name']],
  ['503 5.5.1 Send EHLO first', []],
  // Addresses and names that strangers choose.
  ['550 5.1.1 <helo@x.example>: Recipient address rejected: User unknown', []],
  ['550 <helo@x.example>: User unknown', []],
  ['550 helo@x.example: user unknown', []],
  ['550 "client host rejected"@x.example unknown', []],
  ['550 <"client host rejected ehlo too many recipients"@x.example>: unknown', []],
  ['450 4.1.2 a@helo.example: Domain helo.example not found', []],
  ['550 host helo.example is not known', []],
  ['550 5.7.1 undeliverable: host mx.x.example said: 550 5.7.1 Client host rejected, Helo rejected', []],
  ['550 5.1.1 Client host rejected', []],
  ['250 2.1.5 Client host rejected, helo', []],
  ['421 4.7.0 anything', ['session']],
  ['451 4.7.1 Too many messages in this session, reconnect', ['session']],
  ['452 4.5.3 Too many messages in this session', ['session', 'number']],
  ['452 4.7.0 maximum number of messages per connection reached', ['session']],
  ['450 4.7.1 Connection message limit reached', ['session']],
  ['452 4.5.3 Too many recipients', ['number']],
  ['452 4.5.3 Error: too many recipients', ['number']],
  ['552 5.5.3 enough', ['number']],
  ['552-5.5.3 enough\n552 5.5.3 really', ['number']],
  ['452 enough', ['number']],
  ['552 enough', ['number']],
  ['550 5.5.3 Too many recipients', ['number']],
  ['452 4.2.2 mailbox full', []],
  ['452 4.3.1 disk full', []],
  ['552 5.2.2 mailbox full', []],
  ['552 5.3.4 too big', []],
  ['550 5.1.1 unknown', []],
  ['250 too many recipients', []],
];
for (const [reply, is] of rows)
  test(reply, () => {
    const found = (Object.keys(about) as About[]).filter((key) => about[key](reply));
    assert.deepEqual(found, is);
  });

test('how many recipients a reply leaves', () => {
  const cases: [reply: string, asked: number, most: number | undefined][] = [
    ['554 Transaction failed: Recipient count exceeds 50.', 60, 50],
    ['554 Transaction failed: Recipient count exceeds 50.', 50, 25],
    ['554 Recipient count exceeded', 7, 3],
    ['550 5.5.3 Too many recipients', 2, 1],
    ['552 5.5.3 no', 9, 4],
    ['552 5.3.4 too big', 9, undefined],
    ['552 message too big', 9, undefined],
    ['554 5.7.1 spam', 9, undefined],
    ['452 4.5.3 Too many messages in this session', 9, undefined],
  ];
  for (const [reply, asked, most] of cases) assert.equal(excessOf(reply, asked), most, reply);
});
