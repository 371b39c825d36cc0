// A report mail, parsed once for all of its readers.
import { decodeText } from '../content/decode.ts';
import { readHtml } from '../content/html.ts';
import { readHeader, withoutSavedLines } from '../content/read-header.ts';
import { type Part, parseStructure, type Structure } from '../content/structure.ts';
import { fieldsNamed, fieldText, type HeaderField } from '../message/header.ts';
import { isOriginal } from './original.ts';

/** Characters and lines of the text that are read. */
const MAX_TEXT = 64 * 1024;
const MAX_LINES = 2000;
/** Text parts that are joined: Exchange writes one, some programs three. */
const MAX_TEXT_PARTS = 4;

export interface ReportMail {
  fields: HeaderField[];
  structure: Structure;
  leaves: Part[];
  /** The text of the mail without the returned original; the visible text of an HTML mail. */
  text: string;
  lines: string[];
  /** The report's own From, in lower case. */
  from: string;
  subject: string;
  /** It has the null envelope sender. */
  nullSender: boolean;
}

export type OpenedMail = { ok: true; mail: ReportMail } | { ok: false; reason: 'head-too-large' };

/** Never throws. */
export function openMail(bytes: Uint8Array): OpenedMail {
  const header = readHeader(withoutSavedLines(bytes));
  if (header.tooLarge) return { ok: false, reason: 'head-too-large' };
  return { ok: true, mail: messageOf(header.fields, header.body) };
}

export function messageOf(fields: HeaderField[], body: Uint8Array): ReportMail {
  const structure = parseStructure(fields, body);
  const text = textOf(structure.leaves);
  const returnPath = fieldsNamed(fields, 'return-path')[0];
  return {
    fields,
    structure,
    leaves: structure.leaves,
    text,
    lines: text.split('\n', MAX_LINES),
    from: first(fields, 'from').toLowerCase(),
    subject: first(fields, 'subject'),
    nullSender: returnPath !== undefined && /^<\s*>$/.test(fieldText(returnPath)),
  };
}

function textOf(leaves: readonly Part[]): string {
  const plain = leaves.filter((part) => isText(part, 'plain')).slice(0, MAX_TEXT_PARTS);
  // A multipart whose boundary does not occur is text too.
  const texts = plain.map((part) => decodeText(part).text);
  if (texts.every((text) => text.trim() === '')) {
    const html = leaves.find((part) => isText(part, 'html'));
    if (html !== undefined) texts.push(readHtml(decodeText(html).text.slice(0, MAX_TEXT * 2)).visibleText);
  }
  return texts.join('\n\n').slice(0, MAX_TEXT).replace(/\r\n?/g, '\n');
}

function isText(part: Part, kind: 'plain' | 'html'): boolean {
  if (isOriginal(part) || part.disposition === 'attachment') return false;
  return part.type === `text/${kind}` || (kind === 'plain' && part.type.startsWith('multipart/'));
}

function first(fields: readonly HeaderField[], name: string): string {
  const [field] = fieldsNamed(fields, name);
  return field === undefined ? '' : fieldText(field).slice(0, 1000);
}
