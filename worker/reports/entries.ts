// What of a reading is kept: one entry for each domain that it is about.
import { domainOfAddress } from '../../shared/message/address.ts';
import { type ComplaintKind, complaintKind } from '../../shared/reports/bounce-words.ts';
import { mailDomain } from '../../shared/reports/text.ts';
import type {
  AggregateRecord,
  AggregateReport,
  Bounce,
  BouncedRecipient,
  Carrier,
  FeedbackReport,
  Reading,
  TlsReport,
} from '../../shared/reports/types.ts';

export type EntryKind = 'aggregate' | 'tls' | 'failure' | 'feedback' | 'bounce';

export interface Entry {
  kind: EntryKind;
  /** Domains that it may be about, the likeliest first; kept for the first that is watched. */
  about: string[];
  /** Who reports: the organization, else the domain of the mail that brought it. */
  reporter: string;
  /** '' without: then the content takes its place. */
  reportId: string;
  /** Milliseconds since 1970; null where the report has no period. */
  beginsAt: number | null;
  endsAt: number | null;
  /** Mails, or sessions of TLS, that it tells of. */
  messages: number;
  detail: Record<string, unknown>;
  records: AggregateRecord[];
  /** Documents with further records. */
  later: string[];
  bounced: BouncedRecipient[];
  /** Of a feedback loop. */
  complaint?: ComplaintKind;
  /** Of the mail that bounced, or that was complained about. */
  messageId: string;
  subject: string;
}

/** Nothing for kinds that are not kept. */
export function entriesOf(reading: Reading, carrier: Carrier | undefined): Entry[] {
  switch (reading.kind) {
    case 'aggregate':
      return reading.reports.map(ofAggregate);
    case 'tls':
      return reading.reports.flatMap(ofTls);
    case 'failure':
    case 'feedback':
      return [ofFeedback(reading.kind, reading.report, carrier)];
    case 'bounce':
      return [ofBounce(reading.bounce, carrier)];
    default:
      return [];
  }
}

const EMPTY = { records: [], later: [], bounced: [], messageId: '', subject: '' };

function ofAggregate(report: AggregateReport): Entry {
  const {
    policy,
    organization,
    email,
    reportId,
    begin,
    end,
    records,
    later,
    form,
    contact,
    generator,
    errors,
    faults,
  } = report;
  return {
    ...EMPTY,
    kind: 'aggregate',
    about: [policy.domain],
    reporter: organization,
    reportId,
    beginsAt: begin * 1000,
    endsAt: end * 1000,
    messages: messagesOf(records),
    detail: { form, email, contact, generator, errors, faults, policy },
    records,
    later,
  };
}

export function messagesOf(records: readonly AggregateRecord[]): number {
  return records.reduce((sum, { count }) => sum + count, 0);
}

function ofTls(report: TlsReport): Entry[] {
  const { organization, contact, reportId, begin, end, policies, faults } = report;
  return [...new Set(policies.map(({ domain }) => domain))].map((domain) => {
    const own = policies.filter((policy) => policy.domain === domain);
    return {
      ...EMPTY,
      kind: 'tls',
      about: [domain],
      reporter: organization,
      reportId,
      beginsAt: begin * 1000,
      endsAt: end * 1000,
      messages: own.reduce((sum, { successful, failed }) => sum + successful + failed, 0),
      detail: { contact, faults, policies: own },
    };
  });
}

function ofFeedback(kind: 'failure' | 'feedback', report: FeedbackReport, carrier: Carrier | undefined): Entry {
  const { original, domains, mailFrom } = report;
  return {
    ...EMPTY,
    kind,
    about: namesIn([...domains, domainOfAddress(original.from), domainOfAddress(mailFrom)]),
    reporter: reporterOf(carrier),
    reportId: carrier?.messageId ?? '',
    beginsAt: null,
    endsAt: null,
    messages: report.incidents,
    detail: { ...report },
    ...(kind === 'feedback' ? { complaint: complaintKind(report.type) } : {}),
    messageId: original.messageId,
    subject: original.subject,
  };
}

function ofBounce({ recipients, original, form, reportingMta }: Bounce, carrier: Carrier | undefined): Entry {
  return {
    ...EMPTY,
    kind: 'bounce',
    // A bounce goes to the envelope sender, whose domain may lie below that of the From.
    about: namesIn([domainOfAddress(original.from), domainOfAddress(carrier?.to ?? '')]),
    reporter: reporterOf(carrier) || reportingMta,
    reportId: carrier?.messageId ?? '',
    beginsAt: null,
    endsAt: null,
    messages: recipients.length,
    detail: { form, reportingMta, original },
    bounced: recipients,
    messageId: original.messageId,
    subject: original.subject,
  };
}

function reporterOf(carrier: Carrier | undefined): string {
  return mailDomain(domainOfAddress(carrier?.from ?? '')) ?? '';
}

function namesIn(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => mailDomain(text) ?? []))];
}
