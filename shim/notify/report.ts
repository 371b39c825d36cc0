// A delivery status notification: multipart/report (RFC 6522) with a text, the status fields (RFC 3464), and the mail.

import { parseAddress } from '../../shared/message/address.ts';
import { encodeWords } from '../../shared/message/encoded-word.ts';
import { fieldsNamed, fieldText, parseFields } from '../../shared/message/header.ts';
import type { Lang } from '../../shared/replies/explain.ts';
import { statusFor } from '../../shared/replies/status.ts';
import type { Message } from '../types.ts';
import { asciiLine, dateTime, diagnosticOf, field, oneLine, quotedPrintable } from './fields.ts';
import { type LetterRecipient, letterText } from './letter.ts';
import { returnedPart } from './returned.ts';

export interface RecipientStatus extends LetterRecipient {
  lastAttempt?: number;
  /** ORCPT as the sender gave it, "rfc822;user@shop.example" with xtext decoded. */
  originalRecipient?: string;
}

export interface DeliveryStatus {
  /** Full host name of the machine that reports. */
  reportingMta: string;
  /** When the mail was accepted; milliseconds since the epoch. */
  arrivedAt: number;
  now: number;
  envelopeFrom: string;
  /** ENVID as the sender gave it, xtext decoded. */
  envelopeId?: string;
  /** Recipient of the report. */
  to: string;
  /** From of the report, whose envelope has the null sender (RFC 3464 section 2). */
  from: string;
  recipients: readonly RecipientStatus[];
  /** Transcript, already without passwords. */
  dialogue?: string;
  original: {
    /** Header section, with or without its empty line. */
    head: Uint8Array;
    /** Can be iterated more than once. */
    body?: Iterable<Uint8Array>;
  };
  /** RET of RFC 3461 section 4.3. */
  ret: 'full' | 'headers';
  /** 1 to 70 random characters of RFC 2046 section 5.1.1. */
  boundary: string;
  /** With its angle brackets. */
  messageId: string;
  /** Language of the subject and of the first text. */
  lang?: Lang;
  /** Reports to this address left out since the last one (`BounceLimiter`). */
  suppressed?: number;
}

