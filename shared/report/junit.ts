// A report as JUnit XML for Jenkins and GitLab: a suite for each area, a failure for each error and warning.
import type { Report } from '../check/types.ts';
import type { Area, Language } from '../findings/define.ts';
import { printable, printableLine } from './printable.ts';
import { type RenderedFinding, renderedFindings, subjectText } from './rendered.ts';
import { recordLine, scoreText } from './text.ts';
import { words } from './words.ts';

/** The area that the findings of a section belong to, where it has another name. */
const AREA_OF_SECTION: Record<string, Area> = { 'mta-sts': 'tls', 'tls-rpt': 'tls', bimi: 'tls' };

interface Suite {
  area: string;
  findings: RenderedFinding[];
}

/**
 * The document. An error or a warning is a failure, an unknown finding is skipped, advice passes with its text as
 * output; a checked area without findings passes too.
 */
export function reportJunit(report: Report, language: Language): string {
  const suites = suitesOf(report, language);
  const subject = subjectText(report, language);
  const cases = suites.map(({ findings }) => findings.length).reduce((sum, count) => sum + Math.max(1, count), 0);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites${attributes({ name: `${subject}: ${scoreText(report.score, language)}`, tests: cases, failures: count(suites, fails), errors: 0 })}>
${suites.map((suite) => suiteXml(suite, subject, report, language)).join('')}</testsuites>
`;
}

/** Areas in the order of the sections that were checked, then those that only have findings. */
function suitesOf(report: Report, language: Language): Suite[] {
  const sections = typeof report.facts === 'object' && report.facts !== null ? Object.keys(report.facts) : [];
  const findings = renderedFindings(report, language);
  const areas = new Set<string>([
    ...sections.map((section) => AREA_OF_SECTION[section] ?? section),
    ...findings.map(({ area }) => area),
  ]);
  return [...areas].map((area) => ({ area, findings: findings.filter((found) => found.area === area) }));
}

/** By severity, as in SARIF: some errors have no points, since another finding already takes them off. */
const fails = ({ severity }: RenderedFinding) => severity === 'error' || severity === 'warning';
const skips = ({ severity }: RenderedFinding) => severity === 'unknown';
const count = (suites: readonly Suite[], kind: (found: RenderedFinding) => boolean) =>
  suites.reduce((sum, { findings }) => sum + findings.filter(kind).length, 0);

function suiteXml(suite: Suite, subject: string, report: Report, language: Language): string {
  const { area, findings } = suite;
  return `  <testsuite${attributes({
    name: `${subject} ${area}`,
    tests: Math.max(1, findings.length),
    failures: count([suite], fails),
    errors: 0,
    skipped: count([suite], skips),
    // The schema allows neither a fraction nor a zone.
    timestamp: report.checkedAt.slice(0, 19),
  })}>
${findings.length === 0 ? `    <testcase${attributes({ classname: classOf(area), name: words[language].allGood })}/>\n` : ''}${findings.map((found) => caseXml(found, classOf(area), language)).join('')}  </testsuite>
`;
}

/** Servers treat the part before the last dot as a package, so the domain is not part of it. */
const classOf = (area: string) => `mailshim.${area}`;

function caseXml(found: RenderedFinding, classname: string, language: Language): string {
  const { id, title, severity } = found;
  const content = fails(found)
    ? `<failure${attributes({ message: title, type: severity })}>${escaped(textOfFinding(found, language))}</failure>`
    : skips(found)
      ? `<skipped${attributes({ message: title })}/>`
      : `<system-out>${escaped(textOfFinding(found, language))}</system-out>`;
  return `    <testcase${attributes({ classname, name: `${id}: ${title}` })}>
      ${content}
    </testcase>
`;
}

function textOfFinding({ detail, fix, record, source }: RenderedFinding, language: Language): string {
  const { whatToDo, publish, source: from } = words[language];
  return [
    detail,
    ...(fix === undefined ? [] : [`${whatToDo} ${fix}`]),
    ...(record === undefined ? [] : [`${publish} ${recordLine(record)}`]),
    `${from} ${source}`,
  ].join('\n');
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(printableLine(String(value)))}"`)
    .join('');
}

/** As text or as the value of an attribute (XML 1.0 section 2.4). */
function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
