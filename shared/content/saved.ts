// What the program that saved a mail as a file put in front of it.

const LF = 10;
const CR = 13;
/** Characters of the line in front; mailboxes write an address and a time. */
const MAX_LINE = 1000;

/**
 * The mail without the "From " line of a mailbox (RFC 4155), a byte order mark, or the line of blanks that Gmail's download
 * began with: they are no part of what was sent. Never throws.
 */
export function withoutSavedLines(file: Uint8Array): Uint8Array {
  const marked = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf;
  const message = marked ? file.subarray(3) : file;
  const end = message.subarray(0, MAX_LINE).indexOf(LF);
  if (end === -1) return message;
  const line = String.fromCharCode(...message.subarray(0, end > 0 && message[end - 1] === CR ? end - 1 : end));
  return /^>?From [^:]|^[ \t]+$/.test(line) ? message.subarray(end + 1) : message;
}
