// The header fields of RFC 5322 section 3.6, and what receivers and filters expect of them.
import { type Mailbox, parseAddressList } from '../message/address.ts';
import { toText } from '../message/bytes.ts';
import { decodeEncodedWords } from '../message/encoded-word.ts';
import { fieldsNamed, fieldText, type HeaderField } from '../message/header.ts';
import { toAscii } from '../text/domain.ts';
import { hasEightBit } from './byte-faults.ts';

/** RFC 5322 section 3.6: at most once. The same for the MIME fields (RFC 2045 section 3). */
const SINGLE: readonly string[] = [
  ...['date', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'message-id', 'in-reply-to', 'references', 'subject'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
];
/** A clock may be wrong, and mail may be queued for hours; neither explains more than a day. */
export const MAX_DATE_OFF_MS = 24 * 3600 * 1000;
/** Deferred mail is old, with a correct date: RFC 5321 section 4.5.4.1 allows it to be queued for five days. */
export const MAX_QUEUED_MS = 5 * MAX_DATE_OFF_MS;
/** Characters of a text that are kept. */
const SHOWN = 120;
/** Characters of From that are read. */
const MAX_FROM = 8192;
/** Characters of a display name that are searched for addresses. */
const MAX_NAME = 500;
/** Recipient addresses whose domains are kept. */
const MAX_RECIPIENTS = 20;
/** Characters of a subject that are checked. */
const MAX_SUBJECT = 1000;
/** Letters of a subject from which all capitals are a problem; "URGENT" or "INVOICE 12" is not. */
const MIN_CAPITALS = 10;

/** Prefixes of the subject of replies and forwarded mail, in the languages of mail programs. */
const ANSWERING =
  /^(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|antw|sv|odp|rif|отв|ответ|відп|fwd?|fw|wg|tr|rv|enc|пересл|пересылка)(?:\s*\[\d+\]|\s*\(\d+\)|\^\d+)?\s*[:：]/i;

export type HeaderProblemId =
  | 'missing-from'
  | 'missing-date'
  | 'missing-message-id'
  | 'missing-subject'
  | 'missing-recipient'
  | 'duplicate'
  | 'bad-from'
  | 'several-from'
  | 'bad-date'
  | 'date-future'
  | 'date-past'
  | 'bad-message-id'
  | 'empty-subject'
  | 'fake-reply'
  | 'subject-capitals'
  | 'subject-punctuation'
  | 'name-holds-address'
  | 'not-a-field';

export interface HeaderProblem {
  id: HeaderProblemId;
  /** The field's name, its value, or its problem. */
  detail: string;
}

export interface HeaderFacts {
  /** Of the first From, as `local@domain`; '' where there is none. */
  fromAddress: string;
  /** As A-labels; '' where there is none. */
  fromDomain: string;
  /** Decoded, shortened. */
  subject: string;
  /** Milliseconds since 1970; absent where it is invalid. */
  date?: number;
  messageId: string;
  /** The first address of Reply-To, '' where there is none. */
  replyTo: string;
  /** Domains of the first recipients in To and Cc, each once, as written. */
  recipientDomains: string[];
  problems: HeaderProblem[];
}

/**
 * Checks the header of a message. Never throws.
 * @param arrival milliseconds since 1970 at which the message arrived, to compare Date with
 * @param answers whether the message quotes, contains or reports about another one; called only where its subject is that
 *   of a reply
 */
export function inspectHeaders(
  fields: readonly HeaderField[],
  arrival: number,
  answers: () => boolean = () => false,
): HeaderFacts {
  const problems: HeaderProblem[] = [];
  const note = (id: HeaderProblemId, detail = '') => problems.push({ id, detail: shown(detail) });
  const [stray] = fields.filter(({ name }) => name === '');
  if (stray !== undefined) note('not-a-field', fieldText(stray));
  for (const name of SINGLE) {
    const count = fieldsNamed(fields, name).length;
    if (count > 1) note('duplicate', properName(name));
  }
  const from = author(fields, note);
  const subject = subjectOf(fields, answers, note);
  const date = dateOf(fields, arrival, note);
  const messageId = messageIdOf(fields, note);
  // RFC 5322 requires no recipient field, but filters count a missing one.
  if (!['to', 'cc', 'bcc'].some((name) => fieldsNamed(fields, name).length > 0)) note('missing-recipient');
  return {
    fromAddress: from?.address ?? '',
    fromDomain: domainOf(from),
    subject: shown(subject),
    ...(date === undefined ? {} : { date }),
    messageId: shown(messageId),
    replyTo: mailboxesOf(fields, 'reply-to')[0]?.address.slice(0, SHOWN) ?? '',
    recipientDomains: [
      ...new Set(
        [...mailboxesOf(fields, 'to'), ...mailboxesOf(fields, 'cc')].map(({ domain }) => domain.toLowerCase()),
      ),
    ].slice(0, MAX_RECIPIENTS),
    problems,
  };
}

function mailboxesOf(fields: readonly HeaderField[], name: string): Mailbox[] {
  const [field] = fieldsNamed(fields, name);
  return field === undefined ? [] : parseAddressList(fieldText(field).slice(0, MAX_FROM)).mailboxes;
}

const ADDRESS_IN_NAME = /[^\s<>"'(),;:@]+@([^\s<>"'(),;:@]+\.[^\s<>"'(),;:@]+)/;

