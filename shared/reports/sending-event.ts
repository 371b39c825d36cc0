// Events of Cloudflare Email Sending, as a queue delivers them (https://developers.cloudflare.com/email-service/platform/event-subscriptions/).
import { EMPTY_FEEDBACK } from './feedback.ts';
import { NO_ORIGINAL } from './original.ts';
import { verdictOf } from './status.ts';
import { bounded, MAX_COMMENT, messageIdOf } from './text.ts';
import type { BouncedRecipient, Carrier, Reading } from './types.ts';

const TYPE = /^cf\.email\.sending\.message\.(delivered|deferred|bounced|failed|rejected|complained)$/;
/** The reporter of all of them, as an address. */
const REPORTER = 'email-sending@cloudflare.com';
type Members = Record<string, unknown>;

export type SendingEvent =
  | { kind: 'delivered'; sender: string }
  /** A bounce or a complaint, and the mail that would have brought it. */
  | { kind: 'reading'; reading: Extract<Reading, { kind: 'bounce' | 'feedback' }>; carrier: Carrier };

/** Undefined where it is not such an event. Never throws. */
export function readSendingEvent(body: unknown): SendingEvent | undefined {
  const event = membersOf(body);
  const type = TYPE.exec(textOf(event.type))?.[1];
  const payload = membersOf(event.payload);
  const sender = textOf(payload.sender);
  const recipient = textOf(payload.recipient);
  if (type === undefined || sender === '') return undefined;
  if (type === 'delivered') return { kind: 'delivered', sender };
  const eventId = textOf(payload.eventId);
  const carrier: Carrier = { messageId: eventId, from: REPORTER, to: sender, subject: '' };
  const original = {
    ...NO_ORIGINAL,
    messageId: messageIdOf(textOf(payload.messageId)),
    from: sender,
    to: recipient,
    subject: textOf(payload.subject),
  };
  if (type === 'complained') {
    const kind = textOf(membersOf(payload.complaint).type).toLowerCase() || 'abuse';
    const report = { ...EMPTY_FEEDBACK, type: kind, mailFrom: sender, recipients: [recipient], original };
    return { kind: 'reading', reading: { kind: 'feedback', report }, carrier };
  }
  const bounce = {
    form: 'json' as const,
    reportingMta: '',
    recipients: [recipientOf(type, recipient, payload)],
    original,
  };
  return { kind: 'reading', reading: { kind: 'bounce', bounce }, carrier };
}

function recipientOf(type: string, address: string, payload: Members): BouncedRecipient {
  const delivery = membersOf(payload.delivery);
  const { reason, party, detail } = membersOf(payload.rejection);
  const bounce = membersOf(payload.bounce);
  const failure = membersOf(payload.failure);
  const own = [reason, party, detail].map((part) => textOf(part, MAX_COMMENT)).filter((part) => part !== '');
  const diagnostic =
    textOf(delivery.smtpResponse, MAX_COMMENT) ||
    textOf(bounce.reason, MAX_COMMENT) ||
    textOf(failure.reason, MAX_COMMENT) ||
    bounded(own.join(', '), MAX_COMMENT);
  const permanent = type === 'rejected' || textOf(bounce.type) === 'hard';
  const verdict = verdictOf(textOf(delivery.smtpEnhancedStatusCode), diagnostic, permanent);
  return {
    address,
    finalAddress: '',
    action: type === 'deferred' ? 'delayed' : 'failed',
    ...verdict,
    // Cloudflare itself does not send it, by its rules or to an address on its suppression list.
    ...(type === 'rejected' && verdict.reason === 'unknown' ? { reason: 'policy' as const } : {}),
    diagnostic,
    remoteMta: '',
  };
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function textOf(value: unknown, most?: number): string {
  return typeof value === 'string' ? bounded(value, most) : '';
}
