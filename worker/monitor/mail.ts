// One attempt to hand a message to the operator's own relay over TLS (RFC 8314, RFC 4954, RFC 5321).

import type { Language } from '../../shared/findings/define.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { toBase64, toBytes } from '../../shared/message/bytes.ts';
import type { Diagnose, TlsMode } from '../access/connection.ts';
import {
  type Connect,
  type Dialogue,
  isSilence,
  openDialogue,
  type Reply,
  type Silence,
  succeeded,
} from '../probe/dialogue.ts';
import type { Delivery, Outcome } from './deliveries.ts';
import { letterOf } from './letter.ts';

/** Where mail is handed over; without a user the relay knows this Worker by nothing, and will mostly refuse. */
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
  /** Says why TLS failed, where the connection itself does not. */
  diagnose: Diagnose;
  connectTo: ReadonlyMap<string, string>;
  relay: MailRelay;
  /** The sender in envelope and header. */
  from: string;
  language: Language;
  now: Date;
}

/** Sends once; never throws. A refused recipient is final, everything else is tried again. */
export async function sendMail(delivery: Delivery, context: MailContext): Promise<Outcome> {
  const { relay, connect, connectTo, diagnose } = context;
  const [hostname, port] = (connectTo.get(`${relay.host}:${relay.port}`) ?? `${relay.host}:${relay.port}`).split(':');
  const address = { hostname: hostname!, port: Number(port) };
  const dialogue = await openDialogue(connect, address, relay.tls === 'implicit' ? 'on' : 'starttls');
  try {
    const failed = await submit(dialogue, delivery, context);
    if (failed === undefined) return { result: 'delivered', reply: '250' };
    // Where TLS was to begin and there was no reply, TLS may be why.
    const reason = failed.silentAt === relay.tls ? await diagnose(address, relay.tls) : undefined;
    return reason === undefined ? failed : { result: 'deferred', reply: `TLS: ${reason}` };
  } finally {
    await dialogue.close();
  }
}

/** With the way of TLS that was to begin where there was no reply. */
type Failed = Outcome & { silentAt?: TlsMode };

async function submit(dialogue: Dialogue, delivery: Delivery, context: MailContext): Promise<Failed | undefined> {
  const { relay, from, language, now } = context;
  const hello = `EHLO ${domainOfAddress(from)}`;
  const greeting = await dialogue.reply();
  if (isSilence(greeting)) return { ...deferred('greeting', greeting), silentAt: 'implicit' };
  if (greeting.code !== 220) return deferred('greeting', greeting);
  let ehlo = await dialogue.command(hello);
  if (!succeeded(ehlo)) return deferred('EHLO', ehlo);
  if (relay.tls === 'starttls') {
    const ready = await dialogue.command('STARTTLS');
    if (ready.code !== 220) return deferred('STARTTLS', ready);
    dialogue.startTls();
    ehlo = await dialogue.command(hello);
    if (isSilence(ehlo)) return { ...deferred('TLS', ehlo), silentAt: 'starttls' };
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
  const text = letterOf(delivery, { from, date: now, language });
  const taken = await dialogue.data(`${text}.\r\n`);
  if (!succeeded(taken)) return deferred('end of data', taken);
  await dialogue.command('QUIT');
  return undefined;
}

/** RFC 4616: with the initial response, one step. Every relay with TLS offers PLAIN. */
function authenticate(dialogue: Dialogue, { user, password }: MailRelay): Promise<Reply | Silence> {
  return dialogue.command(`AUTH PLAIN ${toBase64(toBytes(`\0${user}\0${password}`))}`);
}

function deferred(stage: string, reply: Reply | Silence): Outcome {
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
    // A "%" that begins no escape.
    return undefined;
  }
}
