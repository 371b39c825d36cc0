// The form of one finding: its weight in the score, and its text in every language, in one place.
import type { Language, Translated } from '../text/language.ts';

export type { Language };
export type Area =
  | 'spf'
  | 'dkim'
  | 'dmarc'
  | 'ptr'
  | 'mx'
  | 'dns'
  | 'tls'
  | 'dnsbl'
  | 'message'
  | 'alignment'
  | 'relay';
/** `error` loses mail, `warning` may, `notice` is advice without effect on delivery, `info` is a fact, `unknown` could not be checked. */
export type Severity = 'error' | 'warning' | 'notice' | 'info' | 'unknown';

export interface DnsRecord {
  name: string;
  type: string;
  value: string;
  /** Of an MX record: the host whose record it replaces, without the final dot; otherwise it is added to the published ones. */
  replaces?: string;
}
/** The text of a finding: what was found, why it matters, what to do; `record` is the exact record to publish. */
export interface FindingText {
  title: string;
  detail: string;
  /** What to do. */
  fix?: string;
  record?: DnsRecord;
}

/** Arguments are plain JSON, since a report is stored and rendered later in any language. */
export type FindingArgs = { [key: string]: string | number | boolean | readonly string[] | null };

export interface FindingDefinition<A extends FindingArgs> extends Translated<(args: A) => FindingText> {
  area: Area;
  severity: Severity;
  /** Points of ten taken off; 0 for advice. */
  points: number;
  /** The highest score with this finding. */
  cap?: number;
  /** A: receivers reject the mail; B: loses mitigation, or bulk mail only; C: filter weight; D: no effect on delivery. */
  class: 'A' | 'B' | 'C' | 'D';
  /** The rule: "RFC 7208 section 4.5", or that of a receiver. */
  source: string;
  /** Of the findings of one root, the one with the most points counts: "no SPF record" and "SPF does not pass" are one cause. */
  root?: string;
  /** Roots whose deductions this one already contains. */
  covers?: readonly string[];
  /** Ids of findings that its text already mentions: if only they remain once it is solved, they are no new problem. */
  mentions?: readonly string[];
}

/** Keeps the argument type of each finding, so that a missing argument does not compile. */
export function define<A extends FindingArgs>(definition: FindingDefinition<A>): FindingDefinition<A> {
  return definition;
}
