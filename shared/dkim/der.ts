// The part of DER that RSA and Ed25519 keys use (ITU-T X.690; RFC 8017 appendix A.1, RFC 5280 section 4.1, RFC 8410).
import { joinBytes } from '../message/bytes.ts';

export const SEQUENCE = 0x30;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;

/** 1.2.840.113549.1.1.1, rsaEncryption. */
export const OID_RSA = '2a864886f70d010101';
/** 1.3.101.112, id-Ed25519. */
export const OID_ED25519 = '2b6570';

export interface DerValue {
  tag: number;
  content: Uint8Array;
}

/** The consecutive values in these bytes, at most `most`; undefined where they are not DER. */
export function readValues(bytes: Uint8Array, most = 16): DerValue[] | undefined {
  const values: DerValue[] = [];
  let at = 0;
  while (at < bytes.length && values.length < most) {
    const tag = bytes[at++];
    let length = bytes[at++];
    if (tag === undefined || length === undefined) return undefined;
    if (length >= 0x80) {
      const count = length & 0x7f;
      // Indefinite lengths are BER; over three bytes is over 16 MB.
      if (count === 0 || count > 3 || at + count > bytes.length) return undefined;
      length = 0;
      for (const byte of bytes.subarray(at, at + count)) length = length * 256 + byte;
      at += count;
    }
    if (at + length > bytes.length) return undefined;
    values.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return values;
}

/** The values of the first value, where it is a sequence. */
export function readSequence(bytes: Uint8Array): DerValue[] | undefined {
  const [first] = readValues(bytes, 1) ?? [];
  return first?.tag === SEQUENCE ? readValues(first.content) : undefined;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function writeValue(tag: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = joinBytes(parts);
  const { length } = content;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : length < 0x10000
          ? [tag, 0x82, length >> 8, length & 255]
          : [tag, 0x83, length >> 16, (length >> 8) & 255, length & 255];
  return joinBytes([Uint8Array.from(head), content]);
}

/** AlgorithmIdentifier: rsaEncryption with its NULL, or id-Ed25519 without parameters. */
export const RSA_IDENTIFIER = fromHex('300d06092a864886f70d0101010500');
export const ED25519_IDENTIFIER = fromHex('300506032b6570');
