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
      good: 'Accepted; nothing speaks against it.',
      mostly: 'Accepted; some of it may land in spam.',
      risk: 'A good part of it may land in spam.',
      poor: 'Much of it is refused or lands in spam.',
      refused: 'Some of the large receivers refuse it.',
      unknown: 'Too little could be checked.',
      absent: 'This domain does not exist.',
    },
    more: (count) => `and ${count} more`,
    report: 'Report and what to do',
  },
  ru: {
    title: (name) => `Почта от ${name}`,
    verdict: {
      good: 'Принимается; препятствий нет.',
      mostly: 'Принимается; часть может попадать в спам.',
      risk: 'Заметная часть может попадать в спам.',
      poor: 'Многие письма отклоняют или кладут в спам.',
      refused: 'Некоторые крупные почтовые службы её отклоняют.',
      unknown: 'Проверить удалось слишком мало.',
      absent: 'Такого домена не существует.',
    },
    more: (count) => `и ещё ${count}`,
    report: 'Отчёт и что сделать',
  },
};
