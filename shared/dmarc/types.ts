// What DMARC answers: a record read, a policy found, a message judged (RFC 9989).

/** The words of RFC 9989 section 9.1, for Authentication-Results. */
export type DmarcResult = 'none' | 'pass' | 'fail' | 'temperror' | 'permerror';
/** What a domain owner asks receivers to do with mail that fails: RFC 9989 section 4.7. */
export type DmarcPolicy = 'none' | 'quarantine' | 'reject';
export type AlignmentMode = 'relaxed' | 'strict';

export type DmarcProblemId =
  /** No "v=DMARC1" in front: receivers do not see a DMARC record at all. */
  | 'not-dmarc'
  /** "v=dmarc1" and the like: the value is case-sensitive. */
  | 'version-case'
  | 'version-not-first'
  /** Blanks or a quotation mark in front of "v". */
  | 'leading-bytes'
  /** Makes the whole list invalid (RFC 6376 section 3.2). */
  | 'duplicate-tag'
  | 'tag-syntax'
  | 'tag-case'
  | 'unknown-tag'
  /** `pct`, `rf`, `ri`: taken out by RFC 9989 appendix A.6. A `pct` beside `t` is none: each kind of receiver knows one. */
  | 'removed-tag'
  /** A tag between "v" and "p": RFC 7489 section 6.4 allows none. */
  | 'policy-order'
  | 'missing-policy'
  /** `p`, `sp` or `np` is none of the three words. */
  | 'bad-policy'
  /** Another tag has a value that it cannot have; its default stands. */
  | 'bad-value'
  | 'bad-report-uri'
  /** Not "mailto:": receivers need not support it. */
  | 'report-scheme'
  /** "!10m" behind an address: obsolete. */
  | 'report-size'
  /** The name in question cannot send mail: an IP address, a label too long, and so on. */
  | 'bad-domain'
  /** Two records or more at one name: all of them are discarded. */
  | 'several-records'
  /** A question got no answer. */
  | 'no-answer'
  /** More identifiers than are looked at. */
  | 'too-many-identifiers';

export interface DmarcProblem {
  id: DmarcProblemId;
  /** The tag at fault, '' where none is. */
  tag: string;
  /** What stood there, or what about it; for logs and as a finding's argument. */
  detail: string;
  /** The DNS name, where the problem lies at one. */
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
  /** It opens with "v=DMARC1" and is a tag list, so that it counts in a tree walk. */
  valid: boolean;
  /** `p`, `sp`, `np` where they hold one of the three words. */
  policy?: DmarcPolicy;
  subdomainPolicy?: DmarcPolicy;
  nonExistentPolicy?: DmarcPolicy;
  /**
   * What receivers apply, after the rules of RFC 9989 section 4.10.1 for missing and invalid values and before `t`;
   * null where the record is to have no effect at all.
   */
  applied: { domain: DmarcPolicy; subdomains: DmarcPolicy; nonExistent: DmarcPolicy } | null;
  /** `psd`: 'y' a public suffix, 'n' an organizational domain, 'u' neither is said. */
  publicSuffix: 'y' | 'n' | 'u';
  /** `t=y`: apply the policy one level lower. */
  testing: boolean;
  alignment: { spf: AlignmentMode; dkim: AlignmentMode };
  aggregateReports: ReportUri[];
  failureReports: ReportUri[];
  /** `fo`: of "0", "1", "d", "s". */
  failureOptions: string[];
  /** Tags that RFC 9989 took out, with their values: "pct=50". */
  removed: string[];
  /** `pct` as receivers of RFC 7489 read it: the share of mail, of a hundred, that the policy is for. */
  percentage: number;
  /** Tags that nobody defined. */
  unknown: string[];
  problems: DmarcProblem[];
}

/** One name of a tree walk and what was found there. */
export interface WalkStep {
  /** The domain, without "_dmarc.". */
  domain: string;
  /**
   * 'record': one valid record; 'none'; 'several': discarded; 'invalid': something that was meant as a record;
   * 'unknown': no answer; 'beyond': the walk had ended before.
   */
  status: 'record' | 'none' | 'several' | 'invalid' | 'unknown' | 'beyond';
  record?: DmarcRecord;
  /** The texts at the name that look like DMARC, where `status` is 'several' or 'invalid'. */
  texts?: string[];
  /** Why there was no answer. */
  detail?: string;
}

/** A tree walk from one domain (RFC 9989 section 4.10). */
export interface TreeWalk {
  /** As A-labels in lower case. */
  domain: string;
  /** From the longest name to the shortest; at most eight. */
  steps: WalkStep[];
  /** RFC 9989 section 4.10.2; null where a question the answer depends on got none. */
  organizationalDomain: string | null;
  /** Seconds that the answers hold; 0 where one is missing. */
  ttl: number;
}

/** The policy that applies to a domain (RFC 9989 section 4.10.1). */
export interface PolicyDiscovery {
  /** As A-labels in lower case; what was given where it is no domain name. */
  domain: string;
  /** 'unknown': a question got no answer and the policy depends on it. */
  status: 'found' | 'none' | 'unknown';
  record?: DmarcRecord;
  /** Where the record was found. */
  policyDomain?: string;
  /** Whose record it is. */
  source?: 'domain' | 'organizational-domain' | 'public-suffix';
  organizationalDomain: string | null;
  steps: WalkStep[];
  problems: DmarcProblem[];
  ttl: number;
}

/** How one authenticated identifier stands to the From domain (RFC 9989 section 4.4). */
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
  /** Of the identifier; null where it was not needed or not found out. */
  organizationalDomain: string | null;
  /** What receivers say that go by the public suffix list; absent without such a list. */
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
  /** What receivers are asked to do with this very message: "none" unless it fails. */
  disposition: DmarcPolicy;
  spf?: IdentifierAlignment;
  /** In the order given. */
  dkim: IdentifierAlignment[];
  steps: WalkStep[];
  problems: DmarcProblem[];
  /** Something depended on a question that got no answer. */
  unknown: boolean;
  /** Seconds that the answers hold; 0 where one is missing. */
  ttl: number;
}
