// The DKIM key record: text to facts and problems (RFC 6376 section 3.6.1, RFC 8301 section 3.2, RFC 8463 section 4).
import { fromBase64 } from '../message/bytes.ts';
import { parseTags } from '../text/tags.ts';
import { INTEGER, readSequence, SEQUENCE } from './der.ts';
import { type PublicKey, readPublicKey, toPublished } from './public-key.ts';
import { aliasTarget, joinedParts, repairText } from './repair-record.ts';
import { foldBlanks } from './signature.ts';
import type { KeyFacts, KeyProblem } from './types.ts';

/** Verifiers must not accept RSA keys below this (RFC 8301 section 3.2). */
export const MIN_RSA_BITS = 1024;
/** Signers should use at least this (RFC 8301 section 3.2). */
export const ADVISED_RSA_BITS = 2048;
/** OpenSSL and BoringSSL reject longer moduli, which take seconds per verification. */
export const MAX_RSA_BITS = 16384;

export interface KeyRecord {
  facts: KeyFacts;
  problems: KeyProblem[];
  /** Absent where a problem is fatal. */
  key?: PublicKey;
}

/** Characters of one TXT string, after which some panels cut the record off. */
const TXT_STRING = 255;

/**
 * Reads the text of a key record: its TXT strings joined without blanks (RFC 6376 section 3.6.2.2).
 * Never throws; all problems are listed, the fatal ones first. Where a record is unusable because of how it was pasted,
 * the problem is that, and the facts are those that were meant.
 */
export function parseKeyRecord(text: string): KeyRecord {
  const record = readRecord(text);
  if (!record.problems.some((problem) => problem.fatal)) return record;
  const repair = repairText(text);
  if (repair === undefined) return record;
  const problem: KeyProblem = {
    id: repair.cause,
    tag: '',
    detail: 'the pasted text is more or less than a key record',
    fatal: true,
  };
  if (repair.cause === 'private-key') return { facts: record.facts, problems: [problem] };
  const meant = readRecord(repair.text);
  if (publishedKey(meant.facts) === undefined) return record;
  return { facts: meant.facts, problems: [problem, ...meant.problems.filter(({ id }) => id === 'weak-key')] };
}

/**
 * Reads the TXT records of a key's name: those that are meant as keys, or all where none is. One key that was split over
 * them is one record, and so is the name of a CNAME's target.
 */
export function readKeyRecords(texts: readonly string[]): { text: string; record: KeyRecord }[] {
  const meant = texts.filter(looksLikeKeyRecord);
  const parsed = (meant.length > 0 ? meant : texts).map((text) => ({ text, record: parseKeyRecord(text) }));
  if (parsed.some(({ record }) => record.key !== undefined || publishedKey(record.facts) !== undefined)) return parsed;
  const joined = joinedKey(texts);
  if (joined !== undefined) return [joined];
  if (meant.length > 0) return parsed;
  return parsed.map(({ text, record }) => {
    const target = aliasTarget(text);
    if (target === undefined) return { text, record };
    return { text, record: { ...record, problems: [{ id: 'cname-as-txt', tag: '', detail: target, fatal: true }] } };
  });
}

/** One key from its parts: only where no other order of them gives another key, since a wrong key would be proposed. */
function joinedKey(texts: readonly string[]): { text: string; record: KeyRecord } | undefined {
  const found = new Map<string, { text: string; facts: KeyFacts }>();
  for (const text of joinedParts(texts)) {
    const { facts } = parseKeyRecord(text);
    const key = publishedKey(facts);
    // Lengths in a non-canonical form come from parts in a wrong order.
    if (key !== undefined && sameBase64(toPublished(key), facts.publicKey)) found.set(facts.publicKey, { text, facts });
  }
  const [only, ...others] = found.values();
  if (only === undefined || others.length > 0) return undefined;
  const detail = `one key is split over ${texts.length} records`;
  return {
    text: only.text,
    record: { facts: only.facts, problems: [{ id: 'split-records', tag: '', detail, fatal: true }] },
  };
}

function sameBase64(one: string, other: string): boolean {
  return one.replace(/=+$/, '') === other.replace(/=+$/, '');
}

