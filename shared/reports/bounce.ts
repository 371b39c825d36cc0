// Bounces: delivery status notifications (RFC 3464), whole or with their parts in the wrong place.
import { decodedBody } from '../content/decode.ts';
import type { Part } from '../content/structure.ts';
import { toText } from '../message/bytes.ts';
import { type HeaderField, parseFields } from '../message/header.ts';
import { type Found, textBounce } from './bounce-text.ts';
import type { ReportMail } from './message.ts';
import { fieldValue, NO_ORIGINAL, originalInText, originalOf, originalPart } from './original.ts';
import { verdictOf } from './status.ts';
import { bounded, MAX_COMMENT, messageIdOf } from './text.ts';
import type { Bounce, BounceAction, BouncedRecipient, OriginalMail } from './types.ts';

/** Recipients of one bounce that are kept. */
export const MAX_RECIPIENTS = 100;
/** Bytes of a delivery status that are read. */
const MAX_STATUS_BYTES = 256 * 1024;

const STATUS_TYPE = /^message\/(?:global-)?delivery-status$/;
const ACTIONS: readonly [RegExp, BounceAction][] = [
  [/^fail/, 'failed'],
  [/^delay/, 'delayed'],
  [/^deliver/, 'delivered'],
  [/^relay/, 'relayed'],
  [/^expand/, 'expanded'],
];

/** The bounce in a mail, undefined for any other mail. Never throws. */
export function readBounce(mail: ReportMail): Bounce | undefined {
  const text = textBounce(mail);
  const status = mail.leaves.filter(({ type }) => STATUS_TYPE.test(type)).map(decodedBody);
  const inText = text?.recipients ?? [];
  let { recipients, reportingMta } = fromBlocks(status.flatMap(blocksOf), inText);
  if (recipients.length === 0) {
    const elsewhere = [mail.text, ...mail.leaves.filter(isMisplaced).map((part) => toText(decodedBody(part)))];
    ({ recipients, reportingMta } = fromBlocks(elsewhere.flatMap(blocksInText), inText));
  }
  if (recipients.length > 0) return { form: 'dsn', reportingMta, recipients, original: originalOfMail(mail) };
  if (text === undefined) return undefined;
  const found = text.recipients.slice(0, MAX_RECIPIENTS).map((recipient) => fromText(recipient, text.delayed));
  return { form: 'text', reportingMta, recipients: found, original: originalOfMail(mail) };
}

function fromText({ address, diagnostic }: Found, delayed: boolean): BouncedRecipient {
  return {
    address,
    finalAddress: '',
    action: delayed ? 'delayed' : 'failed',
    ...verdictOf('', diagnostic, !delayed),
    diagnostic: bounded(diagnostic, MAX_COMMENT),
    remoteMta: '',
  };
}

/** A file of another type that may be a delivery status: some servers change unknown types. */
function isMisplaced({ type, disposition, body }: Part): boolean {
  if (body.length > MAX_STATUS_BYTES) return false;
  return type === 'application/octet-stream' || (type.startsWith('text/') && disposition === 'attachment');
}

/** Groups of fields, separated by empty lines (RFC 3464 section 2.1). */
function blocksOf(bytes: Uint8Array): HeaderField[][] {
  const text = toText(bytes.subarray(0, MAX_STATUS_BYTES)).replace(/\r\n?/g, '\n');
  return text
    .split(/\n[ \t]*\n/)
    .slice(0, 2 * MAX_RECIPIENTS)
    .map((block) => parseFields(block.replace(/^\n+/, '')));
}

/** The same where the boundaries of the parts were lost, or the bounce was forwarded. */
function blocksInText(text: string): HeaderField[][] {
  if (!/^[ \t>]*(?:final|original)-recipient[ \t]*:/im.test(text)) return [];
  const plain = text.replace(/\r\n?/g, '\n').replace(/^(?:>[> ]*)/gm, '');
  return plain
    .split(/\n[ \t]*\n/)
    .filter((block) => /^(?:final-recipient|original-recipient|reporting-mta)[ \t]*:/im.test(block))
    .slice(0, 2 * MAX_RECIPIENTS)
    .map((block) => parseFields(block.replace(/^[\s\S]*?(?=^(?:final|original)-recipient|^reporting-mta)/im, '')));
}

function fromBlocks(
  blocks: readonly HeaderField[][],
  inText: readonly Found[],
): { recipients: BouncedRecipient[]; reportingMta: string } {
  const recipients: BouncedRecipient[] = [];
  let reportingMta = '';
  for (const fields of blocks) {
    reportingMta ||= typed(fieldValue(fields, 'reporting-mta'));
    const final = recipientOf(fieldValue(fields, 'final-recipient'));
    const original = recipientOf(fieldValue(fields, 'original-recipient'));
    const address = original.includes('@') ? original : final;
    if (address === '' || recipients.length >= MAX_RECIPIENTS) continue;
    recipients.push(recipientFrom(fields, address, final, inText));
  }
  return { recipients, reportingMta };
}

function recipientFrom(
  fields: readonly HeaderField[],
  address: string,
  final: string,
  inText: readonly Found[],
): BouncedRecipient {
  const own = typed(fieldValue(fields, 'diagnostic-code'));
  const same = inText.find((found) => sameAddress(found.address, address) || sameAddress(found.address, final));
  // Without a diagnostic in its fields, that of the text part.
  const diagnostic = own !== '' ? own : (same?.diagnostic ?? '');
  const status = fieldValue(fields, 'status');
  const word = fieldValue(fields, 'action').trim().toLowerCase();
  const action =
    ACTIONS.find(([pattern]) => pattern.test(word))?.[1] ?? (status.trim().startsWith('4') ? 'delayed' : 'failed');
  const verdict = verdictOf(status, diagnostic, action === 'failed');
  return {
    address,
    finalAddress: sameAddress(final, address) ? '' : final,
    action,
    ...verdict,
    diagnostic: bounded(diagnostic, MAX_COMMENT),
    remoteMta: typed(fieldValue(fields, 'remote-mta')),
  };
}

/** RFC 3464 section 2.1.2: "type; text"; the type is often left out. */
function typed(value: string): string {
  return bounded(
    value.replace(/^\s*(?:dns|dsn|smtp|lmtp|x-[\w.-]{1,40}|rfc822|utf-8|unknown)\s*;\s*/i, ''),
    MAX_COMMENT,
  );
}

function recipientOf(value: string): string {
  const text = typed(value);
  return bounded(/<([^<>\s]+)>/.exec(text)?.[1] ?? text.replace(/[\s;].*/s, ''));
}

export function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** From its part, from its header in the text, or from the fields that refer to it. */
export function originalOfMail(mail: ReportMail): OriginalMail {
  const part = originalPart(mail.leaves);
  const inPart = part === undefined ? NO_ORIGINAL : originalOf(part.fields);
  if (inPart.messageId !== '') return inPart;
  const plain = mail.lines.map((line) => line.replace(/^(?:>[> ]?)+/, ''));
  const inText = originalOf(originalInText(plain).fields);
  const referred =
    messageIdOf(fieldValue(mail.fields, 'in-reply-to')) || lastReference(fieldValue(mail.fields, 'references'));
  return {
    messageId: inText.messageId || referred,
    from: inPart.from || inText.from,
    to: inPart.to || inText.to,
    subject: inPart.subject || inText.subject,
  };
}

function lastReference(value: string): string {
  return messageIdOf(value.match(/<[^<>\s]{1,1000}>/g)?.at(-1) ?? '');
}
