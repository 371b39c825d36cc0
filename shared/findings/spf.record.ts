// Findings of the linter: SPF records that work and are still not as they should be (RFC 7208).
import { define } from './define.ts';
import { publish, REPLACE_EN, REPLACE_RU, ROOT, type WithRecord } from './spf.words.ts';

/** Octets of a DNS answer over UDP without EDNS, the name and the header included (RFC 7208 section 3.4). */
const MAX_PACKET = 512;

export const spfRecordFindings = {
  /** `domain` is that of the record with the term, `name` the one whose record is to be replaced. */
  'spf.plus-all': define<WithRecord & { term: string; name: string }>({
    area: 'spf',
    severity: 'error',
    points: 3,
    cap: 4,
    class: 'C',
    source: 'RFC 7208 section 5.1; rspamd R_SPF_PLUSALL',
    en: ({ domain, term, name, record }) => ({
      title: 'Everyone may send for the domain',
      detail: `“${term}” in the record of ${domain} allows half of the Internet or more${domain === name ? '' : `, and ${name} includes that record`}. Spammers use such domains, and filters know.`,
      fix: REPLACE_EN,
      ...publish(name, record),
    }),
    ru: ({ domain, term, name, record }) => ({
      title: 'Отправлять от имени домена может кто угодно',
      detail: `«${term}» в записи ${domain} разрешает половину интернета или больше${domain === name ? '' : `, а ${name} включает эту запись`}. Такими доменами пользуются спамеры, и фильтры это знают.`,
      fix: REPLACE_RU,
      ...publish(name, record),
    }),
  }),
  'spf.open-end': define<WithRecord>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 4.7',
    root: ROOT,
    en: ({ domain, record }) => ({
      title: 'The SPF record says nothing about all other servers',
      detail: `The record of ${domain} ends without “-all” or “~all”, so that forged mail is as good as yours.`,
      fix: REPLACE_EN,
      ...publish(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'SPF-запись ничего не говорит об остальных серверах',
      detail: `Запись ${domain} кончается без «-all» или «~all», и поддельное письмо не отличить от вашего.`,
      fix: REPLACE_RU,
      ...publish(domain, record),
    }),
  }),
  'spf.ptr': define<{ domain: string; term: string }>({
    area: 'spf',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    source: 'RFC 7208 section 5.5',
    en: ({ domain, term }) => ({
      title: 'The SPF record uses ptr',
      detail: `“${term}” in the record of ${domain} is slow and unreliable; the standard says not to use it, and some receivers skip it.`,
      fix: 'Name the addresses by ip4:, ip6: or a: instead.',
    }),
    ru: ({ domain, term }) => ({
      title: 'В SPF-записи есть ptr',
      detail: `«${term}» в записи ${domain} работает медленно и ненадёжно; стандарт не советует его использовать, а некоторые получатели пропускают.`,
      fix: 'Укажите адреса через ip4:, ip6: или a:.',
    }),
  }),
  'spf.idle-terms': define<WithRecord & { terms: readonly string[] }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 sections 5.1 and 6',
    en: ({ domain, terms, record }) => ({
      title: 'The SPF record has terms without effect',
      detail: `In the record of ${domain}: ${terms.join(', ')}. They stand behind “all”, are written twice, or are not known to the standard.`,
      fix: REPLACE_EN,
      ...publish(domain, record),
    }),
    ru: ({ domain, terms, record }) => ({
      title: 'В SPF-записи есть условия без действия',
      detail: `В записи ${domain}: ${terms.join(', ')}. Они стоят после «all», написаны дважды или не известны стандарту.`,
      fix: REPLACE_RU,
      ...publish(domain, record),
    }),
  }),
  'spf.mistyped-terms': define<WithRecord & { terms: readonly string[] }>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 6',
    root: ROOT,
    en: ({ domain, terms, record }) => ({
      title: 'Parts of the SPF record are ignored for a wrong sign',
      detail: `In the record of ${domain}: ${terms.join(', ')}. Behind such a word belongs “:”; with “=” receivers skip it, and the servers meant by it may not send.`,
      fix: record === '' ? 'Write “:” instead of “=”.' : REPLACE_EN,
      ...publish(domain, record),
    }),
    ru: ({ domain, terms, record }) => ({
      title: 'Часть SPF-записи пропускается из-за неверного знака',
      detail: `В записи ${domain}: ${terms.join(', ')}. После такого слова нужен знак «:»; с «=» получатели его пропускают, и серверам, которые имелись в виду, отправка не разрешена.`,
      fix: record === '' ? 'Поставьте «:» вместо «=».' : REPLACE_RU,
      ...publish(domain, record),
    }),
  }),
  'spf.large': define<{ domain: string; octets: number }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 3.4',
    en: ({ domain, octets }) => ({
      title: 'The SPF record is large',
      detail: `The record of ${domain} has ${octets} octets. ${octets > MAX_PACKET ? 'It does not fit' : 'Over 450 the answer may not fit'} into one plain DNS packet of ${MAX_PACKET}, and some receivers get none.`,
      fix: 'Move a part of it into an include of your own, or drop what is not needed.',
    }),
    ru: ({ domain, octets }) => ({
      title: 'SPF-запись велика',
      detail: `В записи ${domain} ${octets} байт. ${octets > MAX_PACKET ? 'Она не помещается' : 'Свыше 450 ответ может не поместиться'} в один простой пакет DNS из ${MAX_PACKET} байт, и часть получателей его не получит.`,
      fix: 'Вынесите часть в собственный include или уберите лишнее.',
    }),
  }),
  'spf.joined-strings': define<WithRecord & { joined: string }>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 3.3',
    root: ROOT,
    en: ({ domain, joined, record }) => ({
      title: 'Two parts of the SPF record are joined without a blank',
      detail: `The record of ${domain} is published in several strings. They are joined as they are, which gives “${joined}”.`,
      fix: REPLACE_EN,
      ...publish(domain, record),
    }),
    ru: ({ domain, joined, record }) => ({
      title: 'Части SPF-записи соединены без пробела',
      detail: `Запись ${domain} опубликована несколькими строками. Они соединяются как есть, и получается «${joined}».`,
      fix: REPLACE_RU,
      ...publish(domain, record),
    }),
  }),
} as const;
