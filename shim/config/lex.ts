// One configuration file into lines of directive and argument: the msmtprc language, as msmtp 1.8 reads it.

import { hasControl } from '../text/printable.ts';
import { directivesByName } from './directives.ts';

export interface ConfigLine {
  file: string;
  /** From 1. */
  line: number;
  word: string;
  argument: string;
  /** The argument stood in quotes: it is meant as it is written. */
  quoted?: boolean;
}

export interface ConfigProblem {
  file: string;
  line: number;
  message: string;
}

/** Bytes with the line end; msmtp refuses longer lines too, so that both read one file alike. */
const MAX_LINE = 500;
/** Bytes of a line that msmtp does not read, and of a password: an OAuth token may have some thousand. */
const MAX_LONG_LINE = 16 * 1024;
/** A comment for msmtp, a directive for us, so that one file serves both. */
const OWN_COMMENT = /^#[ \t]*mailshim:[ \t]*/;

/**
 * Splits a file. "#" is a comment only as the first thing on a line; the rest of a line is the argument, trimmed,
 * with one pair of quotes around it removed: a password may hold blanks and "#".
 */
export function lexConfig(file: string, text: string): { lines: ConfigLine[]; problems: ConfigProblem[] } {
  const lines: ConfigLine[] = [];
  const problems: ConfigProblem[] = [];
  // A byte order mark, as editors of Windows put it in front.
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = index + 1;
    const trimmed = withoutBlanks(raw);
    const content = trimmed.startsWith('#') ? trimmed.replace(OWN_COMMENT, '') : trimmed;
    if (content === '' || content.startsWith('#')) continue;
    const match = /^([^ \t]+)[ \t]*(.*)$/.exec(content);
    if (match === null) continue;
    const word = match[1]!;
    const limit = word === 'password' || directivesByName.get(word)?.own === true ? MAX_LONG_LINE : MAX_LINE;
    if (Buffer.byteLength(raw) >= limit) {
      problems.push({ file, line, message: `the line is longer than ${limit} bytes` });
      continue;
    }
    let argument = match[2]!;
    const quoted = argument.length > 1 && argument.startsWith('"') && argument.endsWith('"');
    if (quoted) argument = argument.slice(1, -1);
    if (hasControl(argument, { tab: true })) {
      problems.push({
        file,
        line,
        message: `the argument of ${/^[\w-]*/.exec(word)![0]} contains a control character`,
      });
      continue;
    }
    lines.push({ file, line, word, argument, ...(quoted ? { quoted } : {}) });
  }
  return { lines, problems };
}

/** By hand: V8 compiles a pattern that is used twice, which takes longer than a whole configuration is worth. */
function withoutBlanks(raw: string): string {
  let start = 0;
  let end = raw.endsWith('\r') ? raw.length - 1 : raw.length;
  const isBlank = (at: number) => raw[at] === ' ' || raw[at] === '\t';
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return raw.slice(start, end);
}
