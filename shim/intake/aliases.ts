// The aliases file: addresses for recipients without "@", as in msmtp and aliases(5) ("root: admin@shop.example", "default: …").

import { EX, ExitError } from '../exit.ts';
import { MAX_READ, readFileOnce } from '../read-file.ts';
import type { LocalRefusal } from '../types.ts';
import { parseAddressList } from './addresses.ts';
import type { Recipients } from './recipients.ts';

/** An alias may name aliases; deeper than this it is a loop. */
const MAX_DEPTH = 10;
/** Bytes; a machine with ten thousand lists has a few hundred KB. */
const MAX_ALIASES = 16 * MAX_READ;
/** Targets looked at for one mail: aliases that name each other may stand for more addresses than there are lines. */
const MAX_TARGETS = 100_000;

export interface Alias {
  /** Addresses, and local names that may be aliases again. */
  targets: string[];
  /** What it names besides and a mail program without mailboxes cannot do: programs, files, lists in files. */
  refused: LocalRefusal[];
}
/** By name in lower case. */
export type Aliases = ReadonlyMap<string, Alias>;

/** @throws ExitError 78 where the file cannot be read; a line that is wrong is the matter of its alias alone */
export function readAliases(file: string): Aliases {
  const read = readFileOnce(file, { maximum: MAX_ALIASES });
  if ('why' in read) throw new ExitError(EX.CONFIG, `aliases file ${file} cannot be read (${read.code ?? read.why})`);
  return parseAliases(read.text, file);
}

/** `file` is named in what is refused. */
export function parseAliases(text: string, file: string): Aliases {
  const aliases = new Map<string, Alias>();
  for (const { line, at } of logicalLines(text)) {
    const [, quoted, plain = '', value] = /^(?:"([^"]*)"\s*|([^":]*)):(.*)$/s.exec(line) ?? [];
    const name = (quoted ?? plain).trim().toLowerCase();
    // Without a name nothing can ask for it.
    if (name !== '') aliases.set(name, aliasOf(name, value!, `${file}:${at}`));
  }
  return aliases;
}

/** Without comments and empty lines; a line that begins with a blank goes on with the one before. `at` counts from 1. */
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
  const bad = (problem: string) => refused.push(refusalOf({ name, problem: `(${where}) ${problem}` }));
  for (const entry of entriesOf(value)) {
    const kind = deliveryOf(entry);
    if (kind !== undefined) {
      bad(`goes to ${kind}, and mailshim sends to addresses alone`);
      continue;
    }
    // "\root" is the mailbox root itself, whatever alias has that name.
    const isFinal = entry.startsWith('\\');
    const { addresses, unreadable } = parseAddressList(isFinal ? entry.slice(1) : entry);
    for (const address of addresses) targets.push(isFinal && !address.includes('@') ? `\\${address}` : address);
    for (const { text, problem } of unreadable) bad(`goes to ${JSON.stringify(text)}, which ${problem}`);
  }
  if (targets.length === 0 && refused.length === 0) bad('names no address');
  return { targets, refused };
}

/** Split at commas outside of quotes: a command may have commas of its own. */
function entriesOf(value: string): string[] {
  return (value.match(/(?:"(?:[^"\\]|\\.)*"|[^,])+/gs) ?? []).map((entry) => entry.trim()).filter(Boolean);
}

/** What a target is that is no address: `|"command"`, `"|command"`, `/file`, `:include:/file`. */
function deliveryOf(entry: string): string | undefined {
  const plain = entry.replace(/^"/, '');
  if (plain.startsWith('|')) return 'a program';
  if (plain.startsWith('/') || plain.startsWith('./')) return 'a file';
  return /^:include:/i.test(plain) ? 'a list in a file' : undefined;
}

/** RFC 3463: 5.3.5 is a system that is not configured rightly. */
function refusalOf({ name, problem }: { name: string; problem: string }): LocalRefusal {
  const reply = `554 5.3.5 alias ${JSON.stringify(name)} ${problem}`;
  return { recipient: name, reply, permanent: true, code: EX.CONFIG };
}

/**
 * Recipients without "@" become the targets of their alias, or of `default`; others stay. An alias that cannot be
 * followed refuses the recipient that has it, and no other.
 */
export function expandAliases(recipients: readonly string[], aliases: Aliases): Recipients {
  const expanded: Recipients = { recipients: [], refused: [] };
  let looked = 0;
  // Each is said once, however many ways lead there.
  const said = new Set<string>();
  const refuse = (refusal: LocalRefusal) => {
    if (!said.has(refusal.reply)) expanded.refused.push(refusal);
    said.add(refusal.reply);
  };
  const expand = (recipient: string, path: readonly string[], top: string): void => {
    if (++looked > MAX_TARGETS) {
      if (looked === MAX_TARGETS + 1) refuse(refusalOf({ name: top, problem: 'stands for too many addresses' }));
      return;
    }
    const name = recipient.toLowerCase();
    const key = aliases.has(name) ? name : 'default';
    const alias = recipient.includes('@') ? undefined : aliases.get(key);
    // An alias that names itself means the mailbox of that name, and so does a target of "default" that is no alias.
    if (alias === undefined || path[path.length - 1] === key || (key === 'default' && path.includes(key))) {
      expanded.recipients.push(recipient);
      return;
    }
    if (path.length === MAX_DEPTH || path.includes(key)) {
      const problem = path.includes(key) ? 'leads back to itself' : `goes over more than ${MAX_DEPTH} other aliases`;
      refuse(refusalOf({ name: top, problem }));
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
