// How the findings about alignment word what SPF and DKIM say of a sender.
import { providerById } from '../providers/lookup.ts';
import type { DnsRecord } from './define.ts';
import { SIGNATURE_FAULTS } from './dkim.message.ts';

/** What each protocol says of one sender, as codes that every language words for itself. */
export interface Voices {
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
export function unknownFix({ spf }: Voices, language: 'en' | 'ru'): string {
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

export const spfWords = {
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
export function recordOf({ spf, record }: Voices): { record?: DnsRecord } {
  return record === '' ? {} : { record: { name: spf.split(' ')[1]!, type: 'TXT', value: record } };
}
export function dkimWords({ dkim }: Voices, language: 'en' | 'ru'): string {
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
export function dkimOnly(spf: string | undefined, words: DkimOnlyWords): { detail: string; fix: string } {
  const [said, domain = ''] = (spf ?? '').split(' ');
  if (said === 'unaligned') return { detail: `${words.aligned}. ${words.elsewhere(domain)}`, fix: words.enough };
  if (said === 'unknown') return { detail: `${words.aligned}. ${words.unknown}`, fix: words.enough };
  return { detail: `${words.aligned}. ${words.fails}`, fix: words.fix };
}
