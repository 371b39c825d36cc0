// One mail from standard input to the relay or the spool: the stages in their order (sendmail -t).

import { resolve } from 'node:path';
import { type Account, accountOf, DEFAULT_SIZE_LIMIT } from '../config/account.ts';
import { type AccountSection, chooseAccount } from '../config/accounts.ts';
import { directivesByName } from '../config/directives.ts';
import { type Configuration, readConfiguration, refuseBroken, unreadableMessage } from '../config/files.ts';
import { refuseUntrusted } from '../config/ownership.ts';
import type { Environment } from '../environment.ts';
import { EX, type ExitCode, ExitError } from '../exit.ts';
import { expandAliases, readAliases } from '../intake/aliases.ts';
import { type ParsedMessage, parseMessage } from '../intake/header.ts';
import { cutAtLoneDot, readMessage } from '../intake/read.ts';
import { headerFrom, headerRecipients, uniqueRecipients } from '../intake/recipients.ts';
import { refuseNul } from '../prepare/wire.ts';
import { submissionOf } from '../spool/entry.ts';
import { findSpool } from '../spool/place.ts';
import type { Envelope, Invocation } from '../types.ts';
import { keep } from './keep.ts';
import { MailReport } from './report.ts';

/** Stands where an account's file would: it is made of options alone. */
export const COMMAND_LINE = 'command line';

export interface SendResult {
  code: ExitCode;
  /** Lines for stderr, without the program's name. */
  complaints: string[];
  /** The relay's last words, where it said any. */
  reply?: string;
}

/** Sends; never throws for what the user, the configuration or the network did. */
export async function send(invocation: Invocation, environment: Environment): Promise<SendResult> {
  const report = new MailReport(environment);
  try {
    return await sendMail(invocation, environment, report);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return { code: error.code, complaints: [error.message, ...report.fail(error)] };
  }
}

async function sendMail(invocation: Invocation, environment: Environment, report: MailReport): Promise<SendResult> {
  const configuration = openConfiguration(invocation, environment, report);
  if (isDaemonsAlone(configuration, invocation)) return leaveToDaemon(invocation, environment, report);
  let parsed: ParsedMessage | undefined;
  let sender = invocation.envelopeFrom;
  if (invocation.readEnvelopeFrom && sender === undefined) {
    // The account, and with it its limit, is chosen by what is read here.
    parsed = readInput(DEFAULT_SIZE_LIMIT, environment);
    sender = headerFrom(parsed.fields);
  }
  const account = openAccount(configuration, invocation, sender, environment, report);
  parsed ??= readInput(account.messageSizeLimit, environment);
  const from = envelopeSender(invocation, account, headerFrom(parsed.fields));
  report.record = { ...report.record!, from };
  const recipients = collectRecipients(invocation, account, parsed);
  report.record = { ...report.record, recipients };
  refuseNobody(recipients, invocation);
  return deliver(account, { from, recipients }, parsed, invocation, environment, report);
}

function refuseNobody(recipients: readonly string[], { readRecipients }: Invocation): void {
  if (recipients.length > 0) return;
  const where = readRecipients
    ? 'neither arguments nor To, Cc or Bcc name one'
    : 'none is named as an argument, and -t is not given';
  throw new ExitError(EX.USAGE, `no recipients: ${where}`);
}

