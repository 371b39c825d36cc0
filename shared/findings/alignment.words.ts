// The words for the results of SPF and DKIM in the findings about alignment.

import { providerById } from '../providers/lookup.ts';
import { phrase } from '../text/language.ts';
import type { DnsRecord } from './define.ts';
import { SIGNATURE_FAULTS } from './dkim.message.ts';

/** The result of each protocol for one sender, as codes that every language puts into words. */
export interface SenderResults {
  [key: string]: string | readonly string[];
  headerFrom: string;
  /**
   * `RESULT DOMAIN` of SPF; `RESULT DOMAIN IP` where the address is only inferred; `unaligned DOMAIN`; `provider ID`: it
   * sends with its own envelope sender; `own ID`: it has the mailbox in From; `unnamed DOMAIN ID`: the record does not
   * authorize that provider; `none-known`: no address to check with; `no-identity`: neither an envelope sender nor a HELO name.
   */
  spf: string;
  /** The SPF record that would authorize the sending address, '' where SPF is evaluated for another domain; `spf` names its domain. */
  record: string;
  /** `absent` where DNS proves that there is no key, `unsigned` for a mail without a signature; else one for each signature: `ok | missing | unusable | different | failing | unaligned | unknown | unchecked` or a key of SIGNATURE_FAULTS, and `SELECTOR DOMAIN`, each `?` where it cannot be read. */
  dkim: readonly string[];
}

function providerName(id: string | undefined): string {
  return providerById(id ?? '')?.name ?? '?';
}

const OTHER_FIX: Record<'en' | 'ru', Record<string, (name: string) => string>> = {
  en: {
    own: (id) => `Nothing has to be configured: ${providerName(id)} signs the mail of its own mailboxes.`,
    'no-identity': () =>
      'Give the host name that the relay sends in EHLO (helo in the request), or sign such mail by DKIM.',
    permerror: (domain) =>
      `Correct the SPF record of ${domain}; the check of the domain shows the error. Whether the mail is signed is not visible in DNS.`,
  },
  ru: {
    own: (id) => `Ничего настраивать не нужно: письма своих ящиков ${providerName(id)} подписывает сам.`,
    'no-identity': () =>
      'Укажите имя, которое релей передаёт в EHLO (helo в запросе), или подписывайте такие письма DKIM.',
    permerror: (domain) =>
      `Исправьте SPF-запись ${domain}: ошибку покажет проверка домена. Подписаны ли письма, по DNS определить нельзя.`,
  },
};

/** What to do about a sender whose alignment is not known, by what is missing. */
export function unknownFix({ spf }: SenderResults, language: 'en' | 'ru'): string {
  const [result, domain, from] = spf.split(' ');
  const other = OTHER_FIX[language][result!];
  if (other !== undefined) return other(domain ?? '');
  const id = result === 'provider' ? domain : result === 'unnamed' ? from : undefined;
  const provider = id === undefined ? undefined : providerById(id);
  if (provider !== undefined) {
    const include = provider.spf?.include;
    if (result === 'unnamed' && include !== undefined)
      return language === 'en'
        ? `If ${provider.name} sends your mail, add include:${include} to the SPF record of ${domain}, and enable DKIM for your domain in its panel.`
        : `Если вашу почту отправляет ${provider.name}, добавьте include:${include} в SPF-запись ${domain} и включите DKIM для своего домена в панели сервиса.`;
    return language === 'en'
      ? `Set up your domain with DKIM in the panel of ${provider.name} (and a return path in your domain, if it is offered). Only that panel shows whether this is done.`
      : `В панели ${provider.name} подключите свой домен с DKIM (и собственный Return-Path, если сервис его предлагает). Готово ли это, видно только в панели.`;
  }
  if (result === 'none-known' || from !== undefined)
    return language === 'en'
      ? 'Give the address that the mail leaves from: sending_ip in the configuration of mailshim, sendingIps in the request.'
      : 'Укажите адрес, с которого уходит почта: sending_ip в конфигурации mailshim, sendingIps в запросе.';
  return language === 'en'
    ? 'Check again later. If this persists, check that the name servers of the domain answer.'
    : 'Повторите проверку позже. Если ошибка повторяется, проверьте, отвечают ли DNS-серверы домена.';
}

