// Which DMARC policy applies to a domain (RFC 9989 section 4.10.1).

import type { Resolver } from '../dns/types.ts';
import { domainOfAddress } from '../message/address.ts';
import { toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import type { DmarcProblem, PolicyDiscovery, WalkStep } from './types.ts';
import { type RecordLookup, recordLookup, recordsOf, treeWalk } from './walk.ts';

/** The policy of a domain, with every name that was queried. At most eight queries; never throws. */
export function discoverPolicy(domain: string, resolver: Resolver): Promise<PolicyDiscovery> {
  return discoverPolicyWith(domain, recordLookup(resolver));
}

/** Like `discoverPolicy`, with answers shared with other walks. */
export async function discoverPolicyWith(input: string, lookup: RecordLookup): Promise<PolicyDiscovery> {
  const name = authorDomain(input);
  if (typeof name !== 'string') {
    return { domain: input, status: 'none', organizationalDomain: null, steps: [], problems: [name], ttl: 0 };
  }
  const { steps, organizationalDomain, ttl } = await treeWalk(name, lookup);
  const common = { domain: name, organizationalDomain, steps, problems: problemsOf(steps), ttl };
  const found = recordsOf(steps);
  const at = (policyDomain: string | null) => found.find((one) => one.domain === policyDomain);

  // The author domain's own record comes first.
  const own = at(name);
  if (own !== undefined) {
    return { ...common, status: 'found', record: own.record, policyDomain: name, source: 'domain' };
  }
  // A query without an answer: its record could be the one that applies.
  if (organizationalDomain === null) return { ...common, status: 'unknown' };
  const organizational = at(organizationalDomain);
  if (organizational !== undefined) {
    const { record, domain: policyDomain } = organizational;
    return { ...common, status: 'found', record, policyDomain, source: 'organizational-domain' };
  }
  // A walk that ended at `psd=y` found a record, but none at the organizational domain.
  const top = found.at(-1);
  if (top === undefined) return { ...common, status: 'none' };
  return { ...common, status: 'found', record: top.record, policyDomain: top.domain, source: 'public-suffix' };
}

/** The domain as A-labels, or the reason why it cannot have a policy. */
export function authorDomain(input: string): string | DmarcProblem {
  const problem = (detail: string): DmarcProblem => ({ id: 'bad-domain', tag: '', detail });
  // An address is accepted too.
  const written = domainOfAddress(input).trim();
  if (written.startsWith('[') || parseIp(written) !== undefined) return problem('ip-address');
  const name = toAscii(written);
  return name.ok ? name.name : problem(name.problem);
}

function problemsOf(steps: readonly WalkStep[]): DmarcProblem[] {
  return steps.flatMap(({ domain, status, record, texts, detail }): DmarcProblem[] => {
    const name = `_dmarc.${domain}`;
    if (status === 'several') {
      return [{ id: 'several-records', tag: '', detail: String(texts?.length ?? 0), name }];
    }
    if (status === 'unknown') return [{ id: 'no-answer', tag: '', detail: detail ?? '', name }];
    return (record?.problems ?? []).map((problem) => ({ ...problem, name }));
  });
}
