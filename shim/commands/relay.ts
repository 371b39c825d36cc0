// `mailshim relay postfix`, `list` and `audit`: sets up and checks the machine that sends for the shops.

import { spawnSync } from 'node:child_process';
import { fstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { several, wordReader } from '../cli/words.ts';
import { type Answer, EX, ExitError } from '../exit.ts';
import { describeFileError } from '../file-error.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { audit, auditJson, auditText } from '../relay/audit.ts';
import type { Files } from '../relay/certificate.ts';
import {
  type Configuration,
  listOf,
  parseConfiguration,
  type Source,
  splitInput,
  unusedParameters,
} from '../relay/configuration.ts';
import { instructions } from '../relay/instructions.ts';
import { type RelayAnswers, readOptions } from '../relay/options.ts';
import { relayScript } from '../relay/script.ts';
import { shopsOf, shopsText } from '../relay/shops.ts';
import { printableJson } from '../text/printable.ts';

interface AuditOptions {
  json?: boolean;
  lang: 'en' | 'ru';
  domain?: string[];
}
type ListOptions = Pick<AuditOptions, 'json' | 'lang'>;
type PostfixOptions = RelayAnswers & { dryRun?: boolean; apply?: boolean };
type Chosen =
  | { action: 'postfix'; options: PostfixOptions }
  | { action: 'list'; options: ListOptions }
  | { action: 'audit'; folder: string | undefined; options: AuditOptions };

/** Bytes of standard input or of one file: main.cf and master.cf have some ten thousand. */
const LARGEST = 4 * 1024 * 1024;
/** The directories of Postfix's programs are not in a user's PATH on Debian. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

/** `words` without "relay". */
export function relayCommand(words: readonly string[], now: Date): Answer {
  const chosen = readWords(words);
  if (typeof chosen === 'string') return { code: EX.OK, stdout: chosen, complaints: [] };
  if (chosen.action === 'list') return runList(chosen.options);
  return chosen.action === 'audit' ? runAudit(chosen.folder, chosen.options, now) : runPostfix(chosen.options, now);
}

function readWords(words: readonly string[]): Chosen | string {
  let chosen: Chosen | undefined;
  const { command: commander, read } = wordReader('relay');
  commander
    .command('postfix')
    .description(
      'Print or run the script that makes Postfix on this machine a relay for a shop, in addition to those it has',
    )
    .option('--hostname <name>', 'host name of the relay, as in PTR: mail.shop.example')
    .option('--domain <domains>', 'domain that the shop sends for; may be repeated', several)
    .option(
      '--allow <addresses>',
      'addresses or networks of the shop, separated by commas, to add; may be repeated',
      several,
    )
    .option('--sasl-user <name>', 'login name; with --allow both are required; may be repeated', several)
    .option(
      '--receive-at <mailbox>',
      'forward mail for the domain to this mailbox, or ADDRESS=MAILBOX for one address; may be repeated',
      several,
    )
    .option(
      '--remove <words>',
      'addresses, domains and logins to remove, or @DOMAIN for forwarded mail; may be repeated',
      several,
    )
    .option('--replace', 'remove every shop and setting that is not named here; the output lists them')
    .option('--certificate <file>', 'PEM file with the chain (default: that of certbot)')
    .option('--key <file>', 'PEM file (default: that of certbot)')
    .option('--ipv4-only', 'do not use IPv6')
    .option('--dane', 'verify certificates of receivers by DANE; needs a validating DNS resolver')
    .addOption(new Option('--dry-run', 'show the changes without making them').conflicts('apply'))
    .option('--apply', 'run the script')
    .action((options: PostfixOptions) => {
      chosen = { action: 'postfix', options };
    });
  commander
    .command('list')
    .description('List the shops of the Postfix on this machine: domains, addresses, logins')
    .option('--json', 'print JSON')
    .addOption(new Option('--lang <language>', 'language of the texts').choices(['en', 'ru']).default('en'))
    .action((options: ListOptions) => {
      chosen = { action: 'list', options };
    });
  commander
    .command('audit')
    .description(
      'Report what is missing, wrong or dangerous in a configuration: that of this machine, a directory with main.cf and master.cf, or - for the output of "postconf -n; postconf -M"',
    )
    .argument('[folder]', 'a directory, or -')
    .option('--domain <domains>', 'domain that the shop sends for; may be repeated', several)
    .option('--json', 'print JSON')
    .addOption(new Option('--lang <language>', 'language of the texts').choices(['en', 'ru']).default('en'))
    .action((folder: string | undefined, options: AuditOptions) => {
      chosen = { action: 'audit', folder, options };
    });
  const help = read(words);
  if (help !== undefined) return help;
  // Without --help one action has run.
  return chosen!;
}

function runPostfix(options: PostfixOptions, now: Date): Answer {
  const read = readOptions(options);
  if ('problem' in read) throw new ExitError(read.problem);
  const script = relayScript(read.options, { dryRun: options.dryRun === true });
  if (options.apply !== true && options.dryRun !== true) return { code: EX.OK, stdout: script, complaints: [] };
  const ran = spawnSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8', env: { ...process.env, PATH } });
  if (ran.error !== undefined) throw new ExitError(diagnostic('relay-setup.shell', { why: ran.error.message }));
  const printed = lines(ran.stderr).map((line) => diagnostic('relay-setup.script', { line }));
  if (ran.status !== 0)
    return {
      code: EX.CONFIG,
      stdout: ran.stdout,
      complaints:
        printed.length > 0 ? printed : [diagnostic('relay-setup.ended', { status: String(ran.status ?? ran.signal) })],
    };
  if (options.dryRun === true) return { code: EX.OK, stdout: ran.stdout, complaints: printed };
  const next = instructions(read.options).map(
    ({ title, lines: own }) => `\n${title}:\n${own.map((line) => `  ${line}\n`).join('')}`,
  );
  const { configuration } = fromPostconf();
  const found = audit(configuration, { files: filesOfThisMachine, now, domains: read.options.domains });
  const left = found.length === 0 ? '' : `\nmailshim relay audit still finds:\n\n${auditText(found, 'en')}`;
  return { code: EX.OK, stdout: `${ran.stdout}${left}${next.join('')}`, complaints: printed };
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

function runList({ json, lang }: ListOptions): Answer {
  const folder = configFolder('list');
  const main = readText(join(folder, 'main.cf'), join(folder, 'main.cf'), 'list');
  const networks = listOf(askPostfix('postconf', ['-nh', 'mynetworks']).replaceAll('\n', ' '));
  const logins = askPostfix('sasldblistusers2', ['-f', join(folder, 'sasl', 'sasldb2')]);
  const shops = shopsOf(
    main,
    networks,
    [...logins.matchAll(/^([^@\n]+)@.*: userPassword$/gm)].map(([, name]) => name!),
  );
  const stdout = json === true ? `${printableJson({ shops })}\n` : shopsText(shops, lang);
  return { code: EX.OK, stdout, complaints: [] };
}

/** '' where the program is missing or fails. */
function askPostfix(program: string, words: readonly string[]): string {
  const { stdout } = spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, PATH } });
  return stdout ?? '';
}