export const spfWords = {
  en: ({ spf, headerFrom }: SenderResults) => {
    const [result, domain, from] = spf.split(' ');
    if (result === 'none-known') return 'the sending address is not known, so SPF could not be evaluated';
    if (result === 'no-identity')
      return 'the envelope sender is empty and the HELO name is not known, so SPF has no domain to check';
    if (result === 'own')
      return `the mailbox is at ${providerName(domain)}, and so is the server that accepts the mail`;
    if (result === 'provider')
      return `${providerName(domain)} sends with its own envelope sender and its own signature`;
    if (result === 'unnamed') return `the SPF record of ${domain} does not authorize ${providerName(from)}`;
    if (from !== undefined) return `if mail leaves from ${from}, the SPF result for ${domain} is ${result}`;
    if (result === 'unaligned') return `SPF applies to ${domain}, which is not aligned with ${headerFrom}`;
    return `the SPF result for ${domain} is ${result}`;
  },
  ru: ({ spf, headerFrom }: SenderResults) => {
    const [result, domain, from] = spf.split(' ');
    if (result === 'none-known') return 'адрес отправки неизвестен, проверить SPF нельзя';
    if (result === 'no-identity')
      return 'отправитель в конверте пуст, а имя HELO неизвестно: домена для проверки SPF нет';
    if (result === 'own') return `и ящик, и сервер, который принимает письма, — у ${providerName(domain)}`;
    if (result === 'provider')
      return `${providerName(domain)} отправляет письма со своим адресом в конверте и своей подписью`;
    if (result === 'unnamed') return `в SPF-записи ${domain} нет ${providerName(from)}`;
    if (from !== undefined) return `если почта уходит с ${from}, результат SPF для ${domain} — ${result}`;
    if (result === 'unaligned') return `SPF проверяется для ${domain}, а этот домен не выровнен с ${headerFrom}`;
    return `результат SPF для ${domain} — ${result}`;
  },
};
const DKIM_WORDS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    missing: 'has no key in DNS',
    unusable: 'has a key in DNS that cannot be used',
    different: 'has a key in DNS that is not the signing key',
    failing: 'does not match the mail',
    unaligned: 'signs for a domain that is not aligned',
    unknown: 'could not be looked up',
    unchecked: 'was not checked: the mail has too many signatures',
    ok: 'passes',
  },
  ru: {
    missing: 'ключа нет в DNS',
    unusable: 'ключ в DNS непригоден',
    different: 'в DNS опубликован другой ключ',
    failing: 'не соответствует письму',
    unaligned: 'домен подписи не выровнен с From',
    unknown: 'не удалось запросить ключ',
    unchecked: 'не проверена: в письме слишком много подписей',
    ok: 'проходит проверку',
  },
};
/** The record to publish, where one record alone fixes it. */
export function recordOf({ spf, record }: SenderResults): { record?: DnsRecord } {
  return record === '' ? {} : { record: { name: spf.split(' ')[1]!, type: 'TXT', value: record } };
}
export function dkimWords({ dkim }: SenderResults, language: 'en' | 'ru'): string {
  if (dkim.length === 0) return language === 'en' ? 'no DKIM signature is configured' : 'DKIM-подпись не настроена';
  return dkim
    .map((signature) => {
      if (signature === 'absent') return language === 'en' ? 'no DKIM key is published' : 'ключ DKIM не опубликован';
      if (signature === 'unsigned')
        return language === 'en' ? 'the mail has no DKIM signature' : 'в письме нет DKIM-подписи';
      const [state, selector, domain] = signature.split(' ');
      const named = language === 'en' ? ` ${selector} of ${domain}` : ` ${selector} домена ${domain}`;
      const which = selector === '?' || domain === '?' ? '' : named;
      const what = language === 'en' ? `the DKIM signature${which}` : `DKIM-подпись${which}:`;
      const fault = SIGNATURE_FAULTS[language][state!];
      if (fault !== undefined) return language === 'en' ? `${what} is not valid: ${fault}` : `${what} ${fault}`;
      return `${what} ${phrase(DKIM_WORDS, language, state!)}`;
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

/** The text about SPF where only DKIM is aligned, and what to do. A report of an earlier version has no `spf`. */
export function dkimOnly(spf: string | undefined, words: DkimOnlyWords): { detail: string; fix: string } {
  const [result, domain = ''] = (spf ?? '').split(' ');
  if (result === 'unaligned') return { detail: `${words.aligned}. ${words.elsewhere(domain)}`, fix: words.enough };
  if (result === 'unknown') return { detail: `${words.aligned}. ${words.unknown}`, fix: words.enough };
  return { detail: `${words.aligned}. ${words.fails}`, fix: words.fix };
}
