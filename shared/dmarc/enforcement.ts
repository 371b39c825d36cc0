// How much a record asks of receivers, for the two kinds that are in use: those of RFC 9989 and those of RFC 7489.
import type { DmarcPolicy, DmarcRecord } from './types.ts';

/**
 * What is asked for failing mail of the domain, of subdomains that exist, and of those that do not. 0 is nothing, 1 is
 * quarantine, 2 is reject; between two values lies the share that `pct` takes.
 */
export interface Enforcement {
  domain: number;
  subdomains: number;
  nonExistent: number;
  /** The same of receivers that still follow RFC 7489, which know `pct` and neither `t` nor `np`. */
  olderDomain: number;
  olderSubdomains: number;
}

/** Of a record that does not count, or of none. */
export const NO_ENFORCEMENT: Enforcement = {
  domain: 0,
  subdomains: 0,
  nonExistent: 0,
  olderDomain: 0,
  olderSubdomains: 0,
};

const STRENGTH: Record<DmarcPolicy, number> = { none: 0, quarantine: 1, reject: 2 };

export function enforcementOf(record: DmarcRecord): Enforcement {
  const { applied, testing, percentage } = record;
  // RFC 9989 section 4.7, tag "t": one level lower.
  const now = (policy: DmarcPolicy | undefined) =>
    policy === undefined ? 0 : Math.max(0, STRENGTH[policy] - (testing ? 1 : 0));
  // RFC 7489 section 6.6.4: mail outside of the sample gets the policy one level lower.
  const older = (policy: DmarcPolicy | undefined) =>
    policy === undefined || policy === 'none' ? 0 : STRENGTH[policy] - 1 + percentage / 100;
  // RFC 7489 section 6.6.3 step 6: without a valid "p", or with an invalid "sp", at most reports are sent.
  const holds = record.valid && !record.problems.some(({ id, tag }) => id === 'bad-policy' && tag === 'sp');
  const policy = holds ? record.policy : undefined;
  return {
    domain: now(applied?.domain),
    subdomains: now(applied?.subdomains),
    nonExistent: now(applied?.nonExistent),
    olderDomain: older(policy),
    olderSubdomains: older(policy && (record.subdomainPolicy ?? policy)),
  };
}

/** `a` asks for no more than `b`, of either kind of receiver. */
export function noStronger(a: Enforcement, b: Enforcement): boolean {
  return (Object.keys(a) as (keyof Enforcement)[]).every((key) => a[key] <= b[key]);
}

/** As much as `enforcement`, and no less than the policy for all mail of the domain and below it. */
export function noLess(enforcement: Enforcement, policy: DmarcPolicy): Enforcement {
  const raised = Object.entries(enforcement).map(([key, value]) => [key, Math.max(value, STRENGTH[policy])]);
  return Object.fromEntries(raised) as unknown as Enforcement;
}

/** What applies to a subdomain that has no record of its own, as the ceiling for one. */
export function enforcementBelow({ subdomains, nonExistent, olderSubdomains }: Enforcement): Enforcement {
  return { domain: subdomains, subdomains, nonExistent, olderDomain: olderSubdomains, olderSubdomains };
}
