// The trend of a score, for pages and badges.

export interface Point {
  /** ISO 8601, UTC. */
  checkedAt: string;
  score: number;
  /** Weight that was checked, of the whole: 0 to 1. */
  coverage: number;
}

export interface Trend {
  direction: 'up' | 'down' | 'steady';
  /**
   * Points of ten between the first and the last check that count.
   * @fraction
   * @signed
   */
  change: number;
  /**
   * The first check that counts.
   * @format date-time
   */
  since: string;
  /**
   * @fraction
   * @maximum 10
   */
  lowest: number;
  /**
   * @fraction
   * @maximum 10
   */
  highest: number;
}

/** A check with less coverage does not count. */
const SURE_FROM = 0.5;
/** A smaller change is `steady`. */
const MIN_CHANGE = 0.3;

/** The trend of checks in any order; null where fewer than two cover enough to be compared. */
export function trendOf(history: readonly Point[]): Trend | null {
  const sure = history
    .filter(({ coverage }) => coverage >= SURE_FROM)
    .sort((a, b) => (a.checkedAt < b.checkedAt ? -1 : a.checkedAt > b.checkedAt ? 1 : 0));
  const [first] = sure;
  const last = sure.at(-1);
  if (first === undefined || last === undefined || sure.length < 2) return null;
  const change = Math.round((last.score - first.score) * 10) / 10;
  const scores = sure.map(({ score }) => score);
  return {
    direction: change >= MIN_CHANGE ? 'up' : change <= -MIN_CHANGE ? 'down' : 'steady',
    change,
    since: first.checkedAt,
    lowest: Math.min(...scores),
    highest: Math.max(...scores),
  };
}
