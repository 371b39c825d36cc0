// The whole DMARC set-up of a domain, without a message: policy, report addresses, and records gone astray (RFC 9989, RFC 9990).
import type { Resolver } from '../dns/types.ts';
import { type ReportDestination, verifyReportDestinations } from './destinations.ts';
import { discoverPolicyWith } from './discover.ts';
import { looksLikeDmarc } from './parse.ts';
import { registrableDomain } from './public-suffix.ts';
import type { DmarcPolicy, PolicyDiscovery } from './types.ts';
import { recordLookup, treeWalk } from './walk.ts';

export interface DmarcInspection {
  discovery: PolicyDiscovery;
  /** What applies to mail from this domain: after `t=y`; absent where nothing does. */
  policy?: DmarcPolicy;
  /** Of `rua`, one for each domain. */
  aggregateDestinations: ReportDestination[];
  /** Of `ruf`. */
  failureDestinations: ReportDestination[];
  /** A DMARC record where nobody looks for it; only looked for where no policy was found. */
  misplaced?: { name: string; text: string };
  /** What the public suffix list says, which receivers that follow RFC 7489 go by. */
  suffixList: {
    registrableDomain: string | null;
    /** Not the organizational domain of the tree walk. */
    differs: boolean;
  };
  /** Seconds that the answers hold; 0 where one is missing. */
  ttl: number;
}

/** Looks into a domain's DMARC; never throws. At most 8 + 2 questions, and those about report addresses in other domains. */
export async function inspectDmarc(domain: string, resolver: Resolver): Promise<DmarcInspection> {
  const lookup = recordLookup(resolver);
  const discovery = await discoverPolicyWith(domain, lookup);
  const { record, policyDomain } = discovery;
  const ttls = [discovery.ttl];

  let aggregateDestinations: ReportDestination[] = [];
  let failureDestinations: ReportDestination[] = [];
  if (record !== undefined && policyDomain !== undefined) {
    const ofPolicy =
      policyDomain === discovery.domain || policyDomain === discovery.organizationalDomain
        ? discovery.organizationalDomain
        : (await treeWalk(policyDomain, lookup)).organizationalDomain;
    [aggregateDestinations, failureDestinations] = await Promise.all([
      verifyReportDestinations(policyDomain, ofPolicy, record.aggregateReports, resolver, lookup),
      verifyReportDestinations(policyDomain, ofPolicy, record.failureReports, resolver, lookup),
    ]);
    for (const { status, ttl } of [...aggregateDestinations, ...failureDestinations]) {
      if (status === 'unknown') ttls.push(0);
      else if (ttl !== undefined) ttls.push(ttl);
    }
  }

  const nothing = discovery.status === 'none' && discovery.steps[0]?.status === 'none';
  const misplaced = nothing ? await findMisplaced(discovery.domain, resolver) : undefined;
  if (misplaced !== undefined) ttls.push(misplaced.ttl);
  const registrable = registrableDomain(discovery.domain);
  const { organizationalDomain } = discovery;
  const policy = policyOf(discovery);
  return {
    discovery,
    ...(policy === undefined ? {} : { policy }),
    aggregateDestinations,
    failureDestinations,
    ...(misplaced === undefined ? {} : { misplaced: { name: misplaced.name, text: misplaced.text } }),
    suffixList: {
      registrableDomain: registrable,
      // Without any record there is no alignment to differ about.
      differs:
        discovery.status === 'found' &&
        registrable !== null &&
        organizationalDomain !== null &&
        registrable !== organizationalDomain,
    },
    ttl: Math.min(...ttls),
  };
}

// Existence is not asked for here: a domain that somebody checks is taken to exist, so `np` is none of its concern.
function policyOf({ record, source }: PolicyDiscovery): DmarcPolicy | undefined {
  if (record?.applied == null) return undefined;
  const published = source === 'domain' ? record.applied.domain : record.applied.subdomains;
  if (!record.testing) return published;
  return published === 'reject' ? 'quarantine' : 'none';
}

/** At the domain itself, or below the name doubled: panels add the domain to what is typed. */
async function findMisplaced(
  domain: string,
  resolver: Resolver,
): Promise<{ name: string; text: string; ttl: number } | undefined> {
  const names = [domain, `_dmarc.${domain}.${domain}`];
  const answers = await Promise.all(names.map((name) => resolver.query(name, 'TXT')));
  for (const [index, answer] of answers.entries()) {
    if (answer.kind !== 'ok') continue;
    const text = answer.records.map((strings) => strings.join('')).find(looksLikeDmarc);
    if (text !== undefined) return { name: names[index]!, text, ttl: answer.ttl };
  }
  return undefined;
}
