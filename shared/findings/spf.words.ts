// What SPF's syntax errors, broken includes and limits are called, in every language; and what all findings of SPF share.
import type { DnsRecord } from './define.ts';

/** One cause, one deduction: every fault of SPF costs the dearest once. */
export const ROOT = 'spf';
export const REPLACE_EN = 'Replace the record by this one.';
export const REPLACE_RU = 'Замените запись на эту.';

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
