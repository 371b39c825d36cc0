// The findings of a report with what a reader needs in addition to the id: weight, deduction and text in one language.
import type { Report } from '../check/types.ts';
import { definitionOf, type Finding, textOf } from '../findings/catalog.ts';
import type { Area, FindingText, Language, Severity } from '../findings/define.ts';
import { deductions } from '../findings/score.ts';
import type { FindingStatus } from '../findings/status.ts';
import { toUnicode } from '../text/domain.ts';
import { words } from './words.ts';

export interface RenderedFinding<Id = Finding['id'], Args = Finding['args']> extends FindingText, FindingStatus {
  id: Id;
  area: Area;
  severity: Severity;
  /**
   * Its weight: points of ten.
   * @fraction
   * @maximum 10
   */
  points: number;
  /**
   * Points that it takes off in this report: of several findings with one root, only the one with the most points counts.
   * @fraction
   * @maximum 10
   */
  cost: number;
  /** Where the rule is written: a section of an RFC, or a receiver's requirements. */
  source: string;
  /** The values in the texts. */
  args: Args;
}

/** A separate name with an A-label: not within a record, an address or a link, which are copied unchanged. */
const NAME_WITH_A_LABEL = /(?<![\w:=@/.*-])(?:[\w-]+\.)*xn--[a-z0-9-]+(?:\.[a-z0-9-]+)*/gi;

/** The text of a finding for a reader: with U-labels in the names of its sentences. */
export function readableText(found: Finding, language: Language): FindingText {
  const text = textOf(found, language);
  if (!`${text.title} ${text.detail} ${text.fix ?? ''}`.includes('xn--')) return text;
  const readable = (sentence: string) => sentence.replace(NAME_WITH_A_LABEL, (name) => toUnicode(name));
  const { fix } = text;
  // The fix contains a file to publish, line by line.
  const hasFile = Object.values(found.args).some(
    (value) => typeof value === 'string' && value.includes('\n') && fix?.includes(value),
  );
  return {
    ...text,
    title: readable(text.title),
    detail: readable(text.detail),
    ...(fix === undefined ? {} : { fix: hasFile ? fix : readable(fix) }),
  };
}

/** The earlier finding of the list that shows the same record, undefined for the first that has it. */
export function recordsShown(): (found: Pick<RenderedFinding, 'id' | 'record'>) => Finding['id'] | undefined {
  const shown = new Map<string, Finding['id']>();
  return ({ id, record }) => {
    if (record === undefined) return undefined;
    const key = `${record.type} ${record.name} ${record.value}`;
    const before = shown.get(key);
    if (before === undefined) shown.set(key, id);
    return before;
  };
}

/** The findings in the report's order. */
export function renderedFindings({ findings }: Pick<Report, 'findings'>, language: Language): RenderedFinding[] {
  const costs = deductions(findings);
  return findings.map((found, index) => {
    const { area, severity, points, source } = definitionOf(found);
    return {
      id: found.id,
      area,
      severity,
      points,
      cost: costs[index]!,
      source,
      args: found.args,
      ...readableText(found, language),
      ...statusOf(found),
    };
  });
}

function statusOf({ inferredIp, proven, withheld }: Finding): FindingStatus {
  return {
    ...(inferredIp === undefined ? {} : { inferredIp }),
    ...(proven === undefined ? {} : { proven }),
    ...(withheld === undefined ? {} : { withheld }),
  };
}

/** The stored report has no language; a reader of JSON gets the weight and text of each finding next to its id. */
export function renderedReport<Facts>(
  report: Report<Facts>,
  language: Language,
): Omit<Report<Facts>, 'findings'> & { findings: RenderedFinding[] } {
  return { ...report, findings: renderedFindings(report, language) };
}

/** The subject of the check: "сайт.example 203.0.113.25"; for a message without a valid From "Message 203.0.113.25". */
export function subjectText({ subject: { kind, domain, ips } }: Pick<Report, 'subject'>, language: Language): string {
  return [
    ...(domain !== null ? [toUnicode(domain)] : kind === 'message' ? [words[language].message] : []),
    ...ips,
  ].join(' ');
}
