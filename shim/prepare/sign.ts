// DKIM signatures of the shim's own: every configured key signs, or the mail does not go out (RFC 6376 section 5).

import { createHash } from 'node:crypto';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';
import { signDkim } from '../../shared/dkim/sign.ts';
import type { Account, DkimIdentity } from '../config/account.ts';
import { EX, ExitError } from '../exit.ts';
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

/** A key that all can read signs for all; one that others can write is not ours any more. */
const FORBIDDEN = 0o027;

/**
 * Reads the keys of an account; empty where none is configured.
 * @throws ExitError 78 for a key that cannot be read, that others may read, or that cannot sign
 */
export async function signingKeys(account: Account): Promise<SigningKey[]> {
  const keys: SigningKey[] = [];
  for (const identity of account.dkim)
    if (identity.keyFile !== undefined) keys.push(await readKey(account, identity, identity.keyFile));
  return keys;
}

async function readKey(account: Account, { domain, selector }: DkimIdentity, file: string): Promise<SigningKey> {
  const fail = (what: string) =>
    new ExitError(
      EX.CONFIG,
      `dkim_key ${file}: ${what}; the mail was not sent (account ${account.name} from ${account.file})`,
    );
  const opened = readFileOnce(file, { encoding: 'latin1' });
  if ('why' in opened) {
    const { code, why } = opened;
    throw fail(
      code === 'ENOENT'
        ? 'no such file'
        : code === 'EACCES'
          ? 'permission denied; let the user that sends read it, by a group and chmod 0640'
          : `cannot be read (${code ?? why})`,
    );
  }
  const { text: pem, mode } = opened;
  if ((mode & FORBIDDEN) !== 0) {
    throw fail(
      `its mode ${(mode & 0o777).toString(8).padStart(4, '0')} lets others read or change it; chmod 0640, or 0600`,
    );
  }
  const read = await publicKeyOf(pem);
  if (!read.ok) throw fail(read.problem.detail);
  return { domain, selector, file, pem, publicKey: read.publicKey };
}

/**
 * The message with one DKIM-Signature in front for each key. What a relay would change on its way out, which would make
 * the signature void, is changed first: 8-bit text becomes quoted-printable, and lines over 998 octets get
 * an encoding or a fold.
 * @throws ExitError 78 where a key does not sign
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
    throw new ExitError(
      EX.CONFIG,
      `DKIM: ${why}; the mail was not sent (account ${account.name} from ${account.file})`,
    );
  }
  return { head: Buffer.concat([Buffer.from(signed.header, 'latin1'), ready.head]), body: ready.body };
}
