// Private keys for signing: PEM of PKCS #8 and PKCS #1, or an Ed25519 seed, to a WebCrypto key (RFC 7468, RFC 5958, RFC 8017 appendix A.1.2, RFC 8410).
import { fromBase64 } from '../message/bytes.ts';
import {
  ED25519_IDENTIFIER,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  OID_ED25519,
  OID_RSA,
  RSA_IDENTIFIER,
  readSequence,
  readValues,
  SEQUENCE,
  toHex,
  writeValue,
} from './der.ts';
import { MIN_RSA_BITS } from './key-record.ts';
import { type PublicKey, readPublicKey, samePublicKey, toPublished, type WebCryptoKey } from './public-key.ts';
import type { SigningAlgorithm } from './types.ts';

export type PrivateKeyProblemId =
  | 'no-pem'
  | 'encrypted'
  | 'public-only'
  | 'openssh'
  | 'wrong-key-type'
  | 'broken'
  | 'too-short'
  | 'not-for-signing';

export interface PrivateKeyProblem {
  id: PrivateKeyProblemId;
  /** English, one sentence without the full stop, and without any part of the key. */
  detail: string;
}

export interface PrivateKey {
  algorithm: SigningAlgorithm;
  key: WebCryptoKey;
  bits: number;
  /** Absent for a CryptoKey that is not extractable. */
  publicKey?: PublicKey;
}

export type PrivateKeyResult = { ok: true; key: PrivateKey } | { ok: false; problem: PrivateKeyProblem };

const SEED_BYTES = 32;

/**
 * Reads a signing key: a CryptoKey (RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519, usage "sign"), or the text of a key file:
 * PEM as written by OpenSSL and opendkim-genkey, or the base64 of an Ed25519 seed as written by dknewkey. Never rejects.
 */
export async function readPrivateKey(source: WebCryptoKey | string): Promise<PrivateKeyResult> {
  if (typeof source !== 'string') return readCryptoKey(source);
  const der = readPem(source);
  if (!('bytes' in der)) return { ok: false, problem: der };
  const wrapped = toPkcs8(der.bytes);
  if ('id' in wrapped) return { ok: false, problem: wrapped };
  const { pkcs8, algorithm } = wrapped;
  try {
    const name = algorithm === 'rsa-sha256' ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { name: 'Ed25519' };
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, name, true, ['sign']);
    return await readCryptoKey(key);
  } catch {
    return no('broken', 'the key file is damaged: its contents are not a valid key');
  }
}

/** The record to publish for a private key, and its `p=`. */
export async function publicKeyOf(
  source: WebCryptoKey | string,
): Promise<
  | { ok: true; publicKey: string; record: string; bits: number; algorithm: SigningAlgorithm }
  | { ok: false; problem: PrivateKeyProblem }
> {
  const read = await readPrivateKey(source);
  if (!read.ok) return read;
  const { publicKey, bits, algorithm } = read.key;
  if (publicKey === undefined) return no('not-for-signing', 'the public part of the key cannot be read');
  const p = toPublished(publicKey);
  const k = publicKey.type;
  return { ok: true, publicKey: p, record: `v=DKIM1; k=${k}; p=${p}`, bits, algorithm };
}

/** Whether two values of `p=` are the same key in any encoding; false where either is not a key. */
export function keysEqual(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => {
    const bytes = fromBase64(text);
    return bytes && readPublicKey(bytes);
  });
  return first !== undefined && second !== undefined && samePublicKey(first, second);
}

function no(id: PrivateKeyProblemId, detail: string): { ok: false; problem: PrivateKeyProblem } {
  return { ok: false, problem: { id, detail } };
}

function readPem(text: string): { bytes: Uint8Array<ArrayBuffer> } | PrivateKeyProblem {
  const labels: string[] = [];
  for (const begin of text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)) {
    const [, label = ''] = begin;
    labels.push(label);
    if (label !== 'PRIVATE KEY' && label !== 'RSA PRIVATE KEY') continue;
    const start = begin.index + begin[0].length;
    const end = text.indexOf(`-----END ${label}-----`, start);
    if (end === -1) return { id: 'broken', detail: 'the key file is cut off: its END line is missing' };
    const body = text.slice(start, end);
    if (/Proc-Type:|DEK-Info:/.test(body)) return encrypted();
    const bytes = fromBase64(body);
    return bytes === undefined
      ? { id: 'broken', detail: 'the key file is damaged: its body is not base64' }
      : { bytes };
  }
  if (labels.includes('ENCRYPTED PRIVATE KEY')) return encrypted();
  if (labels.includes('OPENSSH PRIVATE KEY')) {
    return { id: 'openssh', detail: 'the key is in OpenSSH format; DKIM needs PEM, as written by openssl genpkey' };
  }
  const other = labels.find((label) => label.endsWith('PRIVATE KEY'));
  if (other !== undefined)
    return { id: 'wrong-key-type', detail: `the file has a key of type ${other}; DKIM supports RSA and Ed25519` };
  if (labels.length > 0)
    return { id: 'public-only', detail: `the file has no private key, only: ${labels.slice(0, 3).join(', ')}` };
  const seed = text.trim() === '' ? undefined : fromBase64(text);
  if (seed?.length === SEED_BYTES) return { bytes: seed };
  return {
    id: 'no-pem',
    detail: 'the file has no key in PEM format: the line "-----BEGIN PRIVATE KEY-----" is missing',
  };
}

