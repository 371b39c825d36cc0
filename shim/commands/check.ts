// `mailshim check`: a domain or a mail looked over from this machine, by the engine that the Worker has: no Worker, no account.

import { createHash } from 'node:crypto';
import { existsSync, writeSync } from 'node:fs';
import { Option } from 'commander';
import { checkDomain } from '../../shared/check/domain.ts';
import { mailDomainOf } from '../../shared/check/mail-domain.ts';
import { checkMessage, MAX_MESSAGE_BYTES, type MessageRequest } from '../../shared/check/message.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import type { CheckContext, Report } from '../../shared/check/types.ts';
import { otherFile } from '../../shared/content/other-file.ts';
import { cachingResolver } from '../../shared/dns/cache.ts';
import type { Language } from '../../shared/findings/define.ts';
import { MESSAGE_KINDS, type MessageKind } from '../../shared/findings/message.rules.ts';
import { parseAddress } from '../../shared/message/address.ts';
import { boundedReport } from '../../shared/report/bound.ts';
import { FORMAT_ALIASES, FORMAT_NAMES, FORMATS, type FormatName } from '../../shared/report/formats.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { DOMAIN_FAULTS, domainIn, isHostName, isSelector, MAX_IPS, MAX_SELECTORS } from '../../shared/text/typed.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import { several, wordReader } from '../cli/words.ts';
import { defined } from '../defined.ts';
import { publicFetch } from '../dns/public-fetch.ts';
import { systemResolver } from '../dns/system.ts';
import type { Environment } from '../environment.ts';
import { type Answer, EX, ExitError } from '../exit.ts';
import { readMessage } from '../intake/read.ts';
import { readFileOnce } from '../read-file.ts';
import { printableJson } from '../text/printable.ts';

interface Asked {
  target: string | undefined;
  options: Options;
}

interface Options {
  /** The port, true for the usual one. */
  listen?: string | true;
  /** Seconds. */
  wait: number;
  ip?: string[];
  selector?: string[];
  helo?: string;
  sender?: string;
  receivedBy?: string;
  signedLater?: string;
  tls?: 'true' | 'false';
  kind?: MessageKind;
  format: FormatName;
  lang: Language;
  minScore?: number;
  dns?: string[];
}

/** Milliseconds for one question: the servers of the system are asked in turn, each for a part of it. */
const QUESTION_PATIENCE = 5000;
/** What is always a file of that name here, and no domain. */
const MAIL_ENDING = /\.(?:eml|mbox|msg|txt)$/i;
const PATH = /^(?:\/|~\/|\.{1,2}\/)/;
const SMTP_PORT = 25;
/** Options that mean nothing for the other kind of target, by commander's names. */
const ONLY_MAIL = ['receivedBy', 'signedLater', 'tls', 'kind'] as const;

/** What a check comes to. */
interface Checked {
  report: Report;
  complaints: string[];
  /** DNS answered at least one question. */
  answered: boolean;
}

/** `words` without "check". */
export async function checkCommand(words: readonly string[], environment: Environment): Promise<Answer> {
  const read = readWords(words);
  if (typeof read === 'string') return { code: EX.OK, stdout: read, complaints: [] };
  const { options } = read;
  const { report, complaints, answered } = await checked(read, environment);
  const { value, low } = report.score;
  // What DNS did not answer costs nothing (docs/score.md); where it answered nothing at all, that would be a success.
  const reached = answered ? value : low;
  const code = options.minScore !== undefined && reached < options.minScore ? EX.FINDINGS : EX.OK;
  return { code, stdout: written(report, options), complaints };
}

async function checked({ target, options }: Asked, environment: Environment): Promise<Checked> {
  const context = contextOf(options, environment);
  if (options.listen !== undefined) return checkArrival(options.listen, options, environment, context);
  if (target === undefined)
    throw new ExitError(EX.USAGE, 'check: name a domain, a file or -; see mailshim check --help');
  if (!isMail(target)) return checkName(target, options, context);
  const way = wayOf(options);
  return checkMail(readMail(target), way, context);
}

