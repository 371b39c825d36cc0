// The header of a submitted or saved message, with limits, which RFC 5322 section 2.2 does not have.
import { type HeaderField, parseFields, splitHeader } from '../message/header.ts';

/** Bytes: Postfix accepts 100 KB, Gmail 500; real headers with many signatures have 60. */
export const MAX_CHECKED_HEADER_BYTES = 256 * 1024;
/** Lines; each may become a field, which costs far more memory than its bytes. */
const MAX_LINES = 5000;

const LF = 10;

export interface CheckedHeader {
  fields: HeaderField[];
  body: Uint8Array;
  /** Over the limits: `fields` and `body` are empty. */
  tooLarge: boolean;
}

/** Reads the header and finds the body. Never throws. */
export function readHeader(message: Uint8Array): CheckedHeader {
  const start = message.subarray(0, MAX_CHECKED_HEADER_BYTES);
  const split = splitHeader(start);
  const end = split?.headerEnd ?? start.length;
  const tooLarge =
    (split === undefined && message.length > MAX_CHECKED_HEADER_BYTES) || hasMoreLines(start.subarray(0, end));
  if (tooLarge) return { fields: [], body: new Uint8Array(), tooLarge };
  return {
    fields: parseFields(start.subarray(0, end)),
    body: message.subarray(split?.bodyAt ?? end),
    tooLarge,
  };
}

function hasMoreLines(bytes: Uint8Array): boolean {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) if (++lines > MAX_LINES) return true;
  return false;
}

const CR = 13;
/** Characters of the line before the mail: in a mailbox an address and a time. */
const MAX_SAVED_LINE = 1000;

/**
 * The mail without the "From " line of a mailbox (RFC 4155), a byte order mark, or the line of blanks in downloads of Gmail,
 * which were not part of the mail. Never throws.
 */
export function withoutSavedLines(file: Uint8Array): Uint8Array {
  const marked = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf;
  const message = marked ? file.subarray(3) : file;
  const end = message.subarray(0, MAX_SAVED_LINE).indexOf(LF);
  if (end === -1) return message;
  const line = String.fromCharCode(...message.subarray(0, end > 0 && message[end - 1] === CR ? end - 1 : end));
  return /^>?From [^:]|^[ \t]+$/.test(line) ? message.subarray(end + 1) : message;
}
