// Automatic mail about another mail or in reply to one: reports, bounces, auto-replies (RFC 3834, RFC 6522).
import { fieldsNamed, fieldText, type HeaderField } from '../message/header.ts';
import type { Part, Structure } from './structure.ts';

/**
 * `report`: a bounce, a receipt, a report of DMARC, TLS or a spam button; `auto-reply`: an automatic reply;
 * `notification`: another mail that declares itself automatic; `null-sender`: its envelope has the null sender.
 */
export type Automatic = 'report' | 'auto-reply' | 'notification' | 'null-sender';

/** Parts that only reports have (RFC 3464, RFC 3798, RFC 5965, RFC 6533, RFC 8460). */
const REPORT_PARTS: ReadonlySet<string> = new Set([
  ...['message/delivery-status', 'message/global-delivery-status', 'message/feedback-report'],
  ...['message/disposition-notification', 'message/global-disposition-notification'],
  ...['application/tlsrpt+gzip', 'application/tlsrpt+json'],
]);
/** RFC 7489 section 7.2.1.1: receiver "!" domain "!" begin "!" end. */
const DMARC_REPORT = /^[^!\s]{1,255}![^!\s]{1,255}!\d{6,12}!\d{6,12}(?:![^!\s]{1,100})?\.(?:xml|zip|gz)/i;
/** The sender of bounces, also of those in plain text (RFC 3834 section 2). */
const MAILER_DAEMON = /(?:^|[<\s])mailer-daemon(?:@|>|\s|$)/i;
const MAX_FROM = 1000;
/** Fields of automatic replies from before RFC 3834. */
const REPLY_FIELDS: readonly string[] = ['x-autoreply', 'x-autorespond', 'x-autoresponse', 'x-auto-reply'];

/** The kind of automatic mail, null for mail of people and shops. Never throws. */
export function automaticOf(
  fields: readonly HeaderField[],
  { root, leaves }: Structure,
  nullSender: boolean,
): Automatic | null {
  if (root.type === 'multipart/report' || leaves.some(isReport)) return 'report';
  if (['x-failed-recipients', 'tls-report-domain'].some((name) => fieldsNamed(fields, name).length > 0))
    return 'report';
  if (fieldsNamed(fields, 'from').some((field) => MAILER_DAEMON.test(fieldText(field).slice(0, MAX_FROM))))
    return 'report';
  const words = (name: string) =>
    fieldsNamed(fields, name).map((field) => /^[a-z_-]*/i.exec(fieldText(field))?.[0].toLowerCase() ?? '');
  const submitted = words('auto-submitted').filter((word) => word !== 'no' && word !== '');
  if (submitted.includes('auto-replied') || words('precedence').includes('auto_reply')) return 'auto-reply';
  if (REPLY_FIELDS.some((name) => fieldsNamed(fields, name).length > 0)) return 'auto-reply';
  if (submitted.length > 0) return 'notification';
  return nullSender ? 'null-sender' : null;
}

function isReport({ type, filename }: Part): boolean {
  return REPORT_PARTS.has(type) || DMARC_REPORT.test(filename);
}
