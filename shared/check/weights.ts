// The weights of the parts of a score: the most points that each part can cost.
import type { ScoredPart } from '../findings/score.ts';

export const WEIGHTS = {
  'spf-record': 2,
  'spf-result': 2,
  dkim: 2,
  dmarc: 1.5,
  ptr: 2,
  mx: 1,
  dnsbl: 3,
  tls: 2,
  message: 2,
} as const satisfies Partial<Record<ScoredPart['part'], number>>;

/** @param known whether the check determined the part; else the score is a band of its weight */
export function scored(part: keyof typeof WEIGHTS, known: boolean): ScoredPart {
  return { part, weight: WEIGHTS[part], known };
}
