// What SPF's syntax errors, broken includes and limits are called, in every language; and what all findings of SPF share.
import type { DnsRecord } from './define.ts';

/** One cause, one deduction: every fault of SPF costs the dearest once. */
export const ROOT = 'spf';
const REPLACE_EN = 'Replace the record by this one.';
const REPLACE_RU = 'Замените запись на эту.';

/** What to do: publish the record that is shown, or without one what has to be decided. */
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

export const SYNTAX_EN: Record<string, string> = {
  'unknown-mechanism': 'there is no such mechanism',
  'bad-character': 'it has a character that is not allowed',
  'bad-modifier': 'it is no modifier',
  'bad-macro': 'it has a percent sign that starts no macro',
  'missing-domain': 'a domain is missing',
  'bad-domain': 'its domain is not valid',
  'unexpected-value': 'it takes no value',
  'bad-ip': 'its address is not valid',
  'bad-prefix': 'its prefix length is not valid',
  'duplicate-modifier': 'it stands there twice',
  quoted: 'it holds a quotation mark, which a zone file may need and the record itself must not have',
};
export const SYNTAX_RU: Record<string, string> = {
  'unknown-mechanism': 'такого механизма нет',
  'bad-character': 'недопустимый символ',
  'bad-modifier': 'это не модификатор',
  'bad-macro': 'знак процента не начинает макрос',
  'missing-domain': 'не указан домен',
  'bad-domain': 'неверный домен',
  'unexpected-value': 'значение здесь не нужно',
  'bad-ip': 'неверный адрес',
  'bad-prefix': 'неверная длина префикса',
  'duplicate-modifier': 'написано дважды',
  quoted: 'в нём кавычка, которая бывает нужна в файле зоны, но не в самой записи',
};
export const BROKEN_EN: Record<string, string> = {
  none: 'which has no SPF record',
  several: 'which has several SPF records',
  invalid: 'whose SPF record has a syntax error',
  loop: 'which leads back to where it came from',
};
export const BROKEN_RU: Record<string, string> = {
  none: 'где нет SPF-записи',
  several: 'где несколько SPF-записей',
  invalid: 'где в SPF-записи ошибка',
  loop: 'откуда ссылка возвращается обратно',
};
/** Why several records are not made one, by `MeantRecord.why`; `lookups` as counted. */
export function severalEn(why: string, lookups: number): string {
  switch (why) {
    case 'lookups':
      return `Together they need ${lookups} DNS lookups, and 10 are allowed: decide which includes are still needed, and publish one record with those.`;
    case 'voids':
      return 'Together they ask for more than two names that do not exist: publish one record without these.';
    case 'everyone':
      return 'One of them lets everyone send (“+all” or a network as large), so that the terms of all would, too: decide which servers send, and publish one record that names them and ends in “~all”.';
    case 'nobody':
      return 'No term of theirs lets anybody send: name the servers that send in one record that ends in “~all”.';
    default:
      return 'What they say together cannot be told for sure, since they contradict each other or hold errors: decide which terms hold, and publish one record with those.';
  }
}
export function severalRu(why: string, lookups: number): string {
  switch (why) {
    case 'lookups':
      return `Вместе им нужно запросов к DNS: ${lookups}, а разрешено 10. Решите, какие include ещё нужны, и опубликуйте одну запись с ними.`;
    case 'voids':
      return 'Вместе они ссылаются больше чем на два несуществующих имени. Опубликуйте одну запись без них.';
    case 'everyone':
      return 'Одна из них разрешает отправку всем («+all» или столь же большая сеть), и объединённая запись делала бы то же. Решите, какие серверы отправляют почту, и опубликуйте одну запись с ними, которая кончается на «~all».';
    case 'nobody':
      return 'Ни одно их условие никому не разрешает отправку. Перечислите серверы, которые отправляют почту, в одной записи, которая кончается на «~all».';
    default:
      return 'Что они значат вместе, точно сказать нельзя: они противоречат друг другу или содержат ошибки. Решите, какие условия верны, и опубликуйте одну запись с ними.';
  }
}

/** Senders of which is spoken: 4 and 6 by IP version, 0 where a macro or reverse DNS decides. */
export function sendersEn(version: number): string {
  return version === 0 ? 'senders that are not listed there' : `senders with an IPv${version} address`;
}
export function sendersRu(version: number): string {
  return version === 0 ? 'отправителей, которых там нет' : `отправителей с адресом IPv${version}`;
}

export const LIMIT_EN: Record<string, string> = {
  'lookups-exceeded': 'it needs more than ten DNS lookups',
  'voids-exceeded': 'too many of its lookups find nothing',
  'mx-exceeded': 'the name has more than ten mail servers',
  'no-record': 'there is no SPF record there',
  'several-records': 'there are several SPF records there',
  'bad-target': 'the name is not valid',
};
export const LIMIT_RU: Record<string, string> = {
  'lookups-exceeded': 'нужно больше десяти запросов к DNS',
  'voids-exceeded': 'слишком много запросов ничего не находят',
  'mx-exceeded': 'у имени больше десяти почтовых серверов',
  'no-record': 'там нет SPF-записи',
  'several-records': 'там несколько SPF-записей',
  'bad-target': 'неверное имя',
};
