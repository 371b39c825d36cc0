// Verifies the DKIM signatures of a message (RFC 6376 section 6.1, RFC 8301, RFC 8463).
import type { Resolver } from '../dns/types.ts';
import { parseAddressList } from '../message/address.ts';
import { type MessageSource, sameBytes, toText } from '../message/bytes.ts';
import { fieldsNamed, type HeaderField, openMessage } from '../message/header.ts';
import { isWithin, toAscii } from '../text/domain.ts';
import { BodyHashes, MAX_BODIES } from './body-hash.ts';
import { signedBytes } from './canonical-header.ts';
import { ADVISED_RSA_BITS, type KeyRecord, readKeyRecords } from './key-record.ts';
import { importPublicKey, type PublicKey } from './public-key.ts';
import { type CreateHasher, sha256, WebHasher } from './sha256.ts';
import { parseSignature, type Signature, type SignatureFacts } from './signature.ts';
import type { DkimNote, DkimOutcome, DkimProblem, DkimProblemId, DkimSignatureOutcome } from './types.ts';

/** Signatures that are verified; each can cost a query and a verification (RFC 6376 section 8.4). */
export const MAX_SIGNATURES = 10;
/** Signature fields that are read, from the top, to find those of the domain in From among others. */
export const MAX_FIELDS_READ = 50;
/** Key records of one name that are tried (RFC 6376 section 6.1.2 step 4 leaves it to the verifier). */
export const MAX_KEY_RECORDS = 4;
/** Seconds by which the signer's clock may differ, for `t=` and `x=`. */
export const CLOCK_SKEW = 300;

export interface VerifyOptions {
  /** A streaming SHA-256 in native code, where the host has one. */
  createHasher?: CreateHasher;
}

/**
 * Verifies the signatures of a message.
 * @param message whole or in parts, CRLF or LF; a string means its UTF-8 form. The body is read once and not kept.
 * @param resolver queried for the TXT records of `selector._domainkey.domain`, each name once.
 * @param now the time for `t=` and `x=`.
 * @returns `result` as in RFC 8601 section 2.7.1 ("none" without a signature, "pass" where any passes) and the same for
 * each signature with the step that failed. Whether `d=` is aligned with From is decided by DMARC. Never rejects.
 */