/** From a message and its envelope to the relay's answer or the spool, with the log line. */
export async function deliver(
  account: Account,
  envelope: Envelope,
  parsed: ParsedMessage,
  invocation: Invocation,
  environment: Environment,
  report: MailReport,
): Promise<SendResult> {
  const { from, recipients } = envelope;
  report.record = { ...report.record!, from, recipients };
  const spool = findSpool(account.spool, isShared(account, invocation, environment), environment);
  const submission = {
    ...submissionOf(
      withFullPaths(invocation),
      { recipients, account: account.file === COMMAND_LINE ? undefined : account.name },
      environment.now().getTime(),
      environment.random(16),
    ),
    envelopeFrom: from,
  };
  if ((account.delivery ?? (spool?.setUp ? 'queue' : 'direct')) === 'direct' || spool === undefined) {
    // The relay is called while what speaks with it is loaded; not where the mail may be refused before.
    const line = account.preflight === 'enforce' ? undefined : (await import('../submit/open.ts')).openLine(account);
    try {
      // Loading keeps everything else waiting: in between, the line gets its turn.
      for (const load of [() => import('./prepare.ts'), () => import('../submit/session.ts')]) {
        await turn();
        await load();
      }
      const { sendNow } = await import('./direct.ts');
      await turn();
      return await sendNow(account, submission, parsed, environment, report, spool ?? noSpool(account), line);
    } finally {
      line?.abandon();
    }
  }
  if (account.preflight === 'enforce') {
    const { prepareMail } = await import('./prepare.ts');
    // Whoever sends learns of a refusal now, not by a notification in the end.
    await (await prepareMail(account, submission, parsed, environment, report)).preflight.conclude(report);
  }
  try {
    return await keep(spool, submission, parsed.source, environment, report);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    // A full disk is no reason to lose a mail that the relay would take.
    report.note(`${error.message}; sent at once instead`);
    const { sendNow } = await import('./direct.ts');
    return sendNow(account, submission, parsed, environment, report, { failed: error });
  }
}

/** The sender works in another folder. */
function withFullPaths(invocation: Invocation): Invocation {
  const { file, overrides } = invocation;
  if (file === undefined && overrides.size === 0) return invocation;
  const full = new Map(overrides);
  for (const [name, value] of overrides) {
    // Words such as "system" and "none" are no files; a file of that name is written "./none".
    if (directivesByName.get(name)?.type === 'file' && value.includes('/') && !value.startsWith('~'))
      full.set(name, resolve(value));
  }
  return { ...invocation, overrides: full, ...(file === undefined ? {} : { file: resolve(file) }) };
}

/** Resolves once what the system has to tell has been heard. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function noSpool({ spool, name }: Account): { failed: ExitError } | undefined {
  if (spool === 'off') return undefined;
  const message = `and there is no folder where the mail could wait; add "spool FOLDER" to account ${name}`;
  return { failed: new ExitError(EX.CANTCREAT, message) };
}

/** The daemon knows this account too: it reads the system's configuration, and nothing of the command line's. */
function isShared(account: Account, invocation: Invocation, { etc }: Environment): boolean {
  return account.file.startsWith(`${etc}/`) && invocation.overrides.size === 0 && invocation.file === undefined;
}

/** The configuration is there, and is nothing that this user may read: the daemon that may has a folder for such mail. */
function isDaemonsAlone(configuration: Configuration, invocation: Invocation): boolean {
  return (
    configuration.accounts.length === 0 &&
    configuration.unreadable.length > 0 &&
    invocation.file === undefined &&
    invocation.overrides.size === 0
  );
}

async function leaveToDaemon(
  invocation: Invocation,
  environment: Environment,
  report: MailReport,
): Promise<SendResult> {
  const spool = findSpool(undefined, true, environment);
  const [hidden] = report.unreadable;
  if (spool?.kind !== 'drop')
    throw new ExitError(EX.CONFIG, unreadableMessage(hidden!.file, hidden!.why, environment.euid));
  const parsed = readInput(DEFAULT_SIZE_LIMIT, environment);
  const author = headerFrom(parsed.fields);
  const recipients = uniqueRecipients(namedRecipients(invocation, parsed));
  refuseNobody(recipients, invocation);
  const from = invocation.envelopeFrom ?? (invocation.readEnvelopeFrom ? author : undefined);
  const submission = {
    ...submissionOf(
      invocation,
      { recipients, account: invocation.account },
      environment.now().getTime(),
      environment.random(16),
    ),
    ...(from === undefined ? {} : { envelopeFrom: from }),
  };
  return keep(spool, submission, parsed.source, environment, report);
}