type Note = (id: HeaderProblemId, detail?: string) => void;

function author(fields: readonly HeaderField[], note: Note): Mailbox | undefined {
  const [field] = fieldsNamed(fields, 'from');
  if (field === undefined) {
    note('missing-from');
    return undefined;
  }
  const text = fieldText(field);
  const { mailboxes, problems } = parseAddressList(text.slice(0, MAX_FROM));
  const [first] = mailboxes;
  if (first === undefined || problems.length > 0 || domainOf(first) === '') note('bad-from', text);
  // RFC 5322 section 3.6.2 allows several with a Sender; Gmail rejects them, as RFC 9989 section 5.3 allows.
  if (mailboxes.length > 1) note('several-from', mailboxes.map(({ address }) => address).join(', '));
  if (first !== undefined) {
    const [address, domain] = ADDRESS_IN_NAME.exec(first.name.slice(0, MAX_NAME)) ?? [];
    const other = toAscii(domain ?? '');
    if (other.ok && other.name !== domainOf(first)) note('name-holds-address', address);
  }
  return first;
}

function domainOf(mailbox: Mailbox | undefined): string {
  const name = toAscii(mailbox?.domain ?? '');
  return name.ok && name.name.includes('.') ? name.name : '';
}

function subjectOf(fields: readonly HeaderField[], answers: () => boolean, note: Note): string {
  const [field] = fieldsNamed(fields, 'subject');
  if (field === undefined) {
    note('missing-subject');
    return '';
  }
  const subject = decodeEncodedWords(fieldText(field)).trim();
  if (subject === '') note('empty-subject');
  // The subject of a reply is another person's; that of an unknown character set cannot be checked.
  if (ANSWERING.test(subject)) {
    const answered = ['in-reply-to', 'references'].some((name) => fieldsNamed(fields, name).length > 0);
    if (!answered && !answers()) note('fake-reply', subject);
  } else if (!hasUnknownCharset(field)) {
    const checked = subject.slice(0, MAX_SUBJECT);
    if (isAllCapitals(checked)) note('subject-capitals', subject);
    if (/[!?]{3}|[$€₽]{3}|(?:![^!]*){3}/u.test(checked)) note('subject-punctuation', subject);
  }
  return subject;
}

/** Bytes beyond ASCII that are not UTF-8, each decoded as one character. */
function hasUnknownCharset({ raw }: HeaderField): boolean {
  return hasEightBit(raw) && toText(raw).length === raw.length;
}

/** Several words, all of them in capitals; scripts without small letters do not count. */
function isAllCapitals(subject: string): boolean {
  const letters = subject.replace(/[^\p{L}]/gu, '');
  const words = subject.match(/\p{Lu}{2,}/gu) ?? [];
  return words.length > 1 && letters.length >= MIN_CAPITALS && /^\p{Lu}+$/u.test(letters);
}

