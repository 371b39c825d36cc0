// Findings that no protocol has alone: alignment of the whole, and what a check could not ask.
import { freeMailboxProvider } from '../providers/lookup.ts';
import { dkimOnly, dkimWords, recordOf, spfWords, unknownFix, type Voices } from './alignment.words.ts';
import { define } from './define.ts';

/** What a domain without mail still lacks. */
const MISSING: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'null-mx': 'the MX record "0 .", which says that no mail is taken',
    dmarc: 'a DMARC record with p=reject, which asks receivers to reject mail in its name',
  },
  ru: {
    'null-mx': 'записи MX «0 .», которая объявляет, что почта не принимается',
    dmarc: 'записи DMARC с p=reject, которая просит получателей отклонять письма от имени домена',
  },
};

export const checkFindings = {
  'alignment.none': define<Voices>({
    area: 'alignment',
    severity: 'error',
    points: 4,
    cap: 3,
    class: 'A',
    source: 'RFC 9989 section 4.4; Gmail 4.7.32 and 5.7.26; Outlook 5.7.515',
    covers: ['spf', 'dkim'],
    en: (voices) => ({
      title: 'Neither SPF nor DKIM speaks for the sender',
      detail: `Receivers see the From domain ${voices.headerFrom}, and nothing proves that it sent the mail: ${spfWords.en(voices)}; ${dkimWords(voices, 'en')}. Gmail, Outlook and Yahoo refuse such mail or file it as spam.`,
      fix: `Either let the SPF record of ${voices.headerFrom} name the sending address and send with an envelope sender of that domain, or sign the mail by DKIM with d=${voices.headerFrom}. One of the two is enough; both are better.`,
      ...recordOf(voices),
    }),
    ru: (voices) => ({
      title: 'Ни SPF, ни DKIM не подтверждают отправителя',
      detail: `Получатель видит в From домен ${voices.headerFrom}, но ничто не доказывает, что письмо отправил он: ${spfWords.ru(voices)}; ${dkimWords(voices, 'ru')}. Gmail, Outlook и Yahoo такие письма отклоняют или кладут в спам.`,
      fix: `Либо внесите адрес отправки в SPF-запись ${voices.headerFrom} и отправляйте с адресом конверта из этого домена, либо подписывайте письма DKIM с d=${voices.headerFrom}. Достаточно одного, лучше оба.`,
      ...recordOf(voices),
    }),
  }),
  'alignment.spf-only': define<{ headerFrom: string }>({
    area: 'alignment',
    severity: 'notice',
    points: 0,
    class: 'B',
    source: 'RFC 9989 section 7.4; Gmail sender guidelines',
    en: ({ headerFrom }) => ({
      title: 'Only SPF speaks for the sender',
      detail: `Mail from ${headerFrom} is aligned by SPF alone. SPF breaks when a receiver forwards the mail, and Gmail and Outlook want DKIM as well from senders of many mails.`,
      fix: `Sign the mail by DKIM with d=${headerFrom}.`,
    }),
    ru: ({ headerFrom }) => ({
      title: 'Отправителя подтверждает только SPF',
      detail: `Письма от ${headerFrom} подтверждает только SPF. При пересылке SPF ломается, а от массовых отправителей Gmail и Outlook требуют ещё и DKIM.`,
      fix: `Подписывайте письма DKIM с d=${headerFrom}.`,
    }),
  }),
  /** `spf`: `fails`; `unknown`; `unaligned DOMAIN`: it passes for another domain, as with a sending service. */
  'alignment.dkim-only': define<{ headerFrom: string; spf: string }>({
    area: 'alignment',
    severity: 'notice',
    points: 0,
    class: 'B',
    source: 'RFC 9989 section 4.4',
    en: ({ headerFrom, spf }) => ({
      title: 'Only DKIM speaks for the sender',
      ...dkimOnly(spf, {
        aligned: `Mail from ${headerFrom} is aligned by DKIM alone. That satisfies DMARC`,
        elsewhere: (domain) =>
          `SPF passes for ${domain}, the domain of the envelope sender, and Gmail asks for no more than that of SPF.`,
        unknown: 'What SPF says is not known.',
        enough:
          'Nothing has to be done. A return path in a domain of your own, where the sending service offers it, lets SPF speak for the sender as well.',
        fails: 'Gmail and Outlook want SPF as well from senders of many mails.',
        fix: `Let the SPF record of ${headerFrom} name the sending address, and send with an envelope sender of that domain.`,
      }),
    }),
    ru: ({ headerFrom, spf }) => ({
      title: 'Отправителя подтверждает только DKIM',
      ...dkimOnly(spf, {
        aligned: `Письма от ${headerFrom} подтверждает только DKIM. Для DMARC этого достаточно`,
        elsewhere: (domain) => `SPF проходит для ${domain} — домена адреса конверта, большего от SPF Gmail не требует.`,
        unknown: 'Что отвечает SPF, неизвестно.',
        enough:
          'Делать ничего не нужно. Собственный return path, если сервис рассылки его предлагает, позволит и SPF подтверждать отправителя.',
        fails: 'От массовых отправителей Gmail и Outlook требуют ещё и SPF.',
        fix: `Внесите адрес отправки в SPF-запись ${headerFrom} и отправляйте с адресом конверта из этого домена.`,
      }),
    }),
  }),
  'alignment.unknown': define<Voices>({
    area: 'alignment',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.4',
    en: (voices) => ({
      title: 'Whether the sender is aligned could not be found out',
      detail: `For the From domain ${voices.headerFrom}: ${spfWords.en(voices)}; ${dkimWords(voices, 'en')}.`,
      fix: unknownFix(voices, 'en'),
    }),
    ru: (voices) => ({
      title: 'Не удалось узнать, подтверждён ли отправитель',
      detail: `Домен ${voices.headerFrom} в From: ${spfWords.ru(voices)}; ${dkimWords(voices, 'ru')}.`,
      fix: unknownFix(voices, 'ru'),
    }),
  }),
  /** Only the provider itself can send from there: its SPF names its own servers, and only it can sign. */
  'alignment.free-mailbox': define<{ headerFrom: string }>({
    area: 'alignment',
    severity: 'error',
    points: 4,
    cap: 3,
    class: 'A',
    source: 'RFC 9989 section 4.4; Gmail sender guidelines',
    covers: ['spf', 'dkim', 'dmarc'],
    en: ({ headerFrom }) => ({
      title: 'An address at a free mailbox cannot be sent from another server',
      detail: `From is at ${headerFrom}, and only ${freeMailboxProvider(headerFrom)?.name ?? headerFrom} can send from there: its DNS names its own servers, and only it can sign. Other receivers reject such mail or file it as spam.`,
      fix: `Put an address of your own domain into From, and the one at ${headerFrom} into Reply-To. Or submit the mail through the servers of ${headerFrom} with the login of that mailbox.`,
    }),
    ru: ({ headerFrom }) => ({
      title: 'С чужого сервера нельзя отправлять от адреса бесплатной почты',
      detail: `В From указан адрес в ${headerFrom}, а отправлять от этого домена может только ${freeMailboxProvider(headerFrom)?.name ?? headerFrom}: в его DNS названы только его серверы, и подписать письмо может только он. Получатели такие письма отклоняют или кладут в спам.`,
      fix: `В From укажите адрес своего домена, а адрес в ${headerFrom} — в Reply-To. Либо отправляйте через серверы ${headerFrom} с логином этого ящика.`,
    }),
  }),
  'alignment.sender': define<{ sender: string }>({
    area: 'alignment',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.4',
    en: ({ sender }) => ({
      title: 'A sender that is aligned',
      detail: `Mail sent as ${sender} would be aligned.`,
      fix: `Send as ${sender} and put the present address into Reply-To.`,
    }),
    ru: ({ sender }) => ({
      title: 'Отправитель, который подтверждён',
      detail: `Письма от ${sender} были бы подтверждены.`,
      fix: `Отправляйте от ${sender}, а нынешний адрес укажите в Reply-To.`,
    }),
  }),
  'check.no-sending-ip': define<{ domain: string }>({
    area: 'spf',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 2.4',
    en: ({ domain }) => ({
      title: 'The sending address is not known',
      detail: `Which server sends the mail of ${domain} cannot be seen in DNS, so the SPF result, the PTR record and the block lists were not checked.`,
      fix: 'Check again with the address of your relay: ?ip=192.0.2.1, or --ip 192.0.2.1 in a command line',
    }),
    ru: ({ domain }) => ({
      title: 'Адрес отправки неизвестен',
      detail: `По DNS не видно, какой сервер отправляет почту ${domain}, поэтому результат SPF, запись PTR и чёрные списки не проверены.`,
      fix: 'Повторите проверку с адресом вашего почтового сервера: ?ip=192.0.2.1, в командной строке --ip 192.0.2.1',
    }),
  }),
  'check.assumed-ip': define<{ domain: string; ips: readonly string[]; origin: 'published' | 'inferred' }>({
    area: 'spf',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 2.4',
    en: ({ domain, ips, origin }) => ({
      title: origin === 'published' ? 'The sending address was taken from SPF' : 'The sending address was assumed',
      detail:
        origin === 'published'
          ? `Checked as sending: ${ips.join(', ')}. The SPF record of ${domain} names no other address.`
          : `Looked at as what may send: ${ips.join(', ')}. The SPF record of ${domain} leads there. Whether mail leaves from there is not known, so that it costs no points.`,
      fix: 'If another server sends, check again with its address: ?ip=192.0.2.1, or --ip 192.0.2.1 in a command line',
    }),
    ru: ({ domain, ips, origin }) => ({
      title: origin === 'published' ? 'Адрес отправки взят из SPF' : 'Адрес отправки предположен',
      detail:
        origin === 'published'
          ? `Проверено как адрес отправки: ${ips.join(', ')}. Других адресов SPF-запись ${domain} не называет.`
          : `Рассмотрено как возможный адрес отправки: ${ips.join(', ')}. Туда указывает SPF-запись ${domain}. Уходит ли почта оттуда, неизвестно, поэтому баллы не снимаются.`,
      fix: 'Если отправляет другой сервер, повторите проверку с его адресом: ?ip=192.0.2.1, в командной строке --ip 192.0.2.1',
    }),
  }),
  'check.parked': define<{ domain: string }>({
    area: 'spf',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 5.1; RFC 7505 section 4.2; RFC 9989 section 4.7',
    en: ({ domain }) => ({
      title: 'The domain sends no mail, and is set up for that',
      detail: `The SPF record of ${domain} lets no server send, its MX record says that it takes no mail, and DMARC asks receivers to reject mail in its name. Nothing is missing.`,
    }),
    ru: ({ domain }) => ({
      title: 'Домен не отправляет почту и настроен для этого',
      detail: `SPF-запись ${domain} не разрешает отправку ни одному серверу, запись MX объявляет, что почту он не принимает, а DMARC просит получателей отклонять письма от его имени. Всё на месте.`,
    }),
  }),
  'check.parked-partly': define<{ domain: string; missing: readonly string[]; mx: string }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 5.1; RFC 7505 section 4.2; RFC 9989 section 4.7',
    en: ({ domain, missing, mx }) => ({
      title: 'The domain says that it sends no mail',
      detail: `The SPF record of ${domain} lets no server send. If that is meant so, ${missing.length > 1 ? 'two records are' : 'one record is'} missing: ${missing.map((what) => MISSING.en[what] ?? what).join('; ')}.`,
      fix:
        mx === ''
          ? 'Publish what is missing only if no mail is sent in the name of the domain and none is to arrive. If it does send, let the SPF record name the servers, and check again with their address.'
          : 'Publish this record if no mail is to arrive. If the domain does send, let the SPF record name the servers, and check again with their address.',
      ...(mx === '' ? {} : { record: { name: domain, type: 'MX', value: mx } }),
    }),
    ru: ({ domain, missing, mx }) => ({
      title: 'Домен объявляет, что не отправляет почту',
      detail: `SPF-запись ${domain} не разрешает отправку ни одному серверу. Если так и задумано, не хватает: ${missing.map((what) => MISSING.ru[what] ?? what).join('; ')}.`,
      fix:
        mx === ''
          ? 'Опубликуйте недостающее, только если от имени домена почта не отправляется и принимать её не нужно. Если он всё же отправляет почту, укажите серверы в SPF-записи и повторите проверку с их адресом.'
          : 'Опубликуйте эту запись, если принимать почту не нужно. Если домен всё же отправляет почту, укажите серверы в SPF-записи и повторите проверку с их адресом.',
      ...(mx === '' ? {} : { record: { name: domain, type: 'MX', value: mx } }),
    }),
  }),
  'check.no-such-domain': define<{ domain: string }>({
    area: 'dns',
    severity: 'error',
    points: 10,
    cap: 0,
    class: 'A',
    source: 'RFC 8020',
    covers: ['spf', 'dkim', 'dmarc', 'mx', 'alignment'],
    en: ({ domain }) => ({
      title: 'The domain does not exist',
      detail: `DNS says that ${domain} does not exist. Mail from it is refused, and answers to it cannot arrive.`,
      fix: 'Check the spelling. Where it is right, the registration may have ended or the name servers may not know the zone.',
    }),
    ru: ({ domain }) => ({
      title: 'Такого домена нет',
      detail: `DNS отвечает, что домена ${domain} не существует. Письма от него отклоняют, а ответы на них не дойдут.`,
      fix: 'Проверьте написание. Если оно верно, могла истечь регистрация, или DNS-серверы не знают эту зону.',
    }),
  }),
  'check.unasked': define<{ count: number; sent: number }>({
    area: 'dns',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 11.1',
    en: ({ count, sent }) => ({
      title: 'Not everything was asked',
      detail: `The check stopped after ${sent} DNS questions; ${count} more were needed. What was not asked counts as unknown.`,
      fix: 'Check the parts one by one: /v1/spf, /v1/dkim, /v1/dmarc.',
    }),
    ru: ({ count, sent }) => ({
      title: 'Спрошено не всё',
      detail: `Проверка остановилась после ${sent} вопросов к DNS; осталось ещё ${count}. Неспрошенное считается неизвестным.`,
      fix: 'Проверьте части по одной: /v1/spf, /v1/dkim, /v1/dmarc.',
    }),
  }),
} as const;
