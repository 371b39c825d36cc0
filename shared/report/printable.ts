// Hostile text for a terminal, XML or Markdown: no control characters and no bidirectional marks.

import { UNPRINTABLE } from '../text/unprintable.ts';

/** The text with U+FFFD for each character that is not printable; line feeds stay, a tab is a space. */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(UNPRINTABLE, (character) => (character === '\n' ? '\n' : '\ufffd'));
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', ' ');
}
