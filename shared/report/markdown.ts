// A report as Markdown (CommonMark 0.31.2) for a pull request or the summary of a job. No foreign text becomes markup, a link or a mention.
import type { Report } from '../check/types.ts';
import type { Language, Severity } from '../findings/define.ts';
import { printable, printableLine } from './printable.ts';
import { type RenderedFinding, recordsShown, renderedFindings, subjectText } from './rendered.ts';
import { figure, recordLine, scoreText } from './text.ts';
import { words } from './words.ts';

/** The whole report, ended by a line feed. */
export function reportMarkdown(report: Report, language: Language): string {
  const labels = words[language];
  const findings = renderedFindings(report, language);
  const costing = findings.filter(({ points }) => points > 0);
  const free = (...severities: Severity[]) =>
    findings.filter(({ points, severity }) => points === 0 && severities.includes(severity));
  const notes = [labels.checked(`${report.checkedAt.slice(0, 16).replace('T', ' ')} UTC`, report.queries.sent)];
  if (report.score.coverage < 1) notes.push(labels.coverage(Math.round(report.score.coverage * 100)));
  const shown = recordsShown();
  const section = (title: string, group: readonly RenderedFinding[]) =>
    group.length === 0
      ? []
      : [`### ${escaped(title)}`, ...group.map((found) => findingMarkdown(found, shown(found), language))];
  return `${[
    `## ${escaped(subjectText(report, language))}: ${escaped(scoreText(report.score, language))}`,
    escaped(notes.join('; ')),
    ...(costing.length === 0 ? [escaped(labels.allGood)] : []),
    ...section(labels.todo, costing),
    ...section(labels.wrong, free('error', 'warning')),
    ...section(labels.unknown, free('unknown')),
    ...section(labels.advice, free('notice')),
    ...section(labels.facts, free('info')),
  ].join('\n\n')}\n`;
}

/** `sameAs`: the earlier finding that shows the same record. */
function findingMarkdown(found: RenderedFinding, sameAs: string | undefined, language: Language): string {
  const { title, detail, fix, record, cost, points, id, source } = found;
  const labels = words[language];
  const mark = cost > 0 ? `**−${figure(cost)}** ` : points > 0 ? '· ' : '';
  const paragraphs = [
    `${mark}**${escaped(printableLine(title).trim())}**`,
    lines(detail),
    ...(fix === undefined ? [] : [lines(`${labels.whatToDo} ${fix}`)]),
    ...(sameAs !== undefined
      ? [lines(labels.sameRecord(sameAs))]
      : record === undefined
        ? []
        : [fenced(recordLine(record))]),
    `${codeSpan(id)} · ${escaped(source)}`,
  ];
  // The content of a list item is indented by two columns (section 5.2).
  return `- ${paragraphs.join('\n\n').replace(/\n(?=[^\n])/g, '\n  ')}`;
}

/** Line breaks are kept: a backslash at the end is a hard break (section 6.7). */
function lines(text: string): string {
  return printable(text)
    .split('\n')
    .map((line) => escaped(line.trim()))
    .filter((line) => line !== '')
    .join('\\\n');
}

/** A fence longer than any run of backticks in it (section 4.5). */
function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${printableLine(text)}\n${fence}`;
}

function codeSpan(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  return `${fence}${printableLine(text)}${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/**
 * Plain text (section 2.4): no markup, no entities, no automatic link (GitHub's section 6.9), and no mention, which
 * GitHub looks for after Markdown and only a word joiner prevents.
 */
function escaped(text: string): string {
  return printableLine(text)
    .replace(/[\\`*_{}[\]<>()#|~!&^$]/g, '\\$&')
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    .replace(/^[-+=]/, '\\$&')
    .replace(/(?<![\w.+-])@(?=\w)/g, '@\u2060');
}
