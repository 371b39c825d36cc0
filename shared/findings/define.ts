// What one finding is: an id, its weight in the score, and its text in every language, in one place.

export type Language = 'en' | 'ru';
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
/** `error` loses mail, `warning` may, `notice` is advice without effect on delivery, `info` is a fact, `unknown` could not be asked. */
export type Severity = 'error' | 'warning' | 'notice' | 'info' | 'unknown';

export interface DnsRecord {
  name: string;
  type: string;
  value: string;
  /** Of an MX record: the host whose record it takes the place of, without the final dot; else it joins those that are there. */
  replaces?: string;
}
/** What a reader sees: what was found, why it matters, what to do; `record` is the exact record to publish. */
export interface FindingText {
  title: string;
  detail: string;
  /** What to do. */
  fix?: string;
  record?: DnsRecord;
}

/** Arguments are plain JSON, since a report is stored and rendered later in any language. */
export type FindingArgs = { [key: string]: string | number | boolean | readonly string[] | null };

export interface FindingDefinition<A extends FindingArgs> {
  area: Area;
  severity: Severity;
  /** Points of ten taken off; 0 for advice. */
  points: number;
  /** The score is at most this while the finding stands. */
  cap?: number;
  /** A: receivers refuse; B: loses mitigation, or bulk only; C: filter weight; D: no effect on delivery. */
  class: 'A' | 'B' | 'C' | 'D';
  /** Where it is written: "RFC 7208 section 4.5", or the receiver's own rule. */
  source: string;
  /** Findings of one root cost their dearest once: "no SPF record" and "SPF does not pass" are one cause. */
  root?: string;
  /** Roots whose deductions are already part of this one's. */
  covers?: readonly string[];
  /** Ids of findings that its text tells of already: where they are all that is left once it is solved, they are not added. */
  tells?: readonly string[];
  en: (args: A) => FindingText;
  ru: (args: A) => FindingText;
}

/** Keeps the argument type of each finding, so that a missing argument or translation does not compile. */
export function define<A extends FindingArgs>(definition: FindingDefinition<A>): FindingDefinition<A> {
  return definition;
}
