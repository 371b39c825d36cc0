// What is a change for the worse: pure comparison of a report with the baseline.
import type { Report } from '../../shared/check/types.ts';
import { definitionOf, type Finding } from '../../shared/findings/catalog.ts';

/** From this coverage on, a problem that a report does not have is gone. */
const SURE_FROM = 0.8;
/** The first baseline needs this coverage. */
const START_FROM = 0.5;
/** Points of ten; a smaller loss without a new problem is not reported. */
const MIN_DROP = 0.5;

/** What a watched domain is compared with. */
export interface Baseline {
  /** Score and coverage of the last report that covered enough. */
  score: number;
  coverage: number;
  /** Keys of the known problems, sorted. */
  problems: string[];
  /** Those of them that were reported and are not yet gone. The stored name. */
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

/** The arguments that distinguish findings of one id: a second address without a name is a second problem. */
const SUBJECTS = ['ip', 'selector', 'host', 'list'] as const;

export function problemKey(found: Finding): string {
  const args: Record<string, unknown> = found.args;
  const subject = SUBJECTS.map((name) => args[name]).find((value) => typeof value === 'string' && value !== '');
  return subject === undefined ? found.id : `${found.id} ${String(subject).slice(0, 100)}`;
}

/**
 * Compares a report with the baseline, which is null before the first report that covered enough; that one is never a
 * change. What is unknown counts neither as worse nor as fixed. Each problem is reported once, and again when it returns.
 */
export function compare(
  baseline: Baseline | null,
  { score, findings }: Pick<Report, 'score' | 'findings'>,
): { baseline: Baseline | null; change: Change | null } {
  // Where a part can never be checked, such as a key without a known selector, the usual coverage is enough.
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
  const reported = baseline.told.filter((key) => !gone.includes(key));
  const next: Baseline = {
    // The points of a reported problem count as reported, too.
    score: sure ? score.value : appeared.length > 0 ? Math.min(baseline.score, score.value) : baseline.score,
    coverage: sure ? score.coverage : baseline.coverage,
    problems: [...(sure ? problems.keys() : new Set([...before, ...problems.keys()]))].sort(),
    told: [...reported, ...appeared.map(([key]) => key)].sort(),
  };
  if (appeared.length > 0 || dropped) {
    const found = appeared.map(([, finding]) => finding);
    return { baseline: next, change: { kind: 'worse', appeared: found, gone, scoreBefore: baseline.score } };
  }
  // Better once all reported problems are gone, not for each of them.
  const over = baseline.told.length > 0 && reported.length === 0;
  return {
    baseline: next,
    change: over ? { kind: 'better', appeared: [], gone, scoreBefore: baseline.score } : null,
  };
}
