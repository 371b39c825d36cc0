// One attempt to hand a message to Cloudflare through the binding SEND_EMAIL: no relay and no secret is needed for it.
import type { SendEmail } from '@cloudflare/workers-types';
import type { Language } from '../../shared/findings/define.ts';
import type { Delivery, Outcome } from './deliveries.ts';
import { letterOf } from './letter.ts';

export interface EmailContext {
  binding: SendEmail;
  /** The sender in envelope and header: of a domain that may send from this account. */
  from: string;
  language: Language;
  now: Date;
}

/** Codes of errors after which no later attempt can do better (https://developers.cloudflare.com/email-service/api/send-emails/workers-api/). */
const FINAL = ['E_RECIPIENT_SUPPRESSED'];

/** Sends once; never throws. What the operator can still set right, such as an address that is not verified, is tried again. */
export async function sendByBinding(
  delivery: Delivery,
  { binding, from, language, now }: EmailContext,
): Promise<Outcome> {
  // Only here: everything else also runs where this module is not.
  const { EmailMessage } = await import('cloudflare:email');
  const text = letterOf(delivery, { from, date: now, language });
  try {
    const { messageId } = await binding.send(new EmailMessage(from, delivery.target, text));
    return { result: 'delivered', reply: `taken by Cloudflare as ${messageId}` };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    const reply = `Cloudflare: ${typeof code === 'string' ? `${code} ` : ''}${String(message)}`;
    return { result: FINAL.includes(String(code)) ? 'gone' : 'deferred', reply: reply.replace(/[^\x20-\x7e]/g, '?') };
  }
}
