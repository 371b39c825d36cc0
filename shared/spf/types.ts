// SPF: the parts of a record, and the outcome of its evaluation for one address (RFC 7208).
import type { DnsErrorReason } from '../dns/types.ts';
import type { Ip } from '../text/ip.ts';

/** RFC 7208 section 2.6. */
export type SpfResult = 'none' | 'neutral' | 'pass' | 'fail' | 'softfail' | 'temperror' | 'permerror';
export type Qualifier = '+' | '-' | '~' | '?';
export type MechanismName = 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists';

/**
 * One piece of a macro-string (RFC 7208 section 7.1):
 *   macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
 * "%%", "%_" and "%-" are literals here, since their values never change.
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
  /** Of a domain without macros: its query name, once `plainName` has computed it; null where it is not valid. */
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
  network?: Ip | undefined;
  /** Of ip4: the same as a number from 0 to 2³²−1, which compares faster. */
  address4?: number;
  /** Of ip6: the same as eight groups of 16 bits. */
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

/** The reason for an error result, or a problem that did not end the evaluation. */
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
  /** The domain whose record has the term. */
  domain: string;
  /** The term at fault and its offset in that record; absent where the whole record is at fault. */
  term?: string;
  at?: number;
  /** The name that was queried, or that is not a valid query name. */
  name?: string;
  /** Where DNS failed. */
  reason?: DnsErrorReason;
}

export type SpfTermResult =
  | 'match'
  | 'no-match'
  | 'temperror'
  | 'permerror'
  /** A term without effect: an unknown modifier, `redirect` next to `all`, `exp` without a fail. */
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
  /** Terms counted by RFC 7208 section 4.6.4: this one with everything that it included. */
  lookups: number;
  voidLookups: number;
  /** The record that `include` or `redirect` fetched. */
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
  /** Number of terms that are not listed, since a hostile record could have any number of them. */
  omitted: number;
}

export interface SpfOutcome {
  result: SpfResult;
  /** True where the check's own limit of queries or time ended it: the result then says nothing about the domain. */
  unknown: boolean;
  /** What was checked: the envelope sender's domain, or the HELO name where the sender is empty. */
  identity: 'mailfrom' | 'helo';
  domain: string;
  ip: string;
  /** The term that decided, and the domain whose record has it; null where none matched. */
  match: { domain: string; term: string; at: number } | null;
  /** The domain owner's explanation of a fail (RFC 7208 section 6.2): foreign text. */
  explanation: string | null;
  problems: SpfProblem[];
  /** null where no record was queried. */
  record: SpfRecordNode | null;
  counts: { lookups: number; lookupLimit: number; voidLookups: number; voidLimit: number };
  /** Seconds: the smallest of all answers used; null where there was none. */
  ttl: number | null;
}
