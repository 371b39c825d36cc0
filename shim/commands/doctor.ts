// `mailshim doctor`: checks everything between PHP and the receivers in order, and names what is wrong and the remedy.

import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { several, wordReader } from '../cli/words.ts';
import { type Account, accountOf } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import { defined } from '../defined.ts';
import { systemResolver } from '../dns/system.ts';
import { explain } from '../doctor/catalogue.ts';
import { checkConfiguration } from '../doctor/configuration.ts';
import type { DoctorContext, LocalUser } from '../doctor/context.ts';
import { checkDns, checkMx } from '../doctor/dns.ts';
import { checkPhp, viewOfPhp } from '../doctor/php.ts';
import { checkProgram, checkStarted } from '../doctor/program.ts';
import { checkRelay } from '../doctor/relay.ts';
import { AREAS, type Area, HEADINGS, isGap, type Level, type Result } from '../doctor/result.ts';
import { checkSend } from '../doctor/send.ts';
import { checkQueue, checkSpool } from '../doctor/spool.ts';
import type { Environment } from '../environment.ts';
import { type Answer, EX, ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { PROGRAM_PLACES, programPlace } from '../setup/program.ts';
import { inline, printableJson } from '../text/printable.ts';

interface Options {
  json?: boolean;
  lang: 'en' | 'ru';
  account?: string;
  to?: string;
  send?: boolean;
  user?: string;
  root: string;
  program?: string;
  dnsServer?: string[];
}

const LINKS: Record<Area, (context: DoctorContext) => Result[] | Promise<Result[]>> = {
  program: async (context) => [...(await checkProgram(context)), ...(await checkStarted(context))],
  config: checkConfiguration,
  php: checkPhp,
  spool: checkSpool,
  relay: checkRelay,
  dns: async (context) => [...(await checkDns(context)), ...(await checkMx(context))],
  queue: checkQueue,
  send: checkSend,
};

const PORT_OF_MX = 25;
const MARKS: Record<Level, string> = { ok: '✓', warning: '!', failure: '✗', skipped: '-' };
const SUMMARY = {
  en: (failures: number, warnings: number, unchecked: string) => {
    if (failures + warnings > 0)
      return `${failures} ${failures === 1 ? 'failure' : 'failures'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`;
    return unchecked === ''
      ? 'All is well.'
      : `No failures were found, but not everything could be checked: ${unchecked}.`;
  },
  ru: (failures: number, warnings: number, unchecked: string) => {
    if (failures + warnings > 0) return `Ошибок: ${failures}, предупреждений: ${warnings}.`;
    return unchecked === '' ? 'Всё в порядке.' : `Ошибок не найдено, но проверить удалось не всё: ${unchecked}.`;
  },
};

/** `words` without "doctor". */
export async function doctorCommand(
  words: readonly string[],
  environment: Environment,
  version: string,
): Promise<Answer> {
  const options = readWords(words);
  if (typeof options === 'string') return { code: EX.OK, stdout: options, complaints: [] };
  const context = contextOf(options, environment, version);
  const found: { area: Area; results: Result[] }[] = [];
  const terminal = process.stderr.isTTY === true;
  for (const [index, area] of AREAS.entries()) {
    if (terminal) writeSync(2, `\r\x1b[K[${index + 1}/${AREAS.length}] ${HEADINGS[options.lang][area]} …`);
    found.push({ area, results: await LINKS[area](context) });
  }
  if (terminal) writeSync(2, '\r\x1b[K');
  dropContradiction(found);
  const all = found.flatMap(({ results }) => results);
  const count = (level: Level) => all.filter((each) => each.level === level).length;
  const code = count('failure') > 0 ? 2 : count('warning') > 0 ? 1 : 0;
  return { code, stdout: options.json ? jsonText(found, options) : plainText(found, options), complaints: [] };
}

/** A closed port 25 is right only where MX is not the relay. */
function dropContradiction(found: { results: Result[] }[]): void {
  if (!found.some(({ results }) => results.some(({ id }) => id === 'dns.mx-at-relay'))) return;
  for (const each of found)
    each.results = each.results.filter(
      (one) => !(one.id === 'relay.port' && 'args' in one && one.args.port === PORT_OF_MX),
    );
}

function readWords(words: readonly string[]): Options | string {
  const { command, read } = wordReader('doctor');
  command
    .description(
      'Check everything between PHP and the receivers. Exit status: 0 nothing wrong, 1 warnings, 2 failures.',
    )
    .option('-a, --account <name>', 'account of the configuration (default: default)')
    .option('--to <address>', 'recipient to name to the relay; without --send no mail is sent')
    .option('--send', 'send a mail with mail() of each pool and PHP, to the sender itself or to --to, and follow it')
    .option('--user <name>', 'user PHP runs as (default: the users of all pools and sites as root, otherwise you)')
    .option('--program <path>', `path of mailshim for php.ini (default: the first of ${PROGRAM_PLACES.join(', ')})`)
    .option('--dns-server <address>', 'DNS server to query; may be repeated', several)
    .option('--json', 'print JSON')
    .addOption(new Option('--root <folder>', 'the root of another system').default('').hideHelp())
    .addOption(new Option('--lang <language>', 'language of the texts').choices(['en', 'ru']).default('en'));
  const help = read(words);
  if (help !== undefined) return help;
  const options = command.opts<Options>();
  return { ...options, root: options.root.replace(/\/+$/, '') };
}

function contextOf(options: Options, outer: Environment, version: string): DoctorContext {
  const { root, user } = options;
  const program = options.program ?? programPlace(root);
  const php = viewOfPhp({ root, program, euid: outer.euid, user });
  const web = php.users[0];
  const environment = environmentOf(options, outer, web);
  const configuration = readConfiguration(environment, undefined);
  const account = accountIn(configuration, options.account, environment);
  const servers = options.dnsServer ?? account?.dnsServers ?? [];
  return {
    environment,
    root,
    configuration,
    account,
    php,
    web,
    blocked: new Set(),
    resolver: systemResolver(servers.length === 0 ? {} : { servers }),
    version,
    runtime: `Node ${process.versions.node}`,
    program,
    seen: {},
    to: options.to,
    send: options.send === true,
  };
}

/**
 * As root the checks have the environment of the user that PHP runs as, whose home may have a configuration. A
 * configuration of the system is checked first, unless a user was named.
 */
function environmentOf({ root, user }: Options, outer: Environment, web: LocalUser | undefined): Environment {
  const elsewhere = root === '' ? {} : { etc: `${root}${outer.etc}`, systemSpool: `${root}${outer.systemSpool}` };
  const environment = { ...outer, ...elsewhere };
  if (outer.euid !== 0 || web === undefined || web.uid === 0) return environment;
  const isSystems =
    user === undefined && ['mailshimrc', 'msmtprc'].some((name) => existsSync(join(environment.etc, name)));
  const home = isSystems || !web.home ? undefined : join(root || '/', web.home);
  return { ...environment, home, configHome: undefined, stateHome: undefined, euid: web.uid };
}

function accountIn(
  configuration: DoctorContext['configuration'],
  name: string | undefined,
  { home }: Environment,
): Account | undefined {
  if (configuration.problems.length > 0) return undefined;
  const choice = chooseAccount(configuration.accounts, name, undefined);
  if ('problem' in choice) {
    if (name !== undefined) throw new ExitError(diagnostic('doctor.account', { why: choice.problem.text }));
    return undefined;
  }
  try {
    return accountOf(choice.account, new Map(), home);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    configuration.problems.push({ file: choice.account.file, line: choice.account.line, problem: error.diagnostic });
    return undefined;
  }
}

function plainText(found: readonly { area: Area; results: Result[] }[], { lang }: Options): string {
  const lines: string[] = [];
  let failures = 0;
  let warnings = 0;
  for (const { area, results } of found) {
    if (results.length === 0) continue;
    lines.push(HEADINGS[lang][area]);
    for (const each of results) {
      if (each.level === 'failure') failures++;
      if (each.level === 'warning') warnings++;
      const { text, cause, remedy } = explain(each, lang);
      lines.push(`  ${MARKS[each.level]} ${inline(text)}`);
      if (cause !== undefined && each.level !== 'ok') lines.push(`      ${inline(cause)}`);
      if (remedy !== undefined && each.level !== 'ok') lines.push(`      → ${inline(remedy)}`);
    }
  }
  const unchecked = found.filter(({ results }) => results.some(isGap)).map(({ area }) => HEADINGS[lang][area]);
  lines.push('', SUMMARY[lang](failures, warnings, unchecked.join(', ')));
  return `${lines.join('\n')}\n`;
}

function jsonText(found: readonly { area: Area; results: Result[] }[], { lang }: Options): string {
  const links = found.flatMap(({ area, results }) =>
    results.map((each) => {
      const { id, args } = 'finding' in each ? each.finding : each;
      const { text, cause, remedy } = explain(each, lang);
      return { area, id, level: each.level, args, says: text, ...defined({ detail: cause, remedy }) };
    }),
  );
  return `${printableJson({ links })}\n`;
}