export async function verifyDkim(
  message: MessageSource,
  resolver: Resolver,
  now: Date,
  options: VerifyOptions = {},
): Promise<DkimOutcome> {
  const hashes = new BodyHashes(options.createHasher ?? (() => new WebHasher()));
  const pending: Pending[] = [];
  let fields: HeaderField[] = [];
  let unread: string | undefined;
  try {
    const opened = await openMessage(message);
    if (opened.tooLarge) return unreadable('message-too-large', 'the header of the message is too large');
    fields = opened.fields;
    for (const [index, field] of fieldsNamed(fields, 'dkim-signature').entries()) {
      pending.push(index < MAX_FIELDS_READ ? begin(field, now) : unchecked(field, TOO_MANY));
    }
    choose(pending, fields, hashes);
    await hashes.read(opened.body);
  } catch (error) {
    unread = `reading the message failed: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (unread !== undefined) return unreadable('message-unreadable', unread);

  const keys = new KeyFetcher(resolver);
  const signatures = await Promise.all(pending.map((one) => finish(one, fields, hashes, keys)));
  return { result: overall(signatures), signatures, bodyOctets: hashes.bytes };
}

/** A signature field, to be verified or with its problem. */
type Pending = { field: HeaderField; facts: SignatureFacts } & (
  | { signature: Signature; problem?: never }
  | { signature?: never; problem: DkimProblem }
);

/** RFC 6376 section 6.1.1: validate the signature header field. */
function begin(field: HeaderField, now: Date): Pending {
  const parsed = parseSignature(toText(field.raw.subarray(field.valueAt)));
  const { facts } = parsed;
  if (!parsed.ok) return { field, facts, problem: parsed.problem };
  const { signature } = parsed;
  const seconds = Math.floor(now.getTime() / 1000);
  if (signature.expiration !== undefined && signature.expiration + CLOCK_SKEW < seconds) {
    const detail = `expired ${new Date(Math.min(signature.expiration, 8.64e12) * 1000).toISOString()}`;
    return { field, facts, problem: { id: 'expired', tag: 'x', detail } };
  }
  // RFC 6376 section 3.5, t=: such signatures may be ignored.
  if (signature.timestamp !== undefined && signature.timestamp - CLOCK_SKEW > seconds) {
    return { field, facts, problem: { id: 'timestamp-in-future', tag: 't', detail: 'signed at a time in the future' } };
  }
  return { field, facts, signature };
}

const TOO_MANY = `only ${MAX_SIGNATURES} signatures are verified`;
const TOO_MANY_BODIES = `only ${MAX_BODIES} forms and lengths of the body are hashed`;

function unchecked(field: HeaderField, detail: string, facts: SignatureFacts = { signedHeaders: [] }): Pending {
  return { field, facts, problem: { id: 'not-verified', tag: '', detail } };
}

/**
 * Selects the signatures to verify: those of the domain in From first, since they decide the result of DMARC, then those
 * with valid tags, in the order of the message. The others become "not-verified".
 */
function choose(pending: Pending[], fields: readonly HeaderField[], hashes: BodyHashes): void {
  const [from] = fieldsNamed(fields, 'from');
  const mailbox = from && parseAddressList(toText(from.raw.subarray(from.valueAt))).mailboxes[0];
  const name = toAscii(mailbox?.domain ?? '');
  const mayAlign = (domain = '') =>
    name.ok && domain !== '' && (isWithin(name.name, domain) || isWithin(domain, name.name));
  const ranked = pending.map(({ facts, signature, field }, index) => {
    return { field, facts, signature, index, rank: (mayAlign(facts.domain) ? 2 : 0) + (signature ? 1 : 0) };
  });
  ranked.sort((one, other) => other.rank - one.rank || one.index - other.index);
  for (const [place, { field, facts, signature, index }] of ranked.entries()) {
    if (place >= MAX_SIGNATURES) pending[index] = unchecked(field, TOO_MANY, facts);
    else if (signature !== undefined && !hashes.want(signature.bodyCanonicalization, signature.bodyLength)) {
      pending[index] = unchecked(field, TOO_MANY_BODIES, facts);
    }
  }
}

type Keys =
  | { kind: 'records'; records: { text: string; record: KeyRecord }[]; count: number; ttl: number }
  | { kind: 'none' | 'unavailable'; detail: string; ttl?: number };

/** RFC 6376 section 6.1.2: get the public key, with one query for all signatures with the same key. */
class KeyFetcher {
  private readonly resolver: Resolver;
  private readonly answers = new Map<string, Promise<Keys>>();

  constructor(resolver: Resolver) {
    this.resolver = resolver;
  }

  get(name: string): Promise<Keys> {
    let answer = this.answers.get(name);
    if (answer === undefined) {
      answer = this.fetch(name);
      this.answers.set(name, answer);
    }
    return answer;
  }

  private async fetch(name: string): Promise<Keys> {
    const answer = await this.resolver.query(name, 'TXT');
    if (answer.kind === 'error') {
      // A name that is not a valid query name never has a key.
      const kind = answer.reason === 'badname' ? 'none' : 'unavailable';
      return { kind, detail: answer.detail === '' ? answer.reason : answer.detail };
    }
    if (answer.kind !== 'ok') {
      const detail = answer.kind === 'nxdomain' ? 'the name does not exist' : 'the name has no TXT record';
      return { kind: 'none', detail, ttl: answer.ttl };
    }
    const texts = answer.records.map((strings) => strings.join(''));
    const records = readKeyRecords(texts).slice(0, MAX_KEY_RECORDS);
    return { kind: 'records', records, count: texts.length, ttl: answer.ttl };
  }
}

async function finish(
  { field, facts, signature, problem }: Pending,
  fields: readonly HeaderField[],
  hashes: BodyHashes,
  keys: KeyFetcher,
): Promise<DkimSignatureOutcome> {
  const outcome: DkimSignatureOutcome = { result: 'pass', status: 'SUCCESS', notes: [], ...facts };
  if (facts.domain !== undefined && facts.selector !== undefined) {
    outcome.keyName = `${facts.selector}._domainkey.${facts.domain}`;
  }
  if (signature === undefined) return failed(outcome, problem);
  const name = `${signature.selector}._domainkey.${signature.domain}`;
  const found = await keys.get(name);
  if (found.ttl !== undefined) outcome.ttl = found.ttl;
  if (found.kind !== 'records') {
    const id = found.kind === 'none' ? 'no-key' : 'key-unavailable';
    return failed(outcome, { id, tag: 's', name, detail: found.detail });
  }
  const signed = signedBytes(fields, signature.signedHeaders, field, signature.headerCanonicalization);
  // Several records: results are undefined (RFC 6376 section 3.6.2.2), so one that verifies is enough.
  let first: DkimProblem | undefined;
  outcome.keyRecords = found.count;
  const body = hashes.result(signature.bodyCanonicalization, signature.bodyLength);
  if (body !== undefined && signature.bodyLength !== undefined) {
    outcome.unsignedOctets = Math.max(0, body.canonicalLength - signature.bodyLength);
  }
  for (const { text, record } of found.records) {
    const wrong = await verifyWith(signature, signed, record, hashes, name);
    if (first === undefined || wrong === undefined) {
      outcome.key = record.facts;
      outcome.keyRecord = text;
    }
    if (wrong === undefined) {
      outcome.notes.push(...notesOf(signature, record, found.count, fields));
      return outcome;
    }
    first ??= wrong;
  }
  return failed(outcome, first ?? { id: 'no-key', tag: 's', name, detail: 'the name has no TXT record' });
}

/** RFC 6376 section 6.1.2 steps 5 to 9, then section 6.1.3; undefined where the signature is valid. */
async function verifyWith(
  signature: Signature,
  signed: Uint8Array<ArrayBuffer>,
  record: KeyRecord,
  hashes: BodyHashes,
  name: string,
): Promise<DkimProblem | undefined> {
  const { facts, key } = record;
  const fatal = record.problems.find((problem) => problem.fatal);
  if (fatal !== undefined || key === undefined) {
    return { id: fatal?.id ?? 'bad-key', tag: fatal?.tag ?? 'p', name, detail: fatal?.detail ?? 'no usable key' };
  }
  const wanted = signature.algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519';
  if (key.type !== wanted) {
    return { id: 'key-type-mismatch', tag: 'k', detail: `a=${signature.algorithm}, but the key is k=${key.type}` };
  }
  // Section 3.6.1, t=s: the domain of i= must be d= itself.
  if (facts.strict && signature.identityDomain !== signature.domain) {
    const detail = `the key has t=s, and i=${signature.identity} is a subdomain of d=${signature.domain}`;
    return { id: 'strict-domain-mismatch', tag: 'i', detail };
  }
  const body = hashes.result(signature.bodyCanonicalization, signature.bodyLength);
  if (body === undefined) return { id: 'body-altered', tag: 'bh', detail: 'the body was not hashed' };
  if (signature.bodyLength !== undefined && signature.bodyLength > body.canonicalLength) {
    const detail = `l=${signature.bodyLength}, but the body has ${body.canonicalLength} bytes`;
    return { id: 'body-too-short', tag: 'l', detail };
  }
  if (!sameBytes(body.digest, signature.bodyHash)) {
    return { id: 'body-altered', tag: 'bh', detail: 'the body hash is not that of bh=' };
  }
  const verified = await verifySignature(key, signature.signature, signed);
  if (verified === undefined) return { id: 'bad-key', tag: 'p', name, detail: 'the key cannot be used' };
  return verified
    ? undefined
    : { id: 'signature-mismatch', tag: 'b', detail: 'the signature is not that of these header fields and this key' };
}

async function verifySignature(
  key: PublicKey,
  signature: Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean | undefined> {
  const imported = await importPublicKey(key);
  if (imported === undefined) return undefined;
  try {
    if (key.type === 'rsa') return await crypto.subtle.verify('RSASSA-PKCS1-v1_5', imported, signature, signed);
    // RFC 8463 section 3: PureEdDSA over the SHA-256 of what is signed.
    return await crypto.subtle.verify('Ed25519', imported, signature, await sha256(signed));
  } catch {
    return undefined;
  }
}

function notesOf(signature: Signature, record: KeyRecord, records: number, fields: readonly HeaderField[]): DkimNote[] {
  const notes: DkimNote[] = [];
  const note = (id: DkimNote['id'], detail: string) => notes.push({ id, detail });
  if (signature.bodyLength !== undefined) note('body-length', `l=${signature.bodyLength}`);
  if (record.facts.testing) note('testing', 't=y');
  if (records > 1) note('several-keys', `the name has ${records} TXT records`);
  if (record.key?.form === 'pkcs1') note('pkcs1-key', 'p= holds an RSAPublicKey');
  if (record.key?.type === 'rsa' && record.key.bits < ADVISED_RSA_BITS) note('short-key', `${record.key.bits} bits`);
  // RFC 6376 section 8.15: another From can be added, unless h= names it once more.
  const present = fieldsNamed(fields, 'from').length;
  if (signature.signedHeaders.filter((name) => name === 'from').length < present) {
    note('from-partly-signed', `${present} From fields, not all of them signed`);
  }
  return notes;
}

const RESULTS: Partial<Record<DkimProblemId, DkimSignatureOutcome['result']>> = {
  // RFC 8601 section 2.7.1, neutral: syntax errors, or not otherwise able to be processed.
  'signature-syntax': 'neutral',
  'missing-tag': 'neutral',
  'bad-version': 'neutral',
  'unknown-algorithm': 'neutral',
  'unknown-canonicalization': 'neutral',
  'unknown-query-method': 'neutral',
  'expires-before-signed': 'neutral',
  // fail: it failed the verification test.
  'body-altered': 'fail',
  'body-too-short': 'fail',
  'signature-mismatch': 'fail',
  // policy: not acceptable. RFC 8301 section 3.2 for short keys.
  'weak-key': 'policy',
  'huge-key': 'policy',
  'key-unavailable': 'temperror',
  // Not verified means unknown, neither valid nor invalid.
  'not-verified': 'temperror',
  'message-unreadable': 'temperror',
};

function failed(outcome: DkimSignatureOutcome, problem: DkimProblem): DkimSignatureOutcome {
  // permerror: an error that a later attempt will not fix.
  const result = RESULTS[problem.id] ?? 'permerror';
  return { ...outcome, result, status: result === 'temperror' ? 'TEMPFAIL' : 'PERMFAIL', problem };
}

function unreadable(id: DkimProblemId, detail: string): DkimOutcome {
  const outcome: DkimSignatureOutcome = { result: 'pass', status: 'SUCCESS', notes: [], signedHeaders: [] };
  const signature = failed(outcome, { id, tag: '', detail });
  return { result: signature.result, signatures: [signature], bodyOctets: 0 };
}

/** The most promising first. */
const ORDER = ['pass', 'temperror', 'fail', 'policy', 'permerror', 'neutral'] as const;

function overall(signatures: readonly DkimSignatureOutcome[]): DkimOutcome['result'] {
  return ORDER.find((result) => signatures.some((signature) => signature.result === result)) ?? 'none';
}
