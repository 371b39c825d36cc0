// Findings of DANE, DNSSEC, CAA and the BIMI logo (RFC 7672, RFC 4035, RFC 8659).
// Good practice without effect on the delivery of the shop's mail, so nothing here takes off points.
import { define } from './define.ts';

const info = { area: 'tls', severity: 'info', points: 0, class: 'D' } as const;
const advice = { area: 'tls', severity: 'notice', points: 0, class: 'D' } as const;
/** Mail to the domain is lost or unprotected, although the owner configured protection. */
const broken = { area: 'tls', severity: 'warning', points: 0, class: 'D' } as const;

export const tlsFindings = {
  'dane.usable': define<{ hosts: readonly string[] }>({
    ...info,
    source: 'RFC 7672 section 2.2',
    en: ({ hosts }) => ({
      title: 'DANE protects the mail servers',
      detail: `TLSA records: ${hosts.join(', ')}.`,
    }),
    ru: ({ hosts }) => ({ title: 'Почтовые серверы защищены DANE', detail: `TLSA-записи: ${hosts.join(', ')}.` }),
  }),
  'dane.unsigned': define<{ hosts: readonly string[] }>({
    ...advice,
    source: 'RFC 7672 section 2.2.1',
    en: ({ hosts }) => ({
      title: 'The TLSA records have no effect',
      detail: `${hosts.join(', ')}: there are TLSA records, but senders ignore them without DNSSEC.`,
      fix: 'Enable DNSSEC for the domain and for the domain of the mail server.',
    }),
    ru: ({ hosts }) => ({
      title: 'TLSA-записи не действуют',
      detail: `${hosts.join(', ')}: TLSA-записи есть, но без DNSSEC отправители их не учитывают.`,
      fix: 'Включите DNSSEC для домена и для домена почтового сервера.',
    }),
  }),
  'dane.unusable': define<{ host: string; fault: string }>({
    ...broken,
    source: 'RFC 7672 section 3.1, RFC 6698 section 2.1',
    en: ({ host, fault }) => ({
      title: 'A mail server has TLSA records that cannot be used',
      detail: `None of the TLSA records of ${host} is usable (${fault}). Senders that support DANE then deliver without it.`,
      fix: 'Publish "3 1 1" with the SHA-256 digest of the public key.',
    }),
    ru: ({ host, fault }) => ({
      title: 'TLSA-записи почтового сервера непригодны',
      detail: `Ни одна TLSA-запись ${host} не пригодна (${fault}). Отправители с поддержкой DANE доставляют почту без неё.`,
      fix: 'Опубликуйте запись «3 1 1» с хешем SHA-256 открытого ключа.',
    }),
  }),
  'dane.mixed': define<{ hosts: readonly string[] }>({
    ...advice,
    source: 'RFC 7672 section 2.2',
    en: ({ hosts }) => ({
      title: 'DANE does not protect all mail servers',
      detail: `Without usable TLSA records: ${hosts.join(', ')}. An attacker on the network can redirect mail to them.`,
      fix: 'Publish TLSA records for these hosts too.',
    }),
    ru: ({ hosts }) => ({
      title: 'DANE защищает не все почтовые серверы',
      detail: `Без пригодных TLSA-записей: ${hosts.join(', ')}. При перехвате трафика почту можно направить на них.`,
      fix: 'Опубликуйте TLSA-записи и для них.',
    }),
  }),
  'dns.dnssec': define<{ domain: string; signed: boolean }>({
    area: 'dns',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 4035 section 3.2.3',
    en: ({ domain, signed }) => ({
      title: signed ? 'DNSSEC protects the domain' : 'DNSSEC does not protect the domain',
      detail: signed
        ? `The resolver validated the DNS answers of ${domain}.`
        : `The DNS answers of ${domain} are not signed. That is so for most domains.`,
    }),
    ru: ({ domain, signed }) => ({
      title: signed ? 'Домен защищён DNSSEC' : 'Домен не защищён DNSSEC',
      detail: signed
        ? `DNS-сервер проверил подлинность ответов для ${domain}.`
        : `DNS-ответы для ${domain} не подписаны. У большинства доменов так.`,
    }),
  }),
  'dns.caa': define<{ name: string; issuers: readonly string[] }>({
    area: 'dns',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 8659 section 4.2',
    en: ({ name, issuers }) => ({
      title: 'CAA limits which authorities may issue certificates',
      detail: `CAA of ${name}: ${issuers.length === 0 ? 'none' : issuers.join(', ')}. The certificates of the mail server and of mta-sts.${name} must come from one of these.`,
    }),
    ru: ({ name, issuers }) => ({
      title: 'CAA-запись ограничивает центры сертификации',
      detail: `CAA для ${name}: ${issuers.length === 0 ? 'ни один' : issuers.join(', ')}. Сертификаты почтового сервера и mta-sts.${name} должны быть выпущены этими центрами.`,
    }),
  }),
  'bimi.valid': define<{ domain: string; at: string; location: string; certificate: boolean }>({
    ...info,
    source: 'draft-brand-indicators-for-message-identification section 4',
    en: ({ domain, at = domain, location, certificate }) => ({
      title: 'The domain has a logo for mailboxes (BIMI)',
      detail: `${domain}: ${location}${at === domain ? '' : ` (record at default._bimi.${at})`}. ${certificate ? 'The record names a certificate.' : 'Without a certificate (a=) Gmail and Apple do not show it.'} Mailboxes show it only if the DMARC policy is quarantine or reject.`,
    }),
    ru: ({ domain, at = domain, location, certificate }) => ({
      title: 'У домена есть логотип для почтовых ящиков (BIMI)',
      detail: `${domain}: ${location}${at === domain ? '' : ` (запись default._bimi.${at})`}. ${certificate ? 'Сертификат указан.' : 'Без сертификата (a=) Gmail и Apple логотип не показывают.'} Логотип показывается только при политике DMARC quarantine или reject.`,
    }),
  }),
  'bimi.invalid': define<{ domain: string; at: string; found: string }>({
    ...advice,
    source: 'draft-brand-indicators-for-message-identification section 4',
    en: ({ domain, at = domain, found }) => ({
      title: 'The BIMI record cannot be used',
      detail: `At default._bimi.${at} there must be one record of the form "v=BIMI1; l=https://…; a=https://…". The record is: ${found}`,
      fix: 'Correct or delete the record.',
    }),
    ru: ({ domain, at = domain, found }) => ({
      title: 'BIMI-запись непригодна',
      detail: `В default._bimi.${at} должна быть одна запись вида «v=BIMI1; l=https://…; a=https://…». Текст записи: ${found}`,
      fix: 'Исправьте или удалите запись.',
    }),
  }),
  'tls.unknown': define<{ name: string; detail: string }>({
    area: 'tls',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 8461 section 3',
    en: ({ name, detail }) => ({
      title: 'Transport security could not be checked completely',
      detail: `No answer for ${name}: ${detail}.`,
    }),
    ru: ({ name, detail }) => ({
      title: 'Не удалось полностью проверить защиту передачи (TLS)',
      detail: `Нет ответа на запрос ${name}: ${detail}.`,
    }),
  }),
} as const;
