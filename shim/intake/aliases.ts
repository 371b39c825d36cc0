// The aliases file: addresses for recipients without "@", as in msmtp and aliases(5) ("root: admin@shop.example", "default: …").

import { type Diagnostic, ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { MAX_READ, readFileOnce } from '../read-file.ts';
import type { LocalRefusal } from '../types.ts';
import { parseAddressList } from './addresses.ts';
import type { Recipients } from './recipients.ts';

/** Aliases between a recipient and an address; more are treated as a loop. */
const MAX_DEPTH = 10;
/** Bytes; a machine with ten thousand lists has a few hundred KB. */
const MAX_ALIASES = 16 * MAX_READ;
/** Targets expanded for one mail: aliases that name each other may have more addresses than there are lines. */
const MAX_TARGETS = 100_000;

export interface Alias {
  /** Addresses, and local names that may be aliases again. */
  targets: string[];
  /** Its other targets, which a program without mailboxes cannot serve: programs, files, lists in files. */
  refused: LocalRefusal[];
}
/** By name in lower case. */
export type Aliases = ReadonlyMap<string, Alias>;

/** @throws ExitError 78 if the file cannot be read; a wrong line affects only its alias */
export function readAliases(file: string): Aliases {
  const read = readFileOnce(file, { maximum: MAX_ALIASES });
  if ('why' in read) throw new ExitError(diagnostic('aliases.unreadable', { file, why: read.code ?? read.why }));
  return parseAliases(read.text, file);
}

/** `file` is named in problems. */
export function parseAliases(text: string, file: string): Aliases {
  const aliases = new Map<string, Alias>();
  for (const { line, at } of logicalLines(text)) {
    const [, quoted, plain = '', value] = /^(?:"([^"]*)"\s*|([^":]*)):(.*)$/s.exec(line) ?? [];
    const name = (quoted ?? plain).trim().toLowerCase();
    // An alias without a name is never used.
    if (name !== '' && value !== undefined) aliases.set(name, aliasOf(name, value, `${file}:${at}`));
  }
  return aliases;
}

/** Without comments and empty lines; a line that begins with a blank continues the one before. `at` counts from 1. */
function logicalLines(text: string): { line: string; at: number }[] {
  const lines: { parts: string[]; at: number }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = withoutComment(raw);
    if (line.trim() === '') continue;
    const last = lines[lines.length - 1];
    if (/^\s/.test(line) && last !== undefined) last.parts.push(line.trim());
    else lines.push({ parts: [line.trim()], at: index + 1 });
  }
  return lines.map(({ parts, at }) => ({ line: parts.join(' '), at }));
}

/** msmtp ends a line at any "#"; one within quotes is part of a command or a name. */
function withoutComment(line: string): string {
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\' && isQuoted) at++;
    else if (line[at] === '"') isQuoted = !isQuoted;
    else if (line[at] === '#' && !isQuoted) return line.slice(0, at);
  }
  return isQuoted ? line.replace(/#.*/s, '') : line;
}

function aliasOf(name: string, value: string, where: string): Alias {
  const targets: string[] = [];
  const refused: LocalRefusal[] = [];
  const refuse = (problem: Diagnostic) => refused.push({ recipient: name, problem });
  for (const entry of entriesOf(value)) {
    const kind = deliveryOf(entry);
    if (kind !== undefined) {
      refuse(diagnostic('alias.not-address', { name, where, kind }));
      continue;
    }
    // "\root" is the mailbox root itself, whatever alias has that name.
    const isFinal = entry.startsWith('\\');
    const { addresses, unreadable } = parseAddressList(isFinal ? entry.slice(1) : entry);
    for (const address of addresses) targets.push(isFinal && !address.includes('@') ? `\\${address}` : address);
    for (const { problem } of unreadable) refuse(diagnostic('alias.address', { name, where, problem: problem.text }));
  }
  if (targets.length === 0 && refused.length === 0) refuse(diagnostic('alias.empty', { name, where }));
  return { targets, refused };
}

/** Split at commas outside of quotes: a command may have commas of its own. */
function entriesOf(value: string): string[] {
  return (value.match(/(?:"(?:[^"\\]|\\.)*"|[^,])+/gs) ?? []).map((entry) => entry.trim()).filter(Boolean);
}

/** What a target is that is not an address: `|"command"`, `"|command"`, `/file`, `:include:/file`. */
function deliveryOf(entry: string): 'program' | 'file' | 'list' | undefined {
  const plain = entry.replace(/^"/, '');
  if (plain.startsWith('|')) return 'program';
  if (plain.startsWith('/') || plain.startsWith('./')) return 'file';
  return /^:include:/i.test(plain) ? 'list' : undefined;
}

/**
 * Recipients without "@" are replaced by the targets of their alias, or of `default`; others stay. An alias that cannot be
 * expanded refuses only its recipient.
 */
export function expandAliases(recipients: readonly string[], aliases: Aliases): Recipients {
  const expanded: Recipients = { recipients: [], refused: [] };
  let looked = 0;
  // Each refusal once, even if several aliases have the target.
  const known = new Set<string>();
  const refuse = (refusal: LocalRefusal) => {
    if (!known.has(refusal.problem.text)) expanded.refused.push(refusal);
    known.add(refusal.problem.text);
  };
  const expand = (recipient: string, path: readonly string[], top: string): void => {
    if (++looked > MAX_TARGETS) {
      if (looked === MAX_TARGETS + 1) refuse({ recipient: top, problem: diagnostic('alias.too-many', { name: top }) });
      return;
    }
    const name = recipient.toLowerCase();
    const key = aliases.has(name) ? name : 'default';
    const alias = recipient.includes('@') ? undefined : aliases.get(key);
    // An alias that names itself means the mailbox of that name, and so does a target of "default" that is not an alias.
    if (alias === undefined || path[path.length - 1] === key || (key === 'default' && path.includes(key))) {
      expanded.recipients.push(recipient);
      return;
    }
    if (path.length === MAX_DEPTH || path.includes(key)) {
      const problem = path.includes(key)
        ? diagnostic('alias.loop', { name: top })
        : diagnostic('alias.too-deep', { name: top, most: MAX_DEPTH });
      refuse({ recipient: top, problem });
      return;
    }
    for (const refusal of alias.refused) refuse({ ...refusal, recipient: top });
    for (const target of alias.targets) {
      if (target.startsWith('\\')) expanded.recipients.push(target.slice(1));
      else expand(target, [...path, key], top);
    }
  };
  for (const recipient of recipients) expand(recipient, [], recipient);
  return expanded;
}
