// Findings that no protocol has alone: alignment of the whole, and what a check could not ask.
import { freeMailboxProvider, providerById } from '../providers/lookup.ts';
import { type DnsRecord, define } from './define.ts';
import { SIGNATURE_FAULTS } from './dkim.message.ts';

/** What each protocol says of one sender, as codes that every language words for itself. */
interface Voices {
  [key: string]: string | readonly string[];
  headerFrom: string;
  /**
   * `RESULT DOMAIN` of SPF; `RESULT DOMAIN IP` where the address is only inferred; `unaligned DOMAIN`; `provider ID`: it
   * sends with an envelope of its own; `own ID`: it has the mailbox in From; `unnamed DOMAIN ID`: the record does not let that
   * provider send; `none-known`: no address to check with; `no-identity`: neither an envelope sender nor a HELO name.
   */
  spf: string;
  /** The SPF record that would name the sending address, '' where SPF speaks for another domain; `spf` names its domain. */
  record: string;
  /** `absent` where DNS proves that there is no key, `unsigned` for a mail without a signature; else one for each signature: `ok | missing | unusable | different | failing | unaligned | unknown | unchecked` or a key of SIGNATURE_FAULTS, and `SELECTOR DOMAIN`, each `?` where it cannot be read. */
  dkim: readonly string[];
}

function providerName(id: string | undefined): string {
  return providerById(id ?? '')?.name ?? '?';
}

const OTHER_FIX: Record<'en' | 'ru', Record<string, (name: string) => string>> = {
  en: {
    own: (id) => `Nothing has to be set up for that: ${providerName(id)} signs the mail of its own mailboxes.`,
    'no-identity': () =>
      'Name the host name that the relay gives in EHLO (helo in the request), or sign such mail by DKIM.',
    permerror: (domain) =>
      `Correct the SPF record of ${domain}; the check of the domain shows what is wrong. Whether the mail is signed cannot be seen from here.`,
  },
  ru: {
    own: (id) => `Настраивать здесь нечего: письма своих ящиков ${providerName(id)} подписывает сам.`,
    'no-identity': () =>
      'Укажите имя, которым сервер отправки представляется в EHLO (helo в запросе), или подписывайте такие письма DKIM.',
    permerror: (domain) =>
      `Исправьте SPF-запись ${domain}: что в ней не так, показывает проверка домена. Подписано ли письмо, отсюда не видно.`,
  },
};

/** What to do about a sender whose alignment is not known, by what is missing. */
function unknownFix({ spf }: Voices, language: 'en' | 'ru'): string {
  const [result, domain, from] = spf.split(' ');
  const other = OTHER_FIX[language][result!];
  if (other !== undefined) return other(domain ?? '');
  const id = result === 'provider' ? domain : result === 'unnamed' ? from : undefined;
  const provider = id === undefined ? undefined : providerById(id);
  if (provider !== undefined) {
    const include = provider.spf?.include;
    if (result === 'unnamed' && include !== undefined)
      return language === 'en'
        ? `If ${provider.name} sends your mail, add include:${include} to the SPF record of ${domain}, and switch on DKIM for your domain in its panel.`
        : `Если вашу почту отправляет ${provider.name}, добавьте include:${include} в SPF-запись ${domain} и включите в его панели DKIM для своего домена.`;
    return language === 'en'
      ? `In the panel of ${provider.name}, set up your domain with DKIM (and a return path of your own where it is offered). Its page shows whether that is done; it cannot be seen from here.`
      : `В панели ${provider.name} подключите свой домен с DKIM (и собственный return path, если он предлагается). Готово ли это, видно там; отсюда этого не увидеть.`;
  }
  if (result === 'none-known' || from !== undefined)
    return language === 'en'
      ? 'Name the address that the mail leaves from: sending_ip in the configuration of mailshim, sendingIps in the request.'
      : 'Укажите адрес, с которого уходит почта: sending_ip в настройках mailshim, sendingIps в запросе.';
  return language === 'en'
    ? 'Check again later. If this stays, see that the name servers of the domain answer.'
    : 'Повторите проверку позже. Если не помогает, проверьте, отвечают ли DNS-серверы домена.';
}