export function openConfiguration(invocation: Invocation, environment: Environment, report: MailReport): Configuration {
  refuseUntrusted(invocation, environment);
  const configuration: Configuration =
    invocation.overrides.has('host') && invocation.file === undefined && invocation.account === undefined
      ? // msmtp's rule: --host asks for no configuration at all.
        commandLineConfiguration()
      : readConfiguration(environment, invocation.file);
  report.useConfiguration(configuration);
  refuseBroken(configuration, environment.euid);
  return configuration;
}

function readInput(limit: number, environment: Environment): ParsedMessage {
  const pieces = readMessage(limit);
  const message = environment.interactive ? cutAtLoneDot(pieces) : pieces;
  refuseNul(message);
  return parseMessage(message);
}

/** The account for a sender, and what the log says of it from here on. */
export function openAccount(
  configuration: Configuration,
  invocation: Invocation,
  sender: string | undefined,
  environment: Environment,
  report: MailReport,
): Account {
  const choice = chooseAccount(configuration.accounts, invocation.account, sender);
  if ('problem' in choice) throw new ExitError(EX.CONFIG, noAccountMessage(choice.problem, configuration, environment));
  const account = accountFrom(choice.account, invocation, environment);
  report.settings = account;
  report.record = {
    host: account.host,
    ...(account.socket === undefined ? {} : { socket: account.socket }),
    tls: account.tls.use === 'on',
    auth: account.auth !== 'off',
    ...(account.user === undefined ? {} : { user: account.user }),
    from: invocation.envelopeFrom ?? account.from ?? '',
    recipients: invocation.recipients,
  };
  for (const warning of account.warnings) report.note(`warning: ${warning}`);
  return account;
}

/** Those of the configuration alone: a sender has the same one for each of thousands of mails. */
const known = new WeakMap<AccountSection, Account>();

function accountFrom(section: AccountSection, { overrides }: Invocation, { home }: Environment): Account {
  if (overrides.size > 0) return accountOf(section, overrides, home);
  let account = known.get(section);
  if (account === undefined) {
    account = accountOf(section, overrides, home);
    known.set(section, account);
  }
  return account;
}

function commandLineConfiguration(): Configuration {
  const account = { name: 'default', file: COMMAND_LINE, line: 0, settings: new Map(), explicit: new Set<string>() };
  return { accounts: [account], files: [], owners: {}, unreadable: [], problems: [], lines: [] };
}

function noAccountMessage(problem: string, configuration: Configuration, { euid, home, etc }: Environment): string {
  const [hidden] = configuration.unreadable;
  if (hidden !== undefined) return unreadableMessage(hidden.file, hidden.why, euid);
  if (configuration.files.length > 0) return `${configuration.files.join(', ')}: ${problem}`;
  const places = home === undefined ? `${etc}/msmtprc` : `${home.replace(/\/$/, '')}/.msmtprc and ${etc}/msmtprc`;
  return `no configuration: neither of ${places} exists (nor mailshimrc in their place)`.replace(
    'neither of',
    places.includes(' and ') ? 'none of' : 'no',
  );
}

/** -f, the account's from, or the author's own address: with that one SPF speaks for the domain that people see. */
export function envelopeSender(invocation: Invocation, account: Account, author: string | undefined): string {
  if (invocation.envelopeFrom !== undefined && account.allowFromOverride) return invocation.envelopeFrom;
  if (invocation.readEnvelopeFrom && account.allowFromOverride && author !== undefined) return author;
  const from = account.from ?? invocation.envelopeFrom ?? author;
  if (from !== undefined) return from;
  throw new ExitError(
    EX.CONFIG,
    `no sender: the mail has no From, -f is not given, and account ${account.name} (${account.file}) has no "from ADDRESS"`,
  );
}

function namedRecipients(invocation: Invocation, parsed: ParsedMessage): string[] {
  return [...invocation.recipients, ...(invocation.readRecipients ? headerRecipients(parsed.fields) : [])];
}

export function collectRecipients(invocation: Invocation, account: Account, parsed: ParsedMessage): string[] {
  const named = namedRecipients(invocation, parsed);
  const local = named.some((recipient) => !recipient.includes('@'));
  const expanded = account.aliases !== undefined && local ? expandAliases(named, readAliases(account.aliases)) : named;
  return uniqueRecipients(expanded);
}
