// What a score means, in one word: for the sentence beside it, and for the colour.
import type { Report } from '../../shared/check/types.ts';

export type Verdict = 'good' | 'mostly' | 'risk' | 'poor' | 'refused' | 'unknown' | 'absent';
export type Tone = 'good' | 'fair' | 'bad' | 'grey';

/** Below this coverage a score says too little to be called anything; below the other it is shown as "at most". */
export const KNOWN_FROM = 0.5;
export const SURE_FROM = 0.8;

/** Of a domain that is not there, the one thing that no other score is. */
export function isAbsent({ findings }: Pick<Report, 'findings'>): boolean {
  return findings.some(({ id }) => id === 'check.no-such-domain');
}

export function verdictOf({ score, findings }: Pick<Report, 'score' | 'findings'>): Verdict {
  if (isAbsent({ findings })) return 'absent';
  if (score.coverage < KNOWN_FROM) return 'unknown';
  if (score.value < 5) return 'poor';
  if (score.refused) return 'refused';
  if (score.value < 7) return 'risk';
  return score.value < 9 ? 'mostly' : 'good';
}

/** The colour of a report; never good while receivers refuse mail. */
export function toneOf({ score, findings }: Pick<Report, 'score' | 'findings'>): Tone {
  const { value, coverage, refused } = score;
  if (isAbsent({ findings })) return 'bad';
  if (coverage < KNOWN_FROM) return 'grey';
  if (value < 5) return 'bad';
  return value >= 9 && !refused ? 'good' : 'fair';
}
