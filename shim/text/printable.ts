// Makes text of strangers (a relay's reply, a subject, a file name, a variable) printable for people, a log or a terminal. Only
// this file decides which characters are safe; test/shim/text/printable.test.ts holds that.

import { UNPRINTABLE } from '../../shared/text/unprintable.ts';

/** The form of most text, for which the large pattern need not be compiled. */
const PLAIN = /^[ -~]*$/;
const LINE_END = /\r\n|[\r\n\u0085\u2028\u2029]/g;
/** C0 and DEL. */
const CONTROL = /[\x00-\x1f\x7f]/;
/** The same without the tab, which the text of a file may have. */
const CONTROL_BUT_TAB = /[\x00-\x08\x0a-\x1f\x7f]/;

/** One line, for stderr and for a sentence: line ends and tabs become spaces, anything else that is not printable "?". */
export function inline(text: string, longest = Number.POSITIVE_INFINITY): string {
  const line = PLAIN.test(text) ? text : text.replace(LINE_END, ' ').replaceAll('\t', ' ').replace(UNPRINTABLE, '?');
  return line.length <= longest
    ? line
    : `${line
        .slice(0, longest)
        .toWellFormed()
        .replace(/\ufffd$/, '')}...`;
}

/** For a log field in quotes, as msmtp writes them: a quote would end the field, a line break the record. */
export function logField(text: string): string {
  return inline(text.replace(LINE_END, '\\n').replaceAll("'", '?'));
}

/** For a log field without quotes, which a space would end. */
export function logWord(text: string): string {
  return inline(text).replaceAll(' ', '?');
}

/** For a cell of a table, of at most so many characters. */
export function terminal(text: string, width = 2000): string {
  const characters = [...inline(text, 4 * width)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}

/** For text of several lines; tabs stay. */
export function printableLines(text: string): string {
  return text
    .replace(LINE_END, '\n')
    .replace(UNPRINTABLE, (character) => (character === '\n' || character === '\t' ? character : '?'));
}

/** JSON with escapes for what is not printable: a parser gets the exact text, and a terminal no control characters. */
export function printableJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2).replace(UNPRINTABLE, (character) =>
    character === '\n' ? '\n' : character.split('').map(escaped).join(''),
  );
}

/** The lines of a text, split at all line ends. */
export function linesOf(text: string): string[] {
  return text.split(LINE_END);
}

/** For input that may not have control characters. */
export function hasControl(text: string, { tab = false } = {}): boolean {
  return (tab ? CONTROL_BUT_TAB : CONTROL).test(text);
}
