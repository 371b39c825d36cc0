// The DKIM-Signature field: text to a signature to verify, or the tag at fault (RFC 6376 section 3.5, RFC 8616).
import { fromBase64, toText } from '../message/bytes.ts';
import { isWithin, toAscii } from '../text/domain.ts';
import { parseTags } from '../text/tags.ts';
import { fromHex } from './der.ts';
import type { Canonicalization, DkimProblem, DkimProblemId, DkimSignatureOutcome, SigningAlgorithm } from './types.ts';

/** A signature with valid tags, not yet verified. */
export interface Signature {
  algorithm: SigningAlgorithm;
  signature: Uint8Array<ArrayBuffer>;
  bodyHash: Uint8Array;
  headerCanonicalization: Canonicalization;
  bodyCanonicalization: Canonicalization;
  domain: string;
  selector: string;
  identity: string;
  identityDomain: string;
  signedHeaders: string[];
  bodyLength?: number;
  timestamp?: number;
  expiration?: number;
}

/** The values of the tags that can be read. */
export type SignatureFacts = Pick<
  DkimSignatureOutcome,
  | 'domain'
  | 'selector'
  | 'identity'
  | 'algorithm'
  | 'canonicalization'
  | 'signedHeaders'
  | 'bodyLength'
  | 'timestamp'
  | 'expiration'
  | 'signature'
  | 'bodyHash'
>;

export type SignatureResult =
  | { ok: true; facts: SignatureFacts; signature: Signature }
  | { ok: false; facts: SignatureFacts; problem: DkimProblem };

const REQUIRED = ['v', 'a', 'b', 'bh', 'd', 'h', 's'] as const;

/**
 * Reads the value of a DKIM-Signature field (unfolded or not) and makes the checks of RFC 6376 section 6.1.1 that need
 * neither clock nor DNS. Never throws. `problem` is the first one; `facts` has the values of all valid tags.
 */
