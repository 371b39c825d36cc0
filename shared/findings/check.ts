// Findings about several protocols together: alignment, and what a check could not query.

import { freeMailboxProvider } from '../providers/lookup.ts';
import { phrase } from '../text/language.ts';
import { dkimOnly, dkimWords, recordOf, type SenderResults, spfWords, unknownFix } from './alignment.words.ts';
import { define } from './define.ts';

/** The records that a domain without mail still lacks. */
const MISSING: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'null-mx': 'the MX record "0 .", which says that the domain accepts no mail',
    dmarc: 'a DMARC record with p=reject, which asks receivers to reject mail in its name',
  },
  ru: {
    'null-mx': 'MX-записи «0 .» (домен не принимает почту)',
    dmarc: 'DMARC-записи с p=reject (письма от имени домена следует отклонять)',
  },
};

export const checkFindings = {
  'alignment.none': define<SenderResults>({
    area: 'alignment',
    severity: 'error',
    points: 4,
    cap: 3,
    class: 'A',
    source: 'RFC 9989 section 4.4; Gmail 4.7.32 and 5.7.26; Outlook 5.7.515',
    covers: ['spf', 'dkim'],
    en: (results) => ({
      title: 'Neither SPF nor DKIM authenticates the From domain',
      detail: `No aligned domain authenticates the From domain ${results.headerFrom}: ${spfWords.en(results)}; ${dkimWords(results, 'en')}. Gmail, Outlook and Yahoo reject such mail or file it as spam.`,
      fix: `Either add the sending address to the SPF record of ${results.headerFrom} and send with an envelope sender of that domain, or sign the mail by DKIM with d=${results.headerFrom}. One of the two is enough; both are better.`,
      ...recordOf(results),
    }),
    ru: (results) => ({
      title: 'Домен в поле From не подтверждён ни SPF, ни DKIM',
      detail: `В поле From указан домен ${results.headerFrom}, но ни SPF, ни DKIM не проходят с выравниванием домена: ${spfWords.ru(results)}; ${dkimWords(results, 'ru')}. Gmail, Outlook и Yahoo отклоняют такие письма или помещают их в спам.`,
      fix: `Либо добавьте адрес отправки в SPF-запись ${results.headerFrom} и отправляйте письма с адресом этого домена в конверте (MAIL FROM), либо подписывайте их DKIM с d=${results.headerFrom}. Достаточно одного, лучше настроить оба способа.`,
      ...recordOf(results),
    }),
  }),
  'alignment.spf-only': define<{ headerFrom: string }>({
    area: 'alignment',
    severity: 'notice',
    points: 0,
    class: 'B',
    source: 'RFC 9989 section 7.4; Gmail sender guidelines',
    en: ({ headerFrom }) => ({
      title: 'Only SPF authenticates the From domain',
      detail: `Mail from ${headerFrom} is aligned by SPF alone. SPF fails when a receiver forwards the mail, and Gmail and Outlook require DKIM as well from bulk senders.`,
      fix: `Sign the mail by DKIM with d=${headerFrom}.`,
    }),
    ru: ({ headerFrom }) => ({
      title: 'Домен в поле From подтверждён только SPF',
      detail: `Для ${headerFrom} выравнивание обеспечивает только SPF. При пересылке письма SPF не проходит, а Gmail и Outlook требуют от массовых отправителей ещё и DKIM.`,
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
      title: 'Only DKIM authenticates the From domain',
      ...dkimOnly(spf, {
        aligned: `Mail from ${headerFrom} is aligned by DKIM alone. That satisfies DMARC`,
        elsewhere: (domain) =>
          `SPF passes for ${domain}, the domain of the envelope sender, and Gmail requires no more of SPF.`,
        unknown: 'The SPF result is not known.',
        enough:
          'Nothing has to be done. If the sending service offers a return path in your own domain, SPF authenticates the From domain too.',
        fails: 'Gmail and Outlook require SPF as well from bulk senders.',
        fix: `Add the sending address to the SPF record of ${headerFrom}, and send with an envelope sender of that domain.`,
      }),
    }),
    ru: ({ headerFrom, spf }) => ({
      title: 'Домен в поле From подтверждён только DKIM',
      ...dkimOnly(spf, {
        aligned: `Для ${headerFrom} выравнивание обеспечивает только DKIM. Для DMARC этого достаточно`,
        elsewhere: (domain) =>
          `SPF проходит для ${domain} — домена отправителя в конверте, большего Gmail от SPF не требует.`,
        unknown: 'Результат SPF неизвестен.',
        enough:
          'Ничего делать не нужно. Если сервис рассылки предлагает собственный Return-Path, с ним будет проходить и SPF с выравниванием.',
        fails: 'Gmail и Outlook требуют от массовых отправителей ещё и SPF.',
        fix: `Добавьте адрес отправки в SPF-запись ${headerFrom} и отправляйте письма с адресом этого домена в конверте.`,
      }),
    }),
  }),
  'alignment.unknown': define<SenderResults>({
    area: 'alignment',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.4',
    en: (results) => ({
      title: 'Whether SPF or DKIM authenticates the From domain is not known',
      detail: `For the From domain ${results.headerFrom}: ${spfWords.en(results)}; ${dkimWords(results, 'en')}.`,
      fix: unknownFix(results, 'en'),
    }),
    ru: (results) => ({
      title: 'Не удалось проверить выравнивание домена отправителя',
      detail: `Домен в поле From — ${results.headerFrom}: ${spfWords.ru(results)}; ${dkimWords(results, 'ru')}.`,
      fix: unknownFix(results, 'ru'),
    }),
  }),
  /** Only the provider can authenticate it: its SPF record names its own servers, and only it can sign. */
  'alignment.free-mailbox': define<{ headerFrom: string }>({
    area: 'alignment',
    severity: 'error',
    points: 4,
    cap: 3,
    class: 'A',
    source: 'RFC 9989 section 4.4; Gmail sender guidelines',
    covers: ['spf', 'dkim', 'dmarc'],
    en: ({ headerFrom }) => ({
      title: 'Another server cannot send from an address of a free mailbox',
      detail: `From is at ${headerFrom}, and only ${freeMailboxProvider(headerFrom)?.name ?? headerFrom} can send from there: its SPF record names its own servers, and only it can sign. Other receivers reject such mail or file it as spam.`,
      fix: `Put an address of your own domain into From, and the one at ${headerFrom} into Reply-To. Or submit the mail through the servers of ${headerFrom} with the login of that mailbox.`,
    }),
    ru: ({ headerFrom }) => ({
      title: 'Со своего сервера нельзя отправлять письма с адреса бесплатной почты',
      detail: `В поле From указан адрес в ${headerFrom}, а отправлять от имени этого домена может только ${freeMailboxProvider(headerFrom)?.name ?? headerFrom}: в SPF-записи домена указаны только его серверы, и подписать письмо DKIM может только он. Остальные получатели отклоняют такие письма или помещают их в спам.`,
      fix: `В поле From укажите адрес своего домена, а адрес в ${headerFrom} — в Reply-To. Либо отправляйте письма через SMTP-сервер ${headerFrom} с авторизацией от имени этого ящика.`,
    }),
  }),
  'alignment.sender': define<{ sender: string }>({
    area: 'alignment',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.4',
    en: ({ sender }) => ({
      title: 'This sender is aligned',
      detail: `Mail sent as ${sender} would be aligned.`,
      fix: `Send as ${sender} and put the present address into Reply-To.`,
    }),
    ru: ({ sender }) => ({
      title: 'Отправитель, для которого выравнивание есть',
      detail: `Письма с адреса ${sender} прошли бы проверку с выравниванием домена.`,
      fix: `Отправляйте письма с адреса ${sender}, а нынешний укажите в Reply-To.`,
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
      detail: `DNS does not show which server sends the mail of ${domain}, so the SPF result, the PTR record and the block lists were not checked.`,
      fix: 'Check again with the address of your relay: ?ip=192.0.2.1, or --ip 192.0.2.1 on the command line',
    }),
    ru: ({ domain }) => ({
      title: 'Адрес отправки неизвестен',
      detail: `По DNS нельзя определить, какой сервер отправляет почту ${domain}, поэтому результат SPF, PTR-запись и чёрные списки не проверены.`,
      fix: 'Повторите проверку с адресом своего релея: ?ip=192.0.2.1, в командной строке --ip 192.0.2.1',
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
          ? `Checked as sending addresses: ${ips.join(', ')}. The SPF record of ${domain} names no other address.`
          : `Checked as possible sending addresses: ${ips.join(', ')}. The SPF record of ${domain} refers to them. Whether mail leaves from there is not known, so they take off no points.`,
      fix: 'If another server sends, check again with its address: ?ip=192.0.2.1, or --ip 192.0.2.1 on the command line',
    }),
    ru: ({ domain, ips, origin }) => ({
      title: origin === 'published' ? 'Адрес отправки взят из SPF-записи' : 'Адрес отправки предположен',
      detail:
        origin === 'published'
          ? `Проверено как адрес отправки: ${ips.join(', ')}. Других адресов в SPF-записи ${domain} нет.`
          : `Проверено как возможный адрес отправки: ${ips.join(', ')}. На него ссылается SPF-запись ${domain}. Уходит ли почта с этого адреса, неизвестно, поэтому баллы не снимаются.`,
      fix: 'Если почту отправляет другой сервер, повторите проверку с его адресом: ?ip=192.0.2.1, в командной строке --ip 192.0.2.1',
    }),
  }),
  'check.parked': define<{ domain: string }>({
    area: 'spf',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 5.1; RFC 7505 section 4.2; RFC 9989 section 4.7',
    en: ({ domain }) => ({
      title: 'The domain sends no mail, and its records say so',
      detail: `The SPF record of ${domain} authorizes no server, its MX record says that it accepts no mail, and DMARC asks receivers to reject mail in its name. Nothing is missing.`,
    }),
    ru: ({ domain }) => ({
      title: 'Домен не отправляет почту, и записи это подтверждают',
      detail: `SPF-запись ${domain} не разрешает отправку ни одному серверу, MX-запись сообщает, что домен не принимает почту, а политика DMARC требует отклонять письма от его имени. Всё настроено.`,
    }),
  }),
  'check.parked-partly': define<{ domain: string; missing: readonly string[]; mx: string }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 5.1; RFC 7505 section 4.2; RFC 9989 section 4.7',
    en: ({ domain, missing, mx }) => ({
      title: 'The SPF record says that the domain sends no mail',
      detail: `The SPF record of ${domain} authorizes no server. If that is intended, ${missing.length > 1 ? 'two records are' : 'one record is'} missing: ${missing.map((what) => phrase(MISSING, 'en', what)).join('; ')}.`,
      fix:
        mx === ''
          ? 'Publish the missing records only if the domain neither sends nor receives mail. If it does send, name the servers in the SPF record, and check again with their address.'
          : 'Publish this record if the domain receives no mail. If the domain does send, name the servers in the SPF record, and check again with their address.',
      ...(mx === '' ? {} : { record: { name: domain, type: 'MX', value: mx } }),
    }),
    ru: ({ domain, missing, mx }) => ({
      title: 'По SPF-записи домен не отправляет почту',
      detail: `SPF-запись ${domain} не разрешает отправку ни одному серверу. Если так и задумано, не хватает: ${missing.map((what) => phrase(MISSING, 'ru', what)).join('; ')}.`,
      fix:
        mx === ''
          ? 'Опубликуйте недостающие записи, только если домен не отправляет и не принимает почту. Если домен всё же отправляет письма, укажите серверы в SPF-записи и повторите проверку с их адресом.'
          : 'Опубликуйте эту запись, если домен не принимает почту. Если домен всё же отправляет письма, укажите серверы в SPF-записи и повторите проверку с их адресом.',
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
      detail: `DNS answers that ${domain} does not exist (NXDOMAIN). Receivers reject mail from it, and replies to it cannot be delivered.`,
      fix: 'Check the spelling. If it is correct, the registration may have expired, or the name servers do not serve the zone.',
    }),
    ru: ({ domain }) => ({
      title: 'Домен не существует',
      detail: `По данным DNS, домена ${domain} не существует (NXDOMAIN). Письма с этого домена отклоняются, а ответы на них не дойдут.`,
      fix: 'Проверьте написание. Если оно верно, возможно, истёк срок регистрации или зона не делегирована на DNS-серверы.',
    }),
  }),
  'check.unasked': define<{ count: number; sent: number }>({
    area: 'dns',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 11.1',
    en: ({ count, sent }) => ({
      title: 'The check is incomplete',
      detail: `The check stopped after ${sent} DNS queries; ${count} more were needed. What was not queried counts as unknown.`,
      fix: 'Check the parts separately: /v1/spf, /v1/dkim, /v1/dmarc.',
    }),
    ru: ({ count, sent }) => ({
      title: 'Проверка не завершена',
      detail: `Проверка остановлена после DNS-запросов: ${sent}; нужно было ещё ${count}. Непроверенное считается неизвестным.`,
      fix: 'Проверьте части по отдельности: /v1/spf, /v1/dkim, /v1/dmarc.',
    }),
  }),
} as const;
