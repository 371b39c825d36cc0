// `mailshim config check` and `mailshim config show`: the configuration line by line, never a secret.

import { accountOf } from '../config/account.ts';
import { type AccountSection, chooseAccount, type Setting } from '../config/accounts.ts';
import { type Directive, directivesByName } from '../config/directives.ts';
import { type DocumentedDirective, documented, helpOf } from '../config/documentation.ts';
import { type Configuration, readConfiguration } from '../config/files.ts';
import type { ConfigLine } from '../config/lex.ts';
import type { Environment } from '../environment.ts';
import { type Answer, type Complaint, EX, ExitError, textOf } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';

const USAGE = `Usage: mailshim config check [FILE]
       mailshim config show [-a ACCOUNT] [-C FILE]

check explains a configuration line by line and reports errors; show prints the values in effect and the line that
sets each. Default FILE: the configuration for mail of this user.
`;

/** `words` without "config". */
export function configCommand(words: readonly string[], environment: Environment): Answer {
  if (words.some((word) => word === '--help' || word === '-h')) return { code: EX.OK, stdout: USAGE, complaints: [] };
  if (words[0] !== 'check' && words[0] !== 'show') throw new ExitError(diagnostic('config-command.usage'));
  const { file, account, rest } = readOptions(words.slice(1));
  const unexpected = rest[words[0] === 'check' && file === undefined ? 1 : 0];
  if (unexpected !== undefined)
    throw new ExitError(diagnostic('config-command.argument', { action: words[0], word: unexpected }));
  const configuration = readConfiguration(environment, file ?? rest[0]);
  return words[0] === 'check' ? check(configuration, environment) : show(configuration, account);
}

function readOptions(words: readonly string[]): { file?: string; account?: string; rest: string[] } {
  const options: { file?: string; account?: string; rest: string[] } = { rest: [] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const name =
      word === '-C' || word === '--file' ? 'file' : word === '-a' || word === '--account' ? 'account' : undefined;
    if (name !== undefined) {
      const value = words[++at];
      if (value === undefined)
        throw new ExitError(diagnostic('option.argument-missing', { option: word, form: name.toUpperCase() }));
      options[name] = value;
    } else if (word.startsWith('-')) throw new ExitError(diagnostic('config-command.option', { option: word }));
    else options.rest.push(word);
  }
  return options;
}

function check(configuration: Configuration, environment: Environment): Answer {
  const out: string[] = [];
  const complaints: Complaint[] = configuration.unreadable.map(({ file, why }) =>
    diagnostic('config.unreadable', { file, why, euid: environment.euid }),
  );
  for (const file of configuration.files) {
    out.push(`${file}:`);
    for (const line of configuration.lines.filter((entry) => entry.file === file)) {
      const problem = configuration.problems.find((entry) => entry.file === file && entry.line === line.line);
      const text = `${/^[\w-]*/.exec(line.word)![0]} ${shownArgument(line)}`.trim();
      out.push(
        `  ${String(line.line).padStart(4)}  ${text.padEnd(40)}  ${problem === undefined ? explain(line.word) : `WRONG: ${problem.problem.text}`}`,
      );
    }
  }
  complaints.push(...complaintsOf(configuration));
  for (const section of configuration.accounts) {
    try {
      for (const warning of accountOf(section, new Map(), environment.home).warnings)
        complaints.push(`warning: ${warning.text}`);
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      // An account that others copy from need not be complete.
      const copied = configuration.accounts.length > 1 && section.name !== 'default';
      complaints.push(copied ? `warning: ${error.message}` : error.message);
    }
  }
  if (configuration.files.length === 0 && complaints.length === 0)
    complaints.push(diagnostic('config-command.no-file'));
  const bad = complaints.some((complaint) => !textOf(complaint).startsWith('warning: '));
  if (!bad)
    out.push(
      `${configuration.accounts.length} account(s): ${configuration.accounts.map(({ name }) => name).join(', ')}`,
    );
  return { code: bad ? EX.CONFIG : EX.OK, stdout: out.map((line) => `${line}\n`).join(''), complaints };
}

/** Problems, and passwords whose variable is not set for this process. */
function complaintsOf({ problems, accounts }: Configuration): string[] {
  const missing = accounts.flatMap(({ settings }) => {
    const password = settings.get('password');
    return password?.missing === undefined
      ? []
      : [`${password.file}:${password.line}: password: ${password.missing.text}`];
  });
  const all = problems.map(({ file, line, problem }) => `${file}:${line}: ${problem.text}`);
  return [...all, ...new Set(missing)];
}

/** The argument of an unknown word may be a password. */
function shownArgument({ word, argument }: ConfigLine): string {
  if (word === 'account' || word === 'defaults' || /^(?:on|off)?$/.test(argument)) return argument;
  const directive = directivesByName.get(word);
  return directive === undefined || directive.secret ? '(secret)' : withoutSecrets(argument);
}

/** The user and the query of a URL. */
function withoutSecrets(value: string): string {
  return value.replace(/(:\/\/)[^/\s@]*@/g, '$1(secret)@').replace(/(:\/\/[^\s?#]*)[?#]\S*/g, '$1?(secret)');
}

function explain(word: string): string {
  if (word === 'defaults') return 'Defaults of the accounts below.';
  if (word === 'account') return 'Begins an account.';
  if (word === 'eval') return 'Reads a line from the output of a command.';
  return helpOf(word);
}

function show(configuration: Configuration, name: string | undefined): Answer {
  const choice = chooseAccount(configuration.accounts, name, undefined);
  if ('problem' in choice) throw new ExitError(choice.problem);
  const { account: section } = choice;
  const out = [`account ${section.name}  (${section.file}:${section.line})`];
  for (const directive of documented) {
    const row = rowOf(section, directive);
    if (row !== undefined) out.push(row);
  }
  return {
    code: EX.OK,
    stdout: `${out.join('\n')}\n`,
    complaints: complaintsOf(configuration),
  };
}

function shownSetting({ secret }: Directive, { value, source }: Setting): string {
  if (source !== undefined) return source === 'eval' ? '(from eval)' : `(from $${source})`;
  return secret ? '(secret)' : withoutSecrets(value);
}

function rowOf(section: AccountSection, directive: DocumentedDirective): string | undefined {
  const { name, default: fallback } = directive;
  const setting = section.settings.get(name);
  if (setting === undefined)
    return fallback === '' ? undefined : `  ${name.padEnd(24)} ${`(${fallback})`.padEnd(32)} default`;
  return `  ${name.padEnd(24)} ${shownSetting(directive, setting).padEnd(32)} ${setting.file}:${setting.line}`;
}
