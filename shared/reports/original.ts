// The mail that a bounce or a complaint is about: a part of it, or a header in the text.

import { decodedBody } from '../content/decode.ts';
import { readHeader } from '../content/read-header.ts';
import type { Part } from '../content/structure.ts';
import { parseAddressList } from '../message/address.ts';
import { decodeEncodedWords } from '../message/encoded-word.ts';
import { fieldsNamed, fieldText, type HeaderField, parseFields } from '../message/header.ts';
import { bounded, messageIdOf } from './text.ts';
import type { OriginalMail } from './types.ts';

/** Characters of a field that are read. */
const MAX_FIELD = 4000;
const ORIGINAL_TYPE = /^(?:message\/(?:rfc822|global|rfc822-headers|global-headers|partial)|text\/rfc822-headers?)$/;
/** Lines of a header in a text that are read. */
const MAX_HEADER_LINES = 300;
/** A header must have two of these fields, and at least one of the first kind. */
const TRACE = /^(?:received|return-path|message-id|x-received|dkim-signature|mime-version)$/i;
const USUAL = /^(?:from|to|subject|date|cc|reply-to|content-type|sender)$/i;
const FIELD = /^([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:/;
/** Lines that programs write above the returned mail. */
const SEPARATOR =
  /^[\s>]*(?:-{2,}|#{2,}|={2,}).{0,60}(?:copy of|original (?:message|mail)|below this line|unsent message|returned (?:message|mail)|message (?:text )?follows|forwarded message)|^[\s>]*(?:original message headers|bounced e-?mail|original message follows|исходное сообщение)\s*:?\s*$/i;

export const NO_ORIGINAL: OriginalMail = { messageId: '', from: '', to: '', subject: '' };

export function isOriginal(part: Part): boolean {
  return ORIGINAL_TYPE.test(part.type);
}

/** The header of the first part with the original. */
export function originalPart(leaves: readonly Part[]): { fields: HeaderField[] } | undefined {
  const part = leaves.find(isOriginal);
  if (part === undefined) return undefined;
  const bytes = decodedBody(part);
  return { fields: readHeader(withoutLeadingLines(bytes)).fields };
}

export function originalOf(fields: readonly HeaderField[]): OriginalMail {
  return {
    messageId: messageIdOf(fieldValue(fields, 'message-id')),
    from: addressOf(fieldValue(fields, 'from')),
    to: addressOf(fieldValue(fields, 'to')),
    subject: bounded(decodeEncodedWords(fieldValue(fields, 'subject'))),
  };
}

/** The value of the first such field, '' without. */
export function fieldValue(fields: readonly HeaderField[], name: string): string {
  const [field] = fieldsNamed(fields, name);
  return field === undefined ? '' : fieldText(field).slice(0, MAX_FIELD);
}

/** The first address of a list, '' where there is none. */
export function addressOf(value: string): string {
  return bounded(parseAddressList(value.slice(0, MAX_FIELD)).mailboxes[0]?.address ?? '');
}

/**
 * Where the text of a bounce ends and the original begins, and the original's header if present.
 * `at` is the number of lines where there is no original.
 */
export function originalInText(lines: readonly string[]): { at: number; fields: HeaderField[] } {
  let separator = -1;
  for (const [at, start] of lines.entries()) {
    if (separator === -1 && SEPARATOR.test(start.slice(0, 200))) separator = at;
    if (!isHeader(lines, at)) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === '');
    const header = lines.slice(at, Math.min(end === -1 ? lines.length : end, at + MAX_HEADER_LINES));
    const fields = parseFields(header.join('\n'));
    // The header of a bounce that was forwarded; the original is after it.
    if (/mailer-daemon/i.test(fieldValue(fields, 'from')) || fields.some(({ key }) => /-recipient$/.test(key)))
      continue;
    return { at: separator === -1 ? at : Math.min(separator, at), fields };
  }
  return { at: separator === -1 ? lines.length : separator, fields: [] };
}

/** A header begins with a field after a line that is not a field, and has the fields of a header. */
function isHeader(lines: readonly string[], at: number): boolean {
  if (!FIELD.test(lines[at]?.slice(0, 80) ?? '')) return false;
  const before = lines[at - 1];
  if (before !== undefined && (FIELD.test(before.slice(0, 80)) || /^[ \t]+\S/.test(before))) return false;
  let trace = 0;
  let usual = 0;
  for (const line of lines.slice(at, at + MAX_HEADER_LINES)) {
    if (line.trim() === '') break;
    const name = FIELD.exec(line.slice(0, 80))?.[1];
    if (name === undefined) continue;
    if (TRACE.test(name)) trace++;
    else if (USUAL.test(name)) usual++;
    if (trace > 0 && trace + usual > 1) return true;
  }
  return false;
}

/** Some programs write an empty line before the header. */
function withoutLeadingLines(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length && at < 100 && (bytes[at] === 10 || bytes[at] === 13)) at++;
  return bytes.subarray(at);
}
