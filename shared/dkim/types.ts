// Outcomes of DKIM checks: results per signature, facts of keys, problems by id (RFC 6376, RFC 8301, RFC 8463).

/** The results of RFC 8601 section 2.7.1. */
export type DkimResult = 'none' | 'pass' | 'fail' | 'policy' | 'neutral' | 'temperror' | 'permerror';
/** The statuses of RFC 6376 section 3.9. */
export type DkimStatus = 'SUCCESS' | 'PERMFAIL' | 'TEMPFAIL';

export type Canonicalization = 'simple' | 'relaxed';
export type SigningAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

/** Problems of a key record; `fatal` ones make it unusable. */
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
  /** One key split over several TXT records instead of several strings of one. */
  | 'split-records'
  /** The record ends at the length limit of one TXT string. */
  | 'cut-at-255'
  /** The target of a CNAME record, as text. */
  | 'cname-as-txt'
  /** Tags with no ";" between them. */
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
  /** The tag at fault, '' for the whole record. */
  tag: string;
  /** The value, or its problem; English, for logs and as a finding's argument. */
  detail: string;
  /** The record cannot verify any signature. */
  fatal: boolean;
}

/** The contents of a key record; plain data. */
export interface KeyFacts {
  /** `k=`: "rsa", "ed25519" or any other value. */
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
  /** The header exceeds the limit, so that no signature was read. */
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

/** The step of RFC 6376 section 6.1 that failed. */
export interface DkimProblem {
  id: DkimProblemId;
  /** The tag at fault, of the signature or of the key record; '' where none is. */
  tag: string;
  /** DNS name of the key; present only where the published record has the problem, not the signature. */
  name?: string;
  /** English, one phrase. */
  detail: string;
}

/** Remarks about a passing signature. */
export type DkimNoteId = 'body-length' | 'testing' | 'several-keys' | 'pkcs1-key' | 'short-key' | 'from-partly-signed';

export interface DkimNote {
  id: DkimNoteId;
  detail: string;
}

/** One DKIM-Signature field and its outcome. Facts are absent where the field does not have them. */
export interface DkimSignatureOutcome {
  result: Exclude<DkimResult, 'none'>;
  status: DkimStatus;
  /** The first problem; absent exactly where `result` is "pass". */
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
  /** The query name of the key: `selector._domainkey.domain`. */
  keyName?: string;
  key?: KeyFacts;
  /** The key record as text, and the number of TXT records of the name. */
  keyRecord?: string;
  keyRecords?: number;
  /** Bytes of the canonical body beyond `l=`; absent without `l=` and where the body was not compared. */
  unsignedOctets?: number;
  /** Seconds that the key's answer may be kept; absent where it was not queried or the query failed. */
  ttl?: number;
}

export interface DkimOutcome {
  /** "pass" where any signature passes, "none" without signatures, else the result of the most promising one. */
  result: DkimResult;
  /** In the order of the message, top first. */
  signatures: DkimSignatureOutcome[];
  /** Bytes of the body as received; 0 where no signature needed it. */
  bodyOctets: number;
}
