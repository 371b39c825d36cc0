// The words around the findings of a report, in every language.
import type { Language, Severity } from '../findings/define.ts';

export interface Words {
  /** The subject of the check, if it is a message without a domain. */
  message: string;
  outOfTen: (value: string) => string;
  atMost: (value: string, low: string) => string;
  checked: (when: string, sent: number) => string;
  coverage: (percent: number) => string;
  todo: string;
  /** Title of what is wrong and takes off no points, mostly because another finding already does. */
  wrong: string;
  advice: string;
  unknown: string;
  facts: string;
  allGood: string;
  whatToDo: string;
  publish: string;
  /** Instead of a record that another finding already shows. */
  sameRecord: (id: string) => string;
  source: string;
  points: string;
  severity: Record<Severity, string>;
}

export const words: Record<Language, Words> = {
  en: {
    message: 'Message',
    outOfTen: (value) => `${value} of 10`,
    atMost: (value, low) => `at most ${value} of 10 (at least ${low})`,
    checked: (when, sent) => `checked ${when}, ${sent} DNS ${sent === 1 ? 'query' : 'queries'}`,
    coverage: (percent) => `${percent} % of the score could be checked`,
    todo: 'Findings that take off points, most points first',
    wrong: 'Wrong as well; takes off no points',
    advice: 'Recommended; takes off no points',
    unknown: 'Could not be checked',
    facts: 'Facts',
    allGood: 'No finding takes off points.',
    whatToDo: 'What to do:',
    publish: 'Record:',
    sameRecord: (id) => `Record: the same as for ${id}.`,
    source: 'Source:',
    points: 'points',
    severity: { error: 'error', warning: 'warning', notice: 'advice', info: 'note', unknown: 'unknown' },
  },
  ru: {
    message: 'Письмо',
    outOfTen: (value) => `${value} из 10`,
    atMost: (value, low) => `не больше ${value} из 10 (не меньше ${low})`,
    checked: (when, sent) => `проверено ${when}, DNS-запросов: ${sent}`,
    coverage: (percent) => `проверено ${percent} % того, что влияет на оценку`,
    todo: 'За что сняты баллы, начиная с того, что снимает больше',
    wrong: 'Другие ошибки; баллы не снимаются',
    advice: 'Рекомендации; баллы не снимаются',
    unknown: 'Не удалось проверить',
    facts: 'Сведения',
    allGood: 'Ошибок, за которые снимаются баллы, нет.',
    whatToDo: 'Что сделать:',
    publish: 'Запись:',
    sameRecord: (id) => `Запись: та же, что для ${id}.`,
    source: 'Источник:',
    points: 'балла',
    severity: {
      error: 'ошибка',
      warning: 'предупреждение',
      notice: 'рекомендация',
      info: 'сведения',
      unknown: 'неизвестно',
    },
  },
};
