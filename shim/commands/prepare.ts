// From a mail as it was submitted to the mail as it will be sent: completed, its sender settled, signed.

import type { Account } from '../config/account.ts';
import type { Environment } from '../environment.ts';
import { joinFields, type ParsedMessage } from '../intake/header.ts';
import { headerFrom } from '../intake/recipients.ts';
import { completeHeader } from '../prepare/headers.ts';
import type { SigningKey } from '../prepare/sign.ts';
import { LINE_LIMIT, type Measure, measure } from '../prepare/wire.ts';
import type { Submission } from '../spool/entry.ts';
import type { Envelope, Message } from '../types.ts';
import { type RunningPreflight, startPreflight } from './preflight.ts';
import type { MailReport } from './report.ts';
import { applySenderPolicy } from './sender.ts';

export interface PreparedMail {
  envelope: Envelope;
  message: Message;
  measured: Measure;
  /** Under way. */
  preflight: RunningPreflight;
}

/**
 * The same submission gives the same mail each time, its Message-ID and Date included.
 * @throws ExitError for a key that does not sign, and for a sender that may not be used
 */
export async function prepareMail(
  account: Account,
  submission: Submission & { envelopeFrom: string },
  parsed: ParsedMessage,
  environment: Environment,
  report: MailReport,
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
  const { fields, from } = await applySenderPolicy(
    { fields: completed, from: envelopeFrom },
    checked,
    environment,
    report,
  );
  const { message, measured } = await readyToLeave({ head: joinFields(fields), body: parsed.body }, keys, account);
  return {
    envelope: { from, recipients },
    message,
    measured,
    preflight: ask(checked, headerFrom(fields), from, environment),
  };
}

/** The keys that this account signs with, read and found good; most accounts have none, and load nothing for it. */
async function keysOf(account: Account): Promise<SigningKey[]> {
  if (!account.dkim.some(({ keyFile }) => keyFile !== undefined)) return [];
  const { signingKeys } = await import('../prepare/sign.ts');
  return signingKeys(account);
}

/** Signed where there are keys, and without lines that a relay need not take. */
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
