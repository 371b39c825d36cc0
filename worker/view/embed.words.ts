// The words of the card, in every language: shorter than those of the page.
import type { Language } from '../../shared/findings/define.ts';
import type { Verdict } from './verdict.ts';

interface EmbedWords {
  title: (name: string) => string;
  verdict: Record<Verdict, string>;
  more: (count: number) => string;
  report: string;
}

export const embedWords: Record<Language, EmbedWords> = {
  en: {
    title: (name) => `Mail from ${name}`,
    verdict: {
      good: 'Receivers accept it.',
      mostly: 'Receivers accept it; some of it may be filed as spam.',
      risk: 'A good part of it may be filed as spam.',
      poor: 'Receivers reject much of it or file it as spam.',
      refused: 'Some large receivers reject it.',
      unknown: 'Too little could be checked.',
      absent: 'This domain does not exist.',
    },
    more: (count) => `and ${count} more`,
    report: 'Report and what to do',
  },
  ru: {
    title: (name) => `Почта от ${name}`,
    verdict: {
      good: 'Получатели принимают.',
      mostly: 'Получатели принимают; часть писем может попадать в спам.',
      risk: 'Заметная часть писем может попадать в спам.',
      poor: 'Многие письма отклоняются или попадают в спам.',
      refused: 'Некоторые крупные почтовые службы отклоняют письма.',
      unknown: 'Данных для проверки слишком мало.',
      absent: 'Домен не существует.',
    },
    more: (count) => `и ещё ${count}`,
    report: 'Отчёт и что сделать',
  },
};
