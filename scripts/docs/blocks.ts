// The parts of the docs that are made from the code: what every finding, every message and every link of the doctor means.
import { WEIGHTS } from '../../shared/check/weights.ts';
import { catalog } from '../../shared/findings/catalog.ts';
import type { Area, FindingDefinition, FindingText } from '../../shared/findings/define.ts';
import { translation } from '../../shared/text/language.ts';
import { explain, rows } from '../../shim/doctor/catalogue.ts';
import { areaOf, HEADINGS } from '../../shim/doctor/result.ts';
import { EX } from '../../shim/exit.ts';
import { type DiagnosticId, catalogue as messageCatalogue } from '../../shim/messages/catalogue.ts';
import type { Definition } from '../../shim/messages/define.ts';
import { exampleArguments } from './examples.ts';
import { type Message, messagesOf } from './messages.ts';
import { providersBlock } from './providers.ts';
import { explanationsBlock, repliesBlock } from './replies.ts';
import { commandTroubles } from './troubles.commands.ts';
import { mailTroubles } from './troubles.mail.ts';
import { relayTroubles } from './troubles.relay.ts';
import { setupTroubles } from './troubles.setup.ts';
import { type Chapter, covers, type Lang, type Trouble } from './troubles.ts';

const root = new URL('../../', import.meta.url).pathname;

/** In the order in which they are met. */
export const CHAPTERS: readonly Chapter[] = [...setupTroubles, ...mailTroubles, ...relayTroubles, ...commandTroubles];
/** What stands around a message of another row, and means nothing by itself. */
const AROUND = ['… (account … from …)', 'mailshim: …', 'no such file'];

export function shimMessages(): Message[] {
  return messagesOf(`${root}shim`).filter(({ text }) => !AROUND.includes(text));
}

/** Blocks by their name, for the file; they stand between `<!-- NAME: begin -->` and `<!-- NAME: end -->`. */
export function blocksOf(file: string): Record<string, string> {
  switch (file) {
    case 'docs/troubleshooting.md':
      return { messages: messagesBlock('en'), doctor: doctorBlock('en'), findings: findingsBlock('en') };
    case 'docs/troubleshooting.ru.md':
      return { messages: messagesBlock('ru'), doctor: doctorBlock('ru'), findings: findingsBlock('ru') };
    case 'docs/replies.md':
      return { replies: repliesBlock('en'), explanations: explanationsBlock('en') };
    case 'docs/replies.ru.md':
      return { replies: repliesBlock('ru'), explanations: explanationsBlock('ru') };
    case 'docs/providers.md':
      return { providers: providersBlock() };
    case 'docs/score.md':
      return { points: pointsBlock(), parts: partsBlock() };
    default:
      return {};
  }
}

/** Files with such blocks. */
export const GENERATED = [
  'docs/troubleshooting.md',
  'docs/troubleshooting.ru.md',
  'docs/score.md',
  'docs/providers.md',
  'docs/replies.md',
  'docs/replies.ru.md',
];

/** The text with its blocks as the code has them. */
export function withBlocks(file: string, text: string): string {
  let whole = text;
  for (const [name, block] of Object.entries(blocksOf(file))) {
    const [begin, end] = [`<!-- ${name}: begin -->\n`, `\n<!-- ${name}: end -->`];
    const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
    if (from === -1 || to === -1) throw new Error(`${file} has no place for ${name}`);
    whole = whole.slice(0, from + begin.length) + block + whole.slice(to);
  }
  return whole;
}

const HEAD: Record<Lang, string> = {
  en: '| Message | Exit | Why | What to do |\n|---|---|---|---|',
  ru: '| Сообщение | Код | Почему | Что делать |\n|---|---|---|---|',
};

function messagesBlock(lang: Lang): string {
  const messages = shimMessages();
  return CHAPTERS.map(({ title, troubles }) => {
    const rows = troubles.map((each) => {
      const [cause, remedy] = each[lang];
      const patterns = [...each.ids.flatMap(textsOfId), ...each.messages].map((text) => code(text)).join('<br>');
      return `| ${patterns} | ${codesOf(each, messages).join(', ')} | ${cause} | ${remedy} |`;
    });
    return `### ${title[lang]}\n\n${HEAD[lang]}\n${rows.join('\n')}`;
  }).join('\n\n');
}

/** A message of the catalogue with each of its examples. */
function textsOfId(id: DiagnosticId): string[] {
  const { examples, text } = messageCatalogue[id] as Definition<object>;
  return examples.map((example) => text(example));
}

/** Those that the catalogue or the source names beside the messages, and those that the row adds. */
export function codesOf({ ids, messages: patterns, codes = [] }: Trouble, messages: readonly Message[]): number[] {
  const own = ids.flatMap((id) => (messageCatalogue[id] as Definition<object>).code ?? []);
  const named = messages
    .filter(({ code, text }) => code !== undefined && patterns.some((pattern) => covers(pattern, text)))
    .map((message) => EX[message.code as keyof typeof EX]);
  return [...new Set([...own, ...named, ...codes])].sort((a, b) => a - b);
}

