// The header fields that decide whether a message is mail at all (RFC 5322 section 3.6).
import { type Mailbox, parseAddressList } from '../message/address.ts';
import { toText } from '../message/bytes.ts';
import { decodeEncodedWords } from '../message/encoded-word.ts';
import { fieldsNamed, fieldText, type HeaderField } from '../message/header.ts';
import { toAscii } from '../text/domain.ts';
import { hasEightBit } from './byte-faults.ts';
import { parseMailDate } from './date.ts';

/** RFC 5322 section 3.6: at most once. The MIME fields are meant likewise (RFC 2045 section 3). */
const SINGLE: readonly string[] = [
  ...['date', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'message-id', 'in-reply-to', 'references', 'subject'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
];
/** A clock may be wrong, and a queue may hold mail for some hours; a day is more than either explains. */
export const MAX_DATE_OFF_MS = 24 * 3600 * 1000;
/** Mail that waited for a relay is old, yet rightly dated: RFC 5321 section 4.5.4.1 lets a queue hold it for five days. */
export const MAX_QUEUED_MS = 5 * MAX_DATE_OFF_MS;
/** Characters of a text that is kept. */
const SHOWN = 120;
/** Characters of From that are read: some hundred addresses, of which one is right. */
const MAX_FROM = 8192;
/** A name that somebody is called by; more is not read for addresses. */
const MAX_NAME = 500;
/** Addresses in the recipients' fields whose domain is kept. */
const MAX_RECIPIENTS = 20;
/** Characters of a subject that are judged. */
const MAX_SUBJECT = 1000;
/** Letters of a subject from which capitals alone are shouting; "URGENT" or "INVOICE 12" is a word. */
const MIN_CAPITALS = 10;

/** What mail programs write in front of a subject that answers or forwards, in the languages of their users. */
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
  /** The field's name, its value or what about it. */
  detail: string;
}

export interface HeaderFacts {
  /** Of the first From, as `local@domain`; '' where none can be read. */
  fromAddress: string;
  /** As A-labels; '' where there is none. */
  fromDomain: string;
  /** Decoded, shortened. */
  subject: string;
  /** Milliseconds since 1970; absent where it cannot be read. */
  date?: number;
  messageId: string;
  /** The first address of Reply-To, '' where there is none. */
  replyTo: string;
  /** Domains of the first recipients in To and Cc, each once, as written. */
  recipientDomains: string[];
  problems: HeaderProblem[];
}

/**
 * Judges the head of a message. Never throws.
 * @param arrival milliseconds since 1970 at which the message arrived, which Date is compared with
 * @param answers whether the message answers or forwards another, which it quotes, holds or reports about; asked only
 *   where its subject says so
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
  // RFC 5322 needs no recipient field; filters ask why the reader is not named.
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
  // RFC 5322 section 3.6.2 allows several with a Sender; Gmail refuses them, and RFC 9989 section 5.3 lets receivers.
  if (mailboxes.length > 1) note('several-from', mailboxes.map(({ address }) => address).join(', '));
  if (first !== undefined) {
    const inName = /[^\s<>"'(),;:@]+@([^\s<>"'(),;:@]+\.[^\s<>"'(),;:@]+)/.exec(first.name.slice(0, MAX_NAME));
    const other = inName === null ? undefined : toAscii(inName[1]!);
    if (other?.ok && other.name !== domainOf(first)) note('name-holds-address', inName![0]);
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
  // What is answered or forwarded was written by somebody else; letters of an unknown character set are not known.
  if (ANSWERING.test(subject)) {
    const answered = ['in-reply-to', 'references'].some((name) => fieldsNamed(fields, name).length > 0);
    if (!answered && !answers()) note('fake-reply', subject);
  } else if (!isOfUnknownLetters(field)) {
    const judged = subject.slice(0, MAX_SUBJECT);
    if (isShouted(judged)) note('subject-capitals', subject);
    if (/[!?]{3}|[$€₽]{3}|(?:![^!]*){3}/u.test(judged)) note('subject-punctuation', subject);
  }
  return subject;
}

/** Bytes beyond ASCII that are not UTF-8: one character was made of each. */
function isOfUnknownLetters({ raw }: HeaderField): boolean {
  return hasEightBit(raw) && toText(raw).length === raw.length;
}

/** Several words, all of them in capitals; scripts without small letters do not shout. */
function isShouted(subject: string): boolean {
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
