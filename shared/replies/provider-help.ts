// What to do about a reply of a mail provider: how to fix a login, which senders it accepts, the limits of one mail.

import { loginRemedies } from '../providers/login.ts';
import type { Provider } from '../providers/types.ts';
import type { Lang } from './explanations.ts';

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
