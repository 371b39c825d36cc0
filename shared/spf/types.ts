// SPF: what a record is made of, and what evaluating it for one address gives (RFC 7208).
import type { DnsErrorReason } from '../dns/types.ts';
import type { Ip } from '../text/ip.ts';

/** RFC 7208 section 2.6. */
export type SpfResult = 'none' | 'neutral' | 'pass' | 'fail' | 'softfail' | 'temperror' | 'permerror';
export type Qualifier = '+' | '-' | '~' | '?';
export type MechanismName = 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists';

/**
 * One piece of a macro-string (RFC 7208 section 7.1):
 *   macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
 * "%%", "%_" and "%-" are literals here, since what they stand for never changes.
 */
export type MacroToken =
  | { kind: 'literal'; text: string }
  | {
      kind: 'macro';
      /** Lower case: s l o d i p h v, in explanations also c r t. */
      letter: string;
      /** Written in upper case: the value is URL-escaped. */
      escape: boolean;
      /** How many parts of the right are kept; 0 keeps all. */
      parts: number;
      reverse: boolean;
      delimiters: string;
    };

export interface MacroString {
  text: string;
  /** Offset in the record's text. */
  at: number;
  tokens: readonly MacroToken[];
  /** Of a domain without macros the name to ask about, once `plainName` has read it; null where there is none. */
  name?: string | null;
}

interface Written {
  /** As written, qualifier included. */
  text: string;
  /** Offset of the first character in the record's text. */
  at: number;
}
export interface Mechanism extends Written {
  kind: 'mechanism';
  name: MechanismName;
  qualifier: Qualifier;
  /** domain-spec; absent where the current domain is meant, and for all, ip4 and ip6. */
  domain?: MacroString;
  /** Of ip4 and ip6. */
  network?: Ip;
  /** Of ip4 the same as a number from 0 to 2³²−1, which compares faster. */
  address4?: number;
  /** Of ip6 the same as eight groups of 16 bits. */
  groups6?: readonly number[];
  /** Prefix lengths in bits: of ip4, a and mx; of ip6, a and mx. */
  prefix4: number;
  prefix6: number;
}
export interface Modifier extends Written {
  kind: 'modifier';
  /** Lower case; everything but `redirect` and `exp` is ignored (RFC 7208 section 6). */
  name: string;
  value: MacroString;
}
/** Not a term by the grammar; its faults are in `SpfRecord.problems`. */
export interface InvalidTerm extends Written {
  kind: 'invalid';
}
export type Term = Mechanism | Modifier | InvalidTerm;

export type SyntaxProblemKind =
  | 'unknown-mechanism'
  | 'bad-character'
  | 'bad-modifier'
  | 'bad-macro'
  | 'missing-domain'
  | 'bad-domain'
  | 'unexpected-value'
  | 'bad-ip'
  | 'bad-prefix'
  | 'duplicate-modifier';
export interface SyntaxProblem {
  kind: SyntaxProblemKind;
  /** The term as written. */
  term: string;
  /** Offset of the fault itself in the record's text, from 0. */
  at: number;
}
export interface SpfRecord {
  text: string;
  terms: readonly Term[];
  problems: readonly SyntaxProblem[];
}

/** Why an evaluation ended as it did, or what went wrong on the way without ending it. */
export type SpfProblemKind =
  | SyntaxProblemKind
  | 'bad-ip-argument'
  | 'bad-domain-argument'
  | 'several-records'
  | 'no-record'
  | 'bad-target'
  | 'dns-error'
  | 'lookups-exceeded'
  | 'voids-exceeded'
  | 'mx-exceeded'
  | 'ptr-exceeded';
export interface SpfProblem {
  kind: SpfProblemKind;
  /** The domain whose record holds the term. */
  domain: string;
  /** The term at fault and where it stands in that record; absent where the record as a whole is meant. */
  term?: string;
  at?: number;
  /** The name that was asked for, or that could not be. */
  name?: string;
  /** Where DNS failed. */
  reason?: DnsErrorReason;
}

export type SpfTermResult =
  | 'match'
  | 'no-match'
  | 'temperror'
  | 'permerror'
  /** A term that decides nothing: an unknown modifier, `redirect` beside `all`, `exp` without a fail. */
  | 'ignored'
  /** The evaluation had ended before. */
  | 'not-reached';
export interface SpfTermNode {
  text: string;
  at: number;
  name: string;
  qualifier?: Qualifier;
  result: SpfTermResult;
  /** The name it was evaluated for, macros expanded. */
  target?: string;
  /** Terms counted by RFC 7208 section 4.6.4: this one with everything that it pulled in. */
  lookups: number;
  voidLookups: number;
  /** What `include` or `redirect` pulled in. */
  record?: SpfRecordNode;
}
export interface SpfRecordNode {
  domain: string;
  /** null where there is no single record. */
  text: string | null;
  result: SpfResult;
  /**
   * Each with its result.
   * @opaque
   */
  terms: SpfTermNode[];
  /** Terms that are not listed, since a hostile record could have any number of them. */
  omitted: number;
}

export interface SpfOutcome {
  result: SpfResult;
  /** True where the check's own limit of queries or time ended it: the result is then no statement about the domain. */
  unknown: boolean;
  /** What was checked: the envelope sender's domain, or the HELO name where the sender is empty. */
  identity: 'mailfrom' | 'helo';
  domain: string;
  ip: string;
  /** The term that decided, and the domain whose record holds it; null where none matched. */
  match: { domain: string; term: string; at: number } | null;
  /** What the domain's owner says about a fail (RFC 7208 section 6.2): a stranger's text. */
  explanation: string | null;
  problems: SpfProblem[];
  /** null where no record was asked for. */
  record: SpfRecordNode | null;
  counts: { lookups: number; lookupLimit: number; voidLookups: number; voidLimit: number };
  /** Seconds: the smallest of all answers used; null where there was none. */
  ttl: number | null;
}
