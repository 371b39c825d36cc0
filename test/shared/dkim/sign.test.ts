// Signing: the contents of the field, keys that sign, and the reasons of those that do not (RFC 6376 section 5, RFC 8301, RFC 8463).
import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { keysEqual, publicKeyOf } from '../../../shared/dkim/private-key.ts';
import { signDkim } from '../../../shared/dkim/sign.ts';
import { verifyDkim } from '../../../shared/dkim/verify.ts';
import { toBytes } from '../../../shared/message/bytes.ts';
import { bulk, DOMAIN, keyZone, MESSAGES, NOW, testKey } from './fixtures.ts';

const rsa = await testKey('rsa2048');
const ed = await testKey('ed25519');
const MESSAGE = MESSAGES.plain!;
const unfold = (text: string) => text.replace(/\r\n[ \t]+/g, ' ');

test('a double signature in one call, both valid', async () => {
  const keys = [rsa, ed].map(({ selector, pem }) => ({ domain: DOMAIN, selector, key: pem }));
  const outcome = await signDkim(MESSAGE, keys, { timestamp: NOW });
  assert.ok(outcome.ok);
  assert.equal(outcome.fields.length, 2);
  assert.equal(outcome.header, outcome.fields.join(''));
  const verified = await verifyDkim(outcome.header + MESSAGE, await keyZone(), NOW);
  assert.deepEqual(
    verified.signatures.map((one) => [one.result, one.algorithm]),
    [
      ['pass', 'rsa-sha256'],
      ['pass', 'ed25519-sha256'],
    ],
  );
});

test('the field: ASCII, folded, over-signed, deterministic', async () => {
  const key = { domain: 'МАГАЗИН.рф', selector: 's1', key: rsa.pem, identity: 'Иван@почта.магазин.рф' };
  const message = `Received: x\r\n${MESSAGE}`;
  const outcome = await signDkim(message, key, { timestamp: NOW, expiresIn: 3600 });
  assert.ok(outcome.ok);
  const [field] = outcome.fields;
  assert.match(field!, /^[\x20-\x7e\r\n\t]*\r\n$/);
  for (const line of field!.split('\r\n')) assert.ok(line.length <= 78, line);
  const text = unfold(field!);
  const seconds = NOW.getTime() / 1000;
  assert.match(
    text,
    /d=xn--80aairftm.xn--p1ai; s=s1; i==D0=98=D0=B2=D0=B0=D0=BD@xn--80a1acny\.xn--80aairftm\.xn--p1ai;/,
  );
  assert.match(text, new RegExp(`t=${seconds}; x=${seconds + 3600};`));
  const names = /h=([^;]*);/.exec(text)![1]!.replace(/ /g, '').split(':');
  const count = (name: string) => names.filter((one) => one === name).length;
  assert.deepEqual(
    ['From', 'To', 'Cc', 'Subject', 'Date', 'Reply-To', 'Message-ID', 'Received'].map(count),
    [2, 2, 1, 2, 2, 1, 1, 0],
  );
  assert.deepEqual(await signDkim(message, key, { timestamp: NOW, expiresIn: 3600 }), outcome);
});

test('own lists of headers; From is always signed', async () => {
  const key = { domain: DOMAIN, selector: rsa.selector, key: rsa.pem };
  const outcome = await signDkim(MESSAGE, key, { headers: ['subject', 'subject', 'bad name'], overSign: ['X-Shop'] });
  assert.ok(outcome.ok);
  assert.match(unfold(outcome.header), /h=From:subject:X-Shop;/);
  assert.doesNotMatch(outcome.header, / t=| x=/);
});

test('the key forms that sign', async () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const edPair = generateKeyPairSync('ed25519');
  const edDer = edPair.privateKey.export({ type: 'pkcs8', format: 'der' });
  const imported = await webcrypto.subtle.importKey(
    'pkcs8',
    pair.privateKey.export({ type: 'pkcs8', format: 'der' }),
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const pkcs1 = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  for (const [name, key, publicKey] of [
    ['PKCS #1', pkcs1, pair.publicKey],
    ['PKCS #1 with CRLF and text around', `Key:\r\n${pkcs1.replaceAll('\n', '\r\n')}`, pair.publicKey],
    ['PKCS #8', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), pair.publicKey],
    ['Ed25519 PKCS #8', edPair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), edPair.publicKey],
    ['Ed25519 seed', edDer.subarray(-32).toString('base64'), edPair.publicKey],
    ['CryptoKey that cannot be read', imported, pair.publicKey],
  ] as const) {
    const outcome = await signDkim(MESSAGE, { domain: DOMAIN, selector: 'k', key });
    assert.ok(outcome.ok, `${name}: ${JSON.stringify(outcome)}`);
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const record =
      publicKey.asymmetricKeyType === 'rsa'
        ? `v=DKIM1; p=${spki.toString('base64')}`
        : `v=DKIM1; k=ed25519; p=${spki.subarray(-32).toString('base64')}`;
    const verified = await verifyDkim(
      outcome.header + MESSAGE,
      await keyZone({ [`k._domainkey.${DOMAIN}`]: record }),
      NOW,
    );
    assert.equal(verified.result, 'pass', name);
  }
});

