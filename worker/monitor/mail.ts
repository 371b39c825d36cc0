// One attempt to hand a message over as mail: to the operator's own relay over TLS (RFC 8314, RFC 4954, RFC 5321), or to Cloudflare.

import type { SendEmail } from '@cloudflare/workers-types';
import type { Language } from '../../shared/findings/define.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { toBase64, toBytes } from '../../shared/message/bytes.ts';
import { connectTarget, type Diagnose, type TlsMode } from '../access/connection.ts';
import {
  type Connect,
  isNoReply,
  type NoReply,
  openSmtp,
  type Reply,
  type SmtpConnection,
  succeeded,
} from '../probe/smtp.ts';
import type { Delivery, Outcome } from './deliveries.ts';
import { notificationMail } from './notification.ts';

/** The relay; most relays reject mail without a user. */
export interface MailRelay {
  host: string;
  port: number;
  /** TLS from the first byte, or STARTTLS; never in clear. */
  tls: 'implicit' | 'starttls';
  user: string;
  password: string;
}

export interface MailContext {
  connect: Connect;
  /** Finds out why TLS failed. */
  diagnose: Diagnose;
  connectTo: ReadonlyMap<string, string>;
  relay: MailRelay;
  /** The sender in envelope and header. */
  from: string;
  language: Language;
  now: Date;
}

/** Sends once; never throws. A rejected recipient is permanent, every other failure temporary. */
export async function sendMail(delivery: Delivery, context: MailContext): Promise<Outcome> {
  const { relay, connect, connectTo, diagnose } = context;
  const address = connectTarget(relay.host, relay.port, connectTo);
  const dialogue = await openSmtp(connect, address, relay.tls === 'implicit' ? 'on' : 'starttls');
  try {
    const failed = await submit(dialogue, delivery, context);
    if (failed === undefined) return { result: 'delivered', reply: '250' };
    // Without a reply at the start of TLS, TLS may be the reason.
    const reason = failed.noReplyAt === relay.tls ? await diagnose(address, relay.tls) : undefined;
    return reason === undefined ? failed : { result: 'deferred', reply: `TLS: ${reason}` };
  } finally {
    await dialogue.close();
  }
}

/** With the mode of TLS that was to start when no reply came. */
type Failed = Outcome & { noReplyAt?: TlsMode };

async function submit(dialogue: SmtpConnection, delivery: Delivery, context: MailContext): Promise<Failed | undefined> {
  const { relay, from, language, now } = context;
  const hello = `EHLO ${domainOfAddress(from)}`;
  const greeting = await dialogue.reply();
  if (isNoReply(greeting)) return { ...deferred('greeting', greeting), noReplyAt: 'implicit' };
  if (greeting.code !== 220) return deferred('greeting', greeting);
  let ehlo = await dialogue.command(hello);
  if (!succeeded(ehlo)) return deferred('EHLO', ehlo);
  if (relay.tls === 'starttls') {
    const ready = await dialogue.command('STARTTLS');
    if (ready.code !== 220) return deferred('STARTTLS', ready);
    dialogue.startTls();
    ehlo = await dialogue.command(hello);
    if (isNoReply(ehlo)) return { ...deferred('TLS', ehlo), noReplyAt: 'starttls' };
    if (!succeeded(ehlo)) return deferred('TLS', ehlo);
  }
  if (relay.user !== '') {
    const login = await authenticate(dialogue, relay);
    if (!succeeded(login)) return deferred('AUTH', login);
  }
  const sender = await dialogue.command(`MAIL FROM:<${from}>`);
  if (!succeeded(sender)) return deferred('MAIL', sender);
  const recipient = await dialogue.command(`RCPT TO:<${delivery.target}>`);
  if (!succeeded(recipient)) {
    return recipient.code >= 500 ? { result: 'gone', reply: `RCPT: ${recipient.text}` } : deferred('RCPT', recipient);
  }
  const ready = await dialogue.command('DATA');
  if (ready.code !== 354) return deferred('DATA', ready);
  const text = notificationMail(delivery, { from, date: now, language });
  const taken = await dialogue.data(`${text}.\r\n`);
  if (!succeeded(taken)) return deferred('end of data', taken);
  await dialogue.command('QUIT');
  return undefined;
}

/** RFC 4616: with the initial response, one step. Every relay with TLS offers PLAIN. */
function authenticate(dialogue: SmtpConnection, { user, password }: MailRelay): Promise<Reply | NoReply> {
  return dialogue.command(`AUTH PLAIN ${toBase64(toBytes(`\0${user}\0${password}`))}`);
}

function deferred(stage: string, reply: Reply | NoReply): Outcome {
  return { result: 'deferred', reply: `${stage}: ${reply.text}` };
}

/** Reads `smtps://user:password@host[:465]` or `smtp://user:password@host[:587]`; undefined where it is neither. */
export function parseMailRelay(text: string): MailRelay | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const implicit = url.protocol === 'smtps:';
  if ((!implicit && url.protocol !== 'smtp:') || !/^[a-z0-9.-]+$/i.test(url.hostname)) return undefined;
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return undefined;
  try {
    return {
      host: url.hostname.toLowerCase(),
      port: url.port === '' ? (implicit ? 465 : 587) : Number(url.port),
      tls: implicit ? 'implicit' : 'starttls',
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
  } catch {
    // A "%" that is not an escape.
    return undefined;
  }
}

export interface EmailContext {
  binding: SendEmail;
  /** The sender in envelope and header: of a domain that may send from this account. */
  from: string;
  language: Language;
  now: Date;
}

/** Error codes of permanent failures (https://developers.cloudflare.com/email-service/api/send-emails/workers-api/). */
const FINAL = ['E_RECIPIENT_SUPPRESSED'];

/** Sends once; never throws. What the administrator can fix, such as an address that is not verified, is a temporary failure. */
export async function sendByBinding(
  delivery: Delivery,
  { binding, from, language, now }: EmailContext,
): Promise<Outcome> {
  // Imported here, since everything else also runs where this module is missing.
  const { EmailMessage } = await import('cloudflare:email');
  const text = notificationMail(delivery, { from, date: now, language });
  try {
    const { messageId } = await binding.send(new EmailMessage(from, delivery.target, text));
    return { result: 'delivered', reply: `taken by Cloudflare as ${messageId}` };
  } catch (error) {
    // The binding's errors have a code: https://developers.cloudflare.com/email-service/api/send-emails/workers-api/
    const { code, message } = error as { code?: unknown; message?: unknown };
    const reply = `Cloudflare: ${typeof code === 'string' ? `${code} ` : ''}${String(message)}`;
    return { result: FINAL.includes(String(code)) ? 'gone' : 'deferred', reply: reply.replace(/[^\x20-\x7e]/g, '?') };
  }
}
