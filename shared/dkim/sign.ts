// Signs a message: one DKIM-Signature field per key, all from one reading of the body (RFC 6376 section 5, RFC 8301, RFC 8463).

import { type MessageSource, toBase64, toBytes } from '../message/bytes.ts';
import { fieldsNamed, type HeaderField, openMessage } from '../message/header.ts';
import { isWithin, toAscii } from '../text/domain.ts';
import { BodyHashes } from './body-hash.ts';
import { fieldFromText, signedBytes } from './canonical-header.ts';
import { type PrivateKey, type PrivateKeyProblemId, readPrivateKey } from './private-key.ts';
import { importPublicKey, type WebCryptoKey } from './public-key.ts';
import { type CreateHasher, sha256, WebHasher } from './sha256.ts';
import { isLocalPart } from './signature.ts';
import type { Canonicalization } from './types.ts';

export interface SigningKey {
  /** `d=`, as A-labels or U-labels. */
  domain: string;
  /** `s=`. */
  selector: string;
  /** A CryptoKey with the usage "sign", or the text of a key file; see `readPrivateKey`. */
  key: WebCryptoKey | string;
  /** `i=`: `local@domain` or `@domain`, the domain being `d=` or below it. */
  identity?: string;
}

export interface SignOptions {
  /** Fields to sign where present, all of each name; names in any case. */
  headers?: readonly string[];
  /** Fields to name once more than present, so that none can be added. */
  overSign?: readonly string[];
  /** Header/body; default "relaxed/relaxed", which tolerates relays that change blanks. */
  canonicalization?: `${Canonicalization}/${Canonicalization}`;
  /** Signing time, `t=`; left out where absent. */
  timestamp?: Date;
  /** Seconds from `timestamp` to `x=`; left out where absent. */
  expiresIn?: number;
  /** A streaming SHA-256 in native code, where the host has one. */
  createHasher?: CreateHasher;
}

export interface SignProblem {
  id:
    | PrivateKeyProblemId
    | 'no-from'
    | 'bad-domain'
    | 'bad-selector'
    | 'bad-identity'
    | 'bad-expiry'
    | 'head-too-large'
    | 'unreadable'
    | 'failed';
  /** English, for a log line. */
  detail: string;
  /** Index of the key, from 0; absent for a problem of the message. */
  key?: number;
}

/** `fields`: one DKIM-Signature field per key, ASCII, folded with CRLF, CRLF at the end; `header`: all of them, to put before the message. */
export type SignOutcome = { ok: true; fields: string[]; header: string } | { ok: false; problems: SignProblem[] };

