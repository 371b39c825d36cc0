// Text from DNS and from strangers on its way to a terminal, to XML or to Markdown: no controls, nothing that turns the line around.

import { UNPRINTABLE } from '../text/unprintable.ts';

/** The text with U+FFFD for each character that is not printable; line feeds stay, a tab is a space. */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(UNPRINTABLE, (character) => (character === '\n' ? '\n' : '\ufffd'));
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', ' ');
}
