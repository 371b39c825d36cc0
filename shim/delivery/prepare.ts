// From a mail as it was submitted to the mail as the relay is given it: completed, its sender settled, signed, and for the
// recipients that the configuration lets through.

import type { Account } from '../config/account.ts';
import { matchesSender } from '../config/accounts.ts';
import { defined } from '../defined.ts';
import type { Environment } from '../environment.ts';
import { fieldsNamed, joinFields, type ParsedMessage } from '../intake/header.ts';
import { headerFrom } from '../intake/recipients.ts';
import { completeHeader, type HeaderField } from '../prepare/headers.ts';
import type { SigningKey } from '../prepare/sign.ts';
import { LINE_LIMIT, type Measure, measure, wireChunks } from '../prepare/wire.ts';
import type { Submission } from '../spool/entry.ts';
import type { Mail } from '../submit/transaction.ts';

import type { Envelope, Message } from '../types.ts';
import { type Preflight, startPreflight } from './preflight.ts';
import { applySenderPolicy, envelopeSenderOf } from './sender.ts';

export interface PreparedMail {
  account: Account;
  envelope: Envelope;
  message: Message;
  /** What the relay is given. */
  mail: Mail;
  /** Bytes as msmtp's log counts them. */
  logSize: number;
  /** Without angle brackets, '' where there is none. */
  messageId: string;
  /** Recipients that `only_to` holds back. */
  heldBack: readonly string[];
  /** With `redirect_to`: the recipients that its address replaces. */
  redirected?: readonly string[];
  /** For the log. */
  notes: readonly string[];
  preflight: Preflight;
}

/** A submission whose envelope sender is known. */
export type Sendable = Submission & { envelopeFrom: string };

/** Names the recipients that a mail was for before `redirect_to`. */
const ORIGINAL_RECIPIENTS = 'X-Original-To';
/** Bytes of a Message-ID that are looked at, and characters of it that are logged, as the Worker keeps it of a bounce. */
const MAX_FIELD = 1200;
const MAX_MESSAGE_ID = 255;

/**
 * The same submission gives the same mail each time, its Message-ID and Date included.
 * @throws ExitError for a key that does not sign, and for a sender that may not be used
 */
export async function prepareMail(
  account: Account,
  submission: Sendable,
  parsed: ParsedMessage,
  environment: Environment,
  ask: typeof startPreflight = startPreflight,
): Promise<PreparedMail> {
  const { recipients, envelopeFrom } = submission;
  const keys = await keysOf(account);
  const checked = { ...account, dkim: keys.length === 0 ? account.dkim : keys };
  const completed = completeHeader(parsed.fields, {
    account,
    envelopeFrom,
    recipients,
    fullName: submission.fullName ?? account.fromFullName,
    now: new Date(submission.acceptedAt),
    random: submission.seed,
  });
  const {
    fields,
    from: sender,
    note,
  } = await applySenderPolicy({ fields: completed, from: envelopeFrom }, checked, environment);
  const from = envelopeSenderOf(sender, account);
  const staged = stage(recipients, account);
  const head = joinFields(
    staged.redirected === undefined ? fields : [...fields, originalRecipients(staged.redirected)],
  );
  const { message, measured } = await readyToLeave({ head, body: parsed.body }, keys, account);
  const { size, eightBit, logSize } = measured;
  const { heldBack } = staged;
  return {
    account,
    envelope: { from, recipients: staged.recipients },
    message,
    mail: { chunks: () => wireChunks(message), size, eightBit, dsn: notificationOf(submission, account) },
    logSize,
    messageId: messageIdOf(fields),
    heldBack,
    ...(staged.redirected === undefined ? {} : { redirected: staged.redirected }),
    notes: [
      ...parsed.notes.map(({ text }) => text),
      ...(note === undefined ? [] : [note]),
      ...(heldBack.length === 0 ? [] : [`held back by only_to: ${heldBack.join(', ')}`]),
      ...(staged.redirected === undefined
        ? []
        : [`redirected to=${account.redirectTo} from=${staged.redirected.join(',')}`]),
    ],
    preflight: ask(checked, headerFrom(fields), from, environment),
  };
}

function messageIdOf(fields: readonly HeaderField[]): string {
  const raw = fieldsNamed(fields, 'message-id')[0]?.raw.toString('latin1', 0, MAX_FIELD) ?? '';
  const value = raw.slice(raw.indexOf(':') + 1).replace(/\s+/g, '');
  return (/^<([^<>]+)>/.exec(value)?.[1] ?? value).slice(0, MAX_MESSAGE_ID);
}

/** What `only_to` and `redirect_to` make of the recipients. */
function stage(
  recipients: readonly string[],
  { onlyTo, redirectTo }: Account,
): Pick<PreparedMail, 'heldBack' | 'redirected'> & { recipients: readonly string[] } {
  const isLet = (recipient: string) =>
    onlyTo.length === 0 || onlyTo.some((pattern) => matchesSender(pattern, recipient));
  const let_ = recipients.filter(isLet);
  const heldBack = recipients.filter((recipient) => !isLet(recipient));
  if (redirectTo === undefined || let_.length === 0) return { recipients: let_, heldBack };
  return { recipients: [redirectTo], heldBack, redirected: let_ };
}

function originalRecipients(recipients: readonly string[]): HeaderField {
  const value = recipients.join(',\r\n ');
  return { name: ORIGINAL_RECIPIENTS, raw: Buffer.from(`${ORIGINAL_RECIPIENTS}: ${value}\r\n`) };
}

function notificationOf(submission: Submission, account: Account): NonNullable<Mail['dsn']> {
  const notify = submission.dsnNotify ?? account.dsnNotify;
  const ret = submission.dsnReturn ?? account.dsnReturn;
  const { envelopeId } = submission;
  return defined({ notify, ret, envid: envelopeId });
}

/** The keys that this account signs with, read and found good; most accounts have none, and load nothing for it. */
async function keysOf(account: Account): Promise<SigningKey[]> {
  if (!account.dkim.some(({ keyFile }) => keyFile !== undefined)) return [];
  const { signingKeys } = await import('../prepare/sign.ts');
  return signingKeys(account);
}

/** Signed where there are keys, and without lines that a relay need not accept. */
async function readyToLeave(
  message: Message,
  keys: readonly SigningKey[],
  account: Account,
): Promise<{ message: Message; measured: Measure }> {
  if (keys.length > 0) {
    const { signMessage } = await import('../prepare/sign.ts');
    const signed = await signMessage(message, keys, account);
    return { message: signed, measured: measure(signed) };
  }
  const measured = measure(message);
  if (measured.longest <= LINE_LIMIT) return { message, measured };
  const { fitted } = await import('../prepare/seven-bit.ts');
  const shortened = fitted(message, { sevenBit: false });
  return { message: shortened, measured: measure(shortened) };
}
