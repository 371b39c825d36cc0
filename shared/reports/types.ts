// What arrives at a report address, as typed values. Every text in here was written by a stranger and is bounded and printable (text.ts).

/** Why a report cannot be taken. */
export type RefusalReason =
  | 'mail-too-large'
  | 'head-too-large'
  /** More parts than are looked at. */
  | 'too-many-parts'
  /** More reports in one mail, or files in one archive, than are read. */
  | 'too-many-files'
  /** Unpacked, or by its own claim, over the limit. */
  | 'unpacked-too-large'
  | 'nested-archive'
  /** An archive with a password, or packed by a method that is not deflate. */
  | 'unknown-packing'
  /** The archive is cut off or damaged. */
  | 'broken-archive'
  /** The archive holds no report. */
  | 'no-report-inside'
  /** A document type with declarations: reports have none, attacks do. */
  | 'xml-declarations'
  | 'xml-too-deep'
  /** More faults than a reporter's program makes. */
  | 'xml-broken'
  /** The XML ends before its root element does. */
  | 'xml-cut-off'
  /** XML with another root element than a report has. */
  | 'not-a-report'
  | 'broken-json'
  /** A member without which the report says nothing; `detail` names it. */
  | 'member-missing';

export interface Refusal {
  reason: RefusalReason;
  /** The file, member or number at fault; '' where there is nothing to add. */
  detail: string;
}

/** What was wrong with a report that can be used all the same. */
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

/** RFC 7489: "none" for a mail that was let pass; RFC 9990 says "pass" where DMARC passed. */
export type Disposition = 'none' | 'pass' | 'quarantine' | 'reject';
export type PolicyResult = 'pass' | 'fail';

export interface DkimOutcome {
  domain: string;
  /** '' where the reporter does not say. */
  selector: string;
  /** RFC 8601 section 2.7.1, '' where it is not one of its words. */
  result: string;
  comment: string;
}
export interface SpfOutcome {
  domain: string;
  scope: 'mfrom' | 'helo' | '';
  /** RFC 8601 section 2.7.2, '' where it is not one of its words. */
  result: string;
  comment: string;
}
export interface OverrideReason {
  type: string;
  comment: string;
}

export interface AggregateRecord {
  /** Canonical; as written where it is no address. */
  sourceIp: string;
  count: number;
  /** null where the reporter says none of the known. */
  disposition: Disposition | null;
  /** Aligned results; null where the reporter does not say. */
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
  /** `rfc7489`: also the drafts before it, and reporters that leave the version out. */
  form: 'rfc9990' | 'rfc7489';
  organization: string;
  email: string;
  contact: string;
  /** '' where the reporter gives none. */
  reportId: string;
  /** Seconds since 1970. */
  begin: number;
  end: number;
  generator: string;
  errors: string[];
  policy: PublishedPolicy;
  records: AggregateRecord[];
  faults: ReportFault[];
  /** Where the report was to be cut: documents of it with its further records, to be read later. */
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

/** The mail that a bounce or a complaint is about, as far as it came back. */
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
  /** `arf`: RFC 5965; `text`: a form of one reporter without such a part. */
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
/** What became of the mail, from RFC 3463's code, or from the words where the code says nothing. */
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
  /** The address that the mail was sent to, as far as the bounce says. */
  address: string;
  /** Where it was forwarded to and failed; '' where that is the same. */
  finalAddress: string;
  action: BounceAction;
  /** RFC 3463, `5.1.1`; with zeros where only the class is known. */
  status: string;
  /** `field`: the Status field; `reply`: an enhanced code in the reply; `smtp`: from the reply's class alone; `words`: from the text; `action`: from nothing but failed or delayed. */
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
  /** Message-ID of the mail that is answered, without angle brackets. */
  inReplyTo: string;
}

/** The mail that brought a report. */
export interface Carrier {
  /** Without angle brackets, '' where it has none. */
  messageId: string;
  from: string;
  to: string;
  subject: string;
}

/** What a report mail, or a bare report file, is. */
export type Reading =
  | { kind: 'aggregate'; reports: AggregateReport[]; refusals: Refusal[] }
  | { kind: 'tls'; reports: TlsReport[]; refusals: Refusal[] }
  | { kind: 'failure'; report: FeedbackReport }
  | { kind: 'feedback'; report: FeedbackReport }
  | { kind: 'bounce'; bounce: Bounce }
  | { kind: 'auto-reply'; reply: AutoReply }
  | { kind: 'other' }
  | { kind: 'refused'; refusal: Refusal };
