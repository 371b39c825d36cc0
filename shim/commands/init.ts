// `mailshim init`: from the answers to a few questions to keys, configuration, spool, and the records to publish.

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
import { type Answer, EX, ExitError } from '../exit.ts';
import { phpSettings } from '../php/sites.ts';
import { askOnTerminal, askPassword } from '../setup/ask.ts';
import { backupOf, describeKept, describeStep, type PlannedStep, perform, standing } from '../setup/files.ts';
import { described, makeKeys, type NewKey } from '../setup/keys.ts';
import { PROGRAM_PLACES, programPlace, sendmailPathFor } from '../setup/php.ts';
import type { Answers } from '../setup/provider.ts';
import { lookUp, relayAmong, relayAmongMx } from '../setup/published.ts';
import { rcText } from '../setup/rc.ts';
import { type Published, type WantedRecord, wantedRecords } from '../setup/records.ts';
import { Terminal } from '../setup/terminal.ts';
import { type InitReport, initText, mxAtRelayText, noPasswordText } from '../setup/text.ts';
import { findUser } from '../setup/users.ts';
import { type Lang, QUESTIONS, readWish, type Wish } from '../setup/wish.ts';
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

/** The daemon's user, and whom PHP runs as on Debian. */
const DAEMON_USER = 'mailshim';
const WEB_USER = 'www-data';

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
  if (terminal === undefined) readWish(options);
  const place = placeOf(options, environment);
  refuseStanding([place.config].filter(existsSync), options);
  const wish = readWish(terminal === undefined ? options : await askOnTerminal(terminal, options, byDefault, lang));
  const complaints: string[] = [];
  // A provider signs by itself; a key of one's own is made where it is asked for.
  const isSigning = wish.provider === undefined || !byDefault.has('selector') || options.newKeys === true;
  const keys = isSigning ? await keysFor(place, wish.selector, options.newKeys === true) : { keys: [], kept: [] };
  const password = await passwordFor(wish, options, place, terminal);
  if (wish.login !== undefined && password === undefined && !existsSync(place.passwordFile))
    complaints.push(noPasswordText(wish.login, place.passwordFile, options.lang));
  const steps = plan(wish, place, keys, options, password);
  refuseStanding(
    standing(steps).filter((path) => !keys.kept.includes(path)),
    options,
  );
  const now = environment.now();
  const shown: string[] = [];
  for (const step of steps) {
    const replaced = step.kind === 'file' && existsSync(step.path);
    // The folders within a spool are its own matter.
    const within = step.kind === 'folder' && place.spool !== undefined && step.path.startsWith(`${place.spool}/`);
    if (!within || step.path.endsWith('/drop'))
      shown.push(describeStep(step, replaced ? backupOf(step.path, now) : undefined, options.lang));
    if (options.dryRun !== true) performOrExplain(step, now);
  }
  for (const file of keys.kept) shown.push(describeKept(file, options.lang));
  const published = options.dns
    ? await lookUp(
        wish,
        keys.keys.map(({ selector }) => selector),
        resolverOf(options),
      )
    : undefined;
  const wanted = wantedRecords({
    domain: wish.domain,
    relay: wish.relay,
    ...(wish.provider === undefined ? {} : { provider: wish.provider }),
    ips: wish.ips,
    keys: options.dryRun === true ? keys.keys.map((key) => unmade(key, keys.kept, place)) : keys.keys,
    reportTo: options.reportTo ?? `postmaster@${wish.domain}`,
    tlsReports: options.tlsReports === true,
    ...(wish.mx === undefined ? {} : { mx: wish.mx }),
    ...(wish.bounces === undefined ? {} : { bounces: domainOfAddress(wish.bounces) }),
    published: published ?? {},
  });
  const { records, withheld } = await tried(wanted, wish, published?.domainTexts !== undefined, options, now);
  const atRelay = options.dns || wish.mx !== undefined ? await mxAtRelay(wish, published, options) : undefined;
  if (atRelay !== undefined) complaints.push(`init: ${mxAtRelayText(wish, atRelay, options.lang)}`);
  const stdout = initText(
    {
      domain: wish.domain,
      ...(wish.provider === undefined ? {} : { provider: wish.provider }),
      unnamed: wish.ips.filter((ip) => !records.some(({ name }) => name === reverseName(parseIp(ip)!))),
      relay: wish.relay,
      ownRelay: ownRelayOf(wish),
      dryRun: options.dryRun === true,
      steps: shown,
      records,
      withheld,
      published: published === undefined ? 'unasked' : published.domainTexts === undefined ? 'silent' : 'known',
      noMx: wish.mx === undefined && published?.mx?.length === 0,
      php: phpSettings(options.root),
      sendmailPath: sendmailPathFor(options.program ?? programPlace(options.root)),
    },
    options.lang,
  );
  return { code: EX.OK, stdout, complaints };
}

