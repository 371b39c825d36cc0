// `mailshim init`: from a few answers to keys, configuration, spool, and the records to publish.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { objection } from '../../shared/check/prove.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';
import { several, wordReader } from '../cli/words.ts';
import { systemResolver } from '../dns/system.ts';
import type { Environment } from '../environment.ts';
import { type Answer, type Diagnostic, EX, ExitError } from '../exit.ts';
import type { Lang } from '../language.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { phpSettings } from '../php/sites.ts';
import {
  backupOf,
  describeKept,
  describeStep,
  existingFiles,
  keyFrom,
  makeKeys,
  type NewKey,
  type PlannedStep,
  perform,
  rcText,
} from '../setup/files.ts';
import { type Answers, QUESTIONS, readOptions, type SetupOptions } from '../setup/options.ts';
import { PROGRAM_PLACES, programPlace, sendmailPathFor } from '../setup/program.ts';
import { promptForMissing, promptForPassword, Terminal } from '../setup/prompt.ts';
import {
  lookUp,
  type Published,
  relayAmong,
  relayAmongMx,
  type WantedRecord,
  wantedRecords,
} from '../setup/records.ts';
import { type InitReport, initText } from '../setup/report.ts';
import { DAEMON_USER, sendingUser } from '../setup/sending-user.ts';
import { findUser, type User } from '../setup/users.ts';
import { FOLDERS } from '../spool/commit.ts';

interface Options extends Answers {
  /** Options that were not given. */
  byDefault: ReadonlySet<string>;
  yes?: boolean;
  force?: boolean;
  newKeys?: boolean;
  dryRun?: boolean;
  dns: boolean;
  root: string;
  user?: string;
  passwordFile?: string;
  reportTo?: string;
  tlsReports?: boolean;
  program?: string;
  lang: Lang;
  dnsServer?: string[];
}

/** `words` without "init". */
export async function initCommand(words: readonly string[], environment: Environment): Promise<Answer> {
  const options = readWords(words);
  if (typeof options === 'string') return { code: EX.OK, stdout: options, complaints: [] };
  const terminal = environment.interactive && options.yes !== true ? new Terminal() : undefined;
  try {
    return await setUp(options, environment, terminal);
  } finally {
    terminal?.close();
  }
}

async function setUp(options: Options, environment: Environment, terminal: Terminal | undefined): Promise<Answer> {
  const { byDefault, lang } = options;
  // Mistakes in the command line come first.
  if (terminal === undefined) readOptions(options);
  const place = placeOf(options, environment);
  refuseExisting([place.config].filter(existsSync), options);
  const setup = readOptions(
    terminal === undefined ? options : await promptForMissing(terminal, options, byDefault, lang),
  );
  const complaints: Diagnostic[] = [];
  if (place.passedOver !== undefined) complaints.push(diagnostic('init.no-daemon', { user: place.passedOver }));
  // A provider signs; a key is made only on request.
  const isSigning = setup.provider === undefined || !byDefault.has('selector') || options.newKeys === true;
  const keys = isSigning ? await keysFor(place, setup.selector, options.newKeys === true) : { keys: [], kept: [] };
  const password = await passwordFor(setup, options, place, terminal);
  if (setup.login !== undefined && password === undefined && !existsSync(place.passwordFile))
    complaints.push(diagnostic('init.no-password', { login: setup.login, file: place.passwordFile, lang }));
  const steps = plan(setup, place, keys, options, password);
  refuseExisting(
    existingFiles(steps).filter((path) => !keys.kept.includes(path)),
    options,
  );
  const now = environment.now();
  const shown = performSteps(steps, place, options, now);
  for (const file of keys.kept) shown.push(describeKept(file, options.lang));
  const published = options.dns
    ? await lookUp(
        setup,
        keys.keys.map(({ selector }) => selector),
        resolverOf(options),
      )
    : undefined;
  const shownKeys = options.dryRun === true ? keys.keys.map((key) => unmade(key, keys.kept, place)) : keys.keys;
  const wanted = wantedRecords({
    ...setup,
    keys: shownKeys,
    reportTo: options.reportTo ?? `postmaster@${setup.domain}`,
    tlsReports: options.tlsReports === true,
    ...(setup.bounces === undefined ? {} : { bounces: domainOfAddress(setup.bounces) }),
    published: published ?? {},
  });
  const { records, withheld } = await tried(wanted, setup, published?.domainTexts !== undefined, options, now);
  const atRelay = options.dns || setup.mx !== undefined ? await mxAtRelay(setup, published, options) : undefined;
  if (atRelay !== undefined)
    complaints.push(diagnostic('init.mx-at-relay', { domain: setup.domain, relay: setup.relay, host: atRelay, lang }));
  const stdout = initText(
    {
      domain: setup.domain,
      ...(setup.provider === undefined ? {} : { provider: setup.provider }),
      unnamed: setup.ips.filter((ip) => !records.some(({ name }) => name === reverseName(parseIp(ip)!))),
      relay: setup.relay,
      ownRelay: ownRelayOf(setup),
      dryRun: options.dryRun === true,
      steps: shown,
      records,
      withheld,
      published: published === undefined ? 'unasked' : published.domainTexts === undefined ? 'silent' : 'known',
      noMx: setup.mx === undefined && published?.mx?.length === 0,
      php: phpSettings(options.root),
      sendmailPath: sendmailPathFor(options.program ?? programPlace(options.root)),
    },
    options.lang,
  );
  return { code: EX.OK, stdout, complaints };
}

