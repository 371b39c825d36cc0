// One mail from standard input to the relay: the stages in their order (sendmail -t).

import { type Account, accountOf, DEFAULT_SIZE_LIMIT } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { type Configuration, readConfiguration, refuseBroken, unreadableMessage } from '../config/files.ts';
import { refuseUntrusted } from '../config/ownership.ts';
import { passwordOf } from '../config/secrets.ts';
import type { Environment } from '../environment.ts';
import { EX, type ExitCode, ExitError } from '../exit.ts';
import { expandAliases, readAliases } from '../intake/aliases.ts';
import { joinFields, type ParsedMessage, parseMessage } from '../intake/header.ts';
import { cutAtLoneDot, readMessage } from '../intake/read.ts';
import { headerFrom, headerRecipients, uniqueRecipients } from '../intake/recipients.ts';
import { completeHeader } from '../prepare/headers.ts';
import type { SigningKey } from '../prepare/sign.ts';
import { type Measure, measure, refuseNul, wireChunks } from '../prepare/wire.ts';
import type { Envelope, Invocation, Message, Outcome } from '../types.ts';
import { startPreflight } from './preflight.ts';
import { MailReport } from './report.ts';
import { applySenderPolicy } from './sender.ts';

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
  if (recipients.length === 0) {
    const where = invocation.readRecipients
      ? 'neither arguments nor To, Cc or Bcc name one'
      : 'none is named as an argument, and -t is not given';
    throw new ExitError(EX.USAGE, `no recipients: ${where}`);
  }
  return deliver(account, { from, recipients }, parsed, invocation, environment, report);
}

/** From a message and its envelope to the relay's answer, with the pre-flight and the log line. */
export async function deliver(
  account: Account,
  envelope: Envelope,
  parsed: ParsedMessage,
  invocation: Invocation,
  environment: Environment,
  report: MailReport,
): Promise<SendResult> {
  const { recipients } = envelope;
  report.record = { ...report.record!, from: envelope.from, recipients };
  const keys = await keysOf(account);
  const checked = { ...account, dkim: keys.length === 0 ? account.dkim : keys };
  const completed = completeHeader(parsed.fields, {
    account,
    envelopeFrom: envelope.from,
    recipients,
    fullName: invocation.fullName ?? account.fromFullName,
    now: environment.now(),
    random: environment.random(16),
  });
  const { fields, from } = await applySenderPolicy(
    { fields: completed, from: envelope.from },
    checked,
    environment,
    report,
  );
  const message = await signed({ head: joinFields(fields), body: parsed.body }, keys, account);
  const measured = measure(message);

  const preflight = startPreflight(checked, headerFrom(fields), from, environment);
  // Where the answer decides, it is waited for; where it is only told, it is asked for while the mail is on its way.
  if (account.preflight === 'enforce') await preflight.conclude(report);
  const sent: Envelope = { from, recipients };
  const outcome = await submitMail(account, sent, message, measured, invocation);
  if (account.preflight !== 'enforce') await preflight.conclude(report);
  return conclude(outcome, account, sent, report, measured.logSize);
}

/** The keys that this account signs with, read and found good; most accounts have none, and load nothing for it. */
async function keysOf(account: Account): Promise<SigningKey[]> {
  if (!account.dkim.some(({ keyFile }) => keyFile !== undefined)) return [];
  const { signingKeys } = await import('../prepare/sign.ts');
  return signingKeys(account);
}

