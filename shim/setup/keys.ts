// DKIM keys: RSA for every receiver, Ed25519 (RFC 8463) beside it for those that prefer it.

import { generateKeyPairSync } from 'node:crypto';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';

/** RFC 8301 section 3.2 wants 1024 at least and 2048 recommended; longer ones outgrow what many panels take. */
const RSA_BITS = 2048;

export interface NewKey {
  selector: string;
  /** PKCS#8. */
  pem: string;
  /** The TXT to publish. */
  record: string;
}

/** `selector` for the RSA key, `selector` + "-ed" for the other. */
export async function makeKeys(selector: string): Promise<NewKey[]> {
  const encoding = { type: 'pkcs8', format: 'pem' } as const;
  const pairs: [string, string][] = [
    [selector, generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey.export(encoding) as string],
    [`${selector}-ed`, generateKeyPairSync('ed25519').privateKey.export(encoding) as string],
  ];
  return Promise.all(pairs.map(([name, pem]) => described(name, pem)));
}

/** A key that is there already. @throws Error where it is none */
export async function described(selector: string, pem: string): Promise<NewKey> {
  const published = await publicKeyOf(pem);
  if (!published.ok) throw new Error(published.problem.detail);
  return { selector, pem, record: published.record };
}
