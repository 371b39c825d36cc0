// A report as SARIF 2.1.0 for code scanning: a rule for each id, a result for each finding.
import type { Report } from '../check/types.ts';
import { catalog } from '../findings/catalog.ts';
import type { Language, Severity } from '../findings/define.ts';
import { printable, printableLine } from './printable.ts';
import { type RenderedFinding, renderedFindings, subjectText } from './rendered.ts';
import { recordLine } from './text.ts';
import { words } from './words.ts';

type Level = 'error' | 'warning' | 'note' | 'none';
type Kind = 'fail' | 'open' | 'informational';

/** SARIF section 3.27.10: a result that is not a failure has the level "none"; an unknown one is "open" (section 3.27.9). */
const KINDS: Record<Severity, { kind: Kind; level: Level }> = {
  error: { kind: 'fail', level: 'error' },
  warning: { kind: 'fail', level: 'warning' },
  notice: { kind: 'fail', level: 'note' },
  info: { kind: 'informational', level: 'none' },
  unknown: { kind: 'open', level: 'none' },
};

export interface SarifLog {
  $schema: string;
  version: '2.1.0';
  runs: unknown[];
}

/** The log with one run. */
export function reportSarif(report: Report, language: Language): SarifLog {
  const findings = renderedFindings(report, language);
  const ids = [...new Set(findings.map(({ id }) => id))];
  const { value, low, coverage } = report.score;
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'mailshim',
            language,
            rules: ids.map((id) => ruleOf(findings.find((found) => found.id === id)!)),
          },
        },
        language,
        invocations: [{ executionSuccessful: true, endTimeUtc: report.checkedAt }],
        results: findings.map((found) => resultOf(found, ids.indexOf(found.id), report, language)),
        properties: { score: value, low, coverage },
      },
    ],
  };
}

function ruleOf({ id, title, area, severity, points, source }: RenderedFinding) {
  return {
    id,
    shortDescription: { text: printableLine(title) },
    help: { text: source },
    defaultConfiguration: { level: KINDS[severity].level },
    properties: { tags: ['mail', area], points, class: catalog[id].class },
  };
}

function resultOf(found: RenderedFinding, ruleIndex: number, report: Report, language: Language) {
  const { kind, level } = KINDS[found.severity];
  const subject = report.subject.domain ?? report.subject.ips[0] ?? 'message';
  return {
    ruleId: found.id,
    ruleIndex,
    kind,
    level,
    message: { text: messageOf(found, language) },
    locations: [
      {
        // GitHub shows nothing without a file, so the domain is the file. A colon of IPv6 would be read as a scheme (RFC 3986 section 4.2).
        physicalLocation: { artifactLocation: { uri: encodeURIComponent(subject) }, region: { startLine: 1 } },
        logicalLocations: [
          { name: subject, fullyQualifiedName: `${subjectText(report, language)} ${found.area}`, kind: 'resource' },
        ],
      },
    ],
    // The arguments distinguish two findings with one id, and stay the same as long as the cause does.
    partialFingerprints: { 'findingAndArguments/v1': `${subject} ${found.id} ${JSON.stringify(found.args)}` },
    properties: {
      cost: found.cost,
      ...(found.record === undefined ? {} : { record: found.record }),
    },
  };
}

/** Plain text (section 3.11.3); brackets would be links (section 3.11.6). */
function messageOf({ title, detail, fix, record }: RenderedFinding, language: Language): string {
  const { whatToDo, publish } = words[language];
  return printable(
    [
      `${printableLine(title)}.`.replace(/([.!?…])\.$/, '$1'),
      detail,
      ...(fix === undefined ? [] : [`${whatToDo} ${fix}`]),
      ...(record === undefined ? [] : [`${publish} ${recordLine(record)}`]),
    ].join('\n'),
  ).replace(/[\\[\]]/g, '\\$&');
}
