// Every parser of DKIM accepts any input and ends; hostile messages are verified within bounds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseKeyRecord } from '../../../shared/dkim/key-record.ts';
import { keysEqual, publicKeyOf } from '../../../shared/dkim/private-key.ts';
import { readPublicKey } from '../../../shared/dkim/public-key.ts';
import { parseSignature } from '../../../shared/dkim/signature.ts';
import { verifyDkim } from '../../../shared/dkim/verify.ts';
import { toText } from '../../../shared/message/bytes.ts';
import { keyZone, MESSAGES, NOW, testKey } from './fixtures.ts';

const pieces = fc
  .array(
    fc.constantFrom(
      ...[
        'v=1',
        'v=DKIM1',
        'a=rsa-sha256',
        'a=ed25519-sha256',
        'c=relaxed',
        'd=shop.example',
        's=rsa2048',
        'h=from:to',
        'bh=AAAA',
        'b=AAAA',
      ],
      ...[
        'i=@shop.example',
        'l=5',
        't=1',
        'x=2',
        'q=dns',
        'k=rsa',
        'p=',
        'p=AAAA',
        'g=*',
        ';',
        ';',
        ';',
        ' ',
        '\r\n\t',
        '=',
        ':',
        '/',
        '@',
        'ü',
        '\0',
      ],
    ),
    { maxLength: 40 },
  )
  .map((list) => list.join(''));

test('parsers never throw, and return ok only for complete input', () => {
  fc.assert(
    fc.property(pieces, (text) => {
      const parsed = parseSignature(text);
      if (parsed.ok) assert.ok(parsed.signature.domain !== '' && parsed.signature.signature.length > 0);
      parseKeyRecord(text);
      keysEqual(text, text);
    }),
    { numRuns: 3000, seed: 1 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readPublicKey(bytes);
      parseSignature(toText(bytes));
      parseKeyRecord(toText(bytes));
    }),
    { numRuns: 3000, seed: 2 },
  );
});

test('damaged keys are read without throwing', async () => {
  const { pem, publicKey } = await testKey('rsa1024');
  const der = Buffer.from(publicKey, 'base64');
  await fc.assert(
    fc.asyncProperty(fc.nat(der.length - 1), fc.nat(255), fc.nat(pem.length - 1), async (at, byte, cut) => {
      const damaged = Buffer.from(der);
      damaged[at] = byte;
      parseKeyRecord(`p=${damaged.toString('base64')}`);
      await publicKeyOf(pem.slice(0, cut) + pem.slice(cut + 1));
    }),
    { numRuns: 300, seed: 3 },
  );
});

test('messages of any kind are verified without rejecting', async () => {
  const zone = await keyZone();
  await fc.assert(
    fc.asyncProperty(pieces, fc.uint8Array({ maxLength: 100 }), async (tags, bytes) => {
      await verifyDkim(`DKIM-Signature:${tags}\r\n${MESSAGES.plain}`, zone, NOW);
      await verifyDkim(bytes, zone, NOW);
    }),
    { numRuns: 1000, seed: 4 },
  );
});

// A cost that grows with the square of the length would run for minutes here.
test('long hostile fields end', { timeout: 60_000 }, async () => {
  const zone = await keyZone();
  for (const unit of [' ', ';', 'a=', 'b=;', ' =', ':', '=41', 'h=', 'from:', '\r\n ', '@']) {
    const text = unit.repeat(Math.floor(400_000 / unit.length));
    for (const start of ['', 'v=1; h=', 'i=', 'p=', 'b=a']) {
      parseSignature(`${start}${text}x`);
      parseKeyRecord(`${start}${text}x`);
      await verifyDkim(`DKIM-Signature: ${start}${text}x\r\nFrom: a@b.example\r\n\r\n`, zone, NOW);
    }
  }
});

test('many signatures that name many headers stay bounded', { timeout: 60_000 }, async () => {
  const one = `DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=rsa2048; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=AAAA; h=from${':x'.repeat(10_000)}\r\n`;
  const message = `${one.repeat(20)}${'X: y\r\n'.repeat(20_000)}From: a@b.example\r\n\r\n`;
  const outcome = await verifyDkim(message, await keyZone(), NOW);
  assert.equal(outcome.signatures.length, 20);
});