function readRecord(text: string): KeyRecord {
  const problems: KeyProblem[] = [];
  const add = (id: KeyProblem['id'], tag: string, detail: string, fatal: boolean) =>
    problems.push({ id, tag, detail: detail.slice(0, 200), fatal });

  // Quotes and escapes of zone files that a web form accepted literally: "v=DKIM1\; k=rsa\; p=…".
  let readable = foldBlanks(text);
  // Notes may contain them.
  if (/[\\"]/.test(readable.replace(/(?:^|;) ?n ?=[^;]*/, ''))) {
    add('quotes-left', '', 'the record contains quotation marks or backslashes', true);
    readable = readable.replace(/" "/g, '').replace(/[\\"]/g, '');
  }
  const list = parseTags(readable);
  for (const problem of list.problems) {
    // RFC 6376 section 3.2: a duplicate makes the whole tag-list invalid.
    if (problem.kind === 'duplicate') add('duplicate-tag', problem.tag, `${problem.tag}= appears twice`, true);
    else if (problem.kind === 'no-equals' && !looksLikePem(problem.tag)) {
      add('tag-syntax', '', `"${problem.tag.slice(0, 40)}" is not a tag`, true);
    } else if (problem.kind === 'bad-name')
      add('tag-syntax', problem.tag, `"${problem.tag.slice(0, 40)}" is not a tag name`, true);
    else if (problem.kind === 'empty') add('tag-syntax', '', 'an empty tag between two semicolons', false);
  }
  const value = (tag: string) => list.values.get(tag);

  // RFC 6376 section 3.6.1: v= is optional, and must be first and exact where present. Receivers accept it anywhere.
  const version = value('v');
  if (version !== undefined && version !== 'DKIM1')
    add('bad-key-version', 'v', `v=${version} instead of v=DKIM1`, true);
  else if (version !== undefined && list.tags[0]?.name !== 'v')
    add('version-not-first', 'v', 'v= is not the first tag', false);

  const type = (value('k') ?? 'rsa').toLowerCase();
  const services = splitList(value('s')) ?? ['*'];
  if (!services.includes('*') && !services.includes('email')) {
    add('not-for-email', 's', `s=${value('s')} does not include email`, true);
  }
  const hashes = splitList(value('h'));
  if (hashes !== undefined && !hashes.includes('sha256')) {
    add('hash-not-allowed', 'h', `h=${value('h')} does not include sha256`, true);
  }
  const flags = splitList(value('t')) ?? [];
  const facts: KeyFacts = {
    type,
    bits: 0,
    testing: flags.includes('y'),
    strict: flags.includes('s'),
    services,
    publicKey: (value('p') ?? '').replace(/[ \t\r\n]+/g, ''),
  };
  if (hashes !== undefined) facts.hashes = hashes;
  const notes = value('n');
  if (notes !== undefined) facts.notes = notes;

  const record: KeyRecord = { facts, problems };
  const key = readKey(value('p'), type, facts, text.length, add);
  // A missing p= explains more than the other problems.
  const rank = (problem: KeyProblem) => (problem.id === 'not-a-key' ? 2 : Number(problem.fatal));
  problems.sort((a, b) => rank(b) - rank(a));
  if (key !== undefined && !problems.some((problem) => problem.fatal)) record.key = key;
  return record;
}

/** The text is meant as a key record, valid or not: to distinguish it from an SPF record under a wildcard. */
export function looksLikeKeyRecord(text: string): boolean {
  return /(?:^|[;\s"])v\s*=\s*DKIM1/i.test(text) || /(?:^|[;\s"])p\s*=/i.test(text);
}

type Add = (id: KeyProblem['id'], tag: string, detail: string, fatal: boolean) => void;

function readKey(
  written: string | undefined,
  type: string,
  facts: KeyFacts,
  length: number,
  add: Add,
): PublicKey | undefined {
  if (type !== 'rsa' && type !== 'ed25519') {
    add('unknown-key-type', 'k', `k=${type} is neither rsa nor ed25519`, true);
    return undefined;
  }
  if (written === undefined) {
    add('not-a-key', 'p', 'there is no p= tag', true);
    return undefined;
  }
  // RFC 6376 section 3.6.1: an empty p= means that the key was revoked.
  if (facts.publicKey === '') {
    add('revoked', 'p', 'p= is empty', true);
    return undefined;
  }
  const bytes = fromBase64(facts.publicKey);
  const wrong = facts.publicKey.replace(/[A-Za-z0-9+/=]/g, '');
  const ended = length === TXT_STRING || facts.publicKey.length === TXT_STRING;
  if (ended && wrong === '' && (bytes === undefined || readPublicKey(bytes) === undefined)) {
    add('cut-at-255', 'p', `the record ends after ${TXT_STRING} characters, in the middle of the key`, true);
    return undefined;
  }
  if (bytes === undefined) {
    if (looksLikePem(written)) {
      add('pem-pasted', 'p', 'p= holds the BEGIN and END lines of a key file', true);
      facts.publicKey = facts.publicKey.replace(/-----(?:BEGIN|END)[A-Z0-9]*(?:KEY)?-----/g, '');
      const inner = fromBase64(facts.publicKey);
      const key = inner && readPublicKey(inner);
      if (key !== undefined) facts.bits = key.bits;
      return undefined;
    }
    add(
      'bad-base64',
      'p',
      wrong === '' ? 'p= is cut short or padded wrongly' : `p= holds ${JSON.stringify(wrong.slice(0, 20))}`,
      true,
    );
    return undefined;
  }
  const key = readKeyOf(bytes, type);
  if (key === undefined && isPrivateKey(bytes)) {
    add('private-key', 'p', 'p= holds a private key', true);
    return undefined;
  }
  if (key === undefined) {
    add('bad-key', 'p', 'p= does not decode to a public key; it may be cut off', true);
    return undefined;
  }
  facts.bits = key.bits;
  // Decoders differ on padding that does not fill the last four characters; without any they agree.
  if (facts.publicKey.endsWith('=') && facts.publicKey.length % 4 !== 0) {
    add('bad-padding', 'p', 'the number of "=" at the end of p= does not match its length', false);
  }
  if (key.type !== type) {
    add('key-type-mismatch', 'k', `p= holds an ${key.type === 'rsa' ? 'RSA' : 'Ed25519'} key, but k= is ${type}`, true);
    return undefined;
  }
  if (key.type === 'rsa') {
    if (key.bits < MIN_RSA_BITS) add('weak-key', 'p', `the RSA key has ${key.bits} bits`, true);
    if (key.bits > MAX_RSA_BITS) add('huge-key', 'p', `the RSA key has ${key.bits} bits`, true);
    // Text and erratum of RFC 6376 differ on the form; SubjectPublicKeyInfo is what OpenDKIM and most others read.
    if (key.form === 'pkcs1') add('pkcs1-form', 'p', 'p= holds an RSAPublicKey, not a SubjectPublicKeyInfo', false);
  } else if (key.form === 'spki') {
    // RFC 8463 section 4: the 32 bytes alone.
    add('bad-key', 'p', 'an Ed25519 key is published as its 32 bytes, not wrapped in ASN.1', true);
  }
  return key;
}

/** PKCS #1 and PKCS #8 begin with a version, a public key does not (RFC 8017 appendix A.1.2, RFC 5958 section 2). */
function isPrivateKey(bytes: Uint8Array): boolean {
  const [version, second] = readSequence(bytes) ?? [];
  const [number = 2, ...more] = version?.tag === INTEGER ? version.content : [];
  return number < 2 && more.length === 0 && second !== undefined;
}

function looksLikePem(text: string): boolean {
  return /-{3,}\s*(?:BEGIN|END)/.test(text);
}

function splitList(value: string | undefined): string[] | undefined {
  return value?.split(':').map((part) => part.trim().toLowerCase());
}

function publishedKey({ publicKey, type }: KeyFacts): PublicKey | undefined {
  const bytes = publicKey === '' ? undefined : fromBase64(publicKey);
  return bytes && readKeyOf(bytes, type);
}

/** Any 32 bytes are an Ed25519 key, but with k=rsa those that begin like an RSA key are a truncated one. */
function readKeyOf(bytes: Uint8Array, type: string): PublicKey | undefined {
  const key = readPublicKey(bytes);
  const cut = key?.form === 'raw' && type === 'rsa' && bytes[0] === SEQUENCE && (bytes[1] ?? 0) > 0x80;
  return cut ? undefined : key;
}

/**
 * The record to publish instead: correct tags around the same key, with the flags, hashes, services and notes that it has;
 * undefined where the key itself is broken.
 * @param testing whether to keep the flag "y", where it is set.
 */
export function correctedRecord(facts: KeyFacts, testing = true): string | undefined {
  const key = publishedKey(facts);
  if (key === undefined) return undefined;
  const flags = [...(facts.testing && testing ? ['y'] : []), ...(facts.strict ? ['s'] : [])];
  const hashes = facts.hashes?.includes('sha256') ? facts.hashes : [];
  const services = facts.services.includes('*') || !facts.services.includes('email') ? [] : facts.services;
  const notes = (facts.notes ?? '').replace(/[^\x20-\x3a\x3c-\x7e]|["\\]/g, '').slice(0, MAX_NOTES);
  const list = (name: string, values: readonly string[]) =>
    values.length === 0 ? [] : [`${name}=${values.join(':')}`];
  return [
    'v=DKIM1',
    ...list('h', hashes.filter(isWord)),
    `k=${key.type}`,
    ...(notes === '' ? [] : [`n=${notes}`]),
    ...list('s', services.filter(isWord)),
    ...list('t', flags),
    `p=${toPublished(key)}`,
  ].join('; ');
}

/** Characters of notes that are kept. */
const MAX_NOTES = 100;

/** RFC 6376 section 2.3, hyphenated-word. */
function isWord(text: string): boolean {
  return /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(text);
}
