// Bounces and complaints of Amazon SES through SNS: JSON within JSON as the text of a mail.
import { EMPTY_FEEDBACK } from './feedback.ts';
import type { ReportMail } from './message.ts';
import { NO_ORIGINAL } from './original.ts';
import { verdictOf } from './status.ts';
import { bounded, MAX_COMMENT, messageIdOf } from './text.ts';
import type { Bounce, BouncedRecipient, Carrier, FeedbackReport } from './types.ts';

const MAX_RECIPIENTS = 100;
type Members = Record<string, unknown>;

export type SesNotice = { kind: 'bounce'; bounce: Bounce } | { kind: 'feedback'; report: FeedbackReport };

/** What SNS posts to an HTTPS endpoint. */
export type SnsPost =
  | { kind: 'notice'; notice: SesNotice; carrier: Carrier }
  | { kind: 'delivered'; sender: string; recipients: number }
  /** The subscription is in force once this is fetched. */
  | { kind: 'subscription'; confirmAt: string }
  | { kind: 'other' };

/** The reporter of all of them, as an address. */
const REPORTER = 'notifications@amazonses.com';

/** An SNS message in JSON, or the notice alone (raw message delivery). Never throws. */
export function readSnsPost(text: string): SnsPost {
  const outer = parsed(text);
  if (outer.Type === 'SubscriptionConfirmation')
    return { kind: 'subscription', confirmAt: textOf(outer.SubscribeURL, 2000) };
  const inner = typeof outer.Message === 'string' ? parsed(outer.Message) : outer;
  const mail = membersOf(inner.mail);
  const sender = textOf(mail.source);
  const notice = noticeIn(inner);
  if (notice === undefined) {
    if ((inner.notificationType ?? inner.eventType) !== 'Delivery') return { kind: 'other' };
    return { kind: 'delivered', sender, recipients: membersIn(membersOf(inner.delivery).recipients).length };
  }
  const own = membersOf(notice.kind === 'bounce' ? inner.bounce : inner.complaint);
  const id = textOf(own.feedbackId) || textOf(outer.MessageId);
  return { kind: 'notice', notice, carrier: { messageId: id, from: REPORTER, to: sender, subject: '' } };
}

/** Undefined for any other mail. Never throws. */
export function readSesNotice({ text }: ReportMail): SesNotice | undefined {
  const start = text.slice(0, 100).trimStart();
  if (!start.startsWith('{')) return undefined;
  // Sendmail breaks long lines with "!" and a line ending.
  const outer = parsed(text.replace(/!\n ?/g, ''));
  return noticeIn(typeof outer.Message === 'string' ? parsed(outer.Message) : outer);
}

function noticeIn(inner: Members): SesNotice | undefined {
  const mail = membersOf(inner.mail);
  const kind = inner.notificationType ?? inner.eventType;
  if (kind === 'Bounce') return { kind: 'bounce', bounce: bounceOf(membersOf(inner.bounce), mail) };
  if (kind === 'Complaint') return { kind: 'feedback', report: complaintOf(membersOf(inner.complaint), mail) };
  return undefined;
}

function bounceOf(bounce: Members, mail: Members): Bounce {
  const permanent = bounce.bounceType === 'Permanent';
  return {
    form: 'json',
    reportingMta: textOf(bounce.reportingMTA).replace(/^\w+;\s*/, ''),
    recipients: membersIn(bounce.bouncedRecipients).map((recipient): BouncedRecipient => {
      const diagnostic = textOf(recipient.diagnosticCode, MAX_COMMENT).replace(/^smtp;\s*/i, '');
      return {
        address: textOf(recipient.emailAddress),
        finalAddress: '',
        action: textOf(recipient.action).toLowerCase() === 'delayed' ? 'delayed' : 'failed',
        ...verdictOf(textOf(recipient.status), diagnostic, permanent),
        diagnostic,
        remoteMta: '',
      };
    }),
    original: originalOf(mail),
  };
}

function complaintOf(complaint: Members, mail: Members): FeedbackReport {
  return {
    type: textOf(complaint.complaintFeedbackType).toLowerCase() || 'abuse',
    ...EMPTY_FEEDBACK,
    userAgent: textOf(complaint.userAgent),
    mailFrom: textOf(mail.source),
    recipients: membersIn(complaint.complainedRecipients).map(({ emailAddress }) => textOf(emailAddress)),
    arrivalDate: textOf(complaint.arrivalDate),
    sourceIp: textOf(mail.sourceIp),
    original: originalOf(mail),
  };
}

function originalOf(mail: Members): Bounce['original'] {
  const common = membersOf(mail.commonHeaders);
  const list = (value: unknown) => textOf(Array.isArray(value) ? value[0] : value);
  return {
    ...NO_ORIGINAL,
    messageId: messageIdOf(textOf(common.messageId) || textOf(mail.messageId)),
    from: list(common.from),
    to: list(common.to),
    subject: textOf(common.subject),
  };
}

function parsed(text: string): Members {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function membersOf(value: unknown): Members {
  // An object has members by string keys, which TypeScript does not narrow to.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function membersIn(value: unknown): Members[] {
  return Array.isArray(value) ? value.slice(0, MAX_RECIPIENTS).map(membersOf) : [];
}

function textOf(value: unknown, most?: number): string {
  return typeof value === 'string' ? bounded(value, most) : '';
}