async function signed(message: Message, keys: readonly SigningKey[], account: Account): Promise<Message> {
  if (keys.length === 0) return message;
  const { signMessage } = await import('../prepare/sign.ts');
  return signMessage(message, keys, account);
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
  const account = accountOf(choice.account, invocation.overrides, environment.home);
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

function commandLineConfiguration(): Configuration {
  const account = { name: 'default', file: 'command line', line: 0, settings: new Map(), explicit: new Set<string>() };
  return { accounts: [account], files: [], unreadable: [], problems: [], lines: [] };
}

function noAccountMessage(problem: string, configuration: Configuration, { euid, home, etc }: Environment): string {
  const [hidden] = configuration.unreadable;
  if (hidden !== undefined) return unreadableMessage(hidden.file, hidden.why, euid);
  if (configuration.files.length > 0) return `${configuration.files.join(', ')}: ${problem}`;
  const places = home === undefined ? `${etc}/msmtprc` : `${home}/.msmtprc and ${etc}/msmtprc`;
  return `no configuration: neither of ${places} exists (nor mailshimrc in their place)`.replace(
    'neither of',
    places.includes(' and ') ? 'none of' : 'no',
  );
}

/** -f, the account's from, or the author's own address: with that one SPF speaks for the domain that people see. */
function envelopeSender(invocation: Invocation, account: Account, author: string | undefined): string {
  if (invocation.envelopeFrom !== undefined && account.allowFromOverride) return invocation.envelopeFrom;
  if (invocation.readEnvelopeFrom && account.allowFromOverride && author !== undefined) return author;
  const from = account.from ?? invocation.envelopeFrom ?? author;
  if (from !== undefined) return from;
  throw new ExitError(
    EX.CONFIG,
    `no sender: the mail has no From, -f is not given, and account ${account.name} (${account.file}) has no "from ADDRESS"`,
  );
}

function collectRecipients(invocation: Invocation, account: Account, parsed: ParsedMessage): string[] {
  const named = [...invocation.recipients, ...(invocation.readRecipients ? headerRecipients(parsed.fields) : [])];
  const local = named.some((recipient) => !recipient.includes('@'));
  const expanded = account.aliases !== undefined && local ? expandAliases(named, readAliases(account.aliases)) : named;
  return uniqueRecipients(expanded);
}

async function submitMail(
  account: Account,
  envelope: Envelope,
  message: Message,
  measured: Measure,
  invocation: Invocation,
): Promise<Outcome> {
  // The SMTP client is the dearest thing to load; a mail that ends before this line does not pay for it.
  const { submit } = await import('../submit/session.ts');
  const notify = invocation.dsnNotify ?? account.dsnNotify;
  const returned = invocation.dsnReturn ?? account.dsnReturn;
  return submit(account, envelope, {
    chunks: wireChunks(message),
    size: measured.size,
    eightBit: measured.eightBit,
    dsn: {
      ...(notify === undefined ? {} : { notify }),
      ...(returned === undefined ? {} : { ret: returned }),
      ...(invocation.envelopeId === undefined ? {} : { envid: invocation.envelopeId }),
    },
    password: () => passwordOf(account),
  });
}

async function conclude(
  outcome: Outcome,
  account: Account,
  envelope: Envelope,
  report: MailReport,
  size: number,
): Promise<SendResult> {
  const { tlsPlan } = await import('../submit/plan.ts');
  const record = {
    ...report.record!,
    from: envelope.from,
    recipients: envelope.recipients,
    tls: tlsPlan(account) !== 'clear',
  };
  for (const note of outcome.notes) report.note(`note: ${note}`);
  if (outcome.kind !== 'delivered') {
    report.record = { ...record, ...(outcome.reply === undefined ? {} : { reply: outcome.reply }) };
    if (outcome.uncertain) report.note('uncertain: the relay may have taken the mail');
    const message = `${outcome.message} (account ${account.name} from ${account.file})`;
    const complaints = [message, ...report.finish(outcome.code, outcome.message)];
    return { code: outcome.code, complaints, ...(outcome.reply === undefined ? {} : { reply: outcome.reply }) };
  }
  report.record = { ...record, mailsize: size, reply: outcome.reply };
  if (outcome.refused.length === 0) return { code: EX.OK, complaints: report.finish(EX.OK), reply: outcome.reply };
  // The others have their mail; the caller must still learn that not everybody has.
  const { oneLine, refusedCode } = await import('../submit/outcome.ts');
  const code = refusedCode(outcome.refused);
  const names = outcome.refused.map(({ recipient, reply }) => `${recipient} (${oneLine(reply)})`).join(', ');
  const message = `the relay refused ${names}; the mail was sent to the other recipients`;
  return { code, complaints: [message, ...report.finish(code, message)] };
}
