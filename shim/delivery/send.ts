// One mail from its caller: read, its recipients found, and handed to the delivery (sendmail -t); by the program itself, or by
// a sender for a caller.

import { type Account, DEFAULT_SIZE_LIMIT } from '../config/account.ts';
import { type Configuration, refuseBroken } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { EX, ExitError } from '../exit.ts';
import { type ParsedMessage, parseMessage } from '../intake/header.ts';
import {
  headerFrom,
  headerRecipients,
  localRefusalCode,
  type Recipients,
  uniqueRecipients,
} from '../intake/recipients.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { refuseNul } from '../prepare/wire.ts';
import { submissionOf } from '../spool/entry.ts';
import type { Invocation, LocalRefusal } from '../types.ts';
import { envelopeSender, openAccount } from './account.ts';
import { deliver } from './deliver.ts';
import { logOfAccount, logOfConfiguration, type MailLog, withNotes, withRecord } from './log.ts';
import { logKept, type Means } from './means.ts';
import type { SendResult } from './stages.ts';

/** Sends; never throws for what the user, the configuration or the network did. */
export async function send(invocation: Invocation, environment: Environment, means: Means): Promise<SendResult> {
  let log = (): MailLog => ({ settings: undefined, notes: [] });
  const known = (now: () => MailLog) => {
    log = now;
  };
  try {
    return await sendMail(invocation, environment, means, known);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return {
      code: error.code,
      complaints: [error.message, ...means.log(log(), error.code, error.message)],
    };
  }
}

/** `known` gets the log so far, for the case that the next step fails. */
async function sendMail(
  invocation: Invocation,
  environment: Environment,
  means: Means,
  known: (log: () => MailLog) => void,
): Promise<SendResult> {
  const configuration = means.configuration(invocation);
  known(() => logOfConfiguration(configuration, environment));
  refuseBroken(configuration, environment.euid);
  if (isDaemonsAlone(configuration, invocation)) return leaveToDaemon(configuration, invocation, environment, means);
  let parsed: ParsedMessage | undefined;
  let sender = invocation.envelopeFrom;
  if (invocation.readEnvelopeFrom && sender === undefined) {
    // The account, and with it its limit, is chosen by what is read here.
    parsed = readInput(DEFAULT_SIZE_LIMIT, means);
    sender = headerFrom(parsed.fields);
  }
  const account = openAccount(configuration, invocation, sender, environment);
  let log = logOfAccount(account, invocation);
  known(() => log);
  parsed ??= readInput(account.messageSizeLimit, means);
  const from = envelopeSender(invocation, account, headerFrom(parsed.fields));
  log = withRecord(log, { from });
  const { recipients, refused } = await collectRecipients(invocation, account, parsed);
  log = withRecord(log, { recipients });
  refuseNobody({ recipients, refused }, invocation);
  log = withNotes(log, ...notesOf(refused));
  const handed = { configuration, account, envelope: { from, recipients }, parsed, invocation, log };
  return withRefused(await deliver(handed, environment, means), refused);
}

/** Recipients that a message names one by one. */
const MAX_NAMED = 10;

function namesOf(refused: readonly LocalRefusal[]): string {
  const more = refused.length > MAX_NAMED ? `, and ${refused.length - MAX_NAMED} more` : '';
  return `${refused
    .slice(0, MAX_NAMED)
    .map(({ problem }) => problem.text)
    .join(', ')}${more}`;
}

function notesOf(refused: readonly LocalRefusal[]): string[] {
  return refused.length === 0 ? [] : [`refused recipients: ${namesOf(refused)}`];
}

/** What could not be read has no mail, whatever became of the others: the caller must learn of it. */
function withRefused(result: SendResult, refused: readonly LocalRefusal[]): SendResult {
  if (refused.length === 0) return result;
  const code = result.code === EX.OK ? localRefusalCode(refused) : result.code;
  const others = result.code === EX.OK ? '; the mail was sent to the other recipients, or waits for them' : '';
  return { ...result, code, complaints: [`not a recipient: ${namesOf(refused)}${others}`, ...result.complaints] };
}

function refuseNobody({ recipients, refused }: Recipients, { readRecipients }: Invocation): void {
  if (recipients.length > 0) return;
  if (refused.length > 0) throw new ExitError(localRefusalCode(refused), `no recipients: ${namesOf(refused)}`);
  const where = readRecipients
    ? 'neither arguments nor To, Cc or Bcc name one'
    : 'none is named as an argument, and -t is not given';
  throw new ExitError(EX.USAGE, `no recipients: ${where}`);
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
  configuration: Configuration,
  invocation: Invocation,
  environment: Environment,
  means: Means,
): Promise<SendResult> {
  const [hidden] = configuration.unreadable;
  const spool = means.place(undefined, true);
  if (spool?.kind !== 'drop')
    throw new ExitError(
      diagnostic('config.unreadable', { file: hidden!.file, why: hidden!.why, euid: environment.euid }),
      EX.CONFIG,
    );
  const parsed = readInput(DEFAULT_SIZE_LIMIT, means);
  const author = headerFrom(parsed.fields);
  const { recipients: named, refused } = namedRecipients(invocation, parsed);
  const recipients = uniqueRecipients(named);
  refuseNobody({ recipients, refused }, invocation);
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
  const { id, complaints } = await means.keep(spool, submission, parsed.source);
  const log = logOfConfiguration(configuration, environment);
  const logged = logKept(withNotes(log, ...notesOf(refused)), id, means);
  return withRefused({ code: EX.OK, complaints: [...logged, ...complaints], queueId: id }, refused);
}

function readInput(limit: number, means: Means): ParsedMessage {
  const message = means.read(limit);
  refuseNul(message);
  return parseMessage(message);
}

function namedRecipients(invocation: Invocation, parsed: ParsedMessage): Recipients {
  const ofHeader = invocation.readRecipients ? headerRecipients(parsed.fields) : { recipients: [], refused: [] };
  return {
    recipients: [...invocation.recipients, ...ofHeader.recipients],
    refused: [...(invocation.refused ?? []), ...ofHeader.refused],
  };
}

async function collectRecipients(invocation: Invocation, account: Account, parsed: ParsedMessage): Promise<Recipients> {
  const { recipients: named, refused } = namedRecipients(invocation, parsed);
  const local = named.some((recipient) => !recipient.includes('@'));
  if (account.aliases === undefined || !local) return { recipients: uniqueRecipients(named), refused };
  const { expandAliases, readAliases } = await import('../intake/aliases.ts');
  const expanded = expandAliases(named, readAliases(account.aliases));
  return { recipients: uniqueRecipients(expanded.recipients), refused: [...refused, ...expanded.refused] };
}
