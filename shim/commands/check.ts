// `mailshim check`: checks a domain or a mail from this machine, with the engine of the Worker.

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
import { type Answer, type Diagnostic, EX, ExitError } from '../exit.ts';
import { readMessage } from '../intake/read.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { readFileOnce } from '../read-file.ts';
import { printableJson } from '../text/printable.ts';

interface Asked {
  target: string | undefined;
  options: Options;
}

interface Options {
  /** The port; true: the default. */
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

/** Milliseconds for one query: the servers of the system are queried in turn, each for a part of it. */
const QUERY_PATIENCE = 5000;
/** Endings of file names that are not taken for domains. */
const MAIL_ENDING = /\.(?:eml|mbox|msg|txt)$/i;
const PATH = /^(?:\/|~\/|\.{1,2}\/)/;
const SMTP_PORT = 25;
/** Options that are not for a domain, by commander's names. */
const ONLY_MAIL = ['receivedBy', 'signedLater', 'tls', 'kind'] as const;

/** The result of a check. */
interface Checked {
  report: Report;
  complaints: Diagnostic[];
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
  // A query without an answer costs no points (docs/score.md); without any answer that would count as success.
  const reached = answered ? value : low;
  const code = options.minScore !== undefined && reached < options.minScore ? EX.FINDINGS : EX.OK;
  return { code, stdout: written(report, options), complaints };
}

async function checked({ target, options }: Asked, environment: Environment): Promise<Checked> {
  const context = contextOf(options, environment);
  if (options.listen !== undefined) return checkArrival(options.listen, options, environment, context);
  if (target === undefined) throw new ExitError(diagnostic('check.no-target'));
  if (!isMail(target)) return checkName(target, options, context);
  const transport = transportOf(options);
  return checkMail(readMail(target), transport, context);
}

function readWords(words: readonly string[]): Asked | string {
  const { command, read } = wordReader('check');
  command
    .description(
      'Check a domain, or score a mail in a file, from this machine: no Worker, no account. Exit status: 0, 1 below --min-score.',
    )
    .argument('[target]', 'a domain, or a link or an address with it; a mail as a file, or - for standard input')
    .option('--ip <address>', `IP address that sends the mail; for a domain up to ${MAX_IPS}`, several)
    .option('--selector <name>', `DKIM selector of the domain, up to ${MAX_SELECTORS} (default: common names)`, several)
    .option('--helo <name>', 'name of the server in EHLO')
    .option('--sender <address>', 'envelope sender; for a domain also the domain of the envelope sender alone')
    .option('--received-by <host>', 'for a mail: the receiving host, whose Received field names the client')
    .option('--signed-later <domain>', 'for a mail: the domain that the relay signs it for later')
    .addOption(new Option('--tls <flag>', 'for a mail: whether it is sent over TLS').choices(['true', 'false']))
    .addOption(
      new Option('--kind <kind>', 'for a mail: whether it goes to many recipients').choices([...MESSAGE_KINDS]),
    )
    .option('--format <name>', FORMAT_NAMES.join(', '), formatOf, 'text')
    .addOption(new Option('--lang <language>', 'language of the report').choices(['en', 'ru']).default('en'))
    .option('--min-score <n>', 'exit with 1 below this score', scoreOf)
    .option('--listen [port]', 'instead of a target: accept one mail by SMTP and score it (default port: 25)')
    .option('--wait <seconds>', 'time to wait for that mail', waitOf, 600)
    .option('--dns <address>', 'DNS server, ADDRESS[:PORT] (default: those of the system)', several);
  const help = read(words);
  if (help !== undefined) return help;
  const options = command.opts<Options>();
  const [target] = command.args;
  if (target !== undefined && options.listen !== undefined) throw new ExitError(diagnostic('check.target'));
  return { target, options };
}

function contextOf({ dns }: Options, environment: Environment): CheckContext {
  for (const server of dns ?? [])
    if (parseIp(server.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')) === undefined)
      throw expected('--dns', server, 'an IP address');
  const resolver = cachingResolver(systemResolver(dns === undefined ? {} : { servers: dns }), {
    now: () => environment.now().getTime(),
  });
  return {
    resolver,
    now: environment.now(),
    clock: () => performance.now(),
    fetch: publicFetch(resolver),
    createHasher: () => createHash('sha256'),
    budget: { queryTimeoutMs: QUERY_PATIENCE },
  };
}

/** True for a file: a domain may have the name of a file in this directory, such as a zone file. */
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
      diagnostic('check.not-domain', { option: '', name: target, why: DOMAIN_FAULTS[typed.problem] }),
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
  // After an @ the domain is exact.
  const domain = target.includes('@') ? typed.name : await mailDomainOf(typed.name, context.resolver);
  const report = await checkDomain({ domain, ...request }, context);
  if (!isAnswered(report)) {
    const reason = report.queries.trace[0]?.outcome ?? 'network';
    throw new ExitError(diagnostic('check.no-dns', { reason }));
  }
  const note = diagnostic('check.other-domain', { name: typed.name, domain });
  return { report, complaints: domain === typed.name ? [] : [note], answered: true };
}

/** How a mail is sent, as the options have it. */
type Transport = Omit<MessageRequest, 'raw'>;

function transportOf(options: Options): Transport {
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

async function checkMail(raw: Uint8Array, transport: Transport, context: CheckContext): Promise<Checked> {
  const report = await checkMessage({ raw, ...transport }, context);
  const answered = isAnswered(report);
  return { report, complaints: answered ? [] : [diagnostic('check.unanswered')], answered };
}

/** A mail as it arrives by SMTP. This inbox offers no TLS, so that nothing is known of it. */
async function checkArrival(
  listen: string | true,
  options: Options,
  environment: Environment,
  context: CheckContext,
): Promise<Checked> {
  const given = transportOf(options);
  const port = listen === true ? SMTP_PORT : Number(listen);
  if (!/^\d{1,5}$/.test(String(port)) || port > 65_535) throw expected('--listen', String(listen), 'a port number');
  const { receiveOneMail } = await import('./check.listen.ts');
  const local = `test-${environment.random(4)}`;
  const { host } = environment;
  const listening = (own: number) =>
    writeSync(2, `Listening on port ${own} for ${options.wait} s. Send one mail to ${local}@${host}\n`);
  const mail = await receiveOneMail({ port, host, local, patience: options.wait * 1000, listening });
  const seen = parseIp(mail.from);
  const isPublic = seen !== undefined && !isUnreachable(seen);
  const transport: Transport = {
    ...(isPublic ? { clientIp: seen.text } : {}),
    ...(isHostName(mail.helo) ? { helo: mail.helo } : {}),
    envelopeFrom: mail.envelopeFrom,
    ...given,
  };
  const { complaints, ...scored } = await checkMail(mail.raw, transport, context);
  const { from, helo, envelopeFrom: sender } = mail;
  return { ...scored, complaints: [diagnostic('check.arrived', { from, helo, sender, isPublic }), ...complaints] };
}

/** Also true without any query. */
function isAnswered({ queries: { trace } }: Report): boolean {
  return trace.length === 0 || trace.some(({ outcome }) => ['ok', 'nodata', 'nxdomain'].includes(outcome));
}

/** @throws ExitError 65, 66 */
function readMail(target: string): Uint8Array {
  const raw = target === '-' ? Buffer.concat([...readMessage(MAX_MESSAGE_BYTES)]) : readFile(target);
  if (raw.length === 0) throw new ExitError(diagnostic('check.empty', { file: target }));
  const other = otherFile(raw);
  if (other === undefined) return raw;
  throw new ExitError(diagnostic('check.not-mail', { file: target, what: other.what }));
}

function readFile(target: string): Buffer {
  const read = readFileOnce(target, { encoding: 'latin1', maximum: MAX_MESSAGE_BYTES });
  if ('why' in read) throw new ExitError(diagnostic('check.unreadable', { file: target, why: read.why }));
  return Buffer.from(read.text, 'latin1');
}

/** The text of the report, without characters that would change the terminal. */
function written(whole: Report, { format, lang }: Options): string {
  const report = boundedReport(whole);
  const text = FORMATS[format].write(report, lang, { facts: JSON.stringify(report.facts), pretty: false });
  return format === 'json' || format === 'sarif' ? `${printableJson(JSON.parse(text))}\n` : text;
}

function expected(option: string, value: string, what: string): ExitError {
  return new ExitError(diagnostic('command.value', { command: 'check', option, value, expected: what }));
}

function wrongTarget(name: string, what: string): ExitError {
  const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new ExitError(diagnostic('check.only-for', { option: `--${option}`, target: what }));
}

/** Values of an option that is repeated, or separated by commas. */
function listOf(given: readonly string[] | undefined, option: string, most: number): string[] {
  const values = (given ?? []).flatMap((word) => word.split(',')).filter((word) => word !== '');
  if (values.length <= most) return values;
  throw new ExitError(diagnostic('check.too-many', { option, most }));
}

function ipOf(text: string): string {
  const ip = parseIp(text);
  if (ip !== undefined) return ip.text;
  throw expected('--ip', text, 'an IP address');
}

function selectorOf(text: string): string {
  if (isSelector(text)) return text.toLowerCase();
  throw expected('--selector', text, 'the name before ._domainkey');
}

function hostOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined || isHostName(text)) return text;
  throw expected(option, text, 'a host name');
}

function domainOf(option: string, text: string): string {
  const domain = parseDomain(text);
  if (domain.ok) return domain.name;
  throw new ExitError(diagnostic('check.not-domain', { option, name: text, why: DOMAIN_FAULTS[domain.problem] }));
}

/** The envelope sender as an address; the option may have the domain alone. */
function returnPathOf(text: string): string {
  return text.includes('@') ? senderOf(text) : `postmaster@${domainOf('--sender', text)}`;
}

function senderOf(text: string): string {
  if (text === '' || text === '<>') return '';
  const mailbox = parseAddress(text);
  if (mailbox !== undefined) return mailbox.address;
  throw expected('--sender', text, 'a mail address');
}

function formatOf(text: string): FormatName {
  const name = FORMAT_NAMES.find((known) => known === text) ?? FORMAT_ALIASES.get(text);
  if (name !== undefined) return name;
  throw expected('--format', text, `one of ${FORMAT_NAMES.join(', ')}`);
}

function scoreOf(text: string): number {
  if (/^(?:10(?:\.0+)?|\d(?:\.\d+)?)$/.test(text)) return Number(text);
  throw expected('--min-score', text, 'a number from 0 to 10');
}

function waitOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 0) return Number(text);
  throw expected('--wait', text, 'a number of seconds');
}
