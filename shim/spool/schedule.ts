// When a mail that could not be delivered is tried again, and when that ends (RFC 5321 section 4.5.4.1).

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** A mail younger than this is tried every minute: a relay that restarts must not cost a shopper an hour. */
export const YOUNG = 5 * MINUTE;
/** Milliseconds between the attempts for a young mail, and the least there is between any two. */
export const FIRST_DELAY = MINUTE;
/** Milliseconds; from then on the delay is the age, as in Postfix: each attempt doubles it. */
export const MIN_DELAY = 5 * MINUTE;
/** Milliseconds; Postfix's maximal_backoff_time. */
export const MAX_DELAY = 4000 * SECOND;
/** Part of the delay added or taken away, so that mails of one outage do not all come back at once. */
export const JITTER = 0.1;
/** Milliseconds; RFC 5321 section 4.5.4.1: "at least 4-5 days". */
export const LIFETIME = 5 * 24 * 60 * MINUTE;

export interface Attempted {
  /** When the mail was committed; all times are milliseconds since the epoch. */
  acceptedAt: number;
  now: number;
  /** Attempts made so far, this one included. */
  attempts: number;
  /** In [0, 1). */
  random: () => number;
  /** Milliseconds after which a mail is given up; default: `LIFETIME`. */
  lifetime?: number;
}

/**
 * When to try again, `undefined` once the mail's time is up. The last attempt falls on the end of the lifetime, never
 * beyond it, so that a short lifetime is held to the second.
 */
export function nextAttempt(attempted: Attempted): number | undefined {
  const { acceptedAt, now, attempts, random, lifetime = LIFETIME } = attempted;
  const age = now - acceptedAt;
  if (age >= lifetime) return undefined;
  // A clock that went back gives no age: then the number of attempts replaces it, so that the delay still grows.
  const known = age >= 0 ? age : attempts * FIRST_DELAY;
  const delay = known < YOUNG ? FIRST_DELAY : Math.min(Math.max(known, MIN_DELAY), MAX_DELAY);
  const spread = delay * (1 + JITTER * (2 * random() - 1));
  const next = Math.round(now + Math.min(Math.max(spread, FIRST_DELAY), MAX_DELAY));
  return age < 0 ? next : Math.min(next, acceptedAt + lifetime);
}

/**
 * Whether the time has come. A time further away than any delay was written by a clock that was wrong, then or now:
 * the mail counts as due, since trying too early costs less than parking it for years.
 */
export function isDue(entry: { nextAttempt: number }, now: number): boolean {
  const { nextAttempt: at } = entry;
  return !Number.isFinite(at) || at <= now || at > now + MAX_DELAY;
}
