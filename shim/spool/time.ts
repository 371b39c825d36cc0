// Moments that a file names: nothing is reckoned with, or shown, before it is in range.

/** Milliseconds since 1970: the end of the year 9999, beyond which dates have no text in four digits. */
export const MAX_TIME = 253_402_300_799_999;

/** A moment that can be shown, and reckoned with. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TIME;
}