/** @throws ExitError 73 for files that would be lost */
function refuseStanding(files: readonly string[], { force, dryRun }: Options): void {
  if (files.length === 0 || force === true || dryRun === true) return;
  const [are, them] = files.length === 1 ? ['is', 'it'] : ['are', 'them'];
  throw new ExitError(
    EX.CANTCREAT,
    `init: ${files.join(', ')} ${are} there already; --force replaces ${them} and keeps a copy, --dry-run shows what would be written`,
  );
}

function readWords(words: readonly string[]): Options | string {
  const { command, read } = wordReader('init');
  command
    .description('Set up the mail of a shop: keys, configuration and spool here, and the DNS records to publish')
    .option('--domain <name>', QUESTIONS.domain.en)
    .option(
      '--provider <name>',
      'send through a mail provider instead of a relay of your own, such as google, yandex, ses or cloudflare; a name that is not known lists them all',
    )
    .option('--relay <name>', QUESTIONS.relay.en)
    .option(
      '--hostname <name>',
      'with --relay here: name of the relay, as PTR has it; unless given, mail. and the domain',
    )
    .option('--receive-at <mailbox>', 'the relay sends mail of the domain on to this mailbox, and MX names the relay')
    .option('--port <n>', 'its port; unless given, 465 or the one of the provider')
    .option('--ip <addresses>', QUESTIONS.ip.en, several)
    .option('--sender <address>', QUESTIONS.sender.en)
    .option('--mx <host>', 'who receives the domain’s mail, a provider; unless given, whoever does today')
    .option(
      '--bounces <address>',
      'envelope sender below the domain, such as bounces@bounces.shop.example: what comes back there goes to mailshim report',
    )
    .addOption(new Option('--delivery <way>', QUESTIONS.delivery.en).choices(['queue', 'direct']).default('queue'))
    .option('--worker <url>', 'a Worker of yours to ask before sending')
    .option('--login <name>', 'user name at the relay, where it wants one')
    .option('--password-file <file>', 'file with the password; unless given, it is asked for on a terminal')
    .option(
      '--selector <name>',
      'name of the DKIM key; with a provider a key is made only where this is given',
      'mailshim',
    )
    .option('--report-to <address>', 'where reports of receivers go; unless given, postmaster of the domain')
    .option('--tls-reports', 'also ask for reports on TLS (TLS-RPT)')
    .option(
      '--user <name>',
      `who sends: the daemon (${DAEMON_USER}), or the user of the web server; unless given, the daemon where its user exists`,
    )
    .option(
      '--program <path>',
      `where mailshim is, for php.ini; unless given, the first of ${PROGRAM_PLACES.join(', ')}`,
    )
    .option('--dns-server <address>', 'name server to ask for what is published; may be repeated', several)
    .option('--no-dns', 'do not look up what is published already')
    .option('--yes', 'ask nothing')
    .option('--force', 'replace files that are there; copies are kept')
    .option('--new-keys', 'make new DKIM keys, though there are some; what is published must follow at once')
    .option('--dry-run', 'write nothing, show it all')
    .addOption(new Option('--root <folder>', 'the root of another system').default('').hideHelp())
    .addOption(new Option('--lang <language>', 'language of what is printed').choices(['en', 'ru']).default('en'));
  const help = read(words);
  if (help !== undefined) return help;
  const options = command.opts<Options>();
  const byDefault = new Set(Object.keys(options).filter((name) => command.getOptionValueSource(name) === 'default'));
  return { ...options, byDefault, root: options.root.replace(/\/+$/, '') };
}

