// What a status and a reply mean for the owner of a shop, and what to do (RFC 3463), in English and Russian.

import { providerOfSubmission } from '../../shared/providers/lookup.ts';
import { isForeignSender, replyHelp } from '../submit/provider.ts';
import { type Action, statusFor, statusOf } from './status.ts';

export interface Explanation {
  means: string;
  advice: string;
}
export type Lang = 'en' | 'ru';

/** First match decides. `status` is tried on "class.subject.detail", `reply` on the server's words. */
const CAUSES: readonly { cause: keyof typeof TEXTS; status?: RegExp; reply?: Pick<RegExp, 'test'> }[] = [
  // Replies that name their reason beat a general code such as 5.7.1.
  { cause: 'login', status: /^\d\.7\.[089]$/, reply: /^[45]3[045]\b/ },
  { cause: 'login', reply: /^(?:454|530|534|535)[ -]/ },
  { cause: 'sender', reply: { test: isForeignSender } },
  { cause: 'sender', reply: /sender address rejected/i },
  {
    cause: 'relaying',
    reply: /relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|not permitted to relay/i,
  },
  { cause: 'full', status: /^\d\.2\.2$/ },
  { cause: 'full', reply: /over ?quota|quota exceeded|exceeded .{0,20}quota|mailbox (?:is )?full/i },
  { cause: 'large', status: /^\d\.(?:2\.3|3\.4)$/ },
  {
    cause: 'large',
    reply: /^552[ -].*(?:message|mail).*(?:size|large|big)|message (?:size exceeds|(?:is )?too (?:large|big))/is,
  },
  { cause: 'authentication', status: /^\d\.7\.(?:2\d|30)$/ },
  { cause: 'authentication', reply: /\b(?:spf|dkim|dmarc)\b/i },
  { cause: 'listed', reply: /spamhaus|spamcop|\b(?:dnsbl|rbl)\b|block ?list|black ?list|(?:poor|low|bad) reputation/i },
  { cause: 'domain', status: /^\d\.(?:1\.2|1\.10|4\.4)$/ },
  { cause: 'address', status: /^\d\.1\.(?:1|3|6)$/ },
  {
    cause: 'address',
    reply:
      /(?:user|recipient|mailbox|address)(?: is)? (?:unknown|not found)|(?:unknown|no such) (?:user|recipient)|does not exist/i,
  },
  { cause: 'disabled', status: /^\d\.2\.1$/ },
  // 4.7.1 is mostly greylisting.
  { cause: 'policy', status: /^5\.7\.\d+$/ },
  { cause: 'policy', reply: /\b(?:spam|junk|virus|policy)\b/i },
  // Who answers was reached.
  { cause: 'unreachable', status: /^\d\.4\.\d+$/, reply: /^(?!\d{3}(?:[ -]|$))/ },
  { cause: 'busy', status: /^4\./ },
];

