// Whether somebody is told what became of a mail, and who: RFC 3461 section 4.1, RFC 5321 section 6.1; and no storms.

import { parseAddress } from '../../shared/message/address.ts';
import type { Action } from '../../shared/replies/status.ts';

export interface Occasion {
  /** `''` is the null sender. */
  envelopeFrom: string;
  action: Action;
  /** NOTIFY as the sender gave it: "never", "failure,delay"; case does not matter. */
  notify?: string;
  /** The account's address for notices, in place of the envelope sender. */
  bounceTo?: string;
}
export type NoticeDecision =
  | { send: true; to: string }
  | {
      send: false;
      /** `null-sender`: the mail is itself a notice. `not-wanted`: NOTIFY. `no-address`: nobody to tell. */
      why: 'null-sender' | 'not-wanted' | 'no-address';
    };

/**
 * What Auto-Submitted says plays no part, as in Postfix: an automatic mail with a sender wants its failures known, and a
 * notice cannot loop, because its own sender is null.
 */
export function decideNotice(occasion: Occasion): NoticeDecision {
  const { envelopeFrom, action, bounceTo } = occasion;
  // RFC 5321 section 6.1: no notice about a notice, whoever would get it.
  if (envelopeFrom.trim() === '' || envelopeFrom.trim() === '<>') return { send: false, why: 'null-sender' };
  if (!isWanted(action, occasion.notify)) return { send: false, why: 'not-wanted' };
  for (const candidate of [bounceTo, envelopeFrom]) {
    // "www-data" alone is none: the relay would make it somebody's address there.
    const mailbox = candidate === undefined ? undefined : parseAddress(candidate);
    if (mailbox !== undefined) return { send: true, to: mailbox.address };
  }
  return { send: false, why: 'no-address' };
}

function isWanted(action: Action, notify: string | undefined): boolean {
  const words = (notify ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => /^(?:never|success|failure|delay)$/.test(word));
  // RFC 3461 section 4.1: without NOTIFY, failures are told; a delay may be, but a shop has no use for it.
  if (words.length === 0) return action === 'failed';
  if (words.includes('never')) return false;
  return words.includes({ failed: 'failure', delayed: 'delay', delivered: 'success', relayed: 'success' }[action]);
}

/** Notices to one address within `WINDOW`: who gets twenty has understood. */
export const PER_ADDRESS = 20;
/** Notices to all addresses within `WINDOW`: a shop with a broken relay must not get itself listed for backscatter. */
export const IN_ALL = 100;
/** Milliseconds. */
export const WINDOW = 60 * 60 * 1000;
/** Addresses whose left-out notices are counted one by one: forged senders could be without number. */
export const MAX_COUNTED = 1000;

/** Plain JSON, to be kept between runs. */
export interface LimiterState {
  /** Notices sent within the window: address in lower case, milliseconds since the epoch. */
  sent: [to: string, at: number][];
  /** Notices left out since the last one to the address. */
  suppressed: [to: string, count: number][];
}

export interface BounceLimiter {
  /** Call once for each notice. `suppressed`: how many were left out since the last, for this one to tell. */
  take(to: string, now: number): { allowed: true; suppressed: number } | { allowed: false };
  state(): LimiterState;
}

/** `state` is what `state()` gave in an earlier run; anything else, such as a damaged file, counts as none. */
export function createBounceLimiter(
  state: unknown,
  limits: { perAddress: number; inAll: number } = { perAddress: PER_ADDRESS, inAll: IN_ALL },
): BounceLimiter {
  let sent = pairsOf(state, 'sent').slice(-limits.inAll);
  const suppressed = new Map(pairsOf(state, 'suppressed').slice(0, MAX_COUNTED));
  return {
    take(to, now) {
      const key = to.toLowerCase();
      // A time ahead of the clock, which went back, counts as now: it must not hold notices up for longer than the window.
      sent = sent
        .map(([address, at]): [string, number] => [address, Math.min(at, now)])
        .filter(([, at]) => now - at < WINDOW);
      const toThis = sent.filter(([address]) => address === key).length;
      if (sent.length >= limits.inAll || toThis >= limits.perAddress) {
        if (suppressed.has(key) || suppressed.size < MAX_COUNTED) suppressed.set(key, (suppressed.get(key) ?? 0) + 1);
        return { allowed: false };
      }
      sent.push([key, now]);
      const leftOut = suppressed.get(key) ?? 0;
      suppressed.delete(key);
      return { allowed: true, suppressed: leftOut };
    },
    state: () => ({ sent: sent.map(([to, at]) => [to, at]), suppressed: [...suppressed] }),
  };
}

function pairsOf(state: unknown, name: keyof LimiterState): [string, number][] {
  const list = (state as Record<string, unknown> | null | undefined)?.[name];
  if (!Array.isArray(list)) return [];
  return list.filter(
    (pair): pair is [string, number] =>
      Array.isArray(pair) && typeof pair[0] === 'string' && Number.isFinite(pair[1]) && pair[1] >= 0,
  );
}