function readWords(words: readonly string[]): Asked | string {
  const { command, read } = wordReader('check');
  command
    .description(
      'Check a domain, or score a mail in a file, from this machine: no Worker, no account. Exit status: 0, 1 below --min-score.',
    )
    .argument('[target]', 'a domain, a link or an address with it; a mail as a file, or - for standard input')
    .option('--ip <address>', `the address that sends the mail; of a domain up to ${MAX_IPS}`, several)
    .option(
      '--selector <name>',
      `a DKIM selector of the domain, up to ${MAX_SELECTORS}; unless given, the usual ones`,
      several,
    )
    .option('--helo <name>', 'the name that the server gives in EHLO')
    .option('--sender <address>', 'the envelope sender; of a domain also the domain of the return path alone')
    .option('--received-by <host>', 'of a mail: the receiving host, whose Received field tells the way')
    .option('--signed-later <domain>', 'of a mail: the domain for which a relay signs it on its way')
    .addOption(new Option('--tls <flag>', 'of a mail: whether it is sent over TLS').choices(['true', 'false']))
    .addOption(new Option('--kind <kind>', 'of a mail: whether it goes to many').choices([...MESSAGE_KINDS]))
    .option('--format <name>', FORMAT_NAMES.join(', '), formatOf, 'text')
    .addOption(new Option('--lang <language>', 'language of the report').choices(['en', 'ru']).default('en'))
    .option('--min-score <n>', 'end with 1 below it', scoreOf)
    .option('--listen [port]', 'in place of a target: take one mail by SMTP and score it; port 25 unless given')
    .option('--wait <seconds>', 'how long to wait for that mail', waitOf, 600)
    .option('--dns <address>', 'the name server, ADDRESS[:PORT]; unless given, those of the system', several);
  const help = read(words);
  if (help !== undefined) return help;
  const options = command.opts<Options>();
  const [target] = command.args;
  if (target !== undefined && options.listen !== undefined)
    throw new ExitError(EX.USAGE, 'check: with --listen there is no domain and no file');
  return { target, options };
}

