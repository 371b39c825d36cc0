// The strength of a record's policies, for the two kinds of receivers in use: those of RFC 9989 and those of RFC 7489.
import type { DmarcPolicy, DmarcRecord } from './types.ts';

/**
 * The policies for failing mail of the domain, of subdomains that exist, and of those that do not: 0 is none, 1 is
 * quarantine, 2 is reject; fractions are the share of `pct`.
 */
export interface Enforcement {
  domain: number;
  subdomains: number;
  nonExistent: number;
  /** The same for receivers of RFC 7489, which know `pct` and neither `t` nor `np`. */
  olderDomain: number;
  olderSubdomains: number;
}

/** Without a valid record. */
export const NO_ENFORCEMENT: Enforcement = {
  domain: 0,
  subdomains: 0,
  nonExistent: 0,
  olderDomain: 0,
  olderSubdomains: 0,
};

/** The mildest first. */
export const POLICIES: readonly DmarcPolicy[] = ['none', 'quarantine', 'reject'];
export const strengthOf = (policy: DmarcPolicy): number => POLICIES.indexOf(policy);

/** The policy under `t=y` (RFC 9989 section 4.7). */
export function oneLevelLower(policy: DmarcPolicy): DmarcPolicy {
  return policy === 'reject' ? 'quarantine' : 'none';
}

export function enforcementOf(record: DmarcRecord): Enforcement {
  const { applied, testing, percentage } = record;
  const now = (policy: DmarcPolicy | undefined) =>
    policy === undefined ? 0 : strengthOf(testing ? oneLevelLower(policy) : policy);
  // RFC 7489 section 6.6.4: mail outside of the sample gets the policy one level lower.
  const older = (policy: DmarcPolicy | undefined) =>
    policy === undefined || policy === 'none' ? 0 : strengthOf(policy) - 1 + percentage / 100;
  // RFC 7489 section 6.6.3 step 6: without a valid "p", or with an invalid "sp", receivers at most send reports.
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

/** Whether no policy of `a` is stronger than that of `b`, for either kind of receiver. */
export function noStronger(a: Enforcement, b: Enforcement): boolean {
  return (
    a.domain <= b.domain &&
    a.subdomains <= b.subdomains &&
    a.nonExistent <= b.nonExistent &&
    a.olderDomain <= b.olderDomain &&
    a.olderSubdomains <= b.olderSubdomains
  );
}

/** The same enforcement, raised to at least `policy` for all mail of the domain and its subdomains. */
export function noLess(enforcement: Enforcement, policy: DmarcPolicy): Enforcement {
  const raised = Object.entries(enforcement).map(([key, value]) => [key, Math.max(value, strengthOf(policy))]);
  return Object.fromEntries(raised) as unknown as Enforcement;
}

/** The policies for a subdomain without its own record, as the upper limit for one. */
export function enforcementBelow({ subdomains, nonExistent, olderSubdomains }: Enforcement): Enforcement {
  return { domain: subdomains, subdomains, nonExistent, olderDomain: olderSubdomains, olderSubdomains };
}
