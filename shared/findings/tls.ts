// Findings of DANE, DNSSEC, CAA and the BIMI logo (RFC 7672, RFC 4035, RFC 8659).
// Good practice without effect on the delivery of what the shop sends, so nothing here costs points.
import { define } from './define.ts';

const info = { area: 'tls', severity: 'info', points: 0, class: 'D' } as const;
const advice = { area: 'tls', severity: 'notice', points: 0, class: 'D' } as const;
/** Mail to the domain is lost or unprotected, though the owner meant it to be safe. */
const broken = { area: 'tls', severity: 'warning', points: 0, class: 'D' } as const;

export const tlsFindings = {
  'dane.usable': define<{ hosts: readonly string[] }>({
    ...info,
    source: 'RFC 7672 section 2.2',
    en: ({ hosts }) => ({
      title: 'The mail servers are protected by DANE',
      detail: `TLSA records: ${hosts.join(', ')}.`,
    }),
    ru: ({ hosts }) => ({ title: 'Почтовые серверы защищены DANE', detail: `Записи TLSA: ${hosts.join(', ')}.` }),
  }),
  'dane.unsigned': define<{ hosts: readonly string[] }>({
    ...advice,
    source: 'RFC 7672 section 2.2.1',
    en: ({ hosts }) => ({
      title: 'The TLSA records have no effect',
      detail: `${hosts.join(', ')}: there are TLSA records, but without DNSSEC nobody goes by them.`,
      fix: 'Switch DNSSEC on for the domain and for the domain of the mail server.',
    }),
    ru: ({ hosts }) => ({
      title: 'Записи TLSA не действуют',
      detail: `${hosts.join(', ')}: записи TLSA есть, но без DNSSEC их никто не учитывает.`,
      fix: 'Включите DNSSEC для домена и для домена почтового сервера.',
    }),
  }),
  'dane.unusable': define<{ host: string; fault: string }>({
    ...broken,
    source: 'RFC 7672 section 3.1, RFC 6698 section 2.1',
    en: ({ host, fault }) => ({
      title: 'A mail server has TLSA records that cannot be used',
      detail: `None of the TLSA records of ${host} is usable (${fault}). Senders with DANE then do without.`,
      fix: 'Publish "3 1 1" with the SHA-256 digest of the public key.',
    }),
    ru: ({ host, fault }) => ({
      title: 'Записи TLSA почтового сервера непригодны',
      detail: `Все записи TLSA у ${host} непригодны (${fault}). Отправители с DANE обходятся без неё.`,
      fix: 'Опубликуйте «3 1 1» с отпечатком SHA-256 открытого ключа.',
    }),
  }),
  'dane.mixed': define<{ hosts: readonly string[] }>({
    ...advice,
    source: 'RFC 7672 section 2.2',
    en: ({ hosts }) => ({
      title: 'Not all mail servers are protected by DANE',
      detail: `Without usable TLSA records: ${hosts.join(', ')}. Somebody in between can steer mail there.`,
      fix: 'Publish TLSA records for these too.',
    }),
    ru: ({ hosts }) => ({
      title: 'DANE защищает не все почтовые серверы',
      detail: `Без пригодных записей TLSA: ${hosts.join(', ')}. Посредник может направить почту туда.`,
      fix: 'Опубликуйте записи TLSA и для них.',
    }),
  }),
  'dns.dnssec': define<{ domain: string; signed: boolean }>({
    area: 'dns',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 4035 section 3.2.3',
    en: ({ domain, signed }) => ({
      title: signed ? 'The domain is protected by DNSSEC' : 'The domain is not protected by DNSSEC',
      detail: signed
        ? `The resolver vouches for the DNS answers of ${domain}.`
        : `Nothing proves that the DNS answers of ${domain} are genuine. Most domains do without.`,
    }),
    ru: ({ domain, signed }) => ({
      title: signed ? 'Домен защищён DNSSEC' : 'Домен не защищён DNSSEC',
      detail: signed
        ? `DNS-сервер ручается за ответы о ${domain}.`
        : `Подлинность ответов DNS о ${domain} ничем не подтверждена. У большинства доменов так.`,
    }),
  }),
  'dns.caa': define<{ name: string; issuers: readonly string[] }>({
    area: 'dns',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 8659 section 4.2',
    en: ({ name, issuers }) => ({
      title: 'Only some authorities may issue certificates',
      detail: `CAA of ${name}: ${issuers.length === 0 ? 'none' : issuers.join(', ')}. The certificates of the mail server and of mta-sts.${name} must come from there.`,
    }),
    ru: ({ name, issuers }) => ({
      title: 'Сертификаты могут выпускать не все центры',
      detail: `CAA у ${name}: ${issuers.length === 0 ? 'никто' : issuers.join(', ')}. Сертификаты почтового сервера и mta-sts.${name} должны быть оттуда.`,
    }),
  }),
  'bimi.valid': define<{ domain: string; at: string; location: string; certificate: boolean }>({
    ...info,
    source: 'draft-brand-indicators-for-message-identification section 4',
    en: ({ domain, at = domain, location, certificate }) => ({
      title: 'The domain has a logo for mailboxes (BIMI)',
      detail: `${domain}: ${location}${at === domain ? '' : ` (record at default._bimi.${at})`}. ${certificate ? 'A certificate goes with it.' : 'Without a certificate (a=) Gmail and Apple do not show it.'} Mailboxes show it only where DMARC says quarantine or reject.`,
    }),
    ru: ({ domain, at = domain, location, certificate }) => ({
      title: 'У домена есть логотип для почтовых ящиков (BIMI)',
      detail: `${domain}: ${location}${at === domain ? '' : ` (запись default._bimi.${at})`}. ${certificate ? 'К нему есть сертификат.' : 'Без сертификата (a=) Gmail и Apple его не показывают.'} Показывают его только при DMARC quarantine или reject.`,
    }),
  }),
  'bimi.invalid': define<{ domain: string; at: string; found: string }>({
    ...advice,
    source: 'draft-brand-indicators-for-message-identification section 4',
    en: ({ domain, at = domain, found }) => ({
      title: 'The logo record (BIMI) cannot be used',
      detail: `At default._bimi.${at} there must be one record of the form "v=BIMI1; l=https://…; a=https://…". It says: ${found}`,
      fix: 'Correct it, or remove it.',
    }),
    ru: ({ domain, at = domain, found }) => ({
      title: 'Запись логотипа (BIMI) непригодна',
      detail: `В default._bimi.${at} должна быть одна запись вида «v=BIMI1; l=https://…; a=https://…». Сейчас там: ${found}`,
      fix: 'Исправьте её или удалите.',
    }),
  }),
  'tls.unknown': define<{ name: string; detail: string }>({
    area: 'tls',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 8461 section 3',
    en: ({ name, detail }) => ({
      title: 'Transport security could not all be checked',
      detail: `No answer for ${name}: ${detail}.`,
    }),
    ru: ({ name, detail }) => ({
      title: 'Защиту передачи удалось проверить не всю',
      detail: `Нет ответа о ${name}: ${detail}.`,
    }),
  }),
} as const;
