// A report's findings with what a reader needs beside the id: weight, cost and text in one language.
import type { Report } from '../check/types.ts';
import { definitionOf, type Finding, textOf } from '../findings/catalog.ts';
import type { Area, FindingText, Language, Severity } from '../findings/define.ts';
import { deductions } from '../findings/score.ts';
import type { Standing } from '../findings/standing.ts';
import { toUnicode } from '../text/domain.ts';
import { words } from './words.ts';

export interface ToldFinding extends FindingText, Standing {
  id: Finding['id'];
  area: Area;
  severity: Severity;
  /** Points of ten that it weighs. */
  points: number;
  /** Points that it takes off in this report: of several findings with one root, the dearest alone costs. */
  cost: number;
  source: string;
  args: Finding['args'];
}

/** The findings in the report's order. */
export function toldFindings({ findings }: Pick<Report, 'findings'>, language: Language): ToldFinding[] {
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
      ...textOf(found, language),
      ...standingOf(found),
    };
  });
}

function standingOf({ inferredIp, proven, withheld }: Finding): Standing {
  return {
    ...(inferredIp === undefined ? {} : { inferredIp }),
    ...(proven === undefined ? {} : { proven }),
    ...(withheld === undefined ? {} : { withheld }),
  };
}

/** The stored report knows no language; a reader of JSON gets each finding's weight and text beside its id. */
export function toldReport<Facts>(
  report: Report<Facts>,
  language: Language,
): Omit<Report<Facts>, 'findings'> & { findings: ToldFinding[] } {
  return { ...report, findings: toldFindings(report, language) };
}

/** What was checked: "сайт.example 203.0.113.25"; of a message without a readable From "Message 203.0.113.25". */
export function subjectText({ subject: { kind, domain, ips } }: Pick<Report, 'subject'>, language: Language): string {
  return [
    ...(domain !== null ? [toUnicode(domain)] : kind === 'message' ? [words[language].message] : []),
    ...ips,
  ].join(' ');
}
