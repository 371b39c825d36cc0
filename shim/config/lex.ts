// One configuration file into lines of directive and argument: the msmtprc language, as msmtp 1.8 reads it.

import { hasControl } from '../text/printable.ts';

export interface ConfigLine {
  file: string;
  /** From 1. */
  line: number;
  word: string;
  argument: string;
}

export interface ConfigProblem {
  file: string;
  line: number;
  message: string;
}

/** Bytes with the line end; msmtp refuses longer lines too. */
const MAX_LINE = 500;
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
    if (Buffer.byteLength(raw) >= MAX_LINE) {
      problems.push({ file, line, message: `the line is longer than ${MAX_LINE} bytes` });
      continue;
    }
    const content = raw
      .replace(/\r$/, '')
      .replace(/^[ \t]+|[ \t]+$/g, '')
      .replace(OWN_COMMENT, '');
    if (content === '' || content.startsWith('#')) continue;
    const match = /^([^ \t]+)[ \t]*(.*)$/.exec(content);
    if (match === null) continue;
    let argument = match[2]!;
    if (argument.length > 1 && argument.startsWith('"') && argument.endsWith('"')) argument = argument.slice(1, -1);
    if (hasControl(argument, { tab: true })) {
      problems.push({ file, line, message: `the argument of ${match[1]} contains a control character` });
      continue;
    }
    lines.push({ file, line, word: match[1]!, argument });
  }
  return { lines, problems };
}