function encrypted(): PrivateKeyProblem {
  return {
    id: 'encrypted',
    detail: 'the key is protected by a passphrase; write it without one: openssl pkey -in KEY -out NEW',
  };
}

/** WebCrypto accepts PKCS #8 only, so PKCS #1 and a bare seed are wrapped. */
function toPkcs8(
  bytes: Uint8Array<ArrayBuffer>,
): { pkcs8: Uint8Array<ArrayBuffer>; algorithm: SigningAlgorithm } | PrivateKeyProblem {
  const version = writeValue(INTEGER, Uint8Array.of(0));
  if (bytes.length === SEED_BYTES) {
    const seed = writeValue(OCTET_STRING, writeValue(OCTET_STRING, bytes));
    return { pkcs8: writeValue(SEQUENCE, version, ED25519_IDENTIFIER, seed), algorithm: 'ed25519-sha256' };
  }
  const [first, second] = readSequence(bytes) ?? [];
  if (first?.tag !== INTEGER || second === undefined) {
    return { id: 'broken', detail: 'the key file is damaged: its contents are not a key' };
  }
  if (second.tag === INTEGER) {
    const pkcs8 = writeValue(SEQUENCE, version, RSA_IDENTIFIER, writeValue(OCTET_STRING, bytes));
    return { pkcs8, algorithm: 'rsa-sha256' };
  }
  const [identifier] = readValues(second.content) ?? [];
  const oid = identifier?.tag === OBJECT_IDENTIFIER ? toHex(identifier.content) : '';
  if (oid === OID_RSA) return { pkcs8: bytes, algorithm: 'rsa-sha256' };
  if (oid === OID_ED25519) {
    // RFC 5958 allows the public key after it, which not every runtime reads; the private part is enough.
    const seed = ed25519Seed(bytes);
    if (seed === undefined) return { pkcs8: bytes, algorithm: 'ed25519-sha256' };
    const inner = writeValue(OCTET_STRING, writeValue(OCTET_STRING, seed));
    return { pkcs8: writeValue(SEQUENCE, version, ED25519_IDENTIFIER, inner), algorithm: 'ed25519-sha256' };
  }
  return { id: 'wrong-key-type', detail: 'the key is neither RSA nor Ed25519' };
}

function ed25519Seed(bytes: Uint8Array): Uint8Array | undefined {
  const outer = readSequence(bytes)?.[2];
  const inner = outer?.tag === OCTET_STRING ? readValues(outer.content)?.[0] : undefined;
  return inner?.tag === OCTET_STRING && inner.content.length === SEED_BYTES ? inner.content : undefined;
}

async function readCryptoKey(key: WebCryptoKey): Promise<PrivateKeyResult> {
  const { algorithm } = key;
  if (key.type !== 'private' || !key.usages.includes('sign')) {
    return no('not-for-signing', 'the key is not a private key with the usage "sign"');
  }
  if (algorithm.name === 'Ed25519') {
    return { ok: true, key: await withPublicKey({ algorithm: 'ed25519-sha256', key, bits: 256 }) };
  }
  // The types of the runtimes differ in which members an RSA algorithm has.
  const { modulusLength, hash } = algorithm as { modulusLength?: number; hash?: { name: string } };
  if (algorithm.name !== 'RSASSA-PKCS1-v1_5' || modulusLength === undefined) {
    return no('wrong-key-type', `the key is for ${algorithm.name}; DKIM supports RSA (PKCS #1 v1.5) and Ed25519`);
  }
  if (hash?.name !== 'SHA-256') return no('wrong-key-type', `the key is for ${hash?.name}; DKIM supports SHA-256`);
  // RFC 8301 section 3.2: signers must use at least 1024 bits.
  if (modulusLength < MIN_RSA_BITS)
    return no('too-short', `the RSA key has ${modulusLength} bits; receivers reject less than 1024`);
  return { ok: true, key: await withPublicKey({ algorithm: 'rsa-sha256', key, bits: modulusLength }) };
}

async function withPublicKey(read: PrivateKey): Promise<PrivateKey> {
  if (!read.key.extractable) return read;
  try {
    // The types of the runtimes differ in what exportKey returns for "jwk".
    const jwk = (await crypto.subtle.exportKey('jwk', read.key)) as { n?: string; e?: string; x?: string };
    const part = (text: string | undefined) => fromBase64((text ?? '').replace(/-/g, '+').replace(/_/g, '/'));
    if (read.algorithm === 'ed25519-sha256') {
      const bytes = part(jwk.x);
      return bytes?.length === SEED_BYTES
        ? { ...read, publicKey: { type: 'ed25519', bits: 256, form: 'raw', bytes } }
        : read;
    }
    const [modulus, exponent] = [part(jwk.n), part(jwk.e)];
    if (modulus === undefined || exponent === undefined) return read;
    return { ...read, publicKey: { type: 'rsa', bits: read.bits, form: 'spki', modulus, exponent } };
  } catch {
    return read;
  }
}
