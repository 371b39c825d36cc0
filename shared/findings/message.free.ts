// Findings of mail whose sender is a free mailbox, such as gmail.com: a domain that only its provider can send from.
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
      detail: `Mail from ${headerFrom} passes DMARC only if the servers of ${headerFrom} send it. Whether they sent this mail is not known.`,
      fix: `If your own server sends it: put an address of your own domain into From, and the one at ${headerFrom} into Reply-To.`,
    }),
    ru: ({ headerFrom }) => ({
      title: 'В From указан бесплатный ящик',
      detail: `Письма от ${headerFrom} проходят DMARC, только если их отправляют серверы ${headerFrom}. Отправлено ли это письмо ими, неизвестно.`,
      fix: `Если письмо отправляет ваш сервер, укажите в From адрес в своём домене, а адрес на ${headerFrom} — в Reply-To.`,
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
      detail: `SPF is evaluated for ${domain}, whose record authorizes the servers of ${domain} only; the result is ${result}. Bounces go to that mailbox too.`,
      fix: 'Use an address of your own domain as the envelope sender: $mail->Sender in PHPMailer, the flag -f of sendmail.',
    }),
    ru: ({ domain, result }) => ({
      title: 'В конверте указан бесплатный ящик, а письмо отправил другой сервер',
      detail: `SPF проверяется для домена ${domain}, а в его записи разрешены только серверы ${domain}; результат — ${result}. На этот же ящик приходят и отчёты о недоставке.`,
      fix: 'Укажите в конверте (MAIL FROM) адрес в своём домене: в PHPMailer это $mail->Sender, в sendmail — флаг -f.',
    }),
  }),
} as const;
