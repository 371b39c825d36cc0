// Who gets the message: addresses of the header and of the command line (RFC 5322 sections 3.6.3 and 3.6.6).

import { EX, ExitError } from '../exit.ts';
import { parseAddressList } from './addresses.ts';
import { type Field, fieldValue, isNamed } from './header.ts';

/** Recipients of one message; Postfix takes 1000 in one transaction. */
const MAX_RECIPIENTS = 10_000;

/**
 * Recipients of the header: To, Cc and Bcc; of a resent message only the Resent- ones, since the others were served
 * when it was sent first.
 * @throws ExitError 65 where a field is no address list
 */
export function headerRecipients(fields: readonly Field[]): string[] {
  const resent = ['resent-to', 'resent-cc', 'resent-bcc'];
  const isResent = fields.some((field) => resent.includes(field.name.toLowerCase()));
  const names = isResent ? resent : ['to', 'cc', 'bcc'];
  const recipients: string[] = [];
  for (const field of fields) {
    if (!names.includes(field.name.toLowerCase())) continue;
    const value = fieldValue(field);
    const list = parseAddressList(value);
    if (list.problem !== undefined) {
      throw new ExitError(EX.DATAERR, `header ${field.name}: ${JSON.stringify(shorten(value))}: ${list.problem}`);
    }
    recipients.push(...list.addresses);
  }
  return recipients;
}

/** Without duplicates: the local part counts as written, the domain without regard to case (RFC 5321 section 2.4). */
export function uniqueRecipients(recipients: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const recipient of recipients) {
    const at = recipient.lastIndexOf('@');
    const key = at === -1 ? recipient : recipient.slice(0, at) + recipient.slice(at).toLowerCase();
    if (!seen.has(key)) seen.set(key, recipient);
  }
  if (seen.size > MAX_RECIPIENTS) throw new ExitError(EX.DATAERR, `more than ${MAX_RECIPIENTS} recipients`);
  return [...seen.values()];
}

/** The address of the first From header, or undefined. */
export function headerFrom(fields: readonly Field[]): string | undefined {
  const field = fields.find((entry) => isNamed(entry, 'from'));
  return field === undefined ? undefined : parseAddressList(fieldValue(field)).addresses[0];
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
