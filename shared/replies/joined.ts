// Replies of several lines (RFC 5321 section 4.2.1).

/** A reply of several lines as one: the code that each line repeats is kept once. */
export function joinedReply(text: string): string {
  return text
    .replace(/^((?:[\w-]+\s*;\s*)?\d{3})-/, '$1 ')
    .replace(/ ?\r?\n\d{3}(?:[ -](?:[245]\.\d{1,3}\.\d{1,3}(?: |$))?|$)/gm, ' ');
}
