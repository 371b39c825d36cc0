// Every shape that the API answers with, as the code has it: `node scripts/openapi.ts` writes components.json from it.
import type { BimiOutcome } from '../../shared/bimi/record.ts';
import type { MessageFacts } from '../../shared/check/message.ts';
import type { DkimFacts, DnsFacts, DomainFacts } from '../../shared/check/section.ts';
import type * as check from '../../shared/check/types.ts';
import type { DkimKeyOutcome } from '../../shared/dkim/inspect.ts';
import type { ReportDestination } from '../../shared/dmarc/destinations.ts';
import type { DmarcInspection } from '../../shared/dmarc/inspect.ts';
import type { DmarcRecord } from '../../shared/dmarc/types.ts';
import type { DnsblOutcome } from '../../shared/dnsbl/check.ts';
import type { DnsRecord, Language } from '../../shared/findings/define.ts';
import type { RelayPort } from '../../shared/findings/relay.rules.ts';
import type { Score } from '../../shared/findings/score.ts';
import type { MxOutcome } from '../../shared/mx/check.ts';
import type { ReverseOutcome } from '../../shared/rdns/reverse.ts';
import type { RenderedFinding } from '../../shared/report/rendered.ts';
import type * as reports from '../../shared/reports/sources.ts';
import type { InspectedRecord, SpfInspection } from '../../shared/spf/inspect.ts';
import type { SpfOutcome } from '../../shared/spf/types.ts';
import type { LimitBreak, VoidCase } from '../../shared/spf/worst-case.ts';
import type { DaneOutcome } from '../../shared/tls/dane.ts';
import type { MtaStsOutcome } from '../../shared/tls/mta-sts.ts';
import type { TlsRptOutcome } from '../../shared/tls/tls-rpt.ts';
import type { Refusal } from '../inbox/inbox.ts';
import type { DeliveryState } from '../monitor/deliveries.ts';
import type { DigestWish } from '../monitor/digest-wish.ts';
import type { FlowVerdict } from '../monitor/flow.ts';
import type * as overview from '../monitor/overview.ts';
import type { Trend } from '../monitor/trend.ts';
import type { HistoryEntry } from '../monitor/watches.ts';
import type { ProblemAnswer } from '../problem.ts';
import type { BouncesView, Complaint, DeadAddress, RecentBounce } from '../reports/bounces.ts';
import type { Fix } from '../reports/fixes.ts';
import type { TakenReport } from '../reports/intake.ts';
import type * as next from '../reports/next.ts';
import type { ReceivedReport } from '../reports/received.ts';
import type { TlsView } from '../reports/tls.ts';

/**
 * ISO 8601, UTC.
 * @format date-time
 */
export type Timestamp = string;
/**
 * A day, UTC.
 * @format date
 */
export type Day = string;
/**
 * Stable: an id is never renamed. Its first part is mostly the area.
 * @pattern ^[a-z0-9-]+(\.[a-z0-9-]+)+$
 */
export type FindingId = string;
/** One thing found, with its weight and its text in the language of the request. */
export type Finding = RenderedFinding<FindingId, Record<string, unknown>>;

export interface Facts extends Omit<DomainFacts, 'ptr'> {
  /** One for each sending address; where an address itself is checked, the one. */
  ptr?: ReverseOutcome | ReverseOutcome[];
  message?: MessageFacts;
}
/** What a check found. */
export type Report = check.Report<Facts, Finding>;
/** Whether mail from this sender through this relay is aligned (RFC 9989 section 4.4). */
export type PreflightAnswer = check.PreflightAnswer<{ id: FindingId; args: Record<string, unknown> }>;

/** Whether the service runs. */
export interface Health {
  status: 'ok';
}

/** What the shop’s server last reported of its mail queue; all but the first two members with a token only. */
export interface MailState {
  /** `silent`: the last report is so old that nothing is known. */
  verdict: FlowVerdict;
  reportedAt: Timestamp;
  /** Mails in the queue. */
  waiting?: number;
  /** Mails that failed permanently. */
  failed?: number;
  /** Age of the oldest mail in the queue, in seconds. */
  oldestAge?: number | null;
  lastSuccess?: Timestamp | null;
  lastFailure?: Timestamp | null;
}

