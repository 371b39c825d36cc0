// The spool's file of one mail: what is written is read, and nothing else passes for it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { EntryError, encodeEntry, openEntry, type Submission } from '../../../shim/spool/entry.ts';
import { temporaryFolder } from '../../support/folder.ts';

const SUBMISSION: Submission = {
  acceptedAt: Date.UTC(2026, 10, 24),
  seed: '0123456789abcdef0123456789abcdef',
  recipients: ['ivan@x.example', 'böse"\\ \u2028@x.example'],
  envelopeFrom: 'shop@shop.example',
  overrides: { host: 'relay.example' },
};
const MESSAGE = Buffer.from('Subject: s\n\nbody\nEND 00000000000001 00000000\n\xff\x00', 'latin1');

describe('an entry', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const write = (octets: Uint8Array) => {
    writeFileSync(folder.join('entry'), octets, { mode: 0o600 });
    return folder.join('entry');
  };
  const encode = (submission: Submission, message: Uint8Array) =>
    Buffer.concat([...encodeEntry(submission, [message])]);
  const reading = (file: string, verify = true) => {
    const entry = openEntry(file, { verify });
    const { submission, start, size, close } = entry;
    close();
    return { submission, message: readFileSync(file).subarray(start, start + size) };
  };
  const kindOf = (file: string): string => {
    try {
      reading(file);
      return 'good';
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      return error.kind;
    }
  };

  test('is read as it was written', () => {
    const read = reading(write(encode(SUBMISSION, MESSAGE)));
    assert.deepEqual(read.submission, SUBMISSION);
    assert.deepEqual(read.message, MESSAGE);
    assert.deepEqual(reading(write(encode(SUBMISSION, Buffer.alloc(0)))).message.length, 0);
  });

  test('is read as it was written, whatever the message and the texts are', () => {
    const clean = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .filter((text) => !/[\x00-\x1f\x7f]/.test(text));
    fc.assert(
      fc.property(
        fc.array(clean, { minLength: 1, maxLength: 5 }),
        fc.option(clean, { nil: undefined }),
        fc.dictionary(clean, clean),
        fc.uint8Array({ maxLength: 300 }),
        (recipients, fullName, overrides, message) => {
          const submission = { ...SUBMISSION, recipients, overrides, ...(fullName === undefined ? {} : { fullName }) };
          const read = reading(write(encode(submission, message)));
          assert.deepEqual(
            { ...read.submission, overrides: { ...read.submission.overrides } },
            { ...submission, overrides: { ...overrides } },
          );
          assert.deepEqual(new Uint8Array(read.message), message);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('cut at any octet, it is corrupt', () => {
    const whole = encode(SUBMISSION, MESSAGE);
    for (let length = 0; length < whole.length; length++)
      assert.equal(kindOf(write(whole.subarray(0, length))), 'corrupt', `cut at ${length}`);
  });

  test('with any octet changed, or one more, it is corrupt', () => {
    const whole = encode(SUBMISSION, MESSAGE);
    for (let at = 0; at < whole.length; at++) {
      for (const bits of [1, 0x20, 0x80]) {
        const changed = Buffer.from(whole);
        changed[at] = changed[at]! ^ bits;
        assert.equal(kindOf(write(changed)), 'corrupt', `octet ${at}`);
      }
    }
    for (const more of ['\n', '\0', 'x'])
      assert.equal(kindOf(write(Buffer.concat([whole, Buffer.from(more)]))), 'corrupt');
    assert.equal(kindOf(write(Buffer.concat([whole, whole]))), 'corrupt');
  });

  test('a block of zeros in its middle, as some disks leave behind, is noticed', () => {
    const whole = encode(SUBMISSION, Buffer.alloc(20_000, 'text '));
    whole.fill(0, 4096, 8192);
    assert.equal(kindOf(write(whole)), 'corrupt');
  });

  /** With a right end, as a hostile writer makes it. */
  const forge = (line: string) => Buffer.concat([...forgeParts(Buffer.from(`${line}\n`, 'latin1'), MESSAGE)]);
  const hostile: [name: string, line: string][] = [
    ['not JSON', '{"mailshim":1,'],
    ['a list', '{"mailshim":1,"recipients":["a@x"]} []'],
    ['nothing in it', '{"mailshim":1,"x":1}'],
    ['recipients that are none', member({ recipients: 'a@x.example' })],
    ['no recipients', member({ recipients: [] })],
    ['a recipient with a line break', member({ recipients: ['a@x.example>\r\nRCPT TO:<b@x.example'] })],
    ['a recipient that is a list', member({ recipients: [['a@x.example']] })],
    ['more recipients than anybody', member({ recipients: Array.from({ length: 10_001 }, () => 'a@x') })],
    ['a sender with a line break', member({ envelopeFrom: 'a@x.example>\r\nRSET' })],
    ['a sender that is a number', member({ envelopeFrom: 1 })],
    ['a time that is no number', member({ acceptedAt: '1' })],
    ['a time beyond all dates', member({ acceptedAt: 1 }).replace('"acceptedAt":1', '"acceptedAt":1e300')],
    ['a time beyond the year 9999', member({ acceptedAt: 253_402_300_800_000 })],
    ['a time before 1970', member({ acceptedAt: -1 })],
    ['a user that is none', member({ submittedBy: -1 })],
    ['a user beyond all numbers', member({ submittedBy: 1e300 })],
    ['a recipient with half a character', member({ recipients: ['a\ud800@x.example'] })],
    ['a seed of its own', member({ seed: '../../etc/passwd' })],
    ['settings that are a text', member({ overrides: 'host=x' })],
    ['settings with a line break', member({ overrides: { host: 'a\nb' } })],
    ['an earlier attempt that is none', member({ earlier: null })],
    ['an account with an escape', member({ account: '\x1b[2J' })],
    ['a text without end', member({ fullName: 'x'.repeat(9000) })],
  ];
  for (const [name, line] of hostile) {
    test(`a first line with ${name} is refused, though its end is right`, () => {
      assert.equal(kindOf(write(forge(line))), 'corrupt');
    });
  }

  test('what an earlier attempt says is shown to people, so it gives their terminal no orders', () => {
    const line = member({ earlier: { reason: 'a\x1b[2J\r\nb\x9b', uncertain: true } });
    assert.deepEqual(reading(write(forge(line))).submission.earlier, { reason: 'a?[2J b?', uncertain: true });
  });

  test('whatever the first line says, it is read or refused', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 2 }), fc.string({ unit: 'binary' }), (json, text) => {
        for (const line of [`{"mailshim":1,"recipients":${json}}`, `{"mailshim":1,${text.replaceAll('\n', '')}`])
          assert.match(kindOf(write(forge(Buffer.from(line).toString('latin1')))), /^(good|corrupt)$/);
      }),
      { numRuns: 100 },
    );
  });

  test('a link, a FIFO, a folder and a device are no mail; a missing file is gone', () => {
    const file = write(encode(SUBMISSION, MESSAGE));
    symlinkSync(file, folder.join('link'));
    assert.equal(kindOf(folder.join('link')), 'corrupt');
    execFileSync('mkfifo', [folder.join('fifo')]);
    assert.equal(kindOf(folder.join('fifo')), 'corrupt');
    assert.equal(kindOf(folder.path), 'corrupt');
    assert.equal(kindOf('/dev/zero'), 'corrupt');
    assert.equal(kindOf(folder.join('nothing')), 'gone');
  });

  test('a file of 2 GiB that is all hole is refused without being read', () => {
    const file = write(encode(SUBMISSION, MESSAGE));
    execFileSync('truncate', ['-s', '2G', file]);
    assert.throws(() => openEntry(file, { verify: false }), /is larger than/);
    write(Buffer.alloc(0));
  });

  for (const [name, wrong] of [
    ['ten thousand and one recipients', { recipients: Array.from({ length: 10_001 }, () => 'a@x') }],
    ['a recipient with a line break', { recipients: ['a@x\n'] }],
    ['a full name of 9000 characters', { fullName: 'x'.repeat(9000) }],
    ['more on its first line than is read', { recipients: Array.from({ length: 600 }, () => 'x'.repeat(8000)) }],
  ] as const) {
    test(`${name}: not written, since it could not be read again`, () => {
      assert.throws(
        () =>
          encode(
            {
              ...SUBMISSION,
              ...wrong,
              recipients: [...((wrong as Partial<Submission>).recipients ?? SUBMISSION.recipients)],
            },
            MESSAGE,
          ),
        EntryError,
      );
    });
  }

  test('its two ends are enough for a listing', () => {
    const whole = encode(SUBMISSION, MESSAGE);
    whole[whole.length - 35] = 0x41;
    assert.deepEqual(reading(write(whole), false).submission, SUBMISSION);
    assert.equal(kindOf(write(whole)), 'corrupt');
  });
});

function member(members: Record<string, unknown>): string {
  const { acceptedAt, seed } = SUBMISSION;
  const submission = { acceptedAt, seed, recipients: ['a@x.example'], ...members };
  return Buffer.from(`{"mailshim":1,${JSON.stringify(submission).slice(1)}`).toString('latin1');
}

// The layout anew, so that the lines that no writer of ours would make have a right end too.
function* forgeParts(line: Uint8Array, message: Uint8Array): Generator<Uint8Array> {
  const sum = crc32(message, crc32(line));
  yield line;
  yield message;
  yield Buffer.from(`\nEND ${String(message.length).padStart(14, '0')} ${sum.toString(16).padStart(8, '0')}\n`);
}
