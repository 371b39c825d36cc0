// Whether the domains of report addresses take mail at all.
import { whyNoMail } from '../dns/receives.ts';
import type { Resolver } from '../dns/types.ts';
import type { ReportDestination } from './destinations.ts';

/** Each costs one question, or three: a good address has an MX record, and few records name more domains. */
export const MAX_REPORT_HOSTS = 3;

/** A domain to which no report can be sent. */
export interface DeadDestination {
  domain: string;
  why: 'null-mx' | 'no-host';
}

/** The destinations that take no mail; those without an answer are not among them. */
export async function deadDestinations(
  destinations: readonly ReportDestination[],
  resolver: Resolver,
): Promise<DeadDestination[]> {
  const domains = [...new Set(destinations.map(({ domain }) => domain))].slice(0, MAX_REPORT_HOSTS);
  const reasons = await Promise.all(domains.map((domain) => whyNoMail(domain, resolver)));
  return domains.flatMap((domain, index) => {
    const why = reasons[index]!;
    return why === null ? [] : [{ domain, why }];
  });
}