/** The past checks of a watched domain. */
export interface History {
  domain: string;
  /** Over the checks of this answer; null where fewer than two can be compared. */
  trend: Trend | null;
  /** Null where the shop’s server never reported. */
  mail: MailState | null;
  /** Newest first. */
  entries: HistoryEntry[];
}

/** The state of a shop’s mail as the report of its server has it. */
export interface MailVerdict {
  verdict: FlowVerdict;
}

/** A test inbox. Keep `id` secret: anyone who has it can read the reports. */
export interface NewInbox {
  id: string;
  /** Where to send the mail. */
  address: string;
  /** The page for people. */
  page: string;
  /** The URL of the reports. */
  reports: string;
  expiresAt: Timestamp;
  /** Mails that it accepts. */
  maxMails: number;
  /** Bytes of one mail. */
  maxOctets: number;
}

/** What a test inbox received. */
export interface Inbox {
  address: string;
  page: string;
  state: 'waiting' | 'arrived';
  createdAt: Timestamp;
  expiresAt: Timestamp;
  /** Why a mail was rejected. */
  refused: Refusal | null;
  /** Newest first. */
  mails: { number: number; receivedAt: Timestamp; report: Report }[];
  /** While there is no mail: what to look at. */
  why: { id: string; title: string; text: string }[];
}

/** A watched domain. */
export interface Watch {
  domain: string;
  ips: string[];
  selectors: string[];
  helo: string | null;
  webhook: string | null;
  mail: string | null;
  language: Language;
  /** When the mail about each week is sent: with `changes`, where there is something to report. */
  digest: DigestWish;
  createdAt: Timestamp;
  nextCheckAt: Timestamp;
  /** Ids of the findings that cost points at the last check; null before the first. */
  problems: string[] | null;
}
/** The watched domains by name. */
export interface WatchList {
  watches: Watch[];
}
/** A watched domain with the messages about it. */
export interface WatchWithDeliveries extends Watch {
  /** Newest first. */
  deliveries: DeliveryState[];
}
/** The messages that were queued. */
export interface QueuedMessages {
  queued: { id: string; channel: DeliveryState['channel'] }[];
}

/** What a relay answers on its ports. */
export interface RelayProbe {
  host: string;
  checkedAt: Timestamp;
  addresses: string[];
  ports: RelayPort[];
  /** Worst first. They make no score. */
  findings: Finding[];
}

/**
 * The servers that send with the domain in From.
 * @examples
 * [{"domain": "shop.example", "since": "2026-11-01", "messages": 40, "aligned": 0,
 *   "days": [{"day": "2026-11-24", "messages": 40, "aligned": 0}],
 *   "sources": [{"name": "SendGrid", "provider": "sendgrid", "class": "yours-unaligned", "messages": 40, "aligned": 0,
 *     "quarantined": 0, "rejected": 0, "spfFailed": 0, "firstSeen": "2026-11-24", "lastSeen": "2026-11-24",
 *     "addresses": [{"ip": "198.51.100.9", "messages": 40}], "dkimDomains": ["sendgrid.net"],
 *     "spfDomains": ["u1.wl.sendgrid.net"], "comments": ["Sender requirement failed: 550-5.7.30"],
 *     "fix": {"kind": "sign", "text": "In the settings of SendGrid, add shop.example as a sending domain.",
 *       "record": null, "withheld": null}}]}]
 */
export interface Sources {
  domain: string;
  since: Day;
  /** All that receivers reported. */
  messages: number;
  /** Those of them that pass DMARC. */
  aligned: number;
  /** Days that have reports, the oldest first. */
  days: { day: Day; messages: number; aligned: number }[];
  /** By provider, else by host, else by address; the largest first. */
  sources: Source[];
}
export interface Source extends Omit<reports.Source, 'firstDay' | 'lastDay'> {
  firstSeen: Day;
  lastSeen: Day;
  /** What makes a source that is yours and not aligned pass; null for all others. */
  fix: Fix | null;
}

