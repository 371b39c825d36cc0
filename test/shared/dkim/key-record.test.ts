// Key records: the facts of valid and the problems of faulty ones (RFC 6376 section 3.6.1, RFC 8301, RFC 8463).
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { correctedRecord, parseKeyRecord } from '../../../shared/dkim/key-record.ts';
import { keysEqual } from '../../../shared/dkim/private-key.ts';
import { testKey } from './fixtures.ts';

const rsa = (await testKey('rsa2048')).publicKey;
const ed = (await testKey('ed25519')).publicKey;
const rsaKey = (bits: number, type: 'spki' | 'pkcs1') =>
  generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type, format: 'der' }).toString('base64');
const edSpki = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'der' })
  .toString('base64');

for (const [name, text, expected] of [
  ['plain', `v=DKIM1; k=rsa; p=${rsa}`, []],
  ['only p=', `p=${rsa}`, []],
  ['blanks in p=', `v=DKIM1; p=${rsa.slice(0, 100)} ${rsa.slice(100)};`, []],
  ['Ed25519', `v=DKIM1; k=ed25519; p=${ed}`, []],
  ['unknown tags and flags', `v=DKIM1; g=*; x=1; t=z; p=${rsa}`, []],
  ['quotes in notes', `v=DKIM1; n="my key"; p=${rsa}`, []],
  ['h= and s= that fit', `v=DKIM1; h=sha1:sha256; s=email:foo; p=${rsa}`, []],
  ['1024 bits', `p=${rsaKey(1024, 'spki')}`, []],
  ['the bare RSAPublicKey', `p=${rsaKey(1024, 'pkcs1')}`, ['pkcs1-form']],
  ['v= last', `k=rsa; p=${rsa}; v=DKIM1`, ['version-not-first']],
  ['two semicolons', `v=DKIM1;; p=${rsa}`, ['tag-syntax']],
  ['768 bits', `p=${rsaKey(768, 'spki')}`, ['weak-key!']],
  ['one = too many', `v=DKIM1; p=${rsaKey(1024, 'spki')}=`, ['bad-padding']],
  ['h= empty', `v=DKIM1; h=; p=${rsa}`, ['hash-not-allowed!']],
  ['s= empty', `v=DKIM1; s=; p=${rsa}`, ['not-for-email!']],
  ['k= empty', `v=DKIM1; k=; p=${rsa}`, ['unknown-key-type!']],
  ['v= empty', `v=; p=${rsa}`, ['bad-key-version!']],
  ['t= empty', `v=DKIM1; t=; p=${rsa}`, []],
  ['revoked', 'v=DKIM1; p=', ['revoked!']],
  ['no p=', 'v=DKIM1; k=rsa', ['not-a-key!']],
  ['empty', '', ['not-a-key!']],
  ['SPF', 'v=spf1 -all', ['not-a-key!', 'bad-key-version!']],
  ['v=DKIM2', `v=DKIM2; p=${rsa}`, ['bad-key-version!']],
  ['lower case', `v=dkim1; p=${rsa}`, ['bad-key-version!']],
  ['k=dsa', `v=DKIM1; k=dsa; p=${rsa}`, ['unknown-key-type!']],
  ['k=rsa with an Ed25519 key', `v=DKIM1; k=rsa; p=${ed}`, ['key-type-mismatch!']],
  ['k=ed25519 with an RSA key', `v=DKIM1; k=ed25519; p=${rsa}`, ['key-type-mismatch!']],
  ['Ed25519 wrapped', `v=DKIM1; k=ed25519; p=${edSpki}`, ['bad-key!']],
  ['an EC key', `v=DKIM1; p=${ec}`, ['bad-key!']],
  ['cut off', `v=DKIM1; p=${rsa.slice(0, 200)}`, ['bad-key!']],
  ['no base64', `v=DKIM1; p=${rsa.slice(0, 50)}*${rsa.slice(50)}`, ['bad-base64!']],
  ['PEM pasted', `v=DKIM1; p=-----BEGIN PUBLIC KEY-----${rsa}-----END PUBLIC KEY-----`, ['pem-pasted!']],
  ['escapes left', `v=DKIM1\\; k=rsa\\; p=${rsa}`, ['quotes-left!']],
  ['quotes left', `"v=DKIM1; k=rsa; " "p=${rsa}"`, ['quotes-left!']],
  ['a tag twice', `v=DKIM1; p=${rsa}; p=${rsa}`, ['duplicate-tag!']],
  ['a word', `v=DKIM1; hello; p=${rsa}`, ['tag-syntax!']],
  ['not for mail', `v=DKIM1; s=tlsrpt; p=${rsa}`, ['not-for-email!']],
  ['only sha1', `v=DKIM1; h=sha1; p=${rsa}`, ['hash-not-allowed!']],
] as [string, string, string[]][]) {
  test(name, () => {
    const { problems, key } = parseKeyRecord(text);
    assert.deepEqual(
      problems.map((problem) => problem.id + (problem.fatal ? '!' : '')),
      expected,
    );
    assert.equal(
      key === undefined,
      expected.some((id) => id.endsWith('!')),
    );
  });
}

test('the facts of a record', () => {
  const { facts } = parseKeyRecord(`v=DKIM1; k=rsa; t=y : s; h=sha256; s=*; n=note; p=${rsa}`);
  const { publicKey, ...rest } = facts;
  assert.deepEqual(rest, {
    type: 'rsa',
    bits: 2048,
    testing: true,
    strict: true,
    hashes: ['sha256'],
    services: ['*'],
    notes: 'note',
  });
  assert.equal(publicKey, rsa);
});

test('a record that can be corrected is corrected to one without problems', () => {
  for (const text of [
    `"v=DKIM1\\; k=rsa\\; p=${rsa}"`,
    `v=DKIM1; p=-----BEGIN PUBLIC KEY----- ${rsa} -----END PUBLIC KEY-----`,
    `k=rsa; t=y; p=${rsa}; v=DKIM1`,
    `v=DKIM1; k=rsa; p=${ed}`,
    `v=DKIM1; k=ed25519; p=${edSpki}`,
    `p=${rsaKey(1024, 'pkcs1')}`,
  ]) {
    const mended = correctedRecord(parseKeyRecord(text).facts);
    assert.ok(mended !== undefined, text);
    assert.deepEqual(parseKeyRecord(mended).problems, []);
  }
  assert.equal(correctedRecord(parseKeyRecord('v=DKIM1; p=abc').facts), undefined);
});

test('keys are compared by what they are, not by how they are written', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const spki = pair.export({ type: 'spki', format: 'der' }).toString('base64');
  const pkcs1 = pair.export({ type: 'pkcs1', format: 'der' }).toString('base64');
  assert.ok(keysEqual(spki, pkcs1));
  assert.ok(keysEqual(spki, spki.replace(/(.{20})/g, '$1 \n')));
  assert.ok(!keysEqual(spki, rsa));
  assert.ok(!keysEqual(ed, rsa));
  assert.ok(!keysEqual('', ''));
});
