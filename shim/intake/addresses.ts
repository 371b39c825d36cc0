// Addresses of arguments and headers in the form of the envelope: plain, and safe in an SMTP command (RFC 5321 section 4.1.2).
import { domainOfAddress, type Mailbox, parseAddressList as parseMailboxes } from '../../shared/message/address.ts';
import { ENCODED_WORD } from '../../shared/message/encoded-word.ts';
import { toAscii } from '../../shared/text/domain.ts';
import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { hasControl, inline } from '../text/printable.ts';

export interface AddressList {
  /** `local@domain`, domains as A-labels, or a bare local part; in order, groups flattened. */
  addresses: string[];
  /** Entries between two commas that are not an address, in order. The addresses can still be used. */
  unreadable: UnreadableAddress[];
}

export interface UnreadableAddress {
  /** As written, shortened, without control characters. */
  text: string;
  problem: Diagnostic;
}

/** RFC 5321 section 4.5.3.1: 64 bytes of local part, 255 of domain. */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 255;
/** Entries of one list; a message may have far fewer recipients. */
const MAX_ENTRIES = 20_000;
/** Characters of an unreadable address that a message shows. */
const MAX_SHOWN = 80;
/** Characters of an entry with its name and comments. */
const MAX_ENTRY = 16 * 1024;
/** Characters of an entry that may be repaired: a name and an address. */
const MAX_REPAIRED = 1000;
/** Characters of an address literal, RFC 5321 section 4.1.3, with its brackets. */
const MAX_LITERAL = 100;

/** One address; undefined if the text is not one. For flags, where a list would be a mistake. */
export function parseAddress(text: string): string | undefined {
  const { addresses, unreadable } = parseAddressList(text);
  return unreadable.length === 0 && addresses.length === 1 ? addresses[0] : undefined;
}

/** Reads an address list; never throws. `undisclosed-recipients:;` and '' are empty lists. */
export function parseAddressList(text: string): AddressList {
  const list: AddressList = { addresses: [], unreadable: [] };
  let count = 0;
  for (const entry of entriesOf(text)) {
    const isRead = count++ < MAX_ENTRIES;
    const read = isRead
      ? readEntry(entry)
      : rejected(entry, (text) => diagnostic('address.too-many', { text, most: MAX_ENTRIES }));
    if ('problem' in read) list.unreadable.push(read);
    else for (const address of read.addresses) list.addresses.push(address);
    if (count > MAX_ENTRIES) break;
  }
  return list;
}

/** The address, with one of the domains if it has none; `''`, the null sender, stays. */
export function withDomain(address: string, ...domains: (string | undefined)[]): string {
  if (address === '' || address.includes('@')) return address;
  const domain = domains.find((each) => each?.includes('.') && !each.startsWith('['));
  return domain === undefined ? address : `${address}@${domain}`;
}

/** The domain of an address; undefined if it has none. */
export function domainOf(address: string | undefined): string | undefined {
  return address?.includes('@') ? domainOfAddress(address) : undefined;
}

/**
 * The text between commas and semicolons, without names of groups. A quote, comment or bracket that does not end
 * protects no comma, so that one broken address does not take the others with it. Linear: an end that was not found is
 * not searched again.
 */
function* entriesOf(text: string): Generator<string> {
  const unended = new Set<string>();
  let start = 0;
  let isGroupName = true;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === undefined || character === ',' || character === ';') {
      const entry = text.slice(start, at).trim();
      if (entry !== '') yield entry;
      start = at + 1;
      isGroupName = true;
    } else if (character === ':' && isGroupName) start = at + 1;
    else if (character === '@' || character === '<') {
      isGroupName = false;
      if (character === '<') at = endOfAngle(text, at, unended) ?? at;
    } else if (character === '"') at = endOfQuoted(text, at, unended) ?? at;
    else if (character === '(') at = endOfComment(text, at, unended) ?? at;
    else if (character === '[') {
      const end = text.slice(at, at + MAX_LITERAL).indexOf(']');
      if (end !== -1) at += end;
    } else if (character === '=' && text[at + 1] === '?') at += encodedWordLength(text, at);
  }
}

/** The length of the encoded word less one, 0 if none begins here: the comma of "=?utf-8?Q?A,_B?=" is part of a name. */
function encodedWordLength(text: string, at: number): number {
  ENCODED_WORD.lastIndex = at;
  return Math.max(0, (ENCODED_WORD.exec(text)?.[0].length ?? 0) - 1);
}

function endOfQuoted(text: string, start: number, unended: Set<string>): number | undefined {
  if (unended.has('"')) return undefined;
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  unended.add('"');
  return undefined;
}

function endOfComment(text: string, start: number, unended: Set<string>): number | undefined {
  if (unended.has('(')) return undefined;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return at;
  }
  unended.add('(');
  return undefined;
}

function endOfAngle(text: string, start: number, unended: Set<string>): number | undefined {
  if (unended.has('<')) return undefined;
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '>') return at;
    if (text[at] === '<') return undefined;
    if (text[at] === '"') at = endOfQuoted(text, at, unended) ?? at;
  }
  unended.add('<');
  return undefined;
}