/**
 * What bounced of a domain’s mail, and what its recipients complained about.
 * @examples
 * [{"domain": "shop.example", "since": "2026-11-01", "failed": 2, "delayed": 0, "complained": 0, "delivered": 198,
 *   "days": [{"day": "2026-11-24", "failed": 2, "delayed": 0, "complained": 0, "delivered": 198,
 *     "reasons": [{"reason": "mailbox-full", "messages": 2}]}],
 *   "reasons": [{"reason": "mailbox-full", "messages": 2, "cause": "full", "title": "The mailbox is full",
 *     "means": "The mailbox of the recipient is full.", "advice": "Send the mail again in a few days.", "failed": 2,
 *     "delayed": 0, "statuses": ["5.2.2"], "providers": [{"provider": "google", "name": "Google Workspace", "messages": 2}],
 *     "lastSeen": "2026-11-24", "example": "552 5.2.2 mailbox full"}],
 *   "providers": [{"provider": "google", "name": "Google Workspace", "messages": 2, "failed": 2, "delayed": 0,
 *     "complained": 0, "reasons": [{"reason": "mailbox-full", "messages": 2}]}],
 *   "recent": [{"at": "2026-11-24T10:05:00.000Z", "address": "customer@gmail.com", "action": "failed", "status": "5.2.2",
 *     "reason": "mailbox-full", "title": "The mailbox is full", "diagnostic": "552 5.2.2 mailbox full",
 *     "messageId": "order1042@shop.example", "subject": "Your order 1042"}],
 *   "complaints": []}]
 */
export interface Bounces extends BouncesView {
  domain: string;
  since: Day;
  /** The newest bounces, or those of the Message-ID of the request. */
  recent: RecentBounce[];
  /** The newest complaints. */
  complaints: Complaint[];
}

/**
 * Addresses that do not exist.
 * @examples
 * [{"domain": "shop.example", "next": null, "addresses": [{"address": "gone@customer.example",
 *   "reason": "no-such-address", "status": "5.1.1", "bounces": 3, "firstSeen": "2026-10-02", "lastSeen": "2026-11-24"}]}]
 */
export interface BouncedAddresses {
  domain: string;
  /** By name. */
  addresses: DeadAddress[];
  /** The value of `after` for the next page; null on the last one. */
  next: string | null;
}

/**
 * Whether the DMARC policy of a domain can be raised.
 * @examples
 * [{"domain": "shop.example", "since": "2026-11-02", "policy": "none", "verdict": "ready", "reasons": [],
 *   "data": {"days": 28, "messages": 4210, "ownMessages": 4100, "ownFailing": 3, "reporters": 9},
 *   "steps": [{"policy": "quarantine", "inForce": false, "effect": "spam", "losing": []},
 *     {"policy": "reject", "inForce": false, "effect": "rejected", "losing": []}],
 *   "strangers": [], "next": {"policy": "quarantine", "withheld": null, "record": {"name": "_dmarc.shop.example",
 *     "type": "TXT", "value": "v=DMARC1; p=quarantine; rua=mailto:reports@shop.example"}}}]
 */
export interface NextStep extends next.StepView {
  domain: string;
}

/** The reports and bounces that arrived about a domain. */
export interface ReceivedReports {
  domain: string;
  /** Newest first. */
  reports: ReceivedReport[];
}

/**
 * How TLS to the mail servers of a domain went.
 * @examples
 * [{"domain": "shop.example", "since": "2026-11-01", "successful": 120, "failed": 2,
 *   "days": [{"day": "2026-11-24", "successful": 120, "failed": 2}],
 *   "failures": [{"type": "certificate-expired", "policy": "sts", "host": "mx.shop.example", "sessions": 2,
 *     "means": "The certificate has expired.", "advice": "Renew it.", "reporters": 1,
 *     "firstSeen": "2026-11-24", "lastSeen": "2026-11-24", "reasonCode": ""}]}]
 */
export interface TlsReports extends TlsView {
  domain: string;
  since: Day;
}

