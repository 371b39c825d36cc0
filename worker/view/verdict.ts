// What a score means, in one word: for the sentence beside it, and for the colour.
import type { Report } from '../../shared/check/types.ts';
import type { Score } from '../../shared/findings/score.ts';

export type Verdict = 'good' | 'mostly' | 'risk' | 'poor' | 'refused' | 'unknown' | 'absent';
export type Tone = 'good' | 'fair' | 'bad' | 'grey';

/** Below this coverage a score says too little to be called anything. */
const KNOWN_FROM = 0.5;

export function verdictOf({ score, findings }: Pick<Report, 'score' | 'findings'>): Verdict {
  if (findings.some(({ id }) => id === 'check.no-such-domain')) return 'absent';
  if (score.coverage < KNOWN_FROM) return 'unknown';
  if (score.value < 5) return 'poor';
  if (score.refused) return 'refused';
  if (score.value < 7) return 'risk';
  return score.value < 9 ? 'mostly' : 'good';
}

/** The colour of a score; never good while receivers refuse mail. */
export function toneOf({ value, coverage, refused }: Score): Tone {
  if (coverage < KNOWN_FROM) return 'grey';
  if (value < 5) return 'bad';
  return value >= 9 && !refused ? 'good' : 'fair';
}
