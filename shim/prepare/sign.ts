// The shim's DKIM signatures: every configured key signs, or the mail is not sent (RFC 6376 section 5).

import { createHash } from 'node:crypto';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';
import { signDkim } from '../../shared/dkim/sign.ts';
import type { Account, DkimIdentity } from '../config/account.ts';
import { ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { readFileOnce } from '../read-file.ts';
import type { Message } from '../types.ts';
import { fitted } from './seven-bit.ts';
import { wireChunks } from './wire.ts';

export interface SigningKey {
  domain: string;
  selector: string;
  file: string;
  /** PEM. */
  pem: string;
  /** Base64 for `p=`, for the pre-flight to compare with what is published. */
  publicKey: string;
}

/** Others that can read the key can sign; others that can write it can replace it. */
const FORBIDDEN = 0o027;

/**
 * Reads the keys of an account; empty if none is configured.
 * @throws ExitError 78 for a key that cannot be read, that others may read, or that cannot sign
 */
export async function signingKeys(account: Account): Promise<SigningKey[]> {
  const keys: SigningKey[] = [];
  for (const identity of account.dkim)
    if (identity.keyFile !== undefined) keys.push(await readKey(account, identity, identity.keyFile));
  return keys;
}

async function readKey(account: Account, { domain, selector }: DkimIdentity, file: string): Promise<SigningKey> {
  const args = { file, account: account.name, from: account.file };
  const opened = readFileOnce(file, { encoding: 'latin1' });
  if ('why' in opened) {
    const { code, why } = opened;
    if (code === 'ENOENT') throw new ExitError(diagnostic('dkim-key.missing', args));
    if (code === 'EACCES') throw new ExitError(diagnostic('dkim-key.denied', args));
    throw new ExitError(diagnostic('dkim-key.unreadable', { ...args, why: code ?? why }));
  }
  const { text: pem, mode } = opened;
  if ((mode & FORBIDDEN) !== 0)
    throw new ExitError(diagnostic('dkim-key.mode', { ...args, mode: (mode & 0o777).toString(8).padStart(4, '0') }));
  const read = await publicKeyOf(pem);
  if (!read.ok) throw new ExitError(diagnostic('dkim-key.invalid', { ...args, why: read.problem.detail }));
  return { domain, selector, file, pem, publicKey: read.publicKey };
}

/**
 * The message with a DKIM-Signature for each key before its header. What a relay would change, so that the signature fails,
 * is changed first: 8-bit text becomes quoted-printable, and lines over 998 bytes get an encoding or a fold.
 * @throws ExitError 78 if a key does not sign
 */
export async function signMessage(message: Message, keys: readonly SigningKey[], account: Account): Promise<Message> {
  const ready = fitted(message, { sevenBit: true });
  const signed = await signDkim(
    wireChunks(ready),
    keys.map(({ domain, selector, pem }) => ({ domain, selector, key: pem })),
    { createHasher: () => createHash('sha256') },
  );
  if (!signed.ok) {
    const why = signed.problems
      .map(({ detail, key }) => (key === undefined ? detail : `${keys[key]?.file}: ${detail}`))
      .join('; ');
    throw new ExitError(diagnostic('dkim.unsigned', { why, account: account.name, from: account.file }));
  }
  return { head: Buffer.concat([Buffer.from(signed.header, 'latin1'), ready.head]), body: ready.body };
}
