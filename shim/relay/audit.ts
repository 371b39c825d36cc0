// `mailshim relay audit`: all findings of a configuration, worst first, as text and as JSON.

import { printableJson } from '../text/printable.ts';
import { certificateFindings, certificateRules, type Files } from './certificate.ts';
import { type Configuration, syntaxFindings } from './configuration.ts';
import { deliveryFindings, deliveryRules } from './delivery.ts';
import type { RelayArgs, RelayDefinition, RelayFinding, RelaySeverity } from './finding.ts';
import { identityFindings, identityRules } from './identity.ts';
import { relayingFindings, relayingRules } from './relaying.ts';
import { tlsFindings, tlsRules } from './tls.ts';

export const catalog = {
  ...syntaxFindings,
  ...relayingFindings,
  ...tlsFindings,
  ...certificateFindings,
  ...identityFindings,
  ...deliveryFindings,
} as const;

/** Every finding is made of a row of the catalogue, whose arguments the compiler has checked there. */
function rowOf({ id }: RelayFinding): RelayDefinition<RelayArgs> {
  return (catalog as unknown as Readonly<Record<string, RelayDefinition<RelayArgs>>>)[id]!;
}

export function severityOf(found: RelayFinding): RelaySeverity {
  return rowOf(found).severity;
}

/** What was found, in one language. */
export function textOf(found: RelayFinding, language: 'en' | 'ru'): string {
  return rowOf(found)[language](found.args);
}

/** What to write or run; empty where a person has to decide. */
export function fixOf(found: RelayFinding): readonly string[] {
  return rowOf(found).fix(found.args);
}

export interface AuditInput {
  /** Undefined where the configuration belongs to another machine, whose files cannot be read here. */
  files: Files | undefined;
  now: Date;
  /** Domains that the shop sends for, besides mydomain. */
  domains: readonly string[];
}

const ORDER = ['danger', 'error', 'warning'] as const;

/** Never fails; the worst first, and in the order of the lines among equals. */
export function audit(configuration: Configuration, { files, now, domains }: AuditInput): RelayFinding[] {
  const found = [
    ...configuration.syntax,
    ...relayingRules(configuration),
    ...tlsRules(configuration),
    ...certificateRules(configuration, files, now),
    ...identityRules(configuration, domains),
    ...deliveryRules(configuration),
  ];
  const rank = (entry: RelayFinding) => ORDER.indexOf(severityOf(entry));
  return found.sort((a, b) => rank(a) - rank(b));
}

const WORDS = {
  en: {
    danger: 'DANGER',
    error: 'ERROR',
    warning: 'WARNING',
    write: 'Set',
    clean: 'No findings: the configuration is right for a send-only relay.',
    count: (count: number) => `${count} finding(s)`,
  },
  ru: {
    danger: 'ОПАСНО',
    error: 'ОШИБКА',
    warning: 'ВНИМАНИЕ',
    write: 'Укажите',
    clean: 'Замечаний нет: релей настроен как нужно.',
    count: (count: number) => `Найдено замечаний: ${count}`,
  },
} as const;

/** For a terminal or a log: one paragraph a finding. */
export function auditText(found: readonly RelayFinding[], language: 'en' | 'ru'): string {
  const words = WORDS[language];
  if (found.length === 0) return `${words.clean}\n`;
  const paragraphs = found.map((entry) => {
    const place = entry.line === undefined ? entry.file : `${entry.file}:${entry.line}`;
    const fixes = fixOf(entry).map((line) => `    ${line}`);
    return [
      `${words[severityOf(entry)]}  ${place}  [${entry.id}]`,
      `  ${textOf(entry, language)}`,
      ...(fixes.length === 0 ? [] : [`  ${words.write}:`, ...fixes]),
    ].join('\n');
  });
  return `${paragraphs.join('\n\n')}\n\n${words.count(found.length)}\n`;
}

/** For programs: `{findings: [{id, severity, file, line, args, text, fix}]}`; `line` is null where something is missing. */
export function auditJson(found: readonly RelayFinding[], language: 'en' | 'ru'): string {
  const findings = found.map((entry) => ({
    id: entry.id,
    severity: severityOf(entry),
    file: entry.file,
    line: entry.line ?? null,
    args: entry.args,
    text: textOf(entry, language),
    fix: fixOf(entry),
  }));
  return `${printableJson({ findings })}\n`;
}
