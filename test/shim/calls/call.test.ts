// The file of a call: what is written is read back, and nothing that is no call is taken for one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALL_VARIABLES, MAX_CALL_HEAD, parseCall } from '../../../shim/spool/call.ts';
import { encodeCall } from '../../support/calls.ts';
import { seeded } from '../../support/fault-spool.ts';

const RUNS = 2000;
const text = (...entries: string[]) => Buffer.from(entries.map((entry) => `${entry}\0`).join(''));

test('words, variables and message come back as they were', () => {
  const random = seeded(14);
  const pick = (most: number) => Math.floor(random() * most);
  const word = () =>
    Array.from({ length: pick(12) }, () => String.fromCodePoint([0x61, 0x20, 0x0a, 0x40, 0xe9, 0x20ac][pick(6)]!)).join(
      '',
    );
  for (let run = 0; run < RUNS; run++) {
    const words = Array.from({ length: pick(8) }, word);
    const variables = Object.fromEntries(
      CALL_VARIABLES.filter(() => random() < 0.5).map((name) => [name, `${word()}${random() < 0.2 ? '=' : ''}`]),
    );
    const message = Buffer.from(Array.from({ length: pick(300) }, () => pick(256)));
    const parsed = parseCall(encodeCall(words, message, { variables, name: 'sendmail' }));
    assert.deepEqual(parsed, { words: ['sendmail', ...words], variables, message });
  }
});

test('a call that is cut or changed anywhere is another call or none, and never a fault', () => {
  const random = seeded(15);
  const whole = encodeCall(['-t', 'a@x.example'], 'To: b@x.example\n\nbody\n', {
    variables: { HOME: '/h', EMAIL: '' },
  });
  const start = whole.indexOf('To:');
  for (let length = 0; length < start; length++) assert.equal(parseCall(whole.subarray(0, length)), undefined);
  for (let run = 0; run < RUNS; run++) {
    const changed = Buffer.from(whole);
    for (let times = 0; times < 3; times++) changed[Math.floor(random() * start)] = Math.floor(random() * 256);
    parseCall(changed);
    parseCall(Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256))));
  }
});

const none: Record<string, Buffer> = {
  'another version': text('mailshim-call 2', '1', 'mailshim', ''),
  'no words': text('mailshim-call 1', '0', ''),
  'more words than there are': text('mailshim-call 1', '9', 'mailshim', ''),
  'a count that is no number': text('mailshim-call 1', '1x', 'mailshim', ''),
  'a huge count': text('mailshim-call 1', '9999999', 'mailshim', ''),
  'a variable without a value': text('mailshim-call 1', '1', 'mailshim', 'HOME', ''),
  'a variable that decides nothing': text('mailshim-call 1', '1', 'mailshim', 'PATH=/', ''),
  'a name of every object': text('mailshim-call 1', '1', 'mailshim', '__proto__=/', ''),
  'a variable twice': text('mailshim-call 1', '1', 'mailshim', 'HOME=/a', 'HOME=/b', ''),
  'a head without end': Buffer.concat([text('mailshim-call 1', '1'), Buffer.alloc(MAX_CALL_HEAD, 'a')]),
};
for (const [name, bytes] of Object.entries(none))
  test(`${name} is no call`, () => {
    assert.equal(parseCall(bytes), undefined);
  });
