// Complaints and other feedback (RFC 5965), and reports of failed authentication (RFC 6591), with the formats of two
// reporters without those parts.
import { decodedBody } from '../content/decode.ts';
import { toBytes } from '../message/bytes.ts';
import { fieldsNamed, fieldText, type HeaderField, parseFields } from '../message/header.ts';
import type { ReportMail } from './message.ts';
import { addressOf, fieldValue, originalInText, originalOf, originalPart } from './original.ts';
import { bounded, countOf, domainText, ipText, MAX_COMMENT } from './text.ts';
import type { FeedbackReport } from './types.ts';

/** Bytes of the machine-readable part that are read. */
const MAX_PART_BYTES = 64 * 1024;
/** Values of a field that may be repeated. */
const MAX_VALUES = 20;

/** Undefined for any other mail. Never throws. */
export function readFeedback(mail: ReportMail): FeedbackReport | undefined {
  const part = mail.leaves.find(({ type }) => type === 'message/feedback-report');
  if (part !== undefined) return fromPart(withoutBlankStart(decodedBody(part)), mail);
  return fromText(mail) ?? complaintOfHotmail(mail) ?? failureInText(mail);
}

/** The same fields in the text, where the boundaries of the parts were lost. */
function fromText(mail: ReportMail): FeedbackReport | undefined {
  const start = /^feedback-type[ \t]*:[ \t]*[a-z-]+[ \t]*$/im.exec(mail.text)?.index;
  if (start === undefined || !/^(?:user-agent|version)[ \t]*:/im.test(mail.text.slice(start))) return undefined;
  const [block = ''] = mail.text.slice(start).split(/\n[ \t]*\n/, 1);
  return fromPart(toBytes(block), mail);
}

function fromPart(bytes: Uint8Array, mail: ReportMail): FeedbackReport {
  const fields = parseFields(bytes.subarray(0, MAX_PART_BYTES));
  const original = originalPart(mail.leaves)?.fields ?? originalInText(mail.lines).fields;
  const type = bounded(fieldValue(fields, 'feedback-type'), 60).toLowerCase();
  const authFailure = bounded(fieldValue(fields, 'auth-failure'), 60).toLowerCase();
  return {
    // RFC 5965 requires the type; without it, auth-failure is enough.
    type: type !== '' ? type : authFailure !== '' ? 'auth-failure' : 'other',
    form: 'arf',
    userAgent: bounded(fieldValue(fields, 'user-agent')),
    mailFrom: addressOf(fieldValue(fields, 'original-mail-from')),
    recipients: valuesOf(fields, 'original-rcpt-to')
      .map(addressOf)
      .filter((address) => address !== ''),
    arrivalDate: bounded(fieldValue(fields, 'arrival-date') || fieldValue(fields, 'received-date')),
    sourceIp: ipText(fieldValue(fields, 'source-ip')).text,
    domains: valuesOf(fields, 'reported-domain')
      .map(domainText)
      .filter((domain) => domain !== ''),
    incidents: countOf(fieldValue(fields, 'incidents')) ?? 1,
    authFailure,
    deliveryResult: bounded(fieldValue(fields, 'delivery-result'), 60).toLowerCase(),
    authenticationResults: valuesOf(fields, 'authentication-results')
      .map((value) => bounded(value, MAX_COMMENT))
      .filter((value) => value !== ''),
    dkimDomain: domainText(fieldValue(fields, 'dkim-domain')),
    dkimSelector: bounded(fieldValue(fields, 'dkim-selector')),
    identityAlignment: bounded(fieldValue(fields, 'identity-alignment'), 60).toLowerCase(),
    original: originalOf(original),
  };
}

/** Hotmail's feedback loop: the mail of the complaint, described only by the subject. */
function complaintOfHotmail(mail: ReportMail): FeedbackReport | undefined {
  const source = /^complaint about message from\s+(\S+)/i.exec(mail.subject.trim())?.[1];
  const original = originalPart(mail.leaves)?.fields;
  if (source === undefined || original === undefined) return undefined;
  const recipient = addressOf(fieldValue(original, 'x-hmxmroriginalrecipient'));
  return {
    ...EMPTY_FEEDBACK,
    type: 'abuse',
    recipients: recipient === '' ? [] : [recipient],
    sourceIp: ipText(source).text,
    authenticationResults: results(original),
    original: originalOf(original),
  };
}

/** A report of a failed DMARC check as text only: its subject shows the type, its lines have domain and address. */
function failureInText(mail: ReportMail): FeedbackReport | undefined {
  if (!/\b(?:dmarc|spf|dkim)\b.{0,40}\b(?:forensic|failure|auth\w*[- ]fail\w*)\b.{0,20}\breport\b/i.test(mail.subject))
    return undefined;
  const { at, fields } = originalInText(mail.lines);
  const lines = mail.lines.slice(0, at).join('\n').slice(0, 8000);
  const labelled = (label: RegExp) => bounded(label.exec(`${lines}\n${mail.subject}`)?.[1] ?? '');
  const domain = labelled(/(?:sender|from|reported|header)[ -]domain\s*:\s*(\S+)/i) || labelled(/report for (\S+)/i);
  const original = fields.length > 0 ? fields : (originalPart(mail.leaves)?.fields ?? []);
  if (domain === '' && original.length === 0) return undefined;
  return {
    ...EMPTY_FEEDBACK,
    type: 'auth-failure',
    mailFrom: addressOf(fieldValue(original, 'return-path')),
    arrivalDate: labelled(/(?:received|arrival)[ -]date\s*:\s*([^\n]{1,100})/i),
    sourceIp: ipText(labelled(/(?:sender|source|client)?[ -]?IP(?:[ -]address)?\s*:?\s*\[?([0-9a-f.:]{3,45})/i)).text,
    domains: domain === '' ? [] : [domainText(domain)],
    authFailure: 'dmarc',
    authenticationResults: results(original),
    original: originalOf(original),
  };
}

/** A report with only its type and its mail. */
export const EMPTY_FEEDBACK: Omit<FeedbackReport, 'type' | 'original'> = {
  form: 'text',
  userAgent: '',
  mailFrom: '',
  recipients: [],
  arrivalDate: '',
  sourceIp: '',
  domains: [],
  incidents: 1,
  authFailure: '',
  deliveryResult: '',
  authenticationResults: [],
  dkimDomain: '',
  dkimSelector: '',
  identityAlignment: '',
};

function results(fields: readonly HeaderField[]): string[] {
  return valuesOf(fields, 'authentication-results').map((value) => bounded(value, MAX_COMMENT));
}

function valuesOf(fields: readonly HeaderField[], name: string): string[] {
  return fieldsNamed(fields, name)
    .slice(0, MAX_VALUES)
    .map((field) => fieldText(field).slice(0, 4000));
}

function withoutBlankStart(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length && at < 100 && (bytes[at] === 10 || bytes[at] === 13)) at++;
  return bytes.subarray(at);
}
