// The sender that the relay lets us use: who may stay, and a From that is replaced without losing whom to answer (RFC 5322 section 3.6.2).

import { formatMailbox, parseAddressList } from '../../shared/message/address.ts';
import type { Account } from '../config/account.ts';
import { matchesSender } from '../config/accounts.ts';
import { fieldValue } from '../intake/header.ts';
import type { HeaderField } from './headers.ts';

/** The configured sender, and whatever `allow_sender` names, by pattern and without regard to case. */
export function isAllowedSender(address: string, account: Account): boolean {
  return [account.from ?? '', ...account.allowSender].some(
    (allowed) => allowed !== '' && matchesSender(allowed, address),
  );
}

/**
 * From becomes `sender` with the display name it had; answers go on to where they went: to Reply-To, or else to the
 * old From, which stays byte for byte where it names the sender already. A Sender field would name the old one still,
 * and goes.
 */
export function rewriteFrom(fields: readonly HeaderField[], sender: string): HeaderField[] {
  const from = fields.find((field) => is(field, 'from'));
  const old = from === undefined ? '' : fieldValue(from);
  const { mailboxes } = parseAddressList(old);
  const [author] = mailboxes;
  if (from !== undefined && mailboxes.length === 1 && sameAddress(author!.address, sender))
    return fields.filter((each) => each === from || (!is(each, 'from') && !is(each, 'sender')));
  const replyTo = fields.some((field) => is(field, 'reply-to') && fieldValue(field).trim() !== '');
  const added: HeaderField[] = [field('From', formatMailbox({ name: author?.name ?? '', address: sender }))];
  // The value as it came, folds and all; an author without a domain, as cron's "root", could not be answered.
  if (!replyTo && from !== undefined && author?.domain !== undefined && author.domain !== '')
    added.push({ name: 'Reply-To', raw: Buffer.concat([Buffer.from('Reply-To:'), valueOctets(from)]) });
  const dropped = replyTo ? ['from', 'sender'] : ['from', 'sender', 'reply-to'];
  return [...added, ...fields.filter(({ name }) => !dropped.includes(name.toLowerCase()))];
}

/** The domain without regard to case, and without its final dot. */
function sameAddress(a: string, b: string): boolean {
  const folded = (address: string) =>
    address.slice(0, address.lastIndexOf('@')) +
    address.slice(address.lastIndexOf('@')).toLowerCase().replace(/\.$/, '');
  return folded(a) === folded(b);
}

function valueOctets({ raw }: HeaderField): Buffer {
  return raw.subarray(raw.indexOf(':') + 1);
}

function field(name: string, value: string): HeaderField {
  return { name, raw: Buffer.from(`${name}: ${value}\r\n`) };
}

function is({ name }: HeaderField, wanted: string): boolean {
  return name.toLowerCase() === wanted;
}
