// From findings to a score out of ten: deductions by root cause, caps, and how much of it could be checked.
import { definitionOf, type Finding } from './catalog.ts';

/** A part of the mail set-up, with the points it can cost at most and whether it could be checked. */
export interface ScoredPart {
  part: 'spf-record' | 'spf-result' | 'dkim' | 'dmarc' | 'ptr' | 'mx' | 'dnsbl' | 'tls' | 'alignment' | 'message';
  weight: number;
  known: boolean;
}

/** The score out of ten, and how much of it could be checked. */
export interface Score {
  /**
   * 0.0 to 10.0, rounded down to a tenth: what is left after the deductions. Unknown parts take off nothing here.
   * @fraction
   * @maximum 10
   */
  value: number;
  /**
   * What it would be if every unknown part failed.
   * @fraction
   * @maximum 10
   */
  low: number;
  /**
   * Weight that was checked, of the whole: 0 to 1, to the hundredth.
   * @fraction
   * @maximum 1
   */
  coverage: number;
  /** True if a finding of class A applies (receivers reject mail): such a score is never shown as good. */
  refused: boolean;
}

export const MAX_SCORE = 10;

/** The points that each finding takes off, after those of one root cause were joined; in the order of the findings. */
export function deductions(findings: readonly Finding[]): number[] {
  const costs = findings.map((found) => definitionOf(found).points);
  const heaviest = new Map<string, number>();
  for (const [index, found] of findings.entries()) {
    // A finding without a root is its own cause.
    const root = definitionOf(found).root ?? `#${index}`;
    const best = heaviest.get(root);
    if (best === undefined || costs[index]! > costs[best]!) heaviest.set(root, index);
  }
  const counted = new Set(heaviest.values());
  for (const found of findings) {
    for (const covered of definitionOf(found).covers ?? []) counted.delete(heaviest.get(covered) ?? -1);
  }
  return costs.map((points, index) => (counted.has(index) ? points : 0));
}

export function score(findings: readonly Finding[], parts: readonly ScoredPart[]): Score {
  const lost = deductions(findings).reduce((sum, points) => sum + points, 0);
  const cap = Math.min(MAX_SCORE, ...findings.map((found) => definitionOf(found).cap ?? MAX_SCORE));
  const value = Math.max(0, Math.min(MAX_SCORE - lost, cap));
  const whole = parts.reduce((sum, part) => sum + part.weight, 0);
  const unknown = parts.reduce((sum, part) => sum + (part.known ? 0 : part.weight), 0);
  return {
    value: tenths(value),
    low: tenths(Math.max(0, value - unknown)),
    coverage: whole === 0 ? 0 : Math.round((1 - unknown / whole) * 100) / 100,
    refused: findings.some((found) => definitionOf(found).class === 'A' && definitionOf(found).points > 0),
  };
}

// Down, since 9.96 is not a ten; the small addend cancels binary fractions (10 − 0.3 is 9.700…).
function tenths(value: number): number {
  return Math.floor(value * 10 + 1e-9) / 10;
}

/** Most points first, then by severity, then as found. */
export function ordered(findings: readonly Finding[]): Finding[] {
  const severities = ['error', 'warning', 'unknown', 'notice', 'info'];
  return [...findings].sort((a, b) => {
    const [one, other] = [definitionOf(a), definitionOf(b)];
    return other.points - one.points || severities.indexOf(one.severity) - severities.indexOf(other.severity);
  });
}
