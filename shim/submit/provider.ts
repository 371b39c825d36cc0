// The mail provider that a relay belongs to (shared/providers), and what to do about its replies.

import { loginRemedies } from '../../shared/providers/login.ts';
import { providerOfSubmission } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import type { Account } from '../config/account.ts';
import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';

export type Lang = 'en' | 'ru';

/** Undefined for a relay that the table does not have, and for a connection to a socket. */
export function providerOf({ host, socket }: Pick<Account, 'host' | 'socket'>): Provider | undefined {
  if (socket !== undefined) return undefined;
  if (!known.has(host)) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(host, providerOfSubmission(host));
  }
  return known.get(host);
}

/** By host: a sender asks for each of thousands of mails. */
const known = new Map<string, Provider | undefined>();
const MAX_KNOWN = 100;

/** Names of private networks: without a dot, as between containers, or below a reserved name (RFC 6762, RFC 8375). */
const PRIVATE_NAME = /^[^.:]+$|\.(?:local|localhost|internal|intranet|lan|home\.arpa)$/i;

/** Receivers never see such an address: only `sending_ip` has the one that the relay sends from. */
export function isPrivateRelay({ host, socket }: Pick<Account, 'host' | 'socket'>): boolean {
  if (socket !== undefined || PRIVATE_NAME.test(host.replace(/\.$/, ''))) return true;
  const ip = parseIp(host);
  return ip !== undefined && isUnreachable(ip);
}

/** A rejected login (RFC 4954 sections 4 and 6), or a client without a login. */
const LOGIN_REPLY = /^(?:432|435|454|53[0458])[ -]/;

/**
 * The login may not send as this sender: Postfix and Yandex, Mail.ru, Exchange, Amazon SES, Postmark, SendGrid, SparkPost,
 * Fastmail, iCloud, Zoho. The reply to MAIL FROM, in Postfix to RCPT TO (smtpd_delay_reject); after the data it is about the header.
 */
const FOREIGN_SENDER =
  /\bnot owned by\b|not local sender over smtp|permissions? to send as|SendAsDenied|\b5\.7\.60\b|(?:address|domain|identity|sender) (?:is )?not verified|not a sender signature|match a verified sender|unconfigured sending domain|not authori[sz]ed to send from|not one of your addresses|sender (?:address )?is not (?:allowed|authori[sz]ed)/i;

export function isForeignSender(reply: string): boolean {
  return FOREIGN_SENDER.test(reply);
}

/** RFC 5321 section 4.5.3.1 and RFC 1870 section 6.1; X.2.2 is a full mailbox (RFC 3463 section 3.3). */
function isTooMuch(reply: string): boolean {
  return /^(?:452|552)[ -]/.test(reply) && !/^\d{3}[ -][45]\.2\.2\b/.test(reply);
}

const MEBIBYTE = 1024 * 1024;

const WORDS = {
  en: {
    senders: (name: string) =>
      `${name} accepts mail only from addresses of the account, or from addresses and domains that were verified there`,
    useOne: 'set "from" to such an address, with "sender_rewrite always"',
    megabytes: (number: number) => `${number} MiB`,
    recipients: (number: number) => `${number} recipients`,
    limits: (name: string, limits: string) => `${name} accepts at most ${limits} in one mail`,
    and: ' and ',
  },
  ru: {
    senders: (name: string) =>
      `${name} принимает письма только с адресов учётной записи или с адресов и доменов, подтверждённых в сервисе`,
    useOne: 'укажите такой адрес в «from» и добавьте «sender_rewrite always»',
    megabytes: (number: number) => `${number} МиБ`,
    recipients: (number: number) => `получателей: ${number}`,
    limits: (name: string, limits: string) => `предел ${name} для одного письма: ${limits}`,
    and: ', ',
  },
} as const;

/** What to do at the provider about a login that was rejected with this reply. */
export function loginHelp(provider: Provider | undefined, reply: string, lang: Lang): string | undefined {
  return (provider === undefined ? [] : loginRemedies(provider)).find(
    ({ reply: pattern }) => pattern === undefined || pattern.test(reply),
  )?.[lang];
}

/** The addresses from which the provider accepts mail. */
export function senderRule({ name }: Provider, lang: Lang): string {
  return WORDS[lang].senders(name);
}

export function senderHelp(provider: Provider, lang: Lang): string {
  return `${senderRule(provider, lang)}: ${WORDS[lang].useOne}`;
}

/** "5 MiB and 50 recipients"; undefined if the table has no limits. */
export function limitsOf({ limits }: Provider, lang: Lang): string | undefined {
  if (limits === undefined) return undefined;
  const words = WORDS[lang];
  const { bytes, recipients } = limits;
  return [
    ...(bytes === undefined ? [] : [words.megabytes(Math.floor(bytes / MEBIBYTE))]),
    ...(recipients === undefined ? [] : [words.recipients(recipients)]),
  ].join(words.and);
}

/** What to do about a reply of this provider; undefined if the provider has no rules of its own for it. */
export function replyHelp(provider: Provider | undefined, reply: string, lang: Lang): string | undefined {
  if (provider === undefined) return undefined;
  if (LOGIN_REPLY.test(reply)) return loginHelp(provider, reply, lang);
  if (isForeignSender(reply)) return senderHelp(provider, lang);
  const limits = isTooMuch(reply) ? limitsOf(provider, lang) : undefined;
  return limits === undefined ? undefined : WORDS[lang].limits(provider.name, limits);
}

/**
 * Why an accepted mail may have been dropped: the provider replies with an id to each mail, but with a bare "Ok" to one that
 * it drops.
 */
export function dropSuspicion(account: Pick<Account, 'host' | 'socket'>, reply: string): Diagnostic | undefined {
  const provider = providerOf(account);
  if (provider?.acceptsAndDrops !== true || !/^250[ -](?:2\.\d+\.\d+ )?(?:ok)?[.!]?\s*$/i.test(reply)) return undefined;
  return diagnostic('reply.dropped', { provider: provider.name });
}