/**
 * The result of a submitted report.
 * @examples
 * [{"result": "taken", "refused": [], "reports": [{"id": "5f0c3a9be1d24c7788a0b6f3de91c245", "kind": "aggregate",
 *   "domain": "shop.example", "reporter": "google.com", "reportId": "949348866075514174", "state": "stored",
 *   "messageId": "", "subject": "", "bounced": []}]}]
 */
export interface ReportIntake {
  /** `ignored`: an auto-reply, which is not stored. */
  result: 'taken' | 'ignored';
  reports: TakenReport[];
  /** Files of the same mail that are not reports, with the reason. */
  refused: { reason: string; detail: string }[];
}

/**
 * A badge in the shape that shields.io reads (https://shields.io/badges/endpoint-badge), which rejects other members.
 * @additionalProperties false
 */
export interface ShieldsBadge {
  schemaVersion: 1;
  label: string;
  message: string;
  color: string;
  isError?: boolean;
  /** Seconds. */
  cacheSeconds?: number;
}

/** The components of the OpenAPI document by their names in it; all else is written out where it is used. */
export interface Components {
  /** The logo record (BIMI). */
  BimiFacts: BimiOutcome;
  BouncedAddresses: BouncedAddresses;
  Bounces: Bounces;
  DkimFacts: DkimFacts;
  /** The key record of one DKIM selector (RFC 6376 section 3.6). */
  DkimKey: DkimKeyOutcome;
  /** The policy that receivers find (RFC 9989 section 4.10), and where its reports are sent. */
  DmarcFacts: DmarcInspection;
  DmarcRecord: DmarcRecord;
  /** A domain that reports are to be sent to, and whether it accepts them (RFC 9990 section 4). */
  DmarcReportDestination: ReportDestination;
  DnsFacts: DnsFacts;
  /** A record to publish: the value as it is, without quotation marks. */
  DnsRecord: DnsRecord;
  /** The block lists that were queried, and the answer of each. */
  DnsblFacts: DnsblOutcome;
  /** What each section found, as its protocol’s outcome; a section that was not checked is absent. */
  Facts: Facts;
  Finding: Finding;
  Health: Health;
  History: History;
  Inbox: Inbox;
  MailVerdict: MailVerdict;
  /** What was seen of a mail: its path, its authentication, its content. What could not be seen is absent. */
  MessageFacts: MessageFacts;
  /** The record and the policy file of MTA-STS (RFC 8461). */
  MtaStsFacts: MtaStsOutcome;
  /** Where mail for the domain is delivered. */
  MxFacts: MxOutcome;
  NewInbox: NewInbox;
  NextStep: NextStep;
  /** All watched domains at a glance. */
  Overview: overview.Overview;
  PreflightAnswer: PreflightAnswer;
  Problem: ProblemAnswer;
  QueuedMessages: QueuedMessages;
  ReceivedReports: ReceivedReports;
  RelayProbe: RelayProbe;
  Report: Report;
  ReportIntake: ReportIntake;
  /** The PTR record of one address, whether its names resolve to the address, and the HELO name. */
  ReverseFacts: ReverseOutcome;
  Score: Score;
  ShieldsBadge: ShieldsBadge;
  Sources: Sources;
  /** The whole SPF set-up, for no address in particular: every record, and the lookups of the worst evaluation (RFC 7208 section 4.6.4). */
  SpfInspection: SpfInspection;
  SpfLimitBreak: LimitBreak;
  /** check_host() of RFC 7208 for one address. */
  SpfOutcome: SpfOutcome;
  /** An SPF record with its terms, and below each term the record that it includes. */
  SpfRecord: InspectedRecord;
  /** Void lookups of the worst evaluation, for senders of one IP version (RFC 7208 section 4.6.4). */
  SpfVoidLookups: VoidCase;
  /** TLSA records of the mail hosts (RFC 7672). */
  TlsFacts: DaneOutcome;
  /** Where reports about failed TLS are sent (RFC 8460). */
  TlsRptFacts: TlsRptOutcome;
  TlsReports: TlsReports;
  Watch: Watch;
  WatchList: WatchList;
  WatchWithDeliveries: WatchWithDeliveries;
}