/** Writes the files, except for --dry-run; the lines of the report. */
function performSteps(steps: readonly PlannedStep[], place: Place, { dryRun, lang }: Options, now: Date): string[] {
  const shown: string[] = [];
  for (const step of steps) {
    const replaced = step.kind === 'file' && existsSync(step.path);
    // Directories within a spool are not shown.
    const within = step.kind === 'folder' && place.spool !== undefined && step.path.startsWith(`${place.spool}/`);
    if (!within || step.path.endsWith('/drop'))
      shown.push(describeStep(step, replaced ? backupOf(step.path, now) : undefined, lang));
    if (dryRun !== true) performStep(step, now);
  }
  return shown;
}

/** @throws ExitError 73 for files that would be replaced */
function refuseExisting(files: readonly string[], { force, dryRun }: Options): void {
  if (files.length === 0 || force === true || dryRun === true) return;
  throw new ExitError(diagnostic('init.exists', { files }));
}

function readWords(words: readonly string[]): Options | string {
  const { command, read } = wordReader('init');
  command
    .description('Set up the mail of a shop: keys, configuration and spool here, and the DNS records to publish')
    .option('--domain <name>', QUESTIONS.en.domain)
    .option(
      '--provider <name>',
      'send through a mail provider instead of your own relay, such as google, yandex, ses or cloudflare; an unknown name lists all',
    )
    .option('--relay <name>', QUESTIONS.en.relay)
    .option('--hostname <name>', 'with --relay here: name of the relay, as in PTR (default: mail. and the domain)')
    .option('--receive-at <mailbox>', 'mailbox that the relay forwards mail of the domain to; MX is then the relay')
    .option('--port <n>', 'port of the relay (default: 465, or that of the provider)')
    .option('--ip <addresses>', QUESTIONS.en.ip, several)
    .option('--sender <address>', QUESTIONS.en.sender)
    .option('--mx <host>', 'host that receives the domain’s mail, at a provider (default: MX stays unchanged)')
    .option(
      '--bounces <address>',
      'envelope sender in a subdomain, such as bounces@bounces.shop.example; its mail goes to mailshim report',
    )
    .addOption(new Option('--delivery <way>', QUESTIONS.en.delivery).choices(['queue', 'direct']).default('queue'))
    .option('--worker <url>', 'your Worker, for the pre-flight')
    .option('--login <name>', 'user name at the relay, if it needs a login')
    .option('--password-file <file>', 'file with the password (default: prompt on a terminal)')
    .option(
      '--selector <name>',
      'name of the DKIM key; with a provider a key is made only if this is given',
      'mailshim',
    )
    .option('--report-to <address>', 'where reports of receivers go (default: postmaster of the domain)')
    .option('--tls-reports', 'also request reports on TLS (TLS-RPT)')
    .option(
      '--user <name>',
      `user that sends: ${DAEMON_USER} (the daemon) or the user of PHP (default: ${DAEMON_USER} if the daemon is set up, otherwise the user of PHP)`,
    )
    .option('--program <path>', `path of mailshim for php.ini (default: the first of ${PROGRAM_PLACES.join(', ')})`)
    .option('--dns-server <address>', 'DNS server to look up published records; may be repeated', several)
    .option('--no-dns', 'do not look up published records')
    .option('--yes', 'do not prompt')
    .option('--force', 'replace existing files; copies are kept')
    .option('--new-keys', 'make new DKIM keys even if there are some; the published records must be changed at once')
    .option('--dry-run', 'show everything, write nothing')
    .addOption(new Option('--root <folder>', 'the root of another system').default('').hideHelp())
    .addOption(new Option('--lang <language>', 'language of what is printed').choices(['en', 'ru']).default('en'));
  const help = read(words);
  if (help !== undefined) return help;
  const options = command.opts<Options>();
  const byDefault = new Set(Object.keys(options).filter((name) => command.getOptionValueSource(name) === 'default'));
  return { ...options, byDefault, root: options.root.replace(/\/+$/, '') };
}