/** Characters of an envelope id (RFC 3461 section 4.4). */
const MAX_ENVELOPE_ID = 100;
const BOUNDARY = /^[A-Za-z0-9'()+_,./:=?-]{1,70}$/;
const MESSAGE_ID = /<[\x21-\x3b\x3d\x3f-\x7e]{3,250}>/;

const SUBJECTS = {
  en: { failed: 'Mail not delivered', delayed: 'Mail delayed', delivered: 'Mail delivered', relayed: 'Mail relayed' },
  ru: {
    failed: 'Письмо не доставлено',
    delayed: 'Письмо задерживается',
    delivered: 'Письмо доставлено',
    relayed: 'Письмо передано дальше',
  },
} as const;

/**
 * The report as a message: header and text with CRLF, the returned mail unchanged. It is `8bit` only if an address or the
 * returned mail requires that.
 */
export function deliveryStatus(report: DeliveryStatus): Message {
  if (!BOUNDARY.test(report.boundary)) throw new Error(`not a boundary: ${JSON.stringify(report.boundary)}`);
  const lang = report.lang ?? 'en';
  // RFC 6533 section 3: the type for addresses beyond ASCII.
  const international = isInternational(report);
  const original = returnedPart(report.original, report.ret, international);
  const originalFields = parseFields(report.original.head);
  const letter = letterText(
    {
      reportingMta: report.reportingMta,
      arrivedAt: report.arrivedAt,
      subject: firstText(originalFields, 'subject'),
      recipients: report.recipients.map((each) => ({ ...each, status: statusFor(each.action, each.status) })),
      suppressed: report.suppressed ?? 0,
      dialogue: report.dialogue,
      returned: original.returned,
    },
    lang,
  );
  const eightBit = international || original.eightBit;
  const open = `--${report.boundary}\r\n`;
  const front = [
    'This is a report on the delivery of a mail, in the format of MIME.\r\n\r\n',
    open,
    'Content-Description: Notification\r\n',
    'Content-Type: text/plain; charset=utf-8\r\n',
    'Content-Transfer-Encoding: quoted-printable\r\n\r\n',
    `${quotedPrintable(letter)}\r\n`,
    open,
    'Content-Description: Delivery report\r\n',
    `Content-Type: message/${international ? 'global-' : ''}delivery-status\r\n`,
    international ? 'Content-Transfer-Encoding: 8bit\r\n' : '',
    '\r\n',
    statusFields(report, international),
    '\r\n',
    open,
    original.head,
  ].join('');
  return {
    head: Buffer.from(headFields(report, lang, originalFields, eightBit)),
    body: {
      *[Symbol.iterator]() {
        yield Buffer.from(front);
        yield* original.pieces;
        yield Buffer.from(`\r\n--${report.boundary}--\r\n`);
      },
    },
  };
}

function headFields(
  report: DeliveryStatus,
  lang: Lang,
  original: ReturnType<typeof parseFields>,
  eightBit: boolean,
): string {
  const reply = MESSAGE_ID.exec(firstText(original, 'message-id') ?? '')?.[0];
  return [
    field('Date', dateTime(report.now)),
    field(
      'From',
      `Mail Delivery System <${headerAddress(report.from) ?? `MAILER-DAEMON@${hostName(report.reportingMta)}`}>`,
    ),
    field('To', headerAddress(report.to) ?? 'undisclosed-recipients:;'),
    field('Subject', subject(report.recipients, lang)),
    field('Message-ID', asciiLine(report.messageId)),
    // RFC 3834 section 3.1.5: mail programs show both as one conversation.
    ...(reply === undefined ? [] : [field('In-Reply-To', reply), field('References', reply)]),
    // RFC 3834 section 5.
    field('Auto-Submitted', 'auto-replied'),
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${report.boundary}"\r\n`,
    eightBit ? 'Content-Transfer-Encoding: 8bit\r\n' : '',
    '\r\n',
  ].join('');
}

function subject(recipients: readonly RecipientStatus[], lang: Lang): string {
  // The worst outcome.
  const action = (['failed', 'delayed', 'relayed'] as const).find((each) =>
    recipients.some((one) => one.action === each),
  );
  const concerned = recipients.filter((one) => one.action === (action ?? 'delivered'));
  const [first] = concerned;
  const more = concerned.length > 1 ? ` (+${concerned.length - 1})` : '';
  const text = `${SUBJECTS[lang][action ?? 'delivered']}: ${oneLine(first?.address ?? '', 200)}${more}`;
  return /^[\x20-\x7e]*$/.test(text) && !text.includes('=?') ? text : encodeWords(text);
}

/** RFC 3464 section 2.1: the fields of the message, an empty line, and those of each recipient. */
function statusFields(report: DeliveryStatus, international: boolean): string {
  const line = international ? oneLine : asciiLine;
  const id = line(report.envelopeId ?? '').slice(0, MAX_ENVELOPE_ID);
  const message = [
    id === '' ? '' : field('Original-Envelope-Id', id),
    field('Reporting-MTA', `dns; ${hostName(report.reportingMta)}`),
    field('Arrival-Date', dateTime(report.arrivedAt)),
  ];
  const recipients = report.recipients.map((each) =>
    [
      '\r\n',
      each.originalRecipient === undefined
        ? ''
        : field('Original-Recipient', typedAddress(each.originalRecipient, international)),
      field('Final-Recipient', typedAddress(`rfc822;${each.address}`, international)),
      field('Action', each.action),
      field('Status', statusFor(each.action, each.status)),
      each.remoteMta === undefined ? '' : field('Remote-MTA', `dns; ${hostName(each.remoteMta)}`),
      each.diagnostic === undefined ? '' : diagnosticField(each.diagnostic, line),
      each.lastAttempt === undefined ? '' : field('Last-Attempt-Date', dateTime(each.lastAttempt)),
      // RFC 3464 section 2.3.9: for delayed mail only.
      each.willRetryUntil === undefined || each.action !== 'delayed'
        ? ''
        : field('Will-Retry-Until', dateTime(each.willRetryUntil)),
    ].join(''),
  );
  return [...message, ...recipients].join('');
}

/** "rfc822; user@shop.example", or "utf-8; …" for an address beyond ASCII (RFC 6533 section 3). */
function typedAddress(text: string, international: boolean): string {
  const match = /^([A-Za-z0-9.-]+);(.*)$/s.exec(text);
  const type = match?.[1] ?? 'rfc822';
  const address = oneLine(match?.[2] ?? text);
  if (isAscii(address)) return `${type}; ${address}`;
  return international ? `utf-8; ${address}` : `${type}; ${asciiLine(address)}`;
}

function diagnosticField(text: string, line: (text: string) => string): string {
  const { type, words } = diagnosticOf(text);
  return words === '' ? '' : field('Diagnostic-Code', `${type}; ${line(words)}`);
}

function hostName(name: string): string {
  return asciiLine(name).replace(/[\s;()<>"\\]/g, '?') || 'unknown';
}

function headerAddress(address: string): string | undefined {
  return parseAddress(oneLine(address))?.address;
}

function isInternational({ recipients, to, from, envelopeFrom }: DeliveryStatus): boolean {
  const addresses = recipients.flatMap((each) => [each.address, each.originalRecipient ?? '']);
  return ![...addresses, to, from, envelopeFrom].every((address) => isAscii(oneLine(address)));
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

function firstText(fields: ReturnType<typeof parseFields>, name: string): string | undefined {
  const [first] = fieldsNamed(fields, name);
  return first === undefined ? undefined : fieldText(first);
}
