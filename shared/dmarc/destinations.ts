// Whether reports about a domain may be sent to another one (RFC 9990 section 4).
import type { Resolver } from '../dns/types.ts';
import { isWithin } from '../text/domain.ts';
import { isDmarcRecord } from './parse.ts';
import type { ReportUri } from './types.ts';
import { type RecordLookup, recordLookup, treeWalk } from './walk.ts';

/** Each costs a query, and few receivers send to more than two. */
export const MAX_REPORT_DESTINATIONS = 5;

export interface ReportDestination {
  /** As A-labels. */
  domain: string;
  /** The first address there. */
  address: string;
  /**
   * 'own': the same organization, which needs no consent; 'authorized': it consents in DNS; 'refused': it does not, so
   * receivers send no reports; 'unknown': no answer; 'not-asked': beyond the limit.
   */
  status: 'own' | 'authorized' | 'refused' | 'unknown' | 'not-asked';
  /** The name of the consent record, `shop.example._report._dmarc.reports.example`. */
  name: string;
  /** The reason for no answer. */
  detail?: string;
  /** Seconds; absent without a query or an answer. */
  ttl?: number;
}

/**
 * Checks the destinations of `uris` for a policy that was found at `policyDomain`; one entry for each domain, in order.
 * `organizationalDomain` is that of the policy domain, null where unknown: then only the policy domain itself counts as 'own'.
 */
export function verifyReportDestinations(
  policyDomain: string,
  organizationalDomain: string | null,
  uris: readonly ReportUri[],
  resolver: Resolver,
  lookup: RecordLookup = recordLookup(resolver),
): Promise<ReportDestination[]> {
  const addresses = new Map<string, string>();
  for (const { domain, address } of uris) {
    if (domain !== '' && !addresses.has(domain)) addresses.set(domain, address);
  }
  return Promise.all(
    [...addresses].map(async ([domain, address], index): Promise<ReportDestination> => {
      const common = { domain, address, name: `${policyDomain}._report._dmarc.${domain}` };
      if (index >= MAX_REPORT_DESTINATIONS) return { ...common, status: 'not-asked' };
      if (domain === policyDomain) return { ...common, status: 'own' };
      // Step 2: the same organizational domain. A domain outside of the author's cannot have it, so it needs no walk.
      if (organizationalDomain !== null && isWithin(domain, organizationalDomain)) {
        const walk = await treeWalk(domain, lookup);
        if (walk.organizationalDomain === organizationalDomain) return { ...common, status: 'own', ttl: walk.ttl };
      }
      // Steps 3 to 6: any record of this version.
      const answer = await resolver.query(common.name, 'TXT');
      if (answer.kind === 'error') {
        // A name that is too long to be queried cannot have a consent record.
        if (answer.reason === 'badname') return { ...common, status: 'refused' };
        return { ...common, status: 'unknown', detail: `${answer.reason}: ${answer.detail}` };
      }
      const consents = answer.kind === 'ok' && answer.records.some((strings) => isDmarcRecord(strings.join('')));
      return { ...common, status: consents ? 'authorized' : 'refused', ttl: answer.ttl };
    }),
  );
}