const TEXTS = {
  login: {
    en: {
      means: 'The relay did not accept the user name or the password of this server.',
      advice:
        'Check "user" and "password" in the configuration ("mailshim config show" prints what is in force), then send the mail again.',
    },
    ru: {
      means: 'Почтовый сервер не принял имя пользователя или пароль этой машины.',
      advice:
        'Проверьте «user» и «password» в настройках («mailshim config show» покажет действующие) и отправьте письмо ещё раз.',
    },
  },
  sender: {
    en: {
      means: 'The server does not let this account send in the name of this sender address.',
      advice: 'Set "from" to an address that belongs to the account, or ask the provider to allow this sender.',
    },
    ru: {
      means: 'Сервер не разрешает этой учётной записи отправлять письма с таким адресом отправителя.',
      advice:
        'Укажите в «from» адрес, который принадлежит учётной записи, или попросите провайдера разрешить этого отправителя.',
    },
  },
  relaying: {
    en: {
      means: 'The server takes no mail for other domains from this machine: it does not know it, or nobody logged in.',
      advice: 'Check "auth", "user" and "password" in the configuration, or have this machine allowed on the server.',
    },
    ru: {
      means: 'Сервер не пересылает письма этой машины в другие домены: он её не знает, или вход не был выполнен.',
      advice: 'Проверьте «auth», «user» и «password» в настройках или разрешите эту машину на сервере.',
    },
  },
  full: {
    en: {
      means: 'The mailbox of the recipient is full.',
      advice: 'Reach the recipient in another way, or send the mail again in a few days.',
    },
    ru: {
      means: 'Почтовый ящик получателя переполнен.',
      advice: 'Свяжитесь с получателем другим способом или отправьте письмо ещё раз через несколько дней.',
    },
  },
  large: {
    en: {
      means: 'The mail is larger than the server takes.',
      advice: 'Send it with smaller attachments, or put the files on your site and send a link.',
    },
    ru: {
      means: 'Письмо больше, чем принимает сервер.',
      advice: 'Уменьшите вложения или разместите файлы на сайте и отправьте ссылку.',
    },
  },
  authentication: {
    en: {
      means: 'The receiver could not verify that the mail comes from your domain (SPF, DKIM, DMARC).',
      advice:
        'Open the mailshim report of your domain: it says which DNS record is missing or wrong and what to publish.',
    },
    ru: {
      means: 'Получатель не смог убедиться, что письмо отправлено от вашего домена (SPF, DKIM, DMARC).',
      advice:
        'Откройте отчёт mailshim о вашем домене: он покажет, какой записи DNS не хватает или какая неверна и что опубликовать.',
    },
  },
  listed: {
    en: {
      means:
        'The receiver does not trust the address of the sending server: it is on a block list or has a poor reputation.',
      advice: 'Follow the link in the reply, if there is one, and tell whoever runs the relay.',
    },
    ru: {
      means: 'Получатель не доверяет адресу отправляющего сервера: он в чёрном списке, или у него плохая репутация.',
      advice: 'Откройте ссылку из ответа сервера, если она есть, и сообщите тому, кто обслуживает почтовый сервер.',
    },
  },
  domain: {
    en: {
      means: 'The domain of the address does not exist or takes no mail.',
      advice: 'Look for a typing error behind the "@", and ask the recipient for the right address.',
    },
    ru: {
      means: 'Домена из этого адреса не существует, или он не принимает почту.',
      advice: 'Проверьте, нет ли опечатки после «@», и уточните адрес у получателя.',
    },
  },
  address: {
    en: {
      means: 'There is no mailbox with this address.',
      advice:
        'Look for a typing error in the address, and ask the recipient for the right one. Sending again will not help.',
    },
    ru: {
      means: 'Почтового ящика с таким адресом нет.',
      advice: 'Проверьте, нет ли опечатки в адресе, и уточните его у получателя. Повторная отправка не поможет.',
    },
  },
  disabled: {
    en: {
      means: 'The mailbox exists but takes no mail at present.',
      advice: 'Reach the recipient in another way.',
    },
    ru: {
      means: 'Почтовый ящик существует, но сейчас не принимает письма.',
      advice: 'Свяжитесь с получателем другим способом.',
    },
  },
  policy: {
    en: {
      means: 'The server refused the mail by its rules: it took it for spam, or does not take such mail at all.',
      advice:
        'The reply names the reason; the mailshim report of your domain shows what receivers may object to. If other mails of yours arrive, change the text, links or attachments of this one.',
    },
    ru: {
      means: 'Сервер отклонил письмо по своим правилам: счёл его спамом или не принимает такие письма вообще.',
      advice:
        'Причина указана в ответе сервера; отчёт mailshim о вашем домене покажет, к чему могут придраться получатели. Если другие ваши письма доходят, измените в этом текст, ссылки или вложения.',
    },
  },
  unreachable: {
    en: {
      means: 'The server could not be reached, or the connection broke off.',
      advice: 'Check that the server runs and that no firewall stands in between.',
    },
    ru: {
      means: 'Не удалось связаться с сервером, или соединение оборвалось.',
      advice: 'Проверьте, работает ли сервер и не мешает ли межсетевой экран.',
    },
  },
  busy: {
    en: {
      means: 'The server could not take the mail at that time.',
      advice: 'The reply says why. Unless the reason is a lasting one, send the mail again later.',
    },
    ru: {
      means: 'Сервер в тот момент не мог принять письмо.',
      advice: 'Причина указана в ответе сервера. Если она временная, отправьте письмо ещё раз позже.',
    },
  },
  other: {
    en: {
      means: 'The mail was not accepted.',
      advice: 'The text above says why; show it to whoever runs the relay if it is not clear.',
    },
    ru: {
      means: 'Письмо не принято.',
      advice: 'Причина указана выше; если она непонятна, покажите этот текст тому, кто обслуживает почтовый сервер.',
    },
  },
} as const satisfies Record<string, Record<Lang, Explanation>>;

export type Cause = keyof typeof TEXTS;

/** Where a reply stands within our own words: "relay.example put off the message: 451 4.7.1 try later". */
const QUOTED_REPLY = /(?:^|: )([45]\d\d[ -].*)$/s;

function replyIn(said: string): string {
  return QUOTED_REPLY.exec(said)?.[1] ?? said;
}

/** Why a recipient was not reached. `said` is the server's reply, or our own words with or without one at their end. */
export function causeOf(action: Action, status: string, said = ''): Cause {
  const given = statusFor(action, status);
  const reply = replyIn(said);
  // Time up: the last reply says why there was no delivery until then.
  const code = given === '4.4.7' ? statusOf(reply, given) : given;
  const match = CAUSES.find((entry) => (entry.status?.test(code) ?? true) && (entry.reply?.test(reply) ?? true));
  return match?.cause ?? 'other';
}

/** `relay` is the host that said it: where it belongs to a provider with rules of its own for this, these are the advice. */
export function explain(cause: Cause, lang: Lang, said = '', relay = ''): Explanation {
  const text = TEXTS[cause][lang];
  const help = replyHelp(providerOfSubmission(relay), replyIn(said), lang);
  return help === undefined ? text : { means: text.means, advice: /[.)]$/.test(help) ? help : `${help}.` };
}
