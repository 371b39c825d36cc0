// Names of SPF's syntax errors, broken includes and limits in every language; and what all findings of SPF share.
import type { DnsRecord } from './define.ts';

/** One cause, one deduction: of all faults of SPF only the one with the most points counts. */
export const ROOT = 'spf';
const REPLACE_EN = 'Replace the record with this one.';
const REPLACE_RU = 'Замените запись на эту.';

/** What to do: publish the record that is shown, or decide what `otherwise` names. */
export function replaceEn(record: string, otherwise: string): string {
  return record === '' ? otherwise : REPLACE_EN;
}
export function replaceRu(record: string, otherwise: string): string {
  return record === '' ? otherwise : REPLACE_RU;
}

/** `record` is the text to publish, '' where none is known. */
export type WithRecord = { domain: string; record: string };

export function publish(domain: string, record: string): { record?: DnsRecord } {
  return record === '' ? {} : { record: { name: domain, type: 'TXT', value: record } };
}

const SYNTAX_EN: Record<string, string> = {
  'unknown-mechanism': 'the mechanism does not exist',
  'bad-character': 'it has a character that is not allowed',
  'bad-modifier': 'it is not a valid modifier',
  'bad-macro': 'its percent sign does not start a macro',
  'missing-domain': 'the domain is missing',
  'bad-domain': 'the domain is not valid',
  'unexpected-value': 'it takes no value',
  'bad-ip': 'the address is not valid',
  'bad-prefix': 'the prefix length is not valid',
  'duplicate-modifier': 'the modifier is there twice',
  quoted: 'it has a quotation mark, which a zone file may need but the record must not contain',
};
const SYNTAX_RU: Record<string, string> = {
  'unknown-mechanism': 'такого механизма нет',
  'bad-character': 'недопустимый символ',
  'bad-modifier': 'недопустимый модификатор',
  'bad-macro': 'после знака процента нет макроса',
  'missing-domain': 'не указан домен',
  'bad-domain': 'недопустимое имя домена',
  'unexpected-value': 'значение не допускается',
  'bad-ip': 'недопустимый IP-адрес',
  'bad-prefix': 'недопустимая длина префикса',
  'duplicate-modifier': 'модификатор указан дважды',
  quoted: 'лишняя кавычка: кавычки нужны в файле зоны, но не в самой записи',
};
const BROKEN_EN: Record<string, string> = {
  none: 'which has no SPF record',
  several: 'which has several SPF records',
  invalid: 'whose SPF record has a syntax error',
  loop: 'which refers back to the same record',
};
const BROKEN_RU: Record<string, string> = {
  none: 'у которого нет SPF-записи',
  several: 'у которого несколько SPF-записей',
  invalid: 'в SPF-записи которого синтаксическая ошибка',
  loop: 'который ссылается обратно на эту же запись',
};
/** Why several records cannot be merged, by `MeantRecord.why`; `lookups` as counted. */
export function severalEn(why: string, lookups: number): string {
  switch (why) {
    case 'lookups':
      return `Together they need ${lookups} DNS lookups, and 10 are allowed. Decide which includes are still needed, and publish one record with those.`;
    case 'voids':
      return 'Together they refer to more than two names that do not exist. Publish one record without these.';
    case 'everyone':
      return 'One of them authorizes everyone (“+all” or a network of that size), and a merged record would, too. Decide which servers send mail, and publish one record that names them and ends in “~all”.';
    case 'nobody':
      return 'None of their terms authorizes a server. Publish one record that names the servers that send and ends in “~all”.';
    default:
      return 'They contradict each other or have errors, so they cannot be merged. Decide which terms are correct, and publish one record with those.';
  }
}
export function severalRu(why: string, lookups: number): string {
  switch (why) {
    case 'lookups':
      return `Вместе они требуют DNS-запросов: ${lookups}, а допускается 10. Определите, какие include ещё нужны, и опубликуйте одну запись с ними.`;
    case 'voids':
      return 'Вместе они ссылаются больше чем на два несуществующих имени. Опубликуйте одну запись без этих имён.';
    case 'everyone':
      return 'Одна из них разрешает отправку всем («+all» или огромная подсеть), и объединённая запись разрешала бы то же самое. Определите, какие серверы отправляют почту, и опубликуйте одну запись с ними и «~all» в конце.';
    case 'nobody':
      return 'Ни один механизм в них не разрешает отправку. Опубликуйте одну запись со всеми серверами, которые отправляют почту, и «~all» в конце.';
    default:
      return 'Записи противоречат друг другу или содержат ошибки, поэтому объединить их нельзя. Определите, какие механизмы верны, и опубликуйте одну запись с ними.';
  }
}

/** Senders that a finding is about: 4 and 6 by IP version, 0 where a macro or reverse DNS decides. */
export function sendersEn(version: number): string {
  return version === 0 ? 'senders that the record does not list' : `senders with an IPv${version} address`;
}
export function sendersRu(version: number): string {
  return version === 0 ? 'отправителей, которых нет в записи' : `отправителей с адресом IPv${version}`;
}

const LIMIT_EN: Record<string, string> = {
  'lookups-exceeded': 'it needs more than ten DNS lookups',
  'voids-exceeded': 'it has too many void lookups',
  'mx-exceeded': 'the name has more than ten mail servers',
  'no-record': 'the name has no SPF record',
  'several-records': 'the name has several SPF records',
  'bad-target': 'the name is not valid',
};
const LIMIT_RU: Record<string, string> = {
  'lookups-exceeded': 'нужно больше десяти DNS-запросов',
  'voids-exceeded': 'слишком много пустых DNS-ответов',
  'mx-exceeded': 'больше десяти почтовых серверов',
  'no-record': 'нет SPF-записи',
  'several-records': 'несколько SPF-записей',
  'bad-target': 'недопустимое имя',
};

/** Why a term is not valid, by the kind of the problem. */
export const SYNTAX = { en: SYNTAX_EN, ru: SYNTAX_RU };
/** What is wrong with the record that an include refers to, as a relative clause. */
export const BROKEN = { en: BROKEN_EN, ru: BROKEN_RU };
/** Why the evaluation for one address ends in permerror. */
export const PERMERROR = { en: { ...SYNTAX_EN, ...LIMIT_EN }, ru: { ...SYNTAX_RU, ...LIMIT_RU } };
