// Why a policy is not raised yet, in words.
import { MIN_DAYS, MIN_MESSAGES, MIN_REPORTERS, STEP_DAYS, type StepReason } from './next-step.ts';

export const STEP_REASONS: Readonly<Record<StepReason, { en: string; ru: string }>> = {
  'no-record': {
    en: 'The domain has no DMARC record of its own. Publish p=none with an address for reports first.',
    ru: 'У домена нет собственной записи DMARC. Сначала опубликуйте p=none с адресом для отчётов.',
  },
  'record-above': {
    en: 'The record that applies is that of the domain above, and holds for all below it. Watch that domain.',
    ru: 'Действует запись вышестоящего домена, она общая для всех поддоменов. Добавьте под наблюдение тот домен.',
  },
  'record-unknown': {
    en: 'DNS did not answer what the domain’s record is. Ask again later.',
    ru: 'DNS не ответил, какая запись у домена. Повторите позже.',
  },
  'few-days': {
    en: `Fewer than ${MIN_DAYS} of the last ${STEP_DAYS} days have reports: what is sent rarely is not among them yet.`,
    ru: `Отчёты есть меньше чем за ${MIN_DAYS} из последних ${STEP_DAYS} дней: редкие рассылки в них ещё не попали.`,
  },
  'few-messages': {
    en: `The reports have fewer than ${MIN_MESSAGES} messages of the domain’s own sources.`,
    ru: `В отчётах меньше ${MIN_MESSAGES} писем от собственных источников домена.`,
  },
  'few-reporters': {
    en: `Fewer than ${MIN_REPORTERS} receivers have sent reports.`,
    ru: `Отчёты прислали меньше ${MIN_REPORTERS} получателей.`,
  },
  silent: {
    en: 'The newest report is days old: nothing is known of the mail of today.',
    ru: 'Последний отчёт пришёл несколько дней назад: о сегодняшней почте ничего не известно.',
  },
  'source-fails': {
    en: 'A source of yours is not aligned. Fix it, or switch it off: GET /v1/sources says how.',
    ru: 'Один из ваших источников не проходит DMARC (нет выравнивания). Исправьте или отключите его: как — в GET /v1/sources.',
  },
  'own-mail-fails': {
    en: 'More than one of a hundred of your own messages fails DMARC.',
    ru: 'Больше одного из ста ваших писем не проходит DMARC.',
  },
  'policy-new': {
    en: 'The present policy has been in force for less than two weeks.',
    ru: 'Нынешняя политика действует меньше двух недель.',
  },
};
