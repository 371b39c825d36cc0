// Text from DNS and from strangers on its way to a terminal, to XML or to Markdown: no controls, nothing that turns the line around.

/**
 * C0 and C1 controls but the line feed, direction marks (Unicode TR 36 section 2.10), lone surrogates and what
 * XML 1.0 section 2.2 has no place for.
 */
const UNPRINTABLE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text with U+FFFD for each of those; line feeds stay, a tab is a space. */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(UNPRINTABLE, '\ufffd');
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', ' ');
}
