// The notifications that a client of -bs asks for: parameters of MAIL and RCPT (RFC 3461 sections 4.1 to 4.4).

import type { Invocation } from '../types.ts';

/** Bytes; RFC 3461 sections 4.2 and 4.4. */
const MAX_ORIGINAL_RECIPIENT = 500;
const MAX_ENVELOPE_ID = 100;

export type MailNotification = Pick<Invocation, 'dsnReturn' | 'envelopeId'>;

/** RET and ENVID among the parameters of MAIL, or the name of the wrong one. */
export function mailNotification(parameters: string): MailNotification | { wrong: string } {
  const [returned, ...moreReturned] = valuesOf(parameters, 'RET');
  const [encoded, ...moreEncoded] = valuesOf(parameters, 'ENVID');
  const asked: MailNotification = {};
  if (returned !== undefined) {
    if (moreReturned.length > 0 || !/^(?:full|hdrs)$/i.test(returned)) return { wrong: 'RET' };
    asked.dsnReturn = returned.toLowerCase() === 'full' ? 'full' : 'headers';
  }
  if (encoded !== undefined) {
    const id = fromXtext(encoded);
    if (moreEncoded.length > 0 || encoded.length > MAX_ENVELOPE_ID || id === undefined) return { wrong: 'ENVID' };
    asked.envelopeId = id;
  }
  return asked;
}

/**
 * NOTIFY among the parameters of RCPT, in lower case, `''` if it is absent; or the name of the wrong parameter. ORCPT is only
 * checked.
 */
export function recipientNotification(parameters: string): { notify: string } | { wrong: string } {
  const [notify = '', ...more] = valuesOf(parameters, 'NOTIFY').map((value) => value.toLowerCase());
  const keywords = notify.split(',');
  const isList = keywords.every((word) => /^(?:success|failure|delay)$/.test(word));
  if (more.length > 0 || (valuesOf(parameters, 'NOTIFY').length > 0 && notify !== 'never' && !isList))
    return { wrong: 'NOTIFY' };
  const [original, ...others] = valuesOf(parameters, 'ORCPT');
  if (original !== undefined) {
    const [, address] = /^[A-Za-z0-9-]+;(.+)$/.exec(original) ?? [];
    if (
      others.length > 0 ||
      original.length > MAX_ORIGINAL_RECIPIENT ||
      address === undefined ||
      fromXtext(address) === undefined
    )
      return { wrong: 'ORCPT' };
  }
  return { notify };
}

/**
 * One NOTIFY for all recipients, since the mail is sent in one transaction: the union of what they ask for; never, only if
 * all ask for that. Undefined if none asks.
 */
export function joinedNotify(each: readonly string[]): string | undefined {
  if (each.every((notify) => notify === '')) return undefined;
  if (each.every((notify) => notify === 'never')) return 'never';
  // RFC 3461 section 4.1: without NOTIFY, failures are reported.
  const events = new Set(each.flatMap((notify) => (notify === '' ? ['failure'] : notify.split(','))));
  return ['failure', 'delay', 'success'].filter((word) => events.has(word)).join(',');
}

function valuesOf(parameters: string, name: string): string[] {
  const prefix = `${name}=`;
  return parameters
    .split(/\s+/)
    .filter((parameter) => parameter.toUpperCase().startsWith(prefix))
    .map((parameter) => parameter.slice(prefix.length));
}

/** RFC 3461 section 4: "+" and two hex digits mean a byte. Undefined for what is not xtext, or not printable ASCII. */
function fromXtext(text: string): string | undefined {
  if (!/^(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})+$/.test(text)) return undefined;
  const plain = text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return /^[\x20-\x7e]+$/.test(plain) ? plain : undefined;
}
