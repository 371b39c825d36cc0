// The words of the alignment's picture, in every language.
import type { Language } from '../../shared/findings/define.ts';
import type { Voice } from './page.words.ts';

interface PictureWords {
  title: string;
  from: string;
  either: string;
  someServer: string;
  noKey: Record<Voice, string>;
  voice: Record<Voice, string>;
  spf: Record<Voice, (ips: string, domain: string) => string>;
  spfFault: Record<'none' | 'broken', (domain: string) => string>;
  dkim: Record<Voice, (selector: string, domain: string) => string>;
  dmarc: Record<'none' | 'quarantine' | 'reject' | 'absent' | 'unknown', string>;
}

export const pictureWords: Record<Language, PictureWords> = {
  en: {
    title: 'What speaks for the sender',
    from: 'Customers see mail from',
    either: 'One of the two is enough; both are safer.',
    someServer: 'sending server',
    noKey: { yes: 'key', no: 'no key', unknown: 'key not known' },
    voice: { yes: 'speaks for the sender', no: 'does not speak for the sender', unknown: 'not known' },
    spf: {
      yes: (ips, domain) => `${domain} lets ${ips} send its mail.`,
      no: (ips, domain) => `${domain} does not let ${ips} send its mail.`,
      unknown: () => 'Whether the server may send could not be checked.',
    },
    spfFault: {
      none: (domain) => `${domain} has no SPF record, so SPF speaks for no server.`,
      broken: (domain) => `The SPF record of ${domain} cannot be evaluated, so SPF speaks for no server.`,
    },
    dkim: {
      yes: (selector) => `The key “${selector}” is published. It speaks for every mail that is signed with it.`,
      no: (_, domain) => `${domain} publishes no usable key, so no signature can be checked.`,
      unknown: () => 'No key was found under the usual names; there may be one under another.',
    },
    dmarc: {
      none: 'Without either, receivers are asked to deliver all the same (p=none).',
      quarantine: 'Without either, receivers are asked to file the mail as spam (p=quarantine).',
      reject: 'Without either, receivers are asked to refuse the mail (p=reject).',
      absent: 'The domain does not say what shall happen to mail without either.',
      unknown: 'What shall happen to mail without either could not be checked.',
    },
  },
  ru: {
    title: 'Что подтверждает отправителя',
    from: 'Покупатель видит письмо от',
    either: 'Достаточно одного из двух; оба — надёжнее.',
    someServer: 'сервер отправки',
    noKey: { yes: 'ключ', no: 'ключа нет', unknown: 'ключ неизвестен' },
    voice: { yes: 'подтверждает отправителя', no: 'не подтверждает отправителя', unknown: 'неизвестно' },
    spf: {
      yes: (ips, domain) => `${domain} разрешает отправлять почту с ${ips}.`,
      no: (ips, domain) => `${domain} не разрешает отправлять почту с ${ips}.`,
      unknown: () => 'Проверить, можно ли серверу отправлять, не удалось.',
    },
    spfFault: {
      none: (domain) => `У ${domain} нет SPF-записи, поэтому SPF не подтверждает ни одного сервера.`,
      broken: (domain) => `SPF-запись ${domain} нельзя применить, поэтому SPF не подтверждает ни одного сервера.`,
    },
    dkim: {
      yes: (selector) => `Ключ «${selector}» опубликован. Он подтверждает каждое письмо, которое им подписано.`,
      no: (_, domain) => `У ${domain} нет пригодного ключа, поэтому проверить подпись нельзя.`,
      unknown: () => 'Под обычными именами ключа нет; он может быть под другим.',
    },
    dmarc: {
      none: 'Письма без подтверждения домен просит доставлять как обычно (p=none).',
      quarantine: 'Письма без подтверждения домен просит класть в спам (p=quarantine).',
      reject: 'Письма без подтверждения домен просит отклонять (p=reject).',
      absent: 'Домен не говорит, что делать с письмами без подтверждения.',
      unknown: 'Узнать, что делать с письмами без подтверждения, не удалось.',
    },
  },
};
