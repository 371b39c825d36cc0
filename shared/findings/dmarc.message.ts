// Findings of one message under DMARC (RFC 9989 section 5.3).
import { define } from './define.ts';

const WISH: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    none: 'The domain asks for nothing to be done about it, yet receivers count it against the mail',
    quarantine: 'The domain itself asks receivers to file such mail as spam',
    reject: 'The domain itself asks receivers to refuse such mail',
  },
  ru: {
    none: 'Домен не просит ничего с ним делать, но получатели учитывают это против письма',
    quarantine: 'Сам домен просит класть такие письма в спам',
    reject: 'Сам домен просит отклонять такие письма',
  },
};

export const dmarcMessageFindings = {
  'dmarc.message-pass': define<{ headerFrom: string; by: readonly string[] }>({
    area: 'dmarc',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 5.3',
    en: ({ headerFrom, by }) => ({
      title: 'The mail passes DMARC',
      detail: `It is proven to come from ${headerFrom}: ${by.join(', ')}.`,
    }),
    ru: ({ headerFrom, by }) => ({
      title: 'Письмо проходит DMARC',
      detail: `Доказано, что оно от ${headerFrom}: ${by.join(', ')}.`,
    }),
  }),
  // Without points: what costs them is "alignment.none", of which this is the consequence.
  'dmarc.message-fail': define<{ headerFrom: string; policy: string }>({
    area: 'dmarc',
    severity: 'error',
    points: 0,
    class: 'A',
    source: 'RFC 9989 section 5.3; Gmail 5.7.26',
    en: ({ headerFrom, policy }) => ({
      title: 'The mail fails DMARC',
      detail: `Nothing that passes speaks for ${headerFrom}. ${WISH.en[policy] ?? policy}.`,
      fix: `Sign the mail by DKIM with d=${headerFrom}, or let SPF of ${headerFrom} allow the sending server and use the domain in the envelope sender.`,
    }),
    ru: ({ headerFrom, policy }) => ({
      title: 'Письмо не проходит DMARC',
      detail: `Ни одна пройденная проверка не подтверждает ${headerFrom}. ${WISH.ru[policy] ?? policy}.`,
      fix: `Подписывайте письма DKIM с d=${headerFrom} или разрешите отправляющий сервер в SPF домена ${headerFrom} и используйте этот домен в адресе конверта.`,
    }),
  }),
  'dmarc.message-suffix-list': define<{ headerFrom: string; identifier: string; passesNow: boolean }>({
    area: 'dmarc',
    severity: 'warning',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.10.2, RFC 7489 section 3.2',
    en: ({ headerFrom, identifier, passesNow }) => ({
      title: 'Whether the mail passes DMARC depends on the receiver',
      detail: `It is proven to come from ${identifier}. Receivers of the standard of 2026 ${passesNow ? 'take' : 'do not take'} that for ${headerFrom}, older ones ${passesNow ? 'do not' : 'do'}.`,
      fix: `Sign the mail by DKIM with d=${headerFrom}.`,
    }),
    ru: ({ headerFrom, identifier, passesNow }) => ({
      title: 'Пройдёт ли письмо DMARC, зависит от получателя',
      detail: `Доказано, что оно от ${identifier}. Получатели по стандарту 2026 года ${passesNow ? 'считают' : 'не считают'} это подтверждением ${headerFrom}, прежние — ${passesNow ? 'нет' : 'да'}.`,
      fix: `Подписывайте письма DKIM с d=${headerFrom}.`,
    }),
  }),
} as const;
