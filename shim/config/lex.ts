// One configuration file into lines of directive and argument: the msmtprc language, as msmtp 1.8 reads it.

import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { hasControl } from '../text/printable.ts';
import { directivesByName } from './directives.ts';

export interface ConfigLine {
  file: string;
  /** From 1. */
  line: number;
  word: string;
  argument: string;
  /** The argument was in quotes: it is used as it is written. */
  quoted?: boolean;
}

export interface ConfigProblem {
  file: string;
  line: number;
  problem: Diagnostic;
}

/** Bytes with the line end; msmtp rejects longer lines too, so that both programs read a file alike. */
const MAX_LINE = 500;
/** Bytes of a line that msmtp does not read, and of a password: an OAuth token may have some thousand. */
const MAX_LONG_LINE = 16 * 1024;
/** A comment to msmtp and a directive to mailshim, so that both can read one file. */
const OWN_COMMENT = /^#[ \t]*mailshim:[ \t]*/;

/**
 * Splits a file. "#" is a comment only as the first thing on a line; the rest of a line is the argument, trimmed,
 * with one pair of quotes around it removed: a password may hold blanks and "#".
 */
export function lexConfig(file: string, text: string): { lines: ConfigLine[]; problems: ConfigProblem[] } {
  const lines: ConfigLine[] = [];
  const problems: ConfigProblem[] = [];
  // Editors of Windows begin a file with a byte order mark.
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = index + 1;
    const trimmed = withoutBlanks(raw);
    const content = trimmed.startsWith('#') ? trimmed.replace(OWN_COMMENT, '') : trimmed;
    if (content === '' || content.startsWith('#')) continue;
    const [, word, rest] = /^([^ \t]+)[ \t]*(.*)$/.exec(content) ?? [];
    if (word === undefined || rest === undefined) continue;
    const limit = word === 'password' || directivesByName.get(word)?.own === true ? MAX_LONG_LINE : MAX_LINE;
    if (Buffer.byteLength(raw) >= limit) {
      problems.push({ file, line, problem: diagnostic('line.too-long', { most: limit }) });
      continue;
    }
    const quoted = rest.length > 1 && rest.startsWith('"') && rest.endsWith('"');
    const argument = quoted ? rest.slice(1, -1) : rest;
    if (hasControl(argument, { tab: true })) {
      problems.push({ file, line, problem: diagnostic('line.control', { word: nameIn(word) }) });
      continue;
    }
    lines.push({ file, line, word, argument, ...(quoted ? { quoted } : {}) });
  }
  return { lines, problems };
}

/** The word up to what cannot be in a directive: of "password=secret" no message may show the secret. */
export function nameIn(word: string): string {
  return /^[\w-]*/.exec(word)?.[0] ?? '';
}

/** Not a pattern: V8 compiles one that is used twice, which takes longer than to read a configuration. */
function withoutBlanks(raw: string): string {
  let start = 0;
  let end = raw.endsWith('\r') ? raw.length - 1 : raw.length;
  const isBlank = (at: number) => raw[at] === ' ' || raw[at] === '\t';
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return raw.slice(start, end);
}
