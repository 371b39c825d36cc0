// Whether a report is sent, and to which address (RFC 3461 section 4.1, RFC 5321 section 6.1), with limits on their number.

import { parseAddress } from '../../shared/message/address.ts';
import type { Action } from '../../shared/replies/status.ts';

export interface Occasion {
  /** `''` is the null sender. */
  envelopeFrom: string;
  action: Action;
  /** NOTIFY as the sender gave it: "never", "failure,delay"; case does not matter. */
  notify?: string;
  /** The account's address for reports, instead of the envelope sender. */
  bounceTo?: string;
}
export type NoticeDecision =
  | { send: true; to: string }
  | {
      send: false;
      /** `null-sender`: the mail is a report. `not-wanted`: NOTIFY. `no-address`: there is no address to send it to. */
      why: 'null-sender' | 'not-wanted' | 'no-address';
    };

/**
 * Auto-Submitted has no effect, as in Postfix: the sender of an automatic mail needs its failures too, and a report cannot loop,
 * since it has the null sender.
 */
export function decideNotice(occasion: Occasion): NoticeDecision {
  const { envelopeFrom, action, bounceTo } = occasion;
  // RFC 5321 section 6.1: no report about a report.
  if (envelopeFrom.trim() === '' || envelopeFrom.trim() === '<>') return { send: false, why: 'null-sender' };
  if (!isWanted(action, occasion.notify)) return { send: false, why: 'not-wanted' };
  for (const candidate of [bounceTo, envelopeFrom]) {
    // Not "www-data" alone: the relay would add its own domain.
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
  // RFC 3461 section 4.1: without NOTIFY, failures are reported; delays may be, but a shop does not need that.
  if (words.length === 0) return action === 'failed';
  if (words.includes('never')) return false;
  return words.includes({ failed: 'failure', delayed: 'delay', delivered: 'success', relayed: 'success' }[action]);
}

/** Reports to one address within `WINDOW`: more have no use. */
export const PER_ADDRESS = 20;
/** Reports to all addresses within `WINDOW`: backscatter could put the shop on a block list. */
export const IN_ALL = 100;
/** Milliseconds. */
export const WINDOW = 60 * 60 * 1000;
/** Addresses whose left-out reports are counted: the number of forged senders has no limit. */
export const MAX_COUNTED = 1000;

/** Plain JSON, kept between runs. */
export interface LimiterState {
  /** Reports sent within the window: address in lower case, milliseconds since the epoch. */
  sent: [to: string, at: number][];
  /** Reports left out since the last one to the address. */
  suppressed: [to: string, count: number][];
}

export interface BounceLimiter {
  /** Call once for each report. `suppressed`: how many were left out since the last, for the text of this one. */
  take(to: string, now: number): { allowed: true; suppressed: number } | { allowed: false };
  state(): LimiterState;
}

/** `state`: the result of `state()` in an earlier run; anything else, such as a damaged file, is ignored. */
export function createBounceLimiter(
  state: unknown,
  limits: { perAddress: number; inAll: number } = { perAddress: PER_ADDRESS, inAll: IN_ALL },
): BounceLimiter {
  let sent = pairsOf(state, 'sent').slice(-limits.inAll);
  const suppressed = new Map(pairsOf(state, 'suppressed').slice(0, MAX_COUNTED));
  return {
    take(to, now) {
      const key = to.toLowerCase();
      // After the clock was set back, a later time counts as now: no report may be held up for longer than the window.
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