/** RFC 6376 section 5.4.1, and the fields for display, threading and unsubscribing. */
export const SIGNED_HEADERS: readonly string[] = [
  ...['From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'In-Reply-To', 'References'],
  ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding', 'Content-Disposition'],
  ...['List-Id', 'List-Help', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'List-Post', 'Feedback-ID'],
];
/** The fields that a reader sees: a second one must not be added (RFC 6376 section 8.15). */
export const OVERSIGNED_HEADERS: readonly string[] = ['From', 'To', 'Cc', 'Subject', 'Date', 'Reply-To'];

/** Longest line of the folded field (RFC 5322 section 2.1.1). */
const MAX_LINE = 76;

/**
 * Makes the DKIM-Signature fields of a message. All keys sign or none does: a failure is never silent.
 * @param message whole or in parts, CRLF or LF; read once, not kept. It must be sent with the fields before it and no
 * other change than line endings to CRLF.
 * @param keys one, or several for a double signature (RSA and Ed25519, RFC 8463 section 6.1).
 * @returns the fields, or all problems. Never rejects.
 */
export async function signDkim(
  message: MessageSource,
  keys: SigningKey | readonly SigningKey[],
  options: SignOptions = {},
): Promise<SignOutcome> {
  const problems: SignProblem[] = [];
  const signers: Signer[] = [];
  for (const [index, key] of [keys].flat().entries()) {
    const signer = await prepare(key);
    if ('id' in signer) problems.push({ ...signer, key: index });
    else signers.push(signer);
  }
  const { timestamp, expiresIn } = options;
  // RFC 6376 section 3.5, x=: must be after t=.
  if (expiresIn !== undefined && (!Number.isInteger(expiresIn) || expiresIn <= 0 || timestamp === undefined)) {
    problems.push({ id: 'bad-expiry', detail: 'expiresIn: expected a positive integer of seconds, with a timestamp' });
  }
  if (timestamp !== undefined && !(timestamp.getTime() >= 0))
    problems.push({ id: 'bad-expiry', detail: 'timestamp: expected a date from 1970 on' });
  if (signers.length === 0 && problems.length === 0) problems.push({ id: 'no-pem', detail: 'no key was given' });
  if (problems.length > 0) return { ok: false, problems };

  const canonicalization = options.canonicalization ?? 'relaxed/relaxed';
  const headerKind = canonicalization.startsWith('simple') ? 'simple' : 'relaxed';
  const bodyKind = canonicalization.endsWith('simple') ? 'simple' : 'relaxed';
  const hashes = new BodyHashes(options.createHasher ?? (() => new WebHasher()));
  hashes.want(bodyKind);
  let fields: HeaderField[];
  try {
    const opened = await openMessage(message);
    if (opened.tooLarge) return fail('head-too-large', 'the header of the message is too large');
    fields = opened.fields;
    // RFC 6376 section 5.4: From must be signed; receivers reject a mail without one.
    if (fieldsNamed(fields, 'from').length === 0) return fail('no-from', 'the message has no From field');
    await hashes.read(opened.body);
  } catch (error) {
    return fail('unreadable', `reading the message failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  const body = hashes.result(bodyKind);
  if (body === undefined) return fail('unreadable', 'the body was not hashed');
  const bodyHash = toBase64(body.digest);
  const names = headerNames(fields, options.headers ?? SIGNED_HEADERS, options.overSign ?? OVERSIGNED_HEADERS);
  const signedAt = timestamp === undefined ? undefined : Math.floor(timestamp.getTime() / 1000);
  const made: string[] = [];
  for (const signer of signers) {
    const tags = [
      ...[
        'v=1',
        `a=${signer.key.algorithm}`,
        `c=${headerKind}/${bodyKind}`,
        `d=${signer.domain}`,
        `s=${signer.selector}`,
      ],
      ...(signer.identity === undefined ? [] : [`i=${signer.identity}`]),
      ...(signedAt === undefined ? [] : [`t=${signedAt}`]),
      ...(signedAt === undefined || expiresIn === undefined ? [] : [`x=${signedAt + expiresIn}`]),
    ];
    const unsigned = `DKIM-Signature: ${foldTags(tags)}\r\n\th=${foldNames(names)};\r\n\tbh=${bodyHash};\r\n\tb=`;
    const bytes = signedBytes(fields, names, fieldFromText(unsigned), headerKind);
    const signature = await sign(signer.key, bytes);
    if (signature === undefined)
      return fail('failed', `signing with the key of ${signer.selector}._domainkey.${signer.domain} failed`);
    made.push(`${unsigned}${foldBase64(toBase64(signature))}\r\n`);
  }
  return { ok: true, fields: made, header: made.join('') };
}

interface Signer {
  domain: string;
  selector: string;
  identity?: string;
  key: PrivateKey;
}

async function prepare({ domain, selector, key, identity }: SigningKey): Promise<Signer | SignProblem> {
  const d = toAscii(domain);
  if (!d.ok || !d.name.includes('.')) return { id: 'bad-domain', detail: `${JSON.stringify(domain)} is not a domain` };
  const s = toAscii(selector);
  if (!s.ok) return { id: 'bad-selector', detail: `${JSON.stringify(selector)} is not a selector` };
  const read = await readPrivateKey(key);
  if (!read.ok) return read.problem;
  const signer: Signer = { domain: d.name, selector: s.name, key: read.key };
  if (identity !== undefined) {
    const at = identity.lastIndexOf('@');
    const within = at === -1 ? undefined : toAscii(identity.slice(at + 1));
    const local = identity.slice(0, Math.max(0, at));
    if (!within?.ok || !isWithin(within.name, d.name) || (local !== '' && !isLocalPart(local))) {
      return { id: 'bad-identity', detail: `${JSON.stringify(identity)} is not within ${d.name}` };
    }
    signer.identity = `${quotedPrintable(local)}@${within.name}`;
  }
  return signer;
}

function fail(id: SignProblem['id'], detail: string): SignOutcome {
  return { ok: false, problems: [{ id, detail }] };
}

/** RFC 6376 section 2.11: everything but printable ASCII without ";" and "=" becomes "=XX". */
function quotedPrintable(text: string): string {
  return Array.from(toBytes(text), (byte) =>
    byte > 32 && byte < 127 && byte !== 0x3b && byte !== 0x3d
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}

/** RFC 6376 section 5.4.2: a name for each field present, and once more where none may be added. */
function headerNames(
  fields: readonly HeaderField[],
  headers: readonly string[],
  overSign: readonly string[],
): string[] {
  const names: string[] = [];
  const seen = new Set<string>();
  // From is always signed (section 5.4).
  for (const name of ['From', ...headers, ...overSign]) {
    const key = name.toLowerCase();
    if (seen.has(key) || !/^[\x21-\x39\x3c-\x7e]+$/.test(name)) continue;
    seen.add(key);
    const over = overSign.some((other) => other.toLowerCase() === key) ? 1 : 0;
    for (let i = fieldsNamed(fields, key).length + over; i > 0; i--) names.push(name);
  }
  return names;
}

async function sign(key: PrivateKey, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  try {
    const rsa = key.algorithm === 'rsa-sha256';
    const name = rsa ? 'RSASSA-PKCS1-v1_5' : 'Ed25519';
    // RFC 8463 section 3: PureEdDSA over the SHA-256 of what is signed.
    const data = rsa ? bytes : await sha256(bytes);
    const signature = new Uint8Array(await crypto.subtle.sign(name, key.key, data));
    // A key file with a public part of another key signs without an error, and no receiver accepts the signature.
    const own = key.publicKey && (await importPublicKey(key.publicKey));
    if (own !== undefined && !(await crypto.subtle.verify(name, own, signature, data))) return undefined;
    return signature;
  } catch {
    return undefined;
  }
}

function foldTags(tags: readonly string[]): string {
  let text = '';
  let column = 'DKIM-Signature: '.length;
  for (const tag of tags) {
    const fold = text !== '' && column + tag.length + 2 > MAX_LINE;
    text += text === '' ? `${tag};` : fold ? `\r\n\t${tag};` : ` ${tag};`;
    column = fold ? 9 + tag.length : column + tag.length + 2;
  }
  return text;
}

function foldNames(names: readonly string[]): string {
  let text = '';
  let column = 10;
  for (const name of names) {
    const fold = text !== '' && column + name.length + 1 > MAX_LINE;
    text += text === '' ? name : fold ? `:\r\n\t ${name}` : `:${name}`;
    column = fold ? 9 + name.length : column + name.length + 1;
  }
  return text;
}

function foldBase64(base64: string): string {
  return (base64.match(/.{1,64}/g) ?? []).join('\r\n\t ');
}