function runAudit(folder: string | undefined, { json, lang, domain = [] }: AuditOptions, now: Date): Answer {
  const domains = domain.flatMap((word) => word.split(','));
  const { configuration, local } =
    folder === '-' ? fromInput() : folder === undefined ? fromPostconf() : fromFolder(folder);
  const found = audit(configuration, { files: local ? filesOfThisMachine : undefined, now, domains });
  return {
    code: found.length === 0 ? EX.OK : EX.FINDINGS,
    stdout: json === true ? auditJson(found, lang) : auditText(found, lang),
    complaints: [],
  };
}

interface Read {
  configuration: Configuration;
  /** The files that it names are those of this machine. */
  local: boolean;
}

function fromInput(): Read {
  const { main, master } = splitInput({ name: 'stdin', text: readText(0, 'standard input') });
  if (!/\S/.test(main.text + master.text)) throw new ExitError(diagnostic('relay-setup.no-input'));
  return { configuration: parseConfiguration(main, master), local: false };
}

function fromFolder(folder: string): Read {
  const source = (name: string): Source => ({
    name: join(folder, name),
    text: readText(join(folder, name), join(folder, name)),
  });
  return { configuration: parseConfiguration(source('main.cf'), source('master.cf')), local: true };
}

function configFolder(action: 'audit' | 'list'): string {
  const folder = askPostfix('postconf', ['-h', 'config_directory']).trim();
  if (folder !== '') return folder;
  throw new ExitError(diagnostic('relay-setup.no-postfix', { action }));
}

/** The files have the line numbers; postconf prints their directory and the names that it does not know. */
function fromPostconf(): Read {
  const folder = configFolder('audit');
  const { configuration } = fromFolder(folder);
  const { stderr } = spawnSync('postconf', ['-n'], { encoding: 'utf8', env: { ...process.env, PATH } });
  const unused = unusedParameters(configuration, stderr ?? '');
  return { configuration: { ...configuration, syntax: [...configuration.syntax, ...unused] }, local: true };
}

function readText(file: string | number, name: string, action: 'audit' | 'list' = 'audit'): string {
  try {
    const size = typeof file === 'number' ? fstatSync(file).size : statSync(file).size;
    if (size > LARGEST) throw new ExitError(diagnostic('relay-setup.too-large', { action, name }));
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ExitError) throw error;
    const why = describeFileError((error as NodeJS.ErrnoException).code);
    throw new ExitError(diagnostic('relay-setup.unreadable', { action, name, why }));
  }
}

const filesOfThisMachine: Files = {
  read(path) {
    try {
      const { mode, size } = statSync(path);
      if (size > LARGEST) return { ok: false, why: 'too large' };
      return { ok: true, text: readFileSync(path, 'latin1'), mode };
    } catch (error) {
      return { ok: false, why: describeFileError((error as NodeJS.ErrnoException).code) };
    }
  },
};
