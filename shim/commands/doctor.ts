// `mailshim doctor`: every link that a mail passes, looked at in order; what is wrong, and what to do about it.

import { writeSync } from 'node:fs';
import { Option } from 'commander';
import { textOf } from '../../shared/findings/catalog.ts';
import { several, wordReader } from '../cli/words.ts';
import { type Account, accountOf } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import { systemResolver } from '../dns/system.ts';
import type { DoctorContext, Person } from '../doctor/context.ts';
import { checkDns } from '../doctor/dns.ts';
import { AREAS, type Area, areaOf, HEADINGS, type Level, type Result } from '../doctor/link.ts';
import { checkConfiguration, checkPhp, checkSpool } from '../doctor/local.ts';
import { checkProgram } from '../doctor/program.ts';
import { checkQueue } from '../doctor/queue.ts';
import { checkRelay } from '../doctor/relay.ts';
import { checkStarted } from '../doctor/started.ts';
import type { Words } from '../doctor/text.ts';
import { texts } from '../doctor/texts.ts';
import type { Environment } from '../environment.ts';
import { type Answer, EX, ExitError } from '../exit.ts';
import { PROGRAM_PLACES, programPlace } from '../setup/php.ts';
import { findUser } from '../setup/users.ts';
import { inline, printableJson } from '../text/printable.ts';

interface Options {
  json?: boolean;
  lang: 'en' | 'ru';
  account?: string;
  to?: string;
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
  dns: checkDns,
  queue: checkQueue,
};

const MARKS: Record<Level, string> = { ok: '✓', warning: '!', failure: '✗', skipped: '-' };
const SUMMARY = {
  en: (failures: number, warnings: number) =>
    failures + warnings === 0
      ? 'All is well.'
      : `${failures} ${failures === 1 ? 'failure' : 'failures'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`,
  ru: (failures: number, warnings: number) =>
    failures + warnings === 0 ? 'Всё в порядке.' : `Ошибок: ${failures}, предупреждений: ${warnings}.`,
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
  const all = found.flatMap(({ results }) => results);
  const count = (level: Level) => all.filter((each) => each.level === level).length;
  const code = count('failure') > 0 ? 2 : count('warning') > 0 ? 1 : 0;
  return { code, stdout: options.json ? jsonText(found, options) : plainText(found, options), complaints: [] };
}

function readWords(words: readonly string[]): Options | string {
  const { command, read } = wordReader('doctor');
  command
    .description('Look at every link that a mail passes. Exit status: 0 all is well, 1 warnings, 2 failures.')
    .option('-a, --account <name>', 'the account; unless given, the default one')
    .option('--to <address>', 'recipient to ask the relay about; nothing is sent')
    .option('--user <name>', 'whom PHP runs as; unless given, www-data for root, else yourself')
    .option(
      '--program <path>',
      `where php.ini should find mailshim; unless given, the first of ${PROGRAM_PLACES.join(', ')}`,
    )
    .option('--dns-server <address>', 'name server to ask; may be repeated', several)
    .option('--json', 'for programs')
    .addOption(new Option('--root <folder>', 'the root of another system').default('').hideHelp())
    .addOption(new Option('--lang <language>', 'language of the texts').choices(['en', 'ru']).default('en'));
  const help = read(words);
  if (help !== undefined) return help;
  const options = command.opts<Options>();
  return { ...options, root: options.root.replace(/\/+$/, '') };
}

function contextOf(options: Options, outer: Environment, version: string): DoctorContext {
  const environment =
    options.root === ''
      ? outer
      : { ...outer, etc: `${options.root}${outer.etc}`, systemSpool: `${options.root}${outer.systemSpool}` };
  const configuration = readConfiguration(environment, undefined);
  const account = accountIn(configuration, options.account, environment);
  const servers = options.dnsServer ?? account?.dnsServers ?? [];
  return {
    environment,
    root: options.root,
    configuration,
    account,
    web: personOf(options, environment),
    resolver: systemResolver(servers.length === 0 ? {} : { servers }),
    version,
    runtime: `Node ${process.versions.node}`,
    program: options.program ?? programPlace(options.root),
    seen: {},
    to: options.to,
  };
}

function accountIn(
  configuration: DoctorContext['configuration'],
  name: string | undefined,
  { home }: Environment,
): Account | undefined {
  if (configuration.problems.length > 0) return undefined;
  const choice = chooseAccount(configuration.accounts, name, undefined);
  if ('problem' in choice) {
    if (name !== undefined) throw new ExitError(EX.USAGE, `doctor: ${choice.problem}`);
    return undefined;
  }
  try {
    return accountOf(choice.account, new Map(), home);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    configuration.problems.push({ file: choice.account.file, line: choice.account.line, message: error.message });
    return undefined;
  }
}

function personOf({ user, root }: Options, { euid }: Environment): Person {
  const name = user ?? (euid === 0 ? 'www-data' : undefined);
  const found = name === undefined ? undefined : findUser(root, name);
  if (found !== undefined) return found;
  if (user !== undefined) throw new ExitError(EX.NOUSER, `doctor: there is no user ${user} here`);
  return { name: `uid ${euid}`, uid: euid, gid: process.getegid?.() ?? euid };
}

function wordsOf(each: Result, lang: 'en' | 'ru'): Words {
  if (each.id === 'dns.finding') {
    const { title, fix, record } = textOf(each.finding, lang);
    const remedy = record === undefined ? fix : `${record.name} ${record.type} ${record.value}`;
    return { says: title, ...(remedy === undefined ? {} : { remedy }) };
  }
  return (texts[each.id][lang] as (args: unknown) => Words)(each.args);
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
      const { says, remedy } = wordsOf(each, lang);
      lines.push(`  ${MARKS[each.level]} ${inline(says)}`);
      if (remedy !== undefined && each.level !== 'ok') lines.push(`      → ${inline(remedy)}`);
    }
  }
  lines.push('', SUMMARY[lang](failures, warnings));
  return `${lines.join('\n')}\n`;
}

function jsonText(found: readonly { area: Area; results: Result[] }[], { lang }: Options): string {
  const links = found.flatMap(({ results }) =>
    results.map((each) => ({
      area: areaOf(each),
      id: each.id === 'dns.finding' ? each.finding.id : each.id,
      level: each.level,
      args: each.id === 'dns.finding' ? each.finding.args : each.args,
      ...wordsOf(each, lang),
    })),
  );
  return `${printableJson({ links })}\n`;
}
