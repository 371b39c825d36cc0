// Enhanced status codes out of replies, and what they mean to people.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cause, causeOf } from '../../../shared/replies/explain.ts';
import { type Action, statusFor, statusOf } from '../../../shared/replies/status.ts';

const statuses: [reply: string | undefined, status: string][] = [
  ['550 5.1.1 <a@b.example>: user unknown', '5.1.1'],
  ['550-5.7.26 unauthenticated\r\n550 5.7.26 see below', '5.7.26'],
  ['250 2.0.0 Ok: queued', '2.0.0'],
  ['451 4.7.1 greylisted', '4.7.1'],
  ['550 5.01.010 leading zeros', '5.1.10'],
  // The classes do not agree: the basic code decides.
  ['550 4.7.1 not now', '5.0.0'],
  ['450 5.1.1 confused', '4.2.0'],
  ['550 user unknown', '5.0.0'],
  ['554', '5.0.0'],
  ['421 going down', '4.4.2'],
  ['452 disk full', '4.3.1'],
  ['535 authentication failed', '5.7.8'],
  ['556 domain takes no mail', '5.1.10'],
  // An address is not a status, and a code is not part of a number.
  ['550 5.1.1.7 is listed', '5.0.0'],
  ['550 5.1 is short', '5.0.0'],
  ['5505.1.1 what', '4.4.1'],
  ['what is this', '4.4.1'],
  ['', '4.4.1'],
  ['354 go on', '4.4.1'],
  [undefined, '4.4.1'],
];
describe('statusOf', () => {
  for (const [reply, status] of statuses) {
    test(`${JSON.stringify(reply)} is ${status}`, () => assert.equal(statusOf(reply, '4.4.1'), status));
  }
});

const fits: [action: Action, status: string, result: string][] = [
  ['failed', '5.1.1', '5.1.1'],
  ['failed', '4.4.7', '4.4.7'],
  ['failed', '2.0.0', '5.0.0'],
  ['delayed', '5.1.1', '4.0.0'],
  ['delivered', '5.1.1', '2.0.0'],
  ['relayed', '2.1.9', '2.1.9'],
  ['failed', '5.1.1\r\nX: y', '5.0.0'],
];
describe('statusFor', () => {
  for (const [action, status, result] of fits) {
    test(`${action} with ${JSON.stringify(status)}`, () => assert.equal(statusFor(action, status), result));
  }
});

const causes: [status: string, reply: string, cause: Cause][] = [
  ['5.1.1', '550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in virtual mailbox table', 'address'],
  ['5.0.0', '550 No such user here', 'address'],
  ['5.1.10', '556 5.1.10 domain does not accept mail', 'domain'],
  ['5.1.2', '', 'domain'],
  ['5.2.2', '552 5.2.2 mailbox full', 'full'],
  ['5.0.0', '552 user is over quota', 'full'],
  ['5.3.4', '552 5.3.4 Message size exceeds fixed limit', 'large'],
  ['5.0.0', '552 message size exceeds fixed maximum message size', 'large'],
  ['5.7.1', '553 5.7.1 <x@y.example>: Sender address rejected: not owned by user shop', 'sender'],
  ['5.7.1', '554 5.7.1 <a@b.example>: Relay access denied', 'relaying'],
  ['5.7.8', '535 5.7.8 Error: authentication failed', 'login'],
  ['5.7.0', '530 5.7.0 Must issue a STARTTLS command first', 'starttls'],
  ['5.7.26', '550 5.7.26 This mail is unauthenticated', 'authentication'],
  ['5.7.1', '550 5.7.1 rejected by DMARC policy of shop.example', 'dmarc'],
  ['5.7.1', '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org', 'listed'],
  ['5.7.1', '550 5.7.1 Message rejected', 'policy'],
  ['5.0.0', '550 spam detected', 'spam'],
  ['5.2.1', '550 5.2.1 mailbox disabled', 'disabled'],
  ['4.4.1', 'connection refused', 'unreachable'],
  ['4.4.7', 'connection timed out', 'unreachable'],
  // After the lifetime the last reply has the reason.
  ['4.4.7', '451 4.7.1 Greylisted, try again later', 'greylisted'],
  ['4.4.7', '452 4.2.2 mailbox full', 'full'],
  ['4.4.7', '450 4.1.2 Domain not found', 'domain'],
  ['4.4.7', '4.4.7 not delivered in time: mx.example put off the message: 451 4.7.1 later', 'busy'],
  ['4.4.7', '4.4.7 not delivered in time: localhost:465: cannot connect (ECONNREFUSED)', 'unreachable'],
  ['4.4.2', '421 too many connections', 'rate'],
  ['5.0.0', '550 no', 'other'],
];
describe('causeOf', () => {
  for (const [status, reply, cause] of causes) {
    test(`${status} ${reply}`, () => assert.equal(causeOf('failed', status, reply), cause));
  }
});