/** From the file or a prompt; an existing password stays unless --force replaces it. */
async function passwordFor(
  { login, relay }: SetupOptions,
  { passwordFile, lang, force, dryRun }: Options,
  place: Place,
  terminal: Terminal | undefined,
): Promise<string | undefined> {
  if (login === undefined) return undefined;
  if (passwordFile !== undefined) return readPassword(passwordFile);
  if (terminal === undefined || dryRun === true || (existsSync(place.passwordFile) && force !== true)) return undefined;
  return promptForPassword(terminal, login, relay, lang);
}

interface Place {
  config: string;
  keyFolder: string;
  passwordFile: string;
  /** Undefined: the default of the user, created when it is needed. */
  spool: string | undefined;
  drop: boolean;
  /** The user that reads secrets; undefined: the user that runs this. */
  owner: { uid: number; gid: number } | undefined;
  /** Each mail is logged to syslog; the daemon has its journal. */
  syslog: boolean;
  /** The user that sends, where the daemon's user is there without a daemon. */
  passedOver?: string;
}

function placeOf(options: Options, { euid, home, systemSpool }: Environment): Place {
  const { root } = options;
  if (euid !== 0) {
    if (options.user !== undefined) throw new ExitError(diagnostic('init.not-root'));
    if (home === undefined) throw new ExitError(diagnostic('init.no-home'));
    const own = join(home, '.config', 'mailshim');
    return {
      config: join(home, '.mailshimrc'),
      keyFolder: join(own, 'dkim'),
      passwordFile: join(own, 'password'),
      spool: undefined,
      drop: false,
      owner: undefined,
      syslog: false,
    };
  }
  const { user, leftOver } = userFor(options, systemSpool);
  const drop = user.name === DAEMON_USER;
  return {
    config: join(root, '/etc/mailshimrc'),
    keyFolder: join(root, '/etc/mailshim/dkim'),
    passwordFile: join(root, '/etc/mailshim/password'),
    spool: join(root, drop ? systemSpool : `${systemSpool}-${user.name}`),
    drop,
    owner: { uid: user.uid, gid: user.gid },
    syslog: !drop,
    ...(leftOver ? { passedOver: user.name } : {}),
  };
}

/** @throws ExitError 67 where there is no such user, or several that it may be */
function userFor({ user: named, root }: Options, spool: string): { user: User; leftOver: boolean } {
  if (named !== undefined) {
    const user = findUser(root, named);
    if (user === undefined) throw new ExitError(diagnostic('init.no-user', { user: named }));
    return { user, leftOver: false };
  }
  const found = sendingUser(root, spool);
  if (found.user !== undefined) return found;
  throw new ExitError(diagnostic('init.which-user', { candidates: found.candidates }));
}

interface Keys {
  keys: NewKey[];
  /** Files that exist and are kept. */
  kept: string[];
}

/** An existing key is published, or will be: with another one every signature fails until DNS is changed. */
async function keysFor(place: Place, selector: string, anew: boolean): Promise<Keys> {
  const made = await makeKeys(selector);
  if (anew) return { keys: made, kept: [] };
  const kept: string[] = [];
  const keys = await Promise.all(
    made.map(async (key) => {
      const file = keyFile(place, key.selector);
      if (!existsSync(file)) return key;
      kept.push(file);
      try {
        return await keyFrom(key.selector, readFileSync(file, 'latin1'));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new ExitError(diagnostic('init.not-key', { file, why }));
      }
    }),
  );
  return { keys, kept };
}

/** A key of --dry-run is not kept, so that its record must not be published. */
function unmade(key: NewKey, kept: readonly string[], place: Place): NewKey {
  if (kept.includes(keyFile(place, key.selector))) return key;
  return { ...key, record: key.record.replace(/p=.*/, 'p=…') };
}

function keyFile({ keyFolder }: Place, selector: string): string {
  return join(keyFolder, `${selector}.pem`);
}