export function parseSignature(value: string): SignatureResult {
  const list = parseTags(foldBlanks(value));
  const tag = (name: string) => list.values.get(name);
  const compact = (name: string) => tag(name)?.replace(/[ \t\r\n]+/g, '');
  const problems: DkimProblem[] = [];
  const wrong = (id: DkimProblemId, name: string, detail: string) =>
    problems.push({ id, tag: name, detail: detail.replace(/[^\x20-\x7e]/g, '?').slice(0, 200) });

  for (const problem of list.problems) {
    // UTF-8 is allowed in d=, i= and s= (RFC 8616 section 3); the other tags are checked below.
    if (problem.kind === 'bad-value') continue;
    wrong(
      'signature-syntax',
      problem.tag,
      problem.kind === 'duplicate' ? `${problem.tag}= appears twice` : `tag list: ${problem.kind}`,
    );
  }
  // RFC 6376 section 6.1.1: v=, then the required tags.
  const version = tag('v');
  if (version !== undefined && version !== '1') wrong('bad-version', 'v', `v=${version} instead of v=1`);
  for (const name of REQUIRED) if (tag(name) === undefined) wrong('missing-tag', name, `there is no ${name}= tag`);

  const facts: SignatureFacts = { signedHeaders: [] };
  const algorithm = tag('a')?.toLowerCase();
  if (algorithm !== undefined) {
    facts.algorithm = algorithm;
    // RFC 8301 section 3.1: rsa-sha1 must not be used for verifying.
    if (algorithm === 'rsa-sha1') wrong('rsa-sha1', 'a', 'rsa-sha1 is no longer valid');
    else if (!isAlgorithm(algorithm)) wrong('unknown-algorithm', 'a', `a=${algorithm} is not known`);
  }
  const canonicalization = readCanonicalization(tag('c'));
  if (canonicalization === undefined) wrong('unknown-canonicalization', 'c', `c=${tag('c')} is not known`);
  else facts.canonicalization = canonicalization;

  const base64 = (name: 'b' | 'bh', fact: 'signature' | 'bodyHash') => {
    const text = compact(name);
    if (text === undefined) return undefined;
    const bytes = text === '' ? undefined : fromBase64(text);
    if (bytes === undefined) wrong('signature-syntax', name, `${name}= is not base64`);
    else facts[fact] = text;
    return bytes;
  };
  const signature = base64('b', 'signature');
  const bodyHash = base64('bh', 'bodyHash');

  const domain = readDomain(tag('d'));
  if (domain !== undefined) facts.domain = domain;
  else if (tag('d') !== undefined) wrong('signature-syntax', 'd', `d=${tag('d')} is not a domain name`);
  const selector = readName(tag('s'));
  if (selector !== undefined) facts.selector = selector;
  else if (tag('s') !== undefined) wrong('signature-syntax', 's', `s=${tag('s')} is not a selector`);

  facts.signedHeaders = (compact('h') ?? '').split(':').map((name) => name.toLowerCase());
  if (tag('h') !== undefined && facts.signedHeaders.some((name) => !/^[\x21-\x39\x3c-\x7e]*$/.test(name))) {
    wrong('signature-syntax', 'h', 'h= has an invalid field name');
  } else if (tag('h') !== undefined && !facts.signedHeaders.includes('from')) {
    // RFC 6376 section 6.1.1, last paragraphs.
    wrong('from-not-signed', 'h', 'h= does not include From');
  }
  facts.signedHeaders = facts.signedHeaders.filter((name) => name !== '');

  const number = (name: string, digits: number) => {
    const text = tag(name);
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text) && text.length <= digits) return Number(text);
    wrong('signature-syntax', name, `${name}=${text} is not a number`);
    return undefined;
  };
  const bodyLength = number('l', 76);
  const timestamp = number('t', 12);
  const expiration = number('x', 12);
  if (bodyLength !== undefined) facts.bodyLength = bodyLength;
  if (timestamp !== undefined) facts.timestamp = timestamp;
  if (expiration !== undefined) facts.expiration = expiration;
  // Section 3.5, x=: "MUST be greater than the value of the t= tag".
  if (timestamp !== undefined && expiration !== undefined && expiration <= timestamp) {
    wrong('expires-before-signed', 'x', `x=${expiration} is not after t=${timestamp}`);
  }
  // Section 3.5, q=: unrecognized methods must be ignored, and dns/txt is the only one that is defined.
  const methods = tag('q')
    ?.split(':')
    .map((method) => method.trim().toLowerCase());
  if (methods !== undefined && !methods.includes('dns/txt')) {
    wrong('unknown-query-method', 'q', `q=${tag('q')} does not include dns/txt`);
  }
  const identity = readIdentity(tag('i'), domain);
  if (identity !== undefined) facts.identity = identity.text;
  else if (tag('i') !== undefined) wrong('signature-syntax', 'i', `i=${tag('i')} is not an identity`);
  if (identity !== undefined && domain !== undefined && !isWithin(identity.domain, domain)) {
    // Section 6.1.1: "domain mismatch".
    wrong('domain-mismatch', 'i', `i=${identity.text} is not within d=${domain}`);
  }

  const required = complete({ algorithm, signature, bodyHash, canonicalization, domain, selector, identity });
  const [problem] = problems;
  if (problem !== undefined || required === undefined)
    return {
      ok: false,
      facts,
      problem: problem ?? { id: 'missing-tag', tag: '', detail: 'a required tag is missing' },
    };
  const read: Signature = {
    ...required,
    signedHeaders: facts.signedHeaders,
    ...(bodyLength !== undefined && { bodyLength }),
    ...(timestamp !== undefined && { timestamp }),
    ...(expiration !== undefined && { expiration }),
  };
  return { ok: true, facts, signature: read };
}

