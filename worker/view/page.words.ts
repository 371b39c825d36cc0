// The words of the pages around a report, in every language.
import type { Language } from '../../shared/findings/define.ts';

export interface PageWords {
  title: (name: string) => string;
  start: string;
  intro: string;
  domain: string;
  ip: string;
  ipHint: string;
  check: string;
  again: string;
  ofTen: string;
  atLeast: (low: string) => string;
  checked: (when: string) => string;
  wins: (points: string) => string;
  partOf: string;
  copy: string;
  copied: string;
  proof: string;
  spfTree: string;
  lookups: (count: number, limit: number) => string;
  alignment: string;
  aligned: Record<'yes' | 'no' | 'unknown', string>;
  fromDomain: string;
  otherLanguage: string;
  api: string;
}

export const pageWords: Record<Language, PageWords> = {
  en: {
    title: (name) => `Is mail from ${name} accepted?`,
    start: 'Is your shop’s mail accepted?',
    intro:
      'Enter the domain behind the @ of your shop’s address. The answer says what receivers see, and what to publish.',
    domain: 'Domain',
    ip: 'Address of the sending server',
    ipHint: 'optional; taken from the SPF record where it is left out',
    check: 'Check',
    again: 'Check again',
    ofTen: 'of 10',
    atLeast: (low) => `at least ${low}: not everything could be checked`,
    checked: (when) => `Checked ${when}`,
    wins: (points) => `wins ${points} points`,
    partOf: 'part of a point above',
    copy: 'Copy',
    copied: 'Copied',
    proof: 'What this rests on',
    spfTree: 'The SPF record, term by term',
    lookups: (count, limit) => `${count} of ${limit} DNS lookups`,
    alignment: 'What speaks for the sender',
    aligned: { yes: 'yes', no: 'no', unknown: 'not known' },
    fromDomain: 'From',
    otherLanguage: 'Русский',
    api: 'As JSON',
  },
  ru: {
    title: (name) => `Принимают ли почту от ${name}?`,
    start: 'Принимают ли почту вашего магазина?',
    intro:
      'Введите домен — то, что стоит после @ в адресе магазина. Ответ покажет, что видят получатели и что опубликовать.',
    domain: 'Домен',
    ip: 'Адрес сервера, который отправляет',
    ipHint: 'необязательно; если не указан, берётся из SPF-записи',
    check: 'Проверить',
    again: 'Проверить ещё раз',
    ofTen: 'из 10',
    atLeast: (low) => `не меньше ${low}: проверить удалось не всё`,
    checked: (when) => `Проверено ${when}`,
    wins: (points) => `даст баллов: ${points}`,
    partOf: 'входит в пункт выше',
    copy: 'Копировать',
    copied: 'Скопировано',
    proof: 'На чём это основано',
    spfTree: 'SPF-запись по частям',
    lookups: (count, limit) => `запросов к DNS: ${count} из ${limit}`,
    alignment: 'Что подтверждает отправителя',
    aligned: { yes: 'да', no: 'нет', unknown: 'неизвестно' },
    fromDomain: 'From',
    otherLanguage: 'English',
    api: 'В виде JSON',
  },
};
