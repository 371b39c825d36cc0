// The head of a message, bounded: what no real mail has is not taken apart (RFC 5322 section 2.2 sets no limit).
import { type HeaderField, parseFields, splitHead } from '../message/header.ts';

/** Bytes: Postfix stops at 100 KB, Gmail at 500; real heads with many signatures have 60. */
export const MAX_HEAD_BYTES = 256 * 1024;
/** Lines; each may become a field, which costs far more memory than its bytes. */
export const MAX_HEAD_LINES = 5000;

const LF = 10;

export interface Head {
  fields: HeaderField[];
  body: Uint8Array;
  /** Over the limits: `fields` and `body` are empty. */
  tooLarge: boolean;
}

/** Reads the head and finds the body. Never throws. */
export function readHead(message: Uint8Array): Head {
  const start = message.subarray(0, MAX_HEAD_BYTES);
  const split = splitHead(start);
  const headEnd = split?.headEnd ?? start.length;
  const tooLarge = (split === undefined && message.length > MAX_HEAD_BYTES) || hasMoreLines(start.subarray(0, headEnd));
  if (tooLarge) return { fields: [], body: new Uint8Array(), tooLarge };
  return {
    fields: parseFields(start.subarray(0, headEnd)),
    body: message.subarray(split?.bodyAt ?? headEnd),
    tooLarge,
  };
}

function hasMoreLines(bytes: Uint8Array): boolean {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) if (++lines > MAX_HEAD_LINES) return true;
  return false;
}
