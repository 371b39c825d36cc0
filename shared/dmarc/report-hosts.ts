// Whether the domains of report addresses receive mail.
import { whyNoMail } from '../dns/receives.ts';
import type { Resolver } from '../dns/types.ts';
import type { ReportDestination } from './destinations.ts';

/** Each costs one query, without an MX record three; few records name more domains. */
export const MAX_REPORT_HOSTS = 3;

/** A domain that cannot receive reports. */
export interface DeadDestination {
  domain: string;
  why: 'null-mx' | 'no-host';
}

/** The destinations that receive no mail, without those that got no answer. */
export async function deadDestinations(
  destinations: readonly ReportDestination[],
  resolver: Resolver,
): Promise<DeadDestination[]> {
  const domains = [...new Set(destinations.map(({ domain }) => domain))].slice(0, MAX_REPORT_HOSTS);
  const reasons = await Promise.all(
    domains.map(async (domain) => ({ domain, why: await whyNoMail(domain, resolver) })),
  );
  return reasons.flatMap(({ domain, why }) => (why === null ? [] : [{ domain, why }]));
}