function contextOf({ dns }: Options, environment: Environment): CheckContext {
  for (const server of dns ?? [])
    if (parseIp(server.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')) === undefined)
      throw new ExitError(EX.USAGE, `check: --dns ${JSON.stringify(server)} is not an IP address`);
  const resolver = cachingResolver(systemResolver(dns === undefined ? {} : { servers: dns }), {
    now: () => environment.now().getTime(),
  });
  return {
    resolver,
    now: environment.now(),
    clock: () => performance.now(),
    fetch: publicFetch(resolver),
    createHasher: () => createHash('sha256'),
    budget: { queryTimeoutMs: QUESTION_PATIENCE },
  };
}

/** Whether a mail is meant: a domain can have the name of a file that happens to be here, such as a zone file. */
function isMail(target: string): boolean {
  if (target === '-' || PATH.test(target)) return true;
  if (target.includes('://')) return false;
  return MAIL_ENDING.test(target) || (!parseDomain(target).ok && existsSync(target));
}

async function checkName(target: string, options: Options, context: CheckContext): Promise<Checked> {
  for (const name of ONLY_MAIL) if (options[name] !== undefined) throw wrongTarget(name, 'a mail');
  const typed = parseDomain(domainIn(target));
  if (!typed.ok)
    throw new ExitError(
      EX.USAGE,
      `check: ${JSON.stringify(target)} is not a domain: it ${DOMAIN_FAULTS[typed.problem]}`,
    );
  const request = {
    ips: listOf(options.ip, '--ip', MAX_IPS).map(ipOf),
    selectors: listOf(options.selector, '--selector', MAX_SELECTORS).map(selectorOf),
    ...defined({
      helo: hostOf('--helo', options.helo),
      sender: options.sender === undefined ? undefined : returnPathOf(options.sender),
    }),
    parts: DOMAIN_PARTS,
  };
  // What follows an @ is exactly the domain that is meant.
  const domain = target.includes('@') ? typed.name : await mailDomainOf(typed.name, context.resolver);
  const report = await checkDomain({ domain, ...request }, context);
  if (!isAnswered(report)) {
    const reason = report.queries.trace[0]?.outcome ?? 'network';
    throw new ExitError(EX.UNAVAILABLE, `check: DNS does not answer (${reason}); --dns ADDRESS names another server`);
  }
  const note = `check: ${typed.name} has no mail of its own; this report is about ${domain}`;
  return { report, complaints: domain === typed.name ? [] : [note], answered: true };
}

/** What the options say about a mail's way. */
type Way = Omit<MessageRequest, 'raw'>;

function wayOf(options: Options): Way {
  if (options.selector !== undefined) throw wrongTarget('selector', 'a domain');
  const ips = listOf(options.ip, '--ip', 1).map(ipOf);
  const { sender, signedLater, tls, kind } = options;
  return defined({
    clientIp: ips[0],
    helo: hostOf('--helo', options.helo),
    receivedBy: hostOf('--received-by', options.receivedBy),
    envelopeFrom: sender === undefined ? undefined : senderOf(sender),
    signedLater: signedLater === undefined ? undefined : [{ domain: domainOf('--signed-later', signedLater) }],
    tls: tls === undefined ? undefined : tls === 'true',
    kind,
  });
}

async function checkMail(raw: Uint8Array, way: Way, context: CheckContext): Promise<Checked> {
  const report = await checkMessage({ raw, ...way }, context);
  const answered = isAnswered(report);
  const note = 'check: DNS does not answer, so that much of the mail is unknown';
  return { report, complaints: answered ? [] : [note], answered };
}

/** A mail as it comes in by SMTP. Whether it could have come by TLS is not known: this inbox offers none. */
async function checkArrival(
  listen: string | true,
  options: Options,
  environment: Environment,
  context: CheckContext,
): Promise<Checked> {
  const given = wayOf(options);
  const port = listen === true ? SMTP_PORT : Number(listen);
  if (!/^\d{1,5}$/.test(String(port)) || port > 65_535)
    throw new ExitError(EX.USAGE, `check: ${JSON.stringify(listen)} is not a port`);
  const { takeOneMail } = await import('./check.listen.ts');
  const local = `test-${environment.random(4)}`;
  const { host } = environment;
  const listening = (own: number) =>
    writeSync(2, `Listening on port ${own} for ${options.wait} s. Send one mail to ${local}@${host}\n`);
  const mail = await takeOneMail({ port, host, local, patience: options.wait * 1000, listening });
  const seen = parseIp(mail.from);
  const isPublic = seen !== undefined && !isUnreachable(seen);
  const way: Way = {
    ...(isPublic ? { clientIp: seen.text } : {}),
    ...(isHostName(mail.helo) ? { helo: mail.helo } : {}),
    envelopeFrom: mail.envelopeFrom,
    ...given,
  };
  const { complaints, ...scored } = await checkMail(mail.raw, way, context);
  const note = `check: the mail came from ${mail.from} (EHLO ${mail.helo}, envelope sender <${mail.envelopeFrom}>)`;
  return { ...scored, complaints: [isPublic ? note : `${note}, an address that receivers do not see`, ...complaints] };
}

/** Also where nothing was asked. */
function isAnswered({ queries: { trace } }: Report): boolean {
  return trace.length === 0 || trace.some(({ outcome }) => ['ok', 'nodata', 'nxdomain'].includes(outcome));
}

/** @throws ExitError 65, 66 */
function readMail(target: string): Uint8Array {
  const raw = target === '-' ? Buffer.concat([...readMessage(MAX_MESSAGE_BYTES)]) : readFile(target);
  if (raw.length === 0) throw new ExitError(EX.DATAERR, `check: ${target} is empty`);
  const other = otherFile(raw);
  if (other === undefined) return raw;
  throw new ExitError(
    EX.DATAERR,
    `check: ${target} is ${other.what}, and not a mail as text that begins with its header`,
  );
}

function readFile(target: string): Buffer {
  const read = readFileOnce(target, { encoding: 'latin1', maximum: MAX_MESSAGE_BYTES });
  if ('why' in read) throw new ExitError(EX.NOINPUT, `check: ${target} cannot be read: ${read.why}`);
  return Buffer.from(read.text, 'latin1');
}

/** The text of the report; what a stranger has put into it cannot reach the terminal. */
function written(whole: Report, { format, lang }: Options): string {
  const report = boundedReport(whole);
  const text = FORMATS[format].write(report, lang, { facts: JSON.stringify(report.facts), pretty: false });
  return format === 'json' || format === 'sarif' ? `${printableJson(JSON.parse(text))}\n` : text;
}

function wrongTarget(name: string, what: string): ExitError {
  const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new ExitError(EX.USAGE, `check: --${option} is only for ${what}`);
}

/** Repeated, or with commas between. */
function listOf(given: readonly string[] | undefined, option: string, most: number): string[] {
  const values = (given ?? []).flatMap((word) => word.split(',')).filter((word) => word !== '');
  if (values.length <= most) return values;
  throw new ExitError(EX.USAGE, `check: ${option} may be given ${most === 1 ? 'once' : `${most} times`}`);
}

function ipOf(text: string): string {
  const ip = parseIp(text);
  if (ip !== undefined) return ip.text;
  throw new ExitError(EX.USAGE, `check: --ip ${JSON.stringify(text)} is not an IP address`);
}

function selectorOf(text: string): string {
  if (isSelector(text)) return text.toLowerCase();
  throw new ExitError(EX.USAGE, `check: ${JSON.stringify(text)} is not a selector, the name before ._domainkey`);
}

function hostOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined || isHostName(text)) return text;
  throw new ExitError(EX.USAGE, `check: ${option} ${JSON.stringify(text)} is not a host name`);
}

