// Lines into accounts: defaults, inheritance, values checked (msmtprc language), and the choice among accounts.

import { type Directive, directivesByName, emptyValue, nearestDirective } from './directives.ts';
import type { ConfigLine, ConfigProblem } from './lex.ts';

export interface Setting {
  value: string;
  file: string;
  line: number;
  /** The value came from a command (eval). */
  evaluated: boolean;
}
export interface AccountSection {
  name: string;
  file: string;
  line: number;
  settings: Map<string, Setting>;
  /** Directives that the account itself has, or one it copies: only these are copied on, defaults are not. */
  explicit: Set<string>;
}

/** Runs a shell command and gives its first line of output; a string in `error` says why it could not. */
export type Evaluate = (command: string) => { value: string } | { error: string };

/** Keys match directives; obsolete words are turned into what they mean. */
export function buildAccounts(
  lines: readonly ConfigLine[],
  evaluate: Evaluate,
): { accounts: AccountSection[]; problems: ConfigProblem[] } {
  const accounts: AccountSection[] = [];
  const problems: ConfigProblem[] = [];
  let defaults = new Map<string, Setting>();
  // Lines before any section belong to an account "default", as in msmtp.
  let current: { settings: Map<string, Setting>; explicit?: Set<string> } | undefined;
  for (const line of lines) {
    const fail = (message: string) => problems.push({ file: line.file, line: line.line, message });
    let { word, argument } = line;
    let evaluated = false;
    if (word === 'defaults') {
      defaults = new Map(defaults);
      current = { settings: defaults };
      continue;
    }
    if (word === 'account') {
      const section = openAccount(line, accounts, defaults);
      if (typeof section === 'string') {
        fail(section);
        // What follows still belongs to one section, so that its lines are checked too.
        current = { settings: new Map() };
      } else {
        accounts.push(section);
        current = section;
      }
      continue;
    }
    if (word === 'eval') {
      const result = evaluate(argument);
      if ('error' in result) {
        fail(`eval: ${result.error}`);
        continue;
      }
      const match = /^[ \t]*([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(result.value);
      word = match?.[1] ?? '';
      argument = match?.[2] ?? '';
      evaluated = true;
    }
    const directive = directivesByName.get(word);
    if (directive === undefined) {
      const nearest = nearestDirective(word);
      fail(
        `unknown directive ${JSON.stringify(word)}${nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`}`,
      );
      continue;
    }
    const value = checkValue(directive, argument);
    if (typeof value !== 'string') {
      fail(value.problem);
      continue;
    }
    if (current === undefined) {
      const section: AccountSection = {
        name: 'default',
        file: line.file,
        line: line.line,
        settings: new Map(),
        explicit: new Set(),
      };
      accounts.push(section);
      current = section;
    }
    const [name, meant] = modernize(word, value);
    current.explicit?.add(name);
    current.settings.set(name, { value: meant, file: line.file, line: line.line, evaluated });
  }
  return { accounts, problems };
}

function openAccount(
  line: ConfigLine,
  accounts: readonly AccountSection[],
  defaults: ReadonlyMap<string, Setting>,
): AccountSection | string {
  const [namePart, ...parentParts] = line.argument.split(':');
  const name = namePart!.trim();
  if (name === '') return 'account needs a name';
  if (accounts.some((account) => account.name === name))
    return `account ${JSON.stringify(name)} is defined twice in this file`;
  const settings = new Map(defaults);
  const explicit = new Set<string>();
  if (parentParts.length > 0) {
    for (const parent of parentParts.join(':').split(',')) {
      const found = accounts.find((account) => account.name === parent.trim());
      if (found === undefined) return `account ${JSON.stringify(parent.trim())} is not defined above`;
      for (const key of found.explicit) {
        const setting = found.settings.get(key);
        if (setting !== undefined) settings.set(key, setting);
        explicit.add(key);
      }
    }
  }
  return { name, file: line.file, line: line.line, settings, explicit };
}

/** The value as it will be used, or what is wrong with it. */
export function checkValue(directive: Directive, argument: string): string | { problem: string } {
  const bad = (expected: string) => ({ problem: `${directive.name} ${argument}: ${expected}` });
  switch (directive.type) {
    case 'boolean':
      if (argument === '' && emptyValue(directive) !== undefined) return 'on';
      return argument === 'on' || argument === 'off' ? argument : bad('write on or off');
    case 'integer': {
      if (argument === '' && directive.unsupported) return '';
      const number = parseInteger(argument);
      if (number === undefined) return bad('write a whole number');
      if (/port$/.test(directive.name) && (number < 1 || number > 65535)) return bad('a port is 1 to 65535');
      if (directive.name === 'relay_connections' && (number < 1 || number > 100)) return bad('write 1 to 100');
      return String(number);
    }
    case 'choice': {
      // EHLO answers write methods in capitals, and so do people who copy them from there.
      const value =
        argument === '' ? (emptyValue(directive) ?? '') : directive.name === 'auth' ? argument.toLowerCase() : argument;
      return directive.choices!.includes(value) ? value : bad(`write one of ${directive.choices!.join(', ')}`);
    }
    default:
      return checkText(directive, argument);
  }
}

function checkText(directive: Directive, argument: string): string | { problem: string } {
  const bad = (expected: string) => ({ problem: `${directive.name} ${argument}: ${expected}` });
  switch (directive.name) {
    case 'timeout':
    case 'connect_timeout':
      if (argument === 'off') return argument;
      return (parseInteger(argument) ?? Number(argument)) > 0
        ? String(parseInteger(argument) ?? Number(argument))
        : bad('write seconds, or off');
    case 'preflight_timeout':
      return Number(argument) > 0 && Number(argument) <= 60 ? argument : bad('write seconds, at most 60');
    case 'submit_deadline':
      return Number(argument) > 0 && Number(argument) <= 3600 ? argument : bad('write seconds, at most 3600');
    case 'queue_lifetime': {
      const match = /^(\d{1,6})([smhd]?)$/.exec(argument);
      return match !== null && Number(match[1]) > 0 ? argument : bad('write a number of days, or such as 12h or 30m');
    }
    case 'bounce_to':
      return argument === 'off' || /^[^\s@<>]+@[^\s@<>]+$/.test(argument) ? argument : bad('write an address, or off');
    case 'preflight_url':
      return /^https?:\/\/[^ ]+$/i.test(argument) && URL.canParse(argument)
        ? argument
        : bad('write a URL that starts with https:// or http://');
    case 'dsn_notify':
      return /^(off|never|(failure|delay|success)(,(failure|delay|success))*)$/.test(argument)
        ? argument
        : bad('write off, never, or a list of failure, delay, success');
    case 'tls_fingerprint': {
      const hex = argument.replaceAll(':', '').toLowerCase();
      // 32 digits are MD5, which an account that is used must not have: accountOf says so.
      return /^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})?$/.test(hex)
        ? hex
        : bad('write the SHA-256 fingerprint in hexadecimal');
    }
    case 'host':
      return argument === '' ? { problem: 'host needs an argument' } : argument;
    default:
      return argument;
  }
}

// msmtp reads numbers by strtol with base 0, so 0465 is octal; whoever wrote that meant 465, yet both must agree.
function parseInteger(text: string): number | undefined {
  const digits = text.replace(/^\+/, '');
  if (/^0[xX][0-9a-fA-F]{1,8}$/.test(digits)) return Number.parseInt(digits, 16);
  if (/^0[0-7]{1,11}$/.test(digits)) return Number.parseInt(digits, 8);
  return /^(0|[1-9][0-9]{0,14})$/.test(digits) ? Number(digits) : undefined;
}

/** Obsolete words as what they mean. */
export function modernize(name: string, value: string): [string, string] {
  const inverse = value === 'on' ? 'off' : 'on';
  switch (name) {
    case 'connect_timeout':
      return ['timeout', value];
    case 'keepbcc':
      return ['remove_bcc_headers', inverse];
    case 'tls_nocertcheck':
      return ['tls_certcheck', inverse];
    case 'tls_nostarttls':
      return ['tls_starttls', inverse];
    case 'add_missing_from_header':
      return ['set_from_header', value === 'on' ? 'auto' : 'off'];
    case 'add_missing_date_header':
      return ['set_date_header', value === 'on' ? 'auto' : 'off'];
    case 'undisclosed_recipients':
      return ['set_to_header', value === 'on' ? 'undisclosed_recipients' : 'off'];
    default:
      return [name, value];
  }
}

/** A `from` with wildcards matches a sender; it is none itself. */
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

// fnmatch by hand, since a pattern turned into a regular expression can be made to backtrack for ever.
function glob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const width = pattern[p] === '*' ? 0 : matchOne(pattern, p, text[t]!);
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
      if (set[i]! <= character && character <= set[i + 2]!) inside = true;
      i += 2;
    } else if (set[i] === character) inside = true;
  }
  return inside === negated ? 0 : close - at + 1;
}

export type Choice = { account: AccountSection } | { problem: string };

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
    const known = accounts.map((entry) => entry.name).join(', ');
    return { problem: `account ${JSON.stringify(name)} is not defined${known === '' ? '' : `; defined are ${known}`}` };
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
  if (accounts.length === 0) return { problem: 'no account is defined' };
  return {
    problem: `no account "default" is defined; add a line "account default : ${accounts[0]!.name}"`,
  };
}
