// The words of the picture of alignment, in every language.
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
    title: 'What authenticates the From domain',
    from: 'Customers see mail from',
    either: 'One of the two is enough; both are safer.',
    someServer: 'sending server',
    noKey: { yes: 'key', no: 'no key', unknown: 'key not known' },
    voice: { yes: 'authenticates the From domain', no: 'does not authenticate the From domain', unknown: 'not known' },
    spf: {
      yes: (ips, domain) => `${domain} authorizes ${ips} to send its mail.`,
      no: (ips, domain) => `${domain} does not authorize ${ips} to send its mail.`,
      unknown: () => 'Whether SPF authorizes the server could not be checked.',
    },
    spfFault: {
      none: (domain) => `${domain} has no SPF record, so SPF authorizes no server.`,
      broken: (domain) => `The SPF record of ${domain} cannot be evaluated, so SPF authorizes no server.`,
    },
    dkim: {
      yes: (selector) => `The key “${selector}” is published. It authenticates every mail that is signed with it.`,
      no: (_, domain) => `${domain} publishes no usable key, so no signature can be verified.`,
      unknown: () => 'No key was found under the usual selectors; there may be one under another.',
    },
    dmarc: {
      none: 'Receivers deliver mail that neither authenticates as usual (p=none).',
      quarantine: 'Receivers file mail that neither authenticates as spam (p=quarantine).',
      reject: 'Receivers reject mail that neither authenticates (p=reject).',
      absent: 'The domain has no policy for mail that neither authenticates.',
      unknown: 'The policy for mail that neither authenticates could not be checked.',
    },
  },
  ru: {
    title: 'Чем подтверждён домен отправителя',
    from: 'Покупатель видит письмо от',
    either: 'Достаточно одного способа; с двумя надёжнее.',
    someServer: 'отправляющий сервер',
    noKey: { yes: 'ключ', no: 'ключа нет', unknown: 'ключ неизвестен' },
    voice: { yes: 'подтверждает домен', no: 'не подтверждает домен', unknown: 'неизвестно' },
    spf: {
      yes: (ips, domain) => `В SPF-записи ${domain} разрешена отправка с ${ips}.`,
      no: (ips, domain) => `В SPF-записи ${domain} отправка с ${ips} не разрешена.`,
      unknown: () => 'Не удалось проверить, разрешена ли отправка с этого сервера.',
    },
    spfFault: {
      none: (domain) => `У ${domain} нет SPF-записи, поэтому SPF не проходит ни для одного сервера.`,
      broken: (domain) => `В SPF-записи ${domain} ошибка, поэтому SPF не проходит ни для одного сервера.`,
    },
    dkim: {
      yes: (selector) => `Ключ «${selector}» опубликован. Письма, подписанные им, проходят проверку DKIM.`,
      no: (_, domain) => `У ${domain} нет пригодного ключа, поэтому проверить подпись нельзя.`,
      unknown: () => 'С обычными селекторами ключ не найден; селектор может быть другим.',
    },
    dmarc: {
      none: 'Письма, которые не прошли ни SPF, ни DKIM, доставляются как обычно (p=none).',
      quarantine: 'Письма, которые не прошли ни SPF, ни DKIM, помещаются в спам (p=quarantine).',
      reject: 'Письма, которые не прошли ни SPF, ни DKIM, отклоняются (p=reject).',
      absent: 'Политики для писем, которые не прошли ни SPF, ни DKIM, у домена нет.',
      unknown: 'Не удалось проверить политику для писем, которые не прошли ни SPF, ни DKIM.',
    },
  },
};
