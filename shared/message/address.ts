// Mailboxes, groups and lists of them (RFC 5322 sections 3.4 and 4.4, RFC 6531 for UTF-8, RFC 6854).
import { decodeEncodedWords, ENCODED_WORD, encodeWords } from './encoded-word.ts';
import { Scanner } from './scanner.ts';

export interface Mailbox {
  /** Display name, unquoted and decoded; '' where there is none. */
  name: string;
  /** `local@domain`, the local part quoted where it must be; without "@" where no domain was written. */
  address: string;
  /** Local part, unquoted. */
  local: string;
  /** As written, U-labels or A-labels, or an address literal in brackets; '' where there is none. */
  domain: string;
  /** Name of the mailbox's group, absent outside of groups. */
  group?: string;
}

export interface AddressProblem {
  kind: 'empty' | 'no-domain' | 'bad-address' | 'unclosed' | 'extra-text' | 'control-character';
  /** The text at fault. */
  text: string;
}

export interface AddressList {
  mailboxes: Mailbox[];
  /** Names of the groups, decoded, also those without members ("undisclosed-recipients:;"). */
  groups: string[];
  problems: AddressProblem[];
}

interface Part {
  /** Words before the "<", or of the whole where there is none: text and whether it was quoted. */
  words: { text: string; quoted: boolean }[];
  angle?: string;
  comments: string[];
  unclosed: boolean;
  /** There is text other than a comment after the ">". */
  trailing: boolean;
}

const ATOM =
  /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+)*$/u;
const DOMAIN = /^(?:\[[^[\]\\\s]*\]|[A-Za-z0-9_\-\u0080-\u{10ffff}]+(?:\.[A-Za-z0-9_\-\u0080-\u{10ffff}]+)*\.?)$/u;

/** Reads a header value such as that of From or To. Never throws: faults are listed, the other addresses are returned. */
export function parseAddressList(value: string): AddressList {
  const list: AddressList = { mailboxes: [], groups: [], problems: [] };
  // C0 controls other than blanks and folds are not allowed in an address, quoted or not.
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(value)) {
    list.problems.push({ kind: 'control-character', text: value.replace(/[^\x20-\x7e]/g, '?').slice(0, 80) });
  }
  const scanner = new Scanner(value);
  let group: string | undefined;
  while (!scanner.done) {
    const start = scanner.at;
    const part = readPart(scanner);
    const stop = scanner.peek();
    scanner.at++;
    if (stop === ':') {
      group = phrase(part);
      list.groups.push(group);
      continue;
    }
    const empty = part.words.length === 0 && part.angle === undefined;
    if (!empty) addMailbox(list, part, group, scanner.text.slice(start, scanner.at - 1).trim());
    // Empty list elements are obsolete syntax, and harmless (RFC 5322 section 4.4).
    if (stop === ';') group = undefined;
  }
  if (list.mailboxes.length === 0 && list.groups.length === 0)
    list.problems.push({ kind: 'empty', text: value.trim() });
  return list;
}

/** Reads up to the next "," ";" or ":" that is not inside quotes, brackets, comments or angle brackets. */
function readPart(scanner: Scanner): Part {
  const part: Part = { words: [], comments: [], unclosed: false, trailing: false };
  // The last piece ended in "@" or ".", so the next one belongs to the same address.
  let open = false;
  let sawAt = false;
  const add = (text: string, quoted: boolean) => {
    part.trailing ||= part.angle !== undefined;
    const last = part.words.at(-1);
    if (last !== undefined && (open || text.startsWith('@') || text.startsWith('.'))) {
      // In an address the quotes are kept: `"john doe"@example.org` is one word.
      if (last.quoted) last.text = quote(last.text);
      last.text += quoted ? quote(text) : text;
      last.quoted = false;
    } else {
      part.words.push({ text, quoted });
    }
    open = !quoted && /[@.]$/.test(text);
    if (!quoted && text.includes('@')) sawAt = true;
  };
  for (;;) {
    // Dots before blanks join only within an address: "J. Doe" is two words of a name.
    if (scanner.skipCfws()) open &&= sawAt;
    for (const comment of scanner.takeComments()) part.comments.push(comment);
    const next = scanner.peek();
    if (next === '' || next === ',' || next === ';') return part;
    if (next === ':') {
      if (part.angle === undefined && !sawAt) return part;
      scanner.at++;
    } else if (next === '<') {
      scanner.at++;
      const angle = readAngle(scanner);
      part.unclosed ||= angle.unclosed;
      part.trailing ||= part.angle !== undefined;
      part.angle ??= angle.text;
    } else if (next === '"') {
      const quoted = scanner.quotedString();
      if (quoted !== undefined) add(quoted, true);
      else {
        part.unclosed = true;
        scanner.at++;
      }
    } else if (next === '[') {
      add(scanner.until(']') + (scanner.take(']') ? ']' : ''), false);
    } else {
      const word = scanner.match(ENCODED_WORD) + scanner.until(' \t\r\n(),:;<"[');
      if (word !== '') add(word, false);
      // A ")" without "(".
      else scanner.at++;
    }
  }
}

