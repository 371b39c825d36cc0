// The requests and reports of the checks: plain JSON that is stored, sent and rendered.
import type { CreateHasher } from '../dkim/sha256.ts';
import type { BudgetOptions, TracedQuery } from '../dns/budget.ts';
import type { CachingResolver } from '../dns/cache.ts';
import type { Fetch } from '../dns/doh.ts';
import type { Resolver } from '../dns/types.ts';
import type { Finding } from '../findings/catalog.ts';
import type { Score } from '../findings/score.ts';
import type { Sender } from './senders.ts';

/** Whether mail from this sender, through this relay, is aligned (RFC 9989 section 4.4). */
export interface PreflightRequest {
  /** Address in the header From, `user@domain`. */
  headerFrom: string;
  /** Envelope sender (RFC5321.MailFrom); `''` for the null sender, for which SPF uses the HELO name. */
  envelopeFrom: string;
  /** The envelope sender with which the relay replaces `envelopeFrom`, or its domain, such as `bounce.shop.example`. */
  returnPath?: string;
  /** Name of the host whose addresses the receivers see; looked up where `sendingIps` is empty. */
  relayHost?: string;
  /** Addresses that the receivers see. */
  sendingIps?: readonly string[];
  /** EHLO name of the relay; default `relayHost`. */
  helo?: string;
  /** The signatures of the mail: `publicKey` is the base64 of `p=` where known, to compare with the published one. */
  dkim?: readonly { domain: string; selector: string; publicKey?: string }[];
  /** The configured sender, which is suggested instead of a misaligned one if it is aligned. */
  sender?: string;
}

export type PreflightVerdict = 'aligned' | 'aligned_by_spf_only' | 'aligned_by_dkim_only' | 'misaligned' | 'unknown';

/** `Found` is a finding as its reader knows it. */
export interface PreflightAnswer<Found = Finding> {
  verdict: PreflightVerdict;
  /** One English sentence for a log line. */
  reason: string;
  findings: Found[];
  /** An address that would be aligned, or null. */
  suggestedSender: string | null;
  /** Seconds that the answer may be kept: the smallest TTL of its DNS answers, within bounds. */
  ttl: number;
  /**
   * ISO 8601, UTC.
   * @format date-time
   */
  checkedAt: string;
}

/** The environment of every check. */
export interface CheckContext {
  resolver: Resolver | CachingResolver;
  /** The time at which signatures and policies are evaluated. */
  now: Date;
  /** Milliseconds, for durations. */
  clock: () => number;
  /** For the MTA-STS policy, the one file that a check reads; without it the policy is unknown. */
  fetch?: Fetch;
  /** The customer's key at Spamhaus (DQS). */
  dnsblKey?: string;
  /** A streaming SHA-256 in native code, where the host has one; for the bodies of messages. */
  createHasher?: CreateHasher;
  /** Limits of one check; see `queryBudget` for the defaults. */
  budget?: Omit<BudgetOptions, 'now'>;
}

/** The part of a report that every kind has; `facts` holds the outcomes behind the findings. */
export interface Report<Facts = unknown, Found = Finding> {
  /** Of this shape; a change that breaks readers raises it. */
  format: 1;
  /** The checked domain, or an address where there is no domain; a message has the domain of its From. */
  subject: {
    /** Present where a message was checked. */
    kind?: 'message';
    /** As A-labels. */
    domain: string | null;
    ips: string[];
    helo: string | null;
    selectors: string[];
    /** Of a domain: the same addresses with their origins. */
    senders?: Sender[];
  };
  /**
   * ISO 8601, UTC.
   * @format date-time
   */
  checkedAt: string;
  /** Seconds that the report may be kept: the smallest TTL of its answers. */
  ttl: number;
  score: Score;
  /** Those with the most points first. */
  findings: Found[];
  facts: Facts;
  /** The DNS queries of the check. */
  queries: {
    sent: number;
    cached: number;
    /** Queries that the limits of the check prevented. */
    unasked: number;
    trace: TracedQuery[];
  };
}