function domainOf(option: string, text: string): string {
  const domain = parseDomain(text);
  if (domain.ok) return domain.name;
  throw new ExitError(
    EX.USAGE,
    `check: ${option} ${JSON.stringify(text)} is not a domain: it ${DOMAIN_FAULTS[domain.problem]}`,
  );
}

/** The envelope sender as an address, of what may be its domain alone. */
function returnPathOf(text: string): string {
  return text.includes('@') ? senderOf(text) : `postmaster@${domainOf('--sender', text)}`;
}

function senderOf(text: string): string {
  if (text === '' || text === '<>') return '';
  const mailbox = parseAddress(text);
  if (mailbox !== undefined) return mailbox.address;
  throw new ExitError(EX.USAGE, `check: --sender ${JSON.stringify(text)} is not a mail address`);
}

function formatOf(text: string): FormatName {
  const name = FORMAT_NAMES.find((known) => known === text) ?? FORMAT_ALIASES.get(text);
  if (name !== undefined) return name;
  throw new ExitError(
    EX.USAGE,
    `check: there is no format ${JSON.stringify(text)}; there are ${FORMAT_NAMES.join(', ')}`,
  );
}

function scoreOf(text: string): number {
  if (/^(?:10(?:\.0+)?|\d(?:\.\d+)?)$/.test(text)) return Number(text);
  throw new ExitError(EX.USAGE, `check: ${JSON.stringify(text)} is no number from 0 to 10`);
}

function waitOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 0) return Number(text);
  throw new ExitError(EX.USAGE, `check: ${JSON.stringify(text)} is no number of seconds`);
}
