// The sender that the relay lets us use: which senders are allowed, and a From that is replaced with Reply-To kept (RFC 5322 section 3.6.2).

import { formatMailbox, parseAddressList } from '../../shared/message/address.ts';
import type { Account } from '../config/account.ts';
import { matchesSender } from '../config/accounts.ts';
import { fieldValue } from '../intake/header.ts';
import type { HeaderField } from './headers.ts';

/** The configured sender and the patterns of `allow_sender`, without regard to case. */
export function isAllowedSender(address: string, account: Account): boolean {
  return [account.from ?? '', ...account.allowSender].some(
    (allowed) => allowed !== '' && matchesSender(allowed, address),
  );
}

/**
 * From becomes `sender` with the old display name; replies still go to Reply-To, or to the old From, which becomes Reply-To. A
 * From that is the sender already stays byte for byte. A Sender field, which would have the old sender, is removed.
 */
export function rewriteFrom(fields: readonly HeaderField[], sender: string): HeaderField[] {
  const from = fields.find((field) => is(field, 'from'));
  const old = from === undefined ? '' : fieldValue(from);
  const { mailboxes } = parseAddressList(old);
  const [author] = mailboxes;
  if (from !== undefined && author !== undefined && mailboxes.length === 1 && sameAddress(author.address, sender))
    return fields.filter((each) => each === from || (!is(each, 'from') && !is(each, 'sender')));
  const replyTo = fields.some((field) => is(field, 'reply-to') && fieldValue(field).trim() !== '');
  const added: HeaderField[] = [field('From', formatMailbox({ name: author?.name ?? '', address: sender }))];
  // The original value, with its folds. An author without a domain, such as cron's "root", cannot get replies.
  if (!replyTo && from !== undefined && author?.domain !== undefined && author.domain !== '')
    added.push({ name: 'Reply-To', raw: Buffer.concat([Buffer.from('Reply-To:'), valueBytes(from)]) });
  const dropped = replyTo ? ['from', 'sender'] : ['from', 'sender', 'reply-to'];
  return [...added, ...fields.filter(({ name }) => !dropped.includes(name.toLowerCase()))];
}

/** Compares domains without regard to case and without a final dot. */
function sameAddress(a: string, b: string): boolean {
  const folded = (address: string) =>
    address.slice(0, address.lastIndexOf('@')) +
    address.slice(address.lastIndexOf('@')).toLowerCase().replace(/\.$/, '');
  return folded(a) === folded(b);
}

function valueBytes({ raw }: HeaderField): Buffer {
  return raw.subarray(raw.indexOf(':') + 1);
}

function field(name: string, value: string): HeaderField {
  return { name, raw: Buffer.from(`${name}: ${value}\r\n`) };
}

function is({ name }: HeaderField, wanted: string): boolean {
  return name.toLowerCase() === wanted;
}
