// A report as plain text for a terminal, at most 80 columns wide; records are never broken, so that they can be copied.
import type { Report } from '../check/types.ts';
import type { DnsRecord, Language, Severity } from '../findings/define.ts';
import type { Score } from '../findings/score.ts';
import { printable, printableLine } from './printable.ts';
import { type RenderedFinding, recordsShown, renderedFindings, subjectText } from './rendered.ts';
import { words } from './words.ts';

const WIDTH = 80;
const INDENT = '        ';

/** "8.5 of 10", or a range where parts are unknown. */
export function scoreText({ value, low, coverage }: Score, language: Language): string {
  const labels = words[language];
  return coverage >= 1 || low === value ? labels.outOfTen(figure(value)) : labels.atMost(figure(value), figure(low));
}

/** The record in zone-file form; TXT text over 255 bytes is split into strings (RFC 1035 section 3.3). */
export function recordLine({ name, type, value }: DnsRecord): string {
  const data =
    type === 'TXT'
      ? (value.match(/[\s\S]{1,255}/g) ?? ['']).map((part) => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ')
      : value;
  // RFC 1035 section 5.1: a byte that is not printable ASCII is written as its number.
  const bytes = data.replace(/[\x00-\x1f\x7f-\xff]/g, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`);
  return printableLine(`${name}. ${type} ${bytes}`);
}

/** The whole report, ended by a line feed. */
export function reportText(report: Report, language: Language): string {
  const labels = words[language];
  const lines = [`${subjectText(report, language)}: ${scoreText(report.score, language)}`];
  lines.push(labels.checked(`${report.checkedAt.slice(0, 16).replace('T', ' ')} UTC`, report.queries.sent));
  if (report.score.coverage < 1) lines.push(labels.coverage(Math.round(report.score.coverage * 100)));
  const findings = renderedFindings(report, language);
  const costing = findings.filter(({ points }) => points > 0);
  const free = (...severities: Severity[]) =>
    findings.filter(({ points, severity }) => points === 0 && severities.includes(severity));
  const shown = recordsShown();
  const section = (title: string, group: readonly RenderedFinding[]) => {
    if (group.length === 0) return;
    lines.push('', title);
    for (const found of group) lines.push('', ...findingLines(found, shown(found), language));
  };
  if (costing.length === 0) lines.push('', labels.allGood);
  section(labels.todo, costing);
  section(labels.wrong, free('error', 'warning'));
  section(labels.unknown, free('unknown'));
  section(labels.advice, free('notice'));
  section(labels.facts, free('info'));
  return printable(`${lines.join('\n')}\n`);
}

/** `sameAs`: the earlier finding that shows the same record. */
function findingLines(found: RenderedFinding, sameAs: string | undefined, language: Language): string[] {
  const labels = words[language];
  const { title, detail, fix, record, cost, points } = found;
  // A finding whose points another one of the same root already takes off has a dot.
  const mark = cost > 0 ? `−${figure(cost)}` : points > 0 ? '·' : '-';
  const lines = [`  ${mark.padEnd(5)} ${title}`, ...wrapped(detail)];
  if (fix !== undefined) lines.push(...wrapped(`${labels.whatToDo} ${fix}`));
  if (sameAs !== undefined) lines.push(...wrapped(labels.sameRecord(sameAs)));
  else if (record !== undefined) lines.push(`${INDENT}${labels.publish} ${recordLine(record)}`);
  lines.push(`${INDENT}[${found.id}] ${found.source}`);
  return lines;
}

function wrapped(text: string): string[] {
  return text.split('\n').flatMap(wrappedLine);
}

function wrappedLine(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && INDENT.length + line.length + 1 + word.length > WIDTH) {
      lines.push(INDENT + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, INDENT + line];
}

/** To the hundredth, without zeros at the end. */
export function figure(value: number): string {
  return String(Math.round(value * 100) / 100);
}