/** Names that programs give to a list of hidden recipients, without the colon of a group. */
const HIDDEN =
  /^(?:(?:undisclosed|unlisted|hidden|suppressed)[ _-]?recipients?|recipients? list (?:not shown|suppressed))$/i;

/** The form of most recipients, which needs no parsing. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}@(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})+$/;

function namesNone(entry: string): boolean {
  if (entry.length > MAX_REPAIRED) return false;
  // Empty angle brackets are not a recipient to Postfix and msmtp either.
  if (/<\s*>$/.test(entry)) return true;
  return !entry.includes('@') && HIDDEN.test(entry.replace(/^[<"]+|[>"]+$/g, '').replace(/[:;]+$/, ''));
}

type Read = { addresses: string[] } | UnreadableAddress;
/** Problems that only the address itself is needed for. */
type Fault =
  | 'angle'
  | 'control'
  | 'domain'
  | 'hyphen'
  | 'name-only'
  | 'no-domain'
  | 'no-local-part'
  | 'too-long'
  | 'unquoted';

function rejected(entry: string, problem: Fault | ((text: string) => Diagnostic)): UnreadableAddress {
  const text = inline(entry, MAX_SHOWN);
  return { text, problem: typeof problem === 'string' ? diagnostic(`address.${problem}`, { text }) : problem(text) };
}

function readEntry(entry: string): Read {
  if (entry.length > MAX_ENTRY) return rejected(entry, 'too-long');
  if (PLAIN.test(entry)) return { addresses: [entry] };
  if (namesNone(entry)) return { addresses: [] };
  const read = readMailbox(entry);
  if (!('problem' in read)) return read;
  const repaired = withoutStrayBrackets(entry);
  if (repaired !== undefined) return readEntry(repaired);
  // Addresses with only blanks between them are several, as in Postfix; with other words the meaning is not clear.
  const words = /["(<[]/.test(entry) ? [] : entry.split(/\s+/);
  if (words.length < 2 || !words.every((word) => word.includes('@'))) return read;
  const addresses: string[] = [];
  for (const word of words) {
    const each = readMailbox(word);
    if ('problem' in each) return read;
    addresses.push(...each.addresses);
  }
  return { addresses };
}

/** `a@b.example>` without the ">" that closes nothing; undefined if there is none. */
function withoutStrayBrackets(entry: string): string | undefined {
  if (entry.length > MAX_REPAIRED || entry.includes('"') || !entry.endsWith('>')) return undefined;
  const opening = entry.split('<').length;
  const closing = entry.split('>').length;
  if (closing <= opening) return undefined;
  const rest = entry.replace(/[\s>]+$/, '');
  return opening === 1 ? rest : `${rest}>`;
}

function readMailbox(entry: string): Read {
  const { mailboxes, problems } = parseMailboxes(entry);
  const addresses: string[] = [];
  for (const mailbox of mailboxes) {
    const read = envelopeAddress(mailbox);
    if ('fault' in read) return rejected(entry, read.fault);
    addresses.push(read.address);
  }
  const dotted = mailboxes.filter(hasStrayDots).length;
  const bad = problems.filter(({ kind }) => kind === 'bad-address').length;
  // A local part alone is a local user, whose address the relay completes.
  const allowed = ['empty', 'no-domain', ...(bad === dotted ? ['bad-address'] : [])];
  const problem = problems.find(({ kind }) => !allowed.includes(kind));
  if (problem === undefined) return { addresses };
  return rejected(entry, (text) => diagnostic('address.syntax', { text, fault: problem.kind.replace('-', ' ') }));
}

/** No RFC allows "a..b@" or "a.@", yet mobile operators assigned such addresses; they are safe in a command. */
function hasStrayDots({ local, domain }: Mailbox): boolean {
  return /^\.|\.\.|\.$/.test(local) && /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/.test(local) && /^[^[]/.test(domain);
}

function envelopeAddress({ address, local, domain }: Mailbox): { address: string } | { fault: Fault } {
  if (local === '') return { fault: 'no-local-part' };
  if (hasControl(address)) return { fault: 'control' };
  if (!address.startsWith('"') && /[\s<>()[\]\\,;:"]/.test(local)) return { fault: 'unquoted' };
  if (/[<>]/.test(local)) return { fault: 'angle' };
  if (local.length > MAX_LOCAL || domain.length > MAX_DOMAIN) return { fault: 'too-long' };
  if (address.startsWith('-')) return { fault: 'hyphen' };
  const at = address.lastIndexOf('@');
  if (domain === '') {
    if (address.endsWith('@')) return { fault: 'no-domain' };
    return address.startsWith('=?') ? { fault: 'name-only' } : { address };
  }
  if (domain.startsWith('[')) return { address };
  // SMTP has no final dot in a domain (RFC 5321 section 2.3.5).
  const plain = domain.replace(/\.$/, '');
  const ascii = toAscii(plain);
  return ascii.ok
    ? { address: `${address.slice(0, at)}@${/[^\x00-\x7f]/.test(plain) ? ascii.name : plain}` }
    : { fault: 'domain' };
}
