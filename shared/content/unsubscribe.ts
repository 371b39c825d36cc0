// How a reader can unsubscribe (RFC 2369 section 3.2, RFC 8058).
import { fieldsNamed, fieldText, type HeaderField } from '../message/header.ts';
import type { Automatic } from './automatic.ts';

/** Addresses that are read; RFC 2369 has no limit. */
const MAX_ADDRESSES = 8;
const SHOWN = 200;
/** Characters of one text that are searched for a link to unsubscribe, at its start and at its end, where most are. */
const SEARCHED = 16 * 1024;

export interface UnsubscribeFacts {
  /** `https`, `http` or `mailto` addresses of List-Unsubscribe, shortened. */
  addresses: string[];
  /** The field is present without a valid address. */
  unreadable: boolean;
  /** An https address and `List-Unsubscribe-Post: List-Unsubscribe=One-Click`. */
  oneClick: boolean;
  /** The value of List-Unsubscribe-Post, where it is not valid. */
  badPost?: string;
  /** Names of the header fields that mark the mail as bulk mail. */
  bulkSigns: string[];
  /** The options in the text: to unsubscribe, or to change preferences; `none` also without a text. */
  inText: 'unsubscribe' | 'preferences' | 'none';
}

/**
 * Fields of bulk mail. Not Feedback-ID and X-CSA-Complaints: mail services add them to every mail, orders included.
 */
const BULK_FIELDS = ['list-id', 'list-unsubscribe', 'list-unsubscribe-post', 'x-campaign'];
/** Those of them that notifications to one person do not have. */
const LIST_FIELDS = new Set(['list-id', 'list-unsubscribe', 'list-unsubscribe-post']);
const LEAVE = new RegExp(
  [
    ...['unsub', 'opt[ _-]?out', 'remove (?:me|yourself)', 'listinfo'],
    ...[
      'abmeld',
      'abbestell',
      'austragen',
      'd[ée]sabonn',
      'd[ée]s?inscri',
      'darse de baja',
      'cancelar (?:la |tu |su )?suscrip',
    ],
    ...[
      'disiscri',
      'annulla(?:re)? l.iscrizione',
      'cancelar (?:a )?(?:inscri|subscri)',
      'afmeld',
      'uitschrijv',
      'wypisz',
      'zrezygnuj',
    ],
    ...[
      'odhl[aá]s',
      'avregistr',
      'avmeld',
      'отпис',
      'отказат[^.]{0,20}(?:рассыл|подпис)',
      'відпис',
      '配信停止',
      '退订',
      '退訂',
      '수신거부',
    ],
  ].join('|'),
  'i',
);
const CHANGE =
  /(?:manage|update|change|edit|email|e-mail|mail|notification|subscription|your)[^.\n]{0,20}(?:preferences|settings|subscription)|abonnement|einstellungen|настро[^.\n]{0,20}(?:рассыл|уведомл|подпис)|управл[^.\n]{0,20}(?:рассыл|подпис)/i;

/**
 * Reads the header and the visible texts. Never throws.
 * @param texts of the links, their addresses, and the text around them
 */
export function readUnsubscribe(
  fields: readonly HeaderField[],
  texts: readonly string[],
  automatic: Automatic | null,
): UnsubscribeFacts {
  const [list] = fieldsNamed(fields, 'list-unsubscribe');
  const [post] = fieldsNamed(fields, 'list-unsubscribe-post');
  const addresses = list === undefined ? [] : addressesOf(fieldText(list));
  const posted = post === undefined ? undefined : fieldText(post);
  // RFC 8058 section 3.1: exactly this pair.
  const right = posted !== undefined && /^List-Unsubscribe=One-Click$/i.test(posted);
  const secure = addresses.some((address) => /^https:/i.test(address));
  return {
    addresses: addresses.map((address) => address.slice(0, SHOWN)),
    unreadable: list !== undefined && addresses.length === 0,
    oneClick: right && secure,
    ...(posted === undefined || right ? {} : { badPost: posted.slice(0, SHOWN) }),
    bulkSigns: bulkSignsOf(fields, automatic),
    inText: optionIn(texts),
  };
}

function optionIn(texts: readonly string[]): UnsubscribeFacts['inText'] {
  const searched = texts
    .map((text) => (text.length > 2 * SEARCHED ? `${text.slice(0, SEARCHED)}\n${text.slice(-SEARCHED)}` : text))
    .join('\n');
  return LEAVE.test(searched) ? 'unsubscribe' : CHANGE.test(searched) ? 'preferences' : 'none';
}

/** A report, an automatic reply or a bounce is not bulk mail, also with these fields (RFC 3834 section 3.1.8). */
function bulkSignsOf(fields: readonly HeaderField[], automatic: Automatic | null): string[] {
  const signs = BULK_FIELDS.filter((name) => fieldsNamed(fields, name).length > 0);
  // Notifications have "Precedence: bulk" to prevent automatic replies.
  if (automatic === 'notification') return signs.filter((name) => LIST_FIELDS.has(name));
  if (automatic !== null) return [];
  const precedence = fieldsNamed(fields, 'precedence').some((field) => /^(?:bulk|list)$/i.test(fieldText(field)));
  return precedence ? [...signs, 'precedence'] : signs;
}

function addressesOf(value: string): string[] {
  const found: string[] = [];
  for (let at = value.indexOf('<'); at !== -1 && found.length < MAX_ADDRESSES; at = value.indexOf('<', at + 1)) {
    const end = value.indexOf('>', at);
    if (end === -1) break;
    // RFC 2369 section 2: blanks within an address are ignored.
    const address = value.slice(at + 1, end).replace(/\s+/g, '');
    if (/^(?:https?:\/\/[^\s]|mailto:[^\s]+@)/i.test(address)) found.push(address);
    at = end;
  }
  return found;
}
