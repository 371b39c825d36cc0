// Who gets the message: addresses of the header and of the command line (RFC 5322 sections 3.6.3 and 3.6.6).

import { EX, type ExitCode, ExitError } from '../exit.ts';
import type { LocalRefusal } from '../types.ts';
import { parseAddressList, type UnreadableAddress } from './addresses.ts';
import { type Field, fieldValue, isNamed } from './header.ts';

/** Recipients of one message; Postfix takes 1000 in one transaction. */
const MAX_RECIPIENTS = 10_000;
/** Refused by name; further ones are counted. */
const MAX_NAMED = 100;

const PLAIN = ['to', 'cc', 'bcc'];
const RESENT = ['resent-to', 'resent-cc', 'resent-bcc'];

export interface Recipients {
  recipients: string[];
  refused: LocalRefusal[];
}

/**
 * Recipients of the header: To, Cc and Bcc; of a resent message only the Resent- ones, since the others were served
 * when it was sent first.
 */
export function headerRecipients(fields: readonly Field[]): Recipients {
  const recipients: string[] = [];
  const refused: LocalRefusal[] = [];
  const plain = distinctValues(fields, PLAIN);
  const resent = distinctValues(fields, RESENT);
  for (const [value, name] of resent.size > 0 ? resent : plain) {
    const { addresses, unreadable } = parseAddressList(value);
    for (const address of addresses) recipients.push(address);
    for (const entry of unreadable) refused.push(refusalOf(entry, `header ${name}: `));
  }
  return { recipients, refused: named(refused) };
}

/** Values of the fields with these names, each once: hundreds of thousands may say the same. With the name as written. */
function distinctValues(fields: readonly Field[], names: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  const lengths = new Set(names.map((name) => name.length));
  for (const field of fields) {
    if (!lengths.has(field.name.length) || !names.includes(field.name.toLowerCase())) continue;
    const value = fieldValue(field);
    if (!values.has(value)) values.set(value, field.name);
  }
  return values;
}

/** In the words of a server's (RFC 3463: 5.1.3 is bad address syntax). `where` is put in front of the address. */
export function refusalOf({ text, problem }: UnreadableAddress, where = ''): LocalRefusal {
  const reply = `501 5.1.3 ${where}${JSON.stringify(text)} ${problem}`;
  return { recipient: text, reply, permanent: true, code: EX.DATAERR };
}

function named(refused: LocalRefusal[]): LocalRefusal[] {
  const more = refused.length - MAX_NAMED;
  return more <= 0
    ? refused
    : [...refused.slice(0, MAX_NAMED), refusalOf({ text: `and ${more} more`, problem: 'are no addresses either' })];
}

/** The refusal for people, without the codes. */
export function refusalText({ reply }: LocalRefusal): string {
  return reply.replace(/^\d{3} \S+ /, '');
}

/** The exit code where the others have the mail, or there are no others. */
export function localRefusalCode(refused: readonly LocalRefusal[]): ExitCode {
  return refused.every(({ code }) => code === EX.CONFIG) ? EX.CONFIG : EX.DATAERR;
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
