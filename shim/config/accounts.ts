// Lines into accounts: defaults, inheritance, values parsed (msmtprc language), and the choice among accounts.

import { type Diagnostic, placed } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { type Directive, directiveNamed, directivesByName, nearestDirective } from './directives.ts';
import { type Evaluate, isProblem, type Problem } from './kinds.ts';
import { type ConfigLine, type ConfigProblem, nameIn } from './lex.ts';
import { variableIn } from './variables.ts';

export interface Setting {
  /** As text, normalized by the directive's kind: "465" for "0x1d1", "on" for nothing. */
  value: string;
  /** The same, typed; undefined if the text is not a value. */
  parsed: unknown;
  file: string;
  line: number;
  /** Where the value came from, if not from the file: "eval", or the name of a variable. Such a value is not shown. */
  source?: string;
  /** Why there is no value: its variable is not set, or may not be used. */
  missing?: Diagnostic;
}
export interface AccountSection {
  name: string;
  file: string;
  line: number;
  settings: Map<string, Setting>;
  /** Directives that the account itself has, or one it copies: only these are copied on, defaults are not. */
  explicit: Set<string>;
}

/** Settings by directive; obsolete directives become those that replaced them. `variable` gives no value by default. */
export function buildAccounts(
  lines: readonly ConfigLine[],
  evaluate: Evaluate,
  variable: Evaluate = (name) => ({ problem: diagnostic('variable.unset', { name }) }),
): { accounts: AccountSection[]; problems: ConfigProblem[] } {
  const accounts: AccountSection[] = [];
  const problems: ConfigProblem[] = [];
  let defaults = new Map<string, Setting>();
  let current: { settings: Map<string, Setting>; explicit?: Set<string> } | undefined;
  for (const line of lines) {
    const { word, argument, file, line: number } = line;
    const fail = (problem: Diagnostic) => problems.push({ file, line: number, problem });
    if (word === 'defaults') {
      defaults = new Map(defaults);
      current = { settings: defaults };
      continue;
    }
    if (word === 'account') {
      const section = openAccount(line, accounts, defaults);
      if (isProblem(section)) fail(section.problem);
      else accounts.push(section);
      // The lines after a wrong one still belong to a section, so that they are checked too.
      current = isProblem(section) ? { settings: new Map() } : section;
      continue;
    }
    const read = word === 'eval' ? evaluated(argument, evaluate) : settingOf(line, variable);
    if (isProblem(read)) {
      fail(read.problem);
      continue;
    }
    if (current === undefined) {
      // Lines before any section belong to an account "default", as in msmtp.
      const section = { name: 'default', file, line: number, settings: new Map(), explicit: new Set<string>() };
      accounts.push(section);
      current = section;
    }
    current.explicit?.add(read.name);
    current.settings.set(read.name, { ...read.setting, file, line: number });
  }
  return { accounts, problems };
}

interface Read {
  name: string;
  setting: Omit<Setting, 'file' | 'line'>;
}

