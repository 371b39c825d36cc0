// The header section as it will be sent: what must not leave is taken out, what is missing is put in front.

import { formatMailbox } from '../../shared/message/address.ts';
import type { Account } from '../config/account.ts';
import { domainOf } from '../intake/addresses.ts';
import { fieldsNamed, isNamed } from '../intake/header.ts';
import { headerFrom } from '../intake/recipients.ts';
import { dateValue, messageIdValue } from './complete.ts';

/** A field as the intake reads it. */
export interface HeaderField {
  name: string;
  raw: Buffer;
}

export interface HeaderContext {
  account: Account;
  envelopeFrom: string;
  recipients: readonly string[];
  /** -F, or the account's name. */
  fullName: string | undefined;
  now: Date;
  /** 128 bits in hex. */
  random: string;
}

/** Hidden recipients, and what the relay sets itself: Postfix drops the same ones from mail submitted locally. */
const BCC = ['bcc', 'resent-bcc'];
/** Of the others there may be hundreds of thousands. */
const CHANGED = [...BCC, 'from', 'to', 'cc', 'date', 'message-id'];

/**
 * The fields to send. Those that came stay as they are, byte for byte and in their order; new ones stand first.
 * A Date, Message-ID or From without a value counts as missing, since receivers count it so.
 */
export function completeHeader(fields: readonly HeaderField[], context: HeaderContext): HeaderField[] {
  const { account, envelopeFrom, now } = context;
  const known = fieldsNamed(fields, ...CHANGED);
  const dropped = new Set<HeaderField>();
  const drop = (...names: string[]) => {
    for (const field of fieldsNamed(known, ...names)) dropped.add(field);
  };
  if (account.removeBcc) drop(...BCC);
  const added: HeaderField[] = [];
  const has = (name: string) => known.some((field) => isNamed(field, name) && !isEmpty(field));
  const put = (name: string, value: string) => {
    drop(name.toLowerCase());
    added.push({ name, raw: Buffer.from(`${name}: ${value}\r\n`) });
  };
  const author = envelopeFrom !== '' ? envelopeFrom : (account.from ?? `MAILER-DAEMON@${account.ehloName}`);
  if (account.setFromHeader === 'on' || (account.setFromHeader === 'auto' && !has('from'))) {
    put('From', formatMailbox({ name: context.fullName ?? '', address: author }));
  }
  if (account.setToHeader === 'on') put('To', context.recipients.join(',\r\n '));
  else if (account.setToHeader === 'undisclosed_recipients') {
    // Cc would disclose what To no longer does.
    drop('cc');
    put('To', 'undisclosed-recipients:;');
  }
  if (account.setDateHeader && !has('date')) put('Date', dateValue(now));
  if (account.setMessageIdHeader && !has('message-id')) {
    const from = headerFrom([...added, ...known]);
    put('Message-ID', messageIdValue(now, context.random, idDomain(account, from, author)));
  }
  return added.concat(dropped.size === 0 ? fields : fields.filter((field) => !dropped.has(field)));
}

/** Of the address that the reader sees, which with `sender_rewrite` may yet become the account's; else of the sender, else of this machine. */
function idDomain(account: Account, from: string | undefined, author: string): string {
  const own = domainOf(account.from);
  const seen = domainOf(from);
  const domains = account.senderRewrite === 'off' ? [seen, own] : [own, seen];
  const isName = (domain: string | undefined) => domain !== undefined && !domain.startsWith('[');
  return [...domains, domainOf(author), account.ehloName].find(isName) ?? 'localhost';
}

function isEmpty(field: HeaderField): boolean {
  const text = field.raw.toString('latin1');
  return text.slice(text.indexOf(':') + 1).trim() === '';
}