function dateOf(fields: readonly HeaderField[], arrival: number, note: Note): number | undefined {
  const [field] = fieldsNamed(fields, 'date');
  if (field === undefined) {
    note('missing-date');
    return undefined;
  }
  const text = fieldText(field);
  const date = parseMailDate(text);
  if (date === undefined) note('bad-date', text);
  else if (date - arrival > MAX_DATE_OFF_MS) note('date-future', text);
  else if (arrival - date > MAX_QUEUED_MS) note('date-past', text);
  return date;
}

function messageIdOf(fields: readonly HeaderField[], note: Note): string {
  const [field] = fieldsNamed(fields, 'message-id');
  if (field === undefined) {
    note('missing-message-id');
    return '';
  }
  const text = fieldText(field);
  // RFC 5322 section 3.6.4: "<" left "@" right ">", without blanks.
  if (!/^<[^\s<>@]+@[^\s<>@]+>$/.test(text)) note('bad-message-id', text);
  return text;
}

function properName(key: string): string {
  if (key === 'message-id') return 'Message-ID';
  if (key === 'mime-version') return 'MIME-Version';
  return key.replace(/(^|-)([a-z])/g, (_, hyphen, letter) => hyphen + letter.toUpperCase());
}

function shown(text: string): string {
  const clean = text.replace(/[\x00-\x1f\x7f]/g, ' ');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Minutes east of UTC; any other letters mean an unknown zone, which counts as UTC. */
const ZONES: Record<string, number> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};
/** A date has some forty characters. */
const MAX_DATE = 120;
// Section 4.3: blanks and comments anywhere, years of two or three digits, zones in letters. An hour of one digit and a
// missing blank before the zone are in no standard, but every mail program accepts them.
const FORM =
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun)\s*,\s*)?(\d{1,2})\s+([a-z]{3})\s+(\d{2,4})\s+(\d{1,2})\s*:\s*(\d{2})(?:\s*:\s*(\d{2}))?(?:\s*([+-]\d{4})|\s+([a-z]{1,5}))$/i;

/** Milliseconds since 1970, or undefined where the text is not a date of RFC 5322. Never throws. */
export function parseMailDate(value: string): number | undefined {
  const [found, days, name = '', years = '', hours, minutes, seconds, numeric, letters = ''] =
    FORM.exec(withoutComments(value.slice(0, MAX_DATE))) ?? [];
  if (found === undefined) return undefined;
  const [day, hour, minute, second] = [Number(days), Number(hours), Number(minutes), Number(seconds ?? 0)];
  const year = yearOf(years);
  const month = MONTHS.indexOf(name.toLowerCase());
  const offset = offsetOf(numeric ?? letters);
  // A leap second is allowed.
  if (month === -1 || offset === undefined || hour > 23 || minute > 59 || second > 60 || year < 1900) return undefined;
  const time = Date.UTC(year, month, day, hour, minute, second);
  // The 31st of June would become the first of July.
  if (new Date(Date.UTC(year, month, day)).getUTCDate() !== day) return undefined;
  return time - offset * 60_000;
}

/** Section 4.3: of two digits, 00 to 49 are 2000 to 2049 and 50 to 99 are 1950 to 1999; three digits count from 1900. */
function yearOf(digits: string): number {
  const year = Number(digits);
  if (digits.length === 4) return year;
  return digits.length === 2 && year < 50 ? year + 2000 : year + 1900;
}

function offsetOf(zone: string): number | undefined {
  const match = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (match === null) return ZONES[zone.toUpperCase()] ?? 0;
  const [hours, minutes] = [Number(match[2]), Number(match[3])];
  if (minutes > 59) return undefined;
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function withoutComments(text: string): string {
  let result = '';
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    // A comment counts as a blank.
    result += depth === 0 ? character : ' ';
    if (character === ')' && depth > 0) depth--;
  }
  return result.trim();
}