/** From the file, or asked for on the terminal; one that is there already stays unless --force replaces it. */
async function passwordFor(
  { login, relay }: Wish,
  { passwordFile, lang, force, dryRun }: Options,
  place: Place,
  terminal: Terminal | undefined,
): Promise<string | undefined> {
  if (login === undefined) return undefined;
  if (passwordFile !== undefined) return readPassword(passwordFile);
  if (terminal === undefined || dryRun === true || (existsSync(place.passwordFile) && force !== true)) return undefined;
  return askPassword(terminal, login, relay, lang);
}

interface Place {
  config: string;
  keyFolder: string;
  passwordFile: string;
  /** Undefined: the user's own, made when it is needed. */
  spool: string | undefined;
  drop: boolean;
  /** Who reads secrets; undefined: whoever runs this. */
  owner: { uid: number; gid: number } | undefined;
  /** What is sent is said in syslog; the daemon has its journal. */
  syslog: boolean;
}

function placeOf(options: Options, { euid, home, systemSpool }: Environment): Place {
  const { root } = options;
  if (euid !== 0) {
    if (options.user !== undefined) throw new ExitError(EX.NOPERM, 'init: --user needs root');
    if (home === undefined)
      throw new ExitError(EX.OSERR, 'init: this user has no home for a configuration; run it as root, with --user');
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
  const name = options.user ?? (findUser(root, DAEMON_USER) === undefined ? WEB_USER : DAEMON_USER);
  const user = findUser(root, name);
  if (user === undefined)
    throw new ExitError(EX.NOUSER, `init: there is no user ${name} here; name the one that sends by --user`);
  const drop = user.name === DAEMON_USER;
  return {
    config: join(root, '/etc/mailshimrc'),
    keyFolder: join(root, '/etc/mailshim/dkim'),
    passwordFile: join(root, '/etc/mailshim/password'),
    spool: join(root, drop ? systemSpool : `${systemSpool}-${user.name}`),
    drop,
    owner: { uid: user.uid, gid: user.gid },
    syslog: !drop,
  };
}

interface Keys {
  keys: NewKey[];
  /** Files that hold one already. */
  kept: string[];
}

/** A key that is there is published, or will be: another would void every signature until DNS follows. */
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
        return await described(key.selector, readFileSync(file, 'latin1'));
      } catch (error) {
        throw new ExitError(
          EX.DATAERR,
          `init: ${file} is there and is no DKIM key: ${error instanceof Error ? error.message : error}`,
        );
      }
    }),
  );
  return { keys, kept };
}

/** A key that was made for show alone must not be published. */
function unmade(key: NewKey, kept: readonly string[], place: Place): NewKey {
  if (kept.includes(keyFile(place, key.selector))) return key;
  return { ...key, record: key.record.replace(/p=.*/, 'p=…') };
}

function keyFile({ keyFolder }: Place, selector: string): string {
  return join(keyFolder, `${selector}.pem`);
}

function plan(
  wish: Wish,
  place: Place,
  { keys, kept }: Keys,
  options: Options,
  password: string | undefined,
): PlannedStep[] {
  const steps: PlannedStep[] = [];
  const { owner, spool } = place;
  const owned = owner === undefined ? {} : { owner };
  // Root's file, readable by the group of whoever sends: that one cannot change what commands it names.
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
  const text = rcText(wish, {
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
    throw new ExitError(
      EX.NOINPUT,
      `init: --password-file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

/**
 * The records that do no harm to mail that works today, and the others with what to decide. Where DNS does not answer,
 * nothing can be tried, and the text says so.
 */
async function tried(
  wanted: readonly WantedRecord[],
  { domain, ips }: Wish,
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

function performOrExplain(step: PlannedStep, now: Date): void {
  try {
    perform(step, now);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ExitError(EX.CANTCREAT, `init: ${step.path} cannot be made (${code ?? message})`);
  }
}

/** The host of MX, as published or wanted, that is the relay; undefined where that is meant, or somebody else receives. */
async function mxAtRelay(
  { domain, relay, ips, provider, receiveAt, mx }: Wish,
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

/** What is still to be done for a relay on this machine, or to receive at a relay of one's own. */
function ownRelayOf({ domain, relay, here, receiveAt, provider }: Wish): InitReport['ownRelay'] {
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
