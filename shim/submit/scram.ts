// The client of SCRAM-SHA-1 and SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677).

import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';

export type ScramHash = 'sha1' | 'sha256';

/** RFC 7677 section 4 requires at least 4096; a hostile server could ask for any number. */
const MAX_ITERATIONS = 1_000_000;

export interface Scram {
  first: string;
  /** The answer to the server's first message. */
  final: (challenge: string) => string | { problem: Diagnostic };
  /** Whether the server proved that it knows the password too. */
  verify: (message: string) => boolean;
}

/** `nonce` is printable ASCII without commas, new for every login. */
export function scram(hash: ScramHash, user: string, password: string, nonce: string): Scram {
  const escaped = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const bare = `n=${escaped},r=${nonce}`;
  let expected: Buffer | undefined;
  return {
    first: `n,,${bare}`,
    final(challenge) {
      const parts = new Map(challenge.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
      const serverNonce = parts.get('r') ?? '';
      const salt = Buffer.from(parts.get('s') ?? '', 'base64');
      const iterations = Number(parts.get('i'));
      if (!serverNonce.startsWith(nonce) || serverNonce === nonce) return { problem: diagnostic('login.nonce') };
      if (salt.length === 0 || !Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS) {
        return { problem: diagnostic('login.challenge') };
      }
      const length = hash === 'sha1' ? 20 : 32;
      const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, length, hash);
      const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest();
      const clientKey = hmac(salted, 'Client Key');
      const storedKey = createHash(hash).update(clientKey).digest();
      const withoutProof = `c=biws,r=${serverNonce}`;
      const authMessage = `${bare},${challenge},${withoutProof}`;
      const signature = hmac(storedKey, authMessage);
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature.readUInt8(index)));
      expected = hmac(hmac(salted, 'Server Key'), authMessage);
      return `${withoutProof},p=${proof.toString('base64')}`;
    },
    verify(message) {
      const value = /^v=([A-Za-z0-9+/=]+)/.exec(message)?.[1];
      if (value === undefined || expected === undefined) return false;
      const received = Buffer.from(value, 'base64');
      return received.length === expected.length && timingSafeEqual(received, expected);
    },
  };
}
