// Days of UTC, in milliseconds since 1970.
export const DAY = 86_400_000;
export const WEEK = 7 * DAY;

/** The start of the day. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY) * DAY;
}

/** "2026-11-30" */
export function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
