// Findings of mail that names a free mailbox, such as gmail.com, as its sender: a domain in which only its provider sends.
import { define } from './define.ts';

export const freeMailboxFindings = {
  'message.from-free-mailbox': define<{ headerFrom: string }>({
    area: 'message',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.4; SpamAssassin FREEMAIL_FROM',
    en: ({ headerFrom }) => ({
      title: 'From is a free mailbox',
      detail: `Mail from ${headerFrom} arrives only if the servers of ${headerFrom} send it. Whether they sent this one is not known.`,
      fix: `If your own server sends it: write an address of your own domain into From, and the one at ${headerFrom} into Reply-To.`,
    }),
    ru: ({ headerFrom }) => ({
      title: 'В From — бесплатный ящик',
      detail: `Письма от ${headerFrom} доходят, только если их отправляют серверы ${headerFrom}. Они ли отправили это письмо, неизвестно.`,
      fix: `Если письмо отправляет ваш сервер: укажите в From адрес в своём домене, а адрес на ${headerFrom} — в Reply-To.`,
    }),
  }),
  'message.envelope-free-mailbox': define<{ domain: string; result: string }>({
    area: 'message',
    severity: 'warning',
    points: 1,
    class: 'B',
    root: 'spf',
    source: 'RFC 7208 section 2.4; RFC 5321 section 4.4',
    en: ({ domain, result }) => ({
      title: 'The envelope sender is a free mailbox, and its provider did not send the mail',
      detail: `SPF is asked of ${domain}, whose record names the servers of ${domain} alone; the result is ${result}. Bounces go to that mailbox, too.`,
      fix: 'Use an address of your own domain as the envelope sender: in PHPMailer $mail->Sender, with sendmail the flag -f.',
    }),
    ru: ({ domain, result }) => ({
      title: 'Отправитель в конверте — бесплатный ящик, а отправил письмо не его провайдер',
      detail: `SPF проверяется по домену ${domain}, а в его записи только серверы ${domain}; результат — ${result}. Туда же приходят и уведомления о недоставке.`,
      fix: 'Отправителем в конверте укажите адрес в своём домене: в PHPMailer это $mail->Sender, у sendmail — ключ -f.',
    }),
  }),
} as const;
