// Text that a stranger chose (a relay's reply, a subject, a file name, a variable) on its way to a person, a log or a
// terminal. No other file decides which characters are safe; test/shim/text/printable.test.ts holds that.

import { UNPRINTABLE } from '../../shared/text/unprintable.ts';

/** Most text is: the large pattern need not be compiled for it. */
const PLAIN = /^[ -~]*$/;
const LINE_END = /\r\n|[\r\n\u0085\u2028\u2029]/g;
/** C0 and DEL. */
const CONTROL = /[\x00-\x1f\x7f]/;
/** The same but the tab, which text of files may hold. */
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

/** Within the quotes of a log field, as msmtp writes them: a quote would end the field, a line break the record. */
export function logField(text: string): string {
  return inline(text.replace(LINE_END, '\\n').replaceAll("'", '?'));
}

/** A log field without quotes, which a space would end. */
export function logWord(text: string): string {
  return inline(text).replaceAll(' ', '?');
}

/** A cell of a table, of at most so many characters. */
export function terminal(text: string, width = 2000): string {
  const characters = [...inline(text, 4 * width)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}

/** Text of several lines; tabs stay too. */
export function printableLines(text: string): string {
  return text
    .replace(LINE_END, '\n')
    .replace(UNPRINTABLE, (character) => (character === '\n' || character === '\t' ? character : '?'));
}

/** JSON, with what is not printable as escapes: a reader of it gets the very text, a terminal none of it. */
export function printableJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2).replace(UNPRINTABLE, (character) =>
    character === '\n' ? '\n' : character.split('').map(escaped).join(''),
  );
}

/** The lines of a text, by any of the characters that end one. */
export function linesOf(text: string): string[] {
  return text.split(LINE_END);
}

/** For input that is refused where it holds one. */
export function hasControl(text: string, { tab = false } = {}): boolean {
  return (tab ? CONTROL_BUT_TAB : CONTROL).test(text);
}
