// The transcript of a connection: readable, without passwords, and bounded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDialogue, MAX_DIALOGUE } from '../../../shim/notify/dialogue.ts';

/** "C: …" and "S: …" played into a new transcript. */
function played(lines: readonly string[]): string {
  const dialogue = createDialogue();
  for (const line of lines) {
    if (line.startsWith('C: ')) dialogue.client(line.slice(3));
    else if (line.startsWith('S: ')) dialogue.server(line.slice(3));
    else dialogue.note(line);
  }
  return dialogue.text();
}

const PLAIN = Buffer.from('\0shop@shop.example\0geheim').toString('base64');
const PASSWORD = Buffer.from('geheim').toString('base64');

test('commands and replies stay as they are', () => {
  assert.equal(
    played(['connected', 'S: 220 mx.example', 'C: EHLO shop.example', 'S: 250-mx.example', 'S: 250 SIZE 1000']),
    '*: connected\nS: 220 mx.example\nC: EHLO shop.example\nS: 250-mx.example\nS: 250 SIZE 1000\n',
  );
});

const logins: Record<string, string[]> = {
  'AUTH PLAIN with its answer': [`C: AUTH PLAIN ${PLAIN}`, 'S: 535 5.7.8 no'],
  'auth plain in lower case': [`C: auth plain ${PLAIN}`, 'S: 535 5.7.8 no'],
  'AUTH PLAIN in two steps': ['C: AUTH PLAIN', 'S: 334 ', `C: ${PLAIN}`, 'S: 235 2.7.0 ok'],
  'AUTH LOGIN': [
    'C: AUTH LOGIN',
    'S: 334 VXNlcm5hbWU6',
    'C: c2hvcA==',
    'S: 334 UGFzc3dvcmQ6',
    `C: ${PASSWORD}`,
    'S: 235 ok',
  ],
  'AUTH that the server repeats': [`C: AUTH PLAIN ${PLAIN}`, `S: 500 unknown command: AUTH PLAIN ${PLAIN}`],
  'a step that the server repeats': ['C: AUTH LOGIN', 'S: 334', `C: ${PASSWORD}`, `S: 502 "${PASSWORD}" not known`],
};
for (const [name, lines] of Object.entries(logins)) {
  test(`no password of ${name}`, () => {
    const text = played([...lines, 'C: MAIL FROM:<shop@shop.example>', 'S: 250 ok']);
    for (const secret of [PLAIN, PASSWORD, 'geheim']) assert.ok(!text.includes(secret), text);
    assert.match(text, /C: AUTH (?:PLAIN|plain|LOGIN)/i);
    // What follows the login is shown again.
    assert.match(text, /C: MAIL FROM:<shop@shop\.example>\nS: 250 ok\n$/);
  });
}

test('a challenge is masked too: with the answer it would allow guessing', () => {
  const text = played(['C: AUTH CRAM-MD5', 'S: 334 PDEyMzRAbXg+', 'C: c2hvcCAxMjM0', 'S: 235 ok']);
  assert.equal(text, 'C: AUTH CRAM-MD5\nS: 334 ***\nC: ***\nS: 235 ok\n');
});

test('the message itself is counted, not kept', () => {
  const text = played(['C: DATA', 'S: 354 go on', 'C: Subject: order', 'C: ', 'C: card 4111', 'S: 250 2.0.0 queued']);
  assert.equal(text, 'C: DATA\nS: 354 go on\nC: (the message, 3 lines)\nS: 250 2.0.0 queued\n');
});

test('a connection that ends within the message shows how far it came', () => {
  assert.match(played(['C: DATA', 'S: 354 go on', 'C: a', 'C: b']), /\(the message, 2 lines\)\n$/);
  assert.match(
    played(['C: DATA', 'S: 354 go on', 'C: a', 'connection closed']),
    /\(the message, 1 lines\)\n\*: connection closed\n$/,
  );
});

test('controls of a reply cannot make lines or move the cursor', () => {
  assert.equal(played(['S: 250 a\r\nC: QUIT\x1b[2J']), 'S: 250 a C: QUIT?[2J\n');
});

test('a flood keeps the start and the end, and notes that the middle is missing', () => {
  const flood = Array.from({ length: 5000 }, (_, index) => `S: 250-line ${index} ${'x'.repeat(60)}`);
  const text = played(['C: EHLO shop.example', ...flood, 'S: 550 the last word']);
  assert.ok(text.length <= MAX_DIALOGUE);
  assert.match(text, /^C: EHLO shop\.example\nS: 250-line 0 /);
  assert.match(text, /\n\*: \(\d+ lines left out\)\n/);
  assert.match(text, /\nS: 550 the last word\n$/);
});

test('whatever is sent, the limit and the form of the lines hold', () => {
  const anything = fc.string({ unit: 'binary', maxLength: 3000 });
  const step = fc.tuple(fc.constantFrom('client', 'server', 'note'), anything) as fc.Arbitrary<
    ['client' | 'server' | 'note', string]
  >;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const dialogue = createDialogue();
      for (const [who, line] of steps) dialogue[who](line);
      const text = dialogue.text();
      assert.ok(text.length <= MAX_DIALOGUE);
      if (text !== '')
        for (const line of text.slice(0, -1).split('\n')) assert.match(line, /^[CS*]: [^\x00-\x1f\x7f]*$/);
    }),
    { numRuns: 60 },
  );
});