/** In a cell: a bar would end it. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

const FINE: Record<Lang, string> = { en: 'fine as it is', ru: 'всё в порядке' };

function doctorBlock(lang: Lang): string {
  const head = lang === 'en' ? '| Check | Text | What to do |' : '| Проверка | Сообщение | Что делать |';
  const lines = Object.entries(rows).map(([id, { example }]) => {
    const { text, remedy } = explain({ id, level: 'ok', args: example }, lang);
    return `| ${HEADINGS[lang][areaOf(id)]}<br>\`${id}\` | ${cell(text)} | ${remedy === undefined ? FINE[lang] : cell(remedy)} |`;
  });
  return [head, '|---|---|---|', ...lines].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', '<br>');
}

const AREAS: Record<Area, Record<Lang, string>> = {
  spf: { en: 'SPF', ru: 'SPF' },
  dkim: { en: 'DKIM', ru: 'DKIM' },
  dmarc: { en: 'DMARC', ru: 'DMARC' },
  alignment: { en: 'Sender', ru: 'Отправитель' },
  ptr: { en: 'Sending address', ru: 'Адрес отправки' },
  mx: { en: 'Receiving', ru: 'Приём почты' },
  dns: { en: 'The domain', ru: 'Домен' },
  tls: { en: 'Transport security', ru: 'Защита при передаче' },
  dnsbl: { en: 'Block lists', ru: 'Чёрные списки' },
  relay: { en: 'Your relay from outside', ru: 'Ваш релей снаружи' },
  message: { en: 'The mail itself', ru: 'Само письмо' },
};

interface Entry {
  id: string;
  definition: FindingDefinition<never>;
}

function entriesOf(area: Area): Entry[] {
  return Object.entries(catalog)
    .map(([id, definition]) => ({ id, definition: definition as unknown as FindingDefinition<never> }))
    .filter(({ definition }) => definition.area === area);
}

const WORDS = {
  en: {
    todo: 'What to do:',
    points: 'Points: −',
    cap: 'score at most',
    nothing: 'No points',
    facts: 'Facts (no points)',
  },
  ru: {
    todo: 'Что делать:',
    points: 'Баллы: −',
    cap: 'оценка не выше',
    nothing: 'Баллы не снимаются',
    facts: 'Сведения (баллы не снимаются)',
  },
} as const;

function findingsBlock(lang: Lang): string {
  return (Object.keys(AREAS) as Area[])
    .flatMap((area) => {
      const entries = entriesOf(area);
      if (entries.length === 0) return [];
      const facts = entries.filter(({ definition }) => definition.severity === 'info');
      const others = entries.filter(({ definition }) => definition.severity !== 'info');
      const table = facts.map(({ id, definition }) => {
        const { title, detail } = textOf(id, definition, lang);
        return `| \`${id}\` | ${cell(title)} | ${cell(detail)} |`;
      });
      return [
        `### ${AREAS[area][lang]}`,
        ...others.map(({ id, definition }) => findingEntry(id, definition, lang)),
        ...(table.length === 0 ? [] : [`| | ${WORDS[lang].facts} | |\n|---|---|---|\n${table.join('\n')}`]),
      ];
    })
    .join('\n\n');
}

function textOf(id: string, definition: FindingDefinition<never>, lang: Lang): FindingText {
  return translation(definition, lang)(exampleArguments(id));
}

function findingEntry(id: string, definition: FindingDefinition<never>, lang: Lang): string {
  const { title, detail, fix, record } = textOf(id, definition, lang);
  const words = WORDS[lang];
  const lines = [`#### ${id}`, '', `**${plain(title)}.** ${plain(detail)}`];
  if (fix !== undefined) {
    const [first, ...more] = fix.split('\n');
    lines.push('', `${words.todo} ${plain(first!).trimEnd()}`);
    const fenced = (shown: readonly string[]) => ['', '```', ...shown, '```'];
    if (more.length > 0) lines.push(...fenced(more));
    if (record !== undefined) lines.push(...fenced([`${record.name}. ${record.type} ${quoted(record)}`]));
  }
  lines.push('', `<sub>${costOf(definition, lang)} · ${definition.source}</sub>`);
  return lines.join('\n');
}

function quoted({ type, value }: { type: string; value: string }): string {
  return type === 'TXT' ? `"${value}"` : value;
}

function costOf({ points, cap }: FindingDefinition<never>, lang: Lang): string {
  const words = WORDS[lang];
  if (points === 0) return words.nothing;
  const number = lang === 'ru' ? String(points).replace('.', ',') : String(points);
  return `${words.points}${number}${cap === undefined ? '' : `, ${words.cap} ${cap}`}`;
}

/** Text in Markdown: nothing in it is markup. */
function plain(text: string): string {
  return text.replace(/[\\`*_<[\]|]/g, '\\$&').replaceAll('#', '\\#');
}

function pointsBlock(): string {
  return (Object.keys(AREAS) as Area[])
    .flatMap((area) => {
      const costly = entriesOf(area)
        .filter(({ definition }) => definition.points > 0)
        .sort((a, b) => b.definition.points - a.definition.points);
      if (costly.length === 0) return [];
      const rows = costly.map(({ id, definition }) => {
        const { points, cap, class: rank, root: cause } = definition;
        const link = `[\`${id}\`](troubleshooting.md#${anchorOf(id)})`;
        const { title } = textOf(id, definition, 'en');
        return `| ${link} | ${cell(title)} | ${points} | ${cap ?? ''} | ${rank} | ${cause === undefined ? '' : `\`${cause}\``} |`;
      });
      return [
        `### ${AREAS[area].en}\n\n| Finding | | Points | At most | Class | Cause |\n|---|---|---|---|---|---|\n${rows.join('\n')}`,
      ];
    })
    .join('\n\n');
}

function partsBlock(): string {
  const rows = Object.entries(WEIGHTS).map(([part, weight]) => `| \`${part}\` | ${weight} |`);
  return ['| Part | Weight |', '|---|---|', ...rows].join('\n');
}

/** As GitHub makes it from a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}
