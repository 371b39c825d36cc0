// The recipients of the message: addresses of the header and of the command line (RFC 5322 sections 3.6.3 and 3.6.6).

import { EX, type ExitCode, ExitError, placed } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { LocalRefusal } from '../types.ts';
import { parseAddressList } from './addresses.ts';
import { type Field, fieldValue, isNamed } from './header.ts';

/** Recipients of one message; Postfix accepts 1000 in one transaction. */
const MAX_RECIPIENTS = 10_000;
/** Refusals that are named; more are counted. */
const MAX_NAMED = 100;

const PLAIN = ['to', 'cc', 'bcc'];
const RESENT = ['resent-to', 'resent-cc', 'resent-bcc'];

export interface Recipients {
  recipients: string[];
  refused: LocalRefusal[];
}

/**
 * Recipients of the header: To, Cc and Bcc; of a resent message only those of the Resent- fields, since the others got the
 * message when it was sent first.
 */
export function headerRecipients(fields: readonly Field[]): Recipients {
  const recipients: string[] = [];
  const refused: LocalRefusal[] = [];
  const plain = distinctValues(fields, PLAIN);
  const resent = distinctValues(fields, RESENT);
  for (const [value, name] of resent.size > 0 ? resent : plain) {
    const { addresses, unreadable } = parseAddressList(value);
    for (const address of addresses) recipients.push(address);
    for (const { text, problem } of unreadable)
      refused.push({ recipient: text, problem: placed(`header ${name}`, problem) });
  }
  return { recipients, refused: named(refused) };
}

/** Values of the fields with these names, each once, since hundreds of thousands may be the same. With the name as written. */
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

function named(refused: LocalRefusal[]): LocalRefusal[] {
  const more = refused.length - MAX_NAMED;
  return more <= 0
    ? refused
    : [...refused.slice(0, MAX_NAMED), { recipient: '', problem: diagnostic('address.more', { count: more }) }];
}

/** The exit code if all other recipients got the mail, or there are none. */
export function localRefusalCode(refused: readonly LocalRefusal[]): ExitCode {
  return refused.every(({ problem }) => problem.code === EX.CONFIG) ? EX.CONFIG : EX.DATAERR;
}

/** Without duplicates: only the domain is compared without regard to case (RFC 5321 section 2.4). */
export function uniqueRecipients(recipients: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const recipient of recipients) {
    const at = recipient.lastIndexOf('@');
    const key = at === -1 ? recipient : recipient.slice(0, at) + recipient.slice(at).toLowerCase();
    if (!seen.has(key)) seen.set(key, recipient);
  }
  if (seen.size > MAX_RECIPIENTS) throw new ExitError(diagnostic('recipients.too-many', { most: MAX_RECIPIENTS }));
  return [...seen.values()];
}

/** The address of the first From header, or undefined. */
export function headerFrom(fields: readonly Field[]): string | undefined {
  const field = fields.find((entry) => isNamed(entry, 'from'));
  return field === undefined ? undefined : parseAddressList(fieldValue(field)).addresses[0];
}
