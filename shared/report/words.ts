// The words around a report's findings, in every language.
import type { Language, Severity } from '../findings/define.ts';

export interface Words {
  /** What was checked, where it is a message of no domain. */
  message: string;
  outOfTen: (value: string) => string;
  atMost: (value: string, low: string) => string;
  checked: (when: string, sent: number) => string;
  coverage: (percent: number) => string;
  todo: string;
  /** Heads what is wrong and costs nothing, mostly since another finding does already. */
  wrong: string;
  advice: string;
  unknown: string;
  facts: string;
  allGood: string;
  whatToDo: string;
  publish: string;
  /** In place of a record that stands with another finding. */
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
    checked: (when, sent) => `checked ${when}, ${sent} DNS ${sent === 1 ? 'question' : 'questions'}`,
    coverage: (percent) => `${percent} % of what counts could be checked`,
    todo: 'What costs points, dearest first',
    wrong: 'Wrong as well; costs no points',
    advice: 'Good to have; costs no points',
    unknown: 'Could not be checked',
    facts: 'Noted',
    allGood: 'Nothing that costs points was found.',
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
    checked: (when, sent) => `проверено ${when}, вопросов к DNS: ${sent}`,
    coverage: (percent) => `проверить удалось ${percent} % важного`,
    todo: 'За что снижена оценка, самое дорогое сначала',
    wrong: 'Тоже неверно; на оценку не влияет',
    advice: 'Желательно; на оценку не влияет',
    unknown: 'Проверить не удалось',
    facts: 'Отмечено',
    allGood: 'Ничего, что снижало бы оценку, не найдено.',
    whatToDo: 'Что сделать:',
    publish: 'Запись:',
    sameRecord: (id) => `Запись: та же, что для ${id}.`,
    source: 'Источник:',
    points: 'балла',
    severity: { error: 'ошибка', warning: 'предупреждение', notice: 'совет', info: 'заметка', unknown: 'неизвестно' },
  },
};
