// What is a change for the worse: pure comparison of a report with what was known before.
import type { Report } from '../../shared/check/types.ts';
import { definitionOf, type Finding } from '../../shared/findings/catalog.ts';

/** From this coverage on a report says what is gone, too; below it only what it found counts. */
const SURE_FROM = 0.8;
/** A start from less would hold little to compare with. */
const START_FROM = 0.5;
/** Points of ten; a smaller loss without a new problem is not worth anybody's evening. */
const MIN_DROP = 0.5;

/** What a watched domain is compared with. */
export interface Baseline {
  /** Score and coverage of the last report that covered enough. */
  score: number;
  coverage: number;
  /** Keys of the problems known to stand, sorted. */
  problems: string[];
  /** Those of them that were told and not yet called off. */
  told: string[];
}

export interface Change {
  kind: 'worse' | 'better';
  /** What costs points now and did not before. */
  appeared: Finding[];
  /** Keys of the problems that are gone. */
  gone: string[];
  scoreBefore: number;
}

/** The part of an argument list that says what a finding is about: a second address without a name is a second problem. */
const SUBJECTS = ['ip', 'selector', 'host', 'list'] as const;

export function problemKey(found: Finding): string {
  const args = found.args as Record<string, unknown>;
  const subject = SUBJECTS.map((name) => args[name]).find((value) => typeof value === 'string' && value !== '');
  return subject === undefined ? found.id : `${found.id} ${String(subject).slice(0, 100)}`;
}

/**
 * Compares; `baseline` is null before the first report that covered enough, which is no change but the start. What could
 * not be asked never counts as worse, nor as mended. Each problem is told once, and again when it comes back after it was gone.
 */
export function compare(
  baseline: Baseline | null,
  { score, findings }: Pick<Report, 'score' | 'findings'>,
): { baseline: Baseline | null; change: Change | null } {
  // Where some part can never be checked, such as a key that nobody named, the usual coverage is enough.
  const sure = score.coverage >= (baseline === null ? START_FROM : Math.min(SURE_FROM, baseline.coverage));
  const problems = new Map(
    findings.filter((found) => definitionOf(found).points > 0).map((found) => [problemKey(found), found] as const),
  );
  if (baseline === null) {
    const first = { score: score.value, coverage: score.coverage, problems: [...problems.keys()].sort(), told: [] };
    return { baseline: sure ? first : null, change: null };
  }
  const before = new Set(baseline.problems);
  const appeared = [...problems].filter(([key]) => !before.has(key));
  const gone = sure ? baseline.problems.filter((key) => !problems.has(key)) : [];
  const dropped = sure && score.value <= baseline.score - MIN_DROP;
  const told = baseline.told.filter((key) => !gone.includes(key));
  const next: Baseline = {
    // A problem that is told takes its points with it, so that they are not told once more.
    score: sure ? score.value : appeared.length > 0 ? Math.min(baseline.score, score.value) : baseline.score,
    coverage: sure ? score.coverage : baseline.coverage,
    problems: [...(sure ? problems.keys() : new Set([...before, ...problems.keys()]))].sort(),
    told: [...told, ...appeared.map(([key]) => key)].sort(),
  };
  if (appeared.length > 0 || dropped) {
    const found = appeared.map(([, finding]) => finding);
    return { baseline: next, change: { kind: 'worse', appeared: found, gone, scoreBefore: baseline.score } };
  }
  // Called off once all that was told is gone, not for each part of it.
  const over = baseline.told.length > 0 && told.length === 0;
  return {
    baseline: next,
    change: over ? { kind: 'better', appeared: [], gone, scoreBefore: baseline.score } : null,
  };
}
