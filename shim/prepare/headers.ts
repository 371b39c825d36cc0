// The header section to send: fields that must not be sent are removed, missing fields are added before the others.

import { formatMailbox } from '../../shared/message/address.ts';
import type { Account } from '../config/account.ts';
import { domainOf } from '../intake/addresses.ts';
import { fieldsNamed, isNamed } from '../intake/header.ts';
import { headerFrom } from '../intake/recipients.ts';

/** A field, as parsed by the intake. */
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

/** Hidden recipients; Postfix removes the same fields from mail submitted locally. */
const BCC = ['bcc', 'resent-bcc'];
/** There may be hundreds of thousands of other fields. */
const CHANGED = [...BCC, 'from', 'to', 'cc', 'date', 'message-id'];

/**
 * The fields to send: new ones first, then the given ones, byte for byte and in their order. A Date, Message-ID or From without
 * a value counts as missing, as for receivers.
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
    // Cc would disclose recipients too.
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

/** The domain of From, which with `sender_rewrite` may become that of the account; otherwise of the sender, or of this machine. */
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

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "Tue, 24 Nov 2026 06:24:08 +0100", in local time. */
export function dateValue(now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const offset = -now.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${DAYS[now.getDay()]}, ${two(now.getDate())} ${MONTHS[now.getMonth()]} ${now.getFullYear()} ${time} ${zone}`;
}

/** `random` is 128 bits in hex; the right side is the sender's domain, so that it is unique beyond this machine. */
export function messageIdValue(now: Date, random: string, domain: string): string {
  return `<${now.getTime().toString(36)}.${random}@${domain}>`;
}
