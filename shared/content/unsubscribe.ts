// How a reader gets off the list (RFC 2369 section 3.2, RFC 8058).
import { fieldsNamed, fieldText, type HeaderField } from '../message/header.ts';

/** RFC 2369 names no limit; more than these are no help to anybody. */
const MAX_ADDRESSES = 8;
const SHOWN = 200;

export interface UnsubscribeFacts {
  /** `https`, `http` or `mailto` addresses of List-Unsubscribe, shortened. */
  addresses: string[];
  /** The field is there, and no address can be read from it. */
  unreadable: boolean;
  /** An https address and `List-Unsubscribe-Post: List-Unsubscribe=One-Click`. */
  oneClick: boolean;
  /** What List-Unsubscribe-Post says instead, where it is there and not right. */
  badPost?: string;
  /** What tells that the mail went to many: names of header fields, or `link` for an unsubscribe link in the text. */
  bulkSigns: string[];
}

/** Fields that only mail to many has. */
const BULK_FIELDS = [
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'feedback-id',
  'x-csa-complaints',
  'x-campaign',
];
const BULK_LINK =
  /unsubscribe|opt[ -]?out|abmelden|abbestellen|d[ée]sabonn|отписаться|отписка|отказаться от (?:рассылки|подписки)/i;

/** Reads the head, and the texts of the links for signs of mail to many. Never throws. */
export function readUnsubscribe(fields: readonly HeaderField[], linkTexts: readonly string[]): UnsubscribeFacts {
  const [list] = fieldsNamed(fields, 'list-unsubscribe');
  const [post] = fieldsNamed(fields, 'list-unsubscribe-post');
  const addresses = list === undefined ? [] : addressesOf(fieldText(list));
  const posted = post === undefined ? undefined : fieldText(post);
  // RFC 8058 section 3.1: exactly this pair.
  const right = posted !== undefined && /^List-Unsubscribe=One-Click$/i.test(posted);
  const secure = addresses.some((address) => /^https:/i.test(address));
  const precedence = fieldsNamed(fields, 'precedence').some((field) => /^(?:bulk|list)$/i.test(fieldText(field)));
  return {
    addresses: addresses.map((address) => address.slice(0, SHOWN)),
    unreadable: list !== undefined && addresses.length === 0,
    oneClick: right && secure,
    ...(posted === undefined || right ? {} : { badPost: posted.slice(0, SHOWN) }),
    bulkSigns: [
      ...BULK_FIELDS.filter((name) => fieldsNamed(fields, name).length > 0),
      ...(precedence ? ['precedence'] : []),
      ...(linkTexts.some((text) => BULK_LINK.test(text)) ? ['link'] : []),
    ],
  };
}

function addressesOf(value: string): string[] {
  const found: string[] = [];
  for (let at = value.indexOf('<'); at !== -1 && found.length < MAX_ADDRESSES; at = value.indexOf('<', at + 1)) {
    const end = value.indexOf('>', at);
    if (end === -1) break;
    // RFC 2369 section 2: blanks within an address are to be ignored.
    const address = value.slice(at + 1, end).replace(/\s+/g, '');
    if (/^(?:https?:\/\/[^\s]|mailto:[^\s]+@)/i.test(address)) found.push(address);
    at = end;
  }
  return found;
}