/** The parts that every signature has; undefined where one is missing, which is a problem of its own. */
function complete(parts: {
  algorithm: string | undefined;
  signature: Uint8Array<ArrayBuffer> | undefined;
  bodyHash: Uint8Array | undefined;
  canonicalization: SignatureFacts['canonicalization'] | undefined;
  domain: string | undefined;
  selector: string | undefined;
  identity: { text: string; domain: string } | undefined;
}): Omit<Signature, 'signedHeaders' | 'bodyLength' | 'timestamp' | 'expiration'> | undefined {
  const { algorithm, signature, bodyHash, canonicalization, domain, selector, identity } = parts;
  if (algorithm === undefined || !isAlgorithm(algorithm) || signature === undefined || bodyHash === undefined) return;
  if (canonicalization === undefined || domain === undefined || selector === undefined || identity === undefined)
    return;
  const { header: headerCanonicalization, body: bodyCanonicalization } = canonicalization;
  const { text, domain: identityDomain } = identity;
  const common = { algorithm, signature, bodyHash, headerCanonicalization, bodyCanonicalization };
  return { ...common, domain, selector, identity: text, identityDomain };
}

/** Runs of blanks and folds become one blank: they mean the same, and trimming long ones takes quadratic time. */
export function foldBlanks(text: string): string {
  return text.replace(/[ \t\r\n]+/g, ' ');
}

function isAlgorithm(text: string): text is SigningAlgorithm {
  return text === 'rsa-sha256' || text === 'ed25519-sha256';
}

// Section 3.5, c=: header, then body; "simple" where one is not named.
function readCanonicalization(text: string | undefined): SignatureFacts['canonicalization'] | undefined {
  const [header = 'simple', body = 'simple', more] = (text ?? 'simple/simple').toLowerCase().split('/');
  const known = (kind: string): kind is Canonicalization => kind === 'simple' || kind === 'relaxed';
  return known(header) && known(body) && more === undefined ? { header, body } : undefined;
}

// RFC 8616 section 3: U-labels are read as their A-labels. Section 3.5 uses sub-domain of RFC 5321 section 4.1.2: no hyphen
// at either end. Underscores, which it does not allow, occur in selectors, and receivers accept them.
function readName(text: string | undefined): string | undefined {
  const name = text === undefined || text.endsWith('.') ? undefined : toAscii(text);
  if (!name?.ok || name.name.split('.').some((label) => label.startsWith('-') || label.endsWith('-'))) return undefined;
  return name.name;
}

// Section 3.5, domain-name: at least two labels.
function readDomain(text: string | undefined): string | undefined {
  const name = readName(text);
  return name?.includes('.') ? name : undefined;
}

/** RFC 5322 section 3.4.1 and RFC 6532 section 3.2: a dot-atom or a quoted string. */
export function isLocalPart(text: string): boolean {
  const atom = /^(?:[\w!#$%&'*+\-/=?^`{|}~]|[^\x00-\x7f])+(?:\.(?:[\w!#$%&'*+\-/=?^`{|}~]|[^\x00-\x7f])+)*$/;
  return atom.test(text) || /^"(?:[^"\\\r\n]|\\.)*"$/.test(text);
}

/** i=: a local part in DKIM's quoted-printable (section 2.11), may be empty, "@" and a domain. */
function readIdentity(
  text: string | undefined,
  domain: string | undefined,
): { text: string; domain: string } | undefined {
  if (text === undefined) return domain === undefined ? undefined : { text: `@${domain}`, domain };
  const plain = text.replace(/[ \t\r\n]+/g, '');
  const at = plain.lastIndexOf('@');
  const name = at === -1 ? undefined : readDomain(plain.slice(at + 1));
  if (name === undefined) return undefined;
  const local = plain.slice(0, at).replace(/(?:=[0-9A-F]{2})+/gi, (run) => toText(fromHex(run.replaceAll('=', ''))));
  if (local !== '' && !isLocalPart(local)) return undefined;
  return { text: `${local}@${name}`, domain: name };
}
