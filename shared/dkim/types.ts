// What DKIM checks answer: results per signature, facts of keys, and what is wrong by name (RFC 6376, RFC 8301, RFC 8463).

/** The words of RFC 8601 section 2.7.1. */
export type DkimResult = 'none' | 'pass' | 'fail' | 'policy' | 'neutral' | 'temperror' | 'permerror';
/** The words of RFC 6376 section 3.9. */
export type DkimStatus = 'SUCCESS' | 'PERMFAIL' | 'TEMPFAIL';

export type Canonicalization = 'simple' | 'relaxed';
export type SigningAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

/** What can be wrong with a key record; `fatal` ones make it unusable. */
export type KeyProblemId =
  | 'not-a-key'
  | 'tag-syntax'
  | 'duplicate-tag'
  | 'bad-key-version'
  | 'version-not-first'
  | 'unknown-key-type'
  | 'key-type-mismatch'
  | 'revoked'
  | 'bad-base64'
  | 'bad-padding'
  | 'pem-pasted'
  | 'quotes-left'
  | 'bad-key'
  | 'not-for-email'
  | 'hash-not-allowed'
  /** One key divided over several TXT records instead of several strings of one. */
  | 'split-records'
  /** The record ends where one TXT string has to end. */
  | 'cut-at-255'
  /** The name that a CNAME record should lead to, as text. */
  | 'cname-as-txt'
  /** Tags with nothing or something else than ";" between them. */
  | 'missing-semicolon'
  | 'capital-tags'
  /** A line of a zone file with its owner name and type. */
  | 'zone-file-line'
  | 'stray-characters'
  /** The base64 of a key without any tag. */
  | 'bare-key'
  | 'private-key'
  | 'weak-key'
  | 'huge-key'
  | 'pkcs1-form';

export interface KeyProblem {
  id: KeyProblemId;
  /** The tag at fault, '' where it is the record as a whole. */
  tag: string;
  /** What stood there, or what about it; English, for logs and as a finding's argument. */
  detail: string;
  /** No signature can be verified with the record. */
  fatal: boolean;
}

/** What a key record says; plain data. */
export interface KeyFacts {
  /** `k=`: "rsa" or "ed25519", or what stands there. */
  type: string;
  /** Bits of an RSA modulus, 256 for Ed25519, 0 where the key cannot be read. */
  bits: number;
  /** `t=y`: the domain is testing DKIM. */
  testing: boolean;
  /** `t=s`: the domain in `i=` must be that of `d=`. */
  strict: boolean;
  /** `h=`: the hashes allowed; absent where all are. */
  hashes?: string[];
  /** `s=`: the services; ["*"] where the tag is absent. */
  services: string[];
  /** `n=`. */
  notes?: string;
  /** `p=` without blanks. */
  publicKey: string;
}

export type DkimProblemId =
  | KeyProblemId
  /** Reading the message failed. */
  | 'message-unreadable'
  /** The head is over the limit, so that no signature was looked for. */
  | 'message-too-large'
  | 'signature-syntax'
  | 'missing-tag'
  | 'bad-version'
  | 'unknown-algorithm'
  | 'rsa-sha1'
  | 'unknown-canonicalization'
  | 'unknown-query-method'
  | 'domain-mismatch'
  | 'from-not-signed'
  | 'expired'
  | 'expires-before-signed'
  | 'timestamp-in-future'
  | 'no-key'
  | 'key-unavailable'
  | 'strict-domain-mismatch'
  | 'body-too-short'
  | 'body-altered'
  | 'signature-mismatch'
  | 'not-verified';

/** Why a signature does not pass: the step of RFC 6376 section 6.1 that failed. */
export interface DkimProblem {
  id: DkimProblemId;
  /** Tag of the signature or of the key record at fault, '' where none is. */
  tag: string;
  /** DNS name of the key, exactly where the problem lies in what is published there, not in the signature. */
  name?: string;
  /** English, one phrase. */
  detail: string;
}

/** What a passing signature still has about it. */
export type DkimNoteId = 'body-length' | 'testing' | 'several-keys' | 'pkcs1-key' | 'short-key' | 'from-partly-signed';

export interface DkimNote {
  id: DkimNoteId;
  detail: string;
}

/** One DKIM-Signature field and what came of it. Facts are absent where the field does not give them. */
export interface DkimSignatureOutcome {
  result: Exclude<DkimResult, 'none'>;
  status: DkimStatus;
  /** The first thing that failed; absent exactly where `result` is "pass". */
  problem?: DkimProblem;
  notes: DkimNote[];
  /** `d=` as A-labels in lower case. */
  domain?: string;
  /** `s=`, likewise. */
  selector?: string;
  /** `i=` decoded, or "@" and `d=` where the tag is absent. */
  identity?: string;
  /** `a=` in lower case. */
  algorithm?: string;
  canonicalization?: { header: Canonicalization; body: Canonicalization };
  /** `h=` in lower case, in order, repetitions kept. */
  signedHeaders: string[];
  /** `l=` in bytes of the canonical body. */
  bodyLength?: number;
  /** `t=` and `x=`, seconds since 1970. */
  timestamp?: number;
  expiration?: number;
  /** `b=` and `bh=` in base64 without blanks. */
  signature?: string;
  bodyHash?: string;
  /** Where the key is looked for: `selector._domainkey.domain`. */
  keyName?: string;
  key?: KeyFacts;
  /** The key record as text, and how many TXT records the name has. */
  keyRecord?: string;
  keyRecords?: number;
  /** Bytes of the canonical body beyond `l=`; absent without `l=` and where the body was not compared. */
  unsignedBytes?: number;
  /** Seconds that the key's answer may be kept; absent where DNS was not asked or failed. */
  ttl?: number;
}

export interface DkimOutcome {
  /** "pass" where any signature passes, "none" without signatures, else the result of the most promising one. */
  result: DkimResult;
  /** In the order of the message, top first. */
  signatures: DkimSignatureOutcome[];
  /** Bytes of the body as it came; 0 where no signature needed it. */
  bodyBytes: number;
}
