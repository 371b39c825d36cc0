// What arrives at a report address, as typed values. Every text is foreign, bounded and printable (text.ts).

/** Why a report is rejected. */
export type RefusalReason =
  | 'mail-too-large'
  | 'head-too-large'
  /** More parts than are read. */
  | 'too-many-parts'
  /** More reports in one mail, or files in one archive, than are read. */
  | 'too-many-files'
  /** Over the limit, unpacked or by the size in its header. */
  | 'unpacked-too-large'
  | 'nested-archive'
  /** An archive with a password, or with another method than deflate. */
  | 'unknown-packing'
  /** The archive is cut off or damaged. */
  | 'broken-archive'
  /** The archive contains no report. */
  | 'no-report-inside'
  /** A document type with declarations, which reports do not have. */
  | 'xml-declarations'
  | 'xml-too-deep'
  /** More faults than in real reports. */
  | 'xml-broken'
  /** The XML ends before its root element does. */
  | 'xml-cut-off'
  /** XML with another root element than a report. */
  | 'not-a-report'
  | 'broken-json'
  /** A required member is missing; `detail` is its name. */
  | 'member-missing';

export interface Refusal {
  reason: RefusalReason;
  /** The file, member or number at fault; '' where there is none. */
  detail: string;
}

/** Faults of a report that is still usable. */
export type ReportFault =
  | 'broken-xml'
  | 'broken-encoding'
  | 'trailing-data'
  | 'no-report-id'
  | 'no-organization'
  /** The period was taken from the file name. */
  | 'no-period'
  | 'period-reversed'
  | 'bad-count'
  | 'bad-source-ip'
  | 'bad-result'
  | 'no-records'
  /** Only the first records were kept. */
  | 'too-many-records'
  | 'doctype';

/** RFC 7489: "none" for accepted mail; RFC 9990: "pass" where DMARC passed. */
export type Disposition = 'none' | 'pass' | 'quarantine' | 'reject';
export type PolicyResult = 'pass' | 'fail';

export interface DkimOutcome {
  domain: string;
  /** '' where the report does not have it. */
  selector: string;
  /** A result of RFC 8601 section 2.7.1, or ''. */
  result: string;
  comment: string;
}
export interface SpfOutcome {
  domain: string;
  scope: 'mfrom' | 'helo' | '';
  /** A result of RFC 8601 section 2.7.2, or ''. */
  result: string;
  comment: string;
}
export interface OverrideReason {
  type: string;
  comment: string;
}

export interface AggregateRecord {
  /** Canonical; as written where it is not an address. */
  sourceIp: string;
  count: number;
  /** null where it is missing or unknown. */
  disposition: Disposition | null;
  /** Aligned results; null where the report does not have them. */
  dkim: PolicyResult | null;
  spf: PolicyResult | null;
  reasons: OverrideReason[];
  headerFrom: string;
  envelopeFrom: string;
  envelopeTo: string;
  dkimResults: DkimOutcome[];
  spfResults: SpfOutcome[];
}

export interface PublishedPolicy {
  /** The domain that the report is about, as A-labels. */
  domain: string;
  adkim: string;
  aspf: string;
  p: string;
  sp: string;
  np: string;
  pct: string;
  fo: string;
  testing: string;
  discoveryMethod: string;
}

/** A DMARC aggregate report (RFC 9990, RFC 7489 appendix C). */
export interface AggregateReport {
  /** `rfc7489`: also the drafts before it, and reports without a version. */
  form: 'rfc9990' | 'rfc7489';
  organization: string;
  email: string;
  contact: string;
  /** '' where the report has none. */
  reportId: string;
  /** Seconds since 1970. */
  begin: number;
  end: number;
  generator: string;
  errors: string[];
  policy: PublishedPolicy;
  records: AggregateRecord[];
  faults: ReportFault[];
  /** For a report that was split: documents with its other records, to be read later. */
  later: string[];
}