test('the public part of a key is what OpenSSL derives', async () => {
  const derived = await publicKeyOf(rsa.pem);
  assert.ok(derived.ok);
  const spki = createPublicKey(rsa.pem).export({ type: 'spki', format: 'der' }).toString('base64');
  assert.equal(derived.publicKey, spki);
  assert.equal(derived.record, `v=DKIM1; k=rsa; p=${spki}`);
  assert.equal(derived.bits, 2048);
  const edDerived = await publicKeyOf(ed.pem);
  assert.ok(edDerived.ok);
  const raw = createPublicKey(ed.pem).export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
  assert.equal(edDerived.record, `v=DKIM1; k=ed25519; p=${raw}`);
  assert.ok(!keysEqual(derived.publicKey, edDerived.publicKey));
});

test('a key that does not sign is named with its reason, and nothing is signed', async () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 768 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const locked = { cipher: 'aes-256-cbc', passphrase: 'x' };
  const rsaPair = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  for (const [id, key] of [
    ['too-short', small],
    ['encrypted', rsaPair.privateKey.export({ type: 'pkcs8', format: 'pem', ...locked })],
    ['encrypted', rsaPair.privateKey.export({ type: 'pkcs1', format: 'pem', ...locked })],
    ['public-only', rsaPair.publicKey.export({ type: 'spki', format: 'pem' })],
    ['wrong-key-type', ec.export({ type: 'pkcs8', format: 'pem' })],
    ['wrong-key-type', ec.export({ type: 'sec1', format: 'pem' })],
    ['openssh', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----'],
    ['broken', rsa.pem.replace(/\n[^\n]+\n/, '\n')],
    ['broken', rsa.pem.slice(0, 500)],
    ['broken', rsa.pem.replace(/\n(.{10})/, '\n*')],
    ['no-pem', ''],
    ['no-pem', 'v=DKIM1; p=abc'],
  ] as const) {
    const keys = [
      { domain: DOMAIN, selector: 'good', key: rsa.pem },
      { domain: DOMAIN, selector: 'bad', key: key.toString() },
    ];
    const outcome = await signDkim(MESSAGE, keys);
    assert.ok(!outcome.ok, id);
    assert.deepEqual(
      outcome.problems.map((problem) => [problem.id, problem.key]),
      [[id, 1]],
    );
    assert.ok(!outcome.problems[0]!.detail.includes(rsa.pem.slice(40, 80)));
  }
});

test('settings and messages that cannot be signed', async () => {
  const key = { domain: DOMAIN, selector: 's', key: rsa.pem };
  for (const [id, outcome] of [
    ['no-from', await signDkim('To: a@b.example\r\n\r\nx', key)],
    ['bad-domain', await signDkim(MESSAGE, { ...key, domain: 'a..b' })],
    ['bad-selector', await signDkim(MESSAGE, { ...key, selector: 'a b' })],
    ['bad-identity', await signDkim(MESSAGE, { ...key, identity: '@other.example' })],
    ['bad-expiry', await signDkim(MESSAGE, key, { timestamp: NOW, expiresIn: 0 })],
    ['head-too-large', await signDkim(`From: a@b.example\r\nX: ${'y'.repeat(1 << 21)}\r\n\r\n`, key)],
    ['no-pem', await signDkim(MESSAGE, [])],
  ] as const) {
    assert.ok(!outcome.ok, id);
    assert.equal(outcome.problems[0]!.id, id);
  }
});

test('a streaming hasher of the host is used, and the body read once', async () => {
  let made = 0;
  const createHasher = () => {
    made++;
    return createHash('sha256');
  };
  const message = toBytes(bulk(3_000_000));
  let given = 0;
  const parts = async function* () {
    for (let at = 0; at < message.length; at += 65_536) {
      const part = message.slice(at, at + 65_536);
      given += part.length;
      yield part;
      // A source may reuse its buffer.
      part.fill(0);
    }
  };
  const keys = [rsa, ed].map(({ selector, pem }) => ({ domain: DOMAIN, selector, key: pem }));
  const outcome = await signDkim(parts(), keys, { createHasher });
  assert.ok(outcome.ok);
  assert.deepEqual([made, given], [1, message.length]);
  const verified = await verifyDkim(outcome.header + bulk(3_000_000), await keyZone(), NOW, { createHasher });
  assert.equal(verified.result, 'pass');
  assert.equal(made, 2);
});
