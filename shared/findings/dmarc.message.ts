// Findings of one message under DMARC (RFC 9989 section 5.3).
import { phrase } from '../text/language.ts';
import { define } from './define.ts';

const CONSEQUENCE: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    none: 'The policy of the domain is none, but receivers count the failure against the mail',
    quarantine: 'The policy of the domain is quarantine: receivers are to file such mail as spam',
    reject: 'The policy of the domain is reject: receivers are to reject such mail',
  },
  ru: {
    none: 'Политика домена — none, но получатели учитывают это не в пользу письма',
    quarantine: 'Политика домена — quarantine: такие письма следует помещать в спам',
    reject: 'Политика домена — reject: такие письма следует отклонять',
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
      detail: `An aligned domain authenticates ${headerFrom}: ${by.join(', ')}.`,
    }),
    ru: ({ headerFrom, by }) => ({
      title: 'Письмо проходит DMARC',
      detail: `Домен ${headerFrom} подтверждён с выравниванием: ${by.join(', ')}.`,
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
      detail: `Neither SPF nor DKIM authenticates the From domain ${headerFrom}. ${phrase(CONSEQUENCE, 'en', policy)}.`,
      fix: `Sign the mail by DKIM with d=${headerFrom}, or authorize the sending server in the SPF record of ${headerFrom} and use the domain in the envelope sender.`,
    }),
    ru: ({ headerFrom, policy }) => ({
      title: 'Письмо не проходит DMARC',
      detail: `Ни SPF, ни DKIM не проходят с доменом ${headerFrom} из поля From. ${phrase(CONSEQUENCE, 'ru', policy)}.`,
      fix: `Подписывайте письма DKIM с d=${headerFrom} или разрешите отправляющий сервер в SPF-записи ${headerFrom} и используйте этот домен в адресе отправителя в конверте.`,
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
      detail: `The authenticated domain is ${identifier}. Under the standard of 2026 it ${passesNow ? 'is' : 'is not'} aligned with ${headerFrom}; under the earlier standard it ${passesNow ? 'is not' : 'is'}.`,
      fix: `Sign the mail by DKIM with d=${headerFrom}.`,
    }),
    ru: ({ headerFrom, identifier, passesNow }) => ({
      title: 'Проверка DMARC зависит от получателя',
      detail: `Подтверждён домен ${identifier}. По стандарту 2026 года он ${passesNow ? 'выровнен' : 'не выровнен'} с ${headerFrom}, по прежнему стандарту — ${passesNow ? 'нет' : 'да'}.`,
      fix: `Подписывайте письма DKIM с d=${headerFrom}.`,
    }),
  }),
} as const;
