// Relays that reply at random: what counts as delivered was accepted, what was accepted counts as delivered or uncertain, and
// each recipient has one result.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { submit } from '../../../shim/submit/session.ts';
import { type Script, startScriptedRelay } from '../../support/scripted-relay.ts';

const MESSAGE = 'Subject: s\r\n\r\n.\r\nbody\r\n';
const SEEDS = 150;
/** How often a command has another reply than the usual one: one in so many. */
const ODDS = 12;
const REPLIES = [
  '421 4.7.0 too many errors',
  '450 4.2.0 later',
  '451 4.7.1 Too many messages in this session',
  '452 4.5.3 Too many recipients',
  '452 4.2.2 mailbox full',
  '454 4.7.0 not now',
  '500 5.5.2 what',
  '503 5.5.1 out of order',
  '550 5.1.1 no such user',
  '552 5.5.3 too many recipients',
  '552 full',
  '554 5.7.1 Client host rejected: Access denied',
  '554 Transaction failed: Recipient count exceeds 3.',
  '250 2.0.0 Ok',
  '354 go on',
  'what is this',
  '250-yes\r\n550 no',
  'drop',
];

/** Linear congruential, of Numerical Recipes: the same numbers from the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const kinds = {
  'with pipelining': { offers: ['PIPELINING'] },
  'without pipelining': { offers: [] },
  'at once': { offers: ['PIPELINING', 'CHUNKING', 'ENHANCEDSTATUSCODES'] },
  LMTP: { offers: ['PIPELINING'], lmtp: true },
};
for (const [name, kind] of Object.entries(kinds)) {
  test(name, { timeout: 120_000 }, async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = randomFrom(seed);
      const script: Script = ({ line }) =>
        /^(greeting|EHLO|LHLO|QUIT)/.test(line) || random(ODDS) > 0 ? undefined : REPLIES[random(REPLIES.length)];
      const config = `relay_recipients ${1 + random(6)}\nrelay_messages ${1 + random(4)}`;
      const relay = await startScriptedRelay(script, { ...kind, config });
      const recipients = Array.from({ length: 1 + random(20) }, (_, at) => `r${at}@x.example`);
      const { accepted, refused, failure } = await submit(
        relay.account,
        { from: 'f@x.example', recipients },
        { chunks: () => [Buffer.from(MESSAGE)], size: MESSAGE.length, eightBit: false, password: () => '' },
      );
      relay.stop();
      const what = JSON.stringify(
        { name, seed, recipients, accepted, refused, failure, mails: relay.mails, lines: relay.lines },
        null,
        1,
      );
      const served = accepted.map(({ recipient }) => recipient);
      const uncertain = new Set(failure?.uncertain);
      const taken = relay.mails.flat();
      const results = [...served, ...refused.map(({ recipient }) => recipient)];
      assert.equal(new Set(results).size, results.length, what);
      for (const recipient of results) assert.ok(recipients.includes(recipient) && !uncertain.has(recipient), what);
      if (results.length < recipients.length || served.length === 0) assert.ok(failure, what);
      for (const recipient of served) assert.ok(taken.includes(recipient), what);
      assert.equal(new Set(taken).size, taken.length, what);
      for (const recipient of taken) assert.ok(served.includes(recipient) || uncertain.has(recipient), what);
      for (const message of relay.messages) assert.equal(message, MESSAGE, what);
    }
  });
}
