// Public keys: the bytes of p= to a WebCrypto key, and back to the published form (RFC 6376 section 3.6.1, RFC 8463 section 4).
import { sameBytes, toBase64 } from '../message/bytes.ts';
import {
  BIT_STRING,
  INTEGER,
  OBJECT_IDENTIFIER,
  OID_ED25519,
  OID_RSA,
  RSA_IDENTIFIER,
  readSequence,
  readValues,
  SEQUENCE,
  toHex,
  writeValue,
} from './der.ts';

const ED25519_BYTES = 32;

/** A CryptoKey, under a name that the type sets of browsers, Workers and Node share. */
export type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export type PublicKey =
  | {
      type: 'rsa';
      /** Bits of the modulus. */
      bits: number;
      /** How it was written: SubjectPublicKeyInfo or the bare RSAPublicKey. */
      form: 'spki' | 'pkcs1';
      /** Without leading zeros. */
      modulus: Uint8Array;
      exponent: Uint8Array;
    }
  | { type: 'ed25519'; bits: 256; form: 'raw' | 'spki'; bytes: Uint8Array };

/** Reads a key in any form that p= has in practice; undefined where it is not a key. */
export function readPublicKey(bytes: Uint8Array): PublicKey | undefined {
  if (bytes.length === ED25519_BYTES) return { type: 'ed25519', bits: 256, form: 'raw', bytes };
  const sequence = readSequence(bytes);
  const [first, second] = sequence ?? [];
  if (first === undefined || second === undefined) return undefined;
  if (first.tag === INTEGER) return readRsa(bytes, 'pkcs1');
  if (first.tag !== SEQUENCE || second.tag !== BIT_STRING || second.content[0] !== 0) return undefined;
  const [identifier] = readValues(first.content) ?? [];
  if (identifier?.tag !== OBJECT_IDENTIFIER) return undefined;
  const oid = toHex(identifier.content);
  const inner = second.content.subarray(1);
  if (oid === OID_RSA) return readRsa(inner, 'spki');
  if (oid === OID_ED25519 && inner.length === ED25519_BYTES) {
    return { type: 'ed25519', bits: 256, form: 'spki', bytes: inner };
  }
  return undefined;
}

function readRsa(bytes: Uint8Array, form: 'spki' | 'pkcs1'): PublicKey | undefined {
  const [n, e, more] = readSequence(bytes) ?? [];
  if (n?.tag !== INTEGER || e?.tag !== INTEGER || more !== undefined) return undefined;
  const modulus = withoutZeros(n.content);
  const exponent = withoutZeros(e.content);
  const [highest] = modulus;
  if (highest === undefined || exponent.length === 0) return undefined;
  return { type: 'rsa', bits: modulus.length * 8 - Math.clz32(highest) + 24, form, modulus, exponent };
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  return bytes.subarray(start);
}

/** A key to verify with; undefined where the runtime rejects it. */
export async function importPublicKey(key: PublicKey): Promise<WebCryptoKey | undefined> {
  try {
    if (key.type === 'rsa') {
      const jwk = { kty: 'RSA', n: toBase64Url(key.modulus), e: toBase64Url(key.exponent) };
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
      return await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']);
    }
    return await crypto.subtle.importKey('raw', key.bytes.slice(), 'Ed25519', false, ['verify']);
  } catch {
    return undefined;
  }
}

/** The value of p= to publish: SubjectPublicKeyInfo for RSA, the bare 32 bytes for Ed25519, in base64. */
export function toPublished(key: PublicKey): string {
  if (key.type === 'ed25519') return toBase64(key.bytes);
  const rsa = writeValue(SEQUENCE, writeInteger(key.modulus), writeInteger(key.exponent));
  return toBase64(writeValue(SEQUENCE, RSA_IDENTIFIER, writeValue(BIT_STRING, Uint8Array.of(0), rsa)));
}

function writeInteger(bytes: Uint8Array): Uint8Array {
  // A leading bit of 1 would make it negative.
  return (bytes[0] ?? 0) >= 0x80 ? writeValue(INTEGER, Uint8Array.of(0), bytes) : writeValue(INTEGER, bytes);
}

export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  if (a.type === 'rsa') {
    return b.type === 'rsa' && sameBytes(a.modulus, b.modulus) && sameBytes(a.exponent, b.exponent);
  }
  return b.type === 'ed25519' && sameBytes(a.bytes, b.bytes);
}

function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