const spfWords = {
  en: ({ spf, headerFrom }: Voices) => {
    const [result, domain, from] = spf.split(' ');
    if (result === 'none-known') return 'the sending address is not known, so SPF could not be evaluated';
    if (result === 'no-identity')
      return 'the envelope sender is empty and the HELO name is not known, so SPF has no domain to ask';
    if (result === 'own') return `the mailbox is at ${providerName(domain)}, and so is the server that takes the mail`;
    if (result === 'provider')
      return `${providerName(domain)} sends with an envelope sender and a signature of its own`;
    if (result === 'unnamed') return `SPF for ${domain} does not name ${providerName(from)}`;
    if (from !== undefined) return `if mail leaves from ${from}, SPF for ${domain} says ${result}`;
    if (result === 'unaligned') return `SPF speaks for ${domain}, which is not ${headerFrom}`;
    return `SPF for ${domain} says ${result}`;
  },
  ru: ({ spf, headerFrom }: Voices) => {
    const [result, domain, from] = spf.split(' ');
    if (result === 'none-known') return 'адрес отправки неизвестен, и SPF проверить нельзя';
    if (result === 'no-identity') return 'адрес конверта пуст, а имя HELO неизвестно, и SPF проверять не для чего';
    if (result === 'own') return `и ящик, и сервер, который принимает письма, — у ${providerName(domain)}`;
    if (result === 'provider') return `${providerName(domain)} отправляет со своим адресом конверта и своей подписью`;
    if (result === 'unnamed') return `SPF для ${domain} не называет ${providerName(from)}`;
    if (from !== undefined) return `если почта уходит с ${from}, SPF для ${domain} отвечает ${result}`;
    if (result === 'unaligned') return `SPF подтверждает ${domain}, а не ${headerFrom}`;
    return `SPF для ${domain} отвечает ${result}`;
  },
};
const DKIM_WORDS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    missing: 'has no key in DNS',
    unusable: 'has a key in DNS that cannot be used',
    different: 'has another key in DNS than the one that signs',
    failing: 'does not match the mail',
    unaligned: 'signs for another domain',
    unknown: 'could not be looked up',
    unchecked: 'was not checked, since there are too many',
    ok: 'is right',
  },
  ru: {
    missing: 'нет ключа в DNS',
    unusable: 'ключ в DNS непригоден',
    different: 'ключ в DNS не тот, которым подписывают',
    failing: 'не сходится с письмом',
    unaligned: 'подписывает другой домен',
    unknown: 'не удалось запросить',
    unchecked: 'не проверялась: подписей слишком много',
    ok: 'в порядке',
  },
};
/** The record to publish, where one alone mends it. */
function recordOf({ spf, record }: Voices): { record?: DnsRecord } {
  return record === '' ? {} : { record: { name: spf.split(' ')[1]!, type: 'TXT', value: record } };
}
function dkimWords({ dkim }: Voices, language: 'en' | 'ru'): string {
  if (dkim.length === 0) return language === 'en' ? 'no DKIM signature is configured' : 'подпись DKIM не настроена';
  return dkim
    .map((voice) => {
      if (voice === 'absent') return language === 'en' ? 'no DKIM key is published' : 'ключ DKIM не опубликован';
      if (voice === 'unsigned')
        return language === 'en' ? 'the mail has no DKIM signature' : 'подписи DKIM в письме нет';
      const [state, selector, domain] = voice.split(' ');
      const named = language === 'en' ? ` ${selector} of ${domain}` : ` ${selector} домена ${domain}`;
      const which = selector === '?' || domain === '?' ? '' : named;
      const what = language === 'en' ? `the DKIM signature${which}` : `подпись DKIM${which}:`;
      const fault = SIGNATURE_FAULTS[language][state!];
      if (fault !== undefined) return language === 'en' ? `${what} is not valid: ${fault}` : `${what} ${fault}`;
      return `${what} ${DKIM_WORDS[language][state!] ?? state}`;
    })
    .join('; ');
}

interface DkimOnlyWords {
  aligned: string;
  elsewhere: (domain: string) => string;
  unknown: string;
  enough: string;
  fails: string;
  fix: string;
}

/** What is said of SPF where DKIM alone aligns, and what to do. A report of before knows nothing of `spf`. */
function dkimOnly(spf: string | undefined, words: DkimOnlyWords): { detail: string; fix: string } {
  const [said, domain = ''] = (spf ?? '').split(' ');
  if (said === 'unaligned') return { detail: `${words.aligned}. ${words.elsewhere(domain)}`, fix: words.enough };
  if (said === 'unknown') return { detail: `${words.aligned}. ${words.unknown}`, fix: words.enough };
  return { detail: `${words.aligned}. ${words.fails}`, fix: words.fix };
}

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
      fix: 'Add the address of your relay to the request: ?ip=192.0.2.1',
    }),
    ru: ({ domain }) => ({
      title: 'Адрес отправки неизвестен',
      detail: `По DNS не видно, какой сервер отправляет почту ${domain}, поэтому результат SPF, запись PTR и чёрные списки не проверены.`,
      fix: 'Добавьте в запрос адрес вашего почтового сервера: ?ip=192.0.2.1',
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
          ? `${ips.join(', ')} was checked as the address that sends: the SPF record of ${domain} names no other.`
          : `${ips.join(', ')} was looked at as an address that may send, since the SPF record of ${domain} leads there. Whether mail leaves from it is not known, so that it costs no points.`,
      fix: 'If another server sends, add its address to the request: ?ip=192.0.2.1',
    }),
    ru: ({ domain, ips, origin }) => ({
      title: origin === 'published' ? 'Адрес отправки взят из SPF' : 'Адрес отправки предположен',
      detail:
        origin === 'published'
          ? `Адрес ${ips.join(', ')} проверен как адрес отправки: других SPF-запись ${domain} не называет.`
          : `Адрес ${ips.join(', ')} рассмотрен как возможный адрес отправки: на него указывает SPF-запись ${domain}. Уходит ли почта именно с него, неизвестно, поэтому баллы не снимаются.`,
      fix: 'Если отправляет другой сервер, добавьте в запрос его адрес: ?ip=192.0.2.1',
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