function plan(
  setup: SetupOptions,
  place: Place,
  { keys, kept }: Keys,
  options: Options,
  password: string | undefined,
): PlannedStep[] {
  const steps: PlannedStep[] = [];
  const { owner, spool } = place;
  const owned = owner === undefined ? {} : { owner };
  // Owned by root and readable by the group of the user that sends, which cannot change the commands in it.
  const configOwner = owner === undefined ? {} : { owner: { uid: 0, gid: owner.gid } };
  const inRoot = (path: string) => (options.root === '' ? path : path.slice(options.root.length));
  if (keys.length > 0) steps.push({ kind: 'folder', path: place.keyFolder, mode: 0o700, ...owned });
  for (const { selector, pem } of keys) {
    const path = keyFile(place, selector);
    if (!kept.includes(path)) steps.push({ kind: 'file', what: 'key', path, mode: 0o600, text: pem, ...owned });
  }
  if (password !== undefined) {
    steps.push({
      kind: 'file',
      what: 'password',
      path: place.passwordFile,
      mode: 0o600,
      text: `${password}\n`,
      ...owned,
    });
  }
  if (spool !== undefined) {
    steps.push({ kind: 'folder', path: spool, mode: place.drop ? 0o755 : 0o700, ...owned });
    if (place.drop) steps.push({ kind: 'folder', path: join(spool, 'drop'), mode: 0o3733, ...owned });
    for (const name of FOLDERS) steps.push({ kind: 'folder', path: join(spool, name), mode: 0o700, ...owned });
  }
  const text = rcText(setup, {
    keys: keys.map(({ selector }) => ({ selector, file: inRoot(keyFile(place, selector)) })),
    passwordFile: inRoot(place.passwordFile),
    spool: spool === undefined ? undefined : inRoot(spool),
    syslog: place.syslog,
  });
  steps.push({
    kind: 'file',
    what: 'configuration',
    path: place.config,
    mode: owner === undefined ? 0o600 : 0o640,
    text,
    ...configOwner,
  });
  return steps;
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n')[0]!.replace(/\r$/, '');
  } catch (error) {
    throw new ExitError(diagnostic('init.password-file', { file, code: errorCode(error) }));
  }
}

/**
 * The records that break no mail that works today, and the others with the reason. Where DNS does not answer, none can
 * be tried, and the report says so.
 */
async function tried(
  wanted: readonly WantedRecord[],
  { domain, ips }: SetupOptions,
  answered: boolean,
  options: Options,
  now: Date,
): Promise<Pick<InitReport, 'records' | 'withheld'>> {
  if (!answered) return { records: wanted, withheld: [] };
  const resolver = resolverOf(options);
  const objections = await Promise.all(
    wanted.map(({ byHost, action, ...record }) =>
      byHost === true || action === 'there' ? undefined : objection(record, { domain, given: ips, resolver, now }),
    ),
  );
  return {
    records: wanted.filter((_, index) => objections[index] === undefined),
    withheld: wanted.flatMap(({ purpose, name }, index) => {
      const reason = objections[index];
      return reason === undefined ? [] : [{ purpose, name, reason }];
    }),
  };
}

function performStep(step: PlannedStep, now: Date): void {
  try {
    perform(step, now);
  } catch (error) {
    throw new ExitError(diagnostic('init.not-written', { path: step.path, code: errorCode(error) }));
  }
}

/** The host of MX, as published or wanted, that is the relay; undefined where that is intended, or another host receives. */
async function mxAtRelay(
  { domain, relay, ips, provider, receiveAt, mx }: SetupOptions,
  published: Published | undefined,
  options: Options,
): Promise<string | undefined> {
  if (provider !== undefined || receiveAt !== undefined) return undefined;
  const own = { domain, names: [relay], addresses: [...ips, ...(published?.addresses ?? [])] };
  const found =
    mx === undefined
      ? await relayAmongMx(own, resolverOf(options))
      : await relayAmong([mx], own, options.dns ? resolverOf(options) : undefined);
  return found?.only === true ? found.host : undefined;
}

/** What is still to be done for a relay on this machine, or to receive at the shop's own relay. */
function ownRelayOf({ domain, relay, here, receiveAt, provider }: SetupOptions): InitReport['ownRelay'] {
  if (provider !== undefined || (!here && receiveAt === undefined)) return undefined;
  return {
    here,
    words: [
      ...['--hostname', relay, '--domain', domain],
      ...(here ? ['--allow', '127.0.0.1'] : []),
      ...(receiveAt === undefined ? [] : ['--receive-at', receiveAt]),
    ],
  };
}

function resolverOf({ dnsServer }: Options): Resolver {
  return systemResolver(dnsServer === undefined ? {} : { servers: dnsServer });
}

function errorCode(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