export interface TlsFailure {
  /** RFC 8460 section 4.3. */
  type: string;
  sendingIp: string;
  receivingHost: string;
  receivingIp: string;
  receivingHelo: string;
  sessions: number;
  information: string;
  reasonCode: string;
}
export interface TlsPolicyResult {
  /** `tlsa`, `sts`, `no-policy-found`, or as written. */
  type: string;
  domain: string;
  strings: string[];
  mxHosts: string[];
  successful: number;
  failed: number;
  failures: TlsFailure[];
}

/** An SMTP TLS report (RFC 8460). */
export interface TlsReport {
  organization: string;
  contact: string;
  reportId: string;
  /** Seconds since 1970. */
  begin: number;
  end: number;
  policies: TlsPolicyResult[];
  faults: ReportFault[];
}

/** The mail that a bounce or a complaint is about, as far as it was returned. */
export interface OriginalMail {
  /** Without angle brackets, '' where unknown. */
  messageId: string;
  from: string;
  to: string;
  subject: string;
}

/** A complaint or another report of a feedback loop (RFC 5965), or an authentication failure report (RFC 6591). */
export interface FeedbackReport {
  /** `abuse`, `fraud`, `not-spam`, `auth-failure`, … as written, in lower case. */
  type: string;
  /** `arf`: RFC 5965; `text`: another format without such a part. */
  form: 'arf' | 'text';
  userAgent: string;
  mailFrom: string;
  recipients: string[];
  arrivalDate: string;
  sourceIp: string;
  domains: string[];
  incidents: number;
  /** RFC 6591: `adsp`, `bodyhash`, `dmarc`, `dkim`, `signature`, `spf`; '' for a complaint. */
  authFailure: string;
  deliveryResult: string;
  authenticationResults: string[];
  dkimDomain: string;
  dkimSelector: string;
  identityAlignment: string;
  original: OriginalMail;
}

export type BounceAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
/** Why the mail failed, from the code of RFC 3463, or from the words where the code is unspecific. */
export type BounceReason =
  | 'no-such-address'
  | 'no-such-domain'
  | 'address-moved'
  | 'bad-sender'
  | 'mailbox-disabled'
  | 'mailbox-full'
  | 'too-large'
  | 'mail-system'
  | 'network'
  | 'routing-loop'
  | 'expired'
  | 'protocol'
  | 'content'
  | 'policy'
  | 'authentication'
  | 'rate'
  | 'unknown';

export interface BouncedRecipient {
  /** The address that the mail was sent to, by the bounce. */
  address: string;
  /** The address that it was forwarded to; '' where that is the same. */
  finalAddress: string;
  action: BounceAction;
  /** RFC 3463, `5.1.1`; with zeros where only the class is known. */
  status: string;
  /** `field`: the Status field; `reply`: an enhanced code in the reply; `smtp`: from the reply's class alone; `words`: from the text; `action`: only from failed or delayed. */
  statusFrom: 'field' | 'reply' | 'smtp' | 'words' | 'action';
  reason: BounceReason;
  diagnostic: string;
  remoteMta: string;
}

export interface Bounce {
  /** `dsn`: RFC 3464; `text`: another form. */
  form: 'dsn' | 'text' | 'json';
  reportingMta: string;
  recipients: BouncedRecipient[];
  original: OriginalMail;
}

export interface AutoReply {
  from: string;
  subject: string;
  /** Message-ID of the mail that it replies to, without angle brackets. */
  inReplyTo: string;
}

/** The mail with a report. */
export interface Carrier {
  /** Without angle brackets, '' where it has none. */
  messageId: string;
  from: string;
  to: string;
  subject: string;
}

/** The content of a report mail, or of the file of a report. */
export type Reading =
  | { kind: 'aggregate'; reports: AggregateReport[]; refusals: Refusal[] }
  | { kind: 'tls'; reports: TlsReport[]; refusals: Refusal[] }
  | { kind: 'failure'; report: FeedbackReport }
  | { kind: 'feedback'; report: FeedbackReport }
  | { kind: 'bounce'; bounce: Bounce }
  | { kind: 'auto-reply'; reply: AutoReply }
  | { kind: 'other' }
  | { kind: 'refused'; refusal: Refusal };
