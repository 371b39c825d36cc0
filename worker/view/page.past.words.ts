// The words of a watched domain's history, in every language.
import type { Language } from '../../shared/findings/define.ts';
import type { FlowVerdict } from '../monitor/flow.ts';
import type { Trend } from '../monitor/trend.ts';
import { figure } from './verdict.ts';

interface PastWords {
  title: string;
  score: string;
  mail: string;
  all: string;
  when: string;
  figure: (score: number) => string;
  trend: (trend: Trend) => string;
  drawn: (checks: number, first: number, last: number) => string;
  flow: Record<FlowVerdict, (when: string) => string>;
}

const day = (iso: string) => iso.slice(0, 10);

export const pastWords: Record<Language, PastWords> = {
  en: {
    title: 'Over time',
    score: 'Score',
    mail: 'Mail',
    all: 'The last checks',
    when: 'Checked',
    figure: (score) => figure(score, 'en'),
    trend: ({ direction, change, since, lowest, highest }) =>
      direction === 'steady'
        ? `has not changed since ${day(since)} (${lowest} to ${highest}).`
        : `is ${direction} by ${figure(Math.abs(change), 'en')} since ${day(since)}.`,
    drawn: (checks, first, last) => `The score over ${checks} checks: first ${first}, now ${last} of 10.`,
    flow: {
      flowing: (when) => `leaves the shop's server, by its report of ${when}.`,
      stuck: (when) => `does not leave the shop's server, by its report of ${when}: run “mailshim status” there.`,
      silent: (when) => `has no recent report: the shop's server last reported at ${when}.`,
    },
  },
  ru: {
    title: 'История',
    score: 'Оценка',
    mail: 'Почта',
    all: 'Последние проверки',
    when: 'Проверено',
    figure: (score) => figure(score, 'ru'),
    trend: ({ direction, change, since, lowest, highest }) =>
      direction === 'steady'
        ? `не меняется с ${day(since)} (от ${figure(lowest, 'ru')} до ${figure(highest, 'ru')}).`
        : `с ${day(since)} ${direction === 'up' ? 'выросла' : 'снизилась'} на ${figure(Math.abs(change), 'ru')}.`,
    drawn: (checks, first, last) =>
      `Оценка по проверкам (${checks}): сначала ${figure(first, 'ru')}, сейчас ${figure(last, 'ru')} из 10.`,
    flow: {
      flowing: (when) => `уходит с сервера магазина (данные сервера от ${when}).`,
      stuck: (when) => `не уходит с сервера магазина (данные сервера от ${when}). Выполните на нём «mailshim status».`,
      silent: (when) => `— нет данных: последние данные от сервера магазина получены ${when}.`,
    },
  },
};
