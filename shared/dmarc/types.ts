// Outcomes of DMARC: a parsed record, a discovered policy, an evaluated message (RFC 9989).

/** The results of RFC 9989 section 9.1, for Authentication-Results. */
export type DmarcResult = 'none' | 'pass' | 'fail' | 'temperror' | 'permerror';
/** The handling of failing mail that a domain owner requests: RFC 9989 section 4.7. */
export type DmarcPolicy = 'none' | 'quarantine' | 'reject';
export type AlignmentMode = 'relaxed' | 'strict';

export type DmarcProblemId =
  /** No "v=DMARC1" at the start: not a DMARC record for receivers. */
  | 'not-dmarc'
  /** "v=dmarc1" and the like: the value is case-sensitive. */
  | 'version-case'
  | 'version-not-first'
  /** Blanks or a quotation mark before "v". */
  | 'leading-octets'
  /** Makes the whole list invalid (RFC 6376 section 3.2). */
  | 'duplicate-tag'
  | 'tag-syntax'
  | 'tag-case'
  | 'unknown-tag'
  /** `pct`, `rf`, `ri`: removed by RFC 9989 appendix A.6. Not reported for `pct` next to `t`: each kind of receiver knows one. */
  | 'removed-tag'
  /** A tag between "v" and "p": RFC 7489 section 6.4 allows none. */
  | 'policy-order'
  | 'missing-policy'
  /** `p`, `sp` or `np` is not one of the three policies. */
  | 'bad-policy'
  /** Another tag has an invalid value; its default applies. */
  | 'bad-value'
  | 'bad-report-uri'
  /** Not "mailto:": receivers need not support it. */
  | 'report-scheme'
  /** "!10m" after an address: obsolete. */
  | 'report-size'
  /** The name cannot send mail: an IP address, a label over the limit, and so on. */
  | 'bad-domain'
  /** Two records or more at one name: all of them are discarded. */
  | 'several-records'
  /** A query got no answer. */
  | 'no-answer'
  /** More identifiers than are evaluated. */
  | 'too-many-identifiers';

export interface DmarcProblem {
  id: DmarcProblemId;
  /** The tag at fault, '' where none is. */
  tag: string;
  /** The value, or its problem; for logs and as a finding's argument. */
  detail: string;
  /** The DNS name with the problem. */
  name?: string;
}

/** One address of `rua` or `ruf`. */
export interface ReportUri {
  /** As written, without the obsolete size. */
  uri: string;
  /** In lower case, without the colon. */
  scheme: string;
  /** Of a "mailto:": the address, its escapes decoded; '' elsewhere. */
  address: string;
  /** Of a "mailto:": the domain as A-labels; '' elsewhere. */
  domain: string;
}

/** A record as published and as receivers read it; plain data. */
export interface DmarcRecord {
  text: string;
  /** It begins with "v=DMARC1" and is a tag list, so it counts in a tree walk. */
  valid: boolean;
  /** `p`, `sp`, `np` where they are one of the three policies. */
  policy?: DmarcPolicy;
  subdomainPolicy?: DmarcPolicy;
  nonExistentPolicy?: DmarcPolicy;
  /**
   * The policies that receivers apply, after the rules of RFC 9989 section 4.10.1 for missing and invalid values and before
   * `t`; null where the record has no effect.
   */
  applied: { domain: DmarcPolicy; subdomains: DmarcPolicy; nonExistent: DmarcPolicy } | null;
  /** `psd`: 'y' a public suffix, 'n' an organizational domain, 'u' unknown. */
  publicSuffix: 'y' | 'n' | 'u';
  /** `t=y`: apply the policy one level lower. */
  testing: boolean;
  alignment: { spf: AlignmentMode; dkim: AlignmentMode };
  aggregateReports: ReportUri[];
  failureReports: ReportUri[];
  /** `fo`: of "0", "1", "d", "s". */
  failureOptions: string[];
  /** Tags that RFC 9989 removed, with their values: "pct=50". */
  removed: string[];
  /** `pct` for receivers of RFC 7489: the percentage of mail that the policy applies to. */
  percentage: number;
  /** Undefined tags. */
  unknown: string[];
  problems: DmarcProblem[];
}

/** One name of a tree walk and its record. */
export interface WalkStep {
  /** The domain, without "_dmarc.". */
  domain: string;
  /**
   * 'record': one valid record; 'none'; 'several': discarded; 'invalid': a text that was meant as a record; 'unknown': no
   * answer; 'beyond': the walk had ended before.
   */
  status: 'record' | 'none' | 'several' | 'invalid' | 'unknown' | 'beyond';
  record?: DmarcRecord;
  /** The texts at the name that look like DMARC, where `status` is 'several' or 'invalid'. */
  texts?: string[];
  /** The reason for no answer. */
  detail?: string;
}

/** A tree walk from one domain (RFC 9989 section 4.10). */
export interface TreeWalk {
  /** As A-labels in lower case. */
  domain: string;
  /** From the longest name to the shortest; at most eight. */
  steps: WalkStep[];
  /** RFC 9989 section 4.10.2; null where it depends on a query without an answer. */
  organizationalDomain: string | null;
  /** Seconds that the answers may be kept; 0 where one is missing. */
  ttl: number;
}

/** The policy that applies to a domain (RFC 9989 section 4.10.1). */
export interface PolicyDiscovery {
  /** As A-labels in lower case; the input where it is not a domain name. */
  domain: string;
  /** 'unknown': the policy depends on a query without an answer. */
  status: 'found' | 'none' | 'unknown';
  record?: DmarcRecord;
  /** The domain that has the record. */
  policyDomain?: string;
  /** The kind of that domain. */
  source?: 'domain' | 'organizational-domain' | 'public-suffix';
  organizationalDomain: string | null;
  steps: WalkStep[];
  problems: DmarcProblem[];
  ttl: number;
}

/** The alignment of one authenticated identifier with the From domain (RFC 9989 section 4.4). */
export interface IdentifierAlignment {
  /** As A-labels in lower case. */
  domain: string;
  /** The result of SPF or DKIM, as given. */
  result: string;
  mode: AlignmentMode;
  /** Null where unknown. */
  aligned: boolean | null;
  reason:
    | 'same-domain'
    | 'same-organization'
    | 'different-organization'
    | 'strict-wants-same-domain'
    | 'bad-domain'
    | 'no-answer'
    | 'not-looked-at';
  /** Of the identifier; null where it was not needed or is unknown. */
  organizationalDomain: string | null;
  /** The alignment by the public suffix list; absent without such a list. */
  alignedBySuffixList?: boolean;
}

export interface DmarcOutcome {
  result: DmarcResult;
  /** The From domain, as A-labels in lower case. */
  domain: string;
  policyDomain?: string;
  organizationalDomain: string | null;
  record?: DmarcRecord;
  source?: 'domain' | 'organizational-domain' | 'public-suffix';
  /** The tag that the policy was taken from. */
  policyTag?: 'p' | 'sp' | 'np';
  /** That tag's policy, before `t=y` lowers it. */
  publishedPolicy?: DmarcPolicy;
  /** The policy that applies to mail of this domain where it fails. */
  policy?: DmarcPolicy;
  /** The requested handling of this message: "none" unless it fails. */
  disposition: DmarcPolicy;
  spf?: IdentifierAlignment;
  /** In the order given. */
  dkim: IdentifierAlignment[];
  steps: WalkStep[];
  problems: DmarcProblem[];
  /** The result depends on a query without an answer. */
  unknown: boolean;
  /** Seconds that the answers may be kept; 0 where one is missing. */
  ttl: number;
}
