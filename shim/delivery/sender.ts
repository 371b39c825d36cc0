// Senders that the relay refuses or receivers do not believe: `sender_rewrite` and `allow_sender`.

import type { Account } from '../config/account.ts';
import type { Environment } from '../environment.ts';
import { EX, ExitError } from '../exit.ts';
import { headerFrom } from '../intake/recipients.ts';
import type { HeaderField } from '../prepare/headers.ts';
import { startPreflight } from './preflight.ts';

export interface Sender {
  fields: HeaderField[];
  /** Envelope sender. */
  from: string;
  /** For the log, if it was rewritten. */
  note?: string;
}

/** Where receivers send bounces: `envelope_sender`; the null sender of a bounce stays, since nothing may answer it. */
export function envelopeSenderOf(from: string, { envelopeSender = '' }: Pick<Account, 'envelopeSender'>): string {
  return from === '' || envelopeSender === '' ? from : envelopeSender;
}

/**
 * Rewrites the sender where the account has `sender_rewrite`.
 * @throws ExitError 77 for a sender that the account may not use and that is not to be rewritten
 */
export async function applySenderPolicy(sender: Sender, account: Account, environment: Environment): Promise<Sender> {
  const author = headerFrom(sender.fields);
  if (author === undefined || (account.senderRewrite === 'off' && account.allowSender.length === 0)) return sender;
  const { isAllowedSender, rewriteFrom } = await import('../prepare/sender.ts');
  const allowed = isAllowedSender(author, account) && (sender.from === '' || isAllowedSender(sender.from, account));
  if (!(await mustChange())) return sender;
  const rewritten = account.from!;
  return {
    fields: rewriteFrom(sender.fields, rewritten),
    // The null sender of a bounce stays: an answer to it must not come back.
    from: sender.from === '' ? '' : rewritten,
    note: `sender rewritten from=${author} to=${rewritten}`,
  };

  async function mustChange(): Promise<boolean> {
    if (account.senderRewrite === 'always') return !allowed;
    if (account.senderRewrite === 'off') {
      if (allowed) return false;
      throw new ExitError(
        EX.NOPERM,
        `${author} is not a sender that account ${account.name} (${account.file}) may use; send as ${account.from ?? account.allowSender[0]}, or set "sender_rewrite always"`,
      );
    }
    // A sender that the relay refuses is as bad as one that receivers do not believe.
    if (account.allowSender.length > 0 && !allowed) return true;
    return (
      (await startPreflight(account, author, envelopeSenderOf(sender.from, account), environment)()).verdict ===
      'misaligned'
    );
  }
}
