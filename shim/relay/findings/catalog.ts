// Every finding of `mailshim relay audit` by its id; the one place that joins the areas.

import { certificateFindings } from './certificate.ts';
import type { RelayArgs, RelayDefinition, RelaySeverity } from './define.ts';
import { deliveryFindings } from './delivery.ts';
import { identityFindings } from './identity.ts';
import { relayingFindings } from './relaying.ts';
import { syntaxFindings } from './syntax.ts';
import { tlsFindings } from './tls.ts';

export const catalog = {
  ...syntaxFindings,
  ...relayingFindings,
  ...tlsFindings,
  ...certificateFindings,
  ...identityFindings,
  ...deliveryFindings,
} as const;

export type RelayFindingId = keyof typeof catalog;
type ArgsOf<K extends RelayFindingId> = (typeof catalog)[K] extends RelayDefinition<infer A> ? A : never;
/** Where something is written. */
export interface Place {
  file: string;
  /** From 1; undefined where something is missing. */
  line?: number | undefined;
}
/** One thing found: plain JSON without any language in it. */
export interface RelayFinding extends Place {
  id: RelayFindingId;
  args: RelayArgs;
}
export type SyntaxFinding = RelayFinding & { id: keyof typeof syntaxFindings };

/** Makes a finding; the compiler holds the arguments to the definition. */
export function finding<K extends RelayFindingId>(
  id: K,
  args: ArgsOf<K>,
  { file, line }: Place,
): RelayFinding & { id: K } {
  return { id, args: args as RelayArgs, file, line };
}

export function severityOf({ id }: RelayFinding): RelaySeverity {
  return catalog[id].severity;
}

/** What is so, in one language. */
export function textOf({ id, args }: RelayFinding, language: 'en' | 'ru'): string {
  return (catalog[id] as unknown as RelayDefinition<RelayArgs>)[language](args);
}

/** What to write or run; empty where a person has to decide. */
export function fixOf({ id, args }: RelayFinding): readonly string[] {
  return (catalog[id] as unknown as RelayDefinition<RelayArgs>).fix(args);
}