/** No problem repeats the output of a command: it may be a secret. */
function evaluated(command: string, evaluate: Evaluate): Read | Problem {
  const result = evaluate(command);
  if (isProblem(result)) return { problem: placed('eval', result.problem) };
  const [, word = '', argument = ''] = /^[ \t]*([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(result.value) ?? [];
  const directive = directivesByName.get(word);
  if (directive === undefined) return { problem: diagnostic('eval.no-directive') };
  return from('eval', readAs(directive, argument), `eval: ${directive.name}`);
}

function settingOf({ word, argument, quoted }: ConfigLine, variable: Evaluate): Read | Problem {
  const directive = directivesByName.get(word);
  if (directive === undefined) {
    const written = nameIn(word);
    return { problem: diagnostic('directive.unknown', { word: written, nearest: nearestDirective(written) }) };
  }
  const name = quoted || directive.type === 'command' ? undefined : variableIn(argument);
  if (name === undefined) return readAsWritten(directive, argument);
  const result = variable(name);
  if ('value' in result) return from(name, readAs(directive, result.value), `${word}, from the variable ${name}`);
  return { name: directive.name, setting: { value: '', parsed: undefined, source: name, missing: result.problem } };
}

function from(source: string, read: Read | Problem, where: string): Read | Problem {
  return isProblem(read) ? { problem: placed(where, read.problem) } : { ...read, setting: { ...read.setting, source } };
}

/** A problem repeats the value, unless that may be a secret. */
export function readAsWritten(directive: Directive, argument: string): Read | Problem {
  const read = readAs(directive, argument);
  if (!isProblem(read)) return read;
  const shown = directive.secret || argument.includes('://') ? '' : ` ${argument}`;
  return { problem: placed(`${directive.name}${shown}`, read.problem) };
}

/** The setting of a directive; for an obsolete one, of the directive that replaced it. */
function readAs(directive: Directive, argument: string): Read | Problem {
  const text = argument === '' ? (directive.empty ?? '') : argument;
  const parsed = directive.unsupported && text === '' ? undefined : directive.parse(text);
  if (isProblem(parsed)) return parsed;
  if (directive.means !== undefined) {
    const [name, meant] = directive.means(parsed);
    return readAs(directiveNamed(name), meant);
  }
  // 0x1d1 is 465, and PLAIN plain.
  const exact = directive.type === 'integer' || (directive.type === 'choice' && typeof parsed === 'string');
  const value = exact ? String(parsed ?? text) : text;
  return { name: directive.name, setting: { value, parsed: value === '' ? undefined : parsed } };
}

function openAccount(
  line: ConfigLine,
  accounts: readonly AccountSection[],
  defaults: ReadonlyMap<string, Setting>,
): AccountSection | Problem {
  const [namePart = '', ...parentParts] = line.argument.split(':');
  const name = namePart.trim();
  if (name === '') return { problem: diagnostic('account.no-name') };
  if (accounts.some((account) => account.name === name)) return { problem: diagnostic('account.twice', { name }) };
  const settings = new Map(defaults);
  const explicit = new Set<string>();
  if (parentParts.length > 0) {
    for (const parent of parentParts.join(':').split(',')) {
      const found = accounts.find((account) => account.name === parent.trim());
      if (found === undefined) return { problem: diagnostic('account.unknown-parent', { name: parent.trim() }) };
      for (const key of found.explicit) {
        const setting = found.settings.get(key);
        if (setting !== undefined) settings.set(key, setting);
        explicit.add(key);
      }
    }
  }
  return { name, file: line.file, line: line.line, settings, explicit };
}

/** A `from` with wildcards matches senders; it is not a sender. */
export function isPattern(from: string): boolean {
  return /[*?[]/.test(from);
}

/**
 * Whether an account's `from` is for this sender: without regard to case, with the patterns of fnmatch(3), and
 * `user+detail@x` for `user@x`.
 */
export function matchesSender(from: string, sender: string): boolean {
  const wanted = sender.toLowerCase();
  const bare = wanted.replace(/^([^@+]+)\+[^@]*@/, '$1@');
  const pattern = from.toLowerCase();
  return glob(pattern, wanted) || glob(pattern, bare);
}

// Not a regular expression: a pattern could make one backtrack without end.
function glob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const width = pattern[p] === '*' ? 0 : matchOne(pattern, p, text.charAt(t));
    if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (width > 0) {
      p += width;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** How many characters of the pattern match this one character; 0 for none. */
function matchOne(pattern: string, at: number, character: string): number {
  const symbol = pattern[at];
  if (symbol === undefined) return 0;
  if (symbol === '?') return 1;
  const close = symbol === '[' ? pattern.indexOf(']', at + 2) : -1;
  if (close === -1) return symbol === character ? 1 : 0;
  let set = pattern.slice(at + 1, close);
  const negated = /^[!^]/.test(set);
  if (negated) set = set.slice(1);
  let inside = false;
  for (let i = 0; i < set.length; i++) {
    if (set[i + 1] === '-' && i + 2 < set.length) {
      if (set.charAt(i) <= character && character <= set.charAt(i + 2)) inside = true;
      i += 2;
    } else if (set[i] === character) inside = true;
  }
  return inside === negated ? 0 : close - at + 1;
}

export type Choice = { account: AccountSection } | Problem;

/** By name; else by sender, the first whose `from` matches; else "default". */
export function chooseAccount(
  accounts: readonly AccountSection[],
  name: string | undefined,
  sender: string | undefined,
): Choice {
  const named = (wanted: string) => accounts.find((account) => account.name === wanted);
  if (name !== undefined) {
    const account = named(name);
    if (account !== undefined) return { account };
    return { problem: diagnostic('account.unknown', { name, known: accounts.map((entry) => entry.name) }) };
  }
  if (sender !== undefined && sender !== '') {
    const account = accounts.find((entry) => {
      const from = entry.settings.get('from')?.value;
      return from !== undefined && matchesSender(from, sender);
    });
    if (account !== undefined) return { account };
  }
  const account = named('default');
  if (account !== undefined) return { account };
  const [first] = accounts;
  return {
    problem: first === undefined ? diagnostic('account.none') : diagnostic('account.no-default', { first: first.name }),
  };
}