/** The text between "<" and ">", without blanks, comments and an obsolete route. */
function readAngle(scanner: Scanner): { text: string; unclosed: boolean } {
  let text = '';
  // Its last character, kept separately: reading it from a text that grows takes quadratic time.
  let last = '';
  for (;;) {
    const spaced = scanner.skipCfws();
    scanner.takeComments();
    const next = scanner.peek();
    if (next === '') return { text, unclosed: true };
    // Blanks are allowed around "." and "@" (RFC 5322 section 4.4); between two words they are kept: the address is invalid.
    if (spaced && last !== '' && last !== '.' && last !== '@' && !'.@>'.includes(next)) text += ' ';
    if (next === '>') {
      scanner.at++;
      // RFC 5322 section 4.4: "@relay1,@relay2:local@domain".
      return { text: text.replace(/^@[^":]*:/, ''), unclosed: false };
    }
    if (next === '"') {
      const quoted = scanner.quotedString();
      if (quoted === undefined) {
        scanner.at++;
        text += '"';
      } else text += quote(quoted);
      last = '"';
      continue;
    }
    const word = scanner.until(' \t\r\n(">');
    text += word;
    last = word.at(-1) ?? last;
  }
}

function addMailbox(list: AddressList, part: Part, group: string | undefined, text: string): void {
  if (part.unclosed) list.problems.push({ kind: 'unclosed', text });
  if (part.trailing) list.problems.push({ kind: 'extra-text', text });
  let name = '';
  let address = part.angle;
  if (address !== undefined) {
    name = phrase(part) || decodeEncodedWords(part.comments.at(-1) ?? '');
  } else {
    // The last word with an "@" is the address; other words are an error.
    const word =
      part.words.findLast(({ quoted, text: one }) => !quoted && one.includes('@')) ??
      part.words.findLast(({ text: one }) => one !== '') ??
      part.words[0];
    address = word?.quoted ? quote(word.text) : (word?.text ?? '');
    const rest = part.words.filter((one) => one !== word);
    if (rest.length > 0) list.problems.push({ kind: 'extra-text', text });
    name = phrase({ ...part, words: rest }) || decodeEncodedWords(part.comments.join(' '));
  }
  const mailbox = toMailbox(address, name);
  if (group !== undefined) mailbox.group = group;
  if (mailbox.domain === '' && !address.includes('@')) list.problems.push({ kind: 'no-domain', text });
  else if (!isAddress(mailbox)) list.problems.push({ kind: 'bad-address', text });
  list.mailboxes.push(mailbox);
}

function phrase(part: Part): string {
  return decodeEncodedWords(
    part.words
      .map((word) => word.text)
      .filter((word) => word !== '')
      .join(' '),
  );
}

function toMailbox(addrSpec: string, name: string): Mailbox {
  const at = addrSpec.lastIndexOf('@');
  const rawLocal = at === -1 ? addrSpec : addrSpec.slice(0, at);
  const domain = at === -1 ? '' : addrSpec.slice(at + 1);
  const scanner = new Scanner(rawLocal);
  const unquoted = scanner.quotedString();
  const local = unquoted !== undefined && scanner.done ? unquoted : rawLocal;
  const written = rawLocal === local ? rawLocal : quoteLocal(local);
  return { name, address: at === -1 ? written : `${written}@${domain}`, local, domain };
}

/** Whether local part and domain are valid by RFC 5321 and 6531; "postmaster" without a domain is not. */
export function isAddress(mailbox: Pick<Mailbox, 'local' | 'domain' | 'address'>): boolean {
  const { local, domain } = mailbox;
  if (local === '' || domain === '' || /[\x00-\x1f\x7f]/.test(local)) return false;
  return DOMAIN.test(domain) && (ATOM.test(local) || mailbox.address.startsWith('"'));
}

/** The mailbox of an address such as `user@domain` or `Name <user@domain>`, undefined for none or several. */
export function parseAddress(text: string): Mailbox | undefined {
  const { mailboxes, problems } = parseAddressList(text);
  const [only] = mailboxes;
  return mailboxes.length === 1 && problems.length === 0 ? only : undefined;
}

/** The text after the last "@" of an address; all of it where there is none. */
export function domainOfAddress(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** `Name <local@domain>` for a header: the name quoted or encoded where necessary; without a name the bare address. */
export function formatMailbox(mailbox: { name: string; address: string }): string {
  // Line breaks would end the field, other control characters be invisible in it.
  const name = mailbox.name.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
  if (name === '') return mailbox.address;
  if (/[^\x20-\x7e]/.test(name) || name.includes('=?')) return `${encodeWords(name)} <${mailbox.address}>`;
  const plain = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(name);
  return `${plain ? name : quote(name)} <${mailbox.address}>`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function quoteLocal(local: string): string {
  return ATOM.test(local) ? local : quote(local);
}
