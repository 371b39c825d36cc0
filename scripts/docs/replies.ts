// docs/replies.md from the table of refusals: for each receiver its codes, and for each explanation what to do.
import { type Cause, EXPLANATIONS, type Lang } from '../../shared/replies/explanations.ts';
import { type Rule, TABLES, type Table } from '../../shared/replies/refusals.ts';

const WORDS = {
  en: { head: '| Reply | Explanation | It means |', source: 'From', more: 'More:', quotes: ['“', '”'] },
  ru: { head: '| Ответ | Объяснение | Значит |', source: 'Источник:', more: 'Подробнее:', quotes: ['«', '»'] },
} as const;

/** Every table, in the order in which they are tried. */
export function repliesBlock(lang: Lang): string {
  return TABLES.map((table) => tableOf(table, lang)).join('\n\n');
}

function tableOf({ title, source, rules }: Table, lang: Lang): string {
  const rows = rules.map((rule) => {
    const { means } = EXPLANATIONS[rule.is][lang];
    return `| ${replyOf(rule, lang)} | [${rule.is}](#${rule.is}) | ${cell(means)} |`;
  });
  return [
    `### ${title[lang]}`,
    `<sub>${WORDS[lang].source} ${cell(source)}</sub>`,
    [WORDS[lang].head, '|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

/** `5.7.26`, “text”; conditions that must all fit are joined by “+”. */
function replyOf({ code, basic, words, like }: Rule, lang: Lang): string {
  const [open, close] = WORDS[lang].quotes;
  const codes = [code ?? [], basic ?? []].flat().map((each) => `\`${each}\``);
  const texts = (like === undefined ? (Array.isArray(words) ? (words as string[]) : []) : [like]).map(
    (each) => `${open}${cell(each)}${close}`,
  );
  return [codes.join(', '), texts.join(', ')].filter((part) => part !== '').join(' + ');
}

/** Every explanation, with the findings and the page that go further. */
export function explanationsBlock(lang: Lang): string {
  return (Object.keys(EXPLANATIONS) as Cause[])
    .map((cause) => {
      const { means, advice } = EXPLANATIONS[cause][lang];
      const { findings = [], page } = EXPLANATIONS[cause];
      const troubleshooting = lang === 'ru' ? 'troubleshooting.ru.md' : 'troubleshooting.md';
      const links = [
        ...findings.map((id) => `[${id}](${troubleshooting}#${id.replaceAll('.', '')})`),
        ...(page === undefined ? [] : [`[docs/${page.split('#')[0]}](${page})`]),
      ];
      const more = links.length === 0 ? [] : ['', `${WORDS[lang].more} ${links.join(', ')}`];
      return [`#### ${cause}`, '', `**${cell(means)}** ${cell(advice)}`, ...more].join('\n');
    })
    .join('\n\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('[', '\\[');
}
