// Whether the shop's mail is delivered, by what the shim reports of its queue.

/** What the shim reports; times are milliseconds since 1970, UTC. */
export interface Flow {
  reportedAt: number;
  /** Mails in the queue. */
  waiting: number;
  /** Mails that failed permanently. */
  failed: number;
  /** Age of the oldest mail in the queue, in seconds. */
  oldestAge: number | null;
  lastSuccess: number | null;
  lastFailure: number | null;
}

/** `silent`: the shop's server has not reported for so long that nothing is known. */
export type FlowVerdict = 'flowing' | 'stuck' | 'silent';

/** Milliseconds; a server that reports at all does it by cron, once a day at the least. */
const SILENT_AFTER = 26 * 3_600_000;
/** Seconds; a greylisted mail is through by then (RFC 6647 section 4.6). */
const STUCK_AFTER = 3600;

export function flowVerdict(flow: Flow, now: number): FlowVerdict {
  if (now - flow.reportedAt > SILENT_AFTER) return 'silent';
  if ((flow.oldestAge ?? 0) > STUCK_AFTER) return 'stuck';
  // The queue has no old mail: the last attempt decides.
  if ((flow.lastFailure ?? 0) > (flow.lastSuccess ?? 0)) return 'stuck';
  return 'flowing';
}
